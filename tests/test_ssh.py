"""The SSH door against a server that plays devices: what is sent, what is refused, and what ends in time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.allowed import Allowed, Guard, NotAllowed
from auditor.collectors.hostkeys import HostKeyFile, accept_new, refuse
from auditor.collectors.shells import shell
from auditor.collectors.ssh import Pace, SshStation
from auditor.collectors.ssh_door import SshDoor
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, Credential, Denied, NoAnswer, Secret, Unreachable
from auditor.collectors.vendors import VENDORS, greetings
from auditor.collectors.vendors.asterisk import ASTERISK
from auditor.collectors.vendors.cisco_asa import CISCO_ASA
from auditor.collectors.vendors.cisco_ios import CISCO_IOS
from auditor.collectors.vendors.fortigate import FORTIGATE
from auditor.collectors.vendors.linux import LINUX
from auditor.collectors.vendors.page import Command, Told, Vendor
from auditor.site import SshAccess, Target
from tests.fake_ssh import FakeDevice

PASSWORD, ENABLE = "right-Password-1", "enable-Secret-9"
QUICK = Pace(connect_s=2, banner_s=0.4, login_s=0.6, prompt_s=0.6, line_s=0.6)
SAID = "one\ntwo"


@dataclass
class Visit:
    """One station and what it needs to open fake devices."""

    station: SshStation
    keys: HostKeyFile
    transcripts: list[Transcript] = field(default_factory=list)
    redact: Callable[[str], str] = lambda text: text

    async def open(
        self,
        device: FakeDevice | int,
        vendor: Vendor | None = CISCO_IOS,
        *,
        password: str = PASSWORD,
        enable: str = "",
        name: str = "box",
        credential: str = "main",
        **access: Any,
    ) -> SshDoor:
        port = device if isinstance(device, int) else device.port
        if enable:
            access["enable"] = "enable-main"
        target = Target(name, "127.0.0.1", ssh=SshAccess("audit", credential, port, **access))
        self.transcripts.append(Transcript(name))
        return await self.station.open(
            target,
            Credential(Secret(password)) if password else None,
            Credential(Secret(enable)) if enable else None,
            vendor,
            self.keys,
            self.transcripts[-1],
            self.redact,
        )


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with SshStation() as station:
        yield Visit(station, HostKeyFile(tmp_path / "known_hosts", accept_new))


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[Visit]:
    """A station that waits for nobody."""
    async with SshStation(QUICK) as station:
        yield Visit(station, HostKeyFile(tmp_path / "known_hosts", accept_new))


async def refused(opening: Any, kind: type[CollectError], id: str) -> CollectError:
    """The error that an opening or a question must end in."""
    with pytest.raises(kind) as caught:
        await opening
    assert caught.value.message.id == id
    return caught.value


def page(*lines: str, seconds: float = 20.0, session: tuple[str, ...] = (), pattern: str = "") -> Vendor:
    """A vendor page of these commands."""
    rows = tuple(Command(line, (), lambda text: Told(), seconds, pattern=pattern) for line in lines)
    return Vendor("test", "test", lambda identity: False, commands=rows, session=session)


# ---- what is sent ----

PLATFORMS = {
    "cisco_ios": (CISCO_IOS, "rtr-rennes>", " --More-- ", "\b" * 10 + " " * 10 + "\b" * 10),
    "cisco_xe": (CISCO_IOS, "rtr-rennes#", " --More-- ", "\b" * 10 + " " * 10 + "\b" * 10),
    "cisco_asa": (CISCO_ASA, "fw-rennes/pri/act> ", "<--- More --->", "\r" + " " * 14 + "\r"),
    "fortinet": (FORTIGATE, "FGT60F (root) # ", "--More-- ", "\r         \r"),
    "linux": (LINUX, "audit@pbx:~$ ", "--More--", "\r        \r"),
    "asterisk": (ASTERISK, "audit@pbx:~$ ", "--More--", "\r        \r"),
}


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_device_receives_the_lines_of_its_page_and_no_other(platform: str, visit: Visit) -> None:
    """From login to goodbye: privileges where named, the session lines, the catalogue, exit."""
    vendor, prompt, mark, erase = PLATFORMS[platform]
    lines = [command.line for command in vendor.commands if command.live and not command.pattern]
    answers = dict.fromkeys((*vendor.session, *lines), SAID)
    needs = ENABLE if prompt.strip().endswith(">") else ""
    with FakeDevice(prompt, answers, page=1, mark=mark, erase=erase, enable=needs, key_number=1) as device:
        door = await visit.open(device, vendor, enable=needs)
        for line in lines:
            assert await door.show(line) == SAID + "\n"
        await door.close()
        assert device.gone.wait(5)
    wanted = [*(("enable", ENABLE) if needs else ()), *vendor.session, *lines, "exit"]
    assert device.commands == wanted
    assert not [line for line in device.lines if "conf" in line and "running" not in line and line not in lines]


async def test_pages_are_asked_for_with_a_space(visit: Visit) -> None:
    """All lines come back, in order, without the pager's marks."""
    rows = "\n".join(f"interface port{n} is up" for n in range(60))
    with FakeDevice(
        "FGT60F # ", {"get system status": rows}, page=22, mark="--More-- ", erase="\r         \r"
    ) as device:
        door = await visit.open(device, FORTIGATE)
        assert await door.show("get system status") == rows + "\n"
        assert device.lines.count(" ") == 2


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_what_netmiko_itself_would_write_meets_the_guard(platform: str, visit: Visit) -> None:
    """Its driver's own preparation, configuration mode, privileges and null bytes reach no wire."""
    vendor, prompt, *_ = PLATFORMS[platform]
    with FakeDevice(prompt.replace(">", "#"), dict.fromkeys(vendor.session, "")) as device:
        door = await visit.open(device, vendor)
        driver: Any = door._driver
        netmiko: Any = type(driver).__bases__[1]
        assert netmiko.__module__.startswith("netmiko")
        attempts: list[Callable[[], object]] = [
            lambda: driver.write_channel("configure terminal\n"),
            lambda: driver.is_alive(),
            lambda: driver.write_channel("show version | redirect flash:x\n"),
            lambda: driver.send_command("write memory", expect_string="#"),
            lambda: driver.send_multiline(["config system console", "set output standard"], expect_string="#"),
        ]
        if platform == "cisco_asa":
            attempts.append(lambda: netmiko.session_preparation(driver))
        if platform == "fortinet":
            driver._output_mode, driver._vdoms = "more", False
            attempts.append(lambda: netmiko.disable_paging(driver))
        elif netmiko.__name__ != "TerminalServerSSH":
            attempts.append(lambda: netmiko.enable(driver, check_state=False))
        for attempt in attempts:
            with pytest.raises(NotAllowed):
                attempt()
        await door.close()
        assert device.gone.wait(5)
    assert device.commands == [*vendor.session, "exit"]


