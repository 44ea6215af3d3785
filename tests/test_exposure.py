"""One policy written for each platform: what the internet reaches, with objects, groups, ranges and order resolved.

Every configuration publishes the same: remote desktops by a group in a group, file shares inside a range of ports, SSH
for a partner alone, a database to all but one network; and what must not be told: a rule that is switched off, one
whose time is over, a port that an earlier rule refuses, and a host that nothing publishes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from auditor import facts
from auditor.checks.shadows import shadowed
from auditor.collectors.vendors import by_platform, iptables, netfilter, nft, nft_text, reached
from auditor.facts import Route

FOLDER: Final = Path(__file__).parent / "policies"
PLATFORMS: Final = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))


def written(platform: str) -> str:
    return (FOLDER / f"{platform}.txt").read_text()


DESKTOP, SHARE, DATABASE = "10.20.0.25", "10.20.0.26", "10.30.0.27"
PUBLISHED: Final = {("rdp", "any", DESKTOP), ("smb", "any", SHARE), ("ssh", "198.51.100.7", SHARE),
                    ("database", "any", DATABASE)}  # fmt: skip
UNTOLD: Final = {"telnet", "ftp", "sip", "http"}


def read(platform: str, text: str) -> dict[Any, Any]:
    page = by_platform(platform.partition("-")[0])
    names = page.running or ("show running-config", "show")
    row = next(row for row in page.commands if row.line in names or {*row.also} & {*names})
    told = row.read(text)
    assert told.unparsed == 0
    return dict(told.facts)


def ruled(told: Any) -> dict[Any, Any]:
    """What a ruleset of Linux tells, where the default route leaves by eth0."""
    known: dict[Any, Any] = dict(netfilter.told(told).facts)
    known[facts.ROUTES_DEFAULT] = (Route("0.0.0.0/0", "eth0", "203.0.113.1"),)
    known[facts.FIREWALL_EXPOSED] = reached.exposed(known)
    return known


def known(platform: str) -> dict[Any, Any]:
    if platform == "iptables":
        return ruled(iptables.saved(written("iptables")))
    if platform == "nftables":
        return ruled(nft_text.ruleset(written("nftables")))
    if platform == "nftables-json":
        return ruled(nft.ruleset(written("nftables-json")))
    return read(platform, written(platform))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_same_policy_opens_the_same_everywhere(platform: str) -> None:
    """Groups in groups, ranges, exceptions, order, zones, what is off and what is over are weighed alike."""
    rows = [(row.service, str(row.from_), str(row.to)) for row in known(platform)[facts.FIREWALL_EXPOSED]]
    told = {(service, from_.removesuffix("/32"), to.removesuffix("/32")) for service, from_, to in rows}
    assert told >= PUBLISHED
    assert not {service for service, _, to in told if to in (DESKTOP, SHARE, DATABASE)} & UNTOLD
    assert not [row for row in told if row[2] == "10.20.0.99"]
    assert ("any", "any", DESKTOP) not in told


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_an_earlier_rule_takes_is_told_as_hidden(platform: str) -> None:
    """The permission of SIP stands behind its refusal; nothing that is open is told as hidden."""
    rules = {rule.id: rule for rule in known(platform)[facts.FIREWALL_RULES]}
    hidden = [rules[id] for id in shadowed(tuple(rules.values()))]
    assert all(rule.services in (("udp/5060",), ("udp/5060", "tcp/5060")) for rule in hidden if "#" not in rule.id)
    assert not [rule for rule in hidden if {"tcp/3389", "tcp/440-450", "tcp/22", "tcp/3306"} & {*rule.services}]


SIX: Final = {
    "cisco_asa": written("cisco_asa").replace("eq https", "eq ssh"),
    "fortinet": written("fortinet")
    .replace(
        "config firewall service custom",
        """config firewall address6
edit "web6"
set ip6 2001:db8:20::5/128
next
end
config firewall service custom
edit "HTTPS"
set tcp-portrange 443
next""",
        1,
    )
    .replace(
        "config firewall policy\n",
        """config firewall policy
