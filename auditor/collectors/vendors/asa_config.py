"""Cisco ASA's running configuration: what it decides about remote access and about its own management."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import asa_lines, asa_rules
from auditor.collectors.vendors.asa_objects import Objects, unread_entries
from auditor.collectors.vendors.blocks import Line, indented, looks_whole, secret_class, weak
from auditor.collectors.vendors.listeners import ssh_offers
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.trees import ended
from auditor.facts import Accounts, Authentication, Pool, Proposal
from auditor.filters import network
from auditor.model import Key
from auditor.values import ABSENT, Absent

FACTORY_GROUPS: Final = ("DefaultRAGroup", "DefaultWEBVPNGroup")
FACTORY_POLICY: Final = "DfltGrpPolicy"
FACTORY_MSS: Final = 1380
REMOTE: Final = ("type remote-access", "type webvpn", "type ipsec-ra")


def configuration(output: str) -> Told:
    """`show running-config`, whole or in part: what a part does not show is told only where the whole was seen."""
    tree = indented(output)
    if not tree.below:
        return unread(output)
    whole = looks_whole(output) or (
        ended(output) and bool(re.search(r"^(?:: (?:Saved|end)|ASA Version)", output, re.M))
    )
    found = _remote(tree, whole) | _rules(tree, whole) | _plane(tree, whole) | _lines(tree)
    if name := tree.after("hostname "):
        found[facts.IDENTITY_NAME] = name
    if match := re.search(r"^(?:ASA|NGFW) Version (\S+)", output, re.M):
        found[facts.IDENTITY_OS_VERSION] = match.group(1)
    return Told(found, unparsed=unread_entries(tree) if found else len(output.splitlines()))


# ---- groups and policies ----


def groups(tree: Line) -> dict[str, list[Line]]:
    """The lines of each group of remote users, by its name; the factory's count where they are set up."""
    named: dict[str, list[Line]] = {}
    remote: set[str] = set()
    for line in tree.starting("tunnel-group "):
        words = line.words
        if len(words) < 3:
            continue
        named.setdefault(words[1], []).extend(line.below)
        if line.text.endswith(REMOTE) or (words[1] in FACTORY_GROUPS and line.below):
            remote.add(words[1])
    return {name: lines for name, lines in named.items() if name in remote}


def policies(tree: Line) -> tuple[str, ...]:
    """The group policies that groups of remote users start from."""
    found = (
        next((line.words[1] for line in lines if line.text.startswith("default-group-policy ")), FACTORY_POLICY)
        for lines in groups(tree).values()
    )
    return tuple(sorted(set(found)))


def _setting(tree: Line, name: str, start: str) -> str:
    """A value of a group policy, inherited from the default policy; "" where neither sets it."""
    for policy in (name, FACTORY_POLICY):
        for line in tree.starting(f"group-policy {policy} attributes"):
            if value := line.after(start):
                return value
    return ""


def _remote(tree: Line, whole: bool) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {}
    if pools := _pools(tree):
        found[facts.VPN_POOLS] = pools
    if offers := proposals(tree, whole):
        found[facts.VPN_PROPOSALS] = offers
    if ways := _authentication(tree, whole):
        found[facts.VPN_AUTHENTICATION] = ways
    if groups(tree) and whole:
        found |= _tunnel(tree, policies(tree), ("tunnelall", "30", "none"))
    else:
        named = tuple(line.words[1] for line in tree.starting("group-policy ") if line.text.endswith("attributes"))
        found |= _tunnel(tree, named, ("", "", ""))
    limits = [
        re.match(r"vpn-sessiondb max-\S*(?:anyconnect|webvpn|session)\S*-?limit (\d+)", one.text) for one in tree.below
    ]
    if said := [int(match.group(1)) for match in limits if match]:
        found[facts.VPN_SESSIONS_CONFIGURED] = min(said)
    return found | _listener(tree, whole)


