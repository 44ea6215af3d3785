"""What the tests of checks start from: a site, what its devices told, what the model found, and one check's finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from auditor.checks import CATALOGUE
from auditor.checks.engine import Books, Reader, judge
from auditor.lists import shipped
from auditor.model import Beyond, Device, Figure, Finding, Gap, Headline, Key, Origin, Outcome, Reading, Resource
from auditor.site import Declared, Link, People, Role, Site
from auditor.values import ABSENT, Absent, Message, Value

AT = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.UTC)
TODAY = AT.date()
PASS, WARN, FAIL = Outcome.PASS, Outcome.WARN, Outcome.FAIL
UNKNOWN, EXEMPT = Outcome.NOT_MEASURED, Outcome.NOT_APPLICABLE
LINK = Link(
    "main", device="rtr", interface="Gi0/0", medium="ftto", committed_down_bps=20_000_000, committed_up_bps=20_000_000
)


def device(
    name: str = "fw",
    told: Mapping[Key[Any], Any] | None = None,
    *,
    role: Role = Role.FIREWALL,
    silent: Iterable[Key[Any]] = (),
    refused: bool = False,
    pair: str = "",
) -> Device:
    """A device that told these facts; `silent` are those it was asked for and did not tell."""
    return Device(
        name,
        role,
        f"{name}:161",
        pair=pair,
        readings=tuple(Reading(key, value, name, AT, (f"show {key.name}",)) for key, value in (told or {}).items()),
        gaps=tuple(Gap(key, name, Message("gap.no_answer"), refused=refused) for key in silent),
    )


def measured(**values: Value) -> dict[str, Figure]:
    """Model inputs that devices told, by name with `__` for the dot."""
    plain = {name.replace("__", "."): value for name, value in values.items()}
    return {name: Figure(name, value, Origin.MEASURED, sources=(f"fw: show {name}",)) for name, value in plain.items()}


def declared(**values: Value) -> dict[str, Figure]:
    """Model inputs that somebody states."""
    told = measured(**values).items()
    return {name: replace(figure, origin=Origin.DECLARED, sources=("site file",)) for name, figure in told}


@dataclass(frozen=True)
class Case:
    """A site to be judged. `seats` are the model's resources: a number, or ABSENT for unknown; `required` is D."""

    devices: tuple[Device, ...] = ()
    links: tuple[Link, ...] = (LINK,)
    answers: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    answered_on: dt.date | Absent = ABSENT
    document: str = ""
    declared: Mapping[str, Declared] = field(default_factory=lambda: MappingProxyType({}))
    figures: Mapping[str, Figure] = field(default_factory=lambda: MappingProxyType({}))
    seats: Mapping[str, int | Absent] = field(default_factory=lambda: MappingProxyType({}))
    required: int = 100
    ratio: Fraction | Absent = Fraction(1, 2)
    origin: Origin = Origin.MEASURED
    today: dt.date = TODAY
    books: Books | None = None

    def reader(self) -> Reader:
        """What the check may look at."""
        said = {id: Declared(word, "IT manager", self.answered_on, self.document) for id, word in self.answers.items()}
        people = People(120, self.required)
        site = Site("Lab", "Lab", people, links=self.links, answers=said, declared=self.declared)
        headline = Headline(
            120, self.required, self.required, ABSENT, ABSENT, ABSENT, ("=",), (), (), (), ABSENT, ABSENT, ABSENT,
            self.ratio,
        )  # fmt: skip
        resources = [
            Resource(id, seats, Beyond.REFUSES, self.origin, inputs=tuple(measured(box=seats).values()))
            if not isinstance(seats, Absent)
            else Resource(id, ABSENT, Beyond.REFUSES, Origin.UNKNOWN, reason=Message("gap.no_answer"))
            for id, seats in self.seats.items()
        ]
        return Reader(site, self.devices, self.figures, resources, headline, self.books or Books(self.today, shipped()))


def finding(id: str, case: Case) -> Finding:
    """What one check of the catalogue concludes."""
    return judge([check for check in CATALOGUE if check.id == id], case.reader())[0]


def outcome(id: str, case: Case) -> Outcome:
    """The outcome alone."""
    return finding(id, case).outcome