edit 60
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr6 "all"
set dstaddr6 "web6"
set service "SSH"
set schedule "always"
next
""",
        1,
    ),
    "fortinet 6.2": written("fortinet")
    .replace(
        "config firewall service custom",
        """config firewall address6
edit "web6"
set ip6 2001:db8:20::5/128
next
end
config firewall service custom""",
        1,
    )
    .replace(
        "config router static\n",
        """config firewall policy6
edit 1
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr "all"
set dstaddr "web6"
set service "SSH"
set schedule "always"
next
end
config router static
""",
        1,
    ),
    "paloalto_panos": written("paloalto_panos").replace(
        "set rulebase security rules end from",
        """set address web6 ip-netmask 2001:db8:20::5/128
set rulebase security rules v6 from untrust
set rulebase security rules v6 to trust
set rulebase security rules v6 source any
set rulebase security rules v6 destination web6
set rulebase security rules v6 application any
set rulebase security rules v6 service ssh
set rulebase security rules v6 action allow
set rulebase security rules end from""",
        1,
    ),
    "juniper_junos": written("juniper_junos")
    + "set security address-book global address web6 2001:db8:20::5/128\n"
    + "\n".join(
        f"set security policies from-zone untrust to-zone dmz policy v6 {said}"
        for said in (
            "match source-address any-ipv6",
            "match destination-address web6",
            "match application junos-ssh",
            "then permit",
        )
    )
    + "\n",
    "mikrotik_routeros": written("mikrotik_routeros").replace(
        "/ip route\n",
        """/ipv6 firewall filter
add action=accept chain=forward dst-address=2001:db8:20::5/128 dst-port=22 in-interface=ether1 protocol=tcp
add action=drop chain=forward in-interface-list=WAN
/ip route
""",
        1,
    ),
    "huawei": written("huawei").replace(
        " rule name end\n",
        """ rule name v6
  source-zone untrust
  destination-zone trust
  destination-address 2001:db8:20::5 128
  service ssh
  action permit
 rule name end
""",
        1,
    ),
    "vyos": written("vyos")
    + """set interfaces ethernet eth0 firewall in ipv6-name 'OUT6'
set firewall ipv6-name OUT6 default-action 'drop'
set firewall ipv6-name OUT6 rule 10 action 'accept'
set firewall ipv6-name OUT6 rule 10 protocol 'tcp'
set firewall ipv6-name OUT6 rule 10 destination address '2001:db8:20::5'
set firewall ipv6-name OUT6 rule 10 destination port '22'
""",
}


@pytest.mark.parametrize("case", SIX)
def test_a_host_of_version_6_is_reached_by_its_own_address(case: str) -> None:
    """Nothing translates it: the rule that names it opens it, and the refusals of version 4 do not close it."""
    rows = read(case.removesuffix(" 6.2"), SIX[case])[facts.FIREWALL_EXPOSED]
    told = [(row.service, row.from_, str(row.to).removesuffix("/128")) for row in rows if ":" in str(row.to)]
    assert told == [("ssh", "any", "2001:db8:20::5")]


def test_a_port_of_an_unknown_name_closes_nothing_else() -> None:
    """A refusal of it is not one of every port."""
    for platform, line in (
        ("cisco_ios", " deny udp any any eq 5060"),
        ("cisco_asa", "access-list OUT extended deny udp"),
    ):
        kind = line.rpartition(" deny ")[0] + " deny tcp any any eq gopher-plus\n"
        rows = read(platform, written(platform).replace(line, kind + line, 1))[facts.FIREWALL_EXPOSED]
        assert ("rdp", "any") in {(row.service, row.from_) for row in rows}


def test_a_line_of_an_access_list_that_is_no_entry_leaves_what_is_open_untold() -> None:
    """It is counted, and what depends on it becomes a gap; the rules that were read are told."""
    text = written("cisco_ios").replace(" permit tcp any any established", " evaluate ANSWERS")
    row = next(row for row in by_platform("cisco_ios").commands if row.line == "show running-config")
    told = row.read(text)
    assert told.unparsed == 1
    assert facts.FIREWALL_EXPOSED not in told.facts
    assert facts.FIREWALL_RULES in told.facts


ZONES: Final = """\
version 15.7
hostname rtr
zone security OUT
zone security IN
zone-pair security OUT-IN source OUT destination IN
 service-policy type inspect INBOUND
