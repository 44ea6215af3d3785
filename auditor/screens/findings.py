"""The findings: filtered by domain, verdict and text; each with its meaning, numbers, evidence and remedy."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from rich.text import Text
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import DataTable, Input

from auditor.model import N_, Audit, Finding, Outcome
from auditor.screens.flow import flow
from auditor.screens.frame import AuditPage, Panel, Speech
from auditor.screens.marks import SIGNS, cost, days, ink, known, owner, safe, say, title, value, verdict
from auditor.screens.services import Services
from auditor.texts import Texts

ORDER: Final = tuple(SIGNS)
SEVERITIES: Final = {
    "critical": N_("critical"),
    "high": N_("high"),
    "medium": N_("medium"),
    "low": N_("low"),
}
NUMBERS: Final = {
    # values of a verdict that a reader may want beside its sentence
    "seats": N_("people carried"),
    "required": N_("people required"),
    "short": N_("people short"),
    "reachable": N_("people reachable"),
    "users": N_("phone users"),
    "needed": N_("needed"),
    "softphones": N_("softphones"),
    "outside": N_("from outside"),
    "forwards": N_("forwards"),
    "channels": N_("channels"),
    "accounts": N_("accounts"),
    "peak": N_("peak"),
    "limit": N_("limit"),
    "ratio": N_("share"),
    "share": N_("share"),
    "use": N_("use"),
    "carried": N_("share"),
    "device": N_("device"),
    "interface": N_("interface"),
    "link": N_("link"),
    "group": N_("group"),
    "groups": N_("groups"),
    "services": N_("services"),
    "methods": N_("methods"),
    "weak": N_("weak"),
}
SHARES: Final = ("ratio", "share", "use", "carried")
RESTS: Final = (
    (Fraction(1), N_("Told by a device.")),
    (Fraction(3, 5), N_("Declared, with a document.")),
    (Fraction(3, 10), N_("Declared only.")),
    (Fraction(0), N_("Nothing supports it yet.")),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; "" and None let everything through."""

    domain: str = ""
    outcome: Outcome | None = None
    text: str = ""

    def wants(self, finding: Finding, texts: Texts) -> bool:
        if self.domain and finding.domain != self.domain:
            return False
        if self.outcome and finding.outcome is not self.outcome:
            return False
        return all(word in haystack(finding, texts) for word in self.text.casefold().split())


def haystack(finding: Finding, texts: Texts) -> str:
    """All that a typed filter is compared with."""
    evidence = " ".join(f"{source.device} {source.request} {source.value}" for source in finding.evidence)
    verdict_words = texts(SIGNS[finding.outcome][1])
    parts = (finding.id, texts.name(finding.domain), verdict_words, title(texts, finding.id), evidence)
    return f"{' '.join(parts)} {say(texts, finding.message)}".casefold()


def urgent_first(findings: Iterable[Finding]) -> list[Finding]:
    """Failed before warned before unknown; the heaviest first."""
    return sorted(findings, key=lambda finding: (ORDER.index(finding.outcome), -finding.severity.weight, finding.id))


