"""Telephony: who can still be called tomorrow, on which phone, through which trunk, and how it will sound."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, TypeAlias

from auditor import facts
from auditor.checks import sources
from auditor.checks.engine import Reader, Unknown, Verdict, Words, check, days, hours, limits, settle, worst
from auditor.facts import LinkQuality, SipService
from auditor.model import Outcome, Severity
from auditor.seats import voice
from auditor.seats.demand import ENCAPSULATIONS
from auditor.values import ABSENT, N_, Absent, Message, Value

Path: TypeAlias = tuple[float, str, tuple[float, float, float]]
"""The R factor of a path, where it leads, and its round trip, jitter and loss."""
UNREACHED: Final = ("refused", "unresolved", "tls")
FEW_HOMES: Final = Fraction(95, 100)
MOST_HOMES: Final = Fraction(60, 100)
"""Shares of the homes that must reach the service: those of TEL-001, which counts who can be called there."""
CERTIFICATE_DAYS: Final = 14
HEAVY: Final = frozenset({"alaw", "ulaw", "g711", "g711a", "g711u", "pcma", "pcmu"})
AT_HOME: Final = ("telephony.softphones", "telephony.phones_at_home", "telephony.forwards")


def _reachable(read: Reader) -> Fraction:
    """Distinct people who can be called at home, by the site's telephone system or a hosted one."""
    names = AT_HOME if read.has("telephony.sets") or not read.has("telephony.cloud") else ("telephony.cloud",)
    return min(sum((read.number(name) for name in names), Fraction(0)), phone_users(read))


def phone_users(read: Reader) -> Fraction:
    """People who need a telephone: counted, else their share of the headcount."""
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
    references=(sources.INTERVIEW,),
    words=Words(
        title=N_("Users reachable from home"),
        why=N_("Desk phones stay in the office: without a softphone or a forward, nobody answers callers any more."),
        measured=N_("people with a softphone, a phone that works from home or an open forward, among phone users"),
        passed=N_("{reachable} of {users} phone users can be called at home."),
        warned=N_("Only {reachable} of {users} phone users can be called at home."),
        failed=N_("Only {reachable} of {users} phone users can be called at home; the others become silent."),
        action=N_("Give every phone user a softphone or an open call forward"),
        lift=N_(
            "Give read access to the phone system, or count its list of users (auditor phones SITE.toml LIST.csv):"
            " softphones, home phones and forwards."
        ),
    ),
)
def reachable(read: Reader) -> Verdict:
    """Everybody who needs a telephone can be called at home."""
    users, found = phone_users(read), _reachable(read)
    if not users:
        raise Unknown(Message("TEL.nobody"))
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
        lift=N_(
            "Give read access to the phone system, or count its list of users (auditor phones SITE.toml LIST.csv)."
        ),
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
    if strange := Counter(e.user_agent for e in sets if e.kind == "unknown" and isinstance(e.user_agent, str)):
        listed = "; ".join(f"{agent} ({count})" for agent, count in strange.most_common(20))
        read.shown("[sets]", listed)  # kinds no table knows: a word in the site file names them
    if not soft:
        raise Unknown(Message("TEL.no_softphone"))
    if any(endpoint.registered is True and endpoint.from_inside is ABSENT for endpoint in soft):
        raise Unknown(Message("TEL.no_networks"))
    outside = len([endpoint for endpoint in soft if endpoint.registered is True and endpoint.from_inside is False])
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
        measured=N_("class of service of the users, and the portal where they set a forward"),
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
    """Users can forward their calls from home: by the codes every set may dial and the accounts of the portal."""
    if read.has_answer("TEL-004") or not (codes := read.some(facts.TELEPHONY_FORWARDING_CODES)):
        return read.answered("TEL-004")
    if not all(told for _, told in codes):
        return Verdict(Outcome.FAIL)
    portal = sum(told for _, told in read.some(facts.TELEPHONY_PORTAL_USERS))
    return Verdict(Outcome.PASS if portal and portal >= phone_users(read) else Outcome.WARN)


