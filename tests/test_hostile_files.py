"""Files and answers made to do harm: refused in one line, or read within bounds of time and memory."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditor.collectors.allowed import Allowed, Guard
from auditor.collectors.captures import MAX_FOLDER, CaptureError, open_capture
from auditor.collectors.hostkeys import HostKeyFile, accept_new
from auditor.collectors.shells import Channel, Manners, TooLong
from auditor.collectors.ssh import SshStation
from auditor.collectors.transport import Garbled, Secret
from tests.commands import auditor
from tests.fake_ssh import FakeDevice
from tests.test_ssh import Visit, page, refused

GIB = 1 << 30
MIB = 1 << 20


@contextmanager
def bounded(octets: int, seconds: float) -> Iterator[None]:
    """What happens inside takes no more memory and time than this."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
        assert time.monotonic() - began < seconds
        assert tracemalloc.get_traced_memory()[1] < octets
    finally:
        tracemalloc.stop()


def refusal(path: Path) -> str:
    with pytest.raises(CaptureError) as caught:
        open_capture(path)
    return caught.value.message.id


# ---- captures ----


@pytest.mark.parametrize("name", ["show_version.txt", "device.snmprec", "agent.walk", "running.cfg", "device.toml"])
def test_a_line_of_a_gigabyte_in_a_capture_is_refused_unread(name: str, tmp_path: Path) -> None:
    """By its size, before a byte of it is read; the file is all holes and costs no disk."""
    (tmp_path / "show_clock.txt").write_text("12:00")
    with (tmp_path / name).open("wb") as file:
        file.truncate(GIB)
    with bounded(4 * MIB, 5):
        assert refusal(tmp_path) == "file.too_large"
        if name != "device.toml":
            assert refusal(tmp_path / name) == "file.too_large"


def test_many_large_files_are_refused_together(tmp_path: Path) -> None:
    """Each below the bound of one, all above that of a folder."""
    for number in range(5):
        with (tmp_path / f"show_{number}.txt").open("wb") as file:
            file.truncate(MAX_FOLDER // 4 - 1)
    with bounded(4 * MIB, 5):
        assert refusal(tmp_path) == "file.too_large"


@pytest.mark.parametrize("name", ["show_version.txt", "device.snmprec", "running.cfg", "device.toml"])
def test_a_link_out_of_a_capture_is_not_followed(name: str, tmp_path: Path) -> None:
    """An archive from elsewhere may hold links: what they lead to is nobody's answer, and never becomes evidence."""
    folder, elsewhere = tmp_path / "fw", tmp_path / "private"
    folder.mkdir()
    elsewhere.write_text("marker-of-a-private-file")
    (folder / "show_clock.txt").write_text("12:00")
    os.symlink("../private", folder / name)
    assert refusal(folder) == "file.outside"
    ended = auditor("inspect", folder, "--json")
    assert name in ended.fault()
    assert "marker" not in ended.out + ended.err


def test_a_link_within_a_capture_is_an_answer(tmp_path: Path) -> None:
    """Two names for one output are the customer's own business."""
    (tmp_path / "show_version.txt").write_text("up 12 days")
    os.symlink("show_version.txt", tmp_path / "show_ver.txt")
    assert open_capture(tmp_path).outputs == {"show_version": "up 12 days", "show_ver": "up 12 days"}


def test_a_name_that_walks_up_stays_a_name(tmp_path: Path) -> None:
    """The name of a file is a command that was answered, whatever it spells; nothing is opened by it."""
    (tmp_path / "..%2f..%2fetc%2fpasswd.txt").write_text("up 12 days")
    (tmp_path / "\x1b[2J.txt").write_text("x")
    assert set(open_capture(tmp_path).outputs) == {"..%2f..%2fetc%2fpasswd", "\x1b[2J"}
    ended = auditor("inspect", tmp_path, "--platform", "cisco_ios")
    assert "\x1b[2J" not in ended.out + ended.err


# ---- answers ----


@pytest.mark.slow
async def test_an_endless_line_over_ssh_is_cut_off(tmp_path: Path) -> None:
    """A device that answers one line without an end: reading stops at sixteen megabytes, and says so."""
    endless = "x" * (17 * MIB)  # paramiko copies what is left with each packet it sends
    vendor = page("show tech", seconds=60)
    async with SshStation() as station:
        visit = Visit(station, HostKeyFile(tmp_path / "known_hosts", accept_new))
        with FakeDevice(answers={"show tech": endless}) as device:
            door = await visit.open(device, vendor)
            await refused(door.show("show tech"), Garbled, "ssh.too_long")
            await door.close()
    [kept] = [line for line in door.evidence() if line.request == "show tech"]  # a farewell may follow it
    assert len(kept.text) < 1000


def test_an_endless_answer_to_enable_is_cut_off() -> None:
    """A device that pours octets where a prompt belongs: sixteen megabytes are read, not all that comes in time."""

    class Endless:
        given = 0

        def settimeout(self, seconds: float) -> None: ...

        def sendall(self, octets: bytes) -> None: ...

        def recv(self, most: int) -> bytes:
            self.given += most
            return b"x" * most

    class Driver(Manners):
        RETURN = "\n"

    conn, driver = Endless(), Driver()
    driver.guard = Guard(Allowed(), Secret("enable"), ())
    driver.channel = Channel(conn, driver.guard)
    with pytest.raises(TooLong):
        driver.raise_privilege(Secret("enable"), 60)
    assert conn.given < 17 * MIB
