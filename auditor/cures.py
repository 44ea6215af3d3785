"""What raises a resource: for each, the smallest step of its ladder that carries what is required."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from auditor.capacity import Capacity, assess
from auditor.figures import Inputs, Missing, with_changes
from auditor.model import N_, Absent, Figure, Message, Value
from auditor.voice import blocking

Figures: TypeAlias = Mapping[str, Figure]

LINK_LADDER: Final = tuple(mbps * 1_000_000 for mbps in (20, 40, 60, 100, 200, 500))
LICENCE_LADDER: Final = (25, 50, 100, 250, 500)
PLATFORM_LADDER: Final = (250, 500, 1000, 2500, 5000)
POOL_LADDER: Final = tuple((bits, 2 ** (32 - bits) - 2) for bits in range(26, 15, -1))
ENGINE_LADDER: Final = (150_000_000, 300_000_000, 600_000_000)
MARGIN: Final = Fraction(12, 10)
HOST_VCPU: Final = 8


@dataclass(frozen=True, slots=True)
class Cure:
    """One way to raise a resource: what to do, the checks it closes, the inputs it changes, its lead and cost.

    `closes_all` is False where the ladder ends before what is required: the first check then stays open.
    """

    action: Message
    checks: tuple[str, ...]
    changes: Mapping[str, Value]
    lead_days: tuple[int, int]
    cost: int
    owner: str = "it"
    effort_hours: int = 4
    closes_all: bool = True


def _selective(inputs: Inputs, result: Capacity) -> Cure | None:
    if inputs.text("tunnel.mode") != "full":
        return None
    changes: dict[str, Value] = {"tunnel.mode": "selective", "tunnel.bypass": ("video",)}
    return Cure(Message("cure.selective"), ("LNK-004",), changes, (2, 2), 0, closes_all=_mostly_video(result))


def _mostly_video(result: Capacity) -> bool:
    """Whether the tunnel is left with 30 % of the internet traffic or less, which is what the check asks."""
    if isinstance(result.demand, Absent):
        return False
    web = result.demand.down.web + result.demand.up.web
    return web <= Fraction(3, 10) * (web + result.demand.down.video + result.demand.up.video)


def _rate(inputs: Inputs, result: Capacity) -> Cure | None:
    """The next rate of the ladder, both ways, on the link that carries least, until D fits (or the ladder ends)."""
    names = inputs.active_links()
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
        fits = _fits(after, ("link.up", "link.down"), result.headline.required)
        if fits or rate == LINK_LADDER[-1]:
            action = Message("cure.rate", {"link": link, "before": int(before), "after": rate})
            binding = "LNK-001" if "link.up" in result.headline.binding else "LNK-002"
            checks = (binding, "LNK-002" if binding == "LNK-001" else "LNK-001")
            return Cure(action, checks, changes, (5, 20), 2, "operator", closes_all=fits)
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
    return (
        Cure(action, ("VPN-003",), {"vpn.sessions.platform_max": step}, (15, 45), 3, "integrator", 16)
        if step > limit
        else None
    )


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
        fits = _fits(after, ("vpn.crypto",), MARGIN * result.headline.required)
        if fits or step == ENGINE_LADDER[-1]:
            action = Message("cure.engine", {"before": int(rate), "after": step})
            return Cure(action, ("VPN-003",), changes, (15, 45), 3, "integrator", 16, closes_all=fits)
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
    return (
        Cure(action, ("TEL-005",), {"telephony.channels.max": after}, (3, 10), 1, "operator")
        if after > before
        else None
    )


def _hosts(inputs: Inputs, result: Capacity) -> Cure | None:
    owned = int(inputs.num("hosts.vcpu"))
    for more in range(1, 65):
        changes: dict[str, Value] = {"hosts.vcpu": owned + more * HOST_VCPU}
        after = assess(with_changes(inputs.figures, changes))
        if _fits(after, ("hosts.vdi",), MARGIN * result.headline.required):
            return Cure(Message("cure.hosts", {"more": more}), ("HST-003",), changes, (7, 30), 3, "integrator", 16)
    return None


def _homes(inputs: Inputs, result: Capacity) -> Cure | None:
    """As many homes as are short of what is required, one by one."""
    eligible, required = result.headline.eligible, result.headline.required
    more = required - math.floor(eligible * inputs.num("homes.share"))
    changes: dict[str, Value] = {"homes.share": Fraction(required, eligible)} if eligible else {}
    return Cure(Message("cure.homes", {"more": more}), ("HOM-001",), changes, (5, 10), 1, "hr") if more > 0 else None


def _count(name: str, id: str, check: str, lead: tuple[int, int], cost: int) -> Callable[..., Cure | None]:
    """A resource counted one by one: raise it to what D needs."""

    def cure(inputs: Inputs, result: Capacity) -> Cure | None:
        owned = int(inputs.num(name))
        share = inputs.num("people.phone_share") if name == "telephony.cloud" else Fraction(1)
        share *= inputs.num_or(f"share.{name}", 1)
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


def cures(figures: Figures, result: Capacity) -> list[tuple[Cure, Capacity]]:
    """The cures of what binds that really raise it, best first (domain model, 3.2 (11)), each with its outcome."""
    found: dict[str, tuple[Cure, Capacity]] = {}
    for id in result.headline.binding:
        for make in CURES.get(id, ()):
            try:
                cure = make(Inputs(figures), result)
            except Missing:  # what the ladder starts from is not known: nothing to order yet
                continue
            if cure is None or cure.action.id in found:
                continue
            after = assess(with_changes(figures, cure.changes))
            if more(after.seats(id), result.seats(id)):
                found[cure.action.id] = (cure, after)
    return sorted(found.values(), key=lambda pair: _rank(pair[0], pair[1], result))


def more(after: int | Absent, before: int | Absent) -> bool:
    """Whether both are known and the first is larger."""
    return not isinstance(after, Absent) and not isinstance(before, Absent) and after > before


def _rank(cure: Cure, after: Capacity, before: Capacity) -> tuple[bool, bool, int, int, int, str]:
    """First what raises N now, among them what frees the close ones too, then cost, lead, people, id."""
    gained = 0
    if not isinstance(after.headline.seats, Absent) and not isinstance(before.headline.seats, Absent):
        gained = after.headline.seats - before.headline.seats
    frees = all(more(after.seats(id), before.seats(id)) for id in before.headline.close)
    return (gained <= 0, not frees, cure.cost, -cure.lead_days[1], -gained, cure.action.id)


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
