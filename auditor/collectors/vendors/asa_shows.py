"""What an ASA answers to `show` commands: licences, sessions, pools, tunnels, high availability, load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import asa_rules
from auditor.collectors.vendors.asa_config import between, cipher, digest, proposals
from auditor.collectors.vendors.blocks import indented
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.stamps import saved, stamp
from auditor.facts import Interface, Licence, Pool, Proposal, Session, Translation
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message

# ---- identity and licences ----


def version(output: str) -> Told:
    """`show version`: identity, uptime, and the licence block (0 on one unit of a pair is normal: it tells nothing)."""
    found: dict[Key[Any], Any] = {}
    for key, pattern in (
        (facts.IDENTITY_OS_VERSION, r"Adaptive Security Appliance Software Version (\S+)"),
        (facts.IDENTITY_MODEL, r"^(?:Hardware|Model)\s*:\s+(?:Cisco )?([^,\s]+)"),
        (facts.IDENTITY_SERIAL, r"^Serial Number:\s*(\S+)"),
        (facts.IDENTITY_NAME, r"^(\S+) up \d+ "),
    ):
        if match := re.search(pattern, output, re.M):
            found[key] = match.group(1)
    if match := re.search(r"^Model\s*:.*Threat Defense.*Version (\S+)", output, re.M):  # FTD's CLISH
        found[facts.IDENTITY_MODEL] = (
            output[match.start() : match.end()].partition(":")[2].partition(" Version")[0].strip()
        )
        found[facts.IDENTITY_OS_VERSION] = match.group(1)
    if found:
        found |= {facts.IDENTITY_VENDOR: "Cisco"}
    if (seconds := _uptime(output)) is not ABSENT:
        found[facts.SYSTEM_UPTIME] = seconds
    if peers := _peers(output):
        found[facts.VPN_SESSIONS_LICENSED] = peers
    if rows := tuple(_features(output)):
        found[facts.SYSTEM_LICENCES] = rows
    return Told(found | _changed(output)) if found else unread(output)


def _changed(output: str) -> dict[Key[Any], Any]:
    """The last line: when what runs was changed, or that it is still what the last start loaded."""
    if re.search(r"^Configuration has not been modified since last system restart", output, re.M):
        return {facts.CONFIG_UNSAVED: False}
    match = re.search(
        r"^Configuration last modified by .*? at ([\d:]+)(?:\.\d+)? (\S+) \w{3} (\w{3} +\d+ \d{4})", output, re.M
    )
    at = stamp(match[1], match[3], match[2]) if match else ""
    return {facts.CONFIG_CHANGED: at} if at else {}


def written(output: str) -> Told:
    """`show startup-config | include Written by`: when it was saved, not by whom."""
    match = re.search(r"^: Written by .*? at ([\d:]+)(?:\.\d+)? (\S+) (?:\w{3} )?(\w{3} +\d+ \d{4})", output, re.M)
    at = stamp(match[1], match[3].title(), match[2]) if match else ""
    return Told(saved(at)) if at else unread(output)


def _uptime(output: str) -> int | Absent:
    match = re.search(r"^(?!failover)\S+ up ((?:\d+ \w+ ?)+)$", output, re.M)
    units = {"year": 365 * 86400, "day": 86400, "hour": 3600, "min": 60, "sec": 1}
    parts = re.findall(r"(\d+) (year|day|hour|min|sec)", match.group(1)) if match else []
    return sum(int(count) * units[unit] for count, unit in parts) if parts else ABSENT


def _peers(output: str) -> int:
    """AnyConnect peers of the last block, the cluster's on a pair; Essentials lifts them to the platform's peers."""
    essentials = re.search(r"^\s*AnyConnect Essentials\s*:\s*Enabled", output, re.M)
    name = "Total VPN" if essentials else r"(?:AnyConnect Premium|SSL VPN|AnyConnect)"
    counts = re.findall(rf"^\s*{name} Peers\s*:\s*(\d+)", output, re.M)
    return int(counts[-1]) if counts else 0


def _features(output: str) -> Iterator[Licence]:
    """The rows of the last licence block that say how long they last."""
    blocks = re.split(r"^.*icensed features for this .*$", output, flags=re.M)
    for name, said, time in re.findall(
        r"^ {0,2}([\w/. -]{3,40}?) {1,}: (\w+) {2,}(perpetual|\d+ days|expired)?\s*$", blocks[-1], re.M
    ) if len(blocks) > 1 else ():  # fmt: skip
        count = int(said) if said.isdecimal() else ABSENT
        state = "missing" if said == "Disabled" or said == "0" else "expired" if time == "expired" else "valid"
        ends: str | Absent = "never" if time == "perpetual" else ABSENT
        yield Licence(name.strip(), state, count, expires=ends)


def entitlements(output: str) -> Told:
    """`show license all`: what smart licensing grants, and whether it is registered."""
    found: dict[Key[Any], Any] = {}
    rows = []
    for name, body in re.findall(r"^(?=\S)([^\n(]*\([\w.-]+\)):[ \t]*\n((?:[ \t]+\S.*\n?)+)", output, re.M):
        count = re.search(r"Count: (\d+)", body)
        status = re.search(r"Status: (.+)", body)
        said = status.group(1).strip().upper() if status else ""
        state = (
            "valid"
            if said in ("AUTHORIZED", "IN USE", "IN COMPLIANCE")
            else "evaluation"
            if "EVAL" in said
            else "missing"
        )
        label, _, tag = name.rpartition("(")  # one that is only asked for has no name yet, only its tag
        feature = label.strip() or tag.rstrip(")")
        rows.append(Licence(feature, state if said else ABSENT, count=int(count.group(1)) if count else ABSENT))
    if rows:
        found[facts.SYSTEM_LICENCES] = tuple(rows)
    if match := re.search(r"UDI:\s*PID:([^,\s]+),\s*SN:(\w+)", output):
        found |= {facts.IDENTITY_MODEL: match.group(1), facts.IDENTITY_SERIAL: match.group(2)}
    return Told(found) if found else unread(output)


def licences(output: str) -> Told:
    """`show vpn-sessiondb license-summary`: what is installed, not the capacity beside it, up to the limit set."""
    header = re.search(r"^\s*(Status\s*:.*\bInstalled\b.*)$", output, re.M)
    names = [name.strip() for name in header.group(1).split(":")] if header else []
    names_of = r"(?:AnyConnect|Secure Client) (?:Premium|Essentials|Apex|Plus|Advantage|Premier)"
    rows = re.findall(rf"^\s*{names_of}\s*:\s*(.*?)\s*$", output, re.M)
    found = []
    for row in rows:
        cells = dict(zip(names, (cell.strip() for cell in row.split(":")), strict=False))
        counts = [int(cell) for cell in (cells.get("Installed", ""), cells.get("Limit", "")) if cell.isdecimal()]
        if cells.get("Status", "").startswith("ENABLED") and cells.get("Installed", "").isdecimal():
            found.append(min(counts))
    return Told({facts.VPN_SESSIONS_LICENSED: max(found)}) if found else unread(output)


# ---- sessions ----

_SITES: Final = re.compile(r"Site-to-Site|LAN-to-LAN|L2L", re.I)
_NOT_USERS: Final = re.compile(r"Site-to-Site|LAN-to-LAN|L2L|Load Balancing|Email Proxy|Total|Device|Inactive", re.I)
_SESSION_ROW: Final = re.compile(
    r"^([ \t]*)(\S[^:\n]*?)[ \t]*:[ \t]*(\d+)[ \t]*:[ \t]*\d+[ \t]*:[ \t]*(\d+)\b(?:[ \t]*:[ \t]*(\d+))?", re.M
)


def sessiondb(output: str) -> Told:
    """`show vpn-sessiondb`: active, peak and capacity; indented rows are in the row above them already.

    Rows whose sum stays below the total, in which those that are inactive count too, say that one of them was not
    understood: then nothing is counted. A peak is that of one kind of client, since those of several need not be of the
    same hour.
    """
    start = re.search(r"VPN Session Summary|Active Session Summary", output)
    section = re.split(r"Tunnels Summary|License Information", output[start.end() :])[0] if start else ""
    rows = [(len(m[1]), m[2], int(m[3]), int(m[4]), int(m[5] or 0)) for m in _SESSION_ROW.finditer(section)]
    edge = min((depth for depth, *_ in rows), default=0)
    kinds = [row[1:] for row in rows if row[0] == edge and not row[1].startswith("Total")]
    users = [(now, peak) for name, now, peak, _ in kinds if not _NOT_USERS.search(name)]
    sites = [now for name, now, *_ in kinds if _SITES.search(name)]
    total = re.search(r"^ *Total(?: Active and Inactive|s)\s*:\s*(\d+)", section, re.M)
    found: dict[Key[Any], Any] = {}
    if total and int(total.group(1)) <= sum(now + asleep for _, now, _, asleep in kinds):
        found[facts.VPN_SESSIONS_NOW] = sum(now for now, _ in users)
        if users:
            found[facts.VPN_SESSIONS_PEAK] = max(peak for _, peak in users)
        found[facts.VPN_TUNNELS_NOW] = sum(sites)
    if match := re.search(r"Device Total VPN Capacity\s*:\s*(\d+)", output):
        found[facts.VPN_SESSIONS_PLATFORM_MAX] = int(match.group(1))
    if match := re.search(r"^ *SSL VPN\s*:\s*(\d+)\s+Configured", output, re.M):  # 8.x
        found[facts.VPN_SESSIONS_LICENSED] = int(match.group(1))
    return Told(found) if found else unread(output)


def sessions(output: str) -> Told:
    """`show vpn-sessiondb anyconnect`: one record for each session; their number is that of the users' sessions."""
    if re.search(r"There are presently no active sessions", output):
        return Told({facts.VPN_SESSIONS_NOW: 0, facts.VPN_USERS: ()})
    records = re.split(r"^(?=[ \t]*Username[ \t]*:)", output, flags=re.M)[1:]
    found = tuple(_session(record) for record in records)
    if not found:
        return unread(output)
    return Told({facts.VPN_SESSIONS_NOW: len(found), facts.VPN_USERS: found})


