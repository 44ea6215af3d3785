"""What raises a resource: for each, the smallest step of its ladder that carries what is required."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from auditor.capacity import Tally, tally
from auditor.model import Figure
from auditor.seats.figures import Inputs, Missing, with_changes
from auditor.seats.recount import Memo
from auditor.seats.voice import channels_needed
from auditor.values import N_, Absent, Message, Value

Figures: TypeAlias = Mapping[str, Figure]

MARGIN: Final = Fraction(12, 10)
HOST_VCPU: Final = 8


@dataclass(frozen=True, slots=True)
class Ladders:
    """The steps one can order, in rising order: rates in bit/s, sessions, addresses."""

    link_bps: tuple[int, ...] = tuple(mbps * 1_000_000 for mbps in (20, 40, 60, 100, 200, 500))
    vpn_licences: tuple[int, ...] = (25, 50, 100, 250, 500)
    vpn_sessions: tuple[int, ...] = (250, 500, 1000, 2500, 5000)
    vpn_addresses: tuple[int, ...] = tuple(2 ** (32 - bits) - 2 for bits in range(26, 15, -1))
    vpn_engine_bps: tuple[int, ...] = (150_000_000, 300_000_000, 600_000_000)

    @classmethod
    def of(cls, changed: Mapping[str, tuple[int, ...]]) -> Ladders:
        """The published ladders, with those that the site file changes."""
        return replace(cls(), **changed)


@dataclass(frozen=True, slots=True)
class Cure:
    """One way to raise a resource: what to do, the checks it closes, the inputs it changes, its lead and cost.

    `id` is that of the action in the plan: its first check, with `/` and a part where that check has several.
    `closes_all` is False where the ladder ends before what is required: the first check then stays open.
    """

    id: str
    action: Message
    checks: tuple[str, ...]
    changes: Mapping[str, Value]
    lead_days: tuple[int, int]
    cost: int
    owner: str = "it"
    effort_hours: int = 4
    closes_all: bool = True


@dataclass(frozen=True, slots=True)
class Trial:
    """Where cures are tried: the inputs as they are, what they carry, and the ladders to choose from."""

    figures: Figures
    found: Tally
    ladders: Ladders
    memo: Memo
    tried: dict[tuple[tuple[str, Value], ...], Trial]

    @classmethod
    def of(cls, figures: Figures, ladders: Ladders, memo: Memo) -> Trial:
        return cls(figures, tally(figures, memo), ladders, memo, {})

    @property
    def inputs(self) -> Inputs:
        return Inputs(self.figures)

    def changed(self, changes: Mapping[str, Value]) -> Trial:
        """The same with some inputs changed; a ladder and those who rank its step ask for the same more than once."""
        key = tuple(changes.items())
        if key not in self.tried:
            self.tried[key] = Trial.of(with_changes(self.figures, changes), self.ladders, self.memo)
        return self.tried[key]

    def fits(self, changes: Mapping[str, Value], ids: Iterable[str], wanted: Fraction | int) -> bool:
        """Whether these resources carry what is wanted once the inputs are changed."""
        after = self.changed(changes).found
        seats = [after.of(id) for id in ids]
        return all(not isinstance(count, Absent) and count >= wanted for count in seats)


Make: TypeAlias = Callable[[Inputs, Trial], Cure | None]


def _selective(inputs: Inputs, trial: Trial) -> Cure | None:
    if inputs.text("tunnel.mode") != "full":
        return None
    changes: dict[str, Value] = {"tunnel.mode": "selective", "tunnel.bypass": ("video",)}
    enough = _mostly_video(trial.found)
    return Cure("LNK-004", Message("cure.selective"), ("LNK-004",), changes, (2, 2), 0, closes_all=enough)


def _mostly_video(found: Tally) -> bool:
    """Whether the tunnel is left with 30 % of the internet traffic or less, which is what the check asks."""
    if isinstance(found.demand, Absent):
        return False
    web = found.demand.down.web + found.demand.up.web
    return web <= Fraction(3, 10) * (web + found.demand.down.video + found.demand.up.video)


def _rate(inputs: Inputs, trial: Trial) -> Cure | None:
    """The next rate of the ladder on the link that carries least; on the next one where that ladder has ended."""
    names = sorted(inputs.active_links(), key=lambda name: inputs.num_or(f"link.{name}.committed_up_bps", 0))
    found = (_raised(link, inputs, trial) for link in names)
    return next((cure for cure in found if cure is not None), None)


def _raised(link: str, inputs: Inputs, trial: Trial) -> Cure | None:
    """The smallest rate of the ladder, both ways, at which D fits, or the end of the ladder."""
    rates = {way: int(inputs.num(f"link.{link}.committed_{way}_bps")) for way in ("down", "up")}
    before = min(rates.values())

    def changes(rate: int) -> dict[str, Value]:
        return {f"link.{link}.committed_{way}_bps": max(rate, rates[way]) for way in rates}

    def fits(rate: int) -> bool:
        return trial.fits(changes(rate), ("link.up", "link.down"), trial.found.required)

    rate, enough = _smallest([rate for rate in trial.ladders.link_bps if rate > before], fits)
    if not rate:
        return None
    action = Message("cure.rate", {"link": link, "before": before, "after": rate})
    checks = ("LNK-001", "LNK-002") if "link.up" in trial.found.binding else ("LNK-002", "LNK-001")
    return Cure(f"LNK-001/{link}", action, checks, changes(rate), (5, 20), 2, "operator", closes_all=enough)


def _smallest(ladder: Sequence[int], fits: Callable[[int], bool]) -> tuple[int, bool]:
    """The first step that fits, or the last one and that it does not; 0 where there is none. More never fits less."""
    if not ladder:
        return 0, False
    place = bisect_left(ladder, True, key=fits)
    return (ladder[place], True) if place < len(ladder) else (ladder[-1], False)


def _licences(inputs: Inputs, trial: Trial) -> Cure | None:
    owned = inputs.num("vpn.sessions.licensed")
    step = _step(trial.ladders.vpn_licences, owned, trial.found.required)
    action = Message("cure.licences", {"before": int(owned), "after": step})
    changes: dict[str, Value] = {"vpn.sessions.licensed": step}
    return Cure("VPN-002", action, ("VPN-002",), changes, (1, 5), 2, effort_hours=2) if step > owned else None


def _platform(inputs: Inputs, trial: Trial) -> Cure | None:
    limit = inputs.num("vpn.sessions.platform_max")
    step = _step(trial.ladders.vpn_sessions, limit, MARGIN * trial.found.required)
    if step <= limit:
        return None
    action = Message("cure.platform", {"before": int(limit), "after": step})
    changes: dict[str, Value] = {"vpn.sessions.platform_max": step}
    return Cure("VPN-003/platform", action, ("VPN-003",), changes, (15, 45), 3, "integrator", 16)


def _pool(inputs: Inputs, trial: Trial) -> Cure | None:
    size = inputs.num("vpn.pool.addresses")
    step = _step(trial.ladders.vpn_addresses, size, MARGIN * trial.found.required)
    prefix = 32 - (step + 1).bit_length()
    action = Message("cure.pool", {"before": int(size), "after": step, "prefix": prefix})
    changes: dict[str, Value] = {"vpn.pool.addresses": step}
    return Cure("VPN-004", action, ("VPN-004",), changes, (1, 1), 0, effort_hours=2) if step > size else None


def _engine(inputs: Inputs, trial: Trial) -> Cure | None:
    rate = inputs.num("vpn.crypto_bps")

    def fits(step: int) -> bool:
        return trial.fits({"vpn.crypto_bps": step}, ("vpn.crypto",), MARGIN * trial.found.required)

    step, enough = _smallest([step for step in trial.ladders.vpn_engine_bps if step > rate], fits)
    if not step:
        return None
    action = Message("cure.engine", {"before": int(rate), "after": step})
    return Cure("VPN-003", action, ("VPN-003",), {"vpn.crypto_bps": step}, (15, 45), 3, "integrator", 16, enough)


def _table(inputs: Inputs, trial: Trial) -> Cure | None:
    size = int(inputs.num("firewall.sessions.max"))
    for times in (2, 4, 8):
        changes: dict[str, Value] = {"firewall.sessions.max": size * times}
        if trial.fits(changes, ("firewall.sessions",), trial.found.required):
            action = Message("cure.table", {"before": size, "after": size * times})
            return Cure("FWL-003", action, ("FWL-003",), changes, (2, 30), 2)
    return None


def _addresses(inputs: Inputs, trial: Trial) -> Cure | None:
    owned = int(inputs.num("nat.addresses"))
    for count in range(owned + 1, owned + 9):
        changes: dict[str, Value] = {"nat.addresses": count}
        if trial.fits(changes, ("nat.ports",), Fraction(3, 2) * trial.found.required):
            action = Message("cure.addresses", {"more": count - owned})
            return Cure("FWL-004", action, ("FWL-004",), changes, (5, 5), 1, effort_hours=2)
    return None


def _forwards(inputs: Inputs, trial: Trial) -> Cure | None:
    """Forwards for all who cannot be called at home, where the trunk carries the calls of everybody required."""
    trunk, required = trial.found.of("telephony.trunks"), trial.found.required
    if isinstance(trunk, Absent) or trunk < required:
        return None
    needed, before = math.ceil(inputs.num("people.phone_share") * required), int(inputs.num("telephony.forwards"))
    more = needed - sum(int(inputs.num(f"telephony.{name}")) for name in ("softphones", "phones_at_home", "forwards"))
    changes: dict[str, Value] = {"telephony.forwards": before + more}
    action = Message("cure.forwards", {"more": more})
    return Cure("TEL-004", action, ("TEL-004", "TEL-001"), changes, (1, 1), 0, effort_hours=2) if more > 0 else None


def _softphones(inputs: Inputs, trial: Trial) -> Cure | None:
    """As many softphones as make every phone user reachable without a forward."""
    needed = math.ceil(inputs.num("people.phone_share") * trial.found.required)
    owned = int(inputs.num("telephony.softphones"))
    more = needed - int(inputs.num("telephony.phones_at_home")) - owned
    changes: dict[str, Value] = {"telephony.softphones": owned + more}
    action = Message("cure.softphones", {"more": more})
    return Cure("TEL-002", action, ("TEL-002", "TEL-001"), changes, (1, 5), 2) if more > 0 else None


def _channels(inputs: Inputs, trial: Trial) -> Cure | None:
    """The fewest channels that carry everybody's external calls and the forwards that remain."""
    before = int(inputs.num("telephony.channels.max"))
    share, busy = inputs.num("people.phone_share"), inputs.num("telephony.busy_hour_erlangs")
    users = inputs.num_or("telephony.phone_users", share * inputs.num("people.headcount"))
    at_home = inputs.num("telephony.softphones") + inputs.num("telephony.phones_at_home")
    forwards = max(Fraction(0), math.ceil(share * trial.found.required) - at_home)
    offered = users * busy * (1 - inputs.num("telephony.internal_share")) + forwards * busy
    try:
        after = channels_needed(offered, inputs.num("telephony.blocking_target"))
    except ValueError:  # more than any trunk has
        return None
    action = Message("cure.channels", {"before": before, "after": after})
    changes: dict[str, Value] = {"telephony.channels.max": after}
    return Cure("TEL-005", action, ("TEL-005",), changes, (3, 10), 1, "operator", 2) if after > before else None


