"""Cisco ASA: answers and configurations of boxes that the recordings do not show."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors import asa_config, asa_lines, asa_shows, ios_shows, stamps
from auditor.collectors.vendors.cisco_asa import PEOPLE
from auditor.facts import Licence, LinkQuality
from auditor.values import ABSENT

OUTSIDE = """\
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.2 255.255.255.248
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.20.0.1 255.255.0.0
route outside 0.0.0.0 0.0.0.0 198.51.100.1 1
"""


def read(text: str, version: str = "9.16(4)") -> dict[str, Any]:
    """What a whole configuration tells, by name."""
    told = asa_config.configuration(f"ASA Version {version}\nhostname fw\n{OUTSIDE}{text}: end\n")
    return {key.name: value for key, value in told.facts.items()}


# ---- answers ----


@pytest.mark.parametrize(
    ("mate", "state"),
    [("Standby Ready", "active"), ("Active", "active"), ("Failed", "failed"), ("Not Detected", "failed"),
     ("Bulk Sync", "failed")],
)  # fmt: skip
def test_a_mate_that_is_not_ready_is_no_redundancy(mate: str, state: str) -> None:
    """Every unit tells how long it was active, whatever it is now."""
    text = (
        "Failover On\nFailover unit Primary\n\tThis host: Primary - Active\n\t\tActive time: 4312 (sec)\n"
        f"\tOther host: Secondary - {mate}\n\t\tActive time: 77 (sec)\n"
    )
    assert asa_shows.failover(text).facts == {facts.HA_STATE: state}


def test_inactive_sessions_are_in_the_total_and_use_nothing() -> None:
    """A resumable session waits for its user; the total counts it, the row of now does not."""
    text = (
        "VPN Session Summary\n"
        "                  Active : Cumulative : Peak Concur : Inactive\n"
        "AnyConnect Client :  120 :       9001 :         180 :       35\n"
        "  SSL/TLS/DTLS    :  120 :       9001 :         180 :       35\n"
        "Clientless VPN    :    2 :         40 :           6\n"
        "  Browser         :    2 :         40 :           6\n"
        "Total Active and Inactive : 157   Total Cumulative : 9041\n"
    )
    told = asa_shows.sessiondb(text).facts
    assert (told[facts.VPN_SESSIONS_NOW], told[facts.VPN_SESSIONS_PEAK]) == (122, 180)
    assert facts.VPN_SESSIONS_NOW not in asa_shows.sessiondb(text.replace("157", "158")).facts


def test_a_user_is_one_whatever_stands_behind_the_name() -> None:
    """With one blank before the number of the session."""
    text = (
        "Username : m.durand Index : 37670\nTunnel Group : RA\n\nUsername : m.durand Index : 56867\nTunnel Group : RA\n"
    )
    users = asa_shows.sessions(text).facts[facts.VPN_USERS]
    assert [one.id for one in users] == ["m.durand", "m.durand"]
    assert {found.group(2) for found in re.finditer(PEOPLE[0], text, re.M)} == {"m.durand"}


def test_a_licence_that_is_asked_for_is_told_by_its_tag() -> None:
    """An appliance that was never registered runs on its evaluation period."""
    text = "License Usage\n=====\n\n(ASAv-STD-1G):\n  Description: \n  Count: 1\n  Status: EVAL MODE\n"
    assert asa_shows.entitlements(text).facts[facts.SYSTEM_LICENCES] == (Licence("ASAv-STD-1G", "evaluation", 1),)


def test_where_logs_go_ends_before_the_comma() -> None:
    """9.x tells what was sent behind the address."""
    text = (
        "Syslog logging: enabled\n    Trap logging: level debugging\n        Logging to inside 10.20.4.60, UDP TX:9\n"
    )
    assert asa_shows.logging(text).facts[facts.ACCESS_LOGGING] == ("10.20.4.60",)


def test_a_route_of_what_leaves_tunnels_is_no_uplink() -> None:
    """`tunneled`: decrypted packets alone take it."""
    text = (
        "Gateway of last resort is 198.51.100.1 to network 0.0.0.0\n\n"
        "S*       0.0.0.0 0.0.0.0 [1/0] via provider-gw, outside\n"
        "S        0.0.0.0 0.0.0.0 [255/0] via 10.20.0.254, inside tunneled\n"
    )
    (route,) = asa_lines.shown(text).facts[facts.ROUTES_DEFAULT]
    assert (route.interface, route.gateway) == ("outside", "provider-gw")


def test_probes_and_tracks_are_told() -> None:
    """What a second uplink waits for."""
    text = (
        "Entry number: 10\nLatest RTT (milliseconds): 12\nLatest operation return code: OK\n\n"
        "Entry number: 11\nLatest RTT (milliseconds): NoConnection/Busy\nLatest operation return code: Timeout\n"
    )
    assert asa_lines.probes(text).facts[facts.LINK_QUALITY] == (
        LinkQuality("operation 10", 12.0, state="ok"),
        LinkQuality("operation 11", state="timeout"),
    )
    track = "Track 1\n  Response Time Reporter 10 reachability\n  Reachability is UP\n"
    (row,) = ios_shows.tracks(track).facts[facts.LINK_QUALITY]
    assert (row.target, row.state) == ("track 1: Response Time Reporter 10 reachability", "up")


# ---- running against startup ----


@pytest.mark.parametrize(
    ("last", "differs"),
    [
        ("Configuration last modified by l.petit at 10:12:33.123 UTC Tue Nov 24 2026", True),
        ("Configuration last modified by l.petit at 10:12:33.123 UTC Mon Nov 2 2026", False),
        ("Configuration last modified by l.petit at 19:00:00.000 CET Mon Nov 23 2026", ABSENT),
        ("Configuration has not been modified since last system restart.", False),
        ("", ABSENT),
    ],
)
def test_what_runs_is_compared_with_what_was_saved(last: str, differs: object) -> None:
    """By the times of both, in the device's own zone; a change of summer time between them leaves it open."""
    known = dict(asa_shows.version(f"Serial Number: X1\n{last}\n").facts)
    known |= asa_shows.written(": Written by l.petit at 18:48:40.001 UTC Mon Nov 23 2026\n").facts
    said = known.get(facts.CONFIG_UNSAVED, stamps.DERIVE[facts.CONFIG_UNSAVED].make(known))
    assert said is differs
    assert known[facts.CONFIG_SAVED_AT] == dt.datetime(2026, 11, 23, 18, 48, 40, tzinfo=dt.UTC)
    assert "petit" not in str(known)


