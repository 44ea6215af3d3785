"""swanctl.conf and ipsec.conf: what a strongSwan or libreswan gateway offers, asks for and hands out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors import saved
from auditor.collectors.vendors.page import Told, unread
from auditor.facts import Authentication, Pool, Proposal
from auditor.filters import span_of
from auditor.model import Key
from auditor.values import ABSENT, Absent

GROUPS: Final[Mapping[str, int]] = {
    "modp768": 1, "modp1024": 2, "modp1536": 5, "modp2048": 14, "modp3072": 15, "modp4096": 16, "modp6144": 17,
    "modp8192": 18, "ecp256": 19, "ecp384": 20, "ecp521": 21, "modp1024s160": 22, "modp2048s224": 23,
    "modp2048s256": 24, "ecp192": 25, "ecp224": 26, "ecp256bp": 28, "ecp384bp": 29, "ecp512bp": 30, "curve25519": 31,
    "x25519": 31, "curve448": 32, "x448": 32, "dh14": 14, "dh15": 15, "dh16": 16, "dh18": 18, "dh19": 19, "dh20": 20,
    "dh21": 21, "dh31": 31,
}  # fmt: skip
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def offer(use: str, version: str, text: str, lifetime: str = "") -> Proposal | None:
    """`aes256-sha256-ecp256,aes128gcm16-prfsha256-x25519!`; None where it is the default of the version."""
    ciphers, hashes, groups = [], [], []
    for word in re.split(r"[,\-;+ ]+", text.lower().strip(" !")):
        name = word.strip().replace("_", "")
        if name in GROUPS:
            groups.append(GROUPS[name])
        elif cipher := _cipher(name):
            ciphers.append(cipher)
        elif found := re.fullmatch(r"(?:hmac)?(sha2?)(256|384|512)?(?:96)?|(md5|aesxcbc|aescmac|sha1)\d*", name):
            hashes.append(found[3] or (f"sha{found[2]}" if found[2] else "sha1" if found[1] == "sha" else "sha256"))
    if not ciphers:
        return None
    return Proposal(
        use,
        f"ikev{version}",
        encryption=tuple(dict.fromkeys(ciphers)),
        integrity=tuple(dict.fromkeys(hashes)) or ABSENT,
        dh_groups=tuple(dict.fromkeys(groups)) or ABSENT,
        lifetime_s=seconds(lifetime),
    )


def _cipher(name: str) -> str:
    if found := re.fullmatch(r"aes(128|192|256)?(ctr|gcm|ccm)?(?:8|12|16|64|96|128)?", name):
        return f"aes-{found[1] or 128}-{found[2] or 'cbc'}"
    if found := re.fullmatch(r"aes(gcm|ccm)(?:8|12|16)?(128|192|256)?", name):  # libreswan
        return f"aes-{found[2] or 128}-{found[1]}"
    known = {"3des": "3des", "des": "des", "null": "null", "chacha20poly1305": "chacha20-poly1305"}
    return known.get(
        name, "blowfish" if name.startswith("blowfish") else "camellia" if name.startswith("camellia") else ""
    )


def seconds(text: str) -> int | Absent:
    """`3600`, `60m`, `8h`, `1d`; 0 is never, and tells nothing."""
    found = re.fullmatch(r"(\d+)\s*([smhd]?)", text.strip())
    return int(found[1]) * _UNITS[found[2]] or ABSENT if found else ABSENT


# ---- swanctl.conf ----


@dataclass
class Section:
    """A section of swanctl.conf: its settings, and the sections in it."""

    said: dict[str, str] = field(default_factory=dict)
    below: dict[str, Section] = field(default_factory=dict)

    def rows(self, name: str) -> dict[str, Section]:
        return self.below.get(name, Section()).below


def sections(text: str) -> Section | None:
    """The tree of `name { key = value }`; None where its braces do not close: it was cut off."""
    root = Section()
    path = [root]
    borrowed: list[tuple[Section, str]] = []
    for raw in re.sub(r"(?m)(^|\s)#.*$", "", text).replace("{", " {\n").replace("}", "\n}\n").splitlines():
        one = raw.strip()
        if one.endswith("{"):
            name, _, lent = one[:-1].partition(":")
            path.append(path[-1].below.setdefault(name.strip(), Section()))
            borrowed += [(path[-1], said.strip()) for said in lent.split(",") if said.strip()]
        elif one == "}":
            if len(path) == 1:
                return None
            path.pop()
        elif "=" in one:
            name, _, value = one.partition("=")
            path[-1].said[name.strip()] = value.strip().strip('"')
    for section, said in borrowed[:MOST]:
        _lend(root, section, said)
    return root if len(path) == 1 else None


MOST: Final = 1_000


def _lend(root: Section, section: Section, path: str) -> None:
    """`office : connections.base { … }`: what another section says, unless this one says otherwise."""
    lender = root
    for name in path.split("."):
        lender = lender.below.get(name.strip(), Section())
    if not _holds(lender, section, 4):  # no section borrows from one that it is in
        made = _over(lender, section, 4)
        section.said, section.below = made.said, made.below


def _holds(outer: Section, section: Section, depth: int) -> bool:
    return outer is section or (depth > 0 and any(_holds(one, section, depth - 1) for one in outer.below.values()))


def _over(lender: Section, own: Section, depth: int) -> Section:
    """Both sections in one, to the depth that a child of a connection has."""
    names = dict.fromkeys((*lender.below, *own.below)) if depth else {}
    nothing = Section()
    below = {name: _over(lender.below.get(name, nothing), own.below.get(name, nothing), depth - 1) for name in names}
    return Section(lender.said | own.said, below or {**lender.below, **own.below})


def swanctl(output: str) -> Told:
    """`swanctl.conf` or a file of its conf.d."""
    tree = sections(output)
    if tree is None or not (tree.rows("connections") or tree.rows("pools")):
        return unread(output)
    found: dict[Key[Any], Any] = {}
    for name, one in tree.rows("connections").items():
        _add(found, _connection(name, one))
    pools = tuple(pool for name, one in tree.rows("pools").items() if (pool := _range(name, one.said.get("addrs", ""))))
    if pools:
        found[facts.VPN_POOLS] = pools
    if named := {name: one.said.get("version", "0") for name, one in tree.rows("connections").items()}:
        found[facts.CONFIG_STARTUP] = tuple(
            saved.part("ike", name, _KEYED.get(said, "")) for name, said in named.items()
        )
    return Told(found)


_KEYED: Final = {"0": "IKEv1/2", "1": "IKEv1", "2": "IKEv2"}
"""How `swanctl --list-conns` spells the versions of swanctl.conf(5)."""


def _add(found: dict[Key[Any], Any], more: Mapping[Key[Any], Any]) -> None:
    """Lists grow, nothing twice; one connection that leads everything through its tunnel decides the mode."""
    for key, value in more.items():
        if isinstance(value, tuple):
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *value)))
        elif found.setdefault(key, value) != value and key == facts.VPN_TUNNEL_MODE:
            found[key] = "full"


def _connection(name: str, one: Section) -> dict[Key[Any], Any]:
    remote = bool(one.said.get("pools")) or one.said.get("remote_addrs", "%any") in ("", "%any")
    use, version = "remote" if remote else "site", "1" if one.said.get("version") == "1" else "2"
    offers = (
        [offer(use, version, one.said["proposals"], one.said.get("rekey_time", "4h"))]
        if "proposals" in one.said
        else []
    )
    for child in one.below.get("children", Section()).below.values():
        if "esp_proposals" in child.said:
            made = offer(use, version, child.said["esp_proposals"], child.said.get("rekey_time", "1h"))
            offers.append(_secured(made))
    found: dict[Key[Any], Any] = {}
    if known := tuple(row for row in offers if row):
        found[facts.VPN_PROPOSALS] = known
    if remote:
        methods = tuple(dict.fromkeys(method(part.said.get("auth", "pubkey")) for key, part in one.below.items()
                                      if key.startswith("remote")))  # fmt: skip
        found |= {facts.VPN_AUTHENTICATION: (Authentication(line(name), methods),)} if methods else {}
        inner = " ".join(
            child.said.get("local_ts", "") for child in one.below.get("children", Section()).below.values()
        )
        found |= _led(inner)
    return found


def _secured(made: Proposal | None, said: str = "") -> Proposal | None:
    """An ESP offer with its own group, without which keys are not exchanged again (strongSwan)."""
    if made is None:
        return None
    groups = made.dh_groups if isinstance(made.dh_groups, tuple) else ()
    return replace(made, pfs=0 if said == "no" or not groups else min(groups))


def _led(text: str) -> dict[Key[Any], Any]:
    networks = [word for word in re.split(r"[,\s]+", text) if word]
    if any(word in ("0.0.0.0/0", "::/0") for word in networks):
        return {facts.VPN_TUNNEL_MODE: "full"}
    routes = tuple(word for word in networks if span_of(word) is not None and "/" in word)
    return {facts.VPN_TUNNEL_MODE: "split", facts.VPN_TUNNEL_ROUTES: routes} if routes else {}


def method(text: str) -> str:
    """`pubkey`, `psk`, `eap-mschapv2`, `eap-radius`, `xauth-pam`, `eap-tls`, `eap-dynamic`."""
    kinds = (
        ("psk", "psk"),
        ("radius", "radius"),
        ("ldap", "ldap"),
        ("otp", "otp"),
        ("totp", "otp"),
        ("tls", "certificate"),
    )
    plain = text.lower()
    found = next((kind for words, kind in kinds if words in plain), "")
    return found or ("local" if plain.startswith(("eap", "xauth")) else "certificate")


def _range(name: str, text: str) -> Pool | None:
    """`10.78.0.0/28`, `10.78.0.10-10.78.0.50`, `10.78.0.1/24`."""
    span = span_of(text.split(",")[0].strip())
    if span is None:
        return None
    size = span[2] - span[1] + 1
    if "/" in text:
        return Pool(line(name), network=text.strip(), addresses=max(0, size - 2))
    first, _, last = text.partition("-")
    return Pool(line(name), first.strip(), last.strip() or first.strip(), addresses=size)


# ---- ipsec.conf ----


def ipsec(output: str) -> Told:
    """`ipsec.conf`: its `conn` sections, with what `%default` and `also=` lend them."""
    conns = dict(_conns(output))
    if not conns:
        return unread(output)
    default = conns.pop("%default", {})
    found: dict[Key[Any], Any] = {}
    for name, own in conns.items():
        said = {**default, **conns.get(own.get("also", ""), {}), **own}
        if said.get("auto", "ignore") != "ignore":
            _add(found, _conn(name, said))
    return Told(found)


def _conns(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    for part in re.split(r"(?m)^conn\s+", text)[1:]:
        name, _, rest = part.partition("\n")
        body = re.split(r"(?m)^\S", re.sub(r"(?m)#.*$", "", rest))[0]
        yield (
            name.strip(),
            {key: value.strip().strip('"') for key, value in re.findall(r"(?m)^\s+([\w-]+)\s*=\s*(.*)$", body)},
        )


def _conn(name: str, said: Mapping[str, str]) -> dict[Key[Any], Any]:
    anybody = said.get("right", "%any") in ("%any", "0.0.0.0")  # noqa: S104 - read, not bound
    remote = anybody or "rightsourceip" in said or "rightaddresspool" in said
    use = "remote" if remote else "site"
    version = "1" if said.get("keyexchange") == "ikev1" or said.get("ikev2") in ("no", "never") else "2"
    life = said.get("lifetime", said.get("salifetime", ""))
    offers = [
        offer(use, version, said.get("ike", ""), said.get("ikelifetime", "")),
        offer(use, version, said.get("esp", said.get("phase2alg", "")), life),
    ]
    if offers[1] is not None and (said.get("pfs") == "no" or isinstance(offers[1].dh_groups, tuple)):
        offers[1] = _secured(offers[1], said.get("pfs", ""))
    found: dict[Key[Any], Any] = {}
    if known := tuple(row for row in offers if row):
        found[facts.VPN_PROPOSALS] = known
    if remote:
        found |= _remote(name, said)
    return found


def _remote(name: str, said: Mapping[str, str]) -> dict[Key[Any], Any]:
    asked = [said[key] for key in ("rightauth", "rightauth2", "authby") if said.get(key)]
    methods = [method({"rsasig": "pubkey", "secret": "psk"}.get(text, text)) for text in asked]
    if said.get("rightxauthserver") == "yes" or said.get("leftxauthserver") == "yes" or "xauthby" in said:
        methods.append("local")
    found: dict[Key[Any], Any] = {}
    if methods:
        found[facts.VPN_AUTHENTICATION] = (Authentication(line(name), tuple(dict.fromkeys(methods))),)
    handed = said.get("rightsourceip", said.get("rightaddresspool", ""))
    if pool := _range(name, handed.lstrip("%")):
        found[facts.VPN_POOLS] = (pool,)
    return found | _led(said.get("leftsubnet", ""))
