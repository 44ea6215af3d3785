"""Cisco IOS and IOS-XE routers: identity, load, shapers and bandwidth of the access link, the management plane."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import cisco_snmp, standard
from auditor.collectors.vendors.blocks import Line, indented, looks_whole, secret_class, weak
from auditor.collectors.vendors.cisco_snmp import platform
from auditor.collectors.vendors.lines import DSL
from auditor.collectors.vendors.page import Command, Identity, Scalars, Told, Vendor
from auditor.collectors.vendors.standard import identified, text
from auditor.facts import Accounts, LinkRate
from auditor.model import ABSENT, Absent, Key


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    description = text(values.get(standard.SYS_DESCR, ABSENT))
    if not description:
        return Told()
    version = re.search(r"Version ([^,\s[]+)", description)
    return Told(identified("Cisco", platform(description), version=version.group(1) if version else ""))


# ---- command outputs ----


def version(output: str) -> Told:
    """`show version`: what the box is and runs."""
    found: dict[Key[Any], Any] = {}
    for key, pattern in (
        (facts.IDENTITY_OS_VERSION, r"^Cisco IOS.*?Version ([^,\s]+)"),
        (facts.IDENTITY_MODEL, r"^[Cc]isco (\S+) \(.*(?:processor|memory)"),
        (facts.IDENTITY_SERIAL, r"^Processor board ID (\S+)"),
        (facts.IDENTITY_NAME, r"^(\S+) uptime is"),
    ):
        if match := re.search(pattern, output, re.M):
            found[key] = match.group(1)
    if "Cisco IOS" in output:
        found[facts.IDENTITY_VENDOR] = "Cisco"
        found[facts.IDENTITY_PLATFORM] = platform(output)
    return Told(found, unparsed=0 if found else len(output.splitlines()))


def configuration(output: str) -> Told:
    """`show running-config`: rates the link is held to, quality of service, and the management plane."""
    if not looks_whole(output):
        return Told(unparsed=len(output.splitlines()))
    tree = indented(output)
    found: dict[Key[Any], Any] = {
        facts.LINK_RATES: _rates(tree),
        facts.LINK_QOS: _qos(tree),
        facts.ACCESS_HTTP: any(line.text == "ip http server" for line in tree.below),
        facts.ACCESS_SNMP: _snmp(tree),
        facts.ACCESS_LOGGING: _logging(tree),
        facts.ACCESS_NTP: tuple(line.words[2] for line in tree.starting("ntp server ") if len(line.words) > 2),
        facts.ACCESS_CENTRAL_AUTHENTICATION: _central(tree),
        facts.ACCESS_LOCAL_USERS: _users(tree),
    }
    if isinstance(telnet := _telnet(tree), bool):
        found[facts.ACCESS_TELNET] = telnet
    if said := tree.after("ip ssh version "):
        found[facts.ACCESS_SSH_VERSION] = said
    if name := tree.after("hostname "):
        found[facts.IDENTITY_NAME] = name
    if not found[facts.LINK_RATES]:
        found.pop(facts.LINK_RATES)
    return Told(found)


def _rates(tree: Line) -> tuple[LinkRate, ...]:
    """Per interface: the shaper of its outgoing policy, the policer of its incoming one, its bandwidth statement."""
    policies = {line.words[1]: line for line in tree.starting("policy-map ") if len(line.words) == 2}
    found = []
    for line in tree.starting("interface "):
        name = line.text.removeprefix("interface ")
        for direction in ("output", "input"):
            policy = policies.get(line.after(f"service-policy {direction} "))
            if policy is None:
                continue
            if (rate := _first(policy, r"shape (?:average|peak) (\d+)")) and direction == "output":
                found.append(LinkRate(name, "shaper", up_bps=rate))
            elif rate := _first(policy, r"police (?:cir )?(\d+)"):
                found.append(
                    LinkRate(name, "policer", up_bps=rate) if direction == "output"
                    else LinkRate(name, "policer", down_bps=rate)
                )  # fmt: skip
        if match := re.match(r"(\d+)", line.after("bandwidth ")):
            kbps = int(match.group(1)) * 1000
            found.append(LinkRate(name, "bandwidth", kbps, kbps))
    return tuple(found)


def _first(policy: Line, pattern: str) -> int:
    """The first rate of a policy map, classes included, in bit/s; 0 without one."""
    for line in (below for entry in policy.below for below in (entry, *entry.below)):
        if match := re.match(pattern, line.text):
            return int(match.group(1))
    return 0


def _applied(policies: Mapping[str, Line], name: str, above: frozenset[str]) -> list[str]:
    """The lines of a policy and of those nested in it; one that nothing applies does nothing."""
    if name not in policies or name in above:
        return []
    lines = [below.text for entry in policies[name].below for below in (entry, *entry.below)]
    nested = [text.split()[-1] for text in lines if text.startswith("service-policy ")]
    return lines + [text for inner in nested for text in _applied(policies, inner, above | {name})]


def _qos(tree: Line) -> str:
    policies = {line.words[1]: line for line in tree.starting("policy-map ") if len(line.words) == 2}
    names = {line.after("service-policy output ") for line in tree.starting("interface ")}
    lines = [text for name in sorted(names) for text in _applied(policies, name, frozenset())]
    priority = any(text.startswith("priority") for text in lines)
    shaper = any(text.startswith("shape ") for text in lines)
    applied = any(line.starting("service-policy output") for line in tree.starting("interface "))
    if applied and priority and shaper:
        return "priority+shaper"
    return "marking" if lines and applied else "none"


def _telnet(tree: Line) -> bool | Absent:
    """Telnet answers where a vty line allows it; without a statement it depends on the release, so nobody knows."""
    said = [line.after("transport input ").split() for line in tree.starting("line vty")]
    if any({"telnet", "all"} & set(words) for words in said):
        return True
    return False if said and all(said) else ABSENT


def _snmp(tree: Line) -> tuple[str, ...]:
    found = []
    for line in tree.starting("snmp-server community "):
        kind = secret_class(line.text)
        restricted = line.words[-1].upper() not in ("RO", "RW")
        found.append("v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else
                     "v2c-restricted" if restricted else "v2c-open")  # fmt: skip
    for line in tree.starting("snmp-server group "):
        if " v3 " in f"{line.text} ":
            level = line.words[4] if len(line.words) > 4 else ""
            found.append({"priv": "v3-authpriv", "auth": "v3-auth"}.get(level, "v3-noauth"))
    return tuple(dict.fromkeys(found))


def _logging(tree: Line) -> tuple[str, ...]:
    hosts = [line.words[2] for line in tree.starting("logging host ")]
    hosts += [line.words[1] for line in tree.starting("logging ") if re.match(r"logging \d+\.\d+", line.text)]
    return tuple(hosts) or (("local",) if tree.starting("logging buffered") else ())


def _central(tree: Line) -> str:
    said = tree.after("aaa authentication login default ").split()
    return next((word for word in said if word in ("tacacs+", "radius", "ldap")), "none")


def _users(tree: Line) -> tuple[Accounts, ...]:
    users = tree.starting("username ")
    return (Accounts(len(users), sum(1 for line in users if weak(secret_class(line.text)))),)


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.LINK_RATES, facts.LINK_QOS, facts.ACCESS_TELNET, facts.ACCESS_HTTP, facts.ACCESS_SNMP,
    facts.ACCESS_LOGGING, facts.ACCESS_CENTRAL_AUTHENTICATION, facts.ACCESS_LOCAL_USERS,
)  # fmt: skip


def _is_ios(identity: Identity) -> bool:
    return bool(re.search(r"Cisco (?:IOS|Internetwork Operating System)|IOS-XE", identity.sys_descr))


CISCO_IOS = Vendor(
    name="cisco",
    platform="cisco_ios",
    recognise=_is_ios,
    scalars=(
        standard.SYSTEM,
        Scalars((standard.SYS_DESCR,), (facts.IDENTITY_PLATFORM, facts.IDENTITY_OS_VERSION), _box),
        cisco_snmp.COUNTS,
    ),
    tables=(
        standard.INTERFACES,
        standard.CHASSIS,
        cisco_snmp.LOAD,
        cisco_snmp.POLICIES,
        DSL,
        cisco_snmp.SLA,
        cisco_snmp.RADIOS,
        cisco_snmp.REDUNDANCY,
        cisco_snmp.CALLS,
    ),
    commands=(
        Command("show version", (facts.IDENTITY_OS_VERSION, facts.IDENTITY_MODEL, facts.IDENTITY_SERIAL), version),
        Command("show running-config", CONFIGURED, configuration, seconds=120),
    ),
    session=("terminal length 0", "terminal width 511"),
    secrets=(
        r"(enable (?:secret|password)(?: level \d+)?(?: \d+)?) (\S+)",
        r"(username \S+(?: privilege \d+)? (?:secret|password)(?: \d+)?) (\S+)",
        r"(snmp-server community) (\S+)",
        r"(key-string(?: \d+)?) (\S+)",
        r"(pre-shared-key(?: address \S+)?(?: key)?(?: \d+)?) (\S+)",
        r"(crypto isakmp key(?: \d+)?) (\S+)",
        r"((?:tacacs|radius)-server key(?: \d+)?) (\S+)",
        r"(^\s*(?:key|password)(?: \d+)?) (\S+)",
    ),
    hello="show version",
    recognise_shell=lambda output: "Cisco IOS" in output or "Cisco Internetwork Operating System" in output,
)
