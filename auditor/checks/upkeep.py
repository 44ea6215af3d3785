"""The firewall kept well: supported, patched, tidy, watchful, and looked at from outside."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import Final

from auditor import facts
from auditor.checks import sources
from auditor.checks.engine import (
    Reader,
    Unknown,
    Verdict,
    Words,
    check,
    days,
    hours,
    limits,
    settle,
    worst,
)
from auditor.checks.rules import ANSWERED, UNNAMED, remote_rules
from auditor.checks.shadows import shadowed
from auditor.facts import Rule
from auditor.lists import Matches, matches, support_end
from auditor.model import Device, Outcome, Severity
from auditor.site import Role
from auditor.values import ABSENT, N_, Absent, Message

WALLS: Final = (Role.FIREWALL, Role.VPN)


@check(
    "FWL-006",
    severity=Severity.HIGH,
    effort=days(1),
    lead=(7, 45),
    cost=2,
    thresholds=N_(
        "supported, critical fixes in 14 days, others in 90, subscription in date / one late / out of support"
    ),
    limits={"days": Fraction(30)},
    references=(sources.NSA, sources.NOTICES),
    unblocks=("VPN-011",),
    words=Words(
        title=N_("Support branch and patch delay"),
        why=N_("Gateways are attacked within days of a fix; one out of support never gets it."),
        measured=N_("software version of the firewalls, against the vendor's support"),
        passed=N_("The firewalls run a supported version, patched in time, with a subscription in date."),
        warned=N_("The firewalls are supported, but a fix or the subscription is late."),
        failed=N_("A firewall runs a version or is a model out of support ({devices:name})."),
        action=N_("Schedule the update; replace what is out of support"),
        lift=N_("Compare the versions with the vendor's notices and the subscription, then answer."),
        choices=(
            N_("supported, critical fixes within 14 days, subscription in date"),
            N_("supported, but a fix or the subscription is late"),
            N_("out of support"),
        ),
    ),
)
def support(read: Reader) -> Verdict:
    """The firewalls are supported and patched; how soon fixes are put in, only an answer can tell."""
    ended = [name for name, end in _ends(read) if not isinstance(read.books.today, Absent) and end < read.books.today]
    if ended:
        return Verdict(Outcome.FAIL, {"devices": tuple(ended)})
    read.told(facts.IDENTITY_OS_VERSION, *WALLS)
    return read.answered("FWL-006", devices=(ANSWERED,))


def _ends(read: Reader) -> list[tuple[str, dt.date]]:
    """When support ends for each firewall that a current list names; nothing by a list that is too old."""
    books = read.books.lists
    if isinstance(books, Absent) or not read.current(books.support.as_of, read.limit("days")):
        return []
    models = {device.name: model for device, model in read.some(facts.IDENTITY_MODEL, *WALLS)}
    found = []
    for device, version in read.told(facts.IDENTITY_OS_VERSION, *WALLS):
        end = support_end(books, platform(device), version, models.get(device.name, ""))
        if end is not None:
            read.shown(f"support {books.support.as_of}", f"{device.name} {version}: {end}")
            found.append((device.name, end))
    return found


@check(
    "FWL-007",
    severity=Severity.CRITICAL,
    effort=days(1),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("none by a list of the last {days:0} days / version cannot be verified / a match"),
    limits={"days": Fraction(30)},
    references=(sources.NSA, sources.KEV),
    words=Words(
        title=N_("Known exploited vulnerability"),
        why=N_("Firewalls and VPN gateways with a known hole are being broken into now, by automatic means."),
        measured=N_("software version of the firewalls, against the lists of exploited vulnerabilities"),
        passed=N_("No firewall matches a vulnerability known to be exploited."),
        warned=N_("The version of a firewall cannot be verified against the list ({cves:name})."),
        failed=N_("A firewall matches vulnerabilities known to be exploited ({cves:name})."),
        action=N_("Patch at once, then change all passwords and look for an intrusion"),
        lift=N_("Import a list of the last 30 days (auditor kev import FILE), or compare the versions and answer."),
        choices=(
            N_("no match in lists of the last 30 days"),
            N_("the version cannot be verified"),
            N_("a match"),
        ),
    ),
)
def exploited(read: Reader) -> Verdict:
    """No firewall has a hole that is being used, by a current list; what the list cannot tell, an answer may."""
    verdicts, missing = _listed(read)
    if read.has_answer("FWL-007") and not _outdated(read):
        answered = read.answered("FWL-007", cves=(ANSWERED,))
        hits = [verdict for verdict in verdicts if verdict.outcome is Outcome.FAIL]
        return worst([answered, *(hits if missing else verdicts)])
    return settle(verdicts, missing)


def _outdated(read: Reader) -> bool:
    """Whether the answer that nothing matched is older than a list may be."""
    said = read.site.answers["FWL-007"]
    return not isinstance(said.on, Absent) and not read.current(said.on, read.limit("days"))


def _listed(read: Reader) -> tuple[list[Verdict], list[Unknown]]:
    """What the list says of each firewall; an old list, a vendor it does not name or an untold version is no pass."""
    told = read.told(facts.IDENTITY_OS_VERSION, *WALLS)
    silent = [device.name for device in read.devices if device.role in WALLS]
    silent = [name for name in silent if name not in {device.name for device, _ in told}]
    missing = [Unknown(Message("FWL.no_version", {"device": name})) for name in silent]
    books = read.books.lists
    if isinstance(books, Absent) or not told:
        return [], missing or [Unknown(Message("FWL.no_wall"))]
    found = [(device.name, matches(books, platform(device), version)) for device, version in told]
    missing += [Unknown(Message("FWL.not_listed", {"device": name})) for name, match in found if match is None]
    read.shown(f"KEV {books.exploited.as_of}", "; ".join(f"{n}: {', '.join(m.hit)}" for n, m in found if m and m.hit))
    if not read.current(books.exploited.as_of, read.limit("days")):
        hits = tuple(cve for _, match in found if match for cve in match.hit)
        id = "FWL.old_list_names" if hits else "FWL.old_list"
        return [], [Unknown(Message(id, {"day": books.exploited.as_of, "cves": hits}))]
    return [_match(name, match) for name, match in found if match], missing


def _match(name: str, match: Matches) -> Verdict:
    if match.hit:
        return Verdict(Outcome.FAIL, {"device": name, "cves": match.hit})
    return Verdict(Outcome.WARN if match.unclear else Outcome.PASS, {"device": name, "cves": match.unclear})


def platform(device: Device) -> str:
    """What a device is by its own words, else by the page that spoke to it."""
    told = [reading.value for reading in device.readings if reading.key.name == facts.IDENTITY_PLATFORM.name]
    return str(told[0]) if told else device.vendor


@check(
    "FWL-008",
    severity=Severity.LOW,
    effort=days(2),
    lead=10,
    cost=0,
    thresholds=N_("less than {pass:part} of the rules unused / {warn:part} or less / more"),
    limits=limits("0.05", "0.2"),
    references=(sources.CIS,),
    unblocks=("FWL-001",),
    words=Words(
        title=N_("Rule hygiene"),
        why=N_("Rules that nobody uses hide the one that should not be there."),
        measured=N_("enabled rules that never matched, or that an earlier rule hides"),
        passed=N_("Less than {pass:part} of the rules are unused."),
        warned=N_("{pass:part} of the rules or more are unused."),
        failed=N_("More than {warn:part} of the rules are unused."),
        action=N_("Remove unused rules after review"),
        lift=N_("Give read access to the firewall over SSH with its hit counters, or answer the question."),
        choices=(N_("fewer than 5% unused"), N_("5 to 20% unused"), N_("more than 20% unused")),
    ),
)
def hygiene(read: Reader) -> Verdict:
    """Nearly all rules are in use; one that an earlier rule hides is not, whether the firewall counts or not."""
    idle, counted, total = 0, 0, 0
    for _, rows in read.told(facts.FIREWALL_RULES):
        hidden = shadowed(rows)
        rules = [rule for rule in rows if rule.enabled is not False and not _is_default(rule)]
        idle += sum(1 for rule in rules if rule.id in hidden or rule.hits == 0)
        counted += sum(1 for rule in rules if rule.id in hidden or not isinstance(rule.hits, Absent))
        total += len(rules)
    seen = _unused(read, Fraction(idle, total)) if total else Verdict(Outcome.PASS)
    if total and (counted == total or seen.outcome is Outcome.FAIL):  # what is not counted makes it worse, or nothing
        return seen
    return worst([seen, read.answered_else("FWL-008", facts.FIREWALL_RULES, "FWL.no_hits")])


def _is_default(rule: Rule) -> bool:
    """Whether it stands for what a chain or a policy does where no rule took the packet: nothing to remove."""
    return bool(re.search(r"(?:^|#)(?:default|default-policy|policy)$", rule.id))


def _unused(read: Reader, share: Fraction) -> Verdict:
    verdict = read.sinks(share, share=share)
    at_edge = share == read.limit("pass")  # a pass is less than the limit, not the limit itself
    return Verdict(Outcome.WARN, verdict.numbers) if at_edge else verdict


@check(
    "FWL-009",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=2,
    cost=0,
    quick_win=True,
    thresholds=N_("on, updated within 7 days / on, stale / off"),
    references=(sources.NIST_TELEWORK,),
    words=Words(
        title=N_("Intrusion prevention and antimalware on the VPN zone"),
        why=N_("A home computer must be taken as hostile: what it brings is to be stopped at the tunnel's end."),
        measured=N_("security profiles of the rules for remote users, and the age of their signatures"),
        passed=N_("Intrusion prevention and antimalware watch remote users, with signatures of this week."),
        warned=N_("Intrusion prevention and antimalware watch remote users, with old signatures."),
        failed=N_("Remote users' traffic is not inspected (rule {rule:name})."),
        action=N_("Switch the security profiles on for the VPN zone"),
        lift=N_("Give read access to the firewall over SSH, and answer how old the signatures are."),
        choices=(N_("on, updated within 7 days"), N_("on, older signatures"), N_("off")),
    ),
)
def inspection(read: Reader) -> Verdict:
    """What remote users send is inspected; the age of signatures, only an answer can tell."""
    rules = [rule for _, rule in remote_rules(read)]
    if bare := next((rule for rule in rules if rule.profiles == ()), None):
        return Verdict(Outcome.FAIL, {"rule": bare.id})
    return read.answered_else("FWL-009", facts.FIREWALL_RULES, _why_not(rules), rule=UNNAMED)


def _why_not(rules: list[Rule]) -> str:
    told = bool(rules) and all(rule.profiles is not ABSENT for rule in rules)
    return "FWL.signatures" if told else "FWL.no_profiles"


@check(
    "FWL-010",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=(5, 10),
    cost=1,
    owner="integrator",
    thresholds=N_("expected ports only / an unneeded port or old banner / RDP, SMB, administration, database or SIP"),
    references=(sources.NSA, sources.KEV),
    unblocks=("FWL-002",),
    words=Words(
        title=N_("Outside view of the public addresses"),
        why=N_("The configuration says what should be open; only the outside says what is."),
        measured=N_("ports that answer at the public addresses, scanned from outside under a written mandate"),
        passed=N_("Seen from outside, only the expected ports answer."),
        warned=N_("Seen from outside, a port that is not needed or an old banner answers."),
        failed=N_("Seen from outside, a remote desktop, file share, administration, database or SIP port answers."),
        action=N_("Sign the mandate, scan from outside, close what answers, scan again"),
        lift=N_("Sign a mandate, have the public addresses scanned, then answer with the report as document."),
        choices=(
            N_("expected ports only"),
            N_("a port that is not needed, or an old banner"),
            N_("remote desktop, file share, administration, database or SIP"),
        ),
    ),
)
def outside(read: Reader) -> Verdict:
    """A scan under a written mandate finds nothing; without its document there was no mandate."""
    said = read.site.answers.get("FWL-010")
    if said is not None and not said.document:
        raise Unknown(Message("FWL.no_mandate"))
    return read.answered("FWL-010")


SENTENCES = {
    "FWL.no_wall": N_("No firewall told its version, and the question was not answered."),
    "FWL.no_version": N_("{device} does not tell its version."),
    "FWL.not_listed": N_("No list on file names the products of {device}'s vendor."),
    "FWL.old_list": N_("The list of exploited vulnerabilities is of {day:date}: too old to clear a version."),
    "FWL.old_list_names": N_(
        "The list of exploited vulnerabilities is of {day:date}, too old; it already names {cves:list}."
    ),
    "FWL.no_hits": N_("The firewall does not tell how often each rule matched."),
    "FWL.signatures": N_("Security profiles are on; how old their signatures are must be answered."),
    "FWL.no_profiles": N_("The firewall does not tell the security profiles of the rules for remote users."),
    "FWL.no_mandate": N_("No document shows the mandate and result of a scan from outside."),
}
