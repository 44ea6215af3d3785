"""How the report words what it shows: the headline, the message of a page, people, values, roles and sources."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from auditor.model import Audit, Finding, Outcome, Source
from auditor.texts import NO_BREAK, Texts
from auditor.values import ABSENT, N_, Absent

MOST_EVIDENCE, MOST_REQUESTS = 4, 3
ONE: Final[Mapping[str, str]] = {
    "link.up": N_("The access link"),
    "link.down": N_("The access link"),
    "vpn.platform": N_("The VPN gateway"),
    "vpn.pool": N_("The VPN address pool"),
    "vpn.crypto": N_("The VPN encryption engine"),
    "firewall.sessions": N_("The firewall"),
    "nat.ports": N_("Address translation"),
    "telephony.sets": N_("Telephony"),
    "telephony.trunks": N_("The telephone trunk"),
    "telephony.cloud": N_("Cloud telephony"),
    "identity.mfa": N_("The second factor"),
    "people.equipment": N_("The equipment of people"),
}
MANY: Final[Mapping[str, str]] = {
    "vpn.licence": N_("The VPN licences"),
    "hosts.vdi": N_("The virtual desktop hosts"),
    "homes": N_("The home internet lines"),
    "ztna.seats": N_("The ZTNA seats"),
    "saas.licences": N_("The SaaS licences"),
}
"""What stops people, as the subject of a sentence, by grammatical number."""


def local(audit: Audit, moment: dt.datetime) -> dt.datetime:
    """A moment in the site's own time; as it is where the site's zone is not known here."""
    try:
        return moment.astimezone(zoneinfo.ZoneInfo(audit.site.timezone))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return moment


def audit_day(audit: Audit) -> dt.date:
    return local(audit, audit.at).date()


def count(texts: Texts, value: int | Absent) -> str:
    """A number of people, or that it is not known."""
    return texts("not known") if isinstance(value, Absent) else texts.number(value)


def day(texts: Texts, date: dt.date) -> str:
    """A date that stays on one line."""
    return texts.date(date).replace(" ", NO_BREAK)


def span(lead: tuple[int, int], texts: Texts) -> str:
    """A lead time in calendar days."""
    first, last = lead
    if first == last:
        return texts("{last} d", last=last).replace(" ", NO_BREAK)
    return texts("{first} to {last} d", first=first, last=last).replace(" ", NO_BREAK)


# ---- the headline ----


def headline(audit: Audit, texts: Texts) -> str:
    """The headline as one sentence."""
    head = audit.headline
    if isinstance(head.seats, Absent):
        return texts("How many people can work remotely at the same time is not known: see what was not measured.")
    values = {"seats": head.seats, "eligible": head.eligible, "headcount": head.headcount}
    if isinstance(head.low, Absent) or isinstance(head.high, Absent) or head.low == head.high:
        return texts(
            "Today {seats} of the {eligible} eligible people (headcount {headcount}) can work remotely at the same"
            " time.",
            **values,
        )
    return texts(
        "Today {seats} of the {eligible} eligible people (headcount {headcount}) can work remotely at the same time"
        " (range {low} to {high}).",
        **values,
        low=head.low,
        high=head.high,
    )


def beyond(audit: Audit, texts: Texts) -> str:
    """What happens to the next person."""
    head = audit.headline
    if not head.binding:
        return ""
    id = f"beyond.{head.binding[0].partition('/')[0]}"
    if not isinstance(head.beyond, Absent) and texts.known(f"{id}.{head.beyond.value}"):
        id = f"{id}.{head.beyond.value}"  # desktops slow down, or refuse for want of a licence
    return texts("Beyond that, {what}.", what=texts.words(id)) if texts.known(id) else ""


def reached(audit: Audit, texts: Texts) -> str:
    """That more people than the figure were connected once, by a gateway's own record; "" where none says so."""
    told = [
        reading.value
        for device in audit.devices
        for reading in device.readings
        if reading.key.name == "vpn.sessions.peak" and isinstance(reading.value, int)
    ]
    seats = audit.headline.seats
    if isinstance(seats, Absent) or not told or max(told) <= seats:
        return ""
    return texts("Already reached: {peak} people, by the VPN gateway's own record.", peak=max(told))


def figure(audit: Audit, texts: Texts) -> tuple[str, str]:
    """The large figure of page one, 15 and /110, with ≤ where something unknown could lower it, ~ where assumed."""
    head = audit.headline
    of = f"/{texts.number(head.required)}"
    if isinstance(head.seats, Absent):
        return "?", of
    signs = {"<=": "≤", "~": "~", "=": ""}
    return "".join(signs[bound] for bound in head.bounds) + texts.number(head.seats), of


def bound_note(audit: Audit, texts: Texts) -> str:
    """What the signs before the large figure mean."""
    if isinstance(audit.headline.seats, Absent):
        return ""
    notes = {"~": texts("~ partly assumed"), "<=": texts("≤ at most: something is not known")}
    return "; ".join(notes[bound] for bound in audit.headline.bounds if bound in notes)


