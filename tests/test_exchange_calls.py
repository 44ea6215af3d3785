# ruff: noqa: E501 -- answers of devices as they print them
"""Telephone exchanges: how calls sound, how long support lasts, what may be held, and shapes of other releases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from auditor import facts
from auditor.collectors.captures import open_capture
from auditor.collectors.persons import anonymous
from auditor.collectors.vendors import (
    asterisk,
    asterisk_pjsip,
    asterisk_sip,
    cisco_ucos,
    freepbx,
    freeswitch,
    ios_voice,
)
from auditor.collectors.vendors.page import Told
from auditor.facts import Endpoint, Licence, LinkQuality, Technology, Trunk
from auditor.values import ABSENT
from tests.replay import replay

CHANNEL_STATS = """
                                             ...........Receive......... .........Transmit..........
 BridgeId ChannelId ........ UpTime.. Codec.   Count    Lost Pct  Jitter   Count    Lost Pct  Jitter RTT....
 ===========================================================================================================

 4c5a4e7f 201-00000001       00:01:00 alaw      2970      30    1   0.004    3000       0    0   0.001   0.040
          202-00000002       00:01:00 alaw      3000       0    0   0.002    3000       0    0   0.003   0.060
 9a0e7c55 operator-00000003  01:10:00 g729      210K   2000    1   0.010    209K      0    0   0.004   0.000
 9a0e7c55 203-00000004       00:00:01 opus        40      0    0   0.000      41      0    0   0.000   0.001

Objects found: 4

"""
OLD_STATS = """Peer             Call ID      Duration Recv: Pack  Lost       (     %) Jitter Send: Pack  Lost       (     %) Jitter
10.20.30.31      0612987654@  00:01:02 0000002950  0000000050 ( 1.67%) 0.0120 0000003000  0000000000 ( 0.00%) 0.0030
1 active SIP channel
"""


# ---- how the calls sound ----


def test_rtcp_of_the_calls_now_is_told_by_codec() -> None:
    """The worse direction's loss, mean jitter and delay; a call of a second and a delay of 0 are no measure."""
    told = asterisk_pjsip.statistics(CHANNEL_STATS)
    assert told.facts[facts.TELEPHONY_QUALITY] == (
        LinkQuality("RTCP alaw", rtt_ms=50.0, jitter_ms=3.0, loss_percent=0.5, codec="alaw"),
        LinkQuality("RTCP g729", jitter_ms=10.0, loss_percent=0.94, codec="g729"),
    )
    assert asterisk_sip.statistics(OLD_STATS).facts[facts.TELEPHONY_QUALITY] == (
        LinkQuality("RTCP", jitter_ms=12.0, loss_percent=1.67),
    )


@pytest.mark.parametrize("output", ["No objects found.\n", "No such command 'pjsip show channelstats'\n"])
def test_without_a_call_nothing_is_told_of_quality(output: str) -> None:
    """No call is no quality: neither good nor unreadable."""
    assert asterisk_pjsip.statistics(output) == Told()


def test_an_answer_in_another_form_is_no_quality() -> None:
    """A heading without rows, or rows of other columns, is counted as not read."""
    assert asterisk_pjsip.statistics("BridgeId ChannelId\n x y z\n").unparsed == 2
    assert asterisk_sip.statistics("Peer Call ID\n").unparsed == 1


# ---- how long it is supported, how much it may hold ----


@pytest.mark.parametrize(
    ("model", "end"),
    [
        ("Asterisk 16.28.0~dfsg-0+deb11u4", dt.date(2023, 10, 9)),
        ("Asterisk 18.9-cert15", dt.date(2025, 10, 20)),
        ("Asterisk 22.10.1", dt.date(2029, 10, 16)),
        ("Asterisk 1.8.32", dt.date(2015, 10, 21)),
        ("Asterisk GIT-master", ABSENT),
        ("Asterisk 99.1", ABSENT),
    ],
)
def test_the_end_of_support_is_that_of_the_branch(model: str, end: dt.date) -> None:
    """A branch that the list does not name has no known end, which is not "supported"."""
    derivation = asterisk.ASTERISK.derive[facts.SYSTEM_SUPPORT_ENDS]
    assert derivation.make({facts.IDENTITY_MODEL: model}) == end


