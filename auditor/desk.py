"""The desk: what the commands do, in terms of visits, histories and reports; the screens are handed the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from auditor import visit
from auditor.checks import CATALOGUE
from auditor.codec import audit_from_json
from auditor.collectors.allowed import ENABLE
from auditor.collectors.shells import shell
from auditor.collectors.sip import asked
from auditor.collectors.vendors import VENDORS, by_platform, every_line, every_oid, greetings
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Vendor
from auditor.credentials import for_client as credentials_of
from auditor.declared import sitebook
from auditor.declared.brand import UNBRANDED, Brand
from auditor.model import Audit
from auditor.progress import Showing
from auditor.reports.archive import archive, need_extra
from auditor.reports.edition import PLAIN, Earlier, Edition, Point
from auditor.reports.export import audit_json
from auditor.site import Site, Target
from auditor.sitefile import SiteFileError
from auditor.store import Store, StoreError, Where, clients, find, home_folder
from auditor.texts import LANGUAGES, Texts
from auditor.values import Absent, Message
from auditor.visit import Place, Visit
from auditor.wording import texts

FORMATS: Final = ("pdf", "html", "xlsx", "csv", "json")
USUAL: Final = ("pdf", "json")
"""What an audit writes by itself."""
Tell = Callable[[str], None]


def site_fault(error: SiteFileError, say: Texts) -> str:
    """file, line, key: reason."""
    values: dict[str, str | int] = {
        "file": error.path,
        "line": error.line,
        "key": error.key,
        "reason": say.say(error.reason),
    }
    id = "site.at" if error.line and error.key else "site.at_key" if error.key else "site.at_file"
    if error.line and not error.key:
        values["file"] = f"{error.path}:{error.line}"
    return say.words(id, **values)


# ---- audits ----


def audit_file(
    path: Path,
    *,
    progress: Showing,
    decide: Callable[[str, str], bool],
    ask: Callable[[Message], str] | None,
    out: Path | None,
    language: str,
    window: float,
    gentle: bool,
    resume: bool,
    brand_file: Path | None = None,
) -> tuple[Audit, list[Path]]:
    """Audit the site of a file without screens, and write its report."""
    site, text = visit.open_site(path)
    visit.spare(site)
    sitebook.remember(home_folder(), path)
    brand = branded(brand_file, path.parent)
    say = texts(language or site.language, narrow=False)
    folder = free_folder(out, site)
    with credentials_of(home_folder(), site.client, ask) as credentials:
        credentials.prepare(site.targets)
        one = Visit(Place.of(home_folder(), site), site, text, credentials)
        with progress.over(say) as tell:
            result = one.run(decide=decide, emit=tell, window=window, gentle=gentle, resume=resume)
    written = write_report(result, USUAL, folder, language or site.language, Edition(brand=brand))
    if one.unsaved is not None:  # the report holds the audit all the same
        raise one.unsaved
    return result, written


def demo_headless(
    out: Path | None, window: float, language: str, progress: Showing, err: Tell, later: bool = False
) -> tuple[Audit, Earlier | None]:
    """Audit the built-in company network and write its report; `later`: as it is three months later, and compared."""
    say, brand = texts(language, narrow=False), branded()
    earlier = demo_before(window, progress, say) if later else None
    result = demo_audit(window, progress, say, later)
    folder = free_folder(out, result.site)
    edition = replace(compared(earlier, result, course(result.site)), brand=brand) if earlier else Edition(brand=brand)
    for path in write_report(result, USUAL, folder, language, edition):
        err(say("Written: {file}", file=str(path)))
    for line in headline_lines(result, say):
        err(line)
    return result, edition.earlier


def demo_audit(window: float, progress: Showing, say: Texts, later: bool) -> Audit:
    """One audit of the built-in network, over the wire, saved in the demo's own history."""
    from auditor.demo.network import DemoNetwork

    with DemoNetwork(later) as network:
        site, text = parse_demo(network.site_text)
        one = Visit(Place.of(demo_home(), site), site, text, network.credentials)
        with progress.over(say) as tell:
            return one.run(decide=lambda device, print_: True, emit=tell, window=window)


def demo_before(window: float, progress: Showing, say: Texts) -> Audit:
    """The newest audit of the built-in network as it was at first: from the demo's history, else made now."""
    for path in clients(demo_home()):
        with Store(path) as store:
            for row in store.history():
                if row.status == "done" and len((known := store.load(row.id)).site.links) == 1:
                    return known
    return demo_audit(window, progress, say, later=False)


def demo_home() -> Path:
    """The demo's own history: it never mixes with a client's."""
    return home_folder() / "demo"


