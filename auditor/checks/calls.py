"""Calls at home: how they are protected, who else could place them, and the lines that carry them."""

from __future__ import annotations

from typing import Final

from auditor import facts
from auditor.checks import sources
from auditor.checks.engine import NotApplicable, Reader, Unknown, Verdict, Words, check, days, hours, limits, worst
from auditor.checks.rules import UNNAMED, anybody, services
from auditor.checks.telephony import phone_users
from auditor.facts import Endpoint
from auditor.model import Outcome, Severity
from auditor.site import Role
from auditor.values import ABSENT, N_, Absent, Message

ENCRYPTED: Final = ("tls", "wss")
CLEAR: Final = ("no", "none", "")
SIP_LINES: Final = frozenset({"sip", "pjsip", "iax", "iax2", "h323"})
ISDN: Final = frozenset({"isdn", "bri", "pri", "t0", "t2", "e1"})
ANALOGUE: Final = frozenset({"analogue", "analog", "fxo", "pstn"})
SIP: Final = frozenset({"sip", "sips", "5060", "5061"})


@check(
    "TEL-009",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=3,
    cost=0,
    quick_win=True,
    owner="integrator",
    thresholds=N_("encrypted / inside the VPN only / clear over the internet"),
    references=(sources.SRTP, sources.SIP),
    words=Words(
        title=N_("Encrypted signalling and voice"),
        why=N_("Calls in the clear over the internet can be listened to and accounts taken over."),
        measured=N_("transport and media encryption of sets registered from outside"),
        passed=N_("Sets outside the site use encrypted signalling and voice."),
        warned=N_("Voice is protected by the VPN alone."),
        failed=N_("Voice crosses the internet in the clear."),
        action=N_("Switch on SIP over TLS and SRTP, or keep voice inside the tunnel"),
        lift=N_("Give read access to the phone system, or answer the question."),
        choices=(N_("SIP over TLS and SRTP"), N_("inside the VPN only"), N_("in the clear over the internet")),
    ),
)
def encryption(read: Reader) -> Verdict:
    """Voice is never in the clear on the internet: by the address a set comes from, else by an answer."""
    if read.has_answer("TEL-009"):
        return read.answered("TEL-009")
    sets = [endpoint for _, told in read.each(facts.TELEPHONY_ENDPOINTS) for endpoint in told]
    outside = [endpoint for endpoint in sets if endpoint.from_inside is False]
    if any(e.through == "internet" and e.transport is not ABSENT and not _protected(e) for e in outside):
        return Verdict(Outcome.FAIL)
    if not outside or any(e.transport is ABSENT or e.media_encryption is ABSENT for e in outside):
        raise Unknown(Message("unknown.nobody", {"fact": "media_encryption"}))
    clear = [e for e in outside if not _protected(e)]
    if any(e.through != "vpn" for e in clear):
        raise Unknown(Message("TEL.which_path"))
    return Verdict(Outcome.WARN if clear else Outcome.PASS)


def _protected(one: Endpoint) -> bool:
    """Whether neither who is called nor what is said can be overheard; what is not told is left to the other part."""
    said = one.media_encryption
    return one.transport in ENCRYPTED and (isinstance(said, Absent) or said not in CLEAR)


