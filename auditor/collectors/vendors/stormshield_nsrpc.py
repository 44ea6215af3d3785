"""Stormshield's NSRPC command line: who it is, the active filter policy, the SSL VPN, who may administer it.

Written from the vendor's "CLI Serverd commands reference guide" (SNS 3 to 5). Every answer begins with a line
`101 code=… msg="Begin" format="section"` and ends with `100 code=… msg="Ok"`: without its end an answer proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors import stormshield_objects
from auditor.collectors.vendors.listeners import SELF
from auditor.collectors.vendors.page import Command, Derivation, Facts, Told, unread
from auditor.collectors.vendors.stormshield_objects import KNOWN, said_lines, sections
from auditor.facts import NamedObject, Proposal, Rule, Translation
from auditor.filters import ANY_SERVICE, EVERYWHERE, Gate, Service, Target, addresses, reach, service, side
from auditor.model import Key
from auditor.values import ABSENT, Absent

SLOTS: Final = "CONFIG SLOT LIST type=filter"
TRANSLATION: Final = "CONFIG FILTER EXPLICIT index=NN type=nat"
POLICY: Final = "CONFIG FILTER EXPLICIT index=NN type=filter"
_ACTIONS: Final = {"pass": "permit", "decrypt": "permit", "block": "deny", "reset": "deny"}
# ---- who it is ----


def system(output: str) -> Told:
    """`SYSTEM PROPERTY`: model, version, serial number."""
    said = (sections(output) or {}).get("result", {})
    if not said.get("version"):
        return unread(output)
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Stormshield", facts.IDENTITY_PLATFORM: "stormshield"}
    named = (
        ("model", facts.IDENTITY_MODEL),
        ("version", facts.IDENTITY_OS_VERSION),
        ("serialnumber", facts.IDENTITY_SERIAL),
    )
    found |= {key: line(said[name]) for name, key in named if said.get(name)}
    return Told(found)


def is_stormshield(output: str) -> bool:
    return bool(re.search(r'^Type="?Firewall"?\s*$', output, re.M) and re.search(r"^SerialNumber=", output, re.M))


# ---- the filter ----


def active(output: str) -> tuple[str, ...]:
    """The questions of the policy that is active: its filter and its translation; none where the slot is 00."""
    said = (sections(output) or {}).get("global", {}).get("active", "")
    known = re.fullmatch(r"0?[1-9]|10", said)
    return tuple(f"CONFIG FILTER EXPLICIT index={said} type={kind}" for kind in ("filter", "nat")) if known else ()


def slots(output: str) -> Told:
    """`CONFIG SLOT LIST type=filter`: only whether it was understood; the policy is asked of the slot it names."""
    return Told() if (sections(output) or {}).get("global") else unread(output)


def policy(output: str) -> Told:
    """`CONFIG FILTER EXPLICIT`: the rules in their order; one that is not understood makes the whole a gap."""
    rows = said_lines(output)
    if rows is None:
        return unread(output)
    wanted = [
        text for text in rows if not re.fullmatch(r"\[\w+\]", text) and not re.match(r"position=\d+; ?separator", text)
    ]
    read = [_rule(text) for text in wanted]
    known = tuple(rule for rule in read if rule is not None)
    return Told({facts.FIREWALL_RULES: known}) if len(known) == len(wanted) else Told(unparsed=len(wanted) - len(known))


_RULE: Final = re.compile(
    r"position=\d+; ?ruleid=(?P<id>\d+)(?:; ?\S+?)*?: (?P<head>.*?) ?\bfrom (?P<source>.+?) to (?P<rest>.+)"
)
_PART: Final = r"(\S+|\"[^\"]*\")"


def _rule(text: str) -> Rule | None:
    """`position=2; ruleid=1: off pass log from any to firewall_all port https # comment`."""
    bare, _, comment = text.partition(" # ")
    match = _RULE.match(bare)
    if match is None:
        return None
    head, rest = match["head"].split(), match["rest"]
    action = next((word for word in head if word in _ACTIONS or word in ("log", "deleg", "nat")), "")
    source, destination = re.match(_PART, match["source"]), re.match(_PART, rest)
    if not action or source is None or destination is None:
        return None
    user, _, host = source[1].rpartition("@")
    port = re.search(r"\bport (\S+)", rest)
    return Rule(
        id=match["id"],
        action=_ACTIONS.get(action, action),
        name=line(comment) or ABSENT,
        enabled="off" not in head,
        from_=_interface(match["source"]),
        to=(SELF,) if destination[1].lower().startswith("firewall_") else _interface(rest),
        source=_names(host),
        destination=_names(destination[1]),
        services=_services(port[1] if port else "", head),
        logged="log" in head[1:] or any(word in head for word in ("minor", "major")),
        profiles=_profiles(head),
        groups=(line(user.strip('"')),) if user else ABSENT,
        conditions=_conditions(head, match["source"]) or ABSENT,
    )


def _interface(text: str) -> tuple[str, ...]:
    found = re.search(r"\bon (\S+)", text)
    return (line(found[1]),) if found else ("any",)


def _names(text: str) -> tuple[str, ...]:
    """Objects by their names, `|` between them; `!` before what is excepted."""
    return tuple(line(one.strip('"')) for one in text.split("|") if one) or ("any",)


def _services(text: str, head: Sequence[str]) -> tuple[str, ...]:
    kind = _after(head, "ipproto")
    if not text or text == "any":
        return (str(service(kind) or kind),) if kind not in ("", "any", "none") else ("any",)
    found = [one for name in text.split("|") for one in KNOWN.get(name.lower(), (line(name),))]
    return tuple(
        one for one in found if kind in ("", "any") or not one.startswith(("tcp/", "udp/")) or one.startswith(kind)
    )


def _after(words: Sequence[str], name: str) -> str:
    return words[words.index(name) + 1] if name in words[:-1] else ""


def _profiles(head: Sequence[str]) -> tuple[str, ...]:
    """The inspection: `inspection firewall` looks at nothing; what is not said is the factory's, prevention."""
    kind = _after(head, "inspection") or "ips"
    options = [
        word
        for word in " ".join(head).replace(",", " ").split()
        if re.match(r"antivirus|antispam|urlfilter|sandbox", word)
    ]
    return tuple(([] if kind == "firewall" else [kind]) + options)


