"""Cisco IOS: what its configuration and its answers tell, and what they do not prove."""

from __future__ import annotations

import pytest

from auditor import facts
from auditor.collectors.vendors import ios_config, ios_sessions, ios_shows, joins
from auditor.collectors.vendors.ios_acl import entry, wildcard
from auditor.facts import Authentication, Exposed, LinkQuality, LinkRate, Pool, Proposal, Route, Rule
from auditor.model import Key
from auditor.values import ABSENT
from tests.replay import redacted

HEAD = "version 15.2\nhostname rtr\nip routing\nservice timestamps\n"
OUTSIDE = "interface Dialer1\n ip address 198.51.100.2 255.255.255.252\n ip nat outside\n"


def read(text: str, *keys: Key[object]) -> dict[str, object]:
    """What a whole configuration tells, by name."""
    told = ios_config.configuration(f"{HEAD}{text}end\n")
    return {key.name: value for key, value in told.facts.items()}


# ---- access lists ----


@pytest.mark.parametrize(
    ("text", "source", "destination", "services"),
    [
        ("permit ip any any", "any", "any", "any"),
        ("10 permit tcp any host 192.0.2.1 eq 443", "any", "192.0.2.1", "tcp/443"),
        ("permit tcp any host 192.0.2.1 range 3380 3390", "any", "192.0.2.1", "tcp/3380-3390"),
        ("permit udp 10.0.0.0 0.255.255.255 any eq snmp", "10.0.0.0/8", "any", "udp/161"),
        ("permit tcp any eq www 10.1.1.0 0.0.0.255 gt 1023", "any", "10.1.1.0/24", "tcp/1024-65535"),
        ("permit esp any any log", "any", "any", "esp"),
        ("permit icmp any any time-exceeded", "any", "any", "icmp"),
        ("permit tcp any object-group SERVERS eq 22", "any", "SERVERS", "tcp/22"),
    ],
)
def test_an_entry_is_told_in_the_normal_form(text: str, source: str, destination: str, services: str) -> None:
    """Addresses with wildcard bits become networks, named ports numbers."""
    one = entry("LIST", text, 10)
    assert one is not None
    rule = one.rule()
    assert (rule.source, rule.destination, rule.services) == ((source,), (destination,), (services,))


@pytest.mark.parametrize("text", ["remark permit ip any any", "", "evaluate STATE", "permit"])
def test_what_is_no_entry_is_none(text: str) -> None:
    """A remark that looks like an entry permits nothing."""
    assert entry("LIST", text, 10) is None


def test_wildcard_bits_with_holes_are_no_network() -> None:
    """10.0.x.5 is not a prefix."""
    assert wildcard("10.0.0.5", "0.0.255.0") == "10.0.0.5 0.0.255.0"
    assert wildcard("0.0.0.0", "255.255.255.255") == "any"
    assert wildcard("10.0.0.0", "junk") == "10.0.0.0 junk"


def test_hits_of_a_list_join_the_rule_of_the_configuration() -> None:
    """The configuration knows the interface, the counter knows the hits; lines without a number count in tens."""
    text = f"{OUTSIDE} ip access-group IN in\nip access-list extended IN\n permit tcp any any eq 22\n deny ip any any\n"
    known = read(text)["firewall.rules"]
    told = ios_shows.access_lists(
        "Extended IP access list IN\n    10 permit tcp any any eq 22 (7 matches)\n    20 deny ip any any\n"
    ).facts[facts.FIREWALL_RULES]
    joined = joins.rules(known, told)  # type: ignore[arg-type]
    assert [(rule.id, rule.hits, rule.from_) for rule in joined] == [
        ("IN#10", 7, ("Dialer1",)),
        ("IN#20", ABSENT, ("Dialer1",)),
    ]


def test_a_list_that_filters_no_interface_is_no_firewall_rule() -> None:
    """Lists for translation, routing and management say permit as well."""
    assert "firewall.rules" not in read(f"{OUTSIDE}access-list 10 permit any\n")


# ---- what the internet reaches ----

RDP = "ip nat inside source static tcp 10.20.0.5 3389 interface Dialer1 33890\n"


