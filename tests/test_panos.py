"""PAN-OS: rules with objects and applications resolved, GlobalProtect as written, answers counted by heading."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors.panos import availability, interfaces, licences, routes, system, users
from auditor.collectors.vendors.panos_config import configuration
from auditor.model import ABSENT

BASE = """\
set deviceconfig system hostname pa
set network interface ethernet ethernet1/1 layer3 ip 203.0.113.10/29
set zone untrust network layer3 ethernet1/1
set zone trust network layer3 ethernet1/2
set address srv ip-netmask 10.0.0.9
set address pub ip-netmask 203.0.113.11
set address-group servers static [ srv ]
set service wide protocol tcp port 3000-4000,22
set service-group doors members [ wide service-https ]
set application-group remote members [ ms-rdp ssh ]
set schedule past schedule-type non-recurring 2015/01/01@00:00-2015/12/31@23:59
set rulebase nat rules in from untrust
set rulebase nat rules in to untrust
set rulebase nat rules in destination pub
set rulebase nat rules in destination-translation translated-address srv
"""


def rule(name: str, **parts: str) -> str:
    said = {"from": "untrust", "to": "trust", "source": "any", "destination": "pub", "application": "any",
            "service": "any", "action": "allow"} | parts  # fmt: skip
    return "".join(f"set rulebase security rules {name} {part} {value}\n" for part, value in said.items())


def told(text: str) -> Any:
    return configuration(text).facts


def seen(*rows: str) -> list[tuple[str, Any, Any]]:
    found = told(BASE + "".join(rows) + "set tag last\n")[facts.FIREWALL_EXPOSED]
    return [(row.service, row.port, row.to) for row in found]


def test_a_rule_opens_the_host_behind_the_address_it_names() -> None:
    """Rules name what is asked outside; groups of ports and of applications are resolved."""
    assert seen(rule("r", service="service-https")) == [("https", 443, "10.0.0.9")]
    assert {row[0] for row in seen(rule("r", service="doors"))} >= {"rdp", "ssh", "https", "database"}
    assert {row[0] for row in seen(rule("r", application="remote", service="application-default"))} == {"rdp", "ssh"}
    assert seen(rule("r")) == [("any", ABSENT, "10.0.0.9")]


@pytest.mark.parametrize(
    "rows",
    [
        (rule("r", disabled="yes"),),
        (rule("r", schedule="past"),),
        (rule("r", action="deny"),),
        (rule("r", application="ping"),),
        (rule("r", **{"from": "trust"}),),
        (rule("r", destination="srv"),),
        (rule("a", action="drop"), rule("r", service="service-https")),
    ],
    ids=["disabled", "expired", "deny", "ping", "from inside", "address after translation", "refused before"],
)
def test_what_lets_nothing_in_exposes_nothing(rows: tuple[str, ...]) -> None:
    """The address that rules name is the one before translation."""
    assert seen(*rows) == []


def test_a_translated_port_is_named_by_the_service_behind_it() -> None:
    """Port 50000 that leads to 3389 is a remote desktop."""
    moved = "set service odd protocol tcp port 50000\nset rulebase nat rules in service odd\n"
    moved += "set rulebase nat rules in destination-translation translated-port 3389\n"
    assert seen(moved, rule("r", service="odd")) == [("rdp", 50000, "10.0.0.9")]
    assert seen(moved, rule("r", service="service-https")) == []


def test_a_cut_configuration_claims_no_absence() -> None:
    """What the last part does not show may have been cut off."""
    found = told((BASE + rule("r")).rstrip())
    assert facts.ACCESS_TELNET in found  # deviceconfig and network are followed by others
    cut = told("set deviceconfig system hostname pa")
    assert set(cut) == {facts.IDENTITY_NAME}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("split-tunneling access-route [ 10.0.0.0/8 ]", "split"),
        ("split-tunneling access-route [ 0.0.0.0/0 ]", "full"),
        ("split-tunneling exclude-access-route [ 52.112.0.0/14 ]", "selective"),
        ("ip-pool [ 10.9.0.0/24 ]", "full"),
    ],
)
def test_the_mode_of_a_tunnel_is_what_its_routes_say(line: str, value: str) -> None:
    """No route means everything, and an exclusion is a bypass that somebody chose."""
    text = f"set global-protect global-protect-gateway GW remote-user-tunnel-configs c {line}\n"
    assert told(text)[facts.VPN_TUNNEL_MODE] == value


def test_factors_and_sequences_of_authentication() -> None:
    """A sequence is its profiles; a certificate beside them counts."""
    text = """\
