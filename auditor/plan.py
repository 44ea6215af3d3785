"""From what binds and what failed to an ordered, dated plan, with seats and score after each action."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from auditor.capacity import Capacity, assess
from auditor.figures import Inputs
from auditor.model import N_, Absent, Action, Figure, Finding, Message, Origin, Outcome, Step, Value
from auditor.voice import blocking

Figures: TypeAlias = Mapping[str, Figure]
Rejudge: TypeAlias = Callable[[Figures, frozenset[str]], tuple[int | Absent, Fraction | Absent]]

LINK_LADDER: Final = tuple(mbps * 1_000_000 for mbps in (20, 40, 60, 100, 200, 500))
LICENCE_LADDER: Final = (25, 50, 100, 250, 500)
PLATFORM_LADDER: Final = (250, 500, 1000, 2500, 5000)
POOL_LADDER: Final = ((26, 62), (25, 126), (24, 254), (23, 510))
ENGINE_LADDER: Final = (150_000_000, 300_000_000, 600_000_000)
MARGIN: Final = Fraction(12, 10)
HOST_VCPU: Final = 8
MOST_STEPS: Final = 20
LONG_LEAD: Final = 15
WORKING_HOURS: Final = 8


def with_changes(figures: Figures, changes: Mapping[str, Value]) -> dict[str, Figure]:
    """The figures with some of them set; a change of tunnel mode remembers the mode in force as `tunnel.mode_now`."""
    found = dict(figures)
    if "tunnel.mode" in changes and "tunnel.mode_now" not in found and "tunnel.mode" in found:
        found["tunnel.mode_now"] = replace(found["tunnel.mode"], name="tunnel.mode_now")
        if "tunnel.bypass" in found:
            found["tunnel.bypass_now"] = replace(found["tunnel.bypass"], name="tunnel.bypass_now")
    for name, value in changes.items():
        before = found.get(name)
        figure = before or Figure(name, value, Origin.DECLARED)
        found[name] = replace(figure, value=value, origin=Origin.DECLARED, sources=("what-if",), note=None)
    return found


# ---- cures: what raises a resource, by the smallest step that carries D ----


@dataclass(frozen=True, slots=True)
class Cure:
    """One way to raise a resource: what to do, the checks it closes, the inputs it changes, its lead and cost."""

    action: Message
    checks: tuple[str, ...]
    changes: Mapping[str, Value]
    lead_days: tuple[int, int]
    cost: int


def _selective(inputs: Inputs, result: Capacity) -> Cure | None:
    if inputs.text("tunnel.mode") != "full":
        return None
    changes: dict[str, Value] = {"tunnel.mode": "selective", "tunnel.bypass": ("video",)}
    return Cure(Message("cure.selective"), ("LNK-004",), changes, (2, 2), 0)


def _rate(inputs: Inputs, result: Capacity) -> Cure | None:
    """The next rate of the ladder, both ways, on the link that carries least, until D fits (or the ladder ends)."""
    names = [n for n in inputs.links() if inputs.text(f"link.{n}.use", "active") == "active"]
    if not names:
        return None
    link = min(names, key=lambda name: inputs.num_or(f"link.{name}.committed_up_bps", 0))
    before = min(inputs.num(f"link.{link}.committed_{way}_bps") for way in ("down", "up"))
    for rate in (rate for rate in LINK_LADDER if rate > before):
        changes: dict[str, Value] = {
            f"link.{link}.committed_{way}_bps": max(rate, int(inputs.num(f"link.{link}.committed_{way}_bps")))
            for way in ("down", "up")
        }
        after = assess(with_changes(inputs.figures, changes))
        if _fits(after, ("link.up", "link.down"), result.headline.required) or rate == LINK_LADDER[-1]:
            action = Message("cure.rate", {"link": link, "before": int(before), "after": rate})
            binding = "LNK-001" if "link.up" in result.headline.binding else "LNK-002"
            checks = (binding, "LNK-002" if binding == "LNK-001" else "LNK-001")
            return Cure(action, checks, changes, (5, 20), 2)
    return None


def _fits(result: Capacity, ids: Iterable[str], wanted: Fraction | int) -> bool:
    seats = [result.seats(id) for id in ids]
    return all(not isinstance(count, Absent) and count >= wanted for count in seats)


def _licences(inputs: Inputs, result: Capacity) -> Cure | None:
    owned = inputs.num("vpn.sessions.licensed")
    step = _step(LICENCE_LADDER, owned, result.headline.required)
    action = Message("cure.licences", {"before": int(owned), "after": step})
    return Cure(action, ("VPN-002",), {"vpn.sessions.licensed": step}, (1, 5), 2) if step > owned else None


def _platform(inputs: Inputs, result: Capacity) -> Cure | None:
    limit = inputs.num("vpn.sessions.platform_max")
    step = _step(PLATFORM_LADDER, limit, MARGIN * result.headline.required)
    action = Message("cure.platform", {"before": int(limit), "after": step})
    return Cure(action, ("VPN-003",), {"vpn.sessions.platform_max": step}, (15, 45), 3) if step > limit else None


def _pool(inputs: Inputs, result: Capacity) -> Cure | None:
    size = inputs.num("vpn.pool.addresses")
    step = _step([count for _, count in POOL_LADDER], size, MARGIN * result.headline.required)
    prefix = next((bits for bits, count in POOL_LADDER if count == step), 23)
    action = Message("cure.pool", {"before": int(size), "after": step, "prefix": prefix})
    return Cure(action, ("VPN-004",), {"vpn.pool.addresses": step}, (1, 1), 0) if step > size else None


def _engine(inputs: Inputs, result: Capacity) -> Cure | None:
    rate = inputs.num("vpn.crypto_bps")
    for step in (step for step in ENGINE_LADDER if step > rate):
        changes: dict[str, Value] = {"vpn.crypto_bps": step}
        after = assess(with_changes(inputs.figures, changes))
        if _fits(after, ("vpn.crypto",), MARGIN * result.headline.required) or step == ENGINE_LADDER[-1]:
            action = Message("cure.engine", {"before": int(rate), "after": step})
            return Cure(action, ("VPN-003",), changes, (15, 45), 3)
    return None


def _table(inputs: Inputs, result: Capacity) -> Cure | None:
    size = int(inputs.num("firewall.sessions.max"))
    for times in (2, 4, 8):
        changes: dict[str, Value] = {"firewall.sessions.max": size * times}
        if _fits(assess(with_changes(inputs.figures, changes)), ("firewall.sessions",), result.headline.required):
            action = Message("cure.table", {"before": size, "after": size * times})
            return Cure(action, ("FWL-003",), changes, (2, 30), 2)
    return None


def _addresses(inputs: Inputs, result: Capacity) -> Cure | None:
    owned = int(inputs.num("nat.addresses"))
    for count in range(owned + 1, owned + 9):
        changes: dict[str, Value] = {"nat.addresses": count}
        after = assess(with_changes(inputs.figures, changes))
        if _fits(after, ("nat.ports",), Fraction(3, 2) * result.headline.required):
            action = Message("cure.addresses", {"more": count - owned})
            return Cure(action, ("FWL-004",), changes, (5, 5), 1)
    return None


def _softphones(inputs: Inputs, result: Capacity) -> Cure | None:
    """As many softphones as make every phone user reachable without a forward."""
    needed = math.ceil(inputs.num("people.phone_share") * result.headline.required)
    owned = int(inputs.num("telephony.softphones"))
    more = needed - int(inputs.num("telephony.phones_at_home")) - owned
    if more <= 0:
        return None
    changes: dict[str, Value] = {"telephony.softphones": owned + more}
    return Cure(Message("cure.softphones", {"more": more}), ("TEL-002", "TEL-001"), changes, (1, 5), 2)


def _channels(inputs: Inputs, result: Capacity) -> Cure | None:
    """The fewest channels that carry everybody's external calls and the forwards that remain."""
    before = int(inputs.num("telephony.channels.max"))
    share, busy = inputs.num("people.phone_share"), inputs.num("telephony.busy_hour_erlangs")
    users = inputs.num_or("telephony.phone_users", share * inputs.num("people.headcount"))
    at_home = inputs.num("telephony.softphones") + inputs.num("telephony.phones_at_home")
    forwards = max(Fraction(0), math.ceil(share * result.headline.required) - at_home)
    offered = users * busy * (1 - inputs.num("telephony.internal_share")) + forwards * busy
    target = inputs.num("telephony.blocking_target")
    after = next((n for n in range(before + 1, before + 2000) if blocking(offered, n) <= target), before)
    action = Message("cure.channels", {"before": before, "after": after})
    return Cure(action, ("TEL-005",), {"telephony.channels.max": after}, (3, 10), 1) if after > before else None


