"""Answers of Huawei VRP to `display`: identity, licences, interfaces, routes, sessions, counters, services, probes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import vrp_acl
from auditor.collectors.vendors.listeners import community
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.standard import identified
from auditor.collectors.vendors.trees import ended
from auditor.collectors.vendors.vrp_config import kind
from auditor.facts import Interface, Licence, LinkQuality, Route, Translation, VpnService
from auditor.filters import ports
from auditor.model import Key
from auditor.values import ABSENT, Absent

_FIELD: Final = re.compile(r"^\s*([A-Za-z][\w /().-]*?)\s*:\s*(.*?)\s*$", re.M)
_TIME: Final = {"year": 31_536_000, "week": 604_800, "day": 86_400, "hour": 3600, "minute": 60, "second": 1}


def fields(output: str) -> dict[str, str]:
    """`Name : value` lines, in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for name, value in _FIELD.findall(output):
        found.setdefault(name.lower(), value)
    return found


# ---- identity, licences, load ----


def version(output: str) -> Told:
    """`display version`: the release, and the box that says how long it is up."""
    release = re.search(
        r"^VRP \(R\) [Ss]oftware, Version \S+ \((?:[\w./ -]+ )?(V\d+R\d+\w*)\)"
        r"|^\s*Software Version: ?(?:[\w./ -]+ )?(V\d+R\d+\w*) ?\(VRP",  # of the firewalls
        output,
        re.M,
    )
    if not release:
        return unread(output)
    box = re.search(r"^(?:HUAWEI |Huawei |Quidway )?(\S+(?: \d\S*(?: \S+-\S+)*)?) .*?\buptime is (.*)$", output, re.M)
    found = identified("Huawei", "huawei", box.group(1) if box else "", release.group(1) or release.group(2))
    if box and (up := _seconds(box.group(2))):
        found[facts.SYSTEM_UPTIME] = up
    return Told(found)


def _seconds(said: str) -> int:
    return sum(
        int(count) * _TIME[unit] for count, unit in re.findall(r"(\d+) (year|week|day|hour|minute|second)s?", said)
    )


def esn(output: str) -> Told:
    """`display esn`: the serial number of the (master) board."""
    match = re.search(r"\bESN(?: of \S+)?\s*:\s*(\w{8,})", output)
    return Told({facts.IDENTITY_SERIAL: match.group(1)}) if match else unread(output)


def licences(output: str) -> Told:
    """`display license verbose`: each item with what it allows and what is used; SSL VPN users are one of them."""
    head = fields(output.partition("Item name")[0])
    items = [fields(f"Item name {part}") for part in output.split("Item name")[1:]]
    found = tuple(
        Licence(
            one["item name"],
            state=one.get("item state", head.get("license state", "")).lower() or ABSENT,
            count=int(one["control value"]) if one.get("control value", "").isdecimal() else ABSENT,
            used=int(one["used value"]) if one.get("used value", "").isdecimal() else ABSENT,
            expires=date if (date := one.get("item expired date", "")) not in ("", "--", "PERMANENT") else ABSENT,
        )
        for one in items
        if one.get("item name")
    )
    if not found and "license state" not in head:
        return _limits(output)
    told: dict[Key[Any], Any] = {facts.SYSTEM_LICENCES: found} if found else {}
    users = [one for one in items if re.search(r"SSL ?VPN.*(?:user|concurrent)", " ".join(one.values()), re.I)]
    limits = [int(one["control value"]) for one in users if one.get("control value", "").isdecimal()]
    if limits:
        told[facts.VPN_SESSIONS_LICENSED] = sum(limits)
    return Told(told)


def _limits(output: str) -> Told:
    """`display license` of a firewall: a line for each function, with what it allows or whether it is on."""
    if not re.search(r"^\s*The file activated is\b", output, re.M):
        return unread(output)
    rows = re.findall(r"^\s*([A-Z][^:\n]*?)\s*:\s*(\d+|Enabled|Disabled)\s*(?:;.*)?$", output, re.M)
    kept = [(name, said) for name, said in rows if not re.match(r"(?:The |Device )", name)]
    if not kept:
        return unread(output)
    found: dict[Key[Any], Any] = {
        facts.SYSTEM_LICENCES: tuple(
            Licence(
                name, "missing" if said in ("Disabled", "0") else "valid", int(said) if said.isdecimal() else ABSENT
            )
            for name, said in kept
        )
    }
    users = [int(said) for name, said in kept if re.search(r"SSL ?VPN.*user", name, re.I) and said.isdecimal()]
    if users:
        found[facts.VPN_SESSIONS_LICENSED] = max(users)
    return Told(found)


