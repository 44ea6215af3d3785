"""What is true of the laboratory site, told by the programs themselves, and the headline that follows from it.

Run inside of the site: `python -m tests.lab.truth [load | seen]`. Nothing of the product is used here: the programs are
asked in other ways than the audit asks them where there are two, and the arithmetic is written from its definition.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any, Final

from tests.lab import exchange as telephony
from tests.lab import site
from tests.lab.gateway import House
from tests.lab.keeper import INSIDE

COUNTED_S: Final = 3


def told() -> dict[str, Any]:
    """The whole truth, as JSON holds it."""
    sides = site.houses().sides
    facts = {
        "router": router(sides["r"]), "gateway": gateway(sides["g"]), "pbx": pbx(sides["p"]), "ups": ups(),
    }  # fmt: skip
    return {"devices": facts, "headline": headline(facts)}


# ---- each machine ----


def router(side: House) -> dict[str, Any]:
    """FRR's own word on its routes and neighbours, tc's on the shaper, the kernel's counters on the traffic."""
    rows = json.loads(side.run("vtysh", "-c", "show ip route 0.0.0.0/0 json"))["0.0.0.0/0"]
    used = [(row["protocol"], hop) for row in rows if row.get("selected") for hop in row["nexthops"]]
    peers = json.loads(side.run("vtysh", "-c", "show bgp summary json"))["ipv4Unicast"]["peers"]
    shaped = re.findall(r"qdisc tbf .* rate (\d+)Mbit", side.run("tc", "qdisc", "show", "dev", "wan0"))
    return {
        "identity.name": side.run("hostname").strip(),
        "routes.default": [
            {"interface": hop["interfaceName"], "gateway": hop["ip"], "protocol": protocol} for protocol, hop in used
        ],
        "bgp.peers": {name: row["state"] for name, row in peers.items()},
        "link.rates": [{"interface": "wan0", "method": "shaper", "up_bps": int(rate) * 10**6} for rate in shaped],
        "interfaces": _ports(side),
        "system.cpu": site.CPU,
        "traffic": traffic(side, "wan0"),
    }


def _ports(side: House) -> dict[str, list[str]]:
    """IPv4 addresses by port."""
    rows = (line.split() for line in side.run("ip", "-o", "-4", "addr", "show").splitlines())
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row[1], []).append(row[3].partition("/")[0])
    return found


def traffic(side: House, port: str) -> dict[str, int]:
    """Octets that the kernel counts on a port in a few seconds, as bit/s."""

    def counted() -> tuple[float, int, int]:
        rows = re.search(rf"(?m)^\s*{port}:(.*)$", Path(f"/proc/{side.holder}/net/dev").read_text())
        assert rows
        fields = rows[1].split()
        return time.monotonic(), int(fields[0]), int(fields[8])

    first, down, up = counted()
    time.sleep(COUNTED_S)
    last, then_down, then_up = counted()
    return {
        "up_bps": round((then_up - up) * 8 / (last - first)),
        "down_bps": round((then_down - down) * 8 / (last - first)),
    }


def gateway(side: House) -> dict[str, Any]:
    """Sessions as each program lists them, pools as it made them of its configuration, rules by their handles."""
    users = {
        "strongswan": side.run("swanctl", "--list-sas", check=False).count("INSTALLED"),
        "openvpn": len(re.findall(r"(?m)^ROUTING_TABLE,", side.run("cat", "/run/openvpn-server/status-office.log"))),
        "wireguard": sum(
            time.time() - int(row.split()[-1]) < 180
            for row in side.run("wg", "show", "all", "latest-handshakes").splitlines()
        ),
        "ocserv": int(_after("Active sessions", side.run("occtl", "show", "status"))),
    }  # fmt: skip
    online, size = re.findall(r"ra_pool\s+\S+\s+(\d+) / \d+ / (\d+)", side.run("swanctl", "-A", check=False))[0]
    made = re.findall(r"base=10\.79\.0\.2 size=(\d+)", _logs(side, "openvpn"))
    rules = re.findall(
        r"(?m)^\t\t(?!type |set )\S.* # handle (\d+)$", side.run("nft", "-a", "list", "table", "inet", "filter")
    )
    return {
        "identity.name": side.run("hostname").strip(),
        "vpn.services": users,
        "vpn.sessions.now": sum(users.values()),
        "vpn.pools": {
            "ra_pool": {"addresses": int(size), "used": int(online)},
            "tunovs:1194": {"addresses": int(made[0])},
            "ocserv": {"addresses": 2**6 - 2 - 1},  # a /26, of which the gateway holds one
        },
        "vpn.proposals": {
            "openvpn": ["aes-256-gcm", "aes-128-gcm"],
            "ikev2": ["aes-128-cbc", "aes-256-gcm"],
            "wireguard": ["chacha20-poly1305"],
        },
        "vpn.tunnel_mode": "split",
        "firewall.rules": [int(handle) for handle in rules],
        "firewall.exposed": exposed(),
        "routes.default": [{"interface": "wan0", "gateway": "10.99.0.254"}],
    }  # fmt: skip


def exposed() -> list[list[Any]]:
    """Service, port, where to and from whom: what RULES of the gateway let in from the internet."""
    vpn = [["vpn", port, "self", "any"] for port in (500, 1194, 4500, 51820)]
    web = [["https", 443, "self", "any"]] * 2
    return sorted([*vpn, *web, ["ssh", 22, "self", "203.0.113.0/28"], ["rdp", 33890, "10.77.1.20", "any"]])


