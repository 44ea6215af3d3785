"""Which interfaces of a device are sampled: the internet link first, and no more than a gentle reading can carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from auditor.facts import Interface, Route
from auditor.seats.uplinks import named, uplinks
from auditor.values import Absent, Message

MOST: Final = 24
"""Interfaces of a device whose counters are read at once: four PDUs a second, one after the other."""


def chosen(
    rows: Sequence[Interface], routes: Sequence[Route], inside: Iterable[str] = (), declared: Iterable[str] = ()
) -> tuple[tuple[int, ...], Message | None]:
    """The indices to sample, the most interesting first, and what to say where more than `MOST` are up.

    First the interfaces that the site file names as a link, then those that the default route, a label, an address or
    the kind of line makes an uplink, then what is labelled and what is a physical port.
    """
    up = [row for row in rows if row.oper_up is not False and not isinstance(row.index, Absent)]
    leaving = {one.interface for one in uplinks(rows, routes, inside)}
    names = tuple(declared)

    def rank(row: Interface) -> tuple[bool, bool, tuple[bool, bool, bool, bool, int]]:
        return (not any(named(row, name) for name in names), row.name not in leaving, _interest(row))

    indices = [row.index for row in sorted(up, key=rank) if not isinstance(row.index, Absent)]
    if len(indices) <= MOST:
        return tuple(indices), None
    return tuple(indices[:MOST]), Message("gap.not_sampled", {"most": MOST, "count": len(indices)})


def _interest(row: Interface) -> tuple[bool, bool, bool, bool, int]:
    """The default route first, then what is labelled, then physical ports; the loopback last."""
    index = 0 if isinstance(row.index, Absent) else row.index
    labelled = not isinstance(row.alias, Absent)
    return (row.default_route is not True, row.kind == "loopback", not labelled, row.physical is not True, index)
