"""Answers that other boxes and versions of a platform give: what differs from the recorded ones is read the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import facts
from auditor.collectors.vendors import (
    asa_config,
    asa_lines,
    forti_shows,
    ios_shows,
    routeros_config,
    sonic_config,
    trees,
    vrp_shows,
    vyatta_vpn,
)
from auditor.collectors.vendors.blocks import fortios
from auditor.facts import Interface, Route
from auditor.seats.uplinks import uplinks
from auditor.values import ABSENT


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ("  Gi0/0                1 IPv4 110     0  N   Y  MASTER  192.0.2.2(local) 192.0.2.1", "active"),
        ("  Gi0/0.10             1 IPv4 110  3570  N   Y  BACKUP  192.0.2.3 192.0.2.1", "standby"),
    ],
)
def test_version_3_of_vrrp_writes_its_states_in_capitals(row: str, state: str) -> None:
    """Its heading is indented too."""
    head = "  Interface          Grp  A-F Pri  Time Own Pre State   Master addr/Group addr\n"
    assert ios_shows.standby(head + row + "\n").facts == {facts.HA_STATE: state}


def test_a_serial_number_ends_before_a_comma() -> None:
    """`Processor board ID FHK101010AB, with hardware revision 0000` of the 1800 series."""
    text = "Cisco IOS Software, C180X Software (C180X-ADVSECURITYK9-M), Version 12.4(6)T2, RELEASE SOFTWARE (fc1)\n"
    told = ios_shows.version(text + "Processor board ID FHK101010AB, with hardware revision 0000\n")
    assert told.facts[facts.IDENTITY_SERIAL] == "FHK101010AB"


def test_a_model_of_two_words_is_told_whole() -> None:
    """Huawei's ATN series."""
    text = (
        "VRP (R) software, Version 8.180 (ATN 910C-B V300R003C10SPC500)\n"
        "HUAWEI ATN 910C-B uptime is 3 days, 1 hour, 2 minutes\n"
    )
    told = vrp_shows.version(text).facts
    assert (told[facts.IDENTITY_MODEL], told[facts.IDENTITY_OS_VERSION]) == ("ATN 910C-B", "V300R003C10SPC500")
    assert told[facts.SYSTEM_UPTIME] == 3 * 86400 + 3720


def test_lines_that_end_in_both_signs_are_lines() -> None:
    """FortiOS 7.0 over some terminals."""
    text = "== [ wan ]\r\nname: wan   mode: static    ip: 192.0.2.1 255.255.255.0   status: up    type: physical\r\n"
    (row,) = forti_shows.interfaces(text).facts[facts.INTERFACES]
    assert (row.name, row.addresses, row.admin_up) == ("wan", ("192.0.2.1",), True)


def test_what_is_appended_stays_beside_what_was_set() -> None:
    """`append` adds to a list, `set` replaces it."""
    text = (
        'config firewall policy\nedit 1\nset srcintf "lan"\nappend srcintf "dmz"\nset dstintf "a"\nset dstintf "wan"\n'
    )
    tree, strange = fortios(text + "next\nend\n")
    row = tree.table("firewall policy").rows["1"]
    assert (row.settings["srcintf"], row.settings["dstintf"], strange) == (["lan", "dmz"], ["wan"], 0)


def test_a_remark_of_an_archive_is_no_statement() -> None:
    """Configuration archives put lines that begin with `!` before what they keep."""
    tree = trees.statements("!RANCID-CONTENT-TYPE: paloalto\n!\ndeviceconfig {\n  system {\n    hostname fw;\n  }\n}\n")
    assert (tree.root.value("deviceconfig", "system", "hostname"), tree.strange) == ("fw", 0)


def test_a_pair_that_lost_its_other_member_is_no_pair() -> None:
    """FortiOS 7.4 then tells no state of the configuration."""
    text = "HA Health Status: \n    WARNING: FG5H1E0000000000 has hbdev down; \nModel: FortiGate-501E\nMode: HA A-P\n"
    assert forti_shows.pair(text + "number of member: 1\n").facts == {facts.HA_STATE: "failed"}
    assert not forti_shows.pair(text + "number of member: 2\n").facts


ROUTED = """\
ASA Version 9.16(4)
hostname fw
interface GigabitEthernet0/0
 nameif outside
 security-level 0
interface GigabitEthernet0/1
 nameif backup
 security-level 0
class-map everything
 match any
class-map voice
 match dscp ef
policy-map line
 class voice
  police output 2000000
 class everything
  police input 100000000
  police output 20000000 1500
policy-map other
 class class-default
  shape average 5000000
service-policy line interface outside
service-policy other interface backup
route outside 0.0.0.0 0.0.0.0 203.0.113.1 1 track 1
route backup 0.0.0.0 0.0.0.0 198.51.100.1 254
ipv6 route outside ::/0 2001:db8::1
: end
"""
TABLE = """\
Codes: L - local, C - connected, S - static
Gateway of last resort is 203.0.113.1 to network 0.0.0.0

S*       0.0.0.0 0.0.0.0 [1/0] via 203.0.113.1, outside
C        203.0.113.0 255.255.255.0 is directly connected, outside
"""


