"""Palo Alto Networks PAN-OS: GlobalProtect users and limits, licences, tunnels, rules, what the internet reaches."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.templates import rows as template
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, joins, standard
from auditor.collectors.vendors.page import Columns, Command, Identity, Mark, Scalars, Table, Told, Vendor, unread
from auditor.collectors.vendors.panos_config import configuration
from auditor.collectors.vendors.trees import Node, braces
from auditor.collectors.vendors.values import number, text
from auditor.facts import Interface, Licence, Route, Rule, Session, Translation
from auditor.filters import service
from auditor.model import Key
from auditor.values import ABSENT, Absent

PAN: Final = "1.3.6.1.4.1.25461.2.1.2."  # PAN-COMMON-MIB
VERSION, SERIAL, HA_STATE = (PAN + f"1.{n}.0" for n in (1, 3, 11))
SESSION_MAX, SESSION_NOW = (PAN + f"3.{n}.0" for n in (2, 3))
GP_MAX, GP_NOW = (PAN + f"5.1.{n}.0" for n in (2, 3))  # panGPGWUtilizationMaxTunnels, …ActiveTunnels
CLASS, DESCR = (f"1.3.6.1.2.1.47.1.1.1.1.{n}" for n in (5, 2))
PROCESSOR: Final = "1.3.6.1.2.1.25.3.3.1.2"  # 1: management plane, 2: data plane


_NAMES: Final[Mapping[Key[Any], str]] = {
    facts.IDENTITY_VENDOR: "Palo Alto Networks",
    facts.IDENTITY_PLATFORM: "paloalto_panos",
}


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    found: dict[Key[Any], Any] = {
        facts.IDENTITY_VENDOR: "Palo Alto Networks",
        facts.IDENTITY_PLATFORM: "paloalto_panos",
    }
    for oid, key in ((VERSION, facts.IDENTITY_OS_VERSION), (SERIAL, facts.IDENTITY_SERIAL)):
        if (said := text(values.get(oid, ABSENT))) and said != "unknown":
            found[key] = said
    for oid, counted in (
        (SESSION_NOW, facts.FIREWALL_SESSIONS_NOW),
        (SESSION_MAX, facts.FIREWALL_SESSIONS_MAX),
        (GP_NOW, facts.VPN_SESSIONS_NOW),
        (GP_MAX, facts.VPN_SESSIONS_PLATFORM_MAX),
    ):
        count = number(values.get(oid, ABSENT))
        if isinstance(count, int) and (count > 0 or counted in (facts.FIREWALL_SESSIONS_NOW, facts.VPN_SESSIONS_NOW)):
            found[counted] = count
    if state := _part(text(values.get(HA_STATE, ABSENT))):
        found[facts.HA_STATE] = state
    return Told(found)


def _part(said: str) -> str:
    """A part in a pair; any other state (tentative, suspended, non-functional, initial) is a pair that is none."""
    names = {"disabled": "standalone", "active": "active", "active-primary": "active", "active-secondary": "active",
             "passive": "standby"}  # fmt: skip
    return names.get(said.lower(), "failed" if said and said.lower() != "unknown" else "")


def _model(columns: Columns) -> Told:
    """The model of the chassis; sysDescr tells a series only."""
    classes = columns.get(CLASS, {})
    for row, value in columns.get(DESCR, {}).items():
        if number(classes.get(row, ABSENT)) == 3 and (said := text(value)):
            return Told({facts.IDENTITY_MODEL: said})
    return Told()


def _load(columns: Columns) -> Told:
    """The data plane's load, which forwards and encrypts; the management plane's where it is alone."""
    found = {row: load for row, value in columns.get(PROCESSOR, {}).items() if isinstance(load := number(value), int)}
    if not found:
        return Told()
    return Told({facts.SYSTEM_CPU: float(found.get("2", max(found.values())))})


# ---- outputs ----


def system(output: str) -> Told:
    """`show system info`."""
    said = dict(re.findall(r"^([\w-]+):[ \t]*(.*?)[ \t]*$", output, re.M))
    found: dict[Key[Any], Any] = {}
    for key, name in (
        (facts.IDENTITY_NAME, "hostname"),
        (facts.IDENTITY_MODEL, "model"),
        (facts.IDENTITY_SERIAL, "serial"),
        (facts.IDENTITY_OS_VERSION, "sw-version"),
    ):
        if said.get(name, "unknown") not in ("", "unknown"):
            found[key] = said[name]
    if match := re.fullmatch(r"(?:(\d+) days?, )?(\d+):(\d+):(\d+)", said.get("uptime", "")):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        found[facts.SYSTEM_UPTIME] = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if facts.IDENTITY_OS_VERSION in found:
        found |= _NAMES
    return Told(found) if found else unread(output)


def licences(output: str) -> Told:
    """`request license info`: each subscription and its end; what is free to connect is no limit of users."""
    found = []
    entries = template("paloalto_panos", "request license info", output) or tuple(_entries(output))
    for row in entries:
        state = {"no": "valid", "yes": "expired"}.get(str(row.get("expired", "")), ABSENT)
        if feature := str(row.get("feature", "")):
            found.append(Licence(feature, state, expires=_date(str(row.get("expires", "")))))
    return Told({facts.SYSTEM_LICENCES: tuple(found)}) if found else unread(output)


def _entries(output: str) -> list[Mapping[str, str]]:
    """The entries where a line of another version is unknown to the template."""
    parts = re.split(r"^License entry:[ \t]*$", output, flags=re.M)[1:]
    labels = {"feature": "Feature", "expires": "Expires", "expired": r"Expired\?"}
    return [
        {
            name: match.group(1)
            for name, label in labels.items()
            if (match := re.search(rf"^{label}: (.*?)\s*$", part, re.M))
        }
        for part in parts
    ]


def _date(said: str) -> str | Absent:
    if said.lower() == "never":
        return "never"
    try:
        return dt.datetime.strptime(said, "%B %d, %Y").date().isoformat()  # noqa: DTZ007 - a date without a zone
    except ValueError:
        return ABSENT


def availability(output: str) -> Told:
    """`show high-availability all` or `state`: this unit's part; without its peer the pair is none."""
    if re.search(r"^\s*HA not enabled|^Group \d+:\s*\n\s*HA not enabled", output, re.M | re.I):
        return Told({facts.HA_STATE: "standalone"})
    here, _, peer = output.partition("Peer Information:")
    own = re.search(r"^\s*State: (\S+)", here, re.M)
    if own is None:
        return unread(output)
    state = _part(own.group(1))
    link = re.search(r"^\s*Connection status: (\S+)", peer, re.M)
    other = re.search(r"^\s*State: (\S+)", peer, re.M)
    lost = (link is not None and link.group(1) != "up") or (other is not None and _part(other.group(1)) == "failed")
    return Told({facts.HA_STATE: "failed" if lost else state})


