"""Which interface is the internet link: the default route, a label, an address, a kind of line; never the fastest."""

from __future__ import annotations

import pytest

from auditor import facts
from auditor.collectors.captures import Capture, Recording
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import iftable
from auditor.facts import Interface, Route, Uplink
from auditor.seats.uplinks import named, routed, uplinks
from auditor.values import ABSENT
from tests.replay import replay, told

LAN = Interface("Gi0/1", index=2, kind="ethernet", speed_bps=10_000_000_000, oper_up=True)
WAN = Interface("Gi0/0", index=1, kind="ethernet", speed_bps=100_000_000, oper_up=True)


def table(rows: dict[str, dict[str, SnmpValue]]) -> dict[Oid, dict[Oid, SnmpValue]]:
    """Columns by root, rows by index, as a walk gives them."""
    return {root: dict(values) for root, values in rows.items()}


PORTS: dict[Oid, dict[Oid, SnmpValue]] = {
    iftable.NAME: {"1": b"eth0", "2": b"eth1"},
    iftable.TYPE: {"1": 6, "2": 6},
    iftable.HIGH_SPEED: {"1": 100, "2": 10_000},
    iftable.ADDRESS_INDEX: {"198.51.100.2": 1, "10.20.0.1": 2},
    iftable.ADDRESS_MASK: {"198.51.100.2": "255.255.255.252", "10.20.0.1": "255.255.0.0"},
}


def test_the_fastest_port_is_no_reason() -> None:
    """Two ports without any clue have no uplink, however fast one of them is."""
    assert uplinks((WAN, LAN), ()) == ()


def test_the_default_route_comes_before_a_label_and_an_address() -> None:
    """A label is what somebody once wrote; the route is what packets do."""
    labelled = Interface("Gi0/1", alias="WAN old fibre", addresses=("192.0.2.9",), oper_up=True)
    found = uplinks((WAN, labelled), (Route("0.0.0.0/0", "Gi0/0", "198.51.100.1"),))
    assert found == (Uplink("Gi0/0", "default_route", "198.51.100.1"),)


def test_a_label_comes_before_an_address() -> None:
    """Without a route, what the operator wrote counts before an address that happens to be public."""
    labelled = Interface("Gi0/0", alias="WAN:1686684:Geneve", oper_up=True)
    public = Interface("Gi0/1", addresses=("8.8.8.8",), oper_up=True)
    assert uplinks((public, labelled), ()) == (Uplink("Gi0/0", "label"),)
    assert uplinks((public,), ()) == (Uplink("Gi0/1", "address"),)


def test_a_public_address_of_the_site_itself_is_inside() -> None:
    """Networks that the site file calls its own lead nowhere."""
    public = Interface("Gi0/1", addresses=("8.8.8.8",), oper_up=True)
    assert uplinks((public,), (), ("8.8.8.0/24",)) == ()


def test_a_kind_of_line_that_is_only_ever_a_wan_is_the_last_clue() -> None:
    """A modem or a dialled session is no LAN."""
    radio = Interface("qmimux0", kind="cellular", oper_up=True)
    assert uplinks((LAN, radio), ()) == (Uplink("qmimux0", "kind"),)


@pytest.mark.parametrize("alias", ["LAN client", "SIP-TRUNK to operator", "*** LAN CLIENT *** uplink"])
def test_a_label_that_also_names_the_inside_is_no_clue(alias: str) -> None:
    """`ORCH=CLIENT *** LAN CLIENT ***` is written on ports of routers that operators manage."""
    assert uplinks((Interface("Gi0/1", alias=alias, oper_up=True),), ()) == ()


def test_a_port_that_is_down_is_no_uplink() -> None:
    """A name such as WAN1 on a dead port says nothing about today."""
    assert uplinks((Interface("WAN 1", oper_up=False), Interface("WAN 2", admin_up=False)), ()) == ()


def test_of_a_port_and_the_session_that_dials_over_it_the_session_counts() -> None:
    """The dialler holds the address and the traffic of the link."""
    rows = (
        Interface("Gi0/0/4", alias="FTTH link", oper_up=True),
        Interface("Dialer1", kind="ppp", oper_up=True, addresses=("192.0.2.3",)),
    )
    assert uplinks(rows, ()) == (Uplink("Dialer1", "label"),)


def test_two_default_routes_are_two_uplinks_the_one_in_use_first() -> None:
    """A standby route is kept, behind the one that carries traffic."""
    routes = (
        Route("0.0.0.0/0", "eth1", "203.0.113.1", active=False),
        Route("0.0.0.0/0", "eth0", "198.51.100.1", active=True),
    )
    assert [one.interface for one in uplinks((), routes)] == ["eth0", "eth1"]


