"""Two audits of a site: what was fixed, what got worse, and why the score and the seats moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from auditor import facts
from auditor.actions import Action
from auditor.capacity import assess
from auditor.model import Audit, Device, Figure, Finding, Key, Origin, Outcome
from auditor.scoring import DOMAINS, VALUES, score
from auditor.values import ABSENT, N_, Absent, Message, Value

Kind: TypeAlias = Literal["fixed", "improved", "unchanged", "regressed", "new", "lost", "revised"]
Fate: TypeAlias = Literal["added", "gone", "replaced", "renamed"]
State: TypeAlias = Literal["done", "open", "unknown"]

KINDS: Final[tuple[Kind, ...]] = ("fixed", "improved", "regressed", "new", "lost", "revised", "unchanged")
"""In the order they are told. `new`: measured or applicable in the later audit alone; `lost`: in the earlier alone."""
PROFILE: Final = (
    "people.headcount", "people.eligible", "people.concurrency", "people.profile.", "people.video_share",
    "people.phone_share", "people.on_site", "demand.",
)  # fmt: skip
"""What people draw: seats of two dates are compared with the same of these (domain model, 3.3)."""
NOISE: Final = (".used_down_bps", ".used_up_bps", ".sessions", "vpn.sessions.now", "firewall.sessions.peak")
"""Counters of the hour: they move by themselves and are no change of the site."""
LEAST_SHARE: Final = Fraction(60, 100)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one check; `before` or `after` is ABSENT where that audit's catalogue did not have it."""

    id: str
    kind: Kind
    before: Finding | Absent
    after: Finding | Absent


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Why the proven score moved, in points of 100, exact: the four parts sum to `after - before`.

    `remediation`: results that changed under the old catalogue and the old coverage; `coverage`: checks newly
    measured or lost; `catalogue`: checks added, removed, revised or weighed anew; `scope`: what no longer applies or
    newly does, and results that changed only because a device joined or left the audit.
    """

    before: Fraction
    remediation: Fraction
    coverage: Fraction
    catalogue: Fraction
    scope: Fraction
    after: Fraction


@dataclass(frozen=True, slots=True)
class LikeForLike:
    """The score over the checks of the same id and revision, applicable and measured in both audits.

    `share` is their part of the applicable weight, 0 to 100, in the audit where it is smaller; under 60 the two
    figures say little.
    """

    before: Fraction
    after: Fraction
    checks: int
    share: Fraction

    @property
    def thin(self) -> bool:
        return self.share < 100 * LEAST_SHARE


@dataclass(frozen=True, slots=True)
class Seats:
    """How many could work remotely at both dates.

    `same_profile` is the later site with the people and the demand of the earlier audit: `same_profile - before` is
    what the site's changes brought, `after - same_profile` what people themselves changed.
    """

    before: int | Absent
    after: int | Absent
    same_profile: int | Absent
    required_before: int
    required_after: int


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """A device that joined, left, was replaced (same place, other serial) or renamed (same serial, other name)."""

    fate: Fate
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Promise:
    """One action of the earlier plan and what became of it; `unknown` where its check is not measured any more."""

    action: Action
    state: State


@dataclass(frozen=True, slots=True)
class InputChange:
    """A model input that was told, declared or assumed otherwise; ABSENT on the side that did not have it."""

    name: str
    unit: str
    before: Value | Absent
    after: Value | Absent
    origin_before: Origin
    origin_after: Origin


@dataclass(frozen=True, slots=True)
class Comparison:
    """Before and after, whole; the promise view is `promised_seats` and `promises`.

    `promised_seats` is what the earlier plan announced for the date of the later audit.
    """

    before: str
    after: str
    before_at: dt.datetime
    after_at: dt.datetime
    seats: Seats
    like_for_like: LikeForLike
    decomposition: Decomposition
    changes: tuple[Change, ...]
    devices: tuple[DeviceChange, ...]
    promised_seats: int | Absent
    promises: tuple[Promise, ...]
    inputs: tuple[InputChange, ...]
    accepted: tuple[Finding, ...]

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """The changes of one kind, in the order of the catalogue."""
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def empty(self) -> bool:
        """Whether nothing about the site changed."""
        return all(change.kind == "unchanged" for change in self.changes) and not (self.devices or self.inputs)


class CompareError(ValueError):
    """Two audits that are not of one site; `message` says it to a reader."""

    def __init__(self, before: Audit, after: Audit) -> None:
        super().__init__(f"{before.site.name} {after.site.name}")
        self.message = Message("compare.other_site", {"before": _site(before), "after": _site(after)})


def _site(audit: Audit) -> str:
    return f"{audit.site.client} · {audit.site.name}"


def between(before: Audit, after: Audit) -> Comparison:
    """As `compare`, for audits that a user named; raises CompareError where they are not of the same site."""
    if _site(before) != _site(after):
        raise CompareError(before, after)
    return compare(before, after)


def compare(before: Audit, after: Audit) -> Comparison:
    """What changed from one audit of a site to another, whichever came first."""
    devices = device_changes(before.devices, after.devices)
    return Comparison(
        before=before.id,
        after=after.id,
        before_at=before.at,
        after_at=after.at,
        seats=_seats(before, after),
        like_for_like=like_for_like(before, after),
        decomposition=decompose(before, after, devices),
        changes=changes(before.findings, after.findings, retuned(before, after)),
        devices=devices,
        promised_seats=promised(before, after.at.date()),
        promises=tuple(Promise(action, _state(action, after.findings)) for action in before.plan),
        inputs=_inputs(before.assumptions, after.assumptions),
        accepted=tuple(finding for finding in after.findings if finding.accepted),
    )


# ---- findings ----


def changes(
    before: Iterable[Finding], after: Iterable[Finding], other_rule: Collection[str] = ()
) -> tuple[Change, ...]:
    """What became of each check, in the order of KINDS, then of the later catalogue.

    `other_rule`: the checks whose limits changed between the two (`retuned`).
    """
    old, new = {f.id: f for f in before}, {f.id: f for f in after}
    found: dict[Kind, list[Change]] = {kind: [] for kind in KINDS}
    for id in new if new.keys() >= old.keys() else dict.fromkeys((*new, *old)):
        was, now = old.get(id, ABSENT), new.get(id, ABSENT)
        kind = _kind(was, now, id in other_rule)
        found[kind].append(Change(id, kind, was, now))
    return tuple(change for kind in KINDS for change in found[kind])


def retuned(before: Audit, after: Audit) -> frozenset[str]:
    """The checks that a client's profile gave other limits in one of the audits: measured by another rule."""
    was, now = ({(change.name, change.value) for change in audit.site.changes} for audit in (before, after))
    return frozenset(name.rpartition(".")[0] for name, _ in was ^ now if not name.startswith("weight."))


