"""Asterisk on Linux: sets, where they register from, forwards, trunks, calls; read with `asterisk -rx` alone."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import linux, standard
from auditor.collectors.vendors.page import Command, Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.standard import number, text
from auditor.facts import Endpoint, Trunk
from auditor.model import ABSENT, Absent, Key

AST_VERSION: Final = "1.3.6.1.4.1.22736.1.1.1.0"  # astVersionString, ASTERISK-MIB
AST_CALLS: Final = "1.3.6.1.4.1.22736.1.2.5.0"  # astConfigCallsActive

AGENTS: Final = (
    # what a user agent says of a set; the first that matches counts, the rest stay unknown
    ("softphone", r"zoiper|linphone|microsip|bria|jitsi|phoner|3cx|zulu|sangoma talk|groundwire|acrobits|telephone"
                  r"|blink|eyebeam|x-lite|baresip|softphone|wildix|counterpath|ctiphone"),
    ("dect", r"dect|n300|n510|n670|n720|n870|w52p|w56p|w60b|w70b|dp7\d\d|kirk"),
    ("analogue", r"ht8\d\d|ht5\d\d|spa112|spa122|\bata\b|pap2|fxs|gxw42"),
    ("gateway", r"gateway|patton|audiocodes|mediant|gxw41|sbc|vega"),
    ("conference", r"cp9\d\d|trio|soundstation|ip 7000|conference"),
    ("desk", r"yealink|sip-t|snom|polycom|polyvvx|vvx|grandstream gxp|gxp|grp|cisco|spa5|spa3|aastra|mitel|fanvil"
             r"|gigaset|alcatel|htek|panasonic|digium|sangoma p|sangoma s|avaya"),
)  # fmt: skip


def kind(user_agent: str) -> str:
    """desk, softphone, dect, analogue, gateway, conference or unknown."""
    return next((name for name, pattern in AGENTS if re.search(pattern, user_agent, re.I)), "unknown")


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    found: dict[Key[Any], Any] = {}
    if said := text(values.get(AST_VERSION, ABSENT)):
        found[facts.IDENTITY_VENDOR] = "Asterisk"
        found[facts.IDENTITY_MODEL] = f"Asterisk {said.split()[0]}"
    if isinstance(calls := number(values.get(AST_CALLS, ABSENT)), int):
        found[facts.TELEPHONY_CALLS_NOW] = calls
    return Told(found)


# ---- command outputs ----


def version(output: str) -> Told:
    """`core show version`."""
    match = re.search(r"^Asterisk (\S+) built", output, re.M)
    if not match:
        return Told(unparsed=len(output.splitlines()))
    return Told({facts.IDENTITY_VENDOR: "Asterisk", facts.IDENTITY_MODEL: f"Asterisk {match.group(1)}"})


def calls(output: str) -> Told:
    """`core show channels count`: calls now and, where it is set, their maximum."""
    found: dict[Key[Any], Any] = {}
    if match := re.search(r"^(\d+)(?: of (\d+) max)? active calls?", output, re.M):
        found[facts.TELEPHONY_CALLS_NOW] = int(match.group(1))
        if match.group(2):
            found[facts.TELEPHONY_CALLS_MAX] = int(match.group(2))
    return Told(found, unparsed=0 if found else len(output.splitlines()))


def endpoints(output: str) -> Told:
    """`pjsip show endpoints`: the sets, with the state and address of their contacts; trunks are told apart."""
    if "Endpoint:  <" not in output and "No objects found" not in output:
        return Told(unparsed=len(output.splitlines()))
    found: list[Endpoint] = []
    trunks: list[Trunk] = []
    for block in re.split(r"(?m)^ Endpoint:  (?!<)", output)[1:]:
        name = block.split()[0].partition("/")[0]
        if re.search(r"(?m)^\s+Identify:|^\s+OutAuth:", block) and not name.isdigit():
            trunks.append(Trunk(name, "sip", registered=ABSENT))
            continue
        found.append(_endpoint(name, block))
    return Told(_counted(found) | ({facts.TELEPHONY_TRUNKS: tuple(trunks)} if trunks else {}))


OUTSIDE_NUMBER: Final = r"(?m)^/CFU?/(\S+)\s*: \+?\d{6,}"  # shorter ones are extensions: no way home


def _endpoint(name: str, block: str) -> Endpoint:
    contacts = re.findall(r"(?m)^\s+Contact:\s+\S+?/sips?:[^@\s]*@?([^:;\s]+)\S*\s+\S+\s+(\S+)", block)
    live = [address for address, state in contacts if not state.startswith("Unavail")]
    transport = re.search(r"(?m)^\s+Transport:\s+\S+\s+(\S+)", block)
    return Endpoint(
        id=name,
        kind="unknown",
        registered=bool(live),
        address=live[0] if live else ABSENT,
        transport=transport.group(1) if transport else ABSENT,
    )


def _counted(sets: list[Endpoint]) -> dict[Key[Any], Any]:
    return {
        facts.TELEPHONY_ENDPOINTS: tuple(sets),
        facts.TELEPHONY_ENDPOINTS_TOTAL: len(sets),
        facts.TELEPHONY_ENDPOINTS_REGISTERED: sum(1 for one in sets if one.registered is True),
    }


def database(output: str) -> Told:
    """`database show`: user agent and address of each registration, and the users who forward their calls.

    It tells only about sets that have something stored, so the records complete those of `pjsip show endpoints`.
    """
    if not re.search(r"(?m)^\d+ results found", output):
        return Told(unparsed=len(output.splitlines()))
    found: dict[str, Endpoint] = {}
    broken = 0
    for match in re.finditer(r"(?m)^/registrar/contact/(\S+?);@\S+?\s*: (\{.*)$", output):
        try:
            row = json.loads(match.group(2))
        except ValueError:
            broken += 1
            continue
        agent = line(str(row.get("user_agent", "")))
        uri = str(row.get("uri", ""))
        found[match.group(1)] = Endpoint(
            id=match.group(1),
            kind=kind(agent) if agent else "unknown",
            user_agent=agent or ABSENT,
            address=line(str(row.get("via_addr", ""))) or ABSENT,
            transport="tls" if "transport=tls" in uri.lower() else ABSENT,
        )
    for name in {m.group(1) for m in re.finditer(OUTSIDE_NUMBER, output)}:
        known = found.get(name, Endpoint(name, "unknown"))
        found[name] = _merged(known, Endpoint(name, "unknown", forwarded=True))
    return Told({facts.TELEPHONY_ENDPOINTS: tuple(found.values())}, broken)


def peers(output: str) -> Told:
    """`sip show peers` (chan_sip, removed in version 21): sets that registered, trunks with a fixed host."""
    if "Name/username" not in output:
        return Told(unparsed=0 if "No such command" in output else len(output.splitlines()))
    found: list[Endpoint] = []
    trunks: list[Trunk] = []
    for row in output.splitlines():
        match = re.match(
            r"(\S+?)(?:/\S+)?\s+(\S+)\s+(D)?\s.*?\s(\d+)\s+(OK|UNKNOWN|UNREACHABLE|Unmonitored|LAGGED)", row
        )
        if not match:
            continue
        name, host, dynamic, _, state = match.groups()
        here = host != "(Unspecified)" and state != "UNREACHABLE"
        if dynamic:
            found.append(Endpoint(name, "unknown", registered=here, address=host if here else ABSENT))
        else:
            trunks.append(Trunk(name, "sip"))
    if not found and not trunks:
        return Told()
    return Told(_counted(found) | ({facts.TELEPHONY_TRUNKS: tuple(trunks)} if trunks else {}))


def registrations(output: str) -> Told:
    """`pjsip show registrations`: trunks that register with an operator."""
    found = [
        Trunk(name, "sip", registered=state == "Registered")
        for name, state in re.findall(r"(?m)^ (\S+?)/sips?:\S+\s+\S+\s+(Registered|Unregistered|Rejected)", output)
    ]
    return Told({facts.TELEPHONY_TRUNKS: tuple(found)} if found else {})


def merge(first: tuple[Endpoint, ...], second: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """Two lists of sets as one: each field from the first that tells it; a set is counted once."""
    found = {one.id: one for one in first}
    for other in second:
        found[other.id] = _merged(found[other.id], other) if other.id in found else other
    return tuple(found.values())


def _merged(one: Endpoint, other: Endpoint) -> Endpoint:
    fields = (
        "user_agent",
        "registered",
        "address",
        "from_inside",
        "transport",
        "media_encryption",
        "codecs",
        "forwarded",
    )
    values: dict[str, Any] = {
        name: getattr(other, name) if isinstance(getattr(one, name), Absent) else getattr(one, name) for name in fields
    }
    return Endpoint(id=one.id, kind=one.kind if one.kind != "unknown" else other.kind, **values)


def _ask(words: str) -> str:
    """The full path: a login shell that is not root's does not find the program."""
    return f"/usr/sbin/asterisk -rx '{words}'"


