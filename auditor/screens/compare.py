"""Before and after: two audits of the site side by side, why the score moved, what became of checks and promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.widget import Widget

from auditor.model import Audit, Finding
from auditor.screens.choose import Choose
from auditor.screens.dial import label, written
from auditor.screens.flow import flow
from auditor.screens.frame import AuditPage, Panel, Speech, Words
from auditor.screens.ink import ink, safe
from auditor.screens.marks import SIGNS, count, fit, say, share_bar, title
from auditor.screens.services import Services
from auditor.screens.study import Compared, KnownAudit, Refused
from auditor.texts import Texts
from auditor.values import ABSENT, N_, Absent

KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    # what became of a check: sign, words, ink
    "regressed": ("▼", N_("Got worse"), "error"),
    "lost": ("?", N_("No longer measured"), "unknown"),
    "fixed": ("✓", N_("Fixed"), "success"),
    "improved": ("▲", N_("Improved"), "success"),
    "new": ("+", N_("Newly measured"), "accent"),
    "revised": ("~", N_("Measured by another rule, not comparable"), "dim"),
}
PARTS: Final[Mapping[str, str]] = {
    "remediation": N_("what was fixed or got worse"),
    "coverage": N_("what is newly measured, or no longer"),
    "catalogue": N_("what the catalogue added, removed or revised"),
    "scope": N_("what applies, and which devices are looked at"),
}
THIN: Final = 60
BAR: Final = 8


class Side(Panel):
    """A panel about one comparison; nothing until it is made."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self.found: Compared | None = None

    def lines(self, width: int) -> list[Text]:
        return [] if self.found is None else list(self.told(self.found, width))

    def told(self, found: Compared, width: int) -> Iterable[Text]:
        raise NotImplementedError

    def dim(self, words: str) -> Text:
        return Text.assemble((words, ink(self, "dim")))