def stops(audit: Audit, texts: Texts) -> str:
    """The message of page one."""
    head = audit.headline
    if isinstance(head.seats, Absent) or not head.binding:
        return texts("What stops us is not known yet")
    if head.seats >= head.required:
        if "<=" in head.bounds:
            return texts("What is known suffices for everybody; not everything is known")
        return texts("Everybody can work remotely at the same time")
    id = head.binding[0].partition("/")[0]
    if id in MANY:
        many = texts(MANY[id])
        return texts.plural(
            "{what} stop us at {count} person", "{what} stop us at {count} people", head.seats, what=many
        )
    one = texts(ONE[id]) if id in ONE else texts.name(id)
    return texts.plural("{what} stops us at {count} person", "{what} stops us at {count} people", head.seats, what=one)


def risks(audit: Audit, texts: Texts) -> Iterator[str]:
    """What threatens remote work besides its size: no second way, and the doors that hold the score down."""
    after = audit.headline.seats_after_largest_failure
    if after == 0:
        yield texts("If the largest component fails, nobody can work remotely.")
    elif isinstance(after, int) and isinstance(audit.headline.seats, int) and after < audit.headline.seats:
        yield texts.plural(
            "If the largest component fails, {count} person can still work remotely.",
            "If the largest component fails, {count} people can still work remotely.",
            after,
        )
    doors = set(audit.score.cap.by) if audit.score.cap else set()
    failed = [f for f in audit.findings if f.outcome is Outcome.FAIL and f.severity.value == "critical"]
    shown = [f for f in failed if not _counted(f)]
    shown.sort(key=lambda f: (f.weight > 0, f.id not in doors))  # a changed host key weighs nothing, and is first
    for finding in shown[:2]:
        yield texts("{what} ({check})", what=texts.say(finding.message).rstrip("."), check=finding.id) + "."


def _counted(finding: Finding) -> bool:
    """Whether the headline says it already: a capacity check carries the seats it found."""
    return "seats" in finding.message.values


# ---- findings ----


def severity(finding: Finding, texts: Texts) -> str:
    return texts.name(f"severity.{finding.severity.value}")


def verdict(outcome: Outcome, texts: Texts) -> str:
    """The outcome as a word."""
    return {
        Outcome.PASS: texts("passed"),
        Outcome.WARN: texts("to improve"),
        Outcome.FAIL: texts("failed"),
        Outcome.NOT_MEASURED: texts("not measured"),
        Outcome.NOT_APPLICABLE: texts("not applicable"),
    }[outcome]


def title(id: str, texts: Texts) -> str:
    """The title of a check, "" for one of another catalogue."""
    return texts.words(f"{id}.title") if texts.known(f"{id}.title") else ""


def owner(role: str, texts: Texts) -> str:
    """Who does it: always a role, never a name."""
    return {
        "it": texts("IT manager"),
        "operator": texts("operator"),
        "integrator": texts("integrator"),
        "hr": texts("HR"),
        "management": texts("management"),
    }.get(role, role)


def role(name: str, texts: Texts) -> str:
    """What a device does for the site."""
    return {
        "router": texts("router"),
        "firewall": texts("firewall"),
        "vpn": texts("VPN gateway"),
        "pbx": texts("PBX"),
        "sbc": texts("session border controller"),
        "server": texts("server"),
        "ups": texts("UPS"),
        "other": texts("other"),
    }.get(name, name)


def blocks(audit: Audit) -> frozenset[str]:
    """The checks that have a block of their own among the findings: those that failed or are to improve."""
    known = {domain.id for domain in audit.score.domains}
    return frozenset(
        finding.id
        for finding in audit.findings
        if finding.outcome in (Outcome.FAIL, Outcome.WARN) and (not finding.weight or finding.domain in known)
    )


def evidence_ids(audit: Audit) -> Mapping[tuple[str, str], str]:
    """The id of each answer by device and request, as the JSON names them."""
    lines = [line for device in audit.devices for line in device.evidence]
    return {(line.device, line.request): f"e{number}" for number, line in enumerate(lines, 1)}


def evidence(audit: Audit, finding: Finding, texts: Texts) -> Iterator[str]:
    """What a finding rests on: what devices answered first, then what was declared; one line for each answer."""
    return (line for line, _ in proofs(audit, finding, texts))


