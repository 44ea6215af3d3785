"""`auditor compare`: what two audits of a site say about the time between them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import UNDER, brand_option, cli, formats_of, language_option, plain_faults, words

if TYPE_CHECKING:
    from auditor.compare import Change, Comparison
    from auditor.texts import Texts
    from auditor.values import Absent


@cli.command()
@click.argument("before")
@click.argument("after")
@click.option("--site", default="", help="With `latest`: of this site.")
@click.option("--fail-on", type=click.Choice(["regression"]), help="Exit 1 when a check got worse.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@click.option("--format", "formats", default="", help="Write the report of AFTER with what changed: pdf, html, …")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="With --format: its folder (new).")
@brand_option
@language_option
@plain_faults
def compare(before: str, after: str, site: str, fail_on: str | None, as_json: bool, **options: Any) -> None:
    """Say what changed between two audits of a site: ids of the history, `latest`, or audit JSON files."""
    from auditor import desk
    from auditor.compare import between
    from auditor.reports.comparison import comparison_json

    found = between(desk.load(before, site), desk.load(after, site))
    say = words(options["language"])
    if wanted := formats_of(options["formats"]):
        brand = desk.branded(options["brand_file"])
        paths = desk.report_compared(before, after, wanted, options["out"], site, options["language"], brand)
        click.echo("\n".join(map(str, paths)))
    elif as_json:
        click.echo(json.dumps(comparison_json(found, say), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(comparison_lines(found, say)))
    if fail_on and found.of("regressed"):
        raise SystemExit(UNDER)


# ---- in lines ----


def comparison_lines(found: Comparison, t: Texts) -> Iterator[str]:
    """Before and after for a terminal: people, score and why it moved, checks, devices, promises, inputs."""
    yield t("{before:date} to {after:date}", before=found.before_at.date(), after=found.after_at.date())
    yield from _people(found, t)
    yield from _score(found, t)
    for kind, title in _kinds(t):
        changes = found.of(kind)
        if changes:
            yield from ("", f"{title} ({len(changes)})")
            yield from (_line(change, t) for change in changes)
    yield from _devices(found, t)
    yield from _promises(found, t)
    yield from _inputs(found, t)
    if found.accepted:
        yield from ("", t("Accepted risks, still open: {checks}", checks=", ".join(f.id for f in found.accepted)))
    if found.empty:
        yield from ("", t("Nothing about the site changed between the two."))


def _count(value: int | Absent, t: Texts) -> str:
    from auditor.reports.phrases import count

    return count(t, value)


def _people(found: Comparison, t: Texts) -> Iterator[str]:
    seats = found.seats
    yield t(
        "People at the same time: {before} of {needed}, then {after} of {now}",
        before=_count(seats.before, t), needed=seats.required_before,
        after=_count(seats.after, t), now=seats.required_after,
    )  # fmt: skip
    if seats.same_profile != seats.after:
        yield t("With the people and the demand of the earlier audit: {count}", count=_count(seats.same_profile, t))
    yield t("Announced by the earlier plan for that day: {count}", count=_count(found.promised_seats, t))


def _score(found: Comparison, t: Texts) -> Iterator[str]:
    from auditor.commands.planning import signed

    alike, parts = found.like_for_like, found.decomposition
    yield t(
        "Like for like: {before} then {after}, on {checks} checks that both measured ({share:percent} of the weight)",
        before=t.number(alike.before, 1), after=t.number(alike.after, 1), checks=alike.checks, share=alike.share,
    )  # fmt: skip
    if alike.thin:
        yield t("Less than 60% of the weight is common to both: these two figures say little.")
    yield t("Proven score: {before} then {after}", before=t.number(parts.before, 1), after=t.number(parts.after, 1))
    for title, value in (
        (t("what was fixed or got worse"), parts.remediation),
        (t("what is newly measured, or no longer"), parts.coverage),
        (t("what the catalogue added, removed or revised"), parts.catalogue),
        (t("what applies, and which devices are looked at"), parts.scope),
    ):
        yield f"  {signed(value, t, 1):>6}  {title}"


def _kinds(t: Texts) -> Iterable[tuple[Any, str]]:
    return (
        ("fixed", t("Fixed")),
        ("improved", t("Improved")),
        ("regressed", t("Got worse")),
        ("new", t("Newly measured")),
        ("lost", t("No longer measured")),
        ("revised", t("Measured by another rule, not comparable")),
    )


def _line(change: Change, t: Texts) -> str:
    from auditor.reports.comparison import message

    text = message(change)
    return f"  {change.id}  {t.words(f'{change.id}.title')}" + (f": {t.say(text)}" if text is not None else "")


def _devices(found: Comparison, t: Texts) -> Iterator[str]:
    said = {
        "added": lambda row: t("{device} is new", device=row.after),
        "gone": lambda row: t("{device} is gone", device=row.before),
        "replaced": lambda row: t(
            "{device} was replaced by another unit ({after})", device=row.before, after=row.after
        ),
        "renamed": lambda row: t("{device} is now called {after}", device=row.before, after=row.after),
    }
    if found.devices:
        yield from ("", t("Devices"))
        yield from (f"  {said[row.fate](row)}" for row in found.devices)


def _promises(found: Comparison, t: Texts) -> Iterator[str]:
    if not found.promises:
        return
    done = [one for one in found.promises if one.state == "done"]
    late = [one for one in found.promises if one.state == "open" and one.action.done_by <= found.after_at.date()]
    yield from ("", t("Actions of the earlier plan: {done} of {all} done", done=len(done), all=len(found.promises)))
    for one in late:
        yield "  " + t(
            "due on {day:date} and not done: {action}", day=one.action.done_by, action=t.say(one.action.action)
        )


def _inputs(found: Comparison, t: Texts) -> Iterator[str]:
    from auditor.reports.phrases import shown
    from auditor.values import Absent

    if not found.inputs:
        return
    yield from ("", t("Inputs that changed"))
    for row in found.inputs:
        was, now = (
            t("not known") if isinstance(value, Absent) else shown(value, row.unit, row.name, t)
            for value in (row.before, row.after)
        )
        yield f"  {row.name}: {was} → {now}"