def exposed(text: str) -> list[tuple[object, ...]]:
    rows = read(text)["firewall.exposed"]
    return [(row.service, row.port, row.to) for row in rows]  # type: ignore[attr-defined]


def test_a_static_translation_exposes_the_host_behind_it() -> None:
    """Whatever port is asked outside, a remote desktop answers inside."""
    assert exposed(f"{OUTSIDE}{RDP}") == [("rdp", 33890, "10.20.0.5")]


def test_the_list_of_the_outside_interface_closes_it() -> None:
    """IOS filters before it translates: the list names the outside port."""
    listed = f"{OUTSIDE} ip access-group IN in\n{RDP}ip access-list extended IN\n"
    assert exposed(f"{listed} permit tcp any any eq 443\n") == []
    assert exposed(f"{listed} permit tcp any any eq 33890\n") == [("rdp", 33890, "10.20.0.5")]
    assert exposed(f"{listed} permit tcp any any eq 3389\n") == []


def test_an_entry_for_answers_opens_nothing() -> None:
    """`established` lets back in what went out."""
    text = f"{OUTSIDE} ip access-group IN in\n{RDP}ip access-list extended IN\n permit tcp any any established\n"
    assert exposed(text) == []


def test_a_host_with_an_address_of_its_own_is_reached_on_what_the_list_lets_in() -> None:
    """A one-to-one translation publishes every port that nothing closes."""
    text = f"{OUTSIDE}ip nat inside source static 10.20.0.9 198.51.100.9\n"
    assert exposed(text) == [("any", ABSENT, "10.20.0.9")]


def test_without_a_known_outside_nothing_is_proved() -> None:
    """A gap with its reason, neither "none" nor "no"."""
    told = ios_config.configuration(f"{HEAD}interface Ethernet0/0\n ip address 10.0.0.1 255.0.0.0\nend\n")
    assert facts.FIREWALL_EXPOSED not in told.facts
    assert told.missing[facts.FIREWALL_EXPOSED].id == "gap.no_outside"
    assert told.missing[facts.ACCESS_MANAGEMENT_FROM_INTERNET].id == "gap.no_outside"


ZONES = f"""{OUTSIDE} zone-member security OUT
{RDP}ip access-list extended WEB
 permit tcp any any eq {{port}}
class-map type inspect match-all C
 match access-group name WEB
policy-map type inspect P
 class type inspect C
  {{action}}
 class class-default
  drop
zone-pair security OUT-IN source OUT destination IN
 service-policy type inspect P
"""


@pytest.mark.parametrize(
    ("port", "action", "count"), [("33890", "inspect", 1), ("443", "inspect", 0), ("33890", "drop", 0)]
)
def test_a_zone_pair_lets_in_what_its_classes_inspect(port: str, action: str, count: int) -> None:
    """The zone-based firewall refuses what no class names."""
    assert len(exposed(ZONES.format(port=port, action=action))) == count


def test_a_vpn_for_people_is_a_door_of_its_own() -> None:
    """IKE answers on the outside interface."""
    text = f"{OUTSIDE}crypto isakmp client configuration group STAFF\n key <secret:strong>\n pool P\n"
    assert read(text)["firewall.exposed"] == (Exposed("vpn", 500, "udp", "any", "Dialer1", "Dialer1"),)


VTY = "line vty 0 4\n transport input {0}\n"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (OUTSIDE + VTY.format("ssh"), "open"),
        (OUTSIDE + "line vty 0 4\n access-class 5 in\n transport input ssh\naccess-list 5 permit 192.0.2.0 0.0.0.255\n",
         "restricted"),
        (OUTSIDE + " ip access-group IN in\n" + VTY.format("ssh telnet")
         + "ip access-list extended IN\n permit udp any any eq 500\n", "no"),
        (OUTSIDE + " ip access-group IN in\n" + VTY.format("ssh")
         + "ip access-list extended IN\n permit tcp 192.0.2.0 0.0.0.255 any eq 22\n", "restricted"),
        (OUTSIDE + VTY.format("none") + "no ip http server\n", "no"),
        (OUTSIDE + VTY.format("none") + "ip http secure-server\n", "open"),
    ],
)  # fmt: skip
def test_management_from_the_internet_follows_lists_and_classes(text: str, state: str) -> None:
    """The list of the interface first, then that of the service."""
    assert read(text)["access.management_from_internet"] == state


