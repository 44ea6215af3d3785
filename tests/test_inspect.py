"""`auditor inspect`: one device, from a file or live, as JSON and in words."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from auditor import facts
from tests.commands import ENGLISH, Ended, auditor, program
from tests.daemons import AUTH_WORDS, PRIV_WORDS, free_port, snmpd

RECORDINGS = Path(__file__).parent / "recordings"
COUNTERS = Path("/sys/class/net/lo/statistics")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


def own_captures() -> list[Path]:
    return sorted(path.parent for path in RECORDINGS.glob("*/*/expected.json"))


def is_device(told: Any, target: str) -> None:
    """The shape of section 4 of the contract, whatever the device."""
    assert told["schema"] == "auditor/device/1"
    assert told["target"] == target
    assert {"readings", "gaps", "conflicts", "unparsed"} <= told.keys()
    for reading in told["readings"]:
        assert reading["key"] in known(), reading
        assert reading["value"] not in (None, ""), reading
        assert isinstance(reading["unit"], str), reading
        assert reading["sources"], reading
        assert all(isinstance(source, str) for source in reading["sources"]), reading
        assert TIME.fullmatch(reading["at"]), reading
        for record in reading["value"] if isinstance(reading["value"], list) else ():
            assert not isinstance(record, dict) or None not in record.values(), reading
    keys = [reading["key"] for reading in told["readings"]]
    assert len(keys) == len(set(keys)), "one reading per key and device"
    for gap in told["gaps"]:
        assert gap["key"] in known(), gap
        assert " " in gap["reason"], gap
        assert isinstance(gap["asked"], list), gap
    for row in told["unparsed"]:
        assert row["lines"] > 0, row


def known() -> set[str]:
    """The names of every fact there is."""
    return {value.name for value in vars(facts).values() if hasattr(value, "name") and hasattr(value, "unit")}


def readings(told: Mapping[str, Any]) -> dict[str, Any]:
    return {reading["key"]: reading["value"] for reading in told["readings"]}


def gaps(told: Mapping[str, Any]) -> dict[str, str]:
    return {gap["key"]: gap["reason"] for gap in told["gaps"]}


# ---- from files ----


@pytest.mark.parametrize("folder", own_captures(), ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_folder_of_captures_is_read_offline(folder: Path) -> None:
    """Every recorded device gives the device JSON, and its platform where the recording knows it."""
    ended = auditor("inspect", folder, "--json")
    assert ended.code == 0, ended
    is_device(ended.json, str(folder))
    assert ended.json["readings"], ended


def test_a_recording_alone_is_read_with_its_facts() -> None:
    """One .snmprec file: who the device is, its interfaces, and why there is no rate."""
    path = RECORDINGS / "cisco_ios" / "isr4321-17.6" / "device.snmprec"
    told = auditor("inspect", path, "--json").json
    is_device(told, str(path))
    found = readings(told)
    assert found["identity.platform"] == "cisco_xe"
    assert "Gi0/0/0" in [interface["name"] for interface in found["interfaces"]]
    assert not any("in_bps" in interface for interface in found["interfaces"])
    assert "capture" in gaps(told)["interfaces"]


def test_reading_a_recording_twice_tells_the_same() -> None:
    """Nothing depends on the moment but the times themselves."""
    path = RECORDINGS / "cisco_asa" / "asa5516-9.9"
    first, second = (TIME.sub("", auditor("inspect", path, "--json").out) for _ in range(2))
    assert first == second


def test_a_recording_is_explained_in_words() -> None:
    """Without --json, each fact stands with its source on a line of its own."""
    ended = auditor("inspect", RECORDINGS / "cisco_asa" / "asa5516-9.9")
    assert ended.code == 0
    assert "vpn.sessions.licensed" in ended.out
    assert "show " in ended.out


def test_a_secret_in_a_capture_is_not_shown() -> None:
    """What the recorded configurations hide is in neither form of the output."""
    for folder in own_captures():
        for words in ((), ("--json",)):
            out = auditor("inspect", folder, *words).out
            assert not re.search(r"(?i)(password|community|secret) [^\s<]*hunter", out)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.snmprec", b""),
        ("text.snmprec", b"this is no recording\n"),
        ("bytes.snmprec", bytes(range(256)) * 8),
        ("unknown.bin", b"1.3.6.1.2.1.1.1.0|4|box\n"),
        ("empty.walk", b""),
    ],
)
def test_a_file_that_is_no_capture_is_named(name: str, content: bytes, tmp_path: Path) -> None:
    """An unreadable capture: its name and why, exit 2."""
    (tmp_path / name).write_bytes(content)
    assert name in auditor("inspect", tmp_path / name).fault()


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    """A folder without captures is no device."""
    assert str(tmp_path) in auditor("inspect", tmp_path).fault()


def test_hostile_text_of_a_device_does_not_reach_the_terminal(tmp_path: Path) -> None:
    """Escape sequences in what a device says are gone from the words and harmless in the JSON."""
    path = tmp_path / "box.snmprec"
    hostile = b"\x1b]0;owned\x07\x1b[2JLinux [bold]box[/]".hex()
    path.write_text(f"1.3.6.1.2.1.1.1.0|4x|{hostile}\n1.3.6.1.2.1.1.3.0|67|1234\n1.3.6.1.2.1.1.5.0|4x|{hostile}\n")
    for words in ((), ("--json",)):
        ended = auditor("inspect", path, *words)
        assert ended.code == 0, ended
        assert "\x1b" not in ended.out
        assert "\x07" not in ended.out


@pytest.mark.slow
def test_every_shared_recording_is_read(shared: Path) -> None:
    """Recordings of many makers: none stops the reading; where nothing is told, exit 3 and a reason for each fact."""
    paths = sorted((shared / "recordings" / "snmp").glob("*.snmprec"))
    assert paths
    for path in paths:
        ended = auditor("inspect", path, "--json")
        assert not ended.err, (path.name, ended)
        is_device(ended.json, str(path))
        assert not any("product itself" in problem for problem in ended.json.get("problems", ())), path.name
        assert ended.code == (0 if ended.json["readings"] else 3), path.name
        assert ended.json["gaps"], path.name


# ---- live ----

V3 = ("--snmp", "3", "--user", "strong", "--auth", "sha256", "--priv", "aes128")
SECRETS = {"AUDITOR_CREDENTIAL_V2": "public"}
SECRETS_V3 = {"AUDITOR_CREDENTIAL_V3": AUTH_WORDS, "AUDITOR_CREDENTIAL_V3_PRIV": PRIV_WORDS}


@contextmanager
def traffic(seconds: float) -> Iterator[None]:
    """About 4 Mbit/s over loopback, in even steps, for so long or until the block ends."""
    over = threading.Event()

    def send() -> None:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source,
        ):
            sink.bind(("127.0.0.1", 0))
            end = time.monotonic() + seconds
            while time.monotonic() < end and not over.wait(0.02):
                source.sendto(bytes(10_000), sink.getsockname())
                sink.recv(10_000)

    sending = threading.Thread(target=send)
    sending.start()
    try:
        yield
    finally:
        over.set()
        sending.join()


class Kernel:
    """The kernel's own counters of the loopback, read every tenth of a second while a block runs."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, int]] = []
        self._over = threading.Event()
        self._reading = threading.Thread(target=self._read)

    def __enter__(self) -> Kernel:
        self._reading.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._reading.join()

    def _read(self) -> None:
        while not self._over.wait(0.1):
            self.samples.append((time.monotonic(), int((COUNTERS / "rx_bytes").read_text())))

    def rates(self, window: float) -> tuple[float, float]:
        """The least and the greatest rate, in bit/s, over any stretch of about the window that was sampled."""
        found = [
            (count - before) * 8 / (at - since)
            for since, before in self.samples
            for at, count in self.samples
            if 0.6 * window <= at - since <= window + 3
        ]
        return min(found), max(found)


