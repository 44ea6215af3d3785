"""The firewall: what it lets remote users and the internet reach, how much room it has, how well it is kept."""

from __future__ import annotations

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
    check,
    days,
    hours,
    limits,
    settle,
    worst,
)
from auditor.checks.rules import (
    UNNAMED,
    anybody,
    anywhere,
    inbound_rules,
    opens_all,
    opens_unknown,
    remote_rules,
    services,
    wide,
)
from auditor.facts import Exposed, Rule
from auditor.model import Device, Origin, Outcome, Severity
from auditor.site import Role
from auditor.values import ABSENT, N_, Absent, Message, Value

OPEN_TO_ALL: Final = frozenset({"vpn", "https", "http", "web", "isakmp", "ike", "ipsec", "esp", "nat-t", "wireguard"})
DOORS: Final = frozenset(
    {"rdp", "smb", "ssh", "telnet", "database", "vnc", "winrm", "rpc", "ldap", "nfs", "snmp", "any"}
)
WALLS: Final = (Role.FIREWALL, Role.VPN)


@check(
    "FWL-001",
    severity=Severity.HIGH,
    effort=days(2),
    lead=7,
    cost=0,
    thresholds=N_("named services, logged / any service to some, or not logged / any to any"),
    references=(sources.INTERVIEW, sources.NIST_TELEWORK),
    words=Words(
        title=N_("Rules fit for remote users"),
        why=N_("Rules written for a handful of travellers let a whole firm, and its intruders, go everywhere."),
        measured=N_("services and logging of the rules whose source is the remote users"),
        passed=N_("Remote users have rules with named services, and they are logged."),
        warned=N_("A rule for remote users opens every service to some places, or is not logged (rule {rule:name})."),
        failed=N_("Remote users may reach anything with any service (rule {rule:name})."),
        action=N_("Log for a week, then replace any-to-any by the list of services in use"),
        lift=N_("Give read access to the firewall over SSH, or answer the question."),
        choices=(
            N_("named services, logged"),
            N_("every service to some places, or not logged"),
            N_("any to any"),
        ),
    ),
)
def fit(read: Reader) -> Verdict:
    """Remote users may use what they need, and it is logged."""
    verdicts, missing = [], []
    for device, rule in remote_rules(read):
        numbers: dict[str, Value] = {"rule": rule.id, "device": device.name}
        if wide(rule):
            verdicts.append(Verdict(Outcome.FAIL, numbers))
        elif anywhere(rule.services) or rule.logged is False:
            verdicts.append(Verdict(Outcome.WARN, numbers))
        elif rule.logged is ABSENT:
            missing.append(Unknown(Message("FWL.not_told", {"device": device.name, "rule": rule.id})))
        else:
            verdicts.append(Verdict(Outcome.PASS, numbers))
    if not verdicts and not missing:
        return read.answered_else("FWL-001", facts.FIREWALL_RULES, "FWL.no_remote_rule", rule=UNNAMED)
    return settle(verdicts, missing)


@check(
    "FWL-002",
    severity=Severity.CRITICAL,
    effort=hours(2),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("VPN and web only / mail, SIP or others, or restricted / RDP, SMB, SSH, Telnet or database open"),
    references=(sources.NSA, sources.KEV),
    unblocks=("ACC-002",),
    words=Words(
        title=N_("Exposed services inbound"),
        why=N_("Published desktops, file shares and databases are how most intruders come in."),
        measured=N_("services that the firewall's rules and translations let the internet reach"),
        passed=N_("Only the VPN and web services can be reached from the internet."),
        warned=N_(
            "Besides the VPN and the web, the internet reaches {services:service} (rule {rule:name} of {device})."
        ),
        failed=N_("The internet reaches {services:service} from any address (rule {rule:name} of {device})."),
        action=N_("Close remote desktop and file sharing now; publish what is needed through the VPN"),
        lift=N_("Give read access to the firewall over SSH, or its configuration."),
    ),
)
def exposed(read: Reader) -> Verdict:
    """The internet reaches the VPN and the web servers, and nothing that is a door."""
    told = [(device, row) for device, rows in read.each(facts.FIREWALL_EXPOSED) for row in rows]
    names = {device.name for device, _ in read.told(facts.FIREWALL_EXPOSED)}
    rules = [pair for pair in inbound_rules(read) if pair[0].name in names]
    told += [(device, _whole(rule)) for device, rule in rules if opens_all(rule)]
    verdicts = [_exposure(read, told, outcome) for outcome in (Outcome.FAIL, Outcome.WARN)]
    missing = [
        Unknown(Message("FWL.services", {"device": device.name, "rule": rule.id}))
        for device, rule in rules
        if opens_unknown(rule)
    ]
    return settle([*(verdict for verdict in verdicts if verdict), Verdict(Outcome.PASS)], missing)


def _whole(rule: Rule) -> Exposed:
    """A rule that lets every service in, as an exposure."""
    return Exposed("any", from_="any" if anywhere(rule.source) else "restricted", rule=rule.id)


def _exposure(read: Reader, told: list[tuple[Device, Exposed]], outcome: Outcome) -> Verdict | None:
    """The exposures of one outcome together, in the words of the first."""
    rules = {(d.name, rule.id): rule for d, rows in read.told(facts.FIREWALL_RULES) for rule in rows}
    found = []
    for device, row in told:
        rule = rules.get((device.name, row.rule)) if isinstance(row.rule, str) else None
        found += [(device, row, name) for name in services(row, rule) if _danger(row, name) is outcome]
    if not found:
        return None
    device, row, _ = found[0]
    names = tuple(dict.fromkeys(name for _, _, name in found))
    rule_id = UNNAMED if isinstance(row.rule, Absent) else row.rule
    return Verdict(outcome, {"services": names, "rule": rule_id, "device": device.name})


