"""Ask one what-if after the other of a site of 20 resources: headline and waterfall, exactly, in under 10 ms each.

Two yardsticks in the same run: the same question counted afresh, without what was counted before; and 5,000 exact
additions and multiplications of the standard library's fractions, which is how fast this machine is today.
Prints medians and ratios; `python benchmarks/what_if.py [ROUNDS]`.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from fractions import Fraction

from auditor.model import Figure, Origin
from auditor.planning.whatif import WhatIf
from auditor.seats.figures import with_changes
from auditor.values import Value
from tests.worked import worked

LIMIT_MS = 10.0
SECOND_LINK: Mapping[str, Value] = {
    "committed_down_bps": 50_000_000,
    "committed_up_bps": 20_000_000,
    "used_down_bps": 3_000_000,
    "used_up_bps": 1_000_000,
    "sessions": 2,
}
QUESTIONS: tuple[Mapping[str, Value], ...] = (
    {"people.headcount": 130},
    {"people.eligible": 100},
    {"people.concurrency": Fraction(4, 5)},
    {"people.profile.vdi": Fraction(2, 5)},
    {"tunnel.mode": "selective"},
    {"tunnel.mode": "split"},
    {"link.main.committed_down_bps": 40_000_000, "link.main.committed_up_bps": 40_000_000},
    {"link.main.used_down_bps": 6_000_000},
    {"vpn.sessions.licensed": 100},
    {"vpn.crypto_bps": 200_000_000},
    {"telephony.channels.max": 30},
    {"telephony.softphones": 60},
    {"link.target_use": Fraction(4, 5)},
    {"demand.overhead": Fraction(12, 10)},
    {"homes.share": Fraction(9, 10)},
)


def site() -> dict[str, Figure]:
    """The worked site as a hybrid one with two links: 17 resources, and four parts of links."""
    cloud = {"ztna__seats": 120, "saas__licences": 120, "identity__mfa": 100, "telephony__cloud": 95}
    found = worked(site__architecture="hybrid", **cloud)
    names = {f"link.second.{name}": value for name, value in SECOND_LINK.items()}
    return found | {name: Figure(name, value, Origin.DECLARED) for name, value in names.items()}


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def fractions() -> Fraction:
    """The yardstick of the machine: 2,500 products and 2,500 sums, exact."""
    total = Fraction(0)
    for n in range(1, 2501):
        total = Fraction(n, 7) * Fraction(3, n + 1) + Fraction(n % 13, 100)
    return total


def measure(rounds: int) -> tuple[dict[str, float], float, float]:
    """Median ms of each question asked of a site that was counted, of one counted afresh, and of the yardstick."""
    figures = site()
    asked = WhatIf(figures)
    found: dict[str, list[float]] = {}
    afresh: list[float] = []
    machine: list[float] = []
    for _ in range(rounds):
        for question in QUESTIONS:
            name = ", ".join(f"{name}={value}" for name, value in question.items())
            found.setdefault(name, []).append(seconds(lambda question=question: asked.ask(question)))  # type: ignore[misc]
        changed = with_changes(figures, QUESTIONS[len(afresh) % len(QUESTIONS)])
        afresh.append(seconds(lambda changed=changed: WhatIf(changed)))  # type: ignore[misc]
        machine.append(seconds(fractions))
    medians = {name: 1000 * statistics.median(times) for name, times in found.items()}
    return medians, 1000 * statistics.median(afresh), 1000 * statistics.median(machine)


def main(rounds: int = 15) -> None:
    """Alternate all three and print what each took."""
    count = len(WhatIf(site()).today.resources)
    medians, afresh, machine = measure(rounds)
    for name, took in medians.items():
        print(f"{took:6.2f} ms  {name}")
    middle, worst = statistics.median(medians.values()), max(medians.values())
    print(f"{count} resources, {rounds} rounds: median {middle:.2f} ms, slowest question {worst:.2f} ms")
    print(f"limit {LIMIT_MS:.0f} ms: {'kept' if worst < LIMIT_MS else 'MISSED'}")
    print(f"counted afresh {afresh:.2f} ms, ratio {middle / afresh:.2f}")
    print(f"5,000 exact fractions {machine:.2f} ms, ratio {middle / machine:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