# ---- configurations ----

OLD = """\
name 10.20.4.5 mail
access-list in extended permit tcp any host 198.51.100.3 range 3389 3390
access-list in extended permit tcp any interface outside eq smtp
access-group in in interface outside
global (outside) 1 interface
nat (inside) 0 access-list bare
nat (inside) 1 0.0.0.0 0.0.0.0
static (inside,outside) tcp interface smtp mail smtp netmask 255.255.255.255
static (inside,outside) 198.51.100.3 10.20.4.6 netmask 255.255.255.255
"""


def test_translation_before_objects_is_told() -> None:
    """`static`, `nat` and `global` of 8.2: none of them is "no translation"."""
    told = read(OLD, "8.2(5)")
    assert [(row.id, row.original, row.translated) for row in told["firewall.nat"]] == [
        ("static 1", ("mail",), ("interface",)),
        ("static 2", ("10.20.4.6",), ("198.51.100.3",)),
        ("nat inside 1 outside", ("any",), ("interface",)),
    ]
    assert [(row.service, row.to) for row in told["firewall.exposed"]] == [("rdp", "10.20.4.6"), ("smtp", "10.20.4.5")]


APART = """\
interface Management0/0
 management-only
 nameif mgmt
 security-level 0
route mgmt 0.0.0.0 0.0.0.0 192.168.1.254 1
route inside 0.0.0.0 0.0.0.0 10.20.0.254 tunneled
http server enable
http 0.0.0.0 0.0.0.0 mgmt
ssh 0.0.0.0 0.0.0.0 mgmt
ssh 0.0.0.0 0.0.0.0 inside
"""


def test_an_interface_for_management_and_a_tunneled_route_face_no_internet() -> None:
    """Administrators reach both from inside; neither is an uplink."""
    told = read(APART)
    assert [row.interface for row in told["routes.default"]] == ["outside"]
    assert told["access.management_from_internet"] == "no"
    assert read(APART + "ssh 0.0.0.0 0.0.0.0 outside\n")["access.management_from_internet"] == "open"


def test_central_accounts_are_told_by_their_protocol() -> None:
    """Whatever the group of servers is called."""
    text = "aaa-server CORP protocol tacacs+\naaa authentication ssh console CORP LOCAL\n"
    assert read(text)["access.central_authentication"] == "tacacs"


WEB = """\
webvpn
 enable outside
 anyconnect enable
group-policy RA attributes
 vpn-tunnel-protocol ssl-client
 webvpn
  anyconnect ssl dtls none
tunnel-group RA type remote-access
tunnel-group RA general-attributes
 default-group-policy RA
vpn-sessiondb max-anyconnect-premium-or-essentials-limit 25
"""


def test_a_limit_that_somebody_set_and_tls_alone_are_told() -> None:
    """DTLS is off where every policy of remote users says so."""
    told = read(WEB)
    assert (told["vpn.sessions.configured_max"], told["vpn.transports"]) == (25, ("tcp",))
    assert read(WEB.replace("  anyconnect ssl dtls none\n", ""))["vpn.transports"] == ("dtls", "tcp")


