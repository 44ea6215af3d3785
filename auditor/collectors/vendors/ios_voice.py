"""Voice on Cisco IOS: CME's sets (SCCP and SIP), trunks by dial peer and port, channels in use."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.page import Command, Told, unread
from auditor.declared.sets import UNKNOWN, kind
from auditor.facts import Endpoint, Trunk
from auditor.model import Key
from auditor.values import ABSENT, Absent

_NOT_HERE: Final = re.compile(r"(?i)(?:not (?:enabled|configured|running|supported)|no (?:ephone|pool|voice))")

EPHONE_PEOPLE: Final = (
    r"(\bMac:)([0-9A-Fa-f.]{12,})",
    r"(\bnumber )(\S+)",
    r"(\b(?i:username|label|name|description|auto-?line):?[ \t]+)(\S[^\n]*?)(?=\s*$)",
)
POOL_PEOPLE: Final = (
    r"(\b(?:Mac address is|Number list \d+ :|[Uu]sername(?: is)?|id (?:mac|device-id\S*)|number)[ \t]+)(\S+)",
    r"(\b(?i:password|pin)(?: is)?[ \t]+)(\S[^\n]*)",
    r"(\b(?:Description|Label|Name)(?: is)?:?[ \t]+)(\S[^\n]*?)(?=\s*$)",
)
PEER_PEOPLE: Final = (
    r"(^\d+[ \t]+(?:pots|voip)[ \t]+\w+[ \t]+\w+[ \t]+)(\S*\d{3}\S*)",  # the prefix, or the pattern where there is none
    r"(^\d+[ \t]+(?:pots|voip)[ \t]+\w+[ \t]+\w+[ \t]+\S+[ \t]+)(\S*\d{3}\S*)(?=[ \t]+\d)",
)


def ephones(output: str) -> Told:
    """`show ephone …`: SCCP sets of CME, with model and address; `registered` lists only those that are."""
    blocks = re.split(r"(?m)^(?=ephone-\d+)", output)[1:]
    if not blocks:
        return Told() if _NOT_HERE.search(output) or not output.strip() else unread(output)
    return Told({facts.TELEPHONY_ENDPOINTS: tuple(_ephone(block) for block in blocks)})


def _ephone(block: str) -> Endpoint:
    name = re.match(r"ephone-\d+", block)
    told = re.search(
        r"(?m)^\s*IP:\s*(\d[\d.]+|[0-9A-Fa-f:]+:\S*)\s+(?:\*\s+)?(?:\d++\s++(?!keepalive|max_line))?(.*?)\s+"
        r"(?:keepalive|max_line)",
        block,
    )
    state = re.search(r"\b(REGISTERED|UNREGISTERED|DECEASED|DECLARED)\b", block)
    said = told.group(2) if told else ""
    model = line(f"Cisco IP Phone {said}") if said and said.casefold() != "unknown" else ""
    codec = re.search(r"(?m)^Preferred Codec:\s*(\S+)", block)
    return Endpoint(
        id=name[0] if name else "ephone",
        kind=kind(model) if model else UNKNOWN,
        user_agent=model or ABSENT,
        registered=state.group(1) == "REGISTERED" if state else ABSENT,
        address=told.group(1) if told and not told.group(1).startswith("0.") else ABSENT,
        codecs=(codec.group(1).lower(),) if codec else ABSENT,
    )


def pools(output: str) -> Told:
    """`show voice register pool all`: SIP sets of CME and SRST."""
    blocks = re.split(r"(?m)^(?=[ \t]*Pool Tag:?\s+\d+)", output)[1:]
    if not blocks:
        return Told() if _NOT_HERE.search(output) or not output.strip() else unread(output)
    return Told({facts.TELEPHONY_ENDPOINTS: tuple(_pool(block) for block in blocks)})


def _pool(block: str) -> Endpoint:
    tag = re.search(r"Pool Tag:?\s+(\d+)", block)
    model = re.search(r"(?mi)^\s*Type(?: is|:)\s+(\S+)", block)
    address = re.search(r"(?i)Contact IP address:?\s+([\d.]+|[0-9A-Fa-f:]+)|\bip[ -]address:?\s+([\d.]+)", block)
    active = re.search(r"(?i)Active registrations\s*:\s*(\d+)", block)
    transport = re.search(r"(?i)Transport type is\s+(\w+)", block)
    codec = re.search(r"(?i)\bcodec (?:is )?(g\d\S+|opus|ilbc)", block)
    said = line(f"Cisco IP Phone {model.group(1)}") if model else ""
    return Endpoint(
        id=f"pool-{tag.group(1) if tag else '0'}",
        kind=kind(said) if said else UNKNOWN,
        user_agent=said or ABSENT,
        registered=int(active.group(1)) > 0 if active else bool(address),
        address=next(part for part in address.groups() if part) if address else ABSENT,
        transport=transport.group(1).lower() if transport else ABSENT,
        codecs=(codec.group(1).lower(),) if codec else ABSENT,
    )


def dial_peers(output: str) -> Told:
    """`show dial-peer voice summary`: the hosts that calls over IP are sent to; each is one trunk."""
    if "TAG" not in output:
        return Told() if _NOT_HERE.search(output) or not output.strip() else unread(output)
    rows = re.findall(r"(?m)^\d+\s+voip\s+\w+\s+(\w+)\s+.*?(?:ipv4:|ipv6:|dns:)(\[[^\]\s]+\]|[^:\s]+)", output)
    hosts = {host.strip("[]"): up for up, host in rows if up == "up"}
    return Told({facts.TELEPHONY_TRUNKS: tuple(Trunk(line(host), "sip", host=host) for host in hosts)} if hosts else {})


def ports(output: str) -> Told:
    """`show voice port summary`: ISDN and analogue lines to the operator, with the channels of each."""
    rows = re.findall(r"(?m)^(\d+(?:/\d+)+(?::\d+)?)\s+(?:\d+|--)\s+(\S+)\s+(up|down)\b", output)
    if not rows:
        return Told() if _NOT_HERE.search(output) or "PORT" in output or not output.strip() else unread(output)
    isdn = Counter(port for port, signal, up in rows if signal.startswith(("isdn", "xcc")) and up == "up")
    lines = [port for port, signal, up in rows if signal.startswith("fxo") and up == "up"]
    found = [Trunk(port, "isdn", channels=count) for port, count in isdn.items()]
    found += [Trunk(port, "analogue", channels=1) for port in lines]
    return Told({facts.TELEPHONY_TRUNKS: tuple(found)} if found else {})


def calls(output: str) -> Told:
    """`show voice call summary`: the channels of ISDN ports, and how many of all ports are in a call."""
    rows = re.findall(r"(?m)^(\d+(?:/\d+)+(?::\d+)?)(?:\.(\d+))?\s+(.*)$", output)
    if "PORT" not in output:
        return Told() if _NOT_HERE.search(output) or not output.strip() else unread(output)
    # EFXS: the other leg of the same call, towards a set of CME
    busy = sum(1 for _, _, said in rows if "S_CONNECT" in said and "EFXS_" not in said)
    isdn = Counter(port for port, channel, _ in rows if channel and ":" in port)
    found: dict[Key[Any], Any] = {facts.TELEPHONY_CHANNELS_NOW: busy} if rows else {}
    if isdn:
        found[facts.TELEPHONY_TRUNKS] = tuple(Trunk(port, "isdn", channels=count) for port, count in isdn.items())
    return Told(found)


def service(output: str) -> Told:
    """`show telephony-service`, `show voice register global`: how many sets of each stack CME may register."""
    if "CONFIG" not in output:
        return Told() if _NOT_HERE.search(output) or not output.strip() else unread(output)
    most = re.search(r"(?mi)^\s*max-(?:ephones|pool)(?: is)? (\d+)\s*$", output)
    return Told({facts.TELEPHONY_ENDPOINTS_MAX: int(most.group(1))} if most and int(most.group(1)) else {})


def dial_peers_in_full(output: str) -> Told:
    """`show dial-peer voice`: the hosts that calls over IP are sent to, and the most calls each peer may carry."""
    blocks = re.split(r"(?m)^(?=VoiceOverIpPeer|VoiceEncapPeer|VoiceOverFR|MmoipPeer)", output)[1:]
    if not blocks:
        return Told() if _NOT_HERE.search(output) or not output.strip() else unread(output)
    found: dict[str, int | Absent] = {}
    for block in blocks:
        to = re.search(r"session-target = `(?:ipv4|ipv6|dns):(\[[^\]\s]+\]|[^:'\s]+)", block)
        up = re.search(r"(?i)Operation state is up|oper state is up", block)
        most = re.search(r"connections/maximum = \d+/(\d+)", block)
        if to and up and block.startswith("VoiceOverIpPeer"):
            host, calls = to.group(1).strip("[]"), int(most.group(1)) if most else ABSENT
            before = found.get(host, 0)
            found[host] = ABSENT if isinstance(before, Absent) or isinstance(calls, Absent) else before + calls
    lines = tuple(Trunk(line(host), "sip", host=host, channels=most) for host, most in found.items())
    return Told({facts.TELEPHONY_TRUNKS: lines} if lines else {})


SERVICE_PEOPLE: Final = (
    r"(^(?!CONFIG|=|Cisco|For |ip |max-|Max-|Version|Mode |load |time-|date-|keepalive|create |transfer-system|timeouts"
    r"|user-locale|network-locale|sdspfarm|cnf-file|auto-reg|srst|url |system-message |Active registrations|Total )"
    r"\s*\S+[ \t]+)(\S[^\n]*?)(?=\s*$)",
)
FULL_PEER_PEOPLE: Final = (
    r"((?:destination-pattern|answer-address|called-number|description|prefix|calling-number|forward-digits|username"
    r"|user-name|credentials|clid|name|password)\s*=\s*)([^,\n]+)",
)
COMMANDS: Final = (
    Command("show telephony-service", (), service, people=SERVICE_PEOPLE),
    Command("show voice register global", (), service, people=SERVICE_PEOPLE),
    Command("show dial-peer voice", (), dial_peers_in_full, seconds=90, people=FULL_PEER_PEOPLE),
    Command(
        "show ephone",
        (),
        ephones,
        also=("show ephone registered", "show ephone summary"),
        seconds=60,
        people=EPHONE_PEOPLE,
    ),
    Command(
        "show voice register pool all",
        (),
        pools,
        also=("show voice register pool", "show voice register pool registered"),
        seconds=60,
        people=POOL_PEOPLE,
    ),
    Command("show dial-peer voice summary", (), dial_peers, also=("show dial-peer",), people=PEER_PEOPLE),
    Command("show voice port summary", (), ports),
    Command("show voice call summary", (), calls),
)