@pytest.mark.parametrize(
    ("output", "most"),
    [
        ("CONFIG (Version=4.8(1))\n=====\nip source-address 10.20.102.11 port 2000\nmax-ephones 48\nmax-dn 144\n", 48),
        ("CONFIG [Version=8.0]\n====\nVersion 8.0\nMode is cme\nMax-pool is 30\nMax-dn is 60\n", 30),
        ("CONFIG (Version=4.8(1))\nmax-ephones 0\n", None),
        ("telephony-service is not configured\n", None),
    ],
)
def test_an_express_manager_says_how_many_sets_it_may_register(output: str, most: int | None) -> None:
    """max-ephones of one stack, max-pool of the other; 0 is a stack that is off, not a limit."""
    assert ios_voice.service(output).facts.get(facts.TELEPHONY_ENDPOINTS_MAX) == most
    assert ios_voice.service("something else\n").unparsed == 1


PEER = """VoiceOverIpPeer{tag}
        peer type = voice, system default peer = FALSE, information type = voice,
        description = `Trunk of 0033145998877',
        tag = {tag}, destination-pattern = `0T',
        connections/maximum = 2/{most},
        Admin state is up, Operation state is {state},
        session-target = `ipv4:{host}',
"""


def test_dial_peers_in_full_tell_how_many_calls_each_operator_takes() -> None:
    """Peers of one host add up; one without a maximum leaves it unknown; a peer that is down is no trunk."""
    peers = ((1, 15, "up", "203.0.113.1"), (2, 15, "up", "203.0.113.1"), (3, "unlimited", "up", "203.0.113.2"))
    rows = (*peers, (4, 30, "down", "203.0.113.3"))
    output = "".join(PEER.format(tag=tag, most=most, state=state, host=host) for tag, most, state, host in rows)
    assert ios_voice.dial_peers_in_full(output).facts[facts.TELEPHONY_TRUNKS] == (
        Trunk("203.0.113.1", "sip", host="203.0.113.1", channels=30),
        Trunk("203.0.113.2", "sip", host="203.0.113.2"),
    )


LICENCES = """Smart Licensing is ENABLED

Registration:
  Status: REGISTERED
  Smart Account: Planted SA

License Usage:
  License                    Entitlement Tag                   Count  Status
  ---------------------------------------------------------------------------
  CUCM Enhanced Plus         (UCM_EnhancedPlus)                   12  InCompliance
  CUWL Standard              (UCM_CUWL)                           80  Out Of Compliance
"""


def test_licences_of_a_manager_are_what_is_used_of_each() -> None:
    """Smart licensing counts use; releases without it say so, which is not "no licence"."""
    assert cisco_ucos.licences(LICENCES).facts[facts.SYSTEM_LICENCES] == (
        Licence("CUCM Enhanced Plus", "InCompliance", used=12),
        Licence("CUWL Standard", "Out Of Compliance", used=80),
    )
    assert cisco_ucos.licences("License Usage:\n  No licenses in use\n").facts == {facts.SYSTEM_LICENCES: ()}
    assert cisco_ucos.licences("Executed command unsuccessful\nInvalid command\n") == Told()
    assert cisco_ucos.licences("License Usage:\n  ???\n").unparsed == 2


MODULES = """+-------------+-----------+----------+---------+
| Module      | Version   | Status   | License |
+-------------+-----------+----------+---------+
| endpointman | 16.0.2    | Enabled  | GPLv3   |
| framework   | 16.0.40.7 | Enabled  | GPLv2+  |
+-------------+-----------+----------+---------+
"""
ACCOUNTS = """+----+----------+-------------+
| ID | Username | Description |
+----+----------+-------------+
| 1  | marie    | Marie 202   |
| 2  | luc      |             |
+----+----------+-------------+
"""


