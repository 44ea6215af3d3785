"""`auditor kev`: the dated lists that checks consult, shown and renewed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from auditor.cli import cli, language_option, plain_faults, words


@cli.group()
def kev() -> None:
    """The lists of exploited vulnerabilities and of ends of support."""


@kev.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@language_option
@plain_faults
def import_(file: Path, language: str) -> None:
    """Put a newer list in use: CISA's known_exploited_vulnerabilities.json, or a list of Auditor.

    What was found by an older list in earlier audits stays as it was published.
    """
    from auditor import shelf
    from auditor.lists import Exploited
    from auditor.store import home_folder

    t = words(language)
    today = dt.date.today()  # noqa: DTZ011 - the day on the user's desk
    found = shelf.keep(home_folder(), file, today)
    count = len(found.entries) if isinstance(found, Exploited) else len(found.branches) + len(found.models)
    click.echo(
        t("In use: {source}, of {day:date}, {count} entries.", source=found.source, day=found.as_of, count=count)
    )
    if (today - found.as_of).days > 30:
        click.echo(t("It is older than 30 days: it can clear no version."), err=True)


@kev.command()
@language_option
@plain_faults
def show(language: str) -> None:
    """The lists in use, their source and their day."""
    from auditor import shelf
    from auditor.store import home_folder

    t, lists = words(language), shelf.current(home_folder())
    for name, one in (
        (t("Exploited vulnerabilities"), lists.exploited),
        (t("Ends of support"), lists.support),
        (t("Networks that close"), lists.closures),
    ):
        click.echo(f"{name}: {one.source} ({t.date(one.as_of)})")
