"""The four devices of the demo company: what their agents and shells answer (domain model, worked site)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

WAN_IN, WAN_OUT = 10_100_000, 8_000_000  # bit/s, what the audit has to find out
USERS, PASSWORDS = ("audit",), {"ssh-demo": "visit-Rennes-2026"}
COMMUNITY: Final = "rennes-ro-7f31c2"
V3_USER, V3_AUTH, V3_PRIV = "audit", "rennes-auth-passphrase", "rennes-priv-passphrase"

Ticks = int
"""Hundredths of a second since the agent started."""


@dataclass(frozen=True, slots=True)
class Value:
    """An SNMP value: its tag (int, str, oid, ip, c32, c64, g32, ticks) and itself, or how it follows the clock."""

    tag: str
    value: object

    def at(self, ticks: Ticks) -> object:
        return self.value(ticks) if callable(self.value) else self.value


@dataclass(frozen=True, slots=True)
class Company:
    """One device: SNMP values by OID, and the answers of its shell by line."""

    name: str
    role: str
    snmp: Mapping[str, Value]
    version: str
    prompt: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""
    pages: bool = False


def octets(bps: int, start: int) -> Callable[[Ticks], int]:
    """A counter that grows with the very ticks served in the same reply, so that its rate is exact."""
    return lambda ticks: start + bps * ticks // 800


def _system(descr: str, oid: str, name: str) -> dict[str, Value]:
    return {
        "1.3.6.1.2.1.1.1.0": Value("str", descr),
        "1.3.6.1.2.1.1.2.0": Value("oid", oid),
        "1.3.6.1.2.1.1.3.0": Value("ticks", lambda ticks: ticks),
        "1.3.6.1.2.1.1.5.0": Value("str", name),
    }


@dataclass(frozen=True, slots=True)
class Port:
    """One row of the interface table."""

    name: str
    alias: str
    kind: int
    mbps: int
    up: bool = True
    bps_in: int = 0
    bps_out: int = 0
    connector: int = 1
    descr: str = ""


def _ports(ports: tuple[Port, ...]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for index, port in enumerate(ports, 1):
        start = 10**9 * index
        packets = max(1, port.bps_in // 6400)
        rows: dict[str, Value] = {
            "1.3.6.1.2.1.2.2.1.2": Value("str", port.descr or port.name),
            "1.3.6.1.2.1.2.2.1.3": Value("int", port.kind),
            "1.3.6.1.2.1.2.2.1.5": Value("g32", min(port.mbps * 1_000_000, 4_294_967_295)),
            "1.3.6.1.2.1.2.2.1.7": Value("int", 1),
            "1.3.6.1.2.1.2.2.1.8": Value("int", 1 if port.up else 2),
            "1.3.6.1.2.1.2.2.1.13": Value("c32", 12),
            "1.3.6.1.2.1.2.2.1.14": Value("c32", 3),
            "1.3.6.1.2.1.2.2.1.19": Value("c32", 40),
            "1.3.6.1.2.1.2.2.1.20": Value("c32", 0),
            "1.3.6.1.2.1.31.1.1.1.1": Value("str", port.name),
            "1.3.6.1.2.1.31.1.1.1.6": Value("c64", octets(port.bps_in, start)),
            "1.3.6.1.2.1.31.1.1.1.7": Value("c64", 900_000_000 + packets),
            "1.3.6.1.2.1.31.1.1.1.10": Value("c64", octets(port.bps_out, start)),
            "1.3.6.1.2.1.31.1.1.1.11": Value("c64", 700_000_000 + packets),
            "1.3.6.1.2.1.31.1.1.1.15": Value("g32", port.mbps),
            "1.3.6.1.2.1.31.1.1.1.17": Value("int", port.connector),
            "1.3.6.1.2.1.31.1.1.1.18": Value("str", port.alias),
            "1.3.6.1.2.1.31.1.1.1.19": Value("ticks", 0),
        }
        found |= {f"{column}.{index}": value for column, value in rows.items()}
    return found


def _addresses(rows: Mapping[str, int]) -> dict[str, Value]:
    return {f"1.3.6.1.2.1.4.20.1.2.{address}": Value("int", index) for address, index in rows.items()}


def _chassis(model: str, serial: str) -> dict[str, Value]:
    return {
        "1.3.6.1.2.1.47.1.1.1.1.5.1": Value("int", 3),
        "1.3.6.1.2.1.47.1.1.1.1.11.1": Value("str", serial),
        "1.3.6.1.2.1.47.1.1.1.1.13.1": Value("str", model),
    }


# ---- router ----

ROUTER_PORTS: Final = (
    Port("GigabitEthernet0/0/0", "WAN FTTO 20M - operator ref 45-RN-2231", 6, 100, bps_in=WAN_IN, bps_out=WAN_OUT),
    Port("GigabitEthernet0/0/1", "LAN core", 6, 1000, bps_in=WAN_OUT + 2_400_000, bps_out=WAN_IN + 3_100_000),
    Port("GigabitEthernet0", "", 6, 1000, up=False),
    Port("Null0", "", 1, 10_000, connector=2),
    Port("Loopback0", "", 24, 8_000, connector=2),
)
ROUTER: Final = Company(
    "rtr-rennes",
    "router",
    _system(
        "Cisco IOS Software [Bengaluru], ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.6.5, RELEASE",
        "1.3.6.1.4.1.9.1.2093",
        "rtr-rennes",
    )
    | _ports(ROUTER_PORTS)
    | _addresses({"198.51.100.2": 1, "10.20.0.1": 2, "10.255.0.1": 5})
    | _chassis("ISR4321/K9", "FDO2249D0M0")
    | {
        "1.3.6.1.2.1.4.24.7.1.7.1.4.0.0.0.0.0.2.0.0.1.4.198.51.100.1": Value("int", 1),
        "1.3.6.1.2.1.4.21.1.2.0.0.0.0": Value("int", 1),
        "1.3.6.1.4.1.9.9.109.1.1.1.1.8.7": Value("g32", 11),
        "1.3.6.1.4.1.9.9.109.1.1.1.1.12.7": Value("g32", 1_650_000),
        "1.3.6.1.4.1.9.9.109.1.1.1.1.13.7": Value("g32", 2_290_000),
    },
    "3",
)

# ---- firewall ----

FIREWALL_PORTS: Final = (
    Port("outside", "", 53, 1000, bps_in=9_800_000, bps_out=7_700_000,
         descr="Adaptive Security Appliance 'outside' interface"),
    Port("inside", "", 53, 1000, bps_in=9_900_000, bps_out=11_800_000,
         descr="Adaptive Security Appliance 'inside' interface"),
)  # fmt: skip
ASA_CONFIG: Final = """\
: Saved
:
: Serial Number: JAD20350ABC
: Hardware:   ASA5508, 8192 MB RAM, CPU Atom C2000 series 2000 MHz, 1 CPU (8 cores)
:
ASA Version 9.12(4)67
!
hostname fw-rennes
domain-name atelier.example
enable password $sha512$5000$kT1n0Yf3bVQ8$2l3mXz== pbkdf2
names
ip local pool STAFF-POOL 10.99.0.1-10.99.0.62 mask 255.255.255.192
!
interface GigabitEthernet1/1
 nameif outside
 security-level 0
 ip address 198.51.100.10 255.255.255.248
