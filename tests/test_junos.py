"""Junos: policies with books and applications resolved, translation, the box's own services, and its answers."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors import junos
from auditor.collectors.vendors.junos import cluster, engine, flows, interfaces, peers, probes, routes, uptime
from auditor.collectors.vendors.junos_config import bits, configuration
from auditor.collectors.vendors.junos_rules import counted
from auditor.facts import LinkRate, Pool
from auditor.values import ABSENT

BASE = """\
set version 22.4
set system services ssh
set interfaces ge-0/0/0 unit 0 family inet address 203.0.113.10/29
set security zones security-zone wan-a interfaces ge-0/0/0.0
set security zones security-zone trust interfaces ge-0/0/1.0
set security address-book global address srv 10.0.0.9/32
set security address-book global address-set servers address srv
set security nat static rule-set s from zone wan-a
set security nat static rule-set s rule r match destination-address 203.0.113.11/32
set security nat static rule-set s rule r then static-nat prefix 10.0.0.9/32
set applications application odd term t1 protocol tcp destination-port 3000-4000
set applications application odd term t2 protocol udp destination-port 161
set applications application-set mix application odd
set applications application-set mix application junos-ssh
set schedulers scheduler past start-date 2015-01-01.00:00 stop-date 2015-12-31.23:59
"""


def policy(name: str, application: str = "any", then: str = "permit", where: str = "servers", more: str = "") -> str:
    path = f"set security policies from-zone wan-a to-zone trust policy {name}"
    parts = ("match source-address any", f"match destination-address {where}", f"match application {application}")
    return "".join(f"{path} {part}\n" for part in (*parts, f"then {then}", *([more] if more else [])))


def told(text: str) -> Any:
    return configuration(text).facts


def seen(*rows: str) -> list[tuple[str, Any, Any]]:
    found = told(BASE + "".join(rows))[facts.FIREWALL_EXPOSED]
    return [(row.service, row.port, row.to) for row in found]


def test_sets_terms_and_ranges_are_resolved() -> None:
    """Each door of them is told, behind the address the internet knows."""
    assert seen(policy("p", "junos-https")) == [("https", 443, "10.0.0.9")]
    assert {row[0] for row in seen(policy("p", "mix"))} >= {"rdp", "ssh", "snmp", "database"}
    assert seen(policy("p")) == [("any", ABSENT, "10.0.0.9")]
    assert seen(policy("p", "junos-https", where="any")) == [("https", 443, "10.0.0.9")]


@pytest.mark.parametrize(
    "rows",
    [
        (policy("p", then="deny"),),
        (policy("p", "junos-ping"),),
        (policy("p", more="scheduler-name past"),),
        (policy("a", then="reject"), policy("p", "junos-ssh")),
        (policy("p"), "deactivate security policies from-zone wan-a to-zone trust policy p\n"),
        (policy("p"), "deactivate security nat static\n", policy("q", where="10.9.9.9")),
    ],
    ids=["deny", "ping", "expired", "refused before", "deactivated", "nothing published"],
)
def test_what_lets_nothing_in_exposes_nothing(rows: tuple[str, ...]) -> None:
    """A deactivated policy is a rule that is off, and a host without translation is not reached."""
    assert [row for row in seen(*rows) if row[2].startswith("10.")] == []


def test_a_deactivated_policy_is_told_as_off() -> None:
    """Somebody keeps it."""
    text = BASE + policy("p") + "deactivate security policies from-zone wan-a to-zone trust policy p\n"
    (rule,) = told(text)[facts.FIREWALL_RULES]
    assert (rule.id, rule.enabled) == ("wan-a/trust/p", False)


def test_a_destination_pool_is_named_by_its_port() -> None:
    """What is asked outside is another port than what answers."""
    text = """\
