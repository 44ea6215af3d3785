"""Hosting: where the servers stand, whether the tunnel ends beside them, and how much room and assurance they give."""

from __future__ import annotations

from fractions import Fraction

from auditor.checks import sources
from auditor.checks.engine import Reader, Unknown, Verdict, Words, check, days, hours, limits, settle, worst
from auditor.model import Origin, Outcome, Severity
from auditor.values import N_, Message


@check(
    "HST-001",
    severity=Severity.LOW,
    effort=days(2),
    lead=(30, 60),
    cost=3,
    thresholds=N_(
        "{pass:part} or more of the applications hosted / {warn:part} or more, or less where everybody can work"
        " / less while people are left out"
    ),
    limits=limits("0.6", "0.2"),
    references=(sources.INTERVIEW,),
    unblocks=("LNK-001",),
    words=Words(
        title=N_("Where the applications run"),
        why=N_("A hosted application is reached without the site's link, and its host grows in days, not in months."),
        measured=N_("share of the applications that remote workers use and that are hosted elsewhere"),
        passed=N_("{hosted:ratio} of the applications are hosted outside the site."),
        warned=N_("{hosted:ratio} of the applications are hosted outside the site."),
        failed=N_("Only {hosted:ratio} of the applications are hosted outside a site that cannot carry everybody."),
        action=N_("Rank the applications by remote use, and plan the move of the first three"),
        lift=N_("List the servers and applications with where they run, or declare the share that is hosted."),
    ),
)
def where(read: Reader) -> Verdict:
    """Most applications are within reach without the site; few is a failure only where the site is too small."""
    share = _told(read, "hosting.hosted", "hosting.share")
    verdict = read.climbs(share, hosted=share)
    if verdict.outcome is Outcome.FAIL and read.everybody():
        return Verdict(Outcome.WARN, verdict.numbers)
    return verdict


@check(
    "HST-002",
    severity=Severity.HIGH,
    effort=days(2),
    lead=(10, 30),
    cost=2,
    owner="integrator",
    thresholds=N_("where the servers are / up to {warn:part} of the applications by a detour / more"),
    limits=limits("0", "0.5"),
    unblocks=("LNK-001",),
    words=Words(
        title=N_("Where the tunnel ends, where the servers are"),
        why=N_("A tunnel that ends where the servers no longer are makes every byte cross the site's link twice."),
        measured=N_("end of the tunnel, against the place of the applications"),
        passed=N_("The tunnel ends where the applications are."),
        warned=N_("The tunnel ends beside some of the applications; the others are reached by a detour."),
        failed=N_("The tunnel does not end where the applications are: their traffic makes a detour."),
        action=N_("Open an end of the VPN in the datacentre"),
        lift=N_("List the servers and applications with where they run, and say where the tunnel ends."),
        choices=(N_("in the same place"), N_("some here, some there"), N_("a detour through the site")),
    ),
)
def tunnel_end(read: Reader) -> Verdict:
    """Remote workers are let in where their applications are: `away` is the share they reach by a detour."""
    if read.has_answer("HST-002"):
        return read.answered("HST-002")
    away = _told(read, "hosting.elsewhere", "")
    return read.sinks(away, away=away)


def _told(read: Reader, counted: str, declared: str) -> Fraction:
    """The share counted over the listed applications, else the one declared; of `hosting.share`, what is away."""
    try:
        return read.number(counted)
    except Unknown:
        hosted = read.number("hosting.share")
    if declared or read.figure("tunnel.ends") != "datacentre":
        return hosted
    return 1 - hosted


@check(
    "HST-003",
    severity=Severity.HIGH,
    effort=days(2),
    lead=(7, 30),
    cost=3,
    owner="integrator",
    thresholds=N_("{pass:1} times the people needed or more / {warn:1} or more / less"),
    limits=limits("1.2", "1"),
    references=(sources.RDS,),
    words=Words(
        title=N_("Session-host capacity (virtual desktops)"),
        why=N_("A full session host slows every desktop on it, not only the last one."),
        measured=N_("remote workers that the session hosts carry with the share who use a virtual desktop"),
        passed=N_("The session hosts carry {seats} people; {required} are needed, with the margin asked for."),
        warned=N_("The session hosts carry {seats} people for {required} needed: not the margin asked for."),
        failed=N_("The session hosts carry {seats} people; {required} are needed, {short} are left out."),
        action=N_("Add a session host, or rent hosts that grow on demand"),
        lift=N_("Give read access to the session hosts, or declare their processors; without any, give its proof."),
    ),
)
def session_hosts(read: Reader) -> Verdict:
    """The hosts carry every virtual desktop at once, with a margin."""
    if not read.has("hosts.vdi"):
        raise Unknown(Message("HST.no_desktop"))
    return read.enough(read.seats("hosts.vdi"))