# ---- rates ----

SHAPED = "policy-map SHAPE\n class class-default\n  shape average 20000000\n   service-policy VOICE\n"
VOICE = "policy-map VOICE\n class RTP\n  priority 2000\n class BULK\n  shape average 1000000\n"


def test_the_rate_of_a_link_is_that_of_its_whole_policy() -> None:
    """A class nested inside has a share."""
    text = f"{SHAPED}{VOICE}interface Gi0/0\n service-policy output SHAPE\n"
    assert read(text)["link.rates"] == (LinkRate("Gi0/0", "shaper", up_bps=20_000_000),)
    assert read(text)["link.qos"] == "priority+shaper"


def test_a_policy_that_nothing_applies_holds_no_link_to_a_rate() -> None:
    """It is told, under its own name."""
    assert read(SHAPED)["link.rates"] == (LinkRate("SHAPE (not applied)", "shaper", up_bps=20_000_000),)
    assert read(SHAPED)["link.qos"] == "none"


@pytest.mark.parametrize(
    ("line", "rate"),
    [
        (" bandwidth 8000", LinkRate("Gi0/0", "bandwidth", 8_000_000, 8_000_000)),
        (" rate-limit input 10000000 8000 8000 conform-action transmit exceed-action drop",
         LinkRate("Gi0/0", "policer", down_bps=10_000_000)),
        (" traffic-shape rate 512000 12800", LinkRate("Gi0/0", "shaper", up_bps=512_000)),
        (" pvc 8/35\n  vbr-nrt 704 704", LinkRate("Gi0/0", "shaper", up_bps=704_000)),
    ],
)  # fmt: skip
def test_older_ways_of_holding_a_rate_count_as_well(line: str, rate: LinkRate) -> None:
    """Rate limits, generic shaping and ATM circuits."""
    assert read(f"interface Gi0/0\n{line}\n")["link.rates"] == (rate,)


def test_bandwidth_as_the_factory_sets_it_is_no_statement() -> None:
    """BW 1000000 of a gigabit port says nothing; 20000 does."""
    block = (
        "Gi0/0 is up, line protocol is up\n  MTU 1500 bytes, BW {} Kbit/sec, DLY 10 usec,\n  Full-duplex, 1000Mb/s\n"
    )
    ethernet = block.replace("Gi0/0", "GigabitEthernet0/0")
    assert facts.LINK_RATES not in ios_shows.interfaces(ethernet.format(1_000_000)).facts
    told = ios_shows.interfaces(ethernet.format(20_000)).facts
    assert told[facts.LINK_RATES] == (LinkRate("GigabitEthernet0/0", "bandwidth", 20_000_000, 20_000_000),)
    assert told[facts.INTERFACES][0].speed_bps == 1_000_000_000


POLICY = """\
 GigabitEthernet0/0/0

  Service-policy output: SHAPE

    Class-map: class-default (match-any)
      120 packets, 9000 bytes
      Match: any
      Queueing
      (pkts output/bytes output) 120/9000
      shape (average) cir 20000000, bc 80000, be 80000
      target shape rate 20000000

      Service-policy : VOICE

        Class-map: RTP (match-all)
          police:
              cir 2000000 bps, bc 62500 bytes
"""


def test_the_output_of_an_applied_policy_tells_the_rate_of_its_top() -> None:
    """The template for this command reads nothing."""
    assert ios_shows.policies(POLICY).facts[facts.LINK_RATES] == (
        LinkRate("GigabitEthernet0/0/0", "shaper", up_bps=20_000_000),
    )


def test_the_older_form_of_the_same_output_is_read() -> None:
    """Target and average stand in a table."""
    text = (
        " Dialer1\n\n  Service-policy output: OUT\n\n    Class-map: class-default (match-any)\n      Traffic Shaping\n"
        "           Target/Average   Byte   Sustain   Excess    Interval  Increment\n"
        "             Rate           Limit  bits/int  bits/int  (ms)      (bytes)\n"
        "           630000/630000     3780   15120     15120     24        1890\n"
    )
    assert ios_shows.policies(text).facts[facts.LINK_RATES] == (LinkRate("Dialer1", "shaper", up_bps=630_000),)


