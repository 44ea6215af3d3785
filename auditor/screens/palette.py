"""The command palette, in the language of the screens: every key that works now, by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from auditor.screens.frame import Speech, live_bindings


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette."""

    words: str
    what: str
    run: Callable[[], object]


def entries(speech: Speech, screen: Screen[object], more: Sequence[Entry] = ()) -> list[Entry]:
    """What can be done on this screen now, and `more`."""
    texts, app = speech.texts, screen.app
    found = [
        Entry(texts(binding.description), texts(binding.tooltip), partial(app.simulate_key, binding.key))
        for binding in live_bindings(screen)
        if binding.action != "palette"
    ]
    return [*found, *more]


class Commands(Provider):
    """Offers the entries it was made with."""

    def __init__(
        self, screen: Screen[object], match_style: object = None, *, speech: Speech, found: list[Entry]
    ) -> None:
        super().__init__(screen, None)
        self._speech, self._found = speech, found

    async def discover(self) -> Hits:
        for entry in self._found:
            yield DiscoveryHit(entry.words, entry.run, help=entry.what or None)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        any_match = False
        for entry in self._found:
            score = max(matcher.match(entry.words), matcher.match(entry.what))
            if score > 0:
                any_match = True
                yield Hit(score, matcher.highlight(entry.words), entry.run, help=entry.what or None)
        if not any_match:  # Textual would say so in English
            yield Hit(0.1, self._speech.texts("Nothing is called that."), _nothing)


def _nothing() -> None:
    """The line that says that nothing matches does nothing."""


def palette(speech: Speech, found: list[Entry]) -> CommandPalette:
    """The palette over the screen in front."""
    provider = partial(Commands, speech=speech, found=found)
    placeholder = speech.texts("Type the name of a command…")
    return CommandPalette(providers=[lambda: provider], placeholder=placeholder, id="--command-palette")  # type: ignore[list-item,return-value]