@pytest.mark.slow
@pytest.mark.skipif(not COUNTERS.is_dir(), reason="the kernel does not show its counters here")
@pytest.mark.parametrize(
    ("words", "secrets"),
    [(("--credential", "v2"), SECRETS), ((*V3, "--credential", "v3"), SECRETS_V3)],
    ids=["v2c", "v3"],
)
def test_live_rates_are_those_of_the_kernel(words: tuple[str, ...], secrets: Mapping[str, str], tmp_path: Path) -> None:
    """Debian's snmpd, v2c and v3 authPriv SHA-256/AES-128: rates within 2 % of the kernel's over the same instants."""
    window = 15
    with snmpd(tmp_path) as agent, traffic(90), Kernel() as kernel:
        target = f"snmp://127.0.0.1:{agent.port}"
        ended = program("inspect", target, *words, "--window", window, "--json", environment=secrets)
    assert ended.code == 0, ended
    is_device(ended.json, ended.json["target"])
    (lo,) = [row for row in readings(ended.json)["interfaces"] if row["name"] == "lo"]
    low, high = kernel.rates(window)
    assert {"in_bps", "out_bps"} <= lo.keys(), (lo, gaps(ended.json))
    assert low * 0.98 <= lo["in_bps"] <= high * 1.02, (lo, low, high)
    assert low * 0.98 <= lo["out_bps"] <= high * 1.02, (lo, low, high)
    assert lo["oper_up"] is True
    assert not any(secret in ended.out + ended.err for secret in (AUTH_WORDS, PRIV_WORDS))


