"""The inputs of a what-if: what each is called, how its value is written, and its slider."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.events import Resize

from auditor.screens.frame import Speech
from auditor.screens.ink import ink
from auditor.screens.marks import ORIGINS, measure
from auditor.screens.rows import GAP, Column, Rows
from auditor.screens.study import Dial, Suppositions
from auditor.texts import Texts
from auditor.values import N_, Absent, Value

SLIDER: Final = 12
LEAST: Final = 20
WORDS: Final[Mapping[str, str]] = {
    # words that a site file knows, as a reader says them
    "full": N_("full"),
    "selective": N_("selective"),
    "split": N_("split"),
    "site": N_("site"),
    "datacentre": N_("datacentre"),
    "saas": N_("online service"),
    "video": N_("video"),
    "web": N_("web"),
    "m365": N_("Microsoft 365"),
    "office": N_("office"),
    "vdi": N_("virtual desktop"),
    "files": N_("files"),
}
_PERCENT: Final = "share"


def label(texts: Texts, name: str) -> str:
    """What an input means; of a link, an application, a resource or a profile, with its name."""
    family, _, rest = name.partition(".")
    if family == "share":
        return f"{texts.words('input.share.RESOURCE')}: {texts.name(rest)}" if rest else name
    if family == "application":
        own, _, what = rest.rpartition(".")
        return f"{texts.words(f'input.application.NAME.{what}')} ({own})"
    words = texts.input(name)
    if family == "link" and rest.count("."):
        return f"{words} ({rest.rpartition('.')[0]})"
    profile, _, way = rest.partition(".")
    if family == "demand" and way and profile in WORDS:
        return f"{words} ({texts(WORDS[profile])}, {texts.name('down' if '_down_' in way else 'up')})"
    return words


def written(texts: Texts, told: Value | Absent, unit: str) -> str:
    """The value of an input as a reader reads it."""
    if isinstance(told, Absent):
        return "?"
    if isinstance(told, bool):
        return texts("yes") if told else texts("no")
    if isinstance(told, tuple):
        return ", ".join(texts(WORDS[word]) if word in WORDS else word for word in told) or "–"
    if isinstance(told, str):
        return texts(WORDS[told]) if told in WORDS else told
    if unit == _PERCENT and isinstance(told, int | float | Fraction):
        return texts.format(told, "part")
    return (
        texts.size(told) if unit == "bytes" and isinstance(told, int | Fraction) else measure(texts, told, _bare(unit))
    )


def _bare(unit: str) -> str:
    """The units that stand behind a number; a count of people or ports is said by its label."""
    return unit if unit in ("bit/s", "ms") else ""


def typed(texts: Texts, told: Value | Absent, unit: str) -> str:
    """The value of an input as somebody would type it, in a field ready to be changed."""
    if isinstance(told, Absent):
        return ""
    if isinstance(told, bool | tuple | str):
        return "" if told == () else written(texts, told, unit)
    exact = Fraction(str(told))
    if unit == _PERCENT and (100 * exact).denominator in (1, 2, 4, 5, 10):
        return f"{texts.number(100 * exact, 0 if (100 * exact).denominator == 1 else 2)}%"
    for power, sign in ((9, "G"), (6, "M"), (3, "k")):
        if unit == "bit/s" and exact >= 10**power and (exact / 10 ** (power - 1)).denominator == 1:
            scaled = exact / 10**power
            return f"{texts.number(scaled, 0 if scaled.denominator == 1 else 1)}{sign}"
    return str(exact)


def heard(texts: Texts, text: str) -> str:
    """What somebody typed, with the reader's words for those of a site file, ready to be understood."""
    spoken = {texts(english).casefold(): word for word, english in WORDS.items()}
    parts = [part.strip() for part in text.replace("\u00a0", "").split(",")]
    if any(part.casefold() in spoken for part in parts):
        return ",".join(spoken.get(part.casefold(), part) for part in parts)
    return "" if text.strip() == "–" else text.replace("\u00a0", "").strip()


