"""A real gateway with people connected to it: strongSwan, OpenVPN, WireGuard, ocserv, nftables, read through sudo."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.commands import ENGLISH, Ended
from tests.daemons import AUTH_WORDS, PRIV_WORDS, USERS
from tests.lab.conftest import PASSWORD, host_key
from tests.lab.gateway import TRUTH, Gateway, House, gateway, spoken

pytestmark = [pytest.mark.lab, pytest.mark.slow]
PORT = 2022


@pytest.fixture(scope="module")
def lab(account: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway with its clients, and its own sshd."""
    folder = tmp_path_factory.mktemp("gateway")
    for parent in (folder, *folder.parents):
        if parent.is_relative_to(Path("/tmp")) and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)
    with gateway(folder, account) as found:
        key = host_key(folder, "hostkey")
        config = folder / "sshd.conf"
        config.write_text(
            f"ListenAddress 127.0.0.1\nPort {PORT}\nHostKey {key}\nAllowUsers {account}\nPasswordAuthentication yes\n"
            "KbdInteractiveAuthentication no\nPubkeyAuthentication no\nUsePAM yes\nPrintMotd no\nStrictModes no\n"
            f"PidFile {folder}/sshd.pid\n"
        )
        found.house.start("/usr/sbin/sshd", "-D", "-e", "-f", str(config))
        yield found


