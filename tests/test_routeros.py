"""RouterOS: what `print` and `/export` tell, and what they do not prove."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.redact import redact
from auditor.collectors.vendors import by_platform, joins
from auditor.collectors.vendors import routeros_config as config
from auditor.collectors.vendors import routeros_print as shown
from auditor.facts import Exposed, LinkRate, Pool, Proposal, Route, VpnService
from auditor.values import ABSENT, Absent

HEAD = "# jan/02/2024 00:04:23 by RouterOS 7.16.1\n# model = RB5009UG+S+\n# serial number = HGX09F1ABCD\n"
WAN = "/interface list member\nadd interface=ether1 list=WAN\nadd interface=bridge list=LAN\n"
TAIL = "/system identity\nset name=gw-lille\n"
DROP = "add action=drop chain=input in-interface-list=!LAN\n"


def read(text: str, head: str = HEAD) -> dict[str, Any]:
    """What a whole export tells, by name."""
    told = config.configuration(f"{head}{text}{TAIL}")
    return {key.name: value for key, value in told.facts.items()}


def reached(text: str) -> list[tuple[str, object, object]]:
    """The services that an export lets the internet reach, with the host and the rule."""
    rows: tuple[Exposed, ...] = read(WAN + text)["firewall.exposed"]
    return [(f"{row.service}/{row.port}", row.to, row.rule) for row in rows]


# ---- what an export says of the box ----


def test_the_head_of_an_export_names_the_box() -> None:
    """Model, serial and version stand in its comments."""
    told = read("")
    assert [told[f"identity.{name}"] for name in ("model", "serial", "os_version", "name")] == [
        "RB5009UG+S+", "HGX09F1ABCD", "7.16.1", "gw-lille",
    ]  # fmt: skip


def test_an_export_cut_short_proves_no_factory_value() -> None:
    """What is not shown may have been in the part that is missing."""
    told = config.configuration(f"{HEAD}/interface bridge\nadd name=bridge\n/ip addr")
    assert not {"access.telnet", "access.snmp", "firewall.exposed"} & {key.name for key in told.facts}


def test_telnet_is_on_unless_it_is_switched_off() -> None:
    """The factory leaves telnet, http and winbox on."""
    assert read("")["access.telnet"] is True
    assert read("/ip service\nset telnet disabled=yes\n")["access.telnet"] is False


def test_a_community_of_the_factory_stays_unless_it_is_changed() -> None:
    """`public` answers from anywhere as soon as the agent is on."""
    assert read("")["access.snmp"] == ()
    assert read("/snmp\nset enabled=yes\n")["access.snmp"] == ("v2c-default",)
    own = "/snmp community\nset [ find default=yes ] addresses=10.0.0.5/32 name=k7Yw2pQz9LmT\n/snmp\nset enabled=yes\n"
    assert read(own)["access.snmp"] == ("v2c-restricted",)


# ---- remote access ----


def test_servers_that_are_on_are_the_offer() -> None:
    """PPTP is RC4; L2TP with IPsec takes the factory's profile where the export changes none."""
    told = read(
        "/interface pptp-server server\nset enabled=yes\n/interface l2tp-server server\nset use-ipsec=required\n"
    )
    assert [one.protocol for one in told["vpn.proposals"]] == ["pptp"]
    assert Proposal("remote", "pptp", ("rc4",), ("none",)) in told["vpn.proposals"]
    told = read("/interface l2tp-server server\nset enabled=yes ipsec-secret=x use-ipsec=required\n")
    assert told["vpn.proposals"][0].encryption == ("aes-128-cbc", "3des")
    assert told["vpn.authentication"][0].methods == ("psk", "local")


def test_an_own_profile_is_told_as_it_is_written() -> None:
    """Names of ciphers and groups in their standard form; the peer says which version."""
    text = (
        "/ip ipsec profile\nadd dh-group=ecp256,modp2048 enc-algorithm=aes-256 hash-algorithm=sha256 name=ra\n"
        "/ip ipsec peer\nadd exchange-mode=ike2 name=ra passive=yes profile=ra\n"
        "/ip ipsec proposal\nset [ find default=yes ] auth-algorithms=sha256 enc-algorithms=aes-256-gcm "
        "pfs-group=none\n"
    )
    first, second = read(text)["vpn.proposals"]
    assert (first.protocol, first.encryption, first.dh_groups) == ("ikev2", ("aes-256-cbc",), (19, 14))
    assert (second.encryption, second.pfs) == (("aes-256-gcm",), 0)


