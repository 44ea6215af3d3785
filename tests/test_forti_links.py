"""FortiOS configurations: virtual domains, texts over several lines, interfaces, default routes, SD-WAN, pairs."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors import forti_shows
from auditor.collectors.vendors.blocks import fortios
from auditor.collectors.vendors.forti_config import configuration
from auditor.facts import Interface, LinkQuality, Route
from auditor.model import Key

HEAD = "#config-version=FGT60F-7.2.8-FW-build1639-240313:opmode=0:vdom={vdom}:user=audit\n"


def read(text: str, head: str = HEAD.format(vdom=0)) -> dict[Key[Any], Any]:
    told = configuration(head + text)
    assert told.unparsed == 0
    return dict(told.facts)


# ---- virtual domains ----

DOMAIN = """edit {name}
config firewall address
    edit "server"
        set subnet {host} 255.255.255.255
    next
end
config firewall vip
    edit "published"
        set extintf "{wan}"
        set portforward enable
        set mappedip "{host}"
        set extport {port}
        set mappedport {port}
    next
end
config firewall policy
    edit 1
        set srcintf "{wan}"
        set dstintf "any"
        set action accept
        set srcaddr "all"
        set dstaddr "published"
        set schedule "always"
        set service "ALL"
    next
    edit 2
        set srcintf "any"
        set dstintf "{wan}"
        set action accept
        set srcaddr "server"
        set dstaddr "all"
        set service "ALL"
        set nat enable
    next
end
config router static
    edit 1
        set gateway {hop}
        set device "{wan}"
    next
end
next
end
"""
DOMAINS = (
    """config vdom
edit root
next
edit SHOP
next
end
config global
config system global
    set hostname "fw"
end
config system interface
    edit "wan1"
        set vdom "root"
        set ip 203.0.113.2 255.255.255.252
        set role wan
    next
    edit "wan2"
        set vdom "SHOP"
        set ip 198.51.100.2 255.255.255.252
        set allowaccess ssh
        set role wan
    next
end
config system admin
    edit "admin"
        set password ENC <secret:hashed>
    next
end
end
config vdom
"""
    + DOMAIN.format(name="root", host="10.1.0.5", wan="wan1", port=3389, hop="203.0.113.1")
    + "config vdom\n"
    + DOMAIN.format(name="SHOP", host="10.2.0.5", wan="wan2", port=22, hop="198.51.100.1")
)


def test_names_mean_what_their_own_domain_says() -> None:
    """Both domains call their server by the same name, and number their policies from one."""
    found = read(DOMAINS, HEAD.format(vdom=1))
    assert [(rule.id, rule.source) for rule in found[facts.FIREWALL_RULES]] == [
        ("root/1", ("any",)),
        ("root/2", ("10.1.0.5",)),
        ("SHOP/1", ("any",)),
        ("SHOP/2", ("10.2.0.5",)),
    ]
    assert {(row.service, str(row.to), row.rule) for row in found[facts.FIREWALL_EXPOSED]} == {
        ("rdp", "10.1.0.5", "root/1"),
        ("ssh", "10.2.0.5", "SHOP/1"),
        ("ssh", "wan2", "allowaccess ssh"),
    }
    assert found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == "open"
    assert [(route.interface, route.gateway) for route in found[facts.ROUTES_DEFAULT]] == [
        ("wan1", "203.0.113.1"),
        ("wan2", "198.51.100.1"),
    ]


# ---- texts over several lines ----

BANNER = """config system replacemsg admin "post_admin-disclaimer-text"
    set buffer "Only for staff.
end
config system interface
    edit \\"wan9\\"
next
What you do is written down."
end
config system global
    set hostname "fw"
end
"""


def test_a_text_over_several_lines_is_one_value() -> None:
    """What a banner says is no configuration, be it written as one."""
    tree, strange = fortios(BANNER)
    assert strange == 0
    assert tree.table("system global").get("hostname") == "fw"
    assert not tree.table("system interface").rows


def test_a_quotation_that_never_closes_costs_its_line_alone() -> None:
    """An answer that was cut within a text is read as far as it goes."""
    tree, _ = fortios('config system global\n    set alias "never\n    set hostname "fw"\nend\n' + "x\n" * 50)
    assert "system global" in tree.tables


# ---- interfaces and routes ----

PORTS = """config system interface
    edit "wan1"
        set ip 203.0.113.2 255.255.255.252
        set type physical
        set alias "Operator A"
        set role wan
    next
    edit "wan2"
        set mode pppoe
        set type physical
        set distance 20
    next
    edit "lan.10"
        set interface "lan"
        set vlanid 10
        set ip 10.20.0.1 255.255.255.0
        config ipv6
            set ip6-address 2001:db8:20::1/64
        end
    next
    edit "spare"
        set status down
        set type physical
    next
