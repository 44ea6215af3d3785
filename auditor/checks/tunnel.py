"""How the tunnel works for its users: what it carries, over what transport, how long, to where, and what comes next."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import Final

from auditor import facts
from auditor.checks import sources
from auditor.checks.engine import (
    NotApplicable,
    Reader,
    Unknown,
    Verdict,
    Words,
    at_least,
    check,
    days,
    hours,
    limits,
    settle,
    worst,
)
from auditor.checks.rules import UNNAMED, explicit, remote_rules, wide
from auditor.checks.vpn import gateway
from auditor.model import Device, Outcome, Severity
from auditor.values import N_, Absent, Message, Value

OVER_UDP: Final = frozenset({"udp", "dtls", "nat-t"})


@check(
    "VPN-010",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_(
        "full, or a listed bypass with host firewall and DNS control / split, documented / split by accident"
    ),
    references=(sources.ADMINISTRATION, sources.NIST_SPLIT, sources.TEAMS_SPLIT),
    unblocks=("LNK-004",),
    words=Words(
        title=N_("Tunnel mode is a decision"),
        why=N_("A split tunnel that nobody decided lets a remote computer join the internet and the company."),
        measured=N_("tunnel mode of each gateway, against the written choice"),
        passed=N_("The tunnel carries everything, or leaves out a written list under control."),
        warned=N_("The tunnel is split; the choice is written down."),
        failed=N_("The tunnel is split without a decision."),
        action=N_("Write the choice down; keep the bypass to listed services; forbid it to administrators"),
        lift=N_("Give read access to the gateway over SSH, and answer what was decided."),
        choices=(
            N_("full, or a listed bypass with a firewall on the computer and DNS control"),
            N_("split, documented"),
            N_("split, nobody decided it"),
        ),
    ),
)
def tunnel_mode(read: Reader) -> Verdict:
    """What the tunnel leaves out was decided; a full tunnel needs no paper, a wide split is at best middling."""
    modes = {mode for _, mode in read.told(facts.VPN_TUNNEL_MODE)} or {str(read.figure("tunnel.mode"))}
    answered = [read.answered("VPN-010")] if read.has_answer("VPN-010") else []
    if modes == {"full"}:
        return worst([Verdict(Outcome.PASS), *answered])
    if not answered:
        raise Unknown(Message("VPN.undocumented"))
    return worst([Verdict(Outcome.WARN if "split" in modes else Outcome.PASS), *answered])


@check(
    "VPN-011",
    severity=Severity.HIGH,
    effort=days(2),
    lead=10,
    cost=0,
    thresholds=N_("IPsec only, or TLS 1.2 and patched / web portal on / TLS 1.0-1.1, or lost by the next upgrade"),
    references=(
        sources.NSA,
        sources.IPSEC_TLS,
        sources.TLS,
        sources.SSL_VPN_END,
    ),
    words=Words(
        title=N_("SSL/TLS VPN exposure"),
        why=N_("TLS gateways and their web portals are among the most attacked devices of all."),
        measured=N_("transports and lowest TLS version of each gateway"),
        passed=N_("Remote users enter by IPsec, or by an up-to-date TLS gateway without web portal."),
        warned=N_("The TLS gateway also offers a web portal."),
        failed=N_("A TLS gateway accepts old versions of TLS, or its tunnel ends with the next upgrade."),
        action=N_("Move to IKEv2 before the upgrade, or keep TLS 1.2 and above and switch the web portal off"),
        lift=N_("Give read access to the gateway over SSH, and answer whether the portal is on."),
        choices=(
            N_("IPsec only, or TLS 1.2 and above, patched, without portal"),
            N_("web portal on"),
            N_("TLS 1.0 or 1.1, or a tunnel that the next upgrade removes"),
        ),
    ),
)
def tls_exposure(read: Reader) -> Verdict:
    """Remote users do not enter by an old TLS gateway; its portal and patches, only an answer can tell."""
    if any(_old(version) for _, version in read.told(facts.VPN_TLS_MINIMUM)):
        return Verdict(Outcome.FAIL)
    if read.has_answer("VPN-011"):
        return read.answered("VPN-011")
    transports = read.each(facts.VPN_TRANSPORTS)
    if read.told(facts.VPN_TLS_MINIMUM) or any({"tcp", "tls", "dtls"} & set(names) for _, names in transports):
        raise Unknown(Message("VPN.portal"))
    if not all(names for _, names in transports):
        raise Unknown(Message("unknown.nothing"))
    return Verdict(Outcome.PASS)


def _old(version: str) -> bool:
    """Whether a lowest version lets in less than TLS 1.2 (`any`, `sslv3`, `tlsv1`, `tlsv1.1`)."""
    plain = version.lower()
    told = re.search(r"tls\D*(\d)(?:\.(\d))?", plain)
    return (int(told.group(1)), int(told.group(2) or 0)) < (1, 2) if told else plain.startswith(("any", "ssl"))


@check(
    "VPN-012",
    severity=Severity.MEDIUM,
    effort=hours(1),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("UDP / UDP with TCP used by more than 20 % / TCP only"),
    references=(sources.IPSEC_NAT,),
    unblocks=("TEL-008",),
    words=Words(
        title=N_("UDP transport available"),
        why=N_("A tunnel over TCP collapses as soon as packets are lost, and voice with it."),
        measured=N_("transports that each gateway offers"),
        passed=N_("The tunnel runs over UDP."),
        warned=N_("The tunnel may run over UDP, but many people fall back to TCP."),
        failed=N_("A gateway offers a tunnel over TCP only."),
        action=N_("Open UDP 500 and 4500, or DTLS on UDP 443"),
        lift=N_("Give read access to the gateway over SSH, or its configuration."),
        choices=(
            N_("UDP for nearly everybody"),
            N_("UDP, but more than a fifth of the people fall back to TCP"),
            N_("TCP only"),
        ),
    ),
)
def udp(read: Reader) -> Verdict:
    """Tunnels run over UDP; how many fall back to TCP, only an answer can tell."""
    verdicts = [
        Verdict(Outcome.PASS if set(names) & OVER_UDP else Outcome.FAIL, {"device": device.name})
        for device, names in read.told(facts.VPN_TRANSPORTS)
        if names
    ]
    if not verdicts or read.has_answer("VPN-012"):
        verdicts.append(read.answered_else("VPN-012", facts.VPN_TRANSPORTS, "unknown.nothing"))
    return worst(verdicts)


@check(
    "VPN-013",
    severity=Severity.LOW,
    effort=hours(1),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("{pass:0} bytes or less / more / not set, with fragments seen"),
    limits={"pass": Fraction(1360)},
    references=(sources.PATH_MTU,),
    words=Words(
        title=N_("MTU and MSS"),
        why=N_("Packets too long for the tunnel are cut in two or lost: pages that never finish loading."),
        measured=N_("largest TCP segment that each gateway allows"),
        passed=N_("TCP segments are held to {pass:0} bytes or less."),
        warned=N_("TCP segments are held, but above {pass:0} bytes."),
        failed=N_("TCP segments are not held, and fragments are seen."),
        action=N_("Set the tunnel's MTU to 1400 and the TCP segment to 1360"),
        lift=N_("Give read access to the gateway over SSH, or its configuration."),
        choices=(N_("set to 1360 or less"), N_("set above 1360"), N_("not set, with fragments seen")),
    ),
)
def segments(read: Reader) -> Verdict:
    """TCP segments fit the tunnel; where none is set, whether fragments are seen must be answered."""
    sizes = [(device, size) for device, size in read.told(facts.VPN_MSS) if size > 0]
    if not sizes:
        return read.answered_else("VPN-013", facts.VPN_MSS, "VPN.fragments")
    device, size = max(sizes, key=lambda pair: pair[1])
    return Verdict(Outcome.PASS if size <= read.limit("pass") else Outcome.WARN, {"device": device.name, "mss": size})


@check(
    "VPN-014",
    severity=Severity.LOW,
    effort=hours(1),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("idle {idle:0} min or less and session {session:0} h or less / one of them / none"),
    limits={"idle": Fraction(30), "session": Fraction(12)},
    references=(sources.NIST_TELEWORK,),
    unblocks=("VPN-002",),
    words=Words(
        title=N_("Idle and absolute timeouts"),
        why=N_("Sessions that nobody uses hold licences, and wait for somebody else to use them."),
        measured=N_("idle timer and longest session of each gateway"),
        passed=N_("Idle sessions end within {idle:0} minutes and all sessions within {session:0} hours."),
        warned=N_("On {device}, idle sessions and long sessions are not both known to end in time."),
        failed=N_("On {device}, sessions never end."),
        action=N_("Set both timers: 30 minutes idle, 12 hours in all"),
        lift=N_("Give read access to the gateway over SSH, or its configuration."),
    ),
)
def timers(read: Reader) -> Verdict:
    """Sessions end when they are not used, and in any case within a day's work."""
    idle = {device.name: seconds for device, seconds in read.told(facts.VPN_IDLE_TIMEOUT)}
    longest = {device.name: seconds for device, seconds in read.told(facts.VPN_MAX_SESSION)}
    if not idle and not longest:
        read.each(facts.VPN_IDLE_TIMEOUT)
    idle_s, session_s = 60 * read.limit("idle"), 3600 * read.limit("session")
    verdicts, missing = [], []
    for name in sorted(idle.keys() | longest.keys()):
        told = [timer[name] for timer in (idle, longest) if name in timer]
        numbers: dict[str, Value] = {"device": name}
        if 0 < idle.get(name, 0) <= idle_s and 0 < longest.get(name, 0) <= session_s:
            verdicts.append(Verdict(Outcome.PASS, numbers))
        elif any(told):
            verdicts.append(Verdict(Outcome.WARN, numbers))
        elif len(told) == 2:
            verdicts.append(Verdict(Outcome.FAIL, numbers))
        else:
            missing.append(Unknown(Message("VPN.one_timer", {"device": name})))
    return settle(verdicts, missing)


