"""FortiGate's pages: what policies and virtual addresses open, who may come in, and what its answers count."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors.blocks import fortios
from auditor.collectors.vendors.forti_config import configuration
from auditor.collectors.vendors.forti_rules import exposed, management, rules
from auditor.collectors.vendors.forti_shows import (
    gateways,
    health,
    monitor,
    pair,
    performance,
    statistics,
    tunnels,
    versions,
)
from auditor.values import ABSENT

BASE = """\
config system interface
    edit "wan1"
        set ip 198.51.100.2 255.255.255.252
        set allowaccess {access}
        set role wan
    next
    edit "internal"
        set role lan
    next
end
config system admin
    edit "admin"
        {trust}
    next
end
config firewall schedule onetime
    edit "past"
        set end 23:59 2015/12/31
    next
end
config firewall service custom
    edit "wide"
        set tcp-portrange 3000-4000:1024-65535 22
    next
end
config firewall service group
    edit "doors"
        set member "wide" "SMB"
    next
end
config firewall vip
    edit "web"
        set extip 198.51.100.3
        set extintf "wan1"
        set mappedip "192.168.10.30"
    next
    edit "rdp"
        set extip 198.51.100.2
        set extintf "any"
        set portforward enable
        set mappedip "192.168.10.20"
        set extport 33890
        set mappedport 3389
    next
    edit "inside"
        set extintf "internal"
        set mappedip "192.168.10.40"
    next
end
config firewall vipgrp
    edit "both"
        set member "web" "rdp"
    next
end
config firewall policy
{policies}
end
"""


def tree(policies: str, access: str = "ping", trust: str = "", more: str = "") -> Any:
    return fortios(BASE.format(policies=policies, access=access, trust=trust) + more)[0]


def policy(id: int, destination: str, service: str, *more: str, action: str = "accept", source: str = "all") -> str:
    lines = ('set srcintf "wan1"', 'set dstintf "internal"', f'set srcaddr "{source}"', f'set dstaddr "{destination}"',
             f'set service "{service}"', *([f"set action {action}"] if action else []), *more)  # fmt: skip
    return "\n".join((f"edit {id}", *lines, "next"))


def seen(*policies: str, **how: str) -> list[tuple[str, Any, Any, Any]]:
    return [(row.service, row.port, row.from_, row.to) for row in exposed(tree("\n".join(policies), **how))]


# ---- exposure ----


def test_a_virtual_address_is_named_by_the_service_behind_it() -> None:
    """By the port asked outside; a policy's services are those of the host."""
    assert seen(policy(1, "rdp", "RDP")) == [("rdp", 33890, "any", "192.168.10.20")]
    assert seen(policy(1, "rdp", "HTTPS")) == []
    assert seen(policy(1, "both", "ALL")) == [
        ("any", ABSENT, "any", "192.168.10.30"),
        ("rdp", 33890, "any", "192.168.10.20"),
    ]


def test_groups_and_ranges_of_ports_are_resolved() -> None:
    """What a source port is does not count."""
    assert {row[0] for row in seen(policy(1, "web", "doors"))} == {
        "rdp", "database", "ssh", "smb", "ldap", "tcp/3000-4000",
    }  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        (policy(1, "web", "SSH", "set status disable"),),
        (policy(1, "web", "SSH", 'set schedule "past"'),),
        (policy(1, "web", "SSH", action=""),),
        (policy(1, "web", "PING"),),
        (policy(1, "inside", "SSH"),),
        (policy(1, "all", "SSH"),),
        (policy(1, "web", "ALL", action="deny"), policy(2, "web", "SSH")),
    ],
    ids=["off", "expired", "deny", "ping", "inside", "all is no virtual address", "refused before"],
)
def test_what_lets_nothing_in_exposes_nothing(rows: tuple[str, ...]) -> None:
    """A policy that is off, expired, a refusal, or for something the internet does not reach."""
    assert seen(*rows) == []


def test_central_translation_needs_no_virtual_address_in_the_policy() -> None:
    """Its rules name the hosts themselves."""
    more = "config system settings\nset central-nat enable\nend\n"
    found = exposed(tree(policy(1, "all", "SSH"), more=more))
    assert [(row.service, row.to) for row in found] == [("ssh", "192.168.10.30")]


