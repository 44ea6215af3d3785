"""RouterOS filter rules in the normal form, port forwards, and what both let the internet reach."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.collectors.vendors.trees import Statement
from auditor.facts import Rule, Translation
from auditor.filters import ANY_SERVICE, PARTLY, Addresses, Gate, Service, Target, addresses, ports, side, ways
from auditor.filters import service as spelled
from auditor.values import ABSENT

_PERMITS: Final = ("accept", "fasttrack-connection", "passthrough")
_DENIES: Final = ("drop", "reject", "tarpit")
_ENDS: Final = (*_PERMITS[:2], *_DENIES)
_NAMED: Final = {"ipsec-esp": "esp", "ipsec-ah": "ah", "icmpv6": "icmp"}
_BEYOND: Final = ("content", "layer7-protocol", "time", "src-mac-address", "connection-mark", "packet-mark",
                  "routing-mark", "hotspot", "limit", "dst-limit", "random", "nth", "psd", "tls-host", "p2p",
                  "src-address-type", "packet-size", "ttl")  # fmt: skip
"""Conditions that cannot be weighed here: a refusal with one is not counted on, a permission with one is."""

_SHARES: Final = ("limit", "dst-limit", "random", "nth", "psd")
_ASKED: Final = (*_BEYOND, "src-port", "ipsec-policy", "tcp-flags", "icmp-options", "connection-nat-state",
                 "in-bridge-port", "connection-bytes", "connection-rate", "connection-limit", "dscp",
                 "dst-address-type", "fragment")  # fmt: skip

Lists = Mapping[str, tuple[str, ...]]


# ---- the normal form ----


def services(values: Mapping[str, str]) -> tuple[Service, ...]:
    """What a rule's protocol and destination ports name."""
    protocol = values.get("protocol", "")
    plain = _NAMED.get(protocol, protocol)
    wanted = values.get("dst-port") or values.get("port") or ""
    if not plain:
        return (ANY_SERVICE,)
    if plain not in ("tcp", "udp", "sctp") or not wanted or wanted.startswith("!"):
        return (spelled(plain) or Service(plain),)
    found = []
    for part in wanted.split(","):
        first, _, last = part.partition("-")
        if first.isdecimal() and (last or first).isdecimal() and (one := ports(plain, int(first), int(last or first))):
            found.append(one)
    return tuple(found) or (Service(plain),)


def _states(values: Mapping[str, str]) -> set[str]:
    return set(filter(None, values.get("connection-state", "").split(",")))


def returns(values: Mapping[str, str]) -> bool:
    """Whether a rule matches the answers to what went out alone, or packets that belong to nothing."""
    states = _states(values)
    return bool(states) and not any(state.startswith("!") for state in states) and "new" not in states


def _return(values: Mapping[str, str]) -> str:
    return "established" if _states(values) & {"established", "related"} else "invalid"


def _side(values: Mapping[str, str], way: str) -> tuple[str, ...]:
    known = values.get(f"{way}-interface") or values.get(f"{way}-interface-list") or ""
    return (known,) if known else ("any",)


def _end(values: Mapping[str, str], way: str, lists: Lists) -> tuple[str, ...]:
    """The addresses of one end; a list by its members, or by its name where they are not known."""
    if plain := values.get(f"{way}-address"):
        return (plain,)
    if name := values.get(f"{way}-address-list"):
        return lists.get(name, (name,))
    return ("any",)


def filter_rules(statements: Sequence[Statement], lists: Lists | None = None, before: str = "") -> tuple[Rule, ...]:
    """Every rule in its order, those switched off included; ids count within the chain, as `print` does over all."""
    found = []
    for place, one in enumerate(statements):
        values = one.values
        action = values.get("action") or "accept"
        offered = (_return(values),) if returns(values) else tuple(str(item) for item in services(values))
        chain = values.get("chain", "")
        found.append(
            Rule(
                id=f"{before}{chain}#{place}",
                action="permit" if action in _PERMITS[:2] else "deny" if action in _DENIES else action,
                name=values.get("comment") or ABSENT,
                enabled=not one.disabled,
                from_=_side(values, "in"),
                to=("self",) if chain == "input" else _side(values, "out"),
                source=_end(values, "src", lists or {}),
                destination=_end(values, "dst", lists or {}),
                services=offered,
                logged=values.get("log") == "yes" or action == "log",
                hits=int(values["packets"]) if values.get("packets", "").isdecimal() else ABSENT,
                conditions=_conditions(values) or ABSENT,
            )
        )
    return tuple(found)