set global-protect global-protect-gateway GW client-auth all authentication-profile seq
set global-protect global-protect-gateway GW certificate-profile machines
set shared authentication-sequence seq authentication-profiles [ a b ]
set shared authentication-profile a method ldap server-profile x
set shared authentication-profile b method radius server-profile y
set shared authentication-profile b multi-factor-auth mfa-enable yes
"""
    (row,) = told(text)[facts.VPN_AUTHENTICATION]
    assert row.methods == ("certificate", "ldap", "radius", "otp")


def test_profiles_that_nothing_uses_are_offered_to_nobody() -> None:
    """A weak default that no gateway names is no proposal."""
    text = """\
set network ike crypto-profiles ike-crypto-profiles default encryption [ 3des ]
set network ike crypto-profiles ike-crypto-profiles good encryption aes-256-gcm
set network ike crypto-profiles ike-crypto-profiles good dh-group group20
set network ike gateway g protocol version ikev2
set network ike gateway g protocol ikev2 ike-crypto-profile good
set network tunnel ipsec t auto-key ike-gateway g
set network tunnel ipsec t auto-key ipsec-crypto-profile child
set network ike crypto-profiles ipsec-crypto-profiles child esp encryption aes-128-cbc
set network ike crypto-profiles ipsec-crypto-profiles child dh-group no-pfs
set network ike crypto-profiles ipsec-crypto-profiles child lifetime hours 1
"""
    one, two = told(text)[facts.VPN_PROPOSALS]
    assert (one.encryption, one.dh_groups, one.protocol) == (("aes-256-gcm",), (20,), "ikev2")
    assert (two.encryption, two.pfs, two.lifetime_s) == (("aes-128-cbc",), 0, 3600)


def test_answers_are_counted_by_their_headings() -> None:
    """Without one nothing is known; none is what the heading says."""
    assert users("GlobalProtect Gateway: GW (0 users)\n").facts[facts.VPN_SESSIONS_NOW] == 0
    assert users("").unparsed == 0
    assert not users("something\n").facts
    assert availability("HA not enabled\n").facts == {facts.HA_STATE: "standalone"}
    pair = "Local Information:\n State: active (x)\nPeer Information:\n Connection status: {}\n State: {} (x)\n"
    assert availability(pair.format("up", "passive")).facts == {facts.HA_STATE: "active"}
    assert availability(pair.format("down", "passive")).facts == {facts.HA_STATE: "failed"}
    assert availability(pair.format("up", "suspended")).facts == {facts.HA_STATE: "failed"}
    assert not system("serial: unknown\n").facts
    assert not routes("nothing\n").facts


def test_a_licence_of_an_unknown_layout_is_still_read() -> None:
    """A line that the template does not know costs nothing else."""
    text = "License entry:\nFeature: Threat\nNew line: x\nExpires: January 13, 2023\nExpired?: yes\n"
    (row,) = licences(text).facts[facts.SYSTEM_LICENCES]
    assert (row.feature, row.state, row.expires) == ("Threat", "expired", "2023-01-13")


def test_an_aggregate_is_a_port_although_it_has_no_speed() -> None:
    """`[n/a]` stands where an aggregate, a vlan or a tunnel would have one."""
    said = (
        "total configured hardware interfaces: 3\n"
        "ethernet1/8             23    1000/full/up/auto             00:1b:17:00:00:01\n"
        "ae1                     64    [n/a]/[n/a]/up/[n/a]          00:1b:17:00:00:40\n"
        "tunnel                  4     [n/a]/[n/a]/up/[n/a]          00:1b:17:00:00:04\n"
        "total configured logical interfaces: 0\n"
    )
    (ports,) = interfaces(said).facts.values()
    assert [(port.name, port.oper_up, port.speed_bps) for port in ports] == [
        ("ethernet1/8", True, 10**9), ("ae1", True, ABSENT), ("tunnel", True, ABSENT),
    ]  # fmt: skip