def changed(output: str) -> str:
    """`display changed-configuration time`, as the device writes it; it names nobody."""
    match = re.search(r"^The time when system configuration has been changed lastly is:\s*(\S.*?)\s*$", output, re.M)
    return match.group(1) if match else ""


def compared(output: str) -> Told:
    """`compare configuration`: whether what runs is what the next start loads; the parts that differ follow."""
    same = re.search(r"current configuration is (the same as|not the same as|different from)", output, re.I)
    return Told({facts.CONFIG_UNSAVED: same.group(1).lower() != "the same as"}) if same else unread(output)


def processor(output: str) -> Told:
    """`display cpu-usage`."""
    match = re.search(
        r"(?:CPU Usage|System CPU Using Percentage|CPU utilization for five seconds)\s*:\s*(\d+)%", output, re.I
    )
    return Told({facts.SYSTEM_CPU: float(match.group(1))}) if match else unread(output)


def memory(output: str) -> Told:
    """`display memory-usage`."""
    match = re.search(r"Memory Using Percentage(?: Is)?\s*:\s*(\d+)%", output, re.I)
    return Told({facts.SYSTEM_MEMORY: float(match.group(1))}) if match else unread(output)


# ---- interfaces and routes ----

_HEAD: Final = re.compile(r"^(\S+) current state\s*:\s*(Administratively DOWN|\*?UP|\*?DOWN)\b.*$", re.M | re.I)
_BANDWIDTH: Final = re.compile(r"\bSpeed\s*:\s*(\d+)\b|Current BW\s*:\s*(\d+)([MG])", re.I)


def interfaces(output: str) -> Told:
    """`display interface`: state, protocol, address, speed and errors of each."""
    heads = list(_HEAD.finditer(output))
    if not heads:
        return unread(output)
    ends = [*(head.start() for head in heads), len(output)][1:]
    return Told(
        {
            facts.INTERFACES: tuple(
                _interface(head, output[head.end() : end]) for head, end in zip(heads, ends, strict=True)
            )
        }
    )


def _interface(head: re.Match[str], part: str) -> Interface:
    state = head.group(2).upper()
    said = re.search(r"^\s*Description[ \t]*:[ \t]*(\S.*?)[ \t]*$", part, re.M)
    described = said.group(1) if said and not said.group(1).startswith("HUAWEI, ") else ""  # the factory's own text
    line = re.search(r"^Line protocol current state\s*:\s*(UP|DOWN)", part, re.M | re.I)
    address = re.search(r"^Internet Address is (?:negotiated, |allocated by DHCP, )?([\d.]+)/\d+", part, re.M)
    rate = _BANDWIDTH.search(part)
    up = state == "UP" and (line is None or line.group(1).upper() == "UP")
    return Interface(
        name=head.group(1),
        description=described or ABSENT,
        alias=described or ABSENT,
        kind=kind(head.group(1)),
        admin_up="ADMINISTRATIVELY" not in state and not state.startswith("*"),
        oper_up=up,
        addresses=(address.group(1),) if address else ABSENT,
        speed_bps=_speed(rate) if rate else ABSENT,
    )


def _speed(match: re.Match[str]) -> int | Absent:
    """`Speed : 1000` is Mbit/s; `Current BW: 10G`; 0 of a port that is down is none."""
    if match.group(1):
        return int(match.group(1)) * 10**6 or ABSENT
    return int(match.group(2)) * (10**9 if match.group(3).upper() == "G" else 10**6) or ABSENT


_IP: Final = r"\d+\.\d+\.\d+\.\d+"
_ROUTE: Final = re.compile(rf"\s*(?:({_IP}/\d+)\s+)?([A-Z]\S*)\s+(\d+)\s+\d+\s+([A-Z]*)\s+({_IP})\s+(\S+)\s*$")