def _conditions(values: Mapping[str, str]) -> tuple[str, ...]:
    """What a rule asks for beside its parts; states of new connections among them."""
    states = "" if returns(values) else values.get("connection-state", "")
    said = [f"connection-state {states}"] if states else []
    said += [f"{name} {values[name]}" for name in _ASKED if values.get(name)]
    return tuple(f"{PARTLY} {one}" if one.split()[0] in _SHARES else one for one in said)


def translations(statements: Iterable[Statement], lists: Lists | None = None) -> tuple[Translation, ...]:
    """Every translation rule; `to-addresses` and `to-ports` are what stands inside of a destination's."""
    found = []
    for place, one in enumerate(statements):
        values, action = one.values, one.get("action")
        source, moved = _end(values, "src", lists or {}), values.get("to-addresses", "")
        inward = values.get("chain") == "dstnat" or action in ("dst-nat", "redirect")
        host = "self" if action == "redirect" else moved
        found.append(
            Translation(
                id=f"{values.get('chain', '')}#{place}",
                kind="static" if inward or action in ("netmap", "same") else "dynamic",
                from_=_side(values, "in"),
                to=_side(values, "out"),
                original=source,
                translated=source if inward else (moved or "interface",),
                destination=_end(values, "dst", lists or {}),
                redirected=tuple(filter(None, (host, values.get("to-ports", "")))) or ABSENT if inward else ABSENT,
                services=tuple(str(item) for item in services(values)),
                enabled=not one.disabled,
                hits=int(values["packets"]) if values.get("packets", "").isdecimal() else ABSENT,
            )
        )
    return tuple(found)


# ---- which rules meet what comes in on an interface ----


@dataclass(frozen=True, slots=True)
class Ports:
    """Interfaces by the lists that hold them, and the kinds that `all-ppp` and `all-ethernet` mean."""

    lists: Mapping[str, frozenset[str]]
    dialled: frozenset[str] = frozenset()

    def holds(self, values: Mapping[str, str], interface: str) -> bool:
        """Whether a rule applies to what comes in on an interface."""
        return self._one(values.get("in-interface", ""), interface) and self._some(
            values.get("in-interface-list", ""), interface
        )

    def _one(self, named: str, interface: str) -> bool:
        plain = named.lstrip("!")
        if plain in ("", "all"):
            return True
        if plain in ("all-ppp", "all-ethernet"):
            meant = (interface in self.dialled) == (plain == "all-ppp")
        else:
            meant = plain == interface
        return meant != named.startswith("!")

    def _some(self, named: str, interface: str) -> bool:
        plain = named.lstrip("!")
        if plain in ("", "all"):
            return True
        return (interface in self.lists.get(plain, frozenset())) != named.startswith("!")


def gates(
    rules: Sequence[Statement], chain: str, interface: str, held: Ports, lists: Lists, translated: bool = False
) -> tuple[Gate, ...]:
    """The rules of a chain that a new connection from an interface meets; what none of them takes is accepted."""
    found = tuple(_gates(rules, chain, interface, held, lists, translated, frozenset()))
    return (*found, Gate(f"{chain}#default", permit=True))


def _gates(
    rules: Sequence[Statement],
    chain: str,
    interface: str,
    held: Ports,
    lists: Lists,
    translated: bool,
    above: frozenset[str],
) -> Iterator[Gate]:
    for place, one in enumerate(rules):
        values = one.values
        action = values.get("action") or "accept"
        if values.get("chain") != chain or one.disabled or not _meets(values, interface, held, translated):
            continue
        target = values.get("jump-target", "")
        if action == "jump" and target and target not in above and not _narrow(values):
            yield from _gates(rules, target, interface, held, lists, translated, above | {chain})
        elif action == "return" and not _narrow(values):
            return
        elif action in _ENDS and not (action in _DENIES and _unsure(values)):
            yield Gate(
                f"{chain}#{place}",
                action in _PERMITS,
                _span(values, "src", lists),
                _span(values, "dst", lists),
                services(values),
                to=ways(_side(values, "out")),
            )