def test_only_a_pool_that_is_handed_to_users_is_theirs() -> None:
    """The pool of the office's DHCP counts no remote user."""
    text = (
        "/ip pool\nadd name=dhcp ranges=10.0.0.10-10.0.0.99\nadd name=ra ranges=10.9.0.2-10.9.0.9,10.9.1.0/28\n"
        "/ppp profile\nadd name=ra remote-address=ra\n/interface sstp-server server\nset enabled=yes\n"
    )
    assert read(text)["vpn.pools"] == (
        Pool("ra", "10.9.0.2", "10.9.0.9", addresses=8),
        Pool("ra", "10.9.1.0", "10.9.1.15", addresses=16),
    )


# ---- routes and queues ----


def test_both_uplinks_are_told_with_their_distance() -> None:
    """A lease and a dialled session bring default routes that no static line shows."""
    text = (
        "/interface pppoe-client\nadd add-default-route=yes default-route-distance=5 interface=ether2 name=pppoe-out1\n"
        "/ip dhcp-client\nadd interface=ether1\n/ip route\nadd distance=9 gateway=192.0.2.1\n"
        "add gateway=198.51.100.1 routing-mark=voice\nadd dst-address=10.0.0.0/8 gateway=10.1.1.1\n"
    )
    assert [(row.interface, row.gateway, row.metric) for row in read(text)["routes.default"] if row.metric] == [
        (ABSENT, "192.0.2.1", 9), ("ether1", ABSENT, 1), ("pppoe-out1", ABSENT, 5),
    ]  # fmt: skip


def test_a_queue_of_an_interface_is_a_shaper() -> None:
    """What a target sends is the first figure; a queue on a subnet is no line."""
    text = (
        "/queue simple\nadd max-limit=20M/100M name=wan target=ether2\n"
        "add max-limit=5M/5M name=guests target=10.5.0.0/24\n"
        "/queue tree\nadd max-limit=40M name=up parent=ether1\nadd max-limit=9M name=all parent=global\n"
    )
    assert read(text)["link.rates"] == (
        LinkRate("ether1", "shaper", up_bps=40_000_000),
        LinkRate("ether2", "shaper", 20_000_000, 100_000_000),
    )


# ---- what the internet reaches ----


def test_a_drop_of_all_that_is_not_from_inside_closes_the_router() -> None:
    """The factory's own last rule."""
    assert reached(f"/ip firewall filter\n{DROP}") == []


def test_without_rules_whatever_listens_is_reached() -> None:
    """A router without a filter answers on every service that is on."""
    found = {name for name, _, _ in reached("/ip dns\nset allow-remote-requests=yes\n")}
    assert {"ssh/22", "telnet/23", "admin/8291", "dns/53"} <= found


def test_management_that_a_service_restricts_is_not_open() -> None:
    """`address=` of the service restricts as a rule does."""
    text = (
        f"{WAN}/ip service\nset telnet disabled=yes\nset ftp disabled=yes\nset www disabled=yes\nset api disabled=yes\n"
    )
    text += "set api-ssl disabled=yes\nset ssh address=203.0.113.0/24\nset winbox disabled=yes\n"
    assert read(text)["access.management_from_internet"] == "restricted"
    assert read(WAN)["access.management_from_internet"] == "open"


FORWARD = "/ip firewall nat\nadd action=dst-nat chain=dstnat dst-port=8443 in-interface-list=WAN protocol=tcp "
FORWARD += "to-addresses=10.0.0.8 to-ports=3389\n"


def test_a_published_host_is_named_by_its_own_port() -> None:
    """Port 8443 outside is the remote desktop inside."""
    assert reached(f"/ip firewall filter\n{DROP}{FORWARD}") == [("rdp/8443", "10.0.0.8", "forward#default")]