@check(
    "VPN-015",
    severity=Severity.MEDIUM,
    effort=hours(1),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("{pass:part} or less / {warn:part} or less / more of what the gateway lets in"),
    limits=limits("0.7", "0.9"),
    unblocks=("VPN-002",),
    words=Words(
        title=N_("Peak use observed"),
        why=N_("Past peaks show how close the ceiling already was on an ordinary day."),
        measured=N_("most remote users seen at once, against licences and platform"),
        passed=N_("At most {peak} people were connected at once: {use:ratio} of the {limit} let in."),
        warned=N_("Up to {peak} people were connected at once: {use:ratio} of the {limit} let in."),
        failed=N_("Up to {peak} people were connected at once: {use:ratio} of the {limit} let in."),
        action=N_("Watch the peak and order licences before it reaches 80%"),
        lift=N_("Give read access to the gateway, or declare its licences."),
    ),
)
def peak(read: Reader) -> Verdict:
    """The busiest day left room below the ceiling."""
    seen = read.total(facts.VPN_SESSIONS_PEAK)
    limits, missing = [], []
    for name in ("vpn.sessions.licensed", "vpn.sessions.platform_max"):
        try:
            limits.append(read.number(name))
        except Unknown as unknown:
            missing.append(unknown)
    if not limits:
        raise missing[0]
    limit = min(limits)
    use = seen / limit if limit > 0 else Fraction(1)
    return settle([read.sinks(use, peak=seen, limit=limit, use=use)], missing)


