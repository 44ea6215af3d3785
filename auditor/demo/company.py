"""The company in Rennes: its devices, what each agent tells and how each command line talks; today and later."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from auditor.demo import firewall, later, pbx, router
from auditor.demo.dialects import Asa, Bash, Dialect
from auditor.demo.mib import Tree, column, scalars, system

USER: Final = "audit"
Secrets = Mapping[str, tuple[str, ...]]
"""By credential name: a community or a password, or the authentication and privacy passphrases."""

CREDENTIALS: Final[Mapping[str, int]] = {
    # how many secrets each credential of the site file holds
    "snmp-router": 2,
    "snmp-router-2": 1,
    "snmp-firewall": 1,
    "snmp-pbx": 2,
    "snmp-ups": 1,
    "ssh-firewall": 1,
    "ssh-pbx": 1,
}


def throw_away() -> Secrets:
    """New secrets for one run."""
    return {name: tuple(secrets.token_hex(12) for _ in range(count)) for name, count in CREDENTIALS.items()}


@dataclass(frozen=True, slots=True)
class Agent:
    """An SNMP agent: its version, its credential's name, what it tells, and for how long it has been up."""

    version: Literal["2c", "3"]
    credential: str
    tree: Callable[[], Tree]
    uptime_s: int


@dataclass(frozen=True, slots=True)
class Shell:
    """An SSH server: its credential's name, its look from outside, and a dialect for each session."""

    credential: str
    banner: str
    exchanges: tuple[str, ...]
    ciphers: tuple[str, ...]
    digests: tuple[str, ...]
    dialect: Callable[[Secrets], Dialect]


@dataclass(frozen=True, slots=True)
class Box:
    """One device of the company."""

    name: str
    agent: Agent
    shell: Shell | None = None


def _asa(known: Secrets) -> Dialect:
    now = dt.datetime.now(dt.UTC)
    texts = firewall.captures(known["snmp-firewall"][0], now)
    return Asa("fw-rennes", USER, known["ssh-firewall"][0], texts)


def _asa_later(known: Secrets) -> Dialect:
    texts = firewall.captures(known["snmp-firewall"][0], dt.datetime.now(dt.UTC))
    return Asa("fw-rennes", USER, known["ssh-firewall"][0], later.firewall_texts(texts))


def _bash(known: Secrets) -> Dialect:
    return Bash("pbx-rennes", USER, pbx.captures(pbx.phones()))


def _bash_later(known: Secrets) -> Dialect:
    return Bash("pbx-rennes", USER, later.phone_texts())


_UPS_NAMES: Final = ("EATON", "Eaton 5PX 1500i RT2U", "03.08.0018", "3.0.5", "ups-rennes")
_BATTERY: Final = {1: 2, 2: 0, 3: 38, 4: 100, 5: 545, 7: 24}  # normal, 0 s on battery, 38 min, 100 %, 54.5 V, 24 °C


def _ups() -> Tree:
    """UPS-MIB, RFC 1628: on mains, battery full, 38 minutes at this load."""
    ups = "1.3.6.1.2.1.33.1"
    return {
        **system("Eaton 5PX 1500i RT2U UPS, Gigabit Network Card 3.0.5", "1.3.6.1.4.1.705.1", "ups-rennes", "Rennes"),
        **scalars("octets", {f"{ups}.1.{n}.0": text for n, text in enumerate(_UPS_NAMES, 1)}),
        **scalars("integer", {f"{ups}.2.{n}.0": value for n, value in _BATTERY.items()}),
        **scalars("integer", {f"{ups}.3.2.0": 1, f"{ups}.4.1.0": 3, f"{ups}.4.2.0": 500, f"{ups}.4.3.0": 1}),
        **scalars("gauge", {f"{ups}.6.1.0": 0}),
        **column(f"{ups}.3.3.1.2", "integer", {1: 500}),
        **column(f"{ups}.3.3.1.3", "integer", {1: 231}),
        **column(f"{ups}.4.4.1.2", "integer", {1: 230}),
        **column(f"{ups}.4.4.1.3", "integer", {1: 22}),
        **column(f"{ups}.4.4.1.4", "integer", {1: 460}),
        **column(f"{ups}.4.4.1.5", "integer", {1: 34}),
    }


_CTR: Final = ("aes256-ctr", "aes192-ctr", "aes128-ctr")
_CURVES: Final = ("curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521")

COMPANY: Final = (
    Box("rtr-rennes", Agent("3", "snmp-router", router.tree, 203 * 86_400 + 11_400)),
    Box(
        "fw-rennes",
        Agent("2c", "snmp-firewall", firewall.tree, 112 * 86_400 + 22_020),
        Shell(
            "ssh-firewall",
            "Cisco-1.25",
            (*_CURVES[:2], "diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1"),
            _CTR,
            ("hmac-sha2-256", "hmac-sha1"),
            _asa,
        ),
    ),
    Box(
        "pbx-rennes",
        Agent("3", "snmp-pbx", pbx.tree, pbx.UPTIME_S),
        Shell(
            "ssh-pbx",
            "OpenSSH_8.4p1 Debian-5+deb11u3",
            (*_CURVES, "diffie-hellman-group16-sha512", "diffie-hellman-group14-sha256"),
            _CTR,
            ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"),
            _bash,
        ),
    ),
    Box("ups-rennes", Agent("2c", "snmp-ups", _ups, 87 * 86_400 + 910)),
)

_DIALECTS_LATER: Final = {"fw-rennes": _asa_later, "pbx-rennes": _bash_later}

COMPANY_LATER: Final = (
    *(replace(box, shell=replace(box.shell, dialect=_DIALECTS_LATER[box.name])) if box.shell else box
      for box in COMPANY),
    Box("rtr2-rennes", Agent("2c", "snmp-router-2", later.second_router, 41 * 86_400 + 5_300)),
)  # fmt: skip
"""Three months later; those that were there before come first, so that each keeps its address."""