@pytest.mark.parametrize(
    ("rule", "open_"),
    [
        (
            "add action=drop chain=forward connection-nat-state=!dstnat connection-state=new in-interface-list=WAN\n",
            True,
        ),
        ("add action=drop chain=forward connection-state=new in-interface-list=WAN\n", False),
        ("add action=drop chain=forward disabled=yes in-interface-list=WAN\n", True),
        ("add action=drop chain=forward connection-state=invalid\n", True),
        ("add action=jump chain=forward jump-target=in\nadd action=drop chain=in\n", False),
        ("add action=drop chain=forward in-interface=ether2\n", True),
        ("add action=drop chain=forward dst-address=10.0.0.8 dst-port=3389 protocol=tcp\n", False),
        ("add action=drop chain=forward limit=10,5:packet\n", True),
    ],
)
def test_a_rule_of_the_forward_chain_decides_over_a_published_host(rule: str, open_: bool) -> None:
    """Rules that mean other packets, are off, or refuse only a part close nothing."""
    found = reached(f"/ip firewall filter\n{DROP}{rule}{FORWARD}")
    assert bool(found) == open_


def test_without_an_interface_that_faces_the_internet_nothing_is_claimed() -> None:
    """No list, no lease, no route: the gap says so."""
    told = config.configuration(f"{HEAD}/ip firewall filter\nadd action=accept chain=input\n{TAIL}")
    assert facts.FIREWALL_EXPOSED not in told.facts
    assert told.missing[facts.FIREWALL_EXPOSED].id == "gap.no_outside"


# ---- print ----


def test_a_list_is_read_however_it_is_laid_out() -> None:
    """Terse, in detail over two lines, with comments, flags and quotations."""
    text = "Flags: X - disabled\n 0 X  ;;; no more\n      chain=input action=drop\n"
    text += ' 1    chain=input comment="a b" in-interface=e1\n'
    first, second = shown.rows(text)
    assert (first.disabled, first.comment, first.values) == (True, "no more", {"chain": "input", "action": "drop"})
    assert (second.disabled, second.comment, second.get("in-interface")) == (False, "a b", "e1")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("6w5d11h55m45s", 4103745),
        ("1m45s", 105),
        ("00:05:10", 310),
        ("2d03:00:00", 183600),
        ("never", None),
        ("", None),
    ],
)
def test_a_time_in_any_of_its_forms(said: str, expected: int | None) -> None:
    """Versions 6 and 7 write it in different ways."""
    assert shown.seconds(said) == expected


def test_a_log_line_in_the_middle_of_an_answer_is_none_of_it() -> None:
    """The console prints errors wherever it is."""
    log = "17:20:06 echo: system,error,critical login failure for user admin from 192.0.2.140 via ssh\n"
    told = shown.resource(
        f" uptime: 1d\n{log} version: 7.16.1 (stable)\n free-memory: 512.0MiB\n{log} total-memory: 1024.0MiB\n"
    )
    assert told.facts[facts.SYSTEM_MEMORY] == 50.0


def test_dialled_users_are_counted_without_those_of_an_access() -> None:
    """PPPoE sessions are subscribers, not remote workers."""
    text = (
        "0   name=ann service=l2tp address=10.9.0.3 uptime=1h\n1   name=shop service=pppoe address=10.8.0.3 uptime=1d\n"
    )
    assert shown.dialled(text).facts[facts.VPN_SERVICES] == (VpnService("ppp", 1, 0),)


KEY = "dcKiJ0TpLjtSWZh3G0ILJ9cL56fTIfHBAsZsXdDIlFM="
PEER = f"{{0}} interface=wg1 public-key={KEY} endpoint-address={{1}} allowed-address={{2}} "


def test_wireguard_peers_are_people_or_sites_by_where_they_come_from() -> None:
    """A handshake older than three minutes is nobody; a network behind a peer is a site."""
    rows = [
        ("", "10.9.0.2/32", "20s"),
        ("192.0.2.9", "10.7.0.0/16", "5s"),
        ("", "10.6.0.0/16", "1m"),
        ("", "10.9.0.3/32", "1h"),
    ]
    text = "".join(
        PEER.format(place, end, net) + f"last-handshake={age}\n" for place, (end, net, age) in enumerate(rows)
    )
    assert shown.wireguard(text).facts[facts.VPN_SERVICES] == (VpnService("wireguard", 1, 2),)


def test_an_empty_preshared_key_hides_no_address() -> None:
    """`preshared-key= client-address=…`: the key is empty, the address is none."""
    line = "preshared-key= client-address=10.9.0.2/32 rx=180"
    assert redact(line, by_platform("mikrotik_routeros").secrets) == line


