"""Huawei VRP: what serves people outside: L2TP callers with their pools and timers, and the TLS portals of a USG."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.blocks import Line
from auditor.facts import Pool, Proposal
from auditor.filters import network
from auditor.model import Key
from auditor.values import ABSENT, Absent

# ---- callers ----


def dial_in(tree: Line) -> list[Line]:
    """The groups that take in L2TP callers."""
    return [line for line in tree.starting("l2tp-group ") if line.starting("allow l2tp ")]


def _schemes(tree: Line) -> list[Line]:
    """What the domains of callers are given: `service-scheme` and `domain` blocks."""
    return [one for line in tree.starting("aaa") for one in line.starting("service-scheme ", "domain ")]


def pools(tree: Line) -> Iterator[Pool]:
    """The pools that virtual templates and schemes hand to callers; those of the office's DHCP are not theirs."""
    handed = {
        below.words[-1]
        for line in tree.starting("interface Virtual-Template", "interface virtual-template")
        for below in line.starting("remote address pool ", "remote service-scheme ")
    } | {below.words[1] for line in _schemes(tree) for below in line.starting("ip-pool ")}
    aaa = tree.starting("aaa")
    written = [*tree.starting("ip pool "), *(pool for line in aaa for pool in line.starting("ip pool "))]
    for line in written:
        if len(line.words) > 2 and line.words[2] in handed:
            yield from _pool(line)
    for line in (one for scheme in _schemes(tree) for one in scheme.starting("ip pool ")):
        if len(line.words) > 4 and line.words[2] in handed:  # `ip pool 1 10.0.0.10 10.0.0.99` of a domain
            yield _range(line.words[2], line.words[3], line.words[4])


def _pool(line: Line) -> Iterator[Pool]:
    """`network … mask …`, less its gateway, or `section 0 FIRST LAST`."""
    name, words = line.words[2], line.after("network ").split()
    sections = [one.words for one in line.starting("section ")]
    if sections:
        yield from (_range(name, one[2], one[3]) for one in sections if len(one) > 3)
        return
    try:
        whole = ipaddress.ip_network("/".join((words[0], words[2] if words[1:2] == ["mask"] else "24")), strict=False)
    except (ValueError, IndexError):
        return
    own = len(line.starting("gateway-list "))
    yield Pool(name, network=str(whole), addresses=max(0, whole.num_addresses - 2 - own))


def _range(name: str, first: str, last: str) -> Pool:
    try:
        count = int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1
    except ValueError:
        return Pool(name)
    return Pool(name, first, last, addresses=count if count > 0 else ABSENT)


def idle(tree: Line) -> int | Absent:
    """`idle-cut MINUTES` of the schemes of callers, in seconds: the longest, where it is set."""
    said = [line.after("idle-cut ").split() for line in _schemes(tree)]
    minutes = [int(words[0]) for words in said if words and words[0].isdecimal()]
    return 60 * max(minutes) if minutes else ABSENT


# ---- portals ----


def portals(tree: Line) -> dict[str, list[Line]]:
    """The lines of each TLS portal (`v-gateway NAME`, in several places), those below its parts among them."""
    found: dict[str, list[Line]] = {}
    for line in tree.starting("v-gateway "):
        if len(line.words) > 1 and line.words[1] != "public":
            parts = [deeper for part in line.below for deeper in (part, *part.below)]
            found.setdefault(line.words[1], []).extend([line, *parts])
    return found


def _all(tree: Line) -> list[Line]:
    return [line for lines in portals(tree).values() for line in lines]


def listening(tree: Line, interface: str) -> Iterator[int]:
    """The ports on which portals wait at an interface."""
    for line in _all(tree):
        match = re.match(r"v-gateway \S+ interface (\S+)(?: port (\d+))?", line.text)
        if match and match.group(1) == interface:
            yield int(match.group(2) or 443)


_MODES: Final = {"manual": "split", "full": "full", "split": "full"}
"""Of the client's `split` everything but its own subnet enters the tunnel; `manual` names what does."""


