"""What the screens can have done: implements `screens.services.Services` with visits, histories and reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.resources import files
from pathlib import Path

from auditor import desk, visit
from auditor.collectors.transport import Credentials
from auditor.credentials import for_client as credentials_of
from auditor.model import Audit, Site
from auditor.planning.study import AuditStudy
from auditor.screens.services import KnownSite, Talk
from auditor.sitefile import SiteFileError
from auditor.store import Store, StoreError, clients, home_folder
from auditor.texts import Texts
from auditor.visit import Place, Visit
from auditor.wording import texts

DEMO_WINDOW = 8.0


class Service:
    """One run of the program; remembers the text of each site that was opened, and whether it is the demo's."""

    def __init__(self, language: str, window: float) -> None:
        self.language, self.window = language, window
        self._texts: dict[Site, str] = {}
        self._demo: dict[str, Credentials] = {}
        self._opened: list[tuple[Site, str]] = []
        self.study = AuditStudy()

    def texts(self, language: str, /) -> Texts:
        return texts(language, narrow=False)

    def _fault(self, error: Exception) -> ValueError:
        """A known fault as one clear line in the user's language."""
        say = self.texts(self.language)
        if isinstance(error, SiteFileError):
            return ValueError(desk.site_fault(error, say))
        message = getattr(error, "message", None)
        return ValueError(say.say(message) if message is not None else str(error))

    def sites(self) -> Sequence[KnownSite]:
        found: dict[tuple[str, str], KnownSite] = {}
        for home in (home_folder(), desk.demo_home()):
            for path in clients(home):
                with Store(path) as store:
                    for row in store.history():
                        found.setdefault(
                            (row.client, row.site),
                            KnownSite(
                                client=row.client,
                                site=row.site,
                                audit=row.id,
                                at=row.at,
                                seats=row.seats,
                                required=row.required,
                                grade=row.grade,
                                interrupted=row.status != "done",
                            ),
                        )
        return sorted(found.values(), key=lambda row: str(row.at), reverse=True)

    def open_site(self, path: Path, /) -> Site:
        try:
            site, text = visit.open_site(path)
        except SiteFileError as error:
            raise self._fault(error) from None
        self._opened.append((site, text))
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
            raise ValueError(f"{path}: {error.strerror}") from None
        return path

    def open_audit(self, id: str, /) -> Audit:
        try:
            return desk.load(id)
        except StoreError as error:
            raise self._fault(error) from None

    def demo(self) -> AbstractContextManager[Site]:
        return self._network()

    @contextmanager
    def _network(self) -> Iterator[Site]:
        from auditor.demo.network import DemoNetwork

        with DemoNetwork() as network:
            site, text = desk.parse_demo(network.site_text)
            self._opened.append((site, text))
            self._demo[text] = network.credentials
            yield site

    def run_audit(self, site: Site, talk: Talk, /) -> Audit:
        text = next((text for known, text in self._opened if known is site), "")
        demo = self._demo.get(text)
        home = desk.demo_home() if demo else home_folder()
        one = Visit(Place.of(home, site), site, text, demo or credentials_of(home, site.client, talk.ask_secret))
        talk.stop.then(one.stop)
        window = min(self.window, DEMO_WINDOW) if demo else self.window
        try:
            decide = (lambda device, print_: True) if demo else talk.accept_host_key
            return one.run(decide=decide, emit=talk.emit, window=window)
        except (StoreError, OSError) as error:
            raise self._fault(error) from None

    def export(self, audit: Audit, language: str, /) -> Sequence[Path]:
        try:
            folder = desk.free_folder(None, audit.site)
            return desk.write_report(audit, desk.FORMATS, folder, language)
        except OSError as error:
            raise ValueError(f"{error.filename}: {error.strerror}") from None


def open_screens(demo: bool = False, window: float = 60.0, language: str = "") -> None:
    """Open the terminal screens; `demo` starts with an audit of the built-in network."""
    from auditor.app import run
    from auditor.cli import environment_language

    chosen = language or environment_language()
    run(Service(chosen, window), language=chosen, demo=demo)
