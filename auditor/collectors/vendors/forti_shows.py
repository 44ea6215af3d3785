"""What a FortiGate answers to `get`, `diagnose` and `execute` commands: identity, load, sessions, licences, pairs."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.forti_config import tls_name
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.trees import ended
from auditor.facts import Interface, Licence, LinkQuality, Route, Session
from auditor.model import Key
from auditor.values import ABSENT


def status(output: str) -> Told:
    """`get system status`: who the box is, its licence, and its part in a pair."""
    found: dict[Key[Any], Any] = {}
    if match := re.search(r"^Version: (\S+) v([^,\s]+)", output, re.M):
        found |= {facts.IDENTITY_MODEL: match.group(1), facts.IDENTITY_OS_VERSION: match.group(2)}
        found |= {facts.IDENTITY_VENDOR: "Fortinet", facts.IDENTITY_PLATFORM: "fortinet"}
    for key, label in ((facts.IDENTITY_SERIAL, "Serial-Number"), (facts.IDENTITY_NAME, "Hostname")):
        if match := re.search(rf"^{label}: (\S+)", output, re.M):
            found[key] = match.group(1)
    if match := re.search(r"^Current HA mode: (\S+?)(?:, (\w+))?\s*$", output, re.M):
        part = match.group(2) or match.group(1)
        names = {"standalone": "standalone", "master": "active", "primary": "active", "slave": "standby",
                 "secondary": "standby", "backup": "standby"}  # fmt: skip
        if part in names:
            found[facts.HA_STATE] = names[part]
    if match := re.search(r"^License Status: (\S+)", output, re.M):
        ends = re.search(r"^(?:Evaluation )?License (?:Expires|Expiration Date): (.+)$", output, re.M)
        trial = "Evaluation License" in output
        date = _date(ends.group(1)) if ends else ABSENT
        found[facts.SYSTEM_LICENCES] = (Licence("VM", "evaluation" if trial else match.group(1).lower(), expires=date),)
    return Told(found) if found else unread(output)


_FORMS: Final = ("%a %b %d %H:%M:%S %Y", "%a %b %d %Y", "%Y-%m-%d", "%a, %d %b %Y")


def _date(said: str) -> Any:
    """A date in one of the spellings of FortiOS, as ISO."""
    plain = " ".join(said.split())
    for form in _FORMS:
        try:
            return dt.datetime.strptime(plain, form).date().isoformat()  # noqa: DTZ007 - a date without a zone
        except ValueError:
            continue
    return ABSENT


def performance(output: str) -> Told:
    """`get system performance status`: load, sessions and uptime."""
    found: dict[Key[Any], Any] = {}
    if match := re.search(r"^CPU states:.*?(\d+)% idle", output, re.M):
        found[facts.SYSTEM_CPU] = float(100 - int(match.group(1)))
    if match := re.search(
        r"^Memory(?: states)?:.*?\(?(\d+(?:\.\d+)?)%\)? used|^Memory:.*?used \((\d+(?:\.\d+)?)%\)", output, re.M
    ):
        found[facts.SYSTEM_MEMORY] = float(match.group(1) or match.group(2))
    if match := re.search(r"^Average sessions: (\d+) sessions in 1 minute", output, re.M):
        found[facts.FIREWALL_SESSIONS_NOW] = int(match.group(1))
    if match := re.search(r"^Uptime: (\d+) days?,\s+(\d+) hours?,\s+(\d+) minutes?", output, re.M):
        days, hours, minutes = (int(part) for part in match.groups())
        found[facts.SYSTEM_UPTIME] = ((days * 24 + hours) * 60 + minutes) * 60
    return Told(found) if found else unread(output)


def versions(output: str) -> Told:
    """`diagnose autoupdate versions`: what is under contract, and until when."""
    rows = []
    for name, body in re.findall(r"^(\S[^\n]*)\n-{3,}\n((?:\S[^\n]*\n?)+)", output, re.M):
        if match := re.search(r"^Contract Expiry Date: (.+)$", body, re.M):
            said = match.group(1).strip()
            rows.append(Licence(name.strip(), "missing" if said == "n/a" else ABSENT, expires=_date(said)))
    return Told({facts.SYSTEM_LICENCES: tuple(rows)}) if rows else unread(output)


# ---- sessions ----


def monitor(output: str) -> Told:
    """`get vpn ssl monitor`: distinct users of both blocks; zero only where the headings alone came, to the end."""
    if not re.search(r"^SSL-VPN Login Users:", output, re.M):
        return unread(output)
    users, strange, heading = set(), 0, False
    for row in output.splitlines():
        bare = row.strip()
        if not bare or bare.startswith(("SSL-VPN", "SSL VPN")):
            continue
        if bare.startswith("Index"):
            heading = True
        elif match := re.match(r"(?:\d+\s+)?(\S+)\s+\S+", bare) if heading and re.match(r"\d+\s", bare) else None:
            users.add(match.group(1))
        else:
            strange += 1
    if strange or not heading or not (users or ended(output)):
        return Told({facts.VPN_USERS: _named(users)} if users else {}, unparsed=max(1, strange))
    found: dict[Key[Any], Any] = {facts.VPN_SESSIONS_NOW: len(users), facts.VPN_USERS: _named(users)}
    if "SSL-VPN sessions:" in output:
        rows = re.findall(r"^\s*\d+\s+\S+", output.partition("SSL-VPN sessions:")[2], re.M)
        found |= {facts.VPN_SESSIONS_TUNNELLED: len(rows)} if rows or ended(output) else {}
    return Told(found)


def _named(users: set[str]) -> tuple[Session, ...]:
    return tuple(Session(name) for name in sorted(users))


def statistics(output: str) -> Told:
    """`diagnose vpn ssl statistics`: the most users since the start, of all virtual domains together."""
    found: dict[Key[Any], Any] = {}
    for key, label in (
        (facts.VPN_SESSIONS_PEAK, "Max number of users"),
        (facts.VPN_SESSIONS_NOW, "Current number of users"),
    ):
        if counts := re.findall(rf"^{label}:\s*(\d+)", output, re.M):
            found[key] = sum(int(count) for count in counts)
    return Told(found) if found else unread(output)


def settings(output: str) -> Told:
    """`get vpn ssl settings`: every value, the factory's included; timers count only where the VPN is on."""
    rows = dict(re.findall(r"^([\w-]+)\s*: ?(.*?)\s*$", output, re.M))
    if "idle-timeout" not in rows and "ssl-min-proto-ver" not in rows:
        return unread(output)
    found: dict[Key[Any], Any] = {}
    if minimum := rows.get("ssl-min-proto-ver"):
        found[facts.VPN_TLS_MINIMUM] = tls_name(minimum)
    if rows.get("status") != "disable":
        for key, name in ((facts.VPN_IDLE_TIMEOUT, "idle-timeout"), (facts.VPN_MAX_SESSION, "auth-timeout")):
            if rows.get(name, "").isdecimal():
                found[key] = int(rows[name])
    return Told(found) if found else unread(output)


