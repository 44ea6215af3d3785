"""`auditor history`: the saved audits, whether they are sound, and deletion that really deletes."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import UNDER, Fault, cli, language_option, plain_faults, words

if TYPE_CHECKING:
    from auditor.store import Saved, Where
    from auditor.texts import Texts
    from auditor.values import Absent

SCHEMA = "auditor/history/1"


@cli.command()
@click.argument("site", default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@click.option(
    "--trend", is_flag=True, help="People and score of each audit that ended, oldest first, and how they moved."
)
@click.option("--check", is_flag=True, help="Read everything and say what is damaged; exit 1 where something is.")
@click.option("--repair", is_flag=True, help="Make sound files of damaged ones; the damaged ones are kept beside them.")
@click.option("--delete", multiple=True, metavar="AUDIT", help="Delete this audit for good.")
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Delete all but the newest N of each site.")
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="Delete those older than so many days.")
@click.option("--everything", is_flag=True, help="Delete all that is kept of SITE: audits, decisions, samples.")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@click.option("--copy-to", type=click.Choice(["team", "files"]), help="Copy every client's history between the stores.")
@language_option
@plain_faults
def history(
    site: str,
    as_json: bool,
    trend: bool,
    check: bool,
    repair: bool,
    yes: bool,
    copy_to: str | None,
    language: str,
    **options: Any,
) -> None:
    """List the saved audits, newest first; check, repair or delete them."""
    t = words(language)
    if check or repair:
        raise SystemExit(_checked(t, repair=repair))
    if copy_to:
        click.echo("\n".join(_copied(copy_to, t)))
        return
    found, faults = _rows(site)
    if any(value is not None and value is not False and value != () for value in options.values()):
        _delete(_chosen(found, site, options, t), site if options["everything"] else "", yes, t)
    elif as_json:
        click.echo(json.dumps(_json([row for _, row in found]), ensure_ascii=False, indent=1))
    elif trend:
        click.echo("\n".join(_trend([row for _, row in reversed(found)], t)))
    else:
        click.echo("\n".join(_lines([row for _, row in found], site, t)))
    for line in faults:
        click.echo(t.say(line), err=True)


def _rows(site: str) -> tuple[list[tuple[Where, Saved]], list[Any]]:
    """The audits with the file each is in, newest first, and what is wrong with a file."""
    from auditor import desk
    from auditor.store import Store, StoreError

    found, faults = [], []
    for path in desk.histories():
        try:
            with Store(path) as store:
                found += [(path, row) for row in store.history(site)]
                faults += [*([store.damage] if store.damage else []), *store.lost]
        except StoreError as error:
            faults.append(error.message)
    return sorted(found, key=lambda pair: (pair[1].at, pair[1].id), reverse=True), faults


def _lines(rows: Sequence[Saved], site: str, t: Texts) -> Iterator[str]:
    """One line for each saved audit."""
    from auditor.values import Absent

    if not rows:
        yield t("No audit of “{site}” is saved.", site=site) if site else t("No audit is saved yet.")
    for row in rows:
        seats = "?" if isinstance(row.seats, Absent) else f"{row.seats}/{row.required}"
        score = "-" if isinstance(row.score, Absent) else t.number(row.score)
        yield f"{row.id}  {row.client} · {row.site}  {t.datetime(row.at)}  {seats}  {score} {row.grade}  {row.status}"


def _trend(rows: Sequence[Saved], t: Texts) -> Iterator[str]:
    """One line for each audit that ended, by site and oldest first: people and score, and against the one before."""
    ended = [row for row in rows if row.status == "done"]
    if not ended:
        yield t("No audit has ended yet.")
    for place in sorted({(row.client, row.site) for row in ended}):
        yield " · ".join(place)
        of_site = [row for row in ended if (row.client, row.site) == place]
        for before, row in zip([None, *of_site], of_site, strict=False):
            if before is not None and (before.version, before.catalogue) != (row.version, row.catalogue):
                yield "  " + t(
                    "from here on by version {version}, catalogue {catalogue}: the scores on both sides are not"
                    " like for like (`auditor compare` is)",
                    version=row.version,
                    catalogue=row.catalogue,
                )
            was = (None, None) if before is None else (before.seats, before.score)
            people, score = _moved(row.seats, was[0], t), _moved(row.score, was[1], t)
            yield f"  {t.date(row.at.date()):<14}{people:>14} / {row.required}{score:>16} {row.grade}"


def _moved(now: float | Absent, before: float | Absent | None, t: Texts) -> str:
    """A figure, and in brackets how it moved since the audit before."""
    from auditor.values import Absent

    if isinstance(now, Absent):
        return "?"
    if before is None or isinstance(before, Absent):
        return t.number(now)
    step = now - before
    return f"{t.number(now)} ({'+' if step >= 0 else '-'}{t.number(abs(step))})"


def _json(rows: Sequence[Saved]) -> dict[str, Any]:
    """The audits as plain data; what is not known is absent."""
    from auditor.codec import to_plain

    return {"schema": SCHEMA, "audits": [to_plain(row) for row in rows]}


# ---- between two stores ----


def _copied(to: str, t: Texts) -> Iterator[str]:
    """Copy the history of every client into the team's store, or out of it into files; what is there stays."""
    from auditor.store import Store, client_folder, clients, home_folder, moving
    from auditor.store.places import team_url
    from auditor.store.team import place

    home, url = home_folder(), team_url(home_folder())
    if not url:
        raise Fault(t("No team's store is named: set AUDITOR_STORE to postgresql://HOST/DATABASE."))
    for source in clients(home):
        if isinstance(source, Path) is (to == "files"):
            continue
        with Store(source) as store:
            client = store.client
        target = place(url, client) if to == "team" else client_folder(home, client) / "history.sqlite"
        yield t("{client}: {count} audits copied", client=client, count=moving.copied(source, target))


