# ruff: noqa: E501 -- answers of devices as they print them
"""Telephone exchanges: what each answer tells of sets, registrations, trunks and calls, and what is never kept."""

from __future__ import annotations

import datetime as dt
import resource
import time
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import facts
from auditor.audit import placed
from auditor.collectors.captures import Capture, open_capture
from auditor.collectors.interrogate import Collected, Manner
from auditor.collectors.transcript import Transcript
from auditor.collectors.vendors import (
    asterisk,
    asterisk_files,
    asterisk_pjsip,
    asterisk_sip,
    cisco_ucos,
    exchange,
    freeswitch,
    ios_voice,
)
from auditor.collectors.vendors.page import Told
from auditor.declared.sets import agent, kind, table
from auditor.facts import Endpoint, Pool, Trunk
from auditor.model import Device, Key, Origin, Reading
from auditor.seats.inputs import gather
from auditor.site import Declared, People, Role, Site, Target
from auditor.values import ABSENT
from tests.replay import replay

HEAD = """
 Endpoint:  <Endpoint/CID.....................................>  <State.....>  <Channels.>
    I/OAuth:  <AuthId/UserName...........................................................>
        Aor:  <Aor............................................>  <MaxContact>
      Contact:  <Aor/ContactUri..........................> <Hash....> <Status> <RTT(ms)..>
==========================================================================================

"""
SETS = f"""{HEAD} Endpoint:  201/201                                              Not in use    0 of inf
     InAuth:  201-auth/201
        Aor:  201                                                3
      Contact:  201/sip:201@10.20.30.30:5060               1bf76241e0 Avail         4.556
      Contact:  201/sip:201@10.8.0.77:42100                c24daffdc8 Avail         9.184

 Endpoint:  202/Marie 0612345678                                 Unavailable   0 of inf
     InAuth:  202-auth/202
        Aor:  202                                                1
      Contact:  202/sip:202@10.20.30.38:5060               5529e96582 Unavail         nan

 Endpoint:  anonymous                                            Unavailable   0 of inf

 Endpoint:  operator                                             Not in use    0 of 15
    OutAuth:  operator-auth/0033472000000
        Aor:  operator                                           0
      Contact:  operator/sip:203.0.113.11:5060             d590ce89ec Avail         4.592


Objects found: 4

"""
DATABASE = """/AMPUSER/203/followme/ddial                       : DIRECT
/AMPUSER/203/followme/grplist                     : 203-0699887766#
/AMPUSER/204/followme/ddial                       : EXTENSION
/AMPUSER/204/followme/grplist                     : 204-0699887766#
/CF/202                                           : 0612345678
/CF/205                                           : 201
/registrar/contact/201;@1bf7: {"via_addr":"192.168.1.20","endpoint":"201","uri":"sip:201@10.20.30.30:5060","user_agent":"Yealink SIP-T46S 66.86.0.15"}
/registrar/contact/201;@c24d: {"via_addr":"10.8.0.77","endpoint":"201","uri":"sip:201@10.8.0.77:42100^3Btransport=TLS","user_agent":"Linphone Android/5.0.14"}
6 results found.
"""
PEERS = """Name/username             Host                                    Dyn Forcerport Comedia    ACL Port     Status      Description
101/101                   192.168.10.60                            D  Yes        Yes            5060     OK (12 ms)  Marie
102                       (Unspecified)                            D  Yes        Yes         A  0        UNKNOWN
103/103                   192.168.10.66                            D  Yes        Yes            5060     UNREACHABLE
operator                  203.0.113.11                                Auto (No)  No             5060     Unmonitored
4 sip peers [Monitored: 1 online, 2 offline Unmonitored: 1 online, 0 offline]
"""
FILES = """[desk](!)
type=endpoint
allow=!all,alaw,ulaw
[home](!,desk)
allow=!all,opus
media_encryption=sdes
[201](home)
[202](desk)
[201]
type=aor
[operator]
type=endpoint
outbound_auth=operator-auth
allow=alaw
[transport-udp]
type=transport
local_net=10.0.0.0/8
external_media_address=192.0.2.7
"""
ANSWERS = {
    "asterisk -rx pjsip show endpoints": SETS,
    "asterisk -rx database show": DATABASE,
    asterisk.PJSIP_FILES: FILES,
}


def told(said: Told) -> dict[str, object]:
    return {key.name: value for key, value in said.facts.items()}


def of(device: Device, name: str) -> object:
    return next(reading.value for reading in device.readings if reading.key.name == name)


