"""Cisco ASA's access lists and address translation in the normal form, and what they let the internet reach."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from auditor.collectors.vendors.asa_objects import TUNNEL_RULE, Entry, Objects, entries, port, services_of
from auditor.collectors.vendors.blocks import Line
from auditor.facts import Exposed, Rule, Translation
from auditor.filters import ANY_SERVICE, EVERYWHERE, Gate, Service, Target, addresses, network, ports, reach
from auditor.values import ABSENT, Absent

_OUTSIDE: Final = re.compile(r"outside|wan\d*$|internet|untrust|dmz-ext", re.I)
EVERYTHING: Final = ("0.0.0.0", "0", "::", "any")  # noqa: S104 - read, not bound
PERMIT_VPN: Final = "sysopt connection permit-vpn"


def interfaces(tree: Line) -> dict[str, Line]:
    """Interfaces by the name the rest of the configuration calls them."""
    return {name: line for line in tree.starting("interface ") if (name := line.after("nameif "))}


def managing(tree: Line) -> frozenset[str]:
    """The interfaces that carry no traffic but that of administrators (`management-only`)."""
    every = interfaces(tree).items()
    return frozenset(name for name, line in every if any(one.text == "management-only" for one in line.below))


def leading(tree: Line) -> list[Line]:
    """The routes by which traffic leaves: not those of decrypted packets (`tunneled`), nor those of management."""
    apart = managing(tree)
    lines = tree.starting("route ", "ipv6 route ")
    named = [(line, line.words[2 if line.text.startswith("ipv6") else 1]) for line in lines if len(line.words) > 3]
    return [line for line, name in named if line.words[-1] != "tunneled" and name not in apart]


def outside_interfaces(tree: Line) -> tuple[str, ...]:
    """Names of the interfaces that face the internet: the default route's, security level 0, or named so.

    One for management alone does not, whatever its level: it leads nowhere else. Where all have level 0, as a manager
    gives them, the level tells nothing.
    """
    routed = {line.words[1] for line in leading(tree) if line.words[2] in EVERYTHING} | {
        line.words[2] for line in leading(tree) if line.words[3] == "::/0"
    }
    apart = managing(tree)
    carrying = {name: line for name, line in interfaces(tree).items() if name not in apart}
    levels = {line.after("security-level ") for line in carrying.values()}
    telling = len(levels) > 1 or len(carrying) == 1
    return tuple(
        name
        for name, line in carrying.items()
        if (
            name in routed
            or (telling and line.after("security-level ") == "0")
            or line.after("ip address dhcp ") == "setroute"
            or _OUTSIDE.search(name)
        )
    )


def bound(tree: Line) -> dict[str, tuple[str, ...]]:
    """What each access list filters on the way in: interfaces, or everything ("any") where it is global.

    One on the way out of an interface is told as `out:NAME`.
    """
    found: dict[str, tuple[str, ...]] = {}
    for line in tree.starting("access-group "):
        words = line.words
        if "control-plane" in words or len(words) < 3:
            continue
        if words[2] == "in" and len(words) > 4:
            found[words[1]] = (*found.get(words[1], ()), words[4])
        elif words[2] == "out" and len(words) > 4:
            found[words[1]] = (*found.get(words[1], ()), f"out:{words[4]}")
        elif words[2] == "global":
            found[words[1]] = (*found.get(words[1], ()), "any")
    return found


def filters(tree: Line) -> dict[str, tuple[str, ...]]:
    """The group policies that each access list filters (`vpn-filter value`)."""
    found: dict[str, tuple[str, ...]] = {}
    for line in tree.starting("group-policy "):
        name = line.after("vpn-filter value ")
        if name and len(line.words) > 1:
            found[name] = (*found.get(name, ()), f"vpn:{line.words[1]}")
    return found


def rules(tree: Line, policies: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Every extended entry of an access list that filters something, in its order.

    `policies` are the group policies of remote users: those without a filter pass every access list, which the factory
    setting `sysopt connection permit-vpn` says.
    """
    objects = Objects.of(tree)
    places, filtering = bound(tree), filters(tree)
    found = []
    for name, rows in entries(tree, objects).items():
        where = places.get(name, ()) + filtering.get(name, ())
        out = tuple(one.removeprefix("out:") for one in where if one.startswith("out:"))
        if inward := tuple(one for one in where if not one.startswith("out:")):
            found += [_rule(row, inward) for row in rows]
        elif out:
            found += [replace(_rule(row, ("any",)), to=out) for row in rows]
        else:
            found += [_rule(row, ("unbound",)) for row in rows]
    bare = tuple(f"vpn:{name}" for name in policies if not any(f"vpn:{name}" in who for who in filtering.values()))
    if bare and not tree.starting(f"no {PERMIT_VPN}"):
        anything = ("any",)
        found.append(Rule(PERMIT_VPN, "permit", PERMIT_VPN, True, bare, anything, anything, anything, anything, False))
    return tuple(found)


