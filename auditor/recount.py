"""Counting again only what changed: a result is kept as long as every figure it looked at is the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast, overload

from auditor.model import Figure

T = TypeVar("T")
D = TypeVar("D")
MOST_KEPT: Final = 8


class Watched(dict[str, Figure]):
    """Figures that remember which of them were looked at, those that are not there included.

    `listed` is True once the names themselves were gone through.
    """

    def __init__(self, figures: Mapping[str, Figure]) -> None:
        super().__init__(figures)
        self.seen: dict[str, Figure | None] = {}
        self.listed = False

    def __getitem__(self, name: str) -> Figure:
        self.seen[name] = super().get(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.seen[cast(str, name)] = super().get(cast(str, name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self.listed = True
        return super().__iter__()

    @overload
    def get(self, name: str, default: None = None, /) -> Figure | None: ...
    @overload
    def get(self, name: str, default: Figure | D, /) -> Figure | D: ...
    def get(self, name: str, default: Any = None, /) -> Any:
        found = self.seen[name] = super().get(name)
        return default if found is None else found

    def peek(self, name: str) -> Figure | None:
        """The figure, without remembering that it was looked at."""
        return super().get(name)

    def names(self) -> tuple[str, ...]:
        """The names in their order, without remembering that they were gone through."""
        return tuple(super().__iter__())


@dataclass(frozen=True, slots=True)
class _Kept:
    """A result, the figures it was made from and, where it went through them, the names there were."""

    result: Any
    seen: Mapping[str, Figure | None]
    names: tuple[str, ...] | None

    def holds(self, figures: Watched) -> bool:
        peek = figures.peek
        if any(peek(name) is not figure for name, figure in self.seen.items()):
            return False
        return self.names is None or self.names == figures.names()


class Memo:
    """What was counted before; never tells anything that counting afresh would not."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, list[_Kept]] = {}

    def keep(self, key: Hashable, figures: Watched, work: Callable[[], T]) -> T:
        """The result of `work`, from memory where all the figures it looked at are the very same objects.

        What it looked at counts as looked at by the work it is part of.
        """
        rows = self._kept.setdefault(key, [])
        kept = next((row for row in rows if row.holds(figures)), None)
        if kept is None:
            kept = self._count(figures, work)
            rows.insert(0, kept)
            del rows[MOST_KEPT:]
        figures.seen.update(kept.seen)
        figures.listed |= kept.names is not None
        return cast(T, kept.result)

    @staticmethod
    def _count(figures: Watched, work: Callable[[], object]) -> _Kept:
        outer, listed = figures.seen, figures.listed
        figures.seen, figures.listed = {}, False
        try:
            result = work()
            return _Kept(result, figures.seen, figures.names() if figures.listed else None)
        finally:
            figures.seen, figures.listed = outer, listed