class Chosen(Panel):
    """What the filter lets through, in words."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.filter, self.shown, self.all = Filter(), 0, 0

    def lines(self, width: int) -> list[Text]:
        texts, chosen = self._speech.texts, self.filter
        domain = texts.name(chosen.domain) if chosen.domain else texts("all")
        outcome = texts(SIGNS[chosen.outcome][1]) if chosen.outcome else texts("all")
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(texts("{shown} of {all} findings", shown=self.shown, all=self.all), style=ink(self, "", bold=True))
        line.append("  " + texts("domain: {name}", name=domain), style=ink(self, "accent" if chosen.domain else "dim"))
        line.append(
            "  " + texts("verdict: {name}", name=outcome), style=ink(self, "accent" if chosen.outcome else "dim")
        )
        if chosen.text:
            line.append("  " + texts("text: {text}", text=safe(chosen.text)), style=ink(self, "accent"))
        return [line]


class FindingsTable(DataTable[Text]):
    """One row for each finding; its title takes what the other columns leave, on as many lines as it needs."""

    BINDINGS = [Binding("enter", "select_cursor", N_("Zoom"), tooltip=N_("the detail on the whole screen, and back"))]  # noqa: RUF012

    def __init__(self, speech: Speech) -> None:
        super().__init__(id="findings", cursor_type="row", zebra_stripes=True)
        self._speech = speech
        self._findings: Sequence[Finding] = ()
        self._drawn = 0

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            row = self.cursor_row
            self.show(self._findings)
            self.move_cursor(row=row)

    def show(self, findings: Sequence[Finding]) -> None:
        texts = self._speech.texts
        self._findings, self._drawn = findings, self.size.width
        heads = [texts("Check"), texts("Verdict"), texts("Severity")]
        rows = [
            (Text(f.id), verdict(self, texts, f.outcome), Text(texts(SEVERITIES[f.severity.value]))) for f in findings
        ]
        widths = [max([len(head), *(cell.cell_len for cell in column)]) for head, column in columns(heads, rows)]
        room = title_room(self._drawn, widths)
        self.clear(columns=True)
        for head, width in zip((*heads, texts("Title")), (*widths, room), strict=True):
            self.add_column(Text(head), width=width)
        for finding, cells in zip(findings, rows, strict=True):
            words = textwrap.wrap(title(texts, finding.id), room) or [""]
            self.add_row(*cells, Text("\n".join(words)), height=len(words), key=finding.id)


def columns(heads: Sequence[str], rows: Sequence[Sequence[Text]]) -> Iterable[tuple[str, list[Text]]]:
    """Each heading with the cells below it."""
    return ((head, [row[place] for row in rows]) for place, head in enumerate(heads))


def title_room(width: int, widths: Sequence[int]) -> int:
    """The cells left for the title beside the other columns, their padding and the scrollbar."""
    return max(16, width - sum(widths) - 2 * (len(widths) + 1) - 1)


class Detail(Panel):
    """One finding from meaning to remedy."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.finding: Finding | None = None

    def lines(self, width: int) -> list[Text]:
        finding = self.finding
        if finding is None:
            return flow(self._dim(self._speech.texts("No finding matches the filter.")), width)
        blocks = [*self._meaning(finding), *self._evidence(finding), *self._remedy(finding)]
        return [line for block in blocks for line in flow(block, width)]

    def _dim(self, words: str) -> Text:
        return Text.assemble((words, ink(self, "dim")))

    def _meaning(self, finding: Finding) -> Iterable[Text]:
        texts = self._speech.texts
        head = Text.assemble((f"{finding.id}  {title(texts, finding.id)}  ", ink(self, "", bold=True)))
        yield head.append_text(verdict(self, texts, finding.outcome))
        yield Text(say(texts, finding.message))
        if why := known(texts, f"{finding.id}.why"):
            yield self._dim(why)
        if finding.accepted:
            accepted = texts("Risk accepted: {why}", why=say(texts, finding.accepted))
            yield Text.assemble((accepted, ink(self, "warning")))
        if numbers := self._numbers(finding):
            yield self._dim(numbers)

    def _numbers(self, finding: Finding) -> str:
        texts = self._speech.texts
        parts = []
        for name, told in finding.message.values.items():
            if name in NUMBERS:
                share = name in SHARES and isinstance(told, Fraction)
                words = texts.format(told, "ratio") if share else value(texts, told)
                parts.append(f"{texts(NUMBERS[name])}\u00a0{words}")
        return " · ".join(parts)

    def _evidence(self, finding: Finding) -> Iterable[Text]:
        texts = self._speech.texts
        rests = next(words for least, words in RESTS if finding.quality >= least)
        yield self.heading(texts("Evidence")).append("  ").append_text(self._dim(texts(rests)))
        for source in finding.evidence:
            yield Text.assemble(
                (safe(source.device) or texts("declared"), ink(self, "accent")),
                f"  {safe(source.request)}  ",
                (safe(source.value), ink(self, "", bold=True)),
            )

    def _remedy(self, finding: Finding) -> Iterable[Text]:
        texts = self._speech.texts
        if finding.outcome is Outcome.NOT_MEASURED:
            if lift := known(texts, f"{finding.id}.lift"):
                yield self.heading(texts("How to have it measured"))
                yield Text(lift)
        elif finding.outcome in (Outcome.FAIL, Outcome.WARN):
            facts = [
                texts("effort {hours} h", hours=finding.effort_hours),
                texts("lead time {days}", days=days(texts, finding.lead_days)),
                cost(texts, finding.cost),
                owner(texts, finding.owner),
                texts("quick win") if finding.quick_win else "",
            ]
            yield self.heading(texts("Remedy"))
            yield Text(known(texts, f"{finding.id}.action", finding.id))
            yield self._dim(" · ".join(part for part in facts if part))