# ---- routes and probes ----


def test_two_default_routes_are_two_with_their_distance() -> None:
    """The floating one stands by."""
    text = (
        "ip route 0.0.0.0 0.0.0.0 Dialer1 198.51.100.1 track 8\nip route 0.0.0.0 0.0.0.0 203.0.113.1 250 name backup\n"
    )
    assert read(text)["routes.default"] == (
        Route("0.0.0.0/0", "Dialer1", "198.51.100.1", "static", 1),
        Route("0.0.0.0/0", ABSENT, "203.0.113.1", "static", 250),
    )


@pytest.mark.parametrize(
    "line", ["ip route 0.0.0.0 0.0.0.0 Null0", "ip route 10.0.0.0 255.0.0.0 10.0.0.1", "ip route vrf"]
)
def test_what_leads_nowhere_is_no_default_route(line: str) -> None:
    """Nor is a route to a part."""
    assert "routes.default" not in read(f"{line}\n")


def test_a_default_route_of_a_vrf_counts_where_there_is_no_other() -> None:
    """Front-door VRFs hold the internet; management VRFs stand beside a global route."""
    vrf = "ip route vrf INET 0.0.0.0 0.0.0.0 198.51.100.1\n"
    assert [str(r.gateway) for r in read(vrf)["routes.default"]] == ["198.51.100.1"]  # type: ignore[attr-defined]
    both = read(f"{vrf}ip route 0.0.0.0 0.0.0.0 10.0.0.1\n")["routes.default"]
    assert [str(r.gateway) for r in both] == ["10.0.0.1"]  # type: ignore[attr-defined]


TABLE = """\
Codes: L - local, C - connected, S - static
Gateway of last resort is 198.51.100.1 to network 0.0.0.0

S*    0.0.0.0/0 [1/0] via 198.51.100.1, Dialer1
                [1/0] via 203.0.113.1
"""


def test_the_table_tells_which_routes_are_in_use() -> None:
    """What is configured and not in the table stands by."""
    used = ios_shows.routes(TABLE).facts[facts.ROUTES_DEFAULT]
    assert [(route.gateway, route.interface, route.active) for route in used] == [
        ("198.51.100.1", "Dialer1", True),
        ("203.0.113.1", ABSENT, True),
    ]
    floating = Route("0.0.0.0/0", ABSENT, "192.0.2.1", "static", 250)
    assert joins.routes((floating,), used)[-1].active is False


def test_a_table_without_a_default_route_tells_none_and_an_empty_answer_nothing() -> None:
    """ "No default route" is not told as an empty list: it may stand in a vrf."""
    assert (
        facts.ROUTES_DEFAULT not in ios_shows.routes("Codes: C - connected\nGateway of last resort is not set\n").facts
    )
    assert not ios_shows.routes("").facts


def test_statistics_of_a_probe_tell_its_loss() -> None:
    """Successes and failures since the start."""
    text = (
        "IPSLAs Latest Operation Statistics\n\nIPSLA operation id: 8\n        Latest RTT: 12 milliseconds\n"
        "Latest operation return code: OK\nNumber of successes: 198\nNumber of failures: 2\n"
    )
    assert ios_shows.sla_statistics(text).facts[facts.LINK_QUALITY] == (
        LinkQuality("operation 8", 12.0, ABSENT, 1.0, "ok"),
    )


# ---- remote access ----

FLEX = """\
aaa group server radius NPS
aaa authentication login VPN group NPS local
ip local pool STAFF 10.99.0.10 10.99.0.250
ip access-list standard SPLIT
 permit 10.20.0.0 0.0.255.255
crypto ikev2 authorization policy STAFF
 pool STAFF
 route set access-list SPLIT
crypto ikev2 proposal P
 encryption aes-gcm-256 aes-cbc-256
 integrity sha512
 group 19 14
crypto ikev2 profile REMOTE
 authentication remote anyconnect-eap aggregate
 authentication local rsa-sig
 aaa authentication anyconnect-eap VPN
crypto ipsec transform-set T esp-gcm 256
 mode tunnel
crypto ipsec profile IP
 set transform-set T
 set pfs group19
 set ikev2-profile REMOTE
"""