def _after(name: str, text: str) -> str:
    found = re.search(rf"{name}:\s*(\S+)", text)
    return found[1] if found else "0"


def _logs(side: House, name: str) -> str:
    return "".join(path.read_text(errors="replace") for path in sorted(side.folder.glob(f"{name}-*.log")))


def pbx(side: House) -> dict[str, Any]:
    """The exchange's own list of contacts and of calls; kinds and places are those that its sets were given."""
    say = ("chroot", _root(), "/usr/sbin/asterisk", "-rx")
    contacts = re.findall(r"(?m)^\s+Contact:\s+(\d+)/sip:", side.run(*say, "pjsip show contacts"))
    calls = re.findall(r"(\d+) of (\d+) max active calls", side.run(*say, "core show channels count"))
    sets = telephony.phones()
    live = [phone for phone in sets if phone.agent]
    old = len(re.findall(r"(?m)^30[123]\b", side.run(*say, "sip show peers")))
    return {
        "identity.name": side.run("hostname").strip(),
        "telephony.endpoints.total": len(sets) + old,
        "telephony.endpoints.registered": len(set(contacts)),
        "telephony.calls.now": int(calls[0][0]),
        "telephony.calls.max": int(calls[0][1]),
        "telephony.busy_hour": 1.0,
        "softphones": sum(1 for phone in live if phone.kind == "softphone"),
        "desk_sets_at_home": sum(1 for p in live if p.kind != "softphone" and p.address == telephony.OUTSIDE),
        "forwards_to_the_outside": 1,
    }


def _root() -> str:
    return (INSIDE / "exchange-root").read_text()


def ups() -> dict[str, Any]:
    return {f"ups.{name}": value for name, value in site.UPS_TELLS.items()}


# ---- the headline ----

TARGET_USE: Final = Fraction(7, 10)  # of the line, where voice or video crosses it
OVERHEAD: Final = Fraction(11, 10)
APPS: Final = {"up_bps": 150_000, "down_bps": 50_000}
"""What one office worker draws from the site's servers: the site's upload is his download."""
VOICE_BPS: Final = 105_600  # G.711 every 20 ms in ESP with NAT traversal


def headline(facts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """People at once, and what binds, from the definitions: least of what each resource carries, never more than asked.

    A split tunnel leaves the workers' web traffic at home. The measured use moves a little between two looks, and with
    it the seats of the line: they are told as the range that three per cent give.
    """
    eligible, sessions = 200, facts["gateway"]["vpn.sessions.now"]
    spoken = Fraction(facts["pbx"]["telephony.busy_hour"]) / eligible  # erlang of one person: everybody has a phone
    line = {}
    for way, used in facts["router"]["traffic"].items():
        each = OVERHEAD * APPS[way] + spoken * VOICE_BPS
        line[way] = [_seats(each, sessions, used * share) for share in (Fraction(103, 100), Fraction(97, 100))]
    sets = sum(facts["pbx"][key] for key in ("softphones", "desk_sets_at_home", "forwards_to_the_outside"))
    pool = sum(row["addresses"] for row in facts["gateway"]["vpn.pools"].values())
    seats = {
        "link.up": line["up_bps"],
        "link.down": line["down_bps"],
        "vpn.pool": [pool] * 2,
        "telephony.sets": [sets] * 2,
    }
    least = min(high for _, high in seats.values())
    return {
        "resources": seats,
        "seats": min(least, eligible),
        "binding": [name for name, (low, _) in seats.items() if low <= least],
        "seats_data_only": min(seats[name] for name in ("link.up", "link.down", "vpn.pool")),
    }  # fmt: skip


def _seats(each: Fraction, sessions: int, used: Fraction) -> int:
    """(u C - base) / demand; the base is what is no remote work, and a demand above the measure is lowered to it."""
    if sessions * each > used:
        each, base = used / sessions, Fraction(0)
    else:
        base = used - sessions * each
    return max(0, floor((TARGET_USE * site.UPLINK_BPS - base) / each))


# ---- what the machines saw of the audit ----


def seen() -> dict[str, Any]:
    """The lines typed into each shell, the commands that sudo ran as root, and what each sshd wrote in its log."""
    sides = site.houses().sides
    places = {name: sides[letter].folder / "shell" for name, letter in (("router", "r"), ("gateway", "g"))}
    places["pbx"] = Path(_root(), "srv/lab")
    typed = {name: re.findall(r"(?m)^\s*\d+\s+(.*)$", (place / "typed").read_text()) for name, place in places.items()}
    log = sides["g"].run("cat", "/run/sudo.log", check=False)
    return {
        "typed": typed,
        "root": re.findall(r"COMMAND=(.*)", re.sub(r"\n {4}", " ", log)),
        "sshd": {name: (sides[letter].folder / "sshd.log").read_text()
                 for name, letter in (("router", "r"), ("gateway", "g"), ("pbx", "p"))},
    }  # fmt: skip


# ---- the load on the daemons ----


def load() -> dict[str, float]:
    """Seconds of processor time of each daemon that the audit asks, its ended children included."""
    return {name: _seconds(pid) for name, pid in site.houses().agents.items()}


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"load": load, "seen": seen}.get("".join(sys.argv[1:]), told)()))
