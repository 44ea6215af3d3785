"""What a failure leaves: the resources of the site once one link, or the largest VPN gateway, is gone (1.12)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from auditor.model import Resource
from auditor.seats.demand import Side
from auditor.seats.figures import Missing
from auditor.seats.resources import PARTS, Run, floor_of
from auditor.values import ABSENT, Absent


def totals(resources: Iterable[Resource]) -> list[Resource]:
    """The resources that count in the minimum: totals, not the parts of a total."""
    return [resource for resource in resources if "/" not in resource.id]


def without_gateway(run: Run, resources: Sequence[Resource]) -> list[Resource] | Absent:
    """What remains without one VPN gateway; ABSENT where what each one carries is not known.

    A pair takes over whole; of several gateways the largest is lost; with a single one nobody gets in.
    """
    if run.architecture != "site" and run.inputs.proven("proof.no_vpn"):
        return totals(resources)  # nobody enters by one
    if run.inputs.num_or("vpn.gateways", 1) <= 1:
        kept = [with_seats(r, 0) if r.id in PARTS else r for r in totals(resources)]
        return kept if any(r.id in PARTS for r in kept) else [with_seats(r, 0) for r in kept]
    if run.inputs.known("vpn.pair") and run.inputs.value("vpn.pair") is True:
        return totals(resources)
    left = [r for r in totals(resources) if r.id not in PARTS]
    for total in (r for r in resources if r.id in PARTS and not isinstance(r.seats, Absent)):
        parts = [r.seats for r in resources if r.id.startswith(f"{total.id}/") and not isinstance(r.seats, Absent)]
        if len(parts) < 2:
            return ABSENT
        left.append(with_seats(total, sum(parts) - max(parts)))
    return left


def with_seats(resource: Resource, seats: int) -> Resource:
    """The resource at other seats, without what they came from."""
    return Resource(resource.id, seats, resource.beyond, resource.origin)


def without_link(run: Run, resources: Sequence[Resource], lost: str) -> list[Resource] | Absent:
    """What remains on the other links, a backup that accepts the tunnel among them; ABSENT where that is not known.

    What is not remote work moves to those that carry the internet too: it does not vanish with the lost link.
    """
    others = [name for name in run.inputs.links() if name != lost and run.inputs.carries(name, "vpn")]
    scratch = run.again()
    left = [r for r in totals(resources) if not r.id.startswith("link.")]
    for total in (r for r in totals(resources) if r.id.startswith("link.")):
        way: Side = "up" if total.id == "link.up" else "down"
        try:
            seats = _moved(scratch, others, lost, way) if others else 0
        except Missing:
            return ABSENT
        left.append(with_seats(total, math.floor(seats / scratch.inputs.num_or(f"share.{total.id}", 1))))
    return left


def _moved(run: Run, others: list[str], lost: str, way: Side) -> int:
    """The seats of one direction once the other traffic of the lost link has found room on the others."""
    run.room(lost, way)
    moving = (1 - run.inputs.num("link.base_gone")) * run.sides[f"{way}/{lost}"].base
    seats = 0
    for name in sorted(others, key=lambda name: not run.inputs.carries(name, "internet")):
        room, per_worker = run.room(name, way)
        taken = min(moving, max(Fraction(0), room)) if run.inputs.carries(name, "internet") else Fraction(0)
        moving -= taken
        seats += floor_of(room - taken, per_worker)
    return seats
