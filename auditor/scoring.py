"""The readiness score: proven, possible, coverage, confidence, caps and grade (domain model, section 3.2)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from auditor.model import Cap, DomainScore, Finding, Headline, Outcome, Resource, Score, Severity
from auditor.values import ABSENT, N_, Absent

DOMAINS: Final[Mapping[str, int]] = {
    "LNK": 15,
    "VPN": 15,
    "FWL": 10,
    "TEL": 15,
    "HST": 10,
    "RES": 10,
    "ACC": 15,
    "HOM": 10,
}
OPEN_DOORS: Final = ("FWL-002", "FWL-007", "ACC-001", "ACC-002", "ACC-006", "TEL-010", "VPN-001")
NEEDED: Final = ("link.up", "link.down", "vpn.licence", "vpn.pool", "telephony.sets")
IN_PLACE_OF: Final = {"vpn.licence": "ztna.seats", "telephony.sets": "telephony.cloud"}
"""What stands for licences and sets where the site's profile has none of its own."""
CEILING: Final = Fraction(8)
GRADES: Final = ((85, "A"), (70, "B"), (55, "C"), (40, "D"), (0, "E"))
CAPACITY_CAPS: Final = ((Fraction(1, 4), 39), (Fraction(1, 2), 54), (Fraction(4, 5), 69), (Fraction(1), 84))
LEAST_COVERAGE: Final = Fraction(1, 2)
LEAST_PERIMETER: Final = Fraction(35, 100)
SURE: Final = Fraction(4, 5)
VALUES: Final = {Outcome.PASS: Fraction(1), Outcome.WARN: Fraction(1, 2), Outcome.FAIL: Fraction(0)}


def score(
    findings: Sequence[Finding],
    headline: Headline,
    resources: Sequence[Resource],
    weights: Mapping[str, int],
    domains: Mapping[str, int] = DOMAINS,
) -> Score:
    """The score of an audit. Percentages are exact, 0 to 100.

    `weights` is the whole catalogue, check id to weight, and `domains` the weight of each domain.
    """
    counted = [f for f in findings if f.weight and f.id in weights]
    applicable = [f for f in counted if f.outcome is not Outcome.NOT_APPLICABLE]
    points = _points(applicable, weights, domains)
    measured = [f for f in applicable if f.outcome in VALUES]
    proven = sum((points[f.id] * VALUES[f.outcome] for f in measured), Fraction(0))
    covered = sum((points[f.id] for f in measured), Fraction(0))
    confidence = sum((points[f.id] * f.quality for f in measured), Fraction(0))
    total = sum(points.values(), Fraction(0)) or Fraction(100)
    perimeter = Fraction(sum(f.weight for f in applicable), sum(weights.values()) or 1)
    caps = _caps(applicable, headline, resources, confidence / 100)
    rated = covered / total >= LEAST_COVERAGE and perimeter >= LEAST_PERIMETER
    value = min([proven, *(Fraction(cap.limit) for cap in caps)])
    binding = next((cap for cap in caps if cap.limit < proven), caps[0] if caps else None)
    return Score(
        value=value if rated else ABSENT,
        proven=proven,
        possible=proven + total - covered,
        grade=grade(value) if rated else "",
        cap=binding,
        coverage=100 * covered / total,
        confidence=confidence,
        perimeter_checks=(len(applicable), len(weights)),
        perimeter_weight=100 * perimeter,
        domains=_domains(applicable, points, domains),
        losses=_losses(measured, points),
        caps=tuple(caps),
    )


def grade(value: Fraction) -> str:
    """A to E of an unrounded score."""
    return next(letter for least, letter in GRADES if value >= least)