def test_a_default_route_of_the_other_version_does_not_hide_ipv4() -> None:
    """Kernels keep a ::/0 that leads nowhere."""
    routes = (Route("::/0", "dummy0"), Route("0.0.0.0/0", "eth0"))
    assert [one.interface for one in uplinks((), routes)] == ["eth0"]
    assert [one.interface for one in uplinks((), routes[:1])] == ["dummy0"]


def test_short_and_long_names_are_one_interface() -> None:
    """ifName, ifDescr and a configuration spell the same port in three ways."""
    row = Interface("Gi0/0/0", description="GigabitEthernet0/0/0")
    assert named(row, "GigabitEthernet0/0/0")
    assert named(row, "gi0/0/0")
    assert not named(row, "Gi0/0/1")
    assert routed((row,), (Route("0.0.0.0/0", "GigabitEthernet0/0/0"),))[0].default_route is True


# ---- the three route tables ----

ROUTE_TABLES: list[tuple[str, dict[Oid, dict[Oid, SnmpValue]]]] = [
    ("inetCidrRouteTable", {iftable.NEW_INDEX: {"2.0.0.1.4.198.51.100.1": 1}}),
    ("inetCidrRouteTable without a policy", {iftable.NEW_INDEX: {"0.1.4.198.51.100.1": 1}}),
    ("ipCidrRouteTable", {iftable.OLD_INDEX: {"0.198.51.100.1": 1}}),
    ("ipRouteTable", {iftable.FIRST_INDEX: {"0": 1}, iftable.FIRST_HOP: {"0": "198.51.100.1"}}),
    ("an ifIndex of 0: the gateway's network tells", {iftable.OLD_INDEX: {"0.198.51.100.1": 0}}),
]


@pytest.mark.parametrize(("name", "routes"), ROUTE_TABLES, ids=[name for name, _ in ROUTE_TABLES])
def test_each_route_table_tells_the_same(name: str, routes: dict[Oid, dict[Oid, SnmpValue]]) -> None:
    """Agents answer one of three tables, new, old or first."""
    found = iftable.read(table({**PORTS, **routes})).facts
    (route,) = found[facts.ROUTES_DEFAULT]
    assert (route.interface, route.gateway) == ("eth0", "198.51.100.1")
    assert [row.default_route for row in found[facts.INTERFACES]] == [True, False]


def test_a_route_that_discards_is_none() -> None:
    """0.0.0.0/0 to Null0 is a way to drop traffic, not to reach the internet."""
    routes: dict[Oid, dict[Oid, SnmpValue]] = {
        iftable.NEW_INDEX: {"0.0.0": 1, "0.1.4.198.51.100.1": 1},
        iftable.NEW_TYPE: {"0.0.0": 5, "0.1.4.198.51.100.1": 4},
    }
    found = iftable.read(table({**PORTS, **routes})).facts
    assert [route.gateway for route in found[facts.ROUTES_DEFAULT]] == ["198.51.100.1"]


def test_of_two_metrics_the_lower_is_in_use() -> None:
    """A floating route with a worse metric stands by."""
    routes: dict[Oid, dict[Oid, SnmpValue]] = {
        iftable.OLD_INDEX: {"0.198.51.100.1": 1, "0.10.20.0.254": 2},
        iftable.OLD_METRIC: {"0.198.51.100.1": 1, "0.10.20.0.254": 200},
    }
    found = iftable.read(table({**PORTS, **routes})).facts[facts.ROUTES_DEFAULT]
    assert [(route.interface, route.active) for route in found] == [("eth0", True), ("eth1", False)]


def test_without_any_route_nothing_is_said_of_the_rows() -> None:
    """No route told is not "no default route here"."""
    found = iftable.read(table(PORTS)).facts
    assert facts.ROUTES_DEFAULT not in found
    assert all(row.default_route is ABSENT for row in found[facts.INTERFACES])


@pytest.mark.parametrize("row", ["", "9", "2.0.0", "1.4.300.1.1.1", "0.1.4.1", "0.2.16." + "1." * 15 + "1"])
def test_a_broken_route_index_is_no_gateway(row: str) -> None:
    """Indices come from agents that count wrongly."""
    found = iftable.read(table({**PORTS, iftable.NEW_INDEX: {row: 1}, iftable.OLD_INDEX: {row: 1}})).facts
    assert all(route.gateway is ABSENT for route in found[facts.ROUTES_DEFAULT])


async def test_the_reason_is_shown_with_the_device() -> None:
    """What reads one device shows its uplink and why."""
    values: dict[Oid, SnmpValue] = {
        "1.3.6.1.2.1.1.1.0": b"some router",
        f"{iftable.NAME}.1": b"eth0",
        f"{iftable.NAME}.2": b"eth1",
        f"{iftable.OLD_INDEX}.0.198.51.100.1": 1,
    }
    device = await replay(Capture(recordings=(Recording(values),)))
    assert told(device)["facts"]["link.uplinks"] == [
        {"interface": "eth0", "reason": "default_route", "gateway": "198.51.100.1"}
    ]