def _session(record: str) -> Session:
    def field(name: str) -> str:
        match = re.search(rf"(?:^|\s){name}\s*: (.*?)(?:\s{{2,}}[A-Z][\w ]*? *: | Index *: |\s*$)", record, re.M)
        return match.group(1).strip() if match else ""

    ciphers = re.findall(r"\(\d+\)(?!none)([\w-]+)", _long(record, "Encryption"))
    digests = re.findall(r"\(\d+\)(?!none)([\w-]+)", _long(record, "Hashing"))
    return Session(
        id=field("Username") or "?",
        group=field("Tunnel Group") or ABSENT,
        protocols=tuple(_long(record, "Protocol").split()) or ABSENT,
        encryption=tuple(dict.fromkeys(_negotiated(name) for name in ciphers)) or ABSENT,
        integrity=tuple(dict.fromkeys(digest(name) for name in digests)) or ABSENT,
        idle_s=_spent(field("Inactivity")),
        connected_s=_spent(field("Duration")),
    )


def _long(record: str, name: str) -> str:
    match = re.search(rf"^\s*{name}\s*: (.*)$", record, re.M)
    return match.group(1) if match else ""


def _negotiated(name: str) -> str:
    """`AES-GCM-256`, `AES256`, `RC4`, `3DES`."""
    plain = name.lower()
    block = re.fullmatch(r"aes-?(\d+)", plain)
    return f"aes-{block.group(1)}-cbc" if block else cipher(plain)