def parse_demo(text: str) -> tuple[Site, str]:
    """The demo's site and its text."""
    from auditor import sitefile
    from auditor.seats import inputs

    return sitefile.parse(text, "demo", inputs.is_input), text


def headline_lines(result: Audit, say: Texts) -> Iterable[str]:
    """The headline in words, and what binds."""
    head = result.headline
    if isinstance(head.seats, Absent):
        yield say("How many people can work from home at the same time is not known: nothing that limits it was told.")
        return
    if "<=" in head.bounds:
        yield say(
            "At most {seats} of {required} people can work from home at the same time today.",
            seats=head.seats,
            required=head.required,
        )
        yield from (say.say(reason) for reason in head.bound_reasons if reason.id == "bound.unknown")
    else:
        low, high = (head.seats if isinstance(end, Absent) else end for end in (head.low, head.high))
        yield say(
            "{seats} of {required} people can work from home at the same time today ({low} to {high}).",
            seats=head.seats,
            required=head.required,
            low=low,
            high=high,
        )
    if head.binding:
        yield say("What binds: {resources:name}.", resources=head.binding)


# ---- reports ----


def free_folder(out: Path | None, site: Site) -> Path:
    """The folder of a report: as asked, or ./SITE-DATE; an existing report is never overwritten."""
    if out is not None:
        return out
    plain = re.sub(r"[^A-Za-z0-9]+", "-", site.name).strip("-").lower() or "site"
    stem = Path(f"{plain}-{visit.now_at(site):%Y-%m-%d}")
    return next(folder for folder in (stem, *(Path(f"{stem}-{n}") for n in range(2, 1000))) if not folder.exists())


def write_report(
    result: Audit, formats: Sequence[str], folder: Path, language: str, edition: Edition = PLAIN
) -> list[Path]:
    """Write the report's files into a folder, beside what is there already."""
    if edition.archived:
        need_extra()
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name in dict.fromkeys(formats):
        written += _write_form(result, name, folder, language, edition)
    if "pdf" in formats:
        written += [*_letters(result, folder, edition.brand), *_staff_sheets(result, folder, edition.brand)]
    for path in written if edition.archived else ():
        if path.suffix == ".pdf":
            archive(path)
    return written


def _write_form(result: Audit, form: str, folder: Path, language: str, edition: Edition) -> list[Path]:
    """Write one form of the report; a CSV is one file for each table."""
    say, stem = texts(language), f"{_plain_name(result.id)}.{language}"
    if form == "csv":
        from auditor.reports.csvfiles import csv_files

        found = {_free_file(folder, f"{stem}.{id}", form): text for id, text in csv_files(result, say, edition).items()}
        for place, text in found.items():
            place.write_text(text, encoding="utf-8", newline="")
        return list(found)
    path = _free_file(folder, stem, form)
    if form == "pdf":
        from auditor.reports.pdf import write_pdf

        write_pdf(result, say, path, edition)
    elif form == "xlsx":
        from auditor.reports.workbook import write_workbook

        write_workbook(result, say, path, edition)
    elif form == "html":
        from auditor.reports.webpage import web_page

        path.write_text(web_page(result, say, edition), encoding="utf-8")
    else:
        path.write_text(as_json(result, language, edition), encoding="utf-8")
    return [path]


