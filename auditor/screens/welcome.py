"""The first screen: all clients and sites with their last audit, and what can be started."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.message import Message as Note
from textual.widget import Widget
from textual.widgets import DataTable, Input, OptionList
from textual.widgets.option_list import Option

from auditor.model import N_, Absent
from auditor.screens.flow import flow
from auditor.screens.frame import Page, Panel, Speech, Words
from auditor.screens.marks import count, fit, ink, safe
from auditor.screens.services import KnownSite

LOGO: Final = ("▄▀█ █ █ █▀▄ █ ▀█▀ █▀█ █▀█", "█▀█ █▄█ █▄▀ █  █  █▄█ █▀▄")
STARTS: Final = (
    ("demo", "t", N_("Try the demo"), N_("a small company network on this machine")),
    ("new", "n", N_("New site"), N_("a commented site file, to fill in")),
    ("open", "o", N_("Open a site file"), N_("and read the devices it names")),
)
ROOMY: Final = 100
STEPS: Final = "▁▂▃▄▅▆▇█"


def sparkline(trend: Sequence[int | Absent], required: int | Absent) -> str:
    """The seats of the last audits as steps of what is required; ? where an audit could not tell."""
    known = [seats for seats in trend if not isinstance(seats, Absent)]
    top = max([1, *known, 0 if isinstance(required, Absent) else required])
    return "".join("?" if isinstance(seats, Absent) else _step(Fraction(seats, top)) for seats in trend)


def _step(share: Fraction) -> str:
    return STEPS[min(len(STEPS) - 1, int(share * len(STEPS)))]


class Logo(Panel):
    """The name, and what the product answers."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech

    def lines(self, width: int) -> list[Text]:
        question = self._speech.texts(
            "How many of your people can work from home at the same time today, and what to do first?"
        )
        name = [Text.assemble((line, ink(self, "primary", bold=True))) for line in LOGO]
        return [*name, Text(), *flow(Text(question), width)]


class Start(OptionList):
    """Demo, new, open."""

    def __init__(self, speech: Speech) -> None:
        super().__init__(id="start")
        self._speech = speech

    def on_mount(self) -> None:
        texts = self._speech.texts
        self.border_title = texts("Start")
        widest = max(cell_len(texts(words)) for _, _, words, _ in STARTS)
        for id, key, words, what in STARTS:
            row = Table.grid(padding=(0, 2), expand=True)
            row.add_column(width=1)
            row.add_column(width=widest)
            row.add_column(ratio=1)
            row.add_row(
                Text(key, style=ink(self, "accent", bold=True)),
                Text(texts(words)),
                Text(texts(what), style=ink(self, "dim")),
            )
            self.add_option(Option(row, id=id))
        self.highlighted = 0