def _hosts(inputs: Inputs, trial: Trial) -> Cure | None:
    """The licences alone where they are what is short, else the fewest hosts, with the licences they need."""
    wanted = MARGIN * trial.found.required
    licences = _desktop_licences(inputs, wanted)
    if licences and trial.fits(licences, ("hosts.vdi",), wanted):
        values: dict[str, Value] = {"before": inputs.num("hosts.licences"), "after": licences["hosts.licences"]}
        return Cure("HST-003", Message("cure.desktops", values), ("HST-003",), licences, (1, 5), 2)
    for more in range(1, 65):
        changes = licences | _with_hosts(inputs, more)
        if trial.fits(changes, ("hosts.vdi",), wanted):
            action = Message("cure.hosts", {"more": more})
            return Cure("HST-003", action, ("HST-003",), changes, (7, 30), 3, "integrator", 16)
    return None


def _desktop_licences(inputs: Inputs, wanted: Fraction) -> dict[str, Value]:
    """The licences that so many remote workers need, where the licences are known and fewer."""
    needed = math.ceil(wanted * inputs.num_or("people.profile.vdi", 0) * inputs.num_or("share.hosts.vdi", 1))
    short = inputs.known("hosts.licences") and inputs.num("hosts.licences") < needed
    return {"hosts.licences": needed} if short else {}


