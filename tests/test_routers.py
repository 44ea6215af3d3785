"""What routers tell over SNMP beside the standard objects: policies, probes, sessions, redundancy."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from auditor import facts
from auditor.collectors.captures import open_capture
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import cisco_snmp, junos_snmp
from auditor.collectors.vendors.iftable import NAME
from auditor.collectors.vendors.lines import PING_ANSWERS, PING_RTT, PING_SENT, PINGS
from auditor.facts import LinkQuality, LinkRate
from auditor.values import ABSENT
from tests.replay import replay, told

Columns = dict[Oid, dict[Oid, SnmpValue]]

# ---- policies ----


def policy(direction: int, objects: dict[str, tuple[int, str, int]], **rates: dict[str, SnmpValue]) -> Columns:
    """Policy 16 on interface 1; `objects`: number -> (kind, configuration, parent)."""
    return {
        NAME: {"1": b"Gi0/0/0"},
        cisco_snmp.INTERFACE: {"16": 1},
        cisco_snmp.DIRECTION: {"16": direction},
        cisco_snmp.KIND: {f"16.{n}": kind for n, (kind, _, _) in objects.items()},
        cisco_snmp.CONFIG: {f"16.{n}": int(config) for n, (_, config, _) in objects.items()},
        cisco_snmp.PARENT: {f"16.{n}": parent for n, (_, _, parent) in objects.items()},
        **{getattr(cisco_snmp, name): dict(rows) for name, rows in rates.items()},
    }


# policy 1 > class-default 2 > shaper 3, and below it the nested policy 4 > class voice 5 > shaper 6
NESTED = {
    "1": (1, "100", 0), "2": (2, "200", 1), "3": (6, "300", 2), "4": (1, "101", 2), "5": (2, "201", 4),
    "6": (6, "301", 5),
}  # fmt: skip


def test_the_rate_of_a_link_is_the_outermost_shaper() -> None:
    """A class nested below has a share of it, not the link's rate."""
    columns = policy(2, NESTED, SHAPED={"300": 20_000_000, "301": 2_000_000}, CLASS_NAME={"200": b"class-default"})
    assert cisco_snmp.POLICIES.read(columns).facts == {
        facts.LINK_RATES: (LinkRate("Gi0/0/0", "shaper", up_bps=20_000_000),)
    }


def test_a_rate_beyond_32_bits_stands_in_the_wide_object() -> None:
    """5 Gbit/s does not fit into cbQosTSCfgRate."""
    columns = policy(2, NESTED, SHAPED={"300": 705_032_704}, SHAPED_64={"300": 5_000_000_000})
    (row,) = cisco_snmp.POLICIES.read(columns).facts[facts.LINK_RATES]
    assert row.up_bps == 5_000_000_000


def test_a_policer_on_the_way_in_holds_the_download() -> None:
    """Operators police what enters from the customer and shape what leaves."""
    columns = policy(1, {"1": (1, "100", 0), "2": (2, "200", 1), "3": (7, "400", 2)}, POLICED={"400": 50_000_000})
    (row,) = cisco_snmp.POLICIES.read(columns).facts[facts.LINK_RATES]
    assert (row.method, row.down_bps, row.up_bps) == ("policer", 50_000_000, ABSENT)


def test_two_classes_with_a_shaper_each_tell_no_rate_of_the_link() -> None:
    """Without a class-default above them nobody says what both may use together."""
    classes = {"1": (1, "100", 0), "2": (2, "200", 1), "3": (6, "300", 2), "4": (2, "201", 1), "5": (6, "301", 4)}
    columns = policy(2, classes, SHAPED={"300": 1_000_000, "301": 2_000_000})
    assert not cisco_snmp.POLICIES.read(columns).facts
    columns[cisco_snmp.CLASS_NAME] = {"201": b"class-default"}
    (row,) = cisco_snmp.POLICIES.read(columns).facts[facts.LINK_RATES]
    assert row.up_bps == 2_000_000


