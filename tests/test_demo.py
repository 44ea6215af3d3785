"""The built-in company network: it answers as real devices do, tells its truth exactly, and ends with its parent."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import paramiko
import pytest

from auditor import sitefile
from auditor.collectors.snmp import SnmpStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import Denied
from auditor.demo.network import DemoNetwork
from auditor.seats import inputs
from auditor.site import Role, Site, Target

UPTIME: Final = "1.3.6.1.2.1.1.3.0"
WAN_IN, WAN_OUT = "1.3.6.1.2.1.31.1.1.1.6.1", "1.3.6.1.2.1.31.1.1.1.10.1"
DOWN_BPS, UP_BPS = 10_100_000, 8_000_000
RENNES: Final = Path(__file__).parent / "sites" / "rennes.toml"


@pytest.fixture(scope="module")
def network() -> Iterator[DemoNetwork]:
    with DemoNetwork() as running:
        yield running


def described(network: DemoNetwork) -> Site:
    return sitefile.parse(network.site_text, "demo", inputs.is_input)


def device(network: DemoNetwork, name: str) -> Target:
    return {target.name: target for target in described(network).targets}[name]


def snmpget(
    network: DemoNetwork, name: str, *oids: str, secret: str = "", home: Path
) -> subprocess.CompletedProcess[str]:
    """Ask with net-snmp, which shares no line of code with our responder."""
    program = shutil.which("snmpget")
    if program is None:
        pytest.skip("net-snmp's snmpget is not installed")
    target = device(network, name)
    assert target.snmp is not None
    known = network.credentials(target.snmp.credential, target)
    if target.snmp.version == "3":
        assert known.privacy is not None
        who = ["-v3", "-l", "authPriv", "-u", target.snmp.user, "-a", "SHA-256", "-A", secret or known.secret.reveal(),
               "-x", "AES", "-X", known.privacy.reveal()]  # fmt: skip
    else:
        who = ["-v2c", "-c", secret or known.secret.reveal()]
    command = [program, "-Oqn", "-t", "1", "-r", "3", *who, f"{target.address}:{target.snmp.port}", *oids]
    environment = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(home)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@contextmanager
def session(network: DemoNetwork, name: str, password: str = "") -> Iterator[paramiko.SSHClient]:
    """A plain SSH client, logged in."""
    target = device(network, name)
    assert target.ssh is not None
    secret = password or network.credentials(target.ssh.credential, target).secret.reveal()
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(
            target.address, target.ssh.port, target.ssh.user, secret, allow_agent=False, look_for_keys=False, timeout=20
        )
        yield client


def until(channel: paramiko.Channel, mark: str) -> str:
    """What the terminal shows up to and including `mark`."""
    channel.settimeout(20)
    seen = ""
    while mark not in seen:
        piece = channel.recv(65_536).decode()
        assert piece, f"the session ended before {mark!r}: {seen[-200:]!r}"
        seen += piece
    return seen


def test_the_site_file_lists_four_devices_with_their_ports(network: DemoNetwork) -> None:
    """What the network tells of itself is a complete site file, and nothing in it is a secret."""
    targets = described(network).targets
    assert [(target.name, target.role) for target in targets] == [
        ("rtr-rennes", Role.ROUTER),
        ("fw-rennes", Role.FIREWALL),
        ("pbx-rennes", Role.PBX),
        ("ups-rennes", Role.UPS),
    ]
    ports = [access.port for target in targets for access in (target.snmp, target.ssh) if access]
    assert len(ports) == 6
    assert all(port > 1023 for port in ports)
    for target in targets:
        assert target.address.startswith("127.")
        for access in (target.snmp, target.ssh):
            if access:
                assert network.credentials(access.credential, target).secret.reveal() not in network.site_text


def test_an_unknown_credential_is_refused(network: DemoNetwork) -> None:
    """Only the names of its own site file open the network."""
    with pytest.raises(Denied):
        network.credentials("somebody-else", device(network, "rtr-rennes"))


@pytest.mark.parametrize("name", ["rtr-rennes", "fw-rennes", "pbx-rennes", "ups-rennes"])
def test_every_agent_answers_an_independent_manager(network: DemoNetwork, name: str, tmp_path: Path) -> None:
    """SNMPv3 authPriv with SHA-256 and AES-128, and SNMPv2c, as another implementation speaks them."""
    answer = snmpget(network, name, "1.3.6.1.2.1.1.5.0", home=tmp_path)
    assert answer.stdout.split() == [".1.3.6.1.2.1.1.5.0", f'"{name}"'], answer.stderr


def test_a_wrong_authentication_key_is_refused(network: DemoNetwork, tmp_path: Path) -> None:
    """The router's agent says nothing to a user with another key."""
    answer = snmpget(network, "rtr-rennes", UPTIME, secret="not the key of this run", home=tmp_path)
    assert answer.returncode != 0
    assert not answer.stdout


async def test_the_rates_of_two_readings_are_the_truth(network: DemoNetwork) -> None:
    """Octets follow the very tick served beside them, so that the rate is exact however busy the machine is."""
    router = device(network, "rtr-rennes")
    assert router.snmp is not None
    async with SnmpStation() as station:
        agent = await station.open(
            router, network.credentials(router.snmp.credential, router), Transcript("rtr-rennes")
        )
        first = await agent.get((UPTIME, WAN_IN, WAN_OUT))
        later = first
        while counted(later, UPTIME) - counted(first, UPTIME) < 20:
            later = await agent.get((UPTIME, WAN_IN, WAN_OUT))
        await agent.close()
    ticks = counted(later, UPTIME) - counted(first, UPTIME)
    for oid, truth in ((WAN_IN, DOWN_BPS), (WAN_OUT, UP_BPS)):
        rate = (counted(later, oid) - counted(first, oid)) * 800 / ticks
        assert rate == pytest.approx(truth, rel=0.005)


