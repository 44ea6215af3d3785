"""The last page: what the words of the report mean, and what they are called in the other language."""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from importlib.resources import files

from reportlab.platypus import Flowable

from auditor.reports.styles import STYLES, Cell, Title, fresh_page, grid, para
from auditor.texts import Texts


def glossary(texts: Texts) -> list[Flowable]:
    """The words of the method explained, then the vocabulary in English and French."""
    rows: list[list[Cell]] = [[name, meaning] for name, meaning in meanings(texts)]
    header = [texts("English"), texts("French")] * 2
    return [
        *fresh_page(),
        Title(texts("The words of this report"), "glossary"),
        grid([texts("word"), texts("meaning")], rows, [24, 76]),
        para(texts("English and French"), STYLES.head),
        grid(header, _side_by_side(texts.language), [24, 26, 24, 26]),
    ]


def meanings(texts: Texts) -> list[tuple[str, str]]:
    """What the report means by its own words."""
    return [
        (texts("seats"), texts("How many people a resource can serve at the same time; the scarcest one decides.")),
        (texts("binding resource"), texts("The resource that runs out first; anything else is enough until then.")),
        (texts("range"), texts("The seats when each person draws one and a half times more, or less.")),
        (texts("committed rate"), texts("The rate that the operator guarantees; a peak rate is not counted.")),
        (texts("95th percentile"), texts("The rate that a link exceeds during 5% of the time at most.")),
        (texts("tunnel mode"), texts("Which part of people's traffic goes through the site: all, part, or none.")),
        (texts("proven score"), texts("The points of what was measured and is good; what is not known earns none.")),
        (texts("possible score"), texts("The points if all that is not known were good.")),
        (texts("coverage"), texts("The part of the applicable checks, by weight, that could be judged.")),
        (texts("confidence"), texts("How much of it devices told, rather than people.")),
        (texts("held score"), texts("An open door holds the printed score down, however good the rest is.")),
        (texts("erlang"), texts("One call that lasts all the time; ten calls of six minutes in an hour are one.")),
        (texts("lead time"), texts("Calendar days from the order to the delivery.")),
        (texts("critical path"), texts("The actions that hold back the day on which everybody can work.")),
    ]


@cache
def vocabulary() -> tuple[tuple[str, str], ...]:
    """The terms of the field in English and in French."""
    text = (files("auditor") / "data" / "glossary.json").read_text(encoding="utf-8")
    return tuple((english, french) for english, french in json.loads(text))


def _side_by_side(language: str) -> list[list[Cell]]:
    """Two pairs on each line, in the order of the reader's alphabet."""
    column = 1 if language == "fr" else 0
    pairs = sorted(vocabulary(), key=lambda pair: _plain(pair[column]))
    half = -(-len(pairs) // 2)
    right = [*pairs[half:], *([("", "")] * (2 * half - len(pairs)))]
    return [[*left, *beside] for left, beside in zip(pairs[:half], right, strict=True)]


def _plain(text: str) -> str:
    """A word as an alphabet orders it: accents and capitals make no difference."""
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
