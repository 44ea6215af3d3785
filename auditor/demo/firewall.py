"""fw-rennes: the firewall that ends the VPN, a Cisco ASA; SNMPv2c, and a command line whose texts are captures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from auditor.demo.mib import Port, Tree, chassis, column, interfaces, scalars, system
from auditor.demo.router import DOWN_BPS, UP_BPS

SESSIONS: Final = 8
PEAK: Final = 34
PLATFORM: Final = 250
CONNECTIONS: Final = 9_100
CONNECTIONS_PEAK: Final = 12_000

_CRAS: Final = "1.3.6.1.4.1.9.9.392.1"  # CISCO-REMOTE-ACCESS-MONITOR-MIB
_CFW: Final = "1.3.6.1.4.1.9.9.147.1.2"  # CISCO-FIREWALL-MIB

PORTS: Final = (
    Port(2, "management", "Adaptive Security Appliance 'management' interface", up=False, enabled=False),
    Port(
        3,
        "outside",
        "Adaptive Security Appliance 'outside' interface",
        alias="Operator router rtr-rennes",
        in_bps=DOWN_BPS + 24_000,
        out_bps=UP_BPS + 24_000,
        addresses={"203.0.113.2": "255.255.255.248"},
    ),
    Port(
        4,
        "inside",
        "Adaptive Security Appliance 'inside' interface",
        alias="LAN core switch",
        in_bps=6_400_000,
        out_bps=8_000_000,
        addresses={"10.20.0.1": "255.255.0.0"},
    ),
)


def tree() -> Tree:
    """What the firewall's agent tells."""
    return {
        **system(
            "Cisco Adaptive Security Appliance Version 9.14(4)24",
            "1.3.6.1.4.1.9.1.2122",
            "fw-rennes",
            "Rennes, server room",
        ),
        **interfaces(PORTS),
        **chassis("ASA 5508-X with FirePOWER services, 8GE, AC, DES", "ASA5508", "JAD2231RN08", "9.14(4)24"),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.7", "gauge", {1: 30}),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.8", "gauge", {1: 30}),
        **_failover(),
        **_remote_access(),
        **column(f"{_CFW}.2.2.1.5.40", "gauge", {6: CONNECTIONS, 7: CONNECTIONS_PEAK}),
    }


def _failover() -> Tree:
    """Failover is off: both units of cfwHardwareStatusTable say down, and why."""
    names = {4: "Failover LAN Interface", 6: "Primary unit (this device)", 7: "Secondary unit"}
    details = {4: "not Configured", 6: "Failover Off", 7: "Failover Off"}
    return {
        **column(f"{_CFW}.1.1.1.2", "octets", names),
        **column(f"{_CFW}.1.1.1.3", "integer", dict.fromkeys(names, 3)),
        **column(f"{_CFW}.1.1.1.4", "octets", details),
    }


def _remote_access() -> Tree:
    idle = (26, 28, 29, 31, 32, 34, 38, 40)  # IPsec clients, site to site, load balancing, clientless
    gauges = {1: SESSIONS, 3: SESSIONS, 35: SESSIONS, 37: PEAK, 41: PEAK, **dict.fromkeys(idle, 0)}
    return {
        **scalars("integer", {f"{_CRAS}.1.1.0": PLATFORM, f"{_CRAS}.1.2.0": 0}),
        **scalars("gauge", {f"{_CRAS}.3.{number}.0": value for number, value in gauges.items()}),
        **scalars("counter32", {f"{_CRAS}.3.2.0": 2_308}),
    }


def captures(community: str, now: dt.datetime) -> Mapping[str, str]:
    """The text of each command by the command; the configuration was last changed twelve days ago."""
    changed = f"{now - dt.timedelta(days=12):%a %b %d %Y}"
    folder = files("auditor.demo") / "captures" / "fw-rennes"
    found = {}
    for entry in folder.iterdir():
        text = entry.read_text(encoding="utf-8").replace("<community>", community).replace("<changed>", changed)
        found[entry.name.removesuffix(".txt").replace("_", " ")] = text
    return found