def _hosts(inputs: Inputs, result: Capacity) -> Cure | None:
    owned = int(inputs.num("hosts.vcpu"))
    for more in range(1, 65):
        changes: dict[str, Value] = {"hosts.vcpu": owned + more * HOST_VCPU}
        after = assess(with_changes(inputs.figures, changes))
        if _fits(after, ("hosts.vdi",), MARGIN * result.headline.required):
            return Cure(Message("cure.hosts", {"more": more}), ("HST-003",), changes, (7, 30), 3)
    return None


def _homes(inputs: Inputs, result: Capacity) -> Cure | None:
    eligible = result.headline.eligible
    good = math.floor(eligible * inputs.num("homes.share"))
    action = Message("cure.homes", {"more": eligible - good})
    return Cure(action, ("HOM-001",), {"homes.share": Fraction(1)}, (5, 10), 1) if good < eligible else None


def _count(name: str, id: str, check: str, lead: tuple[int, int], cost: int) -> Callable[..., Cure | None]:
    """A resource counted one by one: raise it to what D needs."""

    def cure(inputs: Inputs, result: Capacity) -> Cure | None:
        owned = int(inputs.num(name))
        share = inputs.num("people.phone_share") if name == "telephony.cloud" else Fraction(1)
        needed = math.ceil(share * result.headline.required)
        changes: dict[str, Value] = {name: needed}
        return Cure(Message(id, {"more": needed - owned}), (check,), changes, lead, cost) if needed > owned else None

    return cure