@check(
    "TEL-010",
    severity=Severity.CRITICAL,
    effort=hours(4),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("operator and SBC only / filtered / open to any source"),
    words=Words(
        title=N_("SIP not open to the internet"),
        why=N_("An open SIP port is found within hours and costs thousands in fraudulent calls."),
        measured=N_("SIP ports reachable from the internet by the firewall's rules"),
        passed=N_("SIP cannot be reached from the internet, but by the operator."),
        warned=N_("SIP can be reached from filtered addresses ({from:list}); nothing shows whose they are."),
        failed=N_("SIP can be reached from any address of the internet (rule {rule:name})."),
        action=N_("Restrict SIP to the operator's addresses, add a session border controller, change the passwords"),
        lift=N_("Give read access to the firewall over SSH, or its configuration."),
        choices=(
            N_("the operator and border controller only"),
            N_("filtered, by country for example"),
            N_("open to any source"),
        ),
    ),
)
def sip_exposure(read: Reader) -> Verdict:
    """Nobody but the operator reaches SIP from outside; who filtered addresses are, only an answer can tell."""
    told = [(device, row) for device, rows in read.each(facts.FIREWALL_EXPOSED) for row in rows]
    rules = {(d.name, rule.id): rule for d, rows in read.told(facts.FIREWALL_RULES) for rule in rows}
    reached = [(row, name) for d, row in told for name in services(row, rules.get((d.name, str(row.rule))))]
    for row, name in reached:
        if name in SIP and anybody(row):
            return Verdict(Outcome.FAIL, {"rule": UNNAMED if isinstance(row.rule, Absent) else row.rule})
    if any(name == "any" and anybody(row) for row, name in reached):
        raise Unknown(Message("TEL.any_service"))
    some = tuple(sorted({str(row.from_) for row, name in reached if name in SIP | {"any"}}))
    if not some:
        return Verdict(Outcome.PASS)
    known = read.has_answer("TEL-010") and read.answered("TEL-010").outcome is Outcome.PASS
    return Verdict(Outcome.PASS if known else Outcome.WARN, {"from": some})


@check(
    "TEL-011",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_("tested / written / none"),
    words=Words(
        title=N_("Welcome and emergency calls"),
        why=N_("An emergency call through the office's line gives rescuers the wrong address."),
        measured=N_("menus, night mode and emergency instruction, as declared"),
        passed=N_("The remote menu and the emergency instruction are in place and tested."),
        warned=N_("The remote menu or the emergency instruction is written but untested."),
        failed=N_("Nothing is planned for the welcome menu and for emergency calls."),
        action=N_("Prepare the remote welcome menu; tell staff to call emergency numbers from their mobile"),
        lift=N_("Answer the question."),
        choices=(N_("in place and tested"), N_("written"), N_("nothing")),
    ),
)
def welcome(read: Reader) -> Verdict:
    """Callers are welcomed and emergencies reach the right place."""
    return read.answered("TEL-011")


@check(
    "TEL-012",
    severity=Severity.HIGH,
    effort=days(1),
    lead=(45, 90),
    cost=2,
    owner="operator",
    thresholds=N_("SIP or cloud with failover / ISDN / analogue only"),
    references=(sources.COPPER,),
    unblocks=("TEL-006",),
    words=Words(
        title=N_("Line continuity after copper"),
        why=N_("Analogue and ISDN lines are no longer sold and are closed batch by batch until 2030."),
        measured=N_("kind of the lines, from the telephone system or the operator's contract"),
        passed=N_("The lines are SIP or cloud, with a failover number."),
        warned=N_("The lines are ISDN: they end with the copper network, on {end:date} at the latest."),
        failed=N_("The lines are analogue only: they end with the copper network, on {end:date} at the latest."),
        action=N_("Order a SIP trunk or cloud telephony, with number portability"),
        lift=N_("Answer from the operator's contract."),
        choices=(N_("SIP or cloud, with a failover number"), N_("ISDN"), N_("analogue only")),
    ),
)
def copper(read: Reader) -> Verdict:
    """The site's lines outlive the copper network; a failover number, only an answer can tell."""
    kinds = {str(trunk.kind).lower() for _, told in read.told(facts.TELEPHONY_TRUNKS) for trunk in told}
    known = {kind for kind in kinds if kind in SIP_LINES | ISDN | ANALOGUE}
    end = read.closes("copper")
    if known and not known & SIP_LINES:
        return Verdict(Outcome.WARN if known & ISDN else Outcome.FAIL, {"end": end})
    return read.answered("TEL-012", end=end)


