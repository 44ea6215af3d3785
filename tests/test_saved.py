"""What runs against what the next start would load, and the marks of hosts that have no one configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from auditor import facts
from auditor.collectors.vendors import gaia, ike, ike_config, linux, saved
from auditor.collectors.vendors.forti_config import configuration as fortios
from auditor.collectors.vendors.linux_gateway import COMMANDS, ROOT_COMMANDS
from auditor.collectors.vendors.page import Told
from auditor.collectors.vendors.vyatta_config import reader
from auditor.values import ABSENT


def unsaved(*told: Told) -> Any:
    """What the answers tell together: True, False, or ABSENT."""
    known: dict[Any, Any] = {}
    for one in told:
        for key, value in one.facts.items():
            known[key] = (*known.get(key, ()), *value) if isinstance(value, tuple) else value
    return saved.UNSAVED[facts.CONFIG_UNSAVED].make(known)


# ---- VyOS and EdgeOS ----

BOOT: Final = """interfaces {
    ethernet eth0 {
        address 203.0.113.2/30
        description "WAN of Rennes"
    }
}
service {
    snmp {
        community <secret:guessable> {
            authorization ro
        }
    }
    ssh {
    }
}
system {
    host-name rtr-rennes
    login {
        user admin {
            authentication {
                encrypted-password <secret:hashed>
            }
        }
    }
}
// vyos-config-version: "system@26"
"""
RUNNING: Final = """set interfaces ethernet eth0 address '203.0.113.2/30'
set interfaces ethernet eth0 description 'WAN of Rennes'
set service snmp community <secret:strong> authorization 'ro'
set service ssh
set system host-name 'rtr-rennes'
set system login user admin authentication encrypted-password <secret:hashed>
"""


@pytest.mark.parametrize(
    ("running", "boot", "expected"),
    [
        (RUNNING, BOOT, False),
        (RUNNING + "set service telnet\n", BOOT, True),
        (RUNNING, BOOT.replace("rtr-rennes", "rtr-lorient"), True),
        (RUNNING[:-1], BOOT, ABSENT),
        (RUNNING, BOOT[:200], ABSENT),
        (RUNNING, "cat: /config/config.boot: Permission denied\n", ABSENT),
    ],
)
def test_a_router_runs_what_it_would_start_with(running: str, boot: str, expected: object) -> None:
    """Set lines and braces of one tree are the same; what was cut off, or may not be read, proves nothing."""
    assert unsaved(reader("VyOS", "vyos")(running), saved.boot(boot)) is expected


# ---- Linux: packet filters ----

FILE: Final = """#!/usr/sbin/nft -f
flush ruleset
define office = { 10.20.0.0/24, 10.21.0.0/24 }
define wan = "eth0"

table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iifname $wan udp dport { 500, 4500 } accept
		ip saddr $office tcp dport 22 accept
	}
}
"""


def match(left: Mapping[str, Any], right: Any, sign: str = "==") -> dict[str, Any]:
    return {"match": {"op": sign, "left": left, "right": right}}


def rule(*said: Mapping[str, Any], table: str = "filter", chain: str = "input") -> dict[str, Any]:
    expressions = [*said, {"accept": None}]
    return {"rule": {"family": "inet", "table": table, "chain": chain, "handle": 3, "expr": expressions}}


def port(protocol: str, number: Any) -> dict[str, Any]:
    return match({"payload": {"protocol": protocol, "field": "dport"}}, number)


OFFICE: Final = {"set": [{"prefix": {"addr": one, "len": 24}} for one in ("10.20.0.0", "10.21.0.0")]}
LOADED: Final = (
    {"table": {"family": "inet", "name": "filter", "handle": 1}},
    {"chain": {"family": "inet", "table": "filter", "name": "input", "handle": 1, "type": "filter", "hook": "input",
               "prio": 0, "policy": "drop"}},
    rule(match({"ct": {"key": "state"}}, ["established", "related"], "in")),
    rule(match({"meta": {"key": "iifname"}}, "eth0"), port("udp", {"set": [500, 4500]})),
    rule(match({"payload": {"protocol": "ip", "field": "saddr"}}, OFFICE), port("tcp", 22)),
)  # fmt: skip
OTHER: Final = (
    {"table": {"family": "inet", "name": "containers", "handle": 2}},
    {"chain": {"family": "inet", "table": "containers", "name": "forward", "handle": 1, "type": "filter",
               "hook": "forward", "prio": 0, "policy": "accept"}},
    rule(port("tcp", 80), table="containers", chain="forward"),
)  # fmt: skip


def shown(*rows: Mapping[str, Any]) -> Told:
    """What `nft -j list ruleset` tells."""
    (row,) = [one for one in ROOT_COMMANDS if one.line == "nft -j list ruleset"]
    return row.read(json.dumps({"nftables": [{"metainfo": {"json_schema_version": 1}}, *rows]}) + "\n")


def stored(text: str) -> Told:
    """What the file of the next start tells."""
    (row,) = [one for one in COMMANDS if one.line == "cat /etc/nftables.conf"]
    return row.read(text)


@pytest.mark.parametrize(
    ("rows", "text", "expected"),
    [
        (LOADED, FILE, False),
        ((*LOADED, *OTHER), FILE, False),
        ((*LOADED, rule(port("tcp", 3389))), FILE, True),
        (LOADED[:-1], FILE, True),
        ((), FILE, True),
        (LOADED, FILE.replace("define wan", 'include "/etc/nftables.d/*.nft"\ndefine wan'), ABSENT),
        (LOADED, FILE[:-3], ABSENT),
        (LOADED, "cat: /etc/nftables.conf: No such file or directory\n", ABSENT),
    ],
)
def test_a_host_filters_what_its_file_says(rows: Any, text: str, expected: object) -> None:
    """A rule that was added by hand is gone at the next start; a table that another program owns is its own."""
    assert unsaved(shown(*rows), stored(text)) is expected


TABLES: Final = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
[12:900] -A INPUT -i lo -j ACCEPT
COMMIT
"""


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        (TABLES, False),
        (TABLES.replace("[12:900]", "[99:1]"), False),
        (TABLES.replace("COMMIT", "-A INPUT -p tcp --dport 23 -j ACCEPT\nCOMMIT"), True),
        (TABLES.replace("COMMIT", "-N\nCOMMIT"), ABSENT),
        (TABLES.replace("[12", ":DOCKER - [0:0]\n[12"), ABSENT),
    ],
)
def test_iptables_runs_what_its_file_says(running: str, expected: object) -> None:
    """Counters are no difference; where a program writes into the same table, the two cannot be compared."""
    rows = {one.line: one for one in ROOT_COMMANDS}
    assert unsaved(rows["iptables-save -c"].read(running), rows["cat /etc/iptables/rules.v4"].read(TABLES)) is expected