def _pools(tree: Line) -> tuple[Pool, ...]:
    """Pools; the addresses of the net and of the broadcast are not handed out."""
    found = []
    for line in tree.starting("ip local pool "):
        if match := re.match(r"ip local pool (\S+) ([\d.]+)(?:-([\d.]+))?(?: mask (\S+))?$", line.text):
            first, last = match.group(2), match.group(3) or match.group(2)
            found.append(Pool(match.group(1), first, last, addresses=between(first, last)))
    return tuple(found)


def between(first: str, last: str) -> int | Absent:
    """How many addresses from one to the other, both included."""
    try:
        count = int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1
    except ValueError:
        return ABSENT
    return count if count > 0 else ABSENT


_MODES: Final = {"tunnelall": "full", "tunnelspecified": "split", "excludespecified": "selective"}


def _tunnel(tree: Line, names: Sequence[str], factory: tuple[str, str, str]) -> dict[Key[Any], Any]:
    """Mode, routes and timers of these policies; the widest mode on the link speaks, and the longest timer."""
    found: dict[Key[Any], Any] = {}
    how = [_MODES.get(_setting(tree, name, "split-tunnel-policy ") or factory[0], "") for name in names]
    if how and all(how):
        found[facts.VPN_TUNNEL_MODE] = next(mode for mode in ("full", "selective", "split") if mode in how)
    named = [name for name in names if _setting(tree, name, "split-tunnel-policy ") in ("tunnelspecified", "")]
    if routes := tuple(dict.fromkeys(route for name in named for route in _routes(tree, name))):
        found[facts.VPN_TUNNEL_ROUTES] = routes
    for key, start, default in (
        (facts.VPN_IDLE_TIMEOUT, "vpn-idle-timeout ", factory[1]),
        (facts.VPN_MAX_SESSION, "vpn-session-timeout ", factory[2]),
    ):
        said = [(_setting(tree, name, start) or default).split()[:1] for name in names]
        minutes = [
            0 if words == ["none"] else int(words[0]) if words and words[0].isdecimal() else -1 for words in said
        ]
        if minutes and -1 not in minutes:
            found[key] = 0 if 0 in minutes else 60 * max(minutes)  # 0: sessions never end
    return found


def _routes(tree: Line, policy: str) -> Iterator[str]:
    name = _setting(tree, policy, "split-tunnel-network-list value ")
    objects = Objects.of(tree)
    for line in tree.starting(f"access-list {name} ") if name else ():
        words = line.words
        if words[2:4] == ["standard", "permit"]:
            words = words[4:]
            if words[:1] == ["host"]:
                yield from words[1:2]
            elif len(words) > 1 and (found := network(words[0], words[1])):
                yield found
        elif (one := objects.entry(words, 0)) is not None and one.action == "permit":
            yield from one.source


def _listener(tree: Line, whole: bool) -> dict[Key[Any], Any]:
    """What the VPN listens with: TLS, DTLS, IKE, and the sizes that fit the tunnel."""
    found: dict[Key[Any], Any] = {}
    web = [below for line in tree.starting("webvpn") for below in line.below]
    tls = any(line.text.startswith("enable ") for line in web)
    no_dtls = any(line.text.startswith(("no dtls", "dtls disable")) for line in web) or _no_dtls(tree)
    ways = (["tcp"] if no_dtls else ["dtls", "tcp"]) if tls else []
    if whole and any(tree.starting(f"crypto ikev{n} enable ") for n in (1, 2)) and groups(tree):
        ways += ["udp", *([] if tree.starting("no crypto isakmp nat-traversal") else ["nat-t"])]
    if ways:
        found[facts.VPN_TRANSPORTS] = tuple(dict.fromkeys(ways))
    size = tree.after("sysopt connection tcpmss ").split()
    if size and size[0].isdecimal():
        found[facts.VPN_MSS] = int(size[0])
    elif whole and groups(tree):
        found[facts.VPN_MSS] = FACTORY_MSS
    if minimum := tree.after("ssl server-version ").split():
        found[facts.VPN_TLS_MINIMUM] = minimum[0]
    return found