def _plain_name(id: str) -> str:
    """An id as part of a file's name: one that came in a file of somebody else's leads to no other folder."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", id).strip(".-")[:80] or "audit"


def _letters(result: Audit, folder: Path, brand: Brand) -> list[Path]:
    """The letter to the operator in both languages, in a folder of its own; none where nothing is to be ordered."""
    from auditor.reports.letter import orders, write_letter

    if not orders(result):
        return []
    place = folder / "operator"
    place.mkdir(exist_ok=True)
    paths = [_free_file(place, f"operator-letter.{language}", "pdf") for language in LANGUAGES]
    for language, path in zip(LANGUAGES, paths, strict=True):
        write_letter(result, texts(language), path, brand)
    return paths


def _staff_sheets(result: Audit, folder: Path, brand: Brand) -> list[Path]:
    """The one-page advice to staff in both languages, in a folder of its own beside the report."""
    from auditor.reports.staff_sheet import write_staff_sheet

    place = folder / "staff"
    place.mkdir(exist_ok=True)
    paths = [_free_file(place, f"staff-sheet.{language}", "pdf") for language in LANGUAGES]
    for language, path in zip(LANGUAGES, paths, strict=True):
        write_staff_sheet(texts(language), path, f"{result.site.client} · {result.site.name}", brand)
    return paths


def _free_file(folder: Path, stem: str, suffix: str) -> Path:
    names = (f"{stem}.{suffix}", *(f"{stem}-{n}.{suffix}" for n in range(2, 1000)))
    return next(folder / name for name in names if not (folder / name).exists())


def as_json(result: Audit, language: str, edition: Edition = PLAIN) -> str:
    return json.dumps(audit_json(result, texts(language), edition), ensure_ascii=False, indent=1) + "\n"


def report(
    audit: str,
    formats: Sequence[str],
    out: Path | None,
    site: str,
    language: str,
    brand: Brand = UNBRANDED,
    archived: bool = False,
) -> list[Path]:
    """Write a report of an audit of the history, or of an audit JSON file; `archived` makes its PDFs PDF/A."""
    result = load(audit, site)
    chosen = language or result.site.language
    folder = free_folder(out, result.site)
    return write_report(result, formats, folder, chosen, Edition(brand=brand, archived=archived))


def report_compared(
    before: str,
    after: str,
    formats: Sequence[str],
    out: Path | None,
    site: str,
    language: str,
    brand: Brand = UNBRANDED,
) -> list[Path]:
    """Write the report of the later of two audits with what changed since the earlier one, in any of FORMATS.

    `before`, `after`: an id of the history, `latest`, or the path of an audit JSON file. Every form holds the
    comparison: pages and charts in the PDF, tables in HTML, XLSX and CSV, `comparison` in the JSON; page one names it.
    The course of people and score comes from the history of the site. Raises CompareError where they are not of one
    site. `write_report(audit, …, edition=compared(earlier, audit))` is the same for audits that are loaded already.
    """
    earlier, result = load(before, site), load(after, site)
    edition = replace(compared(earlier, result, course(result.site)), brand=brand)
    return write_report(result, formats, free_folder(out, result.site), language or result.site.language, edition)


def branded(named: Path | None = None, beside: Path | None = None) -> Brand:
    """Whose report it is: of the file that was named, else the first `report.toml` of the folder of a site file, the
    working folder and AUDITOR_HOME, else nobody's. Raises SiteFileError where the file or its logo cannot be used."""
    from auditor.declared import branding

    usual = [folder / branding.FILE for folder in (beside or Path(), Path(), home_folder())]
    path = named or next((place for place in usual if place.is_file()), None)
    if path is None:
        return UNBRANDED
    found = branding.read(path)
    if found.logo is not None:
        from auditor.reports.logo import LogoError, drawable

        try:
            drawable(found.logo)
        except LogoError:
            reason = Message("brand.bad_logo", {"name": found.logo.name})
            raise SiteFileError(str(path), 0, "consultant.logo", reason) from None
    return found


def compared(earlier: Audit, result: Audit, history: Sequence[Point] = ()) -> Edition:
    """The edition of a report that is compared with an earlier audit of the same site."""
    from auditor.compare import between

    return Edition(Earlier(earlier, between(earlier, result), tuple(history)))


def course(site: Site) -> tuple[Point, ...]:
    """The people and the score of every audit of a site that ended, oldest first."""
    for home in (home_folder(), demo_home()):
        for path in clients(home):
            with Store(path) as store:
                rows = [row for row in store.history(site.name) if row.client == site.client and row.status == "done"]
            if rows:
                return tuple(Point(row.at, row.seats, row.required, row.score) for row in reversed(rows))
    return ()


def load(audit: str, site: str = "") -> Audit:
    """An audit by id or `latest`, with what was decided about it since, or the path of an audit JSON file."""
    path = Path(audit)
    if is_file(audit):
        try:
            return audit_from_json(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, RecursionError) as error:
            values = {"file": audit, "why": " ".join(str(error).split())[:200]}
            raise StoreError(Message("report.not_json", values)) from None
    history_file, id = locate(audit, site)
    with Store(history_file) as store:
        return visit.current(store.load(id), store)


def is_file(audit: str) -> bool:
    """Whether an audit is named by the path of its JSON."""
    return Path(audit).suffix == ".json" or Path(audit).is_file()


def locate(audit: str, site: str = "") -> tuple[Where, str]:
    """The history file and id of an audit: the clients' first, else the demo's."""
    homes = [home_folder(), demo_home()]
    if audit == "latest" and not site and clients(home_folder()):
        homes = homes[:1]  # a client's audit is meant, not the demo that was looked at since
    for home in homes:
        try:
            return find(home, audit, site)
        except StoreError as error:
            if home is homes[-1] or error.message.id not in ("store.no_audit", "store.no_site"):
                raise
    raise StoreError(Message("store.no_audit", {"id": audit}))