@check(
    "TEL-005",
    severity=Severity.HIGH,
    effort=hours(2),
    lead=(3, 10),
    cost=1,
    owner="operator",
    thresholds=N_("{pass:part} of the calls lost or less / {warn:part} or less / more, or too many today already"),
    limits=limits("0.01", "0.05"),
    references=(sources.ERLANG,),
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
    office = phone_users(read) * busy * (1 - inside)
    at_home = read.number("telephony.softphones") + read.number("telephony.phones_at_home")
    forwards = max(Fraction(0), _needed(read) - at_home)
    lost = voice.blocking(office + forwards * busy, channels)
    numbers: dict[str, Value] = {"forwards": forwards, "lost": lost, "channels": channels}
    today = voice.blocking(office, channels)
    if today > read.limit("pass"):
        return Verdict(Outcome.FAIL, {**numbers, "today": today}, "TEL.overloaded")
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
        measured=N_("simultaneous calls and registered sets allowed, against the busy hour and the phone users"),
        passed=N_("The phone system has room for the busy hour and for the sets."),
        warned=N_("The phone system has little room above the busy hour or the sets."),
        failed=N_("The phone system cannot carry the calls of the busy hour, or register the sets."),
        action=N_("Raise the phone system's licence, or move to cloud telephony"),
        lift=N_("Give read access to the phone system, or answer from its licence."),
        choices=(N_("at least 20 % of margin"), N_("just enough"), N_("not enough")),
    ),
)
def capacity(read: Reader) -> Verdict:
    """The phone system carries the calls of the busy hour."""
    if read.has_answer("TEL-006"):
        return read.answered("TEL-006")
    verdicts = [room for room in (_room_for_sets(read), _room_for_calls(read)) if room is not None]
    if not verdicts:
        read.total(facts.TELEPHONY_CALLS_MAX)  # unknown, with the reason
    return worst(verdicts)


def _room_for_calls(read: Reader) -> Verdict | None:
    """The simultaneous calls that the system allows, against those of the busy hour."""
    if not read.some(facts.TELEPHONY_CALLS_MAX):
        return None
    limit = read.total(facts.TELEPHONY_CALLS_MAX)
    traffic = phone_users(read) * read.number("telephony.busy_hour_erlangs", assumed=True)
    calls = voice.channels_needed(traffic, read.number("telephony.blocking_target", assumed=True))
    return read.climbs(limit, calls, limit=limit, calls=calls)


def _room_for_sets(read: Reader) -> Verdict | None:
    """The sets that the system may register, against the people who need a telephone."""
    if not read.some(facts.TELEPHONY_ENDPOINTS_MAX):
        return None
    limit, users = read.total(facts.TELEPHONY_ENDPOINTS_MAX), phone_users(read)
    return read.climbs(limit, users, limit=limit, sets=users)


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
        measured=N_("codecs that the telephone system offers to each set"),
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
    """Remote users talk with a codec that suits the link; transcoding overload, only an answer can tell."""
    if read.has_answer("TEL-007"):
        return read.answered("TEL-007")
    offered = [e.codecs for _, told in read.each(facts.TELEPHONY_ENDPOINTS) for e in told]
    named = [codecs for codecs in offered if not isinstance(codecs, Absent) and codecs]
    if not named:
        raise Unknown(Message("unknown.nobody", {"fact": "codecs"}))
    if any(set(codecs) - HEAVY for codecs in named):
        return Verdict(Outcome.PASS)
    return Verdict(Outcome.PASS if read.everybody() else Outcome.WARN)


