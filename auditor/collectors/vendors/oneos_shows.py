"""Answers of OneAccess OneOS (5 and 6) to `show`: the box, its load, interfaces, shapers, radio, voice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.standard import identified
from auditor.facts import Interface, LinkRate, Radio, Trunk
from auditor.model import Key
from auditor.values import ABSENT, Absent

VENDOR: Final = "OneAccess (Ekinops)"
PLATFORM: Final = "oneaccess_oneos"


# ---- the box ----


def status(output: str) -> Told:
    """`show system status`: board or product, serial, release, uptime, load of the last minute, memory (OneOS 5)."""
    head = re.search(r"^System Information for device (\S+) S/N (\S+)", output, re.M)
    software = re.search(r"^Software version\s*:\s*(\S+)", output, re.M)
    if not head or not software:
        return unread(output)
    found: dict[Key[Any], Any] = dict(identified(VENDOR, PLATFORM, head[1], release(software[1]), head[2]))
    if up := re.search(r"^Sys Up time\s*:\s*(?:(\d+)d )?(\d+)h (\d+)m (\d+)s", output, re.M):
        days, hours, minutes, seconds = (int(part or 0) for part in up.groups())
        found[facts.SYSTEM_UPTIME] = days * 86_400 + hours * 3600 + minutes * 60 + seconds
    loads = re.findall(r"^ *\d+ +(?:control|forwarding) +[\d.]+ % +([\d.]+) %", output, re.M)
    loads += re.findall(r"^Current CPU load\s*:\s*([\d.]+)%", output, re.M)
    if loads := [load for load in loads if re.fullmatch(r"\d+(?:\.\d+)?", load)]:
        found[facts.SYSTEM_CPU] = max(float(load) for load in loads)
    if ram := re.search(r"^Free / Max RAM\s*:\s*(\d+(?:[.,]\d+)?) /\s*(\d+(?:[.,]\d+)?) MB", output, re.M):
        free, total = (float(part.replace(",", ".")) for part in ram.groups())
        if 0 <= free <= total and total:
            found[facts.SYSTEM_MEMORY] = round(100 * (total - free) / total, 1)
    return Told(found)


def release(said: str) -> str:
    """`OneOS-pCPE-ARM_pi1-6.6.1m3`, `ONEOS16-MONO_FT-V5.2R2E7_HA8`: what follows the last dash."""
    last = said.rpartition("-")[2].partition(" ")[0]
    return last if re.match(r"V?\d+\.\d", last, re.I) else ""


def product(output: str) -> Told:
    """`show product-info-area`: the product name and the serial number."""
    rows = re.findall(r"^\|\s*([^|\n]+?)\s*\|\s*([^|\n]*?)\s*\|", output, re.M)
    said = {name: value for name, value in rows if value}
    named = ((facts.IDENTITY_MODEL, "Product Name"), (facts.IDENTITY_SERIAL, "Serial Number"))
    found = {key: said[name] for key, name in named if name in said}
    return Told(found) if found else unread(output)


# ---- lines ----

_KINDS: Final = (("tunnel", r"Tunnel|Virtual-?Template"), ("loopback", r"Loopback"), ("bridge", r"Bvi"),
                 ("ppp", r"Dialer|Ppp|Virtual-?Access"), ("cellular", r"Cellular"), ("dsl", r"Atm|Efm|Ptm|Vdsl|Adsl"),
                 ("vlan", r"\S+ ?\d+/\d+\.\d+"), ("ethernet", r"(?:Fast|Gigabit|TenGigabit)?Ethernet"))  # fmt: skip
_HEAD: Final = re.compile(r"^(\S[^\n,]*?) is (up|down|administratively down), line protocol is (up|down)\b.*$", re.M)


def interfaces(output: str) -> Told:
    """`show interfaces`: state, description, addresses, line speed."""
    heads = list(_HEAD.finditer(output))
    if not heads:
        return unread(output)
    ends = [*(head.start() for head in heads), len(output)][1:]
    found = tuple(_interface(head, output[head.end() : end]) for head, end in zip(heads, ends, strict=True))
    return Told({facts.INTERFACES: found})


def _interface(head: re.Match[str], part: str) -> Interface:
    name = head[1]
    said = re.search(r"^\s+Description: (.*?)\s*$", part, re.M)
    addresses = re.findall(r"^\s+(?:Internet|Secondary) address is ([\d.]+)/\d+", part, re.M)
    speed = re.search(r"^\s+Line speed (\d+) kbps", part, re.M)
    return Interface(
        name=name,
        description=said[1] if said else ABSENT,
        alias=said[1] if said else ABSENT,
        kind=next((kind for kind, pattern in _KINDS if re.match(pattern, name, re.I)), ABSENT),
        admin_up=head[2] == "up",
        oper_up=head[2] == head[3] == "up",
        speed_bps=int(speed[1]) * 1000 if speed and int(speed[1]) else ABSENT,
        addresses=tuple(addresses) or ABSENT,
    )


def shapers(output: str) -> Told:
    """`show policy-interface output`: the bandwidth of a class that may not exceed it is what the line gets."""
    rates = []
    for part in re.split(r"^(?=\S[^\n]*: service-policy output )", output, flags=re.M):
        head = re.match(r"(\S[^\n]*?): service-policy output ", part)
        top = re.search(  # classes below it only divide it
            r"^ {2}Class '[^'\n]*': [^\n]*no excess allowed[^\n]*\n\s+bandwidth (\d+) kb/s", part, re.M
        )
        if head and top:
            rates.append(LinkRate(head[1], "shaper", up_bps=int(top[1]) * 1000))
    if not rates and "service-policy output" not in output:
        return unread(output)
    return Told({facts.LINK_RATES: tuple(rates)} if rates else {})


def radio(output: str) -> Told:
    """`show cellular-radio network`: `<not available>` is no signal."""
    said = dict(re.findall(r"^ *([A-Z][\w /=+()-]*?) *: *(.*?)\s*$", output, re.M))
    if "Current selected operator" not in said:
        return unread(output)
    rssi, rsrp, rsrq, snr = (_signal(said.get(name, "")) for name in ("RSSI", "RSRP", "RSRQ", "SNR"))
    if isinstance(rssi, Absent) and isinstance(rsrp, Absent):
        return Told()
    technology = _there(said.get("Current radio access technology", ""))
    operator = _there(said["Current selected operator"])
    return Told({facts.LINK_CELLULAR: (Radio("cellular 0", technology, operator, rssi, rsrp, rsrq, snr),)})


def _signal(said: str) -> float | Absent:
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?) dBm?", said)
    return float(match[1]) if match else ABSENT


def _there(said: str) -> str | Absent:
    return ABSENT if not said or said.startswith("<") else said


# ---- voice ----

_CHANNELS: Final[Mapping[str, int]] = MappingProxyType({"E1": 30, "T1": 23, "BRI": 2, "T0": 2, "S0": 2})
"""B channels of an ISDN port (ETSI EN 300 011 and 300 012; ANSI T1.607)."""


def gateway(output: str) -> Told:
    """`show voice sip-gateway`: whether it is registered with the operator, and its calls now."""
    if not re.search(r"^\s*Sip-Gateway statistics", output, re.M):
        return unread(output)
    found: dict[Key[Any], Any] = {}
    rows = re.findall(r"^\s*\[(\d+)/(\d+)\]\s+(\S+?)(?::\d+)?\s*$", output, re.M)
    state = _value(output, "Registration state")
    if rows:
        found[facts.TELEPHONY_TRUNKS] = tuple(
            Trunk(host, "sip", registered=int(most) > 0 and now == most, host=host) for now, most, host in rows
        )
    elif state:
        found[facts.TELEPHONY_TRUNKS] = (Trunk("sip-gateway", "sip", registered=state == "registered"),)
    if (calls := _value(output, "Current call")).isdecimal():
        found[facts.TELEPHONY_CALLS_NOW] = int(calls)
    return Told(found) if found else unread(output)


def _value(output: str, name: str) -> str:
    match = re.search(rf"^\s*{re.escape(name)}[ \t]+(\S+)", output, re.M)
    return match[1] if match else ""


def ports(output: str) -> Told:
    """`show voice voice-port pri all`: ISDN ports with their channels, whether layer 2 stands, channels in use."""
    parts = re.split(r"^\s*voice port\s+", output, flags=re.M)[1:]
    parts = [part for part in parts if _value(part, "physical type")]
    used = [_value(part, "number of voice communication") for part in parts]
    found = []
    for part in parts:
        layer, kind = _value(part, "layer 2 status"), _value(part, "physical type")
        if _value(part, "config state") == "up":
            up = layer == "activated" if layer else ABSENT
            found.append(Trunk(part.split()[0], "isdn", registered=up, channels=_CHANNELS.get(kind.upper(), ABSENT)))
    if not parts:
        return unread(output)
    told: dict[Key[Any], Any] = {facts.TELEPHONY_TRUNKS: tuple(found)} if found else {}
    if all(one.isdecimal() for one in used):
        told[facts.TELEPHONY_CHANNELS_NOW] = sum(int(one) for one in used)
    return Told(told)


def calls(output: str) -> Told:
    """`show voice voip-call active all`: each call in a numbered block; without any the answer is empty."""
    found = re.findall(r"^ *(\d+) - Call from .*\bcall-id: \S+", output, re.M)
    if not found and output.strip("\r\n"):
        return unread(output)
    return Told({facts.TELEPHONY_CALLS_NOW: len(found)})
