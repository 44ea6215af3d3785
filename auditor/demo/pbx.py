"""pbx-rennes: the phone system, Asterisk 16 on Debian; net-snmp's agent with ASTERISK-MIB, and the shell of a user."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from auditor.demo.mib import Leaf, Port, Tree, column, interfaces, oid, scalars, system

ADDRESS: Final = "10.20.10.5"
OPERATOR: Final = "192.0.2.200"
CALLS, MOST_CALLS = 2, 60
VERSION: Final = "16.28.0~dfsg-0+deb11u4"
UPTIME_S: Final = 63 * 86_400 + 4_211

_DESK: Final = ("Yealink SIP-T46S 66.86.0.15", "Yealink SIP-T42S 66.86.0.15", "snomD725/10.1.101.11", "Polycom VVX 411")
_SOFT: Final = (
    "Linphone Desktop/4.4.10 (Windows 10)",
    "Zoiper rv2.10.19.6",
    "MicroSIP/3.21.3",
    "Linphone Android/5.0.14",
)


@dataclass(frozen=True, slots=True)
class Phone:
    """One set: its extension, user agent, where it registers from, and where its calls are forwarded ("": nowhere)."""

    name: str
    agent: str
    address: str
    port: int
    forward: str = ""

    @property
    def uri(self) -> str:
        return f"sip:{self.name}@{self.address}:{self.port}"

    @property
    def mark(self) -> str:
        """The hash that names the contact."""
        return hashlib.sha256(self.uri.encode()).hexdigest()[:32]


def phones(softphones: int = 20) -> tuple[Phone, ...]:
    """68 sets on desks in the LAN (15 with a forward), 8 desk sets at home, softphones (six of the first 20 inside)."""
    return (*_desks(), *_desks_at_home(), *_softphones(softphones))


def _desks() -> Iterator[Phone]:
    for n in range(68):
        forward = f"06399801{n:02}" if n % 4 == 1 and n < 60 else ""  # numbers reserved for fiction
        yield Phone(str(201 + n), _DESK[n % len(_DESK)], f"10.20.30.{11 + n}", 5060, forward)


def _desks_at_home() -> Iterator[Phone]:
    """Sets that carry the phone system's own tunnel home."""
    for n in range(8):
        yield Phone(str(269 + n), _DESK[n % 2], f"10.8.0.{11 + n}", 5060)


def _softphones(count: int) -> Iterator[Phone]:
    """Eight through the VPN, six through the phone tunnel, six in the office; any more through the phone tunnel."""
    places = [f"10.99.20.{n}" for n in range(1, 9)]
    places += [f"10.8.0.{n}" for n in range(31, 37)]
    places += [f"10.20.40.{n}" for n in range(51, 57)]
    places += [f"10.8.0.{n}" for n in range(37, 17 + count)]
    for n, place in enumerate(places):
        yield Phone(str(277 + n), _SOFT[n % len(_SOFT)], place, 5060 if n % 3 else 49_152 + n)


# ---- SNMP ----

PORTS: Final = (
    Port(1, "lo", "lo", kind=24, speed_bps=10_000_000, physical=False, in_bps=80_000, out_bps=80_000,
         addresses={"127.0.0.1": "255.0.0.0"}),
    Port(2, "ens192", "VMware VMXNET3 Ethernet Controller", speed_bps=1_000_000_000, in_bps=480_000, out_bps=520_000,
         addresses={ADDRESS: "255.255.0.0"}),
    Port(3, "tun0", "tun0", kind=131, speed_bps=10_000_000, physical=False, in_bps=88_000, out_bps=88_000,
         addresses={"10.8.0.1": "255.255.255.0"}),
)  # fmt: skip


def tree() -> Tree:
    """What net-snmp's agent tells, Asterisk's sub-agent included."""
    asterisk = "1.3.6.1.4.1.22736.1"
    return {
        **system(
            "Linux pbx-rennes 5.10.0-33-amd64 #1 SMP Debian 5.10.226-1 (2024-10-03) x86_64",
            "1.3.6.1.4.1.8072.3.2.10",
            "pbx-rennes",
            "Rennes, server room",
        ),
        **interfaces(PORTS),
        **_host(),
        **scalars("octets", {f"{asterisk}.1.1.0": VERSION}),
        **scalars("gauge", {f"{asterisk}.2.5.0": CALLS, f"{asterisk}.5.1.0": 2 * CALLS}),
        **scalars("counter32", {f"{asterisk}.2.6.0": 18_344}),
        **scalars("integer", {f"{asterisk}.3.1.0": 231}),
    }