@pytest.mark.parametrize(
    "text",
    [
        "add name=vpn password=\\\n    Zx8kQm2vLt\n",
        'add name=vpn password="Zx8k\\\n    Qm2vLt"\n',
        "set ipsec-secret=Zx8kQm\\\n    2vLt use=yes\n",
    ],
)
def test_a_key_that_an_export_breaks_over_two_lines_is_replaced_whole(text: str) -> None:
    """Lines end at 80 characters, in the middle of a key too."""
    kept = redact(text, by_platform("mikrotik_routeros").secrets)
    assert "Zx8k" not in kept
    assert "2vLt" not in kept
    assert "<secret:" in kept


# ---- what several programs prove together ----


@pytest.mark.parametrize(
    ("version", "programs", "expected"),
    [
        ("7.16", {"ppp": 2}, 2),
        ("7.16", {"ppp": 0}, None),
        ("7.16", {"ppp": 0, "ipsec": 0, "wireguard": 0}, 0),
        ("6.49", {"ppp": 0, "ipsec": 0}, 0),
        ("7.16", {"ppp": 0, "ipsec": 0, "wireguard": 3}, 3),
        ("7.16", {}, None),
    ],
)
def test_nobody_is_told_only_where_every_program_was_heard(
    version: str, programs: dict[str, int], expected: int | None
) -> None:
    """A program that did not answer may serve somebody; those that did are at least there."""
    total = joins.total("now", shown.every_program)
    told = tuple(VpnService(name, now) for name, now in programs.items())
    value = total.make({facts.IDENTITY_OS_VERSION: version, facts.VPN_SERVICES: told})
    assert (None if isinstance(value, Absent) else value) == expected


def test_licence_levels_cap_tunnels_and_the_last_caps_none() -> None:
    """Level 4 allows 200 of a kind; level 6 any number."""
    assert shown.licence("  nlevel: 4\n").facts[facts.VPN_SESSIONS_LICENSED] == 200
    assert shown.licence("  nlevel: 6\n").missing[facts.VPN_SESSIONS_LICENSED].id == "gap.unlimited"


def test_a_route_that_its_gateway_does_not_reach_stands_by() -> None:
    """A is active; the status names the interface."""
    text = (
        " 0 A S  dst-address=0.0.0.0/0 gateway=192.0.2.1 gateway-status=192.0.2.1 reachable via  ether1 distance=1\n"
        " 1   S  dst-address=0.0.0.0/0 gateway=198.51.100.1 gateway-status=198.51.100.1 unreachable distance=2\n"
    )
    assert shown.routes(text).facts[facts.ROUTES_DEFAULT] == (
        Route("0.0.0.0/0", "ether1", "192.0.2.1", "static", 1, True),
        Route("0.0.0.0/0", ABSENT, "198.51.100.1", "static", 2, False),
    )


LISTED = """# 2024-03-01 10:00:00 by RouterOS 7.14
# model = RB4011iGS+
/interface ethernet
set [ find default-name=ether1 ] comment="Operator A" name=ether1-wan
/interface list
add name=WAN
add include=WAN name=OUTSIDE-ALL
add exclude=WAN include=OUTSIDE-ALL name=NOTHING
/interface list member
add interface=ether1-wan list=WAN
/ip address
add address=203.0.113.2/30 interface=ether1-wan
/ip firewall filter
add action=accept chain=input dst-port=22 in-interface-list=NOTHING protocol=tcp
add action=drop chain=input in-interface-list=OUTSIDE-ALL
/ip firewall nat
add action=dst-nat chain=dstnat dst-port=33890 in-interface-list=OUTSIDE-ALL \\
    protocol=tcp to-addresses=10.9.0.20 to-ports=3389
/ip route
add gateway=203.0.113.1
/system identity
set name=rtr
"""


def test_a_list_of_interfaces_includes_and_excludes_others() -> None:
    """What guards the wider list guards its members; what is published on it is published on them."""
    found = config.configuration(LISTED).facts
    assert [(row.service, row.to) for row in found[facts.FIREWALL_EXPOSED]] == [("rdp", "10.9.0.20")]
    assert found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == "no"
    assert found[facts.INTERFACES][0].alias == "Operator A"
