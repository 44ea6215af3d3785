"""What people decide about a plan and its findings: owners, dates, status, exclusions, accepted risks.

Judgements are no facts: they live in the client's store beside the audits of a site, by the ids of actions and checks,
so that the next audit takes them over. Nothing here changes what was measured or how it is judged.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, get_args

from auditor.actions import Status
from auditor.clean import line
from auditor.model import Edit, Finding, Outcome
from auditor.spelling import nearest
from auditor.values import ABSENT, N_, Absent, Message, Value

PLAN: Final = "plan"
"""The item under which what concerns the plan as a whole is kept."""

STATUSES: Final[tuple[Status, ...]] = get_args(Status)
OWNERS: Final = ("it", "operator", "integrator", "hr", "management")
FIELDS: Final = ("owner", "status", "start", "end", "one_off", "monthly", "reason")
MOST_EUROS: Final = 10**9
LONGEST: Final = 200


class JudgementError(ValueError):
    """A judgement that cannot be kept; `message` says why to a reader."""

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id)
        self.message = Message(id, values)


@dataclass(frozen=True, slots=True)
class Call:
    """What was decided about one action; what nobody decided is ABSENT or "".

    `status_at`: when its status was set. Sums are whole euros: a quote instead of the cost class.
    """

    owner: str = ""
    status: Status | Absent = ABSENT
    status_at: dt.datetime | Absent = ABSENT
    start: dt.date | Absent = ABSENT
    end: dt.date | Absent = ABSENT
    one_off: int | Absent = ABSENT
    monthly: int | Absent = ABSENT
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A risk somebody accepts until a day (included); the check stays failed."""

    by: str
    reason: str
    until: dt.date

    def holds(self, today: dt.date) -> bool:
        return today <= self.until

    def message(self, today: dt.date) -> Message:
        values: dict[str, Value] = {"by": self.by, "reason": self.reason, "until": self.until}
        return Message("accepted.held" if self.holds(today) else "accepted.expired", values)


@dataclass(frozen=True, slots=True)
class Judgements:
    """All that was decided about a site: by action id, by check id, and the day its plan starts."""

    actions: Mapping[str, Call] = field(default_factory=lambda: MappingProxyType({}))
    accepted: Mapping[str, Acceptance] = field(default_factory=lambda: MappingProxyType({}))
    start: dt.date | Absent = ABSENT

    @classmethod
    def of(cls, edits: Iterable[Edit]) -> Judgements:
        """The judgements that a store's edits add up to; what this version does not know is left alone."""
        found = cls({}, {})
        for edit in edits:
            try:
                found = _added(found, edit)
            except ValueError:  # written by another version: not ours to judge
                continue
        return found

    def call(self, action: str) -> Call:
        return self.actions.get(action, Call())

    def excluded(self) -> frozenset[str]:
        """The ids of the actions that are not to be taken."""
        return frozenset(id for id, call in self.actions.items() if call.status == "excluded")

    def held(self, today: dt.date) -> frozenset[str]:
        """The checks whose risk is accepted today."""
        return frozenset(id for id, acceptance in self.accepted.items() if acceptance.holds(today))

    def mark(self, findings: Iterable[Finding], today: dt.date) -> tuple[Finding, ...]:
        """The findings with the accepted ones marked; their outcome stays what it is."""
        return tuple(
            replace(f, accepted=self.accepted[f.id].message(today)) if _open(f) and f.id in self.accepted else f
            for f in findings
        )


NONE: Final = Judgements()


def _open(finding: Finding) -> bool:
    return finding.outcome in (Outcome.FAIL, Outcome.WARN)


