"""Whole audits for the tests of screens and reports: the worked site of the domain model, a dark one, a perfect one.

Devices, evidence and findings are written by hand; seats, score, waterfall and plan are computed from them, so the
numbers agree with one another. Nothing here reads a clock or a file but the test vectors.
"""
# ruff: noqa: E501 - one target, one finding on one line: they are read as tables

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any, Final

from auditor import facts
from auditor.capacity import assess
from auditor.model import (
    Audit,
    Device,
    Evidence,
    Figure,
    Finding,
    Gap,
    Key,
    NotMeasured,
    Outcome,
    Reading,
    Severity,
    Source,
    Unparsed,
)
from auditor.plan import Judged, draw
from auditor.scoring import score
from auditor.site import Declared, Link, People, Role, Site, SnmpAccess, SshAccess, Target, Tunnel
from auditor.values import ABSENT, Message, Value
from tests.worked import MEASURED, unknown, worked

AT: Final = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.timezone(dt.timedelta(hours=1)))
START: Final = dt.date(2026, 12, 1)
DAY: Final = dt.date(2026, 11, 20)

SITE: Final = Site(
    name="Atelier Rennes",
    client="Atelier SA",
    people=People(
        120,
        110,
        Fraction(1),
        {"office": Fraction(60, 100), "vdi": Fraction(25, 100), "files": Fraction(15, 100)},
        Fraction(40, 100),
        Fraction(80, 100),
    ),
    language="fr",
    timezone="Europe/Paris",
    networks=("10.20.0.0/16",),
    links=(
        Link(
            "main",
            "rtr-rennes",
            "GigabitEthernet0/0",
            medium="ftto",
            committed_down_bps=20_000_000,
            committed_up_bps=20_000_000,
            repair_hours=4,
        ),
    ),
    targets=(
        Target("rtr-rennes", "127.10.20.1", Role.ROUTER, snmp=SnmpAccess("3", "snmp-rtr", 1161, "audit", "sha256", "aes128")),
        Target("fw-rennes", "127.10.20.2", Role.FIREWALL, snmp=SnmpAccess("2c", "snmp-fw", 1161), ssh=SshAccess("audit", "ssh-fw", 1022)),
        Target("pbx-rennes", "127.10.20.3", Role.PBX, snmp=SnmpAccess("2c", "snmp-pbx", 1161), ssh=SshAccess("audit", "ssh-pbx", 1022)),
        Target("ups-rennes", "127.10.20.4", Role.UPS, snmp=SnmpAccess("2c", "snmp-ups", 1161)),
    ),
    tunnel=Tunnel("full"),
    declared={
        "vpn.crypto_bps": Declared(150_000_000, "data sheet", DAY, "sheet-asa.pdf"),
        "homes.share": Declared(Fraction(82, 100), "staff survey", DAY, "survey.csv"),
        "people.equipment": Declared(110, "IT manager", DAY),
        "telephony.channels.max": Declared(15, "operator's bill", DAY, "bill-2026-10.pdf"),
        "hosts.vcpu": Declared(16, "IT manager", DAY),
        "nat.addresses": Declared(1, "IT manager", DAY),
    },
    answers={"ACC-008": Declared("partial", "IT manager", DAY), "TEL-012": Declared("good", "operator", DAY, "contract.pdf")},
    plan_start=START,
)  # fmt: skip