def test_flexvpn_serves_people() -> None:
    """Pool, split routes, methods and offers of an IKEv2 gateway."""
    told = read(FLEX)
    assert told["vpn.pools"] == (Pool("STAFF", "10.99.0.10", "10.99.0.250", addresses=241),)
    assert told["vpn.tunnel_mode"] == "split"
    assert told["vpn.tunnel_routes"] == ("10.20.0.0/16",)
    (group,) = told["vpn.authentication"]  # type: ignore[misc]
    assert group.group == "REMOTE"  # type: ignore[has-type]
    assert set(group.methods) == {"eap", "radius", "local"}  # type: ignore[has-type]
    assert told["vpn.proposals"] == (
        Proposal("remote", "ikev2", ("aes-256-gcm", "aes-256-cbc"), ("sha512",), (19, 14)),
        Proposal("remote", "ikev2", ("aes-256-gcm",), pfs=19),
    )


def test_tunnels_between_sites_have_no_pool_and_no_mode() -> None:
    """A pool on a router without remote access serves something else."""
    told = read("ip local pool PPP 10.0.0.1 10.0.0.9\ncrypto isakmp policy 10\n encr aes 256\n group 14\n")
    assert "vpn.pools" not in told
    assert told["vpn.proposals"] == (Proposal("site", "ikev1", ("aes-256-cbc",), dh_groups=(14,)),)


def test_what_a_policy_leaves_to_the_release_is_unknown() -> None:
    """The factory values of encryption and group changed over the years."""
    assert read("crypto isakmp policy 10\n authentication pre-share\n")["vpn.proposals"] == (Proposal("site", "ikev1"),)


def test_a_session_that_proves_a_person_is_a_user() -> None:
    """X in the capabilities is extended authentication; without it a peer is a site."""
    head = "Crypto session current status\n\n"
    block = (
        "Interface: Tunnel1\nSession status: UP-ACTIVE\n  IKEv1 SA: local 1.1.1.1/500\n    Capabilities:{} connid:1\n"
    )
    told = ios_sessions.crypto_sessions(head + block.format("CX") + block.format("DN") + block.format("N")).facts
    assert told == {facts.VPN_SESSIONS_NOW: 1, facts.VPN_TUNNELS_NOW: 2}


# ---- management ----


def test_nothing_that_a_banner_says_is_configuration() -> None:
    """A banner may quote any command."""
    told = read("banner login ^C\nip http server\nsnmp-server community <secret:default> RW\n^C\nno ip http server\n")
    assert told["access.http"] is False
    assert told["access.snmp"] == ()


def test_a_configuration_that_was_changed_after_it_was_saved_says_so() -> None:
    """Both times stand in its first lines."""
    text = (
        "! Last configuration change at 10:00:00 UTC Tue Nov 24 2026\n"
        "! NVRAM config last updated at 09:00:00 UTC Mon Nov 23 2026\n!\n"
    )
    told = ios_config.configuration(f"{text}{HEAD}end\n").facts
    assert told[facts.CONFIG_UNSAVED] is True
    assert told[facts.CONFIG_SAVED_AT].isoformat() == "2026-11-23T09:00:00+00:00"
    assert facts.CONFIG_UNSAVED not in ios_config.configuration(f"{text.partition(chr(10))[0]}\n{HEAD}end\n").facts


def test_a_part_of_a_configuration_proves_no_absence() -> None:
    """`| section crypto` shows proposals; that it shows no list says nothing."""
    told = ios_config.section("crypto isakmp policy 10\n encr 3des\n group 2\n").facts
    assert set(told) == {facts.VPN_PROPOSALS}


def test_the_name_of_a_community_is_never_kept() -> None:
    """Its class is, with whether a list restricts it."""
    text = (
        "Community name: public\nCommunity Index: cisco1\nCommunity SecurityName: public\nstorage-type: nonvolatile\n"
    )
    from auditor.collectors.redact import redact

    kept = redact(text)
    assert "public" not in kept
    assert ios_shows.communities(kept).facts == {facts.ACCESS_SNMP: ("v2c-default",)}