def test_objects_that_stand_in_one_another_end() -> None:
    """A parent that names its child would turn for ever."""
    loop = {"1": (6, "300", 2), "2": (2, "200", 1)}
    assert cisco_snmp.POLICIES.read(policy(2, loop, SHAPED={"300": 5})).facts


# ---- probes ----


def test_a_jitter_probe_tells_round_trip_jitter_and_loss() -> None:
    """Sum over count, packets lost both ways over packets sent."""
    columns: Columns = {
        cisco_snmp.PROBE: {"10": 9},
        cisco_snmp.TARGET: {"10": bytes([192, 0, 2, 1])},
        cisco_snmp.SENSE: {"10": 1},
        cisco_snmp.ANSWERS: {"10": 990},
        cisco_snmp.SUM: {"10": 19_800},
        cisco_snmp.LOST_OUT: {"10": 4},
        cisco_snmp.LOST_BACK: {"10": 6},
        cisco_snmp.JITTER: {"10": 3},
    }
    assert cisco_snmp.SLA.read(columns).facts[facts.LINK_QUALITY] == (LinkQuality("192.0.2.1", 20.0, 3.0, 1.0, "ok"),)
    columns[cisco_snmp.PRECISION] = {"10": 2}
    (row,) = cisco_snmp.SLA.read(columns).facts[facts.LINK_QUALITY]
    assert (row.rtt_ms, row.jitter_ms, row.loss_percent) == (0.02, 0.003, 1.0)


def test_an_echo_that_timed_out_has_no_round_trip() -> None:
    """Its completion time is that of the time-out; one lost probe is no share."""
    columns: Columns = {
        cisco_snmp.PROBE: {"1": 1, "2": 1},
        cisco_snmp.TAG: {"1": b"operator", "2": b""},
        cisco_snmp.TIME: {"1": 5000, "2": 12},
        cisco_snmp.SENSE: {"1": 4, "2": 1},
    }
    assert cisco_snmp.SLA.read(columns).facts[facts.LINK_QUALITY] == (
        LinkQuality("operator", state="timeout"),
        LinkQuality("2", 12.0, state="ok"),
    )


OWNER = "3.75.80.78.7.75.80.78.45.82.80.77"


def test_an_rpm_test_is_told_by_its_last_complete_run() -> None:
    """The run under way is not over; the total since the start is history. Averages come in microseconds."""
    columns: Columns = {
        junos_snmp.SENT: {f"{OWNER}.1": 3, f"{OWNER}.2": 5, f"{OWNER}.4": 41_653},
        junos_snmp.LOST: {f"{OWNER}.1": 33, f"{OWNER}.2": 20, f"{OWNER}.4": 0},
        junos_snmp.AVERAGE: {f"{OWNER}.2.1": 12_345, f"{OWNER}.2.2": 800},
    }
    probes = junos_snmp.TABLES[-1].read(columns)
    assert probes.facts[facts.LINK_QUALITY] == (LinkQuality("KPN/KPN-RPM", 12.345, 0.8, 20.0),)


def test_a_ping_series_tells_what_came_back() -> None:
    """DISMAN-PING-MIB counts; nothing sent is nothing measured."""
    row = "2.65.66.1.67"
    columns: Columns = {
        PING_SENT: {row: 20, "1.65.1.66": 0},
        PING_ANSWERS: {row: 19, "1.65.1.66": 0},
        PING_RTT: {row: 8},
    }
    assert PINGS.read(columns).facts[facts.LINK_QUALITY] == (LinkQuality("AB/C", 8.0, ABSENT, 5.0),)


# ---- redundancy, calls, configuration ----


def test_a_router_that_is_active_for_one_group_is_active() -> None:
    """Load is shared by making each the master of one group."""
    assert cisco_snmp.REDUNDANCY.read({cisco_snmp.HSRP: {"1.1": 6, "1.2": 5}}).facts == {facts.HA_STATE: "active"}
    assert cisco_snmp.REDUNDANCY.read({cisco_snmp.VRRP: {"1.1": 2}}).facts == {facts.HA_STATE: "standby"}
    assert not cisco_snmp.REDUNDANCY.read({cisco_snmp.HSRP: {"1.1": 1}}).facts


