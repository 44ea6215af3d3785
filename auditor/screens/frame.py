"""What every screen has: the client and READ-ONLY on top, the keys that work now at the foot, one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Click, ScreenResume
from textual.geometry import Size
from textual.message import Message as Note
from textual.screen import Screen
from textual.widget import Widget

from auditor.screens.flow import flow
from auditor.screens.ink import ink, safe
from auditor.values import N_

if TYPE_CHECKING:  # the first frame shows no audit
    from auditor.model import Audit
    from auditor.screens.services import Services
    from auditor.site import Site
    from auditor.texts import Texts

KEYS: Final = {
    "question_mark": "?",
    "slash": "/",
    "escape": "Esc",
    "enter": "↵",
    "ctrl+p": "^p",
    "ctrl+c": "^c",
    "ctrl+t": "^t",
    "ctrl+r": "^r",
    "ctrl+s": "^s",
    "right": "← →",
    "space": "␣",
}
NAMED: Final = {"delete": N_("Del")}
"""Keys whose name on the keyboard is a word of its language."""
ROOMY: Final = 110
"""Columns from which a screen is laid out side by side, and its top says all."""
LAST: Final = ("question_mark", "q")


class Speech:
    """The language of the screens: one for all of them, so that a switch reaches each."""

    def __init__(self, texts_of: Callable[[str], Texts], language: str) -> None:
        self._texts_of = texts_of
        self.texts = texts_of(language)

    def switch(self) -> None:
        """From English to French and back."""
        self.texts = self._texts_of("en" if self.texts.language == "fr" else "fr")


def key_name(key: str, texts: Texts) -> str:
    return texts(NAMED[key]) if key in NAMED else KEYS.get(key, key)


def live_bindings(screen: Screen[object]) -> list[Binding]:
    """The named keys that do something on this screen right now, each action once."""
    found: dict[str, Binding] = {}
    for active in screen.active_bindings.values():
        if active.enabled and active.binding.show and active.binding.description:
            found.setdefault(active.binding.action, active.binding)
    return list(found.values())


class TopBar(Widget):
    """Where one is, whose network this is, when it was audited, and that nothing is changed."""

    def __init__(self, speech: Speech, place: str, whose: str, when: str) -> None:
        super().__init__()
        self._speech, self._place, self._whose, self._when = speech, place, whose, when

    def rename(self, whose: str, when: str) -> None:
        self._whose, self._when = whose, when
        self.refresh()

    def render(self) -> Text:
        mark = f" {self._speech.texts('READ-ONLY')} "
        room = max(0, self.size.width - cell_len(mark))
        left = Text.assemble((f" {self._where()}", ink(self, "primary", bold=True)))
        for part, style in ((self._whose, ink(self, "", bold=True)), (self._when, ink(self, "dim"))):
            if part and left.cell_len + 3 + min(cell_len(part), 12) <= room:
                left.append(" │ ", style=ink(self, "dim")).append(part, style=style)
        left.truncate(room, overflow="ellipsis", pad=True)
        return left.append(mark, style=ink(self, "success", bold=True, reverse=True))

    def _where(self) -> str:
        """The program and the screen; where there is room for one of them, the screen."""
        if not self._place:
            return "AUDITOR"
        place = self._speech.texts(self._place)
        return f"AUDITOR › {place}" if self.size.width >= ROOMY else place


class KeyBar(Widget):
    """The keys that work now. A key that does not fit is left to the help, never cut."""

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def shown(self, width: int) -> list[tuple[Binding, str]]:
        """The keys and their words that fit into `width` cells, help and quit always last."""
        if self.app.screen is not self.screen:
            return []  # something stands in front: its keys work, not these
        words = [
            (binding, f" {key_name(binding.key, self._speech.texts)} {self._speech.texts(binding.description)} ")
            for binding in live_bindings(self.screen)
        ]
        last = [pair for pair in words if pair[0].key in LAST]
        room = width - sum(cell_len(text) for _, text in last)
        chosen = []
        for pair in (pair for pair in words if pair not in last):
            if cell_len(pair[1]) <= room:
                chosen.append(pair)
                room -= cell_len(pair[1])
        kept = [*chosen, *sorted(last, key=lambda pair: LAST.index(pair[0].key))]
        return kept if room >= 0 else kept[-1:]

    def render(self) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        for binding, text in self.shown(self.size.width):
            key = key_name(binding.key, self._speech.texts)
            line.append(f" {key}", style=ink(self, "accent", bold=True))
            line.append(text[1 + len(key) :])
        return line

    def on_click(self, event: Click) -> None:
        """A key may also be clicked."""
        at = 0
        for binding, text in self.shown(self.size.width):
            at += cell_len(text)
            if event.x < at:
                self.app.simulate_key(binding.key)
                return


class Page(Screen[None]):
    """A screen of the house: a frame around `body`; it composes itself anew when the language has changed."""

    @dataclass
    class Wanted(Note):
        """The user wants something of a site file: audit, site, questions, discover; or home."""

        what: str
        path: Path

    @dataclass
    class Notice(Note):
        """Something to be read before going on."""

        title: str
        lines: tuple[str, ...]

    PLACE = ""
    """What the key is called that leads here; on top of the screen."""
    AUTO_FOCUS = ""  # `settle` says where it is: Textual's own choice may be a field that is hidden
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (ROOMY, "-wide")]  # noqa: RUF012 - Textual's own declaration

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self.speech = speech
        self._spoken, self._stale = speech.texts, False

    @property
    def texts(self) -> Texts:
        return self.speech.texts

    def whose(self) -> tuple[str, str]:
        """Whose network the screen shows, and when it was audited ("" where there is none)."""
        return "", ""

    def body(self) -> Iterable[Widget]:
        """What stands between the bars."""
        return ()

    def compose(self) -> ComposeResult:
        yield TopBar(self.speech, self.PLACE, *self.whose())
        yield from self.body()
        yield KeyBar(self.speech)

    async def speak(self) -> None:
        """Say everything again in the language of now."""
        self._spoken, self._stale = self.speech.texts, False
        await self.recompose()
        if self.is_attached:
            self.settle()

    collecting = False
    """Whether devices are being read here."""

    def stop(self) -> None:
        """End what is being read."""

    @property
    def typing(self) -> bool:
        """Whether letters go into a field."""
        return self.focused is not None and self.focused.check_consume_key("x", "x")

    def tell(self, title: str, *lines: str) -> None:
        """Have something read before going on; from any thread."""
        self.post_message(self.Notice(title, lines))

    def tell_whose(self, whose: str, when: str) -> None:
        """Another name for the top of the screen."""
        self.query_one(TopBar).rename(whose, when)

    def copied(self) -> str:
        """What `y` copies: the row under the cursor, else the text that has the focus, else all text."""
        from textual.widgets import DataTable

        from auditor.screens.rows import Rows

        focused = self.focused
        if isinstance(focused, DataTable) and focused.row_count:
            return "  ".join(filter(None, (str(cell).strip() for cell in focused.get_row_at(focused.cursor_row))))
        if isinstance(focused, Rows):
            return focused.row_text()
        panels = (focused or self).query(Panel) or self.query(Panel)
        shown = (panel for panel in panels if panel.display and panel.content_size.width)
        return "\n".join(line.plain.rstrip() for panel in shown for line in panel.lines(panel.content_size.width))

    def settle(self) -> None:
        """What remains to be done once the widgets stand: the focus, the filters."""

    def on_mount(self) -> None:
        self.settle()

    def on_screen_suspend(self) -> None:
        for keys in self.query(KeyBar):
            keys.refresh()

    async def on_screen_resume(self, event: ScreenResume) -> None:
        if (self._stale or self._spoken is not self.speech.texts) and self.is_attached:
            await self.speak()


class AuditPage(Page):
    """A screen about one audit."""

    @dataclass
    class Decided(Note):
        """What was decided changed the audit: `audit` is the one to show from now on, on every screen."""

        audit: Audit

    def __init__(self, speech: Speech, audit: Audit, services: Services) -> None:
        super().__init__(speech)
        self.audit, self.services = audit, services

    def renew(self, audit: Audit) -> None:
        """Show this audit when the screen comes back to the front."""
        self.audit, self._stale = audit, True

    def whose(self) -> tuple[str, str]:
        return site_name(self.audit.site), self.texts.datetime(self.audit.at)


def site_name(site: Site) -> str:
    return safe(f"{site.client} · {site.name}")


class Panel(Widget):
    """A block of text whose every line is drawn for the width it gets, in the language and theme of now."""

    def lines(self, width: int) -> list[Text]:
        raise NotImplementedError

    def render(self) -> Text:
        return Text("\n", no_wrap=True).join(self.lines(self.content_size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines(width))

    def redraw(self) -> None:
        """Draw what is told now; the screen is arranged anew only where that takes another number of lines."""
        size = self.content_size
        self.refresh(layout=not size.width or len(self.lines(size.width)) != size.height)

    def heading(self, words: str) -> Text:
        return Text.assemble((words, ink(self, "primary", bold=True)), no_wrap=True)


class Words(Panel):
    """A few sentences."""

    def __init__(self, text: str, *, classes: str, id: str | None = None) -> None:
        super().__init__(classes=classes, id=id)
        self.text = text

    def lines(self, width: int) -> list[Text]:
        return flow(Text(self.text), width) if self.text else []

    def update(self, text: str) -> None:
        self.text = text
        self.refresh(layout=True)
