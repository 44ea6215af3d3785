"""Juniper Junos, SRX above all: remote users, licences, tunnels, policies, probes, what the internet reaches."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import joins, junos_snmp
from auditor.collectors.vendors.junos_config import configuration
from auditor.collectors.vendors.junos_rules import counted
from auditor.collectors.vendors.page import Command, Mark, Told, Vendor, unread
from auditor.collectors.vendors.stamps import saved, stamp
from auditor.collectors.vendors.trees import ended, last_commit
from auditor.facts import Interface, Licence, LinkQuality, Route, Rule, Session
from auditor.model import Key
from auditor.values import ABSENT, Absent

# ---- outputs ----


def _node(output: str) -> str:
    """Of a pair the answer of the node that answers first."""
    parts = re.split(r"^node\d+:\s*\n-+\n", output, flags=re.M)
    return parts[1] if len(parts) > 1 else output


def version(output: str) -> Told:
    """`show version`."""
    own = _node(output)
    found: dict[Key[Any], Any] = {}
    for key, pattern in (
        (facts.IDENTITY_NAME, r"^Hostname: (\S+)"),
        (facts.IDENTITY_MODEL, r"^Model: (\S+)"),
        (facts.IDENTITY_OS_VERSION, r"^Junos: (\S+)|^JUNOS (?:Software Release|.*) \[(\d+\.\d+[A-Z][\w.-]*)\]"),
    ):
        if match := re.search(pattern, own, re.M):
            found[key] = next(part for part in match.groups() if part)
    if facts.IDENTITY_OS_VERSION in found:
        found |= {facts.IDENTITY_VENDOR: "Juniper", facts.IDENTITY_PLATFORM: "juniper_junos"}
    return Told(found) if found else unread(output)


def hardware(output: str) -> Told:
    """`show chassis hardware`: the serial number of the chassis."""
    match = re.search(r"^Chassis\s+(\w+)\s+\S+", _node(output), re.M)
    return Told({facts.IDENTITY_SERIAL: match.group(1)}) if match else unread(output)


def uptime(output: str) -> Told:
    """`show system uptime`: since the boot, in weeks, days and hours."""
    match = re.search(r"^\s*System booted: .*\((?:(\d+)w)?(?:(\d+)d)? ?(?:(\d+):(\d+))?(?::(\d+))? ago\)", output, re.M)
    if match is None or not any(match.groups()):
        return unread(output)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return Told({facts.SYSTEM_UPTIME: (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds})


def licences(output: str) -> Told:
    """`show system license`: used and installed of each feature; those of remote access are users at once."""
    rows = re.findall(r"^\s{1,4}([a-z][\w-]+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S.*?)\s*$", output, re.M)
    if not rows:
        return unread(output)
    found: dict[Key[Any], Any] = {
        facts.SYSTEM_LICENCES: tuple(
            Licence(name, "valid" if int(installed) else "missing", int(installed), int(used), _ends(ends))
            for name, used, installed, _, ends in rows
        )
    }
    users = [int(installed) for name, _, installed, _, _ in rows if re.match(r"remote-access|dynamic-vpn", name)]
    if users:
        found[facts.VPN_SESSIONS_LICENSED] = max(users)
    return Told(found)


def _ends(said: str) -> str | Absent:
    if said == "permanent":
        return "never"
    match = re.match(r"\d{4}-\d\d-\d\d", said)
    return match.group() if match else ABSENT


def peers(output: str) -> Told:
    """`show security ike active-peer`: peers with a user or an address of ours are remote workers, others are sites."""
    lines = [line for line in output.splitlines() if line.strip()]
    at = next((place for place, line in enumerate(lines) if line.startswith("Remote Address")), -1)
    if at < 0:
        return unread(output)
    rows = [line.split() for line in lines[at + 1 :] if re.match(r"[\da-fA-F:.]+\s+\d+\s", line)]
    strange = len(lines) - at - 1 - len(rows)
    remote = "AAA username" in lines[at]
    users = [Session(row[3], row[2]) for row in rows if len(row) > 3]
    if strange or (users and not remote):  # the columns of users are shown as soon as there is one
        return Told(unparsed=max(1, strange))
    whole, sites = ended(output), len(rows) - len(users)
    nobody = whole or (bool(rows) and not remote)  # a heading that rows follow was read to its end
    return Told({
        **({facts.VPN_SESSIONS_NOW: len(users), facts.VPN_USERS: tuple(users)} if users or nobody else {}),
        **({facts.VPN_TUNNELS_NOW: sites} if sites or whole else {}),
    })  # fmt: skip


def dynamic(output: str) -> Told:
    """`show security dynamic-vpn users`: users with a connection."""
    names = re.findall(r"^\s*User:\s*(\S+)", output, re.M)
    states = re.findall(r"^\s*Status:\s*(\S+)", output, re.M)
    if not names:
        return unread(output)
    live = (
        [name for name, state in zip(names, states, strict=False) if state.upper().startswith("CONNECTED")]
        if states
        else names
    )
    return Told({facts.VPN_SESSIONS_NOW: len(live), facts.VPN_USERS: tuple(Session(name) for name in live)})


def associations(output: str) -> Told:
    """`show security ipsec security-associations`: the tunnels that are up, of users and of sites alike."""
    match = re.search(r"Total active tunnels: (\d+)", output)
    return Told({facts.VPN_IPSEC_SAS: int(match.group(1))}) if match else unread(output)


def cluster(output: str) -> Told:
    """`show chassis cluster status`, whatever its legend: a group whose second node is not ready is no pair."""
    if re.search(r"Chassis cluster is not enabled", output, re.I):
        return Told({facts.HA_STATE: "standalone"})
    groups = re.split(r"^Redundancy group: \d+", output, flags=re.M)[1:]
    states = [re.findall(r"^\s*node\d\s+\d+\s+([\w-]+)\s", group, re.M) for group in groups]
    if not states or not all(states):
        return unread(output)
    pairs = all(sorted(state) in (["primary", "secondary"], ["primary", "secondary-hold"]) for state in states)
    return Told({facts.HA_STATE: "active" if pairs else "failed"})


def flows(output: str) -> Told:
    """`show security flow session summary`: sessions in use and the most there can be."""
    found: dict[Key[Any], Any] = {}
    for key, label in (
        (facts.FIREWALL_SESSIONS_NOW, "Sessions-in-use"),
        (facts.FIREWALL_SESSIONS_MAX, "Maximum-sessions"),
    ):
        if counts := re.findall(rf"^\s*{label}:\s*(\d+)", _node(output), re.M):
            found[key] = sum(int(count) for count in counts)
    return Told(found) if found else unread(output)


def engine(output: str) -> Told:
    """`show chassis routing-engine`: what is not idle, and memory."""
    own = _node(output)
    idle, memory = (
        re.search(r"^\s*Idle\s+(\d+) percent", own, re.M),
        re.search(r"^\s*Memory utilization\s+(\d+) percent", own, re.M),
    )
    found: dict[Key[Any], Any] = {}
    if idle:
        found[facts.SYSTEM_CPU] = float(100 - int(idle.group(1)))
    if memory:
        found[facts.SYSTEM_MEMORY] = float(memory.group(1))
    return Told(found) if found else unread(output)


def hits(output: str) -> Told:
    """`show security policies hit-count`, by the id of a policy; the rules stand in the configuration."""
    counts = counted(output)
    if not counts:
        return unread(output)
    return Told({facts.FIREWALL_RULES: tuple(Rule(id, "unknown", id.rpartition("/")[2], hits=count)
                                             for id, count in counts.items())})  # fmt: skip


def joined(known: tuple[Rule, ...], others: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Policies of the configuration with the hits of the counters."""
    counters = {rule.id: rule.hits for rule in (*known, *others) if rule.action == "unknown"}
    written = [rule for rule in (*known, *others) if rule.action != "unknown"]
    return tuple(replace(rule, hits=counters.get(rule.id, rule.hits)) for rule in written) or known


