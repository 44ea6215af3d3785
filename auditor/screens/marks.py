"""How verdicts, origins, bars and values look: a sign and a word first, colour only on top."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.widget import Widget

from auditor.model import Beyond, Origin, Outcome, Resource, Score
from auditor.screens.ink import ink, safe
from auditor.texts import Texts
from auditor.values import ABSENT, N_, Absent, Message

SIGNS: Final[Mapping[Outcome, tuple[str, str, str]]] = {
    # verdict: sign, word, ink
    Outcome.FAIL: ("✗", N_("failed"), "error"),
    Outcome.WARN: ("!", N_("warning"), "warning"),
    Outcome.NOT_MEASURED: ("?", N_("not measured"), "unknown"),
    Outcome.PASS: ("✓", N_("passed"), "success"),
    Outcome.NOT_APPLICABLE: ("–", N_("not applicable"), "dim"),
}
ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.MEASURED: "●",
    Origin.DECLARED: "◐",
    Origin.ASSUMED: "○",
    Origin.UNKNOWN: "?",
}
FILLS: Final[Mapping[Beyond, str]] = {Beyond.REFUSES: "█", Beyond.DEGRADES: "▒"}
HATCH: Final = "╱"
LINE_AT: Final = Fraction(72, 100)
COSTS: Final = (N_("no cost"), N_("under 1 k€"), N_("1 to 10 k€"), N_("10 to 50 k€"), N_("over 50 k€"))
OWNERS: Final[Mapping[str, str]] = {
    "it": N_("IT manager"),
    "operator": N_("operator"),
    "integrator": N_("integrator"),
    "hr": N_("human resources"),
    "management": N_("management"),
}


def say(texts: Texts, message: Message) -> str:
    """A stored message, made safe: its values may come from devices."""
    return safe(texts.say(message))


def known(texts: Texts, id: str, otherwise: str = "") -> str:
    """The words of an id, else `otherwise`, else nothing: an id alone helps no reader."""
    return safe(texts.words(id)) if texts.known(id) else otherwise


def title(texts: Texts, check: str) -> str:
    """The title of a check, else its id."""
    return known(texts, f"{check}.title", check)


def owner(texts: Texts, id: str) -> str:
    return known(texts, f"name.owner.{id}", texts(OWNERS[id]) if id in OWNERS else safe(id))


def cost(texts: Texts, level: int) -> str:
    return texts(COSTS[min(max(level, 0), len(COSTS) - 1)])


def days(texts: Texts, lead: tuple[int, int]) -> str:
    """A lead time: 2 days, 5 to 20 days."""
    if lead[0] == lead[1]:
        return texts.plural("{count} day", "{count} days", lead[1])
    return texts("{low} to {high} days", low=lead[0], high=lead[1])


def count(texts: Texts, number: int | Absent) -> str:
    return "?" if isinstance(number, Absent) else texts.number(number)


def value(texts: Texts, told: Any, limit: int = 200) -> str:
    """The value of a fact in one line; of a record, the fields that were told."""
    if isinstance(told, tuple):
        text = "; ".join(value(texts, item, limit) for item in told[:40])
        text += " …" if len(told) > 40 else ""
    elif dataclasses.is_dataclass(told):
        pairs = [(field.name.rstrip("_"), getattr(told, field.name)) for field in dataclasses.fields(told)]
        text = ", ".join(_part(texts, name, item) for name, item in pairs if item is not ABSENT and item != ())
    elif isinstance(told, bool):
        text = texts("yes") if told else texts("no")
    elif isinstance(told, int | float | Fraction | dt.date | str):
        text = texts.format(told, "")
    else:
        text = str(told)
    text = safe(text)
    if len(text) <= limit:
        return text
    head = text[: limit - 2]
    return (head.rpartition(" ")[0] or head) + " …"  # between two words where there are some


def measure(texts: Texts, told: Any, unit: str) -> str:
    """The value of a fact with its unit: rates, sizes and durations in the one that fits."""
    scaled = {"bit/s": texts.rate, "bytes": texts.size, "s": texts.duration}.get(unit)
    if scaled is not None and isinstance(told, int | float) and not isinstance(told, bool):
        return scaled(Fraction(str(told)))
    return value(texts, told) + (f"\u00a0{unit}" if unit else "")


def _part(texts: Texts, name: str, told: Any) -> str:
    """A field of a record: rates with their unit, ports and numbers as they are."""
    if name.endswith("_bps") and isinstance(told, int | float):
        return f"{name.removesuffix('_bps')} {texts.rate(told)}"
    plain = isinstance(told, int) and not isinstance(told, bool)
    return f"{name} {told if plain else value(texts, told)}"


def bar(resource: Resource, required: int, width: int) -> tuple[str, str]:
    """The bar of a resource in `width` cells, and its ink: a pattern for each kind, │ where `required` stands."""
    line = int(width * LINE_AT)
    if isinstance(resource.seats, Absent):
        cells, pattern, colour = width, HATCH, "unknown"
    else:
        share = Fraction(resource.seats, required) if required else Fraction(2)
        cells = min(width, max(1 if resource.seats else 0, int(share * line)))
        pattern, colour = FILLS[resource.beyond], "error" if share < 1 else "success"
    drawn = (pattern * cells).ljust(width)
    if cells == width and not isinstance(resource.seats, Absent):
        drawn = drawn[:-1] + "▶"
    return drawn[:line] + "│" + drawn[line + 1 :], colour


def share_bar(proven: Fraction, possible: Fraction, width: int) -> str:
    """Two shares of 100 in one bar: proven solid, what could still be proven hatched."""
    solid = int(proven * width / 100)
    hatched = int(possible * width / 100) - solid
    return "█" * solid + HATCH * hatched + "·" * (width - solid - hatched)


def ordered(resources: Sequence[Resource]) -> list[Resource]:
    """What binds first; the unknown before the known, for they could bind; parts after their total."""

    def rank(resource: Resource) -> tuple[int, int]:
        return (0, 0) if isinstance(resource.seats, Absent) else (1, resource.seats)

    totals = sorted((r for r in resources if "/" not in r.id), key=rank)
    return [r for total in totals for r in (total, *(p for p in resources if p.id.startswith(f"{total.id}/")))]


def score_line(texts: Texts, score: Score, seats: int | Absent, required: int) -> list[str]:
    """The readiness in words: the score and what holds it down; then what it rests on (domain model, 3.2 (9))."""
    rests = [
        texts("proven {proven:0}, possible {possible:0}", proven=score.proven, possible=score.possible),
        texts("coverage {share}", share=texts.percent(score.coverage)),
        texts("confidence {share}", share=texts.percent(score.confidence)),
        texts(
            "perimeter {here} of {all} checks, {share} of weight",
            here=score.perimeter_checks[0],
            all=score.perimeter_checks[1],
            share=texts.percent(score.perimeter_weight),
        ),
    ]
    return [_readiness(texts, score, seats, required), " | ".join(rests)]


def _readiness(texts: Texts, score: Score, seats: int | Absent, required: int) -> str:
    if isinstance(score.value, Absent):
        return texts("Readiness not rated: too little is known.")
    rated = texts("Readiness {score:0}/100 ({grade})", score=score.value, grade=score.grade)
    if score.cap is None or score.proven <= score.cap.limit:
        return rated
    people = [cause for cause in score.cap.by if cause.startswith("K<")]
    others = " · ".join(_cause(texts, cause) for cause in score.cap.by if cause not in people)
    if not people or isinstance(seats, Absent):
        return f"{rated} {texts('capped from {proven:0}: {causes}', proven=score.proven, causes=others)}"
    by = texts(
        "capped from {proven:0} by capacity: {seats} of {required} people",
        proven=score.proven,
        seats=seats,
        required=required,
    )
    return f"{rated} {by}" + (f" · {others}" if others else "")


def _cause(texts: Texts, cause: str) -> str:
    return title(texts, cause) if texts.known(f"{cause}.title") else safe(texts.name(cause))


def verdict(widget: Widget, texts: Texts, outcome: Outcome) -> Text:
    """The sign and the word of a verdict."""
    sign, word, colour = SIGNS[outcome]
    return Text(f"{sign} {texts(word)}", style=ink(widget, colour), no_wrap=True)


def fit(text: str, cells: int) -> str:
    """The text in exactly so many cells, … where it had to end."""
    return set_cell_size(text, cells) if cell_len(text) <= cells else set_cell_size(text, cells - 1) + "…"