!
interface GigabitEthernet1/2
 nameif inside
 security-level 100
 ip address 10.20.0.2 255.255.255.0
!
object network RDS-01
 host 10.20.4.21
 nat (inside,outside) static interface service tcp 3389 3389
object network STAFF-VPN
 subnet 10.99.0.0 255.255.255.192
access-list OUTSIDE-IN extended permit tcp any object RDS-01 eq 3389 log
access-list OUTSIDE-IN extended permit tcp any host 10.20.4.30 eq https log
access-list OUTSIDE-IN extended permit udp host 203.0.113.40 host 10.20.6.10 eq sip log
access-list OUTSIDE-IN extended deny ip any any log
access-list STAFF-ACCESS extended permit tcp object STAFF-VPN 10.20.4.0 255.255.255.0 eq 445 log
access-list STAFF-ACCESS extended permit ip object STAFF-VPN 10.20.0.0 255.255.0.0
access-group OUTSIDE-IN in interface outside
route outside 0.0.0.0 0.0.0.0 198.51.100.9 1
aaa-server AD-RENNES protocol ldap
aaa-server AD-RENNES (inside) host 10.20.4.10
 ldap-base-dn dc=atelier,dc=example
 ldap-login-password 9tR2vLq8ZwXe
aaa-server ADMINS protocol tacacs+
aaa-server ADMINS (inside) host 10.20.4.11
 key 5hGq7PpN2sVb
