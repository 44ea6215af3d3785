"""Remote access on Cisco IOS: proposals, pools, authentication, what enters the tunnel (EasyVPN, FlexVPN, SSL VPN)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.blocks import Line
from auditor.collectors.vendors.ios_acl import Entry
from auditor.facts import Authentication, Pool, Proposal
from auditor.filters import Service
from auditor.filters import network as network_of
from auditor.model import Key
from auditor.values import ABSENT, Absent

HASHES: Final = {
    "sha": "sha1",
    "sha1": "sha1",
    "md5": "md5",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
}


def remote_access(tree: Line, access: Mapping[str, list[Entry]]) -> dict[Key[Any], Any]:
    """What the configuration says of tunnels; pools, groups and mode only where it serves remote users."""
    found: dict[Key[Any], Any] = {facts.VPN_PROPOSALS: tuple(_proposals(tree))}
    if not serves_users(tree):
        return found
    found[facts.VPN_POOLS] = tuple(_pools(tree))
    found[facts.VPN_AUTHENTICATION] = tuple(_authentication(tree))
    found[facts.VPN_TRANSPORTS] = _transports(tree)
    return found | _mode(tree, access) | _limits(tree)


def _transports(tree: Line) -> tuple[str, ...]:
    """IKE with its passage through translation, TLS."""
    ways = {one.protocol for one in listens(tree)}
    return (*(("udp", "nat-t") if "udp" in ways else ()), *(("tcp",) if "tcp" in ways else ()))


def _portals(tree: Line) -> list[Line]:
    """What TLS users are given: `crypto ssl authorization policy`, the policy groups of `webvpn context`."""
    contexts = [group for line in tree.starting("webvpn context ") for group in line.starting("policy group ")]
    return [*tree.starting("crypto ssl authorization policy "), *contexts]


def _limits(tree: Line) -> dict[Key[Any], Any]:
    """How many users somebody allowed, and the longest of the timers in seconds."""
    found: dict[Key[Any], Any] = {}
    holders = tree.starting("crypto ssl profile ", "webvpn context ", "crypto isakmp client configuration group ")
    users = [line.after("max-users ") for line in holders]
    if users and all(one.isdecimal() for one in users):
        found[facts.VPN_SESSIONS_CONFIGURED] = sum(map(int, users))
    idle = [tree.after("crypto ipsec security-association idle-time ")]
    idle += [
        line.after("set security-association idle-time ")
        for line in tree.starting("crypto ipsec profile ", "crypto map ", "crypto dynamic-map ")
    ]
    idle += [line.after("timeout idle ") for line in _portals(tree)]
    longest = [line.after("timeout session ") for line in _portals(tree)]
    for key, said in ((facts.VPN_IDLE_TIMEOUT, idle), (facts.VPN_MAX_SESSION, longest)):
        seconds = [int(text.split()[0]) for text in said if text and text.split()[0].isdecimal()]
        if seconds:
            found[key] = max(seconds)
    return found


def serves_users(tree: Line) -> bool:
    """Whether anything here is for people: an EasyVPN group, an IKEv2 profile for many, an SSL VPN gateway."""
    return bool(
        tree.starting("crypto isakmp client configuration group ", "webvpn gateway ", "crypto ssl profile ")
        or any(_for_users(line) for line in tree.starting("crypto ikev2 profile "))
    )


def _for_users(profile: Line) -> bool:
    return any(
        re.match(r"authentication remote (?:eap|anyconnect-eap)|aaa authentication (?:eap|anyconnect-eap|xauth)", text)
        for text in (below.text for below in profile.below)
    )


def listens(tree: Line) -> Iterator[Service]:
    """The ports on which the router waits for remote users."""
    if tree.starting("crypto isakmp client configuration group ") or any(
        _for_users(line) for line in tree.starting("crypto ikev2 profile ")
    ):
        yield Service("udp", 500, 500)
    for line in tree.starting("webvpn gateway ", "crypto ssl policy "):
        match = re.search(r"port (\d+)", " ".join(below.text for below in line.below))
        port = int(match.group(1)) if match else 443
        yield Service("tcp", port, port)


# ---- proposals ----


def _proposals(tree: Line) -> Iterator[Proposal]:
    """IKE offers with their groups, then what protects the data, for users or sites by what uses them.

    What a policy does not say is the release's factory value, which nobody here knows: it stays unknown.
    """
    remote_v1 = bool(tree.starting("crypto isakmp client configuration group "))
    remote_v2 = any(_for_users(line) for line in tree.starting("crypto ikev2 profile "))
    for line in tree.starting("crypto isakmp policy "):
        yield Proposal(
            use="remote" if remote_v1 else "site",
            protocol="ikev1",
            encryption=_ciphers([line.after("encr ") or line.after("encryption ")]),
            integrity=_hashes([line.after("hash ")]),
            dh_groups=_groups([line.after("group ")]),
            lifetime_s=_seconds(line.after("lifetime ")),
        )
    for line in tree.starting("crypto ikev2 proposal "):
        yield Proposal(
            use="remote" if remote_v2 else "site",
            protocol="ikev2",
            encryption=_ciphers(line.after("encryption ").split()),
            integrity=_hashes(line.after("integrity ").split()),
            dh_groups=_groups(line.after("group ").split()),
        )
    yield from _data(tree, remote_v1, remote_v2)


def _data(tree: Line, remote_v1: bool, remote_v2: bool) -> Iterator[Proposal]:
    """Transform sets with the forward secrecy and lifetime of the profiles and maps that use them."""
    life = _seconds(tree.after("crypto ipsec security-association lifetime seconds "))
    users = tree.starting("crypto ipsec profile ", "crypto map ", "crypto dynamic-map ")
    for line in tree.starting("crypto ipsec transform-set "):
        name, words = line.words[3], line.words[4:]
        using = [one for one in users if name in one.after("set transform-set ").split()]
        forward = [int(match.group(1)) for one in using if (match := re.match(r"group(\d+)", one.after("set pfs ")))]
        said = [_seconds(one.after("set security-association lifetime seconds ")) for one in using]
        own = next((seconds for seconds in said if not isinstance(seconds, Absent)), life)
        version = "ikev2" if any(one.after("set ikev2-profile ") for one in using) else "ikev1"
        yield Proposal(
            use="remote" if (remote_v2 if version == "ikev2" else remote_v1) else "site",
            protocol=version,
            encryption=_transform(words, "esp"),
            integrity=_hashes([word for word in words if word.endswith("-hmac")]),
            pfs=(min(forward) if len(forward) == len(using) else 0) if using else ABSENT,
            lifetime_s=own,
        )


def _transform(words: list[str], kind: str) -> tuple[str, ...] | Absent:
    """`esp-aes 256`, `esp-gcm 256`, `esp-3des`, `esp-null`."""
    for place, word in enumerate(words):
        if word.startswith(f"{kind}-") and not word.endswith("-hmac"):
            bits = words[place + 1] if place + 1 < len(words) and words[place + 1].isdecimal() else "128"
            name = word.removeprefix(f"{kind}-")
            return (
                {"aes": f"aes-{bits}-cbc", "gcm": f"aes-{bits}-gcm", "gmac": "null", "seal": "seal"}.get(name, name),
            )
    return ABSENT


def _ciphers(names: list[str]) -> tuple[str, ...] | Absent:
    """`aes 256`, `aes-cbc-256`, `aes-gcm-256`, `3des` in one spelling."""
    found = []
    for name in names:
        if match := re.match(r"aes-(cbc|gcm)-(\d+)", name):
            found.append(f"aes-{match.group(2)}-{match.group(1)}")
        elif match := re.match(r"aes(?: (\d+))?$", name):
            found.append(f"aes-{match.group(1) or 128}-cbc")
        elif name:
            found.append(name)
    return tuple(found) or ABSENT


def _hashes(names: list[str]) -> tuple[str, ...] | Absent:
    found = [re.sub(r"^(?:esp|ah)-|-hmac$", "", name) for name in names if name]
    return tuple(HASHES.get(name, name) for name in found) or ABSENT


def _groups(names: list[str]) -> tuple[int, ...] | Absent:
    return tuple(int(name) for name in names if name.isdecimal()) or ABSENT


def _seconds(text: str) -> int | Absent:
    match = re.match(r"(?:seconds )?(\d+)$", text)
    return int(match.group(1)) if match else ABSENT


# ---- pools, groups, mode ----


def _pools(tree: Line) -> Iterator[Pool]:
    """`ip local pool NAME first [last]`, several ranges under one name told one by one."""
    for line in tree.starting("ip local pool "):
        words = line.words[3:]
        name, ends = words[0] if words else "", words[1:3]
        try:
            first = ipaddress.IPv4Address(ends[0])
            last = ipaddress.IPv4Address(ends[1]) if len(ends) > 1 and ends[1][0].isdecimal() else first
        except (ValueError, IndexError):
            continue
        if int(first) <= int(last):
            yield Pool(name, str(first), str(last), addresses=int(last) - int(first) + 1)


def _authentication(tree: Line) -> Iterator[Authentication]:
    """How each group proves who it is: its key or certificate, and its users by the list that is asked."""
    maps = [line.text for line in tree.starting("crypto map ")]
    asked = [text.split()[-1] for text in maps if " client authentication list " in text]
    asked += [
        line.after("client authentication list ").split()[0]
        for line in tree.starting("crypto isakmp profile ")
        if line.after("client authentication list ")
    ]
    for line in tree.starting("crypto isakmp client configuration group "):
        users = tuple(method for name in asked for method in _list(tree, name))
        yield Authentication(line.words[-1], tuple(dict.fromkeys(("psk", *users))))
    for line in tree.starting("crypto ikev2 profile "):
        if _for_users(line):
            yield Authentication(line.words[-1], tuple(dict.fromkeys(_of_profile(tree, line))) or ("eap",))
    for line in tree.starting("crypto ssl profile ", "webvpn context "):
        names = [
            one.words[-1] for one in line.starting("aaa authentication ") if one.words[2:3] in (["user-pass"], ["list"])
        ]
        methods = [method for name in names for method in _list(tree, name)]
        if any(one.text.startswith(("authentication remote cert", "authentication certificate")) for one in line.below):
            methods.append("certificate")
        if methods:
            yield Authentication(line.words[-1], tuple(dict.fromkeys(methods)))


def _of_profile(tree: Line, profile: Line) -> Iterator[str]:
    for below in profile.below:
        words = below.words
        if below.text.startswith("authentication remote "):
            yield {"rsa-sig": "certificate", "ecdsa-sig": "certificate", "pre-share": "psk"}.get(words[2], "eap")
        elif below.text.startswith("aaa authentication ") and len(words) > 3:
            yield from _list(tree, words[3])


def _list(tree: Line, name: str) -> tuple[str, ...]:
    """The methods of an authentication list: radius, local, ldap; a group of servers by its kind."""
    words = tree.after(f"aaa authentication login {name} ").split()
    kinds = {line.words[4]: line.words[3] for line in tree.starting("aaa group server ") if len(line.words) > 4}
    methods = [kinds.get(word, word) for word in words if word not in ("group", "cache", "none")]
    return tuple(method for method in methods if method) or ("aaa",)


def _mode(tree: Line, access: Mapping[str, list[Entry]]) -> dict[Key[Any], Any]:
    """Split where a group names what enters the tunnel, full where it does not; the widest speaks for the link."""
    groups = [line.after("acl ") for line in tree.starting("crypto isakmp client configuration group ")]
    given = tree.starting("crypto ikev2 authorization policy ", "crypto ssl authorization policy ")
    groups += [line.after("route set access-list ") for line in given]
    portals = [group for line in tree.starting("webvpn context ") for group in line.starting("policy group ")]
    included = [one.words[3:5] for group in portals for one in group.starting("svc split include ")]
    groups += [group.after("svc split include ") for group in portals]
    if not groups:
        return {}
    named = [network for name in groups for network in _inside(access.get(name, []))]
    named += [one for words in included if len(words) > 1 and (one := network_of(words[0], words[1]))]
    routes = tuple(dict.fromkeys(named))
    found: dict[Key[Any], Any] = {facts.VPN_TUNNEL_MODE: "split" if all(groups) else "full"}
    if routes:
        found[facts.VPN_TUNNEL_ROUTES] = routes
    return found


def _inside(entries: list[Entry]) -> list[str]:
    """The networks that a split list names: its sources are what is behind the gateway."""
    return [network for one in entries if one.permit for network in one.source if network != "any"]
