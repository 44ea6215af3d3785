"""Access hygiene: second factor, management plane, accounts, logs and the state of remote computers."""

from __future__ import annotations

from typing import Final

from auditor import facts
from auditor.checks.engine import Reader, Unknown, Verdict, Words, check, days, hours, limits, worst
from auditor.model import ABSENT, N_, Device, Message, Outcome, Severity, Value

SECOND: Final = {"otp", "mfa", "totp", "fido", "duo", "push"}
DELEGATED: Final = {"saml", "radius", "oidc"}


@check(
    "ACC-001",
    severity=Severity.CRITICAL,
    effort=days(2),
    lead=(3, 7),
    cost=1,
    thresholds=N_("all users, administrators phishing-resistant / all / any user on a password alone"),
    references=("NSA and CISA, Selecting and Hardening Remote Access VPN Solutions (2021)", "ANSSI-PA-054"),
    unblocks=("VPN-011",),
    words=Words(
        title=N_("Second factor for all remote users"),
        why=N_("A stolen password alone must not open the company's network."),
        measured=N_("authentication methods of each VPN group"),
        passed=N_("All remote users have a second factor, phishing-resistant for administrators."),
        warned=N_("All remote users have a second factor; administrators' is not phishing-resistant."),
        failed=N_("A password alone opens the VPN (group {group})."),
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
    groups = _groups(read)
    for name, methods in groups:
        if not methods & (SECOND | DELEGATED | {"certificate"}):
            return Verdict(Outcome.FAIL, {"group": name})
    if "ACC-001" not in read.site.answers and any(methods & DELEGATED for _, methods in groups):
        raise Unknown(Message("ACC.delegated"))
    if groups and all(methods & SECOND or "certificate" in methods for _, methods in groups):
        strong = all("certificate" in methods for _, methods in groups)
        return Verdict(Outcome.PASS if strong else Outcome.WARN, {"group": ""})
    return read.answered("ACC-001", group="?")


def _groups(read: Reader) -> list[tuple[str, set[str]]]:
    """Authentication methods by group; nothing where no gateway told and an answer is there."""
    try:
        told = read.each(facts.VPN_AUTHENTICATION)
    except Unknown:
        if "ACC-001" in read.site.answers:
            return []
        raise
    return [(row.group, set(row.methods)) for _, rows in told for row in rows]


@check(
    "ACC-002",
    severity=Severity.CRITICAL,
    effort=hours(1),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("internal only / restricted by address / open"),
    references=("NSA and CISA (2021)", "CIS Benchmarks"),
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
    references=("CIS Benchmarks",),
    words=Words(
        title=N_("No management in the clear"),
        why=N_("Telnet and http show the administrator's password to anyone on the path."),
        measured=N_("telnet and http management of each device"),
        passed=N_("No device is managed over telnet or http."),
        warned=N_("{device} still answers http."),
        failed=N_("{device} is managed in the clear ({services:list})."),
        action=N_("Disable telnet and http; keep SSH and https"),
        lift=N_("Give read access to the devices over SSH."),
    ),
)
def clear_text(read: Reader) -> Verdict:
    """Telnet and http are off everywhere."""
    open_services: dict[str, list[str]] = {}
    for key, service in ((facts.ACCESS_TELNET, "telnet"), (facts.ACCESS_HTTP, "http")):
        for device, on in read.each(key):
            if on:
                open_services.setdefault(device.name, []).append(service)
    if not open_services:
        return Verdict(Outcome.PASS)
    name, services = next(iter(open_services.items()))
    return Verdict(Outcome.FAIL, {"device": name, "services": tuple(services)})


@check(
    "ACC-004",
    severity=Severity.HIGH,
    effort=hours(2),
    lead=2,
    cost=0,
    quick_win=True,
    thresholds=N_("v3 authPriv + ACL / v2c random + ACL / public, private or no ACL"),
    references=("RFC 3414 (SNMPv3)", "CIS Benchmarks"),
    words=Words(
        title=N_("Safe SNMP"),
        why=N_("A guessable community tells an intruder the whole network, sometimes lets him change it."),
        measured=N_("SNMP versions, communities (class only) and filters of each device"),
        passed=N_("SNMP is version 3 with privacy on every device."),
        warned=N_("{device} still answers SNMP without encryption."),
        failed=N_("{device} answers SNMP with a default or guessable community, or to anybody."),
        action=N_("Move to SNMPv3 with privacy; restrict it by address"),
        lift=N_("Give read access to the devices over SSH."),
    ),
)
def snmp(read: Reader) -> Verdict:
    """SNMP is encrypted and restricted."""

    def one(device: Device, accesses: tuple[str, ...]) -> Verdict:
        numbers = {"device": device.name}
        if any(access.endswith(("default", "guessable", "open")) for access in accesses):
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
    references=("RFC 9142 (SSH key exchange)",),
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
    """SSH is version 2 with modern algorithms."""
    versions = {device.name: version for device, version in read.each(facts.ACCESS_SSH_VERSION)}
    offers = {device.name: names for device, names in read.each(facts.ACCESS_SSH_ALGORITHMS)}

    def one(device: str) -> Verdict:
        names = offers.get(device, ())
        weak = any(name.startswith(("arcfour", "des", "blowfish")) or name == "none" for name in names)
        if versions.get(device, "2").startswith("1") or weak:
            return Verdict(Outcome.FAIL, {"device": device})
        old = any(name.endswith("sha1") or name in ("ssh-rsa", "ssh-dss") for name in names)
        return Verdict(Outcome.WARN if old else Outcome.PASS, {"device": device})

    return worst(one(device) for device in sorted(versions.keys() | offers.keys()))


@check(
    "ACC-006",
    severity=Severity.CRITICAL,
    effort=hours(4),
    lead=2,
    cost=0,
    quick_win=True,
    thresholds=N_("central accounts + 1 local / many local / default password"),
    references=("CISA, default credentials", "CIS Benchmarks"),
    unblocks=("ACC-001",),
    words=Words(
        title=N_("Local and default accounts"),
        why=N_("Local accounts outlive the people; default passwords are public."),
        measured=N_("local accounts of each device, default secrets among them, central authentication"),
        passed=N_("Devices use central accounts, with one local account for emergencies."),
        warned=N_("{device} keeps {accounts} local accounts or has no central authentication."),
        failed=N_("{device} has an account with a default or guessable password."),
        action=N_("Change default passwords; link the devices to RADIUS or TACACS+"),
        lift=N_("Give read access to the devices over SSH."),
    ),
)
def accounts(read: Reader) -> Verdict:
    """No default password; accounts are central."""
    told = read.each(facts.ACCESS_LOCAL_USERS)
    central = {device.name: how for device, how in read.each(facts.ACCESS_CENTRAL_AUTHENTICATION)}
    verdicts = []
    for device, rows in told:
        total = sum(row.total for row in rows)
        numbers: dict[str, Value] = {"device": device.name, "accounts": total}
        if any(row.default_secret is not ABSENT and row.default_secret for row in rows):
            verdicts.append(Verdict(Outcome.FAIL, numbers))
        elif central.get(device.name, "none") == "none" or total > 1:
            verdicts.append(Verdict(Outcome.WARN, numbers))
        else:
            verdicts.append(Verdict(Outcome.PASS, numbers))
    if not verdicts:
        raise Unknown(Message("unknown.nobody", {"fact": "access.local_users"}))
    return worst(verdicts)


@check(
    "ACC-007",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=2,
    cost=1,
    quick_win=True,
    thresholds=N_("off the device, 6 months or more / local only / none"),
    references=("NSA and CISA (2021)", "ANSSI, Guide d'hygiène informatique", "CNIL"),
    words=Words(
        title=N_("Logs of remote access"),
        why=N_("Without logs kept elsewhere, nobody can tell who came in, or prove it."),
        measured=N_("where each device sends its logs"),
        passed=N_("Logs are kept off the devices for six months or more."),
        warned=N_("{device} keeps its logs to itself, or how long they are kept is not known."),
        failed=N_("{device} keeps no log."),
        action=N_("Send logs to a collector, with the right clock (NTP)"),
        lift=N_("Give read access to the devices over SSH, and answer how long logs are kept."),
        choices=(N_("off the devices, six months or more"), N_("kept for less, or on the device"), N_("not kept")),
    ),
)
def logs(read: Reader) -> Verdict:
    """Logs leave the device and are kept long enough; how long, only an answer can tell."""
    kept = read.answer("ACC-007") if "ACC-007" in read.site.answers else ""

    def one(device: Device, targets: tuple[str, ...]) -> Verdict:
        numbers = {"device": device.name}
        if not targets:
            return Verdict(Outcome.FAIL, numbers)
        away = any(target != "local" for target in targets)
        return Verdict(Outcome.PASS if away and kept == "good" else Outcome.WARN, numbers)

    return worst(one(device, targets) for device, targets in read.each(facts.ACCESS_LOGGING))


@check(
    "ACC-008",
    severity=Severity.HIGH,
    effort=days(5),
    lead=(15, 30),
    cost=2,
    thresholds=N_("managed, encrypted, EDR / managed in part / personal, uncontrolled"),
    references=("NIST SP 800-46 Rev. 2",),
    words=Words(
        title=N_("State of remote computers"),
        why=N_("A remote computer nobody manages brings its infections into the tunnel."),
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
    references=("ANSSI-PA-022, R49 and R50",),
    words=Words(
        title=N_("Administrators' remote access"),
        why=N_("An administrator's stolen session is the whole company."),
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
    references=("ANSSI, Guide d'hygiène informatique",),
    unblocks=("ACC-011",),
    words=Words(
        title=N_("Endpoint detection coverage"),
        why=N_("An agent that is missing or silent protects nobody."),
        passed=N_("95 % of the remote computers or more reported to the detection console within a week."),
        warned=N_("80 to 95 % of the remote computers reported to the detection console within a week."),
        failed=N_("Less than 80 % of the remote computers reported to the detection console within a week."),
        action=N_("Deploy the detection agent where it is missing and wake the silent ones"),
        lift=N_("Export the detection console with the date each computer was last seen, then answer."),
        choices=(N_("95 % or more"), N_("80 to 95 %"), N_("under 80 %, or none")),
    ),
)
def detection(read: Reader) -> Verdict:
    """Remote computers report to the detection console."""
    return read.answered("ACC-010")


@check(
    "ACC-011",
    severity=Severity.HIGH,
    effort=days(2),
    lead=10,
    cost=1,
    thresholds=N_("compliant device, no legacy protocol, passkeys / second factor only / none"),
    references=("NSA and CISA (2021)",),
    words=Words(
        title=N_("Conditional access"),
        why=N_("Stolen passwords are replayed where old protocols and any device are accepted."),
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
    thresholds=N_("none older than 45 days / < 5 % / more, or a leaver still enabled"),
    references=("ANSSI, Guide d'hygiène informatique",),
    words=Words(
        title=N_("Leavers and sleeping accounts"),
        why=N_("Accounts of people who left are the quiet way in."),
        passed=N_("No remote account sleeps for more than 45 days."),
        warned=N_("Fewer than 5 % of the remote accounts sleep."),
        failed=N_("Many remote accounts sleep, or a leaver's is still open."),
        action=N_("Disable sleeping accounts; link the list to HR exits, review it monthly"),
        lift=N_("Compare the list of accounts with HR's exits, then answer."),
        choices=(N_("none older than 45 days"), N_("fewer than 5 %"), N_("more, or a leaver still enabled")),
    ),
)
def leavers(read: Reader) -> Verdict:
    """No account of a leaver opens the VPN."""
    return read.answered("ACC-012")


SENTENCES = {
    "ACC.delegated": N_("RADIUS or SAML decides; whether it asks for a second factor must be answered."),
}