aaa authentication ssh console ADMINS LOCAL
http server enable
http 10.20.0.0 255.255.0.0 inside
snmp-server host inside 10.20.0.50 community 3kX8vR1nQz71 version 2c
snmp-server community 3kX8vR1nQz71
logging enable
logging buffered informational
logging host inside 10.20.4.60
ntp server 10.20.4.10
crypto ipsec ikev2 ipsec-proposal AES256-GCM
 protocol esp encryption aes-gcm-256
 protocol esp integrity null
crypto ipsec security-association pmtu-aging infinite
crypto dynamic-map STAFF 65535 set pfs group19
crypto dynamic-map STAFF 65535 set ikev2 ipsec-proposal AES256-GCM
crypto map OUTSIDE 65535 ipsec-isakmp dynamic STAFF
crypto map OUTSIDE interface outside
crypto ikev2 policy 1
 encryption aes-gcm-256
 integrity null
 group 19 20
 prf sha256
 lifetime seconds 28800
crypto ikev2 enable outside client-services port 443
telnet timeout 5
ssh stricthostkeycheck
ssh 10.20.0.0 255.255.0.0 inside
ssh version 2
ssl server-version tlsv1.2 dtlsv1.2
sysopt connection tcpmss 1350
webvpn
 enable outside
 anyconnect enable
 tunnel-group-list enable
group-policy STAFF internal
group-policy STAFF attributes
 vpn-simultaneous-logins 1
 vpn-idle-timeout 30
 vpn-session-timeout none
 vpn-tunnel-protocol ikev2 ssl-client
 split-tunnel-policy tunnelall
 address-pools value STAFF-POOL
username rescue password $sha512$5000$Yw3s8Jd0LmQe$9aQmZk== pbkdf2 privilege 15
tunnel-group STAFF type remote-access
tunnel-group STAFF general-attributes
 address-pool STAFF-POOL
 authentication-server-group AD-RENNES
 default-group-policy STAFF
tunnel-group STAFF webvpn-attributes
 group-alias staff enable
!
policy-map global_policy
 class inspection_default
  inspect dns
!
service-policy global_policy global
: end
"""
ASA_VERSION: Final = """\

Cisco Adaptive Security Appliance Software Version 9.12(4)67
SSP Operating System Version 2.6(1.274)
Device Manager Version 7.18(1)

Compiled on Tue 10-Oct-23 19:45 GMT by builders
System image file is "disk0:/asa9-12-4-67-lfbff-k8.SPA"
Config file at boot was "startup-config"

fw-rennes up 61 days 3 hours

Hardware:   ASA5508, 8192 MB RAM, CPU Atom C2000 series 2000 MHz, 1 CPU (8 cores)
Internal ATA Compact Flash, 8000MB

Licensed features for this platform:
Maximum VLANs                     : 50             perpetual
Failover                          : Active/Active  perpetual
Encryption-DES                    : Enabled        perpetual
Encryption-3DES-AES               : Enabled        perpetual
AnyConnect Premium Peers          : 50             perpetual
Other VPN Peers                   : 100            perpetual
Total VPN Peers                   : 100            perpetual

Serial Number: JAD20350ABC
Configuration last modified by rescue at 09:12:44.131 CEST Mon Nov 2 2026
"""
ASA_LICENCES: Final = """\
---------------------------------------------------------------------------
VPN Licenses and Configured Limits Summary
---------------------------------------------------------------------------
                                     Status : Capacity : Installed :  Limit
                                  -----------------------------------------
AnyConnect Premium               :  ENABLED :       50 :        50 :   NONE
AnyConnect Essentials            : DISABLED :      100 :         0 :   NONE
Other VPN (Available by Default) :  ENABLED :      100 :       100 :   NONE
---------------------------------------------------------------------------
"""
ASA_SESSIONS: Final = """\
---------------------------------------------------------------------------
VPN Session Summary
---------------------------------------------------------------------------
                               Active : Cumulative : Peak Concur : Inactive
                             ----------------------------------------------
AnyConnect Client            :      8 :       4127 :          34 :        0
  SSL/TLS/DTLS               :      5 :       2611 :          21 :        0
  IKEv2 IPsec                :      3 :       1516 :          13 :        0
