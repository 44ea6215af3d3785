"""Quiet hours of a site: the time of its day in which no audit is begun."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from auditor.site import Site
from auditor.values import N_, Message

_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")

SENTENCES: Mapping[str, str] = {
    "site.hours": N_("quiet hours are written like “08:00-18:00”, two different times, not “{found}”."),
    "site.quiet": N_(
        "{site} is not audited from {first} to {last} ({timezone}); it is {now} there. Its site file says so, in "
        "[audit] quiet."
    ),
}


@dataclass(frozen=True, slots=True)
class Hours:
    """From the first minute up to the last one, which is free again; over midnight where the last is the earlier."""

    first: dt.time
    last: dt.time

    @classmethod
    def of(cls, text: str) -> Hours | None:
        """The hours that a text spells, None where it spells none."""
        found = _HOURS.fullmatch(text)
        if found is None:
            return None
        first, last = dt.time(int(found[1]), int(found[2])), dt.time(int(found[3]), int(found[4]))
        return cls(first, last) if first != last else None

    def hold(self, now: dt.time) -> bool:
        """Whether a time of the day lies in them."""
        if self.first < self.last:
            return self.first <= now < self.last
        return now >= self.first or now < self.last

    def left(self, now: dt.time) -> dt.timedelta:
        """How long they still last at a time of the day that lies in them, on a day without a change of the clock."""
        day = dt.date(2026, 1, 1)
        left = dt.datetime.combine(day, self.last) - dt.datetime.combine(day, now)
        return left if left > dt.timedelta(0) else left + dt.timedelta(days=1)


class QuietHours(ValueError):
    """The site wants to be left alone now; `message` says until when."""

    def __init__(self, message: Message) -> None:
        super().__init__(f"{message.id} {dict(message.values)}")
        self.message = message


def respect(site: Site, now: dt.datetime) -> None:
    """Raise QuietHours where the site's file forbids an audit at this time of its day; `now` is the time there."""
    hours = Hours.of(site.quiet)
    if hours is not None and hours.hold(now.time()):
        first, last, at = (f"{time:%H:%M}" for time in (hours.first, hours.last, now))
        values = {"site": site.name, "first": first, "last": last, "now": at, "timezone": site.timezone}
        raise QuietHours(Message("site.quiet", values))