_SOURCES: Final[Mapping[str, str]] = {
    "link.main.used_down_bps": "rtr-rennes: ifHCInOctets.1 (1.3.6.1.2.1.31.1.1.1.6.1)",
    "link.main.used_up_bps": "rtr-rennes: ifHCOutOctets.1 (1.3.6.1.2.1.31.1.1.1.10.1)",
    "link.main.sessions": "fw-rennes: show vpn-sessiondb license-summary",
    "vpn.sessions.now": "fw-rennes: show vpn-sessiondb license-summary",
    "vpn.sessions.licensed": "fw-rennes: show vpn-sessiondb license-summary",
    "vpn.sessions.platform_max": "fw-rennes: 1.3.6.1.4.1.9.9.392.1.1.1.0",
    "vpn.pool.addresses": "fw-rennes: show running-config ip local pool",
    "tunnel.mode": "fw-rennes: show running-config group-policy",
    "firewall.sessions.max": "fw-rennes: show resource usage resource conns",
    "firewall.sessions.peak": "fw-rennes: show resource usage resource conns",
    "telephony.softphones": "pbx-rennes: asterisk -rx 'pjsip show contacts'",
    "telephony.phones_at_home": "pbx-rennes: asterisk -rx 'pjsip show contacts'",
    "telephony.forwards": "pbx-rennes: asterisk -rx 'database show CF'",
}


@cache
def _figures() -> dict[str, Figure]:
    """The inputs of the worked site, each with what it rests on."""
    found = worked()
    window = Message("note.window", {"seconds": 60, "interface": "GigabitEthernet0/0", "at": AT})
    for name, source in _SOURCES.items():
        note = window if name.endswith(("used_down_bps", "used_up_bps")) else None
        found[name] = replace(found[name], sources=(source,), note=note)
    for name, said in SITE.declared.items():
        found[name] = replace(found[name], sources=(f"{said.by}, {said.document}" if said.document else said.by,))
    return found


# ---- devices ----


def _reading(key: Key[Any], value: Any, device: str, source: str, seconds: int = 0) -> Reading[Any]:
    return Reading(key, value, device, AT + dt.timedelta(seconds=seconds), (source,))


def _evidence(device: str, method: str, request: str, text: str, seconds: int = 0) -> Evidence:
    data = text.encode()
    return Evidence(
        device, method, request, AT + dt.timedelta(seconds=seconds), 0.12, len(data), hashlib.sha256(data).hexdigest(), text
    )  # fmt: skip


def _router() -> Device:
    name = "rtr-rennes"
    interface = facts.Interface(
        "GigabitEthernet0/0", 1, "WAN FTTO 20M", "ethernetCsmacd", True, True, True, 100_000_000,
        10_100_000, 8_000_000, 10_100_000, 8_000_000, 60.0, 0, 0, 0, 0, addresses=("203.0.113.2",), default_route=True,
    )  # fmt: skip
    return Device(
        name,
        Role.ROUTER,
        "127.10.20.1",
        "cisco_ios",
        readings=(
            _reading(facts.IDENTITY_VENDOR, "Cisco", name, "1.3.6.1.2.1.1.1.0"),
            _reading(facts.IDENTITY_PLATFORM, "cisco_xe", name, "1.3.6.1.2.1.1.1.0"),
            _reading(facts.IDENTITY_MODEL, "ISR4321/K9", name, "1.3.6.1.2.1.47.1.1.1.1.13.1"),
            _reading(facts.IDENTITY_OS_VERSION, "17.9.4a", name, "1.3.6.1.2.1.1.1.0"),
            _reading(facts.SYSTEM_UPTIME, 18_316_800, name, "1.3.6.1.2.1.1.3.0"),
            _reading(facts.SYSTEM_CPU, 23.0, name, "1.3.6.1.4.1.9.9.109.1.1.1.1.8.1"),
            _reading(facts.INTERFACES, (interface,), name, "1.3.6.1.2.1.31.1.1.1", 58),
        ),
        gaps=(
            Gap(facts.LINK_RATES, name, Message("gap.not_exposed"), ("1.3.6.1.2.1.10.94",)),
            Gap(facts.LINK_QUALITY, name, Message("gap.no_answer"), ("1.3.6.1.4.1.9.9.42.1.2.10",)),
        ),
        evidence=(
            _evidence(name, "snmp", "1.3.6.1.2.1.1.1.0", "Cisco IOS Software [Cupertino], ISR Software, Version 17.9.4a"),
            _evidence(name, "snmp", "1.3.6.1.2.1.31.1.1.1", "ifHCInOctets.1 = 88120034112\nifHCOutOctets.1 = 70233119004", 58),
        ),
    )  # fmt: skip