async def test_a_command_outside_the_catalogue_is_not_sent(visit: Visit) -> None:
    """It is refused with its name, and the device sees nothing of it."""
    with FakeDevice(answers=dict.fromkeys(CISCO_IOS.session, "")) as device:
        door = await visit.open(device)
        before = list(device.lines)
        for line in ("reload", "configure terminal", "show version\nreload", "show version ", "exit", "show run"):
            await refused(door.show(line), Denied, "ssh.not_allowed")
        assert device.lines == before


async def test_an_unknown_shell_is_asked_greetings_alone_until_its_page_is_known(visit: Visit) -> None:
    """Adopting a page opens its commands and sends its session lines."""
    with FakeDevice(answers={"show version": "Cisco IOS Software", "show running-config": SAID}) as device:
        door = await visit.open(device, None)
        await refused(door.show("show running-config"), Denied, "ssh.not_allowed")
        assert await door.show("show version") == "Cisco IOS Software\n"
        await door.adopt(CISCO_IOS)
        assert await door.show("show running-config") == SAID + "\n"
    assert device.commands == ["show version", *CISCO_IOS.session, "show running-config"]
    assert "show running-config" not in greetings()


def test_the_guard_lets_whole_lines_of_the_list_pass_and_nothing_else() -> None:
    """A line in two halves, two lines at once, or a line with a control character is none of the list."""
    guard = Guard(Allowed.of(page("show version", session=("terminal length 0",))))
    for line in ("", " ", "\n", "\r\n", "show version\n", "terminal length 0\n", "exit\n", "quit\r"):
        guard.check(line)
    for line in (
        "show ver",
        "show version\nreload\n",
        "show version\x03\n",
        "reload\n",
        "enable\n",
        "\x1a",
        "a\n",
        "  ",
    ):
        with pytest.raises(NotAllowed):
            guard.check(line)