def interfaces(output: str) -> Told:
    """`show interfaces` or `… extensive`: physical interfaces with their logical addresses."""
    found = []
    for block in re.split(r"^(?=Physical interface: )", output, flags=re.M)[1:]:
        head = re.match(r"Physical interface: ([\w/:.-]+) *, (\w[\w ]*), Physical link is (\w+)", block)
        if head is None:
            continue
        speed = re.search(r"Speed: (\d+)([mg])bps", block)
        errors = re.search(r"Input errors:\s*\n?\s*Errors: (\d+), Drops: (\d+)", block)
        sent = re.search(r"Output errors:.*?Errors: (\d+), Drops: (\d+)", block, re.S)
        label = re.search(r"^\s+Description: (.+)$", block, re.M)
        size = {"m": 1_000_000, "g": 1_000_000_000}
        found.append(
            Interface(
                head.group(1),
                alias=label.group(1).strip() if label else ABSENT,
                kind="ethernet" if re.search(r"Link-level type: Ethernet", block) else ABSENT,
                admin_up=head.group(2) == "Enabled",
                oper_up=head.group(3) == "Up",
                speed_bps=int(speed.group(1)) * size[speed.group(2)] if speed else ABSENT,
                in_errors=int(errors.group(1)) if errors else ABSENT,
                in_discards=int(errors.group(2)) if errors else ABSENT,
                out_errors=int(sent.group(1)) if sent else ABSENT,
                out_discards=int(sent.group(2)) if sent else ABSENT,
                addresses=tuple(re.findall(r"Local: ([\da-f.:]+)", block)) or ABSENT,
            )
        )
    return Told({facts.INTERFACES: tuple(found)}) if found else unread(output)