COMMANDS: Final = (
    Command(_ask("core show version"), (facts.IDENTITY_MODEL,), version),
    Command(_ask("core show channels count"), (facts.TELEPHONY_CALLS_NOW,), calls),
    Command(_ask("pjsip show endpoints"), (facts.TELEPHONY_ENDPOINTS, facts.TELEPHONY_ENDPOINTS_TOTAL), endpoints),
    Command(_ask("sip show peers"), (), peers),
    Command(_ask("database show"), (), database),
    Command(_ask("pjsip show registrations"), (facts.TELEPHONY_TRUNKS,), registrations),
)


def _is_asterisk(identity: Identity) -> bool:
    linux_host = identity.sys_descr.startswith("Linux ")
    return identity.declared == "asterisk" or (linux_host and "asterisk" in identity.greeting.lower())


ASTERISK = Vendor(
    name="asterisk",
    platform="asterisk",
    recognise=_is_asterisk,
    scalars=(linux.UPTIME, standard.SYSTEM, Scalars((AST_VERSION, AST_CALLS), (facts.TELEPHONY_CALLS_NOW,), _box)),
    tables=(standard.INTERFACES, standard.HOST),
    commands=(*linux.COMMANDS, *COMMANDS),
    secrets=linux.SECRETS,
    combine={
        **linux.COMBINE,
        facts.IDENTITY_VENDOR: lambda known, told: "Asterisk",  # the exchange is asked about, not the host below it
        facts.TELEPHONY_ENDPOINTS: merge,
        facts.TELEPHONY_ENDPOINTS_TOTAL: operator.add,  # of the two SIP stacks an exchange may run
        facts.TELEPHONY_ENDPOINTS_REGISTERED: operator.add,
    },
    hello=_ask("core show version"),
    recognise_shell=lambda output: bool(re.search(r"^Asterisk \d", output, re.M)),
)