def portal_facts(tree: Line) -> dict[Key[Any], Any]:
    """Pools, mode, routes, timers, ciphers and the lowest TLS of the portals."""
    lines = _all(tree)
    texts = [line.text for line in lines]
    if not lines:
        return {}
    found: dict[Key[Any], Any] = {facts.VPN_PROPOSALS: tuple(dict.fromkeys(_suites(texts)))}
    if any(re.match(r"v-gateway \S+ interface ", text) for text in texts):
        quick = any(re.match(r"v-gateway \S+ udp-port ", text) for text in texts)
        found[facts.VPN_TRANSPORTS] = ("tcp", "udp") if quick else ("tcp",)
    ranges = [re.match(r"network-extension netpool (\S+) (\S+)", text) for text in texts]
    found[facts.VPN_POOLS] = tuple(_range(name[1], name[1], name[2]) for name in ranges if name)
    modes = {_MODES.get(text.split()[-1], "") for text in texts if text.startswith("network-extension mode ")}
    if modes and "" not in modes:
        found[facts.VPN_TUNNEL_MODE] = "full" if "full" in modes else "split"
    routes = [re.match(r"network-extension manual-route (\S+) (\S+)", text) for text in texts]
    found[facts.VPN_TUNNEL_ROUTES] = tuple(
        dict.fromkeys(named for one in routes if one and (named := network(one[1], one[2])))
    )
    for key, start in ((facts.VPN_IDLE_TIMEOUT, "ssl timeout "), (facts.VPN_MAX_SESSION, "ssl lifecycle ")):
        if (seconds := _longest(texts, start)) is not ABSENT:
            found[key] = seconds
    limits = [int(one[1]) for text in texts if (one := re.match(r"v-gateway \S+ (?:cur-)?max-user (\d+)", text))]
    if limits:
        found[facts.VPN_SESSIONS_CONFIGURED] = min(limits) if len(portals(tree)) == 1 else sum(limits)
    versions = [
        word for text in _versions(tree, texts) for word in text.split() if re.fullmatch(r"(?:ssl|tls)v\d+", word)
    ]
    if versions:
        found[facts.VPN_TLS_MINIMUM] = _dotted(min(versions))
    return {key: value for key, value in found.items() if value != ()}


def _versions(tree: Line, texts: list[str]) -> list[str]:
    own = [text for text in texts if text.startswith("ssl version ")]
    return own or [line.text for line in tree.starting("v-gateway public ssl version ")]


def _dotted(version: str) -> str:
    """`tlsv12` as `tlsv1.2`."""
    match = re.fullmatch(r"([a-z]+)(\d)(\d)?", version)
    return f"{match[1]}{match[2]}.{match[3]}" if match and match[3] else version


def _longest(texts: list[str], start: str) -> int | Absent:
    """Minutes as seconds, the longest of them; 0 where one never ends."""
    said = [text.removeprefix(start).strip() for text in texts if text.startswith(start)]
    if any(one in ("no-time-limit", "0") for one in said):
        return 0
    return 60 * max(map(int, said)) if said and all(one.isdecimal() for one in said) else ABSENT


_CIPHERS: Final = {"des-cbc3": "3des", "des-cbc": "des", "rc4": "rc4"}
_DIGESTS: Final = {"sha": "sha1", "md5": "md5", "sha256": "sha256", "sha384": "sha384"}


def _suites(texts: list[str]) -> Iterator[Proposal]:
    """`ssl ciphersuit custom aes256-sha non-rc4-md5 …`: those without `non-` are offered."""
    for text in texts:
        if not text.startswith("ssl ciphersuit custom "):
            continue
        for word in (one for one in text.split()[3:] if not one.startswith("non-")):
            cipher, _, digest = word.rpartition("-")
            block = re.fullmatch(r"aes(\d+)(-gcm)?", cipher)
            name = f"aes-{block[1]}-{'gcm' if block[2] else 'cbc'}" if block else _CIPHERS.get(cipher, "")
            if name and digest in _DIGESTS:
                yield Proposal("remote", "tls", (name,), (_DIGESTS[digest],))
