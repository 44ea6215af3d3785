"""Telephony: who can still be called tomorrow, on which phone, through which trunk, and how it will sound."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from auditor import facts, voice
from auditor.checks.engine import NotApplicable, Reader, Unknown, Verdict, Words, check, days, hours, limits
from auditor.model import ABSENT, N_, Message, Outcome, Role, Severity, Value

ENCRYPTED: Final = ("tls", "wss")


def _reachable(read: Reader) -> Fraction:
    """Distinct people who can be called at home."""
    names = ("telephony.softphones", "telephony.phones_at_home", "telephony.forwards")
    return min(sum((read.number(name) for name in names), Fraction(0)), _phone_users(read))


def _phone_users(read: Reader) -> Fraction:
    try:
        return read.number("telephony.phone_users")
    except Unknown:
        return read.number("people.phone_share", assumed=True) * read.number("people.headcount")


def _needed(read: Reader) -> int:
    """People who must be able to phone when D work remotely."""
    return math.ceil(read.number("people.phone_share", assumed=True) * read.required())


@check(
    "TEL-001",
    severity=Severity.CRITICAL,
    effort=days(2),
    lead=(1, 5),
    cost=2,
    thresholds=N_("{pass:part} of the phone users or more / {warn:part} or more / less"),
    limits=limits("0.95", "0.6"),
    references=("Interview of a French operator's CEO on March 2020 (L'Informaticien)",),
    words=Words(
        title=N_("Users reachable from home"),
        why=N_("Desk phones stay in the office: without a softphone or a forward, nobody answers callers any more."),
        measured=N_("people with a softphone, a phone that works from home or an open forward, among phone users"),
        passed=N_("{reachable} of {users} phone users can be called at home."),
        warned=N_("Only {reachable} of {users} phone users can be called at home."),
        failed=N_("Only {reachable} of {users} phone users can be called at home; the others become silent."),
        action=N_("Give every phone user a softphone or an open call forward"),
        lift=N_("Give read access to the phone system, or declare the softphones, home phones and forwards."),
    ),
)
def reachable(read: Reader) -> Verdict:
    """Everybody who needs a telephone can be called at home."""
    users, found = _phone_users(read), _reachable(read)
    if not users:
        raise NotApplicable(Message("TEL.nobody"))
    return read.climbs(found, users, reachable=found, users=users)


@check(
    "TEL-002",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=(1, 5),
    cost=2,
    thresholds=N_("{pass:part} of what is needed or more / {warn:part} or more / less"),
    limits=limits("1", "0.6"),
    unblocks=("TEL-001",),
    words=Words(
        title=N_("Softphone licences assigned"),
        why=N_("A licence that is owned but not assigned rings nowhere."),
        measured=N_("softphones assigned, against people who need one when everybody works remotely"),
        passed=N_("{softphones} softphones are assigned, {needed} are needed."),
        warned=N_("{softphones} softphones are assigned, {needed} are needed: {short} are missing."),
        failed=N_("{softphones} softphones are assigned, {needed} are needed: {short} are missing."),
        action=N_("Order and assign softphone licences, and send the installation guide"),
        lift=N_("Give read access to the phone system, or declare the softphones assigned."),
    ),
)
def softphones(read: Reader) -> Verdict:
    """Every phone user whose phone does not work at home has a softphone."""
    needed = max(Fraction(0), _needed(read) - read.number("telephony.phones_at_home"))
    owned = read.number("telephony.softphones")
    short = max(Fraction(0), needed - owned)
    return read.climbs(owned, needed, softphones=owned, needed=needed, short=short)


@check(
    "TEL-003",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_("{pass:part} of the softphones assigned or more / {warn:part} or more / less"),
    limits=limits("0.9", "0.5"),
    unblocks=("TEL-001",),
    words=Words(
        title=N_("Softphones seen from outside"),
        why=N_("A softphone that never registered from home is a promise, not a phone."),
        measured=N_("softphones registered from an address outside the site, among those assigned"),
        passed=N_("{outside} of {softphones} softphones are registered from outside the site."),
        warned=N_("Only {outside} of {softphones} softphones are registered from outside the site."),
        failed=N_("Only {outside} of {softphones} softphones are registered from outside the site."),
        action=N_("Hold a test day from home with the staff, and cure the failures"),
        lift=N_("Give read access to the phone system and describe the site's networks."),
    ),
)
def seen_outside(read: Reader) -> Verdict:
    """The softphones have proved that they work from outside."""
    sets = [endpoint for _, told in read.each(facts.TELEPHONY_ENDPOINTS) for endpoint in told]
    soft = [endpoint for endpoint in sets if endpoint.kind == "softphone"]
    if not soft:
        raise Unknown(Message("TEL.no_softphone"))
    if any(endpoint.registered is True and endpoint.from_inside is ABSENT for endpoint in soft):
        raise Unknown(Message("TEL.no_networks"))
    outside = len([e for e in soft if e.registered is True and e.from_inside is False])
    return read.climbs(outside, len(soft), outside=outside, softphones=len(soft))


@check(
    "TEL-004",
    severity=Severity.MEDIUM,
    effort=hours(2),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("all users and a portal / some users / off"),
    unblocks=("TEL-001",),
    words=Words(
        title=N_("Call forwarding open to users"),
        why=N_("Forwarding to a mobile is the cheapest answer of the first day, if users can set it from home."),
        passed=N_("Everybody can forward calls, also from home."),
        warned=N_("Only some users can forward their calls, or only from the office."),
        failed=N_("Users cannot forward their calls."),
        action=N_("Open call forwarding to everybody, settable from home, and tell the staff how"),
        lift=N_("Answer the question, after a look at the phone system's class of service."),
        choices=(
            N_("everybody, with a portal that works from home"),
            N_("some users, or only from the office"),
            N_("nobody"),
        ),
    ),
)
def forwarding(read: Reader) -> Verdict:
    """Users can forward their calls from home."""
    return read.answered("TEL-004")


@check(
    "TEL-005",
    severity=Severity.HIGH,
    effort=hours(2),
    lead=(3, 10),
    cost=1,
    owner="operator",
    thresholds=N_("{pass:part} of the calls lost or less / {warn:part} or less / more, or too many today already"),
    limits=limits("0.01", "0.05"),
    references=("ITU-T E.520 (Erlang B)",),
    unblocks=("TEL-004",),
    words=Words(
        title=N_("Trunk channels"),
        why=N_("A forwarded call takes a second channel: trunks that sufficed in the office are busy at once."),
        measured=N_("calls lost by Erlang B with the forwards that remote work needs"),
        passed=N_("With {forwards} forwarded users, {lost:ratio} of the calls find {channels} channels busy."),
        warned=N_("With {forwards} forwarded users, {lost:ratio} of the calls find {channels} channels busy."),
        failed=N_("With {forwards} forwarded users, {lost:ratio} of the calls find {channels} channels busy."),
        action=N_("Order more trunk channels from the operator, or replace forwards by softphones"),
        lift=N_("Declare the number of channels of the operator's contract."),
    ),
)
def trunk(read: Reader) -> Verdict:
    """The trunk carries everybody's external calls and the second legs of the forwards."""
    channels = int(read.number("telephony.channels.max"))
    busy = read.number("telephony.busy_hour_erlangs", assumed=True)
    inside = read.number("telephony.internal_share", assumed=True)
    office = _phone_users(read) * busy * (1 - inside)
    at_home = read.number("telephony.softphones") + read.number("telephony.phones_at_home")
    forwards = max(Fraction(0), _needed(read) - at_home)
    lost = voice.blocking(office + forwards * busy, channels)
    numbers: dict[str, Value] = {"forwards": forwards, "lost": lost, "channels": channels}
    if voice.blocking(office, channels) > read.limit("pass"):
        return Verdict(Outcome.FAIL, numbers)  # overloaded today, with everybody in the office
    return read.sinks(lost, **numbers)


