"""What people say of a site: the records that its file is read into."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from auditor.values import ABSENT, Absent, Value


class Role(StrEnum):
    """What a device does for the site."""

    ROUTER = "router"
    FIREWALL = "firewall"
    VPN = "vpn"
    PBX = "pbx"
    SBC = "sbc"
    SERVER = "server"
    UPS = "ups"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SnmpAccess:
    """How to ask a device over SNMP; `credential` is a name, never a secret."""

    version: Literal["1", "2c", "3"]
    credential: str
    port: int = 161
    user: str = ""
    auth: str = ""
    priv: str = ""


@dataclass(frozen=True, slots=True)
class SshAccess:
    """How to ask a device over SSH; `credential` and `enable` are names, `key` the SHA256 print of an agent's key."""

    user: str
    credential: str = ""
    port: int = 22
    enable: str = ""
    legacy: bool = False
    agent: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class SipAccess:
    """How the SIP port of a telephone service is asked: `questions` OPTIONS, one a second; none (0): connections alone.

    No account and no credential stands here: nothing but this question is ever sent.
    """

    transport: Literal["udp", "tcp", "tls"] = "tls"
    port: int = 5061
    questions: int = 20


@dataclass(frozen=True, slots=True)
class Target:
    """A device as the site file names it; `sip` makes it a telephone service that is asked whether it answers."""

    name: str
    address: str
    role: Role = Role.OTHER
    platform: str = ""
    pair: str = ""
    snmp: SnmpAccess | None = None
    ssh: SshAccess | None = None
    sip: SipAccess | None = None

    @property
    def place(self) -> str:
        """HOST:PORT of its first access, so that two agents of one host are told apart; what captures lie in."""
        access = self.snmp or self.ssh or self.sip
        if access is None:
            return self.address
        return f"[{self.address}]:{access.port}" if ":" in self.address else f"{self.address}:{access.port}"


@dataclass(frozen=True, slots=True)
class Link:
    """An internet access as contracted. Rates in bit/s; `repair_hours` ABSENT when the contract has none on file."""

    name: str
    device: str = ""
    interface: str = ""
    use: Literal["active", "backup"] = "active"
    carries: tuple[str, ...] = ("vpn", "internet")
    medium: str = ""
    committed_down_bps: int | Absent = ABSENT
    committed_up_bps: int | Absent = ABSENT
    repair_hours: int | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class People:
    """Who works at the site. Shares are exact fractions from 0 to 1; the profile shares sum to 1."""

    headcount: int
    eligible: int
    concurrency: Fraction = Fraction(1)
    profiles: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({"office": Fraction(1)}))
    video_share: Fraction | Absent = ABSENT
    phone_share: Fraction | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Declared:
    """A value somebody states: who, when, and the document that shows it ("" without one)."""

    value: Value
    by: str = ""
    on: dt.date | Absent = ABSENT
    document: str = ""


@dataclass(frozen=True, slots=True)
class Tunnel:
    """How workers' traffic reaches the site; `mode` is "" when the gateway must tell it."""

    mode: Literal["", "full", "selective", "split"] = ""
    bypass: tuple[str, ...] = ()
    ends: Literal["site", "datacentre"] = "site"


@dataclass(frozen=True, slots=True)
class Server:
    """A server as the site file names it; `device` is the target that tells its processors, memory and sessions.

    `role` desktops: a host of virtual desktops, whose people work as `use` says. `cpu`, `memory`: how busy over days
    (95th percentile, 0 to 1); `disk_ms`: response time of its disks.
    """

    name: str
    role: Literal["desktops", "files", "database", "applications", "other"] = "other"
    where: Literal["site", "datacentre"] = "site"
    device: str = ""
    use: Literal["", "light", "medium", "heavy", "power"] = ""
    vcpu: int | Absent = ABSENT
    memory_bytes: int | Absent = ABSENT
    cpu: Fraction | Absent = ABSENT
    memory: Fraction | Absent = ABSENT
    disk_ms: Fraction | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Application:
    """An application as the site file names it: where it runs, who uses it, what one user exchanges, what it needs.

    Rates in bit/s, busy-hour average of one user of these profiles, seen from the user. `depends_on` names servers and
    applications that must move with it.
    """

    name: str
    where: Literal["site", "datacentre", "saas"] = "site"
    server: str = ""
    profiles: tuple[str, ...] = ("office", "vdi", "files")
    down_bps: int | Absent = ABSENT
    up_bps: int | Absent = ABSENT
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhoneList:
    """How the export of a telephone service is read, mapped once: its file, and the heading of each field.

    `where`: cloud (hosted) or site; a heading "*" means that everybody listed has it; `licences` are words one of which
    a licence must hold (none: any licence).
    """

    name: str
    where: Literal["cloud", "site"]
    file: str = ""
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One default that a client changed: `CHECK-ID.LIMIT`, `weight.CHECK-ID`, `weight.DOMAIN`, or an input's name.

    `by` is who decided (a role), `file` the profile it stands in.
    """

    name: str
    value: Value
    default: Value
    by: str
    on: dt.date | Absent = ABSENT
    reason: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A site as its file describes it; `changes` are what the client's `profile` file changed from the defaults.

    `quiet`: the hours of its day in which no audit is begun, "08:00-18:00"; "" for none.
    """

    name: str
    client: str
    people: People
    language: str = "en"
    timezone: str = "UTC"
    networks: tuple[str, ...] = ()
    architecture: Literal["site", "hybrid", "cloud"] = "site"
    links: tuple[Link, ...] = ()
    targets: tuple[Target, ...] = ()
    tunnel: Tunnel = Tunnel()
    declared: Mapping[str, Declared] = field(default_factory=lambda: MappingProxyType({}))
    answers: Mapping[str, Declared] = field(default_factory=lambda: MappingProxyType({}))
    plan_start: dt.date | Absent = ABSENT
    servers: tuple[Server, ...] = ()
    applications: tuple[Application, ...] = ()
    plan_ladders: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    profile: str = ""
    changes: tuple[Change, ...] = ()
    phones: tuple[PhoneList, ...] = ()
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    quiet: str = ""
