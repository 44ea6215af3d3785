"""What devices answer, mutilated: no page falls over, and no cut answer becomes a firm "none"."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.collectors.vendors import VENDORS, by_platform
from auditor.collectors.vendors.page import Scalars, Table, Told
from auditor.facts import VpnService
from auditor.values import ABSENT
from tests.mutating import families, mutilated, truncated

NONE = (0, 0.0, False, (), "none", "no", "standalone", ("local",))
MANY = settings(
    max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)
FEW = settings(MANY, max_examples=30)


def nothing(value: Any) -> bool:
    """Whether a value says that there is none of something."""
    if isinstance(value, tuple) and value and all(isinstance(one, VpnService) for one in value):
        return any(one.now == 0 and one.now is not ABSENT for one in value)
    return any(value == one and type(value) is type(one) for one in NONE)


def firm(told: Told, whole: Mapping[Any, Any]) -> dict[str, Any]:
    """What an answer says there is none of, though the whole one does not say so."""
    return {key.name: value for key, value in told.facts.items() if nothing(value) and whole.get(key, ABSENT) != value}


def damaged(family: str, seed: int) -> None:
    """One answer of a family, mutilated: it is facts, gaps or lines that were not understood."""
    chance = random.Random(seed)
    answer = chance.choice(families()[family])
    told = answer.read(mutilated(answer.text, chance) + chance.choice(("", "\n")))
    assert isinstance(told, Told)
    assert told.unparsed >= 0
    assert all(value is not None for value in told.facts.values())


def cut(family: str, seed: int) -> None:
    """One answer of a family, cut off: what was not read is unknown, and never nobody, nothing or off."""
    chance = random.Random(seed)
    answer = chance.choice(families()[family])
    text = truncated(answer.text, chance)
    assert not text or not firm(answer.read(text), answer.whole), (answer.name, text[-200:])


FAMILIES = tuple(families())


@pytest.mark.parametrize("family", FAMILIES)
def test_a_damaged_or_cut_answer_does_no_harm(family: str) -> None:
    """A few of the many below."""

    @FEW
    @given(st.integers(0, 2**32))
    def always(seed: int) -> None:
        damaged(family, seed)
        cut(family, seed)

    always()


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_no_page_falls_over_a_thousand_damaged_answers(family: str) -> None:
    """Whatever is lost, doubled, moved, or written over."""

    @MANY
    @given(st.integers(0, 2**32))
    def always(seed: int) -> None:
        damaged(family, seed)

    always()


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_no_page_takes_a_thousand_cut_answers_for_the_absence_of_something(family: str) -> None:
    """A session may be lost anywhere, and a file may end anywhere."""

    @MANY
    @given(st.integers(0, 2**32))
    def always(seed: int) -> None:
        cut(family, seed)

    always()


def test_every_page_with_a_command_line_is_mutilated() -> None:
    """What the tests above run over: every page that asks something, the programs of a gateway each for itself."""
    alone = {"strongswan", "openvpn", "wireguard", "ocserv", "netfilter", "linux"}
    pages = {page.platform for page in VENDORS if any(row.live for row in page.commands)}
    assert alone | pages <= set(FAMILIES)
    told = {name: sum(bool(answer.whole) for answer in answers) for name, answers in families().items()}
    assert min(told.values()) >= 1
    assert sum(told.values()) >= 130


# ---- agents ----

AGENTS = (
    "sonicwall", "sonicwall_sma", "sophos_sfos", "pfsense", "opnsense", "stormshield", "watchguard_fireware",
    "barracuda_ngfw", "forcepoint_ngfw", "pulse_connect_secure", "windows", "vmware_esxi", "linux", "ups",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    0, -1, 1, 2**64 - 1, 100, 101, b"", b"\xff\xfe\x00", b"0", b"-1", b"12 %", b"125 Users", b"\n" * 9, "1.3.6.1",
    b"192.0.2.1", b"9" * 400, b"9" * 5000,
)  # fmt: skip


def _values(oids: tuple[str, ...], chance: random.Random) -> dict[str, Any]:
    return {oid: chance.choice(ODD) for oid in oids if chance.random() < 0.8}


@pytest.mark.slow
@pytest.mark.parametrize("platform", AGENTS)
def test_no_page_falls_over_what_an_agent_answers(platform: str) -> None:
    """Values of another type, out of range, or missing: each object is a fact or a gap."""
    page = by_platform(platform)
    questions: tuple[Scalars | Table, ...] = (*page.scalars, *page.tables)

    @MANY
    @given(st.integers(0, 2**32))
    def always(seed: int) -> None:
        chance = random.Random(seed)
        question = chance.choice(questions)
        if isinstance(question, Scalars):
            assert isinstance(question.read(_values(question.oids, chance)), Told)
            return
        columns = {
            root: {f".{row}" if chance.random() < 0.1 else str(row): chance.choice(ODD) for row in range(3)}
            for root in (*question.roots, *question.more)
            if chance.random() < 0.9
        }
        assert isinstance(question.read(columns), Told)

    always()
    assert questions