def _kind(before: Finding | Absent, after: Finding | Absent, retuned: bool) -> Kind:
    if before is not ABSENT and after is not ABSENT and before.outcome is after.outcome:  # nearly all of them
        one_rule = before.revision == after.revision and not retuned
        return "unchanged" if one_rule or before.outcome not in VALUES else "revised"
    was, now = _value(before), _value(after)
    if isinstance(was, Absent) or isinstance(now, Absent):
        if isinstance(was, Absent) and isinstance(now, Absent):
            return "unchanged"
        return "new" if isinstance(was, Absent) else "lost"
    assert isinstance(before, Finding)
    assert isinstance(after, Finding)
    if retuned or before.revision != after.revision:
        return "revised"
    if now == was:
        return "unchanged"
    if now < was:
        return "regressed"
    return "fixed" if now == 1 else "improved"


def _value(finding: Finding | Absent) -> Fraction | Absent:
    """1, 1/2 or 0 of a measured check; ABSENT for anything else."""
    return ABSENT if isinstance(finding, Absent) else VALUES.get(finding.outcome, ABSENT)


# ---- the score ----


def like_for_like(before: Audit, after: Audit) -> LikeForLike:
    """The score over what both audits measured in the same way."""
    new = {f.id: f for f in after.findings if f.weight}
    other_rule = retuned(before, after)
    pairs = [
        (old, new[old.id])
        for old in before.findings
        if old.weight and old.id in new and old.revision == new[old.id].revision and old.id not in other_rule
        and not isinstance(_value(old), Absent) and not isinstance(_value(new[old.id]), Absent)
    ]  # fmt: skip
    weights = {old.id: old.weight for old, _ in pairs}
    share = min(_share(weights.keys(), audit.findings) for audit in (before, after))
    return LikeForLike(
        _proven([old for old, _ in pairs], weights, before),
        _proven([replace(now, weight=old.weight) for old, now in pairs], weights, before),
        len(pairs),
        100 * share,
    )


