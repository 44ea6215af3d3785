"""`auditor people`: a list of staff counted into a site file, without a name kept."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import Fault, cli, language_option, plain_faults, words

if TYPE_CHECKING:
    from auditor.declared.people import Import, Staff
    from auditor.declared.staffcsv import Bad
    from auditor.texts import Texts


@cli.command()
@click.argument("site", type=click.Path(path_type=Path))
@click.argument("staff_file", metavar="STAFF.csv", type=click.Path(path_type=Path))
@click.option("--by", default="", metavar="WHO", help="Who made the list, by role (for the evidence).")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Day of the list (today).")
@click.option("--part", is_flag=True, help="Only part of the staff answered: write its home lines alone.")
@click.option("--dry-run", is_flag=True, help="Count and print, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON on stdout.")
@language_option
@plain_faults
def people(site: Path, staff_file: Path, language: str, **options: Any) -> None:
    """Count a list of staff (CSV) into SITE: profiles, equipment, home lines, training. No name is kept.

    `auditor new --people FILE.csv` writes an empty list to fill in.
    """
    from auditor import sitefile
    from auditor.declared.people import count
    from auditor.seats import inputs

    t = words(language)
    before, _ = sitefile.read(site, inputs.is_input)
    today = options["day"].date() if options["day"] else dt.date.today()  # noqa: DTZ011 - the day on the user's desk
    found = count(bytes_of(staff_file, t), today)
    click.echo(t.words("staff.privacy"), err=True)
    for line in _left_out(found, t):
        click.echo(line, err=True)
    if not found.staff.of("people"):
        raise Fault(t("{file}: no row could be counted.", file=str(staff_file)))
    said = [*summary(found, t)]
    if options["as_json"]:
        click.echo(json.dumps(as_json(found), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(said))
    if not options["dry_run"]:
        _write(site, staff_file, found.staff, t, today, options["by"], part=options["part"])
        if before.declared.keys() & {"homes.share", "homes.answered"} and found.staff.answered:
            click.echo(t("The shares of home lines declared before are replaced by these counts."), err=True)


def bytes_of(path: Path, t: Texts) -> bytes:
    """What a list holds, of any size that one may have."""
    from auditor.declared.staffcsv import MAX_BYTES

    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise Fault(t("{file}: {why}", file=str(path), why=error.strerror or "?")) from None


def bad_rows(bad: Sequence[Bad], t: Texts) -> Iterator[str]:
    """The rows left out, with line, column and reason."""
    if bad:
        yield t.plural("{count} row left out:", "{count} rows left out:", len(bad))
    for one in bad:
        reason = t.say(one.reason)
        if one.column:
            yield "  " + t("line {line:raw}, {column}: {reason}", line=one.line, column=one.column, reason=reason)
        else:
            yield "  " + t("line {line:raw}: {reason}", line=one.line, reason=reason)


def _left_out(found: Import, t: Texts) -> Iterator[str]:
    """The rows left out with line, column and reason, the people listed twice, and what was supposed."""
    yield from bad_rows(found.bad, t)
    if found.duplicates:
        lines = tuple(str(line) for line in found.duplicates[:20])
        text = t.plural("{count} person listed twice, counted once (line {lines:list}).",
                        "{count} people listed twice, counted once (lines {lines:list}…).",
                        len(found.duplicates), lines=lines)  # fmt: skip
        yield text if len(found.duplicates) > len(lines) else text.replace("…", "")
    yield from (t.say(notice) for notice in found.notices)


def summary(found: Import, t: Texts) -> Iterator[str]:
    """The counts in words, one line for each thing told."""
    from auditor.declared.people import heads, line_shares

    staff = found.staff
    yield t("{people} people counted, {eligible} of them eligible.", people=staff.of("people"),
            eligible=staff.of("eligible"))  # fmt: skip
    if mix := heads(staff):
        yield t("Profiles: office {office}, virtual desktop {vdi}, files {files}.", **mix)
    equipment = {name: staff.of(name) for name in ("laptop", "headset", "equipped", "softphone")}
    if any(staff.known(name) for name in equipment):
        yield t("With a PC {laptop}, with a headset {headset}, with both {equipped}, with a softphone {softphone}.",
                **equipment)  # fmt: skip
    if shares := line_shares(staff):
        yield t(
            "Home lines: good {good} ({good_share:ratio}), fair {fair} ({fair_share:ratio}), poor {poor}"
            " ({poor_share:ratio}), not known {unknown}.",
            good=staff.of("line.pass"), good_share=shares["pass"], fair=staff.of("line.warn"),
            fair_share=shares["warn"], poor=staff.of("line.fail"), poor_share=shares["fail"],
            unknown=staff.of("line.unknown"),
        )  # fmt: skip
    if staff.known("trained_security") or staff.known("trained_tools"):
        yield t("Trained on security within 12 months: {security}; on the remote tools: {tools}.",
                security=staff.of("trained_security"), tools=staff.of("trained_tools"))  # fmt: skip


def as_json(found: Import) -> dict[str, Any]:
    """The counts as data; the rows left out by line, column and reason, without what stood in them."""
    return {
        "schema": "auditor/staff/1",
        "rows": found.rows,
        "counts": {name: number for name, number in sorted(found.staff.counts.items()) if number},
        "duplicates": len(found.duplicates),
        "bad": [{"line": bad.line, "column": bad.column, "reason": bad.reason.id} for bad in found.bad],
        "notices": [notice.id for notice in found.notices],
    }


def _write(site: Path, staff_file: Path, staff: Staff, t: Texts, today: dt.date, by: str, *, part: bool) -> None:
    from auditor.clean import line
    from auditor.declared.people import SUPERSEDED, declarations, heads
    from auditor.declared.siteedit import Change, apply
    from auditor.seats import inputs

    said = declarations(staff, by or t("staff list"), today, line(staff_file.name))
    numbers: dict[str, Any] = {}
    if part:  # what the others have is not known: a count of some would pass for all
        said = {name: one for name, one in said.items() if name.startswith("homes.")}
    else:
        numbers = {"headcount": staff.of("people"), "eligible": staff.of("eligible")}
        numbers |= {"profiles": mix} if (mix := heads(staff)) else {}
    written = tuple(f"people.{name}" for name in numbers) + tuple(said)
    if not written:
        raise Fault(t("{file} says nothing of home lines: nothing was written.", file=str(staff_file)))
    removed = SUPERSEDED if staff.answered else ()
    apply(site, Change(people=numbers, declared=said, removed=removed), inputs.is_input)
    click.echo(t("Written in {file}: {names:list}.", file=str(site), names=written), err=True)


def write_template(path: Path, language: str) -> None:
    """Write an empty list of staff, as an office suite opens it; what is there already is left alone."""
    from importlib.resources import files

    t = words(language)
    try:
        with path.open("xb") as stream:
            stream.write((files("auditor") / "templates" / f"people.{language}.csv").read_bytes())
    except FileExistsError:
        raise Fault(t("{file} exists already; nothing was written.", file=str(path))) from None
    click.echo(t("{file} is written: one line for each person, then run `auditor people SITE.toml {file}`.",
                 file=str(path)))  # fmt: skip
    click.echo(t("A cell that nobody can fill says “unknown”. A column Count makes each line a group of people."))
