"""The terminal application: a table of screens and keys; what they show and do is handed in by the caller."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from textual import work
from textual.app import App
from textual.binding import Binding
from textual.events import Key
from textual.filter import LineFilter
from textual.reactive import Reactive
from textual.screen import ModalScreen

from auditor.screens import pauses
from auditor.screens.ascii import Ascii, is_bare
from auditor.screens.frame import AuditPage, Page, Speech, live_bindings
from auditor.screens.ink import safe
from auditor.screens.themes import DARK, THEMES, after
from auditor.screens.typeahead import TypeAhead
from auditor.screens.welcome import Welcome
from auditor.values import ABSENT, N_, Absent

if TYPE_CHECKING:
    from textual.theme import Theme

    from auditor.model import Audit
    from auditor.screens.export import Order
    from auditor.screens.forms import Forms, SiteForm
    from auditor.screens.progress import Progress
    from auditor.screens.services import KnownSite, Services
    from auditor.site import Site

T = TypeVar("T")
View: TypeAlias = "Callable[[Speech, Audit, Services], AuditPage]"
SitePageType: TypeAlias = "Callable[[Speech, SiteForm, Forms], Page]"


def later(module: str, name: str) -> Any:
    """A screen whose module is read when it is first opened: the first frame waits for none of them."""
    return lambda *given: getattr(import_module(f"auditor.screens.{module}"), name)(*given)


VIEWS: Final[Mapping[str, View]] = {
    "dashboard": later("dashboard", "Dashboard"),
    "findings": later("findings", "Findings"),
    "devices": later("device", "Devices"),
    "plan": later("plan", "Plan"),
    "whatif": later("whatif", "WhatIf"),
    "compare": later("compare", "Compare"),
}
"""The screens of an audit, each made with (speech, audit, services); a line here and a key in BINDINGS add one."""
SITE_PAGES: Final[Mapping[str, SitePageType]] = {
    "site": later("site", "SitePage"),
    "questions": later("questions", "Questions"),
    "discover": later("discover", "Discover"),
}
SHEETS: Final = Path(__file__).parent / "screens"
HIDDEN: Final = ("palette", "view", "site", "export", "home", "up", "help", "copy")


class AuditorApp(App[None]):
    """Screens and keys; every question of substance goes to `services`."""

    theme: Reactive[str] = Reactive(DARK.name)
    CSS_PATH = SHEETS / "app.tcss"
    ENABLE_COMMAND_PALETTE = False  # ours speaks the reader's language: see `action_palette`
    BINDINGS = [  # noqa: RUF012 - Textual's own declaration
        Binding("d", "view('dashboard')", N_("Dashboard"), tooltip=N_("the answer, what binds, what to do first")),
        Binding("f", "view('findings')", N_("Findings"), tooltip=N_("every check with its evidence")),
        Binding("p", "view('plan')", N_("Plan"), tooltip=N_("every action, in order, with its dates")),
        Binding("w", "view('whatif')", N_("What-if"), tooltip=N_("turn any input and see the people follow")),
        Binding("c", "view('compare')", N_("Compare"), tooltip=N_("this audit and an earlier one, side by side")),
        Binding("v", "view('devices')", N_("Devices"), tooltip=N_("what each device told and did not")),
        Binding("e", "export", N_("Export"), tooltip=N_("write the report: PDF, HTML, Excel, CSV, JSON")),
        Binding("a", "site('audit')", N_("Audit"), tooltip=N_("audit this site again")),
        Binding("m", "site('site')", N_("Edit"), tooltip=N_("the site's devices, links, people and answers")),
        Binding("i", "site('questions')", N_("Questions"), tooltip=N_("the questionnaire of this site")),
        Binding("s", "home", N_("Sites"), tooltip=N_("back to the list of sites")),
        Binding("y", "copy", N_("Copy"), tooltip=N_("copy the row or the text that has the focus")),
        Binding("l", "language", N_("Français"), tooltip=N_("switch between English and French")),
        Binding("ctrl+p", "palette", N_("Commands"), tooltip=N_("every command, by name"), priority=True),
        Binding("question_mark", "help", N_("Help"), tooltip=N_("what works here")),
        Binding("q", "leave", N_("Quit"), tooltip=N_("leave Auditor")),
        Binding("ctrl+t", "theme", show=False),
        Binding("ctrl+q", "leave", show=False),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("escape", "up", show=False),
    ]

    def __init__(
        self,
        services: Services,
        *,
        language: str = "en",
        demo: bool = False,
        site: Site | None = None,
        audit: Audit | None = None,
        clock: Callable[[], float] = monotonic,
        bare: bool = False,
    ) -> None:
        super().__init__()
        self._ascii = Ascii(bare)
        self._services, self._clock = services, clock
        self._first = (demo, site, audit)
        self.speech = Speech(services.texts, language)
        self._audited: Audit | None = None
        self._site_path: Path | Absent = ABSENT
        self._view = ""
        self._typing = TypeAhead(self)

    def on_mount(self) -> None:
        self.push_screen(Welcome(self.speech))
        self.call_after_refresh(self._wake)

    def _wake(self) -> None:
        """What the first frame does not wait for: the sheet of all other screens, the list of sites, what was asked."""
        self.stylesheet.read(SHEETS / "pages.tcss")
        self.stylesheet.parse()
        self._list_sites()
        demo, site, audit = self._first
        if audit:
            self._show(audit)
        elif site:
            self._begin(lambda: nullcontext(site), site)
        elif demo:
            self._begin(self._services.demo)

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Ours, there from the start: a theme set later has every sheet read twice before the first frame."""
        return {**super().available_themes, **{theme.name: theme for theme in THEMES}}

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own names of colours, while no theme of ours is in force."""
        return DARK.variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and ours where the terminal shows ASCII alone."""
        return [*super().get_line_filters(), *([self._ascii] if self._ascii.enabled else [])]

    # ---- from one screen to the next ----

    def on_welcome_started(self, message: Welcome.Started) -> None:
        if message.what == "demo":
            self._begin(self._services.demo)
        else:
            self._ask_path(message.what)

    def _ask_path(self, what: str) -> None:
        from auditor.screens.ask import Ask, path_of

        texts = self.speech.texts
        if what == "new":
            title = texts("New site")
            hint = texts("Where the site file is written; an existing file is never replaced.")
            write = lambda text: self._services.new_site(path_of(text), self.speech.texts.language)  # noqa: E731
            self.push_screen(Ask(self.speech, title, hint, write, given="site.toml"), self._edit)
        else:
            title, hint = texts("Open a site file"), texts("The path of its TOML file.")
            read = lambda text: (self._services.open_site(path_of(text)), path_of(text))[1]  # noqa: E731
            self.push_screen(Ask(self.speech, title, hint, read), self._edit)

    def _edit(self, path: Path | None) -> None:
        if path is not None:
            self._want("site", path)

    def on_welcome_chosen(self, message: Welcome.Chosen) -> None:
        known = message.site
        if known.fault:
            self._fault(known.fault)
        elif message.what == "open" and known.audit:
            self._open(known.audit)
        elif isinstance(known.path, Path):
            what = "site" if message.what == "open" else message.what
            self._want(what, known.path, interrupted=known.interrupted)

    def on_page_wanted(self, message: Page.Wanted) -> None:
        self._want(message.what, message.path)

    def on_page_notice(self, message: Page.Notice) -> None:
        self._tell(message.title, message.lines)

    def _want(self, what: str, path: Path, *, interrupted: bool = False) -> None:
        """One of the things that can be done with a site file."""
        if what == "home":
            self.action_home()
        elif what == "audit":
            self._open_then(lambda: self._services.open_site(path), partial(self._ask_audit, interrupted=interrupted))
        else:
            self._open_then(lambda: self._services.forms.form(path), partial(self._page, SITE_PAGES[what]))

    @work(thread=True, exclusive=True, group="open")
    def _open_then(self, open_: Callable[[], T], then: Callable[[T], None]) -> None:
        """Read something from the disk beside the screens, then go on with it."""
        self._typing.opening = True
        try:
            found = open_()
        except ValueError as fault:
            self.call_from_thread(self._opened, self._fault, fault)
        else:
            self.call_from_thread(self._opened, then, found)

    def _opened(self, then: Callable[[T], None], found: T) -> None:
        then(found)
        self._typing.opened()

    def _page(self, page: SitePageType, form: SiteForm) -> None:
        """Show a page about a site: one of them at a time, above the list of sites."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self._view = ""
        self.push_screen(page(self.speech, form, self._services.forms))

    def _ask_audit(self, site: Site, *, interrupted: bool = False) -> None:
        """A real network is never asked anything without a yes; an audit that did not end can be gone on with."""
        texts = self.speech.texts
        if not site.targets:
            self._tell(texts("The site file names no device."), (texts("Add one first: m, then n."),))
            return
        count = texts.plural("{count} device will be read:", "{count} devices will be read:", len(site.targets))
        names = ", ".join(safe(f"{target.name}\u00a0({target.address})") for target in site.targets)
        line = texts("Nothing is changed on them. Esc stops at any time and keeps what was collected.")
        title = texts("Audit {site}?", site=safe(site.name))
        rows = [("no", texts("Back")), ("new", texts("Audit"))]
        if interrupted:
            rows.insert(1, ("resume", texts("Go on with the audit that did not end")))
        from auditor.screens.choose import Choose

        question = Choose(self.speech, title, rows, line=f"{count} {names}\n{line}")
        self.push_screen(question, partial(self._audit_if, site))

    def _audit_if(self, site: Site, chosen: str | None) -> None:
        if chosen in ("new", "resume"):
            self._begin(lambda: nullcontext(site), site, resume=chosen == "resume")

    def _open(self, audit: str) -> None:
        self._open_then(lambda: self._services.open_audit(audit), self._show)

    def _begin(
        self, open_: Callable[[], AbstractContextManager[Site]], site: Site | None = None, *, resume: bool = False
    ) -> None:
        texts = self.speech.texts
        whose = safe(f"{site.client} · {site.name}") if site else texts("Demo")
        run = lambda site, talk: self._services.run_audit(site, talk, resume)  # noqa: E731
        from auditor.screens.progress import Progress

        self.push_screen(Progress(self.speech, open_, run, self._clock, whose))

    def on_progress_finished(self, message: Progress.Finished) -> None:
        if self._collecting:
            self._home()
            self._show(message.audit)

    def on_progress_failed(self, message: Progress.Failed) -> None:
        if self._collecting:
            self._home()
        if message.line:
            self._fault(message.line)

    def _home(self) -> None:
        """Back to the first screen, whatever stands above it."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self._view = ""
        self._list_sites()

    @work(thread=True, exclusive=True, group="sites")
    def _list_sites(self) -> None:
        """Read the list of sites beside the screens: the first frame does not wait for the house to wake."""
        try:
            sites = self._services.sites()
        except ValueError as fault:
            self.call_from_thread(self._fault, fault)
            sites = ()
        self.call_from_thread(self._show_sites, sites)

    def _show_sites(self, sites: Sequence[KnownSite]) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Welcome):
                screen.show(sites)

    def _show(self, audit: Audit) -> None:
        """Build the screens of an audit and open its dashboard."""
        for name, view in VIEWS.items():
            if self._audited is not None:
                self.uninstall_screen(name)
            self.install_screen(view(self.speech, audit, self._services), name)
        self._audited, self._view = audit, "dashboard"
        self._site_path = self._services.site_path(audit)
        self.push_screen("dashboard")

    def on_audit_page_decided(self, message: AuditPage.Decided) -> None:
        """Somebody decided about the audit: every screen shows it as it is now."""
        self._audited = message.audit
        for name in VIEWS:
            view = self.get_screen(name)
            assert isinstance(view, AuditPage)
            if view is not self.screen:
                view.renew(message.audit)

    # ---- keys ----

    def on_key(self, event: Key) -> None:
        if self._typing.takes(event):
            event.prevent_default()

    @property
    def _collecting(self) -> bool:
        return any(isinstance(screen, Page) and screen.collecting for screen in self.screen_stack)

    @property
    def _reading(self) -> bool:
        """Whether an audit is on the screen."""
        return isinstance(self.screen, AuditPage)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "interrupt":
            return self._collecting or self.focused is None or not self.focused.check_consume_key("x", "x")
        if not self.screen_stack or isinstance(self.screen, ModalScreen):
            return action not in HIDDEN
        if action == "view":
            return self._reading and parameters != (self._view,)
        if action == "site":
            return self._reading and isinstance(self._site_path, Path)
        if action == "home":
            return not self._collecting and not isinstance(self.screen, Welcome)
        if action in ("export", "up"):
            return self._reading
        return True

    def action_view(self, name: str) -> None:
        self._view = name
        self.switch_screen(name)

    def action_home(self) -> None:
        self._home()

    def action_site(self, what: str) -> None:
        """Something about the site of the audit on the screen."""
        if isinstance(self._site_path, Path):
            self._want(what, self._site_path)

    def action_copy(self) -> None:
        if isinstance(self.screen, Page) and (text := self.screen.copied()):
            self.copy_to_clipboard(text)
            lines = text.count("\n") + 1
            self.notify(self.speech.texts.plural("{count} line copied.", "{count} lines copied.", lines), timeout=2)

    def action_up(self) -> None:
        """From a view to the dashboard, from there to the sites."""
        if self._view == "dashboard":
            self._home()
        else:
            self.action_view("dashboard")

    async def action_language(self) -> None:
        """The other language, at once and everywhere."""
        self.speech.switch()
        self._services.speak(self.speech.texts.language)
        if isinstance(self.screen, Page):
            await self.screen.speak()

    async def action_theme(self) -> None:
        self.theme = after(self.theme)
        if isinstance(self.screen, Page):
            await self.screen.speak()

    def action_palette(self) -> None:
        from auditor.screens.palette import Entry, entries, palette

        texts = self.speech.texts
        more = [Entry(texts("Theme"), texts("dark, light or high contrast"), partial(self.simulate_key, "ctrl+t"))]
        self.push_screen(palette(self.speech, entries(self.speech, self.screen, more)))

    def action_help(self) -> None:
        from auditor.screens.help import Help

        self.push_screen(Help(self.speech, live_bindings(self.screen)))

    def action_interrupt(self) -> None:
        """Ctrl-C: end the audit that runs, whatever stands in front of it; else leave. In a field it copies."""
        if self._collecting:
            self._stop_collecting()
        else:
            self.action_leave()

    def _stop_collecting(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Page) and screen.collecting:
                screen.stop()

    def action_leave(self) -> None:
        """Quit; while devices are being read, only after a yes."""
        if not self._collecting:
            self.exit()
            return
        from auditor.screens.confirm import Confirm

        texts = self.speech.texts
        line = texts("The audit stops; what was collected is kept.")
        question = Confirm(self.speech, texts("Quit now?"), (line,), texts("Quit"), texts("Go on"))
        self.push_screen(question, self._leave_if)

    def _leave_if(self, yes: bool | None) -> None:
        if yes:
            self._stop_collecting()
            self.exit()

    def action_export(self) -> None:
        if self._audited is not None:
            from auditor.screens.export import Export

            self.push_screen(Export(self.speech), self._ordered)

    def _ordered(self, order: Order | None) -> None:
        if self._audited is not None and order is not None:
            self.notify(self.speech.texts("Writing the report…"), timeout=3)
            self._export(self._audited, self.speech.texts.language, order)

    @work(thread=True, exclusive=True, group="export")
    def _export(self, audit: Audit, language: str, order: Order) -> None:
        try:
            written = self._services.export(audit, language, order.formats, order.folder)
        except ValueError as fault:
            self.call_from_thread(self._fault, fault)
        else:
            title = self.speech.texts("The report is written.")
            self.call_from_thread(self._tell, title, tuple(safe(path) for path in written))

    # ---- notices ----

    def _fatal_error(self) -> None:
        """A bug of ours ends in one line, its traceback in the log: Textual would print every local variable."""
        logging.getLogger(__name__).exception("the screens stopped")
        what = type(sys.exc_info()[1]).__name__
        texts = self.speech.texts
        line = texts("Auditor stopped on an error of its own ({what}). Devices read until then are saved.", what=what)
        self.panic(line)

    def _tell(self, title: str, lines: tuple[str, ...]) -> None:
        from auditor.screens.confirm import Confirm

        self.push_screen(Confirm(self.speech, title, lines, self.speech.texts("OK")))

    def _fault(self, fault: ValueError | str) -> None:
        self._tell(self.speech.texts("That did not work."), (safe(fault),))


def run(
    services: Services,
    *,
    language: str = "en",
    demo: bool = False,
    site: Site | None = None,
    audit: Audit | None = None,
) -> None:
    """Open the screens: on the known sites, or at once on the demo, on a site to audit, or on an audit."""
    bare = is_bare(os.environ)
    app = AuditorApp(services, language=language, demo=demo, site=site, audit=audit, bare=bare)
    pauses.begin()
    app.run()
    if app.return_code:
        raise SystemExit(app.return_code)