def test_the_enable_secret_passes_once_and_only_after_enable() -> None:
    """It is an answer to a question just asked, never a line of its own, and never written twice."""
    guard = Guard(Allowed(), Secret(ENABLE))
    with pytest.raises(NotAllowed):
        guard.check(f"{ENABLE}\n")
    guard.check("enable\n")
    guard.check("\n")
    with pytest.raises(NotAllowed):
        guard.check(f"{ENABLE}\n")
    guard.check("enable\n")
    guard.check(f"{ENABLE}\n")
    for line in ("enable\n", f"{ENABLE}\n"):
        with pytest.raises(NotAllowed) as caught:
            guard.check(line)
        assert ENABLE not in repr(caught.value)


def test_a_pattern_covers_a_name_but_no_second_command() -> None:
    """The variable part brings no sign a shell could read a command or a file out of."""
    allowed = Allowed.of(page("show ip local pool NAME", pattern=r"show ip local pool \S+"))
    assert allowed.permits("show ip local pool VPN-1")
    for name in ("a;reload", "a|tee", "$(reboot)", "`x`", "a>b", "a\x0bb"):
        assert not allowed.permits(f"show ip local pool {name}")
    assert not allowed.permits("show ip local pool a b")


def test_no_page_can_send_what_changes_a_device() -> None:
    """The catalogue of every vendor holds reading commands and settings of the session only."""
    for vendor in VENDORS:
        for line in (*vendor.session, *(command.line for command in vendor.commands), vendor.hello):
            first = line.split()[:1]
            if line in vendor.session and re.fullmatch(r"set (?:cli|terminal) [\w -]+|set clienv rows 0", line):
                continue  # ends with the session; the pages of their vendors say so
            assert first not in (["configure"], ["config"], ["write"], ["copy"], ["set"], ["delete"], ["reload"]), line


# ---- host keys ----


async def test_an_unknown_key_is_refused_before_any_password(tmp_path: Path, visit: Visit) -> None:
    """Nobody is there to compare the fingerprint: the device is skipped and says why."""
    visit.keys = HostKeyFile(tmp_path / "other", refuse)
    with FakeDevice() as device:
        error = await refused(visit.open(device), Denied, "ssh.key_unknown")
    assert error.message.values["fingerprint"] == device.fingerprint
    assert device.attempts == []


async def test_a_first_contact_is_asked_once_and_pinned(tmp_path: Path, visit: Visit) -> None:
    """The question shows the device and its fingerprint; the second contact asks nothing."""
    asked: list[tuple[str, str]] = []
    visit.keys = HostKeyFile(tmp_path / "other", lambda *question: not asked.append(question))  # type: ignore[func-returns-value]
    with FakeDevice(answers=dict.fromkeys(CISCO_IOS.session, "")) as device:
        await (await visit.open(device)).close()
        await (await visit.open(device)).close()
    assert asked == [(f"[127.0.0.1]:{device.port}", device.fingerprint)]