class Heads(Side):
    """The two audits side by side: people, what binds, score, coverage, every resource, every domain."""

    def told(self, found: Compared, width: int) -> Iterable[Text]:
        texts, pair = self._speech.texts, (found.before, found.after)
        rows: list[tuple[str, Sequence[str], str]] = [
            ("", [texts("Before"), texts("After")], ""),
            ("", [texts.datetime(audit.at) for audit in pair], ""),
            (texts("People at the same time"), [_people(texts, audit) for audit in pair], _moved(*_seats(pair))),
            (texts("What binds"), [_binding(texts, audit) for audit in pair], ""),
            (texts("Readiness"), [_score(texts, audit) for audit in pair], _moved(*(a.score.value for a in pair))),
            (texts("proven"), [texts.number(a.score.proven, 1) for a in pair], _moved(*(a.score.proven for a in pair))),
            (texts("coverage"), [texts.percent(a.score.coverage) for a in pair], ""),
            (texts("confidence"), [texts.percent(a.score.confidence) for a in pair], ""),
        ]
        yield from self._table(rows, width, bold=3)
        yield Text()
        yield self.heading(texts("People carried by each resource"))
        yield from self._table(list(_resources(texts, found)), width)
        yield Text()
        yield self.heading(texts("Readiness by domain"))
        yield from self._table(list(_domains(texts, found)), width)

    def _table(self, rows: Sequence[tuple[str, Sequence[str], str]], width: int, bold: int = 0) -> Iterable[Text]:
        """A name, the two values, and the way it went; long values go on below."""
        names = min(max([8, *(cell_len(name) for name, _, _ in rows)]), width * 2 // 5)
        room = max(8, (width - names - 4) // 2)
        for place, (name, values, way) in enumerate(rows):
            cells = [flow(Text(value), room) for value in values]
            front = flow(Text(name), names)
            for line in range(max(len(front), *map(len, cells))):
                yield self._line(front, cells, line, names, room, way, strong=place < bold)

    def _line(
        self,
        front: Sequence[Text],
        cells: Sequence[Sequence[Text]],
        line: int,
        names: int,
        room: int,
        way: str,
        *,
        strong: bool,
    ) -> Text:
        told = Text(fit(front[line].plain if line < len(front) else "", names), style=ink(self, "dim"), no_wrap=True)
        sign = way if line == 0 else ""
        for place, cell in enumerate(cells):
            if place:
                told.append(f" {sign or ' '} ", style=ink(self, WAYS.get(sign, ""), bold=True))
            else:
                told.append(" ")
            told.append(fit(cell[line].plain if line < len(cell) else "", room), style=ink(self, "", bold=strong))
        return told


WAYS: Final = {"▲": "success", "▼": "error", "=": "dim"}


def _seats(pair: Sequence[Audit]) -> list[int | Absent]:
    return [audit.headline.seats for audit in pair]


def _moved(before: int | Fraction | Absent, after: int | Fraction | Absent) -> str:
    """The way a figure went, by a sign; nothing where one of them is not known."""
    if isinstance(before, Absent) or isinstance(after, Absent):
        return ""
    return "=" if before == after else "▲" if after > before else "▼"


def _people(texts: Texts, audit: Audit) -> str:
    head = audit.headline
    told = texts("{seats} of {required}", seats=count(texts, head.seats), required=head.required)
    if isinstance(head.low, Absent) or isinstance(head.high, Absent):
        return told
    return f"{told} ({texts('range {low} to {high}', low=head.low, high=head.high)})"


def _binding(texts: Texts, audit: Audit) -> str:
    return texts.list([safe(texts.name(id)) for id in audit.headline.binding]) or "–"


def _score(texts: Texts, audit: Audit) -> str:
    value = audit.score.value
    return texts("not rated") if isinstance(value, Absent) else f"{texts.number(value)}/100 ({audit.score.grade})"


def _resources(texts: Texts, found: Compared) -> Iterable[tuple[str, Sequence[str], str]]:
    old, new = ({r.id: r.seats for r in audit.resources if "/" not in r.id} for audit in (found.before, found.after))
    for id in dict.fromkeys((*new, *old)):
        was, now = old.get(id, ABSENT), new.get(id, ABSENT)
        yield safe(texts.name(id)), [count(texts, was), count(texts, now)], _moved(was, now)


def _domains(texts: Texts, found: Compared) -> Iterable[tuple[str, Sequence[str], str]]:
    old, new = ({one.id: one for one in audit.score.domains} for audit in (found.before, found.after))
    for id in dict.fromkeys((*new, *old)):
        values, proven = [], []
        for side in (old, new):
            one = side.get(id)
            drawn = share_bar(one.proven, one.possible, BAR) + f" {texts.number(one.proven)}" if one else "–"
            values.append(drawn)
            proven.append(one.proven if one else ABSENT)
        yield safe(texts.name(id)), values, _moved(*proven)


class Why(Side):
    """Why the proven score moved, like for like, and what was announced."""

    def told(self, found: Compared, width: int) -> Iterable[Text]:
        texts = self._speech.texts
        yield self.heading(texts("Why the proven score moved"))
        for name, points in found.parts:
            front = Text(f"{signed(texts, points):>7} ", style=ink(self, _ink(points), bold=True))
            yield from flow(Text(texts(PARTS[name])), width, front)
        alike = texts(
            "Like for like: {before} then {after}, on {checks} checks that both measured ({share:percent} of the"
            " weight)",
            before=texts.number(found.alike[0], 1),
            after=texts.number(found.alike[1], 1),
            checks=found.alike_checks,
            share=found.alike_share,
        )
        yield from flow(self.dim(alike), width)
        if found.alike_share < THIN:
            thin = texts("Less than 60% of the weight is common to both: these two figures say little.")
            yield from flow(Text.assemble((f"! {thin}", ink(self, "warning"))), width)
        yield from self._people(found, width)

    def _people(self, found: Compared, width: int) -> Iterable[Text]:
        texts = self._speech.texts
        if found.same_profile != found.after.headline.seats:
            same = texts(
                "With the people and the demand of the earlier audit: {count}", count=count(texts, found.same_profile)
            )
            yield from flow(Text(same), width)
        told = texts("Announced by the earlier plan for that day: {count}", count=count(texts, found.promised))
        yield from flow(Text(told), width)


def signed(texts: Texts, points: Fraction) -> str:
    """Points with their sign."""
    return f"−{texts.number(-points, 1)}" if points < 0 else f"+{texts.number(points, 1)}"


def _ink(points: Fraction) -> str:
    return "error" if points < 0 else "success" if points > 0 else "dim"


class Checks(Side):
    """Each check that changed, by what became of it."""

    def told(self, found: Compared, width: int) -> Iterable[Text]:
        texts = self._speech.texts
        old, new = ({f.id: f for f in audit.findings} for audit in (found.before, found.after))
        for kind, (sign, words, colour) in KINDS.items():
            ids = [id for one, id in found.checks if one == kind]
            if ids:
                yield self.heading(f"{texts(words)} ({texts.number(len(ids))})")
            for id in ids:
                front = Text(f"{sign} ", style=ink(self, colour, bold=True))
                text = Text.assemble((f"{id} ", ink(self, "", bold=True)), title(texts, id))
                text.append(f"  {self._verdicts(old.get(id), new.get(id))}", style=ink(self, "dim"))
                yield from flow(text, width, front)
        if not found.checks:
            yield self.heading(texts("Checks"))
            yield self.dim(texts("No check changed."))

    def _verdicts(self, before: Finding | None, after: Finding | None) -> str:
        texts = self._speech.texts
        return " → ".join(texts(SIGNS[one.outcome][1]) if one else "–" for one in (before, after))


class Rest(Side):
    """Devices that came and went, the promises of the earlier plan, inputs that were told otherwise."""

    def told(self, found: Compared, width: int) -> Iterable[Text]:
        yield from self._devices(found, width)
        yield from self._promises(found, width)
        yield from self._inputs(found, width)

    def _devices(self, found: Compared, width: int) -> Iterable[Text]:
        texts = self._speech.texts
        if found.devices:
            yield self.heading(texts("Devices"))
        for fate, before, after in found.devices:
            old, new = safe(before), safe(after)
            told = {
                "added": texts("{device} is new", device=new),
                "gone": texts("{device} is gone", device=old),
                "replaced": texts("{device} was replaced by another unit ({after})", device=old, after=new),
                "renamed": texts("{device} is now called {after}", device=old, after=new),
            }[fate]
            yield from flow(Text(told), width, Text("• "))

    def _promises(self, found: Compared, width: int) -> Iterable[Text]:
        texts, today = self._speech.texts, found.after.at.date()
        if not found.promises:
            return
        done = sum(state == "done" for _, state in found.promises)
        yield self.heading(
            texts("Actions of the earlier plan: {done} of {all} done", done=done, all=len(found.promises))
        )
        for action, state in found.promises:
            late = state == "open" and action.done_by <= today
            sign, colour = ("✓", "success") if state == "done" else ("!", "error") if late else ("○", "dim")
            words = Text(say(texts, action.action))
            if late:
                due = texts("due on {day:date}", day=action.done_by)
                words.append(f"  {due}", style=ink(self, "error", bold=True))
            yield from flow(words, width, Text(f"{sign} ", style=ink(self, colour, bold=True)))

    def _inputs(self, found: Compared, width: int) -> Iterable[Text]:
        texts = self._speech.texts
        if found.inputs:
            yield self.heading(texts("Inputs that changed"))
        for row in found.inputs:
            was, now = (safe(written(texts, value, row.unit)) for value in (row.before, row.after))
            text = Text.assemble((f"{was} → {now}  ", ink(self, "accent", bold=True)), safe(label(texts, row.name)))
            yield from flow(text.append(f"  {safe(row.name)}", style=ink(self, "dim")), width)


class Compare(AuditPage):
    """The audit on the screen and an earlier one of its site; both can be chosen."""

    PLACE = N_("Compare")
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("b", "choose('before')", N_("Before"), tooltip=N_("choose the earlier audit")),
        Binding("n", "choose('after')", N_("After"), tooltip=N_("choose the later audit")),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, speech: Speech, audit: Audit, services: Services) -> None:
        super().__init__(speech, audit, services)
        self._desk = services.study.comparisons(audit)
        self._audits: Sequence[KnownAudit] = ()
        self._pair = ("", "")
        self._found: Compared | None = None
        self._note = ""

    def body(self) -> Iterable[Widget]:
        yield VerticalScroll(
            Words(self._note, id="note", classes="line"),
            Container(
                Container(Heads(self.speech), classes="side"),
                Container(Why(self.speech), Checks(self.speech), Rest(self.speech), classes="side"),
                id="both",
                classes="band",
            ),
            id="board",
        )

    def settle(self) -> None:
        self.set_focus(self.query_one("#board"))
        if self._found is None:
            self._look()
        else:
            self._show()

    # ---- from the history, in a thread ----

    def _look(self) -> None:
        self._tell(self.texts("Looking for the audits of this site…"))
        self.run_worker(self._find, thread=True, exclusive=True, group="compare")

    def _find(self) -> None:
        audits = self._desk.audits()
        self.app.call_from_thread(self._known, audits)

    def _known(self, audits: Sequence[KnownAudit]) -> None:
        """The pair to begin with: the audit on the screen and the one before it, else the one after it."""
        self._audits = audits
        ids = [audit.id for audit in audits]
        if len(ids) < 2 or self.audit.id not in ids:
            self._tell(self.texts("Only one audit of this site is saved: audit it again, then compare."))
            self.refresh_bindings()
            return
        at = ids.index(self.audit.id)
        self._compare(*((ids[at + 1], ids[at]) if at + 1 < len(ids) else (ids[at], ids[at - 1])))

    def _compare(self, before: str, after: str) -> None:
        self._pair = (before, after)
        self.run_worker(self._between, thread=True, exclusive=True, group="compare")

    def _between(self) -> None:
        try:
            found = self._desk.between(*self._pair)
        except Refused as refused:
            self.app.call_from_thread(self._tell, say(self.texts, refused.message))
        else:
            self.app.call_from_thread(self._made, found)

    # ---- on the screen ----

    def _made(self, found: Compared) -> None:
        self._found, self._note = found, ""
        if self.is_attached:
            self._show()

    def _tell(self, note: str) -> None:
        self._note = note
        if self.is_attached:
            self.query_one("#note", Words).update(note)
            self.query_one("#both").display = self._found is not None  # no empty frames below a sentence

    def _show(self) -> None:
        self.query_one("#note", Words).update(self._note)
        self.query_one("#both").display = True
        for side in self.query(Side):
            side.found = self._found
            side.refresh(layout=True)
        self.refresh_bindings()

    def renew(self, audit: Audit) -> None:
        """What was decided may concern one of the two: they are compared again."""
        super().renew(audit)
        self._found = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return len(self._audits) > 1 if action == "choose" else True

    def action_choose(self, side: str) -> None:
        texts, (before, after) = self.texts, self._pair
        words = texts("The earlier audit") if side == "before" else texts("The later audit")
        rows = [(audit.id, self._row(audit)) for audit in self._audits]

        def chosen(id: str | None) -> None:
            if id:
                self._compare(id if side == "before" else before, id if side == "after" else after)

        self.app.push_screen(Choose(self.speech, words, rows, given=before if side == "before" else after), chosen)

    def _row(self, audit: KnownAudit) -> str:
        texts = self.texts
        people = texts("{seats} of {required}", seats=count(texts, audit.seats), required=count(texts, audit.required))
        score = "–" if isinstance(audit.score, Absent) else f"{texts.number(audit.score)}/100 {audit.grade}"
        return f"{texts.datetime(audit.at)}  {people}  {score}"

    def action_scroll(self, lines: int) -> None:
        self.query_one("#board").scroll_relative(y=lines, animate=False)
