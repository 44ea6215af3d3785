"""`auditor phones`: the export of a telephone service counted into a site file, its columns mapped once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import Fault, cli, language_option, plain_faults, words
from auditor.commands.people import bad_rows, bytes_of

if TYPE_CHECKING:
    from auditor.declared.phonelist import Phones
    from auditor.site import PhoneList, Site
    from auditor.texts import Texts


@cli.command()
@click.argument("site", type=click.Path(path_type=Path))
@click.argument("export", required=False, metavar="[EXPORT.csv]", type=click.Path(path_type=Path))
@click.option("--name", default="", metavar="SERVICE", help="The service, by the name its mapping is kept under.")
@click.option("--where", type=click.Choice(["cloud", "site"]), help="Whether the service is hosted or stands on site.")
@click.option("--column", "columns", multiple=True, metavar="FIELD=HEADING",
              help="Map a column once: person, number, licence, softphone, device, outside, address, forward, active;"
              " HEADING * means everybody.")  # fmt: skip
@click.option("--licence", "licences", multiple=True, metavar="WORD", help="Count licences that hold this word alone.")
@click.option("--by", default="", metavar="WHO", help="Who made the export, by role (for the evidence).")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Day of the export (today).")
@click.option("--dry-run", is_flag=True, help="Count and print, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON on stdout.")
@language_option
@plain_faults
def phones(site: Path, export: Path | None, language: str, **options: Any) -> None:
    """Count the users that a telephone service exports (CSV) into SITE: licences, numbers, sets, ways home.

    Teams Phone, Aircall, 3CX, an operator's service; the extensions of a Yeastar, Avaya or Mitel. The mapping is kept
    in SITE under [phones]: the next time, the file alone is needed. No name and no number is kept.
    """
    from auditor import sitefile
    from auditor.declared.phonelist import count, declarations
    from auditor.seats import inputs
    from auditor.site import Role

    t = words(language)
    before, _ = sitefile.read(site, inputs.is_input)
    how = _mapping(before, export, options, t)
    path = export or _known_file(site, how, t)
    found = count(bytes_of(path, t), how, before.networks, before.sets)
    click.echo(t.words("phones.privacy"), err=True)
    for line in _left_out(found, t):
        click.echo(line, err=True)
    if not found.of("people"):
        raise Fault(t("{file}: no row could be counted.", file=str(path)))
    pbx = any(target.role is Role.PBX for target in before.targets)
    day = options["day"].date() if options["day"] else dt.date.today()  # noqa: DTZ011 - the day on the user's desk
    said = declarations(found, how, options["by"] or t("telephone service"), day, path.name, pbx=pbx)
    if options["as_json"]:
        click.echo(json.dumps(as_json(found, how, path.name), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(summary(found, how, t)))
    if not options["dry_run"]:
        _write(site, before, how, said, t)


# ---- how the list is read ----


def _mapping(site: Site, export: Path | None, options: Mapping[str, Any], t: Texts) -> PhoneList:
    """What the site file keeps of this service, with what is said now on top."""
    from dataclasses import replace

    from auditor.declared.phonelist import where_of
    from auditor.site import PhoneList

    said = _columns(options["columns"], t)
    name = _service(site, export, options["name"], t)
    known = {one.name: one for one in site.phones}.get(name)
    where: Any = options["where"] or (known.where if known else where_of(name))
    if not where:
        raise Fault(t("Say whether {name} is hosted or stands on site: --where cloud, or --where site.", name=name))
    columns = {**(known.columns if known else {}), **said}
    one = replace(known, where=where) if known else PhoneList(name, where)
    return replace(
        one,
        columns=columns,
        licences=tuple(options["licences"]) or one.licences,
        file=str(export) if export else one.file,
    )


def _service(site: Site, export: Path | None, name: str, t: Texts) -> str:
    """The service asked for, the one of the site file that reads this file, the only one there is, else the file's."""
    import re

    if name or export is None:
        known = [one.name for one in site.phones]
        if not name and not known:
            raise Fault(t("Name the file: the site file maps no service yet."))
        if not name and len(known) > 1:
            raise Fault(t("Name the file, or the service with --name; the site file maps {known:list}.",
                          known=tuple(known)))  # fmt: skip
        return name or known[0]
    same = [one.name for one in site.phones if one.file and Path(one.file).name == export.name]
    return same[0] if same else re.sub(r"[^A-Za-z0-9._-]+", "-", export.stem).strip("-._")[:60] or "phones"


