"""What a plan costs: from cost classes to sums in euros, what is paid once and what is paid each month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from auditor.actions import Action, Amount
from auditor.values import ABSENT, Absent

CLASSES: Final = (
    Amount(0, 0),
    Amount(0, 1_000),
    Amount(1_000, 10_000),
    Amount(10_000, 50_000),
    Amount(50_000, ABSENT),
)
"""Cost class 0 to 4 as euros of the first year (domain model, 4.4)."""

SUBSCRIPTIONS: Final = frozenset({
    "LNK-001", "LNK-002", "LNK-006", "LNK-010", "LNK-012", "LNK-013", "VPN-017", "TEL-005", "TEL-012", "TEL-013",
    "HST-001", "HST-002", "HST-006", "HST-009", "HST-010", "RES-001", "RES-008", "RES-010", "RES-011", "ACC-001",
    "ACC-007", "ACC-009", "ACC-010", "ACC-011", "HOM-001",
})  # fmt: skip
"""Checks whose remedy is a contract paid each month (trade practice); the others are bought once."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a set of actions takes in all: own effort in hours, euros paid once and euros paid each month."""

    effort_hours: int
    one_off: Amount
    monthly: Amount


def split(check: str, cost: int) -> tuple[Amount, Amount]:
    """What an action pays once and each month, from its first check and its cost class."""
    whole = CLASSES[cost]
    return (Amount(), _by_month(whole)) if check in SUBSCRIPTIONS else (whole, Amount())


def _by_month(year: Amount) -> Amount:
    """A first year's cost spread over its twelve months, widened to whole euros."""
    return Amount(year.least // 12, year.most if isinstance(year.most, Absent) else -(-year.most // 12))


def add(amounts: Iterable[Amount]) -> Amount:
    """The sum; nothing bounds it where nothing bounds one of its parts."""
    least, most = 0, 0
    unbounded = False
    for amount in amounts:
        least += amount.least
        unbounded |= isinstance(amount.most, Absent)
        most += 0 if isinstance(amount.most, Absent) else amount.most
    return Amount(least, ABSENT if unbounded else most)


def total(actions: Iterable[Action]) -> Budget:
    """What a plan takes; what is excluded does not count."""
    counted = [action for action in actions if action.status != "excluded"]
    return Budget(
        sum(action.effort_hours for action in counted),
        add(action.one_off for action in counted),
        add(action.monthly for action in counted),
    )
