"""The access link: what it carries, how full it is, what its contract promises and how well it treats voice."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from auditor import facts
from auditor.checks import sources
from auditor.checks.engine import Reader, Unknown, Verdict, Words, check, hours, limits, settle
from auditor.facts import Interface, LinkRate
from auditor.model import Device, Outcome, Severity
from auditor.site import Link
from auditor.values import ABSENT, N_, Absent, Message

ENOUGH_LOOK_S: Final = 8 * 3600
TOLERANCE: Final = Fraction(105, 100)


def active(read: Reader) -> tuple[Link, ...]:
    """The links in daily use; Unknown where the site file describes none."""
    found = tuple(link for link in read.site.links if link.use == "active")
    if not found:
        raise Unknown(Message("LNK.no_link"))
    return found


def devices(read: Reader) -> frozenset[str]:
    """The devices that hold the links in daily use; empty where the site file names none (then any may)."""
    return frozenset(link.device for link in active(read) if link.device)


def same(told: str, named: str) -> bool:
    """Gi0/0 and GigabitEthernet0/0 are the same interface."""
    parts = [re.fullmatch(r"([a-z-]*)\s*([\d/.:]*)", name.lower()) for name in (told, named)]
    if told.lower() == named.lower() or not (parts[0] and parts[1]):
        return told.lower() == named.lower()
    (word, number), (other, place) = parts[0].groups(), parts[1].groups()
    return bool(number) and number == place and (word.startswith(other) or other.startswith(word))


def only(link: Link) -> tuple[str, ...]:
    return (link.device,) if link.device else ()


def ports(read: Reader, link: Link) -> list[tuple[Device, Interface]]:
    """The interface of a link: the named one, else the one that holds the default route; Unknown where none is."""
    found = [
        (device, row)
        for device, rows in read.each(facts.INTERFACES, only=only(link))
        for row in rows
        if (same(row.name, link.interface) if link.interface else row.default_route is True)
    ]
    if not found:
        raise Unknown(Message("LNK.no_interface", {"link": link.name}))
    return found


@check(
    "LNK-001",
    severity=Severity.CRITICAL,
    effort=hours(4),
    lead=(5, 20),
    cost=2,
    owner="operator",
    thresholds=N_("{pass:1} times the people needed or more / {warn:1} or more / less"),
    limits=limits("1", "0.6"),
    references=(sources.INTERVIEW,),
    unblocks=("TEL-008",),
    words=Words(
        title=N_("Link capacity for required concurrency, upload"),
        why=N_("What people at home download from the office leaves by the site's upload: it is the first to be full."),
        measured=N_("remote workers that the upload carries, from the contract, the present use and the demand"),
        passed=N_("The upload carries {seats} remote workers; {required} are needed."),
        warned=N_("The upload carries {seats} remote workers; {required} are needed, {short} are left out."),
        failed=N_("The upload carries {seats} remote workers; {required} are needed, {short} are left out."),
        action=N_("Raise the committed upload rate, or take traffic off the link"),
        lift=N_("Give read access to the router and the committed rate of the contract."),
    ),
)
def upload(read: Reader) -> Verdict:
    """The site's upload carries everybody who must work remotely."""
    return _carried(read, "link.up")


@check(
    "LNK-002",
    severity=Severity.CRITICAL,
    effort=hours(4),
    lead=(5, 20),
    cost=2,
    owner="operator",
    thresholds=N_("{pass:1} times the people needed or more / {warn:1} or more / less"),
    limits=limits("1", "0.6"),
    references=(sources.INTERVIEW, sources.TEAMS),
    unblocks=("TEL-008",),
    words=Words(
        title=N_("Link capacity, download"),
        why=N_("With a full tunnel, all that people at home fetch from the internet comes in through the site first."),
        measured=N_("remote workers that the download carries, from the contract, the present use and the demand"),
        passed=N_("The download carries {seats} remote workers; {required} are needed."),
        warned=N_("The download carries {seats} remote workers; {required} are needed, {short} are left out."),
        failed=N_("The download carries {seats} remote workers; {required} are needed, {short} are left out."),
        action=N_("Stop hauling internet traffic through the tunnel, then raise the committed download rate"),
        lift=N_("Give read access to the router and the committed rate of the contract."),
    ),
)
def download(read: Reader) -> Verdict:
    """The site's download carries everybody who must work remotely."""
    return _carried(read, "link.down")


def _carried(read: Reader, resource: str) -> Verdict:
    return read.enough(read.seats(resource))


