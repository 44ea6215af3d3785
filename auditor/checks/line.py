"""The line behind the access: how it treats voice, who repairs it, what it runs over, what stands beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from auditor import facts
from auditor.checks import sources
from auditor.checks.engine import Reader, Unknown, Verdict, Words, check, days, hours, limits, settle, worst
from auditor.checks.link import active, devices, ports
from auditor.checks.reader import months
from auditor.facts import Interface
from auditor.model import Outcome, Severity
from auditor.site import Link
from auditor.values import N_, Absent, Message, Value

COPPER: Final = ("adsl", "sdsl", "vdsl", "rtc", "dsl", "copper", "cuivre", "isdn", "rnis")


@check(
    "LNK-007",
    severity=Severity.MEDIUM,
    effort=hours(8),
    lead=3,
    cost=0,
    quick_win=True,
    owner="integrator",
    thresholds=N_("voice first and a shaper / marking only / none"),
    references=(sources.TEAMS,),
    unblocks=("TEL-008",),
    words=Words(
        title=N_("Quality of service on the access router"),
        why=N_("On a full link, voice without priority breaks up first."),
        measured=N_("queues and shapers of the router that holds the link"),
        passed=N_("{device} puts voice first and holds to the link's rate."),
        warned=N_("{device} marks traffic, but does not both put voice first and hold to the link's rate."),
        failed=N_("{device} treats voice like any other traffic."),
        action=N_("Shape at the contract's rate; put voice first, video second, bulk last"),
        lift=N_("Give read access to the router over SSH, or its configuration."),
    ),
)
def quality_of_service(read: Reader) -> Verdict:
    """Voice passes first on the link."""
    by = {"priority+shaper": Outcome.PASS, "marking": Outcome.WARN}
    told = read.each(facts.LINK_QOS, only=devices(read))
    return worst(Verdict(by.get(how, Outcome.FAIL), {"device": device.name}) for device, how in told)


@check(
    "LNK-008",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=5,
    cost=0,
    quick_win=True,
    thresholds=N_("less than {pass:loss} of the packets / {warn:loss} or less / more"),
    limits=limits("0.0001", "0.001"),
    references=(sources.TEAMS_TARGETS, sources.RDP),
    unblocks=("TEL-008",),
    words=Words(
        title=N_("Errors and discards"),
        why=N_("One packet lost in a thousand is enough to spoil voice and remote desktops."),
        measured=N_("errors and discards of the link's interface, among its packets"),
        passed=N_("{interface} of {device} loses {lost:3}% of its packets."),
        warned=N_("{interface} of {device} loses {lost:3}% of its packets."),
        failed=N_("{interface} of {device} loses {lost:3}% of its packets."),
        action=N_("Correct duplex or cabling; report the line to the operator"),
        lift=N_("Give SNMP read access to the router and name the link's interface."),
    ),
)
def errors(read: Reader) -> Verdict:
    """The link's interface loses next to nothing."""
    found: list[tuple[Fraction, str, str]] = []
    missing: list[Unknown] = []
    for link in active(read):
        try:
            here = ports(read, link)
        except Unknown as unknown:
            missing.append(unknown)
            continue
        for device, row in here:
            shares = _lost(row)
            found += [(share, row.name, device.name) for share in shares]
            if len(shares) < 2:
                missing.append(Unknown(Message("LNK.no_counters", {"interface": row.name, "device": device.name})))
    if not found:
        raise missing[0]
    share, interface, name = max(found)
    verdict = read.sinks(share, interface=interface, device=name, lost=100 * share)
    at_edge = share == read.limit("pass")  # a pass is less than the limit, not the limit itself
    return settle([Verdict(Outcome.WARN, verdict.numbers) if at_edge else verdict], missing)


def _lost(row: Interface) -> list[Fraction]:
    """Errors and discards over all packets, each way that told its counters and carried something."""
    ways = (
        (row.in_errors, row.in_discards, row.in_packets),
        (row.out_errors, row.out_discards, row.out_packets),
    )
    found = []
    for errors, discards, packets in ways:
        if isinstance(errors, Absent) or isinstance(discards, Absent) or isinstance(packets, Absent):
            continue
        if whole := packets + errors + discards:
            found.append(Fraction(errors + discards, whole))
    return found


