"""The people behind facts: telephone sets and trunks under pseudonyms, and whether a set is inside or away."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.declared.sets import told
from auditor.facts import Endpoint, Trunk
from auditor.values import ABSENT, Absent


def anonymous(
    sets: Sequence[Endpoint], networks: Sequence[str], away: Sequence[str], pseudonym: Callable[[str], str]
) -> tuple[Endpoint, ...]:
    """Telephone sets without name, extension or address; `networks` are inside, but for the ranges `away`."""
    inside = [ipaddress.ip_network(network) for network in networks]
    outside = [network for text in away for network in _networks(text)]
    return tuple(_anonymous(one, inside, outside, pseudonym) for one in sets)


def by_words(one: Endpoint, words: Mapping[str, Sequence[str]]) -> Endpoint:
    """A set whose user agent holds a word of the site file is of that kind, whatever the table says."""
    kind = "" if isinstance(one.user_agent, Absent) else told(one.user_agent, words)
    return replace(one, kind=kind) if kind else one


def unnumbered(one: Trunk, pseudonym: Callable[[str], str]) -> Trunk:
    """A trunk is often named after the main number of the firm."""
    return replace(one, name=pseudonym(one.name)) if re.search(r"\d{6}", one.name) else one


def _anonymous(one: Endpoint, inside: Sequence[Any], away: Sequence[Any], pseudonym: Callable[[str], str]) -> Endpoint:
    """Outside where one of its contacts is: the softphone at home counts, not the set on the desk beside it."""
    others = () if isinstance(one.others, Absent) else one.others
    known = [] if isinstance(one.address, Absent) else [_inside(text, inside, away) for text in (one.address, *others)]
    placed = [where for where in known if not isinstance(where, Absent)]
    where = all(placed) if inside and placed else ABSENT
    ways = [] if where is not False or isinstance(one.address, Absent) else _ways((one.address, *others), inside, away)
    through = next((way for way in ("internet", "vpn") if way in ways), ABSENT)
    return replace(one, id=pseudonym(one.id), address=ABSENT, others=ABSENT, from_inside=where, through=through)


def _ways(texts: Sequence[str], inside: Sequence[Any], away: Sequence[Any]) -> list[str]:
    """How each address outside comes in; a private one that no pool holds may be another site's, and tells nothing."""
    found = []
    for text in texts:
        if _inside(text, inside, away) is False:
            address = ipaddress.ip_address(text)
            pooled = any(address in network for network in away)
            found.append("vpn" if pooled else "internet" if address.is_global else "")
    return found


def _inside(text: str, inside: Sequence[Any], away: Sequence[Any]) -> bool | Absent:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ABSENT
    return any(address in network for network in inside) and not any(address in network for network in away)


def _networks(text: str) -> Sequence[Any]:
    """A network, or the networks from a first address to a last one; nothing where a device wrote neither."""
    first, _, last = text.partition("-")
    try:
        if not last:
            return [ipaddress.ip_network(first, strict=False)]
        ends: Any = (ipaddress.ip_address(first), ipaddress.ip_address(last))
        return list(ipaddress.summarize_address_range(*ends))
    except (ValueError, TypeError):
        return []