@check(
    "LNK-003",
    severity=Severity.HIGH,
    effort=hours(8),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_("{pass:part} or less / {warn:part} or less / more of the committed rate"),
    limits=limits("0.5", "0.7"),
    references=(sources.PRACTICE,),
    unblocks=("LNK-001",),
    words=Words(
        title=N_("Present use at the 95th percentile"),
        why=N_("What is already used is not there for remote work, and a link that is nearly full makes voice suffer."),
        measured=N_("busiest use of each link, both ways, against its committed rate"),
        passed=N_("The busiest link, {link} ({way:name}), is used at {use:ratio} of its committed rate."),
        warned=N_("The link {link} ({way:name}) is used at {use:ratio} of its committed rate."),
        failed=N_("The link {link} ({way:name}) is used at {use:ratio} of its committed rate."),
        action=N_("Find what fills the link; move backups and updates to the night"),
        lift=N_("Sample the link for five working days, or declare its use from the operator's graphs."),
    ),
)
def present_use(read: Reader) -> Verdict:
    """The links are not already full; a short look can prove that they are, never that they are not."""
    found: list[tuple[Fraction, str, str]] = []
    missing: list[Unknown] = []
    for link in active(read):
        for way in ("down", "up"):
            stem = f"link.{link.name}"
            try:
                use, rate = read.known(f"{stem}.used_{way}_bps"), read.number(f"{stem}.committed_{way}_bps")
            except Unknown as unknown:
                missing.append(unknown)
                continue
            share = read.number(use.name) / rate if rate else Fraction(1)
            found.append((share, link.name, way))
            window = use.note is not None and use.note.id.startswith("note.window")
            seconds = use.note.values.get("seconds", ENOUGH_LOOK_S) if use.note and window else ENOUGH_LOOK_S
            if share <= read.limit("pass") and isinstance(seconds, int) and seconds < ENOUGH_LOOK_S:
                missing.append(
                    Unknown(Message("LNK.short_look", {"seconds": seconds, "link": link.name, "use": share}))
                )
    if not found:
        raise missing[0]
    share, name, way = max(found)
    verdict = read.sinks(share, use=share, link=name, way=way)
    return verdict if verdict.outcome is not Outcome.PASS else settle([verdict], missing)


@check(
    "LNK-004",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=2,
    cost=0,
    quick_win=True,
    thresholds=N_(
        "{pass:part} or less of the internet traffic in the tunnel / {warn:part} / more while people are left out"
    ),
    limits=limits("0.3", "0.8"),
    references=(sources.TEAMS,),
    unblocks=("LNK-002", "VPN-003", "FWL-003"),
    words=Words(
        title=N_("Internet traffic kept out of the site link"),
        why=N_("Internet traffic that goes through the tunnel crosses the site's link twice."),
        measured=N_("share of remote workers' internet traffic that the tunnel carries"),
        passed=N_("The tunnel carries {carried:ratio} of remote workers' internet traffic."),
        warned=N_("The tunnel carries {carried:ratio} of remote workers' internet traffic across the site's link."),
        failed=N_(
            "The tunnel carries {carried:ratio} of remote workers' internet traffic across a link that is too small."
        ),
        action=N_("Send listed cloud services (video, Microsoft 365) direct from home, keep the rest in the tunnel"),
        lift=N_("Give read access to the VPN gateway over SSH, or declare the tunnel mode in the site file."),
    ),
)
def bypass(read: Reader) -> Verdict:
    """The tunnel does not haul the internet through the site while the link is too small."""
    carried = _in_tunnel(read)
    verdict = read.sinks(carried, carried=carried)
    if verdict.outcome is Outcome.FAIL and read.everybody():
        return Verdict(Outcome.WARN, verdict.numbers)
    return verdict


def _in_tunnel(read: Reader) -> Fraction:
    """phi: the share of one worker's internet traffic, both ways, that the tunnel carries."""
    mode = read.figure("tunnel.mode")
    if mode in ("full", "split"):
        return Fraction(1 if mode == "full" else 0)
    listed = read.figure("tunnel.bypass", assumed=True)
    classes = frozenset(listed) if isinstance(listed, tuple) and listed else frozenset({"video"})
    demand = {"web": _web(read), "video": _video(read)}
    inside = sum((rate for name, rate in demand.items() if name not in classes), Fraction(0))
    whole = sum(demand.values(), Fraction(0))
    return inside / whole if whole else Fraction(0)


def _web(read: Reader) -> Fraction:
    return sum(
        (
            read.number(f"people.profile.{profile}", assumed=True)
            * read.number(f"demand.{profile}.web_{way}_bps", assumed=True)
            for profile in ("office", "vdi", "files")
            for way in ("down", "up")
        ),
        Fraction(0),
    )


def _video(read: Reader) -> Fraction:
    busy = read.number("people.video_share", assumed=True) * read.number("demand.video_in_call", assumed=True)
    return busy * sum(read.number(f"demand.video_{way}_bps", assumed=True) for way in ("down", "up"))