def _added(known: Judgements, edit: Edit) -> Judgements:
    if edit.field == "accepted":
        said = _acceptance(edit)
        return replace(known, accepted={**known.accepted, edit.item: said})
    if edit.item == PLAN:
        return replace(known, start=_day(edit.field, edit.value)) if edit.field == "start" else known
    call = known.actions.get(edit.item, Call())
    value = parsed(edit.field, edit.value)
    call = replace(call, **{edit.field: value})
    if edit.field == "status":
        call = replace(call, status_at=edit.at)
    return replace(known, actions={**known.actions, edit.item: call})


def _acceptance(edit: Edit) -> Acceptance:
    said = json.loads(edit.value)
    if not isinstance(said, dict) or not isinstance(said.get("reason"), str) or not isinstance(said.get("until"), str):
        raise ValueError(edit.value)
    return Acceptance(edit.who, said["reason"], dt.date.fromisoformat(said["until"]))


# ---- from what a person types to what the store keeps ----


def parsed(field: str, text: str) -> Any:
    """The value of one field of an action, from its text; raises JudgementError."""
    plain = line(text)
    if field not in FIELDS:
        raise JudgementError("judgement.field", field=line(field)[:40], near=nearest(field, FIELDS), fields=FIELDS)
    if field == "status":
        if plain not in STATUSES:
            raise JudgementError("judgement.status", found=plain[:40], words=STATUSES)
        return plain
    if field in ("start", "end"):
        return _day(field, plain)
    if field in ("one_off", "monthly"):
        return _euros(field, plain)
    if not plain or len(plain) > LONGEST:
        raise JudgementError("judgement.text", field=field, most=LONGEST)
    return plain


def _day(field: str, text: str) -> dt.date:
    """A day as 2026-12-01 or 01/12/2026."""
    french = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text)
    try:
        return dt.date.fromisoformat("-".join(reversed(french.groups())) if french else text)
    except ValueError:
        raise JudgementError("judgement.day", field=field, found=text[:40]) from None


def _euros(field: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,10}", text) or int(text) > MOST_EUROS:
        raise JudgementError("judgement.euros", field=field, found=text[:40])
    return int(text)


def accepted(reason: str, until: str, today: dt.date) -> str:
    """What the store keeps of an acceptance, who and when apart; raises JudgementError."""
    day, why = _day("until", line(until)), line(reason)
    if not why or len(why) > LONGEST:
        raise JudgementError("judgement.text", field="reason", most=LONGEST)
    if day < today:
        raise JudgementError("judgement.past", field="until", day=day)
    return json.dumps({"reason": why, "until": day.isoformat()}, ensure_ascii=False)


SENTENCES: Mapping[str, str] = {
    "accepted.held": N_("{by}, until {until:date}: {reason}"),
    "accepted.expired": N_("{by}, but only until {until:date}, which is past: {reason}"),
    "judgement.field": N_("An action has no “{field}” to set; it has {fields:list}."),
    "judgement.status": N_("“{found}” is no status; an action is {words:list}."),
    "judgement.day": N_("{field}: “{found}” is not a day such as 2026-12-01."),
    "judgement.euros": N_("{field}: “{found}” is not a sum in whole euros."),
    "judgement.text": N_("{field}: a text of 1 to {most} characters is expected."),
    "judgement.past": N_("{field}: {day:date} is past; an accepted risk needs a day still to come."),
    "judgement.action": N_("No action of this plan is called “{found}”; near it: {near:list}."),
    "judgement.no_action": N_("No action of this plan is called “{found}”; `auditor plan` lists them."),
    "judgement.check": N_("No check is called “{found}”; near it: {near:list}."),
    "judgement.no_check": N_("No check is called “{found}”."),
    "judgement.not_open": N_("{check} neither failed nor warned in this audit: there is no risk to accept."),
    "judgement.needs": N_("An accepted risk needs a name, a reason and a last day: --by, --reason and --until."),
    "judgement.order": N_("{action} would end before it begins: set start and end together."),
    "judgement.file": N_("Decisions are kept in the history of a client: name an audit of the history, not a file."),
    "judgement.pair": N_("“{found}” is not FIELD=VALUE."),
}
