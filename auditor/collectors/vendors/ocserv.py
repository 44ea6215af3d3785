"""ocserv, the AnyConnect-compatible gateway: `occtl -j`, `occtl show status` and its configuration."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.trees import ended
from auditor.facts import Authentication, Pool, VpnService
from auditor.filters import network, span_of
from auditor.model import Key
from auditor.values import ABSENT, Absent

CONNECTED: Final = "connected"
PEOPLE: Final = (r'("(?:Username|Hostname)":\s+")([^"\n]+)(?=")',)


def users(output: str) -> Told:
    """`occtl -j show users`: those whose session is up, not those who still give their password."""
    start = output.find("[")
    try:
        rows = json.loads(output[start:]) if start >= 0 else None
    except (ValueError, RecursionError):
        return unread(output)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "State" in row for row in rows):
        return unread(output)
    return Told({facts.VPN_SERVICES: (VpnService("ocserv", sum(1 for row in rows if row["State"] == CONNECTED), 0),)})


def status(output: str) -> Told:
    """`occtl show status`, as text or JSON."""
    found = re.search(r'^\s*"?Active sessions"?:\s*(\d+)', output, re.M)
    if found is None:
        return unread(output)
    return Told({facts.VPN_SERVICES: (VpnService("ocserv", int(found[1]), 0),)})


def configuration(output: str) -> Told:
    """`ocserv.conf`: limits, pool, ways to log in, routes, time limits."""
    rows = re.findall(r"^[ \t]*([a-z0-9-]+)[ \t]*=[ \t]*(.+?)[ \t]*$", output, re.M)
    said: dict[str, list[str]] = {}
    for name, value in rows:
        said.setdefault(name, []).append(value.strip('"'))
    if not {"auth", "tcp-port", "socket-file", "ipv4-network"} & said.keys():
        return unread(output)
    found: dict[Key[Any], Any] = {facts.VPN_TRANSPORTS: ("dtls", "tls") if "udp-port" in said else ("tls",)}
    found |= _limits(said, ended(output))
    if methods := _methods(said):
        found[facts.VPN_AUTHENTICATION] = (Authentication("ocserv", methods),)
    if pool := _pool(said):
        found[facts.VPN_POOLS] = (pool,)
    found |= _routes(said, ended(output))
    found |= _tls(said)
    return Told(found)


def _limits(said: dict[str, list[str]], whole: bool) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {}
    most = said.get("max-clients", [""])[-1]
    if most.isdecimal() and int(most):  # 0: no limit
        found[facts.VPN_SERVICES] = (VpnService("ocserv", most=int(most), remote=True),)
    for name, key in (("idle-timeout", facts.VPN_IDLE_TIMEOUT), ("session-timeout", facts.VPN_MAX_SESSION)):
        value = said.get(name, [""])[-1]
        if value.isdecimal() and int(value):
            found[key] = int(value)
    return found


def _methods(said: dict[str, list[str]]) -> tuple[str, ...]:
    """`plain[passwd=…,otp=…]`, `pam`, `radius[…]`, `certificate`; several `auth` lines are all asked for."""
    names = {"plain": "local", "pam": "local", "radius": "radius", "certificate": "certificate", "gssapi": "kerberos",
             "oidc": "oidc"}  # fmt: skip
    found = []
    for value in said.get("auth", []):
        found.append(names.get(re.split(r"[\[ ]", value)[0], "other"))
        found += ["otp"] if re.search(r"\botp=", value) else []
    return tuple(dict.fromkeys(found))


def _pool(said: dict[str, list[str]]) -> Pool | None:
    address, mask = (said.get(name, [""])[-1] for name in ("ipv4-network", "ipv4-netmask"))
    inside = network(address.partition("/")[0], address.partition("/")[2] or mask)
    span = span_of(inside) if inside else None
    if span is None:
        return None
    usable: int | Absent = max(0, span[2] - span[1] + 1 - 3)  # network, broadcast, and the gateway's own
    return Pool("ocserv", network=inside, addresses=usable if usable else ABSENT)


def _routes(said: dict[str, list[str]], whole: bool) -> dict[Key[Any], Any]:
    """Without a route everything goes through the tunnel."""
    routes = [network(*_halves(value)) for value in said.get("route", []) if value != "default"]
    if "default" in said.get("route", []) or (not said.get("route") and whole):
        return {facts.VPN_TUNNEL_MODE: "split" if said.get("no-route") else "full"}
    if not routes or not all(routes):
        return {}
    return {facts.VPN_TUNNEL_MODE: "split", facts.VPN_TUNNEL_ROUTES: tuple(routes)}


def _halves(text: str) -> tuple[str, str]:
    address, _, mask = text.partition("/")
    return address, mask or "32"


def _tls(said: dict[str, list[str]]) -> dict[Key[Any], Any]:
    """The oldest version that a GnuTLS priority string leaves; NORMAL begins with 1.0."""
    priorities = said.get("tls-priorities", [""])[-1].upper()
    if not priorities:
        return {}
    if "-VERS-ALL" in priorities or "-VERS-TLS-ALL" in priorities:
        kept = re.findall(r"\+VERS-TLS(1\.\d)", priorities)
        oldest = min(kept) if kept else ""
    else:
        oldest = next(
            (version for version in ("1.0", "1.1", "1.2", "1.3") if f"-VERS-TLS{version}" not in priorities), ""
        )
    return {facts.VPN_TLS_MINIMUM: oldest} if oldest else {}
