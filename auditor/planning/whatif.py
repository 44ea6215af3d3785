"""What if: any input of the model changed, the headline and the waterfall counted again at once, exactly."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from auditor.actions import Step
from auditor.capacity import Capacity, assess
from auditor.clean import line
from auditor.model import Figure, Headline, Origin, Resource
from auditor.parameters import INPUTS, MODES, PLACES, accept, published
from auditor.plan import waterfall
from auditor.planning.cures import Ladders
from auditor.seats.figures import PROFILE, with_changes
from auditor.seats.recount import Memo
from auditor.spelling import nearest
from auditor.values import ABSENT, N_, Absent, Message, Value

CLASSES: Final = ("video", "web", "m365")
PROFILES: Final = ("office", "vdi", "files")
RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "share": (0, 1),
    "factor": (1, 10),
    "erlangs": (0, 10),
    "bit/s": (0, 10**13),
    "bytes": (0, 10**16),
    "channels": (0, 10_000),
}
ANYTHING: Final = (0, 10**6)
BROKEN: Final = ("share", "factor", "erlangs", "bit/s", "ms")
"""Units that need not come whole."""

LONGEST: Final = 60
SHORT: Final[Mapping[str, str]] = {
    "u": "link.target_use", "r": "link.base_gone", "w": "demand.overhead", "c": "people.concurrency",
    "overhead": "demand.overhead", "headcount": "people.headcount", "eligible": "people.eligible",
    "concurrency": "people.concurrency", "licences": "vpn.sessions.licensed", "licenses": "vpn.sessions.licensed",
    "channels": "telephony.channels.max", "mode": "tunnel.mode", "pool": "vpn.pool.addresses",
    "crypto": "vpn.crypto_bps", "softphones": "telephony.softphones", "homes": "homes.share",
}  # fmt: skip
"""What people call some inputs: told as the nearest name, never taken for it."""

_NUMBER: Final = re.compile(r"(\d[\d_]{0,17})(?:[.,](\d{1,12}))?\s*(%|[kMG])?(?:bit/s|bps)?")
_RATIO: Final = re.compile(r"(\d{1,12})\s*/\s*(\d{1,12})")
_TIMES: Final[Mapping[str, Fraction]] = {
    "": Fraction(1),
    "%": Fraction(1, 100),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
}
_YES: Final[Mapping[str, bool]] = {"yes": True, "true": True, "oui": True, "no": False, "false": False, "non": False}


class WhatIfError(ValueError):
    """A change that makes no sense; `message` says which and why to a reader."""

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id)
        self.message = Message(id, values)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model concludes once some inputs are others: the headline, all resources, and what to cure then."""

    changes: Mapping[str, Value]
    headline: Headline
    resources: tuple[Resource, ...]
    waterfall: tuple[Step, ...]


class WhatIf:
    """The inputs of one audit, ready to be asked: each question counts again only what it changes."""

    def __init__(self, figures: Mapping[str, Figure], ladders: Ladders = Ladders()) -> None:  # noqa: B008 - frozen
        self.figures, self._ladders, self._memo = figures, ladders, Memo()
        self.today = self._answer({}, figures)

    def ask(self, changes: Mapping[str, Value]) -> Answer:
        """The answer once these inputs are changed; raises WhatIfError where they contradict each other."""
        try:
            figures = with_changes(self.figures, changes)
        except ValueError as error:
            raise WhatIfError("whatif.value", input=str(error), found=str(changes.get(str(error)))) from None
        _consistent(figures, changes)
        return self._answer(changes, figures)

    def _answer(self, changes: Mapping[str, Value], figures: Mapping[str, Figure]) -> Answer:
        found: Capacity = assess(figures, self._memo)
        return Answer(changes, found.headline, found.resources, waterfall(figures, self._ladders, self._memo))

    def names(self) -> tuple[str, ...]:
        """Every input that can be changed here, in the order of their names."""
        known = {name for name in self.figures if "/" not in name and published(name) is not None}
        known |= {entry.name for entry in INPUTS}
        known |= {f"share.{resource.id}" for resource in self.today.resources if "/" not in resource.id}
        links = {name.rpartition(".")[0] for name in known if name.startswith("link.") and name.endswith("_bps")}
        known |= {f"{link}.{part}" for link in links for part in _LINK_PARTS}
        return tuple(sorted(known))


_LINK_PARTS: Final = ("committed_down_bps", "committed_up_bps", "used_down_bps", "used_up_bps", "sessions")


def _consistent(figures: Mapping[str, Figure], changes: Mapping[str, Value]) -> None:
    """Refuse numbers that cannot stand together."""
    headcount, eligible = (figures[f"people.{name}"].value for name in ("headcount", "eligible"))
    if isinstance(headcount, int) and isinstance(eligible, int) and eligible > headcount:
        raise WhatIfError("whatif.eligible", headcount=headcount, eligible=eligible)
    shares = [Fraction(str(f.value)) for name, f in figures.items() if name.startswith(PROFILE)]
    if shares and sum(shares) != 1 and any(name.startswith(PROFILE) for name in changes):
        raise WhatIfError("whatif.profiles", total=sum(shares, Fraction(0)))


# ---- from what a person types ----