def histories() -> Iterable[Where]:
    """Every history file there is, the demo's last."""
    for home in (home_folder(), demo_home()):
        yield from clients(home)


def explain(id: str, say: Texts) -> list[str]:
    """What a check is, in lines; empty when there is no such check."""
    found = next((check for check in CATALOGUE if check.id == id), None)
    if found is None:
        return []
    severity = say.name(f"severity.{found.severity.value}")
    first, last = found.lead_days
    lead = str(last) if first == last else f"{first}-{last}"
    lines = [
        f"{found.id}  {say.words(f'{id}.title')}",
        "",
        say.words(f"{id}.why"),
        "",
        say("Severity: {severity} (weight {weight}). Revision {revision}.", severity=severity, weight=found.weight,
            revision=found.revision),
        say("Thresholds (pass / warn / fail): {thresholds}",
            thresholds=say.words(f"{id}.thresholds", **found.limits)),
    ]  # fmt: skip
    if say.known(f"{id}.measured"):
        lines.append(say("Measured: {what}", what=say.words(f"{id}.measured")))
    lines += [
        say("Remedy: {action}.", action=say.words(f"{id}.action")),
        say.plural("Effort {hours} h, lead time {days} day, cost class {cost}.",
                   "Effort {hours} h, lead time {days} days, cost class {cost}.", last, hours=found.effort_hours,
                   days=lead, cost=found.cost),
    ]  # fmt: skip
    if found.words.choices:
        lines.append(say("Answers in the site file:"))
        lines += [f"  {word}: {say.words(f'{id}.choice.{word}')}" for word in ("good", "partial", "bad")]
    if found.references:
        lines.append(say("Sources: {sources}", sources="; ".join(map(say, found.references))))
    return lines


# ---- what is sent ----


def sends(path: Path, say: Texts) -> Iterable[str]:
    """Every OID and command line an audit may send to each device of a site."""
    site, _ = visit.open_site(path)
    if not site.targets:
        yield say("{file} describes no device: nothing would be sent.", file=str(path))
    for target in site.targets:
        pages = _pages(target)
        yield f"{target.name} ({target.address})"
        if target.snmp:
            yield "  " + say("SNMP, port {port:raw}: GET, GETNEXT and GETBULK of", port=target.snmp.port)
            yield "    " + say("one engine discovery datagram when the first request stays without an answer")
            yield from (f"    {oid}" for oid in sorted({oid for page in pages for oid in every_oid(page)}, key=_order))
        if target.ssh:
            yield "  " + say("SSH, port {port:raw}, as {user}:", port=target.ssh.port, user=target.ssh.user)
            yield from (f"    {line}" for line in _session(target, pages, say))
        if target.sip:
            yield "  " + say("SIP, one of the addresses of its name, without an account:")
            yield f"    {asked(target.address, target.sip)}"


def _session(target: Target, pages: Sequence[Vendor], say: Texts) -> Iterable[str]:
    """Every line that a session may send, and what is sent that is no line of a catalogue."""
    yield say("an empty line to see the prompt, and a space for each further page")
    if target.ssh and target.ssh.enable:
        yield say("{line}, and its one secret", line=ENABLE)
    shells = [shell(page.platform) for page in pages]
    replies = {reply for row in shells for _, reply in row.greets}
    yield from (
        say("{line} where a menu or a question stands before the prompt", line=line) for line in sorted(replies)
    )
    lines = {line for page in pages for line in every_line(page)} | {row.farewell for row in shells}
    for line in sorted(lines if len(pages) == 1 else lines | {*greetings()}):
        yield line
        yield from (f"  {said}" for said in _bounds(line, pages, say))


def _bounds(line: str, pages: Sequence[Vendor], say: Texts) -> Sequence[str]:
    """Of a line with a variable part: the regular expression that what is sent in its place has to match whole."""
    found = dict.fromkeys(row.pattern for page in pages for row in page.asked if row.line == line and row.pattern)
    return [
        say("in its place only what matches {pattern:raw} as a whole, without further signs of a shell", pattern=one)
        for one in found
    ]


def _pages(target: Target) -> Sequence[Vendor]:
    """What a device may turn out to be: over SNMP it says so itself, whatever the site file declares."""
    declared = by_platform(target.platform)
    return (declared,) if target.snmp is None and declared is not GENERIC else (*VENDORS, GENERIC)


def _order(oid: str) -> tuple[int, ...]:
    return tuple(int(part) for part in oid.split(".") if part.isdigit())
