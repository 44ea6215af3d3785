"""What the screens can have done: implements `screens.services.Services` with visits, histories and reports."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import desk, visit
from auditor.collectors.transport import CollectError
from auditor.credentials import for_client as credentials_of
from auditor.declared import sitebook
from auditor.declared.quiet import QuietHours
from auditor.model import Audit
from auditor.planning.study import AuditStudy
from auditor.reports.edition import Edition
from auditor.screens.services import KnownSite, Talk
from auditor.site import Site
from auditor.sitefile import SiteFileError
from auditor.store import Saved, Store, StoreError, clients, home_folder
from auditor.texts import Texts
from auditor.values import ABSENT, Absent
from auditor.visit import Place, Visit
from auditor.wording import texts

if TYPE_CHECKING:
    from auditor.declared.formdesk import FormDesk
    from auditor.demo.stage import Stage

DEMO_WINDOW = 8.0
TREND = 12


class Service:
    """One run of the program; remembers the text of each site that was opened, and the demo once it was looked at."""

    def __init__(self, language: str, window: float, later: bool = False) -> None:
        self.language, self.window, self.later = language, window, later
        self._texts: dict[Site, str] = {}
        self._stage: Stage | None = None
        self._opened: list[tuple[Site, str, Path]] = []
        self.study = AuditStudy()

    @cached_property
    def forms(self) -> FormDesk:
        from auditor.declared.formdesk import FormDesk

        return FormDesk(self._fault, self._lent)

    def close(self) -> None:
        """End the demo's network, where it is up."""
        stage, self._stage = self._stage, None
        if stage is not None:
            stage.close()

    def speak(self, language: str, /) -> None:
        self.language = language

    def texts(self, language: str, /) -> Texts:
        return texts(language, narrow=False)

    def _fault(self, error: Exception) -> ValueError:
        """A known fault as one clear line in the user's language."""
        say = self.texts(self.language)
        if isinstance(error, SiteFileError):
            return ValueError(desk.site_fault(error, say))
        message = getattr(error, "message", None)
        return ValueError(say.say(message) if message is not None else str(error))

    # ---- sites ----

    def sites(self) -> Sequence[KnownSite]:
        files = self._files()
        found: dict[tuple[str, str], KnownSite] = {}
        for home in (home_folder(), desk.demo_home()):
            for path in clients(home):
                with Store(path) as store:
                    for site in _by_site(store.history()):
                        file = files.pop((site.client, site.site), None)
                        path_ = file.path if file and home == home_folder() else ABSENT
                        if self._stage and home == desk.demo_home():
                            path_ = self._stage.file
                        found.setdefault((site.client, site.site), replace(site, path=path_))
        audited = sorted(found.values(), key=lambda row: str(row.at), reverse=True)
        return [*audited, *files.values()]

    def _files(self) -> dict[tuple[str, str], KnownSite]:
        """The site files that were opened here, by client and site; one that cannot be read says why."""
        found: dict[tuple[str, str], KnownSite] = {}
        for path in sitebook.known(home_folder()):
            if not path.is_file():
                continue
            try:
                site, _ = visit.open_site(path)
                row = KnownSite(site.client, site.name, path)
            except (ValueError, OSError) as error:
                row = KnownSite("?", path.name, path, fault=str(self._fault(error)))
            found.setdefault((row.client, row.site) if not row.fault else ("", str(path)), row)
        return found

    def site_path(self, audit: Audit, /) -> Path | Absent:
        file = self._files().get((audit.site.client, audit.site.name))
        if self._stage and not file:
            site, _ = visit.open_site(self._stage.file)
            return self._stage.file if site.client == audit.site.client else ABSENT
        return file.path if file else ABSENT

    def open_site(self, path: Path, /) -> Site:
        try:
            site, text = visit.open_site(path)
        except SiteFileError as error:
            raise self._fault(error) from None
        if not self._is_demo(path):
            sitebook.remember(home_folder(), path)
        self._opened.append((site, text, path))
        return site

    def new_site(self, path: Path, language: str, /) -> Path:
        template = (files("auditor") / "templates" / f"site.{language}.toml").read_text(encoding="utf-8")
        say = self.texts(self.language)
        try:
            with path.open("x", encoding="utf-8") as stream:
                stream.write(template)
        except FileExistsError:
            raise ValueError(say("{file} exists already; nothing was written.", file=str(path))) from None
        except OSError as error:
            raise ValueError(say("{file}: {why}", file=str(path), why=say.refusal(error))) from None
        sitebook.remember(home_folder(), path)
        return path

    def open_audit(self, id: str, /) -> Audit:
        try:
            return desk.load(id)
        except StoreError as error:
            raise self._fault(error) from None

    def demo(self) -> AbstractContextManager[Site]:
        """The company of the demo, as its file stands: what was edited in this run is kept."""
        if self._stage is None:
            from auditor.demo.stage import Stage

            try:
                self._stage = Stage(self.later)
            except CollectError as error:
                raise self._fault(error) from None
        return nullcontext(self.open_site(self._stage.file))

    def _is_demo(self, path: Path | None) -> bool:
        return self._stage is not None and path == self._stage.file

    def _lent(self, path: Path) -> Stage | None:
        """What the demo lends to its own file: credentials, and networks that are nobody's."""
        return self._stage if self._is_demo(path) else None

    def run_audit(self, site: Site, talk: Talk, resume: bool = False, /) -> Audit:
        text, path = next(((text, path) for known, text, path in self._opened if known is site), ("", None))
        demo = self._stage.credentials if self._stage and self._is_demo(path) else None
        home = desk.demo_home() if demo else home_folder()
        resolver = credentials_of(home, site.client, talk.ask_secret)
        one = Visit(Place.of(home, site), site, text, demo or resolver)
        talk.stop.then(one.stop)

        def again() -> Sequence[str]:
            names = talk.hold.again()
            for target in site.targets:
                if target.name in names:
                    resolver.forget(target)
            return names

        try:
            result = one.run(
                decide=(lambda device, print_: True) if demo else talk.accept_host_key,
                emit=talk.emit,
                window=min(self.window, DEMO_WINDOW) if demo else self.window,
                resume=resume,
                held=lambda: talk.hold.held,
                again=again,
            )
            if one.unsaved is not None:
                raise one.unsaved
            return result
        except (StoreError, QuietHours, OSError) as error:
            raise self._fault(error) from None
        finally:
            resolver.close()

    def export(self, audit: Audit, language: str, formats: Sequence[str], folder: str, /) -> Sequence[Path]:
        try:
            place = desk.free_folder(Path(folder).expanduser() if folder.strip() else None, audit.site)
            return desk.write_report(audit, formats, place, language, Edition(brand=desk.branded()))
        except SiteFileError as error:
            raise self._fault(error) from None
        except OSError as error:
            say = self.texts(self.language)
            raise ValueError(say("{file}: {why}", file=str(error.filename), why=say.refusal(error))) from None


def _by_site(rows: Sequence[Saved]) -> Sequence[KnownSite]:
    """One line for each site of a history that is given newest first."""
    found: dict[str, list[Saved]] = {}
    for row in rows:
        found.setdefault(row.site, []).append(row)
    return [_known(audits) for audits in found.values()]


def _known(audits: Sequence[Saved]) -> KnownSite:
    """A site by its audits, newest first: the figures of the last one that was judged."""
    judged = [row for row in audits if row.status != "running"]
    interrupted = audits[0].status != "done"
    if not judged:
        return KnownSite(audits[0].client, audits[0].site, interrupted=True)
    last = judged[0]
    return KnownSite(
        last.client,
        last.site,
        audit=last.id,
        at=last.at,
        seats=last.seats,
        required=last.required,
        grade=last.grade,
        interrupted=interrupted,
        trend=tuple(row.seats for row in judged[TREND - 1 :: -1]),
    )
