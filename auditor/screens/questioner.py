"""Questions that working threads put to the user, one after the other; once the work is stopped, each gets a no."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TypeVar

from textual.screen import ModalScreen

from auditor.screens.ask import Ask
from auditor.screens.confirm import Confirm
from auditor.screens.frame import Page
from auditor.screens.ink import safe
from auditor.screens.marks import say
from auditor.screens.services import Stop
from auditor.values import Message

T = TypeVar("T")


class Questioner:
    """Asks over a page, from any thread but the screens' own; `names`: devices by `192.0.2.1` or `[192.0.2.1]:2222`."""

    def __init__(self, page: Page, stop: Stop) -> None:
        self._page, self._stop = page, stop
        self.names: dict[str, str] = {}
        self._turn = threading.Lock()

    def host_key(self, host: str, fingerprint: str) -> bool:
        """Whether a key seen for the first time is the device's; names the device, not only where it answers."""
        texts, name = self._page.texts, self.names.get(host, "")
        device = f"{name} ({host})" if name else host
        lines = (
            texts("{device} shows this SSH host key for the first time:", device=safe(device)),
            safe(fingerprint),
            texts("Compare it on the device's own console. Accepted, it is remembered for this site."),
        )
        title, yes, no = texts("Is this the right device?"), texts("Accept the key"), texts("Skip the device")
        return self._put(Confirm(self._page.speech, title, lines, yes, no), refused=False)

    def secret(self, question: Message) -> str:
        texts = self._page.texts
        hint = texts("It is used for this audit and never kept.")
        return self._put(Ask(self._page.speech, say(texts, question), hint, str, secret=True), refused="")

    def _put(self, question: ModalScreen[T], refused: T) -> T:
        """Ask, and wait for the answer; when the work is stopped meanwhile it is `refused`.

        One question at a time: a second one over a half-typed secret would take the rest of it, with its Enter.
        """
        with self._turn:
            return self._asked(question, refused)

    def _asked(self, question: ModalScreen[T], refused: T) -> T:
        answer: Future[T] = Future()
        app = self._page.app

        def settle(value: T | None) -> None:
            if not answer.done():
                answer.set_result(refused if value is None else value)

        def give_up() -> None:
            settle(refused)
            if question.is_current:
                question.dismiss(refused)

        if self._stop.asked:
            return refused
        app.call_from_thread(app.push_screen, question, settle)
        self._stop.then(give_up)
        return answer.result()