def tunnels(output: str) -> Told:
    """`get vpn ipsec tunnel summary`: tunnels with a selector up; `NAME_0` is a peer that dialled in, not a site."""
    rows = re.findall(r"^'([^']+)' \S+\s+selectors\(total,up\): \d+/(\d+)", output, re.M)
    if not rows:
        return unread(output)
    return Told({facts.VPN_TUNNELS_NOW: sum(1 for name, up in rows if int(up) and not re.search(r"_\d+$", name))})


def gateways(output: str) -> Told:
    """`diagnose vpn ike gateway list`: peers with a user are remote workers, by IPsec alone."""
    blocks = re.split(r"^(?=vd: )", output, flags=re.M)[1:]
    users = []
    for block in blocks:
        who = re.search(r"^\s*(?:xauth-user|eap-user|peer-id|assigned IPv4 address): (\S+)", block, re.M)
        user = re.search(r"^\s*(?:xauth-user|eap-user): (\S+)", block, re.M)
        if user or (who and re.search(r"assigned IPv4 address", block)):
            name = re.search(r"^name: (\S+?)(?:_\d+)?$", block, re.M)
            users.append(Session((user or who)[1], name.group(1) if name else ABSENT, ("ipsec",)))  # type: ignore[index]
    if not blocks:
        return unread(output)
    return Told({facts.VPN_USERS: tuple(users), facts.VPN_SESSIONS_NOW: len(users)} if users else {})


# ---- pairs, links, routes, interfaces ----


def pair(output: str) -> Told:
    """`get system ha status`: alone, in step, or a pair that is none because one is missing or out of step."""
    mode = re.search(r"^Mode: (.+?)\s*$", output, re.M)
    if mode is None:
        return unread(output)
    if "standalone" in mode.group(1).lower():
        return Told({facts.HA_STATE: "standalone"})
    states = re.findall(r"^\s*\S+\(updated [^)]*\): (in-sync|out-of-sync)", output, re.M)
    health = re.search(r"^HA Health Status: (\S+)", output, re.M)
    if not states and re.search(r"^number of member: 1\b", output, re.M):
        return Told({facts.HA_STATE: "failed"})  # a pair that lost its other member has no state to compare
    if not states:
        return unread(output)
    well = len(states) > 1 and "out-of-sync" not in states and (health is None or health.group(1) == "OK")
    return Told({facts.HA_STATE: "active" if well else "failed"})


