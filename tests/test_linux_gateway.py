"""Linux gateways: which root commands are asked, what several programs tell together, and who is nobody."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from auditor import facts
from auditor.collectors.captures import open_capture
from auditor.collectors.redact import redact
from auditor.collectors.vendors import every_line, ike, linux_gateway, linux_net, ocserv, openvpn, wireguard
from auditor.collectors.vendors.linux import LINUX
from auditor.facts import Handshake, Route, VpnService
from auditor.values import ABSENT, Message
from tests.replay import replay, told

NOW = 1_795_521_600
SUDO = """\
Matching Defaults entries for auditor on gw1:
    env_reset, mail_badpass,
    secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin, use_pty

User auditor may run the following commands on gw1:
    (root) NOPASSWD: /usr/sbin/swanctl --list-sas, /usr/bin/wg show all,
        /usr/bin/cat /etc/openvpn/server/office.conf, /usr/bin/cat /etc/openvpn/server/office.key
    (root) PASSWD: /usr/sbin/iptables-save -c
    (root) /usr/bin/apt, NOPASSWD: /usr/bin/cat /run/openvpn-server/status-office.log
"""


# ---- root commands ----


def test_only_what_needs_no_password_may_be_asked_as_root() -> None:
    """A line that would ask for a password is none; rows are wrapped as sudo wraps them."""
    assert linux_gateway.permitted(SUDO) == (
        "swanctl --list-sas",
        "wg show all",
        "cat /etc/openvpn/server/office.conf",
        "cat /etc/openvpn/server/office.key",
        "cat /run/openvpn-server/status-office.log",
    )


def test_redaction_leaves_the_list_of_sudo_as_it_is() -> None:
    """`NOPASSWD:` is no password, and the first command behind it is no secret."""
    assert redact(SUDO, LINUX.secrets) == SUDO


def asked(output: str) -> list[str]:
    row = next(command for command in LINUX.commands if command.line == "sudo -n -l")
    assert row.follow is not None
    return list(row.follow(output))


def test_what_is_asked_as_root_is_of_this_page_whatever_sudo_lists() -> None:
    """A private key that the account could read is left alone."""
    assert asked(SUDO) == [
        "sudo -n swanctl --list-sas",
        "sudo -n wg show all",
        "sudo -n cat /etc/openvpn/server/office.conf",
        "sudo -n cat /run/openvpn-server/status-office.log",
    ]
    everything = asked("User a may run the following commands on b:\n    (ALL : ALL) NOPASSWD: ALL\n")
    assert everything == [f"sudo -n {row.line}" for row in linux_gateway.ROOT_COMMANDS]
    assert set(everything) < set(every_line(LINUX)), "each is listed as it is written"


@pytest.mark.parametrize(
    "path",
    ["/etc/shadow", "/etc/openvpn/server.key", "/etc/swanctl/swanctl.conf", "/run/../etc/status", "/root/status.log",
     "/tmp/x;reboot-status", '"/run/status log"', "/home/a/status"],
)  # fmt: skip
def test_a_status_file_is_one_by_its_name_and_its_place(path: str) -> None:
    """A configuration may name any file: only such as hold a status are read."""
    row = next(command for command in LINUX.commands if command.line == "cat /etc/openvpn/NAME.conf")
    assert row.follow is not None
    assert list(row.follow(f"dev tun\nserver 10.8.0.0 255.255.255.0\nstatus {path}\n")) == []
    good = "/run/openvpn-server/status-office.log"
    assert list(row.follow(f"dev tun\nstatus {good} 10\n")) == [f"sudo -n cat {good}", f"cat {good}"]


def test_a_gap_names_the_line_that_would_close_it() -> None:
    """Whoever may do more is told what to allow."""
    found = linux_gateway.rights(SUDO).missing
    assert found[facts.FIREWALL_RULES] == Message("gap.sudo", {"line": "sudo -n nft -j list ruleset"})
    assert facts.VPN_SESSIONS_NOW not in found
    assert linux_gateway.rights("sudo: a password is required\n").unparsed == 1


# ---- several programs ----


def test_each_server_of_one_program_adds_its_own_and_a_second_form_of_an_answer_adds_nothing() -> None:
    """Two status files are two servers; `wg show` and its dump are the same peers."""
    one, two = VpnService("openvpn", 3, 1, most=50, remote=True), VpnService("openvpn", 2, 0, most=10)
    assert linux_gateway.services((one,), (two,)) == (VpnService("openvpn", 5, 1, most=60, remote=True),)
    peers = (VpnService("wireguard", 4, 0),)
    assert linux_gateway.services(peers, (VpnService("wireguard", 9, 0),)) == peers


def derived(key: Any, known: dict[Any, Any]) -> Any:
    return linux_gateway.DERIVE[key].make(known)


def test_a_program_that_is_set_up_and_did_not_tell_leaves_no_total() -> None:
    """Its users could be anybody."""
    silent = {facts.VPN_SERVICES: (VpnService("strongswan", 3, 0), VpnService("openvpn", most=10, remote=True))}
    assert derived(facts.VPN_SESSIONS_NOW, silent) is ABSENT
    assert derived(facts.VPN_SESSIONS_NOW, {facts.VPN_SERVICES: (VpnService("strongswan", 3, 2),)}) == 3
    assert derived(facts.VPN_TUNNELS_NOW, {facts.VPN_SERVICES: (VpnService("strongswan", 3, 2),)}) == 2


def test_peers_of_a_dump_need_the_clock_of_their_host() -> None:
    """A handshake is a date; without the host's own clock it tells nothing about now."""
    peers = (Handshake("wg0", NOW - 60, True), Handshake("wg0", NOW - 560, True), Handshake("wg0", 0, True))
    assert derived(facts.VPN_SESSIONS_NOW, {facts.VPN_HANDSHAKES: peers}) == Message("gap.no_clock")
    known = {facts.VPN_HANDSHAKES: peers, facts.SYSTEM_CLOCK: NOW}
    assert derived(facts.VPN_SESSIONS_NOW, known) == 1