def _with_hosts(inputs: Inputs, more: int) -> dict[str, Value]:
    """The hosts with some more of 8 processors, each with the memory that the people on it need."""
    changes: dict[str, Value] = {"hosts.vcpu": inputs.num("hosts.vcpu") + more * HOST_VCPU}
    if inputs.known("hosts.memory_bytes") and inputs.known("hosts.count"):
        people = HOST_VCPU * inputs.num("hosts.users_per_vcpu") * inputs.num("hosts.memory_per_user_bytes")
        memory = inputs.num("hosts.memory_bytes") + more * (inputs.num("hosts.memory_system_bytes") + people)
        changes |= {"hosts.memory_bytes": memory, "hosts.count": inputs.num("hosts.count") + more}
    return changes


def _homes(inputs: Inputs, trial: Trial) -> Cure | None:
    """As many homes as are short of what is required, one by one."""
    eligible, required = trial.found.eligible, trial.found.required
    more = required - math.floor(eligible * inputs.num("homes.share"))
    changes: dict[str, Value] = {"homes.share": Fraction(required, eligible)} if eligible else {}
    action = Message("cure.homes", {"more": more})
    return Cure("HOM-001", action, ("HOM-001",), changes, (5, 10), 1, "hr") if more > 0 else None


def _count(name: str, id: str, check: str, lead: tuple[int, int], cost: int) -> Make:
    """A resource counted one by one: raise it to what D needs."""

    def cure(inputs: Inputs, trial: Trial) -> Cure | None:
        owned = int(inputs.num(name))
        share = inputs.num("people.phone_share") if name == "telephony.cloud" else Fraction(1)
        share *= inputs.num_or(f"share.{name}", 1)
        needed = math.ceil(share * trial.found.required)
        changes: dict[str, Value] = {name: needed}
        action = Message(id, {"more": needed - owned})
        return Cure(check, action, (check,), changes, lead, cost) if needed > owned else None

    return cure