def health(output: str) -> Told:
    """`diagnose sys sdwan health-check`: the probes of each member."""
    rows, check = [], ""
    for line in output.splitlines():
        if match := re.match(r"Health Check\((.+?)\)", line):
            check = match.group(1)
        elif match := re.match(r"Seq\(\d+ ([^)]+)\): state\(\w+\), packet-loss\(([\d.]+)%\)(.*)", line):
            rest = match.group(3)
            delay, jitter = re.search(r"latency\(([\d.]+)\)", rest), re.search(r"jitter\(([\d.]+)\)", rest)
            rows.append(
                LinkQuality(
                    f"{check} {match.group(1)}",
                    float(delay.group(1)) if delay else ABSENT,
                    float(jitter.group(1)) if jitter else ABSENT,
                    float(match.group(2)),
                )
            )
    return Told({facts.LINK_QUALITY: tuple(rows)}) if rows else unread(output)


def routes(output: str) -> Told:
    """`get router info routing-table all`: the default routes; none where the table was shown without one."""
    if not re.search(r"^Routing table for VRF|^Codes:", output, re.M):
        return unread(output)
    found, open_ = [], False
    for line in output.splitlines():
        start = re.match(r"([A-Z])[\w *]*\s+0\.0\.0\.0/0 (.*)", line)
        if start:
            open_, protocol, rest = True, start.group(1), start.group(2)
        elif open_ and re.match(r"\s{6,}\[", line):
            rest = line.strip()
        else:
            open_ = False
            continue
        if match := re.match(r"\[\d+/(\d+)\] via ([\d.]+), ([\w.-]+)", rest):
            kind = {"S": "static", "B": "bgp", "O": "ospf", "R": "rip", "C": "connected"}.get(protocol, protocol)
            found.append(Route("0.0.0.0/0", match.group(3), match.group(2), kind, int(match.group(1)), True))
    return Told({facts.ROUTES_DEFAULT: tuple(found)}) if found else Told()


def physical(output: str) -> Told:
    """`get system interface physical`: ports with their link and speed."""
    rows = []
    for name, body in re.findall(r"^\s*==\s?\[([^\]]+)\]\n((?:(?!\s*==).*\n?)*)", output, re.M):
        state = re.search(r"^\s*status: (\w+)", body, re.M)
        if state is None:
            continue
        speed = re.search(r"^\s*speed: (\d+)Mbps", body, re.M)
        address = re.search(r"^\s*ip: ([\d.]+) ", body, re.M)
        known = address and address.group(1) != "0.0.0.0"  # noqa: S104 - read, not bound
        rows.append(
            Interface(
                name.strip(),
                physical=True,
                oper_up=state.group(1) == "up",
                speed_bps=int(speed.group(1)) * 1_000_000 if speed else ABSENT,
                addresses=(address.group(1),) if known and address else ABSENT,
            )
        )
    return Told({facts.INTERFACES: tuple(rows)}) if rows else unread(output)


_KINDS: Final = {"physical": "ethernet", "aggregate": "aggregate", "tunnel": "tunnel", "vlan": "vlan"}


def interfaces(output: str) -> Told:
    """`get system interface`: every interface with its kind and address, on one line or on several."""
    rows = []
    for name, body in re.findall(r"^==\s?\[ (\S+) \]\s*\n((?:(?!==).*\n?)*)", output, re.M):
        kind, state = re.search(r"\btype: (\S+)", body), re.search(r"\bstatus: (\w+)", body)
        address = re.search(r"(?<![\w-])ip: ([\d.]+) ", body)  # not the management-ip before it
        known = address and address.group(1) != "0.0.0.0"  # noqa: S104 - read, not bound
        if state:
            said = kind.group(1) if kind else ""
            rows.append(
                Interface(
                    name,
                    kind={"physical": "ethernet", "aggregate": "aggregate", "tunnel": "tunnel", "vlan": "vlan"}.get(
                        said, ABSENT
                    ),
                    physical=said == "physical" if said else ABSENT,
                    admin_up=state.group(1) == "up",
                    addresses=(address.group(1),) if known and address else ABSENT,
                )
            )
    return Told({facts.INTERFACES: tuple(rows)}) if rows else unread(output)


def checksums(output: str) -> str:
    """`diagnose sys ha checksum show`: of the global part and of each virtual domain."""
    return " ".join(sorted(set(re.findall(r"^\s*([\w-]+: (?:[0-9a-f]{2} ){15}[0-9a-f]{2})", output, re.M))))
