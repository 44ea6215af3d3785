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
from auditor.collectors.persons import anonymous
from auditor.collectors.transcript import Transcript
from auditor.collectors.vendors import (
    asterisk,
    asterisk_files,
    asterisk_pjsip,
    asterisk_sip,
    cisco_ucos,
    exchange,
    freepbx,
    freeswitch,
    ios_voice,
)
from auditor.collectors.vendors.page import Told
from auditor.declared.sets import agent, kind, table
from auditor.facts import Endpoint, Licence, LinkQuality, Pool, Technology, Trunk
from auditor.model import ABSENT, Declared, Device, Key, Origin, People, Reading, Role, Site, Target
from auditor.seats.inputs import gather
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