def routes(output: str) -> Told:
    """`show route 0.0.0.0/0 exact`: the default routes, those in use marked with `*`."""
    found = []
    for active, protocol, metric, rest in re.findall(
        r"^(?:0\.0\.0\.0/0)?\s+([*+-]?)\[(\w+)/(\d+)\](.*(?:\n(?!\s*[*+-]?\[)\s+.*)*)", output, re.M
    ):
        for hop in re.finditer(r"to ([\d.]+) via ([\w/.-]+)|via ([\w/.-]+)", rest):
            gateway = hop.group(1) or ABSENT
            port = hop.group(2) or hop.group(3)
            found.append(Route("0.0.0.0/0", port, gateway, protocol.lower(), int(metric), "*" in active))
    return Told({facts.ROUTES_DEFAULT: tuple(found)}) if found else unread(output)


def commits(output: str) -> Told:
    """`show system commit`: what was committed is what the next start loads, unless it is to be confirmed still."""
    if not last_commit(output):
        return unread(output)
    newest = re.search(r"^\s*0\s+(\S+) (\S+) (\S+)(.*(?:\n\s+\D.*)?)", output, re.M)
    waiting = newest is not None and "commit confirmed" in newest.group(4)
    at = stamp(newest.group(2), newest.group(1), newest.group(3)) if newest else ""
    return Told({facts.CONFIG_UNSAVED: waiting, **saved(at)})


def probes(output: str) -> Told:
    """`show services rpm probe-results`: the last test of each."""
    found = []
    for block in re.split(r"^\s*(?=Owner: )", output, flags=re.M)[1:]:
        name = re.match(r"Owner: ([^,]+), Test: (\S+)", block)
        last = block.partition("Results over last test")[2] or block.partition("Results over all tests")[2]
        loss = re.search(r"Loss percentage: ([\d.]+)", last)
        rtt = re.search(r"Round trip time.*?Average: ([\d.]+) (usec|msec)", last, re.S)
        jitter = re.search(r"(?:Positive round trip jitter|Jitter).*?Average: ([\d.]+) (usec|msec)", last, re.S)
        if name and loss:
            found.append(
                LinkQuality(f"{name.group(1)}/{name.group(2)}", _span(rtt), _span(jitter), float(loss.group(1)))
            )
    return Told({facts.LINK_QUALITY: tuple(found)}) if found else unread(output)


def _span(match: re.Match[str] | None) -> float | Absent:
    if match is None:
        return ABSENT
    return float(match.group(1)) / (1000 if match.group(2) == "usec" else 1)


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.VPN_POOLS, facts.VPN_PROPOSALS, facts.VPN_AUTHENTICATION, facts.VPN_TUNNEL_MODE, facts.VPN_TUNNEL_ROUTES,
    facts.VPN_TRANSPORTS, facts.VPN_IDLE_TIMEOUT, facts.VPN_MAX_SESSION, facts.FIREWALL_RULES, facts.FIREWALL_NAT,
    facts.FIREWALL_EXPOSED, facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.ACCESS_TELNET, facts.ACCESS_HTTP,
    facts.ACCESS_SNMP, facts.ACCESS_LOGGING, facts.ACCESS_NTP, facts.ACCESS_LOCAL_USERS,
    facts.ACCESS_CENTRAL_AUTHENTICATION, facts.LINK_RATES,
)  # fmt: skip
PEOPLE: Final = (
    r"(^[\d.]+\s+\d+\s+\S+\s+)(\S+)(?=\s+[\d.]+\s*$)",
    r"(^)([\d.]+)(?=\s+\d+\s+\S+\s+\S+\s+[\d.]+\s*$)",
    r"(User:\s*)([^\s,]+)",
)

