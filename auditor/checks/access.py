"""Access hygiene: second factor, management plane, accounts, logs and the state of remote computers."""

from __future__ import annotations

from typing import Final, TypeVar

from auditor import facts
from auditor.checks import sources
from auditor.checks.engine import Reader, Unknown, Verdict, Words, check, days, hours, limits, settle, worst
from auditor.checks.rules import ANSWERED
from auditor.model import Device, Key, Outcome, Severity
from auditor.values import ABSENT, N_, Message, Value

T = TypeVar("T")

SECOND: Final = frozenset({"otp", "mfa", "totp", "duo", "push"})
STRONG: Final = frozenset({"certificate", "fido", "passkey"})
DELEGATED: Final = frozenset({"saml", "radius", "oidc"})
BROKEN_CIPHERS: Final = ("arcfour", "des-", "3des", "blowfish", "cast128", "rc4", "none")


@check(
    "ACC-001",
    severity=Severity.CRITICAL,
    effort=days(2),
    lead=(3, 7),
    cost=1,
    thresholds=N_("all users, administrators phishing-resistant / all / any user on a password alone"),
    references=(sources.NSA, sources.NOMADISM),
    unblocks=("VPN-011",),
    words=Words(
        title=N_("Second factor for all remote users"),
        why=N_("A stolen password alone must not open the company's network."),
        measured=N_("authentication methods of each VPN group"),
        passed=N_("All remote users have a second factor, phishing-resistant for administrators."),
        warned=N_("All remote users have a second factor; administrators' is not phishing-resistant."),
        failed=N_("A password alone opens the VPN (group {group:name})."),
        action=N_("Turn on a second factor for the VPN group, administrators first"),
        lift=N_("Give read access to the gateway; where RADIUS or SAML decides, answer the question."),
        choices=(
            N_("all users, passkeys or certificates for administrators"),
            N_("all users"),
            N_("at least one user on a password alone"),
        ),
    ),
)
def second_factor(read: Reader) -> Verdict:
    """Nobody enters with a password alone; what RADIUS or SAML asks for, only an answer can tell."""
    told = [(row.group, set(row.methods)) for _, rows in read.told(facts.VPN_AUTHENTICATION) for row in rows]
    for name, methods in told:
        if not methods & (SECOND | DELEGATED | STRONG):
            return Verdict(Outcome.FAIL, {"group": name})
    if read.has_answer("ACC-001"):
        return read.answered("ACC-001", group=ANSWERED)
    told = [(row.group, set(row.methods)) for _, rows in read.each(facts.VPN_AUTHENTICATION) for row in rows]
    if not told or not all(methods & (SECOND | STRONG) for _, methods in told):
        raise Unknown(Message("ACC.delegated" if told else "unknown.nothing"))
    return Verdict(Outcome.PASS if all(methods & STRONG for _, methods in told) else Outcome.WARN)


@check(
    "ACC-002",
    severity=Severity.CRITICAL,
    effort=hours(1),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("internal only / restricted by address / open"),
    references=(sources.NSA, sources.CIS),
    words=Words(
        title=N_("Management closed to the internet"),
        why=N_("Administration pages of firewalls are what attackers look for first."),
        measured=N_("management services reachable from the internet side"),
        passed=N_("No device can be managed from the internet."),
        warned=N_("{device} can be managed from some addresses of the internet."),
        failed=N_("{device} can be managed from any address of the internet."),
        action=N_("Restrict management to an internal network"),
        lift=N_("Give read access to the firewall over SSH, or its configuration."),
    ),
)
def management(read: Reader) -> Verdict:
    """Management is reachable from inside or through the VPN alone."""
    by = {"no": Outcome.PASS, "restricted": Outcome.WARN, "open": Outcome.FAIL}
    told = read.each(facts.ACCESS_MANAGEMENT_FROM_INTERNET)
    return worst(Verdict(by.get(state, Outcome.FAIL), {"device": device.name}) for device, state in told)