async def test_a_device_that_tires_of_waiting_for_a_person_is_called_again(tmp_path: Path, visit: Visit) -> None:
    """The account is tried once, on a connection whose key is the accepted one."""
    device = FakeDevice(answers=dict.fromkeys(CISCO_IOS.session, ""))

    def ponder(name: str, print_: str) -> bool:
        device.hang_up()
        return True

    visit.keys = HostKeyFile(tmp_path / "other", ponder)
    with device:
        await (await visit.open(device)).close()
    assert device.connections == 2
    assert len(device.attempts) == 1


async def test_a_changed_key_is_denied_and_nothing_is_sent(visit: Visit) -> None:
    """It is never taken for a time-out, and the password stays with us."""
    with FakeDevice(answers=dict.fromkeys(CISCO_IOS.session, "")) as device:
        await (await visit.open(device)).close()
    with FakeDevice(port=device.port, key_number=2) as impostor:
        error = await refused(visit.open(impostor), Denied, "ssh.key_changed")
    assert error.message.values["fingerprint"] == impostor.fingerprint
    assert error.message.values["known"] == (device.fingerprint,)
    assert impostor.attempts == []
    assert impostor.connections == 1, "nor is it asked again"


# ---- accounts ----


@pytest.mark.parametrize("methods", ["password", "keyboard-interactive", "password,keyboard-interactive"])
async def test_a_wrong_password_is_tried_once(methods: str, visit: Visit) -> None:
    """One method, one attempt: whatever the device would still take."""
    with FakeDevice(methods=methods) as device:
        await refused(visit.open(device, password="wrong"), Denied, "ssh.denied")
    assert device.attempts == [(methods.split(",")[0], "audit", "wrong")]


async def test_a_refused_account_is_not_used_on_another_device(visit: Visit) -> None:
    """The other device is not even called; another credential is free to try."""
    with FakeDevice() as first, FakeDevice(answers=dict.fromkeys(CISCO_IOS.session, "")) as second:
        await refused(visit.open(first, password="wrong", name="first"), Denied, "ssh.denied")
        error = await refused(visit.open(second, password="wrong", name="second"), Denied, "ssh.account_skipped")
        assert second.connections == 0
        await (await visit.open(second, credential="other")).close()
    assert error.message.values["other"] == "first"
    assert error.message.values["target"] == "second"


async def test_devices_asked_at_once_cost_a_wrong_account_one_attempt(visit: Visit) -> None:
    """An account is tried on one device at a time, so that its refusal is known to the others."""
    with FakeDevice() as a, FakeDevice() as b, FakeDevice() as c:
        results = await asyncio.gather(
            *(visit.open(device, password="wrong") for device in (a, b, c)), return_exceptions=True
        )
        attempts = a.attempts + b.attempts + c.attempts
    assert len(attempts) == 1
    assert sorted(result.message.id for result in results if isinstance(result, Denied)) == [
        "ssh.account_skipped",
        "ssh.account_skipped",
        "ssh.denied",
    ]


async def test_keyboard_interactive_serves_where_password_is_not_offered(visit: Visit) -> None:
    """The one hidden question is answered."""
    with FakeDevice(methods="keyboard-interactive", answers=dict.fromkeys(CISCO_IOS.session, "")) as device:
        await (await visit.open(device)).close()
    assert [method for method, *_ in device.attempts] == ["keyboard-interactive"]


async def test_a_second_factor_and_an_unusable_method_say_so(visit: Visit) -> None:
    """Neither counts as a refused account."""
    with FakeDevice(partial=True) as strict, FakeDevice(methods="publickey") as keyed:
        await refused(visit.open(strict), Denied, "ssh.second_factor")
        await refused(visit.open(keyed), Denied, "ssh.no_method")
        assert keyed.attempts == []


async def test_without_a_password_nothing_is_called(visit: Visit) -> None:
    """An empty secret is no password to try."""
    with FakeDevice() as device:
        await refused(visit.open(device, password=""), Denied, "credential.withheld")
        assert device.connections == 0


