"""The widgets of the first screen: what can be started, and the sites with where their figures are going."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.events import Resize
from textual.widgets import DataTable, OptionList
from textual.widgets.option_list import Option

from auditor.screens.frame import Speech
from auditor.screens.ink import ink, safe
from auditor.screens.marks import count, fit
from auditor.screens.services import KnownSite
from auditor.values import N_, Absent

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
