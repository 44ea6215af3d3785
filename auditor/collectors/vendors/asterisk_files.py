"""Asterisk's internal database, its configuration without the lines that hold secrets, and its call records counted."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.asterisk_pjsip import NOBODY
from auditor.collectors.vendors.exchange import contacts, merge
from auditor.collectors.vendors.page import Told, unread
from auditor.declared.sets import UNKNOWN, agent, kind
from auditor.facts import Endpoint, Trunk
from auditor.model import Key
from auditor.values import ABSENT, Absent

# ---- database ----

_TOTAL: Final = re.compile(r"(?m)^\d+ results? found")
_OUTSIDE_NUMBER: Final = re.compile(r"(?m)^/CFU?/(\S+)\s*: \+?\d{6,}")  # shorter ones are extensions: no way home
_FOLLOW_ME: Final = re.compile(r"(?m)^/AMPUSER/([^/\s]+)/followme/ddial\s*: (EXTENSION|DIRECT)")
_FOLLOW_LIST: Final = re.compile(r"(?m)^/AMPUSER/([^/\s]+)/followme/grplist\s*: (?:[^\n]*-)?\+?\d{6,}")
_ROW: Final = re.compile(r"(?m)^/registrar/contact/([^;\s]+);@\S+?\s*: (\{.*)$")

PEOPLE: Final = (
    r"(^/(?!registrar/)(?:[^/\s:]+/)*?[^:\n]*?: )(\S[^\n]*?)(?=\s*$)",
    r"(^/(?:CF|CFU|CFB|DND|CW|AMPUSER|DEVICE|SIP/Registry|registrar/contact)/)([^/;\s]+)",
    r"(\"(?:uri|call_id|endpoint|path|outbound_proxy|reg_server)\":\")([^\"]+)(?=\")",
)


def database(output: str) -> Told:
    """`database show …`: user agent and address of each registration, and the users who forward their calls.

    It tells only about sets that have something stored, so the records complete those of `pjsip show endpoints`.
    """
    if not _TOTAL.search(output):
        return unread(output)
    rows, broken = _registered(output)
    away = {*_OUTSIDE_NUMBER.findall(output)}
    follows = {name for name, mode in _FOLLOW_ME.findall(output) if mode == "DIRECT"}  # FreePBX: DIRECT is switched on
    away |= follows & set(_FOLLOW_LIST.findall(output))
    forwards = [Endpoint(name, UNKNOWN, forwarded=True) for name in sorted(away)]
    return Told({facts.TELEPHONY_ENDPOINTS: merge(contacts(rows), forwards)}, broken)


def _registered(output: str) -> tuple[list[Endpoint], int]:
    found, broken = [], 0
    for match in _ROW.finditer(output):
        try:
            row = json.loads(match.group(2))
        except ValueError:
            broken += 1
            continue
        if isinstance(row, dict):
            name = str(row.get("endpoint") or match.group(1))
            found += [] if name in NOBODY else [_contact(name, row)]
    return found, broken


def _contact(name: str, row: Mapping[str, Any]) -> Endpoint:
    """The address a request comes from (`rewrite_contact`), else the one that its sender wrote."""
    said = agent(line(str(row.get("user_agent", ""))))
    uri = str(row.get("uri", "")).replace("^3B", ";")
    transport = re.search(r"(?i);transport=([a-z]+)", uri)
    return Endpoint(
        id=line(name),
        kind=kind(said) if said else UNKNOWN,
        user_agent=said or ABSENT,
        address=_address(uri) or line(str(row.get("via_addr", ""))) or ABSENT,
        transport=transport.group(1).lower() if transport else "tls" if uri.startswith("sips:") else ABSENT,
    )


def _address(uri: str) -> str:
    match = re.search(r"@?(\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:.]+\])(?::\d+)?(?:;|$)", uri)
    return match.group(1).strip("[]") if match else ""


# ---- configuration ----


@dataclass
class _Section:
    name: str
    bases: tuple[str, ...] = ()
    template: bool = False
    said: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


_PERSONAL: Final = (
    "callerid|username|mailbox|mailboxes|mailboxnumber|fromuser|defaultuser|description|accountcode|fullname|contact"
    "|contact_user|from_user|client_uri|server_uri|register|setvar|set_var|vmexten|subscribecontext"
)
PEOPLE_FILES: Final = (
    r"(^\s*\[)([^\]\n]+)(?=\])",
    r"(^\s*(?:aors|auth|outbound_auth|endpoint)\s*=>?\s*)(\S[^\n]*?)(?=\s*$)",
)
PEOPLE_WHOLE: Final = (*PEOPLE_FILES, rf"(^\s*(?:{_PERSONAL})\s*=>?\s*)(\S[^\n]*?)(?=\s*$)")
"""Of a whole configuration, which holds more than the lines that are asked for."""


def sections(output: str) -> list[_Section]:
    """Sections of Asterisk's configuration, in order: `[name]`, `[name](!)`, `[name](template,…)`."""
    found: list[_Section] = []
    for row in output.splitlines():
        if match := re.match(r"\s*\[([^\]]+)\](?:\(([^)]*)\))?", row):
            bases = tuple(
                part.strip() for part in (match.group(2) or "").split(",") if part.strip() not in ("", "!", "+")
            )
            found.append(_Section(match.group(1), bases, "!" in (match.group(2) or "")))
        elif found and (match := re.match(r"\s*(?:endpoint/)?([a-z_]+)\s*=>?\s*([^;\n]*)", row)):
            found[-1].said[match.group(1)].append(match.group(2).strip())
    return found


