"""A history survives what happens to files: kills, full disks, two programs at once, damage, deletion on purpose."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor import visit
from auditor.collectors.transport import Credential, Secret
from auditor.model import Edit, Supposition
from auditor.seats.usage import Count, Interval
from auditor.store import MIGRATIONS, Store, StoreError, checked, repaired
from tests.commands import auditor
from tests.test_store import AT, history, save
from tests.worked_audit import worked_audit

ROOT = Path(__file__).parents[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A history with three audits, a day apart."""
    with Store(history(tmp_path), "Atelier SA") as store:
        for day in range(3):
            save(store, worked_audit(), AT + dt.timedelta(days=day - 1000))
    return history(tmp_path)


# ---- tables and versions ----


def test_every_table_is_strict_and_the_log_is_written_ahead(path: Path) -> None:
    """A figure is never kept as a text by mistake, and a reader never waits for a writer."""
    with sqlite3.connect(path) as db:
        tables = db.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()
    strict = {name: flag for name, flag in tables if not name.startswith("sqlite_")}
    assert len(strict) >= 10
    assert set(strict.values()) == {1}


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_history_of_any_released_version_is_taken_over(tmp_path: Path, version: int) -> None:
    """What it holds stays, and what this version keeps can be kept in it."""
    path = history(tmp_path)
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    for script in MIGRATIONS[:version]:
        db.executescript(script)
    db.execute(f"PRAGMA user_version = {version}")
    body = zlib.compress(b"[site]")
    db.execute("INSERT INTO audit (id, site, at, status, site_text, version) VALUES ('a', 'Rennes', ?, 'done', ?, '0')",
               (AT.isoformat(), body))  # fmt: skip
    db.execute("INSERT INTO edit VALUES ('Rennes', 'VPN-002', 'owner', 'it', 'me', ?)", (AT.isoformat(),))
    if version > 1:
        db.execute("INSERT INTO supposition VALUES ('Rennes', 'more', '{\"x\": 1}', 'a', ?)", (AT.isoformat(),))
    db.commit()
    db.close()
    with Store(path, "Atelier SA") as store:
        assert [row.id for row in store.history()] == ["a"]
        assert store.site_text("a") == "[site]"
        assert [edit.value for edit in store.edits("Rennes")] == ["it"]
        assert len(store.suppositions("Rennes")) == (version > 1)
        assert save(store, worked_audit()) in [row.id for row in store.history()]
        store.samples.count("Rennes", Count(AT, 3))
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    db.close()