def _firewall() -> Device:
    name, licences = "fw-rennes", "show vpn-sessiondb license-summary"
    pool = facts.Pool("POOL-STAFF", "10.99.0.1", "10.99.0.62", addresses=62, used=8)
    proposals = (
        facts.Proposal("remote", "ikev2", ("aes-256-gcm",), ("null",), (19, 14), 19, 28_800),
        facts.Proposal("remote", "ikev2", ("3des",), ("sha1",), (14,), 14, 28_800),
    )
    exposed = (
        facts.Exposed("rdp", 3389, "tcp", "any", "srv-paie", "OUTSIDE-IN line 4"),
        facts.Exposed("https", 443, "tcp", "any", "fw-rennes", "OUTSIDE-IN line 1"),
    )
    return Device(
        name,
        Role.FIREWALL,
        "127.10.20.2",
        "cisco_asa",
        readings=(
            _reading(facts.IDENTITY_VENDOR, "Cisco", name, "show version", 2),
            _reading(facts.IDENTITY_MODEL, "ASA5516", name, "show version", 2),
            _reading(facts.IDENTITY_OS_VERSION, "9.12(4)", name, "show version", 2),
            _reading(facts.VPN_SESSIONS_NOW, 8, name, licences, 4),
            _reading(facts.VPN_SESSIONS_LICENSED, 50, name, licences, 4),
            _reading(facts.VPN_SESSIONS_PLATFORM_MAX, 250, name, "1.3.6.1.4.1.9.9.392.1.1.1.0", 1),
            _reading(facts.VPN_POOLS, (pool,), name, "show running-config ip local pool", 5),
            _reading(facts.VPN_TUNNEL_MODE, "full", name, "show running-config group-policy", 6),
            _reading(facts.VPN_PROPOSALS, proposals, name, "show running-config crypto", 7),
            _reading(
                facts.VPN_AUTHENTICATION,
                (facts.Authentication("STAFF", ("local",)),),
                name,
                "show running-config tunnel-group",
                8,
            ),
            _reading(facts.FIREWALL_SESSIONS_PEAK, 12_000, name, "show resource usage resource conns", 9),
            _reading(facts.FIREWALL_SESSIONS_MAX, 50_000, name, "show resource usage resource conns", 9),
            _reading(facts.FIREWALL_EXPOSED, exposed, name, "show running-config access-list", 10),
            _reading(facts.ACCESS_TELNET, False, name, "show running-config telnet", 11),
            _reading(facts.ACCESS_SNMP, ("v2c-restricted",), name, "show running-config snmp-server", 12),
        ),
        gaps=(Gap(facts.SYSTEM_CPU, name, Message("gap.not_exposed"), ("1.3.6.1.4.1.9.9.109.1.1.1.1.8.1",)),),
        conflicts=(_reading(facts.VPN_SESSIONS_NOW, 9, name, "1.3.6.1.4.1.9.9.392.1.3.1.0", 1),),
        unparsed=(Unparsed("show running-config access-list", 3),),
        evidence=(
            _evidence(
                name,
                "ssh",
                licences,
                "VPN Licenses and Configured Limits Summary\n"
                "AnyConnect Premium         :  ENABLED :     50 :     50 : NONE\n"
                "AnyConnect Client          :      8 :        31 :          8 :         31 :       16%",
                4,
            ),
            _evidence(name, "ssh", "show resource usage resource conns", "Conns  4210  12000  50000  0  System", 9),
            _evidence(name, "snmp", "1.3.6.1.4.1.9.9.392.1.1.1.0", "250", 1),
            _evidence(
                name,
                "ssh",
                "show running-config access-list",
                "access-list OUTSIDE-IN line 4 extended permit tcp any host 203.0.113.9 eq 3389",
                10,
            ),
        ),
    )


