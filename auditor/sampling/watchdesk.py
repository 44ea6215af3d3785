"""What `auditor watch` does: runs a watch or takes in a history, and says what the links carried."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import zoneinfo
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Literal

from auditor import visit
from auditor.collectors import graphs
from auditor.collectors.graphs import GraphError, History, How
from auditor.collectors.moments import Order
from auditor.collectors.snmp import DEFAULT, GENTLE
from auditor.collectors.transport import Credentials
from auditor.sampling.samples import Samples
from auditor.sampling.watch import Tally, Watcher
from auditor.seats import usage
from auditor.site import Link, Site
from auditor.store import StoreError, home_folder
from auditor.texts import Texts
from auditor.values import Absent, Message, Value
from auditor.visit import Place

Tell = Callable[[str], None]
FAR_ABOVE: Final = 2
"""How many times the contract a history may hold before its unit is doubted."""


class WatchError(ValueError):
    """A watch or import that cannot be; `message` says it to a reader."""

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id)
        self.message = Message(id, values)


# ---- watching ----


def watched(
    path: Path,
    credentials: Credentials,
    decide: Callable[[str, str], bool],
    *,
    seconds: float,
    every: float,
    say: Texts,
    err: Tell,
    gentle: bool = False,
) -> tuple[list[str], bool, bool]:
    """Watch the site of a file; what its links carried, whether anything was sampled, whether it was interrupted.

    A watch that was cut off by a crash goes on until its own end; one that ended, or was stopped, is followed by a new.
    """
    site, _ = visit.open_site(path)
    if not site.links:
        raise WatchError("watch.no_links", file=str(path))
    place = Place.of(home_folder(), site)
    with place.store() as store:
        ends = _begin(site, store.samples, seconds, say, err)
        watcher = Watcher(
            site,
            store.samples,
            (credentials, place.hostkeys(decide)),
            every=every,
            ends=ends,
            tell=lambda message: err("  " + say.say(message)),
            pace=GENTLE if gentle else DEFAULT,
        )
        interrupted = not _run(watcher, str(store.where))
        store.samples.end(site.name)
        tally = watcher.tally
        return list(summary(site, store.samples, say, tally)), bool(tally.kept or tally.counts), interrupted


def _begin(site: Site, samples: Samples, seconds: float, say: Texts, err: Tell) -> dt.datetime:
    """When the watch ends: of one that was cut off, as it was planned."""
    now = visit.now_at(site)
    last = samples.watch(site.name)
    if last and not last.over and last.ends > now:
        begun, ends = (at.astimezone(now.tzinfo) for at in (last.begun, last.ends))
        err(say.words("watch.resumed", begun=begun, ends=ends))
        return ends
    ends = now + dt.timedelta(seconds=seconds)
    samples.begin(site.name, now, ends)
    err(say.words("watch.begun", site=site.name, ends=ends))
    return ends


def _run(watcher: Watcher, path: str) -> bool:
    """Whether the watch came to its end."""
    try:
        _sampled(watcher, path)
    except KeyboardInterrupt:
        return False
    return True


def _sampled(watcher: Watcher, path: str) -> None:
    try:
        asyncio.run(watcher.run())
    except BaseExceptionGroup as errors:
        broken = errors.subgroup(sqlite3.Error)  # the disk is full, or the file was taken away under the watch
        if broken is None:
            raise
        why = str(broken.exceptions[0])
        raise StoreError(Message("store.unusable", {"path": path, "why": why})) from None


# ---- importing ----


def imported(
    path: Path,
    table: Path,
    name: str,
    *,
    unit: Literal["", "bit", "byte"],
    dates: Order,
    swapped: bool,
    say: Texts,
    err: Tell,
) -> list[str]:
    """Take the history of one link from an exported table; says what was read and how. Raises WatchError."""
    site, _ = visit.open_site(path)
    link = next((link for link in site.links if link.name == name), None)
    if link is None:
        names = tuple(link.name for link in site.links)
        raise WatchError("watch.no_link" if names else "watch.no_links", file=str(path), name=name, names=names)
    how = How(zoneinfo.ZoneInfo(site.timezone), unit, dates, swapped, table.name)
    found = _read(table, how, say)
    for line in _how_read(site, link, found, table, say):
        err(line)
    with Place.of(home_folder(), site).store() as store:
        store.samples.add(site.name, name, found.intervals)
        return list(summary(site, store.samples, say))


def _read(table: Path, how: How, say: Texts) -> History:
    try:
        with table.open("rb") as stream:
            octets = stream.read(graphs.MOST_OCTETS + 1)
        return graphs.read(octets, how)
    except OSError as error:
        raise WatchError("watch.table", file=str(table), why=error.strerror or "?") from None
    except GraphError as error:
        raise WatchError("watch.table", file=str(table), why=say.say(error.message)) from None


def _how_read(site: Site, link: Link, found: History, table: Path, say: Texts) -> Iterable[str]:
    """What was read of a table, in which unit and who said so, and what may be wrong with it."""
    first, last = (one.astimezone(zoneinfo.ZoneInfo(site.timezone))
                   for one in (found.intervals[0].begun, found.intervals[-1].ended))  # fmt: skip
    yield say.words("watch.read", file=table.name, rows=len(found.intervals), step=found.step.total_seconds(),
                    first=first, last=last)  # fmt: skip
    yield say.words(f"watch.unit_{found.where}", unit=found.unit)
    if found.left_out:
        yield say.words("watch.left_out", rows=found.left_out)
    pairs = ((link.committed_down_bps, max(one.down_bps for one in found.intervals)),
             (link.committed_up_bps, max(one.up_bps for one in found.intervals)))  # fmt: skip
    for committed, most in pairs:
        if not isinstance(committed, Absent) and most > FAR_ABOVE * committed:
            yield say.words("watch.far_above", most=most, committed=committed)


# ---- what it comes to ----


def summary(site: Site, samples: Samples, say: Texts, tally: Tally | None = None) -> Iterable[str]:
    """The busy hour, its 95th percentile and the users of it, for each link and direction."""
    intervals, counts = samples.usage(site.name), samples.counts(site.name)
    for link in site.links:
        if tally:
            yield say.words("watch.tally", link=link.name, kept=tally.kept.get(link.name, 0),
                            lost=tally.lost.get(link.name, 0))  # fmt: skip
        found = [(way, usage.of_link(intervals.get(link.name, ()), counts, way, site.timezone)) for way in usage.WAYS]
        told = [(way, use) for way, use in found if not isinstance(use, Absent)]
        if not told:
            yield say.words("watch.nothing", link=link.name)
        for way, use in told:
            yield say.words(f"watch.{way}", link=link.name, hour=use.hour, until=use.hour + 1, p95=use.p95_bps,
                            most=use.most_bps)  # fmt: skip
        yield from _users_and_days(link, [use for _, use in told], say)
    if tally:
        yield say.words("watch.counts", counts=tally.counts)


def _users_and_days(link: Link, uses: list[usage.Use], say: Texts) -> Iterable[str]:
    if not uses:
        return
    days = min(use.days for use in uses)
    known = [use.sessions for use in uses if not isinstance(use.sessions, Absent)]
    if len(known) == len(uses):
        yield say.words("watch.users", link=link.name, sessions=min(known))
    else:
        yield say.words("watch.users_unknown", link=link.name)
    yield say.words("watch.enough" if days >= usage.ENOUGH_DAYS else "watch.few_days", link=link.name, days=days)
