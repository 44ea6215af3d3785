"""FreeSWITCH on Linux: registrations with what each set is, gateways, calls and their limit; read with `fs_cli -x`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors import exchange, linux, standard
from auditor.collectors.vendors.page import Command, Identity, Told, Vendor, unread
from auditor.collectors.vendors.trees import ended
from auditor.declared.sets import UNKNOWN, agent, kind
from auditor.facts import Endpoint, Trunk
from auditor.model import Key
from auditor.values import ABSENT


def version(output: str) -> Told:
    """`version`."""
    match = re.search(r"FreeSWITCH [Vv]ersion:? (\d\S*?)[-+~\s]", f"{output} ")
    if match is None:
        return unread(output)
    return Told({facts.IDENTITY_VENDOR: "FreeSWITCH", facts.IDENTITY_MODEL: f"FreeSWITCH {match.group(1)}"})


def status(output: str) -> Told:
    """`status`: sessions now and allowed. A session is one leg, and a call from set to set has two."""
    most = re.search(r"(?m)^(\d+) session\(s\) max", output)
    now = re.search(r"(?m)^(\d+) session\(s\)(?: - peak| *$)", output)
    found: dict[Key[Any], Any] = {}
    if most and int(most.group(1)):
        found[facts.TELEPHONY_CALLS_MAX] = int(most.group(1)) // 2
    if now:
        found[facts.TELEPHONY_CHANNELS_NOW] = int(now.group(1))
    if match := re.search(r"FreeSWITCH \(Version (\d\S*)", output):
        found[facts.IDENTITY_VENDOR], found[facts.IDENTITY_MODEL] = "FreeSWITCH", f"FreeSWITCH {match.group(1)}"
    return Told(found) if found else unread(output)


def calls(output: str) -> Told:
    """`show calls count`."""
    match = re.search(r"(?m)^(\d+) total\.", output)
    return Told({facts.TELEPHONY_CALLS_NOW: int(match.group(1))}) if match else unread(output)


def profiles(output: str) -> Sequence[str]:
    """The profiles of `sofia status`, whose registrations are asked next."""
    names = re.findall(r"(?m)^\s*([\w.-]+)\s+profile\s+\S+\s+RUNNING", output)
    return [f"fs_cli -x 'sofia status profile {name} reg'" for name in names]


def sofia(output: str) -> Told:
    """`sofia status`: the transports that listen, by the addresses of the profiles, and the gateways to operators."""
    rows = re.findall(r"(?m)^\s*[\w.-]+\s+profile\s+(\S+)\s+RUNNING[^\n]*", output)
    if not rows:
        return unread(output)
    found = {"tls" if "transport=tls" in row or "(TLS)" in row or row.startswith("sips:") else "udp" for row in rows}
    found |= {"tls"} if re.search(r"(?m)^\s*[\w.-]+\s+profile\s+[^\n]*\(TLS\)", output) else set()
    lines = re.findall(r"(?m)^\s*\S+?::(\S+)\s+gateway\s+sips?:(?:[^@\s]*@)?([^:;\s]+)\S*\s+([A-Z_]+)", output)
    told: dict[Key[Any], Any] = {facts.TELEPHONY_TRANSPORTS: tuple(sorted(found))}
    if lines:
        told[facts.TELEPHONY_TRUNKS] = tuple(_gateway(*row) for row in lines)
    return Told(told)


def _gateway(name: str, host: str, state: str) -> Trunk:
    """A gateway of a profile; NOREG is one without registration, not one that failed."""
    return Trunk(line(name), "sip", registered=ABSENT if state == "NOREG" else state == "REGED", host=host)


def registrations(output: str) -> Told:
    """`sofia status profile NAME reg`: a block for each registration, with its user agent, address and transport."""
    if "Registrations:" not in output:
        return unread(output)
    blocks = re.split(r"(?m)^(?=Call-ID:)", output)[1:]
    footer = re.search(r"(?m)^Total items returned:\s*(\d+)", output)
    sets = [one for block in blocks if (one := _registration(block)) is not None]
    if footer is not None and int(footer.group(1)) != len(blocks):
        return unread(output)
    found = exchange.contacts(sets)
    if footer is None and not found:
        return unread(output)
    told: dict[Key[Any], Any] = {facts.TELEPHONY_ENDPOINTS: found}
    if footer is not None:
        told[facts.TELEPHONY_ENDPOINTS_REGISTERED] = sum(1 for one in found if one.registered is True)
    return Told(told)


def _registration(block: str) -> Endpoint | None:
    said = {name: value.strip() for name, value in re.findall(r"(?m)^([A-Za-z-]+):[ \t]*(.*?)[ \t]*$", block)}
    user = said.get("User", "").partition("@")[0]
    if not user:
        return None
    transport = re.search(r"\((UDP|TCP|TLS|WS|WSS)(?:-NAT)?\)", said.get("Status", ""))
    model = agent(line(said.get("Agent", "")))
    return Endpoint(
        id=user,
        kind=kind(model) if model and model != "unknown" else UNKNOWN,
        user_agent=model if model and model != "unknown" else ABSENT,
        registered=said.get("Status", "").startswith("Registered"),
        address=said.get("IP") or ABSENT,
        transport=transport.group(1).lower() if transport else ABSENT,
    )


def users(output: str) -> Told:
    """`list_users`: everybody in the directory, registered or not."""
    heading, _, rest = output.partition("\n")
    if not heading.startswith("userid|"):
        return unread(output)
    names = {row.partition("|")[0] for row in rest.splitlines() if "|" in row}
    if not names and not ended(output):
        return unread(output)
    sets = tuple(Endpoint(name, UNKNOWN) for name in sorted(names))
    return Told({facts.TELEPHONY_ENDPOINTS_TOTAL: len(names), facts.TELEPHONY_ENDPOINTS: sets})


def gateways(output: str) -> Told:
    """`sofia status gateway`: trunks, and whether they are registered (NOREG: without registration)."""
    rows = re.findall(r"(?m)^\s*(\S+?)::(\S+)\s+sips?:(?:[^@\s]*@)?([^:;\s]+)\S*\s+([A-Z_]+)", output)
    if not rows:
        return Told() if re.search(r"(?m)^0 gateways?", output) else unread(output)
    found = [_gateway(name, host, state) for _, name, host, state in rows]
    return Told({facts.TELEPHONY_TRUNKS: tuple(found)})


PEOPLE: Final = (
    r"(^(?:Call-ID|User|Contact|Auth-User|MWI-Account):[ \t]*)(\S[^\n]*?)(?=[ \t]*$)",
    r"(\bsips?:)([^@\s;<]+)(?=@)",
    r"(^(?!userid\|)[^|\n]*\|)([^\n]+)",
    r"(^)([^|\s]+)(?=\|somebody|\|[0-9a-f]{12}$)",
)


NUMBERED: Final = r"(::)(\+?\d{6,}\S*)"
"""A gateway named after the number it registers."""


def _ask(words: str) -> str:
    return f"fs_cli -x '{words}'"


def _row(words: str, keys: tuple[Key[Any], ...], read: Any, **more: Any) -> Command:
    also = (f'fs_cli -x "{words}"', f"fs_cli -x {words}", words)
    return Command(_ask(words), keys, read, also=also, **more)


COMMANDS: Final = (
    _row("version", (facts.IDENTITY_MODEL,), version),
    _row("status", (facts.TELEPHONY_CALLS_MAX,), status),
    _row("show calls count", (facts.TELEPHONY_CALLS_NOW,), calls),
    _row("sofia status", (), sofia, follow=profiles, people=(PEOPLE[1], NUMBERED)),
    Command(
        _ask("sofia status profile NAME reg"),
        (facts.TELEPHONY_ENDPOINTS,),
        registrations,
        pattern=r"fs[_ ]cli -x '?sofia status profile [\w.-]{1,64} reg'?",
        seconds=120,
        people=PEOPLE,
    ),
    _row(
        "list_users", (facts.TELEPHONY_ENDPOINTS_TOTAL,), users, seconds=60, people=(r"(^(?!userid\||\+OK))(\S[^\n]*)",)
    ),
    _row("sofia status gateway", (facts.TELEPHONY_TRUNKS,), gateways, people=(PEOPLE[1], NUMBERED)),
)


def _is_freeswitch(identity: Identity) -> bool:
    return identity.declared == "freeswitch" or "freeswitch" in identity.greeting.lower()


def _program(one: str, other: str) -> str:
    return other if other.startswith("FreeSWITCH") else one


FREESWITCH = Vendor(
    name="freeswitch",
    platform="freeswitch",
    recognise=_is_freeswitch,
    scalars=(linux.UPTIME, standard.SYSTEM),
    tables=(standard.INTERFACES, standard.HOST),
    commands=(*linux.COMMANDS, *COMMANDS),
    secrets=linux.SECRETS,
    combine={
        **linux.COMBINE,
        **exchange.COMBINE,
        facts.IDENTITY_VENDOR: _program,
        facts.IDENTITY_MODEL: _program,
    },
    hello=_ask("version"),
    recognise_shell=lambda output: bool(re.search(r"FreeSWITCH [Vv]ersion", output)),
)
