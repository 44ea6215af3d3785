"""OneAccess OneOS: what its answers tell, in both generations, and what they do not prove."""

from __future__ import annotations

import re

import pytest

from auditor import facts
from auditor.collectors.vendors import oneos_shows as shown
from auditor.collectors.vendors.oneaccess import ONEACCESS
from auditor.facts import LinkRate, Radio, Trunk
from auditor.values import ABSENT


def test_the_older_generation_tells_memory_with_commas_and_one_load() -> None:
    """`150,00 / 200,00 MB`, and days, hours, minutes and seconds."""
    text = (
        "System Information for device MB420SAVad0UFPE0BNW S/N T1703001234567890\n\n"
        "Software version    : ONEOS16-MONO_FT-V5.2R2E7_HA8\nSys Up time         : 88d 21h 21m 42s\n"
        "Current CPU load    : 16.1%\nFree / Max RAM      :  150,00 /  200,00 MB\n"
    )
    told = shown.status(text).facts
    assert told[facts.IDENTITY_OS_VERSION] == "V5.2R2E7_HA8"
    assert (told[facts.SYSTEM_CPU], told[facts.SYSTEM_MEMORY], told[facts.SYSTEM_UPTIME]) == (16.1, 25.0, 7680102)


def test_a_shaper_is_the_class_that_may_not_exceed_its_bandwidth() -> None:
    """Classes below it divide it; a class that may exceed its share limits nothing."""
    head = "Atm 0.1: service-policy output P \noutput queuing statistics: \n"
    below = "    Service-policy Q :\n      Class 'V': high priority (no excess allowed) \n"
    below += "        bandwidth 40 kb/s, burst 1\n"
    shaped = f"{head}  Class 'ALL': medium priority (no excess allowed) \n    bandwidth 3800 kb/s, burst 9\n{below}"
    assert shown.shapers(shaped).facts[facts.LINK_RATES] == (LinkRate("Atm 0.1", "shaper", up_bps=3_800_000),)
    shared = f"{head}  Class 'ALL': medium priority \n    bandwidth 3800 kb/s, burst 9\n{below}"
    assert not shown.shapers(shared).facts


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("\t\t[1/1]\t\tsbc.example:5060\n", Trunk("sbc.example", "sip", registered=True, host="sbc.example")),
        ("\t\t[0/1]\t\tsbc.example:5060\n", Trunk("sbc.example", "sip", registered=False, host="sbc.example")),
        ("\t\t[1/4]\t\tsbc.example\n", Trunk("sbc.example", "sip", registered=False, host="sbc.example")),
        ("", Trunk("sip-gateway", "sip", registered=True)),
    ],
)
def test_a_registrar_is_a_trunk_registered_with_all_its_lines(rows: str, expected: Trunk) -> None:
    """`[0/1]`: nothing is registered, whatever the state says of the gateway as a whole."""
    text = f"\tSip-Gateway statistics : \n\tRegistration state\t\tregistered\n{rows}\tCurrent call\t\t7\n"
    told = shown.gateway(text).facts
    assert told[facts.TELEPHONY_TRUNKS] == (expected,)
    assert told[facts.TELEPHONY_CALLS_NOW] == 7


def test_isdn_ports_bring_channels_if_they_are_switched_on() -> None:
    """A port that is down by configuration is no trunk; a basic access has two channels."""
    port = "\tvoice port\t\t{0}\n\t\tphysical type\t\t{1}\n\t\tconfig state\t\t{2}\n\t\tlayer 2 status\t\t{3}\n"
    port += "\t\tnumber of voice communication\t{4}\n"
    text = port.format("5/0", "E1", "up", "activated", 11) + port.format("5/1", "BRI", "up", "deactivated", 0)
    told = shown.ports(text + port.format("5/2", "E1", "down", "deactivated", 0)).facts
    assert told[facts.TELEPHONY_TRUNKS] == (
        Trunk("5/0", "isdn", registered=True, channels=30),
        Trunk("5/1", "isdn", registered=False, channels=2),
    )
    assert told[facts.TELEPHONY_CHANNELS_NOW] == 11


def test_nobody_on_the_telephone_is_an_empty_answer() -> None:
    """The device answers nothing when it is idle; an error is no zero."""
    assert shown.calls("").facts == {facts.TELEPHONY_CALLS_NOW: 0}
    assert not shown.calls("Syntax error\n").facts
    one = " 1 - Call from remote voip: 0  (UDP), to local port: 5/1 call-id: 1001 (8100) active\n"
    assert shown.calls(one).facts == {facts.TELEPHONY_CALLS_NOW: 1}


def test_a_modem_without_signal_is_no_radio() -> None:
    """`<not available>` is no figure."""
    text = (
        " Current selected operator                            : Operator A\n RSSI   : {0}\n RSRQ  : -9 dB\n"
        " RSRP   : {1}\n SNR    : 6 dB\n Current radio access technology  : 4G\n"
    )
    gone = text.format("<not available>", "<not available>")
    assert not shown.radio(gone).facts
    assert shown.radio(text.format("-70 dBm", "-96 dBm")).facts[facts.LINK_CELLULAR] == (
        Radio("cellular 0", "4G", "Operator A", -70.0, -96.0, -9.0, 6.0),
    )


def test_numbers_of_callers_are_hidden() -> None:
    """Both ends of each call are people's numbers."""
    (command,) = (one for one in ONEACCESS.commands if one.read is shown.calls)
    text = "     calling : 93761462, called : 32472700\n"
    for pattern in command.people:
        text = re.sub(pattern, r"\1*", text, flags=re.MULTILINE)
    assert text == "     calling : *, called : *\n"


def test_an_interface_that_is_up_without_its_line_is_down() -> None:
    """`is up, line protocol is down`; an unknown speed is none."""
    text = "GigabitEthernet 0/1 is up, line protocol is down  \n  Line speed unknown\n"
    text += "  Secondary address is 10.1.8.3/28 \n"
    (one,) = shown.interfaces(text).facts[facts.INTERFACES]
    assert (one.admin_up, one.oper_up, one.speed_bps, one.addresses) == (True, False, ABSENT, ("10.1.8.3",))