# ---- Linux: strongSwan ----

CONNECTIONS: Final = """connections {
  office {
    version = 2
    remote_addrs = 198.51.100.7
    children { net { local_ts = 10.20.0.0/24 } }
  }
}
include conf.d/*.conf
"""
LISTED: Final = """office: IKEv2, no reauthentication, rekeying every 14400s
  local:  203.0.113.2
  remote: 198.51.100.7
  net: TUNNEL, rekeying every 3600s
    local:  10.20.0.0/24
    remote: 10.30.0.0/24
"""


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (LISTED, False),
        (LISTED.replace("office: IKEv2", "office: IKEv1/2"), True),
        (LISTED.replace("office:", "lorient:"), True),
        (LISTED + LISTED.replace("office:", "lorient:"), False),
        (LISTED[:-1], ABSENT),
    ],
)
def test_strongswan_runs_the_connections_of_its_file(listed: str, expected: object) -> None:
    """One that is loaded from another file is no difference."""
    assert unsaved(ike.connections(listed), ike_config.swanctl(CONNECTIONS)) is expected


# ---- the platforms that tell it themselves ----


@pytest.mark.parametrize(
    ("said", "expected"), [("saved\n", False), ("unsaved\n", True), ("CLINFR0519 Configuration lock present.\n", None)]
)
def test_gaia_tells_whether_it_was_saved(said: str, expected: bool | None) -> None:
    """`show config-state`."""
    assert gaia.state(said).facts.get(facts.CONFIG_UNSAVED) is expected


FORTI: Final = """config system global
    set hostname "fw"
{mode}end
config system interface
    edit "wan1"
        set ip 203.0.113.2 255.255.255.252
    next
end
"""


@pytest.mark.parametrize(
    ("mode", "told", "reason"),
    [
        ("", False, None),
        ("    set cfg-save automatic\n", False, None),
        ("    set cfg-save manual\n", None, "gap.manual_save"),
        ("    set cfg-save revert\n", None, "gap.manual_save"),
    ],
)
def test_fortios_saves_by_itself_unless_told_otherwise(mode: str, told: bool | None, reason: str | None) -> None:
    """`cfg-save manual` leaves it open: no command tells whether `execute cfg save` followed."""
    found = fortios(FORTI.format(mode=mode))
    assert found.facts.get(facts.CONFIG_UNSAVED) is told
    assert (found.missing[facts.CONFIG_UNSAVED].id if found.missing else None) == reason


# ---- marks ----


def test_a_changed_line_of_gaia_changes_its_mark() -> None:
    """The hour at which the configuration was printed does not."""
    first = "# Exported by admin on Tue Jun 22 05:00:25 2021\nset hostname gw\nset net-access telnet off\n"
    assert gaia.digest(first) == gaia.digest(first.replace("05:00", "06:30")) != ""
    assert gaia.digest(first) != gaia.digest(first.replace("telnet off", "telnet on"))
    assert gaia.digest("CLINFR0829 Unable to get user permissions\n") == ""


def test_a_touched_file_of_linux_changes_its_mark() -> None:
    """Files that are not there say so in every answer alike."""
    first = (
        "1753000000 /etc/passwd\nstat: cannot statx '/etc/ipsec.conf': No such file or directory\n"
        "1753100000 /etc/nftables.conf\n"
    )
    assert linux.changed(first).startswith("2025-07-21 12:13:20 UTC, 2 files")
    assert linux.changed(first) != linux.changed(first.replace("1753000000", "1753000001"))
    assert linux.changed("sh: stat: not found\n") == ""