def test_freepbx_tells_its_version_technologies_and_accounts() -> None:
    """From its own lists and from the database; a bare Asterisk has none of them."""
    assert freepbx.modules(MODULES).facts == {facts.TELEPHONY_MANAGEMENT: "FreePBX 16.0.40.7"}
    assert freepbx.users(ACCOUNTS).facts == {facts.TELEPHONY_PORTAL_USERS: 2}
    rows = "/DEVICE/201/dial : PJSIP/201\n/DEVICE/202/dial : PJSIP/202\n/DEVICE/203/dial : DAHDI/1\n3 results found.\n"
    assert freepbx.devices(rows).facts[facts.TELEPHONY_TECHNOLOGIES] == (Technology("pjsip", 2), Technology("dahdi", 1))
    for bare in ("bash: /usr/sbin/fwconsole: No such file or directory\n", ""):
        assert freepbx.modules(bare) == freepbx.users(bare) == Told()
    assert freepbx.devices("0 results found.\n") == Told()
    assert freepbx.users("whatever\n").unparsed == 1


async def test_no_name_and_no_number_is_kept_of_the_newer_answers(tmp_path: Path) -> None:
    """Channels are named after extensions, accounts after people, dial peers after numbers: none is in the evidence."""
    asked = {
        "asterisk": {
            "asterisk -rx 'core show version'": "Asterisk 18.10.0 built by nobody",
            "asterisk -rx 'pjsip show channelstats'": CHANNEL_STATS.replace("201-00000001", "2017-00000001"),
            "asterisk -rx 'sip show channelstats'": OLD_STATS,
            "fwconsole userman --list": ACCOUNTS,
            "asterisk -rx 'database show DEVICE'": "/DEVICE/2018/dial : PJSIP/2018\n/DEVICE/2018/user : 2018\n2 results found.\n",
            "ls -1 /srv/tftp": "SEP001122334455.cnf.xml\n",
        },
        "freeswitch": {
            "fs_cli -x version": "FreeSWITCH Version 1.10.7",
            "fs_cli -x 'sofia status'": "internal\tprofile\tsip:mod_sofia@172.31.35.9:5060\tRUNNING (2)\n"
            "external::0145998877\tgateway\tsip:0145998877@203.0.113.11\tREGED\n",
        },
        "cisco_ios": {
            "show version": "Cisco IOS Software, Version 15.7(3)M3",
            "show dial-peer voice": PEER.format(tag=1, most=9, state="up", host="203.0.113.1").replace(
                "0T", "0145998877"
            ),
            "show telephony-service": "CONFIG (Version=4.8(1))\nmax-ephones 48\nvoicemail 0145998877\n"
            "dialplan-pattern 1 0145998877 extension-length 4\nweb admin system name Marie password Zq7secret\n",
        },
    }
    for platform, answers in asked.items():
        place = tmp_path / platform
        place.mkdir()
        (place / "device.toml").write_text(f'name = "box"\nrole = "pbx"\nplatform = "{platform}"\n')
        for line, text in answers.items():
            (place / (line.replace(" ", "_").replace("/", "_") + ".txt")).write_text(text)
        device = await replay(open_capture(place), "box", platform, pseudonym=lambda name: "somebody")
        kept = "\n".join(line.text for line in device.evidence)
        assert len(device.evidence) >= len(answers) - 1
        assert "somebody" in kept
        for planted in (
            "2017",
            "2018",
            "0612987654",
            "marie",
            "Marie",
            "luc ",
            "001122334455",
            "0145998877",
            "Zq7secret",
        ):
            assert planted not in kept, (platform, planted)
        told = {one.key.name for one in device.readings}
        assert told >= (
            {"telephony.quality", "system.support_ends"} if platform == "asterisk" else {"telephony.trunks"}
        )


def test_the_contact_of_an_operator_is_no_set() -> None:
    """A list of contacts holds the trunks' as well: those without a user."""
    rows = (
        "  Contact:  201/sip:201@10.20.30.30:5060               1bf76241e0 Avail         4.556\n"
        "  Contact:  operator/sip:203.0.113.11:5060             d590ce89ec Avail         4.592\n"
    )
    told = asterisk_pjsip.contacts(f"{rows}\nObjects found: 2\n")
    assert [one.id for one in told.facts[facts.TELEPHONY_ENDPOINTS]] == ["201"]


