"""A real gateway with people connected to it: strongSwan, OpenVPN, WireGuard, ocserv, nftables, read through sudo."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import ENGLISH, Ended
from tests.lab.conftest import PASSWORD, host_key
from tests.lab.gateway import TRUTH, Gateway, gateway, spoken

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
    assert told["vpn.idle_timeout"] == 0  # OpenVPN ends no session of its own; ocserv would after 1200 s
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


def test_nothing_that_was_not_listed_was_run_as_root(lab: Gateway, account: str, tmp_path: Path) -> None:
    """With an empty list of root commands the same questions are gaps that name what to allow."""
    lab.house.run("sh", "-c", f"echo '{account} ALL=(root) NOPASSWD: /usr/sbin/sshd -T' > /etc/sudoers.d/auditor")
    ended = inspected(lab, account, tmp_path)
    assert ended.code == 0, ended
    gaps = {gap["key"]: gap["reason"] for gap in ended.json["gaps"]}
    assert "sudo -n swanctl --list-sas" in gaps["vpn.sessions.now"]
    assert "sudo -n nft -j list ruleset" in gaps["firewall.rules"]
    assert "firewall.exposed" not in {reading["key"] for reading in ended.json["readings"]}