def _conditions(head: Sequence[str], source: str) -> tuple[str, ...]:
    said = [f"{name} {value}" for name in ("schedule", "time", "tos", "type") if (value := _after(head, name))]
    port = re.search(r"\bport (\S+)", source)
    return (*said, *([f"source port {port[1]}"] if port else []))


# ---- what the internet reaches ----


def exposed(known: Facts) -> Any:
    """What rules let in from anywhere: to the firewall itself, and to the hosts that they name.

    A filter of SNS is met before the destination is translated: a host that it opens to everywhere is published.
    """
    objects: tuple[NamedObject, ...] = known.get(facts.FIREWALL_OBJECTS, ())
    moved: tuple[Translation, ...] = known.get(facts.FIREWALL_NAT, ())
    rules: tuple[Rule, ...] = known.get(facts.FIREWALL_RULES, ())
    gates = [gate for rule in rules if (gate := _gate(stormshield_objects.resolved(rule, objects))) is not None]
    behind = [target for one in moved for target in stormshield_objects.targets(one, objects)]
    named = dict.fromkeys(name for gate in gates if gate.permit for name in gate.destination.unresolved)
    hosts = [Target(SELF if _own(name) else name, addresses((name,)), inner=False) for name in named]
    found = [row for row in reach(gates, [*behind, *hosts, _ITSELF]) if row.service != "icmp"]
    led = {(one.asked.protocol, one.asked.first) for one in behind}  # what is led to a host does not reach the box
    return tuple(dict.fromkeys(row for row in found if row.to != SELF or (row.protocol, row.port) not in led))


def _known_exposed(known: Facts) -> Any:
    """Without the rules nothing is known to be open or closed."""
    return exposed(known) if facts.FIREWALL_RULES in known else ABSENT


_ITSELF: Final = Target(SELF, addresses(("firewall_all",)), inner=False)


def _own(name: str) -> bool:
    return name.lower().startswith("firewall_")


def _gate(rule: Rule) -> Gate | None:
    """A rule as what comes from the internet meets it; those from inside, and for the internet, are another's."""
    permit = rule.action == "permit"
    told = rule.source if isinstance(rule.source, tuple) else ("any",)
    inward = any(name.lower() in ("any", "internet") or name.startswith("!") for name in told)
    vague = isinstance(rule.conditions, tuple) or isinstance(rule.groups, tuple)
    if (
        rule.enabled is not True
        or rule.action not in ("permit", "deny")
        or not inward
        or rule.destination == ("internet",)
    ):
        return None
    if rule.from_ not in (("any",), ("out",)) and isinstance(rule.from_, tuple) and "in" in rule.from_:
        return None
    offered = [service(text) for text in rule.services] if isinstance(rule.services, tuple) else [ANY_SERVICE]
    if not permit and (None in offered or vague):
        return None  # a refusal of something unknown, or of some alone, closes nothing for sure
    names = tuple(name.lower() if _own(name) else name for name in _texts(rule.destination))
    kinds = tuple(
        one or Service(f"application {text}") for one, text in zip(offered, _texts(rule.services), strict=True)
    )
    return Gate(
        rule.id, permit, EVERYWHERE if permit or "any" in told else side(told, permit), side(names, permit), kinds
    )