CURES: Final[Mapping[str, tuple[Make, ...]]] = {
    "link.up": (_selective, _rate),
    "link.down": (_selective, _rate),
    "vpn.licence": (_licences,),
    "vpn.platform": (_platform,),
    "vpn.pool": (_pool,),
    "vpn.crypto": (_engine, _selective),
    "firewall.sessions": (_table,),
    "nat.ports": (_addresses,),
    "telephony.sets": (_forwards, _softphones),
    "telephony.trunks": (_softphones, _channels),
    "telephony.cloud": (_count("telephony.cloud", "cure.cloud", "TEL-013", (5, 20), 2),),
    "hosts.vdi": (_hosts,),
    "homes": (_homes,),
    "people.equipment": (_count("people.equipment", "cure.equipment", "HOM-004", (7, 30), 3),),
    "ztna.seats": (_count("ztna.seats", "cure.ztna", "VPN-017", (5, 15), 3),),
    "saas.licences": (_count("saas.licences", "cure.saas", "HST-009", (2, 2), 1),),
    "identity.mfa": (_count("identity.mfa", "cure.mfa", "ACC-001", (3, 7), 1),),
}
BY_CHECK: Final[Mapping[str, tuple[str, ...]]] = {
    "LNK-001": ("link.up",),
    "LNK-002": ("link.down",),
    "LNK-004": ("link.down",),
    "VPN-002": ("vpn.licence",),
    "VPN-003": ("vpn.crypto", "vpn.platform"),
    "VPN-004": ("vpn.pool",),
    "VPN-017": ("ztna.seats",),
    "FWL-003": ("firewall.sessions",),
    "FWL-004": ("nat.ports",),
    "TEL-002": ("telephony.trunks",),
    "TEL-005": ("telephony.trunks",),
    "TEL-013": ("telephony.cloud",),
    "HST-003": ("hosts.vdi",),
    "HST-009": ("saas.licences",),
    "HOM-001": ("homes",),
    "HOM-004": ("people.equipment",),
}
"""The resources whose cures may close a check that failed although its resource does not bind."""


def _step(ladder: Iterable[int], owned: Fraction, wanted: Fraction | int) -> int:
    """The smallest step of a ladder that carries what is wanted; beyond the ladder, what is wanted itself."""
    return next((step for step in ladder if step >= wanted and step > owned), math.ceil(max(wanted, owned)))


