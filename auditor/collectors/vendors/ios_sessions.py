"""Outputs of Cisco IOS about tunnels: who is connected, what was negotiated, what is offered, which pools are used."""

from __future__ import annotations

import re
from typing import Any

from auditor import facts
from auditor.collectors.vendors.ios_vpn import HASHES
from auditor.collectors.vendors.page import Told, unread
from auditor.facts import Pool, Proposal
from auditor.model import Key
from auditor.values import ABSENT


def crypto_sessions(output: str) -> Told:
    """`show crypto session detail`: users are those who prove who they are (X, or EAP); the rest are tunnels."""
    if not re.search(r"^Crypto session current status|^Interface: .*\n(?:.*\n)*?Session status: ", output, re.M):
        return unread(output)
    users = tunnels = 0
    for block in re.split(r"^(?=Interface: )", output, flags=re.M)[1:]:
        if not re.search(r"^Session status: UP-ACTIVE", block, re.M):
            continue
        letters = "".join(re.findall(r"Capabilities:([A-Z]+)", block))
        person = "X" in letters or bool(re.search(r"^Username: |Fvrf.*EAP|Assigned address: ", block, re.M))
        users, tunnels = users + person, tunnels + (not person)
    return Told({facts.VPN_SESSIONS_NOW: users, facts.VPN_TUNNELS_NOW: tunnels})


def ikev2_sessions(output: str) -> Told:
    """`show crypto ikev2 sa detailed`: what was negotiated, and who of the peers proved a person by EAP."""
    if not re.search(r"Crypto IKEv2|^Tunnel-id\s+", output, re.M):
        return unread(output)
    users = tunnels = 0
    proposals = []
    for block in re.split(r"^(?=\d+[ \t]+\S+/\S+[ \t]+(?:\S+/\S+[ \t]+)*[A-Z])", output, flags=re.M)[1:]:
        if "READY" not in block.partition("\n")[0]:
            continue
        person = bool(
            re.search(
                r"Auth verify: (?:\S*EAP|AnyConnect)|^\s*Remote EAP id: |Assigned host addr: ", block, re.M | re.I
            )
        )
        users, tunnels = users + person, tunnels + (not person)
        proposals.append(_negotiated(block, "remote" if person else "site"))
    told: dict[Key[Any], Any] = {facts.VPN_TUNNELS_NOW: tunnels}
    if proposals:
        told[facts.VPN_PROPOSALS] = tuple(dict.fromkeys(proposals))
    if users:
        told[facts.VPN_SESSIONS_NOW] = users
    return Told(told)


def _negotiated(block: str, use: str) -> Proposal:
    match = re.search(r"Encr: ([\w-]+)(?:, keysize: (\d+))?, (?:PRF: \w+, )?Hash: ([\w-]+), DH Grp: ?(\d+)", block)
    life = re.search(r"Life/Active Time: (\d+)/", block)
    if match is None:
        return Proposal(use, "ikev2")
    kind = match.group(1).lower()
    cipher = f"aes-{match.group(2)}-{kind.partition('-')[2]}" if kind.startswith("aes") and match.group(2) else kind
    plain = match.group(3).lower()
    return Proposal(
        use,
        "ikev2",
        (cipher,),
        (HASHES.get(plain, plain),),
        (int(match.group(4)),),
        lifetime_s=int(life.group(1)) if life else ABSENT,
    )


def isakmp_sessions(output: str) -> Told:
    """`show crypto isakmp sa`: IKEv1 tunnels that are up (QM_IDLE, not deleted)."""
    if not re.search(r"^\s*dst\s+src\s+state|Crypto ISAKMP SA", output, re.M):
        return unread(output)
    rows = re.findall(r"^\S+\s+\S+\s+(\w+)\s+\d+\s+(ACTIVE.*?)\s*$", output, re.M)
    return Told({facts.VPN_TUNNELS_NOW: sum(state == "QM_IDLE" and "deleted" not in status for state, status in rows)})


def dmvpn(output: str) -> Told:
    """`show dmvpn`: peers that are up."""
    if "NHRP" not in output:
        return unread(output)
    states = re.findall(r"^\s*\d+\s+\S+\s+\S+\s+([A-Z]+)\s+\S+\s+\S+", output, re.M)
    return Told({facts.VPN_TUNNELS_NOW: states.count("UP")})


