"""A real Asterisk, asked over real SSH with the program's own commands: every count is the one the test set up."""

from __future__ import annotations

import grp
import pwd
import re
import shutil
import sqlite3
import subprocess
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Ended, program
from tests.lab.conftest import PASSWORD, free_tcp_port, host_key, sshd
from tests.lab.exchange import NETWORKS, OUTSIDE, PLANTED, PORT, SERVER, Exchange, configure, phones, running

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture(scope="module")
def exchange(account: str, exchange_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    configure(exchange_root, grp.getgrgid(pwd.getpwnam(account).pw_gid).gr_gid)
    with running(exchange_root, tmp_path_factory.mktemp("exchange")) as started:
        yield started


@pytest.fixture(scope="module")
def folder(exchange: Exchange, account: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with the site file, and what a run needs; sshd locks the account into the exchange's root."""
    place = tmp_path_factory.mktemp("audit")
    jail = f"ChrootDirectory {exchange.place}\n"
    with sshd(place, account, host_key(place, "key"), free_tcp_port(), jail) as server:
        (place / "site.toml").write_text(
            '[site]\nname = "Exchange"\nclient = "Exchange"\n'
            f"networks = {list(NETWORKS)}\n[people]\nheadcount = 24\neligible = 24\n"
            '[[device]]\nname = "pbx"\naddress = "127.0.0.1"\nrole = "pbx"\n'
            f'ssh = {{ user = "{account}", credential = "lab", port = {server.port} }}\n'
        )
        yield place, server.fingerprint


def run(place: Path, *words: object) -> Ended:
    environment = {"AUDITOR_CREDENTIAL_LAB": PASSWORD, "AUDITOR_HOME": str(place / "home")}
    return program(*words, environment=environment, cwd=place)


@pytest.fixture(scope="module")
def told(folder: tuple[Path, str]) -> dict[str, Any]:
    """The device JSON of the exchange."""
    ended = run(folder[0], "inspect", "--site", "site.toml", "--device", "pbx", "--accept-new", "--window", 3, "--json")
    assert ended.code == 0, ended
    _clean(ended.out + ended.err, "inspect --json")
    found: dict[str, Any] = ended.json
    return found


@pytest.fixture(scope="module")
def readings(told: dict[str, Any]) -> dict[str, Any]:
    return {reading["key"]: reading["value"] for reading in told["readings"]}


def _clean(text: str, where: str) -> None:
    for planted in PLANTED:
        assert planted not in text, f"{planted} stands in {where}"


def test_the_counts_are_the_truth(readings: dict[str, Any], exchange: Exchange) -> None:
    """Sets, registrations, calls and the limit, whichever of the two stacks holds the set."""
    old_stack = 3 if "chan_sip.so" in exchange.say("module show like chan_sip") else 0
    assert readings["identity.model"].startswith("Asterisk ")
    assert readings["telephony.endpoints.total"] == len(phones()) + old_stack
    assert readings["telephony.endpoints.registered"] == len([phone for phone in phones() if phone.agent])
    assert readings["telephony.calls.now"] == 3
    assert readings["telephony.calls.max"] == 40
    assert readings["telephony.queues"] == 1
    assert {"udp", "tcp"} <= set(readings["telephony.transports"])
    assert {"local_net", "rewrite_contact"} <= set(readings["telephony.nat"])


def test_each_set_is_what_it_is_and_where_it_is(readings: dict[str, Any]) -> None:
    """Kind by user agent, inside or outside by address; what nobody knows stays unknown."""
    seen = Counter(
        (row["kind"], row["from_inside"]) for row in readings["telephony.endpoints"] if row.get("registered") is True
    )
    assert seen == Counter((phone.kind, phone.address != OUTSIDE) for phone in phones() if phone.agent)
    agents = {row["user_agent"] for row in readings["telephony.endpoints"] if "user_agent" in row}
    assert agents == {phone.agent for phone in phones() if phone.agent}
    assert all("address" not in row and "others" not in row for row in readings["telephony.endpoints"])


def test_codecs_encryption_and_forwards_come_in_one_pass(readings: dict[str, Any]) -> None:
    """From the configuration, templates included: no question for each set."""
    sets = readings["telephony.endpoints"]
    soft = [row for row in sets if row["kind"] == "softphone"]
    assert {tuple(row["codecs"]) for row in soft} == {("opus", "g722")}
    assert {row["media_encryption"] for row in soft} == {"sdes"}
    desk = [row for row in sets if row["kind"] == "desk"]
    assert {tuple(row["codecs"]) for row in desk} == {("alaw", "ulaw")}
    assert {row["media_encryption"] for row in desk} == {"no"}
    assert len([row for row in sets if row.get("forwarded") is True]) == 1


def test_trunks_are_counted_once_with_their_registration(readings: dict[str, Any]) -> None:
    """An endpoint and its registration are one trunk; one of the two operators answers."""
    assert {row["name"]: row["registered"] for row in readings["telephony.trunks"]} == {
        "operator": True,
        "backup": False,
    }


def test_the_quality_of_the_calls_now_is_read(readings: dict[str, Any]) -> None:
    """One call with voice in both directions, on loopback: nothing lost, hardly any jitter; without RTCP no delay."""
    (row,) = readings["telephony.quality"]
    assert (row["target"], row["codec"]) == ("RTCP alaw", "alaw")
    assert row["loss_percent"] == 0
    assert 0 <= row["jitter_ms"] < 20
    assert "rtt_ms" not in row or row["rtt_ms"] < 50


def test_the_end_of_support_is_told(readings: dict[str, Any]) -> None:
    """Whichever branch the archive has."""
    assert readings["system.support_ends"] > "2020"


def test_the_busy_hour_is_counted_without_any_number(readings: dict[str, Any]) -> None:
    """Twelve calls of five minutes at ten o'clock are one erlang."""
    assert readings["telephony.busy_hour"] == 1.0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_as_a_service_it_answers_the_one_question(exchange: Exchange, tmp_path: Path, transport: str) -> None:
    """OPTIONS of a stranger, from an office or a home: a code, nothing lost, and no call, log-in or retry follows."""
    out = tmp_path / "home.json"
    ended = run(tmp_path, "probe", "sip", f"{transport}://{SERVER}:{PORT}", "--questions", 4, "--json", "--out", out)
    assert ended.code == 0, ended
    row = ended.json["service"]
    assert row["state"] == "answers"
    assert row["code"] in (200, 401, 404)
    assert (row["asked"], row["answered"], row["loss_percent"]) == (4, 4, 0)
    assert row["alg"] is False
    assert 0 <= row["rtt_ms"] <= row["rtt_p95_ms"] < 500
    assert out.read_text().strip() == ended.out.strip()
    assert "3 of 40 max active calls" in exchange.say("core show channels count")


def test_nothing_of_people_is_stored(folder: tuple[Path, str], told: dict[str, Any]) -> None:
    """The audit, its report, its PDF, its store and its logs hold no number, name, secret or PIN."""
    place, home = folder[0], folder[0] / "home"
    ended = run(place, "audit", "site.toml", "--accept-new", "--window", 3, "--json", "--out", place / "first")
    assert ended.code == 0, ended
    _clean(ended.out + ended.err, "audit --json")
    ended = run(place, "report", "latest", "--format", "pdf,json,html,xlsx,csv", "--out", place / "second")
    assert ended.code == 0, ended
    written = [path for name in ("first", "second") for path in (place / name).rglob("*") if path.is_file()]
    assert {".pdf", ".json", ".html", ".xlsx", ".csv"} <= {path.suffix for path in written}
    for path in written:
        _clean(_read(path), path.name)
    stored = 0
    for path in (path for path in home.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        _clean(raw.decode("latin-1"), path.name)
        if raw.startswith(b"SQLite format 3"):
            for text in _texts(path):
                _clean(text, path.name)
                stored += "Yealink" in text
    assert stored, "the answers of the exchange are kept as evidence, without what was planted"


def _read(path: Path) -> str:
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode(errors="replace") for name in book.namelist())
    if path.suffix != ".pdf":
        return path.read_text(errors="replace")
    assert shutil.which("pdftotext")
    return subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, encoding="utf-8").stdout


def _texts(path: Path) -> Iterator[str]:
    """Every text of a store, unpacked."""
    with sqlite3.connect(path) as base:
        tables = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            assert re.fullmatch(r"\w+", table)
            for row in base.execute(f"SELECT * FROM {table}"):
                for cell in row:
                    yield _unpacked(cell) if isinstance(cell, bytes) else str(cell)


def _unpacked(cell: bytes) -> str:
    try:
        return zlib.decompress(cell).decode(errors="replace")
    except zlib.error:
        return cell.decode("latin-1")


def test_nothing_was_written_to_the_exchange(exchange: Exchange, told: dict[str, Any]) -> None:
    """Reading changed no file of its configuration and left the calls up."""
    assert "3 of 40 max active calls" in exchange.say("core show channels count")
    written = (exchange.place / "etc/asterisk/pjsip.conf").stat().st_mtime
    assert written < (exchange.folder / "asterisk.log").stat().st_mtime