@check(
    "TEL-006",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=(5, 45),
    cost=3,
    owner="integrator",
    thresholds=N_("{pass:1} times what is needed or more / {warn:1} or more / less"),
    limits=limits("1.2", "1"),
    words=Words(
        title=N_("Phone system capacity"),
        why=N_("Registrations and simultaneous calls have limits of their own inside the phone system."),
        measured=N_("simultaneous calls allowed, against the busy hour with remote work"),
        passed=N_("The phone system has room for the calls of the busy hour."),
        warned=N_("The phone system has little room above the calls of the busy hour."),
        failed=N_("The phone system cannot carry the calls of the busy hour."),
        action=N_("Raise the phone system's licence, or move to cloud telephony"),
        lift=N_("Give read access to the phone system, or answer from its licence."),
        choices=(N_("at least 20 % of margin"), N_("just enough"), N_("not enough")),
    ),
)
def capacity(read: Reader) -> Verdict:
    """The phone system carries the calls of the busy hour."""
    if "TEL-006" in read.site.answers:
        return read.answered("TEL-006")
    limit = read.total(facts.TELEPHONY_CALLS_MAX)
    calls = voice.channels_needed(
        _phone_users(read) * read.number("telephony.busy_hour_erlangs", assumed=True), Fraction(1, 100)
    )
    return read.climbs(limit, calls, limit=limit, calls=calls)