def _inherited(one: _Section, templates: Mapping[str, _Section], depth: int = 8) -> dict[str, list[str]]:
    """What a section says after its templates; later lines of the same name win where one value counts."""
    said: dict[str, list[str]] = defaultdict(list)
    for base in one.bases if depth else ():
        if base in templates and templates[base] is not one:
            for name, values in _inherited(templates[base], templates, depth - 1).items():
                said[name] += values
    for name, values in one.said.items():
        said[name] += values
    return said


def _codecs(said: Mapping[str, list[str]]) -> tuple[str, ...] | Absent:
    """`allow` lines in order; `!all` starts again."""
    found: list[str] = []
    for part in ",".join(said.get("allow", ())).replace("|", ",").replace("&", ",").split(","):
        name = part.strip().lower()
        if name == "!all":
            found = []
        elif re.fullmatch(r"[a-z0-9_.-]+(?::\d+)?", name) and name != "all":
            found.append(name.partition(":")[0])
    return tuple(dict.fromkeys(found)) or ABSENT


def pjsip(output: str) -> Told:
    """The sections of pjsip*.conf: codecs and media encryption of each endpoint, what is set for translation."""
    every = sections(output)
    if not every:
        return Told()
    templates = {one.name: one for one in every if one.template} | {
        one.name: one for one in every if not one.template and one.bases
    }
    whole = [(one.name, _inherited(one, templates)) for one in every if not one.template]
    trunks = {said["endpoint"][-1] for _, said in whole if said.get("type") == ["identify"] and said.get("endpoint")}
    kinds = {name: said for name, said in whole if (said.get("type") or [""])[-1] in ("endpoint", "wizard")}
    sets = [
        _configured(name, said)
        for name, said in kinds.items()
        if name not in NOBODY | trunks and not said.get("outbound_auth") and not _yes(said, "sends_registrations")
    ]
    found: dict[Key[Any], Any] = {facts.TELEPHONY_ENDPOINTS: tuple(sets)} if sets else {}
    if nat := _translation(said for _, said in whole):
        found[facts.TELEPHONY_NAT] = nat
    spoken = {said["protocol"][-1] for _, said in whole if said.get("type") == ["transport"] and said.get("protocol")}
    if spoken:
        found[facts.TELEPHONY_TRANSPORTS] = tuple(sorted(spoken))
    return Told(found)


def sip(output: str) -> Told:
    """The sections of sip.conf, which only files hold: sets that register, trunks of a fixed host, what is spoken."""
    every = sections(output)
    general = next((one for one in every if one.name == "general"), None)
    if general is None or not {"udpbindaddr", "bindport", "bindaddr", "context", "allowguest"} & general.said.keys():
        return Told()
    templates = {one.name: one for one in every}
    whole = [(one.name, _inherited(one, templates)) for one in every if not one.template and one is not general]
    sets = [_registering(name, said, general.said) for name, said in whole if said.get("host") == ["dynamic"]]
    lines = [
        Trunk(line(name), "sip", host=line(said["host"][-1])) for name, said in whole if _fixed(said)
    ]  # fmt: skip
    spoken = [name for name in ("tcp", "tls") if _yes(general.said, f"{name}enable")]
    found: dict[Key[Any], Any] = {facts.TELEPHONY_TRANSPORTS: tuple(sorted(("udp", *spoken)))}
    if sets:
        found[facts.TELEPHONY_ENDPOINTS] = tuple(sets)
    if lines:
        found[facts.TELEPHONY_TRUNKS] = tuple(lines)
    return Told(found)