@check(
    "ACC-003",
    severity=Severity.HIGH,
    effort=hours(1),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("off / http redirect / telnet or http on"),
    references=(sources.CIS,),
    words=Words(
        title=N_("No management in the clear"),
        why=N_("Telnet and http show the administrator's password to anyone on the path."),
        measured=N_("telnet and http management of each device"),
        passed=N_("No device is managed over telnet or http."),
        warned=N_("A device still answers http, but only to redirect ({device:name})."),
        failed=N_("A device can be managed in the clear, over telnet or http ({device:name})."),
        action=N_("Disable telnet and http; keep SSH and https"),
        lift=N_("Give read access to the devices over SSH, or their configuration."),
        choices=(N_("both off"), N_("http only redirects to https"), N_("telnet or http on")),
    ),
)
def clear_text(read: Reader) -> Verdict:
    """Telnet and http are off everywhere; that http only redirects, only an answer can tell."""
    told = {key: dict(_by_name(read, key)) for key in (facts.ACCESS_TELNET, facts.ACCESS_HTTP)}
    names = sorted({name for on in told.values() for name in on})
    if not names:
        return read.answered_else("ACC-003", facts.ACCESS_TELNET, "unknown.nothing", device=ANSWERED, services=())
    redirects = read.has_answer("ACC-003") and read.answer("ACC-003") == "partial"
    verdicts = [
        _clear(name, told[facts.ACCESS_TELNET].get(name), told[facts.ACCESS_HTTP].get(name), redirects)
        for name in names
    ]
    whole = [name for name in names if all(name in on for on in told.values())]
    missing = [Unknown(Message("ACC.half_clear", {"device": name})) for name in names if name not in whole]
    return settle(verdicts, missing)


def _by_name(read: Reader, key: Key[T]) -> list[tuple[str, T]]:
    """What each device told, by its name; who refused stays in the way of a pass."""
    try:
        return [(device.name, value) for device, value in read.each(key)]
    except Unknown:
        return []


def _clear(name: str, telnet: bool | None, http: bool | None, redirects: bool) -> Verdict:
    services = tuple(service for service, on in (("telnet", telnet), ("http", http)) if on)
    numbers: dict[str, Value] = {"device": name, "services": services}
    if not services:
        return Verdict(Outcome.PASS, numbers)
    return Verdict(Outcome.WARN if redirects and not telnet else Outcome.FAIL, numbers)


@check(
    "ACC-004",
    severity=Severity.HIGH,
    effort=hours(2),
    lead=2,
    cost=0,
    quick_win=True,
    thresholds=N_("v3 authPriv + ACL / v2c random + ACL / public, private or no ACL"),
    references=(sources.SNMPV3, sources.CIS),
    words=Words(
        title=N_("Safe SNMP"),
        why=N_("A guessable community tells an intruder the whole network, sometimes lets him change it."),
        measured=N_("SNMP versions, communities (class only) and filters of each device"),
        passed=N_("SNMP is off, or version 3 with privacy, on every device."),
        warned=N_("{device} still answers SNMP without encryption."),
        failed=N_("{device} answers SNMP with a default or guessable community, without a key, or to anybody."),
        action=N_("Move to SNMPv3 with privacy; restrict it by address"),
        lift=N_("Give read access to the devices over SSH."),
    ),
)
def snmp(read: Reader) -> Verdict:
    """SNMP is encrypted and restricted."""

    def one(device: Device, accesses: tuple[str, ...]) -> Verdict:
        numbers = {"device": device.name}
        if any(access.endswith(("default", "guessable", "open", "noauth")) for access in accesses):
            return Verdict(Outcome.FAIL, numbers)
        clear = any(not access.startswith("v3-authpriv") for access in accesses)
        return Verdict(Outcome.WARN if clear else Outcome.PASS, numbers)

    return worst(one(device, accesses) for device, accesses in read.each(facts.ACCESS_SNMP))