def _spent(said: str) -> int | Absent:
    match = re.fullmatch(r"(?:(\d+)d )?(\d+)h:(\d+)m:(\d+)s", said)
    if match is None:
        return ABSENT
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


# ---- pools, tunnels, translation, load ----


def pool(output: str) -> Told:
    """`show ip local pool NAME`: how much of it is in use; the name stands in the question alone."""
    found = []
    for first, last, free, held, used in re.findall(
        r"^\s*([\d.]+)\s+([\d.]+)\s+[\d.]+\s+(\d+)\s+(\d+)\s+(\d+)\s*$", output, re.M
    ):
        taken = int(used) + int(held)
        size = between(first, last)
        if size is ABSENT or int(free) + taken > size:
            continue
        found.append(Pool(f"{first}-{last}", first, last, addresses=int(free) + taken, used=taken))
    return Told({facts.VPN_POOLS: tuple(found)}) if found else unread(output)


def pools_to_ask(output: str) -> Sequence[str]:
    """The pools of a configuration, whose use another command tells."""
    names = re.findall(r"^ip local pool (\S+) ", output, re.M)
    return [f"show ip local pool {name}" for name in dict.fromkeys(names)]


def joined_pools(known: tuple[Pool, ...], others: tuple[Pool, ...]) -> tuple[Pool, ...]:
    """Pools that the configuration names and the counters of their use, by their first address."""
    used = {one.first: one for one in others if one.used is not ABSENT}
    done = tuple(
        Pool(one.name, one.first, one.last, one.network, used[one.first].addresses, used[one.first].used)
        if one.first in used and one.used is ABSENT
        else one
        for one in known
    )
    firsts = {one.first for one in known}
    return (*done, *(one for one in others if one.first not in firsts))


