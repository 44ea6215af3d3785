"""The tunnel's cryptography: key exchange, ciphers, groups, renewal of keys, and how the two ends prove themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    settle,
    worst,
)
from auditor.facts import Proposal
from auditor.model import Device, Outcome, Severity
from auditor.values import ABSENT, N_, Absent, Message, Value

BROKEN: Final = re.compile(r"3?des|null|none|rc[24]|arcfour|blowfish|bf|cast|idea|seed|md5|hmacmd5|prfmd5")
STRONG_HASH: Final = re.compile(r"(?:hmac|prf)?(?:sha[235]|aesxcbc|aescmac|aes\d*gmac|poly1305)")
GOOD_GROUPS: Final = frozenset({14, *range(15, 22), 31, 32})
BAD_GROUPS: Final = frozenset({1, 2, 22, 23, 24})
HOUR: Final = 3600


def _offers(read: Reader) -> list[tuple[Device, Proposal]]:
    """Every cryptographic offer of every gateway; Unknown where none was told."""
    found = [(device, row) for device, rows in read.each(facts.VPN_PROPOSALS) for row in rows]
    if not found:
        raise Unknown(Message("VPN.no_offers"))
    return found


def _ike(offers: Iterable[tuple[Device, Proposal]]) -> list[tuple[Device, Proposal]]:
    return [(device, row) for device, row in offers if row.protocol.startswith("ike")]


@check(
    "VPN-005",
    severity=Severity.HIGH,
    effort=days(1),
    lead=5,
    cost=0,
    quick_win=True,
    thresholds=N_("IKEv2 only / IKEv1 left between sites / IKEv1 for users"),
    references=(sources.IKEV1, sources.IPSEC_IKE),
    unblocks=("VPN-006",),
    words=Words(
        title=N_("IKE version"),
        why=N_("IKEv1 is withdrawn: it leaks who connects and allows attacks on shared keys."),
        measured=N_("versions of IKE in the gateways' proposals"),
        passed=N_("Tunnels are negotiated with IKEv2 only."),
        warned=N_("{device} still negotiates IKEv1 with other sites."),
        failed=N_("{device} still negotiates IKEv1 with remote users."),
        action=N_("Create IKEv2 proposals, move the clients, then remove IKEv1"),
        lift=N_("Give read access to the gateway over SSH, or its configuration."),
    ),
)
def ike_version(read: Reader) -> Verdict:
    """No tunnel is negotiated with IKEv1; a gateway without IKE has nothing to judge."""
    offers = _offers(read)
    if not _ike(offers):
        read.whole()
        raise NotApplicable(Message("VPN.no_ike", {"device": offers[0][0].name}))
    return worst(_version(device, row) for device, row in _ike(offers))


def _version(device: Device, row: Proposal) -> Verdict:
    if row.protocol != "ikev1":
        return Verdict(Outcome.PASS, {"device": device.name})
    return Verdict(Outcome.WARN if row.use == "site" else Outcome.FAIL, {"device": device.name})


@check(
    "VPN-006",
    severity=Severity.HIGH,
    effort=hours(4),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_("AES-GCM, or AES with SHA-2 / SHA-1 left / 3DES, DES, MD5 or none"),
    references=(sources.IPSEC_CIPHERS, sources.ESP, sources.BSI),
    unblocks=("VPN-003",),
    words=Words(
        title=N_("Encryption and integrity"),
        why=N_("What is still offered can be chosen: one old algorithm left is enough for an attacker to ask for it."),
        measured=N_("encryption and integrity algorithms of the gateways' proposals"),
        passed=N_("The gateways offer AES with SHA-2 or AES-GCM only."),
        warned=N_("{device} still offers {weak:list}."),
        failed=N_("{device} still offers {weak:list}, which is broken."),
        action=N_("Keep AES-GCM or AES with SHA-256; delete the other algorithms"),
        lift=N_("Give read access to the gateway over SSH, or its configuration."),
    ),
)
def algorithms(read: Reader) -> Verdict:
    """Nothing weaker than AES and SHA-2 is offered."""
    verdicts, missing = [], []
    for device, row in _offers(read):
        if not _whole(row):
            missing.append(Unknown(Message("VPN.half_offer", {"device": device.name, "protocol": row.protocol})))
        for outcome in (Outcome.FAIL, Outcome.WARN):
            if weak := tuple(name for name, found in _weights(row) if found is outcome):
                verdicts.append(Verdict(outcome, {"device": device.name, "weak": weak}))
    return settle(verdicts or [Verdict(Outcome.PASS)], missing)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower()).removeprefix("esp").removesuffix("hmac")


def _whole(row: Proposal) -> bool:
    """Whether an offer tells its ciphers, and its integrity where the ciphers do not bring their own."""
    ciphers = () if isinstance(row.encryption, Absent) else row.encryption
    hashes = () if isinstance(row.integrity, Absent) else row.integrity
    return bool(ciphers) and (bool(hashes) or _sealed(ciphers))


def _sealed(ciphers: Iterable[str]) -> bool:
    """Whether every cipher checks integrity by itself."""
    return all(re.search("gcm|ccm|poly1305", _plain(name)) for name in ciphers)


def _weights(row: Proposal) -> list[tuple[str, Outcome]]:
    """What each algorithm of an offer is worth; one that this version does not know is not trusted."""
    ciphers = () if isinstance(row.encryption, Absent) else row.encryption
    hashes = () if isinstance(row.integrity, Absent) else row.integrity
    found = [(name, _cipher(_plain(name))) for name in ciphers]
    sealed = bool(ciphers) and _sealed(ciphers)
    return found + [(name, _hash(_plain(name))) for name in hashes if not (sealed and _plain(name) in ("null", "none"))]


def _cipher(name: str) -> Outcome:
    if name.startswith(("aes", "chacha20")):
        return Outcome.PASS
    return Outcome.FAIL if BROKEN.match(name) else Outcome.WARN


def _hash(name: str) -> Outcome:
    if BROKEN.match(name):
        return Outcome.FAIL
    return Outcome.PASS if STRONG_HASH.match(name) else Outcome.WARN


@check(
    "VPN-007",
    severity=Severity.HIGH,
    effort=hours(2),
    lead=3,
    cost=0,
    quick_win=True,
    thresholds=N_("15-21, 31, 32, and 14 until 2030 / 5, 25, 26 or another / 1, 2, 22-24"),
    references=(sources.IKEV2, sources.IPSEC_GROUPS),
    words=Words(
        title=N_("Diffie-Hellman group"),
        why=N_("Recorded traffic is opened later when the key exchange was too small."),
        measured=N_("Diffie-Hellman groups of the gateways' proposals"),
        passed=N_("The gateways offer strong groups only ({groups:list}); group 14 holds until 2030."),
        warned=N_("{device} still offers the group {groups:list}."),
        failed=N_("{device} still offers the group {groups:list}, which is broken or suspect."),
        action=N_("Offer groups 19, 20, 31, 15 or 16; keep 14 until 2030 only"),
        lift=N_("Give read access to the gateway over SSH, or its configuration."),
    ),
)
def groups(read: Reader) -> Verdict:
    """Keys are exchanged in strong groups only."""
    by_side: dict[tuple[str, str, str], set[int]] = {}
    for device, row in _ike(_offers(read)):
        here = by_side.setdefault((device.name, row.protocol, row.use), set())
        here |= set() if isinstance(row.dh_groups, Absent) else set(row.dh_groups)
        here |= {row.pfs} if isinstance(row.pfs, int) and row.pfs else set()
    verdicts = [_group_verdict(device, told) for (device, _, _), told in by_side.items() if told]
    silent = [device for (device, _, _), told in by_side.items() if not told]
    missing = [Unknown(Message("VPN.no_groups", {"device": device})) for device in silent]
    return settle(verdicts, missing)


def _group_verdict(device: str, told: set[int]) -> Verdict:
    for outcome, some in ((Outcome.FAIL, told & BAD_GROUPS), (Outcome.WARN, told - GOOD_GROUPS)):
        if some:
            return Verdict(outcome, {"device": device, "groups": _texts(some)})
    return Verdict(Outcome.PASS, {"device": device, "groups": _texts(told)})


def _texts(numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(str(number) for number in sorted(numbers))


@check(
    "VPN-008",
    severity=Severity.MEDIUM,
    effort=hours(2),
    lead=2,
    cost=0,
    quick_win=True,
    thresholds=N_("forward secrecy, keys renewed within 8 h (24 h for IKE) / off, or later / never renewed"),
    references=(sources.IPSEC_KEYS, sources.NIST_IPSEC),
    words=Words(
        title=N_("Perfect forward secrecy and rekey"),
        why=N_("With forward secrecy and fresh keys, one stolen key opens one hour of traffic, not a year."),
        measured=N_("forward secrecy and lifetime of keys in the gateways' proposals"),
        passed=N_("Forward secrecy is on and keys are renewed in time."),
        warned=N_("On {device}, forward secrecy is off or keys live too long."),
        failed=N_("On {device}, keys are never renewed."),
        action=N_("Switch forward secrecy on; renew data keys every hour and IKE keys within 8 to 24 hours"),
        lift=N_("Give read access to the gateway over SSH, or its configuration."),
    ),
)
def renewal(read: Reader) -> Verdict:
    """Keys are renewed, each independent of the one before."""
    by_device: dict[str, list[Proposal]] = {}
    for device, row in _ike(_offers(read)):
        by_device.setdefault(device.name, []).append(row)
    verdicts, missing = [], []
    for name, rows in by_device.items():
        verdicts.append(Verdict(min((_renewed(row) for row in rows), key=_rank), {"device": name}))
        if all(row.pfs is ABSENT for row in rows) or all(row.lifetime_s is ABSENT for row in rows):
            missing.append(Unknown(Message("VPN.no_renewal", {"device": name})))
    return settle(verdicts, missing or ([] if verdicts else [Unknown(Message("VPN.no_offers"))]))


def _renewed(row: Proposal) -> Outcome:
    """IKE's own keys (an offer with groups) may live a day, data keys eight hours."""
    if row.lifetime_s == 0:
        return Outcome.FAIL
    limit = 8 * HOUR if isinstance(row.dh_groups, Absent) else 24 * HOUR
    late = not isinstance(row.lifetime_s, Absent) and row.lifetime_s > limit
    return Outcome.WARN if late or row.pfs == 0 else Outcome.PASS