CURES: Final[Mapping[str, tuple[Callable[[Inputs, Capacity], Cure | None], ...]]] = {
    "link.up": (_selective, _rate),
    "link.down": (_selective, _rate),
    "vpn.licence": (_licences,),
    "vpn.platform": (_platform,),
    "vpn.pool": (_pool,),
    "vpn.crypto": (_engine, _selective),
    "firewall.sessions": (_table,),
    "nat.ports": (_addresses,),
    "telephony.sets": (_softphones,),
    "telephony.trunks": (_softphones, _channels),
    "telephony.cloud": (_count("telephony.cloud", "cure.cloud", "TEL-013", (5, 20), 2),),
    "hosts.vdi": (_hosts,),
    "homes": (_homes,),
    "people.equipment": (_count("people.equipment", "cure.equipment", "HOM-004", (7, 30), 3),),
    "ztna.seats": (_count("ztna.seats", "cure.ztna", "VPN-017", (5, 15), 3),),
    "saas.licences": (_count("saas.licences", "cure.saas", "HST-009", (2, 2), 1),),
    "identity.mfa": (_count("identity.mfa", "cure.mfa", "ACC-001", (3, 7), 1),),
}


def _step(ladder: Iterable[int], owned: Fraction, wanted: Fraction | int) -> int:
    """The smallest step of a ladder that carries what is wanted; beyond the ladder, what is wanted itself."""
    return next((step for step in ladder if step >= wanted and step > owned), math.ceil(max(wanted, owned)))


def _cures(figures: Figures, result: Capacity) -> list[tuple[Cure, Capacity]]:
    """The cures of what binds that really raise it, best first (domain model, 3.2 (11)), each with its outcome."""
    head, found = result.headline, dict[str, tuple[Cure, Capacity]]()
    for id in head.binding:
        for make in CURES.get(id, ()):
            cure = make(Inputs(figures), result)
            if cure is None or cure.action.id in found:
                continue
            after = assess(with_changes(figures, cure.changes))
            if _more(after.seats(id), result.seats(id)):
                found[cure.action.id] = (cure, after)
    return sorted(found.values(), key=lambda pair: _rank(pair[0], pair[1], result))


def _more(after: int | Absent, before: int | Absent) -> bool:
    return not isinstance(after, Absent) and not isinstance(before, Absent) and after > before