# ---- kinds ----


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Yealink SIP-T46S 66.86.0.15", "desk"),
        ("snomD725/10.1.101.11", "desk"),
        ("PolycomVVX-VVX_411-UA/5.9.0", "desk"),
        ("PolycomSoundStationIP-SSIP_6000-UA/4.0.8", "conference"),
        ("Yealink CP960 73.80.0.35", "conference"),
        ("Yealink W60B 77.83.0.85", "dect"),
        ("Gigaset N510 IP PRO/42.250", "dect"),
        ("snom-M700/03.24.0007", "dect"),
        ("Grandstream HT814 1.0.29.8", "analogue"),
        ("Cisco/SPA112-1.4.1(002)", "analogue"),
        ("Cisco/SPA504G-7.6.2g", "desk"),
        ("Grandstream GXP2170 1.0.11.35", "desk"),
        ("Grandstream GXW4216 1.0.5.5", "analogue"),
        ("Linphone Desktop/4.4.10 (Windows 10)", "softphone"),
        ("Zoiper rv2.10.19.6", "softphone"),
        ("Z 5.6.1 v2.10.19.6", "softphone"),
        ("MicroSIP/3.21.3", "softphone"),
        ("Bria 6.5.1", "softphone"),
        ("Cisco-CSF", "softphone"),
        ("Mediant 800B/v.7.20A.258", "gateway"),
        ("Patton SN4980 4E120V", "gateway"),
        ("Asterisk PBX 18.9.0", "gateway"),
        ("Fanvil X4U 2.4.10", "desk"),
        ("Ovni 1.0", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_set_is_told_by_its_user_agent(said: str, expected: str) -> None:
    assert kind(said) == expected


def test_the_table_of_sets_is_data() -> None:
    """Every row names a kind that a set may have."""
    assert {name for name, _ in table()} == {"desk", "softphone", "dect", "analogue", "gateway", "conference"}


def test_a_number_in_a_user_agent_is_cut_out() -> None:
    assert agent("Phone of +33612345678 v1.2") == "Phone of # v1.2"


# ---- Asterisk ----


async def test_one_extension_with_two_sets_is_reachable_where_its_softphone_is() -> None:
    """A desk set inside and a softphone outside under one extension: one record, a softphone, outside."""
    device = await replay(Capture(outputs=ANSWERS), "pbx", "asterisk")
    sets = {one.id: one for one in of(device, "telephony.endpoints")}  # type: ignore[attr-defined]
    one = sets["set-201"]
    assert (one.kind, one.registered, one.from_inside, one.transport) == ("softphone", True, False, "tls")
    assert (one.codecs, one.media_encryption) == (("opus",), "sdes")
    assert one.address is ABSENT
    assert one.others is ABSENT
    assert sets["set-202"].registered is False
    assert sets["set-202"].forwarded is True
    assert sets["set-203"].forwarded is True, "follow-me that is switched on, to a number outside"
    assert "set-204" not in sets
    assert "set-205" not in sets, "a forward to a colleague is no way home"
    assert of(device, "telephony.endpoints.total") == 2
    assert of(device, "telephony.endpoints.registered") == 1
    assert of(device, "telephony.nat") == ("external_media_address", "local_net")


async def test_no_number_and_no_name_is_kept_of_an_exchange() -> None:
    """The evidence of every answer, as it is stored: extensions, numbers and names are pseudonyms."""
    outputs = {**ANSWERS, "asterisk -rx sip show peers": PEERS}
    device = await replay(Capture(outputs=outputs), "pbx", "asterisk", pseudonym=lambda name: "somebody")
    kept = "\n".join(line.text for line in device.evidence)
    assert "Linphone Android" in kept
    for planted in ("0612345678", "0699887766", "0033472000000", "Marie", "/201", "sip:201"):
        assert planted not in kept, planted


def test_a_list_that_was_cut_tells_no_total() -> None:
    """The total at its end is missing, or is not the number of its rows."""
    assert asterisk_pjsip.endpoints(SETS.replace("found: 4", "found: 5")).facts == {}
    assert asterisk_pjsip.endpoints(SETS[: len(SETS) // 2]).unparsed > 0
    assert asterisk_sip.peers(PEERS.replace("4 sip peers", "5 sip peers")).facts == {}


def test_chan_sip_peers_are_sets_where_they_are_dynamic() -> None:
    found = told(asterisk_sip.peers(PEERS))
    assert found["telephony.endpoints.total"] == 3
    assert found["telephony.endpoints.registered"] == 1
    assert found["telephony.trunks"] == (Trunk("operator", "sip", host="203.0.113.11"),)


def test_peers_are_asked_one_by_one_only_on_a_small_exchange() -> None:
    """chan_sip tells a user agent no other way; a large exchange is not loaded for it."""
    assert len(asterisk_sip.to_ask(PEERS)) == 3
    many = "".join(PEERS.splitlines(keepends=True)[1].replace("101", str(1000 + n)) for n in range(41))
    assert asterisk_sip.to_ask(many) == []


def test_a_trunk_and_its_registration_are_one() -> None:
    line = Trunk("operator", "sip", host="203.0.113.11")
    for name in ("operator-reg", "operator", "another"):
        (one,) = exchange.trunks((line,), (Trunk(name, registered=True, host="203.0.113.11"),))
        assert (one.name, one.registered) == ("operator", True)
    two = exchange.trunks((line,), (Trunk("backup", registered=True, host="203.0.113.12"),))
    assert len(two) == 2


def test_calls_with_and_without_a_limit() -> None:
    limited = told(
        asterisk.calls("6 active channels\n3 of 60 max active calls ( 5.00% of capacity)\n9 calls processed\n")
    )
    assert limited == {"telephony.calls.now": 3, "telephony.calls.max": 60, "telephony.channels.now": 6}
    assert "telephony.calls.max" not in told(asterisk.calls("1 active channel\n1 active call\n1 call processed\n"))
    assert asterisk.calls("Unable to connect to remote asterisk").unparsed == 1


def test_queues_are_counted_through_their_colours() -> None:
    text = "\x1b[1;32mwelcome\x1b[0m has 0 calls (max unlimited) in 'ringall' strategy\n   Members: \n      PJSIP/205 (x)\n"
    assert told(asterisk.queues(text)) == {"telephony.queues": 1}
    assert told(asterisk.queues("No queues.\n")) == {"telephony.queues": 0}


def test_the_busy_hour_needs_five_days() -> None:
    def rows(days: int) -> str:
        return "".join(f'"2026-11-{day:02} 10:{n:02}:00",360,350\n' for day in range(1, days + 1) for n in range(20))

    assert told(asterisk_files.records(rows(5))) == {"telephony.busy_hour": 2.0}
    assert told(asterisk_files.records(rows(4))) == {}


def test_freepbx_trunks_have_their_channels() -> None:
    text = "OUTMAXCHANS_1 = 15\nOUT_1 = PJSIP/operator\nOUT_2 = SIP/backup\nOUTMAXCHANS_2 = \n"
    assert told(asterisk_files.outbound(text))["telephony.trunks"] == (Trunk("operator", channels=15), Trunk("backup"))


def big(count: int) -> tuple[str, str]:
    """The two long answers of an exchange of `count` extensions, all registered."""
    blocks = "".join(
        f" Endpoint:  {n}/{n}                                              Not in use    0 of inf\n     InAuth:  {n}/{n}\n"
        f"        Aor:  {n}                                                1\n"
        f"      Contact:  {n}/sip:{n}@10.{n % 200}.{n % 250}.7:5060      {n:010x} Avail         4.556\n\n"
        for n in range(10_000, 10_000 + count)
    )
    rows = "".join(
        f'/registrar/contact/{n};@{n:032x}: {{"via_addr":"10.{n % 200}.{n % 250}.7","endpoint":"{n}",'
        f'"uri":"sip:{n}@10.{n % 200}.{n % 250}.7:5060","user_agent":"Yealink SIP-T46S 66.86.0.15"}}\n'
        for n in range(10_000, 10_000 + count)
    )
    return f"{HEAD}{blocks}\nObjects found: {count}\n", f"{rows}{count} results found.\n"


@pytest.mark.slow
async def test_ten_thousand_sets_are_read_in_one_bounded_pass() -> None:
    """Two answers, whatever their number: under 200 MB more, and seconds."""
    count = 10_000
    sets, base = big(count)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    outputs = {"asterisk -rx pjsip show endpoints": sets, "asterisk -rx database show registrar/contact": base}
    device = await replay(Capture(outputs=outputs), "pbx", "asterisk")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    found = of(device, "telephony.endpoints")
    assert Counter(one.kind for one in found) == {"desk": count}  # type: ignore[attr-defined]
    assert of(device, "telephony.endpoints.registered") == count
    assert grown < 200 * 1024, f"{grown} KiB"
    assert time.process_time() - started < 60
    asked = [line.request for line in device.evidence]
    assert len([request for request in asked if "pjsip show endpoint" in request]) == 1


def big_peers(count: int) -> str:
    """`sip show peers` of that many sets, all registered."""
    head = PEERS.splitlines()[0]
    rows = (
        f"{n}/{n}               10.{n % 200}.{n % 250}.7                               D  Yes        Yes            5060     OK (12 ms)"
        for n in range(10_000, 10_000 + count)
    )
    foot = f"{count} sip peers [Monitored: {count} online, 0 offline Unmonitored: 0 online, 0 offline]"
    return "\n".join((head, *rows, foot, ""))


def big_manager(count: int) -> str:
    """`show risdb query phone` of that many sets, all registered."""
    head = "DeviceName, Descr, Ipaddr, Ipv6addr, MACaddr, RegStatus, PhoneProtocol, DeviceModel, HTTPsupport, prodId, username"
    rows = (
        f"SEP{n:012X}, Room {n}, 10.{n % 200}.{n % 250}.7, , {n:012X}, reg, SIP, 622, yes, 540, user{n}"
        for n in range(count)
    )
    totals = f"#TotalPhones, #TotalRegistered, #RegisteredSCCP\n{count}, {count}, 0\n"
    return "\n".join((totals, head, *rows, f"Total count {count}", ""))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("platform", "line", "text"),
    [
        ("asterisk", "asterisk -rx sip show peers", big_peers),
        ("cisco_ucos", "show risdb query phone", big_manager),
    ],
)
async def test_ten_thousand_sets_of_other_systems_are_one_answer(platform: str, line: str, text: Any) -> None:
    """The older stack of Asterisk and a Cisco manager: under 200 MB more, and no question for each set."""
    count = 10_000
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    device = await replay(Capture(outputs={line: text(count)}), "pbx", platform)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert of(device, "telephony.endpoints.registered") == count
    assert of(device, "telephony.endpoints.total") == count
    assert grown < 200 * 1024, f"{grown} KiB"
    assert time.process_time() - started < 60
    assert len(device.evidence) == 1


# ---- where a set is ----


async def test_a_set_behind_the_vpn_is_outside_though_the_pool_is_part_of_the_site() -> None:
    """10.20.0.0/16 is the site, and its gateway hands out 10.20.99.0/24 to remote workers; a span does as well."""
    moved = [text.replace("10.8.0.77", "10.20.99.7").replace("10.20.30.30", "10.20.98.5") for text in (DATABASE, SETS)]
    for pool in (Pool("p", network="10.20.99.0/24"), Pool("p", first="10.20.99.1", last="10.20.99.9")):
        asked = Manner(networks=("10.20.0.0/16",))
        collected = Collected(Target("pbx", "recorded", Role.PBX, "asterisk"), Transcript("pbx"), asked)
        collected.vendor = asterisk.ASTERISK
        collected.take(asterisk_files.database(moved[0]), ("database show",))
        collected.take(asterisk_pjsip.endpoints(moved[1]), ("pjsip show endpoints",))
        gateway = Device("fw", Role.FIREWALL, "", readings=(reading(facts.VPN_POOLS, (pool,)),))

        def where(device: Device) -> object:
            sets = {one.id: one for one in of(device, "telephony.endpoints")}  # type: ignore[attr-defined]
            return sets["201"].from_inside

        assert where(collected.device()) is True
        (device,) = placed([collected], (gateway, collected.device()))
        assert where(device) is False
        assert list(placed([collected], ())) == []


def test_the_busy_hour_of_the_exchange_is_shared_by_its_users() -> None:
    """Four erlangs for forty telephones are a tenth each; what somebody declares wins."""
    site = Site(name="s", client="c", people=People(headcount=50, eligible=50, phone_share=Fraction(4, 5)))
    device = Device("pbx", Role.PBX, "", readings=(reading(facts.TELEPHONY_BUSY_HOUR, 4.0),))
    figure = gather(site, (device,))["telephony.busy_hour_erlangs"]
    assert (figure.value, figure.origin) == (Fraction(1, 10), Origin.MEASURED)
    said = replace(site, declared={"telephony.busy_hour_erlangs": Declared(Fraction(1, 5), "IT")})
    assert gather(said, (device,))["telephony.busy_hour_erlangs"].value == Fraction(1, 5)


def reading(key: Key[Any], value: Any) -> Reading[Any]:
    return Reading(key, value, "box", dt.datetime(2026, 11, 26, tzinfo=dt.UTC), ("said",))


# ---- other exchanges ----

RECORDED = Path(__file__).parent / "recordings"


@pytest.mark.parametrize(
    ("folder", "people", "left"),
    [
        ("cisco_ucos/11.5", ("Claire", "Durand", "cdurand", "SEP0011", "CSFC", "10.99.20.7"), "TotalRegistered"),
        ("freeswitch/1.10", ("Claire", "1001", "1002", "0033100000000"), "Linphone"),
        ("cisco_ios/cme-12", ("0011.2233", "1001", "1002"), "CIPC"),
    ],
)
async def test_no_number_and_no_name_is_kept_of_other_exchanges(
    folder: str, people: tuple[str, ...], left: str
) -> None:
    """The evidence of every answer, as it is stored."""
    place = RECORDED / folder
    device = await replay(open_capture(place), "pbx", place.parent.name, pseudonym=lambda name: "somebody")
    kept = "\n".join(line.text for line in device.evidence)
    assert left in kept
    for planted in people:
        assert planted not in kept, planted


# ---- any text ----


def _recorded(name: str) -> str:
    return (RECORDED / name).read_text(encoding="utf-8")


READERS = {
    "pjsip endpoints": (asterisk_pjsip.endpoints, SETS),
    "database": (asterisk_files.database, DATABASE),
    "sip peers": (asterisk_sip.peers, PEERS),
    "configuration": (asterisk_files.pjsip, FILES),
    "cucm phones": (cisco_ucos.phones, _recorded("cisco_ucos/11.5/show_risdb_query_phone.txt")),
    "freeswitch registrations": (
        freeswitch.registrations,
        _recorded("freeswitch/1.10/fs_cli_-x_sofia_status_profile_internal_reg.txt"),
    ),
    "ephones": (ios_voice.ephones, _recorded("cisco_ios/cme-12/show_ephone.txt")),
    "pools": (ios_voice.pools, _recorded("cisco_ios/cme-12/show_voice_register_pool_all.txt")),
    "voice ports": (ios_voice.ports, _recorded("cisco_ios/cme-12/show_voice_port_summary.txt")),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_answer_never_tells_more_than_the_whole_one(name: str, data: st.DataObject) -> None:
    """Lines cut, doubled or overwritten: no exception, and never more registered sets than lines."""
    read, text = READERS[name]
    lines = text.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        what = data.draw(st.sampled_from(["drop", "cut", "noise"]))
        noise = data.draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
        lines[place] = {"drop": "", "cut": lines[place][: len(lines[place]) // 2], "noise": noise}[what]
    found = told(read("\n".join(lines)))
    sets = found.get("telephony.endpoints", ())
    assert isinstance(sets, tuple)
    assert len(sets) <= len(lines)
    assert all(isinstance(one, Endpoint) and one.id for one in sets)


# ---- the outputs beside the project ----


def test_the_recorded_asterisk_tells_its_counts(shared: Path) -> None:
    """Asterisk 16 with both stacks: 16 endpoints of which 10 are here, a trunk, 12 peers of which 5."""
    folder = shared / "recordings" / "cli" / "asterisk"

    def text(command: str) -> str:
        (path,) = (folder / f"asterisk_-rx_{command}").glob("ast16.txt")
        return path.read_text(encoding="utf-8")

    found = told(asterisk_pjsip.endpoints(text("pjsip_show_endpoints")))
    assert (found["telephony.endpoints.total"], found["telephony.endpoints.registered"]) == (16, 10)
    (line,) = exchange.trunks(
        found["telephony.trunks"],  # type: ignore[arg-type]
        told(asterisk_pjsip.registrations(text("pjsip_show_registrations")))["telephony.trunks"],  # type: ignore[arg-type]
    )
    assert (line.name, line.registered) == ("trunk-op", True)
    peers = told(asterisk_sip.peers(text("sip_show_peers")))
    assert (peers["telephony.endpoints.total"], peers["telephony.endpoints.registered"]) == (12, 5)
    assert told(asterisk.queues(text("queue_show"))) == {"telephony.queues": 2}
    assert told(asterisk_pjsip.transports(text("pjsip_show_transports")))["telephony.transports"] == (
        "tcp",
        "tls",
        "udp",
    )
    sets = asterisk_pjsip.endpoint(text("pjsip_show_endpoint_202")).facts[facts.TELEPHONY_ENDPOINTS]
    assert [one.media_encryption for one in sets] == ["no"]