def cures(trial: Trial, without: frozenset[str] = frozenset()) -> list[tuple[Cure, Trial]]:
    """The cures of what binds that really raise it, best first (domain model, 3.2 (11)), each with its outcome.

    `without`: ids of actions that are not to be taken.
    """
    found: dict[str, tuple[Cure, Trial]] = {}
    for id in trial.found.binding:
        for cure in _made(id, trial):
            if cure.id in without or cure.id in found:
                continue
            after = trial.changed(cure.changes)
            if more(after.found.of(id), trial.found.of(id)) and not lower(after.found.seats, trial.found.seats):
                found[cure.id] = (cure, after)
    return sorted(found.values(), key=lambda pair: _rank(pair[0], pair[1].found, trial.found))


def cure_of(check: str, trial: Trial, without: frozenset[str] = frozenset()) -> tuple[Cure, Trial] | None:
    """The cure that closes a check whose resource does not bind, with its outcome; None where there is none."""
    for id in BY_CHECK.get(check, ()):
        for cure in _made(id, trial):
            if check not in cure.checks or cure.id in without or not cure.closes_all:
                continue
            after = trial.changed(cure.changes)
            if more(after.found.of(id), trial.found.of(id)) and not lower(after.found.seats, trial.found.seats):
                return cure, after
    return None


def _made(id: str, trial: Trial) -> list[Cure]:
    """The cures of a resource; none where what the ladder starts from is not known: nothing to order yet."""
    made = []
    for make in CURES.get(id, ()):
        try:
            made.append(make(trial.inputs, trial))
        except Missing:
            continue
    return [cure for cure in made if cure is not None]


def more(after: int | Absent, before: int | Absent) -> bool:
    """Whether both are known and the first is larger."""
    return not isinstance(after, Absent) and not isinstance(before, Absent) and after > before


def lower(after: int | Absent, before: int | Absent) -> bool:
    """Whether something known is lost."""
    return not isinstance(before, Absent) and (isinstance(after, Absent) or after < before)


def _rank(cure: Cure, after: Tally, before: Tally) -> tuple[bool, bool, int, int, int, str]:
    """First what raises N now, among them what frees the close ones too, then cost, lead, people, id."""
    gained = 0
    if not isinstance(after.seats, Absent) and not isinstance(before.seats, Absent):
        gained = after.seats - before.seats
    frees = all(more(after.of(id), before.of(id)) for id in before.close)
    return (gained <= 0, not frees, cure.cost, -cure.lead_days[1], -gained, cure.id)


SENTENCES: Mapping[str, str] = {
    "cure.selective": N_("Send video meetings outside the tunnel (selective tunnel), keep the rest inside"),
    "cure.rate": N_("Raise the internet access {link} from {before:rate} to {after:rate}"),
    "cure.licences": N_("Raise the VPN licences from {before} to {after}"),
    "cure.platform": N_("Replace the VPN gateway ({before} sessions) by one that carries {after}"),
    "cure.pool": N_("Enlarge the VPN address pool from {before} to {after} addresses (/{prefix:raw})"),
    "cure.engine": N_("Raise the VPN encryption from {before:rate} to {after:rate} (module or new gateway)"),
    "cure.table": N_("Raise the firewall's session table from {before} to {after} (timers, then a larger unit)"),
    "cure.addresses": N_("Add {more} public addresses for address translation"),
    "cure.forwards": N_("Open a call forward for {more} more people"),
    "cure.softphones": N_("Assign {more} more softphones"),
    "cure.channels": N_("Raise the telephone trunk from {before} to {after} channels"),
    "cure.desktops": N_("Raise the virtual desktop licences from {before} to {after}"),
    "cure.hosts": N_("Add {more} virtual desktop hosts of 8 processors"),
    "cure.homes": N_("Equip {more} homes with a 4G/5G router"),
    "cure.equipment": N_("Equip {more} more people with a PC and a headset"),
    "cure.ztna": N_("Order {more} more ZTNA seats"),
    "cure.saas": N_("Assign {more} more sets of online licences"),
    "cure.mfa": N_("Enrol {more} more people in a second factor that works away from the site"),
    "cure.cloud": N_("Assign {more} more cloud telephone licences and numbers"),
}