def _pbx() -> Device:
    name, contacts = "pbx-rennes", "asterisk -rx 'pjsip show contacts'"
    endpoints = tuple(
        facts.Endpoint(f"p{number:03}", "softphone" if number < 20 else "desk", registered=True, from_inside=number >= 28)
        for number in range(96)
    )  # fmt: skip
    return Device(
        name,
        Role.PBX,
        "127.10.20.3",
        "asterisk",
        readings=(
            _reading(facts.IDENTITY_VENDOR, "Asterisk", name, "asterisk -rx 'core show version'", 2),
            _reading(facts.IDENTITY_OS_VERSION, "18.19.0", name, "asterisk -rx 'core show version'", 2),
            _reading(facts.TELEPHONY_ENDPOINTS, endpoints, name, contacts, 3),
            _reading(facts.TELEPHONY_ENDPOINTS_TOTAL, 96, name, contacts, 3),
            _reading(facts.TELEPHONY_SOFTPHONES_ASSIGNED, 20, name, contacts, 3),
            _reading(facts.TELEPHONY_CALLS_NOW, 4, name, "asterisk -rx 'core show channels count'", 4),
            _reading(facts.TELEPHONY_FORWARDING, 15, name, "asterisk -rx 'database show CF'", 5),
            _reading(facts.SYSTEM_CPU, 12.5, name, "1.3.6.1.4.1.2021.11.11.0"),
        ),
        gaps=(Gap(facts.TELEPHONY_CHANNELS_MAX, name, Message("gap.not_exposed"), ("asterisk -rx 'pjsip show aors'",)),),
        evidence=(_evidence(name, "ssh", contacts, "Objects found: 96", 3),),
    )  # fmt: skip


def _ups() -> Device:
    name = "ups-rennes"
    problem = Message("snmp.wrong_community", {"target": "127.10.20.4:1161"})
    return Device(
        name,
        Role.UPS,
        "127.10.20.4",
        gaps=(
            Gap(facts.UPS_MINUTES, name, problem, ("1.3.6.1.2.1.33.1.2.3.0",), refused=True),
            Gap(facts.UPS_LOAD, name, problem, ("1.3.6.1.2.1.33.1.4.4.1.5.1",), refused=True),
        ),
        problems=(problem,),
        refused=True,
    )


def devices() -> tuple[Device, ...]:
    """Three devices that told, and a UPS whose community is wrong."""
    return (_router(), _firewall(), _pbx(), _ups())


# ---- findings ----

_P, _W, _F = Outcome.PASS, Outcome.WARN, Outcome.FAIL
_C, _H, _M, _L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
_RATES: Final = Source("rtr-rennes", "1.3.6.1.2.1.31.1.1.1.6.1", "10100000")
_LICENCES: Final = Source("fw-rennes", "show vpn-sessiondb license-summary", "50")
_CRYPTO: Final = Source("fw-rennes", "show running-config crypto", "2: aes-256-gcm, 3des")
_CONTACTS: Final = Source("pbx-rennes", "asterisk -rx 'pjsip show contacts'", "96")


def _finding(
    id: str,
    outcome: Outcome,
    severity: Severity,
    values: Mapping[str, Value],
    *evidence: Source,
    effort: int = 4,
    lead: tuple[int, int] = (1, 3),
    cost: int = 0,
    owner: str = "it",
    quality: Fraction = Fraction(1),
    reason: Message | None = None,
    unblocks: tuple[str, ...] = (),
    refused: bool = False,
) -> Finding:
    quick = effort <= 8 and lead[1] <= 7 and cost <= 1
    known = outcome in (_P, _W, _F)
    return Finding(
        id, 1, id.partition("-")[0], outcome, severity, reason or Message(f"{id}.{outcome.value}", values), evidence,
        quality if known else Fraction(0), severity.weight, refused, quick, effort, lead, cost, owner, unblocks,
    )  # fmt: skip