@check(
    "ACC-005",
    severity=Severity.MEDIUM,
    effort=hours(2),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_("version 2, modern exchange / SHA-1 exchange / version 1 or weak ciphers"),
    references=(sources.SSH,),
    words=Words(
        title=N_("Strong SSH"),
        why=N_("Old SSH algorithms let an attacker on the path read or alter an administrator's session."),
        measured=N_("protocol version and algorithms offered by each device"),
        passed=N_("SSH is version 2 with modern algorithms on every device."),
        warned=N_("{device} still offers SHA-1 in SSH."),
        failed=N_("{device} still offers SSH version 1 or broken ciphers."),
        action=N_("Update the device and restrict its SSH algorithms"),
        lift=N_("Give SSH access to the devices."),
    ),
)
def ssh(read: Reader) -> Verdict:
    """SSH is version 2 with modern algorithms; both must be told, one bad is enough."""
    versions, offers = dict(_by_name(read, facts.ACCESS_SSH_VERSION)), dict(_by_name(read, facts.ACCESS_SSH_ALGORITHMS))
    names = sorted(versions.keys() | offers.keys())
    if not names:
        read.each(facts.ACCESS_SSH_ALGORITHMS)
    missing = [Unknown(Message("ACC.half_ssh", {"device": name})) for name in names if name not in versions]
    missing += [Unknown(Message("ACC.half_ssh", {"device": name})) for name in names if name not in offers]
    return settle([_ssh(name, versions.get(name, "2"), offers.get(name, ())) for name in names], missing)


def _ssh(device: str, version: str, names: tuple[str, ...]) -> Verdict:
    """By the worst of a device's offers: version 1 or a broken cipher fails, a SHA-1 exchange or host key warns."""
    if version.startswith("1") or any(name.startswith(BROKEN_CIPHERS) for name in names):
        return Verdict(Outcome.FAIL, {"device": device})
    old = any(name in ("ssh-rsa", "ssh-dss") or (name.startswith("diffie") and name.endswith("sha1")) for name in names)
    return Verdict(Outcome.WARN if old else Outcome.PASS, {"device": device})


@check(
    "ACC-006",
    severity=Severity.CRITICAL,
    effort=hours(4),
    lead=2,
    cost=0,
    quick_win=True,
    thresholds=N_("central accounts + 1 local / many local / default password"),
    references=(sources.DEFAULTS, sources.CIS),
    unblocks=("ACC-001",),
    words=Words(
        title=N_("Local and default accounts"),
        why=N_("Local accounts outlive the people; default passwords are public."),
        measured=N_("local accounts of each device, default secrets among them, central authentication"),
        passed=N_("Devices use central accounts, with one local account for emergencies."),
        warned=N_("A device keeps several local accounts, or has no central authentication ({device:name})."),
        failed=N_("A device has an account with a default or guessable password ({device:name})."),
        action=N_("Change default passwords; link the devices to RADIUS or TACACS+"),
        lift=N_("Give read access to the devices over SSH, and answer for those that do not tell."),
        choices=(
            N_("central accounts, with one local account for emergencies"),
            N_("several local accounts, none with a default password"),
            N_("a default or guessable password"),
        ),
    ),
)
def accounts(read: Reader) -> Verdict:
    """No default password, and accounts are central: a known default fails, what is not told keeps a pass away."""
    told = dict(_by_name(read, facts.ACCESS_LOCAL_USERS))
    central = dict(_by_name(read, facts.ACCESS_CENTRAL_AUTHENTICATION))
    if not told:
        return read.answered_else("ACC-006", facts.ACCESS_LOCAL_USERS, "unknown.nothing", device=ANSWERED)
    verdicts, missing = [], []
    for name, rows in told.items():
        secrets = [row.default_secret for row in rows]
        numbers: dict[str, Value] = {"device": name, "accounts": sum(row.total for row in rows)}
        if any(isinstance(count, int) and count for count in secrets):
            verdicts.append(Verdict(Outcome.FAIL, numbers))
        elif ABSENT in secrets or name not in central:
            missing.append(Unknown(Message("ACC.half_accounts", {"device": name})))
        else:
            few = central[name] != "none" and sum(row.total for row in rows) <= 1
            verdicts.append(Verdict(Outcome.PASS if few else Outcome.WARN, numbers))
    if missing and read.has_answer("ACC-006"):
        return worst([*verdicts, read.answered("ACC-006", device=ANSWERED)])
    return settle(verdicts, missing)