def _share(ids: Collection[str], findings: Iterable[Finding]) -> Fraction:
    """The part of an audit's applicable weight that these checks hold."""
    weights = {f.id: f.weight for f in findings if f.outcome is not Outcome.NOT_APPLICABLE}
    whole = sum(weights.values())
    return Fraction(sum(weights[id] for id in ids), whole) if whole else Fraction(0)


def decompose(before: Audit, after: Audit, devices: Sequence[DeviceChange] = ()) -> Decomposition:
    """The move of the proven score in the fixed order of the domain model, 3.3; the parts sum exactly."""
    old = {f.id: f for f in before.findings if f.weight}
    new = {f.id: f for f in after.findings if f.weight}
    gone = {change.before for change in devices if change.fate == "gone"}
    added = {change.after for change in devices if change.fate == "added"}

    other_rule = retuned(before, after)

    def one_rule(id: str) -> bool:
        return old[id].revision == new[id].revision and id not in other_rule

    def same(id: str) -> bool:
        return id in new and one_rule(id) and _applies(old[id]) and _applies(new[id])

    def remedied(id: str) -> Finding:
        was, now = _value(old[id]), _value(new.get(id, ABSENT))
        if not same(id) or isinstance(was, Absent) or isinstance(now, Absent):
            return old[id]
        moved_with = gone - _names(new[id]) & _names(old[id]) if now > was else added & _names(new[id])
        return old[id] if now != was and moved_with else _as(old[id], new[id])

    def covered(id: str) -> Finding:
        both = isinstance(_value(old[id]), Absent) == isinstance(_value(new.get(id, ABSENT)), Absent)
        return remedied(id) if both or not same(id) else _as(old[id], new[id])

    def catalogued(id: str) -> Finding:
        if id not in old:
            return new[id]
        if _applies(old[id]) != _applies(new[id]):
            return replace(old[id], weight=new[id].weight)
        return replace(covered(id), weight=new[id].weight) if one_rule(id) else new[id]

    weights, later = {id: f.weight for id, f in old.items()}, {id: f.weight for id, f in new.items()}
    stages = (
        _proven(old.values(), weights, before),
        _proven([remedied(id) for id in old], weights, before),
        _proven([covered(id) for id in old], weights, before),
        _proven([catalogued(id) for id in new], later, after),
        _proven(new.values(), later, after),
    )
    parts = [now - was for was, now in pairwise(stages)]
    return Decomposition(stages[0], parts[0], parts[1], parts[2], parts[3], stages[4])


def _applies(finding: Finding) -> bool:
    return finding.outcome is not Outcome.NOT_APPLICABLE


def _as(finding: Finding, later: Finding) -> Finding:
    """A finding of the earlier catalogue with the later result."""
    return replace(finding, outcome=later.outcome, quality=later.quality)


def _names(finding: Finding) -> set[str]:
    return {source.device for source in finding.evidence if source.device}


def _proven(findings: Iterable[Finding], weights: Mapping[str, int], frame: Audit) -> Fraction:
    """The uncapped score of these findings under a catalogue of these weights, the domains weighed as in `frame`."""
    own = {change.name: change.value for change in frame.site.changes}
    domains = {
        id: weight if isinstance(weight, int) else DOMAINS[id] for id in DOMAINS for weight in [own.get(f"weight.{id}")]
    }
    return score(tuple(findings), frame.headline, frame.resources, weights, domains).proven


