"""Counting again only what changed: a result is kept as long as every figure it looked at is the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from operator import is_not
from typing import Any, Final, TypeVar, cast, overload

from auditor.model import Figure

T = TypeVar("T")
D = TypeVar("D")
MOST_SHEETS: Final = 6
MOST_NOTES: Final = 4096


class Watched(dict[str, Figure]):
    """Figures that remember which of them were looked at, those that are not there included.

    `listed` is True once the names themselves were gone through.
    """

    def __init__(self, figures: Mapping[str, Figure]) -> None:
        super().__init__(figures)
        self.seen: set[str] = set()
        self.listed = False

    def __getitem__(self, name: str) -> Figure:
        self.seen.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.seen.add(cast(str, name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self.listed = True
        return super().__iter__()

    @overload
    def get(self, name: str, default: None = None, /) -> Figure | None: ...
    @overload
    def get(self, name: str, default: Figure | D, /) -> Figure | D: ...
    def get(self, name: str, default: Any = None, /) -> Any:
        self.seen.add(name)
        return super().get(name, default)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A result, the names of the figures it looked at, and whether it went through the names themselves."""

    result: Any
    seen: Collection[str]
    listed: bool


@dataclass
class Sheet:
    """What was counted on one set of figures; `changed` are the names in which it differs from that of `before`.

    `renamed`: whether the names, or their order, differ.
    """

    figures: Mapping[str, Figure]
    before: Mapping[Hashable, _Kept] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    renamed: bool = True
    kept: dict[Hashable, _Kept] = field(default_factory=dict)

    def keep(self, key: Hashable, figures: Watched, work: Callable[[], T]) -> T:
        """The result of `work`, from before where all the figures it looked at are the very same objects.

        What it looked at counts as looked at by the work it is part of.
        """
        kept = self.kept.get(key)
        if kept is None:
            kept = self.before.get(key)
            if kept is None or (kept.listed and self.renamed) or not self.changed.isdisjoint(kept.seen):
                kept = self._count(figures, work)
            self.kept[key] = kept
        figures.seen.update(kept.seen)
        figures.listed |= kept.listed
        return cast(T, kept.result)

    @staticmethod
    def _count(figures: Watched, work: Callable[[], object]) -> _Kept:
        outer, listed = figures.seen, figures.listed
        figures.seen, figures.listed = set(), False
        try:
            return _Kept(work(), figures.seen, figures.listed)
        finally:
            figures.seen, figures.listed = outer, listed


class Memo:
    """What was counted on the last few sets of figures; never tells anything that counting afresh would not.

    The first set is the one that others are variants of: it is never forgotten. `notes` holds what was worked out
    about single figures, by their identity, each with its figure.
    """

    def __init__(self) -> None:
        self._sheets: list[Sheet] = []
        self.notes: dict[int, Any] = {}

    def sheet(self, figures: Mapping[str, Figure]) -> Sheet:
        """Where to count on these figures: what the sheet that differs least has counted need not be counted again."""
        nearest: tuple[frozenset[str], Sheet] | None = None
        for sheet in reversed(self._sheets):
            changed = _differences(figures, sheet.figures)
            if not changed and tuple(figures) == tuple(sheet.figures):
                return sheet
            if nearest is None or len(changed) < len(nearest[0]):
                nearest = changed, sheet
            if len(changed) == 1:  # no other can be nearer
                break
        return self._opened(figures, nearest)

    def _opened(self, figures: Mapping[str, Figure], nearest: tuple[frozenset[str], Sheet] | None) -> Sheet:
        found = Sheet(dict(figures))
        if nearest is not None:
            changed, before = nearest
            found = Sheet(dict(figures), before.kept, changed, tuple(figures) != tuple(before.figures))
        self._sheets.append(found)
        if len(self._sheets) > MOST_SHEETS:
            del self._sheets[1]
        if len(self.notes) > MOST_NOTES:
            self.notes.clear()
        return found


def _differences(figures: Mapping[str, Figure], others: Mapping[str, Figure]) -> frozenset[str]:
    """The names under which two sets do not hold the very same figure."""
    changed = frozenset(compress(figures, map(is_not, figures.values(), map(others.get, figures))))
    return changed if len(figures) == len(others) else changed | (others.keys() - figures.keys())
