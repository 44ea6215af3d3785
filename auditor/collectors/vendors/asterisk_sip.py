"""Asterisk's chan_sip, which version 21 removed: peers, registrations with operators, settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.exchange import Stream, counted, heard
from auditor.collectors.vendors.page import Told, unread
from auditor.declared.sets import UNKNOWN, agent, kind
from auditor.facts import Endpoint, Trunk
from auditor.model import Key
from auditor.values import ABSENT

MOST_ASKED_ALONE: Final = 40
"""A larger exchange is not asked peer by peer."""

_ROW: Final = re.compile(
    r"^(?P<name>[^\s/]+)(?:/\S*)?\s+(?P<host>\S+)\s+(?P<dynamic>D\s)?.*?\s(?P<port>\d{1,5})\s+"
    r"(?P<state>OK|UNKNOWN|UNREACHABLE|Unmonitored|LAGGED)(?:\s+\((?P<ms>\d+) ms\))?",
    re.MULTILINE,
)
_FOOTER: Final = re.compile(r"(?m)^(\d+) sip peers \[")
_HERE: Final = ("OK", "LAGGED", "Unmonitored")

PEOPLE: Final = (
    r"(^)([^\s/]+)(?=(?:/\S*)?\s+(?:\S+\s+){1,9}(?:OK|UNKNOWN|UNREACHABLE|Unmonitored|LAGGED)\b)",
    r"(^[^\s/]+/)([^\s]+)(?=\s+(?:\S+\s+){1,9}(?:OK|UNKNOWN|UNREACHABLE|Unmonitored|LAGGED)\b)",
    r"((?:OK \(\d+ ms\)|LAGGED \(\d+ ms\)|UNKNOWN|UNREACHABLE|Unmonitored)[ \t]+)(\S[^\n]*?)(?=[ \t]*$)",
    r"(^[ \t]+(?:\* Name|Description|Callerid|Mailbox|Def\. Username|VM Extension|Reg\. Contact|Callgroup|Accountcode)"
    r"[ \t]*: )(\S[^\n]*?)(?=[ \t]*$)",
    r"(^\S+:\d+[ \t]+[YN][ \t]+)(\S+)",
)


def peers(output: str) -> Told:
    """`sip show peers`: sets that registered, trunks with a fixed host; nothing where the module is not loaded."""
    if "No such command" in output:
        return Told()
    footer = _FOOTER.search(output)
    rows = list(_ROW.finditer(output))
    if "Name/username" not in output or footer is None or int(footer.group(1)) != len(rows):
        return unread(output)
    if not rows:
        return Told()
    lines = tuple(Trunk(line(row["name"]), "sip", host=row["host"]) for row in rows if not row["dynamic"])
    found = counted([_set(row) for row in rows if row["dynamic"]])
    return Told(found | ({facts.TELEPHONY_TRUNKS: lines} if lines else {}))


def _set(row: re.Match[str]) -> Endpoint:
    here = row["host"] != "(Unspecified)" and row["state"] in _HERE
    return Endpoint(
        id=row["name"],
        kind=UNKNOWN,
        registered=here,
        address=row["host"] if here else ABSENT,
        rtt_ms=float(row["ms"]) if row["ms"] else ABSENT,
    )


def to_ask(output: str) -> Sequence[str]:
    """The peers of a small exchange: chan_sip tells a user agent only one peer at a time."""
    names = [row["name"] for row in _ROW.finditer(output) if row["dynamic"]]
    return (
        [f"/usr/sbin/asterisk -rx 'sip show peer {name}'" for name in names] if len(names) <= MOST_ASKED_ALONE else []
    )


def peer(output: str) -> Told:
    """`sip show peer NAME`: user agent, codecs, encryption and transport of one set."""
    said = dict(re.findall(r"(?m)^ {1,3}(?:\* )?([A-Za-z>.\- ]+?)[ \t]*:[ \t]*(.*?)[ \t]*$", output))
    if "Name" not in said or "Status" not in said:
        return Told() if "not found" in output or "No such command" in output else unread(output)
    if said.get("Dynamic") != "Yes":
        return Told()
    model = agent(line(said.get("Useragent", "")))
    codecs = tuple(re.findall(r"[a-z0-9_-]+", said.get("Codecs", "").lower()))
    one = Endpoint(
        id=said["Name"],
        kind=kind(model) if model else UNKNOWN,
        user_agent=model or ABSENT,
        transport=said["Prim.Transp."].lower() if said.get("Prim.Transp.") else ABSENT,
        media_encryption={"Yes": "sdes", "No": "no"}.get(said.get("Encryption", ""), ABSENT),
        codecs=codecs if codecs and "nothing" not in codecs else ABSENT,
    )
    return Told({facts.TELEPHONY_ENDPOINTS: (one,)})


def registry(output: str) -> Told:
    """`sip show registry`: registrations with operators, by their host; the account name is a telephone number."""
    if "No such command" in output:
        return Told()
    footer = re.search(r"(?m)^(\d+) SIP registrations?", output)
    # older releases print neither dnsmgr nor the time of the registration
    rows = re.findall(r"(?m)^(\S+?):(\d+)[ \t]+(?:[YN][ \t]+)?\S+[ \t]+\d+[ \t]+(\S.*?\S)(?=[ \t]{2,}|[ \t]*$)", output)
    if footer is None or int(footer.group(1)) != len(rows):
        return unread(output)
    found = [Trunk(line(host), "sip", registered=state == "Registered", host=host) for host, _, state in rows]
    return Told({facts.TELEPHONY_TRUNKS: tuple(found)} if found else {})


_STATS: Final = re.compile(
    r"^\S+\s+\S+\s+[\d:]+\s+(\d+K?)\s+(\d+)\s+\(\s*[\d.]+%\)\s+(\d+\.\d+)\s+(\d+K?)\s+(\d+)\s+\(\s*[\d.]+%\)"
    r"\s+(\d+\.\d+)\s*$",
    re.MULTILINE,
)
STATS_PEOPLE: Final = (r"(^\S+[ \t]+)(\S+)(?=[ \t]+\d+:\d\d:\d\d\b)",)


def statistics(output: str) -> Told:
    """`sip show channelstats`: loss and jitter (s) of the calls now; this stack tells neither codec nor round trip."""
    footer = re.search(r"(?m)^(\d+) active SIP channels?", output)
    if footer is None:
        return Told() if "No such command" in output else unread(output)
    rows = _STATS.findall(output)
    streams = [
        Stream("", (_packets(got), int(lost), float(jitter)), (_packets(sent), int(missed), float(other)))
        for got, lost, jitter, sent, missed, other in rows
    ]
    found = heard(streams)
    return Told({facts.TELEPHONY_QUALITY: found} if found else {})


def _packets(text: str) -> int:
    return int(text.removesuffix("K")) * (1000 if text.endswith("K") else 1)


def settings(output: str) -> Told:
    """`sip show settings`: transports that listen, and what is set for sets behind translation."""
    said = dict(re.findall(r"(?m)^ {2}([A-Za-z.:\- ]+?):?[ \t]{2,}(\S.*?)[ \t]*$", output))
    if "UDP Bindaddress" not in said:
        return Told() if "No such command" in output else unread(output)
    names = {"udp": "UDP Bindaddress", "tcp": "TCP SIP Bindaddress", "tls": "TLS SIP Bindaddress"}
    heard = tuple(name for name, word in names.items() if said.get(word, "Disabled") != "Disabled")
    found: dict[Key[Any], Any] = {facts.TELEPHONY_TRANSPORTS: heard} if heard else {}
    places = {"Localnet": "local_net", "Externaddr": "external_media_address", "Externhost": "external_media_address"}
    nat = {word for name, word in places.items() if said.get(name, "(null)") not in ("(null)", "<none>", "")}
    if "Force rport" in said:
        nat |= {"force_rport"} if said["Force rport"].startswith("Yes") else set()
        found[facts.TELEPHONY_NAT] = tuple(sorted(nat))
    return Told(found)