def _no_dtls(tree: Line) -> bool:
    """Whether every policy of remote users switches DTLS off (`anyconnect ssl dtls none`)."""
    ways = []
    for name in policies(tree):
        lines = [one for row in tree.starting(f"group-policy {name} attributes") for one in row.starting("webvpn")]
        ways.append(any(one.text.endswith(" ssl dtls none") for row in lines for one in row.below))
    return bool(ways) and all(ways)


# ---- cryptography ----

_CIPHERS: Final = {
    "aes": "aes-128-cbc", "aes-192": "aes-192-cbc", "aes-256": "aes-256-cbc", "3des": "3des", "des": "des",
}  # fmt: skip


def cipher(name: str) -> str:
    """`esp-aes-256`, `aes-gcm-256`, `aes-gmac` in the names of the vocabulary."""
    name = name.removeprefix("esp-")
    galois = re.fullmatch(r"aes-(gcm|gmac)(?:-(\d+))?", name)
    return f"aes-{galois.group(2) or 128}-{galois.group(1)}" if galois else _CIPHERS.get(name, name)


def digest(name: str) -> str:
    """`esp-sha-hmac`, `sha-256`, `md5` in the names of the vocabulary."""
    name = name.lower().removeprefix("esp-").removesuffix("-hmac")
    sizes = {"sha": "sha1", "sha-1": "sha1", "sha96": "sha1"}
    return sizes.get(name, name.replace("sha-", "sha"))


def _many(names: Iterable[str]) -> tuple[str, ...] | Absent:
    return tuple(dict.fromkeys(names)) or ABSENT


def proposals(tree: Line, whole: bool) -> tuple[Proposal, ...]:
    """IKE policies, and the IPsec proposals that a crypto map offers; of a part of a configuration, all of them."""
    maps = tree.starting("crypto map ", "crypto dynamic-map ")
    found = []
    for line in tree.starting("crypto ikev1 policy ", "crypto ikev2 policy ", "crypto isakmp policy "):
        protocol = "ikev2" if line.words[1] == "ikev2" else "ikev1"
        if whole and not tree.starting(f"crypto {protocol} enable ", "crypto isakmp enable "):
            continue  # no interface listens: it is offered to nobody
        found.append(_policy(line, protocol, _use(tree, protocol)))
    for line in tree.starting("crypto ipsec ikev2 ipsec-proposal ", "crypto ipsec ikev1 transform-set ",
                              "crypto ipsec transform-set "):  # fmt: skip
        name = line.words[3] if line.words[2] == "transform-set" else line.words[4]
        offered = [one for one in maps if name in one.words and re.search(r"set (?:ikev[12] )?(?:tr|ip)", one.text)]
        if offered or not whole:
            found.append(_offer(line, _dynamic(tree, offered), _pfs(maps, offered)))
    return tuple(found)


def _use(tree: Line, protocol: str) -> str:
    """Whether remote users may come by an IKE version: by the tunnel protocols of their policies."""
    ways = [
        _setting(tree, name, "vpn-tunnel-protocol ") or "ikev1 ikev2 l2tp-ipsec ssl-clientless"
        for name in policies(tree)
    ]
    names = (protocol, "l2tp-ipsec", "IPSec", "ipsec") if protocol == "ikev1" else (protocol,)
    return "remote" if any(name in way.split() for way in ways for name in names) else "site"


def _dynamic(tree: Line, offered: Sequence[Line]) -> str:
    return "remote" if groups(tree) and any(line.words[1] == "dynamic-map" for line in offered) else "site"


def _pfs(maps: Sequence[Line], offered: Sequence[Line]) -> int | Absent:
    """The group of the entries that offer a proposal, 0 where one of them asks for none."""
    if not offered:
        return ABSENT
    found = []
    for line in offered:
        entry = " ".join(line.words[:4])
        said = next((one.text for one in maps if one.text.startswith(f"{entry} set pfs")), "")
        group = re.search(r"set pfs group(\d+)", said)
        found.append(int(group.group(1)) if group else 14 if said else 0)
    return min(found)