@check(
    "ACC-007",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=2,
    cost=1,
    quick_win=True,
    thresholds=N_("off the device, 6 months or more / local only / none"),
    references=(sources.NSA, sources.HYGIENE, sources.CNIL),
    words=Words(
        title=N_("Logs of remote access"),
        why=N_("Without logs kept elsewhere, nobody can tell who came in, or prove it."),
        measured=N_("where each device sends its logs"),
        passed=N_("Logs are kept off the devices for six months or more."),
        warned=N_("Logs stay on a device, or nothing shows that they are kept for long ({device:name})."),
        failed=N_("Logs are not kept ({device:name})."),
        action=N_("Send logs to a collector, with the right clock (NTP)"),
        lift=N_("Give read access to the devices over SSH, and answer how long logs are kept."),
        choices=(N_("off the devices, six months or more"), N_("kept for less, or on the device"), N_("not kept")),
    ),
)
def logs(read: Reader) -> Verdict:
    """Logs leave the device and are kept long enough; how long, only an answer can tell."""
    told = _by_name(read, facts.ACCESS_LOGGING)
    if not told:
        return read.answered_else("ACC-007", facts.ACCESS_LOGGING, "unknown.nothing", device=ANSWERED)
    kept = read.answer("ACC-007") if read.has_answer("ACC-007") else ""
    return worst(_kept(name, targets, kept) for name, targets in told)


def _kept(name: str, targets: tuple[str, ...], kept: str) -> Verdict:
    """One device: no target fails; targets elsewhere pass where the answer says that they are kept for long."""
    if not targets or kept == "bad":
        return Verdict(Outcome.FAIL, {"device": name})
    away = any(target != "local" for target in targets)
    return Verdict(Outcome.PASS if away and kept == "good" else Outcome.WARN, {"device": name})


@check(
    "ACC-008",
    severity=Severity.HIGH,
    effort=days(5),
    lead=(15, 30),
    cost=2,
    thresholds=N_("managed, encrypted, EDR / managed in part / personal, uncontrolled"),
    references=(sources.NIST_TELEWORK,),
    words=Words(
        title=N_("State of remote computers"),
        why=N_("A remote computer nobody manages brings its infections into the tunnel."),
        measured=N_("management, encryption and detection of the remote computers"),
        passed=N_("Remote computers are managed, encrypted and watched."),
        warned=N_("Only part of the remote computers are managed and encrypted."),
        failed=N_("Personal computers without control are used."),
        action=N_("Enrol and encrypt laptops; give unmanaged computers a virtual desktop only"),
        lift=N_("Export the device management console, then answer."),
        choices=(N_("managed, encrypted and watched"), N_("in part"), N_("personal computers without control")),
    ),
)
def computers(read: Reader) -> Verdict:
    """Remote computers are managed and encrypted."""
    return read.answered("ACC-008")


@check(
    "ACC-009",
    severity=Severity.HIGH,
    effort=days(2),
    lead=10,
    cost=2,
    thresholds=N_("own workstation, full tunnel, bastion / own account / like staff"),
    references=(sources.ADMINISTRATION,),
    words=Words(
        title=N_("Administrators' remote access"),
        why=N_("An administrator's stolen session is the whole company."),
        measured=N_("workstation, tunnel and account that administrators use from outside"),
        passed=N_("Administrators use their own workstation, a full tunnel and a bastion."),
        warned=N_("Administrators have accounts of their own, without workstation or bastion."),
        failed=N_("Administrators connect like everybody else."),
        action=N_("Give administrators a profile of their own, in full tunnel, through a bastion"),
        lift=N_("Answer the question."),
        choices=(N_("own workstation, full tunnel and bastion"), N_("own account"), N_("like everybody else")),
    ),
)
def administrators(read: Reader) -> Verdict:
    """Administrators work remotely by a path of their own."""
    return read.answered("ACC-009")