# ---- managed boxes ----

MANAGED = """\
: Saved
NGFW Version 7.4.1
hostname ftd
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.2 255.255.255.248
interface GigabitEthernet0/1
 nameif inside
 security-level 0
 ip address 10.20.0.1 255.255.0.0
object network shop
 host 10.20.0.5
object network shop-outside
 host 198.51.100.3
access-group CSM_FW_ACL_ global
access-list CSM_FW_ACL_ remark rule-id 9998: RULE: DEFAULT TUNNEL ACTION RULE
access-list CSM_FW_ACL_ advanced permit ipinip any any rule-id 9998
access-list CSM_FW_ACL_ advanced permit udp any eq 3544 any range 1025 65535 rule-id 9998
access-list CSM_FW_ACL_ advanced permit tcp ifc outside any ifc inside object shop eq https rule-id 7 event-log both
access-list CSM_FW_ACL_ advanced trust tcp ifc outside host 203.0.113.9 ifc inside object shop eq 3389 rule-id 8
access-list CSM_FW_ACL_ advanced permit ip ifc inside any ifc outside any rule-id 9
access-list CSM_FW_ACL_ advanced deny ip any any rule-id 1 event-log flow-start
nat (inside,outside) source static shop shop-outside
route outside 0.0.0.0 0.0.0.0 198.51.100.1 1
: end
"""


def test_the_list_of_a_managed_box_is_read() -> None:
    """Its entries name interfaces, which all have level 0; the rule for tunnels opens nothing by itself."""
    told = asa_config.configuration(MANAGED).facts
    rules = [(rule.from_, rule.to, rule.services, rule.logged) for rule in told[facts.FIREWALL_RULES]]
    assert rules[2:] == [
        (("outside",), ("inside",), ("tcp/443",), True),
        (("outside",), ("inside",), ("tcp/3389",), False),
        (("inside",), ("outside",), ("any",), False),
        (("any",), ("any",), ("any",), True),
    ]
    rows = [(row.service, row.from_, row.to) for row in told[facts.FIREWALL_EXPOSED]]
    assert rows == [("https", "any", "10.20.0.5"), ("rdp", "203.0.113.9", "10.20.0.5")]


def test_an_entry_that_is_not_understood_proves_nothing() -> None:
    """Neither that there is no rule, nor that nothing is exposed."""
    told = asa_config.configuration(MANAGED.replace(" advanced ", " novel "))
    assert facts.FIREWALL_RULES not in told.facts
    assert facts.FIREWALL_EXPOSED not in told.facts
    assert told.unparsed == 6


def test_hits_of_a_managed_box_are_counted() -> None:
    """`show access-list` of its command line."""
    line = "access-list CSM_FW_ACL_ line 4 advanced permit tcp any any eq https rule-id 7 (hitcnt=12) 0x1b2c\n"
    (rule,) = asa_shows.access_lists(line).facts[facts.FIREWALL_RULES]
    assert (rule.id, rule.hits) == ("CSM_FW_ACL_#4", 12)


def test_a_routing_protocol_is_not_everything() -> None:
    """`permit ospf any any` lets no other packet in."""
    text = "access-list in extended permit ospf any any\naccess-group in in interface outside\n"
    static = "object network srv\n host 10.20.0.5\n nat (inside,outside) static 198.51.100.3\n"
    assert [row.service for row in read(text + static)["firewall.exposed"]] == ["ospf"]


def test_what_stays_outside_the_tunnel_is_no_route_of_it() -> None:
    """`excludespecified` names what goes straight to the internet."""
    text = WEB.replace(
        " vpn-tunnel-protocol", " split-tunnel-policy {}\n split-tunnel-network-list value n\n vpn-tunnel-protocol"
    )
    listed = "access-list n standard permit 10.0.0.0 255.0.0.0\n"
    inside = read(listed + text.format("tunnelspecified"))
    assert (inside["vpn.tunnel_mode"], inside["vpn.tunnel_routes"]) == ("split", ("10.0.0.0/8",))
    outside = read(listed + text.format("excludespecified"))
    assert (outside["vpn.tunnel_mode"], outside.get("vpn.tunnel_routes")) == ("selective", None)


def test_what_ssh_offers_is_told_where_both_parts_are_written() -> None:
    """Exchange in the names of SSH; without ciphers of its own the box offers its factory's."""
    exchange = "ssh key-exchange group dh-group14-sha1\n"
    told = read(f"{exchange}ssh cipher encryption custom aes256-ctr:3des-cbc\n")
    assert told["access.ssh_algorithms"] == ("diffie-hellman-group14-sha1", "aes256-ctr", "3des-cbc")
    assert "access.ssh_algorithms" not in read(exchange)