def _rank(cure: Cure, after: Capacity, before: Capacity) -> tuple[bool, bool, int, int, int, str]:
    """First what raises N now, among them what frees the close ones too, then cost, lead, people, id."""
    gained = 0
    if not isinstance(after.headline.seats, Absent) and not isinstance(before.headline.seats, Absent):
        gained = after.headline.seats - before.headline.seats
    frees = all(_more(after.seats(id), before.seats(id)) for id in before.headline.close)
    return (gained <= 0, not frees, cure.cost, -cure.lead_days[1], -gained, cure.action.id)


def _waterfall(figures: Figures) -> list[tuple[Step, Cure]]:
    found: list[tuple[Step, Cure]] = []
    now, result = dict(figures), assess(figures)
    for _ in range(MOST_STEPS):
        head = result.headline
        if isinstance(head.seats, Absent) or head.seats >= head.required:
            break
        cures = _cures(now, result)
        if not cures:
            break
        cure, result = cures[0]
        now = with_changes(now, cure.changes)
        seats = 0 if isinstance(result.headline.seats, Absent) else result.headline.seats
        step = Step(cure.action, cure.checks[0], seats, result.headline.binding, cure.lead_days, cure.cost)
        found.append((step, cure))
    return found


def waterfall(figures: Figures) -> tuple[Step, ...]:
    """What to cure, each time what binds then, until D fits or nothing cures it: the technical order."""
    return tuple(step for step, _ in _waterfall(figures))


# ---- the plan ----


@dataclass(frozen=True, slots=True)
class _Draft:
    """An action before it has a rank, dates, seats and score."""

    action: Message
    checks: tuple[str, ...]
    changes: Mapping[str, Value]
    owner: str
    effort_hours: int
    lead_days: tuple[int, int]
    cost: int
    unblocks: tuple[str, ...]


def plan(figures: Figures, findings: Sequence[Finding], *, start: dt.date, rejudge: Rejudge) -> tuple[Action, ...]:
    """The actions in technical order: what raises N, then what lifts a cap, then points for effort; with their dates.

    Seats and score after each action come from `rejudge`, with all actions before it done.
    """
    open_findings = {f.id: f for f in findings if f.outcome in (Outcome.FAIL, Outcome.WARN) and f.weight}
    drafts = [_of_cure(cure, open_findings) for _, cure in _waterfall(figures)]
    covered = {check for draft in drafts for check in draft.checks}
    drafts += [_of_finding(f) for f in sorted(open_findings.values(), key=_urgency) if f.id not in covered]
    dates = _calendar(drafts, start)
    actions: list[Action] = []
    now, closed = dict(figures), frozenset[str]()
    for rank, draft in enumerate(drafts, 1):
        now = with_changes(now, draft.changes) if draft.changes else now
        if not draft.changes:
            closed |= frozenset(draft.checks)
        seats, score = rejudge(now, closed)
        actions.append(_action(rank, draft, seats, score, dates[rank - 1], _depends(draft, drafts)))
    return tuple(actions)


def _of_cure(cure: Cure, findings: Mapping[str, Finding]) -> _Draft:
    closes = tuple(check for check in cure.checks if check in findings) or cure.checks[:1]
    known = findings.get(cure.checks[0])
    return _Draft(
        cure.action,
        closes,
        cure.changes,
        known.owner if known else "it",
        known.effort_hours if known else 4,
        cure.lead_days,
        cure.cost,
        known.unblocks if known else (),
    )


def _of_finding(finding: Finding) -> _Draft:
    return _Draft(
        Message(f"{finding.id}.action"),
        (finding.id,),
        {},
        finding.owner,
        finding.effort_hours,
        finding.lead_days,
        finding.cost,
        finding.unblocks,
    )


def _urgency(finding: Finding) -> tuple[bool, bool, Fraction, str]:
    """Critical failures first (they cap the score), then the points gained for an hour of effort."""
    lost = finding.weight * (Fraction(1) if finding.outcome is Outcome.FAIL else Fraction(1, 2))
    critical = finding.weight >= 10
    return (
        not (critical and finding.outcome is Outcome.FAIL),
        not critical,
        -lost / max(1, finding.effort_hours),
        finding.id,
    )