set security nat destination pool x address 10.0.0.8/32 port 22
set security nat destination rule-set d from zone wan-a
set security nat destination rule-set d rule r match destination-port 2200
set security nat destination rule-set d rule r match protocol tcp
set security nat destination rule-set d rule r then destination-nat pool x
"""
    assert seen(text, policy("p", "junos-ssh", where="10.0.0.8")) == [("ssh", 2200, "10.0.0.8")]


@pytest.mark.parametrize(
    ("services", "how", "names"),
    [
        ("ping", "no", []),
        ("ssh", "open", ["ssh"]),
        ("all", "open", ["ssh"]),
        ("https", "no", []),  # nothing of it is switched on
    ],
)
def test_management_is_what_a_zone_lets_in_and_the_system_offers(services: str, how: str, names: list[str]) -> None:
    """Neither alone is a listener; a filter before the box restricts it."""
    line = f"set security zones security-zone wan-a host-inbound-traffic system-services {services}\n"
    tail = "set security policies default-policy deny-all\n"
    found = told(BASE + line + tail)
    assert found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == how
    assert [row.service for row in found[facts.FIREWALL_EXPOSED]] == names
    limited = told(BASE + line + tail + "set interfaces lo0 unit 0 family inet filter input F\n")
    assert limited[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == ("restricted" if how == "open" else "no")


def test_an_interface_has_its_own_services() -> None:
    """Those of its zone do not count beside them, and an exception is none."""
    zone = "set security zones security-zone wan-a host-inbound-traffic system-services ssh\n"
    port = "set security zones security-zone wan-a interfaces ge-0/0/0.0 host-inbound-traffic system-services {}\n"
    tail = "set security policies default-policy deny-all\n"
    assert seen(zone, port.format("ike"), tail) == []
    assert seen(zone, port.format("all"), port.format("ssh except"), tail) == []


def test_a_cut_configuration_claims_no_absence() -> None:
    """Parts that may have been cut off are not told to be off."""
    cut = told(BASE[: BASE.index("set interfaces")].rstrip())
    assert facts.ACCESS_TELNET not in cut
    assert facts.ACCESS_SNMP not in cut
    assert facts.FIREWALL_EXPOSED not in cut


def test_permit_all_by_default_is_a_rule() -> None:
    """And it opens what is published."""
    assert seen("set security policies default-policy permit-all\n") == [("any", ABSENT, "10.0.0.9")]


# ---- answers ----


def test_rows_with_a_user_are_remote_workers() -> None:
    """The columns of users are shown as soon as there is one; rows that contradict the heading count nothing."""
    head = "Remote Address       Port     Peer IKE-ID"
    row = "\n192.0.2.1            22383    @t1      ann       10.0.101.25\n"
    assert peers(head + "         AAA username         Assigned IP" + row).facts[facts.VPN_SESSIONS_NOW] == 1
    assert not peers(head + row).facts
    assert peers(head + "\n").facts[facts.VPN_SESSIONS_NOW] == 0
    assert not peers("").facts


def test_a_pair_needs_both_nodes() -> None:
    """Whatever the legend above the table."""
    text = "XX new code\nRedundancy group: 0 , Failover count: 1\n"
    text += "node0  200  primary  no no None\nnode1  100  {}  no no None\n"
    assert cluster(text.format("secondary")).facts == {facts.HA_STATE: "active"}
    assert cluster(text.format("lost")).facts == {facts.HA_STATE: "failed"}
    assert cluster("error: Chassis cluster is not enabled.\n").facts == {facts.HA_STATE: "standalone"}
    assert not cluster("something\n").facts


def test_load_sessions_uptime_and_probes() -> None:
    """By their own labels, in the units of the vocabulary."""
    text = "Routing Engine status:\n    Memory utilization       61 percent\n      Idle                 93 percent\n"
    assert engine(text).facts == {facts.SYSTEM_CPU: 7.0, facts.SYSTEM_MEMORY: 61.0}
    assert flows("Sessions-in-use: 11\nMaximum-sessions: 65536\n").facts == {
        facts.FIREWALL_SESSIONS_NOW: 11, facts.FIREWALL_SESSIONS_MAX: 65_536,
    }  # fmt: skip
    assert uptime("System booted: 2021-03-29 13:32:05 MSK (1w2d 03:04 ago)\n").facts == {facts.SYSTEM_UPTIME: 788_640}
    text = """\
    Owner: OPA, Test: PING
    Results over current test:
      Loss percentage: 50.000000
    Results over last test:
      Probes sent: 5, Probes received: 4, Loss percentage: 20.000000
      Measurement: Round trip time
        Samples: 4, Minimum: 1 usec, Maximum: 2 usec, Average: 14250 usec