@check(
    "TEL-007",
    severity=Severity.LOW,
    effort=hours(2),
    lead=1,
    cost=0,
    quick_win=True,
    owner="integrator",
    thresholds=N_("adapted codec / fixed G.711 on a full link / transcoding overload"),
    unblocks=("LNK-001",),
    words=Words(
        title=N_("Codecs for remote users"),
        why=N_("G.711 takes 106 kbit/s each way in a tunnel; Opus or G.729 take half of it."),
        passed=N_("Remote users are offered a codec that suits their line."),
        warned=N_("Remote users are held to G.711 on a link that is already full."),
        failed=N_("Transcoding overloads the phone system."),
        action=N_("Offer Opus or G.729 to the group of remote users"),
        lift=N_("Give read access to the phone system, or answer the question."),
        choices=(
            N_("Opus, or G.722/G.711 with room, or G.729 on thin lines"),
            N_("G.711 alone on a full link"),
            N_("transcoding overloads the phone system"),
        ),
    ),
)
def codecs(read: Reader) -> Verdict:
    """Remote users talk with a codec that suits the link."""
    if "TEL-007" in read.site.answers:
        return read.answered("TEL-007")
    offered = [e.codecs for _, told in read.each(facts.TELEPHONY_ENDPOINTS) for e in told if e.codecs is not ABSENT]
    if not offered:
        raise Unknown(Message("unknown.nobody", {"fact": "codecs"}))
    heavy = all(set(codecs) <= {"alaw", "ulaw", "g711"} for codecs in offered)
    full = read.headline.ratio is not ABSENT and read.headline.ratio < 1
    return Verdict(Outcome.WARN if heavy and full else Outcome.PASS)


@check(
    "TEL-008",
    severity=Severity.HIGH,
    effort=days(1),
    lead=5,
    cost=0,
    quick_win=True,
    thresholds=N_("R {pass:0} or more / {warn:0} or more / less"),
    limits=limits("80", "70"),
    references=("ITU-T G.107 (E-model)", "ITU-T G.109"),
    words=Words(
        title=N_("Predicted voice quality"),
        why=N_("Loss, delay and jitter decide whether people understand one another."),
        measured=N_("R factor of the E-model from probes on the path"),
        passed=N_("Calls towards {target} will sound good (R {r:0}, MOS {mos:1})."),
        warned=N_("Calls towards {target} will annoy some users (R {r:0}, MOS {mos:1})."),
        failed=N_("Calls towards {target} will sound bad (R {r:0}, MOS {mos:1})."),
        action=N_("Cure loss and jitter on the path, then choose a sturdier codec"),
        lift=N_("Set up probes (IP SLA, RPM, SD-WAN) on the router towards the operator, for a busy hour."),
    ),
)
def quality(read: Reader) -> Verdict:
    """The E-model predicts good calls on every probed path."""
    found = []
    for _, probes in read.each(facts.LINK_QUALITY):
        for probe in probes:
            if probe.rtt_ms is ABSENT or probe.loss_percent is ABSENT:
                continue
            jitter = 0.0 if probe.jitter_ms is ABSENT else probe.jitter_ms
            r = voice.rating(voice.one_way_delay(probe.rtt_ms, jitter), probe.loss_percent)
            found.append((r, probe.target))
    if not found:
        raise Unknown(Message("unknown.nobody", {"fact": "link.quality"}))
    r, target = min(found)
    return read.climbs(Fraction(str(r)), r=r, mos=voice.opinion(r), target=target)


