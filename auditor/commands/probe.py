"""`auditor probe`: whether a hosted telephone service answers from where one is, and what the homes measured."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from auditor.cli import NOTHING, Fault, cli, language_option, plain_faults, words

if TYPE_CHECKING:
    from auditor.declared.homesip import Homes
    from auditor.site import SipAccess
    from auditor.texts import Texts

_TARGET: Final = re.compile(
    r"(?:(?P<over>udp|tcp|tls)://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9._-]{0,252})(?::(?P<port>\d{1,5}))?/?"
)


@cli.group()
def probe() -> None:
    """Ask a hosted telephone service whether it answers, and how well; no call is made and no account is used."""


@probe.command()
@click.argument("target", metavar="SERVICE")
@click.option("--questions", type=click.IntRange(0, 60), metavar="N", help="OPTIONS to send, one a second (20).")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.json",
              help="Write a file for the firm: figures and a random mark, no name.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what was measured as JSON on stdout.")
@language_option
@plain_faults
def sip(target: str, questions: int | None, out: Path | None, as_json: bool, language: str) -> None:
    """Ask SERVICE (HOST, tls://HOST:5061, udp://HOST:5060…) from here: an office, or a laptop at home."""
    from auditor.collectors import sip as door
    from auditor.declared.homesip import lines, written

    t = words(language)
    host, access = _access(target, questions, t)
    click.echo(t("Sent: {question}", question=door.asked(host, access)), err=True)
    service = door.service("sip", access, host, asyncio.run(door.measure(host, access)))
    text = written(service, secrets.token_hex(6), dt.date.today())  # noqa: DTZ011 - the day on the user's desk
    if out is not None:
        with out.open("x", encoding="utf-8") as stream:
            stream.write(text + "\n")
        click.echo(t("Written: {file}", file=str(out)), err=True)
    if as_json:
        click.echo(text)
    else:
        click.echo("\n".join(t.say(line) for line in lines(service)))
    raise SystemExit(0 if service.state in ("answers", "open") else NOTHING)


def _access(target: str, questions: int | None, t: Texts) -> tuple[str, SipAccess]:
    from auditor.site import SipAccess

    found = _TARGET.fullmatch(target)
    over = (found["over"] if found else "") or "tls"
    port = int((found["port"] if found else "") or (5061 if over == "tls" else 5060))
    if found is None or not 0 < port < 65536 or (over == "udp" and questions == 0):
        raise Fault(t.words("probe.target", target=target))
    count = questions if questions is not None else 0 if port == 443 else 20
    return found["host"].strip("[]"), SipAccess(over, port, count)  # type: ignore[arg-type]


@probe.command()
@click.argument("site", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, required=True, metavar="FILE.json…", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Count and print, write nothing.")
@language_option
@plain_faults
def homes(site: Path, files: tuple[Path, ...], dry_run: bool, language: str) -> None:
    """Count the files that homes wrote (`auditor probe sip SERVICE --out FILE.json`) into SITE."""
    from auditor import sitefile
    from auditor.declared.homesip import count, declarations
    from auditor.seats import inputs

    t = words(language)
    before, _ = sitefile.read(site, inputs.is_input)
    services = [(target.address, target.sip.port) for target in before.targets if target.sip is not None]
    found = count(_contents(files, t), services)
    for _, reason in found.bad:
        click.echo(t.say(reason), err=True)
    if not found.homes:
        raise Fault(t.words("homes.none"))
    said = declarations(found)
    click.echo("\n".join(_counted(found, t)))
    if not dry_run:
        from auditor.declared.siteedit import Change, apply

        old = [name for name in before.declared if name.startswith("voice.homes.") and name not in said]
        apply(site, Change(declared=said, removed=old), inputs.is_input)
        click.echo(t("Written in {file}: {names:list}.", file=str(site), names=tuple(said)), err=True)


def _counted(found: Homes, t: Texts) -> Iterator[str]:
    yield t("Homes: {count}; reach the service: {reached}; messages rewritten on the way: {rewritten}.",
            count=len(found.homes), reached=found.reached, rewritten=found.rewritten)  # fmt: skip


def _contents(files: tuple[Path, ...], t: Texts) -> Iterator[tuple[str, bytes]]:
    """The files, and those of folders, each bounded; no link is followed out of a folder."""
    from auditor.declared.homesip import MOST_FILES, MOST_OCTETS

    paths = [path for one in files for path in (sorted(one.glob("*.json")) if one.is_dir() else (one,))]
    if len(paths) > MOST_FILES:
        raise Fault(t.words("homes.too_many", most=MOST_FILES))
    for path in paths:
        if path.is_symlink() and path not in files:
            continue
        with path.open("rb") as stream:
            yield path.name, stream.read(MOST_OCTETS + 1)