def _meets(values: Mapping[str, str], interface: str, held: Ports, translated: bool) -> bool:
    """Whether a new, unencrypted connection from an interface can match; answers and IPsec traffic are another."""
    nat = values.get("connection-nat-state", "")
    if nat and (nat.lstrip("!") == "dstnat") and (nat.startswith("!") == translated):
        return False
    if returns(values) or values.get("ipsec-policy", "").startswith("in,ipsec"):
        return False
    return held.holds(values, interface)


def _narrow(values: Mapping[str, str]) -> bool:
    return any(values.get(name) for name in ("protocol", "src-address", "dst-address", "src-address-list", "dst-port"))


def _unsure(values: Mapping[str, str]) -> bool:
    kinds = values.get("dst-address-type", "local")
    return kinds != "local" or any(values.get(name) for name in (*_BEYOND, "src-port", "tcp-flags", "fragment", "dscp",
        "connection-limit", "connection-bytes", "connection-rate", "icmp-options"))  # fmt: skip


def _span(values: Mapping[str, str], way: str, lists: Lists) -> Addresses:
    """The addresses of one end; `!10.0.0.0/8` is nearly everything."""
    return side(_end(values, way, lists), values.get("action") not in _DENIES)


def forwards(rules: Iterable[Statement], interface: str, held: Ports, lists: Lists, own: Sequence[str]) -> list[Target]:
    """Hosts that translations publish on an interface; filters see their inner address and port."""
    found = []
    for one in rules:
        values = one.values
        kept = values.get("chain") == "dstnat" and values.get("action") in ("dst-nat", "netmap") and not one.disabled
        if not kept or not held.holds(values, interface) or not values.get("to-addresses"):
            continue
        if values.get("dst-address", "").startswith("!") or not _to_us(values, lists, own):
            continue
        for asked in services(values):
            real = _moved(asked, values.get("to-ports", ""))
            inside = values["to-addresses"]
            found.append(Target(inside, addresses((inside,)), asked, real))
    return found


def _to_us(values: Mapping[str, str], lists: Lists, own: Sequence[str]) -> bool:
    """Whether the address that a translation waits for can be one of ours outside."""
    wanted = _end(values, "dst", lists)
    return wanted == ("any",) or not addresses(wanted).private or any(text in own for text in wanted)


def _moved(asked: Service, wanted: str) -> Service:
    first, _, last = wanted.partition("-")
    if not first.isdecimal() or not asked.ported:
        return asked
    return ports(asked.protocol, int(first), int(last) if last.isdecimal() else int(first)) or asked


def named_lists(statements: Iterable[Statement]) -> dict[str, tuple[str, ...]]:
    """Address lists by their name; those that fill themselves at run time are not known."""
    found: dict[str, tuple[str, ...]] = {}
    for one in statements:
        name, address = one.get("list"), one.get("address")
        if one.verb == "add" and name and address and not one.disabled:
            found[name] = (*found.get(name, ()), address)
    return found


def interface_lists(members: Iterable[Statement], lists: Iterable[Statement]) -> dict[str, frozenset[str]]:
    """Interfaces by the list that holds them; a list may include and exclude the members of others."""
    found: dict[str, frozenset[str]] = {}
    for one in members:
        if not one.disabled:
            found[one.get("list")] = found.get(one.get("list"), frozenset()) | {one.get("interface")}
    named = [one for one in lists if one.get("name") and (one.get("include") or one.get("exclude"))]
    for _ in range(DEEPEST):
        for one in named:
            known = found.get(one.get("name"), frozenset())
            for other in filter(None, one.get("include").split(",")):
                known |= found.get(other, frozenset())
            for other in filter(None, one.get("exclude").split(",")):
                known -= found.get(other, frozenset())
            found[one.get("name")] = known
    return found


DEEPEST: Final = 5
OUTWARD: Final = re.compile(r"\b(?:wan|internet|outside|isp|untrust)\d*\b", re.I)