def ikev2(output: str) -> Told:
    """`show crypto ikev2 sa`: tunnels between sites, and what they agreed on; a peer verified by EAP is a user."""
    blocks = re.split(r"^(?=Session-id:)", output, flags=re.M)[1:]
    found = []
    for block in blocks:
        match = re.search(
            r"Encr: ([\w-]+)(?:, keysize: (\d+))?,.*?Hash: (\w+), DH Grp:(\d+).*?Auth verify: (\w+)", block, re.S
        )
        if match and "READY" in block:
            name = f"{match.group(1)}-{match.group(2)}".lower() if match.group(2) else match.group(1).lower()
            life = re.search(r"Life/Active Time: (\d+)/", block)
            use = "remote" if match.group(5).upper() == "EAP" else "site"
            found.append(
                Proposal(
                    use, "ikev2", (cipher(name),), (digest(match.group(3)),), (int(match.group(4)),),
                    lifetime_s=int(life.group(1)) if life else ABSENT,
                )
            )  # fmt: skip
    if not found:
        return Told({facts.VPN_TUNNELS_NOW: 0}) if "There are no IKEv2 SAs" in output else unread(output)
    sites = sum(1 for one in found if one.use == "site")
    return Told({facts.VPN_TUNNELS_NOW: sites, facts.VPN_PROPOSALS: tuple(dict.fromkeys(found))})


def offered(output: str) -> Told:
    """`show running-config crypto …`: every proposal that is written."""
    rows = proposals(indented(output), whole=False)
    return Told({facts.VPN_PROPOSALS: rows}) if rows else unread(output)


def access_lists(output: str) -> Told:
    """`show access-list`: the entries with their hits."""
    rows = asa_rules.counted(output)
    return Told({facts.FIREWALL_RULES: rows}) if rows else unread(output)


def translated(output: str) -> Told:
    """`show nat`: translation in order, with how often each rule was used."""
    rows: list[Translation] = []
    for head, hits in re.findall(
        r"^\s*\d+ (\([\w.-]+\) to \([\w.-]+\) source .*)\n\s*translate_hits = \d+, untranslate_hits = (\d+)",
        output,
        re.M,
    ):
        words = re.sub(r"[()]", "", head.partition(" description ")[0]).replace(" to ", " ").split()
        if len(words) < 6:
            continue
        to = words[words.index("destination") + 2 :][:2] if "destination" in words else []
        rows.append(
            Translation(
                id=f"{len(rows) + 1}",
                kind=words[3],
                from_=(words[0],),
                to=(words[1],),
                original=(words[4],),
                translated=(words[5],),
                destination=(to[0],) if to else ("any",),
                redirected=(to[1],) if len(to) > 1 else ABSENT,
                enabled="inactive" not in words,
                hits=int(hits),
            )
        )
    return Told({facts.FIREWALL_NAT: tuple(rows)}) if rows else unread(output)


def resources(output: str) -> Told:
    """`show resource usage`: the size of the connection table, where it is limited; of all contexts together."""
    rows = re.findall(r"^Conns +(\d+)\s+(\d+)\s+(\d+|unlimited|N/A)", output, re.M)
    found: dict[Key[Any], Any] = {}
    if rows:
        found[facts.FIREWALL_SESSIONS_NOW] = sum(int(now) for now, _, _ in rows)
        found[facts.FIREWALL_SESSIONS_PEAK] = sum(int(peak) for _, peak, _ in rows)
        if all(limit.isdecimal() for _, _, limit in rows):
            found[facts.FIREWALL_SESSIONS_MAX] = sum(int(limit) for _, _, limit in rows)
    missing = {} if facts.FIREWALL_SESSIONS_MAX in found else {facts.FIREWALL_SESSIONS_MAX: Message("gap.unlimited")}
    return Told(found, missing=missing) if rows else unread(output)


def processor(output: str) -> Told:
    """`show cpu usage`: the average over five minutes."""
    match = re.search(r"5 minutes: (\d+)%", output)
    return Told({facts.SYSTEM_CPU: float(match.group(1))}) if match else unread(output)