def proofs(audit: Audit, finding: Finding, texts: Texts) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each line of the evidence, with the (device, request) of the answers it tells."""
    asked = {(item.device, item.request): item.at for device in audit.devices for item in device.evidence}
    lines = _by_answer(finding, texts)
    for device, requests, value in lines[:MOST_EVIDENCE]:
        if device:
            at = next((asked[device, request] for request in requests if (device, request) in asked), None)
            request = listed(requests, MOST_REQUESTS, texts)
            when = _when(audit, at, texts)
            told = texts("Source: {device}, {request}{when}: {value}", device=device, request=request, when=when,
                         value=value)  # fmt: skip
            yield told, [(device, one) for one in requests]
        else:
            known = texts.known(f"{requests[0]}.title")
            label = texts("answer to the questionnaire") if known else texts.input(requests[0])
            yield texts("Declared: {what}: {value}", what=label, value=value), []
    if len(lines) > MOST_EVIDENCE:
        yield texts.plural("and {count} more source", "and {count} more sources", len(lines) - MOST_EVIDENCE), []


def _by_answer(finding: Finding, texts: Texts) -> list[tuple[str, list[str], str]]:
    """(device, requests, values), devices first: the values of one request together, requests that told the same too.

    What was declared has no device and one request: its name.
    """
    told: dict[tuple[str, str], dict[str, None]] = {}
    for source in sorted(finding.evidence, key=lambda source: not source.device):
        told.setdefault((source.device, source.request), {})[_said(source, texts)] = None
    lines: dict[tuple[str, str, str], list[str]] = {}
    for (device, request), values in told.items():
        key = (device, "" if device else request, "; ".join(filter(None, values)))
        lines.setdefault(key, []).append(request)
    return [(device, requests, value) for (device, _, value), requests in lines.items()]


def _when(audit: Audit, at: dt.datetime | None, texts: Texts) -> str:
    if at is None:
        return ""
    here = local(audit, at)
    return f", {texts.time(here) if here.date() == audit_day(audit) else texts.datetime(here)}"


def _said(source: Source, texts: Texts) -> str:
    """The value of a source as a reader writes it; an answer of the questionnaire in the words of its check."""
    if source.device:
        large = source.value.isdecimal() and len(source.value) > 4 and not source.value.startswith("0")
        return texts.number(int(source.value)) if large else yes_no(source.value, texts)
    value, _, by = source.value.partition(" (")
    choice = f"{source.request}.choice.{value}"
    told = texts.words(choice) if texts.known(choice) else _declared(source.request, value, texts)
    return f"{told} ({stated_by(by.removesuffix(')'), texts)})" if by else told


def _declared(name: str, value: str, texts: Texts) -> str:
    """A declared input: its number in its unit where it is one."""
    if texts.input(name) == name:
        return yes_no(value, texts)
    try:
        return shown(Fraction(value), "", name, texts)
    except (ValueError, ZeroDivisionError):
        return yes_no(value, texts)


def yes_no(value: str, texts: Texts) -> str:
    return {"True": texts("yes"), "False": texts("no")}.get(value, value)


# ---- inputs ----


def stated_by(who: str, texts: Texts) -> str:
    """Who declared a figure; the site file itself has a name in each language."""
    return texts("site file") if who == "site file" else who


def shown(value: object, unit: str, name: str, texts: Texts) -> str:
    """A value in its unit, exact: rates scaled, shares in per cent, never rounded to another figure."""
    if value is ABSENT:
        return texts("unknown")
    if isinstance(value, bool):
        return texts("yes") if value else texts("no")
    if isinstance(value, tuple):
        return ", ".join(_word(str(item), name, texts) for item in value) or texts("none")
    if isinstance(value, dt.datetime | dt.date):
        return texts.format(value, "")
    if not isinstance(value, int | float | Fraction):
        return _word(str(value), name, texts)
    if unit == "bit/s" or name.endswith("_bps"):
        return _rate(value, texts)
    if unit == "bytes":
        return texts.size(Fraction(str(value)))
    if unit == "share":
        return texts.percent(Fraction(str(value)) * 100, places(Fraction(str(value)) * 100))
    return texts.number(value, places(value))


def _word(value: str, name: str, texts: Texts) -> str:
    """A text of the tunnel in the reader's language; any other as it stands."""
    if not (name.startswith(("tunnel.", "site.")) or name.endswith((".use", ".carries"))):
        return value
    words = {
        "full": texts("full"),
        "selective": texts("selective"),
        "split": texts("split"),
        "site": texts("on site"),
        "datacentre": texts("datacentre"),
        "hybrid": texts("site and cloud"),
        "cloud": texts("cloud alone"),
        "active": texts("active"),
        "backup": texts("backup"),
        "vpn": "VPN",
    }
    return words.get(value, value)


def _rate(bps: int | float | Fraction, texts: Texts) -> str:
    """A rate in the unit that shows it exactly (105.6 kbit/s, 10.1 Mbit/s)."""
    exact = Fraction(str(bps))
    for size, unit in ((10**9, "Gbit/s"), (10**6, "Mbit/s"), (10**3, "kbit/s")):
        if exact >= size:
            return f"{texts.number(exact / size, places(exact / size, 3))}{NO_BREAK}{unit}"
    return texts.rate(exact)


def places(value: int | float | Fraction, most: int = 4) -> int:
    """How many decimals show a value without rounding it, up to `most`."""
    exact = Fraction(str(value))
    return next((digits for digits in range(most) if (exact * 10**digits).denominator == 1), most)


def listed(items: Sequence[str], most: int, texts: Texts) -> str:
    """The first items, and how many more there are."""
    more = len(items) - most
    text = "; ".join(items[:most])
    return text if more <= 0 else f"{text}; " + texts("{more} more", more=more)