def _texts(part: tuple[str, ...] | Absent) -> tuple[str, ...]:
    return part if isinstance(part, tuple) else ("any",)


# ---- the SSL VPN ----


def openvpn(output: str) -> Told:
    """`CONFIG OPENVPN SHOW`: what it offers, the pool by the name of its object, and what is routed to it."""
    said = (sections(output) or {}).get("config", {})
    if said.get("state") not in ("0", "1"):
        return unread(output)
    if said["state"] == "0":
        return Told()  # switched off: there is nothing to tell, and tunnels of IPsec stand elsewhere
    found: dict[Key[Any], Any] = {facts.VPN_PROPOSALS: (_proposal(said),)}
    if name := line(said.get("pool", "")):
        found[facts.FIREWALL_OBJECTS] = (NamedObject("VPN", "pool", (name,)),)
    if routed := tuple(line(one) for one in re.split(r"[,\s]+", said.get("route", "")) if one):
        full = any(one.lower() in ("any", "internet") for one in routed)
        found |= {facts.VPN_TUNNEL_MODE: "full" if full else "split", facts.VPN_TUNNEL_ROUTES: routed}
    return Told(found)


def _proposal(said: Mapping[str, str]) -> Proposal:
    def named(name: str) -> tuple[str, ...] | Absent:
        return tuple(one.lower() for one in re.split(r"[,:\s]+", said.get(name, "")) if one) or ABSENT

    timeout = said.get("timeout", "")
    return Proposal(
        "remote",
        "openvpn",
        named("cipher"),
        named("authalgo"),
        lifetime_s=int(timeout) if timeout.isdecimal() else ABSENT,
    )


# ---- administration ----


def administrators(output: str) -> Told:
    """`CONFIG WEBADMIN ACCESS SHOW`: the networks that may administer it; `any` is everybody."""
    rows = said_lines(output)
    names = [text.lower() for text in rows or () if not text.startswith("[")]
    if not names:
        return unread(output)
    if any(name in ("any", "internet") for name in names):
        return Told({facts.ACCESS_MANAGEMENT_FROM_INTERNET: "open"})
    inner = all(name.startswith("network_") for name in names)
    return Told({facts.ACCESS_MANAGEMENT_FROM_INTERNET: "no" if inner else "restricted"})


COMMANDS: Final = (
    Command("SYSTEM PROPERTY", (facts.IDENTITY_OS_VERSION,), system),
    Command(SLOTS, (facts.FIREWALL_RULES,), slots, follow=active),
    Command(
        POLICY, (facts.FIREWALL_RULES,), policy, 60.0, pattern=r"CONFIG FILTER EXPLICIT index[= ]\d{1,2} type[= ]filter"
    ),
    Command(
        TRANSLATION,
        (facts.FIREWALL_NAT,),
        stormshield_objects.translations,
        60.0,
        pattern=r"CONFIG FILTER EXPLICIT index[= ]\d{1,2} type[= ]nat",
    ),
    Command(
        "CONFIG OBJECT LIST type=all usage=any",
        (facts.FIREWALL_OBJECTS,),
        stormshield_objects.objects,
        60.0,
        also=("CONFIG OBJECT LIST type=all",),
    ),
    Command("CONFIG OPENVPN SHOW", (facts.VPN_PROPOSALS, facts.VPN_POOLS), openvpn),
    Command("CONFIG NTP SERVER LIST", (facts.ACCESS_NTP,), stormshield_objects.clocks),
    Command("SYSTEM LICENSE DUMP", (facts.SYSTEM_LICENCES,), stormshield_objects.licences),
    Command("CONFIG WEBADMIN ACCESS SHOW", (facts.ACCESS_MANAGEMENT_FROM_INTERNET,), administrators),
)
DERIVED: Final[Mapping[Key[Any], Derivation]] = {
    facts.FIREWALL_EXPOSED: Derivation(
        (facts.FIREWALL_RULES, facts.FIREWALL_NAT, facts.FIREWALL_OBJECTS), _known_exposed
    ),
    facts.VPN_POOLS: Derivation((facts.FIREWALL_OBJECTS,), stormshield_objects.pools),
}