def failover(output: str) -> Told:
    """`show failover`: this unit's part in the pair; a mate that is not ready is no redundancy."""
    if re.search(r"^\s*Failover Off", output, re.M | re.I):
        return Told({facts.HA_STATE: "standalone"})
    here = re.search(r"This host: *\w+(?: - (\w[\w ]*))?", output)
    if not re.search(r"^\s*Failover On", output, re.M) or here is None:
        return unread(output)
    mate = output[here.end() :].partition("Other host")[2]
    own = here.group(1) or ("Active" if re.search(r"Group \d+ State: *Active", output[here.end() :]) else "")
    if not own or not mate:
        return unread(output)
    told = re.match(r"[^\n]*", mate)
    said = told.group() if told and " - " in told.group() else " ".join(re.findall(r"Group \d+ State:[^\n]*", mate))
    if not re.search(r"- \w|State: *\w", said):
        return unread(output)
    ready = re.search(r"Standby Ready|\bActive\b", said) is not None  # `Active time:` follows, whatever its state
    state = "active" if own.startswith("Active") else "standby" if own.startswith("Standby Ready") else "failed"
    return Told({facts.HA_STATE: state if ready else "failed"})


def cluster(output: str) -> Told:
    """`show vpn load-balancing`: the licences of this box, which `*` marks."""
    section = output.partition("Total License Load")[2]
    match = re.search(r"^\s*(\d+)\s+\d+\s+\d+%.*\*\s*$", section, re.M)
    return Told({facts.VPN_SESSIONS_LICENSED: int(match.group(1))}) if match and int(match.group(1)) else unread(output)


def logging(output: str) -> Told:
    """`show logging`: where messages go; the messages themselves are not read."""
    if re.search(r"^Syslog logging: disabled", output, re.M):
        return Told({facts.ACCESS_LOGGING: ()})
    if not re.search(r"^Syslog logging: enabled", output, re.M):
        return unread(output)
    hosts = tuple(dict.fromkeys(re.findall(r"^\s+Logging to \S+ ([^\s,]+)", output, re.M)))
    kept = re.search(r"^\s+(?:Buffer|ASDM) logging: level", output, re.M)
    if hosts or kept:
        return Told({facts.ACCESS_LOGGING: hosts or ("local",)})
    return unread(output)


def ports(output: str) -> Told:
    """`show interface`: the interfaces by the name that the configuration gives them, with speed and errors."""
    blocks = re.split(r"^(?=Interface \S+ \")", output, flags=re.M)[1:]
    rows = tuple(row for block in blocks if (row := _port(block)) is not None)
    return Told({facts.INTERFACES: rows}) if rows else unread(output)


def _port(block: str) -> Interface | None:
    head = re.match(r'Interface (\S+) "(.*?)", is (administratively )?(up|down), line protocol is (up|down)', block)
    if head is None:
        return None
    speed = re.search(r"Auto-Speed\((\d+) Mbps\)|\((\d+) Mbps\)", block)
    address = re.search(r"IP address ([\d.]+), subnet", block)
    label = re.search(r"^\s+Description: (.+)$", block, re.M)
    errors = re.search(r"(\d+) input errors", block), re.search(r"(\d+) output errors", block)
    return Interface(
        name=head.group(2) or head.group(1),
        alias=label.group(1).strip() if label else ABSENT,
        description=head.group(1),
        admin_up=not head.group(3),
        oper_up=head.group(5) == "up",
        speed_bps=int(speed.group(1) or speed.group(2)) * 1_000_000 if speed else ABSENT,
        in_errors=int(errors[0].group(1)) if errors[0] else ABSENT,
        out_errors=int(errors[1].group(1)) if errors[1] else ABSENT,
        addresses=(address.group(1),) if address else ABSENT,
    )


def tls(output: str) -> Told:
    """`show running-config all ssl`: the oldest TLS that is accepted, the factory value included."""
    match = re.search(r"^ssl server-version (\S+)", output, re.M)
    return Told({facts.VPN_TLS_MINIMUM: match.group(1)}) if match else unread(output)


def checksum(output: str) -> str:
    """`show checksum`: that of the running configuration."""
    match = re.search(r"Cryptochecksum:\s*([0-9a-f ]+)", output)
    return match.group(1).strip() if match else ""