def routes(output: str) -> Told:
    """`display ip routing-table 0.0.0.0`: the default routes; D was downloaded to the forwarding table."""
    found = []
    known = ""
    for line in output.splitlines():
        row = re.match(
            r"\s*(?:(\d+\.\d+\.\d+\.\d+/\d+)\s+)?([A-Z]\S*)\s+(\d+)\s+\d+\s+([A-Z]*)\s+(\d+\.\d+\.\d+\.\d+)\s+(\S+)\s*$",
            line,
        )
        if row is None:
            continue
        known = row.group(1) or known
        if known == "0.0.0.0/0":
            protocol = {"Unr": "user", "Static": "static"}.get(row.group(2), row.group(2).lower())
            found.append(
                Route("0.0.0.0/0", row.group(6), row.group(5), protocol, int(row.group(3)), "D" in row.group(4))
            )
    if found:
        return Told({facts.ROUTES_DEFAULT: tuple(found)})
    return Told() if "Destination/Mask" in output else unread(output)


# ---- sessions ----


def ike(output: str) -> Told:
    """`display ike sa`: the first phases that stand; which of them are people, it does not tell."""
    if not re.search(r"^\s*Conn-ID\s+Peer", output, re.M):
        return Told({facts.VPN_IKE_SAS: 0}) if re.search(r"Number of IKE SA\s*:\s*0\b", output) else unread(output)
    rows = re.findall(r"^\s*\d+\s+\S+(?:\s+\S+)?\s+(RD\S*)\s+(?:v[12]:)?1\b", output, re.M)
    return Told({facts.VPN_IKE_SAS: len(rows)} if rows or ended(output) else {})


def ipsec(output: str) -> Told:
    """`display ipsec sa brief`."""
    match = re.search(r"(?:Number of SAs|current ipsec sa number|IPSec SA number)\s*:\s*(\d+)", output, re.I)
    return Told({facts.VPN_IPSEC_SAS: int(match.group(1))}) if match else unread(output)


def l2tp(output: str) -> Told:
    """`display l2tp session`: callers; the total proves their number."""
    match = re.search(r"^\s*Total (?:sessions?|session number)\s*[:=]\s*(\d+)", output, re.M | re.I)
    if not match:
        return unread(output)
    return Told({facts.VPN_SERVICES: (VpnService("l2tp", int(match.group(1))),)})


def ssl(output: str) -> Told:
    """USG `display svn gateway … statistics`, `display ssl-vpn session`: users who are online."""
    match = re.search(
        r"^\s*(?:Total (?:online )?(?:users?|sessions?)|Online users?(?: number)?)\s*[:=]\s*(\d+)", output, re.M | re.I
    )
    if not match:
        return unread(output)
    return Told({facts.VPN_SERVICES: (VpnService("ssl", int(match.group(1))),)})


# ---- rules, services, probes, redundancy ----


def access_lists(output: str) -> Told:
    """`display acl all`: each rule by the number and name of its list, with its matches."""
    found = []
    name, strange = "", 0
    for line in output.splitlines():
        head = re.match(r"\s*(?:Basic|Advanced|L2|User|Interface)\S* (?:IPv6 )?ACL (?:(\S+) )?(\d+), ", line, re.I)
        if head:
            name = head.group(1) or head.group(2)
        elif re.match(r"\s*rule \d+ (?:permit|deny)\b", line):
            one = vrp_acl.entry(name, line.strip())
            strange += one is None
            found += [one.rule()] if one else []
    if not found and not re.search(r"Total (?:quantity of )?nonempty ACL number", output):
        return unread(output)
    told: dict[Key[Any], Any] = {facts.FIREWALL_RULES: tuple(found)} if found else {}
    return Told(told, strange)


def nat_servers(output: str) -> Told:
    """`display nat server`: published hosts of each interface."""
    found: list[Translation] = []
    interface = ""
    for part in re.split(r"^\s*(?=Interface\s*:|Global IP/Port)", output, flags=re.M):
        said = fields(part)
        if "interface" in said:
            interface = said["interface"]
        outer, inner = said.get("global ip/port", ""), said.get("inside ip/port", "")
        if not outer or not inner:
            continue
        protocol = re.search(r"\((\w+)\)", said.get("protocol", ""))
        kind_ = protocol.group(1) if protocol else "any"
        address, _, number = outer.partition("/")
        host, _, real = inner.partition("/")
        text = f"nat server protocol {kind_} global {address} {_port(number)} inside {host} {_port(real)}"
        if made := vrp_acl.server(interface, text, len(found)):
            found.append(made)
    return Told({facts.FIREWALL_NAT: tuple(found)}) if found else unread(output)


