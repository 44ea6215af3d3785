"""The findings: filtered by domain, verdict and text; each with its meaning, numbers, evidence and remedy."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Input

from auditor.model import Audit, Device, Evidence, Finding, Outcome, Severity, Source
from auditor.screens.decider import Decider
from auditor.screens.flow import flow
from auditor.screens.frame import AuditPage, Panel, Speech
from auditor.screens.ink import ink, safe
from auditor.screens.marks import SIGNS, cost, days, known, owner, say, title, value, verdict
from auditor.screens.rows import GAP, Column, Rows
from auditor.screens.services import Services
from auditor.texts import Texts
from auditor.values import N_

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
    severity: Severity | None = None

    def wants(self, finding: Finding) -> bool:
        """Whether a finding passes, whatever it says."""
        if self.domain and finding.domain != self.domain:
            return False
        if self.outcome and finding.outcome is not self.outcome:
            return False
        return not self.severity or finding.severity is self.severity

    @property
    def words(self) -> list[str]:
        """What was typed, as a `haystack` has it: all of it must stand there."""
        return self.text.casefold().split()


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
        severity = texts(SEVERITIES[chosen.severity.value]) if chosen.severity else texts.context("severity", "all")
        told = texts("severity: {name}", name=severity)
        line.append("  " + told, style=ink(self, "accent" if chosen.severity else "dim"))
        if chosen.text:
            line.append("  " + texts("text: {text}", text=safe(chosen.text)), style=ink(self, "accent"))
        return [line]


class FindingsTable(Rows):
    """One row for each finding; its title takes what the other columns leave, on as many lines as it needs."""

    def __init__(self, speech: Speech) -> None:
        super().__init__("findings")
        self._speech = speech
        self._findings: Sequence[Finding] = ()
        self._titles: dict[str, str] = {}
        self._titled: tuple[Texts, int] | None = None
        self._drawn = 0

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn:
            self.show(self._findings, self.cursor_row)

    def show(self, findings: Sequence[Finding], cursor: int = 0) -> None:
        """These findings; a title is broken once for all findings of its check."""
        texts = self._speech.texts
        self._findings, self._drawn = findings, self.size.width
        keys = [finding.id for finding in findings]
        ids = set(keys)
        heads = [texts("Check"), texts("Verdict"), texts("Severity")]
        widths = [
            max(len(heads[0]), 0, *map(len, ids)),
            max(len(heads[1]), *(cell_len(f"{sign} {texts(word)}") for sign, word, _ in SIGNS.values())),
            max(len(heads[2]), *(cell_len(texts(word)) for word in SEVERITIES.values())),
        ]
        room = title_room(self._drawn, widths)
        if self._titled != (texts, room):
            self._titles, self._titled = {}, (texts, room)
        titles = self._titles
        for id in ids - titles.keys():
            titles[id] = broken(title(texts, id), room)
        columns = [Column(head, width) for head, width in zip(heads, widths, strict=True)]

        def cells(row: int) -> Sequence[Text]:
            finding = findings[row]
            severity = Text(texts(SEVERITIES[finding.severity.value]))
            return (Text(finding.id), verdict(self, texts, finding.outcome), severity, Text(titles[finding.id]))

        heights = [titles[id].count("\n") + 1 for id in keys]
        self.fill([*columns, Column(texts("Title"), room)], keys, heights, cells, cursor)


def broken(words: str, room: int) -> str:
    """The words on lines of so many cells."""
    return words if cell_len(words) <= room else "\n".join(textwrap.wrap(words, room))


def title_room(width: int, widths: Sequence[int]) -> int:
    """The cells left for the title beside the other columns, the gaps, the cursor's mark and the scrollbar."""
    return max(16, width - sum(widths) - GAP * (len(widths) + 1) - 1)