def sessions(output: str) -> Told:
    """`show session info`: the size of the table and its use."""
    most = re.search(r"Number of sessions supported:\s*(\d+)", output)
    now = re.search(r"Number of (?:allocated|active) sessions:\s*(\d+)", output)
    found: dict[Key[Any], Any] = {}
    if most:
        found[facts.FIREWALL_SESSIONS_MAX] = int(most.group(1))
    if now:
        found[facts.FIREWALL_SESSIONS_NOW] = int(now.group(1))
    return Told(found) if found else unread(output)


def users(output: str) -> Told:
    """`show global-protect-gateway current-user`: the users of every gateway, by the count in its heading."""
    counts = re.findall(r"^GlobalProtect Gateway: (\S+) \((\d+) users?\)", output, re.M)
    if not counts:
        return unread(output)
    found = []
    for part in re.split(r"^(?=GlobalProtect Gateway: )", output, flags=re.M)[1:]:
        gateway = part.split()[2]
        names = re.findall(r"^\s*(?:Domain-User Name|User|Domain\\User Name)\s*: (\S+)", part, re.M)
        found += [Session(name.lstrip("\\"), gateway) for name in names]
    total = sum(int(count) for _, count in counts)
    if len(found) > total:
        return unread(output)
    named = {facts.VPN_USERS: tuple(found)} if found or not total else {}
    return Told({facts.VPN_SESSIONS_NOW: total, **named})


def tunnels(output: str) -> Told:
    """`show vpn flow`: IPsec tunnels that are up, by their state."""
    match = re.search(r"^total tunnels shown:\s*(\d+)", output, re.M)
    rows = re.findall(r"^\s*\d+\s+\S+\s+\d+\s+(active|init|inactive)\b", output, re.M)
    if match is None or len(rows) < int(match.group(1)):
        return unread(output)
    return Told({facts.VPN_TUNNELS_NOW: rows.count("active")})