# ---- seats ----


def _seats(before: Audit, after: Audit) -> Seats:
    old = {figure.name: figure for figure in before.assumptions}
    new = {figure.name: figure for figure in after.assumptions}
    drawn = {name: figure for name, figure in new.items() if not name.startswith(PROFILE)}
    drawn |= {name: figure for name, figure in old.items() if name.startswith(PROFILE)}
    return Seats(
        before.headline.seats,
        after.headline.seats,
        assess(drawn).headline.seats if old else ABSENT,
        before.headline.required,
        after.headline.required,
    )


def promised(audit: Audit, day: dt.date) -> int | Absent:
    """The seats that an audit's plan announced for a day: those on the date of its last action due by then."""
    due = [action.seats_on_done for action in audit.plan if action.done_by <= day]
    known = [seats for seats in (audit.headline.seats, *due) if not isinstance(seats, Absent)]
    return max(known) if known else ABSENT


def _state(action: Action, findings: Iterable[Finding]) -> State:
    """Done when its check passes: nobody has to say so."""
    found = next((f for f in findings if f.id == action.done_when), None)
    if found is None or found.outcome not in VALUES:
        return "unknown"
    return "done" if found.outcome is Outcome.PASS else "open"


# ---- inputs ----


def _inputs(before: Iterable[Figure], after: Iterable[Figure]) -> tuple[InputChange, ...]:
    old, new = {f.name: f for f in before}, {f.name: f for f in after}
    return tuple(
        InputChange(name, known.unit, _said(was), _said(now), _origin(was), _origin(now))
        for name in sorted(old.keys() | new.keys())
        for was, now in [(old.get(name), new.get(name))]
        for known in [now or was]
        if known is not None and not name.endswith(NOISE) and _said(was) != _said(now)
    )


def _said(figure: Figure | None) -> Value | Absent:
    return ABSENT if figure is None or figure.origin is Origin.UNKNOWN else figure.value


def _origin(figure: Figure | None) -> Origin:
    return figure.origin if figure else Origin.UNKNOWN


# ---- devices ----


def device_changes(before: Sequence[Device], after: Sequence[Device]) -> tuple[DeviceChange, ...]:
    """Which devices joined, left, were replaced or renamed; a serial nobody told proves nothing."""
    left, came = {device.name: device for device in before}, {device.name: device for device in after}
    found: list[DeviceChange] = []
    for name in [name for name in left if name in came]:
        was, now = _serial(left.pop(name)), _serial(came.pop(name))
        if was and now and was != now:
            found.append(DeviceChange("replaced", name, name))
    for fate, same in (("renamed", _same_serial), ("renamed", _same_place), ("replaced", _same_role)):
        for old in list(left.values()):
            twins = [new for new in came.values() if same(old, new)]
            rivals = [other for other in left.values() if twins and same(other, twins[0])]
            if len(twins) == 1 and len(rivals) == 1:
                found.append(DeviceChange("renamed" if fate == "renamed" else "replaced", old.name, twins[0].name))
                del left[old.name], came[twins[0].name]
    found += [DeviceChange("gone", name, "") for name in left]
    found += [DeviceChange("added", "", name) for name in came]
    return tuple(found)


def _serial(device: Device) -> str:
    key: Key[str] = facts.IDENTITY_SERIAL
    return next((str(reading.value) for reading in device.readings if reading.key.name == key.name), "")


def _same_serial(one: Device, other: Device) -> bool:
    return bool(_serial(one)) and _serial(one) == _serial(other)


def _same_place(one: Device, other: Device) -> bool:
    """The same address, and nothing that tells the two apart."""
    return one.target == other.target and not (_serial(one) and _serial(other))


def _same_role(one: Device, other: Device) -> bool:
    """The only one of its role to leave where the only one of that role came, known to be another box."""
    return one.role is other.role and bool(_serial(one)) and bool(_serial(other)) and _serial(one) != _serial(other)


SENTENCES: Mapping[str, str] = {
    "compare.other_site": N_("{before} and {after} are two sites: audits of one and the same site are compared."),
}