def _port(said: str) -> str:
    number = vrp_acl.port(said.strip().partition(" ")[0]) if said.strip() else -1
    return str(number) if ports("tcp", number, number) and number > 0 else ""


def telnet(output: str) -> Told:
    """`display telnet server status`: IPv4 or IPv6."""
    said = re.findall(r"TELNET(?: IPv[46])? server(?: status)?\s*:\s*(\w+)", output, re.I)
    return (
        Told({facts.ACCESS_TELNET: any(word.lower().startswith("enable") for word in said)}) if said else unread(output)
    )


def http(output: str) -> Told:
    """`display http server`: the page without TLS, over IPv4 or IPv6."""
    said = re.findall(r"HTTP(?: IPv6)? Server Status\s*:\s*(\w+)", output, re.I)
    return (
        Told({facts.ACCESS_HTTP: any(word.lower().startswith("enable") for word in said)}) if said else unread(output)
    )


def ssh(output: str) -> Told:
    """`display ssh server status`: 1.99 answers to version 1 as well."""
    match = re.search(r"SSH version\s*:\s*([\d.]+)", output, re.I)
    return Told({facts.ACCESS_SSH_VERSION: match.group(1)}) if match else unread(output)


def communities(output: str) -> Told:
    """`display snmp-agent community`: its class, and whether a list restricts it."""
    parts = re.split(r"^\s*Community name\s*:", output, flags=re.M | re.I)[1:]
    found = [community(part.split()[0], "acl" in fields(part)) for part in parts if part.split()]
    return Told({facts.ACCESS_SNMP: tuple(dict.fromkeys(found))}) if found else unread(output)


def vrrp(output: str) -> Told:
    """`display vrrp brief`."""
    states = re.findall(r"^\s*\d+\s+(Master|Backup|Initialize)\b", output, re.M | re.I)
    if not states:
        return unread(output)
    plain = {state.lower() for state in states}
    return Told({facts.HA_STATE: "active" if "master" in plain else "standby" if "backup" in plain else "failed"})


def pair(output: str) -> Told:
    """USG `display hrp state`."""
    match = re.search(
        r"^\s*(?:Role|HRP role|The firewall's config state is)\s*:?\s*(active|standby)", output, re.M | re.I
    )
    return Told({facts.HA_STATE: match.group(1).lower()}) if match else unread(output)


def probes(output: str) -> Told:
    """`display nqa results`: the last result of each entry."""
    found = tuple(_probes(output))
    return Told({facts.LINK_QUALITY: found}) if found else unread(output)


def _probes(output: str) -> Iterator[LinkQuality]:
    for part in re.split(r"^\s*NQA entry\s*\(", output, flags=re.M)[1:]:
        last = re.split(r"^\s*\d+\s*\. Test ", part, flags=re.M)[-1]
        target = _value(last, r"Destination ip address\s*:\s*([\d.]+)") or _value(part, r"^([^)]*)\)")
        times = re.search(r"Min/Max/Average Completion Time\s*:\s*\d+/\d+/(\d+)", last)
        lost = _value(last, r"Lost packet ratio\s*:\s*(\d+)")
        jitter = _value(last, r"Average of Jitter\s*:\s*(\d+)")
        state = _value(last, r"Completion\s*:\s*([A-Za-z]+)")
        if target and (times or lost or state):
            yield LinkQuality(
                target,
                rtt_ms=float(times.group(1)) if times and times.group(1) != "0" else ABSENT,
                jitter_ms=float(jitter) if jitter else ABSENT,
                loss_percent=float(lost) if lost else ABSENT,
                state=state.lower() or ABSENT,
            )


def _value(text: str, pattern: str) -> str:
    match = re.search(pattern, text, re.M)
    return match.group(1) if match else ""