class Findings(AuditPage):
    """The table and, for the row under the cursor, everything it rests on."""

    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("slash", "type", N_("Filter"), tooltip=N_("filter by words: id, title, device, request…")),
        Binding("o", "domain", N_("Domain"), tooltip=N_("next domain")),
        Binding("r", "outcome", N_("Verdict"), tooltip=N_("next verdict")),
        Binding("escape", "clear", N_("Clear"), tooltip=N_("leave the zoom or the filter")),
    ]

    def __init__(self, speech: Speech, audit: Audit, services: Services) -> None:
        super().__init__(speech, audit, services)
        self._filter = Filter()
        self._shown: list[Finding] = []
        self._domains = ("", *dict.fromkeys(finding.domain for finding in audit.findings))
        self._outcomes = (None, *(o for o in ORDER if any(f.outcome is o for f in audit.findings)))

    def body(self) -> Iterable[Widget]:
        words = Input(placeholder=self.texts("words to look for; Enter or Esc to go back to the list"), id="words")
        words.display = False
        yield Chosen(self.speech)
        yield words
        yield Container(
            FindingsTable(self.speech), VerticalScroll(Detail(self.speech), id="detail"), id="split", classes="split"
        )

    def settle(self) -> None:
        self.query_one(FindingsTable).focus()
        self._apply()

    def _apply(self) -> None:
        """Show what the filter lets through; the cursor stays on its finding while it is there."""
        table = self.query_one(FindingsTable)
        under = self.query_one(Detail).finding
        self._shown = [f for f in urgent_first(self.audit.findings) if self._filter.wants(f, self.texts)]
        table.show(self._shown)
        chosen = self.query_one(Chosen)
        chosen.filter, chosen.shown, chosen.all = self._filter, len(self._shown), len(self.audit.findings)
        chosen.refresh(layout=True)
        row = self._shown.index(under) if under in self._shown else 0
        if self._shown:
            table.move_cursor(row=row)
        self._detail(row)
        self.refresh_bindings()

    def _detail(self, row: int) -> None:
        detail = self.query_one(Detail)
        detail.finding = self._shown[row] if 0 <= row < len(self._shown) else None
        detail.refresh(layout=True)
        self.query_one("#detail").scroll_home(animate=False)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._detail(event.cursor_row)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        self.action_zoom()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._filter = replace(self._filter, text=event.value)
        self._apply()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._close_words()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "clear":
            return self.is_mounted and (self._zoomed or self._typing or self._filter != Filter())
        if action in ("domain", "outcome", "type"):
            return not self._typing
        return True

    @property
    def _typing(self) -> bool:
        return isinstance(self.focused, Input)

    @property
    def _zoomed(self) -> bool:
        return self.query_one("#split").has_class("zoomed")

    def _close_words(self) -> None:
        self.query_one("#words").display = False
        self.query_one(FindingsTable).focus()

    def action_type(self) -> None:
        words = self.query_one("#words", Input)
        words.display = True
        words.value = self._filter.text
        words.focus()

    def action_domain(self) -> None:
        place = self._domains.index(self._filter.domain)
        self._filter = replace(self._filter, domain=self._domains[(place + 1) % len(self._domains)])
        self._apply()

    def action_outcome(self) -> None:
        place = self._outcomes.index(self._filter.outcome)
        self._filter = replace(self._filter, outcome=self._outcomes[(place + 1) % len(self._outcomes)])
        self._apply()

    def action_zoom(self) -> None:
        split = self.query_one("#split")
        split.toggle_class("zoomed")
        (self.query_one("#detail") if split.has_class("zoomed") else self.query_one(FindingsTable)).focus()
        self.refresh_bindings()

    def action_clear(self) -> None:
        """Undo one thing: the zoom, the typing, then the filter."""
        if self._zoomed:
            self.action_zoom()
        elif self._typing:
            self._close_words()
        else:
            self._filter = Filter()
            self._apply()
