"""The comparison screen, driven by keys: two audits side by side, chosen from the history of the site."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from auditor import compare
from auditor.model import Audit
from auditor.planning.comparing import told
from auditor.planning.study import AuditStudy
from auditor.screens.compare import Compare
from auditor.screens.study import Compared, Comparisons, Decisions, KnownAudit, Refused, Suppositions
from auditor.values import Message
from tests.driving import NARROW, WIDE, matches, opened, pressed
from tests.fake_services import KNOWN, FakeServices, hostile_audit
from tests.history import YESTERDAY, saved
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

LATER = replace(perfect_audit(), at=worked_audit().at + dt.timedelta(56))


class History:
    """A history of a few audits, in memory, newest first: implements Study and Comparisons."""

    def __init__(self, audits: Sequence[Audit]) -> None:
        self._all = {audit.id: audit for audit in audits}
        self._study = AuditStudy()

    def suppositions(self, audit: Audit, /) -> Suppositions:
        return self._study.suppositions(audit)

    def decisions(self, audit: Audit, /) -> Decisions:
        return self._study.decisions(audit)

    def comparisons(self, audit: Audit, /) -> Comparisons:
        return self

    def audits(self) -> Sequence[KnownAudit]:
        return tuple(
            KnownAudit(a.id, a.at, a.headline.seats, a.headline.required, grade=a.score.grade)
            for a in self._all.values()
        )

    def between(self, before: str, after: str, /) -> Compared:
        if before == after:
            raise Refused(Message("store.no_audit", {"id": before}))
        old, new = self._all[before], self._all[after]
        return told(old, new, compare.between(old, new))


def services(*audits: Audit) -> FakeServices:
    found = FakeServices(KNOWN)
    found.study = History(audits)
    return found


@pytest.mark.parametrize(("size", "language"), [(NARROW, "fr"), (WIDE, "en")])
async def test_two_audits_stand_side_by_side(size: tuple[int, int], language: str) -> None:
    """People, what binds, score, resources and domains of both; why the score moved; checks; promises."""
    house = services(LATER, worked_audit())
    async with opened(house, size=size, language=language, audit=LATER) as (app, pilot):
        await pressed(app, pilot, "c")
        matches(app, f"compare-{size[0]}x{size[1]}-{language}")


async def test_everything_that_changed_is_told_below() -> None:
    """Scrolled to the end: each part of the score, each check, each promise, each input."""
    async with opened(services(LATER, worked_audit()), size=(80, 200), audit=LATER) as (app, pilot):
        shown = await pressed(app, pilot, "c")
        found = told(worked_audit(), LATER, compare.between(worked_audit(), LATER))
        assert all(id in shown for _, id in found.checks)
        assert f"Actions of the earlier plan: {len([p for p in found.promises if p[1] == 'done'])} of" in shown
        assert "With the people and the demand" not in shown
        assert "20\u00a0Mbit/s → 200\u00a0Mbit/s" in shown
        assert "ups-rennes is gone" in shown


@pytest.mark.slow
async def test_another_pair_is_chosen_from_the_history() -> None:
    """`b` and `n` choose; the audit that is not known at all is no figure."""
    house = services(LATER, worked_audit(), unknown_audit())
    async with opened(house, size=WIDE, audit=LATER) as (app, pilot):
        await pressed(app, pilot, "c")
        shown = await pressed(app, pilot, "b", "down", "enter")
        assert "? of 110" in shown
        assert "not rated" in shown
        assert "15 of 110" in await pressed(app, pilot, "n", "down", "enter")
        assert isinstance(app.screen, Compare)


async def test_one_audit_alone_says_what_to_do() -> None:
    """No crash, no empty page, and no key that does nothing."""
    async with opened(services(worked_audit()), audit=worked_audit()) as (app, pilot):
        shown = await pressed(app, pilot, "c")
        assert "Only one audit of this site is saved" in shown
        assert "Before" not in shown.splitlines()[-1]


@pytest.mark.slow
async def test_the_audits_come_from_the_history_of_the_site() -> None:
    """Two audits saved in the store are found, and the one on the screen is compared with the one before."""
    saved(at=YESTERDAY - dt.timedelta(30))
    audit = saved()
    async with opened(size=WIDE, audit=audit) as (app, pilot):
        shown = await pressed(app, pilot, "c")
        assert "No check changed." in shown or "Got worse" in shown or "Fixed" in shown
        assert "Like for like" in shown


async def test_hostile_names_stay_text() -> None:
    """Devices that came and went have names of their own choosing."""
    evil = replace(hostile_audit(), site=worked_audit().site, id="evil", at=LATER.at)
    async with opened(services(evil, worked_audit()), size=WIDE, audit=evil) as (app, pilot):
        assert "\x1b" not in await pressed(app, pilot, "c")
