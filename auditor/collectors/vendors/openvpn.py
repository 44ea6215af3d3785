"""OpenVPN: who is connected, from the status file in its three versions, and what a server's configuration allows."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.trees import ended
from auditor.facts import Authentication, Pool, Proposal, VpnService
from auditor.filters import network
from auditor.model import Key
from auditor.values import ABSENT, Absent

MOST_CLIENTS: Final = 1024  # --max-clients' own value, openvpn(8)
_V1: Final = "Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since"
_SITE: Final = re.compile(r"[0-9a-fA-F.:]+/\d{1,3}")


PEOPLE: Final = (
    r"(?m)(^CLIENT_LIST[,\t])((?!UNDEF[,\t])[^,\t\n]+)",
    r"(?m)(^ROUTING_TABLE[,\t][^,\t\n]*[,\t])([^,\t\n]+)",
    r"(?m)()(^(?!Common Name|Virtual Address|UNDEF,|CLIENT_LIST|ROUTING_TABLE|HEADER|TITLE|TIME)[^,\t\n]+)"
    r"(?=,(?:\[?[\da-fA-F.:]+\]?:\d+|\d+\.\d+\.\d+\.\d+),\d+,\d+,)",
    r"(?m)(^[\da-fA-F.:/]+C?,)([^,\n]+)(?=,\[?[\da-fA-F.:]+\]?:\d+,)",
)
"""Who is connected: the names in the lists of clients and of routes, in each version of the file."""

# ---- status ----


@dataclass(frozen=True, slots=True)
class _Client:
    name: str
    real: str
    virtual: str | Absent = ABSENT


def status(output: str) -> Told:
    """The clients of a status file that came to its END, each once; those still negotiating (UNDEF) are none."""
    lines = [raw.strip() for raw in output.splitlines() if raw.strip()]
    if "OpenVPN STATISTICS" in lines[:1]:
        return Told()  # of a client, or of a tunnel between two
    clients, routes = (
        (list(_v1(lines)), list(_routes_v1(lines))) if _V1 in lines else (list(_v2(lines)), list(_routes_v2(lines)))
    )
    headed = _V1 in lines or any(re.match(r"(?:HEADER[,\t]CLIENT_LIST|TITLE[,\t])", one) for one in lines)
    if not headed or "END" not in lines:
        return unread(output)
    sites = {name for name, virtual in routes if _SITE.fullmatch(virtual)}
    live = {(one.name, one.real) for one in clients if one.name not in ("", "UNDEF") and one.virtual != ""}
    users = sum(1 for name, _ in live if name not in sites)
    return Told({facts.VPN_SERVICES: (VpnService("openvpn", users, len(live) - users),)})


def _v1(lines: Sequence[str]) -> Iterator[_Client]:
    """`Common Name,Real Address,…` rows between their heading and the routing table."""
    inside = False
    for one in lines:
        if one == _V1:
            inside = True
        elif one == "ROUTING TABLE":
            return
        elif inside and len(cells := one.split(",")) >= 5:
            yield _Client(cells[0], cells[1])


def _v2(lines: Sequence[str]) -> Iterator[_Client]:
    """`CLIENT_LIST` rows, by commas or tabs; the HEADER says where the columns are."""
    places = {"Common Name": 1, "Real Address": 2, "Virtual Address": 3}
    six = 0
    for one in lines:
        cells = re.split(r"\t|,", one)
        if cells[:2] == ["HEADER", "CLIENT_LIST"]:
            places |= {name: at - 1 for at, name in enumerate(cells) if name in places}
            six = cells.index("Virtual IPv6 Address") - 1 if "Virtual IPv6 Address" in cells else 0
        elif cells[0] == "CLIENT_LIST" and len(cells) > max(places.values()):
            name, real, virtual = (cells[places[one]] for one in ("Common Name", "Real Address", "Virtual Address"))
            yield _Client(name, real, virtual or (cells[six] if 0 < six < len(cells) else ""))


def _routes_v1(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    at = lines.index("ROUTING TABLE") if "ROUTING TABLE" in lines else len(lines)
    for one in lines[at + 2 :]:
        cells = one.split(",")
        if len(cells) >= 4:
            yield cells[1], cells[0]


def _routes_v2(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one in lines:
        cells = re.split(r"\t|,", one)
        if cells[0] == "ROUTING_TABLE" and len(cells) >= 4:
            yield cells[2], cells[1]


# ---- configuration ----


@dataclass(frozen=True, slots=True)
class Settings:
    """The directives of a configuration in order, quotation marks gone; inline files are left out."""

    rows: tuple[tuple[str, ...], ...]
    whole: bool

    def of(self, *names: str) -> list[tuple[str, ...]]:
        return [row[1:] for row in self.rows if row[0] in names]

    def last(self, *names: str) -> tuple[str, ...] | None:
        """The last that was said of a directive; None without it."""
        found = self.of(*names)
        return found[-1] if found else None

    def word(self, *names: str) -> str:
        found = self.last(*names)
        return found[0] if found else ""


def settings(text: str) -> Settings:
    """Directives one to a line; `#` and `;` begin comments, `<ca>` an inline file up to `</ca>`."""
    rows: list[tuple[str, ...]] = []
    inline = ""
    for raw in text.splitlines():
        one = raw.strip()
        if inline:
            inline = "" if one == f"</{inline}>" else inline
        elif found := re.fullmatch(r"<([\w-]+)>", one):
            inline = found[1]
            rows.append((found[1],))
        elif words := _words(one):
            rows.append(tuple(words))
    return Settings(tuple(rows), ended(text) and not inline)


def _words(text: str) -> list[str]:
    found = []
    for double, single, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([^\s"\']+)', text):
        if plain.startswith(("#", ";")):
            break
        found.append(double.replace('\\"', '"') or single or plain)
    if found:
        found[0] = found[0].removeprefix("--")
    return found


def configuration(output: str) -> Told:
    """A server's configuration; one of a client or of a tunnel between two tells its offers alone."""
    said = settings(output)
    if not any(said.of(name) for name in ("dev", "proto", "port", "ca", "remote", "server", "secret")):
        return unread(output)
    serves = bool(said.of("server", "server-bridge", "mode", "server-ipv6"))
    found: dict[Key[Any], Any] = {facts.VPN_PROPOSALS: (_proposal(said, "remote" if serves else "site"),)}
    if version := said.word("tls-version-min"):
        found[facts.VPN_TLS_MINIMUM] = version
    if serves:
        found |= _server(said)
    return Told(found)