def ikev2_stats(output: str) -> Told:
    """`show crypto ikev2 stats`: SAs of both ways that are active; a maximum of 0 is no limit."""
    rows = re.findall(r"Total (?:incoming|outgoing) IKEv2 SA Count:\s+\d+\s+active:\s+(\d+)", output)
    return Told({facts.VPN_TUNNELS_NOW: sum(map(int, rows))}) if len(rows) == 2 else unread(output)


def admission(output: str) -> Told:
    """`show crypto call admission statistics`: IKE SAs that are active; a maximum of 0 is no limit."""
    match = re.search(r"Total IKE SA Count:\s+\d+\s+active:\s+(\d+)", output)
    return Told({facts.VPN_TUNNELS_NOW: int(match.group(1))}) if match else unread(output)


def ikev2_proposals(output: str) -> Told:
    """`show crypto ikev2 proposal`: every offer, the built-in one included."""
    found = []
    for block in re.split(r"^(?=\s*IKEv2 proposal: )", output, flags=re.M)[1:]:
        encryption, integrity = (
            match.group(1).lower().split() if (match := re.search(rf"{name}\s*: (.+)$", block, re.M)) else []
            for name in ("Encryption", "Integrity")
        )
        found.append(
            Proposal(
                "site",
                "ikev2",
                tuple(re.sub(r"aes-(cbc|gcm)-(\d+)", r"aes-\2-\1", name) for name in encryption) or ABSENT,
                tuple(dict.fromkeys(_digest(name) for name in integrity)) or ABSENT,
                tuple(int(number) for number in re.findall(r"Group (\d+)", block)) or ABSENT,
            )
        )
    return Told({facts.VPN_PROPOSALS: tuple(found)}) if found else unread(output)


def _digest(name: str) -> str:
    """`sha96` and `md596` are cut to 96 bits."""
    plain = name.removesuffix("96")
    return HASHES.get(plain, plain)


def isakmp_policies(output: str) -> Told:
    """`show crypto isakmp policy`: every offer of IKEv1, the factory one included."""
    found = []
    for block in re.split(
        r"^(?=(?:Protection suite|Default protection suite|Global IKE policy)\b)", output, flags=re.M
    ):
        cipher = re.search(r"encryption algorithm:\s+(.+?)\s*$", block, re.M)
        if cipher is None:
            continue
        hashed = re.search(r"hash algorithm:\s+(.+?)\s*$", block, re.M)
        life = re.search(r"lifetime:\s+(\d+) seconds", block)
        found.append(
            Proposal(
                "site",
                "ikev1",
                (_long_cipher(cipher.group(1)),),
                (_long_hash(hashed.group(1)),) if hashed else ABSENT,
                tuple(int(number) for number in re.findall(r"Diffie-Hellman group:\s+#(\d+)", block)) or ABSENT,
                lifetime_s=int(life.group(1)) if life else ABSENT,
            )
        )
    return Told({facts.VPN_PROPOSALS: tuple(found)}) if found else unread(output)


def _long_cipher(said: str) -> str:
    if match := re.match(r"AES.*\((\d+) bit", said):
        return f"aes-{match.group(1)}-cbc"
    return "3des" if said.startswith("Three key") else "des" if said.startswith("DES") else said.lower()


def _long_hash(said: str) -> str:
    match = re.match(r"Secure Hash Standard(?: 2 \((\d+) bit\))?", said)
    if match:
        return f"sha{match.group(1)}" if match.group(1) else "sha1"
    return "md5" if said.startswith("Message Digest") else said.lower()


def pools(output: str) -> Told:
    """`show ip local pool`: each range and how much of it is in use."""
    if not re.search(r"^\s*Pool\s+Begin\s+End\s+Free", output, re.M):
        return unread(output)
    found, name = [], ""
    for match in re.finditer(
        r"^(?:\s?\*?\s?(\S+))?\s+(\d+\.\d+\.\d+\.\d+)\s+(\d+\.\d+\.\d+\.\d+)\s+(\d+)\s+(\d+)\s*\d*\s*$", output, re.M
    ):
        name = match.group(1) or name
        free, used = int(match.group(4)), int(match.group(5))
        found.append(Pool(name, match.group(2), match.group(3), addresses=free + used, used=used))
    return Told({facts.VPN_POOLS: tuple(found)} if found else {})