@check(
    "LNK-009",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=10,
    cost=0,
    owner="operator",
    thresholds=N_(
        "round trip under {rtt_pass:0} ms, jitter under {jitter_pass:0}, loss under {loss_pass:1}%"
        " / under {rtt_warn:0}, {jitter_warn:0}, {loss_warn:1}% / worse"
    ),
    limits={
        "rtt_pass": Fraction(60),
        "rtt_warn": Fraction(100),
        "jitter_pass": Fraction(15),
        "jitter_warn": Fraction(30),
        "loss_pass": Fraction(1, 10),
        "loss_warn": Fraction(1),
    },
    references=(sources.TEAMS_TARGETS,),
    unblocks=("TEL-008",),
    words=Words(
        title=N_("Latency, jitter to operator and cloud edge"),
        why=N_("Voice and video need a short, regular and lossless path to the operator."),
        measured=N_("round trip, jitter and loss of the probes that devices run"),
        passed=N_("The path to {target} is good ({rtt:0} ms, jitter {jitter:0} ms, loss {loss:2}%)."),
        warned=N_("The path to {target} is middling ({rtt:0} ms, jitter {jitter:0} ms, loss {loss:2}%)."),
        failed=N_("The path to {target} is bad ({rtt:0} ms, jitter {jitter:0} ms, loss {loss:2}%)."),
        action=N_("Open a ticket with the operator, with the measures; give voice priority"),
        lift=N_("Set up probes (IP SLA, RPM, SD-WAN) on the router towards the operator, for a busy hour."),
    ),
)
def latency(read: Reader) -> Verdict:
    """The path to the operator suits voice and video."""
    verdicts, missing = [], []
    for _, rows in read.each(facts.LINK_QUALITY):
        for row in rows:
            if (
                isinstance(row.rtt_ms, Absent)
                or isinstance(row.jitter_ms, Absent)
                or isinstance(row.loss_percent, Absent)
            ):
                missing.append(Unknown(Message("LNK.half_probe", {"target": row.target})))
            else:
                verdicts.append(_path(read, row.target, (row.rtt_ms, row.jitter_ms, row.loss_percent)))
    if not verdicts and not missing:
        raise Unknown(Message("unknown.nothing"))
    return settle(verdicts, missing)


def _path(read: Reader, target: str, measured: tuple[float, float, float]) -> Verdict:
    """Round trip and jitter in ms, loss in %: each must stay under its limit."""
    numbers: dict[str, Value] = {"target": target, **dict(zip(("rtt", "jitter", "loss"), measured, strict=True))}
    for outcome, level in ((Outcome.PASS, "pass"), (Outcome.WARN, "warn")):
        edges = [read.limit(f"{name}_{level}") for name in ("rtt", "jitter", "loss")]
        if all(Fraction(str(value)) < edge for value, edge in zip(measured, edges, strict=True)):
            return Verdict(outcome, numbers)
    return Verdict(Outcome.FAIL, numbers)


@check(
    "LNK-010",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=(45, 90),
    cost=3,
    owner="operator",
    thresholds=N_("repair in 4 h around the clock / 4 h in working hours, or next day / best effort"),
    references=(sources.OFFERS,),
    words=Words(
        title=N_("Service guarantee"),
        why=N_("A repair time in working hours leaves nights and weekends without remote work."),
        measured=N_("contract: repair time, the hours it covers, guaranteed rate"),
        passed=N_("The operator repairs the access within four hours, around the clock."),
        warned=N_("A repair time is promised, but nothing on file shows that it covers nights and weekends."),
        failed=N_("The operator does not promise to repair the access within a day."),
        action=N_("Add the round-the-clock repair option, order a guaranteed access (FTTO, FTTE), or add a backup"),
        lift=N_("Read the repair time and its hours in the contract, then answer."),
        choices=(
            N_("4 hours, around the clock"),
            N_("4 hours in working hours, or the next day"),
            N_("best effort"),
        ),
    ),
)
def guarantee(read: Reader) -> Verdict:
    """The contract promises a quick repair at any hour; the hours it covers, only an answer can tell."""
    if read.has_answer("LNK-010"):
        return read.answered("LNK-010")
    promised = [(link.name, link.repair_hours) for link in active(read)]
    known = [(name, hours) for name, hours in promised if not isinstance(hours, Absent)]
    for name, repair in known:
        read.stated(f"link.{name}.repair_hours", repair)
    verdicts = [Verdict(Outcome.WARN if repair <= 24 else Outcome.FAIL) for _, repair in known]
    return settle(verdicts, [] if len(known) == len(promised) else [Unknown(Message("LNK.no_guarantee"))])


@check(
    "LNK-011",
    severity=Severity.LOW,
    effort=hours(2),
    lead=2,
    cost=0,
    quick_win=True,
    thresholds=N_("national edge / across a border / by a detour abroad"),
    references=(sources.TEAMS,),
    words=Words(
        title=N_("Peering and DNS path to online services"),
        why=N_("An online service reached by a far door is slow for everybody, whatever the link."),
        measured=N_("route and name resolution of the main online services, from the site"),
        passed=N_("Online services are reached by a door in the country."),
        warned=N_("Online services are reached across a border."),
        failed=N_("Online services are reached by a detour abroad."),
        action=N_("Resolve names locally and leave to the internet from the site"),
        lift=N_("Trace the route and resolve the names of the main online services from the site, then answer."),
        choices=(N_("a door in the country"), N_("across a border"), N_("a detour abroad")),
    ),
)
def peering(read: Reader) -> Verdict:
    """Online services are near."""
    return read.answered("LNK-011")


