"""How a Linux host is administered: SSH, SNMP, accounts, logs, clock, listening ports, clustering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.blocks import secret_class, weak
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.trees import ended
from auditor.facts import Accounts
from auditor.model import Key

_ANYWHERE: Final = ("", "default", "0.0.0.0/0", "::/0", "0.0.0.0", "any")  # noqa: S104 - read, not bound
_NO_LOGIN: Final = ("nologin", "/false", "/sync", "/halt", "/shutdown")
_REMOTE_LOG: Final = re.compile(
    r"""@@?(?:\([^)]*\))?\[?([\w.:-]+?)\]?(?::\d+)?(?:;\S*)?\s*$|[tT]arget="([^"]+)\"""", re.M
)


def ssh(output: str) -> Told:
    """`sshd -T`: what the server offers, in force and not as written."""
    said = dict(re.findall(r"(?m)^([a-z0-9]+) (.+)$", output))
    if not {"port", "ciphers", "kexalgorithms"} <= said.keys():
        return unread(output)
    names = [
        name
        for key in ("kexalgorithms", "hostkeyalgorithms", "ciphers", "macs")
        for name in said.get(key, "").split(",")
    ]
    return Told(
        {
            facts.ACCESS_SSH_VERSION: "2",  # OpenSSH speaks no other since 7.6
            facts.ACCESS_SSH_ALGORITHMS: tuple(dict.fromkeys(line(name) for name in names if name)),
        }
    )


def snmp(output: str) -> Told:
    """`snmpd.conf`: each community by its class and where it is restricted to, each user by his level."""
    if not re.search(
        r"(?im)^\s*(?:agentaddress|r[ow]community6?|r[ow]user|com2sec6?|view|sysLocation|createUser|extend)\b", output
    ):
        return unread(output)
    found = tuple(dict.fromkeys(_accesses(output)))
    return Told({facts.ACCESS_SNMP: found} if found or ended(output) else {})


def _accesses(output: str) -> Iterator[str]:
    for raw in output.splitlines():
        words = raw.split("#")[0].split()
        verb = words[0].lower() if words else ""
        if re.fullmatch(r"r[ow]community6?", verb) and len(words) > 1:
            yield _community(raw, words[2] if len(words) > 2 else "")
        elif verb in ("com2sec", "com2sec6") and len(words) > 3:
            named = [word for word in words[1:] if not word.startswith("-Cn")]
            yield _community(raw, named[1] if len(named) > 1 else "")
        elif verb in ("rouser", "rwuser") and len(words) > 1:
            level = words[2].lower() if len(words) > 2 else "auth"
            yield {"priv": "v3-authpriv", "authpriv": "v3-authpriv", "noauth": "v3-noauth"}.get(level, "v3-auth")


def _community(raw: str, source: str) -> str:
    kind = secret_class(raw)
    if weak(kind):
        return "v2c-default" if kind == "default" else "v2c-guessable"
    return "v2c-open" if source in _ANYWHERE else "v2c-restricted"


def accounts(output: str) -> Told:
    """`cat /etc/passwd`: people and root with a shell; how good their passwords are stands elsewhere."""
    rows = re.findall(r"(?m)^([^:\s]+):[^:]*:(\d+):\d+:[^:]*:[^:]*:(\S*)$", output)
    if not any(name == "root" for name, _, _ in rows):
        return unread(output)
    people = [uid for _, uid, shell in rows if not shell.endswith(_NO_LOGIN) and (int(uid) == 0 or int(uid) >= 1000)]
    return Told({facts.ACCESS_LOCAL_USERS: (Accounts(len(people)),)})


def central(output: str) -> Told:
    """`cat /etc/nsswitch.conf`: where accounts come from besides the host's own files."""
    found = re.search(r"(?m)^passwd:\s*(.+)$", output)
    if found is None:
        return unread(output)
    names = [word for word in found[1].split() if word in ("sss", "ldap", "winbind", "nis", "ipa", "oslogin")]
    return Told({facts.ACCESS_CENTRAL_AUTHENTICATION: names[0] if names else "none"})


def logging(output: str) -> Told:
    """The lines of rsyslog's configuration that send elsewhere, and the one that shows that it runs."""
    text = "\n".join(_lines(output))
    hosts = [host for pair in _REMOTE_LOG.findall(text) for host in pair if host]
    if hosts:
        return Told({facts.ACCESS_LOGGING: tuple(dict.fromkeys(line(host) for host in hosts))})
    return Told({facts.ACCESS_LOGGING: ("local",)}) if "imuxsock" in output else unread(output)


def _lines(output: str) -> Iterator[str]:
    return (one for one in output.splitlines() if not one.lstrip().startswith("#"))


def clock(output: str) -> Told:
    """`chronyc -n sources`: the servers of time, reached or not."""
    if "MS Name/IP address" not in output:
        return unread(output)
    found = re.findall(r"(?m)^[\^=#][*+\-?x~] (\S+)", output)
    return Told({facts.ACCESS_NTP: tuple(line(one) for one in found)})


def time_sync(output: str) -> Told:
    """`timedatectl show-timesync`: systemd's own client."""
    found = re.search(r"(?m)^ServerName=(\S+)", output) or re.search(r"(?m)^ServerAddress=(\S+)", output)
    return Told({facts.ACCESS_NTP: (line(found[1]),)}) if found else unread(output)


def sockets(output: str) -> Told:
    """`ss -Htuln`: whether telnet listens; port 80 may be a site, so that only its absence tells something."""
    ports = {
        int(port)
        for kind, port in re.findall(r"(?m)^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+\S*:(\d+)\s", output)
        if kind == "tcp"
    }
    if not ports:
        return unread(output)
    found: dict[Key[Any], Any] = {facts.ACCESS_TELNET: 23 in ports}
    if not ports & {80, 8080, 10000}:
        found[facts.ACCESS_HTTP] = False
    return Told(found)


def cluster(output: str) -> Told:
    """`systemctl is-active keepalived pacemaker`: neither of the programs that make a pair of two hosts runs."""
    states = [one.strip() for one in output.splitlines() if one.strip()]
    if len(states) != 2 or not all(re.fullmatch(r"(?:in)?active|failed|activating|unknown", one) for one in states):
        return unread(output)
    return Told({} if "active" in states else {facts.HA_STATE: "standalone"})
