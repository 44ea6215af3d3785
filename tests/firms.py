"""The four firms of tests/sites: their site files, and the devices of the one that has done it all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from auditor import facts
from auditor.audit import judge
from auditor.facts import (
    Accounts,
    Authentication,
    Endpoint,
    Exposed,
    Interface,
    LinkQuality,
    LinkRate,
    Pool,
    Proposal,
    Rule,
    Trunk,
)
from auditor.model import Audit, Device, Key, Reading
from auditor.site import Role
from auditor.visit import open_site

AT: Final = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.timezone(dt.timedelta(hours=1)))
SITES: Final = Path(__file__).parent / "sites"
NAMES: Final = ("cloud", "hybrid", "nothing", "perfect")

_HYGIENE: Final[dict[Key[Any], Any]] = {
    facts.ACCESS_TELNET: False,
    facts.ACCESS_HTTP: False,
    facts.ACCESS_SNMP: ("v3-authpriv",),
    facts.ACCESS_SSH_VERSION: "2",
    facts.ACCESS_SSH_ALGORITHMS: ("curve25519-sha256", "aes256-gcm@openssh.com", "ssh-ed25519"),
    facts.ACCESS_MANAGEMENT_FROM_INTERNET: "no",
    facts.ACCESS_LOCAL_USERS: (Accounts(1, 0),),
    facts.ACCESS_CENTRAL_AUTHENTICATION: "tacacs+",
    facts.ACCESS_LOGGING: ("10.60.0.9",),
    facts.CONFIG_UNSAVED: False,
}
_WAN: Final = Interface(
    "Gi0/0", 1, oper_up=True, speed_bps=1_000_000_000, default_route=True,
    in_errors=0, in_discards=0, in_packets=10**9, out_errors=0, out_discards=0, out_packets=10**9,
)  # fmt: skip


def _router(rate: int) -> dict[Key[Any], Any]:
    return {
        facts.INTERFACES: (_WAN,),
        facts.LINK_RATES: (LinkRate("Gi0/0", "shaper", rate, rate),),
        facts.LINK_QOS: "priority+shaper",
        facts.LINK_QUALITY: (LinkQuality("operator's edge", 8.0, 1.0, 0.0),),
    }


def _rule(id: str, group: str, port: str) -> Rule:
    return Rule(
        id, "permit", enabled=True, from_=("vpn",), source=(group,), destination=(f"srv-{group}",), services=(port,),
        logged=True, hits=900, profiles=("ips", "antivirus"),
    )  # fmt: skip


_GATEWAY: Final[dict[Key[Any], Any]] = {
    facts.VPN_SESSIONS_NOW: 9,
    facts.VPN_SESSIONS_PEAK: 104,
    facts.VPN_SESSIONS_LICENSED: 250,
    facts.VPN_SESSIONS_PLATFORM_MAX: 500,
    facts.VPN_POOLS: (Pool("remote", "10.61.0.1", "10.61.0.254", addresses=254),),
    facts.VPN_PROPOSALS: (
        Proposal("remote", "ikev2", ("aes-256-gcm",), (), (20, 31), 20, 28_800),
        Proposal("remote", "ikev2", ("aes-256-gcm",), (), pfs=20, lifetime_s=3600),
    ),
    facts.VPN_AUTHENTICATION: (
        Authentication("staff", ("certificate", "ldap")),
        Authentication("it", ("certificate", "ldap")),
    ),
    facts.VPN_TUNNEL_MODE: "selective",
    facts.VPN_TRANSPORTS: ("udp", "nat-t", "tcp"),
    facts.VPN_TLS_MINIMUM: "tlsv1.2",
    facts.VPN_MSS: 1360,
    facts.VPN_IDLE_TIMEOUT: 1200,
    facts.VPN_MAX_SESSION: 36_000,
    facts.FIREWALL_SESSIONS_PEAK: 20_000,
    facts.FIREWALL_SESSIONS_MAX: 500_000,
    facts.FIREWALL_EXPOSED: (Exposed("vpn", from_="any"), Exposed("https", from_="any")),
    facts.FIREWALL_RULES: (_rule("10", "staff", "tcp/443"), _rule("20", "it", "tcp/22")),
    facts.SYSTEM_CPU: 22.0,
    facts.SYSTEM_MEMORY: 41.0,
    facts.IDENTITY_PLATFORM: "fortinet",
    facts.IDENTITY_OS_VERSION: "v7.6.4,build3596",
}
_PHONES: Final[dict[Key[Any], Any]] = {
    facts.TELEPHONY_ENDPOINTS: tuple(
        Endpoint(f"p{n:03}", "softphone", registered=True, from_inside=False, transport="tls",
                 media_encryption="sdes", codecs=("opus", "alaw"), forwarded=False)
        for n in range(96)
    ),
    facts.TELEPHONY_TRUNKS: (Trunk("operator", "sip", True, 60),),
    facts.TELEPHONY_CALLS_MAX: 200,
}  # fmt: skip


def _device(name: str, role: Role, told: Mapping[Key[Any], Any], pair: str = "") -> Device:
    saved = {facts.CONFIG_SAVED_AT: AT - dt.timedelta(days=1)} if role is not Role.UPS else {}
    readings = tuple(Reading(key, value, name, AT, (f"show {key.name}",)) for key, value in (told | saved).items())  # type: ignore[operator]
    return Device(name, role, f"{name}:161", pair=pair, readings=readings)


def devices() -> tuple[Device, ...]:
    """What the devices of the perfect firm tell."""
    return (
        _device("rtr-1", Role.ROUTER, _router(500_000_000) | _HYGIENE),
        _device("rtr-2", Role.ROUTER, _router(200_000_000) | _HYGIENE),
        _device("fw-1", Role.FIREWALL, _GATEWAY | _HYGIENE | {facts.HA_STATE: "active"}, "fw-2"),
        _device("fw-2", Role.FIREWALL, _GATEWAY | _HYGIENE | {facts.HA_STATE: "standby"}, "fw-1"),
        _device("pbx-1", Role.PBX, _PHONES | _HYGIENE),
        _device("ups-1", Role.UPS, {facts.UPS_MINUTES: 62.0, facts.UPS_LOAD: 31.0}),
    )


@cache
def audit(name: str) -> Audit:
    """The audit of one of the firms, on a fixed day."""
    site, _ = open_site(SITES / f"{name}.toml")
    return judge(site, devices() if name == "perfect" else (), id=name, at=AT, window=60)