def inspected(lab: Gateway, account: str, home: Path) -> Ended:
    """One inspection, run in the network of the gateway."""
    words = [sys.executable, "-m", "auditor", "inspect", f"ssh://{account}@127.0.0.1:{PORT}", "--credential", "lab",
             "--accept-new", "--window", "3", "--json"]  # fmt: skip
    done = subprocess.run(
        lab.inside(*words), stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=110, check=False,
        env={**os.environ, **ENGLISH, "AUDITOR_CREDENTIAL_LAB": PASSWORD, "AUDITOR_HOME": str(home)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def told(lab: Gateway, account: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    ended = inspected(lab, account, tmp_path_factory.mktemp("home"))
    assert ended.code == 0, ended
    found = {reading["key"]: reading["value"] for reading in ended.json["readings"]}
    sys.stdout.write(spoken([f"{row['service']}: {row.get('now')}" for row in found.get("vpn.services", ())]) + "\n")
    assert not ended.json["unparsed"], ended.json["unparsed"]
    assert "vpn.sessions.now" in found, ended.json["gaps"]
    return found


def test_those_who_are_connected_are_counted_and_no_others(told: dict[str, Any]) -> None:
    """A configured peer, a half-open client and an association without a child are nobody."""
    assert {row["service"]: row["now"] for row in told["vpn.services"]} == TRUTH
    assert told["vpn.sessions.now"] == sum(TRUTH.values())
    assert told["vpn.tunnels.now"] == 0


def test_pools_are_told_with_their_size_and_their_use(lab: Gateway, told: dict[str, Any]) -> None:
    """The program's own count where it has one, what is configured elsewhere; OpenVPN logs the size it made of it."""
    assert any("base=10.79.0.2 size=253" in log.read_text() for log in lab.house.folder.glob("openvpn-*.log"))
    pools = {row["name"]: row for row in told["vpn.pools"]}
    assert (pools["ra_pool"]["addresses"], pools["ra_pool"]["used"]) == (14, 4)
    assert pools["ocserv"]["network"] == "10.76.0.0/26"
    assert pools["tunovs:1194"]["addresses"] == 253


def test_offers_and_ways_to_log_in_are_told(told: dict[str, Any]) -> None:
    """What each program would accept, and what it asks for."""
    offered = {(row["protocol"], *row.get("encryption", ())) for row in told["vpn.proposals"]}
    assert ("openvpn", "aes-256-gcm", "aes-128-gcm") in offered
    assert ("ikev2", "aes-128-cbc", "aes-256-gcm") in offered
    assert ("wireguard", "chacha20-poly1305") in offered
    groups = {row["group"]: set(row["methods"]) for row in told["vpn.authentication"]}
    assert groups["tunovs:1194"] == {"certificate"}
    assert groups["ra"] == {"local"}
    assert groups["ocserv"] == {"local"}
    assert told["vpn.idle_timeout"] == 1200
    assert told["vpn.tunnel_mode"] == "split"


def test_what_the_internet_reaches_is_rules_and_translations_together(told: dict[str, Any]) -> None:
    """The desktop behind a translation is reached; the web server that no rule lets through is not."""
    rows = {(row["service"], row.get("port"), row["to"]) for row in told["firewall.exposed"]}
    assert ("rdp", 33890, "10.77.1.20") in rows
    assert not [row for row in rows if row[2] == "10.77.1.30"]
    assert {port for service, port, to in rows if service == "vpn" and to == "self"} >= {500, 4500, 51820, 1194}
    assert told["access.management_from_internet"] == "restricted"
    assert any(rule.get("name") == "openvpn to lan any" for rule in told["firewall.rules"])


def test_the_line_is_what_the_shaper_gives(told: dict[str, Any]) -> None:
    """tc counts in bytes; the interface of the default route is the internet link."""
    assert told["link.rates"] == [{"interface": "wan0", "method": "shaper", "up_bps": 20_000_000}]
    assert told["link.uplinks"][0]["interface"] == "wan0"
    assert told["link.uplinks"][0]["reason"] == "default_route"


# ---- the whole site at once ----

MANAGER, MANAGED = "10.66.0.1", "10.66.0.2"
"""A network of its own on the cable of the LAN, in which the router is managed."""
UPS_TRUTH = {"ups.minutes": 37, "ups.load": 41}
SITE = """\
[site]
name = "Lab"
client = "Lab"
networks = ["10.77.1.0/24"]
[people]
headcount = 40
eligible = 40
[[device]]
name = "gateway"
address = "127.0.0.1"
role = "vpn"
ssh = {{ user = "{account}", credential = "lab", port = {port} }}
[[device]]
name = "router"
address = "{managed}"
role = "router"
snmp = {{ version = "3", user = "strong", auth = "sha256", priv = "aes128", credential = "sealed", port = 1161 }}
[[device]]
name = "ups"
address = "127.0.0.1"
role = "ups"
snmp = {{ version = "2c", credential = "agent", port = 1162 }}
"""
UPS = (
    "override 1.3.6.1.2.1.1.2.0 object_id 1.3.6.1.2.1.33",
    'override 1.3.6.1.2.1.33.1.1.1.0 octet_str "Lab Power"',
    f"override 1.3.6.1.2.1.33.1.2.3.0 integer {UPS_TRUTH['ups.minutes']}",
    f"override 1.3.6.1.2.1.33.1.4.4.1.5.1 integer {UPS_TRUTH['ups.load']}",
)


def agent(house: House, name: str, listen: str, lines: Sequence[str]) -> None:
    """snmpd in the network of one side."""
    config, state = house.folder / f"{name}.conf", house.folder / f"{name}.state"
    state.mkdir()
    config.write_text("\n".join((f"agentAddress udp:{listen}", *lines)) + "\n")
    house.start("/usr/sbin/snmpd", "-f", "-Lo", "-C", "-c", str(config), f"--persistentDir={state}", MIBS="")


def test_a_whole_site_is_audited_at_once_and_equals_the_truth(lab: Gateway, account: str, tmp_path: Path) -> None:
    """Gateway over SSH, router over SNMPv3, UPS over SNMPv2c, in one audit: each tells its own part alone."""
    sys.stdout.write(spoken([f"{key} {value}" for key, value in UPS_TRUTH.items()]) + "\n")
    lab.house.run("ip", "addr", "add", f"{MANAGER}/30", "dev", "lan0")
    lab.clients.run("ip", "addr", "add", f"{MANAGED}/30", "dev", "in0")
    agent(lab.clients, "router", f"{MANAGED}:1161", USERS)
    agent(lab.house, "ups", "127.0.0.1:1162", ("rocommunity public", *UPS))
    (tmp_path / "site.toml").write_text(SITE.format(account=account, port=PORT, managed=MANAGED))
    words = [sys.executable, "-m", "auditor", "audit", str(tmp_path / "site.toml"), "--accept-new", "--window", "3",
             "--json", "--out", str(tmp_path / "out")]  # fmt: skip
    secrets = {"LAB": PASSWORD, "AGENT": "public", "SEALED": AUTH_WORDS, "SEALED_PRIV": PRIV_WORDS}
    done = subprocess.run(
        lab.inside(*words), stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=110, check=False,
        env={**os.environ, **ENGLISH, "AUDITOR_HOME": str(tmp_path / "home"),
             **{f"AUDITOR_CREDENTIAL_{name}": secret for name, secret in secrets.items()}},
    )  # fmt: skip
    ended = Ended(done.returncode, done.stdout, done.stderr)
    assert ended.code == 0, ended
    rows = {row["name"]: row for row in ended.json["devices"]}
    assert {name: row["status"] for name, row in rows.items()} == dict.fromkeys(rows, "done"), {
        name: row.get("problems") for name, row in rows.items()
    }
    found = {name: {one["key"]: one["value"] for one in row["readings"]} for name, row in rows.items()}
    assert found["gateway"]["vpn.sessions.now"] == sum(TRUTH.values())
    assert found["gateway"]["link.rates"] == [{"interface": "wan0", "method": "shaper", "up_bps": 20_000_000}]
    assert {key: found["ups"][key] for key in UPS_TRUTH} == UPS_TRUTH
    ports = {one["name"]: one for one in found["router"]["interfaces"]}
    assert MANAGED in ports["in0"]["addresses"]
    assert "wan0" not in ports, "it is the other side's"
    pools = [one for one in ended.json["resources"] if one["id"].startswith("vpn.pool")]
    assert [one["origin"] for one in pools if one["id"] == "vpn.pool"] == ["measured"]
    assert all(secret not in done.stdout + done.stderr for secret in (PASSWORD, AUTH_WORDS, PRIV_WORDS))


def test_nothing_that_was_not_listed_was_run_as_root(lab: Gateway, account: str, tmp_path: Path) -> None:
    """With an empty list of root commands the same questions are gaps that name what to allow."""
    lab.house.run("sh", "-c", f"echo '{account} ALL=(root) NOPASSWD: /usr/sbin/sshd -T' > /etc/sudoers.d/auditor")
    ended = inspected(lab, account, tmp_path)
    assert ended.code == 0, ended
    gaps = {gap["key"]: gap["reason"] for gap in ended.json["gaps"]}
    assert "sudo -n swanctl --list-sas" in gaps["vpn.sessions.now"]
    assert "sudo -n nft -j list ruleset" in gaps["firewall.rules"]
    assert "firewall.exposed" not in {reading["key"] for reading in ended.json["readings"]}
