"""The command line: opens the screens, or does any of it without them."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, ParamSpec, TypeVar

import click

from auditor import __version__, privacy

if TYPE_CHECKING:
    from auditor.model import Audit
    from auditor.texts import Texts

P = ParamSpec("P")
R = TypeVar("R")
DONE: Final = 0
UNDER: Final = 1
USAGE: Final = 2
NOTHING: Final = 3
INTERRUPTED: Final = 130
DEMO_WINDOW: Final = 8.0
AUTH: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
PRIV: Final = ("des", "aes128", "aes192", "aes256", "aes192c", "aes256c")


class Fault(click.ClickException):
    """One clear line on stderr, and an exit code."""

    exit_code = USAGE

    def __init__(self, text: str, code: int = USAGE) -> None:
        super().__init__(text)
        self.exit_code = code  # type: ignore[misc]


class Commands(click.Group):
    """The commands; whatever ends one of them ends in an exit code, with one line on stderr when it is a fault."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except click.ClickException as error:
            click.echo("auditor: " + " ".join(error.format_message().split()), err=True)
            raise SystemExit(error.exit_code) from None
        except click.Abort:
            raise SystemExit(INTERRUPTED) from None
        raise SystemExit(code if isinstance(code, int) else DONE)


def plain_faults(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what a user can get wrong into one line without a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (ValueError, RuntimeError, LookupError) as error:
            raise known_fault(error) from None
        except KeyboardInterrupt:
            raise Fault(words()("Interrupted."), INTERRUPTED) from None
        except BrokenPipeError:  # whoever read our lines has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(DONE) from None
        except OSError as error:
            say = words()
            why = say.refusal(error)
            file = str(error.filename or "")
            raise Fault(say("{file}: {why}", file=file, why=why) if file else why) from None

    return run


def known_fault(error: Exception) -> Exception:
    """A fault for what a user can get wrong; any other error of ours stays as it is."""
    from auditor.sitefile import SiteFileError

    if isinstance(error, SiteFileError):
        from auditor.desk import site_fault

        return Fault(site_fault(error, words()))
    message = getattr(error, "message", None)
    return Fault(words().say(message)) if message is not None and hasattr(message, "values") else error


def words(language: str = "") -> Texts:
    """The words of the terminal, in the language asked for or of the environment."""
    from auditor import wording

    return wording.texts(language or environment_language(), narrow=False)


def environment_language() -> str:
    """fr where the locale is French, else en."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "fr" if locale.lower().startswith("fr") else "en"


def shows_screens() -> bool:
    """Whether somebody sits at a terminal that can place a cursor, or at a browser (`auditor serve`)."""
    if os.environ.get("TEXTUAL_DRIVER"):
        return True
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def named(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """The choice, "" where none was made."""
    return value or ""


language_option = click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "fr"]),
    callback=named,
    help="Language.",
)


def finite(context: click.Context, parameter: click.Parameter, value: float) -> float:
    """A window that is a number of seconds; "nan" passes every range."""
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number of seconds.", context, parameter)
    return value


window_option = click.option(
    "--window", callback=finite, type=click.FloatRange(3, 3600), default=60.0, show_default=True, metavar="SECONDS",
    help="How long link rates are sampled.",
)  # fmt: skip
brand_option = click.option(
    "--brand", "brand_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Whose report it is: name, logo, colours (else report.toml, where there is one).",
)  # fmt: skip


def formats_of(text: str) -> tuple[str, ...]:
    """The forms of a report that somebody asks for, separated by commas."""
    from auditor.desk import FORMATS

    wanted = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := [part for part in wanted if part not in FORMATS]:
        raise Fault(words()("No report format is called “{name}”; there are {known:list}.",
                            name=unknown[0], known=FORMATS))  # fmt: skip
    return wanted


new_keys_option = click.option("--accept-new", is_flag=True, help="Trust SSH host keys seen for the first time.")


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="auditor")
@click.pass_context
@plain_faults
def cli(context: click.Context) -> None:
    """How many of your people can work from home at the same time today, and what to do first.

    Without a command: opens the terminal screens on the sites it knows. Nothing is ever changed on a device.
    """
    if context.invoked_subcommand is None:
        if not shows_screens():
            raise Fault(words()("A terminal is needed to open the screens; `auditor --help` lists the commands."))
        from auditor.front import open_screens

        open_screens()


@cli.command()
@click.option("--headless", is_flag=True, help="Audit without the screens; write PDF and JSON.")
@click.option("--after", is_flag=True, help="The company three months later, compared with how it was.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the report (new).")
@click.option(
    "--window",
    callback=finite,
    type=click.FloatRange(3, 3600),
    default=DEMO_WINDOW,
    show_default=True,
    metavar="SECONDS",
    help="How long link rates are sampled.",
)
@language_option
@plain_faults
def demo(headless: bool, after: bool, out: Path | None, window: float, language: str) -> None:
    """Audit the built-in company network, on this machine's loopback."""
    screens = shows_screens() and not headless
    if screens and not after:
        from auditor.front import open_screens

        open_screens(demo=True, window=window, language=language)
        return
    from auditor import desk, front, progress

    shown = progress.showing(sys.stderr, plain=False)
    chosen = language or environment_language()
    if screens:
        desk.demo_before(window, shown, words(language))
        front.open_screens(demo=True, window=window, language=language, later=True)
        return
    result, earlier = desk.demo_headless(out, window, chosen, shown, partial(click.echo, err=True), later=after)
    if earlier is not None:
        click.echo("\n".join(comparing.comparison_lines(earlier.comparison, words(chosen))))
    raise SystemExit(exit_code(result))


@cli.command()
@click.argument("site", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--people",
    "staff_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    help="Write an empty list of staff as well, for `auditor people`.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Fill the devices from a list: CSV, nmap XML, Ansible, Nornir, NetBox, LibreNMS, `auditor discover --json`.",
)
@language_option
@plain_faults
def new(site: Path | None, staff_file: Path | None, source: Path | None, language: str) -> None:
    """Write a commented site file, to fill in; or an empty list of staff."""
    if site is None and staff_file is None:
        raise Fault(words()("Name the site file to write, such as SITE.toml."))
    if staff_file is not None:
        people.write_template(staff_file, language or environment_language())
    if site is None:
        return
    from importlib.resources import files

    chosen = language or environment_language()
    template = (files("auditor") / "templates" / f"site.{chosen}.toml").read_text(encoding="utf-8")
    if source is not None:
        template = discover.with_devices(template, source, words(language))
    try:
        with site.open("x", encoding="utf-8") as stream:
            stream.write(template)
    except FileExistsError:
        raise Fault(words()("{file} exists already; nothing was written.", file=str(site))) from None
    click.echo(words()("{file} is written: fill it in, then run `auditor audit {file}`.", file=str(site)))


@cli.command()
@click.argument("site", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the report (new).")
@language_option
@click.option("--json", "as_json", is_flag=True, help="Print the audit JSON on stdout.")
@window_option
@new_keys_option
@click.option("--gentle", is_flag=True, help="Ask more slowly, fewer devices at once.")
@click.option("--fail-under", type=click.IntRange(0, 100), metavar="N", help="Exit 1 when the score is under N.")
@click.option("--plain", is_flag=True, help="Plain lines, no bars; then the whole audit as text.")
@click.option(
    "--resume", is_flag=True, help="Go on with the last audit: ask the devices it has not read (within a day)."
)
@brand_option
@plain_faults
def audit(site: Path, **options: Any) -> None:
    """Collect, judge, save and write the report of SITE (a site file)."""
    from auditor import desk, progress
    from auditor.keyboard import Keyboard

    shown = progress.showing(sys.stderr, plain=options["plain"])
    with Keyboard(words(options["language"]), shown.quiet) as keyboard:
        decide = keyboard.decider(options["accept_new"])
        result, written = desk.audit_file(
            site, progress=shown, ask=keyboard.ask, decide=decide, **_only(options, AUDIT)
        )
    if options["as_json"]:
        click.echo(desk.as_json(result, options["language"] or result.site.language))
    texts = words(options["language"] or result.site.language)
    for path in written:
        click.echo(texts("Written: {file}", file=str(path)), err=True)
    if options["plain"] and not options["as_json"]:
        from auditor.commands.lines import audit_lines

        click.echo("\n".join(audit_lines(result, texts)))
    else:
        for line in desk.headline_lines(result, texts):
            click.echo(line, err=True)
    raise SystemExit(exit_code(result, options["fail_under"]))


AUDIT: Final = ("out", "language", "window", "gentle", "resume", "brand_file")


def _only(options: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: options[name] for name in names}


def exit_code(result: Audit, fail_under: int | None = None) -> int:
    """130 interrupted, 3 nothing collected, 1 score (or none) under what was asked, else 0."""
    from auditor.values import ABSENT

    if result.interrupted:
        return INTERRUPTED
    if result.devices and all(device.status == "failed" for device in result.devices):
        return NOTHING
    value = result.score.value
    if fail_under is not None and (value is ABSENT or value < fail_under):
        return UNDER
    return DONE


@cli.command()
@click.argument("target", nargs=-1)
@click.option("--snmp", "version", type=click.Choice(["1", "2c", "3"]), default="2c", show_default=True)
@click.option("--user", default="", help="SNMPv3 user.")
@click.option("--auth", type=click.Choice(AUTH), callback=named, help="SNMPv3 authentication.")
@click.option("--priv", type=click.Choice(PRIV), callback=named, help="SNMPv3 privacy.")
@click.option("--credential", default="", metavar="NAME", help="Name of the credential; never the secret itself.")
@click.option("--platform", default="", help="Read captures as this platform; a hint for live devices.")
@click.option("--command", default="", help="The command whose output TARGET (a file) holds.")
@click.option("--config", is_flag=True, help="TARGET (a file) is a running configuration.")
@window_option
@new_keys_option
@click.option("--site", type=click.Path(path_type=Path), help="Take the device from this site file.")
@click.option("--device", default="", help="Name of the device in the site file.")
@click.option("--json", "as_json", is_flag=True, help="Print the device JSON on stdout.")
@language_option
@plain_faults
def inspect(target: tuple[str, ...], **options: Any) -> None:
    """Read and explain one device: snmp://HOST:PORT, ssh://USER@HOST:PORT, or a folder or file of captures."""
    from auditor import inspection
    from auditor.keyboard import Keyboard

    if not options["as_json"]:  # what scripts read does not change with the locale
        options["language"] = options["language"] or environment_language()
    with Keyboard(words(options["language"])) as keyboard:
        decide = keyboard.decider(options.pop("accept_new"))
        code = inspection.run(target, ask=keyboard.ask, decide=decide, out=click.echo, **options)
    raise SystemExit(code)


@cli.command()
@click.argument("site", type=click.Path(path_type=Path))
@plain_faults
def sends(site: Path) -> None:
    """Print every OID and command line an audit of SITE may send, per device; sends nothing."""
    from auditor import desk

    for line in desk.sends(site, words()):
        click.echo(line)


@cli.command()
@click.argument("audit_id", metavar="AUDIT")
@click.option(
    "--format", "formats", default="pdf", show_default=True, help="pdf, html, xlsx, csv, json, separated by commas."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the report (new).")
@click.option("--site", default="", help="With `latest`: of this site.")
@brand_option
@click.option("--pdfa", is_flag=True, help="Write PDFs for the archive (PDF/A-2b, with the extra pdfa).")
@language_option
@plain_faults
def report(
    audit_id: str, formats: str, out: Path | None, site: str, language: str, brand_file: Path | None, pdfa: bool
) -> None:
    """Write the report of AUDIT: an id of the history, `latest`, or an audit JSON file."""
    from auditor import desk

    wanted = formats_of(formats)
    for path in desk.report(audit_id, wanted, out, site, language, desk.branded(brand_file), pdfa):
        click.echo(str(path))


@cli.command()
@click.argument("check_id", metavar="CHECK-ID")
@language_option
@plain_faults
def explain(check_id: str, language: str) -> None:
    """Explain a check: what it measures, thresholds, sources, weight, remedy."""
    from auditor import desk

    lines = desk.explain(check_id.upper(), words(language))
    if not lines:
        raise Fault(words(language)("No check is called {id}.", id=check_id))
    click.echo("\n".join(lines))


def main() -> NoReturn:
    """The entry point."""
    privacy.leave_no_core()
    cli.main(prog_name="auditor")


from auditor.commands import ask as ask  # noqa: E402 - as below
from auditor.commands import bundling as bundling  # noqa: E402 - as below
from auditor.commands import comparing as comparing  # noqa: E402 - as below
from auditor.commands import discover as discover  # noqa: E402 - as below
from auditor.commands import keeping as keeping  # noqa: E402 - as below
from auditor.commands import kev as kev  # noqa: E402
from auditor.commands import people as people  # noqa: E402 - each group of commands needs what stands above
from auditor.commands import phones as phones  # noqa: E402 - as above
from auditor.commands import planning as planning  # noqa: E402 - as below
from auditor.commands import probe as probe  # noqa: E402 - as above
from auditor.commands import serve as serve  # noqa: E402 - as above
from auditor.commands import vault as vault  # noqa: E402 - as below
from auditor.commands import watch as watch  # noqa: E402 - as above