@check(
    "TEL-008",
    severity=Severity.HIGH,
    effort=days(1),
    lead=5,
    cost=0,
    quick_win=True,
    thresholds=N_("R {pass:0} or more / {warn:0} or more / less"),
    limits=limits("80", "70"),
    references=(sources.E_MODEL, sources.R_BANDS),
    words=Words(
        title=N_("Predicted voice quality"),
        why=N_("Loss, delay and jitter decide whether people understand one another."),
        measured=N_(
            "R factor of the E-model from probes on the path, calls the telephone system carries, what a hosted service"
            " answers here, or declared probes"
        ),
        passed=N_("Calls towards {target} will sound good (R {r:0}, MOS {mos:1})."),
        warned=N_("Calls towards {target} will annoy some users (R {r:0}, MOS {mos:1})."),
        failed=N_("Calls towards {target} will sound bad (R {r:0}, MOS {mos:1})."),
        action=N_("Cure loss and jitter on the path, then choose a sturdier codec"),
        lift=N_(
            "Set up probes (IP SLA, RPM, SD-WAN) on the router towards the operator for a busy hour, name the hosted"
            " service as a device with a table sip, have homes ask it (auditor probe sip), or declare a probe"
            " (voice.PATH.rtt_ms, jitter_ms, loss_percent)."
        ),
    ),
)
def quality(read: Reader) -> Verdict:
    """The E-model predicts good calls on every path: probed by a router, carried by the PBX now, or declared."""
    probes = [*(row for _, rows in read.told(facts.LINK_QUALITY) for row in rows), *_declared(read)]
    calls = [row for _, rows in read.some(facts.TELEPHONY_QUALITY) for row in rows if row.rtt_ms is not ABSENT]
    paths: list[Path] = []
    missing: list[Unknown] = []
    for probe in (*probes, *calls):
        measured = (probe.rtt_ms, probe.jitter_ms, probe.loss_percent)
        if any(isinstance(value, Absent) for value in measured):
            missing.append(Unknown(Message("LNK.half_probe", {"target": probe.target})))
        else:
            rtt, jitter, loss = (float(value) for value in measured if not isinstance(value, Absent))
            codec = "" if isinstance(probe.codec, Absent) else probe.codec
            paths.append((voice.predicted(rtt, jitter, loss, codec), probe.target, (rtt, jitter, loss)))
    reached = list(_services(read, paths, missing))
    if not paths and not missing and not reached:
        read.each(facts.LINK_QUALITY)  # unknown, with the reason of the router that did not tell
    if paths:
        _, worst_path, told = min(paths)
        read.shown(f"E-model, {worst_path}", _by_codec(*told))
    verdicts = [
        read.climbs(Fraction(str(r)), r=r, mos=voice.opinion(r), target=target) for r, target, _ in sorted(paths)
    ]
    return settle([*reached, *verdicts], missing)


def _services(read: Reader, paths: list[Path], missing: list[Unknown]) -> Iterator[Verdict]:
    """What stands in the way of a hosted service: from here, as it was asked, and from the homes, as they counted.

    A service that answers adds a path to rate; one of which too little is known, what is missing.
    """
    for row in (row for _, rows in read.some(facts.TELEPHONY_SERVICE) for row in rows):
        if row.state in UNREACHED or (row.state == "silent" and row.transport != "udp"):
            yield Verdict(Outcome.FAIL, {"target": row.service, "host": row.host, "port": row.port},
                          f"TEL.service_{row.state}")  # fmt: skip
            continue
        yield from _between(read, row)
        measured = (row.rtt_ms, row.jitter_ms, row.loss_percent)
        if row.state != "answers" or any(isinstance(value, Absent) for value in measured):
            missing.append(Unknown(Message("TEL.half_service", {"target": row.service})))
        else:
            rtt, jitter, loss = (float(value) for value in measured if not isinstance(value, Absent))
            paths.append((voice.predicted(rtt, jitter, loss), row.service, (rtt, jitter, loss)))
    for name in sorted(n for n in read.site.declared if n.startswith("voice.") and n.endswith(".reached")):
        share, where = read.number(name), name.removeprefix("voice.").removesuffix(".reached")
        if share < FEW_HOMES:
            outcome = Outcome.FAIL if share < MOST_HOMES else Outcome.WARN
            yield Verdict(outcome, {"target": where, "share": share}, "TEL.homes_unreached")


