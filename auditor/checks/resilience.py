"""Resilience: what still works when one thing fails, what comes back by itself, and who is told."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Final

from auditor import facts
from auditor.checks import sources
from auditor.checks.engine import Reader, Unknown, Verdict, Words, check, days, hours, limits, settle, worst
from auditor.checks.substitution import NO_VPN
from auditor.checks.vpn import gateway
from auditor.model import Outcome, Severity
from auditor.site import Link, Role
from auditor.values import N_, Absent, Message

GATEWAYS: Final = (Role.VPN, Role.FIREWALL)


def _links(read: Reader) -> tuple[Link, ...]:
    """The accesses of the site; Unknown where the site file describes none."""
    if not read.site.links:
        raise Unknown(Message("LNK.no_link"))
    read.stated("link", tuple(link.name for link in read.site.links))
    return read.site.links


def _none(read: Reader, id: str) -> Verdict:
    """The failure of a site without a second access, unless an answer says that there is one."""
    if read.has_answer(id) and read.dated(id).outcome is not Outcome.FAIL:
        raise Unknown(Message("unknown.contradiction", {"what": read.site.links[0].name}))
    return Verdict(Outcome.FAIL)


def _apart(links: tuple[Link, ...]) -> bool:
    """Whether two accesses run over different media, and each of them carries the VPN."""
    carrying = [link for link in links if "vpn" in link.carries]
    return len({link.medium.lower() for link in carrying if link.medium}) > 1


@check(
    "RES-001",
    severity=Severity.HIGH,
    effort=days(1),
    lead=(5, 15),
    cost=1,
    owner="operator",
    thresholds=N_("another medium, by itself, carries the VPN / by hand, or cannot receive the VPN / none"),
    unblocks=("RES-002", "RES-010"),
    words=Words(
        title=N_("Second access link"),
        why=N_("When everybody works remotely, a dead link is a closed company."),
        measured=N_("accesses of the site, their media and what they carry"),
        passed=N_("A second access over another medium takes over by itself and carries the VPN."),
        warned=N_("There is a second access, but nothing shows that it takes over by itself with the VPN."),
        failed=N_("The site has one access only."),
        action=N_("Add a 4G/5G or FTTH backup now, and a second guaranteed access later"),
        lift=N_("Describe every access in the site file, and answer how the second one takes over."),
        choices=(
            N_("another medium, automatic, carries the VPN"),
            N_("by hand, or cannot receive the VPN"),
            N_("none"),
        ),
    ),
)
def second_access(read: Reader) -> Verdict:
    """A second access takes over with the VPN; that it does so by itself, only an answer can tell."""
    if not read.site.links and read.has_answer("RES-001"):
        return read.answered("RES-001")
    links = _links(read)
    if len(links) == 1:
        return _none(read, "RES-001")
    if not read.has_answer("RES-001"):
        return Verdict(Outcome.WARN)
    return worst([read.answered("RES-001"), Verdict(Outcome.PASS if _apart(links) else Outcome.WARN)])


@check(
    "RES-002",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=7,
    cost=0,
    quick_win=True,
    thresholds=N_("within {pass:0} months / within {warn:0} months / longer ago, or never"),
    limits=limits("6", "18"),
    words=Words(
        title=N_("Failover tested"),
        why=N_("A backup that was never tried fails on the day it is needed."),
        measured=N_("date of the last failover test"),
        passed=N_("The failover of the access was tested within the last {pass:0} months."),
        warned=N_("The failover of the access was not tested within the last {pass:0} months."),
        failed=N_("The failover of the access was not tested within {warn:0} months, or never."),
        action=N_("Pull the cable on a Sunday, with people connected from home, and note the time it takes"),
        lift=N_("Answer with the date of the last failover test, or that there was none."),
        choices=(N_("within 6 months"), N_("within 18 months"), N_("never")),
    ),
)
def failover(read: Reader) -> Verdict:
    """The second access was tried, lately; a site with one access has nothing to try."""
    if len(read.site.links) == 1:
        _links(read)
        return _none(read, "RES-002")
    return read.dated("RES-002")


@check(
    "RES-003",
    severity=Severity.HIGH,
    effort=days(3),
    lead=30,
    cost=3,
    owner="integrator",
    thresholds=N_("active pair in sync / cold spare, or a pair that is not in sync / single"),
    unblocks=("VPN-003",),
    words=Words(
        title=N_("VPN gateway redundancy"),
        why=N_("A single gateway is a single point that stops everybody at once."),
        measured=N_("state of each gateway in its pair"),
        passed=N_("The VPN gateways form a pair that is in sync."),
        warned=N_("There is a spare VPN gateway, but it is cold or not in sync."),
        failed=N_("There is a single VPN gateway."),
        action=N_("Add a standby gateway, or a virtual one in the datacentre"),
        lift=N_("Give read access to the gateways over SSH or SNMP, or answer the question."),
        choices=(N_("pair in sync"), N_("cold spare"), N_("single")),
    ),
)
def gateway_pair(read: Reader) -> Verdict:
    """The death of one gateway is not noticed; a cold spare, only an answer can tell."""
    told = read.told(facts.HA_STATE, *GATEWAYS)
    states = [state for _, state in told] if gateway(read) or not read.proven(NO_VPN) else []
    if not states:
        return read.answered_else("RES-003", facts.HA_STATE, "unknown.nothing")
    spare = read.has_answer("RES-003") and read.answered("RES-003").outcome is not Outcome.FAIL
    return worst(Verdict(_paired(state, spare)) for state in states)


def _paired(state: str, spare: bool) -> Outcome:
    """A member of a live pair passes, a broken pair warns, a lone gateway fails unless a spare is kept."""
    if state in ("active", "standby"):
        return Outcome.PASS
    return Outcome.WARN if state == "failed" or spare else Outcome.FAIL


@check(
    "RES-004",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=10,
    cost=2,
    thresholds=N_(
        "{pass:0} minutes or more, loaded under {load:part} / {warn:0} minutes or more, or more loaded / less, or none"
    ),
    limits=limits("30", "10", load="0.7"),
    references=(sources.UPS_MIB,),
    words=Words(
        title=N_("UPS of the equipment room"),
        why=N_("In an empty building nobody is there to restart what a short power cut stopped."),
        measured=N_("minutes left and load of each UPS"),
        passed=N_("Every UPS bridges a power cut of {pass:0} minutes or more."),
        warned=N_("A UPS bridges a power cut of less than {pass:0} minutes, or is loaded at {load:part} or more."),
        failed=N_("A power cut is bridged for less than {warn:0} minutes, or not at all."),
        action=N_("Replace the batteries, and list what can be switched off during a power cut"),
        lift=N_("Give SNMP read access to the UPS, or answer the question."),
        choices=(N_("30 minutes or more, lightly loaded"), N_("10 to 30 minutes"), N_("less, or no UPS")),
    ),
)
def ups(read: Reader) -> Verdict:
    """The room outlives a short power cut, on every UPS."""
    told = read.told(facts.UPS_MINUTES)
    if not told:
        return read.answered_else("RES-004", facts.UPS_MINUTES, "unknown.nothing")
    told = read.each(facts.UPS_MINUTES)
    loads = {device.name: load for device, load in read.told(facts.UPS_LOAD)}
    verdicts = [_holds(read, device.name, minutes, loads.get(device.name)) for device, minutes in told]
    silent = [device.name for device, _ in told if device.name not in loads]
    return settle(verdicts, [Unknown(Message("RES.no_load", {"device": name})) for name in silent])


def _holds(read: Reader, name: str, minutes: float, load: float | None) -> Verdict:
    share = Fraction(str(load or 0)) / 100
    verdict = read.climbs(Fraction(str(minutes)), device=name, minutes=minutes, loaded=share)
    heavy = share >= read.limit("load")
    return Verdict(Outcome.WARN, verdict.numbers) if heavy and verdict.outcome is Outcome.PASS else verdict


@check(
    "RES-005",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=15,
    cost=2,
    thresholds=N_("console by 4G and switched sockets / somebody on the spot / nobody"),
    words=Words(
        title=N_("Remote hands and out-of-band access"),
        why=N_("A gateway that hangs locks out whoever could restart it from home."),
        measured=N_("how a hung gateway is restarted while the building is closed"),
        passed=N_("The equipment can be reached and restarted from outside by a path of its own."),
        warned=N_("Somebody near the site can restart the equipment."),
        failed=N_("Nobody could restart the equipment while the building is closed."),
        action=N_("Install a console server on 4G, or find somebody nearby with a key"),
        lift=N_("Answer how a hung gateway would be restarted while the building is closed."),
        choices=(N_("4G console and switched sockets, tested"), N_("somebody on the spot"), N_("nobody")),
    ),
)
def out_of_band(read: Reader) -> Verdict:
    """What hangs can be restarted without driving there."""
    return read.answered("RES-005")


@check(
    "RES-006",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("copied elsewhere within {pass:0} days, no difference / within {warn:0} days / older, or none"),
    limits=limits("7", "90"),
    unblocks=("VPN-*", "FWL-*", "ACC-*"),
    words=Words(
        title=N_("Configuration backups"),
        why=N_("Every change of this plan can break the gateway; only a fresh copy brings it back the same day."),
        measured=N_("date each configuration was last saved, and what is answered of the copies kept elsewhere"),
        passed=N_("Configurations of the last {pass:0} days are kept off the devices."),
        warned=N_("No copy of the last {pass:0} days is known off the devices, or what runs was not saved."),
        failed=N_("There is no copy of the configurations of the last {warn:0} days."),
        action=N_("Automate a nightly export of every configuration"),
        lift=N_("Give read access to the devices over SSH, and answer where copies are kept and how old they are."),
        choices=(N_("off the devices, within 7 days"), N_("within 90 days"), N_("none")),
    ),
)
def configurations(read: Reader) -> Verdict:
    """A dead device is rebuilt from a copy of this week; that it is kept elsewhere, only an answer can tell."""
    unsaved = [Verdict(Outcome.WARN) for _, differs in read.told(facts.CONFIG_UNSAVED) if differs]
    if read.has_answer("RES-006"):
        return worst([read.answered("RES-006"), *unsaved])
    ages = [_age(read, at.date()) for _, at in read.each(facts.CONFIG_SAVED_AT)]
    if any(age > read.limit("warn") for age in ages):
        raise Unknown(Message("RES.copies"))
    return Verdict(Outcome.WARN)


def _age(read: Reader, day: dt.date) -> int:
    """Days since, on the day of the audit."""
    if isinstance(read.books.today, Absent):
        raise Unknown(Message("unknown.nothing"))
    return (read.books.today - day).days


@check(
    "RES-007",
    severity=Severity.HIGH,
    effort=days(2),
    lead=10,
    cost=2,
    thresholds=N_("3 copies, 2 media, 1 away, restored within {pass:0} months / untested / none"),
    limits={"pass": Fraction(6)},
    references=(sources.HYGIENE,),
    unblocks=("HST-004",),
    words=Words(
        title=N_("Data backup reachable while staff are remote"),
        why=N_("Ransomware comes in by home computers; what is left afterwards is the copy it could not reach."),
        measured=N_("copies of the data, and date of the last test restore"),
        passed=N_("Data have three copies, one of them away, restored within the last {pass:0} months."),
        warned=N_("Data are copied, but no restore was tested lately."),
        failed=N_("Data have no backup that would survive an attack."),
        action=N_("Test one restore, and add a copy that is offline"),
        lift=N_("Answer with the date of the last test restore, or that there is none."),
        choices=(N_("3-2-1, restored within 6 months"), N_("untested"), N_("none")),
    ),
)
def data_backup(read: Reader) -> Verdict:
    """Data can be brought back; a date is that of the last restore."""
    return read.dated("RES-007")


@check(
    "RES-008",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_("around the clock, to a person / in office hours / none"),
    words=Words(
        title=N_("Alerting"),
        why=N_("In an empty building nobody sees the red light."),
        measured=N_("who receives the alarms of link, VPN and power, and at what hours"),
        passed=N_("Alarms of link, VPN and power reach a person at any hour."),
        warned=N_("Alarms are seen in office hours only."),
        failed=N_("Nobody is told when the link, the VPN or the power fails."),
        action=N_("Send the alarms of link, VPN and UPS to the telephone of whoever is on call"),
        lift=N_("Answer who is told, and when."),
        choices=(N_("around the clock, to a person"), N_("office hours"), N_("none")),
    ),
)
def alerting(read: Reader) -> Verdict:
    """Somebody is told at once."""
    return read.answered("RES-008")


@check(
    "RES-009",
    severity=Severity.MEDIUM,
    effort=days(2),
    lead=10,
    cost=0,
    thresholds=N_("two people trained on VPN and telephony / one / outside help without a contract"),
    references=(sources.INTERVIEW,),
    words=Words(
        title=N_("Staff dependency"),
        why=N_("The only one who knows the gateway falls ill like everybody else."),
        measured=N_("people who can repair the VPN and the telephone system"),
        passed=N_("Two people or more know the VPN and the telephone system."),
        warned=N_("One person alone knows the VPN and the telephone system."),
        failed=N_("Nobody in the company knows the VPN and the telephone system, and no contract covers it."),
        action=N_("Train a deputy and write the steps down"),
        lift=N_("Answer who could repair the VPN and the telephone system tonight."),
        choices=(N_("two or more"), N_("one"), N_("outside help only, without contract")),
    ),
)
def deputies(read: Reader) -> Verdict:
    """Two people can repair what everybody depends on."""
    return read.answered("RES-009")


@check(
    "RES-010",
    severity=Severity.HIGH,
    effort=days(2),
    lead=(10, 30),
    cost=2,
    owner="operator",
    thresholds=N_("public address or second gateway, tested / by changing the DNS / shared address, or no backup"),
    references=(sources.CGNAT,),
    words=Words(
        title=N_("Remote access on the backup link"),
        why=N_("A backup that only goes out brings nobody in: behind a shared address the VPN cannot be reached."),
        measured=N_("accesses of the site and what they carry"),
        passed=N_("The backup receives the VPN at a public address or by a second gateway, and it was tested."),
        warned=N_("The backup receives the VPN once somebody has changed the DNS."),
        failed=N_("There is no backup, or it cannot receive the VPN."),
        action=N_("Order a fixed public address on the backup, or a gateway elsewhere, and test it"),
        lift=N_("Describe every access in the site file, and answer how remote workers reach the backup."),
        choices=(
            N_("public address or second gateway, tested"),
            N_("by changing the DNS by hand"),
            N_("shared address (CGNAT), or no backup"),
        ),
    ),
)
def backup_receives(read: Reader) -> Verdict:
    """Remote workers can come in by the backup."""
    links = read.site.links
    if links and len([link for link in links if "vpn" in link.carries]) < 2:
        _links(read)
        return _none(read, "RES-010")
    return read.answered("RES-010")


@check(
    "RES-011",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=(10, 30),
    cost=1,
    owner="management",
    thresholds=N_("policy covers remote work, and incident sheet with the 72 hours / one of them / neither"),
    references=(sources.INSURANCE,),
    words=Words(
        title=N_("Cyber-insurance and incident steps"),
        why=N_("Without a complaint within 72 hours, the insurer need not pay."),
        measured=N_("insurance policy with its exclusions, and the incident sheet"),
        passed=N_(
            "The policy covers remote work, and the incident sheet says who files the complaint within 72 hours."
        ),
        warned=N_("Either the policy or the incident sheet is missing."),
        failed=N_("There is neither a policy that covers remote work nor an incident sheet."),
        action=N_("Read the exclusions of the policy; write the sheet: who files, where, when"),
        lift=N_("Read the policy and its exclusions, then answer."),
        choices=(N_("both"), N_("one of them"), N_("neither")),
    ),
)
def insurance(read: Reader) -> Verdict:
    """After an incident, the right steps are taken in time."""
    return read.answered("RES-011")


@check(
    "RES-012",
    severity=Severity.LOW,
    effort=days(1),
    lead=15,
    cost=0,
    owner="management",
    thresholds=N_("scope decided, list of gaps dated / being studied / not known"),
    references=(sources.NIS2,),
    words=Words(
        title=N_("NIS 2 and ReCyF status"),
        why=N_("Whether the company is concerned decides what it must do, and by when; the state of the law moves."),
        measured=N_("decision on the scope, with its date, and the list of gaps"),
        passed=N_("Whether the company is concerned was decided, and its list of gaps is dated."),
        warned=N_("Whether the company is concerned is being studied."),
        failed=N_("Whether the company is concerned is not known."),
        action=N_("Decide whether the company is concerned, date the decision and keep the list of gaps"),
        lift=N_("Answer, with the date and the document of the decision."),
        choices=(N_("decided, with a dated list of gaps"), N_("being studied"), N_("not known")),
    ),
)
def nis2(read: Reader) -> Verdict:
    """Somebody decided whether the directive concerns the company; never a claim that it complies."""
    return read.answered("RES-012")


SENTENCES = {
    "RES.no_load": N_("{device:name} does not tell its load."),
    "RES.copies": N_("A configuration was last saved long ago; whether copies are kept must be answered."),
}