# ---- sound or not ----


def _checked(t: Texts, *, repair: bool) -> int:
    """Check every file, repair those that are damaged where that is asked; the exit code."""
    from auditor import desk
    from auditor.store import Store, checked, repaired

    code = 0
    for path in desk.histories():
        if not isinstance(path, Path):  # PostgreSQL looks after its own pages
            continue
        lost = checked(path)
        unsound = bool(lost) or _damaged(path)
        click.echo(f"{path}: " + (t("damaged") if unsound else t("sound")))
        if unsound and repair:
            kept, lost = repaired(path, f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}")
            Store(path).__exit__(None, None, None)
            click.echo("  " + t("made anew; the damaged file is now {file}", file=str(kept)))
        for message in lost:
            click.echo(f"  {t.say(message)}")
        code = UNDER if unsound and not repair else code
    return code


def _damaged(path: Path) -> bool:
    from auditor.store import Store, StoreError

    try:
        with Store(path) as store:
            return store.damage is not None
    except StoreError:
        return True


# ---- deletion ----


def _chosen(
    found: Sequence[tuple[Where, Saved]], site: str, options: dict[str, Any], t: Texts
) -> list[tuple[Where, Saved]]:
    """The audits that the options mean."""
    if options["everything"]:
        if not site:
            raise Fault(t("Name the site of which everything is to be deleted."))
        if len({path for path, _ in found}) > 1:
            raise Fault(t("Several clients have a site of that name ({clients:list}): delete by the ids of the audits.",
                          clients=tuple(sorted({row.client for _, row in found}))))  # fmt: skip
        return list(found)
    chosen: dict[tuple[Where, str], tuple[Where, Saved]] = {}
    for id in options["delete"]:
        rows = [pair for pair in found if pair[1].id == id]
        if not rows:
            raise Fault(t.words("store.no_audit", id=id))
        chosen |= {(path, row.id): (path, row) for path, row in rows}
    seen: dict[tuple[Where, str], int] = {}
    limit = dt.datetime.now(dt.UTC) - dt.timedelta(days=options["older_than"] or 0)
    for path, row in found:
        place = seen[path, row.site] = seen.get((path, row.site), 0) + 1
        if (options["keep"] and place > options["keep"]) or (options["older_than"] is not None and row.at < limit):
            chosen[path, row.id] = (path, row)
    return list(chosen.values())


def _delete(chosen: Sequence[tuple[Where, Saved]], site: str, yes: bool, t: Texts) -> None:
    from auditor.store import Store

    if not chosen:
        click.echo(t("Nothing to delete."))
        return
    click.echo("\n".join(_lines([row for _, row in chosen], site, t)))
    if not yes:
        if not sys.stdin.isatty():
            raise Fault(t("Nothing was deleted: say --yes where nobody can be asked."))
        click.confirm(t("Delete for good?"), abort=True)
    for path in dict.fromkeys(path for path, _ in chosen):
        with Store(path) as store:
            store.forget([row.id for place, row in chosen if place == path], site)
    click.echo(t("Deleted: {count}.", count=len(chosen)))