@pytest.mark.parametrize(
    ("address", "others", "through"),
    [
        ("10.0.0.5", ABSENT, ABSENT),
        ("10.8.0.7", ABSENT, "vpn"),
        ("88.1.2.3", ABSENT, "internet"),
        ("10.8.0.7", ("88.1.2.3",), "internet"),
        ("192.168.1.5", ABSENT, ABSENT),
        ("2a01:e0a::1", ABSENT, "internet"),
        ("not an address", ABSENT, ABSENT),
    ],
)
def test_how_a_set_outside_comes_in(address: str, others: Any, through: Any) -> None:
    """By the pools of the VPN or from a public address; a private one that is nobody's tells neither."""
    sets = (Endpoint("1", "softphone", "x", True, address, others=others),)
    (one,) = anonymous(sets, ("10.0.0.0/16",), ("10.8.0.1-10.8.0.254",), lambda name: "p")
    assert one.through == through
    assert (one.address, one.others) == (ABSENT, ABSENT)


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("[from-internal-additional]\ninclude => app-cf-on\n", {facts.TELEPHONY_FORWARDING_CODES: True}),
        ("[from-internal-additional]\n", {facts.TELEPHONY_FORWARDING_CODES: False}),
        ("[from-internal-additional]", {}),
        ("", {}),
    ],
)
def test_the_forward_codes_that_every_set_may_dial(output: str, told: Any) -> None:
    """None is only told of a file that was read to its end; a bare Asterisk has no such file."""
    assert freepbx.codes(output).facts == told


# ---- shapes that other systems of the same kind print ----

AORS = """
      Aor:  <Aor..............................................>  <MaxContact>
    Contact:  <Aor/ContactUri............................> <Hash....> <Status> <RTT(ms)..>
==========================================================================================

      Aor:  6001                                                 1
    Contact:  6001/sip:6001@192.168.56.1:60212;ob          84d4ea8dcb NonQual         nan

      Aor:  6002                                                 1

      Aor:  operator                                             1
    Contact:  operator/sip:203.0.113.11:5060               d590ce89ec Avail         4.592

Objects found: 3

"""


def test_addresses_of_record_tell_who_is_registered() -> None:
    """A set with a contact, one without, and an operator, which is no set."""
    told = asterisk_pjsip.aors(AORS).facts[facts.TELEPHONY_ENDPOINTS]
    assert [(one.id, one.registered, one.address) for one in told] == [
        ("6001", True, "192.168.56.1"),
        ("6002", False, ABSENT),
    ]
    assert asterisk_pjsip.aors(AORS.replace("found: 3", "found: 4")).unparsed


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("IP:198.18.170.3 1025 7960 keepalive 43 max_line 2", "Cisco IP Phone 7960"),
        ("IP:192.168.100.11 7960  keepalive 5 max_line 6", "Cisco IP Phone 7960"),
        ("IP:10.20.30.40 * 52777 7965  keepalive 45 max_line 6", "Cisco IP Phone 7965"),
        ("IP:10.20.30.40 16385 Telecaster 7960  keepalive 9 max_line 6", "Cisco IP Phone Telecaster 7960"),
    ],
)
def test_the_model_of_an_ephone_with_and_without_its_port(line: str, model: str) -> None:
    """Releases print the port or not, and a star before it."""
    output = f"ephone-1[0] Mac:00D0.9709.202C TCP socket:[1] activeLine:0 REGISTERED\nmediaActive:0\n{line}\n"
    (one,) = ios_voice.ephones(output).facts[facts.TELEPHONY_ENDPOINTS]
    assert (one.user_agent, one.registered, one.kind) == (model, True, "desk")


def test_peers_of_several_releases_are_read_alike() -> None:
    """With and without the column Comedia, a cut account name, a set that nobody watches."""
    output = """Name/username             Host                                    Dyn Forcerport Comedia    ACL Port     Status      Description
amine/amine               192.168.1.110                            D  Auto (No)  No             57837    Unmonitored
chhiny                    (Unspecified)                            D  Auto (No)  No             0        Unmonitored
101                       (Unspecified)                            D  Auto (No)  No             0        UNKNOWN
KgZR1z3w4GBgWHa/KgZR1z3w4 172.16.214.1                             D   a             64358    OK (1 ms)
mdc_trunk_conf-1/dev-test 172.16.214.10                                N             5060     OK (3 ms)
5 sip peers [Monitored: 2 online, 1 offline Unmonitored: 1 online, 1 offline]
"""
    told = asterisk_sip.peers(output).facts
    assert (told[facts.TELEPHONY_ENDPOINTS_TOTAL], told[facts.TELEPHONY_ENDPOINTS_REGISTERED]) == (4, 2)
    assert told[facts.TELEPHONY_TRUNKS] == (Trunk("mdc_trunk_conf-1", "sip", host="172.16.214.10"),)