COMMANDS: Final = (
    Command("show version", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL), version),
    Command("show chassis hardware", (facts.IDENTITY_SERIAL,), hardware),
    Command("show system uptime", (facts.SYSTEM_UPTIME,), uptime),
    Command("show chassis routing-engine", (facts.SYSTEM_CPU, facts.SYSTEM_MEMORY), engine),
    Command(
        "show system license",
        (facts.SYSTEM_LICENCES, facts.VPN_SESSIONS_LICENSED),
        licences,
        also=("show system license usage",),
    ),
    Command(
        "show security ike active-peer",
        (facts.VPN_SESSIONS_NOW, facts.VPN_USERS, facts.VPN_TUNNELS_NOW),
        peers,
        people=PEOPLE,
    ),
    Command("show security dynamic-vpn users", (), dynamic, people=PEOPLE),
    Command("show security ipsec security-associations", (facts.VPN_IPSEC_SAS,), associations),
    Command("show chassis cluster status", (facts.HA_STATE,), cluster),
    Command("show security flow session summary", (facts.FIREWALL_SESSIONS_NOW, facts.FIREWALL_SESSIONS_MAX), flows),
    Command("show interfaces extensive", (facts.INTERFACES,), interfaces, seconds=60, also=("show interfaces",)),
    Command("show route 0.0.0.0/0 exact", (facts.ROUTES_DEFAULT,), routes, also=("show route 0.0.0.0/0",)),
    Command("show services rpm probe-results", (facts.LINK_QUALITY,), probes),
    Command("show system commit", (facts.CONFIG_UNSAVED,), commits, people=(r"(\bby )(\S+)",)),
    Command(
        "show configuration | no-more",
        CONFIGURED,
        configuration,
        seconds=120,
        also=(
            "show configuration",
            "show configuration | display set",
            "show configuration | display set | no-more",
            "show running-config",
        ),
    ),
    Command("show security policies hit-count", (), hits, seconds=60),
)  # fmt: skip

COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.IDENTITY_MODEL: lambda known, other: other or known,
    facts.IDENTITY_OS_VERSION: lambda known, other: other or known,
    facts.FIREWALL_RULES: joined,
    facts.ROUTES_DEFAULT: joins.routes,
    facts.VPN_SESSIONS_NOW: lambda known, other: max(known, other),
    facts.VPN_USERS: lambda known, other: (*known, *(one for one in other if one not in known)),
    facts.ACCESS_SSH_VERSION: lambda known, other: known,
    facts.HA_STATE: lambda known, other: "failed" if "failed" in (known, other) else known,
}


JUNOS = Vendor(
    name="juniper",
    platform="juniper_junos",
    recognise=junos_snmp.is_junos,
    scalars=junos_snmp.SCALARS,
    tables=junos_snmp.TABLES,
    commands=COMMANDS,
    session=("set cli screen-width 511", "set cli complete-on-space off", "set cli screen-length 0"),
    secrets=(
        r"((?:encrypted-password|secret|simple-password|ascii-text|hexadecimal|authentication-key|privacy-key|password)"
        r"[ \t]+)(\"[^\"\n]*\"|[^\s\";{}\]][^\s\";]*)",
        r"(snmp community )(\S+)",
        r"(^\s*community )(\S+)(?= \{)",
    ),
    combine=COMBINE,
    mark=Mark(
        "show system commit",
        last_commit,
        "1.3.6.1.4.1.2636.3.18.1.2.0",  # jnxCmCfgChgLatestTime, JUNIPER-CFGMGMT-MIB
    ),
    running=("show configuration | no-more",),
    hello="show version",
    recognise_shell=lambda output: bool(re.search(r"^Junos: |^JUNOS (?:Software|OS|Base)", output, re.M)),
)