def interfaces(output: str) -> Told:
    """`show interface all`: hardware with its speed and state, and the addresses of the logical part."""
    hardware, _, logical = output.partition("total configured logical interfaces")
    addresses = dict(re.findall(r"^(\S+)[ \t]+\d+[ \t]+\d+[ \t]+.*?[ \t]([\d.]+/\d+)[ \t]*$", logical, re.M))
    found = []
    part = r"(?:\[n/a\]|[^/\s]+)"  # an aggregate, a vlan, a tunnel has no speed of its own
    for name, speed, state in re.findall(rf"^(\S+)[ \t]+\d+[ \t]+({part})/{part}/(up|down)", hardware, re.M):
        physical = name.startswith("ethernet")
        found.append(
            Interface(
                name,
                kind="ethernet" if physical else "tunnel" if name == "tunnel" else ABSENT,
                physical=physical if physical or name in ("vlan", "loopback", "tunnel") else ABSENT,
                oper_up=state == "up",
                speed_bps=int(speed) * 1_000_000 if speed.isdecimal() else ABSENT,
                addresses=(addresses[name].partition("/")[0],) if name in addresses else ABSENT,
            )
        )
    return Told({facts.INTERFACES: tuple(found)}) if found else unread(output)


def routes(output: str) -> Told:
    """`show routing route`: the default routes that are active."""
    if not re.search(r"^flags: A:active", output, re.M):
        return unread(output)
    found = []
    for gateway, rest in re.findall(r"^0\.0\.0\.0/0[ \t]+(\S+)[ \t]+(.*)$", output, re.M):
        flags = re.search(r"(A[\s?]*[A-Z]\w?)", rest)
        metric = re.match(r"(\d+)\b", rest)
        port = re.search(r"\b((?:ethernet|ae|tunnel|vlan|loopback)[\w./]*)", rest)
        kind = flags.group(1).strip("A ?") if flags else ""
        found.append(
            Route(
                "0.0.0.0/0",
                port.group(1) if port else ABSENT,
                gateway if gateway != "discard" else ABSENT,
                {"S": "static", "B": "bgp", "C": "connected", "R": "rip"}.get(
                    kind[:1], "ospf" if kind[:1] == "O" else ABSENT
                ),
                int(metric.group(1)) if metric else ABSENT,
                bool(flags),
            )
        )
    return Told({facts.ROUTES_DEFAULT: tuple(found)} if found else {})


def security(output: str) -> Told:
    """`show running security-policy`: enabled rules alone, applications and services together in one column."""
    found = [_running(name, row) for name, row in braces(output).root.rows() if row.has("action")]
    return Told({facts.FIREWALL_RULES: tuple(found)}) if found else unread(output)


def _running(name: str, row: Node) -> Rule:
    offered = []
    for said in row.names("application/service"):
        parts = (said.partition(":")[2] or said).split("/")
        application, protocol, _, port = parts if len(parts) == 4 else ("any",) * 4
        text_ = "any" if (application, protocol) == ("any", "any") else f"{protocol}/{port}"
        known = service(text_.replace("icmp/any", "icmp").replace("any/any", "any"))
        offered.append(str(known) if known else application)
    return Rule(
        id=name.partition(";")[0],
        action="permit" if row.value("action") == "allow" else "deny",
        name=name.partition(";")[0],
        enabled=True,
        from_=row.names("from") or ("any",),
        to=row.names("to") or ("any",),
        source=row.names("source") or ("any",),
        destination=row.names("destination") or ("any",),
        services=tuple(dict.fromkeys(offered)) or ABSENT,
        groups=tuple(one for one in row.names("user") if one != "any") or ABSENT,
    )


def translated(output: str) -> Told:
    """`show running nat-policy`."""
    found = []
    for name, row in braces(output).root.rows():
        if not row.has("nat-type"):
            continue
        said = row.value("translate-to")
        source, destination = re.search(r"src: (\S+(?: [\d.]+)?)", said), re.search(r"dst: (\S+)", said)
        found.append(
            Translation(
                id=name.partition(";")[0],
                kind="dynamic" if "dynamic" in said else "static",
                from_=row.names("from") or ("any",),
                to=row.names("to") or ("any",),
                original=row.names("source") or ("any",),
                translated=(source.group(1),) if source else ABSENT,
                destination=row.names("destination") or ("any",),
                redirected=(destination.group(1),) if destination else ABSENT,
                enabled=True,
            )
        )
    return Told({facts.FIREWALL_NAT: tuple(found)}) if found else unread(output)


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.VPN_POOLS, facts.VPN_PROPOSALS, facts.VPN_AUTHENTICATION, facts.VPN_TUNNEL_MODE, facts.VPN_TUNNEL_ROUTES,
    facts.VPN_TRANSPORTS, facts.VPN_TLS_MINIMUM, facts.VPN_IDLE_TIMEOUT, facts.VPN_MAX_SESSION, facts.FIREWALL_RULES,
    facts.FIREWALL_NAT, facts.FIREWALL_EXPOSED, facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.ACCESS_TELNET,
    facts.ACCESS_HTTP, facts.ACCESS_SNMP, facts.ACCESS_LOGGING, facts.ACCESS_NTP, facts.ACCESS_LOCAL_USERS,
    facts.ACCESS_CENTRAL_AUTHENTICATION, facts.LINK_RATES,
)  # fmt: skip
PEOPLE: Final = (
    r"((?:Domain-User Name|User|Primary Username)\s*: )(\S+)",
    r"(Public IP[^:\n]*: )(\S+)",
    r"(Computer\s*: )(\S+)",
)


