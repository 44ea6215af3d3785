"""The sections of the report, each a function from an audit to what stands on its pages; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from auditor.model import Audit, DomainScore, Finding, Outcome, Resource
from auditor.reports import annex, charts, phrases, sent
from auditor.reports import schedule_pages as planning
from auditor.reports.comparison_pages import before_after
from auditor.reports.edition import Edition
from auditor.reports.front import front
from auditor.reports.glossary import glossary
from auditor.reports.styles import (
    ALERT,
    FONT,
    MAIN,
    STYLES,
    WIDTH,
    Anchor,
    Cell,
    Title,
    bullets,
    cards,
    cell,
    fresh_page,
    fresh_part,
    grid,
    links,
    marked,
    para,
    safe,
)
from auditor.reports.summary import executive, marks
from auditor.texts import Texts
from auditor.values import Absent

Section: TypeAlias = Callable[[Audit, Texts, Edition], list[Flowable]]
LOSSES: Final = 10


# ---- capacity ----


def capacity(audit: Audit, texts: Texts) -> list[Flowable]:
    """What each resource carries, where each figure comes from, and what brings the site up step by step."""
    rows = [_resource(row, texts) for row in charts.whole(audit)]
    header = [texts("Resource"), texts("people"), texts("beyond"), texts("origin"), texts("how")]
    notes = bullets([texts.say(reason) for reason in audit.headline.bound_reasons], STYLES.small)
    return [
        *fresh_page(),
        Title(_capacity_title(audit, texts), "capacity"),
        charts.bars(audit, texts, WIDTH),
        charts.legend(audit, texts, WIDTH),
        para(marks(texts), STYLES.small),
        Spacer(0, 6),
        grid(header, rows, [27, 12, 12, 10, 39], right=(1,)),
        *notes,
        *_sensitivity(audit, texts),
        *_parts(audit, texts),
        *planning.degraded(audit, texts),
        KeepTogether(_steps(audit, texts)),
    ]


def _resource(row: Resource, texts: Texts) -> list[Cell]:
    refuses = row.beyond.value == "refuses"
    id = f"how.{row.id.partition('/')[0]}"
    how = texts.say(row.reason) if row.reason else texts.words(id) if texts.known(id) else ""
    return [
        texts.name(row.id),
        phrases.count(texts, row.seats),
        texts.context("beyond", "refuses") if refuses else texts.context("beyond", "slows down"),
        texts.name(row.origin.value),
        how,
    ]


def _capacity_title(audit: Audit, texts: Texts) -> str:
    """The message of the page: how many resources fall short."""
    rows = charts.whole(audit)
    short = sum(1 for row in rows if not isinstance(row.seats, Absent) and row.seats < audit.headline.required)
    dark = sum(1 for row in rows if isinstance(row.seats, Absent))
    if dark == len(rows):
        return texts("What each resource carries is not known")
    if dark:
        return texts(
            "{short} of {count} resources carry fewer than the {required} people needed, {dark} are not known",
            short=short, count=len(rows), required=audit.headline.required, dark=dark,
        )  # fmt: skip
    if not short:
        return texts("Every resource carries the {required} people needed", required=audit.headline.required)
    return texts(
        "{short} of {count} resources carry fewer than the {required} people needed",
        short=short, count=len(rows), required=audit.headline.required,
    )  # fmt: skip


def _sensitivity(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    """The headline under other conditions."""
    head = audit.headline
    told = [
        (texts("each person draws 1.5 times more"), head.low),
        (texts("each person draws 1.5 times less"), head.high),
        (texts("telephony left out"), head.seats_data_only),
        (texts("largest component failed"), head.seats_after_largest_failure),
    ]
    if isinstance(head.seats, Absent):
        return
    yield para(texts("How far the figure moves"), STYLES.head)
    yield cards([
        [para(phrases.count(texts, seats), STYLES.card), cell(words, STYLES.small)] for words, seats in told
    ])  # fmt: skip
    if not isinstance(head.voice_peak, Absent) and head.voice_peak.calls:
        yield para(texts.say(head.voice_peak.message), STYLES.small)


def _parts(audit: Audit, texts: Texts) -> Iterator[Flowable]:
    """Each link or gateway of a total, where there are several."""
    rows: list[list[Cell]] = [_resource(row, texts) for row in audit.resources if "/" in row.id]
    if rows:
        header = [texts("part of a total"), texts("people"), texts("beyond"), texts("origin"), texts("how")]
        yield para(texts("Each link and gateway by itself"), STYLES.head)
        yield grid(header, rows, [27, 12, 12, 10, 39], right=(1,))


def _steps(audit: Audit, texts: Texts) -> list[Flowable]:
    """The staircase and, below it, what each step is."""
    rows: list[list[Cell]] = [
        [
            str(number),
            texts.say(step.action),
            texts.number(step.seats),
            texts("{resources:name}", resources=step.binding) if step.seats < audit.headline.required else "–",
            phrases.span(step.lead_days, texts),
            str(step.cost),
        ]
        for number, step in enumerate(audit.waterfall, 1)
    ]
    if not rows:
        return []  # page one says so
    head = para(texts("Steps in technical order, not a calendar: each cures what binds then"), STYLES.head)
    header = ["", texts("action"), texts("people"), texts("binds next"), texts("lead time"), texts("cost class")]
    return [
        head,
        charts.steps(audit, texts, WIDTH, 110),
        Spacer(0, 4),
        grid(header, rows, [4, 43, 12, 20, 11, 10], right=(2,)),
        para(_cost_classes(texts), STYLES.small),
    ]


def _cost_classes(texts: Texts) -> str:
    return texts("Cost classes, first year: 0 none; 1 under 1 k€; 2 from 1 to 10 k€; 3 from 10 to 50 k€; 4 over 50 k€.")


# ---- findings ----


def findings(audit: Audit, texts: Texts) -> list[Flowable]:
    """By domain: its score, then a block for each check that failed or warned."""
    ranks = {id: action.rank for action in reversed(audit.plan) for id in action.closes}
    ids = phrases.evidence_ids(audit)
    story: list[Flowable] = [*fresh_page(), Title(_findings_title(audit, texts), "findings")]
    outside = [f for f in audit.findings if not f.weight and f.outcome in (Outcome.FAIL, Outcome.WARN)]
    if outside:
        story.append(para(texts("Outside the score"), STYLES.head))
        story += [_block(audit, finding, ranks, ids, texts) for finding in outside]
    for domain in audit.score.domains:
        story += _domain(audit, domain, ranks, ids, texts)
    return story + _losses(audit, texts)


def _findings_title(audit: Audit, texts: Texts) -> str:
    known = {finding.outcome for finding in audit.findings} - {Outcome.NOT_MEASURED, Outcome.NOT_APPLICABLE}
    if not known:
        return texts("No check could be judged")
    failed = sum(1 for finding in audit.findings if finding.outcome is Outcome.FAIL)
    warned = sum(1 for finding in audit.findings if finding.outcome is Outcome.WARN)
    more = texts.plural("{count} is to improve", "{count} are to improve", warned)
    return texts.plural("{count} check failed, {more}", "{count} checks failed, {more}", failed, more=more)


def _domain(
    audit: Audit, domain: DomainScore, ranks: dict[str, int], ids: Mapping[tuple[str, str], str], texts: Texts
) -> list[Flowable]:
    line = texts(
        "proven {proven}, possible {possible}, coverage {coverage:percent}",
        proven=texts.number(domain.proven),
        possible=texts.number(domain.possible),
        coverage=domain.coverage,
    )
    head: list[Flowable] = [
        para(texts.name(domain.id), STYLES.head),
        charts.gauge(float(domain.proven), float(domain.possible), WIDTH * 0.5),
        para(line, STYLES.small),
        Spacer(0, 4),
    ]
    order = {Outcome.FAIL: 0, Outcome.WARN: 1}
    bad = [f for f in audit.findings if f.domain == domain.id and f.outcome in order and f.weight]
    bad.sort(key=lambda finding: (order[finding.outcome], -finding.weight, finding.id))
    blocks = [_block(audit, finding, ranks, ids, texts) for finding in bad]
    if not blocks:
        words = texts("Nothing failed here.") if domain.coverage else texts("Nothing was measured here.")
        return [KeepTogether([*head, para(words)])]
    return [KeepTogether([*head, blocks[0]]), *blocks[1:]]


def _block(
    audit: Audit, finding: Finding, ranks: dict[str, int], ids: Mapping[tuple[str, str], str], texts: Texts
) -> Flowable:
    """One finding: what, how bad, what was found, why it matters, what to do, what it rests on."""
    name = phrases.title(finding.id, texts)
    result = f"{phrases.verdict(finding.outcome, texts)}, {phrases.severity(finding, texts)}"
    head = " · ".join(part for part in (finding.id, name) if part)
    parts: list[Flowable] = [
        Anchor(f"finding-{finding.id}"),
        marked(f"<b>{safe(head)}</b> — {safe(result)}", STYLES.body),
        para(texts.say(finding.message)),
    ]
    if texts.known(f"{finding.id}.why"):
        parts.append(para(texts.words(f"{finding.id}.why"), STYLES.small))
    if texts.known(f"{finding.id}.action"):
        parts.append(marked(_remedy(finding, ranks, texts)))
    if finding.accepted:
        parts.append(para(texts("Risk accepted: {why}", why=texts.say(finding.accepted))))
    parts += [
        marked(_proof(line, rests_on, ids), STYLES.small) for line, rests_on in phrases.proofs(audit, finding, texts)
    ]
    failed = finding.outcome is Outcome.FAIL
    style = TableStyle(
        [
            FONT,
            ("LINEBEFORE", (0, 0), (0, -1), 2.4 if failed else 1, ALERT if failed else MAIN),
            ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return Table([[parts]], [WIDTH], style=style, spaceAfter=7)


def _proof(line: str, rests_on: list[tuple[str, str]], ids: Mapping[tuple[str, str], str]) -> str:
    """A line of evidence, with links to the answers it tells."""
    told = [ids[place] for place in rests_on[: phrases.MOST_REQUESTS] if place in ids]
    return f"{safe(line)} [{links(told, told, '')}]" if told else safe(line)


def _remedy(finding: Finding, ranks: dict[str, int], texts: Texts) -> str:
    """What to do, with a link to its line of the plan."""
    words = safe(texts("To do: {action}.", action=texts.words(f"{finding.id}.action").rstrip(".")))
    if finding.id not in ranks:
        return words
    rank = ranks[finding.id]
    link = safe(texts("action {rank} of the plan", rank=rank))
    return f'{words} <a href="#action-{rank}" color="#1f4e79">({link})</a>'


def _losses(audit: Audit, texts: Texts) -> list[Flowable]:
    """The checks that cost most points of the score."""
    rows: list[list[Cell]] = [
        [id, phrases.title(id, texts), texts.number(points, 1)] for id, points in audit.score.losses[:LOSSES] if points
    ]
    if not rows:
        return []
    head = para(texts("What costs most points of the score"), STYLES.head)
    header = [texts("check"), texts("title"), texts("points lost")]
    return [KeepTogether([head, grid(header, rows, [12, 73, 15], right=(2,))])]


# ---- honesty ----


def not_measured(audit: Audit, texts: Texts) -> list[Flowable]:
    """What nobody could tell, why, and how to lift it."""
    refused = {finding.id for finding in audit.findings if finding.refused}
    rows: list[list[Cell]] = [
        [_what(row.what, texts), _why(texts.say(row.why), row.what in refused, texts), texts.say(row.how_to_lift)]
        for row in audit.not_measured
    ]
    title = texts.plural(
        "{count} point could not be measured, and how to lift it",
        "{count} points could not be measured, and how to lift them",
        len(rows),
    )
    if not rows:
        return [*fresh_part(), Title(texts("Nothing was left unmeasured"), "gaps"),
                para(texts("No check and no resource was left unmeasured."))]  # fmt: skip
    header = [texts("what"), texts("why"), texts("how to lift it")]
    return [*fresh_page(), Title(title, "gaps"), grid(header, rows, [28, 36, 36])]


def _why(reason: str, refused: bool, texts: Texts) -> str:
    """The reason; a refused access is named, for it is capped as a failure (domain model, 3.2)."""
    return texts("{why} Access was refused.", why=reason) if refused else reason


def _what(id: str, texts: Texts) -> str:
    name = phrases.title(id, texts)
    return f"{id} · {name}" if name else texts.name(id)


def _alone(section: Callable[[Audit, Texts], list[Flowable]]) -> Section:
    """A section that needs the audit alone, whatever the edition."""
    return lambda audit, texts, edition: section(audit, texts)


SECTIONS: Final[tuple[Section, ...]] = (
    executive, front, *map(_alone, (capacity, planning.plan, planning.calendar, findings, not_measured)), before_after,
    *map(_alone, (annex.decisions, annex.assumptions, annex.devices, annex.evidence, sent.transcript, annex.checks)),
    lambda audit, texts, edition: glossary(texts),
)  # fmt: skip