def counted(values: Mapping[str, int | bytes | str], oid: str) -> int:
    value = values[oid]
    assert isinstance(value, int)
    return value


def test_the_firewall_talks_to_a_plain_client(network: DemoNetwork) -> None:
    """Prompt, echo, an answer, and a refusal as the real device gives them."""
    with session(network, "fw-rennes") as client, client.invoke_shell() as shell:
        until(shell, "fw-rennes# ")
        shell.send(b"terminal pager 0\n")
        until(shell, "fw-rennes# ")
        shell.send(b"show version\n")
        said = until(shell, "fw-rennes# ")
        assert said.startswith("show version\r\n")
        assert "Cisco Adaptive Security Appliance Software Version" in said
        assert "AnyConnect Premium Peers          : 50 " in said
        shell.send(b"show nothing\n")
        assert "ERROR: % Invalid input detected at '^' marker." in until(shell, "fw-rennes# ")


def test_the_firewall_pages_until_told_not_to(network: DemoNetwork) -> None:
    """A space turns the page; what was on it is complete."""
    with session(network, "fw-rennes") as client, client.invoke_shell() as shell:
        until(shell, "fw-rennes# ")
        shell.send(b"show running-config\n")
        first = until(shell, "<--- More --->")
        assert "hostname fw-rennes" in first
        assert ": end" not in first
        shell.send(b" ")
        assert "<--- More --->" in until(shell, "<--- More --->")


def test_the_phone_system_is_a_shell(network: DemoNetwork) -> None:
    """Its 96 sets and its trunk; and a word no shell knows."""
    with session(network, "pbx-rennes") as client, client.invoke_shell() as shell:
        until(shell, "$ ")
        shell.send(b"/usr/sbin/asterisk -rx 'pjsip show endpoints'\n")
        said = until(shell, "$ ")
        assert "Objects found: 97" in said
        assert said.count(" Endpoint:  ") == 98  # the legend, 96 sets, one trunk
        shell.send(b"rm-everything\n")
        assert "command not found" in until(shell, "$ ")


def test_a_wrong_password_is_refused(network: DemoNetwork) -> None:
    """The firewall lets nobody in with another password."""
    with pytest.raises(paramiko.AuthenticationException), session(network, "fw-rennes", "not the password of this run"):
        pass


def test_the_network_ends_when_its_parent_is_killed() -> None:
    """Nothing of the demo outlives the program, even when that had no time to say good-bye."""
    code = (
        "import sys, time\nfrom auditor.demo.network import DemoNetwork\n"
        "with DemoNetwork() as network:\n    print(network.site_text.replace(chr(10), chr(0)), flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        text = parent.stdout.readline().replace("\0", "\n")
        parent.kill()
    firewall = {target.name: target for target in sitefile.parse(text, "demo", inputs.is_input).targets}["fw-rennes"]
    assert firewall.ssh is not None
    assert refused(firewall.address, firewall.ssh.port)


def refused(address: str, port: int) -> bool:
    """Whether nobody listens there any more, within half a minute."""
    for _ in range(300):
        try:
            socket.create_connection((address, port), timeout=1).close()
        except ConnectionRefusedError:
            return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


def test_the_written_site_is_the_one_that_runs(network: DemoNetwork) -> None:
    """tests/sites/rennes.toml and the demo's template say the same, addresses and ports apart."""
    written, _ = sitefile.read(RENNES, inputs.is_input)
    assert placeless(written) == placeless(described(network))
    assert {target.address for target in written.targets} == {f"192.0.2.{n}" for n in (1, 2, 3, 4)}


def placeless(site: Site) -> Site:
    """A site whose devices stand nowhere."""
    targets = tuple(
        replace(
            target,
            address="",
            snmp=replace(target.snmp, port=0) if target.snmp else None,
            ssh=replace(target.ssh, port=0) if target.ssh else None,
        )
        for target in site.targets
    )
    return replace(site, targets=targets)


def test_a_device_is_known_again_at_the_next_start(network: DemoNetwork) -> None:
    """Host keys do not change from run to run: a pinned demo is never taken for a changed key."""
    with DemoNetwork() as another:
        assert [host_key(network, name) for name in SHELLS] == [host_key(another, name) for name in SHELLS]


SHELLS: Final = ("fw-rennes", "pbx-rennes")


def host_key(network: DemoNetwork, name: str) -> bytes:
    with session(network, name) as client:
        transport = client.get_transport()
        assert transport is not None
        return bytes(transport.get_remote_server_key().asbytes())


def test_a_user_below_the_agents_level_is_refused(network: DemoNetwork, tmp_path: Path) -> None:
    """The name of an SNMPv3 user alone opens nothing."""
    program = shutil.which("snmpget")
    if program is None:
        pytest.skip("net-snmp's snmpget is not installed")
    target = device(network, "rtr-rennes")
    assert target.snmp is not None
    command = [program, "-Oqn", "-t", "1", "-r", "0", "-v3", "-l", "noAuthNoPriv", "-u", target.snmp.user,
               f"{target.address}:{target.snmp.port}", UPTIME]  # fmt: skip
    environment = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(tmp_path)}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert answer.returncode != 0
    assert "Timeticks" not in answer.stdout
