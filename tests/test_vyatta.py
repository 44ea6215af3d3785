"""VyOS and EdgeOS: what their configurations and answers tell, in both dialects, and what they do not prove."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors import joins, vyatta_config, vyos
from auditor.collectors.vendors import vyatta_shows as shown
from auditor.facts import Exposed, LinkQuality, LinkRate, Pool, Proposal, Route, VpnService
from auditor.model import Key
from auditor.values import ABSENT, Absent
from tests.replay import redacted

BASE = (
    "set interfaces ethernet eth0 address 198.51.100.2/30\nset interfaces ethernet eth1 address 10.20.0.1/16\n"
    "set protocols static route 0.0.0.0/0 next-hop 198.51.100.1\nset system host-name gw\n"
)
read_vyos = vyatta_config.reader("VyOS", "vyos")


def read(text: str, base: str = BASE) -> dict[str, Any]:
    """What a whole configuration tells, by name."""
    return {key.name: value for key, value in read_vyos(base + text).facts.items()}


def sets(*lines: str) -> str:
    return "".join(f"set {line}\n" for line in lines)


def reached(text: str) -> list[tuple[str, object, object]]:
    """The services that a configuration lets the internet reach, with the host and the rule."""
    rows: tuple[Exposed, ...] = read(text)["firewall.exposed"]
    return [(f"{row.service}/{row.port}", row.to, row.rule) for row in rows]


FORWARD = sets(
    "nat destination rule 10 inbound-interface eth0",
    "nat destination rule 10 protocol tcp",
    "nat destination rule 10 destination port 8443",
    "nat destination rule 10 translation address 10.20.0.8",
    "nat destination rule 10 translation port 3389",
)


# ---- what the internet reaches ----


def test_a_published_host_is_named_by_its_own_port() -> None:
    """Without a filter the translation alone decides."""
    assert reached(FORWARD) == [("rdp/8443", "10.20.0.8", "eth0")]


@pytest.mark.parametrize(
    ("lines", "open_"),
    [
        (("firewall name IN default-action drop", "interfaces ethernet eth0 firewall in name IN"), False),
        (("firewall name IN default-action accept", "interfaces ethernet eth0 firewall in name IN"), True),
        (
            (
                "firewall name IN default-action drop",
                "firewall name IN rule 20 action accept",
                "firewall name IN rule 20 protocol tcp",
                "firewall name IN rule 20 destination port 3389",
                "interfaces ethernet eth0 firewall in name IN",
            ),
            True,
        ),
        (
            (
                "firewall name IN default-action drop",
                "firewall name IN rule 20 action accept",
                "firewall name IN rule 20 state established enable",
                "interfaces ethernet eth0 firewall in name IN",
            ),
            False,
        ),
        (
            (
                "firewall name IN default-action drop",
                "firewall name IN rule 20 action accept",
                "firewall name IN rule 20 disable",
                "interfaces ethernet eth0 firewall in name IN",
            ),
            False,
        ),
        (("firewall name IN default-action drop", "interfaces ethernet eth1 firewall in name IN"), True),
        (
            (
                "firewall ipv4 forward filter default-action accept",
                "firewall ipv4 forward filter rule 5 action drop",
                "firewall ipv4 forward filter rule 5 inbound-interface name eth0",
            ),
            False,
        ),
        (
            (
                "firewall ipv4 forward filter rule 5 action jump",
                "firewall ipv4 forward filter rule 5 jump-target WAN",
                "firewall ipv4 forward filter rule 5 inbound-interface group OUT",
                "firewall group interface-group OUT interface eth0",
                "firewall ipv4 name WAN default-action drop",
            ),
            False,
        ),
        (
            (
                "firewall ipv4 forward filter rule 5 action drop",
                "firewall ipv4 forward filter rule 5 inbound-interface name !eth0",
            ),
            True,
        ),
        (("zone-policy zone WAN interface eth0", "zone-policy zone LAN interface eth1"), False),
        (
            (
                "zone-policy zone WAN interface eth0",
                "zone-policy zone LAN interface eth1",
                "zone-policy zone LAN from WAN firewall name W2L",
                "firewall name W2L rule 1 action accept",
                "firewall name W2L rule 1 destination address 10.20.0.8",
            ),
            True,
        ),
    ],
)
def test_what_filters_on_the_way_in_decides_over_a_published_host(lines: tuple[str, ...], open_: bool) -> None:
    """Rule sets on the interface, base chains with jumps and groups, zones."""
    found = [row for row in reached(FORWARD + sets(*lines)) if row[1] != "self"]
    assert bool(found) == open_


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        (("service ssh port 22",), "open"),
        (("service ssh listen-address 10.20.0.1",), "no"),
        (("service gui https-port 443",), "open"),
        ((), "no"),
        (
            ("service ssh", "interfaces ethernet eth0 firewall local name L", "firewall name L default-action drop"),
            "no",
        ),
        (
            (
                "service ssh port 22",
                "interfaces ethernet eth0 firewall local name L",
                "firewall name L rule 1 action accept",
                "firewall name L rule 1 source group address-group ADMINS",
                "firewall group address-group ADMINS address 203.0.113.9",
            ),
            "restricted",
        ),
    ],
)
def test_management_is_as_open_as_what_guards_the_router(lines: tuple[str, ...], level: str) -> None:
    """A service bound inside, a closed rule set, or one open to a group of addresses."""
    assert read(sets(*lines))["access.management_from_internet"] == level


def test_edgeos_opens_the_firewall_for_its_own_port_forwards() -> None:
    """`auto-firewall enable` goes before the rule set of the interface."""
    lines = (
        "port-forward auto-firewall enable", "port-forward wan-interface eth0",
        "port-forward rule 1 original-port 5060", "port-forward rule 1 protocol udp",
        "port-forward rule 1 forward-to address 10.20.0.9",
        "interfaces ethernet eth0 firewall in name IN", "firewall name IN default-action drop",
    )  # fmt: skip
    assert reached(sets(*lines)) == [("sip/5060", "10.20.0.9", "port-forward#1")]


def test_what_the_router_opens_by_itself_holds_on_its_own_interface_alone() -> None:
    """A second uplink without port forwards publishes nothing, and nothing is "any"."""
    lines = (
        "port-forward auto-firewall enable", "port-forward wan-interface eth0", "port-forward rule 1 original-port 443",
        "port-forward rule 1 protocol tcp", "port-forward rule 1 forward-to address 10.20.0.9",
        "interfaces pppoe pppoe1 source-interface eth3", "interfaces pppoe pppoe1 firewall in name IN",
        "interfaces pppoe pppoe1 firewall local name IN",
        "interfaces ethernet eth0 firewall in name IN", "firewall name IN default-action drop",
    )  # fmt: skip
    assert reached(sets(*lines)) == [("https/443", "10.20.0.9", "port-forward#1")]


def test_a_translation_from_inside_publishes_nothing() -> None:
    """Redirected DNS of the office is no port forward."""
    moved = FORWARD.replace("inbound-interface eth0", "inbound-interface eth1")
    assert reached(moved) == []


# ---- rules in the normal form ----


def test_rules_are_told_with_their_place_groups_and_default() -> None:
    """The interface, the router itself, members of groups, and the end of the set."""
    text = sets(
        "interfaces ethernet eth0 firewall local name L", "firewall name L default-action drop",
        "firewall name L rule 20 action accept", "firewall name L rule 20 protocol tcp_udp",
        "firewall name L rule 20 destination group port-group P", "firewall group port-group P port 500",
        "firewall group port-group P port 4500-4501", "firewall name L rule 3 action drop",
        "firewall name L rule 3 state invalid enable", "firewall name UNUSED default-action accept",
    )  # fmt: skip
    rows = read(text)["firewall.rules"]
    assert [(row.id, row.action, row.services) for row in rows] == [
        ("L#3", "deny", ("invalid",)),
        ("L#20", "permit", ("tcp/500", "tcp/4500-4501", "udp/500", "udp/4500-4501")),
        ("L#default", "deny", ("any",)),
    ]
    assert {(row.from_, row.to) for row in rows} == {(("eth0",), ("self",))}


def test_counters_join_the_rules_of_the_configuration() -> None:
    """Rule 10000 of a list of counters is the default of the set."""
    output = (
        'IPv4 Firewall "L":\n\n Active on (eth0,LOCAL)\n\nrule  action   proto     packets  bytes\n'
        "----  ------   -----     -------  -----\n20    accept   all       1234     9876\n"
        "  condition - state RELATED\n\n10000 drop     all       55       600\n"
    )
    known = read(sets("interfaces ethernet eth0 firewall local name L", "firewall name L rule 20 action accept"))
    joined = joins.rules(known["firewall.rules"], shown.counters(output).facts[facts.FIREWALL_RULES])
    assert [(row.id, row.hits) for row in joined] == [("L#20", 1234), ("L#default", 55)]


# ---- remote access ----


def test_servers_tell_pools_offers_users_and_where_they_listen() -> None:
    """OpenVPN, L2TP, and IKEv2 for users, each in its own words."""
    text = sets(
        "interfaces openvpn vtun10 mode server", "interfaces openvpn vtun10 server subnet 10.23.1.0/24",
        "interfaces openvpn vtun10 server max-connections 60", "interfaces openvpn vtun10 local-port 1195",
        "interfaces openvpn vtun10 encryption cipher aes256gcm", "interfaces openvpn vtun10 hash sha256",
        "interfaces openvpn vtun10 tls ca-certificate ca", "vpn l2tp remote-access client-ip-pool start 10.9.0.10",
        "vpn l2tp remote-access client-ip-pool stop 10.9.0.59",
        "vpn l2tp remote-access authentication mode radius",
        "vpn l2tp remote-access ipsec-settings authentication mode pre-shared-secret",
    )  # fmt: skip
    told = read(text)
    assert told["vpn.pools"] == (
        Pool("l2tp", "10.9.0.10", "10.9.0.59", addresses=50),
        Pool("openvpn 1195", network="10.23.1.0/24", addresses=253),
    )
    assert "vpn.sessions.configured_max" not in told  # L2TP has no such limit
    assert {(one.group, one.methods) for one in told["vpn.authentication"]} == {
        ("l2tp", ("psk", "radius")),
        ("openvpn 1195", ("certificate",)),
    }
    assert Proposal("remote", "openvpn", ("aes-256-gcm",), ("sha256",)) in told["vpn.proposals"]
    ports = {(row.port, row.protocol) for row in told["firewall.exposed"]}
    assert ports == {(500, "udp"), (4500, "udp"), (1701, "udp"), (1195, "udp")}


def test_the_limit_of_the_only_kind_of_server_is_the_limit() -> None:
    """The clients that two servers of OpenVPN allow together."""
    text = "".join(
        sets(f"interfaces openvpn {name} mode server", f"interfaces openvpn {name} server max-connections {most}")
        for name, most in (("vtun1", 60), ("vtun2", 20))
    )
    assert read(text)["vpn.sessions.configured_max"] == 80


def test_a_named_pool_of_the_newer_dialect_is_told_with_its_range() -> None:
    """`client-ip-pool NAME range 10.9.0.10-10.9.0.59`."""
    text = sets("vpn sstp client-ip-pool RA range 10.9.0.10-10.9.0.59", "vpn sstp port 4443")
    assert read(text)["vpn.pools"] == (Pool("RA", "10.9.0.10", "10.9.0.59", addresses=50),)


def test_only_groups_that_somebody_uses_are_offers() -> None:
    """An ESP group without forward secrecy is told with group 0."""
    text = sets(
        "vpn ipsec ike-group G key-exchange ikev2", "vpn ipsec ike-group G proposal 1 dh-group 19",
        "vpn ipsec ike-group G proposal 1 encryption aes256gcm128", "vpn ipsec ike-group G proposal 1 hash sha256",
        "vpn ipsec esp-group E pfs disable", "vpn ipsec esp-group E proposal 1 encryption 3des",
        "vpn ipsec ike-group OLD proposal 1 encryption des",
        "vpn ipsec site-to-site peer 192.0.2.9 ike-group G",
        "vpn ipsec site-to-site peer 192.0.2.9 tunnel 0 esp-group E",
    )  # fmt: skip
    first, second = read(text)["vpn.proposals"]
    assert (first.use, first.protocol, first.encryption, first.dh_groups) == ("site", "ikev2", ("aes-256-gcm",), (19,))
    assert (second.protocol, second.encryption, second.pfs, second.lifetime_s) == ("ikev2", ("3des",), 0, 3600)


# ---- routes, rates, management ----


def test_default_routes_of_leases_and_sessions_stand_beside_static_ones() -> None:
    """The interface of a next hop is that of its network."""
    text = sets("interfaces ethernet eth2 address dhcp", "interfaces pppoe pppoe1 source-interface eth3")
    assert [(row.interface, row.gateway, row.protocol) for row in read(text)["routes.default"]] == [
        ("eth0", "198.51.100.1", "static"), ("eth2", ABSENT, "dhcp"), ("pppoe1", ABSENT, "ppp"),
    ]  # fmt: skip
    text = sets("interfaces ethernet eth2 address dhcp", "interfaces ethernet eth2 dhcp-options no-default-route")
    assert len(read(text)["routes.default"]) == 1


def test_shapers_are_rates_of_the_interface_they_are_set_on() -> None:
    """Smart queues of EdgeOS both ways; policies of VyOS by name."""
    text = sets(
        "traffic-control smart-queue wan wan-interface eth0", "traffic-control smart-queue wan upload rate 40mbit",
        "traffic-control smart-queue wan download rate 200mbit", "qos policy shaper UP bandwidth 2gbit",
        "qos interface eth1 egress UP",
    )  # fmt: skip
    assert set(read(text)["link.rates"]) == {
        LinkRate("eth0", "shaper", 200_000_000, 40_000_000),
        LinkRate("eth1", "shaper", up_bps=2_000_000_000),
    }


@pytest.mark.parametrize(
    ("said", "expected"),
    [("50mbit", 50_000_000), ("2.5gbit", 2_500_000_000), ("800", 800_000), ("10kbps", 80_000), ("auto", 0), ("90%", 0)],
)
def test_a_bandwidth_is_read_in_its_unit(said: str, expected: int) -> None:
    """A number alone is kbit/s; `bps` are bytes."""
    assert vyatta_config.rate(said) == expected


def test_a_community_is_told_by_its_name_and_who_may_ask() -> None:
    """After redaction its class is all that is left of the name."""
    text = sets("service snmp community public authorization ro", "service snmp v3 user mon auth type sha")
    assert read(redacted(text, vyos.SECRETS))["access.snmp"] == ("v2c-default", "v3-auth")


def test_a_configuration_cut_short_claims_nothing_that_it_lacks() -> None:
    """Without its end, telnet may still follow."""
    told = read_vyos(BASE.rstrip("\n"))
    assert not {"access.telnet", "firewall.exposed", "access.snmp"} & {key.name for key in told.facts}


def test_both_forms_of_a_configuration_tell_the_same() -> None:
    """Braces and set lines are one thing."""
    braces = (
        "interfaces {\n    ethernet eth0 {\n        address 198.51.100.2/30\n    }\n    ethernet eth1 {\n"
        "        address 10.20.0.1/16\n    }\n}\nprotocols {\n    static {\n        route 0.0.0.0/0 {\n"
        "            next-hop 198.51.100.1 {\n            }\n        }\n    }\n}\nsystem {\n    host-name gw\n}\n"
    )
    assert read("", base=braces) == read("")


# ---- answers ----


def test_edgeos_tells_its_board_and_uptime() -> None:
    """`up 11 days,  6:15`."""
    told = shown.version("ubiquiti_edgerouter")(
        "Version:      v2.0.9-hotfix.7\nHW model:     EdgeRouter 4\nUptime:       10:00 up 42 min\n"
    )
    assert told.facts[facts.IDENTITY_OS_VERSION] == "2.0.9-hotfix.7"
    assert told.facts[facts.SYSTEM_UPTIME] == 2520


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("No active remote access VPN sessions\n", (0, 0)),
        (
            "Active remote access VPN sessions:\n\nUser       Proto Iface     Tunnel IP       TX byte RX byte  Time\n"
            "----       ----- -----     ---------       ------- -------  ----\n"
            "ann        L2TP  l2tp0     10.9.0.10       1.1M    2.2M     01h02m\n"
            "bob        PPTP  pptp0     10.9.0.11       1.1M    2.2M     01h02m\n",
            (1, 1),
        ),
    ],
)
def test_dialled_users_are_counted_by_protocol(output: str, expected: tuple[int, int]) -> None:
    """The heading, or the sentence that nobody is there, proves the count."""
    l2tp, pptp = shown.dialled(output).facts[facts.VPN_SERVICES]
    assert (l2tp.now, pptp.now) == expected


def test_clients_of_an_openvpn_server_are_its_rows() -> None:
    """One whose name is not known yet is not connected."""
    output = (
        "OpenVPN status on vtun10\n\nClient CN   Remote Host          Tunnel IP   Local Host\n"
        "----------  -------------------  ----------  ----------\nann         198.51.100.9:1194    10.23.1.2   N/A\n"
        "UNDEF       198.51.100.7:1194    N/A         N/A\n\nOpenVPN status on vtun11\n\n"
        "Client CN   Remote Host          Tunnel IP   Local Host\n----------  ---\n"
        "bob         203.0.113.1:500 10.1.1.1 N/A\n"
    )
    assert shown.openvpn(output).facts[facts.VPN_SERVICES] == (VpnService("openvpn", 2, 0),)


def test_sessions_of_a_table_with_bars_are_those_that_are_active() -> None:
    """`show l2tp-server sessions` of VyOS."""
    output = (
        " ifname | username | ip | ip6 | calling-sid | rate-limit | state | uptime\n--------+---\n"
        " l2tp0 | ann | 10.9.0.3 | | 192.0.2.36 | | active | 02:01:47\n"
        " l2tp1 | bob | 10.9.0.4 | | 192.0.2.37 | | start | 0\n"
    )
    assert shown.accel("l2tp")(output).facts[facts.VPN_SERVICES] == (VpnService("l2tp", 1, 0),)


@pytest.mark.parametrize(
    ("output", "people", "sites"),
    [
        (
            "Connection        State    Uptime    Bytes In/Out\n----------------  -------  --------\n"
            "peer_192-0-2-1_tunnel_0  up  1h  1K/1K\npeer_192-0-2-1_tunnel_1  up  1h  1K/1K\n"
            "peer_192-0-2-2_tunnel_0  down  N/A  N/A\nremote-access  up  5m  1K/1K\n",
            1, 1,
        ),
        ("peer-192.0.2.1-tunnel-1: #2, ESTABLISHED, IKEv1, a:b\nremote-access: #5, ESTABLISHED, IKEv1, c:d\n", 1, 1),
        (
            "Peer ID / IP                 Local ID / IP\n------------                 -------------\n"
            "192.0.2.9                    198.51.100.1\n\n    Tunnel  State  Bytes\n    ------  -----  -----\n"
            "    1       up     1K/1K\n",
            0, 1,
        ),
    ],
)  # fmt: skip
def test_ipsec_associations_are_people_or_sites(output: str, people: int, sites: int) -> None:
    """Three generations write them in three ways; a peer with two tunnels is one site."""
    assert shown.ipsec(output).facts[facts.VPN_SERVICES] == (VpnService("ipsec", people, sites),)


def test_routes_of_both_generations() -> None:
    """What is installed carries a star; the second hop belongs to the first route."""
    output = (
        "Codes: K - kernel route\n\nS>* 0.0.0.0/0 [1/0] via 198.51.100.1, eth0, weight 1, 3d\n"
        "  *                     via 203.0.113.1, eth2, weight 1, 3d\nS   0.0.0.0/0 [210/0] via 192.0.2.1, eth3, 1d\n"
        "C>* 10.20.0.0/16 is directly connected, eth1, 3d\n"
    )
    assert shown.routes(output).facts[facts.ROUTES_DEFAULT] == (
        Route("0.0.0.0/0", "eth0", "198.51.100.1", "static", 1, True),
        Route("0.0.0.0/0", "eth2", "203.0.113.1", "static", 1, True),
        Route("0.0.0.0/0", "eth3", "192.0.2.1", "static", 210, False),
    )
    edge = "S    *> 0.0.0.0/0 [1/0] via 192.0.2.1, pppoe0\n"
    assert shown.routes(edge).facts[facts.ROUTES_DEFAULT][0].active is True


def test_probes_of_balanced_uplinks_are_told() -> None:
    """EdgeOS counts pings and failures; VyOS names its tests."""
    edge = "Group G\n  eth0\n  status: Running\n  pings: 200\n  fails: 3\n  ping gateway: 9.9.9.9 - REACHABLE\n"
    assert shown.watchdog(edge).facts[facts.LINK_QUALITY] == (
        LinkQuality("9.9.9.9", loss_percent=1.5, state="reachable"),
    )
    other = "Interface:  eth0\n  Status:  active\n  +Test:  ping  Target: 9.9.9.9\n    Last Interface Success:  0s\n"
    assert shown.balance(other).facts[facts.LINK_QUALITY] == (LinkQuality("9.9.9.9", state="active"),)


def test_nobody_is_told_only_where_every_configured_program_was_heard() -> None:
    """An OpenVPN server that did not answer may serve somebody."""
    total = joins.total("now", shown.every_program)
    heard: dict[Key[Any], Any] = {facts.ACCESS_TELNET: False, facts.VPN_SERVICES: (VpnService("l2tp", 0, 0),)}
    assert total.make(heard) == 0
    silent: dict[Key[Any], Any] = {**heard, facts.VPN_SERVICES: (VpnService("l2tp", 0, 0), VpnService("openvpn"))}
    assert isinstance(total.make(silent), Absent)
    assert isinstance(total.make({facts.VPN_SERVICES: (VpnService("l2tp", 0, 0),)}), Absent)
