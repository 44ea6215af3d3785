"""rtr-rennes: the operator's access router, a Cisco ISR4321, over SNMPv3."""

from __future__ import annotations

from typing import Final

from auditor.demo.mib import Port, Tree, chassis, column, default_route, interfaces, system

DOWN_BPS: Final = 10_100_000
UP_BPS: Final = 8_000_000
WAN: Final = 1

DESCRIPTION: Final = (
    "Cisco IOS Software [Bengaluru], ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.6.5,"
    " RELEASE SOFTWARE (fc2)\r\nTechnical Support: http://www.cisco.com/techsupport\r\n"
    "Copyright (c) 1986-2023 by Cisco Systems, Inc.\r\nCompiled Wed 25-Jan-23 16:15 by mcpre"
)

PORTS: Final = (
    Port(
        WAN,
        "Gi0/0",
        "GigabitEthernet0/0",
        speed_bps=100_000_000,
        alias="WAN FTTO 20M",
        in_bps=DOWN_BPS,
        out_bps=UP_BPS,
        errors=14,
        discards=3,
        addresses={"198.51.100.2": "255.255.255.252"},
    ),
    Port(
        2,
        "Gi0/1",
        "GigabitEthernet0/1",
        alias="LAN fw-rennes outside",
        in_bps=UP_BPS + 24_000,
        out_bps=DOWN_BPS + 24_000,
        discards=1,
        addresses={"203.0.113.1": "255.255.255.248"},
    ),
    Port(3, "Gi0", "GigabitEthernet0", up=False, enabled=False),
    Port(4, "Nu0", "Null0", kind=1, speed_bps=10_000_000_000, physical=False),
    Port(
        5,
        "Lo0",
        "Loopback0",
        kind=24,
        speed_bps=8_000_000_000,
        physical=False,
        addresses={"192.0.2.254": "255.255.255.255"},
    ),
)


def tree() -> Tree:
    """What the router's agent tells."""
    return {
        **system(DESCRIPTION, "1.3.6.1.4.1.9.1.2093", "rtr-rennes", "Rennes, operator's cabinet"),
        **interfaces(PORTS),
        **default_route(WAN, "198.51.100.1"),
        **chassis("Cisco ISR4321 Chassis", "ISR4321/K9", "FDO2134RN21", "17.6.5"),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.2", "integer", {7: 1}),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.6", "gauge", {7: 17}),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.7", "gauge", {7: 15}),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.8", "gauge", {7: 14}),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.12", "gauge", {7: 1_843_212}),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.13", "gauge", {7: 2_120_640}),
    }