@check(
    "VPN-016",
    severity=Severity.HIGH,
    effort=days(2),
    lead=5,
    cost=0,
    thresholds=N_("least privilege by group / one rule for all / any to any"),
    references=(sources.NIST_BULLETIN,),
    unblocks=("FWL-001",),
    words=Words(
        title=N_("Per-group access rules"),
        why=N_("A partner's or a stolen account should open what its owner needs, not the whole network."),
        measured=N_("rules whose source is the remote users, by group"),
        passed=N_("Remote users have rules by group, each to what it needs."),
        warned=N_("All remote users share the same rules."),
        failed=N_("Remote users may reach anything with any service (rule {rule:name})."),
        action=N_("Make three groups (staff, IT, partners), each with its own rules"),
        lift=N_("Give read access to the firewall over SSH, or answer the question."),
        choices=(N_("least privilege by group"), N_("one rule for everybody"), N_("any to any")),
    ),
)
def groups_rules(read: Reader) -> Verdict:
    """Each group of remote users reaches what it needs and no more."""
    rules = remote_rules(read)
    for _, rule in rules:
        if wide(rule):
            return Verdict(Outcome.FAIL, {"rule": rule.id})
    if not rules:
        return read.answered_else("VPN-016", facts.FIREWALL_RULES, "FWL.no_remote_rule", rule=UNNAMED)
    sources = {rule.source for _, rule in rules}
    narrow = all(explicit(rule) for _, rule in rules)
    return Verdict(Outcome.PASS if narrow and len(sources) > 1 else Outcome.WARN)