def test_an_asa_tells_its_lines() -> None:
    """The waiting route, and the rates of all traffic: a class of a part says nothing of a line."""
    told = asa_config.configuration(ROUTED).facts
    assert [(row.interface, row.method, row.down_bps, row.up_bps) for row in told[facts.LINK_RATES]] == [
        ("outside", "policer", 100_000_000, ABSENT),
        ("outside", "policer", ABSENT, 20_000_000),
        ("backup", "shaper", ABSENT, 5_000_000),
    ]
    both = asa_lines.joined(told[facts.ROUTES_DEFAULT], asa_lines.shown(TABLE).facts[facts.ROUTES_DEFAULT])
    assert [(row.network, row.interface, row.active) for row in both] == [
        ("0.0.0.0/0", "outside", True),
        ("0.0.0.0/0", "backup", False),
        ("::/0", "outside", ABSENT),
    ]


@pytest.mark.parametrize("at", range(0, TABLE.index("S*"), 9))
def test_a_table_that_was_cut_off_proves_no_missing_route(at: int) -> None:
    """Its heading says that there is one."""
    assert not asa_lines.shown(TABLE[:at]).facts
    assert asa_lines.shown("Gateway of last resort is not set\n").facts == {facts.ROUTES_DEFAULT: ()}


DIALLED = """\
# 2026-11-20 10:00:00 by RouterOS 7.16
/ppp profile
add idle-timeout=30m local-address=10.9.0.1 name=people remote-address=remote session-timeout=12h
/ip pool
add name=remote ranges=10.9.0.10-10.9.0.99
/ip ipsec mode-config
add address-pool=remote name=road split-include=10.20.0.0/16,10.30.0.0/24
/interface l2tp-server server
set default-profile=people enabled=yes use-ipsec=required
/ppp secret
add name=a profile=people
/system identity
set name=rtr
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ("split", ("10.20.0.0/16", "10.30.0.0/24"), 1800, 43_200)),
        (" split-include=10.20.0.0/16,10.30.0.0/24", "", ("full", ABSENT, 1800, 43_200)),
        (" idle-timeout=30m", "", ("split", ("10.20.0.0/16", "10.30.0.0/24"), 0, 43_200)),
        ("address-pool=remote ", "", (ABSENT, ABSENT, 1800, 43_200)),
    ],
)
def test_a_mikrotik_tells_what_its_tunnels_carry_and_for_how_long(old: str, new: str, expected: object) -> None:
    """No `split-include` takes all traffic, and a profile without a limit never ends."""
    told = routeros_config.configuration(DIALLED.replace(old, new, 1)).facts
    keys = (facts.VPN_TUNNEL_MODE, facts.VPN_TUNNEL_ROUTES, facts.VPN_IDLE_TIMEOUT, facts.VPN_MAX_SESSION)
    assert tuple(told.get(key, ABSENT) for key in keys) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["interfaces openvpn vtun0 mode server", "interfaces openvpn vtun0 server push-route 10.20.0.0/16"],
         ("split", ("10.20.0.0/16",))),
        (["interfaces openvpn vtun0 mode server", "interfaces openvpn vtun0 server push-route 10.20.0.0/16",
          "interfaces openvpn vtun0 openvpn-option '--push redirect-gateway'"], ("full", ABSENT)),
        (["vpn openconnect authentication mode local"], ("full", ABSENT)),
        (["vpn openconnect network-settings push-route 10.20.0.0/16"], ("split", ("10.20.0.0/16",))),
        (["vpn l2tp remote-access authentication mode radius"], (ABSENT, ABSENT)),
    ],
)  # fmt: skip
def test_a_vyos_tells_what_its_tunnels_carry(lines: list[str], expected: object) -> None:
    """OpenConnect takes all where it pushes no route; what dials by PPP decides by itself."""
    root = trees.set_lines("".join(f"set {one}\n" for one in lines)).root
    told = vyatta_vpn.remote(root)
    assert (told.get(facts.VPN_TUNNEL_MODE, ABSENT), told.get(facts.VPN_TUNNEL_ROUTES, ABSENT)) == expected


def test_a_sonicwall_tells_the_default_route_of_each_line() -> None:
    """The gateway that is written, and the provider that hands one out; what is shut down has none."""
    text = (Path(__file__).parent / "recordings/sonicwall/7.0-gateway/show_current-config.txt").read_text()
    more = "interface X2\n    ip-assignment WAN dhcp\n        exit\n    exit\n\n"
    shut = "interface X3\n    ip-assignment WAN dhcp\n        exit\n    shutdown\n    exit\n\n"
    told = sonic_config.configuration(text.replace("address-object ipv4", f"{more}{shut}address-object ipv4", 1)).facts
    assert [(row.interface, row.gateway, row.protocol) for row in told[facts.ROUTES_DEFAULT]] == [
        ("X1", "203.0.113.14", "static"),
        ("X2", ABSENT, "dhcp"),
    ]


def test_a_route_of_the_configuration_is_that_of_the_agents_interface() -> None:
    """The agent calls X1 `X1 (WAN)`."""
    agent, written = (Interface("X1 (WAN)", admin_up=True),), (Interface("X1", admin_up=True),)
    rows = sonic_config.joined(agent, written)
    assert [row.name for row in rows] == ["X1 (WAN)"]
    (uplink,) = uplinks(rows, (Route("0.0.0.0/0", "X1", "203.0.113.14", "static"),))
    assert (uplink.interface, uplink.reason) == ("X1 (WAN)", "default_route")