def _rule(row: Entry, where: tuple[str, ...] | Absent) -> Rule:
    return Rule(
        id=f"{row.list}#{row.number}",
        action=row.action,
        name=row.list,
        enabled=row.enabled,
        from_=(row.from_,) if row.from_ else where,
        to=(row.to,) if row.to else ("any",),
        source=row.source,
        destination=row.destination,
        services=row.services,
        logged=row.logged,
        conditions=row.conditions or ABSENT,
    )


def counted(output: str) -> tuple[Rule, ...]:
    """`show access-list`: entries with their hits; what a group expands to is indented below its entry."""
    found = []
    for raw in output.splitlines():
        match = re.match(r"access-list (\S+ line \d+ (?:extended|advanced) .*?) \(hitcnt=(\d+)\)", raw)
        row = Objects().entry(["access-list", *match.group(1).split()], 0) if match else None
        if match and row is not None:
            off = raw.rstrip().endswith("(inactive)") or "(inactive)" in raw or not row.enabled
            found.append(replace(_rule(row, ABSENT), hits=int(match.group(2)), enabled=not off))
    return tuple(found)


def joined(known: tuple[Rule, ...], others: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Rules that the configuration and the hit counters tell together, by their id."""
    resolved, counters = (known, others) if all(rule.hits is ABSENT for rule in known) else (others, known)
    hits = {rule.id: rule.hits for rule in counters}
    names = {rule.id for rule in resolved}
    done = [replace(rule, hits=hits.get(rule.id, rule.hits)) for rule in resolved]
    return (*done, *(rule for rule in counters if rule.id not in names))


# ---- translation ----


def _object_rules(tree: Line) -> Iterator[tuple[str, list[str]]]:
    for line in tree.starting("object network "):
        for below in line.starting("nat "):
            yield line.words[2], below.text.replace("(", "").replace(")", "").replace(",", " ").split()


def translations(tree: Line) -> tuple[Translation, ...]:
    """Address translation in the order in which the device tries it: manual, then of objects, then after them."""
    manual: list[Translation] = []
    after: list[Translation] = []
    for number, line in enumerate(tree.starting("nat ("), 1):
        words = re.sub(r"[(),]", " ", line.text.partition(" description ")[0]).split()
        if (one := _manual(words, number)) is not None:
            (after if "after-auto" in words else manual).append(one)
    automatic = [
        Translation(
            id=f"object {name}",
            kind=words[3],
            from_=(words[1],),
            to=(words[2],),
            original=(name,),
            translated=(words[4],),
            services=_moved(words),
            enabled=True,
        )
        for name, words in _object_rules(tree)
        if len(words) > 4
    ]
    return (*manual, *automatic, *after, *_before_objects(tree))


def _before_objects(tree: Line) -> Iterator[Translation]:
    """`static`, `nat` and `global` of 8.2 and before; `nat (inside) 0` leaves addresses as they are."""
    for number, line in enumerate(tree.starting("static ("), 1):
        words = re.sub(r"[(),]", " ", line.text).split()
        ported = len(words) > 7 and words[3] in ("tcp", "udp")
        if len(words) > (7 if ported else 4):
            mapped, real = (words[4], words[6]) if ported else (words[3], words[4])
            moved = (words[3], words[7], words[5]) if ported else ABSENT
            yield Translation(f"static {number}", "static", (words[1],), (words[2],), (real,), (mapped,),
                              ("any",), services=moved, enabled=True)  # fmt: skip
    hiding = [re.sub(r"[()]", " ", line.text).split() for line in tree.starting("global (")]
    for line in tree.starting("nat ("):
        words = re.sub(r"[()]", " ", line.text).split()
        if len(words) < 4 or not words[2].isdecimal() or words[2] == "0":
            continue
        hidden = f"access-list {words[4]}" if words[3] == "access-list" and len(words) > 4 else _network(words[3:])
        for out in (row for row in hiding if len(row) > 3 and row[2] == words[2]):
            yield Translation(f"nat {words[1]} {words[2]} {out[1]}", "dynamic", (words[1],), (out[1],),
                              (hidden,), (out[3],), ("any",), enabled=True)  # fmt: skip


def _network(words: Sequence[str]) -> str:
    """`10.0.0.0 255.0.0.0`; zeros are everything."""
    if words[0] in EVERYTHING:
        return "any"
    return (network(words[0], words[1]) if len(words) > 1 else "") or words[0]


def _moved(words: list[str]) -> tuple[str, ...] | Absent:
    at = words.index("service") if "service" in words else len(words)
    return tuple(words[at + 1 : at + 4]) or ABSENT


def _manual(words: list[str], number: int) -> Translation | None:
    words = [word for word in words if word not in ("after-auto", "1", "line", "ipv6")]  # `interface ipv6`: its IPv6
    if "source" not in words or len(words) < words.index("source") + 4:
        return None
    at = words.index("source")
    to = words[words.index("destination") + 2 :][:2] if "destination" in words else []
    services = words[words.index("service") + 1 :][:2] if "service" in words else []
    return Translation(
        id=str(number),
        kind=words[at + 1],
        from_=(words[1],),
        to=(words[2],),
        original=(words[at + 2],),
        translated=(words[at + 3],),
        destination=(to[0],) if to else ("any",),
        redirected=(to[1],) if len(to) > 1 else ABSENT,
        services=tuple(services) or ABSENT,
        enabled="inactive" not in words,
    )


def _targets(tree: Line, objects: Objects, outside: Sequence[str]) -> Iterator[Target]:
    """What is published: static translations towards an interface that faces the internet."""
    for name, words in _object_rules(tree):
        if len(words) > 4 and words[3] == "static" and words[2] in (*outside, "any"):
            real, asked = _pair(words)
            yield from _published(objects, name, words[4], asked, real)
    for one in translations(tree):
        if one.enabled is True and not one.id.startswith(("object ", "static ")) and one.kind == "static":
            yield from _published_by_hand(one, objects, outside)
    yield from _old(tree, objects, outside)


def _pair(words: list[str]) -> tuple[Service, Service]:
    """The host's port and the port asked for, of `service tcp REAL MAPPED`."""
    at = words.index("service") if "service" in words else len(words)
    if len(words) < at + 4:
        return ANY_SERVICE, ANY_SERVICE
    real, mapped = (ports(words[at + 1], port(word), port(word)) for word in words[at + 2 : at + 4])
    return real or ANY_SERVICE, mapped or ANY_SERVICE


def _published(objects: Objects, name: str, mapped: str, asked: Service, real: Service) -> Iterator[Target]:
    hosts = objects.addresses(name)
    translated = objects.addresses(mapped)
    if mapped != "interface" and addresses(translated).private:
        return  # translated to an address the internet does not route
    for host in hosts[:64]:
        yield Target(host, addresses((host,)), asked, real)


def _published_by_hand(one: Translation, objects: Objects, outside: Sequence[str]) -> Iterator[Target]:
    texts = [part[0] if isinstance(part, tuple) and part else "" for part in
             (one.from_, one.to, one.original, one.translated, one.destination, one.redirected)]  # fmt: skip
    from_, to, original, mapped, destination, redirected = texts
    named = one.services if isinstance(one.services, tuple) and len(one.services) == 2 else ()
    pair = [next(iter(services_of_name(objects, name)), ANY_SERVICE) for name in named] or [ANY_SERVICE, ANY_SERVICE]
    if from_ in outside and redirected:  # asked from outside: the destination is translated
        yield from _published(objects, redirected, destination, pair[0], pair[1])
    elif to in (*outside, "any") and destination == "any" and original != mapped:
        yield from _published(objects, original, mapped, pair[1], pair[0])


def services_of_name(objects: Objects, name: str) -> tuple[Service, ...]:
    """The services of a service object."""
    row = Entry("", 0, "", (), (), objects.services(name), True, False)
    return services_of(row) if name in objects.offered else ()


def _old(tree: Line, objects: Objects, outside: Sequence[str]) -> Iterator[Target]:
    """`static (inside,outside) tcp interface 3389 10.0.0.5 3389` of 8.2 and before; rules name what is asked."""
    for line in tree.starting("static ("):
        words = re.sub(r"[(),]", " ", line.text).split()
        if len(words) < 5 or words[2] not in outside:
            continue
        if words[3] in ("tcp", "udp") and len(words) > 7:
            asked, real = (ports(words[3], port(word), port(word)) or ANY_SERVICE for word in (words[5], words[7]))
            mapped, host = words[4], words[6]
        else:
            asked = real = ANY_SERVICE
            mapped, host = words[3], words[4]
        (host,) = objects.addresses(host)[:1]
        seen = EVERYWHERE if mapped == "interface" else addresses(objects.addresses(mapped))
        yield Target(host, seen, asked, real, inner=False)


# ---- what the internet reaches ----


def _gates(tree: Line, objects: Objects, interface: str) -> list[Gate]:
    """The entries that what comes in by an interface meets: its own list first, then the global one."""
    places = bound(tree)
    mine = [name for name, where in places.items() if interface in where]
    everywhere = [name for name, where in places.items() if "any" in where]
    lists = entries(tree, objects)
    found = []
    for row in (row for name in (*mine, *everywhere) for row in lists.get(name, ())):
        services = services_of(row) or (ANY_SERVICE,)
        if row.from_ not in ("", interface) or TUNNEL_RULE in row.conditions:
            continue
        if row.enabled and not ((row.strange or row.conditions) and row.action == "deny"):
            source, destination = addresses(row.source), addresses(row.destination)
            found.append(Gate(f"{row.list}#{row.number}", row.action == "permit", source, destination, services))
    return found


def exposed(tree: Line) -> tuple[Exposed, ...]:
    """What entries and translations let in together, and the box's own listeners that face the internet."""
    objects, outside = Objects.of(tree), outside_interfaces(tree)
    targets = tuple(_targets(tree, objects, outside))
    found = dict.fromkeys(row for name in outside for row in reach(_gates(tree, objects, name), targets))
    return (*found, *_listeners(tree, outside))


def _listeners(tree: Line, outside: Sequence[str]) -> Iterator[Exposed]:
    for line in tree.starting("webvpn"):
        said = line.after("port ").partition(" ")[0]
        for below in line.starting("enable "):
            if below.words[1] in outside:
                yield Exposed("vpn", int(said) if said.isdecimal() else 443, "tcp", "any", below.words[1], "webvpn")
    for line in tree.starting("crypto ikev1 enable ", "crypto ikev2 enable ", "crypto isakmp enable "):
        if line.words[3] in outside:
            yield Exposed("vpn", 500, "udp", "any", line.words[3], " ".join(line.words[:3]))
            if match := re.search(r" client-services port (\d+)", line.text):
                yield Exposed("vpn", int(match[1]), "tcp", "any", line.words[3], "client-services")
    for kind, source, interface in managed(tree):
        if interface in outside:
            number = tree.after("http server enable").split() if kind == "http" else []
            asked = {"ssh": 22, "telnet": 23}.get(kind, int(number[0]) if number and number[0].isdecimal() else 443)
            name = "https" if kind == "http" else kind
            yield Exposed(name, asked, "tcp", source, interface, f"{kind} {source} {interface}")


def managed(tree: Line) -> Iterator[tuple[str, str, str]]:
    """From where the box may be managed: (ssh, http or telnet; a network or any; an interface)."""
    web = bool(tree.starting("http server enable"))
    for line in tree.below:
        match = re.match(
            r"(ssh|http|telnet) ([\d.]+) ([\d.]+) (\S+)$|(ssh|http|telnet) (\S*:\S*/\d+) (\S+)$", line.text
        )
        if match is None:
            continue
        kind, interface = match.group(1) or match.group(5), match.group(4) or match.group(7)
        if match.group(2) in EVERYTHING and match.group(3) in EVERYTHING:
            source = "any"
        else:
            source = network(match.group(2), match.group(3)) if match.group(2) else match.group(6)
        if kind != "http" or web:
            yield kind, "any" if source == "::/0" else source, interface


def management(tree: Line) -> str:
    """Whether ssh, http or telnet management answers on an outside interface: no, restricted or open."""
    outside = outside_interfaces(tree)
    sources = {source for _, source, interface in managed(tree) if interface in outside}
    return "open" if "any" in sources else "restricted" if sources else "no"