def _fixed(said: Mapping[str, list[str]]) -> bool:
    return said.get("type", [""])[-1] in ("peer", "friend") and said.get("host", ["dynamic"])[-1] != "dynamic"


def _registering(name: str, said: Mapping[str, list[str]], general: Mapping[str, list[str]]) -> Endpoint:
    own = _codecs(said)
    secured = "sdes" if _yes(said, "encryption") or ("encryption" not in said and _yes(general, "encryption")) else "no"
    return Endpoint(line(name), UNKNOWN, media_encryption=secured, codecs=_codecs(general) if own is ABSENT else own)


_NAT: Final = ("external_media_address", "external_signaling_address", "local_net")
_NAT_SWITCHES: Final = ("rewrite_contact", "force_rport", "rtp_symmetric")


def _translation(whole: Iterable[Mapping[str, list[str]]]) -> tuple[str, ...]:
    found = {
        name
        for said in whole
        for name in (*_NAT, *_NAT_SWITCHES)
        if said.get(name, [""])[-1] not in ("", "no", "false")
    }
    return tuple(sorted(found))


def _yes(said: Mapping[str, list[str]], name: str) -> bool:
    return said.get(name, [""])[-1].lower() in ("yes", "true", "on", "1")


def _configured(name: str, said: Mapping[str, list[str]]) -> Endpoint:
    secured = said.get("media_encryption", [""])[-1].lower() or ("dtls" if _yes(said, "webrtc") else "no")
    return Endpoint(line(name), UNKNOWN, media_encryption=secured, codecs=_codecs(said))


def outbound(output: str) -> Told:
    """FreePBX's OUT_n and OUTMAXCHANS_n: the trunks by name, and the calls that each may carry."""
    names = dict(re.findall(r"(?m)^OUT_(\d+)\s*=\s*(?:PJSIP|SIP|IAX2|DAHDI)/(\S+?)(?:/\S*)?\s*$", output))
    most = dict(re.findall(r"(?m)^OUTMAXCHANS_(\d+)\s*=\s*(\d+)\s*$", output))
    found = [Trunk(line(name), channels=int(most[n]) if int(most.get(n, 0)) else ABSENT) for n, name in names.items()]
    return Told({facts.TELEPHONY_TRUNKS: tuple(found)} if found else {})


# ---- what is only counted ----


def records(output: str) -> Told:
    """The end, length and talk time of calls, without any number: the traffic of the busiest clock hour, in erlangs.

    The mean of that hour over the days that have calls in it; five days at least, or nothing is told.
    """
    rows = re.findall(r'(?m)^"(\d{4}-\d\d-\d\d) (\d\d):\d\d:\d\d",(\d+),\d+', output)
    carried: Counter[tuple[str, str]] = Counter()
    for day, hour, seconds in rows:
        carried[day, hour] += int(seconds)
    days: defaultdict[str, list[int]] = defaultdict(list)
    for (_, hour), seconds in carried.items():
        days[hour].append(seconds)
    means = [sum(seconds) / len(seconds) / 3600 for seconds in days.values() if len(seconds) >= 5]
    return Told({facts.TELEPHONY_BUSY_HOUR: round(max(means), 3)} if means else {})


def provisioning(output: str) -> Told:
    """Names of the files that sets fetch: how many sets are prepared. Only listed, never read."""
    names = re.findall(r"(?mi)^(?:\S*/)?(?:[a-z]{0,12}[-_]?)?[0-9a-f]{12}\S*\.(?:cfg|xml|txt|conf|htm)$", output)
    return Told({facts.TELEPHONY_PROVISIONING: len(names)} if names else {})


PROVISIONED: Final = r"(^(?:\S*/)?(?:[A-Za-z]{0,12}[-_]?)?)([0-9A-Fa-f]{12})"