class Detail(Panel):
    """One finding from meaning to remedy."""

    def __init__(self, speech: Speech, audit: Audit) -> None:
        super().__init__()
        self._speech, self._zone = speech, audit.at.tzinfo
        self._answers = Answers(audit.devices)
        self.finding: Finding | None = None

    def lines(self, width: int) -> list[Text]:
        finding = self.finding
        if finding is None:
            return flow(self._dim(self._speech.texts("No finding matches the filter.")), width)
        blocks = [*self._meaning(finding), *self._evidence(finding)]
        lines = [line for block in blocks for line in flow(block, width)]
        lines += self._raw(finding, width)
        return lines + [line for block in self._remedy(finding) for line in flow(block, width)]

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

    def _raw(self, finding: Finding, width: int) -> Iterable[Text]:
        """The very lines of the answers that the finding rests on, as they were kept."""
        texts = self._speech.texts
        told: dict[str, list[Source]] = {}
        for source in finding.evidence:
            if answer := self._answers.of(source):
                told.setdefault(answer.sha256, []).append(source)
        for sources in told.values():
            answer = self._answers.of(sources[0])
            if answer is None:
                continue
            when = texts.datetime(answer.at.astimezone(self._zone))
            yield from flow(self._dim(f"{safe(answer.device)} › {safe(answer.request)} · {when}"), width)
            lines, more = quoted(answer, sources)
            for line in lines:
                yield from flow(Text(safe(line)), width, Text("│ ", style=ink(self, "accent")))
            if more:
                yield self._dim(texts.plural("│ and {count} more line", "│ and {count} more lines", more))

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
        references = [known(texts, f"{finding.id}.reference.{number}") for number in range(1, MOST_REFERENCES + 1)]
        if any(references):
            yield self.heading(texts("References"))
            yield self._dim("; ".join(filter(None, references)))


MANY: Final = 500
"""Findings whose words are made ready in a thread, before anybody types."""
MOST_REFERENCES: Final = 9
QUOTED: Final = 6
MOST_TEXT: Final = 200_000
"""What is searched of an answer: a full configuration is larger than anybody reads on a screen."""


