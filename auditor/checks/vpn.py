"""Remote access itself: that it exists, and how many people its licences, platform and addresses let in."""

from __future__ import annotations

from typing import Any, Final

from auditor import facts
from auditor.checks import sources
from auditor.checks.engine import Reader, Unknown, Verdict, Words, check, days, hours, limits, settle
from auditor.model import Key, Outcome, Severity
from auditor.values import N_

PROOFS: Final[tuple[Key[Any], ...]] = (
    facts.VPN_AUTHENTICATION,
    facts.VPN_POOLS,
    facts.VPN_TUNNEL_MODE,
    facts.VPN_SESSIONS_NOW,
    facts.VPN_SESSIONS_PEAK,
)
"""Any of these, not empty and not zero, is somebody's way in."""


def gateway(read: Reader) -> str:
    """The device whose own settings or sessions prove that remote users enter by it; "" where none does."""
    told = (device.name for key in PROOFS for device, value in read.some(key) if value)
    return next(told, "")


@check(
    "VPN-001",
    severity=Severity.CRITICAL,
    effort=days(3),
    lead=10,
    cost=2,
    thresholds=N_(
        "VPN, or ZTNA for every internal application / reverse proxy only / none, or remote desktop published"
    ),
    references=(sources.NIST_TELEWORK, sources.NOMADISM),
    unblocks=("VPN-002..016", "VPN-018..021"),
    words=Words(
        title=N_("Remote access (VPN, ZTNA or SSE) exists"),
        why=N_("Without a tunnel, people work from home on published desktops, which attackers find within hours."),
        measured=N_("remote-access groups, address pools and sessions of the gateways, published remote desktops"),
        passed=N_("Remote users enter by a VPN, or by a ZTNA service for every internal application."),
        warned=N_("Remote users reach some applications through a reverse proxy, and nothing else."),
        failed=N_("There is no remote access, or remote desktops are published on the internet in its place."),
        action=N_("Set up the firewall's VPN and order client licences"),
        lift=N_("Give read access to the gateway over SSH, or answer the question."),
        choices=(
            N_("a VPN, or ZTNA for every internal application"),
            N_("a reverse proxy only"),
            N_("none, or remote desktops published"),
        ),
    ),
)
def exists(read: Reader) -> Verdict:
    """Remote users have a protected way in."""
    if gateway(read):
        return Verdict(Outcome.PASS)
    if any(row.service == "rdp" for _, rows in read.some(facts.FIREWALL_EXPOSED) for row in rows):
        return Verdict(Outcome.FAIL)
    return read.answered_else("VPN-001", facts.VPN_AUTHENTICATION, "VPN.no_gateway")


@check(
    "VPN-002",
    severity=Severity.CRITICAL,
    effort=hours(2),
    lead=(1, 5),
    cost=2,
    thresholds=N_("{pass:1} times the people needed or more / {warn:1} or more / less"),
    limits=limits("1", "0.6"),
    references=(sources.LICENCES,),
    unblocks=("TEL-003", "HOM-009"),
    words=Words(
        title=N_("Licences for required concurrency"),
        why=N_("Licences are a hidden ceiling: the next person is refused, whatever the link could carry."),
        measured=N_("concurrent remote users that the licences allow"),
        passed=N_("The VPN licences let {seats} people in at once; {required} are needed."),
        warned=N_("The VPN licences let {seats} people in at once; {required} are needed, {short} are missing."),
        failed=N_("The VPN licences let {seats} people in at once; {required} are needed, {short} are missing."),
        action=N_("Order concurrent VPN licences; ask the vendor for emergency terms"),
        lift=N_("Give read access to the gateway over SSH, or declare its licences."),
    ),
)
def licences(read: Reader) -> Verdict:
    """Everybody who must work remotely can hold a session at once."""
    return read.enough(read.seats("vpn.licence"))


@check(
    "VPN-003",
    severity=Severity.HIGH,
    effort=days(2),
    lead=(15, 45),
    cost=3,
    owner="integrator",
    thresholds=N_("{pass:1} times the people needed or more / {warn:1} or more / less"),
    limits=limits("1.2", "1"),
    references=(sources.DATA_SHEETS,),
    words=Words(
        title=N_("Platform and crypto headroom"),
        why=N_("A data sheet's encryption rate is a best case; in practice about half of it remains."),
        measured=N_("remote users that the gateway's own limit and its encryption engine carry"),
        passed=N_("The VPN gateway carries {seats} people; {required} are needed, with the margin asked for."),
        warned=N_("The VPN gateway carries {seats} people for {required} needed: not the margin asked for."),
        failed=N_("The VPN gateway carries {seats} people; {required} are needed."),
        action=N_("Use AES-GCM with hardware offload, add a second gateway, or replace it"),
        lift=N_("Give read access to the gateway, and declare the encryption rate of its data sheet."),
    ),
)
def headroom(read: Reader) -> Verdict:
    """The gateway's limit and its engine both carry everybody, with a margin."""
    verdicts, missing = [], []
    for resource in ("vpn.crypto", "vpn.platform"):
        try:
            seats = read.seats(resource)
        except Unknown as unknown:
            missing.append(unknown)
            continue
        verdicts.append((seats, read.enough(seats)))
    return settle([verdict for _, verdict in sorted(verdicts, key=lambda pair: pair[0])], missing)


@check(
    "VPN-004",
    severity=Severity.HIGH,
    effort=hours(2),
    lead=1,
    cost=0,
    quick_win=True,
    thresholds=N_("{pass:1} times the people needed or more / {warn:1} or more / less"),
    limits=limits("1.2", "1"),
    unblocks=("VPN-002",),
    words=Words(
        title=N_("Address pool size"),
        why=N_("A pool that runs out refuses people without a word that they would understand."),
        measured=N_("usable addresses of the pools for remote users"),
        passed=N_("The VPN has {seats} addresses for {required} people, with the margin asked for."),
        warned=N_("The VPN has {seats} addresses for {required} people: not the margin asked for."),
        failed=N_("The VPN has {seats} addresses for {required} people: {short} find none."),
        action=N_("Enlarge the address pool, with its routes and rules"),
        lift=N_("Give read access to the gateway over SSH, or declare the size of its pools."),
    ),
)
def pool(read: Reader) -> Verdict:
    """Everybody finds an address."""
    return read.enough(read.seats("vpn.pool"))


SENTENCES = {
    "VPN.no_gateway": N_("No device shows a remote access, and the question was not answered."),
}
