"""The first screen: what can be started, and the sites known from before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message as Note
from textual.widget import Widget
from textual.widgets import DataTable, OptionList
from textual.widgets.option_list import Option

from auditor.model import N_, Absent
from auditor.screens.flow import flow
from auditor.screens.frame import Page, Panel, Speech, Words
from auditor.screens.marks import count, ink, safe
from auditor.screens.services import KnownSite

LOGO: Final = ("▄▀█ █ █ █▀▄ █ ▀█▀ █▀█ █▀█", "█▀█ █▄█ █▄▀ █  █  █▄█ █▀▄")
STARTS: Final = (
    ("demo", "t", N_("Try the demo"), N_("a small company network on this machine")),
    ("new", "n", N_("New site"), N_("a commented site file, to fill in")),
    ("open", "o", N_("Open a site file"), N_("and read the devices it names")),
)


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
    """Sites with their last audit."""

    def __init__(self, speech: Speech, sites: Sequence[KnownSite]) -> None:
        super().__init__(id="known", cursor_type="row", zebra_stripes=True)
        self._speech, self._sites = speech, sites

    def on_mount(self) -> None:
        texts = self._speech.texts
        self.border_title = texts("Known sites")
        for words in (texts("Client"), texts("Site"), texts("Last audit"), texts("People"), texts("Grade")):
            self.add_column(Text(words))
        for place, site in enumerate(self._sites):
            seats = "" if not site.audit else f"{count(texts, site.seats)}/{count(texts, site.required)}"
            when = texts("never") if isinstance(site.at, Absent) else texts.date(site.at)
            if site.interrupted:
                when = texts("{when} (interrupted)", when=when)
            cells = (safe(site.client), safe(site.site), when, seats, site.grade or "–")
            self.add_row(*(Text(cell) for cell in cells), key=str(place))


class Welcome(Page):
    """Demo, new, open; then the sites already known."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("t", "start('demo')", N_("Demo"), tooltip=N_("audit the built-in company network")),
        Binding("n", "start('new')", N_("New"), tooltip=N_("write a new site file")),
        Binding("o", "start('open')", N_("Open"), tooltip=N_("open a site file and audit it")),
        Binding("a", "again", N_("Audit"), tooltip=N_("audit the chosen site again")),
    ]

    @dataclass
    class Started(Note):
        """The user wants the demo, a new site file, or one opened."""

        what: str

    @dataclass
    class Chosen(Note):
        """The user wants a known site: its last audit, or a new one (`again`)."""

        site: KnownSite
        again: bool

    def __init__(self, speech: Speech, sites: Sequence[KnownSite]) -> None:
        super().__init__(speech)
        self._sites = tuple(sites)

    def body(self) -> Iterable[Widget]:
        known: list[Widget] = []
        if self._sites:
            known = [KnownSites(self.speech, self._sites)]
        promise = self.texts("Auditor reads and never changes anything on a device.")
        yield VerticalScroll(
            Logo(self.speech),
            Start(self.speech),
            *known,
            Words(promise, classes="promise"),
            id="welcome",
            can_focus=False,
        )

    def settle(self) -> None:
        self.query_one("#known" if self._sites else "#start").focus()

    def show(self, sites: Sequence[KnownSite]) -> None:
        """The list as it is now."""
        self._sites = tuple(sites)
        self.run_worker(self.speak())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "again":
            return isinstance(self.focused, KnownSites) and not isinstance(self._under_cursor().path, Absent)
        return True

    def _under_cursor(self) -> KnownSite:
        return self._sites[max(0, self.query_one(KnownSites).cursor_row)]

    def action_start(self, what: str) -> None:
        self.post_message(self.Started(what))

    def action_again(self) -> None:
        self.post_message(self.Chosen(self._under_cursor(), again=True))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.post_message(self.Started(event.option.id or ""))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        site = self._under_cursor()
        self.post_message(self.Chosen(site, again=not site.audit))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self.refresh_bindings()