class Answers:
    """The answers of the devices, by what they were asked."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._by_request = {(line.device, line.request): line for device in devices for line in device.evidence}

    def of(self, source: Source) -> Evidence | None:
        """The answer a source was read from: of the same request, or of the table that an OID stands in."""
        request = source.request
        while request:
            if found := self._by_request.get((source.device, request)):
                return found
            head, dot, _ = request.rpartition(".")
            request = head if dot and head.replace(".", "").isdigit() else ""
        return None


def quoted(answer: Evidence, sources: Sequence[Source]) -> tuple[list[str], int]:
    """The lines of an answer that name what was read there, else its first ones; and how many there are besides."""
    lines = [line for line in answer.text[:MOST_TEXT].splitlines() if line.strip()]
    words = {word for source in sources for word in WORD.findall(f"{source.value} {tail(source, answer)}")}
    hits = [line for line in lines if words & set(WORD.findall(line))] or lines
    return hits[:QUOTED], len(lines) - len(hits[:QUOTED])


def tail(source: Source, answer: Evidence) -> str:
    """What an OID has beyond that of its table."""
    return source.request.removeprefix(answer.request).strip(".")


WORD: Final = re.compile(r"[\w.:/-]{2,}")


class Findings(AuditPage):
    """The table and, for the row under the cursor, everything it rests on."""

    PLACE = N_("Findings")
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("slash", "type", N_("Filter"), tooltip=N_("filter by words: id, title, device, request…")),
        Binding("o", "domain", N_("Domain"), tooltip=N_("next domain")),
        Binding("r", "outcome", N_("Verdict"), tooltip=N_("next verdict")),
        Binding("g", "severity", N_("Severity"), tooltip=N_("next severity")),
        Binding("a", "accept", N_("Accept risk"), tooltip=N_("accept the risk until a day, or no longer")),
        Binding("u", "undo", N_("Undo"), tooltip=N_("take back the last decision made here")),
        Binding("escape", "clear", N_("Clear"), tooltip=N_("leave the zoom or the filter")),
    ]

    def __init__(self, speech: Speech, audit: Audit, services: Services) -> None:
        super().__init__(speech, audit, services)
        self._filter = Filter()
        self._shown: list[Finding] = []
        self._words: tuple[Texts, list[Finding], list[str]] | None = None
        self._decider = Decider(self, self._take)
        self._sort()

    def _sort(self) -> None:
        self._all = urgent_first(self.audit.findings)
        self._domains = ("", *dict.fromkeys(finding.domain for finding in self.audit.findings))
        self._outcomes = (None, *(o for o in ORDER if any(f.outcome is o for f in self._all)))
        self._severities = (None, *(s for s in Severity if any(f.severity is s for f in self._all)))

    def renew(self, audit: Audit) -> None:
        super().renew(audit)
        self._sort()

    def _haystacks(self) -> list[str]:
        """What a typed filter is compared with, made once for each language."""
        texts, findings, made = self.texts, self._all, self._words
        if made is None or made[0] is not texts or made[1] is not findings:
            made = self._words = (texts, findings, [haystack(finding, texts) for finding in findings])
        return made[2]

    def _take(self, audit: Audit) -> None:
        self.audit = audit
        self._sort()
        if self.is_attached:
            self._apply()

    def body(self) -> Iterable[Widget]:
        words = Input(placeholder=self.texts("words to look for; Enter or Esc to go back to the list"), id="words")
        words.display = False
        yield Chosen(self.speech)
        yield words
        yield Container(
            FindingsTable(self.speech),
            VerticalScroll(Detail(self.speech, self.audit), id="detail"),
            id="split",
            classes="split",
        )

    def settle(self) -> None:
        self.set_focus(self.query_one(FindingsTable))
        self._apply()
        if len(self._all) > MANY:
            self.run_worker(self._haystacks, thread=True, group="words")

    def _apply(self) -> None:
        """Show what the filter lets through; the cursor stays on its finding while it is there."""
        table = self.query_one(FindingsTable)
        under = self.query_one(Detail).finding
        self._shown = self._found()
        chosen = self.query_one(Chosen)
        chosen.filter, chosen.shown, chosen.all = self._filter, len(self._shown), len(self.audit.findings)
        chosen.refresh(layout=True)
        row = next((at for at, found in enumerate(self._shown) if under is not None and found.id == under.id), 0)
        table.show(self._shown, row)
        self._detail(row)
        self.refresh_bindings()

    def _found(self) -> list[Finding]:
        """What the filter lets through: word after word, so that ten thousand findings keep up with the typing."""
        places = [at for at, finding in enumerate(self._all) if self._filter.wants(finding)]
        for word in self._filter.words:
            haystacks = self._haystacks()
            places = [at for at in places if word in haystacks[at]]
        return [self._all[at] for at in places]

    def _detail(self, row: int) -> None:
        detail = self.query_one(Detail)
        detail.finding = self._shown[row] if 0 <= row < len(self._shown) else None
        detail.refresh(layout=True)
        self.query_one("#detail").scroll_home(animate=False)
        self.refresh_bindings()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        self._detail(event.row)

    def on_rows_selected(self, event: Rows.Selected) -> None:
        self.action_zoom()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._filter = replace(self._filter, text=event.value)
        self._apply()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._close_words()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "clear":
            return self.is_mounted and (self._zoomed or self._typing or self._filter != Filter())
        if action == "accept":
            finding = self._finding
            return not self._typing and finding is not None and finding.outcome in (Outcome.FAIL, Outcome.WARN)
        if action == "undo":
            return not self._typing and self._decider.desk.undoable
        if action in ("domain", "outcome", "severity", "type"):
            return not self._typing
        return True

    @property
    def _finding(self) -> Finding | None:
        """The finding under the cursor."""
        return self.query_one(Detail).finding if self.is_mounted else None

    @property
    def _typing(self) -> bool:
        return isinstance(self.focused, Input)

    @property
    def _zoomed(self) -> bool:
        return self.query_one("#split").has_class("zoomed")

    def _close_words(self) -> None:
        self.query_one("#words").display = False
        self.set_focus(self.query_one(FindingsTable))

    def action_type(self) -> None:
        words = self.query_one("#words", Input)
        words.display = True
        words.value = self._filter.text
        self.set_focus(words)  # at once: what is typed behind the key belongs to the field

    def action_domain(self) -> None:
        place = self._domains.index(self._filter.domain)
        self._filter = replace(self._filter, domain=self._domains[(place + 1) % len(self._domains)])
        self._apply()

    def action_outcome(self) -> None:
        place = self._outcomes.index(self._filter.outcome)
        self._filter = replace(self._filter, outcome=self._outcomes[(place + 1) % len(self._outcomes)])
        self._apply()

    def action_severity(self) -> None:
        place = self._severities.index(self._filter.severity)
        self._filter = replace(self._filter, severity=self._severities[(place + 1) % len(self._severities)])
        self._apply()

    def action_accept(self) -> None:
        if finding := self._finding:
            self._decider.accept(finding.id)

    def action_undo(self) -> None:
        self._decider.decide(self._decider.desk.undo)

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