def _server(said: Settings) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {}
    if pools := tuple(_pools(said)):
        found[facts.VPN_POOLS] = pools
    most = said.word("max-clients")
    if most.isdecimal() or said.whole:
        found[facts.VPN_SERVICES] = (
            VpnService("openvpn", most=int(most) if most.isdecimal() else MOST_CLIENTS, remote=True),
        )
    if methods := _methods(said):
        found[facts.VPN_AUTHENTICATION] = (Authentication(name(said), methods),)
    found |= _routes(said)
    found[facts.VPN_TRANSPORTS] = ("tcp" if said.word("proto").startswith("tcp") else "udp",)
    return found | _timers(said)


def _timers(said: Settings) -> dict[Key[Any], Any]:
    """After how long without traffic, and altogether, a session ends; 0: never, which a whole file tells by silence."""
    pushed = [words[0].split()[1:] for words in said.of("push") if words and words[0].startswith("inactive ")]
    told: dict[Key[Any], Any] = {facts.VPN_IDLE_TIMEOUT: 0, facts.VPN_MAX_SESSION: 0} if said.whole else {}
    for key, rows in (
        (facts.VPN_IDLE_TIMEOUT, (*said.of("inactive"), *pushed)),
        (facts.VPN_MAX_SESSION, said.of("auth-gen-token")),
    ):
        seconds = [int(row[0]) for row in rows if row and row[0].isdecimal() and int(row[0])]
        told |= {key: seconds[-1]} if seconds else {}
    return told


def name(said: Settings) -> str:
    """What a reader calls a server: its device and port."""
    return f"{line(said.word('dev') or 'tun')}:{line(said.word('port', 'lport') or '1194')}"