@check(
    "TEL-009",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=3,
    cost=0,
    quick_win=True,
    owner="integrator",
    thresholds=N_("encrypted / inside the VPN only / clear over the internet"),
    references=("RFC 3711 (SRTP)", "RFC 3261 (SIP)"),
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
    """Voice is never in the clear on the internet."""
    if "TEL-009" in read.site.answers:
        return read.answered("TEL-009")
    outside = [e for _, told in read.each(facts.TELEPHONY_ENDPOINTS) for e in told if e.from_inside is False]
    if not outside or any(e.transport is ABSENT or e.media_encryption is ABSENT for e in outside):
        raise Unknown(Message("unknown.nobody", {"fact": "media_encryption"}))
    safe = all(e.transport in ENCRYPTED and e.media_encryption not in ("no", "none", "") for e in outside)
    if not safe:
        raise Unknown(Message("TEL.which_path"))
    return Verdict(Outcome.PASS)


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
        passed=N_("SIP is not reachable from any address of the internet."),
        warned=N_("SIP is reachable from filtered addresses ({from:list})."),
        failed=N_("SIP is reachable from any address of the internet (rule {rule})."),
        action=N_("Restrict SIP to the operator's addresses, add a session border controller, change the passwords"),
        lift=N_("Give read access to the firewall over SSH, or its configuration."),
    ),
)
def sip_exposure(read: Reader) -> Verdict:
    """Nobody but the operator reaches SIP from outside."""
    sip = [row for _, rows in read.each(facts.FIREWALL_EXPOSED) for row in rows if row.service in ("sip", "sips")]
    wide = [row for row in sip if row.from_ is ABSENT or row.from_ in ("any", "0.0.0.0/0", "::/0")]
    if wide:
        return Verdict(Outcome.FAIL, {"rule": "?" if wide[0].rule is ABSENT else wide[0].rule})
    if sip:
        return Verdict(Outcome.WARN, {"from": tuple(sorted({str(row.from_) for row in sip}))})
    return Verdict(Outcome.PASS)


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
    references=("Closure of the copper network in France (operator's published batches, to 2030)",),
    unblocks=("TEL-006",),
    words=Words(
        title=N_("Line continuity after copper"),
        why=N_("Analogue and ISDN lines are no longer sold and are closed batch by batch until 2030."),
        passed=N_("The lines are SIP or cloud, with a failover number."),
        warned=N_("The lines are ISDN, which is being closed."),
        failed=N_("The lines are analogue only, which is being closed."),
        action=N_("Order a SIP trunk or cloud telephony, with number portability"),
        lift=N_("Answer from the operator's contract."),
        choices=(N_("SIP or cloud, with a failover number"), N_("ISDN"), N_("analogue only")),
    ),
)
def copper(read: Reader) -> Verdict:
    """The site's lines outlive the copper network."""
    return read.answered("TEL-012")


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
        lift=N_("Export users, licences and numbers from the service, then answer."),
        choices=(
            N_("95 % of phone users or more, with redundancy"),
            N_("60 to 95 %, or no redundancy"),
            N_("under 60 %"),
        ),
    ),
)
def cloud(read: Reader) -> Verdict:
    """Cloud telephony serves all phone users; without object where a phone system on site answered."""
    if "TEL-013" not in read.site.answers and read.each(facts.TELEPHONY_ENDPOINTS, Role.PBX):
        raise NotApplicable(Message("TEL.on_site"))
    return read.answered("TEL-013")


@check(
    "TEL-014",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=5,
    cost=0,
    quick_win=True,
    owner="operator",
    thresholds=N_("tested / declared / cut or anonymous"),
    references=("French law 2020-901 (caller number authentication)",),
    unblocks=("TEL-004",),
    words=Words(
        title=N_("Caller number on forwards"),
        why=N_(
            "Operators cut calls whose number is not authenticated: a forward may show one the trunk does not hold."
        ),
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
    references=("Closure dates of the French 2G, 3G and copper networks (operators)",),
    words=Words(
        title=N_("Special lines off copper and 2G"),
        why=N_("Lift, alarm, fax and payment lines die with copper and 2G, often unseen in an empty building."),
        passed=N_("Special lines are moved to 4G, 5G or IP, and tested."),
        warned=N_("Special lines are listed; some are still on copper or 2G."),
        failed=N_("Special lines are not listed, or a lift or an alarm hangs on copper or 2G without a date."),
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
    return read.answered("TEL-015")


SENTENCES = {
    "TEL.nobody": N_("Nobody at this site needs a telephone (declared)."),
    "TEL.no_softphone": N_("The phone system knows no softphone."),
    "TEL.no_networks": N_("The site's networks are not described, so inside and outside cannot be told apart."),
    "TEL.which_path": N_("Sets outside register without encryption; whether a VPN carries them is not known."),
    "TEL.on_site": N_("A phone system on site answered: there is no hosted one to judge."),
}