@check(
    "VPN-017",
    severity=Severity.HIGH,
    effort=days(1),
    lead=(5, 15),
    cost=3,
    thresholds=N_(
        "seats for {pass:part} of the people needed and 2 connectors / 1 connector, or seats for {warn:part} / fewer"
    ),
    limits=limits("1", "0.6"),
    unblocks=("HOM-009",),
    words=Words(
        title=N_("ZTNA/SSE capacity"),
        why=N_("Where a ZTNA service replaces the VPN, its seats and connectors are the ceiling."),
        measured=N_("seats of the service, and its connectors"),
        passed=N_("The ZTNA service has a seat for everybody and two connectors or more."),
        warned=N_("The ZTNA service lacks seats for some people, or has a single connector."),
        failed=N_("The ZTNA service has {seats} seats; {required} are needed."),
        action=N_("Order seats; install a second connector on another host and another link"),
        lift=N_("Export seats and connectors from the service's console, declare the seats and answer."),
        choices=(N_("two connectors or more"), N_("one connector"), N_("no connector")),
    ),
)
def ztna(read: Reader) -> Verdict:
    """The service has seats and connectors enough; without object where a VPN gateway lets people in."""
    if not read.has("ztna.seats") and read.site.architecture != "cloud" and (name := gateway(read)):
        raise NotApplicable(Message("VPN.gateway", {"device": name}))
    verdict = read.enough(read.seats("ztna.seats"))
    if verdict.outcome is not Outcome.PASS and not read.has_answer("VPN-017"):
        return verdict
    return worst([verdict, read.answered("VPN-017", **verdict.numbers)])


@check(
    "VPN-018",
    severity=Severity.HIGH,
    effort=hours(2),
    lead=3,
    cost=1,
    quick_win=True,
    thresholds=N_("more than {pass:0} days and an owner / {warn:0} days or more, or no owner / less, or expired"),
    limits=limits("30", "7"),
    words=Words(
        title=N_("Certificate expiry"),
        why=N_("One expired certificate stops everybody in the same minute."),
        measured=N_("days left on the certificates of gateway, portal, RADIUS and SAML, and who owns them"),
        passed=N_("The certificates of remote access hold for more than {pass:0} days, and somebody owns them."),
        warned=N_("A certificate of remote access ends within {pass:0} days, or nobody owns it."),
        failed=N_("A certificate of remote access has expired, or ends in less than {warn:0} days."),
        action=N_("Renew the certificate, automate its renewal, and put its date in the alerting"),
        lift=N_("Read the dates on the gateway, portal, RADIUS and SAML certificates, then answer."),
        choices=(
            N_("more than 30 days left, with a named owner"),
            N_("7 to 30 days left, or no owner"),
            N_("less than 7 days left, or expired"),
        ),
    ),
)
def certificates(read: Reader) -> Verdict:
    """No certificate is about to stop everybody; who owns it, only an answer can tell."""
    name, today = "vpn.certificate_ends", read.books.today
    ends = read.figure(name) if name in read.site.declared else None
    if not isinstance(ends, dt.date) or isinstance(today, Absent):
        return read.answered("VPN-018")
    told = at_least((ends - today).days, read.limit("pass") + 1, read.limit("warn"))  # a pass is more than the limit
    if told.outcome is not Outcome.PASS and not read.has_answer("VPN-018"):
        return told
    return worst([told, read.answered("VPN-018")])