def parse(settings: Iterable[str], names: Collection[str]) -> dict[str, Value]:
    """NAME=VALUE texts as changes; `names` are the inputs there are. Raises WhatIfError."""
    found: dict[str, Value] = {}
    for text in settings:
        name, equals, value = (part.strip() for part in line(text).partition("="))
        if not equals or not name:
            raise WhatIfError("whatif.pair", found=_short(text))
        if name not in names:
            raise _no_input(name, names)
        if name in found:
            raise WhatIfError("whatif.twice", input=name)
        found[name] = value_of(name, value)
    return found


def known(changes: Mapping[str, Value], names: Collection[str]) -> dict[str, Value]:
    """Changes that were kept, where all their inputs are still there; raises WhatIfError."""
    for name in changes:
        if name not in names:
            raise _no_input(name, names)
    return dict(changes)


def _no_input(name: str, names: Collection[str]) -> WhatIfError:
    """The fault for a name that is none, with those that may be meant."""
    ends = [known for known in names if known.rpartition(".")[2] == name.lower()]
    meant = [SHORT[name.lower()]] if SHORT.get(name.lower()) in names else ends
    near = tuple(dict.fromkeys([*meant, *nearest(name, names)]))[:3]
    if not near:
        return WhatIfError("whatif.no_input", found=_short(name))
    return WhatIfError("whatif.no_input_near", found=_short(name), near=near)


def value_of(name: str, text: str) -> Value:
    """The value of a published input from its text, exact; raises WhatIfError."""
    entry = published(name)
    unit = entry.unit if entry else ""
    if unit == "text":
        words = MODES if name.endswith(".mode") else (*PLACES, "saas") if name.startswith("application.") else PLACES
        if text not in words:
            raise _no_word(name, text, words)
        return text
    if unit == "list":
        return _several(name, text, PROFILES if name.startswith("application.") else CLASSES)
    if unit == "yes or no":
        if text.lower() not in _YES:
            raise _no_word(name, text, ("yes", "no"))
        return _YES[text.lower()]
    return _number(name, text, unit)


def _no_word(name: str, text: str, words: tuple[str, ...]) -> WhatIfError:
    return WhatIfError("whatif.word", input=name, found=_short(text), words=words)


def _several(name: str, text: str, words: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if wrong := next((part for part in found if part not in words), None):
        raise _no_word(name, wrong, words)
    return found


def _number(name: str, text: str, unit: str) -> Value:
    """A number: 250, 0.8, 80%, 4/5, 20_000_000, 20M; whole where it counts things."""
    value = _exact(text)
    if isinstance(value, Absent):
        raise WhatIfError("whatif.number", input=name, found=_short(text))
    least, most = RANGES.get(unit, ANYTHING)
    usable = accept(name, value)
    if isinstance(usable, Absent) or not least <= value <= most:
        raise WhatIfError("whatif.range", input=name, found=_short(text), least=least, most=most)
    if unit not in BROKEN and value.denominator != 1:
        raise WhatIfError("whatif.whole", input=name, found=_short(text))
    return usable


def _exact(text: str) -> Fraction | Absent:
    if ratio := _RATIO.fullmatch(text):
        return Fraction(int(ratio[1]), int(ratio[2])) if int(ratio[2]) else ABSENT
    found = _NUMBER.fullmatch(text)
    if found is None:
        return ABSENT
    whole, decimals, times = found[1].replace("_", ""), found[2] or "", found[3] or ""
    return Fraction(int(whole + decimals), 10 ** len(decimals)) * _TIMES[times]


def _short(text: str) -> str:
    plain = line(text)
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def shown(figures: Mapping[str, Figure], name: str) -> Value | Absent:
    """The value of an input as it is today, ABSENT where it is not known."""
    figure = figures.get(name)
    return ABSENT if figure is None or figure.origin is Origin.UNKNOWN else figure.value


SENTENCES: Mapping[str, str] = {
    "whatif.pair": N_("“{found}” is not NAME=VALUE."),
    "whatif.no_input": N_("No input of the model is called “{found}”; docs/inputs.md lists them."),
    "whatif.no_input_near": N_("No input of the model is called “{found}”; near it: {near:list}."),
    "whatif.twice": N_("{input} is set twice."),
    "whatif.word": N_("{input}: “{found}” is none of {words:list}."),
    "whatif.number": N_("{input}: “{found}” is not a number such as 250, 0.8, 80% or 20M."),
    "whatif.range": N_("{input}: “{found}” is out of range ({least} to {most})."),
    "whatif.whole": N_("{input}: “{found}” is not a whole number."),
    "whatif.value": N_("{input}: “{found}” makes no sense for this input."),
    "whatif.eligible": N_("{eligible} eligible people out of a headcount of {headcount} is not possible: set both."),
    "whatif.profiles": N_("The shares of the profiles sum to {total:2}, not 1."),
    "whatif.nothing": N_("Name at least one change: --set NAME=VALUE, or a saved what-if with --scenario."),
    "whatif.unchanged": N_("Nothing is changed yet: there is no what-if to keep."),
    "whatif.no_scenario": N_("No what-if of this site is called “{found}”."),
    "whatif.no_scenario_near": N_("No what-if of this site is called “{found}”; there are {names:list}."),
    "whatif.name": N_("“{found}” is no name for a what-if: 1 to {most} characters on one line."),
    "whatif.file": N_("A what-if is kept in the history of a client: name an audit of the history, not a file."),
}