@check(
    "HST-004",
    severity=Severity.MEDIUM,
    effort=days(5),
    lead=(30, 60),
    cost=3,
    owner="integrator",
    thresholds=N_("inventory, dependencies, backup, way back and licences all ready / some of them / none"),
    references=(sources.INTERVIEW,),
    unblocks=("HST-001",),
    words=Words(
        title=N_("Migration readiness"),
        why=N_("A migration takes one to two months in quiet times, and in a crisis the teams that do it are full."),
        measured=N_("inventory, dependencies, backup, way back and licences of what would move"),
        passed=N_("The migration file is complete: it can start as soon as a slot is free."),
        warned=N_("Part of the migration file is missing."),
        failed=N_("Nothing is prepared to move a server."),
        action=N_("Prepare the migration file now, and book a slot with the provider"),
        lift=N_("Go through the list (inventory, dependencies, backup, way back, licences), then answer."),
        choices=(N_("all five ready"), N_("some of them"), N_("none")),
    ),
)
def migration(read: Reader) -> Verdict:
    """A server could be moved as soon as somebody has time for it."""
    return read.answered("HST-004")


@check(
    "HST-005",
    severity=Severity.MEDIUM,
    effort=days(3),
    lead=10,
    cost=2,
    thresholds=N_("synchronised, by the web or by a virtual desktop / file share with a cache / bare file share"),
    unblocks=("LNK-001",),
    words=Words(
        title=N_("File access method"),
        why=N_("A file share opened through the tunnel waits for each of its many small questions."),
        measured=N_("how the heaviest users of files reach them from home"),
        passed=N_("Heavy users of files work on synchronised folders, by the web or on a virtual desktop."),
        warned=N_("Heavy users of files open the file share through the tunnel, with a cache."),
        failed=N_("Heavy users of files open the bare file share through the tunnel."),
        action=N_("Give heavy users of files a virtual desktop or synchronised folders"),
        lift=N_("Answer how the heaviest users of files reach them from home."),
        choices=(
            N_("synchronised folders, the web or a virtual desktop"),
            N_("file share with a cache"),
            N_("bare file share"),
        ),
    ),
)
def files(read: Reader) -> Verdict:
    """Who works on large files does not draw them through the tunnel."""
    return read.answered("HST-005")


@check(
    "HST-006",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=(5, 30),
    cost=2,
    thresholds=N_(
        "processor under {cpu:part}, memory under {memory:part}, disk under {disk_ms:0} ms / one of them not / two not"
    ),
    limits={"cpu": Fraction(7, 10), "memory": Fraction(8, 10), "disk_ms": Fraction(20)},
    unblocks=("HST-003",),
    words=Words(
        title=N_("Server headroom"),
        why=N_("A server that is full at its desk-hour peak is slow for everybody, at home as in the office."),
        measured=N_("busiest processor, fullest memory and slowest disk of the servers, over days"),
        passed=N_("Processor, memory and disks of the servers have room in the busy hour."),
        warned=N_("One of processor, memory and disk delay is above its limit on a server."),
        failed=N_("Two of processor, memory and disk delay are above their limits on a server."),
        action=N_("Add resources to the full servers, and move batch jobs out of office hours"),
        lift=N_("Write processor, memory and disk delay of each server over a busy week in the site file, or answer."),
        choices=(N_("all three within their limits"), N_("one above"), N_("two or three above")),
    ),
)
def servers(read: Reader) -> Verdict:
    """The servers have room in the busy hour; one look can prove that they have not, never that they have."""
    above, missing = 0, []
    for name in ("servers.cpu", "servers.memory", "servers.disk_ms"):
        try:
            figure = read.known(name)
        except Unknown as unknown:
            missing.append(unknown)
            continue
        if read.number(name) >= read.limit(name.partition(".")[2]):
            above += 1
        elif figure.origin is Origin.MEASURED or (figure.note and figure.note.id == "note.worst_of_some"):
            missing.append(Unknown(Message("HST.one_look")))
    seen = Verdict((Outcome.PASS, Outcome.WARN, Outcome.FAIL)[min(above, 2)])
    if read.has_answer("HST-006"):
        return worst([seen, read.answered("HST-006")])
    return settle([seen], missing)