@pytest.mark.parametrize(
    "text",
    [
        "Host                                    dnsmgr Username       Refresh State\n"
        "trunk.example.net:5060                  N      user1              105 Registered     \n"
        "10.0.0.9:5060                           Y      user2              120 Request Sent\n2 SIP registrations.\n",
        "Host                            Username       Refresh State                Reg.Time\n"
        "trunk.example.net:5060          user1              105 Registered           Sat, 01 Jan 2011 10:00:00\n"
        "10.0.0.9:5060                   user2              120 Request Sent                              \n"
        "2 SIP registrations.\n",
    ],
    ids=["1.8", "1.4"],
)
def test_registrations_of_old_releases_are_read(text: str) -> None:
    """Without the time, and without the column dnsmgr; a line that is not understood is no "none"."""
    assert asterisk_sip.registry(text).facts[facts.TELEPHONY_TRUNKS] == (
        Trunk("trunk.example.net", "sip", registered=True, host="trunk.example.net"),
        Trunk("10.0.0.9", "sip", registered=False, host="10.0.0.9"),
    )
    assert asterisk_sip.registry(text.replace("120 Request", "Request")).unparsed


def test_the_address_of_a_contact_names_its_transport() -> None:
    """In capitals or not; one that the column cut says nothing."""
    rows = (
        "101/sip:101@10.0.0.5:5060;transport=TLS   4fc5 Avail  4.1",
        "102/sip:102@10.0.0.6:5060;transport=t 4fc6 Avail 4.1",
    )
    output = "".join(f"  Contact:  {row}\n" for row in rows) + "\nObjects found: 2\n"
    told = asterisk_pjsip.contacts(output).facts[facts.TELEPHONY_ENDPOINTS]
    assert [one.transport for one in told] == ["tls", ABSENT]


def test_primary_rate_ports_are_isdn_whatever_their_signal_is_called() -> None:
    """`xcc-voice` is how IOS names the channels of a PRI; the legs of CME's own sets are no channel of a trunk."""
    ports = "PORT            CH   SIG-TYPE   ADMIN OPER STATUS   STATUS   EC\n"
    ports += "".join(f"0/0/0:15        {n:02}  xcc-voice   up    dorm none     none     y\n" for n in (1, 2, 3))
    ports += "0/2/0           --  fxo-ls      up    dorm idle     on-hook  y\n"
    assert ios_voice.ports(ports).facts[facts.TELEPHONY_TRUNKS] == (
        Trunk("0/0/0:15", "isdn", channels=3),
        Trunk("0/2/0", "analogue", channels=1),
    )
    calls = "PORT           CODEC    VAD VTSP STATE            VPM STATE\n"
    calls += "0/0/0:15.1      g711alaw  n  S_CONNECT             S_TSP_CONNECT\n"
    calls += "50/0/1.1        g711ulaw  n  S_CONNECT             EFXS_CONNECT\n"
    assert ios_voice.calls(calls).facts[facts.TELEPHONY_CHANNELS_NOW] == 1


def test_the_status_of_a_switch_names_its_gateways() -> None:
    """With and without a registration, beside the profiles and their transports."""
    output = """                     Name\t   Type\t                                      Data\tState
=================================================================================================
                internal\tprofile\t            sip:mod_sofia@172.31.35.9:5060\tRUNNING (2)
   external::example.com\tgateway\t                   sip:joeuser@example.com\tNOREG
      external::operator\tgateway\t      sip:0033472000000@203.0.113.11:5060\tREGED
=================================================================================================
1 profile 0 aliases
"""
    told = freeswitch.sofia(output).facts
    assert told[facts.TELEPHONY_TRANSPORTS] == ("udp",)
    assert told[facts.TELEPHONY_TRUNKS] == (
        Trunk("example.com", "sip", host="example.com"),
        Trunk("operator", "sip", registered=True, host="203.0.113.11"),
    )