def test_two_programs_may_open_an_old_history_at_once(tmp_path: Path) -> None:
    """One of them brings it to this version, the other finds it there; ten times over."""
    for round in range(10):
        path = tmp_path / str(round) / "history.sqlite"
        wrong: list[BaseException] = []
        gate = threading.Barrier(3)

        def open_it(path: Path = path, gate: threading.Barrier = gate, wrong: list[BaseException] = wrong) -> None:
            gate.wait()
            try:
                Store(path, "Atelier SA").__exit__(None, None, None)
            except StoreError as error:
                wrong.append(error)

        threads = [threading.Thread(target=open_it) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong, wrong[0]


# ---- kills and full disks ----


@pytest.mark.slow
def test_a_kill_at_any_instant_leaves_nothing_half(tmp_path: Path) -> None:
    """SIGKILL at 200 random instants of saving: finished audits are whole, the interrupted one can be resumed."""
    command = [sys.executable, "-m", "tests.killed", "200", "11", str(tmp_path / "store")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.fullmatch(r"rounds 200, before a file (\d+), finished (\d+), interrupted (\d+)\n", done.stdout)
    assert said, done.stdout
    assert int(said[1]) < 50
    assert int(said[2]) > 10
    assert int(said[3]) > 40


def in_a_child(work: Callable[[], str]) -> str:
    """What a forked child says; it may ruin its own limits."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, work().encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as stream:
        return stream.read()


def test_a_full_disk_is_said_and_loses_nothing(path: Path) -> None:
    """The file may not grow: the audit is not saved, what was saved before is whole, and it works again afterwards."""
    limit = sum(one.stat().st_size for one in path.parent.iterdir()) + 20_000

    def work() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        ids = []
        try:
            with Store(path) as store:
                for day in range(3, 40):
                    ids.append(save(store, worked_audit(), AT + dt.timedelta(days=day)))
        except StoreError as error:
            return f"{error.message.id} {len(ids)}"
        return "written"

    said, _, count = in_a_child(work).partition(" ")
    assert said == "store.not_saved"
    with Store(path) as store:
        assert store.damage is None
        done = [row.id for row in store.history() if row.status == "done"]
        assert len(done) == 3 + int(count)
        assert all(len(store.load(id).devices) == 4 for id in done)
        save(store, worked_audit(), AT + dt.timedelta(days=99))
    assert checked(path) == ()


def test_a_full_disk_costs_an_audit_its_saving_and_nothing_else(path: Path) -> None:
    """The history cannot grow while a site is audited: the audit ends, says why it is not saved, and is not in it."""
    site = replace(worked_audit().site, targets=())
    home = path.parents[2]
    limit = 33_000  # enough for the index of the log (32 kB) and for opening the audit, not for its result

    def work() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        one = visit.Visit(visit.Place.of(home, site), site, "[site]", lambda name, target: Credential(Secret("x")))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            result = one.run(decide=lambda device, print_: False, emit=lambda event: None, window=3)
        except StoreError as error:
            return f"begin {error.message.id}"
        return f"{result.headline.headcount} {one.unsaved.message.id if one.unsaved else 'saved'}"

    assert in_a_child(work) == "120 store.not_saved"
    with Store(path) as store:
        assert store.damage is None
        assert [row.status for row in store.history()].count("done") == 3


def test_a_history_that_somebody_holds_is_said(path: Path) -> None:
    """A writer that never lets go: one clear line instead of a wait without an end."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Store(path, wait_s=0.1) as store, pytest.raises(StoreError) as caught:
        store.decide("Rennes", [Edit("VPN-002", "owner", "it", "me", AT)])
    assert caught.value.message.id == "store.not_saved"
    other.close()


# ---- damage ----


def damage(path: Path, seed: int, pages: int = 1) -> None:
    """Write noise over whole pages of a history; never the first, which holds the schema."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    chance = random.Random(seed)
    body = bytearray(path.read_bytes())
    for _ in range(pages):
        at = size * chance.randrange(1, len(body) // size)
        body[at : at + size] = chance.randbytes(size)
    path.write_bytes(bytes(body))


def test_of_a_damaged_file_what_can_be_read_is_read(path: Path, tmp_path: Path) -> None:
    """A page of noise anywhere: no traceback, the rest is there, what is gone is named, and nothing is written."""
    with Store(path) as store:
        whole = {row.id: store.published(row.id) for row in store.history()}
    damaged = 0
    for seed in range(12):
        other = tmp_path / str(seed) / "history.sqlite"
        shutil.copytree(path.parent, other.parent)
        damage(other, seed)
        damaged += _told(other, whole)
    assert damaged > 5


def _told(path: Path, whole: dict[str, str]) -> bool:
    """Whether SQLite sees the damage of a file; what is kept of it is right, and what is not kept is named."""
    lost = checked(path)
    with Store(path) as store:
        if store.damage is None:  # the noise fell on an answer's text, or on nothing at all
            return False
        assert lost
        assert store.lost == lost
        kept = {row.id for row in store.history()}
        named = " ".join(str(dict(message.values)) for message in lost)
        for id, text in whole.items():
            assert id in kept or id in named or "store.lost_rows" in {message.id for message in lost}
            assert id not in kept or id in named or store.published(id) == text
        before = path.read_bytes()
        with pytest.raises(StoreError) as caught:
            store.decide("Rennes", [Edit("VPN-002", "owner", "it", "me", AT)])
        assert caught.value.message.id == "store.damaged_file"
        assert path.read_bytes() == before
    return True


def test_a_damaged_file_is_repaired_beside_itself(tmp_path: Path) -> None:
    """What can be read moves into a sound file, which is written to again; the damaged one stays."""
    for seed in range(40):
        path = history(tmp_path / str(seed))
        with Store(path, "Atelier SA") as store:
            for day in range(3):
                save(store, worked_audit(), AT + dt.timedelta(days=day))
            key = store.pseudonym_key
        damage(path, seed)
        with Store(path) as store:
            if store.damage is not None and store.history() and store.pseudonym_key == key:
                break
    before = path.read_bytes()
    kept, lost = repaired(path, "now")
    assert lost
    assert kept.read_bytes() == before
    with Store(path) as store:
        assert store.damage is None
        assert store.pseudonym_key == key
        assert save(store, worked_audit(), AT + dt.timedelta(days=9)) in {row.id for row in store.history()}
        store.forget([])
    assert not kept.exists(), "a deletion takes the damaged copy away as well"


def test_the_commands_tell_of_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`history` lists what is left and names the rest on stderr; --check exits 1, --repair makes it sound."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path))
    path = history(tmp_path)
    with Store(path, "Atelier SA") as store:
        id = save(store, worked_audit())
    assert auditor("history", "--check").code == 0
    db = sqlite3.connect(path)
    db.execute("UPDATE evidence SET body = x'00'")
    db.commit()
    db.close()
    ended = auditor("history", "--check")
    assert ended.code == 1
    assert "answers of fw-rennes" in ended.out
    assert auditor("report", id, "--format", "json", "--out", tmp_path / "out").code == 0
    path.write_bytes(b"\0" * 5000)
    (path.parent / "history.sqlite-wal").unlink(missing_ok=True)
    ended = auditor("history")
    assert ended.code == 0
    assert "cannot be used" in ended.err


# ---- deletion ----


def octets(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_what_is_deleted_is_gone_from_the_disk(path: Path) -> None:
    """Neither its id, nor its results, nor its answers are in any file any more; the other audits are whole."""
    with Store(path, "Atelier SA") as store:
        ids = [row.id for row in store.history()]
        other = worked_audit()
        device = other.devices[0]
        line = device.evidence[0]
        secret = os.urandom(3000).hex()
        marked = replace(line, text=secret, sha256=hashlib.sha256(secret.encode()).hexdigest())
        gone = save(store, replace(other, devices=(replace(device, evidence=(marked,)), *other.devices[1:])),
                    AT + dt.timedelta(days=50))  # fmt: skip
        store.suppose("Rennes", Supposition("more", {"vpn.sessions.licensed": 250}, gone, AT))
    db = sqlite3.connect(path)
    bodies = [
        db.execute("SELECT result FROM audit WHERE id = ?", (gone,)).fetchone()[0],
        db.execute("SELECT body FROM evidence WHERE sha256 = ?", (marked.sha256,)).fetchone()[0],
    ]
    others = b"".join(row[0] for row in db.execute("SELECT result FROM audit WHERE id <> ?", (gone,)))
    db.close()
    pieces = [body[at : at + 24] for body in bodies for at in range(100, len(body) - 24, 100)]
    marks = [gone.encode(), *(piece for piece in pieces if piece not in others)]
    assert len(marks) > 20
    assert sum(mark in octets(path.parent) for mark in marks) > len(marks) / 2
    with Store(path) as store:
        store.forget([gone])
        assert [row.id for row in store.history()] == ids
        assert all(store.load(id).devices == other.devices for id in ids)
    assert not [mark for mark in marks if mark in octets(path.parent)]


def test_all_that_is_kept_of_a_site_can_be_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Audits, judgements, what-ifs and samples; those of another site of the client stay."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path))
    path, name = history(tmp_path), worked_audit().site.name
    with Store(path, "Atelier SA") as store:
        id = save(store, worked_audit())
        for site in (name, "Lyon"):
            store.decide(site, [Edit("VPN-002", "owner", "Ms Unique", "me", AT)])
            store.suppose(site, Supposition("more", {"vpn.sessions.licensed": 250}, id if site == name else "x", AT))
            store.samples.add(site, "main", [Interval(AT, AT + dt.timedelta(minutes=1), 1, 2, "graphs")])
    assert "--yes" in auditor("history", name, "--everything").err
    ended = auditor("history", name, "--everything", "--yes")
    assert ended.code == 0, ended
    with Store(path) as store:
        assert store.history() == ()
        assert store.edits(name) == ()
        assert store.suppositions(name) == ()
        assert store.samples.usage(name) == {}
        assert len(store.edits("Lyon")) == len(store.suppositions("Lyon")) == len(store.samples.usage("Lyon")) == 1
    assert name.encode() not in octets(path.parent)


def test_retention_keeps_the_newest(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--keep N of each site; --older-than DAYS; an id; nothing without a yes."""
    monkeypatch.setenv("AUDITOR_HOME", str(path.parents[2]))
    with Store(path) as store:
        newest, *older = (row.id for row in store.history())
    assert auditor("history", "--keep", "1").code == 2
    assert auditor("history", "--keep", "2", "--yes").code == 0
    assert auditor("history", "--delete", "nothing", "--yes").code == 2
    with Store(path) as store:
        assert [row.id for row in store.history()] == [newest, older[0]]
    assert auditor("history", "--delete", older[0], "--yes").code == 0
    assert "Nothing to delete" in auditor("history", "--older-than", "36500", "--yes").out
    assert auditor("history", "--older-than", "0", "--yes").code == 0
    told = auditor("history", "--json").json
    assert told == {"schema": "auditor/history/1", "audits": []}


def test_a_trend_says_how_people_and_score_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oldest first, each against the one before; where the catalogue changed in between, that is said."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path))
    first = worked_audit()
    later = replace(first, headline=replace(first.headline, seats=62), catalogue="2027.02")
    with Store(history(tmp_path), "Atelier SA") as store:
        save(store, first)
        save(store, first, AT + dt.timedelta(days=40))
        save(store, later, AT + dt.timedelta(days=90))
    lines = auditor("history", first.site.name, "--trend").out.splitlines()
    assert lines[0] == "Atelier SA · Atelier Rennes"
    assert " 15 / 110" in lines[1]
    assert "15 (+0) / 110" in lines[2]
    assert "catalogue 2027.02" in lines[3]
    assert "62 (+47) / 110" in lines[4]
    assert len(lines) == 5