end
"""
STATIC = """config router static
    edit 1
        set gateway 203.0.113.1
        set device "wan1"
    next
    edit 2
        set status disable
        set gateway 203.0.113.9
        set device "wan1"
    next
    edit 3
        set dst 10.0.0.0 255.0.0.0
        set blackhole enable
    next
end
"""
SDWAN = """config system sdwan
    set status enable
    config members
        edit 1
            set interface "wan1"
            set gateway 203.0.113.1
        next
        edit 2
            set interface "wan2"
        next
        edit 3
            set interface "spare"
            set status disable
        next
    end
    config health-check
        edit "Default_DNS"
            set system-dns enable
        next
        edit "Operator"
            set server "192.0.2.1" "192.0.2.2"
            set members 1 2
        next
    end
end
config router static
    edit 1
        set distance 1
        set sdwan-zone "virtual-wan-link"
    next
end
"""


def test_interfaces_carry_their_labels_states_and_addresses() -> None:
    """Of both versions of IP; one that is up says nothing of it."""
    found = {row.name: row for row in read(PORTS)[facts.INTERFACES]}
    assert found["wan1"] == Interface(
        "wan1", alias="Operator A", kind="ethernet", physical=True, addresses=("203.0.113.2",)
    )
    assert found["lan.10"].addresses == ("10.20.0.1", "2001:db8:20::1")
    assert (found["lan.10"].kind, found["spare"].admin_up) == ("vlan", False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STATIC, [("wan1", "203.0.113.1", "static", 10), ("wan2", None, "ppp", 20)]),
        (SDWAN, [("wan1", "203.0.113.1", "static", 1), ("wan2", None, "static", 1), ("wan2", None, "ppp", 20)]),
    ],
)
def test_default_routes_are_those_in_use_and_those_that_stand_by(text: str, expected: object) -> None:
    """Each member of SD-WAN is a way out; what is switched off, or leads nowhere, is none."""
    rows: tuple[Route, ...] = read(PORTS + text)[facts.ROUTES_DEFAULT]
    told = [
        (row.interface, row.gateway if isinstance(row.gateway, str) else None, row.protocol, row.metric) for row in rows
    ]
    assert told == expected


def test_probes_are_those_of_checks_with_members() -> None:
    """The factory's own checks have none, and measure nothing."""
    assert read(PORTS + SDWAN)[facts.LINK_QUALITY] == (
        LinkQuality("Operator 192.0.2.1"),
        LinkQuality("Operator 192.0.2.2"),
    )


@pytest.mark.parametrize(("mode", "expected"), [("", "standalone"), ("    set mode a-p\n", None)])
def test_a_box_without_a_cluster_stands_alone(mode: str, expected: str | None) -> None:
    """What a member of a cluster is now, no configuration says."""
    found = read(f"{PORTS}config system ha\n{mode}    set override disable\nend\n")
    assert found.get(facts.HA_STATE) == expected
    assert facts.HA_STATE not in configuration(PORTS[:-8]).facts


def test_without_an_outside_the_reason_is_told() -> None:
    """No role, route, name or address says which port faces the internet."""
    text = 'config system interface\n    edit "a"\n    next\nend\nconfig system global\nend\n'
    assert configuration(HEAD.format(vdom=0) + text).missing[facts.FIREWALL_EXPOSED].id == "gap.no_outside"


def test_the_address_of_a_port_is_not_that_of_its_management() -> None:
    """`get system interface` of 5.6 and later writes both on one line."""
    text = "name: wan1   management-ip: 10.9.9.9 255.255.255.0   ip: 203.0.113.2 255.255.255.252   status: up"
    told = forti_shows.interfaces(f"== [ wan1 ]\n{text}    type: physical\n")
    assert told.facts[facts.INTERFACES][0].addresses == ("203.0.113.2",)


SCHEDULES = """config firewall schedule onetime
    edit "old"
        set end 00:00 2021/01/01
    next
    edit "later"
        set end 00:00 2121/01/01
    next
end
config firewall schedule group
    edit "works"
        set member {members}
    next
end
config firewall policy
    edit 1
        set action accept
        set schedule "works"
    next
end
"""


@pytest.mark.parametrize(("members", "enabled"), [('"old"', False), ('"old" "later"', True), ('"old" "unknown"', True)])
def test_a_group_of_schedules_is_over_when_each_of_them_is(members: str, enabled: bool) -> None:
    """A rule for works that ended years ago lets nobody in."""
    (rule,) = read(SCHEDULES.format(members=members))[facts.FIREWALL_RULES]
    assert rule.enabled is enabled
