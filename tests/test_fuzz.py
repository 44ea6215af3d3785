"""Every parser of octets from outside, fed with what nobody wrote: only declared errors leave it.

AUDITOR_FUZZ_EXAMPLES says how many inputs each target gets (30); `python -m tests.fuzz TARGET SECONDS` runs one longer.
"""

from __future__ import annotations

import os
import random
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.collectors.vendors import VENDORS
from tests.fuzz.mutation import damaged
from tests.fuzz.targets import TARGETS, Target

EXAMPLES = int(os.environ.get("AUDITOR_FUZZ_EXAMPLES", "30"))
SOME = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None,
    derandomize="AUDITOR_FUZZ_EXAMPLES" not in os.environ,
)  # fmt: skip


@cache
def seeds(name: str) -> list[bytes]:
    return list(TARGETS[name].seeds())


@pytest.mark.parametrize("name", TARGETS)
def test_only_declared_errors_leave_a_parser(name: str) -> None:
    """Its seeds are read, and octets of any kind, and its seeds damaged, are read or refused as it says."""
    target = TARGETS[name]
    for seed in seeds(name):
        target(seed)

    @SOME
    @given(st.integers(0, 2**32), st.binary(max_size=200))
    def always(number: int, octets: bytes) -> None:
        chance = random.Random(number)
        target(octets)
        target(damaged(chance.choice(seeds(name) or [octets]), chance, seeds(name)))

    always()


FOUND = {
    "page.palo alto networks": (
        "show running security-policy", 'r1 { application/service [ 0:a/b/c a/b:c/d/e ]; action allow; }\n'
    ),
}  # fmt: skip
"""What fuzzing found once, by target: the line that was asked, and the answer that made its reader fall."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_stays_mended(name: str) -> None:
    """The answers of FOUND, read by their rows."""
    line, text = FOUND[name]
    page = next(page for page in VENDORS if f"page.{page.name}" == name)
    (at,) = (at for at, row in enumerate(page.commands) if row.line == line)
    TARGETS[name](bytes((at,)) + text.encode())


def test_a_parser_that_raises_something_else_is_noticed() -> None:
    """What is fed to a target is not swallowed: an error it does not declare comes out."""
    target = Target(lambda octets: octets.decode(), (LookupError,))
    with pytest.raises(UnicodeDecodeError):
        target(b"\xff")
    Target(lambda octets: octets[9], (LookupError,))(b"\xff")


def test_every_page_of_a_vendor_is_a_target() -> None:
    """A new page is fuzzed without anybody remembering it."""
    for page in VENDORS:
        assert not page.commands or f"page.{page.name}" in TARGETS
        assert not (page.scalars or page.tables) or f"agent.{page.name}" in TARGETS


def test_no_target_declares_an_error_of_another_kind() -> None:
    """An error that a parser may raise is one of ours; ValueError alone where the reader promises just that."""
    plain = {name for name, target in TARGETS.items() if ValueError in target.declared}
    assert plain == {"moments", "saved.json", "sip"}
    for name, target in TARGETS.items():
        assert not {Exception, RuntimeError, LookupError, TypeError} & set(target.declared), name