def _danger(row: Exposed, service: str) -> Outcome:
    if service in OPEN_TO_ALL:
        return Outcome.PASS
    return Outcome.FAIL if anybody(row) and service in DOORS else Outcome.WARN


@check(
    "FWL-003",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=(2, 30),
    cost=2,
    thresholds=N_("{pass:part} or less / {warn:part} or less / more of the table"),
    limits=limits("0.6", "0.8"),
    unblocks=("VPN-003",),
    words=Words(
        title=N_("Session table headroom"),
        why=N_("A full session table refuses every new connection, of everybody."),
        measured=N_("most sessions seen, against the size of the table"),
        passed=N_("At most {peak} sessions were open: {use:ratio} of the table of {most}."),
        warned=N_("Up to {peak} sessions were open: {use:ratio} of the table of {most}."),
        failed=N_("Up to {peak} sessions were open: {use:ratio} of the table of {most}."),
        action=N_("Shorten idle timers, keep online services out of the tunnel, or take a larger firewall"),
        lift=N_("Give SNMP read access to the firewall, or declare the size of its table from the data sheet."),
    ),
)
def table(read: Reader) -> Verdict:
    """The busiest hour left room in the table; with several firewalls the fullest speaks."""
    peaks = read.told(facts.FIREWALL_SESSIONS_PEAK)
    sizes = {device.name: size for device, size in read.told(facts.FIREWALL_SESSIONS_MAX)}
    if peaks and all(device.name in sizes for device, _ in peaks):
        return worst(_full(read, Fraction(count), Fraction(sizes[device.name])) for device, count in peaks)
    return _full(read, read.number("firewall.sessions.peak"), read.number("firewall.sessions.max"))


def _full(read: Reader, peak: Fraction, most: Fraction) -> Verdict:
    use = peak / most if most else Fraction(1)
    return read.sinks(use, peak=peak, most=most, use=use)


@check(
    "FWL-004",
    severity=Severity.MEDIUM,
    effort=hours(2),
    lead=5,
    cost=1,
    quick_win=True,
    owner="operator",
    thresholds=N_("{pass:1} times the people needed or more / {warn:1} or more / less"),
    limits=limits("1.5", "1"),
    references=(sources.NAT365,),
    words=Words(
        title=N_("NAT port headroom"),
        why=N_("Each person uses a hundred ports of the public address; when they run out, pages stop loading."),
        measured=N_("remote workers that the ports of the public addresses serve"),
        passed=N_("The public addresses serve {seats} people; {required} are needed."),
        warned=N_("The public addresses serve {seats} people for {required} needed: not the margin asked for."),
        failed=N_("The public addresses serve {seats} people; {required} are needed."),
        action=N_("Add public addresses to the translation pool, or keep internet traffic out of the tunnel"),
        lift=N_("Declare the number of public addresses in the site file."),
    ),
)
def ports(read: Reader) -> Verdict:
    """Translation has ports for everybody; without object where the gateway keeps the internet out of the tunnel."""
    mode = read.known("tunnel.mode")
    if not read.has("nat.ports") and mode.value == "split" and mode.origin is Origin.MEASURED:
        read.told(facts.VPN_TUNNEL_MODE)
        read.whole()
        raise NotApplicable(Message("FWL.no_nat"))
    return read.enough(read.seats("nat.ports"))


@check(
    "FWL-005",
    severity=Severity.HIGH,
    effort=days(1),
    lead=(2, 45),
    cost=3,
    thresholds=N_("{pass:part} or less / {warn:part} or less / more in the busy hour"),
    limits=limits("0.6", "0.8"),
    unblocks=("VPN-003",),
    words=Words(
        title=N_("CPU and memory at peak"),
        why=N_("Inspection and encryption saturate the processor long before the link is full."),
        measured=N_("processor and memory of the firewalls, and their busy hour from the graphs"),
        passed=N_("Processor and memory stay within {pass:part} in the busy hour."),
        warned=N_("Processor or memory of a firewall is used at more than {pass:part}."),
        failed=N_("Processor or memory of a firewall is used at more than {warn:part}."),
        action=N_("Exempt trusted bulk flows from deep inspection, or take a larger firewall"),
        lift=N_("Give SNMP read access to the firewall, and answer from the graphs of a busy week."),
        choices=(N_("60% or less in the busy hour"), N_("60 to 80%"), N_("more than 80%")),
    ),
)
def load(read: Reader) -> Verdict:
    """The processor has room in the busy hour; one look can prove that it has not, never that it has."""
    found = [
        (Fraction(str(value)), device)
        for key in (facts.SYSTEM_CPU, facts.SYSTEM_MEMORY)
        for device, value in read.told(key, *WALLS)
    ]
    if not found:
        return read.answered_else("FWL-005", facts.SYSTEM_CPU, "unknown.nothing")
    most, name = max((value, device.name) for value, device in found)
    seen = read.sinks(most, 100, load=most, device=name)
    if read.has_answer("FWL-005"):
        return worst([seen, read.answered("FWL-005")])
    if seen.outcome is Outcome.PASS:
        raise Unknown(Message("FWL.one_look", {"load": most, "device": name}))
    return seen


SENTENCES = {
    "FWL.no_remote_rule": N_("The firewall shows no rule for remote users, and the question was not answered."),
    "FWL.not_told": N_("{device} does not tell whether the rule {rule} is logged."),
    "FWL.no_nat": N_(
        "The gateway keeps internet traffic out of the tunnel: remote users take none of the site's ports."
    ),
    "FWL.services": N_("{device} does not tell which services the rule {rule} lets in from the internet."),
    "FWL.one_look": N_("{device} was at {load:percent} when it was asked; one look does not tell the busy hour."),
}
