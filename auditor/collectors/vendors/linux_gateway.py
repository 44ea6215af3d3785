"""What a Linux gateway tells to an account that may run some root commands: VPN programs, packet filters, settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import (
    ike,
    ike_config,
    iptables,
    linux_access,
    netfilter,
    nft,
    nft_text,
    ocserv,
    openvpn,
    reached,
    saved,
    wireguard,
)
from auditor.collectors.vendors.netfilter import Ruleset
from auditor.collectors.vendors.page import Command, Derivation, Facts, Told, unread
from auditor.facts import Handshake, Pool, Rule, VpnService
from auditor.model import Key
from auditor.values import ABSENT, Absent, Message

SESSIONS: Final = (facts.VPN_SESSIONS_NOW, facts.VPN_TUNNELS_NOW)
RULES: Final = (facts.FIREWALL_RULES, facts.FIREWALL_EXPOSED)
_NAME: Final = r"[\w@-][\w.@-]*"  # of a file: no path in it, and none that begins with a dot
_FOLDER: Final = r"/etc/openvpn/(?:server/|client/)?"
_STATUS: Final = rf"/(?:(?:var/log|var/run|run|tmp)/(?=\S*(?:status|vpn))|etc/(?=\S*status))(?:{_NAME}/){{0,3}}{_NAME}"


def _filter(read: Callable[[str], Ruleset | None], kind: str = "") -> Callable[[str], Told]:
    """The reader of a rule set; of `kind`, what is in force can be compared with the file that the next start loads."""

    def told(output: str) -> Told:
        found = read(output)
        if found is None:
            return unread(output)
        one = netfilter.told(found)
        running = saved.loaded(kind, found) if kind and found.complete else {}
        return replace(one, facts={**one.facts, **running})

    return told


def _stored(output: str) -> Told:
    """`/etc/nftables.conf`; without one there is nothing to compare."""
    return saved.stored("nft", nft_text.ruleset(saved.written(output)))


def _rules_v4(output: str) -> Told:
    """`/etc/iptables/rules.v4` of iptables-persistent."""
    return saved.stored("iptables", iptables.saved(output))


def _saved6(output: str) -> Ruleset | None:
    return iptables.saved(output, "ip6")


# ---- which root commands the account may run ----


def permitted(output: str) -> tuple[str, ...]:
    """The root commands of `sudo -n -l` that need no password: `nft -j list ruleset`; "ALL" where every one does."""
    text = re.sub(r"\n {8,}(?=\S)", " ", output)
    found: list[str] = []
    for row in re.findall(r"(?m)^ {2,}\([^)]*\) (.+)$", text):
        free = False
        for part in re.split(r"(?<!\\),\s*", row):
            while tag := re.match(r"(NOPASSWD|PASSWD|[A-Z]+):\s*", part):
                free = free if tag[1] not in ("NOPASSWD", "PASSWD") else tag[1] == "NOPASSWD"
                part = part[tag.end() :]
            if free and part.strip():
                found.append(_bare(part.strip().replace("\\,", ",")))
    return tuple(dict.fromkeys(found))


def _bare(command: str) -> str:
    """The program by its name alone."""
    program, _, rest = command.replace("\\", "").partition(" ")
    return f"{program.rpartition('/')[2]} {rest}".strip()


def _asked(output: str) -> Sequence[str]:
    """The lines of this page that the account may run."""
    allowed = permitted(output)
    every = "ALL" in allowed
    return [f"sudo -n {line}" for line in _ROOT if every or line in allowed] + [
        f"sudo -n {line}" for line in allowed if line not in _ROOT and any(re.fullmatch(one, line) for one in _OPEN)
    ]


def rights(output: str) -> Told:
    """`sudo -n -l`: facts that need a root command which the account may not run are gaps that name one."""
    if "may run the following" not in output and "not allowed to run sudo" not in output:
        return unread(output)
    allowed = permitted(output)
    missing: dict[Key[Any], Message] = {}
    for keys, lines in _NEEDED:
        if "ALL" not in allowed and not any(line in allowed for line in lines):
            missing |= {key: Message("gap.sudo", {"line": f"sudo -n {lines[0]}"}) for key in keys}
    return Told({}, missing=missing)


def as_root(output: str) -> Told:
    """`id -u`: root needs no sudo."""
    return Told() if output.strip().isdecimal() else unread(output)


def _as_root(output: str) -> Sequence[str]:
    return list(_ROOT) if output.strip() == "0" else []


# ---- the commands ----


def _clock(output: str) -> Told:
    text = output.strip()
    return Told({facts.SYSTEM_CLOCK: int(text)}) if re.fullmatch(r"\d{9,11}", text) else unread(output)


def _row(
    line: str, read: Callable[[str], Told], keys: tuple[Key[Any], ...] = (), people: tuple[str, ...] = ()
) -> Command:
    """A root command: asked where the account may run it."""
    pattern = rf"(?:sudo -n )?{re.escape(line)}"
    return Command(line, keys, read, pattern=pattern, people=people, forms=(f"sudo -n {line}",))


def _filed(row: Command) -> Command:
    """The same command as the name of a file spells it, which holds no slash."""
    name = re.escape(" ".join(row.line.replace("/", " ").split()))
    return replace(row, pattern=rf"(?:sudo -n )?{name}", live=False)


def _configured(output: str) -> Sequence[str]:
    """The status file that a configuration names."""
    path = openvpn.status_file(output)
    return [f"sudo -n cat {path}", f"cat {path}"] if re.fullmatch(_STATUS, path) else []


def _listed(folder: str) -> Callable[[str], Sequence[str]]:
    def lines(output: str) -> Sequence[str]:
        names = [one.strip() for one in output.splitlines()]
        return [
            f"{how}cat {folder}/{name}"
            for name in names
            if re.fullmatch(rf"{_NAME}\.conf", name)
            for how in ("", "sudo -n ")
        ]

    return lines


ROOT_COMMANDS: Final = (
    _row("swanctl --stats", ike.statistics),
    _row("swanctl --list-sas", ike.associations, SESSIONS, ike.PEOPLE),
    _row("swanctl --list-pools --leases", ike.pools, (facts.VPN_POOLS,), ike.PEOPLE),
    _row("swanctl --list-pools", ike.pools, (facts.VPN_POOLS,)),
    _row("swanctl --list-conns", ike.connections, (facts.VPN_AUTHENTICATION,)),
    _row("cat /etc/swanctl/swanctl.conf", ike_config.swanctl),
    _row("ipsec statusall", ike.statusall, SESSIONS, ike.PEOPLE),
    _row("ipsec status", ike.status),
    _row("ipsec trafficstatus", ike.traffic, SESSIONS),
    _row("cat /etc/ipsec.conf", ike_config.ipsec),
    _row("wg show all", wireguard.shown, SESSIONS),
    _row("wg show all dump", wireguard.dumped),
    _row("occtl show status", ocserv.status),
    _row("occtl -j show status", ocserv.status),
    _row("occtl -j show users", ocserv.users, SESSIONS, ocserv.PEOPLE),
    _row("cat /etc/ocserv/ocserv.conf", ocserv.configuration, (facts.VPN_AUTHENTICATION,)),
    _row("nft -j list ruleset", _filter(nft.ruleset, "nft"), RULES),
    _row("iptables-save -c", _filter(iptables.saved, "iptables"), RULES),
    _row("iptables-save", _filter(iptables.saved, "iptables"), RULES),
    _row("cat /etc/iptables/rules.v4", _rules_v4),
    _row("ip6tables-save -c", _filter(_saved6)),
    _row("ip6tables-save", _filter(_saved6)),
    _row("sshd -T", linux_access.ssh, (facts.ACCESS_SSH_ALGORITHMS,)),
    _row("cat /etc/snmp/snmpd.conf", linux_access.snmp, (facts.ACCESS_SNMP,)),
)
"""Each is asked as `sudo -n …` where `sudo -n -l` lists it without a password, and as it stands for root."""

_ROOT: Final = tuple(row.line for row in ROOT_COMMANDS)
_OPEN: Final = (rf"cat {_FOLDER}{_NAME}\.conf", rf"cat {_STATUS}")
_NEEDED: Final = (
    (SESSIONS, ("swanctl --list-sas", "ipsec statusall", "ipsec trafficstatus", "wg show all", "occtl -j show users")),
    (RULES, ("nft -j list ruleset", "iptables-save -c", "iptables-save")),
    ((facts.ACCESS_SNMP,), ("cat /etc/snmp/snmpd.conf",)),
)

COMMANDS: Final = (
    Command("date +%s", (), _clock),
    Command("ls -1 /etc/openvpn", (), lambda output: Told(), follow=_listed("/etc/openvpn")),
    Command("ls -1 /etc/openvpn/server", (), lambda output: Told(), follow=_listed("/etc/openvpn/server")),
    Command(
        "cat /etc/openvpn/NAME.conf",
        (),
        openvpn.configuration,
        pattern=rf"(?:sudo -n )?cat {_FOLDER}{_NAME}\.conf",
        follow=_configured,
        forms=tuple(
            f"{how}cat /etc/openvpn/{folder}NAME.conf"
            for folder in ("", "server/", "client/")
            for how in ("", "sudo -n ")
        ),
    ),
    Command(
        "cat STATUS-FILE",
        (),
        openvpn.status,
        pattern=rf"(?:sudo -n )?cat {_STATUS}",
        people=openvpn.PEOPLE,
        forms=("sudo -n cat STATUS-FILE",),
    ),
    Command("cat /etc/nftables.conf", (facts.CONFIG_UNSAVED,), _stored, also=("cat etc nftables.conf",)),
    Command("sudo -n -l", (*SESSIONS, *RULES), rights, follow=_asked),
    Command("id -u", (), as_root, follow=_as_root),
    *ROOT_COMMANDS,
)
"""The commands of a gateway, in the order they are asked."""

FILES: Final = (
    *(_filed(row) for row in ROOT_COMMANDS if "/" in row.line),
    # Spellings that only files hold: other forms of an answer, or paths whose signs a file's name lost.
    Command("wg show", SESSIONS, wireguard.shown, live=False, also=("wg",)),
    Command("wg show IF", SESSIONS, wireguard.shown, live=False, pattern=rf"(?:sudo -n )?wg show {_NAME}"),
    Command("wg show IF dump", (), wireguard.dumped, live=False, pattern=rf"(?:sudo -n )?wg show {_NAME} dump"),
    Command("nft list ruleset", RULES, _filter(nft_text.ruleset, "nft"), live=False,
            pattern=r"(?:sudo -n )?nft (?:-a )?list ruleset"),
    Command("iptables -L -n -v", (facts.FIREWALL_RULES,), _filter(iptables.listed), live=False,
            pattern=r"(?:sudo -n )?iptables(?: (?:-L|-nvL|-vnL|-nv|-n|-v|-x|--line-numbers))+"),
    Command("cat openvpn-status.log", SESSIONS, openvpn.status, live=False,
            pattern=r"(?:sudo -n )?cat .*(?:openvpn.*status|status).*\.(?:log|status|txt)|.*openvpn.?status.*",
            people=openvpn.PEOPLE),
    Command("cat server.conf", (facts.VPN_AUTHENTICATION,), openvpn.configuration, live=False,
            pattern=r"(?:sudo -n )?cat etc openvpn .*conf"),
    Command("ipsec status all", (), ike.statusall, live=False),
)  # fmt: skip


# ---- what several programs tell together ----


def services(known: tuple[VpnService, ...], told: tuple[VpnService, ...]) -> tuple[VpnService, ...]:
    """Two lists of VPN programs as one. Of one program the first answer counts; each server of OpenVPN adds its own."""
    found = {one.service: one for one in known}
    for other in told:
        mine = found.get(other.service)
        found[other.service] = other if mine is None else _joined(mine, other)
    return tuple(found.values())


def _joined(one: VpnService, other: VpnService) -> VpnService:
    def part(mine: int | Absent, theirs: int | Absent) -> int | Absent:
        if isinstance(mine, Absent) or isinstance(theirs, Absent):
            return theirs if isinstance(mine, Absent) else mine
        return mine + theirs if one.service == "openvpn" else mine

    return replace(
        one,
        now=part(one.now, other.now),
        tunnels=part(one.tunnels, other.tunnels),
        most=part(one.most, other.most),
        remote=True if True in (one.remote, other.remote) else one.remote,
    )


def rules(known: tuple[Rule, ...], told: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules of two tools; a table that both showed counts once."""
    tables = {rule.id.partition("#")[0].rpartition("/")[0] for rule in known}
    return (*known, *(rule for rule in told if rule.id.partition("#")[0].rpartition("/")[0] not in tables))