def test_management_on_the_outside_is_exposed_and_judged() -> None:
    """By any administrator without trusted hosts; a local-in policy that refuses all closes it."""
    assert management(tree("", access="https ssh")) == "open"
    assert management(tree("", access="https", trust="set trusthost1 203.0.113.0 255.255.255.0")) == "restricted"
    assert management(tree("", access="ping fgfm")) == "no"
    closed = (
        'config firewall local-in-policy\nedit 1\nset intf "wan1"\nset srcaddr "all"\nset service "ALL"\nnext\nend\n'
    )
    assert management(tree("", access="https ssh", more=closed)) == "no"
    assert [row.service for row in exposed(tree("", access="https telnet"))] == ["https", "telnet"]


def test_a_policy_logs_what_it_says() -> None:
    """`utm`, the factory's, logs what a profile finds alone."""
    found = rules(tree("\n".join((
        policy(1, "all", "ALL"),
        policy(2, "all", "ALL", 'set ips-sensor "default"'),
        policy(3, "all", "ALL", "set logtraffic all"),
        policy(4, "all", "ALL", "set logtraffic disable", 'set ips-sensor "default"'),
    ))))  # fmt: skip
    assert [rule.logged for rule in found] == [False, True, True, False]
    assert found[1].profiles == ("ips-sensor",)


# ---- remote access ----

REMOTE = """\
config user radius
    edit "NPS"
    next
end
config user local
    edit "token"
        set two-factor fortitoken
    next
    edit "bare"
    next
end
config user group
    edit "G"
        set member {members}
    next
end
config vpn ssl web portal
    edit "P"
        set tunnel-mode enable
        {portal}
    next
end
config vpn ssl settings
    set source-interface "wan1"
    set default-portal "P"
    {settings}
    config authentication-rule
        edit 1
            set groups "G"
            set portal "P"
        next
    end
end
"""


def remote(members: str = '"NPS"', portal: str = "", settings: str = "") -> Any:
    text = BASE.format(policies="", access="ping", trust="") + REMOTE.format(
        members=members, portal=portal, settings=settings
    )
    return configuration(text).facts


@pytest.mark.parametrize(
    ("members", "ways"),
    [
        ('"token"', [("local", "otp")]),
        ('"token" "bare"', [("local",)]),
        ('"NPS" "token"', [("radius",)]),
        ('"NPS" "bare"', [("radius",), ("local",)]),
    ],
)
def test_a_second_factor_counts_when_every_member_has_it(members: str, ways: list[tuple[str, ...]]) -> None:
    """What a RADIUS server asks for is not told, and a password alone beside it is a way in of its own."""
    assert [row.methods for row in remote(members)[facts.VPN_AUTHENTICATION]] == ways


def test_the_factory_values_of_the_ssl_vpn_count_in_a_whole_configuration() -> None:
    """Split tunnel, 300 s idle, 8 h in all; a zero never ends a session."""
    found = remote()
    assert (found[facts.VPN_TUNNEL_MODE], found[facts.VPN_IDLE_TIMEOUT], found[facts.VPN_MAX_SESSION]) == (
        "split", 300, 28_800,
    )  # fmt: skip
    found = remote(portal="set split-tunneling disable", settings="set idle-timeout 0\nset dtls-tunnel disable")
    assert (found[facts.VPN_TUNNEL_MODE], found[facts.VPN_IDLE_TIMEOUT]) == ("full", 0)
    assert found[facts.VPN_TRANSPORTS] == ("tcp",)


def test_an_ssl_vpn_that_is_off_tells_nothing() -> None:
    """Neither portals nor timers of it."""
    found = remote(settings="set status disable")
    for key in (facts.VPN_TUNNEL_MODE, facts.VPN_IDLE_TIMEOUT, facts.VPN_AUTHENTICATION, facts.VPN_TRANSPORTS):
        assert key not in found


def test_a_missing_end_costs_its_own_block_alone() -> None:
    """The policies behind it are read; nothing is told to be absent."""
    text = BASE.format(policies=policy(1, "web", "SSH"), access="ping", trust="").replace(
        '    edit "internal"',
        '    edit "vlan"\n        config ipv6\n            set ip6-mode dhcp\n    next\n    edit "internal"',
    )
    told = configuration(text)
    assert [rule.id for rule in told.facts[facts.FIREWALL_RULES]] == ["1"]
    assert facts.FIREWALL_EXPOSED not in told.facts
    assert facts.ACCESS_TELNET not in told.facts


# ---- answers ----


