"""VyOS in the schemas that its releases migrate to: zones that return, base chains that jump, ends of saved files."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors import vyatta_config
from auditor.model import Key

ZONES = """interfaces ethernet eth0 address 203.0.113.2/30
interfaces ethernet eth1 address 10.20.0.1/24
nat destination rule 10 destination port 443
nat destination rule 10 inbound-interface name eth0
nat destination rule 10 protocol tcp
nat destination rule 10 translation address 10.20.0.8
firewall ipv4 name IN default-action drop
firewall ipv4 name IN rule 10 action {action}
firewall ipv4 name IN rule 10 destination port 443
firewall ipv4 name IN rule 10 protocol tcp
firewall ipv4 name ALL default-action {action}
firewall zone WAN member interface eth0
firewall zone LAN member interface eth1
firewall zone LAN default-action drop
firewall zone LAN from WAN firewall name IN
firewall zone WAN from LAN firewall name ALL
protocols static route 0.0.0.0/0 next-hop 203.0.113.1
service ssh
system host-name gw
"""
PUBLISHED = [("https", "any", "10.20.0.8"), ("ssh", "any", "self")]  # no zone guards the router itself
JUMPS = """interfaces ethernet eth0 address 203.0.113.2/30
interfaces ethernet eth1 address 10.20.0.1/24
firewall ipv4 name PARTNERS default-action drop
firewall ipv4 name PARTNERS rule 10 action return
firewall ipv4 name PARTNERS rule 10 source address 198.51.100.0/24
firewall ipv4 input filter default-action drop
firewall ipv4 input filter rule 10 action jump
firewall ipv4 input filter rule 10 jump-target PARTNERS
firewall ipv4 input filter rule 20 action {after}
firewall ipv4 input filter rule 20 destination port 22
firewall ipv4 input filter rule 20 protocol tcp
protocols static route 0.0.0.0/0 next-hop 203.0.113.1
service ssh
system host-name gw
"""


def read(text: str, end: str = "\n") -> dict[Key[Any], Any]:
    """What set lines without their verb tell."""
    lines = "\n".join(f"set {line}" for line in text.splitlines())
    return dict(vyatta_config.reader("VyOS", "vyos")(lines + end).facts)


def exposed(found: dict[Key[Any], Any]) -> list[tuple[str, str, str]]:
    return [(row.service, str(row.from_), str(row.to)) for row in found[facts.FIREWALL_EXPOSED]]


@pytest.mark.parametrize("action", ["accept", "return"])
def test_what_a_set_between_zones_returns_is_let_through(action: str) -> None:
    """Since 1.4.1 the migration writes `return` where `accept` stood; both publish the same host."""
    found = read(ZONES.format(action=action))
    assert exposed(found) == PUBLISHED
    actions = {rule.id: rule.action for rule in found[facts.FIREWALL_RULES]}
    assert actions == {"IN#10": "permit", "IN#default": "deny", "ALL#default": "permit"}


@pytest.mark.parametrize(
    ("after", "expected"), [("accept", [("ssh", "198.51.100.0/24", "self")]), ("drop", []), ("return", [])]
)
def test_what_a_jump_returns_meets_the_rules_behind_the_jump(after: str, expected: object) -> None:
    """Partners come back to the rule for SSH, everybody else is dropped on the way."""
    assert exposed(read(JUMPS.format(after=after))) == expected


def test_many_jumps_that_return_are_followed_once() -> None:
    """A hundred of them in a row cost a hundred times one, not two to the power of it."""
    more = "\n".join(
        f"firewall ipv4 input filter rule {number} action jump\n"
        f"firewall ipv4 input filter rule {number} jump-target PARTNERS"
        for number in range(100, 200)
    )
    assert exposed(read(f"{more}\n{JUMPS.format(after='accept')}")) == [("ssh", "198.51.100.0/24", "self")]


def test_icmp_of_version_6_has_one_name() -> None:
    """`ipv6-icmp` of the newer schema is `icmpv6` of the older one."""
    text = "\n".join(
        f"firewall ipv6 input filter rule {number} {said}"
        for number, name in ((1, "icmpv6"), (2, "ipv6-icmp"))
        for said in ("action accept", f"protocol {name}")
    )
    found = read(f"{text}\ninterfaces ethernet eth0 address dhcp\nsystem host-name gw")
    assert {rule.services for rule in found[facts.FIREWALL_RULES] if not rule.id.endswith("default")} == {("icmpv6",)}


FOOTS = (
    '// Warning: Do not remove the following line.\n// vyos-config-version: "system@26"\n// Release version: 1.4.0',
    '/* === vyatta-config-version: "system@10" === */\n/* Release version: VyOS 1.2.6 */',
)
SAVED = """interfaces {
    ethernet eth0 {
        address dhcp
    }
}
service {
    ssh {
    }
}
system {
    host-name gw
}
"""


@pytest.mark.parametrize("foot", FOOTS)
def test_a_saved_file_is_whole_by_the_comment_it_ends_with(foot: str) -> None:
    """Of such a file silence is an answer, in the comments of both generations; of a cut one it is none."""
    told = vyatta_config.reader("VyOS", "vyos")
    whole = told(SAVED + foot).facts
    assert whole[facts.ACCESS_TELNET] is False
    assert whole[facts.ACCESS_NTP] == ()
    assert whole[facts.HA_STATE] == "standalone"
    cut = told(SAVED[:-3] + foot).facts
    assert facts.ACCESS_NTP not in cut
    assert facts.HA_STATE not in cut


def test_a_file_without_a_known_end_tells_what_cannot_change_any_more() -> None:
    """The services are all there, for `system` follows them: who may log in, and to where logs go, may be cut off."""
    found = read(f"{ZONES.format(action='accept')}system time-zone Europe/Paris", end="")
    assert exposed(found) == PUBLISHED
    assert found[facts.ACCESS_TELNET] is False
    assert found[facts.ACCESS_SSH_VERSION] == "2"
    unsure = (facts.ACCESS_LOGGING, facts.ACCESS_NTP, facts.ACCESS_LOCAL_USERS, facts.ACCESS_CENTRAL_AUTHENTICATION)
    assert not {*unsure, facts.HA_STATE} & found.keys()
    early = read(ZONES.format(action="accept").partition("service ssh")[0], end="")
    assert not {facts.FIREWALL_EXPOSED, facts.ACCESS_TELNET} & early.keys()


OPENVPN = "interfaces openvpn vtun1 mode server\ninterfaces openvpn vtun1 tls ca-certificate a"
USERS = "vpn ipsec remote-access connection ra"
IKE = f"{USERS} pool a\n{USERS} authentication client-mode x509"


@pytest.mark.parametrize(
    ("lines", "idle", "ends"),
    [
        (OPENVPN, 0, 0),
        (f'{OPENVPN}\ninterfaces openvpn vtun1 openvpn-option "--inactive 3600"', 3600, 0),
        (f'{OPENVPN}\ninterfaces openvpn vtun1 openvpn-option "auth-gen-token 36000"', 0, 36_000),
        (IKE, 28_800, 0),
        (f"{IKE}\n{USERS} timeout 900", 900, 0),
        (f"{IKE}\n{OPENVPN}", 0, 0),
        ("vpn openconnect authentication mode local", 1200, 0),
        ("vpn openconnect authentication mode radius", 1200, None),
        ("vpn l2tp remote-access authentication mode local", None, 0),
        ("vpn l2tp remote-access authentication mode local\nvpn l2tp remote-access idle 600", 600, 0),
    ],
)
def test_timers_are_those_of_the_way_in_that_lasts_longest(lines: str, idle: int | None, ends: int | None) -> None:
    """0 where one never ends; nothing where a server elsewhere, or an unknown release, decides."""
    found = read(f"{lines}\ninterfaces ethernet eth0 address dhcp\nsystem host-name gw")
    assert found.get(facts.VPN_IDLE_TIMEOUT) == idle
    assert found.get(facts.VPN_MAX_SESSION) == ends


def test_the_algorithms_of_ssh_are_those_that_are_chosen() -> None:
    """EdgeOS may still be told to speak the first version."""
    text = "interfaces ethernet eth0 address dhcp\nservice ssh ciphers aes256-ctr\nservice ssh mac hmac-sha1\n"
    found = read(f"{text}service ssh protocol-version all\nsystem host-name gw")
    assert found[facts.ACCESS_SSH_ALGORITHMS] == ("aes256-ctr", "hmac-sha1")
    assert found[facts.ACCESS_SSH_VERSION] == "1,2"
