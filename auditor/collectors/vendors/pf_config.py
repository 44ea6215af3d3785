"""config.xml of pfSense and OPNsense: identity, interfaces, VPN, rules, what the internet reaches, administration."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any, Final

from auditor import facts
from auditor.collectors.vendors import pf_lines, pf_nat, pf_rules, pf_vpn
from auditor.collectors.vendors.blocks import weak
from auditor.collectors.vendors.markup import Part, document, secret
from auditor.collectors.vendors.page import Told, unread
from auditor.facts import Accounts
from auditor.model import Key

_LOG_SERVERS: Final = ("remoteserver", "remoteserver2", "remoteserver3")


def configuration(output: str) -> Told:
    """A whole configuration; of one that does not end nothing is told."""
    root = document(output, "pfsense", "opnsense")
    if root is None:
        return unread(output)
    names = pf_rules.box(root)
    vpn = pf_vpn.read(root, _servers(root), names.networks)
    found: dict[Key[Any], Any] = {**_identity(root, output), **vpn.facts(), **_administration(root)}
    found |= pf_lines.told(root, names)
    found[facts.FIREWALL_RULES] = pf_rules.rules(root, names)
    found[facts.FIREWALL_NAT] = pf_nat.translations(root, names)
    exposed = pf_rules.exposed(root, names, vpn.listens)
    found[facts.FIREWALL_EXPOSED] = exposed
    found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] = pf_rules.management(exposed, _doors(root))
    return Told(found)


def _identity(root: Part, output: str) -> dict[Key[Any], Any]:
    """The version stands in no element: some tools write it behind the end."""
    pfsense = root.node is not None and root.node.tag == "pfsense"
    found: dict[Key[Any], Any] = {
        facts.IDENTITY_VENDOR: "Netgate" if pfsense else "OPNsense",
        facts.IDENTITY_PLATFORM: "pfsense" if pfsense else "opnsense",
    }
    host, domain = root.text("system/hostname"), root.text("system/domain")
    if host:
        found[facts.IDENTITY_NAME] = f"{host}.{domain}" if domain else host
    if version := re.search(r"<!--\s*(?:PFsense|OPNsense)\s+(\d[\w.-]*)", output, re.I):
        found[facts.IDENTITY_OS_VERSION] = version[1]
    if states := root.number("system/maximumstates"):
        found[facts.FIREWALL_SESSIONS_MAX] = states
    saved = re.fullmatch(r"(\d{9,11})(?:\.\d+)?", root.text("revision/time"))
    if saved:
        found[facts.CONFIG_SAVED_AT] = dt.datetime.fromtimestamp(int(saved[1]), dt.UTC)
    return found


def _servers(root: Part) -> dict[str, str]:
    """The authentication servers: name -> ldap, radius, totp…"""
    return {one.text("name"): one.text("type") for one in root.rows("system/authserver")}


# ---- administration ----


def _administration(root: Part) -> dict[Key[Any], Any]:
    found: dict[Key[Any], Any] = {facts.ACCESS_TELNET: False}  # neither of the two has it
    protocol = root.text("system/webgui/protocol")
    if protocol in ("http", "https"):
        found[facts.ACCESS_HTTP] = protocol == "http"
    if _shell(root):
        found[facts.ACCESS_SSH_VERSION] = "2"
    offered = [name for part in ("kex", "ciphers", "macs") for name in root.text(f"system/ssh/{part}").split(",")]
    if algorithms := tuple(filter(None, offered)):
        found[facts.ACCESS_SSH_ALGORITHMS] = algorithms
    found[facts.ACCESS_SNMP] = tuple(dict.fromkeys(_snmp(root)))
    found[facts.ACCESS_LOGGING] = tuple(dict.fromkeys(_logging(root))) or ("local",)
    if servers := root.text("system/timeservers").split():
        found[facts.ACCESS_NTP] = tuple(servers)
    users = [one for one in root.rows("system/user") if not one.flag("disabled")]
    if users:
        found[facts.ACCESS_LOCAL_USERS] = (Accounts(len(users)),)
    found[facts.ACCESS_CENTRAL_AUTHENTICATION] = _central(root)
    if not _pair(root):
        found[facts.HA_STATE] = "standalone"
    return found


def _shell(root: Part) -> bool:
    """`<ssh><enable>enabled</enable>` or, on OPNsense, `<enabled>`."""
    return root.flag("system/ssh/enable") or root.flag("system/ssh/enabled") or root.flag("system/enablesshd")


def _snmp(root: Part) -> Iterator[str]:
    """pfSense's own agent only runs with `<enable>`; OPNsense has a plugin."""
    if root.flag("snmpd/enable"):
        yield _community(root.text("snmpd/rocommunity"))
    plugin = root.at("OPNsense/netsnmp")
    if plugin.flag("general/enabled"):
        if plugin.text("general/community"):
            yield _community(plugin.text("general/community"))
        for one in plugin.rows("user/users/user"):
            if one.flag("enabled"):
                yield "v3-authpriv"
    package = root.at("installedpackages/netsnmp/config")
    if package.flag("enable"):
        for one in root.rows("installedpackages/netsnmpcommunities/config"):
            yield _community(one.text("community"))
        for one in root.rows("installedpackages/netsnmpusers/config"):
            level = {"authpriv": "v3-authpriv", "auth": "v3-auth", "priv": "v3-authpriv", "noauth": "v3-noauth"}
            yield level.get(one.text("usm").lower() or one.text("sectype").lower(), "v3-auth")


def _community(text: str) -> str:
    kind = secret(text)
    return "v2c-default" if kind == "default" else "v2c-guessable" if weak(kind) else "v2c-open"


def _logging(root: Part) -> Iterator[str]:
    if root.flag("syslog/enable"):
        yield from (text for name in _LOG_SERVERS if (text := root.text(f"syslog/{name}")))
    for one in root.rows("OPNsense/Syslog/destinations/destination"):
        if one.flag("enabled") and one.text("hostname"):
            yield one.text("hostname")


def _central(root: Part) -> str:
    """The server that the pages of the box ask, where it is not the box itself; several are tried in turn."""
    names = [name.strip() for name in root.said("system/webgui/authmode", "system/webgui/authserver").split(",")]
    kinds = [_servers(root).get(name, "") for name in names]
    return next((kind for kind in kinds if kind not in ("", "local", "totp", "voucher")), "none")


def _pair(root: Part) -> bool:
    carp = [one for one in root.rows("virtualip/vip") if one.text("mode") == "carp"]
    return bool(carp) or root.flag("hasync/pfsyncenabled")


def _doors(root: Part) -> set[int]:
    """The ports of the box's pages and of its shell."""
    found = {root.number("system/webgui/port") or (80 if root.text("system/webgui/protocol") == "http" else 443)}
    if not root.flag("system/webgui/disablehttpredirect"):
        found.add(80)
    if _shell(root):
        found.add(root.number("system/ssh/port") or 22)
    return found


CONFIGURED: Final[tuple[Key[Any], ...]] = (
    facts.VPN_POOLS, facts.VPN_PROPOSALS, facts.VPN_AUTHENTICATION, facts.VPN_TUNNEL_MODE, facts.FIREWALL_RULES,
    facts.FIREWALL_EXPOSED, facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.ACCESS_HTTP, facts.ACCESS_SNMP,
    facts.ACCESS_LOGGING, facts.ACCESS_LOCAL_USERS, facts.ACCESS_CENTRAL_AUTHENTICATION, facts.HA_STATE,
)  # fmt: skip