def _rank(outcome: Outcome) -> int:
    return (Outcome.FAIL, Outcome.WARN, Outcome.PASS).index(outcome)


@check(
    "VPN-009",
    severity=Severity.HIGH,
    effort=days(3),
    lead=15,
    cost=1,
    thresholds=N_("certificate and user / user and shared key / shared key alone"),
    references=(sources.IPSEC_PEERS,),
    unblocks=("ACC-001",),
    words=Words(
        title=N_("Peer authentication"),
        why=N_("A key shared by everybody is known to everybody who ever left."),
        measured=N_("authentication methods of each remote-access group"),
        passed=N_("Every group asks for a certificate of the computer and for its user."),
        warned=N_("The group {group} does not ask for both a certificate and a user ({methods:list})."),
        failed=N_("The group {group} is opened by a shared key alone."),
        action=N_("Issue certificates to the computers, with revocation"),
        lift=N_("Give read access to the gateway over SSH, or its configuration."),
    ),
)
def peers(read: Reader) -> Verdict:
    """The computer and its user both prove who they are."""
    return worst(_peer(row.group, row.methods) for _, rows in read.each(facts.VPN_AUTHENTICATION) for row in rows)


def _peer(group: str, methods: tuple[str, ...]) -> Verdict:
    told = set(methods)
    numbers: dict[str, Value] = {"group": group, "methods": methods}
    if "certificate" in told and told - {"certificate", "psk"}:
        return Verdict(Outcome.PASS, numbers)
    return Verdict(Outcome.FAIL if told <= {"psk"} else Outcome.WARN, numbers)


SENTENCES = {
    "VPN.no_offers": N_("No gateway told its cryptographic proposals."),
    "VPN.no_ike": N_("{device} told its proposals, and none uses IKE."),
    "VPN.half_offer": N_("{device} does not tell all the algorithms of its {protocol} proposals."),
    "VPN.no_groups": N_("{device} does not tell the Diffie-Hellman groups of its proposals."),
    "VPN.no_renewal": N_("{device} does not tell forward secrecy and the lifetime of keys."),
}