---------------------------------------------------------------------------
Total Active and Inactive    :      8             Total Cumulative :   4127
Device Total VPN Capacity    :    250
Device Load                  :     3%
---------------------------------------------------------------------------
"""
ASA_RESOURCES: Final = """\
Resource                 Current        Peak      Limit        Denied Context
SSH Server                     1           2          5             0 System
Conns                       9100       12000      50000             0 System
Hosts                        412         655  unlimited             0 System
"""
FIREWALL: Final = Company(
    "fw-rennes",
    "firewall",
    _system("Cisco Adaptive Security Appliance Version 9.12(4)67", "1.3.6.1.4.1.9.1.2115", "fw-rennes")
    | _ports(FIREWALL_PORTS)
    | _addresses({"198.51.100.10": 1, "10.20.0.2": 2})
    | _chassis("ASA5508", "JAD20350ABC")
    | {
        "1.3.6.1.4.1.9.9.109.1.1.1.1.8.1": Value("g32", 30),
        "1.3.6.1.4.1.9.9.147.1.2.2.2.1.5.40.6": Value("g32", 9_100),
        "1.3.6.1.4.1.9.9.147.1.2.2.2.1.5.40.7": Value("g32", 12_000),
        "1.3.6.1.4.1.9.9.392.1.1.1.0": Value("int", 250),
        "1.3.6.1.4.1.9.9.392.1.3.26.0": Value("g32", 0),
        "1.3.6.1.4.1.9.9.392.1.3.28.0": Value("g32", 0),
        "1.3.6.1.4.1.9.9.392.1.3.29.0": Value("g32", 0),
        "1.3.6.1.4.1.9.9.392.1.3.35.0": Value("g32", 8),
        "1.3.6.1.4.1.9.9.392.1.3.37.0": Value("g32", 34),
        "1.3.6.1.4.1.9.9.392.1.3.38.0": Value("g32", 0),
        "1.3.6.1.4.1.9.9.392.1.3.40.0": Value("g32", 0),
    },
    "2c",
    prompt="fw-rennes# ",
    answers={
        "terminal pager 0": "",
        "show version": ASA_VERSION,
        "show vpn-sessiondb license-summary": ASA_LICENCES,
        "show vpn-sessiondb": ASA_SESSIONS,
        "show resource usage": ASA_RESOURCES,
        "show running-config": ASA_CONFIG,
    },
    unknown="       ^\nERROR: % Invalid input detected at '^' marker.\n",
    pages=True,
)

# ---- phone system ----

SOFT, HOME, DESK, FORWARDED = 20, 8, 68, 15
_SOFT_AGENTS: Final = ("Linphone Desktop/5.2.4", "Zoiper rv2.10.20.6", "MicroSIP/3.21.3")
_DESK_AGENTS: Final = ("Yealink SIP-T46S 66.86.0.15", "snomD725/10.1.101.11", "Polycom VVX 411 6.3.1.8427")


def _sets() -> list[tuple[str, str, str]]:
    """Extension, address and user agent of the 96 sets."""
    found = []
    for n in range(SOFT):
        found.append((str(200 + n), f"10.20.{2 + n % 2}.{60 + n}", _SOFT_AGENTS[n % 3]))
    for n in range(HOME):
        found.append((str(230 + n), f"10.99.0.{10 + n}", _DESK_AGENTS[n % 3]))
    for n in range(DESK):
        found.append((str(300 + n), f"10.20.8.{20 + n}", _DESK_AGENTS[n % 3]))
    return found


def _endpoints() -> str:
    lines = [
        "",
        " Endpoint:  <Endpoint/CID.....................................>  <State.....>  <Channels.>",
        "==========================================================================================",
    ]
    for name, address, _ in _sets():
        lines += [
            "",
            f" Endpoint:  {name + '/' + name:<50} Not in use    0 of inf",
            f"     InAuth:  {name}-auth/{name}",
            f"        Aor:  {name:<50} 2",
            f"      Contact:  {name}/sip:{name}@{address}:5060             {int(name) * 7919:010x} Avail     11.204",
            "  Transport:  transport-udp             udp      0      0  10.20.6.10:5060",
        ]
    lines += [
        "",
        " Endpoint:  operator                                             Not in use    0 of inf",
        "    OutAuth:  operator-auth/rennes",
        "        Aor:  operator                                           1",
        "      Contact:  operator/sip:203.0.113.40:5060                 4b1d9ef3c2 Avail         9.117",
        "   Identify:  operator/operator",
        "        Match: 203.0.113.40/32",
        "",
        f"Objects found: {len(_sets()) + 1}",
    ]
    return "\n".join(lines) + "\n"


def _database() -> str:
    lines = [f"/CF/{300 + n:<47}: 0612{n:06d}" for n in range(FORWARDED)]
    for name, address, agent in _sets():
        row = {"via_addr": address, "uri": f"sip:{name}@{address}:5060", "user_agent": agent, "endpoint": name}
        lines.append(f"/registrar/contact/{name};@{int(name):032x}: {json.dumps(row)}")
    return "\n".join([*lines, f"{len(lines)} results found."]) + "\n"


_AST: Final = "/usr/sbin/asterisk -rx '{}'"
PBX: Final = Company(
    "pbx-rennes",
    "pbx",
    _system("Linux pbx-rennes 5.10.0-28-amd64 #1 SMP Debian x86_64", "1.3.6.1.4.1.8072.3.2.10", "pbx-rennes")
    | _ports((Port("lo", "", 24, 10, connector=2), Port("eth0", "", 6, 1000, bps_in=900_000, bps_out=900_000)))
    | _addresses({"10.20.6.10": 2})
    | {
        "1.3.6.1.2.1.25.3.3.1.2.196608": Value("int", 4),
        "1.3.6.1.2.1.25.3.3.1.2.196609": Value("int", 6),
        "1.3.6.1.2.1.25.2.3.1.2.1": Value("oid", "1.3.6.1.2.1.25.2.1.2"),
        "1.3.6.1.2.1.25.2.3.1.4.1": Value("int", 1024),
        "1.3.6.1.2.1.25.2.3.1.5.1": Value("int", 4_030_000),
        "1.3.6.1.2.1.25.2.3.1.6.1": Value("int", 1_310_000),
        "1.3.6.1.4.1.22736.1.1.1.0": Value("str", "16.28.0~dfsg-0+deb11u4"),
        "1.3.6.1.4.1.22736.1.2.5.0": Value("g32", 3),
    },
    "2c",
    prompt="audit@pbx-rennes:~$ ",
    answers={
        "cat /etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nNAME="Debian GNU/Linux"\nID=debian\n',
        "uname -n": "pbx-rennes\n",
        "cat /proc/uptime": "4412876.31 8623345.11\n",
        "nproc": "2\n",
        "ip -j -s addr": "[]\n",
        "tc -j qdisc show": "[]\n",
        _AST.format("core show version"): "Asterisk 16.28.0~dfsg-0+deb11u4 built by nobody @ buildd.debian.org on a"
        " unknown running Linux on 2024-01-04 17:58:50 UTC\n",
        _AST.format("core show channels count"): "6 active channels\n3 of 60 max active calls ( 5.00% of capacity)\n"
        "48122 calls processed\n",
        _AST.format("pjsip show endpoints"): _endpoints(),
        _AST.format("sip show peers"): "No such command 'sip show peers' (type 'core show help sip show' for other"
        " possible commands)\n",
        _AST.format("database show"): _database(),
        _AST.format("pjsip show registrations"): "\n <Registration/ServerURI....>  <Auth....>  <Status.......>\n"
        "=====================================================\n\n"
        " operator-reg/sip:203.0.113.40:5060   operator-auth   Registered        (exp. 1312s)\n\nObjects found: 1\n",
    },
    unknown="bash: line 1: command not found\n",
)

# ---- UPS ----

UPS: Final = Company(
    "ups-rennes",
    "ups",
    _system("Eaton 5PX 1500 UPS network card", "1.3.6.1.4.1.534.1", "ups-rennes")
    | {
        "1.3.6.1.2.1.33.1.1.1.0": Value("str", "Eaton"),
        "1.3.6.1.2.1.33.1.1.2.0": Value("str", "5PX 1500i RT2U"),
        "1.3.6.1.2.1.33.1.1.3.0": Value("str", "02.14.0026"),
        "1.3.6.1.2.1.33.1.2.3.0": Value("int", 38),
        "1.3.6.1.2.1.33.1.4.4.1.5.1": Value("int", 42),
    },
    "2c",
)

DEVICES: Final = (ROUTER, FIREWALL, PBX, UPS)