def _link_findings() -> tuple[Finding, ...]:
    seats: dict[str, Value] = {"required": 110, "ratio": Fraction(15, 110)}
    used: dict[str, Value] = {
        "used_down": 10_100_000,
        "committed_down": 20_000_000,
        "share": Fraction(101, 200),
        "link": "main",
    }
    return (
        _finding("LNK-001", _F, _C, {"seats": 16, "short": 94, **seats}, _RATES, lead=(5, 20), cost=2, owner="operator"),
        _finding("LNK-002", _F, _C, {"seats": 15, "short": 95, **seats}, _RATES, lead=(5, 20), cost=2, owner="operator"),
        _finding("LNK-003", _W, _H, {**used, "use": Fraction(101, 200), "way": "down"}, _RATES, effort=8, unblocks=("LNK-001",)),
        _finding("LNK-004", _F, _H, {"mode": "full", "carried": Fraction(1)}, Source("fw-rennes", "show running-config group-policy", "full"), lead=(2, 2), unblocks=("LNK-002", "VPN-003", "FWL-003")),
        _finding("LNK-005", _W, _M, {"link": "main", "port": 100_000_000, "committed": 20_000_000}, Source("", "link.main.committed_down_bps", "20000000 (contract)"), effort=2, lead=(2, 2), quality=Fraction(3, 10)),
        _finding("LNK-006", _P, _M, {"link": "main", "share": Fraction(1)}, Source("", "link.main.committed_up_bps", "20000000 (contract)"), quality=Fraction(3, 10)),
        _finding("LNK-008", _P, _M, {"lost": Fraction(0), "interface": "GigabitEthernet0/0", "device": "rtr-rennes"}, Source("rtr-rennes", "1.3.6.1.2.1.2.2.1.14", "0")),
        _finding("LNK-009", Outcome.NOT_MEASURED, _M, {}, reason=Message("unknown.nobody", {"fact": "link.quality"})),
        _finding("LNK-010", _W, _M, {"hours": 4, "link": "main"}, Source("", "link.main.repair_hours", "4"), lead=(45, 90), cost=3, quality=Fraction(3, 10), owner="operator"),
    )  # fmt: skip


def _vpn_findings() -> tuple[Finding, ...]:
    need: dict[str, Value] = {"required": 110}
    return (
        _finding("VPN-001", _P, _C, {"device": "fw-rennes"}, _LICENCES),
        _finding("VPN-002", _F, _C, {"seats": 50, "short": 60, **need}, _LICENCES, effort=2, lead=(1, 5), cost=2),
        _finding("VPN-003", _F, _H, {"seats": 61, "short": 49, "resource": "vpn.crypto", **need}, Source("", "vpn.crypto_bps", "150000000 (data sheet)"), effort=16, lead=(15, 45), cost=3, quality=Fraction(3, 5), owner="integrator"),
        _finding("VPN-004", _F, _H, {"seats": 62, "addresses": 62, "short": 48, **need}, Source("fw-rennes", "show running-config ip local pool", "1: POOL-STAFF"), effort=2, lead=(1, 1), unblocks=("VPN-002",)),
        _finding("VPN-005", _P, _H, {"device": "fw-rennes"}, _CRYPTO),
        _finding("VPN-006", _F, _H, {"device": "fw-rennes", "weak": ("3des", "sha1"), "algorithms": ("3des",)}, _CRYPTO, effort=4, lead=(3, 3)),
        _finding("VPN-007", _P, _H, {"device": "fw-rennes", "groups": ("19", "14")}, _CRYPTO),
        _finding("VPN-008", _P, _M, {"device": "fw-rennes"}, _CRYPTO),
        _finding("VPN-014", Outcome.NOT_MEASURED, _L, {}, reason=Message("unknown.nobody", {"fact": "vpn.idle_timeout"})),
    )  # fmt: skip


