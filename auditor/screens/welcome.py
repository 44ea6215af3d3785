"""The first screen: all clients and sites with their last audit, and what can be started."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message as Note
from textual.widget import Widget

from auditor.screens.flow import flow
from auditor.screens.frame import Page, Panel, Speech, Words
from auditor.screens.ink import ink, safe
from auditor.values import N_, Absent

if TYPE_CHECKING:  # the first frame does not wait for what it does not show
    from textual.widgets import DataTable, Input, OptionList

    from auditor.screens.services import KnownSite

LOGO: Final = ("▄▀█ █ █ █▀▄ █ ▀█▀ █▀█ █▀█", "█▀█ █▄█ █▄▀ █  █  █▄█ █▀▄")


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

    def __init__(self, speech: Speech) -> None:
        super().__init__(speech)
        self._sites: tuple[KnownSite, ...] = ()
        self._read = False
        self._words = ""

    def body(self) -> Iterable[Widget]:
        if not self._read:
            yield VerticalScroll(Logo(self.speech), id="welcome", can_focus=True)
            return
        promise = self.texts("Auditor reads and never changes anything on a device.")
        from textual.widgets import Input

        from auditor.screens.sitelist import KnownSites, Start

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
        for place in ("#known", "#start", "#welcome"):
            if found := self.query(place):
                self.set_focus(found.first())
                return

    def show(self, sites: Sequence[KnownSite]) -> None:
        """The list as it is now."""
        self._sites, self._read = tuple(sites), True
        self.run_worker(self.speak())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        typing = self.typing
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
        tables = self.query("#known")
        row = getattr(tables.first(), "cursor_row", -1) if tables else -1
        return shown[row] if 0 <= row < len(shown) else None

    def action_start(self, what: str) -> None:
        self.post_message(self.Started(what))

    def action_wanted(self, what: str) -> None:
        if (known := self._under_cursor()) is not None:
            self.post_message(self.Chosen(known, what))

    def action_type(self) -> None:
        words = self.query_one("#words")
        words.display = True
        self.set_focus(words)  # at once: what is typed behind the key belongs to the field

    def action_clear(self) -> None:
        from textual.widgets import Input

        words = self.query_one("#words", Input)
        words.value, words.display = "", False
        self.set_focus(self.query_one("#known"))

    def on_input_changed(self, event: Input.Changed) -> None:
        from auditor.screens.sitelist import KnownSites

        self._words = event.value
        self.query_one(KnownSites).show(self._shown())
        self.refresh_bindings()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.set_focus(self.query_one("#known"))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.post_message(self.Started(event.option.id or ""))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        if (known := self._under_cursor()) is not None:
            self.post_message(self.Chosen(known, "open"))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self.refresh_bindings()