def each(known: tuple[Any, ...], told: tuple[Any, ...]) -> tuple[Any, ...]:
    """Two lists as one, nothing twice."""
    return tuple(dict.fromkeys((*known, *told)))


def pools(known: tuple[Pool, ...], told: tuple[Pool, ...]) -> tuple[Pool, ...]:
    """Pools by their names: what a program says of their use completes what is configured."""
    found = {one.name: one for one in known}
    for other in told:
        mine = found.get(other.name)
        if mine is None:
            found[other.name] = other
        elif isinstance(mine.used, Absent) and not isinstance(other.used, Absent):
            found[other.name] = replace(mine, used=other.used, addresses=other.addresses)
    return tuple(found.values())


def widest(known: str, told: str) -> str:
    """One server that leads everything through its tunnel decides the most that tunnels must carry."""
    return "full" if "full" in (known, told) else known


def longest(known: int, told: int) -> int:
    """Of timers the one that lets a session stand longest; 0 is never."""
    return 0 if 0 in (known, told) else max(known, told)


COMBINE: Final[Mapping[Key[Any], Callable[[Any, Any], Any]]] = {
    facts.VPN_SERVICES: services,
    facts.VPN_POOLS: pools,
    facts.VPN_PROPOSALS: each,
    facts.VPN_AUTHENTICATION: each,
    facts.VPN_TUNNEL_MODE: widest,
    facts.VPN_TUNNEL_ROUTES: each,
    facts.VPN_TRANSPORTS: each,
    facts.VPN_HANDSHAKES: each,
    facts.FIREWALL_RULES: rules,
    facts.FIREWALL_NAT: each,
    facts.VPN_TLS_MINIMUM: min,
    facts.VPN_IDLE_TIMEOUT: longest,
    facts.VPN_MAX_SESSION: longest,
    facts.CONFIG_RUNNING: each,
    facts.CONFIG_STARTUP: each,
}