def _policy(line: Line, protocol: str, use: str) -> Proposal:
    said = line.after("integrity ") or line.after("hash ")
    groups_ = tuple(int(number) for number in line.after("group ").split() if number.isdecimal())
    seconds = [int(word) for word in line.after("lifetime ").split() if word.isdecimal()]
    return Proposal(
        use,
        protocol,
        encryption=_many(cipher(name) for name in line.after("encryption ").split()),
        integrity=_many(digest(name) for name in said.split()),
        dh_groups=groups_ or ABSENT,
        lifetime_s=seconds[0] if seconds else ABSENT,
    )


def _offer(line: Line, use: str, pfs: int | Absent) -> Proposal:
    if "ipsec-proposal" in line.text:
        ciphers = line.after("protocol esp encryption ").split()
        digests = line.after("protocol esp integrity ").split()
        return Proposal(use, "ikev2", _many(map(cipher, ciphers)), _many(map(digest, digests)), pfs=pfs)
    parts = [word for word in line.words if word.startswith("esp-")]
    ends = ("-hmac", "-none")
    return Proposal(
        use,
        "ikev1",
        _many(cipher(word) for word in parts if not word.endswith(ends)),
        _many(digest(word) for word in parts if word.endswith(ends)),
        pfs=pfs,
    )


# ---- who may come in ----


def _protocols(tree: Line) -> dict[str, str]:
    """The protocol of each group of servers."""
    lines = tree.starting("aaa-server ")
    return {one.words[1]: one.words[3] for one in lines if one.words[2:3] == ["protocol"] and len(one.words) > 3}


def _authentication(tree: Line, whole: bool) -> tuple[Authentication, ...]:
    protocols = _protocols(tree)
    found = []
    for name, lines in groups(tree).items():
        methods = _methods([line.text for line in lines], protocols, whole)
        if methods:
            found.append(Authentication(name, methods))
    return tuple(found)


def _methods(texts: Sequence[str], protocols: dict[str, str], whole: bool) -> tuple[str, ...]:
    """How one group proves who it is; a second server, or one of one-time passwords, is a second factor."""
    methods: list[str] = []
    how = next((text.split()[1:] for text in texts if re.match(r"authentication (?:aaa|cert|saml|multi)", text)), [])
    servers = [text.split() for text in texts if text.startswith("authentication-server-group")]
    if servers or (whole and "aaa" in (how or ["aaa"])):
        named = [word for words in servers for word in words[1:] if not word.startswith("(")]
        methods += [_server(name, protocols) for name in (named or ["LOCAL"])]
    methods += [word for word in ("certificate", "saml") if any(one.startswith(word) for one in how)]
    if any(text.startswith("secondary-authentication-server-group") for text in texts) or "otp" in methods:
        methods = [*(method for method in methods if method != "otp"), "otp"]
    if any("pre-shared-key" in text for text in texts):
        methods.append("psk")
    return tuple(dict.fromkeys(methods))


def _server(name: str, protocols: dict[str, str]) -> str:
    """The method behind a group of servers: its protocol, or what its name says where that is not shown."""
    if name == "LOCAL":
        return "local"
    known = protocols.get(name, "")
    if known in ("sdi", "securid"):
        return "otp"
    if known:
        return {"tacacs+": "tacacs"}.get(known, known)
    guess = re.search(r"radius|ldap|tacacs|saml|kerberos", name, re.I)
    return guess.group(0).lower() if guess else "aaa"


# ---- rules ----


def _rules(tree: Line, whole: bool) -> dict[Key[Any], Any]:
    """Rules, translation and exposure; the last only where the whole configuration and an outside were seen."""
    found: dict[Key[Any], Any] = {}
    users = policies(tree) if whole else ()
    if (rules := asa_rules.rules(tree, users)) or (whole and not unread_entries(tree)):
        found[facts.FIREWALL_RULES] = rules
    if (moved := asa_rules.translations(tree)) or whole:
        found[facts.FIREWALL_NAT] = moved
    if whole and asa_rules.outside_interfaces(tree) and not unread_entries(tree):
        found[facts.FIREWALL_EXPOSED] = asa_rules.exposed(tree)
        found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] = asa_rules.management(tree)
    return found