def _firewall_findings() -> tuple[Finding, ...]:
    exposed = Source("fw-rennes", "show running-config access-list", "2: rdp, https")
    table = Source("fw-rennes", "show resource usage resource conns", "12000")
    return (
        _finding("FWL-002", _F, _C, {"device": "fw-rennes", "service": "rdp", "services": ("rdp",), "rule": "OUTSIDE-IN line 4"}, exposed, effort=2, lead=(1, 1), unblocks=("ACC-002",)),
        _finding("FWL-003", _P, _H, {"device": "fw-rennes", "peak": 12_000, "max": 50_000, "use": Fraction(24, 100), "share": Fraction(24, 100)}, table),
        _finding("FWL-004", _P, _M, {"seats": 576, "required": 110}, Source("", "nat.addresses", "1 (IT manager)"), quality=Fraction(3, 10)),
        _finding("FWL-005", Outcome.NOT_MEASURED, _H, {}, reason=Message("unknown.nobody", {"fact": "system.cpu"})),
    )  # fmt: skip


def _telephony_findings() -> tuple[Finding, ...]:
    lost: dict[str, Value] = {"forwards": 60, "lost": Fraction(107_189_188, 1_000_000_000), "channels": 15}
    return (
        _finding("TEL-001", _F, _C, {"reachable": 43, "users": 96}, _CONTACTS, effort=16, lead=(1, 5), cost=2),
        _finding("TEL-002", _F, _H, {"softphones": 20, "needed": 88, "short": 68}, _CONTACTS, lead=(1, 5), cost=2, unblocks=("TEL-001",)),
        _finding("TEL-003", _P, _M, {"outside": 20, "softphones": 20}, _CONTACTS),
        _finding("TEL-005", _F, _H, lost, Source("", "telephony.channels.max", "15 (operator's bill)"), effort=2, lead=(3, 10), cost=1, quality=Fraction(3, 5), owner="operator"),
        _finding("TEL-010", _P, _C, {}, Source("fw-rennes", "show running-config access-list", "2: rdp, https")),
        _finding("TEL-012", _P, _H, {}, Source("", "TEL-012", "good (operator)"), quality=Fraction(3, 5)),
        _finding("TEL-013", Outcome.NOT_APPLICABLE, _H, {}, reason=Message("TEL.on_site")),
    )  # fmt: skip


def _access_findings() -> tuple[Finding, ...]:
    return (
        _finding("ACC-001", _F, _C, {"group": "STAFF"}, Source("fw-rennes", "show running-config tunnel-group", "1: STAFF"), effort=16, lead=(3, 7), cost=1),
        _finding("ACC-002", _P, _C, {}, Source("fw-rennes", "show running-config http", "no")),
        _finding("ACC-003", _P, _H, {}, Source("fw-rennes", "show running-config telnet", "False")),
        _finding("ACC-004", _W, _H, {"device": "fw-rennes"}, Source("fw-rennes", "show running-config snmp-server", "1: v2c-restricted"), effort=2, lead=(2, 2)),
        _finding("ACC-006", _P, _C, {}, Source("fw-rennes", "show running-config username", "1")),
        _finding("ACC-008", _W, _H, {}, Source("", "ACC-008", "partial (IT manager)"), effort=40, lead=(15, 30), cost=2, quality=Fraction(3, 10)),
        _finding("RES-004", Outcome.NOT_MEASURED, _M, {}, reason=Message("snmp.wrong_community", {"target": "127.10.20.4:1161"}), refused=True),
        _finding("HOM-001", _W, _H, {"share": Fraction(82, 100), "homes": 90, "eligible": 110}, Source("", "homes.share", "0.82 (staff survey)"), effort=8, lead=(5, 10), cost=1, quality=Fraction(3, 5), owner="hr"),
    )  # fmt: skip


def findings() -> tuple[Finding, ...]:
    """Every verdict occurs, over seven domains, most of them failed as on the worked site."""
    return (
        *_link_findings(),
        *_vpn_findings(),
        *_firewall_findings(),
        *_telephony_findings(),
        *_access_findings(),
    )