def nothing(ended: Ended, *reasons: str) -> None:
    """Nothing could be collected: exit 3, a reason among those expected, no traceback, and the JSON all the same."""
    assert ended.code == 3, ended
    is_device(ended.json, ended.json["target"])
    assert not ended.json["readings"]
    said = " ".join([*ended.json.get("problems", ()), *gaps(ended.json).values()])
    assert any(reason in said for reason in reasons), ended
    assert "product itself" not in said, ended


@pytest.mark.slow
def test_a_wrong_community_is_said(tmp_path: Path) -> None:
    """The agent keeps silent, and the line names the community as a possible reason; the community is not shown."""
    with snmpd(tmp_path) as agent:
        ended = program(
            "inspect", f"127.0.0.1:{agent.port}", "--credential", "v2", "--json",
            environment={"AUDITOR_CREDENTIAL_V2": "not-the-community"},
        )  # fmt: skip
    nothing(ended, "community")
    assert "not-the-community" not in ended.out + ended.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("secrets", "user", "reason"),
    [
        ({**SECRETS_V3, "AUDITOR_CREDENTIAL_V3": "wrong-passphrase"}, "strong", "authentication key"),
        ({**SECRETS_V3, "AUDITOR_CREDENTIAL_V3_PRIV": "wrong-passphrase"}, "strong", "privacy"),
        (SECRETS_V3, "nobody", "does not know"),
    ],
    ids=["authentication", "privacy", "user"],
)
def test_a_wrong_key_is_said(secrets: Mapping[str, str], user: str, reason: str, tmp_path: Path) -> None:
    """SNMPv3 tells which of the three is wrong, and so do we."""
    words = [*V3, "--credential", "v3", "--json"]
    words[words.index("strong")] = user
    with snmpd(tmp_path) as agent:
        ended = program("inspect", f"snmp://127.0.0.1:{agent.port}", *words, environment=secrets)
    nothing(ended, reason)
    assert "wrong-passphrase" not in ended.out + ended.err


def test_the_target_is_told_with_its_port() -> None:
    """`target` in the device JSON is HOST:PORT, as in the contract: two agents of one host are told apart."""
    target = f"127.0.0.1:{free_port()}"
    assert program("inspect", target, "--credential", "v2", "--json", environment=SECRETS).json["target"] == target


@pytest.mark.slow
def test_a_closed_port_is_said() -> None:
    """Nobody listens: the host refuses, and the line says so."""
    target = f"snmp://127.0.0.1:{free_port()}"
    nothing(program("inspect", target, "--credential", "v2", "--json", environment=SECRETS), "refuses")


@pytest.mark.slow
def test_a_silent_host_is_said() -> None:
    """A host that never answers is given up, not waited for."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        target = f"snmp://127.0.0.1:{silent.getsockname()[1]}"
        nothing(program("inspect", target, "--credential", "v2", "--json", environment=SECRETS), "answer")


@pytest.mark.slow
def test_a_host_that_talks_nonsense_is_said() -> None:
    """Bytes that are no SNMP do not stop the program."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as liar:
        liar.bind(("127.0.0.1", 0))
        command = [sys.executable, "-m", "auditor", "inspect", f"127.0.0.1:{liar.getsockname()[1]}", "--json"]
        running = subprocess.Popen(
            [*command, "--credential", "v2"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", env={**os.environ, **ENGLISH, **SECRETS},
        )  # fmt: skip
        liar.settimeout(0.5)
        try:
            while running.poll() is None:
                try:
                    _, sender = liar.recvfrom(4096)
                    liar.sendto(b"\x30\x84\xff\xff\xff\xffnonsense", sender)
                except TimeoutError:
                    continue
            out, err = running.communicate(timeout=30)
        finally:
            running.kill()
            running.wait()
    nothing(Ended(running.returncode, out, err), "answer", "decoded")
    assert "Traceback" not in err


# ---- from a site file ----


@pytest.mark.slow
def test_a_device_of_a_site_file_is_inspected_by_its_name(tmp_path: Path) -> None:
    """--site and --device take address, access and credential from the file."""
    with snmpd(tmp_path) as agent:
        site = tmp_path / "site.toml"
        site.write_text(
            '[site]\nname = "Try"\nclient = "Try SA"\n[people]\nheadcount = 5\neligible = 5\n'
            '[[device]]\nname = "box"\naddress = "127.0.0.1"\nrole = "server"\n'
            f'snmp = {{ version = "2c", credential = "v2", port = {agent.port} }}\n'
        )
        ended = program("inspect", "--site", site, "--device", "box", "--window", "3", "--json", environment=SECRETS)
    assert ended.code == 0, ended
    assert ended.json["name"] == "box"
    assert ended.json["role"] == "server"
    assert "lo" in [row["name"] for row in readings(ended.json)["interfaces"]]