@check(
    "ACC-010",
    severity=Severity.HIGH,
    effort=days(2),
    lead=(10, 20),
    cost=2,
    thresholds=N_("{pass:part} of the remote computers or more seen within 7 days / {warn:part} or more / less"),
    limits=limits("0.95", "0.8"),
    references=(sources.HYGIENE,),
    unblocks=("ACC-011",),
    words=Words(
        title=N_("Endpoint detection coverage"),
        why=N_("An agent that is missing or silent protects nobody."),
        measured=N_("remote computers that the detection console saw within a week"),
        passed=N_("{pass:part} of the remote computers or more reported to the detection console within a week."),
        warned=N_("Less than {pass:part} of the remote computers reported to the detection console within a week."),
        failed=N_("Less than {warn:part} of the remote computers reported to the detection console within a week."),
        action=N_("Deploy the detection agent where it is missing and wake the silent ones"),
        lift=N_("Export the detection console with the date each computer was last seen; declare the share or answer."),
        choices=(N_("95% or more"), N_("80 to 95%"), N_("under 80%, or none")),
    ),
)
def detection(read: Reader) -> Verdict:
    """Remote computers report to the detection console; its export tells their share, else an answer."""
    if read.has_answer("ACC-010"):
        return read.answered("ACC-010")
    share = read.number("endpoints.detected")
    return read.climbs(share, share=share)


@check(
    "ACC-011",
    severity=Severity.HIGH,
    effort=days(2),
    lead=10,
    cost=1,
    thresholds=N_("compliant device, no legacy protocol, passkeys / second factor only / none"),
    references=(sources.NSA,),
    words=Words(
        title=N_("Conditional access"),
        why=N_("Stolen passwords are replayed where old protocols and any device are accepted."),
        measured=N_("sign-in policy of the identity provider"),
        passed=N_("Sign-in asks for a compliant device; old protocols are blocked."),
        warned=N_("Sign-in asks for a second factor only."),
        failed=N_("Sign-in has no condition."),
        action=N_("Block old protocols; ask for a compliant device, and passkeys for administrators"),
        lift=N_("Export the identity provider's policy, then answer."),
        choices=(
            N_("compliant device, old protocols blocked, passkeys for administrators"),
            N_("second factor only"),
            N_("no condition"),
        ),
    ),
)
def conditional(read: Reader) -> Verdict:
    """Identity alone does not suffice to sign in."""
    return read.answered("ACC-011")


@check(
    "ACC-012",
    severity=Severity.HIGH,
    effort=hours(2),
    lead=1,
    cost=0,
    quick_win=True,
    owner="hr",
    thresholds=N_("none older than 45 days / fewer than 5% / more, or a leaver still enabled"),
    references=(sources.HYGIENE,),
    words=Words(
        title=N_("Leavers and sleeping accounts"),
        why=N_("Accounts of people who left are the quiet way in."),
        measured=N_("remote accounts, their last use, and the dates people left"),
        passed=N_("No remote account sleeps for more than 45 days."),
        warned=N_("Fewer than 5% of the remote accounts sleep."),
        failed=N_("Many remote accounts sleep, or a leaver's is still open."),
        action=N_("Disable sleeping accounts; link the list to HR exits, review it monthly"),
        lift=N_("Compare the list of accounts with HR's exits, then answer."),
        choices=(N_("none older than 45 days"), N_("fewer than 5%"), N_("more, or a leaver still enabled")),
    ),
)
def leavers(read: Reader) -> Verdict:
    """No account of a leaver opens the VPN."""
    return read.answered("ACC-012")


SENTENCES = {
    "ACC.half_clear": N_("{device} does not tell both telnet and http."),
    "ACC.half_ssh": N_("{device} does not tell both the version of SSH and its algorithms."),
    "ACC.half_accounts": N_("{device} does not tell how good its secrets are, or whether accounts are central."),
    "ACC.delegated": N_("RADIUS or SAML decides; whether it asks for a second factor must be answered."),
}