def _between(read: Reader, row: SipService) -> Iterator[Verdict]:
    """What a set meets on its way to a service that is there: a certificate it must refuse, messages rewritten."""
    named: dict[str, Value] = {"target": row.service}
    today, ends = read.books.today, row.certificate_ends
    if not isinstance(row.certificate_fault, Absent):
        yield Verdict(Outcome.WARN, {**named, "why": row.certificate_fault}, "TEL.certificate")
    elif not isinstance(ends, Absent) and not isinstance(today, Absent) and (ends - today).days < CERTIFICATE_DAYS:
        yield Verdict(Outcome.WARN, {**named, "end": ends}, "TEL.certificate_ends")
    if row.alg is True:
        yield Verdict(Outcome.WARN, named, "TEL.alg")


def _by_codec(rtt: float, jitter: float, loss: float) -> str:
    """What each codec would make of a path, and what one call takes each way in the tunnel (IPsec behind NAT)."""
    rates = {codec.name: codec.rate(outer=ENCAPSULATIONS["esp_gcm_natt"]) for codec in voice.CODECS}
    told = ((name, voice.predicted(rtt, jitter, loss, name), rates[row]) for name, row in voice.SPOKEN)
    return "; ".join(
        f"{name}: R {r:.0f}, MOS {voice.opinion(r):.1f}, {float(rate) / 1000:.1f} kbit/s" for name, r, rate in told
    )


def _declared(read: Reader) -> list[LinkQuality]:
    """Probes that somebody ran and declares, by the path they went: `voice.PATH.rtt_ms` and its kin."""
    names = ("rtt_ms", "jitter_ms", "loss_percent")
    said = [name.split(".") for name in read.site.declared if name.startswith("voice.")]
    paths = sorted({".".join(parts[1:-1]) for parts in said if parts[-1] in names})
    found = [(path, [_stated(read, f"voice.{path}.{name}") for name in names]) for path in paths]
    return [LinkQuality(path, rtt, jitter, loss) for path, (rtt, jitter, loss) in found]


def _stated(read: Reader, name: str) -> float | Absent:
    try:
        return float(read.number(name))
    except Unknown:
        return ABSENT


SENTENCES = {
    "TEL.service_refused": N_(
        "{target} refuses connections at {host}, port {port:raw}: nobody can telephone through it."
    ),
    "TEL.service_silent": N_(
        "{target} does not answer at {host}, port {port:raw}: a filter on the way, or a service that is down."
    ),
    "TEL.service_unresolved": N_("The name {host} of {target} is not known from here: no set can find the service."),
    "TEL.service_tls": N_("{target} ends the TLS connection at {host}, port {port:raw}, before it is set up."),
    "TEL.half_service": N_(
        "{target} is reached but answers no question of a stranger, or tells no loss: the quality towards it is not"
        " known."
    ),
    "TEL.homes_unreached": N_("Only {share:ratio} of the places that asked ({target}) reach the telephone service."),
    "TEL.certificate": N_("Sets that check it must refuse the certificate of {target} ({why:fault})."),
    "fault.not-yet-valid": N_("it is not valid yet"),
    "fault.expired": N_("it has expired"),
    "fault.self-signed": N_("it is self-signed"),
    "fault.unknown-issuer": N_("its issuer is not known"),
    "fault.another-name": N_("it is for another name"),
    "TEL.certificate_ends": N_("The certificate of {target} ends on {end:date}: sets that check it will refuse it."),
    "TEL.alg": N_(
        "Something on the way rewrites the messages to {target} (a SIP ALG of the router or firewall): calls without"
        " sound and lost registrations follow."
    ),
    "TEL.overloaded": N_(
        "The trunk is overloaded today: {today:ratio} of the calls already find its {channels} channels busy with"
        " everybody on site; {lost:ratio} with {forwards} forwarded users."
    ),
    "TEL.nobody": N_("Nobody at this site is said to need a telephone, but no document shows it."),
    "TEL.no_softphone": N_("The phone system knows no softphone."),
    "TEL.no_networks": N_("The site's networks are not described, so inside and outside cannot be told apart."),
}