def test_users_of_both_blocks_are_one() -> None:
    """Whatever the columns of the version; a line that is no row keeps the count from being told."""
    head = "SSL-VPN Login Users:\n Index   User    Group   Auth Type      Timeout\n"
    rows = " 0       ann     G   1(1)    291\n 1       bob     G   1(1)    291\n"
    sessions = "SSL-VPN sessions:\n Index   User    Group   Source IP\n 0       ann     G   10.1.1.5\n"
    told = monitor(head + rows + "\n" + sessions).facts
    assert (told[facts.VPN_SESSIONS_NOW], told[facts.VPN_SESSIONS_TUNNELLED]) == (2, 1)
    assert facts.VPN_SESSIONS_NOW not in monitor(head + rows + "something else\n").facts


def test_load_peak_licences_and_tunnels() -> None:
    """Each by its own label; a peer that dialled in is no tunnel between sites."""
    text = "CPU states: 3% user 1% system 0% nice 96% idle\nMemory: 1882k total, 1091k used (58%), 791k free\n"
    text += (
        "Average sessions: 51 sessions in 1 minute, 50 sessions in 10 minutes\nUptime: 1 days,  2 hours,  4 minutes\n"
    )
    told = performance(text).facts
    assert told == {
        facts.SYSTEM_CPU: 4.0, facts.SYSTEM_MEMORY: 58.0, facts.FIREWALL_SESSIONS_NOW: 51, facts.SYSTEM_UPTIME: 93_840,
    }  # fmt: skip
    assert performance("Memory states: 25% used\n").facts == {facts.SYSTEM_MEMORY: 25.0}
    text = "SSLVPN statistics (root):\nMax number of users:    7\nCurrent number of users:    2\n"
    assert statistics(text * 2).facts == {facts.VPN_SESSIONS_PEAK: 14, facts.VPN_SESSIONS_NOW: 4}
    text = "AV Engine\n---------\nVersion: 6.00295\nContract Expiry Date: Fri Mar  1 2024\n\n"
    text += "X\n---\nContract Expiry Date: n/a\n"
    rows = versions(text).facts[facts.SYSTEM_LICENCES]
    assert [(row.feature, row.state, row.expires) for row in rows] == [
        ("AV Engine", ABSENT, "2024-03-01"), ("X", "missing", ABSENT),
    ]  # fmt: skip
    row = "'{}' 203.0.113.50:0  selectors(total,up): 1/{}  rx(pkt,err): 0/0  tx(pkt,err): 0/0\n"
    text = row.format("SITE", 1) + row.format("DOWN", 0) + row.format("RA_0", 1)
    assert tunnels(text).facts == {facts.VPN_TUNNELS_NOW: 1}


def test_ipsec_users_are_peers_with_a_user() -> None:
    """A site has none, and without any user nothing is counted."""
    site = "vd: root/0\nname: SITE\nversion: 2\ninterface: wan1 5\naddr: 198.51.100.2:500 -> 203.0.113.50:500\n\n"
    user = "vd: root/0\nname: RA_0\nversion: 2\naddr: 198.51.100.2:4500 -> 192.0.2.7:4500\neap-user: ann\n\n"
    told = gateways(site + user).facts
    assert told[facts.VPN_SESSIONS_NOW] == 1
    assert [(one.id, one.group) for one in told[facts.VPN_USERS]] == [("ann", "RA")]
    assert gateways(site).facts == {}


def test_a_pair_out_of_step_is_none() -> None:
    """Nor is one with a single member left."""
    text = "HA Health Status: OK\nMode: HA A-P\nConfiguration Status:\nA(updated 5 seconds ago): in-sync\n"
    assert pair(text + "B(updated 4 seconds ago): in-sync\n").facts == {facts.HA_STATE: "active"}
    assert pair(text + "B(updated 4 seconds ago): out-of-sync\n").facts == {facts.HA_STATE: "failed"}
    assert pair(text).facts == {facts.HA_STATE: "failed"}


def test_probes_of_a_dead_member_have_no_delay() -> None:
    """Its loss is told."""
    text = "Health Check(ping): \n"
    text += "Seq(1 wan1): state(alive), packet-loss(0.000%) latency(0.110), jitter(0.024) sla_map=0x0\n"
    text += "Seq(2 wan2): state(dead), packet-loss(100.000%) sla_map=0x0\n"
    rows = health(text).facts[facts.LINK_QUALITY]
    assert [(row.target, row.rtt_ms, row.loss_percent) for row in rows] == [
        ("ping wan1", 0.11, 0.0), ("ping wan2", ABSENT, 100.0),
    ]  # fmt: skip
