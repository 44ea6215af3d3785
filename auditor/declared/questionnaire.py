"""The questionnaire: one list of questions for the form, the command line and the file, from the checks and the inputs.

A question is about a check (its choices are the check's own words) or about an input of the model that people state.
What was answered is used until it is answered again; it is asked again once it is older than `STALE`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

from auditor.checks import CATALOGUE, DOMAINS
from auditor.checks.engine import ANSWERS, EXEMPT, Check
from auditor.checks.line import COPPER
from auditor.model import Audit, Origin, Outcome, Said
from auditor.parameters import accept, published, unit
from auditor.seats import inputs
from auditor.site import Declared, Site
from auditor.values import ABSENT, N_, Absent, Message, Value

STALE: Final = dt.timedelta(days=180)
"""How old an answer may be before it is asked again: half a year, the shortest time a check itself allows."""

Table = Literal["answers", "declared"]
Kind = Literal["choice", "exempt", "proof", "number", "share", "rate", "bytes", "date"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer: the word that stands in the file, and the id of the sentence that says it."""

    word: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question, with all that a form needs to draw it and what is known of its answer.

    `id` is the key in `table` of the site file; `title` and `why` are ids of sentences ("" where there is none), with
    `values` for them. `said` is the answer of the file, `age` its days (ABSENT without a date); `told` says that a
    device or another line of the file answers already. `dated` questions take the day of the event as well.
    """

    id: str
    table: Table
    domain: str
    kind: Kind
    title: str
    why: str
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    default: Value | Absent = ABSENT
    dated: bool = False
    said: Declared | Absent = ABSENT
    age: int | Absent = ABSENT
    stale: bool = False
    told: bool = False

    @property
    def due(self) -> bool:
        """Whether it is to be asked: nobody answered it, or too long ago, and nothing else tells it."""
        return not self.told and (isinstance(self.said, Absent) or self.stale)


class NotAnAnswer(ValueError):
    """A text that answers nothing, with the reason."""

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id)
        self.message = Message(id, values)


# ---- the definition ----

YES_NO: Final[Mapping[bool, str]] = {True: "yes", False: "no"}
_DAY: Final = r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}"

DATED: Final = ("HST-010", "RES-002", "RES-007", "HOM-003")
"""Checks that judge the day of an event: the date itself may be the answer."""
_INSTEAD: Final = ("VPN-017", "TEL-013")
"""Checks of services elsewhere, which a site that has all on its premises is not asked about."""
_LINK: Final = ("committed_down_bps", "committed_up_bps", "used_down_bps", "used_up_bps")
_INPUTS: Final[tuple[tuple[str, str, Callable[[Site], bool]], ...]] = (
    # input, domain, where it is asked
    ("people.video_share", "LNK", lambda site: True),
    ("demand.video_in_call", "LNK", lambda site: True),
    ("vpn.sessions.licensed", "VPN", lambda site: site.architecture != "cloud"),
    ("vpn.sessions.platform_max", "VPN", lambda site: site.architecture != "cloud"),
    ("vpn.pool.addresses", "VPN", lambda site: site.architecture != "cloud"),
    ("vpn.crypto_bps", "VPN", lambda site: site.architecture != "cloud"),
    ("vpn.certificate_ends", "VPN", lambda site: True),
    ("proof.no_vpn", "VPN", lambda site: site.architecture != "site"),
    ("proof.no_ztna", "VPN", lambda site: site.architecture != "site"),
    ("ztna.seats", "VPN", lambda site: site.architecture != "site"),
    ("nat.addresses", "FWL", lambda site: site.architecture != "cloud"),
    ("people.phone_share", "TEL", lambda site: True),
    ("telephony.softphones", "TEL", lambda site: site.architecture != "cloud"),
    ("telephony.phones_at_home", "TEL", lambda site: site.architecture != "cloud"),
    ("telephony.forwards", "TEL", lambda site: site.architecture != "cloud"),
    ("telephony.channels.max", "TEL", lambda site: site.architecture != "cloud"),
    ("proof.cloud_telephony", "TEL", lambda site: site.architecture != "site"),
    ("telephony.cloud", "TEL", lambda site: site.architecture != "site"),
    ("proof.no_server", "HST", lambda site: site.architecture != "site"),
    ("proof.no_desktops", "HST", lambda site: site.architecture != "cloud" and not _desktops(site)),
    ("hosts.vcpu", "HST", lambda site: _desktops(site)),
    ("hosts.memory_bytes", "HST", lambda site: _desktops(site)),
    ("hosts.count", "HST", lambda site: _desktops(site)),
    ("hosts.licences", "HST", lambda site: _desktops(site)),
    ("saas.licences", "HST", lambda site: site.architecture != "site"),
    ("identity.mfa", "ACC", lambda site: site.architecture != "site"),
    ("endpoints.detected", "ACC", lambda site: True),
    ("homes.share", "HOM", lambda site: True),
    ("homes.answered", "HOM", lambda site: True),
    ("people.equipment", "HOM", lambda site: True),
    ("people.trained.security", "HOM", lambda site: True),
    ("people.trained.tools", "HOM", lambda site: True),
    ("people.rehearsed", "HOM", lambda site: True),
)


def _desktops(site: Site) -> bool:
    return bool(site.people.profiles.get("vdi")) and site.architecture != "cloud"


def questions(site: Site, today: dt.date, told: Iterable[str] = ()) -> tuple[Question, ...]:
    """Every question for this site in the order of the catalogue, with the answers of its file and their age.

    `told` names the checks and inputs that devices answered at the last audit.
    """
    elsewhere = frozenset(told) | _stated(site)
    found = [*_of_inputs(site), *_of_checks(site)]
    order = [domain.removeprefix("name.") for domain in DOMAINS]
    found.sort(key=lambda question: order.index(question.domain))
    return tuple(_with_answer(question, site, today, question.id in elsewhere) for question in found)


def _of_inputs(site: Site) -> Iterable[Question]:
    for link in site.links:
        for what in _LINK:
            yield _of_input(f"link.{link.name}.{what}", "LNK")
        if link.medium.lower() in COPPER:
            yield _of_input(f"link.{link.name}.copper_closes", "LNK")
    for name, domain, asked in _INPUTS:
        if asked(site):
            yield _of_input(name, domain)


def _of_input(name: str, domain: str) -> Question:
    entry = published(name)
    assert entry is not None, name
    kinds: Mapping[str, Kind] = {
        "share": "share",
        "bit/s": "rate",
        "bytes": "bytes",
        "date": "date",
        "yes or no": "proof",
    }
    kind = kinds.get(entry.unit, "number")
    return Question(
        name,
        "declared",
        domain,
        kind,
        f"input.{entry.name}",
        "",
        tuple(Choice(word, f"ask.{word}") for word in YES_NO.values()) if kind == "proof" else (),
        unit(name),
        entry.default,
    )


def _of_checks(site: Site) -> Iterable[Question]:
    for check in CATALOGUE:
        if check.words.choices:
            if site.architecture != "site" or check.id not in _INSTEAD:
                yield _of_check(check)
        elif site.architecture != "site":
            yield _of_check(check)


def _of_check(check: Check) -> Question:
    """Its own three answers, and that it has no object here; a check that devices judge takes the last one alone."""
    own = tuple(Choice(word, f"{check.id}.choice.{word}") for word in ANSWERS) if check.words.choices else ()
    return Question(
        id=check.id,
        table="answers",
        domain=check.domain,
        kind="choice" if own else "exempt",
        title=f"{check.id}.title",
        why=f"{check.id}.why",
        choices=(*own, Choice(EXEMPT, "ask.exempt")),
        dated=check.id in DATED,
    )


# ---- what is known of the answers ----


def _stated(site: Site) -> frozenset[str]:
    """The inputs that other lines of the file give: contracts, shares, servers."""
    bare = replace(site, declared={})
    return frozenset(name for name, figure in inputs.gather(bare, ()).items() if figure.origin is Origin.DECLARED)


def told_by_devices(audit: Audit) -> frozenset[str]:
    """The checks and inputs that devices answered in an audit: nobody needs to be asked."""
    judged = (Outcome.PASS, Outcome.WARN, Outcome.FAIL)
    checks = {finding.id for finding in audit.findings if finding.quality == 1 and finding.outcome in judged}
    return frozenset(checks | {figure.name for figure in audit.assumptions if figure.origin is Origin.MEASURED})


def _with_answer(question: Question, site: Site, today: dt.date, told: bool) -> Question:
    said = (site.answers if question.table == "answers" else site.declared).get(question.id, ABSENT)
    if isinstance(said, Absent):
        return replace(question, told=told)
    age = days_old(said, today)
    return replace(question, said=said, age=age, stale=is_stale(said, today), told=told)


def days_old(said: Declared, today: dt.date) -> int | Absent:
    """The age of an answer in days; ABSENT where it has no date or one to come."""
    if isinstance(said.on, Absent) or said.on > today:
        return ABSENT
    return (today - said.on).days


def is_stale(said: Declared, today: dt.date) -> bool:
    """Whether it is asked again: older than `STALE`, or of no known age."""
    age = days_old(said, today)
    return isinstance(age, Absent) or age > STALE.days


def is_proof(question: Question, value: Value) -> bool:
    """Whether an answer counts with its document alone."""
    return value == EXEMPT or (question.kind == "proof" and value is True)


def all_said(site: Site, today: dt.date) -> tuple[Said, ...]:
    """Everything people said in the file, with its age, as an audit prints it."""
    tables: tuple[tuple[Table, Mapping[str, Declared]], ...] = (("answers", site.answers), ("declared", site.declared))
    return tuple(
        Said(id, table, said, days_old(said, today), is_stale(said, today))
        for table, rows in tables
        for id, said in rows.items()
    )


# ---- reading an answer ----


def value_of(question: Question, text: str, labels: Mapping[str, str], today: dt.date) -> Value:
    """The value a typed text stands for; `labels` are the words of the choices in the reader's language, by word.

    A choice may be given by its number, its word or its label; raises NotAnAnswer.
    """
    text = " ".join(text.split())
    if question.kind in ("choice", "exempt"):
        return _chosen(question, text, labels, today)
    if question.kind == "proof":
        return _yes_or_no(question, text, labels)
    if question.kind == "date":
        return _day(text, None)
    return _figure(question, text)


def _chosen(question: Question, text: str, labels: Mapping[str, str], today: dt.date) -> Value:
    own = [choice.word for choice in question.choices if choice.word != EXEMPT]
    if text.isdigit() and 1 <= int(text) <= len(own):
        return own[int(text) - 1]
    for word in (choice.word for choice in question.choices):
        if text.casefold() in (word, labels.get(word, word).casefold()) or (word == EXEMPT and text.casefold() == "n"):
            return word
    if question.dated and re.fullmatch(_DAY, text):
        return _day(text, today)
    raise NotAnAnswer("ask.no_choice", count=len(own)) if own else NotAnAnswer("ask.only_exempt")


def _yes_or_no(question: Question, text: str, labels: Mapping[str, str]) -> bool:
    """A statement that counts with its document: yes or no, by number, word or label."""
    for number, (value, word) in enumerate(YES_NO.items(), 1):
        if text.casefold() in (str(number), word, labels.get(word, word).casefold()):
            return value
    raise NotAnAnswer("ask.no_yes_or_no")


def _day(text: str, today: dt.date | None) -> dt.date:
    """A day as it is written; with `today`, one that is past. Raises NotAnAnswer."""
    wrong = "ask.no_date" if today else "ask.no_day"
    if not re.fullmatch(_DAY, text):
        raise NotAnAnswer(wrong)
    parts = [int(part) for part in re.split(r"[-/]", text)]
    try:
        found = dt.date(*(parts if len(str(parts[0])) == 4 else reversed(parts)))
    except ValueError:
        raise NotAnAnswer(wrong) from None
    if today is not None and found > today:
        raise NotAnAnswer(wrong)
    return found


_SIZES: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


def _figure(question: Question, text: str) -> Value:
    """A number as it is spoken: 82 % or 0.82, 20 Mbit/s, 64 GB; rates and sizes need their unit."""
    match = re.fullmatch(r"(\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?)\s*(\D*)", text)
    if not match:
        raise NotAnAnswer(f"ask.no_{question.kind}")
    amount = Fraction(re.sub(r"[\s\u00a0\u202f]", "", match[1]).replace(",", "."))
    value = accept(question.id, _scaled(question.kind, amount, match[2].strip().casefold()))
    if isinstance(value, Absent) or (question.unit == "people" and not isinstance(value, int)):
        raise NotAnAnswer(f"ask.no_{question.kind}")
    return value


def _scaled(kind: Kind, amount: Fraction, said: str) -> Value:
    """The amount in the unit of the model."""
    found: Fraction | Absent = ABSENT
    if kind == "number" and not said:
        found = amount
    elif kind == "share" and said in ("", "%"):
        found = amount / 100 if said else amount
    elif kind == "rate" and (match := re.fullmatch(r"([kmg]?)(?:bits?|b)(?:/s|ps)", said)):
        found = amount * _SIZES[match[1]]
    elif kind == "bytes" and (match := re.fullmatch(r"([kmg])i?[bo]", said)):
        found = amount * 1024 ** ("kmg".index(match[1]) + 1)
    if isinstance(found, Absent):
        raise NotAnAnswer(f"ask.no_{kind}")
    return found


SENTENCES: Mapping[str, str] = {
    "ask.exempt": N_("without object here, as a document shows"),
    "ask.no_choice": N_("Answer with a number from 1 to {count}, or n where it has no object here."),
    "ask.only_exempt": N_("Devices tell this one; answer n where it has no object here."),
    "ask.no_date": N_("This is not a day in the past, such as 2026-03-01 or 01/03/2026."),
    "ask.no_day": N_("A day is expected here, such as 2027-03-01 or 01/03/2027."),
    "ask.no_yes_or_no": N_("Answer with 1 or yes, 2 or no."),
    "ask.yes": N_("yes, and a document shows it"),
    "ask.no": N_("no"),
    "ask.hint.date": N_("such as 2027-03-01 or 01/03/2027"),
    "ask.no_number": N_("A number is expected here."),
    "ask.no_share": N_("A share is expected here: 0.82 or 82%."),
    "ask.no_rate": N_("A rate with its unit is expected here, such as 20 Mbit/s."),
    "ask.no_bytes": N_("A size with its unit is expected here, such as 64 GB."),
    "ask.hint.share": N_("such as 0.82 or 82%"),
    "ask.hint.rate": N_("such as 20 Mbit/s"),
    "ask.hint.bytes": N_("such as 64 GB"),
    "ask.proof": N_("Without the document that shows it, it stays not measured: name the document."),
}