# ---- management plane ----


def _lines(tree: Line) -> dict[Key[Any], Any]:
    """The default routes and rates that are written; one that a part does not show may stand elsewhere."""
    told: dict[Key[Any], Any] = {
        facts.ROUTES_DEFAULT: asa_lines.configured(tree),
        facts.LINK_RATES: asa_lines.rates(tree),
    }
    return {key: value for key, value in told.items() if value}


def _plane(tree: Line, whole: bool) -> dict[Key[Any], Any]:
    """Each fact where its lines are shown; their absence counts only in a whole configuration."""
    found: dict[Key[Any], Any] = {}
    telnet = any(re.match(r"telnet \S+ \S+ \S+", line.text) for line in tree.below)
    http = bool(tree.starting("http redirect"))
    for key, said in (
        (facts.ACCESS_TELNET, telnet),
        (facts.ACCESS_HTTP, http),
        (facts.ACCESS_SNMP, _snmp(tree)),
        (facts.ACCESS_LOGGING, _logging(tree)),
        (facts.ACCESS_NTP, tuple(line.words[2] for line in tree.starting("ntp server ") if len(line.words) > 2)),
        (facts.ACCESS_LOCAL_USERS, _users(tree)),
    ):
        if said or whole:
            found[key] = said
    if (words := tree.after("aaa authentication ssh console ").split()) or whole:
        local = not words or words[0] == "LOCAL"
        found[facts.ACCESS_CENTRAL_AUTHENTICATION] = "none" if local else _server(words[0], _protocols(tree))
    custom = [word for line in tree.starting("ssh cipher encryption custom ") for word in line.words[4].split(":")]
    exchange = [line.words[3] for line in tree.starting("ssh key-exchange group ") if len(line.words) > 3]
    if offers := ssh_offers(exchange, custom):
        found[facts.ACCESS_SSH_ALGORITHMS] = offers
    if version := tree.after("ssh version ").split():
        found[facts.ACCESS_SSH_VERSION] = "2" if version == ["2"] else "1,2"
    return found


def _snmp(tree: Line) -> tuple[str, ...]:
    """Each access by the quality of its community, which the tokens of redaction tell, or by its level."""
    if tree.starting("no snmp-server enable") and not tree.starting("snmp-server enable"):
        return ()
    found = []
    for line in tree.starting("snmp-server host "):
        if "version 3" not in line.text and (kind := secret_class(line.text)):
            found.append(_community(kind))
    if not found:
        lines = tree.starting("snmp-server community ")
        found += [_community(secret_class(line.text)) for line in lines]
    for line in tree.starting("snmp-server group "):
        found.append({"priv": "v3-authpriv", "auth": "v3-auth"}.get(line.words[-1], "v3-noauth"))
    return tuple(dict.fromkeys(found))


def _community(kind: str) -> str:
    """An ASA answers only the hosts it names: a good community is restricted."""
    return "v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else "v2c-restricted"


def _logging(tree: Line) -> tuple[str, ...]:
    if not any(line.text == "logging enable" for line in tree.below):
        return ()
    names = Objects.of(tree).hosts
    hosts = tuple(names.get(line.words[3], line.words[3]) for line in tree.starting("logging host ")
                  if len(line.words) > 3)  # fmt: skip
    kept = any(re.match(r"logging (?:buffered|asdm|trap|monitor) ", line.text) for line in tree.below)
    return hosts or (("local",) if kept else ())


def _users(tree: Line) -> tuple[Accounts, ...]:
    users = [line for line in tree.starting("username ") if "attributes" not in line.words]
    bad = sum(1 for line in users if weak(secret_class(line.text)))
    return (Accounts(len(users), bad),) if users else ()
