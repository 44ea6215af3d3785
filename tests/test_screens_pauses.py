"""Pauses of the garbage collector: what stood through one is left out, and what is garbage goes all the same."""

from __future__ import annotations

import gc
import weakref

import pytest

from auditor.screens import pauses


class Ring:
    """Something that only a pass can take away: it holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def as_python_starts_it() -> object:
    yield
    pauses.end()
    gc.collect()


def test_what_stood_through_a_pass_is_left_out_and_goes_with_a_whole_one() -> None:
    """Kept while it is in use, left out of the next passes, gone with the next pass over everything."""
    pauses.begin()
    before = gc.get_freeze_count()
    ring = Ring()
    gone = weakref.ref(ring)
    gc.collect()
    assert gc.get_freeze_count() > before
    del ring
    for _ in range(2 * pauses.WHOLE):
        gc.collect()
    assert gone() is None


def test_young_garbage_goes_at_once() -> None:
    """What was made since the last pass is looked at by the next."""
    pauses.begin()
    gone = weakref.ref(Ring())
    gc.collect()
    assert gone() is None


def test_beginning_twice_is_beginning_once() -> None:
    pauses.begin()
    pauses.begin()
    assert len([call for call in gc.callbacks if call.__module__ == pauses.__name__]) == 1
    pauses.end()
    assert not [call for call in gc.callbacks if getattr(call, "__module__", "") == pauses.__name__]
    assert gc.get_freeze_count() == 0