class KnownSites(DataTable[Text]):
    """Sites with their last audit and where their figure is going."""

    BINDINGS = [Binding("enter", "select_cursor", N_("Open"), tooltip=N_("the last audit, else the site's form"))]  # noqa: RUF012

    def __init__(self, speech: Speech, sites: Sequence[KnownSite]) -> None:
        super().__init__(id="known", cursor_type="row", zebra_stripes=True)
        self._speech, self._sites = speech, sites
        self._drawn = 0

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self._drawn = event.size.width
            self.show(self._sites)

    def show(self, sites: Sequence[KnownSite]) -> None:
        """These sites, names cut to what the figures leave."""
        texts, self._sites, row = self._speech.texts, sites, self.cursor_row
        self.border_title = texts("Known sites")
        heads = (texts("Last audit"), texts("People"), texts("Trend"), texts("Grade"))
        rows = [self._figures(site) for site in sites]
        widths = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
        room = max(16, self.size.width - sum(widths) - 2 * (len(widths) + 2) - 1)
        longest = [max([6, *(cell_len(safe(name)) for name in names)]) for names in self._names()]
        client = min(longest[0], max(room // 2, room - longest[1]))
        place = min(longest[1], room - client)
        self.clear(columns=True)
        for head, width in zip((texts("Client"), texts("Site"), *heads), (client, place, *widths), strict=True):
            self.add_column(Text(head), width=width)
        for site, cells in zip(sites, rows, strict=True):
            names = (fit(safe(site.client), client).rstrip(), fit(safe(site.site), place).rstrip())
            self.add_row(*(Text(cell) for cell in (*names, *cells)))
        self.move_cursor(row=row)

    def _names(self) -> tuple[list[str], list[str]]:
        return [site.client for site in self._sites], [site.site for site in self._sites]

    def _figures(self, site: KnownSite) -> tuple[str, ...]:
        texts = self._speech.texts
        seats = "" if not site.audit else f"{count(texts, site.seats)}/{count(texts, site.required)}"
        when = texts("never") if isinstance(site.at, Absent) else texts.date(site.at)
        if site.fault:
            when = texts("unreadable")
        elif site.interrupted:
            when = texts("{when} (interrupted)", when=when) if self.size.width >= ROOMY else f"! {when}"
        return when, seats, sparkline(site.trend, site.required) or "–", site.grade or "–"


class Welcome(Page):
    """Sites already known, or what can be started."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("a", "wanted('audit')", N_("Audit"), tooltip=N_("audit the chosen site, or go on with its audit")),
        Binding("m", "wanted('site')", N_("Edit"), tooltip=N_("the site's devices, links, people and answers")),
        Binding("n", "start('new')", N_("New"), tooltip=N_("write a new site file")),
        Binding("o", "start('open')", N_("Open file"), tooltip=N_("open a site file")),
        Binding("t", "start('demo')", N_("Demo"), tooltip=N_("audit the built-in company network")),
        Binding("i", "wanted('questions')", N_("Questions"), tooltip=N_("the questionnaire of the chosen site")),
        Binding("x", "wanted('discover')", N_("Discover"), tooltip=N_("find the devices of the chosen site")),
        Binding("slash", "type", N_("Filter"), tooltip=N_("filter the sites by words")),
        Binding("escape", "clear", N_("Clear"), tooltip=N_("all sites again")),
    ]

    @dataclass
    class Started(Note):
        """The user wants the demo, a new site file, or one opened."""

        what: str

    @dataclass
    class Chosen(Note):
        """The user wants something of a known site: what stands there (`open`), audit, site, questions, discover."""

        site: KnownSite
        what: str

    def __init__(self, speech: Speech, sites: Sequence[KnownSite]) -> None:
        super().__init__(speech)
        self._sites = tuple(sites)
        self._words = ""

    def body(self) -> Iterable[Widget]:
        promise = self.texts("Auditor reads and never changes anything on a device.")
        if not self._sites:
            yield VerticalScroll(
                Logo(self.speech),
                Start(self.speech),
                Words(promise, classes="promise"),
                id="welcome",
                can_focus=False,
            )
            return
        words = Input(self._words, placeholder=self.texts("words to look for"), id="words", select_on_focus=False)
        words.display = bool(self._words)
        yield Words(self._notice(), classes="note", id="notice")
        yield words
        yield KnownSites(self.speech, self._shown())

    def _notice(self) -> str:
        """What did not end, first; else what the screen is for."""
        texts = self.texts
        open_ = [site for site in self._sites if site.interrupted and not isinstance(site.path, Absent)]
        if open_:
            return texts("The audit of {site} did not end: choose it and press a to go on.", site=safe(open_[0].site))
        return texts.plural("{count} site. Nothing is ever changed on a device.",
                            "{count} sites. Nothing is ever changed on a device.", len(self._sites))  # fmt: skip

    def _shown(self) -> tuple[KnownSite, ...]:
        words = self._words.casefold().split()
        return tuple(s for s in self._sites if all(word in f"{s.client} {s.site}".casefold() for word in words))

    def settle(self) -> None:
        self.query_one("#known" if self._sites else "#start").focus()

    def show(self, sites: Sequence[KnownSite]) -> None:
        """The list as it is now."""
        self._sites = tuple(sites)
        self.run_worker(self.speak())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        typing = isinstance(self.focused, Input)
        if action == "wanted":
            known = self._under_cursor()
            return not typing and known is not None and not isinstance(known.path, Absent)
        if action == "type":
            return bool(self._sites) and not typing
        if action == "clear":
            return typing or bool(self._words)
        return not typing

    def _under_cursor(self) -> KnownSite | None:
        shown = self._shown()
        tables = self.query(KnownSites)
        row = tables.first().cursor_row if tables else -1
        return shown[row] if 0 <= row < len(shown) else None

    def action_start(self, what: str) -> None:
        self.post_message(self.Started(what))

    def action_wanted(self, what: str) -> None:
        if (known := self._under_cursor()) is not None:
            self.post_message(self.Chosen(known, what))

    def action_type(self) -> None:
        words = self.query_one("#words", Input)
        words.display = True
        words.focus()

    def action_clear(self) -> None:
        words = self.query_one("#words", Input)
        words.value, words.display = "", False
        self.query_one(KnownSites).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._words = event.value
        self.query_one(KnownSites).show(self._shown())
        self.refresh_bindings()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.query_one(KnownSites).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.post_message(self.Started(event.option.id or ""))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        if (known := self._under_cursor()) is not None:
            self.post_message(self.Chosen(known, "open"))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self.refresh_bindings()