@check(
    "LNK-012",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=(45, 90),
    cost=2,
    owner="operator",
    thresholds=N_(
        "none / closes in more than {warn:0} months, or in {ordered:0} with its replacement ordered"
        " / sooner, or date unknown"
    ),
    limits={"warn": Fraction(18), "ordered": Fraction(12)},
    references=(sources.COPPER,),
    unblocks=("LNK-006",),
    words=Words(
        title=N_("Copper access (ADSL, SDSL, VDSL)"),
        why=N_("The copper network is closed batch by batch until 2030: what hangs on it stops on a date."),
        measured=N_("medium of each access, and the operator's closure date for the address"),
        passed=N_("No access of the site runs over copper."),
        warned=N_(
            "A copper access remains until {end:date} at the latest; its closure is far, or its replacement is ordered."
        ),
        failed=N_("A copper access remains until {end:date} at the latest; its closure is near, or its date unknown."),
        action=N_("Order fibre before the closure letter, and move what still hangs on the pair"),
        lift=N_("Write the medium of each link in the site file, or answer from the contracts."),
        choices=(
            N_("no copper access"),
            N_("closes in more than 18 months, or in 12 to 18 with its replacement ordered"),
            N_("closes sooner, or the date is not known"),
        ),
    ),
)
def copper(read: Reader) -> Verdict:
    """No access hangs on a network that is being closed; a replacement that is ordered, only an answer can tell."""
    found = _copper(read)
    verdicts = [] if found is None else [_closing(read, found)]
    if read.has_answer("LNK-012"):
        answered = read.answered("LNK-012", **_ends(read))
        if found and answered.outcome is Outcome.PASS:
            raise Unknown(Message("unknown.contradiction", {"what": found}))
        return worst([answered, *(verdict for verdict in verdicts if _date(read, found or "") is not None)])
    if verdicts:
        return worst(verdicts)
    if not read.site.links or any(not link.medium for link in read.site.links):
        raise Unknown(Message("LNK.no_medium"))
    for link in read.site.links:
        read.stated(f"link.{link.name}.medium", link.medium)
    return Verdict(Outcome.PASS)


def _ends(read: Reader) -> dict[str, Value]:
    return {"end": read.closes("copper")}


def _date(read: Reader, link: str) -> dt.date | None:
    """The operator's own date for a link, where somebody declared it."""
    name = f"link.{link}.copper_closes"
    value = read.figure(name) if name in read.site.declared else None
    return value if isinstance(value, dt.date) else None


def _closing(read: Reader, link: str) -> Verdict:
    """By the operator's date: far warns, in between too where a replacement is ordered; near or unknown fails."""
    day, today = _date(read, link), read.books.today
    if day is None or isinstance(today, Absent):
        return Verdict(Outcome.FAIL, _ends(read))
    left = months(today, day)
    ordered = read.has_answer("LNK-012") and read.answer("LNK-012") == "partial"
    late = left > read.limit("warn") or (ordered and left >= read.limit("ordered"))
    return Verdict(Outcome.WARN if late else Outcome.FAIL, _ends(read))


def _copper(read: Reader) -> str | None:
    """The link that runs over copper, by its medium in the site file or by what a device's modem tells."""
    for link in read.site.links:
        if link.medium.lower() in COPPER:
            read.stated(f"link.{link.name}.medium", link.medium)
            return link.name
    for device, rows in read.some(facts.LINK_RATES):
        for row in rows:
            if row.method == "dsl":
                return f"{device.name}: {row.interface}"
    return None


@check(
    "LNK-013",
    severity=Severity.LOW,
    effort=days(2),
    lead=(45, 90),
    cost=3,
    owner="operator",
    thresholds=N_("two used together, tested / two, manual or untested / one"),
    words=Words(
        title=N_("SD-WAN or dual access in use"),
        why=N_("Two modest accesses carry more than one, and fail separately."),
        measured=N_("accesses of the site, and the policy that shares the traffic between them"),
        passed=N_("Two accesses are used together, and the policy between them is tested."),
        warned=N_("There are two accesses, but nothing shows that the policy between them is automatic and tested."),
        failed=N_("The site has one access only."),
        action=N_("Use the backup access for online services and video, and write the policy down"),
        lift=N_("Describe the links in the site file, or answer the question."),
        choices=(N_("two, used together and tested"), N_("two, by hand or untested"), N_("one")),
    ),
)
def dual(read: Reader) -> Verdict:
    """Two accesses share the work."""
    count = len(read.site.links)
    if read.has_answer("LNK-013"):
        verdict = read.answered("LNK-013")
        if count == 1 and verdict.outcome is not Outcome.FAIL:
            raise Unknown(Message("unknown.contradiction", {"what": read.site.links[0].name}))
        return verdict
    if not count:
        raise Unknown(Message("LNK.no_link"))
    read.stated("link", _names(read.site.links))
    return Verdict(Outcome.WARN if count > 1 else Outcome.FAIL)


def _names(links: Iterable[Link]) -> tuple[str, ...]:
    return tuple(link.name for link in links)


SENTENCES = {
    "LNK.no_counters": N_("{device} does not tell the errors, discards and packets of {interface}."),
    "LNK.half_probe": N_("The probe towards {target} does not tell round trip, jitter and loss together."),
    "LNK.no_guarantee": N_("The site file gives no repair time for every link."),
    "LNK.no_medium": N_("The site file does not say what every link runs over."),
}