def _services(known: Facts) -> tuple[VpnService, ...] | Message:
    """The programs, WireGuard's peers counted by the host's own clock where only the machine form was shown."""
    told: tuple[VpnService, ...] = known.get(facts.VPN_SERVICES, ())
    peers: tuple[Handshake, ...] | None = known.get(facts.VPN_HANDSHAKES)
    if peers is None or any(one.service == "wireguard" and one.now is not ABSENT for one in told):
        return told
    clock = known.get(facts.SYSTEM_CLOCK)
    if clock is None and any(one.at for one in peers):
        return Message("gap.no_clock")
    alive = [one for one in peers if clock is not None and one.at and clock - one.at < wireguard.ALIVE_S]
    users = sum(1 for one in alive if one.user)
    return (*told, VpnService("wireguard", users, len(alive) - users))


def _total(name: str) -> Callable[[Facts], Any]:
    """The sum over all programs; where one that is set up for users did not tell, there is none."""

    def make(known: Facts) -> Any:
        found = _services(known)
        if isinstance(found, Message):
            return found
        parts = [getattr(one, name) for one in found]
        return sum(parts) if parts and all(isinstance(part, int) for part in parts) else ABSENT

    return make


_LIMITED: Final = {"openvpn", "ocserv"}  # their configuration sets a limit; the others know none


def _most(known: Facts) -> Any:
    """What the programs allow together: no number where one has no limit, or did not tell its own."""
    found = _services(known)
    if isinstance(found, Message) or not found:
        return ABSENT
    silent = {
        one.service
        for one in found
        if isinstance(one.most, Absent) and (one.remote is True or not isinstance(one.now, Absent))
    }
    if silent - _LIMITED:
        return Message("gap.unlimited")
    limits = [one.most for one in found if isinstance(one.most, int)]
    return ABSENT if silent or not limits else sum(limits)


TOTALS: Final = (facts.VPN_SESSIONS_NOW, facts.VPN_TUNNELS_NOW, facts.VPN_SESSIONS_PLATFORM_MAX)
_OF: Final = (facts.VPN_SERVICES, facts.VPN_HANDSHAKES, facts.SYSTEM_CLOCK)
DERIVE: Final[Mapping[Key[Any], Derivation]] = {
    facts.VPN_SESSIONS_NOW: Derivation(_OF, _total("now")),
    facts.VPN_TUNNELS_NOW: Derivation(_OF, _total("tunnels")),
    facts.VPN_SESSIONS_PLATFORM_MAX: Derivation(_OF, _most),
    **reached.DERIVED,
    **saved.UNSAVED,
}
