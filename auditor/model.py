"""The table: the plain, frozen records that collectors, checks, reports and screens leave for one another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from auditor.actions import Action, Step, Window
from auditor.site import Declared, Role, Site
from auditor.values import ABSENT, Absent, Message, Value

T = TypeVar("T")


class Origin(StrEnum):
    """Where a figure comes from, best first."""

    MEASURED = "measured"
    DECLARED = "declared"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What a check concluded."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    FAIL = "fail"
    NOT_MEASURED = "not_measured"
    NOT_APPLICABLE = "not_applicable"


class Severity(StrEnum):
    """How much a check weighs (domain model, section 2)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def weight(self) -> int:
        return {"critical": 10, "high": 6, "medium": 3, "low": 1}[self.value]


class Beyond(StrEnum):
    """What happens to the person after the last seat of a resource."""

    REFUSES = "refuses"
    DEGRADES = "degrades"


Bound: TypeAlias = Literal["=", "<=", "~"]


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """The name of a fact, the type of its value (of each record, where `many`) and its unit.

    Write `NAME: Key[int] = Key("name", int)`: the form `Key[int](…)` fails on a frozen, slotted class before 3.13.
    """

    name: str
    kind: type[Any]
    unit: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """One fact told by one device: its value, the requests that told it (OIDs, command lines) and when."""

    key: Key[T]
    value: T
    device: str
    at: dt.datetime
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that was asked for and not obtained, with the reason; `refused` where access was denied or withheld."""

    key: Key[Any]
    device: str
    reason: Message
    asked: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Unparsed:
    """Lines of an answer that no parser understood: a fact that depends on them is a gap, never "none"."""

    source: str
    lines: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One question as it was sent and its answer as it was kept, redacted.

    `method` is snmp, ssh or file; `request` the OID or command line; `seconds` the time the answer took; `size` its
    bytes before redaction; `sha256` the digest of `text`.
    """

    device: str
    method: str
    request: str
    at: dt.datetime
    seconds: float
    size: int
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class Untouched:
    """What a device says of its configuration's last change, asked by `source` before anything else and after it all.

    Equal, nobody changed it meanwhile: neither did the audit.
    """

    source: str
    before: str
    after: str

    @property
    def same(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Device:
    """All that one device told, and what it did not.

    `problems` holds one message for each door that failed as a whole (unreachable, refused, changed host key…), empty
    when all went well. A device with no reading at all has failed; with problems or gaps it is partial.
    """

    name: str
    role: Role
    target: str
    vendor: str = ""
    pair: str = ""
    readings: tuple[Reading[Any], ...] = ()
    gaps: tuple[Gap, ...] = ()
    conflicts: tuple[Reading[Any], ...] = ()
    unparsed: tuple[Unparsed, ...] = ()
    problems: tuple[Message, ...] = ()
    refused: bool = False
    untouched: tuple[Untouched, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def status(self) -> Literal["done", "partial", "failed"]:
        if not self.readings:
            return "failed"
        return "partial" if self.problems else "done"


# ---- what the judges conclude ----


@dataclass(frozen=True, slots=True)
class Figure:
    """A model input: its published name, value, unit, origin and what it rests on.

    `sources` are `device: request` texts or who declared it; `default` is what the model assumes without it (ABSENT
    where there is no default); `note` says how it was obtained when that matters (window, method). `refused`: unknown
    because the device that should tell it refused access.
    """

    name: str
    value: Value
    origin: Origin
    unit: str = ""
    default: Value | Absent = ABSENT
    sources: tuple[str, ...] = ()
    note: Message | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """How many concurrent workers one resource carries; `seats` ABSENT when it is unknown, with `reason`.

    `origin` is the worst origin of its inputs that a device or a person could have told. Parts of a total (one link of
    several) have ids such as `link.down/main`.
    """

    id: str
    seats: int | Absent
    beyond: Beyond
    origin: Origin
    bounds: tuple[Bound, ...] = ("=",)
    inputs: tuple[Figure, ...] = ()
    formula: str = ""
    overloaded: bool = False
    reason: Message | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """The headline at another required concurrency (hybrid day, strike, site closed)."""

    id: str
    concurrency: Fraction
    required: int
    seats: int
    ratio: Fraction


@dataclass(frozen=True, slots=True)
class Peak:
    """The calls present at once, exceeded 1 % of the time (domain model, 1.8), and bit/s in one direction.

    `bps` is what these calls take in the tunnel, `average_bps` the mean of the busy hour, which the link's seats hold.
    """

    erlangs: Fraction
    calls: int
    bps: Fraction
    average_bps: Fraction

    @property
    def message(self) -> Message:
        return Message("voice.peak", {"calls": self.calls, "bps": self.bps, "average": self.average_bps})


@dataclass(frozen=True, slots=True)
class Headline:
    """How many can work remotely at the same time today, out of how many, and what binds (domain model, section 1).

    `low` and `high` are the seats with demand x1.5 and /1.5. `seats` is ABSENT when no resource is known.
    """

    headcount: int
    eligible: int
    required: int
    seats: int | Absent
    low: int | Absent
    high: int | Absent
    bounds: tuple[Bound, ...]
    bound_reasons: tuple[Message, ...]
    binding: tuple[str, ...]
    close: tuple[str, ...]
    beyond: Beyond | Absent
    seats_data_only: int | Absent
    seats_after_largest_failure: int | Absent
    ratio: Fraction | Absent
    scenarios: tuple[Scenario, ...] = ()
    voice_peak: Peak | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Source:
    """What a finding rests on: a device and a request it answered, or a declaration (`device` empty)."""

    device: str
    request: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check concluded about the site.

    `message` has the id `<check>.<outcome>`, or that of a sentence of its own; `quality` is 1 for device evidence, 3/5
    declared with a document, 3/10 declared only, 0 not measured; `weight` 0 for a finding outside the score.
    `refused` where access was denied.
    """

    id: str
    revision: int
    domain: str
    outcome: Outcome
    severity: Severity
    message: Message
    evidence: tuple[Source, ...] = ()
    quality: Fraction = Fraction(0)
    weight: int = 0
    refused: bool = False
    quick_win: bool = False
    effort_hours: int = 0
    lead_days: tuple[int, int] = (0, 0)
    cost: int = 0
    owner: str = ""
    unblocks: tuple[str, ...] = ()
    accepted: Message | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit on the printed score and the checks or conditions that cause it."""

    limit: int
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DomainScore:
    """One domain: proven, possible and coverage in %, effective weight W'."""

    id: str
    proven: Fraction
    possible: Fraction
    coverage: Fraction
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Score:
    """The readiness score (domain model, section 3.2); percentages are exact, rounded half up at print.

    `value` is ABSENT and `grade` "" when not rated. `losses` lists (check id, points lost), largest first.
    """

    value: Fraction | Absent
    proven: Fraction
    possible: Fraction
    grade: str
    cap: Cap | None
    coverage: Fraction
    confidence: Fraction
    perimeter_checks: tuple[int, int]
    perimeter_weight: Fraction
    domains: tuple[DomainScore, ...] = ()
    losses: tuple[tuple[str, Fraction], ...] = ()
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """Something nobody could tell: a check or resource id, why, and how to lift it."""

    what: str
    why: Message
    how_to_lift: Message


@dataclass(frozen=True, slots=True)
class Move:
    """What moving one application does, with those that must move with it: the seats then, and what it takes.

    `to`: datacentre or saas; `ends`: where the tunnel ends then. `gained` is against today, below 0 for a detour.
    """

    application: str
    to: Literal["site", "datacentre", "saas"]
    ends: Literal["site", "datacentre"]
    moves_with: tuple[str, ...]
    seats: int | Absent
    gained: int | Absent
    link_up: int | Absent
    link_down: int | Absent
    binding: tuple[str, ...]
    lead_days: tuple[int, int]
    note: Message


@dataclass(frozen=True, slots=True)
class Degraded:
    """The seats on a bad day: `id` names it, `required` is how many must work then, `note` says what is supposed.

    `seats` is ABSENT where nothing that limits it is known; `binding` names what does, `inputs` what the day changes.
    """

    id: str
    seats: int | Absent
    required: int
    binding: tuple[str, ...]
    bounds: tuple[Bound, ...]
    note: Message
    inputs: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """Something people said in the site file, and how old it was at the audit.

    `table`: answers (by check) or declared (by input); `age_days` ABSENT without a date; `stale` asks for it anew.
    """

    id: str
    table: Literal["answers", "declared"]
    said: Declared
    age_days: int | Absent
    stale: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit: the site as it was described, what its devices told, and what was concluded.

    `left_out` are the actions that somebody excluded, or whose risk is accepted. `lists` are the dated lists that were
    consulted, cut to the platforms of the site, as `lists.parse` reads them.
    """

    id: str
    site: Site
    at: dt.datetime
    version: str
    catalogue: str
    window_s: int
    headline: Headline
    resources: tuple[Resource, ...]
    score: Score
    findings: tuple[Finding, ...]
    waterfall: tuple[Step, ...]
    plan: tuple[Action, ...]
    devices: tuple[Device, ...]
    not_measured: tuple[NotMeasured, ...]
    assumptions: tuple[Figure, ...]
    interrupted: bool = False
    degraded: tuple[Degraded, ...] = ()
    moves: tuple[Move, ...] = ()
    said: tuple[Said, ...] = ()
    windows: tuple[Window, ...] = ()
    left_out: tuple[Action, ...] = ()
    lists: tuple[str, ...] = ()


# ---- what people decide: never a fact ----


@dataclass(frozen=True, slots=True)
class Edit:
    """One judgement: what about (an action, a check, the plan), which part of it, its text, who said so and when."""

    item: str
    field: str
    value: str
    who: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Supposition:
    """A what-if that was kept: its name, the inputs it changes, the audit it was made on, and when."""

    name: str
    changes: Mapping[str, Value]
    audit: str
    at: dt.datetime


# ---- what an audit tells while it runs ----


@dataclass(frozen=True, slots=True)
class Asking:
    """A device is being asked: `step` names the question or phase, `done` of `total` questions answered."""

    device: str
    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A device has told all it will tell."""

    device: Device


@dataclass(frozen=True, slots=True)
class Judged:
    """The audit is complete."""

    audit: Audit


Event: TypeAlias = Asking | Answered | Judged
