"""Check Point Gaia: identity, connections, tunnels, remote users, licences, cluster; the policy is on its manager."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, hosts, joins, standard
from auditor.collectors.vendors.blocks import secret_class, weak
from auditor.collectors.vendors.page import Columns, Command, Identity, Mark, Scalars, Table, Told, Vendor, unread
from auditor.collectors.vendors.trees import Node, Tree, set_lines
from auditor.collectors.vendors.values import number, text
from auditor.facts import Accounts, Interface, Licence, Route
from auditor.filters import network, span_of
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message

CP: Final = "1.3.6.1.4.1.2620.1."  # CHECKPOINT-MIB
VERSION, MODEL, SERIAL = CP + "6.4.1.0", CP + "6.16.7.0", CP + "6.16.3.0"
FILTER: Final = CP + "1.2.0"  # fwFilterName
CONNECTIONS, PEAK, LIMIT = (CP + f"1.25.{n}.0" for n in (3, 4, 10))  # fwNumConn, fwPeakNumConn, fwConnTableLimit
IKE, ESP = CP + "2.9.1.1.0", CP + "2.5.2.1.0"  # cpvIKECurrSAs, cpvCurrEspSAsIn
HA_STARTED, HA_STATE = CP + "5.5.0", CP + "5.6.0"
MEMORY, MEMORY_USED = CP + "6.7.4.3.0", CP + "6.7.4.4.0"  # memTotalReal64, memActiveReal64
LOAD: Final = CP + "6.7.5.1.5"  # multiProcUsage
RA_STATE: Final = "1.3.6.1.4.1.2620.500.9000.1.20"  # raUserState: a row for each user that is connected
TUNNEL_STATE: Final = "1.3.6.1.4.1.2620.500.9002.1.3"  # active(3), destroy(4), idle(129), phase1(130), down(131)
ELSEWHERE: Final = Message("gap.manager")
MANAGED: Final[tuple[Key[Any], ...]] = (
    facts.FIREWALL_RULES, facts.FIREWALL_EXPOSED, facts.FIREWALL_NAT, facts.VPN_POOLS, facts.VPN_PROPOSALS,
    facts.VPN_AUTHENTICATION, facts.VPN_TUNNEL_MODE, facts.ACCESS_MANAGEMENT_FROM_INTERNET,
)  # fmt: skip
"""What the management server decides and holds, and no gateway shows."""


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Check Point", facts.IDENTITY_PLATFORM: "checkpoint_gaia"}
    for oid, key in (
        (VERSION, facts.IDENTITY_OS_VERSION),
        (MODEL, facts.IDENTITY_MODEL),
        (SERIAL, facts.IDENTITY_SERIAL),
        (FILTER, facts.FIREWALL_POLICY),
    ):
        if said := text(values.get(oid, ABSENT)):
            found[key] = said
    for oid, counted in (
        (CONNECTIONS, facts.FIREWALL_SESSIONS_NOW),
        (PEAK, facts.FIREWALL_SESSIONS_PEAK),
        (IKE, facts.VPN_IKE_SAS),
        (ESP, facts.VPN_IPSEC_SAS),
    ):
        if isinstance(count := number(values.get(oid, ABSENT)), int):
            found[counted] = count
    missing: dict[Key[Any], Message] = {}
    limit = number(values.get(LIMIT, ABSENT))
    if isinstance(limit, int) and limit > 0:
        found[facts.FIREWALL_SESSIONS_MAX] = limit
    elif limit == 0:  # as many as there is memory for
        missing[facts.FIREWALL_SESSIONS_MAX] = Message("gap.unlimited")
    total, used = number(values.get(MEMORY, ABSENT)), number(values.get(MEMORY_USED, ABSENT))
    if isinstance(total, int) and isinstance(used, int) and 0 < used <= total:
        found[facts.SYSTEM_MEMORY] = round(100 * used / total, 1)
    return Told(found | _pair(values), missing=missing)


def _pair(values: Mapping[Oid, SnmpValue]) -> dict[Key[Any], Any]:
    if text(values.get(HA_STARTED, ABSENT)).lower() == "no":
        return {facts.HA_STATE: "standalone"}
    state = text(values.get(HA_STATE, ABSENT)).lower()
    named = {"active": "active", "standby": "standby"}.get(state, "failed" if state else "")
    return {facts.HA_STATE: named} if named else {}


def _load(columns: Columns) -> Told:
    loads = [load for value in columns.get(LOAD, {}).values() if isinstance(load := number(value), int) and load <= 100]
    return Told({facts.SYSTEM_CPU: round(sum(loads) / len(loads), 1)} if loads else {})


def _users(columns: Columns) -> Told:
    """Connected users; an empty table is no zero: without the blade it does not exist."""
    rows = columns.get(RA_STATE, {})
    return Told({facts.VPN_SESSIONS_NOW: len(rows)} if rows else {})


def _tunnels(columns: Columns) -> Told:
    states = [number(value) for value in columns.get(TUNNEL_STATE, {}).values()]
    return Told({facts.VPN_TUNNELS_NOW: states.count(3)} if states else {})


# ---- outputs ----


def version(output: str) -> Told:
    """`show version all`."""
    match = re.search(r"^Product version Check Point (Gaia(?: Embedded)?) (R[\w.]+)", output, re.M)
    if match is None:
        return unread(output)
    names: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Check Point", facts.IDENTITY_PLATFORM: "checkpoint_gaia"}
    return Told(names | {facts.IDENTITY_OS_VERSION: match.group(2)})


def asset(output: str) -> Told:
    """`show asset all`."""
    found: dict[Key[Any], Any] = {}
    for key, label in ((facts.IDENTITY_MODEL, "Model"), (facts.IDENTITY_SERIAL, "Serial Number")):
        if match := re.search(rf"^{label}: (\S.*?)\s*$", output, re.M):
            found[key] = match.group(1)
    return Told(found) if found else unread(output)


def uptime(output: str) -> Told:
    """`show uptime`, as `uptime` of a Unix prints it."""
    match = re.search(r"up\s+(?:(\d+) days?,\s+)?(?:(\d+):(\d+)|(\d+) min)", output)
    if match is None:
        return unread(output)
    days, hours, minutes, alone = (int(part or 0) for part in match.groups())
    return Told({facts.SYSTEM_UPTIME: ((days * 24 + hours) * 60 + minutes + alone) * 60})


def licences(output: str) -> Told:
    """`cplic print`: the blades of each licence; a mobile access blade names the users it lets in at once."""
    found, users = [], []
    for ends, features in re.findall(r"^[\d.]+\s+(never|\d{1,2}\w{3}\d{4})\s+(\S.*)$", output, re.M):
        for feature in features.split():
            if feature.startswith("CK-"):
                continue
            count = re.fullmatch(r"CPSB-(?:MOB|SSLVPN|EP-VPN)-(\d+)", feature)
            number_ = int(count.group(1)) if count else ABSENT
            found.append(Licence(feature, count=number_, expires=_date(ends)))
            if isinstance(number_, int):
                users.append(number_)
    if not found:
        return unread(output)
    told: dict[Key[Any], Any] = {facts.SYSTEM_LICENCES: tuple(found)}
    if users:
        told[facts.VPN_SESSIONS_LICENSED] = max(users)
    return Told(told)


def _date(said: str) -> str | Absent:
    if said == "never":
        return said
    try:
        return dt.datetime.strptime(said, "%d%b%Y").date().isoformat()  # noqa: DTZ007 - a date without a zone
    except ValueError:
        return ABSENT


def table(key: Key[int], peak: Key[int]) -> Callable[[str], Told]:
    """`fw tab -t TABLE -s`: its size now, and the most since the last boot or policy."""

    def read(output: str) -> Told:
        rows = re.findall(r"^\S+\s+\w+\s+\d+\s+(\d+)\s+(\d+)\s+\d+\s*$", output, re.M)
        if not re.search(r"#VALS\s+#PEAK", output) or len(rows) != 1:
            return unread(output)
        return Told({key: int(rows[0][0]), peak: int(rows[0][1])})

    return read


def policy(output: str) -> Told:
    """`fw stat`: a policy is installed; its rules are on the management server."""
    match = re.search(r"^HOST\s+POLICY\s+DATE.*\n\S+\s+(\S+)", output, re.M)
    if match is None:
        return unread(output)
    named: dict[Key[Any], Any] = {facts.FIREWALL_POLICY: match.group(1)} if match.group(1) != "-" else {}
    return Told(named, missing=dict.fromkeys(MANAGED, ELSEWHERE))


def cluster(output: str) -> Told:
    """`show cluster state`: this member, and whether another one is ready."""
    if re.search(
        r"HA module not started|not configured as a cluster|Cluster is not (?:configured|enabled)", output, re.I
    ):
        return Told({facts.HA_STATE: "standalone"})
    own = re.search(r"^\d+ \(local\)\s+[\d.]+\s+\d+%\s+(\S+)", output, re.M)
    others = re.findall(r"^\d+\s+[\d.]+\s+\d+%\s+(\S+)", output, re.M)
    if own is None:
        return unread(output)
    ready = [state for state in others if state.upper().rstrip("!") in ("ACTIVE", "STANDBY", "READY")]
    named = {"ACTIVE": "active", "STANDBY": "standby"}.get(own.group(1).upper(), "failed")
    return Told({facts.HA_STATE: named if ready else "failed"})


def interfaces(output: str) -> Told:
    """`show interfaces all`."""
    found = []
    for block in re.split(r"^(?=Interface \S)", output, flags=re.M)[1:]:
        said = dict(re.findall(r"^\s+([\w-]+)[ \t]+(\S[^\n]*?)[ \t]*$", block, re.M))
        speed = re.match(r"(\d+)([MG])", str(said.get("link-speed") or said.get("speed") or ""))
        address = re.match(r"[\d.]+", str(said.get("ipv4-address") or ""))
        errors = re.search(r"TX bytes.*errors:(\d+)", block), re.search(r"RX bytes.*errors:(\d+)", block)
        found.append(
            Interface(
                block.split()[1],
                alias=said.get("comments") or ABSENT,
                kind="ethernet" if said.get("type") == "ethernet" else ABSENT,
                physical=said.get("type") == "ethernet" and "." not in block.split()[1] if "type" in said else ABSENT,
                admin_up=said["state"] == "on" if "state" in said else ABSENT,
                oper_up=said["link-state"] == "link up" if "link-state" in said else ABSENT,
                speed_bps=int(speed.group(1)) * (10**9 if speed.group(2) == "G" else 10**6) if speed else ABSENT,
                out_errors=int(errors[0].group(1)) if errors[0] else ABSENT,
                in_errors=int(errors[1].group(1)) if errors[1] else ABSENT,
                addresses=(address.group(),) if address else ABSENT,
            )
        )
    return Told({facts.INTERFACES: tuple(found)}) if found else unread(output)


def routes(output: str) -> Told:
    """`show route`: the default routes."""
    if not re.search(r"^Codes: C - Connected", output, re.M):
        return unread(output)
    rows = re.findall(r"^(\w)\s[\w ]*?0\.0\.0\.0/0\s+via ([\d.]+), ([\w.-]+), cost (\d+)", output, re.M)
    kinds = {"S": "static", "B": "bgp", "O": "ospf", "R": "rip"}
    found = tuple(
        Route("0.0.0.0/0", port, hop, kinds.get(code, code), int(cost), True) for code, hop, port, cost in rows
    )
    return Told({facts.ROUTES_DEFAULT: found} if found else {})


def configuration(output: str) -> Told:
    """`show configuration` of clish: the management plane, and addresses; no rule and no VPN stands there."""
    tree = set_lines(re.sub(r"^add ", "set ", output, flags=re.M))
    root = tree.root
    if not (root.has("hostname") or root.has("net-access") or root.has("interface")):
        return unread(output)
    found = _plane(tree)
    if name := root.value("hostname"):
        found[facts.IDENTITY_NAME] = name
    if ports := tuple(_ports(root)):
        found[facts.INTERFACES] = ports
    if ways := tuple(_ways(root)):
        found[facts.ROUTES_DEFAULT] = ways
    return Told(found, tree.strange, dict.fromkeys(MANAGED, ELSEWHERE))


def _ports(root: Node) -> Iterator[Interface]:
    """Interfaces with their addresses; `add interface eth1 vlan 100` is one of its own."""
    for name, row in root.rows("interface"):
        state = row.value("state")
        yield Interface(
            name,
            alias=row.value("comments") or ABSENT,
            kind="vlan" if "." in name else "aggregate" if name.startswith("bond") else ABSENT,
            admin_up=state == "on" if state in ("on", "off") else ABSENT,
            addresses=(*row.names("ipv4-address"), *row.names("ipv6-address")) or ABSENT,
        )


def _ways(root: Node) -> Iterator[Route]:
    """Default routes, by address or by interface (`gateway logical eth0`); one that is off is none."""
    hops = root.at("static-route", "default", "nexthop", "gateway")
    for way in ("address", "logical"):
        for name, row in hops.rows(way):
            said = row.value("priority")
            metric = int(said) if said.isdecimal() else ABSENT
            hop, port = (name, _beside(root, name)) if way == "address" else ("", name)
            if not row.has("off"):
                yield Route("0.0.0.0/0", port or ABSENT, hop or ABSENT, "static", metric)


def _beside(root: Node, hop: str) -> str:
    """The interface whose network a next hop is in."""
    for name, row in root.rows("interface"):
        for address, more in row.rows("ipv4-address"):
            span, mask = span_of(hop), network(address, more.value("mask-length") or more.value("subnet-mask"))
            inside = span_of(mask) if mask else None
            if span and inside and inside[0] == span[0] and inside[1] <= span[1] <= inside[2]:
                return name
    return ""


def _plane(tree: Tree) -> dict[Key[Any], Any]:
    root = tree.root
    found: dict[Key[Any], Any] = {}
    if (said := root.value("net-access", "telnet")) in ("on", "off"):
        found[facts.ACCESS_TELNET] = said == "on"
    if root.has("web"):
        found[facts.ACCESS_HTTP] = False  # the portal speaks TLS alone
    if root.has("snmp") and ((access := _snmp(tree)) or tree.ended or root.value("snmp", "agent") == "off"):
        found[facts.ACCESS_SNMP] = access
    hosts = root.names("syslog", "log-remote-address")
    if hosts or (root.has("syslog") and tree.ended):
        found[facts.ACCESS_LOGGING] = hosts or ("local",)
    if root.value("ntp", "active") == "on":
        servers = root.at("ntp", "server")
        names = tuple(name for way in ("primary", "secondary") for name in servers.names(way))
        found |= {facts.ACCESS_NTP: names} if names or tree.ended else {}
    elif root.value("ntp", "active") == "off":
        found[facts.ACCESS_NTP] = ()
    users = [row for _, row in root.rows("user") if row.has("password-hash") and "*" not in row.names("password-hash")]
    if users:
        bad = sum(1 for row in users if weak(secret_class(" ".join(row.names("password-hash")))))
        found[facts.ACCESS_LOCAL_USERS] = (Accounts(len(users), bad),)
    if root.has("aaa"):
        radius, tacacs = (
            root.has("aaa", "radius-servers", "priority"),
            root.value("aaa", "tacacs-servers", "state") == "on",
        )
        if radius or tacacs or tree.ended:
            found[facts.ACCESS_CENTRAL_AUTHENTICATION] = "radius" if radius else "tacacs" if tacacs else "none"
    return found


def _snmp(tree: Tree) -> tuple[str, ...]:
    """Communities by the class that redaction left in their place; any version is answered unless v3 alone is set."""
    root = tree.root.at("snmp")
    if root.value("agent") == "off":
        return ()
    found = []
    if root.value("agent-version").lower() != "v3-only":
        for name in root.names("community"):
            kind = secret_class(name)
            found.append("v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else "v2c-open")
    for _, user in root.rows("usm", "user"):
        level = user.value("security-level").lower()
        found.append({"authpriv": "v3-authpriv", "authnopriv": "v3-auth"}.get(level, "v3-noauth"))
    return tuple(dict.fromkeys(found))


def state(output: str) -> Told:
    """`show config-state`: whether `save config` wrote what runs."""
    match = re.search(r"^\s*(un)?saved\s*$", output, re.M | re.I)
    return Told({facts.CONFIG_UNSAVED: match.group(1) is not None}) if match else unread(output)


def digest(output: str) -> str:
    """The lines of `show configuration` as a check sum; its comments tell when and by whom they were printed."""
    lines = [line.strip() for line in output.splitlines() if line.startswith(("set ", "add "))]
    return f"SHA-256 {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}" if lines else ""


PLANE: Final[tuple[Key[Any], ...]] = (
    facts.ACCESS_TELNET, facts.ACCESS_HTTP, facts.ACCESS_SNMP, facts.ACCESS_LOGGING, facts.ACCESS_NTP,
    facts.ACCESS_LOCAL_USERS, facts.ACCESS_CENTRAL_AUTHENTICATION, facts.ROUTES_DEFAULT,
)  # fmt: skip

COMMANDS: Final = (
    Command("show version all", (facts.IDENTITY_OS_VERSION,), version),
    Command("show asset all", (facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL), asset),
    Command("show uptime", (facts.SYSTEM_UPTIME,), uptime),
    Command("cplic print", (facts.SYSTEM_LICENCES, facts.VPN_SESSIONS_LICENSED), licences, also=("cplic print -x",)),
    Command("show interfaces all", (facts.INTERFACES,), interfaces),
    Command("show route", (facts.ROUTES_DEFAULT,), routes),
    Command("show cluster state", (facts.HA_STATE,), cluster, also=("cphaprob stat", "cphaprob state")),
    Command("fw stat", (facts.FIREWALL_POLICY, *MANAGED), policy),
    Command(
        "show configuration",
        (*PLANE, *MANAGED, facts.INTERFACES),
        configuration,
        seconds=60,
        also=("show running-config",),
    ),
    Command("show config-state", (facts.CONFIG_UNSAVED,), state),
    # a root shell answers these; they are read in captures alone
    Command(
        "fw tab -t userc_users -s",
        (facts.VPN_SESSIONS_NOW, facts.VPN_SESSIONS_PEAK),
        table(facts.VPN_SESSIONS_NOW, facts.VPN_SESSIONS_PEAK),
        live=False,
    ),
    Command(
        "fw tab -t connections -s",
        (facts.FIREWALL_SESSIONS_NOW, facts.FIREWALL_SESSIONS_PEAK),
        table(facts.FIREWALL_SESSIONS_NOW, facts.FIREWALL_SESSIONS_PEAK),
        live=False,
    ),
)

COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.IDENTITY_MODEL: lambda known, other: other or known,
    facts.IDENTITY_OS_VERSION: lambda known, other: known,
    facts.SYSTEM_MEMORY: min,  # active memory holds the kernel's cache
    facts.INTERFACES: doors.interfaces,
    facts.ROUTES_DEFAULT: joins.routes,
    facts.HA_STATE: lambda known, other: "failed" if "failed" in (known, other) else known,
    facts.ACCESS_SSH_VERSION: lambda known, other: known,
}


def _is_gaia(identity: Identity) -> bool:
    """By its own identifiers, or where it answers as net-snmp by its kernel: `2.6.18-92cpx86_64`, `CP1490`."""
    if f"{identity.sys_object_id}.".startswith(("1.3.6.1.4.1.2620.1.6.123.", "1.3.6.1.4.1.2620.1.1.")):
        return True
    net_snmp = f"{identity.sys_object_id}.".startswith("1.3.6.1.4.1.8072.3.2.10.")
    return net_snmp and bool(re.match(r"Linux (?:CP\d{3,4}\b|\S+ [\d.]+-\d+cp(?:x86_64|smp)?\b)", identity.sys_descr))


GAIA = Vendor(
    name="check point",
    platform="checkpoint_gaia",
    recognise=_is_gaia,
    scalars=(
        standard.SYSTEM,
        Scalars(
            (
                VERSION, MODEL, SERIAL, FILTER, CONNECTIONS, PEAK, LIMIT, IKE, ESP, HA_STARTED, HA_STATE, MEMORY,
                MEMORY_USED,
            ),
            (
                facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL, facts.FIREWALL_SESSIONS_NOW,
                facts.FIREWALL_SESSIONS_MAX, facts.HA_STATE,
            ),
            _box,
        ),
    ),
    tables=(
        standard.INTERFACES,
        Table((LOAD,), (facts.SYSTEM_CPU,), _load),
        Table((RA_STATE,), (facts.VPN_SESSIONS_NOW,), _users),
        Table((TUNNEL_STATE,), (facts.VPN_TUNNELS_NOW,), _tunnels),
        hosts.PROCESSORS,
        hosts.MEMORY,
    ),
    commands=COMMANDS,
    session=("set clienv rows 0",),
    secrets=(
        r"((?<!snmp-agent )(?:password-hash|secret|community|passphrase|privacy-pass-phrase|auth-pass-phrase)"
        r"[ \t]+)(\S+)",
        r"(CK-)(\S+)",
    ),
    combine=COMBINE,
    running=("show configuration",),
    mark=Mark("show configuration", digest),
    hello="show version all",
    recognise_shell=lambda output: bool(re.search(r"^Product version Check Point", output, re.M)),
)  # fmt: skip