@check(
    "LNK-005",
    severity=Severity.MEDIUM,
    effort=hours(2),
    lead=2,
    cost=0,
    quick_win=True,
    thresholds=N_("contract known and router held to it / one of the two / neither"),
    references=(sources.IF_MIB,),
    unblocks=("LNK-001", "LNK-007"),
    words=Words(
        title=N_("Committed rate known and matches the port"),
        why=N_("A 100 Mbit/s port on a 20 Mbit/s contract loses the packets above 20, voice among them."),
        measured=N_("rate of the contract, rate set on the router and speed of the port"),
        passed=N_("The committed rate of each link is known and its router is held to it."),
        warned=N_("The committed rate of the link {link} is not known, or its router is not held to it."),
        failed=N_("The committed rate of the link {link} is not known and no rate is set on its router."),
        action=N_("Get the contract's sheet and set the router's shaper to its rate"),
        lift=N_("Write the contract's rates in the site file and give read access to the router over SSH."),
    ),
)
def committed(read: Reader) -> Verdict:
    """What was bought is known, and the router sends no more than that."""
    missing: list[Unknown] = []
    verdicts = []
    for link in active(read):
        known = _contract(read, link)
        try:
            held = _held(read, link, known)
        except Unknown as unknown:
            missing.append(unknown)
            continue
        good = (not isinstance(known, Absent)) + held
        outcome = (Outcome.FAIL, Outcome.WARN, Outcome.PASS)[good]
        verdicts.append(Verdict(outcome, {"link": link.name}))
    return settle(verdicts, missing)


def _contract(read: Reader, link: Link) -> Fraction | Absent:
    """The upload rate that somebody states from the contract, with both directions known."""
    rates = (link.committed_down_bps, link.committed_up_bps)
    names = [f"link.{link.name}.committed_{way}_bps" for way in ("down", "up")]
    stated = [rate is not ABSENT or name in read.site.declared for rate, name in zip(rates, names, strict=True)]
    return [read.number(name) for name in names][1] if all(stated) else ABSENT


def _held(read: Reader, link: Link, contract: Fraction | Absent) -> bool:
    """Whether the router sends no faster than the contract: by a shaper, or by a port no faster than it."""
    names = (link.interface,) if link.interface else tuple(row.name for _, row in ports(read, link))
    rates = read.told(facts.LINK_RATES, only=only(link))
    shaped = [row.up_bps for _, rows in rates for row in rows if _shapes(row, names)]
    if any(isinstance(contract, Absent) or _within(rate, contract) for rate in shaped):
        return True
    if not isinstance(contract, Absent) and any(_within(speed, contract) for speed in _speeds(read, link)):
        return True
    policies = [how for _, how in read.told(facts.LINK_QOS, only=only(link))]
    if "priority+shaper" in policies and not shaped:
        return True
    return not (rates or policies or read.each(facts.LINK_RATES, only=only(link)))  # nobody told: Unknown


def _speeds(read: Reader, link: Link) -> list[int | Absent]:
    """Speeds of the link's port, none where it could not be told."""
    try:
        return [row.speed_bps for _, row in ports(read, link)]
    except Unknown:
        return []


def _shapes(row: LinkRate, names: tuple[str, ...]) -> bool:
    return row.method == "shaper" and any(same(row.interface, name) for name in names)


def _within(rate: int | Absent, contract: Fraction) -> bool:
    return not isinstance(rate, Absent) and rate <= TOLERANCE * contract


@check(
    "LNK-006",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=(45, 90),
    cost=3,
    owner="operator",
    thresholds=N_("upload {pass:part} of the download or more / {warn:part} or more / less"),
    limits=limits("0.5", "0.2"),
    unblocks=("LNK-001",),
    words=Words(
        title=N_("Asymmetry"),
        why=N_("Remote workers draw on the site's upload, the small side of most shared accesses."),
        measured=N_("committed upload over committed download of each link"),
        passed=N_("The upload of {link} is {share:ratio} of its download."),
        warned=N_("The upload of {link} is only {share:ratio} of its download."),
        failed=N_("The upload of {link} is only {share:ratio} of its download."),
        action=N_("Move to a symmetric access (FTTO), or host the servers elsewhere"),
        lift=N_("Write the committed rates of the contract, both ways, in the site file."),
    ),
)
def asymmetry(read: Reader) -> Verdict:
    """The upload is not much smaller than the download."""
    verdicts, missing = [], []
    for link in active(read):
        try:
            down, up = (read.number(f"link.{link.name}.committed_{way}_bps") for way in ("down", "up"))
        except Unknown as unknown:
            missing.append(unknown)
            continue
        share = up / down if down else Fraction(1)
        verdicts.append(read.climbs(share, link=link.name, share=share))
    return settle(verdicts, missing)


SENTENCES = {
    "LNK.no_link": N_("The site file describes no access link."),
    "LNK.no_interface": N_("Which interface carries the link {link} could not be told."),
    "LNK.short_look": N_(
        "{link} was used at {use:ratio} at most in a look of {seconds:duration}: too short to stand for a busy week."
    ),
    "LNK.no_headline": N_("How many people the site carries is not known."),
}