def test_a_limit_of_all_needs_a_limit_of_each() -> None:
    """One program without a limit leaves none."""
    bounded = (VpnService("openvpn", 2, 0, most=10), VpnService("ocserv", 2, 0, most=16))
    assert derived(facts.VPN_SESSIONS_PLATFORM_MAX, {facts.VPN_SERVICES: bounded}) == 26
    free = (*bounded, VpnService("strongswan", 3, 0))
    assert derived(facts.VPN_SESSIONS_PLATFORM_MAX, {facts.VPN_SERVICES: free}) == Message("gap.unlimited")
    unknown = (*bounded, VpnService("openvpn", 2, 0))
    assert derived(facts.VPN_SESSIONS_PLATFORM_MAX, {facts.VPN_SERVICES: unknown}) is ABSENT


# ---- OpenVPN ----

V1 = """\
OpenVPN CLIENT LIST
Updated,Tue Nov 24 12:00:00 2026
Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since
emp1,198.51.100.7:40112,100,100,Tue Nov 24 08:00:00 2026
emp2,198.51.100.8:40113,100,100,Tue Nov 24 08:00:00 2026
branch,198.51.100.9:1194,100,100,Tue Nov 24 08:00:00 2026
UNDEF,198.51.100.10:5555,14,0,Tue Nov 24 11:59:59 2026
ROUTING TABLE
Virtual Address,Common Name,Real Address,Last Ref
10.8.0.2,emp1,198.51.100.7:40112,Tue Nov 24 11:59:00 2026
10.8.0.3,emp2,198.51.100.8:40113,Tue Nov 24 11:59:00 2026
10.8.0.4,branch,198.51.100.9:1194,Tue Nov 24 11:59:00 2026
192.168.40.0/24,branch,198.51.100.9:1194,Tue Nov 24 11:59:00 2026
GLOBAL STATS
Max bcast/mcast queue length,0
END
"""
V3 = """\
TITLE\tOpenVPN 2.6.3
TIME\t2026-11-24 12:00:00\t1795521600
HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received
CLIENT_LIST\temp1\t198.51.100.7:40112\t10.8.0.2\t\t100
CLIENT_LIST\temp1\t198.51.100.7:40999\t10.8.0.3\t\t100
CLIENT_LIST\tUNDEF\t198.51.100.10:5555\t\t\t14
HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\tReal Address\tLast Ref
ROUTING_TABLE\t10.8.0.2\temp1\t198.51.100.7:40112\t2026-11-24 11:59:00
GLOBAL_STATS\tMax bcast/mcast queue length\t0
END
"""


def test_a_status_file_counts_users_and_the_networks_behind_others_apart() -> None:
    """Who brings a network is a site; who still negotiates is nobody; one name in two places is two."""
    assert openvpn.status(V1).facts[facts.VPN_SERVICES] == (VpnService("openvpn", 2, 1),)
    assert openvpn.status(V3).facts[facts.VPN_SERVICES] == (VpnService("openvpn", 2, 0),)


@pytest.mark.parametrize("text", [V1, V3])
def test_a_status_file_that_is_cut_off_counts_nobody(text: str) -> None:
    """OpenVPN rewrites it in place: half a file is common."""
    rows = text.splitlines(keepends=True)
    for at in range(1, len(rows)):
        assert not openvpn.status("".join(rows[:at])).facts


@pytest.mark.parametrize("text", [V1, V3])
def test_no_name_of_a_status_file_is_kept(text: str) -> None:
    """Names become pseudonyms before anything is kept."""
    for pattern in openvpn.PEOPLE:
        text = re.sub(pattern, lambda found: f"{found[1]}user-x", text)
    assert "emp1" not in text
    assert "branch" not in text
    assert "UNDEF" in text


# ---- the others ----