def _action(
    rank: int,
    draft: _Draft,
    seats: int | Absent,
    score: Fraction | Absent,
    dates: tuple[dt.date, dt.date],
    depends: tuple[str, ...],
) -> Action:
    return Action(
        rank=rank,
        action=draft.action,
        closes=draft.checks,
        seats_after=seats,
        score_after=score,
        owner=draft.owner,
        effort_hours=draft.effort_hours,
        lead_days=draft.lead_days,
        cost=draft.cost,
        depends_on=depends,
        start_by=dates[0],
        done_by=dates[1],
        done_when=draft.checks[0],
    )


def _depends(draft: _Draft, drafts: Sequence[_Draft]) -> tuple[str, ...]:
    """The checks of other actions that must be done for this one to take effect."""
    return tuple(
        other.checks[0]
        for other in drafts
        if other is not draft and any(check in expand(other.unblocks) for check in draft.checks)
    )


def expand(unblocks: Iterable[str]) -> frozenset[str]:
    """`VPN-002..016` and `VPN-*` as ids; a wildcard covers 001 to 099."""
    found: set[str] = set()
    for text in unblocks:
        domain, _, rest = text.partition("-")
        if rest == "*":
            found |= {f"{domain}-{number:03d}" for number in range(1, 100)}
        elif ".." in rest:
            first, _, last = rest.partition("..")
            found |= {f"{domain}-{number:03d}" for number in range(int(first), int(last) + 1)}
        else:
            found.add(text)
    return frozenset(found)


def _calendar(drafts: Sequence[_Draft], start: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Start and end of each action: orders that land last are placed first, then each owner works in technical order.

    The end counts the later end of the lead time. An action that takes effect only after another ends no sooner.
    """
    order = sorted(range(len(drafts)), key=lambda i: (drafts[i].lead_days[1] < LONG_LEAD or not drafts[i].changes, i))
    spent: dict[str, int] = {}
    found: dict[int, tuple[dt.date, dt.date]] = {}
    for index in order:
        draft = drafts[index]
        before = spent.get(draft.owner, 0)
        spent[draft.owner] = before + draft.effort_hours
        begin = _working_day(start, before // WORKING_HOURS)
        own_end = _working_day(start, (before + draft.effort_hours - 1) // WORKING_HOURS)
        found[index] = (begin, max(own_end, begin + dt.timedelta(days=draft.lead_days[1])))
    by_check = {drafts[i].checks[0]: dates for i, dates in found.items()}
    ended = []
    for index, draft in enumerate(drafts):
        begin, end = found[index]
        needs = [by_check[check][1] for check in _depends(draft, drafts) if check in by_check and draft.changes]
        ended.append((begin, max([end, *needs])))
    return ended


def _working_day(start: dt.date, days: int) -> dt.date:
    """The date `days` working days after a start (weekends left out)."""
    day = start
    while day.weekday() >= 5:
        day += dt.timedelta(days=1)
    for _ in range(days):
        day += dt.timedelta(days=3 if day.weekday() == 4 else 1)
    return day


SENTENCES: Mapping[str, str] = {
    "cure.selective": N_("Send video meetings outside the tunnel (selective tunnel), keep the rest inside"),
    "cure.rate": N_("Raise the internet access {link} from {before:rate} to {after:rate}"),
    "cure.licences": N_("Raise the VPN licences from {before} to {after}"),
    "cure.platform": N_("Replace the VPN gateway ({before} sessions) by one that carries {after}"),
    "cure.pool": N_("Enlarge the VPN address pool from {before} to {after} addresses (/{prefix:raw})"),
    "cure.engine": N_("Raise the VPN encryption from {before:rate} to {after:rate} (module or new gateway)"),
    "cure.table": N_("Raise the firewall's session table from {before} to {after} (timers, then a larger unit)"),
    "cure.addresses": N_("Add {more} public addresses for address translation"),
    "cure.softphones": N_("Assign {more} more softphones"),
    "cure.channels": N_("Raise the telephone trunk from {before} to {after} channels"),
    "cure.hosts": N_("Add {more} virtual desktop hosts of 8 processors"),
    "cure.homes": N_("Equip {more} homes with a 4G/5G router"),
    "cure.equipment": N_("Equip {more} more people with a PC and a headset"),
    "cure.ztna": N_("Order {more} more ZTNA seats"),
    "cure.saas": N_("Assign {more} more sets of online licences"),
    "cure.mfa": N_("Enrol {more} more people in a second factor that works away from the site"),
    "cure.cloud": N_("Assign {more} more cloud telephone licences and numbers"),
}
