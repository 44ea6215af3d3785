"""`auditor watch`: long sampling of links and remote users, or their history from other people's graphs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import click

from auditor.cli import INTERRUPTED, NOTHING, Fault, cli, finite, language_option, plain_faults, words

_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|m|s)?", re.I)
_SECONDS: Final = {"d": 86400.0, "h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0, "": 1.0}
LONGEST_S: Final = 366 * 86400.0


class Duration(click.ParamType[float]):
    """8h, 90m, 5d, 1h30m, or a number of seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        parts = list(_PART.finditer(str(value).strip()))
        if "".join(part[0] for part in parts) != str(value).strip() or not parts:
            self.fail(words()("“{value}” is no duration such as 8h, 90m or 5d.", value=str(value)[:40]), param, ctx)
        seconds = sum(float(part[1]) * _SECONDS[(part[2] or "").lower()] for part in parts)
        if not 1 <= seconds <= LONGEST_S:
            self.fail(words()("A watch lasts from a second to a year, not {value}.", value=str(value)[:40]), param, ctx)
        return seconds


@cli.command()
@click.argument("site", type=click.Path(path_type=Path))
@click.option("--for", "seconds", type=Duration(), metavar="DURATION", help="How long to sample: 8h, 90m, 5d.")
@click.option(
    "--every", type=click.FloatRange(1, 900), callback=finite, default=60.0, show_default=True, metavar="SECONDS",
    help="How often to sample.",
)  # fmt: skip
@click.option("--accept-new", is_flag=True, help="Trust SSH host keys seen for the first time.")
@click.option("--gentle", is_flag=True, help="Ask old boxes for less at a time, and more slowly.")
@click.option("--import", "table", type=click.Path(path_type=Path), metavar="FILE",
              help="Take in a history instead: a table of time, in, out from RRD, LibreNMS, PRTG, Zabbix…")  # fmt: skip
@click.option("--link", default="", metavar="NAME", help="With --import: the link that the table is of.")
@click.option("--unit", type=click.Choice(["bit", "byte"]), help="With --import: unit of a table that does not say it.")
@click.option(
    "--dates", type=click.Choice(["day-first", "month-first"]), help="With --import: of dates like 03/04/2026."
)
@click.option("--operator-side", is_flag=True, help="With --import: drawn at the operator: its in is the site's out.")
@language_option
@plain_faults
def watch(site: Path, seconds: float | None, table: Path | None, language: str, **options: Any) -> None:
    """Sample the links and remote users of SITE for hours or days, for the 95th percentile of the busy hour.

    Everything is kept in the history of the client at once: a restart loses nothing, and goes on where it was cut off.
    """
    from auditor import visit
    from auditor.credentials import for_client
    from auditor.keyboard import Keyboard
    from auditor.sampling import watchdesk
    from auditor.store import home_folder

    say, err = words(language), _err
    only_import = {"link": "--link", "unit": "--unit", "dates": "--dates", "operator_side": "--operator-side"}
    if (seconds is None) == (table is None):
        raise Fault(say("Say either how long to watch (--for 8h), or which table to take in (--import FILE)."))
    if table is not None:
        if not options["link"]:
            raise Fault(say("--import needs --link: the name of the link that the table is of."))
        lines = watchdesk.imported(
            site, table, options["link"], unit=options["unit"] or "", dates=options["dates"] or "",
            swapped=options["operator_side"], say=say, err=err,
        )  # fmt: skip
        click.echo("\n".join(lines))
        return
    if given := [option for name, option in only_import.items() if options[name]]:
        raise Fault(say("{option} belongs to --import.", option=given[0]))
    assert seconds is not None
    with Keyboard(say) as keyboard:
        described = visit.open_site(site)[0]
        visit.spare(described)
        with for_client(home_folder(), described.client, keyboard.ask) as credentials:
            credentials.prepare(described.targets)
            lines, sampled, interrupted = watchdesk.watched(
                site, credentials, keyboard.decider(options["accept_new"]), seconds=seconds, every=options["every"],
                gentle=options["gentle"], say=say, err=err,
            )  # fmt: skip
    click.echo("\n".join(lines))
    raise SystemExit(INTERRUPTED if interrupted else 0 if sampled else NOTHING)


def _err(line: str) -> None:
    click.echo(line, err=True)