def test_a_peer_that_never_came_and_one_that_left_are_nobody() -> None:
    """Three minutes without a handshake end a session; a network behind a peer makes it a site."""
    text = """\
interface: wg0
  public key: AAAA=
  private key: (hidden)
  listening port: 51820

peer: BBBB=
  endpoint: 198.51.100.7:40112
  allowed ips: 10.77.0.11/32
  latest handshake: 1 minute, 59 seconds ago
  transfer: 1.2 KiB received, 3.4 KiB sent

peer: CCCC=
  endpoint: 198.51.100.8:40112
  allowed ips: 10.77.0.12/32
  latest handshake: 3 minutes, 1 second ago
  transfer: 1.2 KiB received, 3.4 KiB sent

peer: DDDD=
  endpoint: 198.51.100.9:51820
  allowed ips: 10.77.0.13/32, 192.168.40.0/24
  latest handshake: 5 seconds ago
  transfer: 1.2 KiB received, 3.4 KiB sent

peer: EEEE=
  allowed ips: 10.77.0.14/32
"""
    assert wireguard.shown(text).facts[facts.VPN_SERVICES] == (VpnService("wireguard", 1, 1),)


def test_users_of_ocserv_are_those_that_are_connected() -> None:
    """Those still logging in have a row too; an empty list is nobody, and half a list is unknown."""
    rows = [{"ID": 1, "State": "connected"}, {"ID": 2, "State": "pre-auth"}, {"ID": 3, "State": "disconnecting"}]
    assert ocserv.users(json.dumps(rows)).facts[facts.VPN_SERVICES] == (VpnService("ocserv", 1, 0),)
    assert ocserv.users("[]\n").facts[facts.VPN_SERVICES] == (VpnService("ocserv", 0, 0),)
    assert not ocserv.users(json.dumps(rows)[:-3]).facts


def test_an_association_without_a_child_carries_nobody() -> None:
    """It is up, and useless."""
    text = """\
ra: #4, ESTABLISHED, IKEv2, 1a2b_i 3c4d_r*
  local  'gw' @ 10.99.0.1[4500]
  remote 'user4' @ 10.99.0.53[4500] [10.78.0.4]
  AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/CURVE_25519
  established 3s ago, rekeying in 13321s
"""
    child = """\
  net: #3, reqid 3, INSTALLED, TUNNEL-in-UDP, ESP:AES_CBC-128/HMAC_SHA2_256_128
    installed 3s ago, rekeying in 3267s, expires in 3957s
    local  10.77.1.0/24
    remote 10.78.0.4/32
"""
    assert ike.associations(text).facts[facts.VPN_SERVICES] == (VpnService("strongswan", 0, 0),)
    assert ike.associations(text + child).facts[facts.VPN_SERVICES] == (VpnService("strongswan", 1, 0),)
    warned = "sudo: unable to resolve host gw-1: Temporary failure in name resolution\n"
    assert ike.associations(warned + text + child).unparsed == 0, "sudo runs the command all the same"


def test_the_second_factor_of_ocserv_survives_redaction() -> None:
    """The names of its files are no secrets, and one of them says that a one-time password is asked for."""
    text = 'auth = "plain[passwd=/etc/ocserv/ocpasswd,otp=/etc/ocserv/users.otp]"\nudp-port = 443\n'
    said = ocserv.configuration(redact(text, LINUX.secrets))
    assert said.facts[facts.VPN_AUTHENTICATION][0].methods == ("local", "otp")


def test_a_file_that_two_questions_read_counts_once(tmp_path: Path) -> None:
    """As the account and as root it is the same file."""
    for name in ("cat /run/openvpn-server/status-a.log", "sudo -n cat /run/openvpn-server/status-a.log"):
        (tmp_path / f"{name.replace('/', ' ')}.txt").write_text(V1)
    device = asyncio.run(replay(open_capture(tmp_path), "gw", "linux"))
    found = told(device)["facts"]
    assert (found["vpn.sessions.now"], found["vpn.tunnels.now"]) == (2, 1)


def test_a_default_route_that_two_doors_tell_is_one_and_the_shell_says_which_is_in_use() -> None:
    """An agent shows no metric above 2^31, which would make the line that stands by the one in use."""
    everywhere = "0.0.0.0/0"
    agent = (
        Route(everywhere, "wan1", "10.97.0.1", active=True),
        Route(everywhere, "wan0", "10.98.0.1", metric=20, active=False),
    )
    shell = (
        Route(everywhere, "wan0", "10.98.0.1", "bgp", 20, active=True),
        Route(everywhere, "wan1", "10.97.0.1", metric=3_355_443_500, active=False),
    )
    other = Route("::/0", "wan0", "2001:db8::1", "static", 1024, active=True)
    assert set(linux_net.joined(agent, shell)) == set(shell) == set(linux_net.joined(shell, agent))
    assert set(linux_net.joined(linux_net.joined(agent, shell), (other,))) == {*shell, other}


def test_a_route_that_only_the_agent_tells_stands_by() -> None:
    agent = (Route("0.0.0.0/0", "wan1", "10.97.0.1", active=True),)
    shell = (Route("0.0.0.0/0", "wan0", "10.98.0.1", "static", active=True),)
    assert {(one.interface, one.active) for one in linux_net.joined(agent, shell)} == {("wan0", True), ("wan1", False)}