def _host() -> Tree:
    """HOST-RESOURCES-MIB: four processors, 8 GB of memory, one disk."""
    storage = "1.3.6.1.2.1.25.2.3.1"
    return {
        oid("1.3.6.1.2.1.25.1.1.0"): Leaf("ticks", lambda ticks: ticks % 2**32),
        **column("1.3.6.1.2.1.25.3.3.1.2", "integer", {196_608 + n: load for n, load in enumerate((9, 14, 11, 12))}),
        **column(f"{storage}.2", "oid", {1: "1.3.6.1.2.1.25.2.1.2", 31: "1.3.6.1.2.1.25.2.1.4"}),
        **column(f"{storage}.3", "octets", {1: "Physical memory", 31: "/"}),
        **column(f"{storage}.4", "integer", {1: 1024, 31: 4096}),
        **column(f"{storage}.5", "integer", {1: 8_148_480, 31: 10_255_636}),
        **column(f"{storage}.6", "integer", {1: 4_563_148, 31: 3_870_212}),
    }


# ---- the shell ----


def captures(everyone: tuple[Phone, ...]) -> Mapping[str, str]:
    """The text of each command line by the line, as a shell would quote it."""
    texts = {shlex.join(["/usr/sbin/asterisk", "-rx", said]): text for said, text in _asterisk(everyone).items()}
    return {**texts, **_linux()}


def _asterisk(everyone: tuple[Phone, ...]) -> Mapping[str, str]:
    return {
        "core show version": f"Asterisk {VERSION} built by nobody @ buildd.debian.org on a unknown running Linux on"
        " 2024-01-04 17:58:50 UTC",
        "core show uptime": "System uptime: 9 weeks, 1 hour, 10 minutes, 11 seconds\nLast reload: 2 weeks, 4 days,"
        " 3 hours, 52 minutes, 6 seconds",
        "core show channels count": f"{2 * CALLS} active channels\n{CALLS} of {MOST_CALLS} max active calls"
        f" ( {100 * CALLS / MOST_CALLS:.2f}% of capacity)\n18344 calls processed",
        "pjsip show endpoints": _endpoints(everyone),
        "pjsip show contacts": _contacts(everyone),
        "pjsip show registrations": _registrations(),
        "pjsip show transports": _TRANSPORTS,
        "database show": _database(everyone),
        "database show registrar/contact": _rows(_registrar(everyone)),
        "database show CF": _rows(_forwards(everyone)),
        "database show CFU": _rows([]),
    }


_HEAD: Final = """
 Endpoint:  <Endpoint/CID.....................................>  <State.....>  <Channels.>
    I/OAuth:  <AuthId/UserName...........................................................>
        Aor:  <Aor............................................>  <MaxContact>
      Contact:  <Aor/ContactUri..........................> <Hash....> <Status> <RTT(ms)..>
  Transport:  <TransportId........>  <Type>  <cos>  <tos>  <BindAddress..................>
   Identify:  <Identify/Endpoint.........................................................>
        Match:  <criteria.........................>
    Channel:  <ChannelId......................................>  <State.....>  <Time.....>
        Exten: <DialedExten...........>  CLCID: <ConnectedLineCID.......>
==========================================================================================
"""
_TRANSPORT: Final = f"  Transport:  transport-udp             udp      0      0  {ADDRESS}:5060"
_TRANSPORTS: Final = f"""
Transport:  <TransportId........>  <Type>  <cos>  <tos>  <BindAddress....................>
==========================================================================================

Transport:  transport-udp             udp      0      0  {ADDRESS}:5060

Objects found: 1
"""


def _contact(name: str, uri: str, mark: str) -> str:
    trip = 4 + int(mark[:4], 16) / 65_536
    return f"{f'{name}/{uri}':<42.42} {mark[:10]} Avail         {trip:.3f}"


def _endpoints(everyone: tuple[Phone, ...]) -> str:
    blocks = [
        f" Endpoint:  {f'{one.name}/{one.name}':<53}Not in use    0 of inf\n"
        f"     InAuth:  {one.name}-auth/{one.name}\n"
        f"        Aor:  {one.name:<49}1\n"
        f"      Contact:  {_contact(one.name, one.uri, one.mark)}\n"
        f"{_TRANSPORT}\n"
        for one in everyone
    ]
    blocks.append(
        f" Endpoint:  {'operator-trunk':<53}In use        {CALLS} of 15\n"
        "    OutAuth:  operator-auth/33299000000\n"
        f"        Aor:  {'operator-trunk':<49}0\n"
        f"      Contact:  {_contact('operator-trunk', f'sip:{OPERATOR}:5060', 'd590ce89ec')}\n"
        f"{_TRANSPORT}\n"
        "   Identify:  operator-identify/operator-trunk\n"
        f"        Match: {OPERATOR}/32\n"
    )
    return _HEAD + "\n" + "\n".join(blocks) + f"\n\nObjects found: {len(blocks)}\n"


def _contacts(everyone: tuple[Phone, ...]) -> str:
    rows = [f"  Contact:  {_contact(one.name, one.uri, one.mark)}" for one in everyone]
    head = "  Contact:  <Aor/ContactUri..............................> <Hash....> <Status> <RTT(ms)..>"
    return f"\n{head}\n{'=' * 90}\n\n" + "\n".join(rows) + f"\n\nObjects found: {len(rows)}\n"


