"""Looking around a site: what would be contacted is shown first, what was found can be written into its file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import DataTable, Input

from auditor.screens.confirm import Confirm
from auditor.screens.flow import flow
from auditor.screens.forms import Forms, Sighted, SiteForm
from auditor.screens.frame import Page, Panel, Speech, site_name
from auditor.screens.ink import ink, safe
from auditor.screens.marks import fit
from auditor.screens.questioner import Questioner
from auditor.screens.services import Stop, Talk
from auditor.values import N_


class Where(Input):
    """Ranges, or where to begin."""

    BINDINGS = [Binding("enter", "submit", N_("What would be contacted"))]  # noqa: RUF012 - Textual's own declaration


class SightedTable(DataTable[Text]):
    """What was found, each marked to be taken over or not."""

    BINDINGS = [Binding("space", "select_cursor", N_("Mark"), tooltip=N_("take this device over, or not"))]  # noqa: RUF012

    def __init__(self, speech: Speech) -> None:
        super().__init__(id="sighted", cursor_type="row", zebra_stripes=True)
        self._speech = speech
        self._drawn = 0
        self._shown: tuple[Sequence[Sighted], set[str]] = ((), set())

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self.show(*self._shown)

    def show(self, found: Sequence[Sighted], marked: set[str]) -> None:
        texts, row, self._shown, self._drawn = self._speech.texts, self.cursor_row, (found, marked), self.size.width
        place = max([8, *(len(one.address) for one in found)])
        name = max([6, *(min(20, len(safe(one.name))) for one in found)])
        room = max(12, self.size.width - place - name - 3 - 2 * 4 - 1)
        self.clear(columns=True)
        heads = ("", texts("Address"), texts("Name"), texts("What it is"))
        for head, width in zip(heads, (3, place, name, room), strict=True):
            self.add_column(Text(head), width=width)
        for one in found:
            what = " · ".join(filter(None, (safe(one.what), safe(one.ways))))
            cells = ("[x]" if one.address in marked else "[ ]", one.address, safe(one.name), what)
            widths = (3, place, name, room)
            self.add_row(*(Text(fit(cell, width).rstrip()) for cell, width in zip(cells, widths, strict=True)))
        self.move_cursor(row=row)


class Lines(Panel):
    """What would be contacted, or what came of it."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.told: Sequence[str] = ()

    def lines(self, width: int) -> list[Text]:
        texts = self._speech.texts
        if not self.told:
            words = texts(
                "Enter shows what would be contacted, and sends nothing. Only addresses inside these ranges and the"
                " networks of the site file are ever contacted."
            )
            return flow(Text.assemble((words, ink(self, "dim"))), width)
        return [line for one in self.told for line in flow(Text(safe(one)), width)]