async def test_a_wrong_enable_secret_is_given_once_in_a_run(visit: Visit) -> None:
    """Not again on the prompt that comes back, not as a goodbye, and not on another device."""
    with FakeDevice("fw>", enable=ENABLE) as first, FakeDevice("fw>", enable=ENABLE) as second:
        await refused(visit.open(first, enable="wrong-Enable-1"), Denied, "ssh.enable_refused")
        assert first.gone.wait(5)
        await refused(visit.open(second, enable="wrong-Enable-1"), Denied, "ssh.account_skipped")
        assert second.gone.wait(5)
    assert first.commands == ["enable", "wrong-Enable-1"]
    assert second.commands == []


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """A real ssh-agent of its own, with two keys: `tmp_path/one` and `tmp_path/two`."""
    if not all(map(shutil.which, ("ssh-agent", "ssh-add", "ssh-keygen"))):
        pytest.skip("OpenSSH's ssh-agent is not installed")
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(tmp_path / "agent")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not (tmp_path / "agent").exists():
            assert process.poll() is None, "ssh-agent ended at once"
        for name in ("one", "two"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
            environment = {**os.environ, "SSH_AUTH_SOCK": str(tmp_path / "agent")}
            subprocess.run(["ssh-add", "-q", tmp_path / name], check=True, env=environment, stderr=subprocess.DEVNULL)
        yield tmp_path
    finally:
        process.kill()
        process.wait()


async def test_of_an_agent_only_the_named_key_is_offered(
    agent: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each other key would be a failed login; a key that the agent does not hold is no login at all."""
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent / "agent"))
    shown = subprocess.run(["ssh-keygen", "-lf", agent / "two.pub"], capture_output=True, text=True, check=True)
    named = shown.stdout.split()[1]
    with FakeDevice(methods="publickey,password", answers=dict.fromkeys(CISCO_IOS.session, "")) as device:
        await (await visit.open(device, password="", credential="", agent=True, key=named)).close()
        assert set(device.attempts) == {("publickey", "audit", named)}
        device.attempts.clear()
        await refused(
            visit.open(device, password="", credential="", agent=True, key="SHA256:absent"), Denied, "ssh.agent_key"
        )
        assert device.attempts == []


# ---- algorithms ----


async def test_sha1_is_off_unless_the_site_file_says_legacy(visit: Visit) -> None:
    """The offer of the server is kept as evidence."""
    with FakeDevice(legacy_only=True, answers=dict.fromkeys(CISCO_IOS.session, "")) as device:
        await refused(visit.open(device), Denied, "ssh.algorithms")
        door = await visit.open(device, legacy=True)
        assert "diffie-hellman-group14-sha1" in door.offered.algorithms
        assert door.offered.version == "2"
        first = door.evidence()[0]
        assert first.request == "ssh"
        assert door.offered.host_key in first.text
        assert "diffie-hellman-group14-sha1" in first.text
        await door.close()


# ---- silence, cuts, endless answers ----


@contextlib.contextmanager
def plain_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A TCP server that is no SSH server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                conn, _ = listener.accept()
                with conn, contextlib.suppress(OSError):
                    answer(conn)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _drip(conn: socket.socket) -> None:
    while True:
        conn.sendall(b"x")
        threading.Event().wait(0.02)


@pytest.mark.parametrize(
    ("answer", "id"),
    [
        (lambda conn: conn.recv(4096) and conn.recv(4096), "ssh.no_banner"),
        (lambda conn: conn.sendall(b"220 ftp ready\r\n" * 200) or conn.recv(4096), "ssh.no_banner"),
        (_drip, "ssh.no_banner"),
        (lambda conn: None, "ssh.hung_up"),
    ],
    ids=["silent", "another protocol", "drip", "hangs up"],
)
async def test_a_port_that_is_no_ssh_server_ends_in_time(
    answer: Callable[[socket.socket], None], id: str, hasty: Visit
) -> None:
    """Whatever comes, or does not come, before the banner is bounded."""
    with plain_server(answer) as port:
        await refused(hasty.open(port), NoAnswer, id)


async def test_a_closed_port_and_an_unknown_name_are_unreachable(hasty: Visit) -> None:
    """The first says that SSH is not running there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        await refused(hasty.open(int(probe.getsockname()[1])), Unreachable, "ssh.closed")


@pytest.mark.parametrize(
    ("device", "id"),
    [
        (FakeDevice(silent_shell=True), "ssh.no_prompt"),
        (FakeDevice(deaf_shell=True), "ssh.no_shell"),
        (FakeDevice(refuse_channel=True), "ssh.no_shell"),
        (FakeDevice(prompt="Change your password:"), "ssh.no_prompt"),
    ],
    ids=["silent", "deaf", "no session", "a question"],
)
async def test_a_hang_after_the_login_is_bounded(device: FakeDevice, id: str, hasty: Visit) -> None:
    """A device that lets us in and then does nothing costs no more than the prompt's time."""
    with device:
        await refused(hasty.open(device), NoAnswer, id)


async def test_a_notice_to_accept_is_left_to_a_person(hasty: Visit) -> None:
    """Nothing is pressed on anybody's behalf."""
    with FakeDevice(prompt="(Press 'a' to accept):") as device:
        await refused(hasty.open(device, FORTIGATE), Denied, "ssh.disclaimer")
    assert device.commands == []


async def test_a_question_that_is_never_answered_ends_alone(visit: Visit) -> None:
    """It has its own time; the next question is not sent into the middle of its answer."""
    vendor = page("show tech", "show clock", seconds=0.3)
    with FakeDevice(answers={"show clock": "12:00"}, hang_at="show tech") as device:
        door = await visit.open(device, vendor)
        await refused(door.show("show tech"), NoAnswer, "ssh.timeout")
        await refused(door.show("show clock"), NoAnswer, "ssh.timeout")
        assert device.commands == ["show tech"]
        await door.close()
    assert [line.request for line in door.evidence()][1:] == ["show tech", "show clock"]


async def test_a_late_answer_does_not_spoil_the_next_one(visit: Visit) -> None:
    """The prompt of the question given up is awaited first."""
    vendor = page("show tech", "show clock", seconds=0.4)
    with FakeDevice(answers={"show tech": "late", "show clock": "12:00"}, slow_at="show tech") as device:
        door = await visit.open(device, vendor)
        await refused(door.show("show tech"), NoAnswer, "ssh.timeout")
        device.go_on.set()
        assert await door.show("show clock") == "12:00\n"


async def test_a_prompt_that_changes_costs_one_answer(visit: Visit) -> None:
    """The answer before it is not used and says why; the next question finds the new prompt."""
    vendor = page("show clock", "show version", seconds=0.5)
    with FakeDevice(answers={"show clock": "12:00", "show version": "1.0"}, rename_at="show clock") as device:
        door = await visit.open(device, vendor)
        error = await refused(door.show("show clock"), NoAnswer, "ssh.moved")
        assert error.message.values["seen"] == "renamed#"
        assert await door.show("show version") == "1.0\n"
        assert device.commands == ["show clock", "show version"]


@pytest.mark.parametrize(
    ("before", "after"), [("fw/pri/act> ", "fw/pri/stby> "), ("admin@PA(active)> ", "admin@PA(passive)> ")]
)
async def test_a_switchover_changes_no_prompt(before: str, after: str, visit: Visit) -> None:
    """The state of a pair stands in the prompt of some firewalls."""
    device = FakeDevice(before, {"show clock": "12:00"}, rename_at="show clock", renamed=after)
    with device:
        door = await visit.open(device, page("show clock"))
        assert await door.show("show clock") == "12:00\n"


GREETINGS = {
    "sophos_sfos": ("Main Menu\r\n\r\n    Select Menu Number [0-7]: ", "4", "console> ", ""),
    "opnsense": ("  8) Shell\r\n\r\nEnter an option: ", "8", "root@fw:~ # ", ""),
    "pfsense": ("  8) Shell\r\n\r\nEnter an option: ", "8", "[2.7.2-RELEASE][root@fw.example]/root: ", ""),
    "huawei": ("Change the password now? [Y/N]: ", "n", "<AR>", ""),
    "juniper_junos": ("--- JUNOS 22.4 built 2024 ---\r\nroot@srx:~ % ", "cli", "{primary:node0}\r\nroot@srx> ", ""),
    "checkpoint_gaia": ("[Expert@gw1:0]# ", "clish", "gw1> ", ""),
    "mikrotik_routeros": ("MikroTik RouterOS 7\r\n", "", "[audit@box] > ", "+ct511w4098h"),
    "cisco_ucos": ("Command Line Interface is starting up\r\n", "", "admin:", ""),
}


@pytest.mark.parametrize("platform", GREETINGS)
async def test_the_way_to_a_command_line_is_gone_once(platform: str, visit: Visit) -> None:
    """Through its menu, or with a "no"; the same line later is none of the list."""
    banner, reply, prompt, suffix = GREETINGS[platform]
    vendor = Vendor("test", platform, lambda identity: False, commands=page("show clock").commands)
    with FakeDevice(prompt, {"show clock": SAID}, banner=banner, menu=reply) as device:
        door = await visit.open(device, vendor)
        assert await door.show("show clock") == SAID + "\n"
        with pytest.raises(NotAllowed):
            door._driver.channel.write_channel(f"{reply or 'set'}\n")
        await door.close()
        assert device.gone.wait(5)
    assert device.commands == [*([reply] if reply else []), "show clock", shell(platform).farewell]
    assert [user for _, user, _ in device.attempts] == [f"audit{suffix}"]


async def test_a_question_no_platform_answers_is_left_alone(hasty: Visit) -> None:
    """On a box whose platform has no such menu nothing is typed into it."""
    with FakeDevice("console> ", banner="Select Menu Number [0-7]: ", menu="4") as device:
        await refused(hasty.open(device), NoAnswer, "ssh.no_prompt")
    assert device.commands == []


async def test_a_session_cut_in_the_middle_of_an_answer_is_lost(visit: Visit) -> None:
    """Half an answer is no answer; nothing of it is kept."""
    with FakeDevice(answers={"show clock": "half of it" * 100}, cut_at="show clock") as device:
        door = await visit.open(device, page("show clock"))
        await refused(door.show("show clock"), NoAnswer, "ssh.lost")
        await refused(door.show("show clock"), NoAnswer, "ssh.lost")
        await door.close()
    assert [line.text for line in door.evidence()[1:]] == ["", ""]


async def test_a_conversation_has_an_end(tmp_path: Path) -> None:
    """Beyond the total time nothing is asked any more."""
    async with SshStation(Pace(total_s=0.0)) as station:
        visit = Visit(station, HostKeyFile(tmp_path / "known", accept_new))
        with FakeDevice(answers={"show clock": "12:00"}) as device:
            door = await visit.open(device, page("show clock"))
            await refused(door.show("show clock"), NoAnswer, "ssh.total")
            assert device.commands == []


async def test_cancelling_hangs_up_and_frees_the_thread(tmp_path: Path) -> None:
    """A blocked read does not hold the exit: the device sees the end, and no thread of the station is left."""
    before = set(threading.enumerate())
    async with SshStation() as station:
        visit = Visit(station, HostKeyFile(tmp_path / "known", accept_new))
        with FakeDevice(hang_at="show clock", answers={"show clock": ""}) as device:
            door = await visit.open(device, page("show clock", seconds=600))
            question = asyncio.create_task(door.show("show clock"))
            await asyncio.to_thread(device.waiting.wait, 5)
            question.cancel()
            with pytest.raises(asyncio.CancelledError):
                await question
            assert await asyncio.to_thread(device.gone.wait, 5)
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("ssh"):
            await asyncio.to_thread(thread.join, 5)
            assert not thread.is_alive()


async def test_closing_the_station_ends_every_conversation(tmp_path: Path) -> None:
    """What waits in a thread gets its answer: the session is lost."""
    station = SshStation()
    visit = Visit(station, HostKeyFile(tmp_path / "known", accept_new))
    with FakeDevice(hang_at="show clock") as device:
        door = await visit.open(device, page("show clock", seconds=600))
        question = asyncio.create_task(door.show("show clock"))
        await asyncio.to_thread(device.waiting.wait, 5)
        station.close()
        await refused(question, NoAnswer, "ssh.lost")


async def test_cancelling_a_login_that_hangs_ends_it(tmp_path: Path) -> None:
    """Also before there is a prompt."""
    async with SshStation() as station:
        visit = Visit(station, HostKeyFile(tmp_path / "known", accept_new))
        with FakeDevice(silent_shell=True) as device:
            opening = asyncio.create_task(visit.open(device))
            await asyncio.to_thread(device.waiting.wait, 5)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
            assert await asyncio.to_thread(device.gone.wait, 5)


# ---- what is kept ----


async def test_answers_are_redacted_before_they_are_kept(visit: Visit) -> None:
    """Neither what is returned nor the evidence holds a secret of the device, nor one of ours."""
    said = "username bob password 0 Marker-77x-Secret\nsnmp-server community public RO"
    with FakeDevice("fw>", {"show clock": said}, enable=ENABLE, banner="password Marker-77x-Secret\r\n") as device:
        door = await visit.open(device, page("show clock"), enable=ENABLE)
        text = await door.show("show clock")
        await door.close()
    kept = "\n".join(f"{line.request} {line.text}" for line in door.evidence()) + text + door.greeting
    for secret in ("Marker-77x-Secret", PASSWORD, ENABLE, "community public"):
        assert secret not in kept
    assert text == "username bob password 0 <secret:strong>\nsnmp-server community <secret:default> RO\n"
    assert [line.request for line in door.evidence()] == ["ssh", "enable", "show clock", "exit"]


async def test_escapes_and_overwritten_text_are_gone(visit: Visit) -> None:
    """What a person would have read is what the parsers see; accents survive in either encoding."""
    said = "\x1b[31mred\x1b[0m\x1b]0;title\x07 10%\r100%\nétage"
    with FakeDevice("audit@pbx:~$ ", {"show clock": said}) as device:
        door = await visit.open(device, page("show clock"))
        assert await door.show("show clock") == "100%10%\nétage\n"


@pytest.mark.parametrize(
    ("platform", "said", "kind"),
    [
        ("cisco_ios", "          ^\n% Invalid input detected at '^' marker.\n", NoAnswer),
        ("cisco_asa", "ERROR: % Invalid input detected at '^' marker.", NoAnswer),
        ("cisco_asa", "Command authorization failed", Denied),
        ("fortinet", "Unknown action 0", NoAnswer),
        ("linux", "-bash: tc: command not found", NoAnswer),
        ("linux", "cat: /etc/x: Permission denied", Denied),
    ],
)
async def test_a_command_the_device_does_not_take_is_no_answer(
    platform: str, said: str, kind: type[CollectError], visit: Visit
) -> None:
    """Unknown is one thing, forbidden another; both are told from an empty answer."""
    vendor = Vendor("test", platform, lambda identity: False, commands=page("show clock").commands)
    with FakeDevice("box#", {"show clock": said}) as device:
        door = await visit.open(device, vendor)
        await refused(door.show("show clock"), kind, "ssh.rejected")
        assert said.strip() in door.evidence()[-1].text


def test_every_platform_of_a_page_has_its_manners() -> None:
    """A page with commands is spoken to in its platform's own way, others by their prompt alone."""
    for vendor in VENDORS:
        if vendor.commands:
            assert shell(vendor.platform) != shell("no such platform"), vendor.platform


def test_the_libraries_are_imported_at_the_first_connection_only() -> None:
    """`--help` and the first frame do not pay for netmiko."""
    code = "import sys, auditor.collectors.ssh; print([m for m in ('netmiko', 'paramiko') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