@check(
    "TEL-013",
    severity=Severity.HIGH,
    effort=days(1),
    lead=(5, 20),
    cost=2,
    owner="integrator",
    thresholds=N_("{pass:part} of the phone users or more, with redundancy / {warn:part} or more, or without / less"),
    limits=limits("0.95", "0.6"),
    unblocks=("TEL-001",),
    words=Words(
        title=N_("Cloud telephony: licence and number"),
        why=N_("A hosted phone system serves only users with a licence and a number of their own."),
        measured=N_("phone users with licence and number"),
        passed=N_("Phone users have a licence and a number, with a second operator or border controller."),
        warned=N_("Some phone users lack a licence or a number, or there is no redundancy."),
        failed=N_("Most phone users lack a licence or a number."),
        action=N_("Assign licences and numbers; ask for redundancy of the operator or border controller"),
        lift=N_(
            "Export users, licences and numbers from the service, count them (auditor phones SITE.toml LIST.csv), and"
            " answer whether there is a second operator."
        ),
        choices=(
            N_("nearly all phone users, with a second operator or border controller"),
            N_("some phone users, or no redundancy"),
            N_("few phone users"),
        ),
    ),
)
def cloud(read: Reader) -> Verdict:
    """The hosted service knows all phone users and has a second leg; the second leg, only an answer can tell."""
    asked = read.has_answer("TEL-013")
    if not asked and not read.has("telephony.cloud") and read.each(facts.TELEPHONY_ENDPOINTS, Role.PBX):
        raise NotApplicable(Message("TEL.on_site"))
    try:
        held, users = read.number("telephony.cloud"), phone_users(read)
    except Unknown:
        return read.answered("TEL-013")
    served = read.climbs(held, users, held=held, users=users)
    if served.outcome is not Outcome.PASS and not asked:
        return served
    return worst([served, read.answered("TEL-013")])


@check(
    "TEL-014",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=5,
    cost=0,
    quick_win=True,
    owner="operator",
    thresholds=N_("tested / declared / cut or anonymous"),
    references=(sources.CALLER_LAW,),
    unblocks=("TEL-004",),
    words=Words(
        title=N_("Caller number on forwards"),
        why=N_(
            "Operators cut calls whose number is not authenticated: a forward may show one the trunk does not hold."
        ),
        measured=N_("number shown by a forwarded test call on each mobile network"),
        passed=N_("Forwarded calls show a number the firm holds; it was tested."),
        warned=N_("Forwarded calls are said to work; it was not tested."),
        failed=N_("Forwarded calls are cut or arrive anonymous."),
        action=N_("Ask the operator how diversions are signed; test a forward to each mobile network"),
        lift=N_("Make a test call on each mobile network, then answer."),
        choices=(N_("tested on each network"), N_("said to work, not tested"), N_("cut or anonymous")),
    ),
)
def caller_number(read: Reader) -> Verdict:
    """Forwarded calls arrive, with a number the firm holds."""
    return read.answered("TEL-014")


@check(
    "TEL-015",
    severity=Severity.MEDIUM,
    effort=days(2),
    lead=(30, 90),
    cost=2,
    owner="management",
    thresholds=N_("all moved and tested / inventory, some left / no inventory"),
    references=(
        sources.MOBILE,
        sources.COPPER,
    ),
    words=Words(
        title=N_("Special lines off copper and 2G"),
        why=N_("Lift, alarm, fax and payment lines die with copper and 2G, often unseen in an empty building."),
        measured=N_("lines of alarm, lift, fax, payment terminals and intercom, from the bills"),
        passed=N_("Special lines are moved to 4G, 5G or IP, and tested."),
        warned=N_(
            "Special lines are listed; some are still on copper (until {copper:date}) or 2G (until {mobile:date})."
        ),
        failed=N_(
            "Special lines are not listed, or a lift or an alarm hangs without a date on copper (until {copper:date})"
            " or 2G (until {mobile:date})."
        ),
        action=N_("List the special lines from the bills and order each replacement with its maintainer"),
        lift=N_("Answer from the bills."),
        choices=(
            N_("all moved and tested"),
            N_("listed, some left"),
            N_("not listed, or a lift or alarm without date"),
        ),
    ),
)
def special_lines(read: Reader) -> Verdict:
    """No lift, alarm or payment line depends on a network that is being closed."""
    return read.answered("TEL-015", copper=read.closes("copper"), mobile=read.closes("2g"))


SENTENCES = {
    "TEL.which_path": N_("Sets outside register without encryption; whether a VPN carries them is not known."),
    "TEL.any_service": N_(
        "A rule lets every service in from the internet; whether it reaches the phone system is not told."
    ),
    "TEL.on_site": N_("A phone system on site answered: there is no hosted one to judge."),
}