"""
    (row,) = probes(text).facts[facts.LINK_QUALITY]
    assert (row.target, row.rtt_ms, row.loss_percent) == ("OPA/PING", 14.25, 20.0)


def test_routes_and_interfaces() -> None:
    """The route in use is marked; errors stand under their own heading."""
    text = "inet.0: 12 destinations\n+ = Active Route\n\n0.0.0.0/0          *[Static/5] 3w2d 10:11:12\n"
    text += "                    >  to 203.0.113.9 via ge-0/0/0.0\n"
    (row,) = routes(text).facts[facts.ROUTES_DEFAULT]
    assert (row.interface, row.gateway, row.protocol, row.active) == ("ge-0/0/0.0", "203.0.113.9", "static", True)
    text = "Physical interface: ge-0/0/0, Enabled, Physical link is Up\n"
    text += "  Link-level type: Ethernet, MTU: 1514, Speed: 1000mbps\n"
    text += "  Input errors:\n    Errors: 3, Drops: 4, Framing errors: 0\n"
    text += "  Output errors:\n    Carrier: 1, Errors: 5, Drops: 6\n"
    (port,) = interfaces(text).facts[facts.INTERFACES]
    assert (port.speed_bps, port.in_errors, port.in_discards, port.out_errors, port.out_discards) == (
        1_000_000_000, 3, 4, 5, 6,
    )  # fmt: skip
    assert [bits(said) for said in ("20m", "1g", "512k", "64000", "x")] == [
        20_000_000, 1_000_000_000, 512_000, 64_000, ABSENT,
    ]  # fmt: skip


# ---- what other boxes write ----

SECURE_CONNECT = """\
set version 22.4R3
set system host-name srx
set system services ssh ciphers aes256-ctr
set system services ssh ciphers 3des-cbc
set system services ssh key-exchange ecdh-sha2-nistp256
set groups edge interfaces <ge-*> unit <*> family inet policer output line
set groups logs security policies from-zone <*> to-zone <*> policy <*> then log session-close
set groups host system host-name inherited
set groups host system ntp server 10.20.0.9
set apply-groups edge
set apply-groups host
set security policies apply-groups logs
set security ike policy ra pre-shared-key ascii-text x
set security ike gateway ra ike-policy ra
set security ike gateway ra dynamic ike-user-type shared-ike-id
set security ike gateway ra dynamic connections-limit 50
set security ike gateway ra external-interface ge-0/0/1.0
set security ike gateway ra aaa access-profile ra
set security policies from-zone untrust to-zone junos-host policy admin match source-address office
set security policies from-zone untrust to-zone junos-host policy admin match destination-address any
set security policies from-zone untrust to-zone junos-host policy admin match application junos-ssh
set security policies from-zone untrust to-zone junos-host policy admin then permit
set security policies from-zone untrust to-zone junos-host policy rest match source-address any
set security policies from-zone untrust to-zone junos-host policy rest match destination-address any
set security policies from-zone untrust to-zone junos-host policy rest match application any
set security policies from-zone untrust to-zone junos-host policy rest then deny
set security address-book global address office 203.0.113.0/28
set security zones security-zone untrust interfaces ge-0/0/1.0 host-inbound-traffic system-services all
set interfaces ge-0/0/1 unit 0 family inet address 198.51.100.2/29
set interfaces ge-0/0/2 unit 0 family inet dhcp
set interfaces fxp0 unit 0 family inet dhcp
set firewall policer line if-exceeding bandwidth-limit 20m
set routing-options static route 0.0.0.0/0 next-hop 198.51.100.1
set routing-options static route 0.0.0.0/0 qualified-next-hop pp0.0 preference 10
set access profile ra address-assignment pool ra
set routing-instances staff access address-assignment pool ra family inet network 10.9.0.0/24
"""


def test_groups_lend_by_pattern_and_inside_a_part() -> None:
    """The own word of a setting wins over an inherited one."""
    told = configuration(SECURE_CONNECT).facts
    assert [rule.logged for rule in told[facts.FIREWALL_RULES]] == [True, True]
    assert (told[facts.IDENTITY_NAME], told[facts.ACCESS_NTP]) == ("srx", ("10.20.0.9",))
    assert told[facts.LINK_RATES] == (
        LinkRate("ge-0/0/1.0", "policer", up_bps=20_000_000),
        LinkRate("ge-0/0/2.0", "policer", up_bps=20_000_000),
    )


def test_policies_towards_the_box_itself_judge_who_manages_it() -> None:
    """They come after what a zone lets in; without one of them, that alone counts."""
    told = configuration(SECURE_CONNECT).facts
    rows = [(row.service, row.from_) for row in told[facts.FIREWALL_EXPOSED]]
    assert rows == [("ssh", "203.0.113.0/28"), ("vpn", "any")]
    assert told[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == "restricted"
    bare = "".join(line for line in SECURE_CONNECT.splitlines(keepends=True) if "junos-host" not in line)
    assert configuration(bare).facts[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == "open"


def test_written_default_routes_are_told() -> None:
    """Both uplinks with their preference and one that a provider hands out; not that of the management port."""
    told = configuration(SECURE_CONNECT).facts
    assert [(row.interface, row.protocol, row.metric) for row in told[facts.ROUTES_DEFAULT]] == [
        ("ge-0/0/1.0", "static", 5),
        ("pp0.0", "static", 10),
        ("ge-0/0/2.0", "dhcp", ABSENT),
    ]


def test_limits_pools_and_algorithms_are_told() -> None:
    """The pool stands in the instance of its tenant."""
    told = configuration(SECURE_CONNECT).facts
    assert told[facts.VPN_SESSIONS_CONFIGURED] == 50
    assert told[facts.VPN_POOLS] == (Pool("ra", network="10.9.0.0/24", addresses=254),)
    assert told[facts.ACCESS_SSH_ALGORITHMS] == ("ecdh-sha2-nistp256", "aes256-ctr", "3des-cbc")
    bare = "".join(line for line in SECURE_CONNECT.splitlines(keepends=True) if "key-exchange" not in line)
    assert facts.ACCESS_SSH_ALGORITHMS not in configuration(bare).facts  # the factory's exchange is not known


@pytest.mark.parametrize(("tail", "waiting"), [("", False), (" commit confirmed, rollback in 9mins", True)])
def test_a_commit_to_be_confirmed_would_not_survive(tail: str, waiting: bool) -> None:
    """Everything else that is committed is what the next start loads."""
    told = junos.commits(
        f"0   2026-11-20 09:31:02 UTC by audit via cli{tail}\n1   2026-11-19 10:00:00 UTC by audit via cli\n"
    )
    assert told.facts[facts.CONFIG_UNSAVED] is waiting
    assert told.facts[facts.CONFIG_SAVED] == "2026-11-20 09:31:02 UTC"
    assert junos.commits("error: permission denied").unparsed


def test_hits_of_global_policies_and_versions_of_builds_are_told_apart() -> None:
    """`junos-global` is the zone of a global policy; a build of a component is no release."""
    assert counted(" 1       junos-global     junos-global      web 78\n") == {"global/web": 78}
    text = "Hostname: nfx\nModel: nfx250\nJUNOS OS Kernel 64-bit [20220419.9889e6f_builder_stable_11]\n"
    assert facts.IDENTITY_OS_VERSION not in junos.version(text).facts


def test_the_route_that_waits_is_told_beside_the_one_in_use() -> None:
    """And both hops of one that is shared."""
    text = (
        "0.0.0.0/0          *[Static/5] 3w2d 10:11:12\n                    >  to 198.51.100.1 via ge-0/0/0.0\n"
        "                       to 198.51.100.9 via ge-0/0/2.0\n"
        "                    [Static/10] 3w2d 10:11:12\n                    >  via pp0.0\n"
    )
    rows = routes(text).facts[facts.ROUTES_DEFAULT]
    assert [(row.interface, row.active) for row in rows] == [
        ("ge-0/0/0.0", True),
        ("ge-0/0/2.0", True),
        ("pp0.0", False),
    ]