class Discover(Page):
    """Ranges or a place to begin, then what is there."""

    PLACE = N_("Discover")
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("ctrl+r", "start", N_("Look around"), tooltip=N_("contact these addresses, after a yes")),
        Binding("w", "take", N_("Take over"), tooltip=N_("write the marked devices into the site file")),
        Binding("escape", "back", N_("Back"), tooltip=N_("stop looking, then back to the site")),
    ]

    def __init__(self, speech: Speech, form: SiteForm, forms: Forms) -> None:
        super().__init__(speech)
        self.form, self._forms = form, forms
        self._given = (", ".join(form.site.networks), "")
        self._lines: Sequence[str] = ()
        self._found: list[Sighted] = []
        self._marked: set[str] = set()
        self._stop: Stop | None = None

    def whose(self) -> tuple[str, str]:
        return site_name(self.form.site), safe(self.form.path.name)

    def body(self) -> Iterable[Widget]:
        texts = self.texts
        ranges = Where(self._given[0], id="ranges", select_on_focus=False, placeholder="192.0.2.0/24")
        ranges.border_title = texts("Ranges")
        seeds = Where(self._given[1], id="seeds", select_on_focus=False, placeholder="192.0.2.1")
        seeds.border_title = texts("Or walk from these addresses")
        yield Horizontal(ranges, seeds, id="where")
        yield SightedTable(self.speech)
        yield VerticalScroll(Lines(self.speech), id="lines")

    def settle(self) -> None:
        self.set_focus(self.query_one("#ranges"))
        self._draw()

    def _draw(self) -> None:
        table, lines = self.query_one(SightedTable), self.query_one(Lines)
        table.display = bool(self._found)
        table.show(self._found, self._marked)
        lines.told = self._lines
        lines.refresh(layout=True)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "start":
            return self._stop is None
        if action == "take":
            return self._stop is None and bool(self._marked) and not isinstance(self.focused, Input)
        return True

    def _typed(self) -> tuple[str, str]:
        self._given = (self.query_one("#ranges", Input).value, self.query_one("#seeds", Input).value)
        return self._given

    # ---- what would be contacted ----

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._would(*self._typed())

    @work(thread=True, exclusive=True)
    def _would(self, ranges: str, seeds: str) -> None:
        try:
            lines = self._forms.contacts(self.form.path, ranges, seeds, self.texts.language)
        except ValueError as fault:
            lines = (str(fault),)
        self.app.call_from_thread(self._told, lines)

    def _told(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._draw()

    # ---- looking ----

    def action_start(self) -> None:
        """Nothing is contacted without a yes."""
        texts, (ranges, seeds) = self.texts, self._typed()
        where = safe(seeds.strip() or ranges.strip() or ", ".join(self.form.site.networks))
        lines = (texts("Addresses inside {where} are knocked at and asked over SNMP.", where=where),)
        question = Confirm(self.speech, texts("Look around now?"), lines, texts("Look around"), texts("Back"))
        self.app.push_screen(question, lambda yes: self._begin(ranges, seeds) if yes else None)

    def _begin(self, ranges: str, seeds: str) -> None:
        self._stop = Stop()
        self._found, self._marked, self._lines = [], set(), (self.texts("Looking around…"),)
        self._draw()
        self._look(ranges, seeds, self._stop)

    @work(thread=True, exclusive=True, group="look")
    def _look(self, ranges: str, seeds: str, stop: Stop) -> None:
        asks = Questioner(self, stop)
        talk = Talk(lambda event: None, stop, asks.host_key, asks.secret)
        tell = lambda found: self.app.call_from_thread(self._sight, found)  # noqa: E731
        try:
            lines = self._forms.discover(self.form.path, ranges, seeds, self.texts.language, talk, tell)
        except ValueError as fault:
            lines = (str(fault),)
        self.app.call_from_thread(self._ended, lines)

    def _sight(self, found: Sighted) -> None:
        self._found.append(found)
        self._marked.add(found.address)
        self._draw()

    def _ended(self, lines: Sequence[str]) -> None:
        self._stop, self._lines = None, lines
        self._draw()
        if self._found:
            self.query_one(SightedTable).focus()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        if 0 <= event.cursor_row < len(self._found):
            self._marked ^= {self._found[event.cursor_row].address}
            self._draw()

    @work(thread=True, exclusive=True, group="take")
    def action_take(self) -> None:
        try:
            form, left = self._forms.take_sighted(self.form.path, tuple(self._marked))
        except ValueError as fault:
            self.app.call_from_thread(self.tell, self.texts("That did not work."), safe(fault))
            return
        count = len(form.site.targets) - len(self.form.site.targets)
        self.form = form
        title = self.texts.plural("{count} device was taken over.", "{count} devices were taken over.", count)
        self.app.call_from_thread(self.tell, title, *map(safe, left))

    def action_back(self) -> None:
        """Stop looking; asked again, back to the site."""
        if self._stop is not None:
            self._stop.ask()
        else:
            self.post_message(self.Wanted("site", self.form.path))