@pytest.mark.parametrize(("said", "version"), [("1.99", "1,2"), ("2.0", "2"), ("1.5", "1")])
def test_a_version_of_1_99_answers_both(said: str, version: str) -> None:
    """SSH version 1 is still spoken."""
    assert ios_shows.ssh(f"SSH Enabled - version {said}\n").facts == {facts.ACCESS_SSH_VERSION: version}


def test_redaction_leaves_what_the_parsers_need() -> None:
    """Keys and communities become classes, the structure stays."""
    text = redacted("snmp-server community public RO 10\n", (r"(snmp-server community) (\S+)",))
    assert read(text)["access.snmp"] == ("v2c-default",)


def test_a_rule_of_one_answer_only_is_kept_where_it_has_interfaces() -> None:
    """Lists that filter nothing known are counted, not listed."""
    told = (Rule("X#10", "permit"),)
    assert joins.rules((Rule("Y#10", "deny", from_=("a",)),), told) == (Rule("Y#10", "deny", from_=("a",)),)


# ---- what other boxes answer ----


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("IOS (tm) C2600 Software (C2600-IK9S-M), Version 12.3(14)T7, RELEASE SOFTWARE (fc2)", "12.3(14)T7"),
        ("Cisco IOS XE Software, Version 17.06.05", "17.06.05"),
    ],
)
def test_the_version_is_told_of_old_and_new(text: str, version: str) -> None:
    """Before 12.4 the line began with a trade mark."""
    told = ios_shows.version(f"Cisco Internetwork Operating System Software \n{text}\n").facts
    assert (told[facts.IDENTITY_OS_VERSION], told[facts.IDENTITY_VENDOR]) == (version, "Cisco")


def test_translations_are_counted_as_every_release_writes_them() -> None:
    """`Total active translations`, of 12.0 to 17."""
    text = "Total active translations: 812 (1 static, 811 dynamic; 812 extended)\nPeak translations: 8114\n"
    assert ios_shows.translations(text).facts == {facts.FIREWALL_SESSIONS_NOW: 812, facts.FIREWALL_SESSIONS_PEAK: 8114}


def test_tunnels_over_ipv6_are_tunnels() -> None:
    """Their ends stand on lines of their own; nothing of them is "no tunnel"."""
    text = (
        " IPv4 Crypto IKEv2  SA\n\n IPv6 Crypto IKEv2  SA\n\nTunnel-id    fvrf/ivrf              Status\n"
        "1          none/none             READY\nLocal  2001:DB8:1101::131/500\nRemote  2001:DB8:1201::122/500\n"
        "      Encr: AES-CBC, keysize: 256, PRF: SHA512, Hash: SHA512, DH Grp:21, Auth sign: PSK, Auth verify: PSK\n"
    )
    told = ios_sessions.ikev2_sessions(text).facts
    assert told[facts.VPN_TUNNELS_NOW] == 1
    assert [row.dh_groups for row in told[facts.VPN_PROPOSALS]] == [(21,)]
    old = "IPv4 Crypto ISAKMP SA\n\nIPv6 Crypto ISAKMP SA\n2001:DB8::2  2001:DB8::9  QM_IDLE  29610 ACTIVE\n"
    assert ios_sessions.isakmp_sessions(old).facts == {facts.VPN_TUNNELS_NOW: 1}


def test_a_session_is_told_without_its_legend() -> None:
    """A filtered answer begins with its first interface."""
    text = "Interface: Tunnel0\nSession status: UP-ACTIVE\nPeer: 192.0.2.3 port 500\n  IKE SA: local 192.0.2.4/500\n"
    assert ios_sessions.crypto_sessions(text).facts[facts.VPN_TUNNELS_NOW] == 1


def test_where_logs_go_may_be_an_ipv6_address() -> None:
    """In the answer and in the configuration."""
    text = "Syslog logging: enabled (0 dropped)\n    Trap logging: level debugging\n        Logging to 2001:DB8::12\n"
    assert ios_shows.logs(text).facts == {facts.ACCESS_LOGGING: ("2001:DB8::12",)}
    assert read("logging host ipv6 2001:DB8::12\n")["access.logging"] == ("2001:DB8::12",)