@check(
    "VPN-019",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_("carried or blocked / for part of the groups / escapes a full tunnel"),
    references=(sources.NIST_SPLIT,),
    words=Words(
        title=N_("IPv6 of remote workers"),
        why=N_("Most home lines have IPv6: what escapes the tunnel by it is a split that nobody decided."),
        measured=N_("IPv6 in the tunnel's configuration and in the client's routes"),
        passed=N_("IPv6 is carried by the tunnel or blocked on the computer."),
        warned=N_("IPv6 is carried or blocked for part of the groups only."),
        failed=N_("IPv6 escapes the tunnel."),
        action=N_("Carry IPv6 in the tunnel, or block it on the computers"),
        lift=N_("Look at the client's routes on a line with IPv6, then answer."),
        choices=(N_("carried or blocked"), N_("for part of the groups"), N_("it escapes")),
    ),
)
def ipv6(read: Reader) -> Verdict:
    """IPv6 does not escape the tunnel."""
    return read.answered("VPN-019")


@check(
    "VPN-020",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_("UDP and TCP 443, tested / configured, untested / one UDP port only"),
    references=(sources.CGNAT,),
    words=Words(
        title=N_("Connects from CGNAT and filtered networks"),
        why=N_("Homes behind a shared address and hotels that filter UDP shut people out."),
        measured=N_("transports that each gateway offers"),
        passed=N_("The tunnel opens over UDP and TCP 443; it was tested on 4G and on a guest network."),
        warned=N_("The tunnel should open over UDP and TCP 443; nothing shows that it was tested."),
        failed=N_("The tunnel has no way around a network that filters UDP."),
        action=N_("Enable NAT traversal and a fallback on TCP 443; test from a phone"),
        lift=N_("Give read access to the gateway over SSH, test from 4G and a guest network, then answer."),
        choices=(N_("both, tested"), N_("configured, untested"), N_("one UDP port only")),
    ),
)
def filtered(read: Reader) -> Verdict:
    """People get in from a hotel; that it was tried, only an answer can tell."""
    told = [(device, names) for device, names in read.told(facts.VPN_TRANSPORTS) if names]
    if not told:
        return read.answered_else("VPN-020", facts.VPN_TRANSPORTS, "unknown.nothing")
    answered = [read.answered("VPN-020")] if read.has_answer("VPN-020") else []
    tested = bool(answered) and answered[0].outcome is Outcome.PASS
    return worst([*answered, *(_way_round(device, names, tested) for device, names in told)])


def _way_round(device: Device, names: tuple[str, ...], tested: bool) -> Verdict:
    if "tcp" not in names:
        return Verdict(Outcome.FAIL, {"device": device.name})
    return Verdict(Outcome.PASS if tested else Outcome.WARN, {"device": device.name})


@check(
    "VPN-021",
    severity=Severity.LOW,
    effort=hours(4),
    lead=(30, 90),
    cost=1,
    owner="integrator",
    thresholds=N_("hybrid exchange offered or dated / supported, not planned / neither"),
    references=(sources.QUANTUM, sources.ML_KEM),
    words=Words(
        title=N_("Post-quantum readiness (information)"),
        why=N_("Traffic recorded today can be read later, once quantum computers open today's key exchanges."),
        measured=N_("version and proposals of the gateway, and the vendor's statement"),
        passed=N_("A hybrid post-quantum exchange is offered, or its date is in the plan."),
        warned=N_("The gateway supports a post-quantum exchange; nothing is planned."),
        failed=N_("No post-quantum exchange is supported or planned."),
        action=N_("Ask the vendor for its date and write it in the renewal plan"),
        lift=N_("Ask the vendor, then answer."),
        choices=(N_("offered, or dated in the plan"), N_("supported, not planned"), N_("neither")),
    ),
)
def post_quantum(read: Reader) -> Verdict:
    """Somebody has thought of what is recorded today."""
    return read.answered("VPN-021")


SENTENCES = {
    "VPN.undocumented": N_("The tunnel leaves traffic out; whether that was decided must be answered."),
    "VPN.portal": N_("A TLS gateway answers; whether its web portal is on and it is patched must be answered."),
    "VPN.fragments": N_("No gateway limits TCP segments; whether fragments are seen must be answered."),
    "VPN.one_timer": N_("{device} tells one of its two timers only."),
    "VPN.gateway": N_("{device} lets remote users in by a VPN: there is no ZTNA service to judge."),
}