def root(value: Fraction) -> Fraction:
    """The square root to 15 decimals."""
    scale = 10**30
    return Fraction(math.isqrt(value.numerator * scale // value.denominator), 10**15)


def domain_weights(
    applicable: Iterable[Finding], weights: Mapping[str, int], domains: Mapping[str, int] = DOMAINS
) -> dict[str, Fraction]:
    """W' of each domain: less where only part of it applies, renormalised to 100."""
    here: dict[str, int] = {}
    for finding in applicable:
        here[finding.domain] = here.get(finding.domain, 0) + finding.weight
    whole: dict[str, int] = {}
    for id, weight in weights.items():
        domain = id.partition("-")[0]
        whole[domain] = whole.get(domain, 0) + weight
    raw = {domain: domains[domain] * root(Fraction(count, whole[domain])) for domain, count in here.items()}
    total = sum(raw.values(), Fraction(0))
    return {domain: 100 * weight / total for domain, weight in raw.items()} if total else {}


def _points(
    applicable: Sequence[Finding], weights: Mapping[str, int], domains: Mapping[str, int] = DOMAINS
) -> dict[str, Fraction]:
    """p of each check: its share of its domain, at most 8 points, with the one k that keeps the sum at 100."""
    by_domain = domain_weights(applicable, weights, domains)
    sums: dict[str, int] = {}
    for finding in applicable:
        sums[finding.domain] = sums.get(finding.domain, 0) + finding.weight
    raw = {f.id: by_domain[f.domain] * f.weight / sums[f.domain] for f in applicable}
    if CEILING * len(raw) < 100:
        return raw  # too few checks for a ceiling, and for a grade
    held: set[str] = set()
    while True:
        free = sum((points for id, points in raw.items() if id not in held), Fraction(0))
        k = (100 - CEILING * len(held)) / free if free else Fraction(1)
        over = {id for id, points in raw.items() if id not in held and k * points > CEILING}
        if not over:
            return {id: CEILING if id in held else k * points for id, points in raw.items()}
        held |= over


def _domains(
    applicable: Sequence[Finding], points: Mapping[str, Fraction], domains: Mapping[str, int]
) -> tuple[DomainScore, ...]:
    found = []
    for domain in domains:
        here = [f for f in applicable if f.domain == domain]
        if not here:
            continue
        whole = Fraction(sum(f.weight for f in here))
        known = [f for f in here if f.outcome in VALUES]
        earned = sum((f.weight * VALUES[f.outcome] for f in known), Fraction(0))
        seen = Fraction(sum(f.weight for f in known))
        weight = sum((points[f.id] for f in here), Fraction(0))
        possible = 100 * (earned + whole - seen) / whole
        found.append(DomainScore(domain, 100 * earned / whole, possible, 100 * seen / whole, weight))
    return tuple(found)


def _losses(measured: Sequence[Finding], points: Mapping[str, Fraction]) -> tuple[tuple[str, Fraction], ...]:
    lost = [(f.id, points[f.id] * (1 - VALUES[f.outcome])) for f in measured if f.outcome is not Outcome.PASS]
    return tuple(sorted(lost, key=lambda pair: (-pair[1], pair[0])))


def _caps(
    applicable: Sequence[Finding], headline: Headline, resources: Sequence[Resource], confidence: Fraction
) -> list[Cap]:
    """Every cap that applies, lowest first, each with all that causes it."""
    causes: dict[int, list[str]] = {39: [], 54: [], 69: [], 84: []}
    ratio = headline.ratio
    if not isinstance(ratio, Absent):
        for least, limit in CAPACITY_CAPS:
            if ratio < least:
                causes[limit].append(f"K<{float(least):g}")
                break
    causes[39] += _unknown(resources)
    for finding in applicable:
        if limit := _cap_of(finding):
            causes[limit].append(finding.id)
    if confidence < SURE:
        causes[84].append("confidence")
    if headline.seats_after_largest_failure == 0:
        causes[84].append("N_fail=0")
    return [Cap(limit, tuple(by)) for limit, by in sorted(causes.items()) if by]


def _unknown(resources: Sequence[Resource]) -> list[str]:
    """What caps as its worst value would: a resource that the profile needs and nobody told, or that was refused."""
    unknown = [r for r in resources if isinstance(r.seats, Absent) and not r.overloaded and "/" not in r.id]
    counted = {r.id for r in resources}
    needed = {id if id in counted else IN_PLACE_OF.get(id, id) for id in NEEDED}
    return [r.id for r in unknown if r.id in needed or r.refused]


def _cap_of(finding: Finding) -> int:
    """The cap one check causes, 0 for none; what was refused counts as failed, so that refusing never helps."""
    unknown, failed = finding.outcome is Outcome.NOT_MEASURED, finding.outcome is Outcome.FAIL
    if finding.id in OPEN_DOORS:
        return 39 if failed or (unknown and finding.refused) else 54 if unknown else 0
    if finding.severity is not Severity.CRITICAL:
        return 0
    return 54 if failed or (unknown and finding.refused) else 69 if unknown else 0


SENTENCES: Mapping[str, str] = {
    "name.LNK": N_("Access link"),
    "name.VPN": N_("Remote access (VPN)"),
    "name.FWL": N_("Firewall and rules"),
    "name.TEL": N_("Telephony"),
    "name.HST": N_("Hosting and servers"),
    "name.RES": N_("Resilience"),
    "name.ACC": N_("Access hygiene"),
    "name.HOM": N_("Home and people"),
    "name.K<0.25": N_("less than a quarter of the people needed"),
    "name.K<0.5": N_("less than half of the people needed"),
    "name.K<0.8": N_("less than four fifths of the people needed"),
    "name.K<1": N_("fewer people than needed"),
    "name.confidence": N_("confidence under 80%"),
    "name.N_fail=0": N_("nobody can work once the largest component fails"),
}
