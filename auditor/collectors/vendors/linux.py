"""Linux hosts and gateways: identity, interfaces, shapers and the default route, from JSON where ip and tc speak it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import doors, standard
from auditor.collectors.vendors.page import Command, Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.standard import number, text
from auditor.facts import Interface, LinkRate
from auditor.model import ABSENT, Key

NET_SNMP: Final = "1.3.6.1.4.1.8072.3.2.10"
BOOTED: Final = "1.3.6.1.2.1.25.1.1.0"  # hrSystemUptime: since the host started; sysUpTime is the agent's own


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    found: dict[Key[Any], Any] = {facts.IDENTITY_PLATFORM: "linux"}
    if match := re.match(r"Linux \S+ (\S+)", description):
        found[facts.IDENTITY_OS_VERSION] = f"Linux {match.group(1)}"
    return Told(found)


def _booted(values: Mapping[Oid, SnmpValue]) -> Told:
    ticks = number(values.get(BOOTED, ABSENT))
    return Told({facts.SYSTEM_UPTIME: ticks // 100} if isinstance(ticks, int) else {})


def release(output: str) -> Told:
    """`cat /etc/os-release`."""
    names = dict(re.findall(r'^([A-Z_]+)="?([^"\n]*)"?$', output, re.M))
    if "ID" not in names:
        return Told(unparsed=len(output.splitlines()))
    found: dict[Key[Any], Any] = {
        facts.IDENTITY_PLATFORM: "linux",
        facts.IDENTITY_OS_VERSION: line(names.get("PRETTY_NAME") or names["ID"]),
    }
    return Told(found)


def name(output: str) -> Told:
    """`uname -n`."""
    said = line(output)
    return Told({facts.IDENTITY_NAME: said} if re.fullmatch(r"[A-Za-z0-9._-]+", said) else {})


def uptime(output: str) -> Told:
    """`cat /proc/uptime`: seconds since boot."""
    match = re.match(r"\s*(\d+)(?:\.\d+)? \d+", output)
    return Told({facts.SYSTEM_UPTIME: int(match.group(1))} if match else {})


def processors(output: str) -> Told:
    """`nproc`."""
    return Told({facts.HOST_CPUS: int(output)} if output.strip().isdigit() else {})


def _json(output: str) -> list[Any] | None:
    """The JSON list of an answer, also behind a warning that sudo or ssh put before it."""
    start = output.find("[")
    try:
        found = json.loads(output[start:]) if start >= 0 else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


_KINDS: Final = {"loopback": "loopback", "ether": "ethernet", "none": "tunnel", "ppp": "ppp"}


def links(output: str) -> Told:
    """`ip -j -s addr`: interfaces with their states, errors and addresses; a virtual port tells no speed."""
    rows = _json(output)
    if rows is None:
        return Told(unparsed=len(output.splitlines()))
    return Told({facts.INTERFACES: tuple(_link(row) for row in rows if isinstance(row, dict) and row.get("ifname"))})


def _link(row: Mapping[str, Any]) -> Interface:
    received, sent = (row.get("stats64", {}).get(way, {}) for way in ("rx", "tx"))
    flags, kind = row.get("flags", []), _KINDS.get(str(row.get("link_type")), ABSENT)
    state = str(row.get("operstate", "UNKNOWN"))
    return Interface(
        name=line(str(row["ifname"])),
        index=row["ifindex"] if isinstance(row.get("ifindex"), int) else ABSENT,
        alias=line(str(row["ifalias"])) if row.get("ifalias") else ABSENT,
        kind=kind,
        physical=False if kind in ("loopback", "tunnel") else ABSENT,
        admin_up="UP" in flags,
        oper_up=True if state == "UP" else False if state in ("DOWN", "LOWERLAYERDOWN") else ABSENT,
        in_errors=_count(received, "errors"),
        out_errors=_count(sent, "errors"),
        in_discards=_count(received, "dropped"),
        out_discards=_count(sent, "dropped"),
        in_packets=_count(received, "packets"),
        out_packets=_count(sent, "packets"),
        addresses=tuple(line(str(a["local"])) for a in row.get("addr_info", []) if a.get("local")) or ABSENT,
    )


def _count(counters: Mapping[str, Any], key: str) -> Any:
    return counters[key] if isinstance(counters.get(key), int) else ABSENT


def shapers(output: str) -> Told:
    """`tc -j qdisc show`: the rate of a token bucket, in bytes/s there, in bit/s here."""
    rows = _json(output)
    if rows is None:
        return Told(unparsed=len(output.splitlines()))
    found = [
        LinkRate(line(str(row.get("dev", ""))), "shaper", up_bps=rate * 8)
        for row in rows
        if isinstance(row, dict) and isinstance(rate := row.get("options", {}).get("rate"), int) and rate > 0
    ]
    return Told({facts.LINK_RATES: tuple(found)} if found else {})


COMMANDS: Final = (
    Command("cat /etc/os-release", (facts.IDENTITY_OS_VERSION,), release),
    Command("uname -n", (facts.IDENTITY_NAME,), name),
    Command("cat /proc/uptime", (facts.SYSTEM_UPTIME,), uptime),
    Command("nproc", (facts.HOST_CPUS,), processors),
    Command("ip -j -s addr", (facts.INTERFACES,), links),
    Command("tc -j qdisc show", (), shapers),
)
UPTIME: Final = Scalars((BOOTED,), (facts.SYSTEM_UPTIME,), _booted)
COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.SYSTEM_UPTIME: max,  # the host's: its agent cannot be older
    facts.INTERFACES: doors.interfaces,
}
SECRETS: Final = (
    r"((?:password|passwd|secret|psk|PrivateKey|PresharedKey)\s*[=:]>?\s*)(\S+)",
    r"(remotesecret\s*[=:]>?\s*)(\S+)",
)


def _is_linux(identity: Identity) -> bool:
    return identity.sys_object_id == NET_SNMP and identity.sys_descr.startswith("Linux ")


LINUX = Vendor(
    name="linux",
    platform="linux",
    recognise=_is_linux,
    scalars=(UPTIME, standard.SYSTEM, Scalars((standard.SYS_DESCR,), (facts.IDENTITY_OS_VERSION,), _box)),
    tables=(standard.INTERFACES, standard.HOST),
    commands=COMMANDS,
    secrets=SECRETS,
    shared=True,
    combine=COMBINE,
    hello="cat /etc/os-release",
    recognise_shell=lambda output: bool(re.search(r"^ID=", output, re.M)),
)