def last_commit(output: str) -> str:
    """`show jobs all`: the newest commit, by its number and when it was asked for; `AutoCom` is that of the boot."""
    rows = re.findall(r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)\s+\S+\s+(\d{1,9})\b.*\s(?:Commit|AutoCom)", output, re.M)
    return "job {1} of {0}".format(*max(rows, key=lambda row: int(row[1]))) if rows else ""


COMMANDS: Final = (
    Command("show system info", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL), system),
    Command("request license info", (facts.SYSTEM_LICENCES,), licences),
    Command("show session info", (facts.FIREWALL_SESSIONS_NOW, facts.FIREWALL_SESSIONS_MAX), sessions),
    Command(
        "show global-protect-gateway current-user",
        (facts.VPN_SESSIONS_NOW, facts.VPN_USERS),
        users,
        seconds=60,
        people=PEOPLE,
    ),
    Command("show vpn flow", (facts.VPN_TUNNELS_NOW,), tunnels),
    Command("show high-availability all", (facts.HA_STATE,), availability, also=("show high-availability state",)),
    Command("show interface all", (facts.INTERFACES,), interfaces),
    Command("show routing route", (facts.ROUTES_DEFAULT,), routes, also=("show routing route type static",)),
    Command("show config running", CONFIGURED, configuration, seconds=180,
            also=("show running-config", "show", "show config merged", "show config effective-running-config")),
    # read in captures alone: live, the configuration tells the same
    Command("show running security-policy", (facts.FIREWALL_RULES,), security, live=False),
    Command("show running nat-policy", (facts.FIREWALL_NAT,), translated, live=False),
)  # fmt: skip

COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.IDENTITY_MODEL: lambda known, other: other or known,
    facts.SYSTEM_CPU: lambda known, other: known,  # that of the data plane
    facts.FIREWALL_RULES: lambda known, other: known,
    facts.FIREWALL_NAT: lambda known, other: known,
    facts.INTERFACES: doors.interfaces,
    facts.ROUTES_DEFAULT: joins.routes,
    facts.LINK_RATES: joins.rates,
    facts.ACCESS_SSH_ALGORITHMS: lambda known, other: known,  # what it offered weighs more than what is set
    facts.IDENTITY_OS_VERSION: lambda known, other: known,
    facts.ACCESS_SSH_VERSION: lambda known, other: known,
    facts.HA_STATE: lambda known, other: "failed" if "failed" in (known, other) else known,
}


def _is_panos(identity: Identity) -> bool:
    if not f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.25461."):
        return identity.sys_descr.startswith("Palo Alto Networks")
    return not f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.25461.2.3.7.")  # Panorama


PANOS = Vendor(
    name="palo alto networks",
    platform="paloalto_panos",
    recognise=_is_panos,
    scalars=(
        standard.SYSTEM,
        Scalars(
            (VERSION, SERIAL, HA_STATE, SESSION_MAX, SESSION_NOW, GP_MAX, GP_NOW),
            (
                facts.IDENTITY_OS_VERSION, facts.FIREWALL_SESSIONS_NOW, facts.FIREWALL_SESSIONS_MAX,
                facts.VPN_SESSIONS_NOW, facts.VPN_SESSIONS_PLATFORM_MAX,
            ),
            _box,
        ),
    ),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        Table((CLASS, DESCR), (facts.IDENTITY_MODEL,), _model),
        Table((PROCESSOR,), (facts.SYSTEM_CPU,), _load),
        standard.HOST,
    ),
    commands=COMMANDS,
    session=("set cli scripting-mode on", "set cli terminal width 500", "set cli pager off"),
    secrets=(
        r"((?:phash|password|secret|pre-shared-key key|bind-password|authpwd|privpwd|snmp-community-string"
        r"|private-key)[ \t]+)(\S+?)(?=;?[ \t]*$)",
    ),
    combine=COMBINE,
    running=("show config running",),
    mark=Mark("show jobs all", last_commit),
    hello="show system info",
    recognise_shell=lambda output: bool(re.search(r"^sw-version: ", output, re.M)),
)  # fmt: skip
