"""Outputs of Cisco IOS `show` commands: identity, interfaces, policies, routes, probes, sessions, management."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.blocks import Line, indented, secret_class, weak
from auditor.collectors.vendors.cisco_snmp import platform
from auditor.collectors.vendors.ios_acl import entry
from auditor.collectors.vendors.ios_names import interface_kind
from auditor.collectors.vendors.page import Told, unread
from auditor.facts import Interface, Licence, LinkQuality, LinkRate, Route, Rule
from auditor.model import Key
from auditor.values import ABSENT, Absent

# ---- identity ----


def version(output: str) -> Told:
    """`show version`: what the box is and runs."""
    found: dict[Key[Any], Any] = {}
    for key, pattern in (
        (facts.IDENTITY_OS_VERSION, r"^(?:Cisco IOS|IOS \(tm\)).*?Version ([^,\s[]+)"),
        (facts.IDENTITY_MODEL, r"^[Cc]isco (\S+) \(.*(?:processor|memory)"),
        (facts.IDENTITY_SERIAL, r"^Processor board ID ([^\s,]+)"),
        (facts.IDENTITY_NAME, r"^(\S+) uptime is"),
    ):
        if match := re.search(pattern, output, re.M):
            found[key] = match.group(1)
    if (match := re.search(r"^\S+ uptime is (.+)$", output, re.M)) and (seconds := _uptime(match.group(1))):
        found[facts.SYSTEM_UPTIME] = seconds
    if "Cisco IOS" in output or "Cisco Internetwork Operating System" in output:
        found[facts.IDENTITY_VENDOR] = "Cisco"
        found[facts.IDENTITY_PLATFORM] = platform(output)
    return Told(found) if found else unread(output)


def last_change(output: str) -> str:
    """`show running-config | include Last configuration change`: when, not by whom."""
    match = re.search(r"^!+ Last configuration change at (.+?)(?: by \S+)?\s*$", output, re.M)
    return match.group(1) if match else ""


_UNITS: Final = {"year": 31_536_000, "week": 604_800, "day": 86_400, "hour": 3600, "minute": 60, "second": 1}


def _uptime(said: str) -> int:
    """`1 year, 2 weeks, 3 days, 4 hours, 5 minutes` in seconds."""
    return sum(int(count) * _UNITS[unit] for count, unit in re.findall(rf"(\d+) ({'|'.join(_UNITS)})s?\b", said))


def licences(output: str) -> Told:
    """`show license summary` and `show license usage`: what is in use; a heading alone is "none in use"."""
    if not re.search(r"^\s*License\b.*(?:Status|Entitlement)|^License (?:Usage|Authorization:)", output, re.M):
        return unread(output)
    rows = re.findall(r"^\s*(\S[\w .-]*?)\s+\(([^)]*)\)?\.*\)?:?\s+(\d+)\s+([A-Z][A-Z ]+?)\s*$", output, re.M)
    found = [Licence(name.strip(), state.lower(), used=int(count)) for name, _, count, state in rows]
    for block in re.finditer(
        r"^(\S+) \([^)]*\):\n(?:\s+.*\n)*?\s+Count: (\d+)\n(?:\s+.*\n)*?\s+Status: (.+)$", output, re.M
    ):
        found.append(Licence(block.group(1), block.group(3).strip().lower(), used=int(block.group(2))))
    return Told({facts.SYSTEM_LICENCES: tuple(dict.fromkeys(found))})


def features(output: str) -> Told:
    """`show license` (older) and `show license feature`."""
    found = []
    for block in re.split(r"^Index \d+ ", output, flags=re.M)[1:]:
        name = re.match(r"Feature: (\S+)", block)
        state = re.search(r"License State: (.+)$", block, re.M)
        if name:
            found.append(Licence(name.group(1), state.group(1).strip().lower() if state else ABSENT))
    rows = re.findall(r"^(\S+)\s+(?:yes|no)\s+(?:yes|no)\s+(?:yes|no)\s+(yes|no)\b", output, re.M)
    found += [Licence(name, "in use" if on == "yes" else "not in use") for name, on in rows]
    return Told({facts.SYSTEM_LICENCES: tuple(found)}) if found else unread(output)


_RATE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]?)(?:bps|b/s|bits?)?$", re.I)


def throughput(output: str) -> Told:
    """`show platform hardware throughput crypto`: what is enforced, never what is only configured."""
    match = re.search(r"^Current enforced crypto throughput level: (\S+)", output, re.M)
    if match is None:
        return unread(output)
    rate = _RATE.match(match.group(1))
    bps = int(float(rate.group(1)) * {"": 1, "K": 1000, "M": 10**6, "G": 10**9}[rate.group(2).upper()]) if rate else 0
    return Told({facts.VPN_CRYPTO_LICENSED: bps} if bps else {})


# ---- interfaces and policies ----


def interfaces(output: str) -> Told:
    """`show interfaces`: state, errors, the bandwidth statement (which is no port's speed), addresses."""
    blocks = re.split(r"^(?=\S+ is (?:up|down|administratively down|reset|deleted|standby)\b)", output, flags=re.M)
    rows = tuple(row for block in blocks if (row := _interface(block)) is not None)
    if not rows:
        return unread(output)
    rates = tuple(rate for block in blocks if (rate := _bandwidth(block)) is not None)
    found: dict[Key[Any], Any] = {facts.INTERFACES: rows}
    if rates:
        found[facts.LINK_RATES] = rates
    return Told(found)


_FACTORY: Final = {
    "ethernet": 10_000, "fastethernet": 100_000, "gigabitethernet": 1_000_000, "tengigabitethernet": 10_000_000,
    "fivegigabitethernet": 5_000_000, "twogigabitethernet": 2_500_000, "loopback": 8_000_000, "serial": 1544,
    "null": 10_000_000, "dialer": 56, "tunnel": 100, "virtual-template": 100_000, "virtual-access": 100_000,
    "vlan": 1_000_000, "bvi": 10_000, "async": 9, "multilink": 1544,
}  # fmt: skip


def _interface(block: str) -> Interface | None:
    head = re.match(r"(\S+) is ([a-z ]+?)(?:,| *\()[^\n]*?line protocol is (\w+)", block)
    if head is None:
        return None

    def count(pattern: str) -> int | Absent:
        match = re.search(pattern, block)
        return int(match.group(1)) if match else ABSENT

    name = head.group(1)
    kind = interface_kind(name)
    label = re.search(r"^\s+Description: (.+)$", block, re.M)
    addresses = tuple(re.findall(r"Internet address is (\d+\.\d+\.\d+\.\d+)", block))
    return Interface(
        name=name,
        alias=label.group(1).strip() if label else ABSENT,
        kind=kind,
        physical=False if kind in ("loopback", "tunnel", "vlan", "aggregate", "bridge", "other", "ppp") else ABSENT,
        admin_up="administratively" not in head.group(2),
        oper_up=head.group(3) == "up",
        speed_bps=_port_speed(block),
        in_errors=count(r"(\d+) input errors"),
        out_errors=count(r"(\d+) output errors"),
        out_discards=count(r"Total output drops: (\d+)"),
        in_discards=count(r"Input queue: \d+/\d+/(\d+)/"),
        in_packets=count(r"(\d+) packets input"),
        out_packets=count(r"(\d+) packets output"),
        addresses=addresses or ABSENT,
    )


def _port_speed(block: str) -> int | Absent:
    """The speed that was negotiated (`Full-duplex, 1000Mb/s`), not BW, which is a statement."""
    match = re.search(r"(?:duplex|Duplex), (\d+)\s?([MG])b(?:ps|/s)", block)
    return int(match.group(1)) * {"M": 10**6, "G": 10**9}[match.group(2)] if match else ABSENT


def _bandwidth(block: str) -> LinkRate | None:
    """BW where it differs from the factory value of its kind and from the speed of the port: somebody wrote it."""
    head = re.match(r"(([A-Za-z-]+)\S*) is ", block)
    match = re.search(r"\bBW (\d+) ?Kbit", block)
    if head is None or match is None:
        return None
    rate = int(match.group(1))
    kind = head.group(2).lower()
    speed = _port_speed(block)
    usual = {_FACTORY.get(kind, rate), *([] if isinstance(speed, Absent) else [speed // 1000])}
    if "ethernet" in kind:  # the factory value follows the negotiated speed
        usual |= {10_000, 100_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000}
    return None if rate in usual else LinkRate(head.group(1), "bandwidth", rate * 1000, rate * 1000)


_SHAPED: Final = (r"shape \((?:average|peak)\) cir (\d+)", r"target shape rate (\d+)", r"(\d+)/\d+\s+\d+\s+\d+")
_POLICED: Final = (r"(?:police:?\s+)?(?:cir|rate) (\d+) ?(?:bps|,|$)",)


def policies(output: str) -> Told:
    """`show policy-map interface`: the rate of each whole policy: what it shapes to, else what it polices to."""
    attached = [
        (interface.text.split()[0], policy)
        for interface in indented(output).below
        for policy in interface.starting("Service-policy input: ", "Service-policy output: ")
    ]
    if not attached:
        return unread(output)
    found = tuple(dict.fromkeys(rate for name, policy in attached for rate in _policy(name, policy)))
    return Told({facts.LINK_RATES: found} if found else {})


def _policy(interface: str, policy: Line) -> Iterator[LinkRate]:
    """The rate of the policy's own classes; one nested in a class is not the link's."""
    classes = {line.words[1]: list(_own(line)) for line in policy.starting("Class-map: ")}
    for method, patterns in (("shaper", _SHAPED), ("policer", _POLICED)):
        rates = {name: rate for name, texts in classes.items() if (rate := _rate(texts, patterns))}
        rate = rates.get("class-default", next(iter(rates.values())) if len(rates) == 1 else 0)
        if rate:
            down, up = (rate, ABSENT) if policy.text.startswith("Service-policy input") else (ABSENT, rate)
            yield LinkRate(interface, method, down, up)
            return


def _own(line: Line) -> Iterator[str]:
    """The lines of a class without those of the policy nested in it."""
    for below in line.below:
        if not below.text.startswith("Service-policy"):
            yield below.text
            yield from _own(below)


def _rate(texts: list[str], patterns: tuple[str, ...]) -> int:
    return next(
        (int(match.group(1)) for pattern in patterns for text in texts if (match := re.match(pattern, text))), 0
    )


def policy_maps(output: str) -> Told:
    """`show policy-map`: what is defined; whether an interface applies it, it does not say."""
    return Told() if re.search(r"^\s*Policy Map ", output, re.M) else unread(output)


# ---- routes and probes ----

_CODES: Final = {"S": "static", "B": "bgp", "O": "ospf", "D": "eigrp", "R": "rip", "i": "is-is", "C": "connected"}


def routes(output: str) -> Told:
    """`show ip route`, of the whole table or of 0.0.0.0: the default routes in use."""
    if not re.search(r"^Codes: |^Routing entry for |^% (?:Network|Subnet) not in table", output, re.M):
        return unread(output)
    found = [*_table(output), *_entry(output)]
    told: dict[Key[Any], Any] = {facts.ROUTES_DEFAULT: tuple(dict.fromkeys(found))} if found else {}
    return Told(told)


def _table(output: str) -> Iterator[Route]:
    """`S*    0.0.0.0/0 [1/0] via 192.0.2.1, Dialer1` and the lines that continue it."""
    lines = output.splitlines()
    for place, line in enumerate(lines):
        match = re.match(r"([SBODRiC])[* ]*(?:\w{1,2} +)?0\.0\.0\.0(?:/0)?\s+(.*)$", line)
        if match is None:
            continue
        rest = [match.group(2)]
        for more in lines[place + 1 :]:
            if not re.match(r"\s+(?:\[\d+/\d+\] )?(?:via|is directly)", more):
                break
            rest.append(more.strip())
        for text in rest:
            if (route := _hop(text, _CODES[match.group(1)])) is not None:
                yield route
    last = re.search(r"^Gateway of last resort is (\d+\.\d+\.\d+\.\d+) to network 0\.0\.0\.0", output, re.M)
    if last and not re.search(r"^\S{1,4}\*", output, re.M):
        yield Route("0.0.0.0/0", gateway=last.group(1), active=True)


def _hop(text: str, protocol: str) -> Route | None:
    via = re.search(r"via (\d+\.\d+\.\d+\.\d+)", text)
    port = re.search(r"(?:, |directly connected, )([A-Z][A-Za-z-]+[\d/.:]*)", text)
    distance = re.search(r"\[(\d+)/", text)
    if port and port.group(1).lower().startswith("null"):
        return None
    if not via and not port:
        return None
    return Route(
        "0.0.0.0/0",
        port.group(1) if port else ABSENT,
        via.group(1) if via else ABSENT,
        protocol,
        int(distance.group(1)) if distance else ABSENT,
        active=True,
    )


def _entry(output: str) -> Iterator[Route]:
    """`show ip route 0.0.0.0`: one block with its descriptor lines."""
    if not re.search(r"^Routing entry for 0\.0\.0\.0(?:/0| 0\.0\.0\.0)", output, re.M):
        return
    known = re.search(r'Known via "(\w[\w-]*)', output)
    distance = re.search(r"distance (\d+)", output)
    for line in re.findall(r"^\s+\*? ?(\d+\.\d+\.\d+\.\d+.*|directly connected, via \S+.*)$", output, re.M):
        gateway = re.match(r"\d+\.\d+\.\d+\.\d+", line)
        port = re.search(r"via ([A-Z][A-Za-z-]+[\d/.:]+)", line)
        yield Route(
            "0.0.0.0/0",
            port.group(1) if port else ABSENT,
            gateway.group(0) if gateway else ABSENT,
            known.group(1) if known else ABSENT,
            int(distance.group(1)) if distance else ABSENT,
            active=True,
        )


_SLA: Final = re.compile(
    r"^\s*[*^~]?(\d+)\s+(\S+)\s+(\S+)\s+(?:Active\s+(?=\d|-))?((?:RTT=)?(\d+)(u)?|-|\S+)\s+(\S.*?)\s{2,}(\S.*)$", re.M
)


def sla_summary(output: str) -> Told:
    """`show ip sla summary`: the last round trip of each operation and how it ended."""
    if "ReturnCode" not in output and "Return" not in output:
        return unread(output)
    found = []
    for match in _SLA.finditer(output):
        rtt = int(match.group(5)) / (1000 if match.group(6) else 1) if match.group(5) else ABSENT
        found.append(LinkQuality(match.group(3), rtt, state=match.group(7).strip().lower()))
    return Told({facts.LINK_QUALITY: tuple(found)} if found else {})


def sla_statistics(output: str) -> Told:
    """`show ip sla statistics`: successes and failures since the start give the loss of an echo."""
    blocks = re.split(r"^(?=IPSLA operation id: |Round Trip Time \(RTT\) for\s+Index )", output, flags=re.M)[1:]
    if not blocks:
        return unread(output)
    found = tuple(_statistic(block) for block in blocks)
    return Told({facts.LINK_QUALITY: found})


def _statistic(block: str) -> LinkQuality:
    def figure(pattern: str) -> int | Absent:
        match = re.search(pattern, block)
        return int(match.group(1)) if match else ABSENT

    name = re.search(r"(?:operation id: |Index )(\d+)", block)
    rtt = figure(r"(?:Latest RTT: |RTT Values:[\s\S]*?RTT Min/Avg/Max: \d+/)(\d+)")
    jitter = figure(r"Source to Destination Jitter Min/Avg/Max: \d+/(\d+)")
    good, bad = figure(r"Number of successes: (\d+)"), figure(r"Number of failures: (\d+)")
    out, back = (figure(rf"Loss {way}: (\d+)") for way in ("Source to Destination", "Destination to Source"))
    answers = figure(r"Number Of RTT: (\d+)")
    loss: float | Absent = ABSENT
    if isinstance(answers, int) and isinstance(out, int) and isinstance(back, int) and answers + out + back:
        loss = round(100 * (out + back) / (answers + out + back), 3)
    elif isinstance(good, int) and isinstance(bad, int) and good + bad:
        loss = round(100 * bad / (good + bad), 3)
    code = re.search(r"Latest operation return code: (.+)$", block, re.M)
    return LinkQuality(
        f"operation {name.group(1)}" if name else "operation",
        float(rtt) if isinstance(rtt, int) else ABSENT,
        float(jitter) if isinstance(jitter, int) else ABSENT,
        loss,
        code.group(1).strip().lower() if code else ABSENT,
    )


def tracks(output: str) -> Told:
    """`show track`: objects that routes and groups depend on; each as a probe of its state."""
    found = []
    for block in re.split(r"^(?=Track \d+)", output, flags=re.M)[1:]:
        name = re.match(r"Track (\d+)[^\n]*\n\s+(\S[^\n]*)", block)
        state = re.search(
            r"(?i)(?:Line protocol|State|Reachability|Path|IP routing|Metric threshold) is (Up|Down)", block
        )
        if name and state:
            found.append(LinkQuality(f"track {name.group(1)}: {name.group(2)}", state=state.group(1).lower()))
    return Told({facts.LINK_QUALITY: tuple(found)}) if found else unread(output)


# ---- the management plane ----


def ssh(output: str) -> Told:
    """`show ip ssh`: version and algorithms offered; 1.99 answers both versions."""
    match = re.search(r"^SSH (Enabled|Disabled) - version (\d\.\d+)", output, re.M)
    if match is None:
        return unread(output)
    said = {"1.5": "1", "1.99": "1,2", "2.0": "2"}.get(match.group(2), match.group(2))
    found: dict[Key[Any], Any] = {facts.ACCESS_SSH_VERSION: said} if match.group(1) == "Enabled" else {}
    names = [
        name
        for label in ("KEX", "Encryption", "MAC", "Hostkey")
        if (line := re.search(rf"^{label} Algorithms:\s*(\S+)$", output, re.M))
        for name in line.group(1).split(",")
    ]
    if names and found:
        found[facts.ACCESS_SSH_ALGORITHMS] = tuple(dict.fromkeys(names))
    return Told(found)


def http(output: str) -> Told:
    """`show ip http server status` (or `all`): whether the page in the clear answers."""
    match = re.search(r"^HTTP server status: (Enabled|Disabled)", output, re.M)
    return Told({facts.ACCESS_HTTP: match.group(1) == "Enabled"}) if match else unread(output)


def communities(output: str) -> Told:
    """`show snmp community`: the class of each and whether a list restricts it, never its name."""
    blocks = re.split(r"^(?=Community name:)", output, flags=re.M)[1:]
    if not blocks:
        return unread(output)
    found = []
    for block in blocks:
        kind = secret_class(block.partition("\n")[0])
        listed = bool(re.search(r"access-list: ?\S", block))
        found.append("v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else
                     "v2c-restricted" if listed else "v2c-open")  # fmt: skip
    return Told({facts.ACCESS_SNMP: tuple(dict.fromkeys(found))})


def snmp_users(output: str) -> Told:
    """`show snmp user`: how well each user of SNMPv3 is protected."""
    blocks = re.split(r"^(?=User name:)", output, flags=re.M)[1:]
    if not blocks:
        return unread(output)
    found = []
    for block in blocks:
        auth, priv = (
            match.group(1).lower() if (match := re.search(rf"{name} Protocol: (\S+)", block)) else "none"
            for name in ("Authentication", "Privacy")
        )
        found.append("v3-noauth" if auth == "none" else "v3-auth" if priv == "none" else "v3-authpriv")
    return Told({facts.ACCESS_SNMP: tuple(dict.fromkeys(found))})


def logs(output: str) -> Told:
    """`show logging`: where logs go besides the device's own memory."""
    if not re.search(r"^Syslog logging: (enabled|disabled)", output, re.M):
        return unread(output)
    hosts = tuple(
        dict.fromkeys(re.findall(r"^\s+Logging to (\d+(?:\.\d+){3}|[0-9a-fA-F]*:[0-9a-fA-F:]+)", output, re.M))
    )
    local = re.search(r"^\s+Buffer logging:\s+level", output, re.M)
    return Told({facts.ACCESS_LOGGING: hosts or (("local",) if local else ())})


def standby(output: str) -> Told:
    """`show standby brief`, `show vrrp brief`: active where any group is."""
    head = re.search(r"^\s*Interface\s+Grp\s.*$", output, re.M)  # it names a master's address too
    if head is None:
        return unread(output)
    rows = output[head.end() :]
    states = [one.capitalize() for one in re.findall(r"(?i)\s(active|master|standby|backup|listen)\s", rows)]
    active = {"Active", "Master"} & set(states)
    return Told({facts.HA_STATE: "active" if active else "standby"} if states else {})


def access_lists(output: str) -> Told:
    """`show ip access-lists`: every entry with its hits; which interface a list filters stands in the configuration."""
    rules: list[Rule] = []
    strange, name, standard, place = 0, "", False, 0
    for line in output.splitlines():
        if head := re.match(r"(Standard|Extended|Reflexive) IP access list (\S+)", line):
            name, standard, place = head.group(2), head.group(1) == "Standard", 0
        elif line.strip():
            place += 10
            one = entry(name, line, place, standard=standard) if name else None
            if one is not None:
                rules.append(one.rule())
            else:
                strange += 1
    return Told({facts.FIREWALL_RULES: tuple(rules)}, strange) if rules else unread(output)


def translations(output: str) -> Told:
    """`show ip nat statistics`: translations now and the most there were."""
    now = re.search(r"^Total (?:active )?translations: (\d+)", output, re.M)
    peak = re.search(r"^Peak translations: (\d+)", output, re.M)
    found: dict[Key[Any], Any] = {}
    if now:
        found[facts.FIREWALL_SESSIONS_NOW] = int(now.group(1))
    if peak:
        found[facts.FIREWALL_SESSIONS_PEAK] = int(peak.group(1))
    return Told(found) if found else unread(output)