def test_two_legs_are_one_call() -> None:
    """A gateway holds both ends of each call."""
    found = cisco_snmp.CALLS.read({cisco_snmp.LEGS: {"2": 4, "7": 1}}).facts
    assert found[facts.TELEPHONY_CALLS_NOW] == 3
    assert [(row.kind, row.now) for row in found[facts.TELEPHONY_LEGS]] == [("sip", 4), ("telephony", 1)]


@pytest.mark.parametrize(("changed", "saved", "unsaved"), [(500, 400, True), (400, 500, False)])
def test_a_configuration_changed_after_it_was_saved_is_lost_at_the_next_start(
    changed: int, saved: int, unsaved: bool
) -> None:
    """Both times are in the device's own uptime."""
    found = cisco_snmp.COUNTS.read({cisco_snmp.CHANGED: changed, cisco_snmp.SAVED: saved}).facts
    assert found[facts.CONFIG_UNSAVED] is unsaved


def test_a_configuration_never_saved_since_the_start_tells_nothing() -> None:
    """0 is "not since the start"; loading it changed it."""
    assert not cisco_snmp.COUNTS.read({cisco_snmp.CHANGED: 900, cisco_snmp.SAVED: 0}).facts


# ---- the large recordings beside the project ----

OURS = (
    "ios_ir809", "iosxe_isr4321", "iosxe_c1100tgx", "routeros_rb750gr3", "routeros_rb5009upr+s+",
    "oneaccess_oneaccess-lte", "oneaccess_oneaccess-sdsl", "teldat", "teldat_teldatvdsl2", "draytek_vdsl",
    "vrp_ar169sfp", "edgeos", "pepwave", "zyxelac_xmg3927", "zywall_usg40w", "lcos_oap-321", "rutos-rutx_rutx11",
    "vyatta-unknown", "bintec-beip-plus",
)  # fmt: skip
MORE = {"oneaccess_oneaccess-sdsl": "One300", "rutos-rutx_rutx11": "RUTX11"}
"""Models that the recording tells and its row does not: of the chassis, and of the product code."""


@pytest.mark.parametrize("name", OURS)
async def test_a_real_router_is_who_its_row_says(name: str, shared: Path) -> None:
    """Vendor, model and version of the list of recordings; where the row has none, there is none or more is told."""
    with (shared / "recordings" / "snmp" / "MANIFEST.csv").open(encoding="utf-8") as lines:
        row = next(row for row in csv.DictReader(lines) if row["file"] == f"{name}.snmprec")
    found = told(await replay(open_capture(shared / "recordings" / "snmp" / f"{name}.snmprec"), name))["facts"]
    assert found["identity.vendor"] == row["vendor"]
    assert found.get("identity.model", "") == MORE.get(name, row["model"])
    assert found.get("identity.os_version", "") == row["os_version"]
    if row["has_vpn_sessions"] == "no":
        assert not [key for key in found if key.startswith("vpn.sessions")]


async def test_the_counts_of_the_list_are_told_exactly(shared: Path) -> None:
    """SpeedFusion tunnels, call legs, DSL rates."""

    async def of(name: str) -> dict[str, object]:
        return dict(told(await replay(open_capture(shared / "recordings" / "snmp" / f"{name}.snmprec")))["facts"])

    assert (await of("pepwave"))["vpn.tunnels.now"] == 1
    legs = (await of("iosxe_isr4321"))["telephony.legs"]
    assert [row["now"] for row in legs] == [0, 2, 0, 0, 0, 0, 0]  # type: ignore[attr-defined]
    assert (await of("draytek_vdsl"))["link.rates"] == [
        {"interface": "VDSL 08-0B-00-0F-00-07", "method": "dsl", "down_bps": 110_162_000, "up_bps": 33_029_000}
    ]
    assert (await of("zywall_usg40w"))["firewall.sessions.now"] == 872
