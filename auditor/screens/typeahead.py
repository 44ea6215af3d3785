"""Keys that come faster than they are answered: a paste, a slow line, a quick hand.

Textual hands every key to the widget that has the focus when the key arrives; a key that opens a field or a question is
answered later than that. Here each key waits until the one before it was answered and what that opened stands.
"""

from __future__ import annotations

from typing import Any, Final
from weakref import WeakSet

from textual.app import App
from textual.dom import DOMNode
from textual.events import Key
from textual.screen import Screen

PATIENCE_S: Final = 0.3
"""A widget may keep a key for itself, or be gone before it answers: after this long the next key is typed anyway."""


class TypeAhead:
    """The keys of one application that wait for their turn; `opening` while a file is read that a screen waits for."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._early: list[Key] = []
        self._turn: Key | None = None
        self._answering, self._asked = False, 0
        self._stood: WeakSet[Screen[Any]] = WeakSet()
        self.opening = False

    def takes(self, key: Key) -> bool:
        """Keep a key that came too early, or type it into the field that it was meant for; False: answer it now."""
        turn = key is self._turn
        if turn:
            self._turn = None
        elif self._early or self._turn or self._answering or self.opening or self._unready:
            self._early.append(key)
            self._answer()
            return True
        elif self._into_field(key):
            return True
        self._answer()
        return False

    def opened(self) -> None:
        """What was read for a screen is there."""
        self.opening = False
        self._app.call_later(self.type_on)

    def type_on(self) -> None:
        """The letters that wait for a field, then the next key."""
        app = self._app
        if self._unready:
            self._stood.add(app.screen)
            app.screen.call_after_refresh(app.call_later, self.type_on)
            return
        self._answering = False
        while self._early and not self.opening and self._into_field(self._early[0]):
            self._early.pop(0)
        if self._early and not self.opening:
            key = self._early.pop(0)
            self._turn = Key(key.key, key.character).set_sender(app)  # as the driver does: it bubbles all the way
            app.post_message(self._turn)
            self._patience()

    @property
    def _unready(self) -> bool:
        """Whether the screen in front is so new that it was never drawn: its widgets would lose a key."""
        return self._app.screen not in self._stood

    def _into_field(self, key: Key) -> bool:
        """Type a letter that came before its field had the focus."""
        focused = self._app.focused
        if focused is None or not key.is_printable or not focused.check_consume_key(key.key, key.character):
            return False
        from textual.widgets import Input

        if isinstance(focused, Input) and key.character is not None:
            focused.insert_text_at_cursor(key.character)
        return isinstance(focused, Input)

    def _answer(self) -> None:
        """Wait until the key that is answered now is answered."""
        if not self._answering and self._turn is None:
            self._answering = True
            self._app.call_later(self._follow, None, self._patience())

    def _follow(self, node: DOMNode | None, asked: int) -> None:
        """Go the way that a message of the widget in focus goes, behind it; then type on."""
        app = self._app
        here = node or app.focused or app.screen
        if here is not app and here.call_later(self._follow, here.parent or app, asked):
            return
        if asked == self._asked:
            self._turn = None
            self.type_on()

    def _patience(self) -> int:
        self._asked += 1
        asked = self._asked
        self._app.set_timer(PATIENCE_S, lambda: self._give_up(asked))
        return asked

    def _give_up(self, asked: int) -> None:
        if self._app.screen_stack and asked == self._asked and (self._turn or self._answering):
            self._app.call_later(self._follow, None, asked)