def _pools(said: Settings) -> Iterator[Pool]:
    """The addresses of clients, as --server and --ifconfig-pool expand (openvpn(8))."""
    for words in said.of("server"):
        inside = network(*words[:2]) if len(words) >= 2 else ""
        if inside and "nopool" not in words and not said.of("ifconfig-pool"):
            yield Pool(name(said), network=inside, addresses=_usable(inside, said.word("topology")))
    for words in said.of("ifconfig-pool"):
        if len(words) >= 2 and (count := _between(words[0], words[1])):
            each = 4 if said.word("topology") in ("", "net30") and _tun(said) else 1
            yield Pool(name(said), words[0], words[1], addresses=(count + each - 1) // each)
    for words in said.of("server-bridge"):
        if len(words) >= 4 and (count := _between(words[2], words[3])):
            yield Pool(name(said), words[2], words[3], addresses=count)


def _tun(said: Settings) -> bool:
    return not said.word("dev").startswith("tap")


def _usable(inside: str, topology: str) -> int | Absent:
    """Of a /24: 253 in a subnet; 62 where each client has a network of four (net30, what it is before 2.7)."""
    size = ipaddress.ip_network(inside).num_addresses
    if topology == "subnet":
        return max(0, size - 3)
    return max(0, size // 4 - 2) if topology in ("", "net30", "p2p") else ABSENT


def _between(first: str, last: str) -> int:
    try:
        return max(0, int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1)
    except ValueError:
        return 0


def _methods(said: Settings) -> tuple[str, ...]:
    """Certificates are asked unless switched off; scripts and plugins ask for a password, some for a second factor."""
    found = []
    without = said.of("client-cert-not-required") or said.word("verify-client-cert") in ("none", "optional")
    if not without and (said.whole or said.of("ca", "tls-verify", "verify-x509-name")):
        found.append("certificate")
    for words in (*said.of("plugin"), *said.of("auth-user-pass-verify")):
        found.append(_method(" ".join(words).lower()))
    return tuple(dict.fromkeys(found))


def _method(text: str) -> str:
    kinds = (("otp", r"otp|google.?auth|2fa|mfa|duo|privacyidea|yubi"), ("radius", r"radius"), ("ldap", r"ldap"))
    return next((kind for kind, pattern in kinds if re.search(pattern, text)), "local")


def _routes(said: Settings) -> dict[Key[Any], Any]:
    """Everything goes through the tunnel, or the networks that are pushed."""
    pushed = [words[0].split() for words in said.of("push") if words]
    if any(words[:1] == ["redirect-gateway"] for words in pushed):
        return {facts.VPN_TUNNEL_MODE: "full"}
    routes = [network(words[1], words[2] if len(words) > 2 else "255.255.255.255") for words in pushed
              if words[:1] == ["route"] and len(words) > 1]  # fmt: skip
    if not routes and not said.whole:
        return {}
    found: dict[Key[Any], Any] = {facts.VPN_TUNNEL_MODE: "split"}
    if told := tuple(one for one in routes if one):
        found[facts.VPN_TUNNEL_ROUTES] = told
    return found


def _proposal(said: Settings, use: str) -> Proposal:
    """What is offered; without a directive it depends on the version, and is not told."""
    ciphers = said.word("data-ciphers", "ncp-ciphers") or said.word("cipher")
    fallback = said.word("data-ciphers-fallback")
    names = [*(ciphers.split(":") if ciphers else []), *([fallback] if fallback else [])]
    renewed = said.word("reneg-sec")
    return Proposal(
        use,
        "openvpn",
        encryption=tuple(dict.fromkeys(_cipher(one) for one in names if one)) or ABSENT,
        integrity=(said.word("auth").lower(),) if said.word("auth") else ABSENT,
        lifetime_s=int(renewed) if renewed.isdecimal() else 3600 if said.whole else ABSENT,
    )


def _cipher(text: str) -> str:
    return line(text).lower().removeprefix("?")


def status_file(output: str) -> str:
    """Where a configuration has its status written, "" where nowhere."""
    return settings(output).word("status")