def slider(place: Fraction | Absent, was: Fraction | Absent, cells: int = SLIDER) -> str:
    """A line with its knob ● where the value stands, ┊ where it stood; a dotted line where nothing is known."""
    if isinstance(place, Absent):
        return "·" * cells
    knob = int(place * (cells - 1))
    drawn = ["━"] * knob + ["●"] + ["─"] * (cells - 1 - knob)
    if not isinstance(was, Absent) and int(was * (cells - 1)) != knob:
        drawn[int(was * (cells - 1))] = "┊"
    return "".join(drawn)


class DialTable(Rows):
    """One row for each input: what it means, its value, its slider, and where today's value comes from."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("right", "screen.slide(1)", N_("Slide"), tooltip=N_("← and → turn the input under the cursor")),
        Binding("left", "screen.slide(-1)", show=False),
        Binding("shift+right", "screen.slide(5)", show=False),
        Binding("shift+left", "screen.slide(-5)", show=False),
        Binding("enter", "screen.type", N_("Type"), tooltip=N_("type a value: 250, 80%, 4/5, 20M, full…")),
        Binding(
            "delete,backspace", "screen.reset", N_("Today"), tooltip=N_("the input under the cursor as it is today")
        ),
    ]

    def __init__(self, speech: Speech, desk: Suppositions) -> None:
        super().__init__("dials")
        self._speech, self._desk = speech, desk
        self._dials: Sequence[Dial] = ()
        self._changes: Mapping[str, Value] = {}
        self._drawn = self._wide = 0

    @property
    def dial(self) -> Dial | None:
        """The input under the cursor."""
        return self._dials[self.cursor_row] if 0 <= self.cursor_row < len(self._dials) else None

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self.show(self._dials, self._changes)

    def show(self, dials: Sequence[Dial], changes: Mapping[str, Value]) -> None:
        """These inputs, with these changes; the cursor stays on its input while it is there."""
        under = self.dial
        self._dials, self._changes, self._drawn = dials, changes, self.size.width
        texts = self._speech.texts
        self._wide = max([cell_len(texts("Value")), *(cell_len(self._value(dial)) for dial in dials)])
        widths = (self._wide, SLIDER, 1)
        room = max(LEAST, self._drawn - sum(widths) - GAP * (len(widths) + 1) - 1)
        words = ["\n".join(textwrap.wrap(label(texts, dial.name), room)) for dial in dials]
        columns = [
            Column(head, width)
            for head, width in zip((texts("Input"), texts("Value"), "", ""), (room, *widths), strict=True)
        ]

        def cells(row: int) -> Sequence[Text]:
            return (Text(words[row]), *self._drawing(dials[row]))

        heights = [text.count("\n") + 1 for text in words]
        cursor = list(dials).index(under) if under is not None and under in dials else 0
        self.fill(columns, [dial.name for dial in dials], heights, cells, cursor)

    def turn(self, changes: Mapping[str, Value]) -> None:
        """The same inputs with other changes; a value wider than its column makes the column wider."""
        moved = {name for name in {*changes, *self._changes} if changes.get(name) != self._changes.get(name)}
        self._changes = changes
        if any(cell_len(self._value(dial)) > self._wide for dial in self._dials if dial.name in moved):
            self.show(self._dials, changes)
        elif moved:
            self.refresh()

    def value(self, dial: Dial) -> Value | Absent:
        """The value of an input with the changes made."""
        return self._changes.get(dial.name, dial.today)

    def _value(self, dial: Dial) -> str:
        return written(self._speech.texts, self.value(dial), dial.unit)

    def _drawing(self, dial: Dial) -> tuple[Text, Text, Text]:
        changed = dial.name in self._changes
        now = self._desk.place(dial.name, self.value(dial))
        was = self._desk.place(dial.name, dial.today)
        colour = "accent" if changed else "dim" if isinstance(self.value(dial), Absent) else ""
        told = self._value(dial)
        return (
            Text(" " * (self._wide - cell_len(told)) + told, style=ink(self, colour, bold=changed)),
            Text(slider(now, was), style=ink(self, "accent" if changed else "secondary")),
            Text("*" if changed else ORIGINS[dial.origin], style=ink(self, "accent" if changed else "dim")),
        )