def _columns(pairs: tuple[str, ...], t: Texts) -> dict[str, str]:
    from auditor.sitefile import PHONE_FIELDS

    found = {}
    for pair in pairs:
        field, sign, heading = (part.strip() for part in pair.partition("="))
        if not sign or field not in PHONE_FIELDS or not heading:
            raise Fault(t("--column {pair}: FIELD=HEADING is expected, FIELD one of {fields:list}.",
                          pair=pair, fields=PHONE_FIELDS))  # fmt: skip
        found[field] = heading
    return found


def _known_file(site: Path, how: PhoneList, t: Texts) -> Path:
    """The file of the mapping; a plain name lies beside the site file."""
    if not how.file:
        raise Fault(t("Name the file: the site file does not say where the list of {name} lies.", name=how.name))
    return site.parent / how.file


# ---- what is said ----


def _left_out(found: Phones, t: Texts) -> Iterator[str]:
    """The rows left out with line and reason, and what was supposed."""
    from auditor.declared.phonelist import notices

    yield from bad_rows(found.bad, t)
    yield from (t.say(notice) for notice in notices(found))


def summary(found: Phones, how: PhoneList, t: Texts) -> Iterator[str]:
    """The counts in words, one line for each thing told."""
    yield t("Rows: {rows}; people: {people}.", rows=found.of("rows"), people=found.of("people"))
    if found.told("licence", "number"):
        yield t("With a licence {licence}, with a number {number}, with both {served}.",
                **{name: found.of(name) for name in ("licence", "number", "served")})  # fmt: skip
    if found.told("softphone", "device", "outside", "address", "forward"):
        yield t(
            "At home, each person once: softphone {softphone}, phone outside {outside}, forward to another number"
            " {forward}.",
            **{name: found.of(name) for name in ("softphone", "outside", "forward")},
        )
    if kinds := tuple(f"{t.words(f'set.{kind}')} {number}" for kind, number in _kinds(found)):
        yield t("Sets: {kinds:list}.", kinds=kinds)
    yield t("Read as: {columns:list}.", columns=tuple(f"{field} = {text}" for field, text in found.headings.items()))


def _kinds(found: Phones) -> Iterator[tuple[str, int]]:
    for name, number in sorted(found.counts.items()):
        if name.startswith("set.") and number:
            yield name.removeprefix("set."), number


def as_json(found: Phones, how: PhoneList, file: str) -> dict[str, Any]:
    """The counts as data, with what they rest on; no cell of the list but models of sets that many rows share."""
    return {
        "schema": "auditor/phones/1",
        "service": how.name,
        "where": how.where,
        "file": file,
        "sha256": found.sha256,
        "rows": found.of("rows"),
        "columns": dict(found.headings),
        "unused": list(found.unused),
        "counts": {name: number for name, number in sorted(found.counts.items()) if name != "rows"},
        "unknown_sets": list(found.unknown),
        "bad": [{"line": bad.line, "reason": bad.reason.id} for bad in found.bad],
    }


def _write(site: Path, before: Site, how: PhoneList, said: Mapping[str, Any], t: Texts) -> None:
    import os

    from auditor.declared.siteedit import Change, apply
    from auditor.seats import inputs

    for name in said:
        old = before.declared.get(name)
        if old is not None and old.document and old.value != said[name].value:
            click.echo(t("{name} was {value} by {document}; it is replaced.", name=name, value=str(old.value),
                         document=old.document), err=True)  # fmt: skip
    file = how.file
    if Path(file).is_absolute() or Path(file).exists():
        file = os.path.relpath(Path(file).resolve(), site.resolve().parent)
    mapping: dict[str, object] = {"where": how.where, "file": file, "columns": dict(how.columns)}
    mapping |= {"licences": how.licences} if how.licences else {}
    kept = {name: value for name, value in mapping.items() if value != {}}
    apply(site, Change(declared=said, phones={how.name: kept}), inputs.is_input)
    click.echo(t("Written in {file}: {names:list}.", file=str(site), names=(*said, f"phones.{how.name}")), err=True)
