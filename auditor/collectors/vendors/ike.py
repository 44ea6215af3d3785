"""strongSwan and libreswan: security associations, pools and connections, as their own tools show them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors import saved
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.trees import ended
from auditor.facts import Authentication, Pool, Proposal, VpnService
from auditor.model import Key
from auditor.values import ABSENT, Absent

STRONGSWAN, LIBRESWAN = "strongswan", "libreswan"
GROUPS: Final[Mapping[str, int]] = {
    "MODP_768": 1, "MODP_1024": 2, "MODP_1536": 5, "MODP_2048": 14, "MODP_3072": 15, "MODP_4096": 16, "MODP_6144": 17,
    "MODP_8192": 18, "ECP_256": 19, "ECP_384": 20, "ECP_521": 21, "MODP_1024_160": 22, "MODP_2048_224": 23,
    "MODP_2048_256": 24, "ECP_192": 25, "ECP_224": 26, "ECP_256_BP": 28, "ECP_384_BP": 29, "ECP_512_BP": 30,
    "CURVE_25519": 31, "CURVE_448": 32, "KE1_ML_KEM_512": 35, "KE1_ML_KEM_768": 36, "KE1_ML_KEM_1024": 37,
}  # fmt: skip
"""strongSwan's names of IANA's transform type 4."""


PEOPLE: Final = (
    r"(?m)(^  remote ')([^'\n]+)(?=')",
    r"(?m)(^  remote .*(?:EAP|XAUTH): ')([^'\n]+)(?=')",
    r"(?m)(^  \S+ +(?:online|offline) +')([^'\n]+)(?=')",
    r"(?m)(Remote (?:EAP|XAuth) identity: )(\S+)",
)
"""Who is connected: the identities of peers, and those that hold a lease."""

# ---- suites ----


def suite(text: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]:
    """Ciphers, integrity and groups of `AES_CBC-256/HMAC_SHA2_256_128/PRF_…/ECP_256` (either dash or underscore)."""
    ciphers, hashes, groups = [], [], []
    for part in re.split(r"[/:]", text):
        name = part.strip().upper().replace("-", "_")
        if name in GROUPS:
            groups.append(GROUPS[name])
        elif name.startswith("HMAC_") or name in ("AES_XCBC_96", "AES_CMAC_96"):
            hashes.append(_hash(name))
        elif cipher := _cipher(name):
            ciphers.append(cipher)
    return tuple(ciphers), tuple(hashes), tuple(groups)


def _cipher(name: str) -> str:
    if found := re.fullmatch(r"AES_(CBC|CTR)_(\d+)", name):
        return f"aes-{found[2]}-{found[1].lower()}"
    if found := re.fullmatch(r"AES_(GCM|CCM)_\d+_(\d+)", name):
        return f"aes-{found[2]}-{found[1].lower()}"
    known = {"3DES_CBC": "3des", "DES_CBC": "des", "CHACHA20_POLY1305": "chacha20-poly1305", "NULL": "null"}
    plain = re.sub(r"_\d+$", "", name)
    return (
        known.get(name)
        or known.get(plain)
        or ("camellia" if "CAMELLIA" in name else "blowfish" if "BLOWFISH" in name else "")
    )


def _hash(name: str) -> str:
    found = re.search(r"SHA2_(\d{3})", name)
    return f"sha{found[1]}" if found else "sha1" if "SHA1" in name else "md5" if "MD5" in name else name.lower()


def _proposal(use: str, version: str, text: str, lifetime: int | Absent = ABSENT) -> Proposal | None:
    ciphers, hashes, groups = suite(text)
    if not ciphers:
        return None
    return Proposal(use, f"ikev{version}", ciphers, hashes or ABSENT, groups or ABSENT, lifetime_s=lifetime)


# ---- swanctl --list-sas ----


@dataclass(frozen=True, slots=True)
class Association:
    """An IKE_SA: whether it is up and carries traffic, and the address it gave its peer."""

    name: str
    version: str
    state: str
    carries: bool
    virtual: str = ""
    suite: str = ""

    @property
    def works(self) -> bool:
        """Up with a CHILD_SA: without one nothing goes through it."""
        return self.state == "ESTABLISHED" and self.carries


_SA: Final = re.compile(r"(?m)^([^\s:][^:\n]*): #\d+, ([A-Z]+), IKEv(\d)")


def associations(output: str) -> Told:
    """`swanctl --list-sas`: a peer that was given an address is a user, another one a tunnel between sites."""
    found = list(_associations(output))
    if not found or _cut(output):
        return unread(output)
    working = [one for one in found if one.works]
    users = sum(1 for one in working if one.virtual)
    told: dict[Key[Any], Any] = {facts.VPN_SERVICES: (VpnService(STRONGSWAN, users, len(working) - users),)}
    offers = [_proposal("remote" if one.virtual else "site", one.version, one.suite) for one in found if one.suite]
    if known := tuple(dict.fromkeys(offer for offer in offers if offer)):
        told[facts.VPN_PROPOSALS] = known
    return Told(told, _strange(output))


def _cut(output: str) -> bool:
    """Whether an answer may have been cut off within its last association: a CHILD_SA ends with its far networks."""
    last = output.rstrip().rpartition("\n")[2]
    return not ended(output) and not re.match(r"    remote +\S", last)


def _associations(output: str) -> Iterator[Association]:
    starts = [*_SA.finditer(output)]
    for at, head in enumerate(starts):
        block = output[head.end() : starts[at + 1].start() if at + 1 < len(starts) else len(output)]
        virtual = re.search(r"(?m)^  remote .*?\[\d+\](?: (?:EAP|XAUTH): '[^'\n]*')* \[([^\]]+)\]", block)
        suites = re.search(r"(?m)^  ([A-Z0-9_-]+(?:/[A-Z0-9_-]+)+)$", block)
        carries = re.search(r"(?m)^  \S[^\n]*: #\d+, (?:reqid \d+, )?INSTALLED\b", block)
        yield Association(
            line(head[1]), head[3], head[2], bool(carries), virtual[1] if virtual else "", suites[1] if suites else ""
        )


def _strange(output: str) -> int:
    """Lines at the margin that begin no association."""
    return sum(1 for one in output.splitlines() if one and not one[0].isspace() and not _SA.match(one) and ":" in one
               and not one.startswith(("plugin ", "sudo: ")))  # fmt: skip


def statistics(output: str) -> Told:
    """`swanctl --stats`: that there is no association at all is told nowhere else."""
    found = re.search(r"(?m)^IKE_SAs: (\d+) total, (\d+) half-open", output)
    if found is None:
        return unread(output)
    return Told({facts.VPN_SERVICES: (VpnService(STRONGSWAN, 0, 0),)} if found[1] == "0" else {})


def pools(output: str) -> Told:
    """`swanctl --list-pools`: `ra_pool  10.78.0.0  3 / 0 / 14`, online, offline and size."""
    found = []
    for name, base, online, size in re.findall(r"(?m)^(\S+)\s+([\da-fA-F.:]+)\s+(\d+) / \d+ / (\d+)\s*$", output):
        found.append(pool(line(name), base, int(size), int(online)))
    return Told({facts.VPN_POOLS: tuple(found)}) if found else unread(output)


def pool(name: str, base: str, size: int, used: int | Absent) -> Pool:
    """A pool by its first address and size: a whole network loses its first and last address."""
    try:
        first = ipaddress.ip_address(base)
    except ValueError:
        return Pool(name, addresses=size, used=used)
    bits = (size + 2).bit_length() - 1
    if size and size + 2 == 2**bits and int(first) % 2**bits == 0:
        return Pool(name, network=f"{base}/{first.max_prefixlen - bits}", addresses=size, used=used)
    last = str(first + size - 1) if 0 < size < 2**32 else ABSENT
    return Pool(name, first=base, last=last, addresses=size, used=used)


# ---- swanctl --list-conns ----

_METHODS: Final = (
    ("pre-shared key", "psk"), ("public key", "certificate"), ("xauth", "local"), ("radius", "radius"),
    ("eap_tls", "certificate"), ("eap-tls", "certificate"), ("eap", "local"), ("ntlm", "local"),
)  # fmt: skip


def connections(output: str) -> Told:
    """`swanctl --list-conns`: how the peers of each connection prove who they are, and where users are led."""
    heads = [*re.finditer(r"(?m)^([^\s:][^:\n]*): (IKEv1(?:/2)?|IKEv2)\b", output)]
    if not heads:
        return unread(output)
    groups: list[Authentication] = []
    told: dict[Key[Any], Any] = {}
    if ended(output):
        told[facts.CONFIG_RUNNING] = (
            saved.part("ike", saved.HEARD, ""),
            *(saved.part("ike", *one.groups()) for one in heads),
        )
    for at, head in enumerate(heads):
        block = output[head.start() : heads[at + 1].start() if at + 1 < len(heads) else len(output)]
        if not _answers_anybody(block) or not re.search(r"(?m)^  \S[^\n]*: (?:TUNNEL|TRANSPORT|BEET|PASS)", block):
            continue  # not for users, or cut off before its children
        if methods := _asked(block):
            groups.append(Authentication(line(head[1]), methods))
        told |= _led(re.findall(r"(?m)^    local:\s+(.*)$", block))
    if groups:
        told[facts.VPN_AUTHENTICATION] = tuple(groups)
        told[facts.VPN_SERVICES] = (VpnService(STRONGSWAN, remote=True),)
    return Told(told)


def _answers_anybody(block: str) -> bool:
    """Whether a connection takes peers of any address and hands them one: those of remote users."""
    return bool(
        re.search(r"(?m)^  remote:.*(?:%any|0\.0\.0\.0/0)", block) and re.search(r"(?m)^    remote:.*dynamic", block)
    )


def _asked(block: str) -> tuple[str, ...]:
    found = []
    for said in re.findall(r"(?m)^  remote (.+?) authentication:", block):
        found += [method for words, method in _METHODS if words in said.lower()][:1]
    return tuple(dict.fromkeys(found))


def _led(local: Iterable[str]) -> dict[Key[Any], Any]:
    """Whether everything goes through the tunnel, or the networks behind the gateway."""
    networks = [word for text in local for word in text.split()]
    if any(word in ("0.0.0.0/0", "::/0") for word in networks):
        return {facts.VPN_TUNNEL_MODE: "full"}
    routes = tuple(word for word in networks if re.fullmatch(r"[\da-fA-F.:]+/\d+", word))
    return {facts.VPN_TUNNEL_MODE: "split", facts.VPN_TUNNEL_ROUTES: routes} if routes else {}


# ---- ipsec statusall (strongSwan's older tool) ----


def statusall(output: str) -> Told:
    """Associations of connections that take any peer and lead to one host are users; the rest are tunnels."""
    head = re.search(r"(?m)^Security Associations \((\d+) up, (\d+) connecting\):", output)
    if head is None:
        return unread(output)
    above, below = output[: head.start()], output[head.end() :]
    anybody = set(re.findall(r"(?m)^\s*(\S+?):\s+\S+\.\.\.(?:%any|0\.0\.0\.0)\S*\s+IKEv", above))
    working = list(_working(below))
    established = len(re.findall(r"(?m)^\s*\S+\[\d+\]: ESTABLISHED", below))
    whole = ended(output) or not established or re.search(r"=== \S.*/(?!(?:1|12|3)\s*\Z)\d+\s*\Z", below)
    if established < int(head[1]) or not whole:  # a mask of 32 bits may have lost its last digit
        return unread(output)
    users = sum(1 for name, hosts in working if name in anybody and hosts)
    told: dict[Key[Any], Any] = {facts.VPN_SERVICES: (VpnService(STRONGSWAN, users, len(working) - users),)}
    if offers := tuple(_negotiated(below, anybody)):
        told[facts.VPN_PROPOSALS] = tuple(dict.fromkeys(offers))
    if groups := tuple(_grouped(above, anybody)):
        told[facts.VPN_AUTHENTICATION] = groups
    known = re.findall(r"(?m)^\s+([\da-fA-F.:]+)/(\d+): (\d+)/(\d+)/\d+$", above)
    if known:
        told[facts.VPN_POOLS] = tuple(
            Pool(f"{base}/{length}", network=f"{base}/{length}", addresses=int(size), used=int(used))
            for base, length, size, used in known
        )
    return Told(told)


def _working(below: str) -> Iterator[tuple[str, bool]]:
    """Name of each established association that carries traffic, and whether it leads to hosts alone."""
    for name, number in re.findall(r"(?m)^\s*(\S+)\[(\d+)\]: ESTABLISHED", below):
        after = below[re.search(rf"(?m)^\s*{re.escape(name)}\[{number}\]: ESTABLISHED", below).end() :]  # type: ignore[union-attr]
        part = re.split(r"(?m)^\s*\S+\[\d+\]: ESTABLISHED", after)[0]
        if re.search(r"\{\d+\}:\s+INSTALLED", part):
            remotes = [word for one in re.findall(r"=== (.*)$", part, re.M) for word in one.split()]
            yield name, bool(remotes) and all(re.search(r"/(?:32|128)$", word) for word in remotes)


def _negotiated(below: str, anybody: set[str]) -> Iterator[Proposal]:
    versions = dict(re.findall(r"(?m)^\s*(\S+)\[\d+\]: IKEv(\d) SPIs", below))
    for name, text in re.findall(r"(?m)^\s*(\S+)\[\d+\]: IKE proposal: (\S+)", below):
        if offer := _proposal("remote" if name in anybody else "site", versions.get(name, "2"), text):
            yield offer


def _grouped(above: str, anybody: set[str]) -> Iterator[Authentication]:
    for name in sorted(anybody):
        said = re.findall(rf"(?m)^\s*{re.escape(name)}:\s+remote:.* uses (.+?) authentication", above)
        methods = [method for text in said for words, method in _METHODS if words in text.lower()]
        if methods:
            yield Authentication(name, (methods[0],))


# ---- libreswan ----


def traffic(output: str) -> Told:
    """`ipsec trafficstatus`: one line for each tunnel; a lease or a user name makes its peer a user."""
    rows = re.findall(r'(?m)^\s*(?:\d{3} )?#\d+: "([^"]+)"(\[\d+\])? ?([^\s,]*)(.*type=(?:ESP|AH|IPCOMP).*)$', output)
    if rows and not ended(output) and not re.search(r"\b(?:lease|username)=", rows[-1][3]):
        rows = rows[:-1]  # what makes its peer a user may have been cut off
    if not rows:
        return unread(output)
    users = {(name, instance, peer) for name, instance, peer, rest in rows if re.search(r"\b(?:lease|username)=", rest)}
    every = {(name, instance, peer) for name, instance, peer, _ in rows}
    return Told({facts.VPN_SERVICES: (VpnService(LIBRESWAN, len(users), len(every - users)),)})


def status(output: str) -> Told:
    """`ipsec status`: that no tunnel is up is told by its total alone."""
    found = re.search(r"(?m)^(?:\d{3} )?Total IPsec connections: loaded (\d+), (?:routed \d+, )?active (\d+)", output)
    if found is None:
        return unread(output)
    return Told({facts.VPN_SERVICES: (VpnService(LIBRESWAN, 0, 0),)} if found[2] == "0" else {})
