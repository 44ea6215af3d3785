"""Opens the screens at once, and wakes the house behind them: what asks devices and judges is imported after the paint.

Implements `screens.services.Services`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.texts import Texts

if TYPE_CHECKING:  # the first frame waits for none of them
    from auditor.model import Audit
    from auditor.screens.forms import Forms
    from auditor.screens.services import KnownSite, Talk
    from auditor.screens.study import Study
    from auditor.service import Service
    from auditor.site import Site
    from auditor.values import Absent


class Sentences(Mapping[str, str]):
    """The sentences that are said by their id, read when the first of them is wanted."""

    def _all(self) -> Mapping[str, str]:
        from auditor.wording import sentences

        return sentences()

    def __getitem__(self, id: str) -> str:
        return self._all()[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class Front:
    """Hands everything to the service, which is made when it is first needed."""

    def __init__(self, language: str, window: float, later: bool = False) -> None:
        self._language, self._window, self._later = language, window, later
        self._made: Service | None = None
        self._making = threading.Lock()

    @property
    def _service(self) -> Service:
        with self._making:
            if self._made is None:
                from auditor.service import Service

                self._made = Service(self._language, self._window, self._later)
            return self._made

    @property
    def forms(self) -> Forms:
        return self._service.forms

    @property
    def study(self) -> Study:
        return self._service.study

    def texts(self, language: str, /) -> Texts:
        return Texts(language, Sentences(), narrow=False)

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

    def speak(self, language: str, /) -> None:
        self._language = language
        if self._made is not None:
            self._made.speak(language)

    def sites(self) -> Sequence[KnownSite]:
        return self._service.sites()

    def site_path(self, audit: Audit, /) -> Path | Absent:
        return self._service.site_path(audit)

    def open_site(self, path: Path, /) -> Site:
        return self._service.open_site(path)

    def new_site(self, path: Path, language: str, /) -> Path:
        return self._service.new_site(path, language)

    def open_audit(self, id: str, /) -> Audit:
        return self._service.open_audit(id)

    def demo(self) -> AbstractContextManager[Site]:
        return self._service.demo()

    def run_audit(self, site: Site, talk: Talk, resume: bool = False, /) -> Audit:
        return self._service.run_audit(site, talk, resume)

    def export(self, audit: Audit, language: str, formats: Sequence[str], folder: str, /) -> Sequence[Path]:
        return self._service.export(audit, language, formats, folder)


def open_screens(demo: bool = False, window: float = 60.0, language: str = "", later: bool = False) -> None:
    """Open the terminal screens; `demo` starts with an audit of the built-in network, `later` as it became."""
    from auditor.app import run
    from auditor.cli import environment_language

    chosen = language or environment_language()
    with closing(Front(chosen, window, later)) as front:
        run(front, language=chosen, demo=demo)
