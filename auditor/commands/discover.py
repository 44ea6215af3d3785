"""`auditor discover`, and the devices of a list in a new site file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli import Fault

if TYPE_CHECKING:
    from auditor.texts import Texts


def with_devices(template: str, source: Path, say: Texts) -> str:
    """The template of a site file with the devices of a list; says on stderr how many, and what was left out."""
    from auditor import sitestart
    from auditor.collectors.inventory import InventoryError, read

    try:
        found = read(source)
    except InventoryError as error:
        raise Fault(say("{file}: {why}", file=str(source), why=say.say(error.message))) from None
    click.echo(say("{file} ({kind}): devices taken over: {count}.", file=str(source), kind=found.kind,
                   count=len(found.entries)), err=True)  # fmt: skip
    for message in found.left_out:
        click.echo("  " + say("left out: {why}", why=say.say(message)), err=True)
    return sitestart.with_entries(template, found.entries)
