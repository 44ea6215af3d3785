"""Asterisk's res_pjsip: endpoints, contacts, transports and registrations, as `asterisk -rx` shows them (16 to 22)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.exchange import Stream, counted, heard
from auditor.collectors.vendors.exchange import contacts as united
from auditor.collectors.vendors.page import Told, unread
from auditor.declared.sets import UNKNOWN
from auditor.facts import Endpoint, Trunk
from auditor.model import Key
from auditor.values import ABSENT, Absent

NOBODY: Final = frozenset({"anonymous", "default_outbound_endpoint", "dpma_endpoint"})
"""Endpoints that the program itself needs; no set and no trunk."""

_CONTACT: Final = re.compile(
    r"^\s+Contact:\s+(?P<aor>[^\s/<][^\s/]*)/sips?:(?:[^@\s]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:;\s\]]+)(?P<more>\S*)\s+(?:\S+\s+)?(?P<state>[A-Z][A-Za-z]+)\s+(?P<rtt>\S+)\s*$",
    re.MULTILINE,
)
_URI_WIDTH: Final = 36  # a longer address is cut: its host is only sure where something follows it
_DOWN: Final = ("Unavail", "Removed")

PEOPLE: Final = (
    r"(^\s+Contact:\s+)([^\s/<][^\s/]*)(?=/)",
    r"(\bsips?:)([^@\s;<]+)(?=@)",
    r"(^ Endpoint:\s+)([^\s/<]+)",
    r"(^ Endpoint:\s+[^\s/<]+/)(\S(?:[^\n]*?\S)?)(?=\s{2,}|\s*$)",
    r"(^\s+(?:In|Out)Auth:\s+)(\S[^\n]*?)(?=\s*$)",
    r"(^\s+Aor:\s+)([^\s<]+)",
    r"(^\s+Channel:\s+)([^\s<]+)",
    r"(^\s+Exten:\s+)([^\s<]+)",
    r"(\bCLCID:[ \t]+)([^\n<]*?\S)(?=\s*$)",
    r"(^ (?:callerid|mailboxes|from_user|contact_user|voicemail_extension|aors|auth|outbound_auth|incoming_mwi_mailbox)"
    r"[ \t]+:[ \t])(\S[^\n]*?)(?=\s*$)",
)


def endpoints(output: str) -> Told:
    """`pjsip show endpoints`: the sets with the state, address and round trip of their contacts; trunks told apart."""
    heading, *blocks = re.split(r"(?m)^ Endpoint:  (?!<)", output)
    if "No objects found" in output:
        return Told(counted(()))
    footer = re.search(r"(?m)^Objects found: (\d+)", output)
    if "Endpoint:  <" not in heading or footer is None or int(footer.group(1)) != len(blocks):
        return unread(output)
    named = [(block.split()[0].partition("/")[0], block) for block in blocks]
    named = [(name, block) for name, block in named if name not in NOBODY]
    found = counted([_set(name, block) for name, block in named if not _is_trunk(name, block)])
    lines = tuple(_trunk(name, block) for name, block in named if _is_trunk(name, block))
    return Told(found | ({facts.TELEPHONY_TRUNKS: lines} if lines else {}))


def _is_trunk(name: str, block: str) -> bool:
    """An endpoint that logs in elsewhere, or is known by its address alone."""
    told = re.search(r"(?m)^\s+(?:Identify|OutAuth):", block)
    return told is not None and not re.fullmatch(r"\d{1,6}", name)


def _trunk(name: str, block: str) -> Trunk:
    peer = _CONTACT.search(block)
    match = re.search(r"(?m)^\s+Match:\s+([^\s/]+)", block)
    host = peer["host"] if peer else match.group(1) if match else ABSENT
    return Trunk(line(name), "sip", host=host)


def _set(name: str, block: str) -> Endpoint:
    transport = re.search(r"(?m)^\s+Transport:\s+\S+\s+([a-z]+)", block)
    found = united(list(_contacts(block, name)))
    one = found[0] if found else Endpoint(name, UNKNOWN, registered=False)
    return Endpoint(
        id=name,
        kind=UNKNOWN,
        registered=one.registered,
        address=one.address,
        others=one.others,
        transport=transport.group(1) if transport else one.transport,
        rtt_ms=one.rtt_ms,
    )


def _contacts(text: str, name: str = "") -> Iterable[Endpoint]:
    """A record for each contact that is reachable."""
    for match in _CONTACT.finditer(text):
        if match["state"].startswith(_DOWN):
            continue
        yield Endpoint(
            id=name or match["aor"],
            kind=UNKNOWN,
            registered=True,
            address=_host(match),
            transport=_transport(match["more"]),
            rtt_ms=float(match["rtt"]) if re.fullmatch(r"\d+\.\d+", match["rtt"]) else ABSENT,
        )


def _transport(more: str) -> str | Absent:
    """What the address of a contact names, where the column did not cut it; the default of SIP is not written."""
    found = re.search(r"(?i);transport=(udp|tcp|tls|wss?)(?![a-z])", more)
    return found.group(1).lower() if found else ABSENT


def _host(match: re.Match[str]) -> str | Absent:
    cut = not match["more"] and match.end("host") - match.start("aor") >= _URI_WIDTH
    return ABSENT if cut else match["host"].strip("[]")


def contacts(output: str) -> Told:
    """`pjsip show contacts`: the registrations without what is not registered; no total of sets can be told from it.

    A contact without a user is an operator's: a trunk, not a set.
    """
    if "No objects found" in output:
        return Told()
    footer = re.search(r"(?m)^Objects found: (\d+)", output)
    told = _CONTACT.findall(output)
    if footer is None or len(told) != int(footer.group(1)):
        return unread(output)
    named = "\n".join(row for row in output.splitlines() if re.search(r"/sips?:[^@\s]+@", row))
    return Told(
        {facts.TELEPHONY_ENDPOINTS: united(list(_contacts(named))), facts.TELEPHONY_CONTACTS: len(named.splitlines())}
    )


def aors(output: str) -> Told:
    """`pjsip show aors`: addresses of record, each with where it is registered; those of operators are no sets."""
    if "No objects found" in output:
        return Told()
    heading, *blocks = re.split(r"(?m)^ +Aor:  (?!<)", output)
    footer = re.search(r"(?m)^Objects found: (\d+)", output)
    if "Aor:  <" not in heading or footer is None or int(footer.group(1)) != len(blocks):
        return unread(output)
    named = [(block.split()[0], block) for block in blocks if not re.search(r"/sips?:[^@\s]+(?:\s|$)", block)]
    found = [one for name, block in named for one in _contacts(block, name) or ()]
    here = {one.id for one in found}
    away = [Endpoint(name, UNKNOWN, registered=False) for name, _ in named if name not in here]
    return Told({facts.TELEPHONY_ENDPOINTS: (*united(found), *away)})


def transports(output: str) -> Told:
    """`pjsip show transports`: udp, tcp, tls, ws, wss."""
    found = re.findall(r"(?m)^Transport:\s+[^\s<]\S*\s+([a-z]+)\s+\d", output)
    if not found:
        return Told() if "No objects found" in output else unread(output)
    return Told({facts.TELEPHONY_TRANSPORTS: tuple(sorted(set(found)))})


def transport(output: str) -> Told:
    """`pjsip show transport NAME`, which only files hold."""
    found = re.findall(r"(?m)^ protocol[ \t]+: ([a-z]+)[ \t]*$", output)
    return Told({facts.TELEPHONY_TRANSPORTS: tuple(sorted(set(found)))}) if found else unread(output)


_STATS: Final = re.compile(
    r"^\s*(?:[0-9a-f-]{8,}\s+)?(?P<channel>\S+)\s+\d\d:\d\d:\d\d\s+(?P<codec>[A-Za-z]\S*)"
    r"\s+(?P<got>\d+K?)\s+(?P<lost>\d+K?)\s+\d+\s+(?P<jitter>\d+\.\d+)"
    r"\s+(?P<sent>\d+K?)\s+(?P<missed>\d+K?)\s+\d+\s+(?P<other>\d+\.\d+)\s+(?P<rtt>\d+\.\d+)\s*$",
    re.MULTILINE,
)
STATS_PEOPLE: Final = (r"(^[ \t]*(?:[0-9a-f-]{8,}[ \t]+)?)([^\s.=]+)(?=[ \t]+\d\d:\d\d:\d\d\b)",)


def statistics(output: str) -> Told:
    """`pjsip show channelstats`: loss, jitter and round trip of the calls now; nothing is told without a call.

    Counts as the program prints them (thousands with K); jitter and round trip in seconds.
    """
    rows = [row.groupdict() for row in _STATS.finditer(output)]
    if not rows:
        silent = ("No such command", "No objects found", "not valid")  # a call without a stream of its own yet
        return Told() if any(words in output for words in silent) else unread(output)
    streams = [
        Stream(
            row["codec"],
            (_packets(row["got"]), _packets(row["lost"]), float(row["jitter"])),
            (_packets(row["sent"]), _packets(row["missed"]), float(row["other"])),
            float(row["rtt"]),
        )
        for row in rows
    ]
    found = heard(streams)
    return Told({facts.TELEPHONY_QUALITY: found} if found else {})


def _packets(text: str) -> int:
    return int(text.removesuffix("K")) * (1000 if text.endswith("K") else 1)


def registrations(output: str) -> Told:
    """`pjsip show registrations`: trunks that register with an operator."""
    rows = re.findall(r"(?m)^ ([^\s/<]\S*?)/sips?:(?:[^@\s]*@)?([^:;\s]+)\S*\s+\S+\s+([A-Z][a-z]+)", output)
    if not rows:
        return Told() if "No objects found" in output else unread(output)
    found = [Trunk(line(name), "sip", registered=state == "Registered", host=host) for name, host, state in rows]
    return Told({facts.TELEPHONY_TRUNKS: tuple(found)})


def endpoint(output: str) -> Told:
    """`pjsip show endpoint NAME`, which only files hold: its codecs, its media encryption, whether WebRTC."""
    match = re.search(r"(?m)^ Endpoint:  (?!<)([^\s/]+)", output)
    said = dict(re.findall(r"(?m)^ ([a-z_0-9]+)[ \t]+:[ \t]*(\S[^\n]*?)?[ \t]*$", output))
    if match is None or "allow" not in said:
        return unread(output)
    if match.group(1) in NOBODY or _is_trunk(match.group(1), output.partition("ParameterName")[0]):
        return Told()
    one = _set(match.group(1), output)
    codecs = tuple(re.findall(r"[a-z0-9_-]+", said["allow"].lower()))
    found: dict[Key[Any], Any] = {
        facts.TELEPHONY_ENDPOINTS: (
            Endpoint(
                one.id,
                UNKNOWN,
                registered=one.registered,
                address=one.address,
                transport=one.transport,
                rtt_ms=one.rtt_ms,
                codecs=codecs if codecs and codecs != ("nothing",) else ABSENT,
                media_encryption=said.get("media_encryption") or ABSENT,
            ),
        )
    }
    return Told(found)