# ---- audits ----


def _audit(figures: Mapping[str, Figure], found: Sequence[Finding], told: Sequence[Device], site: Site = SITE) -> Audit:
    """An audit whose seats, score, waterfall and plan follow from these figures and findings."""
    weights = {finding.id: finding.weight for finding in found}
    result = assess(figures)

    def rejudge(now: Mapping[str, Figure], acts: frozenset[str]) -> Judged:
        after = assess(now)
        cured = [replace(f, outcome=_P) if f.id in acts else f for f in found]
        scored = score(cured, after.headline, after.resources, weights)
        by_id = {f.id: f for f in cured}
        return Judged(after.headline.seats, scored.value, scored.proven, by_id, dict(scored.losses), scored.caps)

    drawn = draw(figures, rejudge, start=START, at=AT)

    gaps = [NotMeasured(f.id, f.message, Message(f"{f.id}.lift")) for f in found if f.outcome is Outcome.NOT_MEASURED]
    dark = [
        NotMeasured(r.id, r.reason or Message("unknown.resource", {"resource": r.id}), Message("lift.resource"))
        for r in result.resources
        if r.seats is ABSENT
    ]
    return Audit(
        id="20261124-1402-7f3a",
        site=site,
        at=AT,
        version="0.1.0",
        catalogue="2026.11",
        window_s=60,
        headline=result.headline,
        resources=result.resources,
        score=score(found, result.headline, result.resources, weights),
        findings=tuple(found),
        waterfall=drawn.waterfall,
        plan=drawn.actions,
        devices=tuple(told),
        not_measured=(*dark, *gaps),
        assumptions=tuple(figures[name] for name in sorted(figures)),
        windows=drawn.windows,
        left_out=drawn.left_out,
    )


@cache
def worked_audit() -> Audit:
    """The worked site: 15 of 110 (13 to 19), the access link (download) binds, a plan that starts on 2026-12-01."""
    return _audit(_figures(), findings(), devices())


@cache
def unknown_audit() -> Audit:
    """Nothing answered and little was declared: no resource is known, so neither are the seats nor the grade."""
    told = tuple(
        Device(
            target.name,
            target.role,
            target.address,
            problems=(Message("snmp.silent", {"target": f"{target.address}:1161"}),),
        )
        for target in SITE.targets
    )
    names = [name for name in (*MEASURED, *SITE.declared) if name != "nat.usable_ports"]
    names += ["link.main.committed_down_bps", "link.main.committed_up_bps"]
    figures = unknown(dict(_figures()), *names)
    silent = Message("snmp.silent", {"target": "127.10.20.2:1161"})
    dark = tuple(
        replace(finding, outcome=Outcome.NOT_MEASURED, message=silent, evidence=(), quality=Fraction(0))
        for finding in findings()
    )
    site = replace(SITE, declared={}, answers={}, tunnel=Tunnel())
    return replace(_audit(figures, dark, told, site), id="20261124-1402-dark")


@cache
def perfect_audit() -> Audit:
    """Everybody can work remotely, every check passes: an empty plan."""
    names: dict[str, Value] = {
        "link.main.committed_down_bps": 200_000_000,
        "link.main.committed_up_bps": 200_000_000,
        "vpn.sessions.licensed": 250,
        "vpn.pool.addresses": 254,
        "vpn.crypto_bps": 1_000_000_000,
        "telephony.softphones": 96,
        "homes.share": Fraction(1),
    }
    figures = dict(_figures()) | {name: replace(_figures()[name], value=value) for name, value in names.items()}
    good = tuple(
        replace(f, outcome=_P, message=Message(f"{f.id}.pass", f.message.values), quality=Fraction(1), refused=False)
        for f in findings()
        if f.outcome is not Outcome.NOT_APPLICABLE
    )
    told = tuple(replace(device, problems=(), gaps=(), refused=False) for device in devices()[:3])
    return replace(_audit(figures, good, told), id="20261124-1402-good")