@check(
    "HST-007",
    severity=Severity.LOW,
    effort=hours(2),
    lead=10,
    cost=0,
    owner="management",
    thresholds=N_("by oneself / on order within 5 days / fixed"),
    references=(sources.INTERVIEW,),
    words=Words(
        title=N_("Elasticity clause"),
        why=N_("In a crisis, whoever may grow at once grows first; the others queue."),
        measured=N_("hosting contract: how and how fast resources grow"),
        passed=N_("Hosted resources can be enlarged by oneself, at once."),
        warned=N_("Hosted resources are enlarged on order, within five days."),
        failed=N_("Hosted resources are fixed by the contract, or nothing can grow."),
        action=N_("Ask for the right to grow and shrink at the next renewal"),
        lift=N_("Read the hosting contract, then answer."),
        choices=(N_("by oneself"), N_("on order, within 5 days"), N_("fixed")),
    ),
)
def elasticity(read: Reader) -> Verdict:
    """Resources can grow when everybody goes home."""
    return read.answered("HST-007")


@check(
    "HST-008",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=15,
    cost=0,
    owner="management",
    thresholds=N_("security plan, way out, region and backup all written / some of them / none"),
    references=(sources.HYGIENE_HOSTING,),
    unblocks=("HST-004",),
    words=Words(
        title=N_("Hosting assurance"),
        why=N_("What the provider does not promise in writing is missing on the day it is needed."),
        measured=N_("hosting contract: security plan, way out, region, backup"),
        passed=N_("The provider's security plan, way out, region and backups are written in the contract."),
        warned=N_("Some of the security plan, way out, region and backups are written in the contract."),
        failed=N_("The contract says nothing of security plan, way out, region and backups."),
        action=N_("Ask the provider for its security assurance plan (PAS)"),
        lift=N_("Read the hosting contract and its annexes, then answer."),
        choices=(N_("all four"), N_("some of them"), N_("none")),
    ),
)
def assurance(read: Reader) -> Verdict:
    """What is hosted elsewhere is under contract."""
    return read.answered("HST-008")


@check(
    "HST-009",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=2,
    cost=1,
    quick_win=True,
    thresholds=N_(
        "licences for all who are eligible and 2 tested emergency accounts / untested, or licences for"
        " {warn:part} or more / a single administrator, or licences for fewer"
    ),
    limits=limits("1", "0.6"),
    words=Words(
        title=N_("Online licences and identity"),
        why=N_("Identity is the new link: one administrator locked out stops everybody."),
        measured=N_("people holding every licence they need, and the emergency accounts of the directory"),
        passed=N_("Everybody holds the licences needed, and two emergency accounts are tested."),
        warned=N_("Licences are missing for some people, or the emergency accounts are not tested."),
        failed=N_("Licences are missing for many people, or a single administrator holds the directory."),
        action=N_("Assign the licences; create two emergency accounts, test them and seal them"),
        lift=N_("Export licences from the administration console, declare them, and answer for the accounts."),
        choices=(
            N_("two emergency accounts, tested"),
            N_("emergency accounts, untested"),
            N_("a single administrator"),
        ),
    ),
)
def saas(read: Reader) -> Verdict:
    """Everybody may sign in to the online services, and nobody can be locked out for good."""
    held = read.number("saas.licences")
    licences = read.enough(held, int(read.number("people.eligible")))
    if licences.outcome is Outcome.FAIL and not read.has_answer("HST-009"):
        return licences
    return worst([licences, read.answered("HST-009", **licences.numbers)])


@check(
    "HST-010",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=10,
    cost=2,
    thresholds=N_("independent copy, restored within {pass:0} months / copy, never restored / none"),
    limits={"pass": Fraction(6)},
    references=(sources.HYGIENE,),
    words=Words(
        title=N_("Backup of online data"),
        why=N_("The provider restores its service, not what was deleted by you or in your name."),
        measured=N_("contract of the copy, and date of the last test restore"),
        passed=N_("Online data have a copy elsewhere, restored within the last {pass:0} months."),
        warned=N_("Online data have a copy elsewhere, which was not restored lately."),
        failed=N_("Online data have no copy of the company's own."),
        action=N_("Subscribe to a backup with another provider or tenant, and restore one mailbox"),
        lift=N_("Answer with the date of the last test restore, or that there is none."),
        choices=(N_("independent copy, restored within 6 months"), N_("copy, never restored"), N_("none")),
    ),
)
def saas_backup(read: Reader) -> Verdict:
    """What was deleted online can be brought back; a date is that of the last restore."""
    return read.dated("HST-010")


SENTENCES = {
    "HST.no_desktop": N_("Nobody is said to work on a virtual desktop, but no document shows it."),
    "HST.one_look": N_(
        "The servers had room when they were asked; one look, or some servers, do not tell the busy hour."
    ),
}