def test_a_gateway_leaves_by_the_interface_whose_network_it_is_in() -> None:
    """A default route that names no interface is an uplink all the same."""
    text = "interface GigabitEthernet0/1\n ip address 198.51.100.2 255.255.255.248\n"
    routes = read(f"{text}ip route 0.0.0.0 0.0.0.0 198.51.100.1 track 1\n")["routes.default"]
    assert routes == (Route("0.0.0.0/0", "GigabitEthernet0/1", "198.51.100.1", "static", 1),)
    elsewhere = read(f"{text}ip route 0.0.0.0 0.0.0.0 203.0.113.1\n")["routes.default"]
    assert elsewhere == (Route("0.0.0.0/0", gateway="203.0.113.1", protocol="static", metric=1),)


@pytest.mark.parametrize(
    ("top", "unsaved"),
    [
        ("! No configuration change since last restart\n", False),
        ("! Last configuration change at 03:00:10 CET Sun Oct 25 2026\n"
         "! NVRAM config last updated at 03:00:05 CEST Sun Oct 25 2026\n", None),
        ("! Last configuration change at 10:00:10 CEST Tue Oct 20 2026\n"
         "! NVRAM config last updated at 10:00:05 CEST Tue Oct 20 2026\n", True),
    ],
)  # fmt: skip
def test_a_change_of_summer_time_leaves_open_what_was_saved(top: str, unsaved: bool | None) -> None:
    """The same minute is written twice that night."""
    assert read(top).get("config.unsaved") is unsaved


PORTAL = """\
webvpn gateway g
 ip address 198.51.100.2 port 443
webvpn context staff
 aaa authentication list people
 gateway g
 max-users 20
 policy group p
  functions svc-enabled
  svc address-pool ra netmask 255.255.255.0
  svc split include 10.20.0.0 255.255.0.0
  timeout idle 900
  timeout session 28800
 default-group-policy p
aaa group server radius rad
aaa authentication login people group rad local
ip local pool ra 10.9.0.10 10.9.0.19
"""


def test_a_tls_portal_tells_its_users_its_tunnel_and_its_timers() -> None:
    """`webvpn context` and its policy group."""
    told = read(PORTAL)
    assert told["vpn.authentication"] == (Authentication("staff", ("radius", "local")),)
    assert (told["vpn.tunnel_mode"], told["vpn.tunnel_routes"]) == ("split", ("10.20.0.0/16",))
    assert (told["vpn.idle_timeout"], told["vpn.max_session"], told["vpn.sessions.configured_max"]) == (900, 28800, 20)
    assert told["vpn.transports"] == ("tcp",)


def test_groups_inside_groups_are_resolved_wherever_they_stand() -> None:
    """A group may name one that is written below it; masks become networks."""
    text = (
        "object-group network servers\n host 10.0.0.5\n 10.0.1.0 255.255.255.0\n group-object more\n"
        "object-group network more\n range 10.0.2.1 10.0.2.9\n"
        "object-group service desks\n group-object screens\nobject-group service screens\n tcp eq 3389\n"
        "interface GigabitEthernet0/1\n ip access-group in in\n"
        "ip access-list extended in\n permit object-group desks any object-group servers\n"
    )
    rules = read(text)["firewall.rules"]
    assert isinstance(rules, tuple)
    assert (rules[0].destination, rules[0].services) == (
        ("10.0.0.5", "10.0.1.0/24", "10.0.2.1-10.0.2.9"),
        ("tcp/3389",),
    )


@pytest.mark.parametrize(("hop", "level"), [("203.0.113.1", "open"), ("10.0.0.254", None)])
def test_a_private_gateway_alone_is_not_the_internet(hop: str, level: str | None) -> None:
    """A switch or an inner router leads to another one of the house."""
    here = hop.rpartition(".")[0] + ".2"
    text = f"interface Vlan1\n ip address {here} 255.255.255.0\nip route 0.0.0.0 0.0.0.0 {hop}\n"
    assert read(f"{text}line vty 0 4\n transport input ssh\n").get("access.management_from_internet") == level
