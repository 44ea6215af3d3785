"""PAN-OS: rules with objects and applications resolved, GlobalProtect as written, answers counted by heading."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors.panos import availability, interfaces, licences, routes, system, users
from auditor.collectors.vendors.panos_config import configuration
from auditor.values import ABSENT

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


# ---- managers, XML ----

MANAGED = BASE.replace("hostname pa\n", "hostname pa\nset deviceconfig system panorama-server 10.9.9.9\n")
HELD = """\
set deviceconfig system hostname manager
set shared pre-rulebase security rules first from any
set shared pre-rulebase security rules first to any
set shared pre-rulebase security rules first action deny
set shared pre-rulebase security rules first service ftp
set shared service ftp protocol tcp port 21
set device-group sites pre-rulebase security rules second from untrust
set device-group sites pre-rulebase security rules second to trust
set device-group sites pre-rulebase security rules second destination pub
set device-group sites pre-rulebase security rules second action allow
set device-group sites address pub ip-netmask 203.0.113.11
set device-group lille parent-dg sites
set device-group lille devices 0011
set device-group lille pre-rulebase security rules third from untrust
set device-group lille pre-rulebase security rules third action deny
set device-group lille post-rulebase security rules last action deny
set device-group lille pre-rulebase nat rules in from untrust
set device-group lille pre-rulebase nat rules in destination pub
set device-group lille pre-rulebase nat rules in service ftp
set device-group lille pre-rulebase nat rules in destination-translation translated-address 10.0.0.9
set template lines config devices localhost.localdomain network interface ethernet ethernet1/1 layer3 ip 203.0.113.10/29
set template lines config devices localhost.localdomain network interface ethernet ethernet1/2 layer3 ip 10.0.0.1/24
set template lines config devices localhost.localdomain vsys vsys1 zone untrust network layer3 ethernet1/1
set template lines config devices localhost.localdomain vsys vsys1 zone trust network layer3 ethernet1/2
set template other config devices localhost.localdomain network interface ethernet ethernet1/9 layer3 ip 10.7.0.1/24
set template-stack all templates lines
set template-stack all devices 0011
"""


def test_rules_that_a_manager_holds_are_a_gap_and_never_none() -> None:
    """A firewall that a Panorama rules shows its own part alone: what is not there is not told to be absent."""
    one = configuration(MANAGED)
    assert {facts.FIREWALL_RULES, facts.FIREWALL_EXPOSED} <= one.missing.keys()
    assert not {facts.FIREWALL_RULES, facts.FIREWALL_EXPOSED, facts.ACCESS_MANAGEMENT_FROM_INTERNET,
                facts.HA_STATE, facts.ACCESS_SNMP} & one.facts.keys()  # fmt: skip
    pushed = "".join(
        f"set panorama pre-rulebase security rules a {said}\n" for said in ("from untrust", "action allow")
    )
    whole = configuration(MANAGED + pushed)
    assert [rule.id for rule in whole.facts[facts.FIREWALL_RULES]] == ["a"]
    assert not whole.missing


def test_a_device_group_is_read_with_its_parents_and_its_template() -> None:
    """The rules of `shared` and of the parent first, the zones of the stack that serves the firewall; others' not."""
    found = told(HELD)
    assert [rule.id for rule in found[facts.FIREWALL_RULES]] == ["first", "second", "third", "last"]
    assert [row.name for row in found[facts.INTERFACES]] == ["ethernet1/1", "ethernet1/2"]
    assert found[facts.FIREWALL_EXPOSED] == ()  # FTP is refused before
    opened = told(
        HELD.replace("rules first action deny", "rules first disabled yes").replace(
            "third action", "third disabled yes\n#"
        )
    )
    assert [(row.service, row.to) for row in opened[facts.FIREWALL_EXPOSED]] == [("ftp", "10.0.0.9")]


def test_a_host_is_opened_by_rules_to_its_own_zone_alone() -> None:
    """A rule that leads to another zone lets nothing in to a host that stands behind an interface of this one."""
    inside = "set network interface ethernet ethernet1/2 layer3 ip 10.0.0.1/24\n"
    assert seen(inside, rule("r", service="service-https")) == [("https", 443, "10.0.0.9")]
    assert seen(inside, rule("r", service="service-https", to="dmz")) == []


@pytest.mark.parametrize(
    "text",
    [
        "<config><devices>",
        "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><config><shared/></config>",
        "<config>" + "<a>" * 100 + "</a>" * 100 + "</config>",
        "<response status='error'><msg>no</msg></response>",
    ],
    ids=["cut", "entities", "too deep", "refused"],
)
def test_xml_that_is_no_configuration_tells_nothing(text: str) -> None:
    """Every line of it is counted."""
    one = configuration(text)
    assert not one.facts
    assert one.unparsed


def test_a_certificate_in_place_of_a_password_is_no_second_factor() -> None:
    """Where either will do, the gateway is listed once for each way in."""
    row = "set global-protect global-protect-gateway gw "
    way = f"{row}certificate-profile c\n{row}client-auth any authentication-profile l\n"
    profile = "set authentication-profile l method ldap server-profile x\n"
    both = told(BASE + way + profile)[facts.VPN_AUTHENTICATION]
    assert [one.methods for one in both] == [("certificate", "ldap")]
    either = told(BASE + way + profile + f"{row}client-auth any user-credential-or-client-cert-required yes\n")
    assert [one.methods for one in either[facts.VPN_AUTHENTICATION]] == [("certificate",), ("ldap",)]


def test_the_last_rule_counts_where_it_allows() -> None:
    """What no rule takes is refused between zones, unless somebody turned that round."""
    last = "set rulebase default-security-rules rules interzone-default action {}\n"
    assert seen(last.format("deny")) == []
    assert seen(last.format("allow")) == [("any", ABSENT, "10.0.0.9")]
    rows = told(BASE + last.format("allow") + "set tag last\n")[facts.FIREWALL_RULES]
    assert [(row.id, row.action, row.services, row.logged) for row in rows] == [
        ("interzone-default", "permit", ("any",), False)
    ]


def test_a_rule_within_a_zone_leads_to_its_own_zones() -> None:
    """Whatever it names as the other end."""
    (row,) = told(BASE + rule("r", **{"rule-type": "intrazone", "to": "any"}))[facts.FIREWALL_RULES]
    assert (row.from_, row.to) == (("untrust",), ("untrust",))
