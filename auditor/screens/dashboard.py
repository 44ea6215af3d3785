"""The answer: how many people, what binds and what happens beyond, what each resource carries, what to do first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.app import RenderResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Digits

from auditor.actions import Action
from auditor.model import Audit, Beyond, Headline, Origin, Resource
from auditor.screens.flow import flow
from auditor.screens.frame import AuditPage, Panel, Speech, Words
from auditor.screens.ink import ink
from auditor.screens.marks import (
    FILLS,
    HATCH,
    LINE_AT,
    ORIGINS,
    bar,
    count,
    fit,
    known,
    ordered,
    say,
    score_line,
    share_bar,
    title,
)
from auditor.texts import Texts
from auditor.values import N_, Absent

FIRST: Final = 5
ROOMY: Final = 110
QUESTION: Final = "╭━╮\n ╭╯\n ╹ "
SCENARIOS: Final = {
    "hybrid": N_("Hybrid day ({share})"),
    "strike": N_("Strike ({share})"),
    "closed": N_("Site closed ({share})"),
}


def sentences(texts: Texts, head: Headline) -> list[str]:
    """The headline in words (domain model, 4.2), without its figure, which stands large beside it."""
    if isinstance(head.seats, Absent):
        return [
            texts(
                "How many of the {eligible} eligible people (headcount {headcount}) can work remotely at the same time"
                " is not known.",
                eligible=head.eligible,
                headcount=head.headcount,
            ),
            texts("Nothing that limits it was measured or declared: see below what is missing."),
        ]
    can = texts(
        "of the {eligible} eligible people (headcount {headcount}) can work remotely at the same time today{range}.",
        eligible=head.eligible,
        headcount=head.headcount,
        range=_range(texts, head),
    )
    lines = [can]
    if head.required != head.eligible:
        lines.append(texts("{required} need to at once.", required=head.required))
    return [*lines, *_beyond(texts, head)]


def _range(texts: Texts, head: Headline) -> str:
    parts = []
    if not isinstance(head.low, Absent) and not isinstance(head.high, Absent):
        parts.append(texts("range {low} to {high}", low=head.low, high=head.high))
    if "<=" in head.bounds:
        parts.append(texts("at most"))
    if "~" in head.bounds:
        parts.append(texts("approximate"))
    return f" ({', '.join(parts)})" if parts else ""


def _beyond(texts: Texts, head: Headline) -> list[str]:
    """What happens to the next person, where there is one."""
    if isinstance(head.seats, Absent) or not head.binding:
        return []
    if head.seats >= head.eligible:
        return [texts("Everybody who is eligible can.")]
    refuses = head.beyond is Beyond.REFUSES
    otherwise = texts("the next person is refused") if refuses else texts("everybody works worse")
    usual = known(texts, f"beyond.{head.binding[0]}", otherwise)
    return [texts("Beyond that, {what}.", what=known(texts, f"beyond.{head.binding[0]}.{head.beyond}", usual))]


class Big(Digits):
    """The figure itself; a question mark when nobody knows."""

    def __init__(self, head: Headline) -> None:
        self._absent = isinstance(head.seats, Absent)
        enough = not isinstance(head.seats, Absent) and head.seats >= head.required
        classes = "unknown" if self._absent else "enough" if enough else ""
        super().__init__("" if self._absent else str(head.seats), classes=classes)

    def render(self) -> RenderResult:
        return Text(QUESTION) if self._absent else super().render()


class HeadlineWords(Panel):
    """What the figure means, what binds, what is close."""

    def __init__(self, speech: Speech, head: Headline, resources: Iterable[Resource]) -> None:
        super().__init__()
        self._speech, self._head = speech, head
        self._seats = {resource.id: resource.seats for resource in resources}

    def lines(self, width: int) -> list[Text]:
        texts, head = self._speech.texts, self._head
        first, *rest = sentences(texts, head)
        bold = ink(self, "", bold=True)
        lines = flow(Text.assemble((first, bold)), width)
        if rest:
            lines += flow(Text.assemble((" ".join(rest), ink(self, "error" if self._short() else ""))), width)
        if head.binding:
            names = texts.list([texts.name(id) for id in head.binding])
            binds = Text.assemble((texts("What binds: {names}", names=names), bold))
            if head.close and self.app.size.width >= ROOMY:
                binds.append(" · " + self._close(), style=ink(self, "dim"))
            lines += flow(binds, width)
        return lines

    def _close(self) -> str:
        texts, head = self._speech.texts, self._head
        near = [f"{texts.name(id)} {count(texts, self._seats.get(id, head.seats))}" for id in head.close]
        return texts("close: {names}", names=", ".join(near))

    def _short(self) -> bool:
        head = self._head
        return not isinstance(head.seats, Absent) and head.seats < head.required


class Scenarios(Panel):
    """The same seats against other needs, and what a failure leaves: only where there is room."""

    def __init__(self, speech: Speech, head: Headline) -> None:
        super().__init__(classes="roomy")
        self._speech, self._head = speech, head

    def lines(self, width: int) -> list[Text]:
        texts, head = self._speech.texts, self._head
        parts = []
        for one in head.scenarios:
            name = texts(SCENARIOS.get(one.id, one.id), share=texts.percent(100 * one.concurrency))
            parts.append(f"{name} {one.seats}/{one.required}")
        if not isinstance(head.seats_after_largest_failure, Absent):
            parts.append(texts("after the largest failure {seats}", seats=head.seats_after_largest_failure))
        return flow(Text.assemble((" · ".join(parts), ink(self, "dim"))), width)


class ScoreCard(Panel):
    """The readiness: score, grade, what caps it, what it rests on."""

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__()
        self._speech, self._audit = speech, audit

    def lines(self, width: int) -> list[Text]:
        head = self._audit.headline
        first, second = score_line(self._speech.texts, self._audit.score, head.seats, head.required)
        score = flow(Text.assemble((first, ink(self, "accent", bold=True))), width)
        return score + flow(Text.assemble((second, ink(self, "dim"))), width)


class Grade(Digits):
    """The letter, large."""


class Bars(Panel):
    """One bar for each resource, what binds first, against the people needed."""

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__()
        self._speech, self._audit = speech, audit

    def lines(self, width: int) -> list[Text]:
        texts, audit = self._speech.texts, self._audit
        names = {r.id: ("└ " if "/" in r.id else "") + texts.name(r.id) for r in audit.resources}
        longest = max([0, *(cell_len(name) for name in names.values())])
        name_cells = min(longest, max(12, width - 26))
        cells = max(6, width - name_cells - 12)
        rows = [self._row(r, names[r.id], name_cells, cells) for r in ordered(audit.resources)]
        return [self._axis(name_cells, cells), *rows, self._legend(width)]

    def _row(self, resource: Resource, name: str, name_cells: int, cells: int) -> Text:
        head = self._audit.headline
        drawn, colour = bar(resource, head.required, cells)
        binds = resource.id in head.binding and colour != "success"
        sign = "▶ " if binds else "▷ " if resource.id in head.close and colour != "success" else "  "
        line = Text.assemble((sign, ink(self, "error")), no_wrap=True)
        line.append(fit(name, name_cells), style=ink(self, "", bold=binds))
        line.append(f"{count(self._speech.texts, resource.seats):>5} ", style=ink(self, colour, bold=True))
        line.append(f"{letter(self._speech.texts, resource.beyond)} ", style=ink(self, "dim"))
        line.append(f"{ORIGINS[resource.origin]} ", style=ink(self, "dim"))
        at = int(cells * LINE_AT)
        line.append(drawn[:at], style=ink(self, colour))
        line.append(drawn[at], style=ink(self, "", bold=True))
        line.append(drawn[at + 1 :], style=ink(self, colour))
        return line

    def _axis(self, name_cells: int, cells: int) -> Text:
        """The people needed, written above their line."""
        texts = self._speech.texts
        label = texts("needed: {required}", required=self._audit.headline.required)
        at = 2 + name_cells + 10 + int(cells * LINE_AT)
        head = set_cell_size(texts("People at the same time"), max(0, at - cell_len(label) - 1))
        return Text.assemble((head, ink(self, "primary", bold=True)), f" {label}▼", no_wrap=True)

    def _legend(self, width: int) -> Text:
        """The signs in use above, as many as fit."""
        texts, resources = self._speech.texts, self._audit.resources
        ways, origins = {r.beyond for r in resources}, {r.origin for r in resources}
        parts = [f"{letter(texts, way)} {FILLS[way] * 2} {way_words(texts, way)}" for way in Beyond if way in ways]
        parts += [f"{HATCH * 2} {texts('not known')}"] if Origin.UNKNOWN in origins else []
        parts += [
            f"{sign} {texts.name(origin.value)}"
            for origin, sign in ORIGINS.items()
            if origin in origins - {Origin.UNKNOWN}
        ]
        parts += [f"▷ {texts('close')}"] if self._audit.headline.close else []
        text = " "
        for part in parts:
            if cell_len(text) + cell_len(part) + 1 <= width:
                text += f" {part} "
        return Text(text, style=ink(self, "dim"), no_wrap=True)


def way_words(texts: Texts, way: Beyond) -> str:
    return texts("refuses") if way is Beyond.REFUSES else texts("degrades")


def letter(texts: Texts, beyond: Beyond) -> str:
    """R or D: what a bar says without its colour."""
    if beyond is Beyond.REFUSES:
        return texts.context("letter", "R")
    return texts.context("letter", "D")


class Domains(Panel):
    """Each domain: what is proven, what could still be."""

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__()
        self._speech, self._audit = speech, audit

    def lines(self, width: int) -> list[Text]:
        texts, domains = self._speech.texts, self._audit.score.domains
        names = [texts.name(domain.id) for domain in domains]
        name_cells = min(max([0, *map(cell_len, names)]), max(10, width - 18))
        cells = max(4, width - name_cells - 10)
        lines = [self.heading(texts("Readiness by domain"))]
        for domain, name in zip(domains, names, strict=True):
            span = f"{texts.number(domain.proven)}–{texts.number(domain.possible)}"
            line = Text(fit(name, name_cells) + " ", no_wrap=True)
            line.append(share_bar(domain.proven, domain.possible, cells), style=ink(self, "primary"))
            line.append(f" {span:>7}", style=ink(self, "", bold=True))
            lines.append(line)
        legend = f"█ {texts('proven')}  {HATCH} {texts('possible')}"
        return [*lines, Text(legend, style=ink(self, "dim"), no_wrap=True)]


class Actions(Panel):
    """The first actions of the plan, with their dates and what they bring."""

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__()
        self._speech, self._audit = speech, audit

    def lines(self, width: int) -> list[Text]:
        texts, audit = self._speech.texts, self._audit
        lines = [self.heading(texts("What to do first"))]
        first = audit.plan[:FIRST]
        dates = [texts("{start} to {end}", start=texts.date(a.start_by), end=texts.date(a.done_by)) for a in first]
        widest = max([0, *map(len, dates)])
        for action, when in zip(first, dates, strict=True):
            lines += self._action(action, when.ljust(widest), width)
        if not first:
            lines.append(Text.assemble((texts("No action is planned."), ink(self, "dim"))))
        return lines

    def _action(self, action: Action, when: str, width: int) -> list[Text]:
        """Its words on the left; its dates, and people once it is done, on the right of the first line."""
        texts, required = self._speech.texts, self._audit.headline.required
        then = texts("then {seats}/{required}", seats=count(texts, action.seats_after), required=required)
        right = Text.assemble((f"  {when}  ", ink(self, "dim")), (f"{then:>12}", ink(self, "success", bold=True)))
        rank = Text.assemble((f"{action.rank:>2} ", ink(self, "accent", bold=True)))
        first, *others = flow(Text(say(texts, action.action)), width - right.cell_len, rank)
        first.pad_right(max(0, width - right.cell_len - first.cell_len))
        return [first.append_text(right), *others]


class Missing(Panel):
    """What nobody could tell, why, and how to lift it."""

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__()
        self._speech, self._audit = speech, audit

    def lines(self, width: int) -> list[Text]:
        texts, missing = self._speech.texts, self._audit.not_measured
        lines = [self.heading(texts("Not measured ({count})", count=len(missing)))]
        for item in missing:
            name = title(texts, item.what) if texts.known(f"{item.what}.title") else texts.name(item.what)
            text = Text.assemble((name, ink(self, "", bold=True)), "  ", (say(texts, item.why), ink(self, "dim")))
            if texts.known(item.how_to_lift.id):
                text.append("  → " + say(texts, item.how_to_lift), style=ink(self, "accent"))
            lines += flow(text, width, Text.assemble(("? ", ink(self, "unknown", bold=True))))
        return lines if missing else [*lines, Text(texts("Everything was measured or declared."))]


class Reasons(Panel):
    """Why the figure carries a mark."""

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__()
        self._speech, self._audit = speech, audit

    def lines(self, width: int) -> list[Text]:
        texts, audit = self._speech.texts, self._audit
        said = [("≈ ", say(texts, reason)) for reason in audit.headline.bound_reasons]
        said += [("! ", f"{texts.name(r.id)}: {texts('overloaded today')}") for r in audit.resources if r.overloaded]
        lines: list[Text] = []
        for sign, words in said:
            lines += flow(Text.assemble((words, ink(self, "dim"))), width, Text.assemble((sign, ink(self, "dim"))))
        return lines


class Dashboard(AuditPage):
    """The first page a reader needs, and for a board the last."""

    PLACE = N_("Dashboard")
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def body(self) -> Iterable[Widget]:
        speech, audit = self.speech, self.audit
        figures: list[Widget] = [ScoreCard(speech, audit)]
        if audit.score.grade:
            figures = [Grade(audit.score.grade), *figures]
        stopped = self.texts("This audit was interrupted: it rests on what was collected until then.")
        yield VerticalScroll(
            *([Words(f"! {stopped}", classes="stopped")] if audit.interrupted else []),
            Container(
                Container(
                    Container(Big(audit.headline), HeadlineWords(speech, audit.headline, audit.resources), id="answer"),
                    Scenarios(speech, audit.headline),
                    id="headline",
                ),
                Container(*figures, id="score"),
                id="top",
                classes="band",
            ),
            Container(Bars(speech, audit), Domains(speech, audit), id="middle", classes="band"),
            Actions(speech, audit),
            Reasons(speech, audit),
            Missing(speech, audit),
            id="board",
        )

    def settle(self) -> None:
        self.set_focus(self.query_one("#board"))

    def action_scroll(self, lines: int) -> None:
        self.query_one("#board").scroll_relative(y=lines, animate=False)