def _registrations() -> str:
    head = " <Registration/ServerURI..............................>  <Auth....................>  <Status.......>"
    row = f" {f'operator-trunk/sip:{OPERATOR}:5060':<54}  {'operator-auth':<26}  Registered        (exp. 3107s)"
    return f"\n{head}\n{'=' * 90}\n\n{row}\n\nObjects found: 1\n"


def _entry(key: str, value: str) -> str:
    return f"{key:<50}: {value:<25}"


def _rows(rows: list[str]) -> str:
    return "\n".join(rows) + f"\n{len(rows)} results found."


def _database(everyone: tuple[Phone, ...]) -> str:
    """AstDB: forwards as FreePBX keys them, and what the registrar keeps of each contact."""
    uuid = _entry("/pbx/UUID", "6f0f1b7e-2a51-4a57-9d0c-5f2f5b0e7a11")
    return _rows([*_forwards(everyone), uuid, *_registrar(everyone)])


def _forwards(everyone: tuple[Phone, ...]) -> list[str]:
    return [_entry(f"/CF/{one.name}", one.forward) for one in everyone if one.forward]


def _registrar(everyone: tuple[Phone, ...]) -> list[str]:
    return [_entry(f"/registrar/contact/{one.name};@{one.mark}", _compact(_stored(one))) for one in everyone]


def _compact(told: Mapping[str, str]) -> str:
    """JSON as Asterisk stores it, without a space."""
    return json.dumps(told, separators=(",", ":"))


def _stored(one: Phone) -> Mapping[str, str]:
    return {
        "via_addr": one.address,
        "qualify_timeout": "3.000000",
        "call_id": f"{one.mark[10:18]}@{one.address}",
        "reg_server": "pbx-rennes",
        "prune_on_boot": "no",
        "path": "",
        "endpoint": one.name,
        "via_port": str(one.port),
        "authenticate_qualify": "no",
        "uri": one.uri,
        "qualify_frequency": "60",
        "user_agent": one.agent,
        "expiration_time": "1999999999",
        "outbound_proxy": "",
    }


def _linux() -> Mapping[str, str]:
    return {
        "cat /etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nNAME="Debian GNU/Linux"\n'
        'VERSION_ID="11"\nVERSION="11 (bullseye)"\nVERSION_CODENAME=bullseye\nID=debian',
        "uname -n": "pbx-rennes",
        "uname -sr": "Linux 5.10.0-33-amd64",
        "hostname": "pbx-rennes",
        "cat /proc/uptime": f"{UPTIME_S}.41 {UPTIME_S * 4 - 81_211}.07",
        "nproc": "4",
        "ip -j -s addr": json.dumps([_link(port) for port in PORTS]),
        "ip -j addr": json.dumps([_link(port) for port in PORTS]),
        "ip -j route show default": json.dumps(
            [{"dst": "default", "gateway": "10.20.0.1", "dev": "ens192", "flags": []}]
        ),
        "tc -j qdisc show": json.dumps([_discipline(port) for port in PORTS]),
    }


def _link(port: Port) -> Mapping[str, object]:
    """One row of `ip -j -s addr`; counters as of boot."""
    loopback, tunnel = port.kind == 24, port.kind == 131
    flags = (
        ["LOOPBACK"] if loopback else ["POINTOPOINT", "MULTICAST", "NOARP"] if tunnel else ["BROADCAST", "MULTICAST"]
    )
    family = [
        {"family": "inet", "local": address, "prefixlen": _prefix(mask), "scope": "host" if loopback else "global",
         "label": port.name}
        for address, mask in (port.addresses or {}).items()
    ]  # fmt: skip
    return {
        "ifindex": port.index,
        "ifname": port.name,
        "flags": [*flags, "UP", "LOWER_UP"],
        "mtu": 65_536 if loopback else 1500,
        "qdisc": _discipline(port)["kind"],
        "operstate": "UP" if port.physical else "UNKNOWN",
        "group": "default",
        "link_type": "loopback" if loopback else "none" if tunnel else "ether",
        "addr_info": family,
        "stats64": {"rx": _counts(port.in_bps), "tx": _counts(port.out_bps)},
    }


def _counts(bps: int) -> Mapping[str, int]:
    octets = bps // 8 * UPTIME_S
    return {"bytes": octets, "packets": octets // 640, "errors": 0, "dropped": 0}


def _discipline(port: Port) -> Mapping[str, object]:
    kind = "noqueue" if port.kind == 24 else "fq_codel"
    return {"kind": kind, "handle": "0:", "dev": port.name, "root": True, "refcnt": 2, "options": {}}


def _prefix(mask: str) -> int:
    return sum(int(part).bit_count() for part in mask.split("."))