class-map type inspect match-all DESKTOPS
 match access-group name DESKTOP
 match protocol tcp
class-map type inspect match-any BAD
 match protocol sip
class-map type inspect match-all WEB
 match class-map PLAIN
 match access-group name WEB
class-map type inspect match-any PLAIN
 match protocol http
 match protocol https
policy-map type inspect INBOUND
 class type inspect BAD
  drop log
 class type inspect DESKTOPS
  inspect
 class type inspect WEB
  inspect
 class class-default
  drop
interface GigabitEthernet0/0
 ip address 203.0.113.2 255.255.255.0
 ip nat outside
 zone-member security OUT
interface GigabitEthernet0/1
 ip address 10.20.0.1 255.255.255.0
 ip nat inside
 zone-member security IN
ip nat inside source static 10.20.0.25 203.0.113.25
ip nat inside source static 10.20.0.26 203.0.113.26
ip route 0.0.0.0 0.0.0.0 203.0.113.1
ip access-list extended DESKTOP
 permit tcp any host 203.0.113.25 eq 3389
ip access-list extended WEB
 permit tcp any host 203.0.113.26
line vty 0 4
 transport input ssh
SELF
end
"""
PAIR: Final = """\
zone-pair security OUT-SELF source OUT destination self
 service-policy type inspect NOTHING
policy-map type inspect NOTHING
 class class-default
  drop"""


def test_pairs_of_zones_of_a_cisco_router_are_its_rules() -> None:
    """Classes in their order, all or any of their lines; the router itself is open where no pair leads to it."""
    told = read("cisco_ios", ZONES.replace("SELF\n", ""))
    assert {(row.service, row.port, row.to) for row in told[facts.FIREWALL_EXPOSED]} == {
        ("rdp", 3389, "10.20.0.25"), ("http", 80, "10.20.0.26"), ("https", 443, "10.20.0.26"),
        ("ssh", 22, "GigabitEthernet0/0"),
    }  # fmt: skip
    rules = [(rule.action, rule.services, rule.logged) for rule in told[facts.FIREWALL_RULES]]
    assert rules == [
        ("deny", ("udp/5060", "tcp/5060"), True),
        ("permit", ("tcp/3389",), False),
        ("permit", ("tcp/80",), False),
        ("permit", ("tcp/443",), False),
        ("deny", ("any",), False),
    ]
    shut = read("cisco_ios", ZONES.replace("SELF", PAIR))
    assert not [row for row in shut[facts.FIREWALL_EXPOSED] if row.service == "ssh"]
    assert shut[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == "no"


@pytest.mark.parametrize(
    ("zone", "facing"),
    [("untrust", True), ("trust", False)],
)
def test_a_zone_that_is_called_inside_does_not_face_the_internet(zone: str, facing: bool) -> None:
    """A public address behind a firewall is no line; where no other zone faces the internet, it is the one."""
    for platform, old, new in (
        ("juniper_junos", "unit 0 family inet address 10.20.0.1/24", "unit 0 family inet address 203.0.114.1/24"),
        ("paloalto_panos", "layer3 ip 10.20.0.1/24", "layer3 ip 203.0.114.1/24"),
    ):
        told = read(platform, written(platform).replace(old, new))
        used = {rule.id: rule.from_ for rule in told[facts.FIREWALL_RULES]}
        from_ = {name for row in told[facts.FIREWALL_EXPOSED] for name in used.get(str(row.rule), ())}
        assert (zone in from_) is facing
        lonely = read(platform, written(platform).replace(old, new).replace("untrust", "lan"))
        assert lonely[facts.FIREWALL_EXPOSED]
