"""Save an audit of 200 devices with 20 MB of evidence, and compare two: beside plain sqlite3 on the same machine.

The same run, the same rows and the same compression (zlib): the product against one transaction of plain sqlite3, the
evidence on the disk against its raw size, and what changed in 5,000 results against the SQL join alone.
Prints the best of some rounds, taken in turn, as what else the machine does only adds; `python -m benchmarks.store
[ROUNDS]`; exits with 1 where a limit is missed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import sqlite3
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from auditor import facts
from auditor.codec import to_plain
from auditor.compare import changes
from auditor.model import Audit, Device, Evidence, Finding, Outcome, Reading, Severity
from auditor.reports.export import audit_json
from auditor.site import Role
from auditor.store import Store
from auditor.values import Message
from auditor.wording import texts
from tests.worked_audit import worked_audit

DEVICES, FACTS, EVIDENCE_MB = 200, 5_000, 20
SAVE, COMPRESSED, COMPARE = 1.3, 1 / 5, 2.0
AT = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.UTC)
KEYS = (
    facts.IDENTITY_MODEL, facts.IDENTITY_OS_VERSION, facts.IDENTITY_SERIAL, facts.IDENTITY_NAME, facts.IDENTITY_VENDOR,
)  # fmt: skip


def answer(chance: random.Random, size: int) -> str:
    """An answer as devices give them: lines of a walk and of a configuration, figures that differ."""
    lines, length = [], 0
    while length < size:
        index = chance.randrange(1, 2000)
        line = chance.choice((
            f"1.3.6.1.2.1.31.1.1.1.6.{index}|2|{chance.randrange(2**44)}",
            f"1.3.6.1.2.1.2.2.1.2.{index}|4|GigabitEthernet0/{index % 48}",
            f"access-list OUTSIDE-IN extended permit tcp any host 10.20.{index % 250}.{index % 99} eq {index}",
            f"interface GigabitEthernet0/{index % 48}\n description LAN {index}\n ip address 10.1.{index % 99}.1",
            f"2026-11-24 10:{index % 60:02}:12 %ASA-6-302013: Built inbound TCP connection {chance.randrange(2**31)}",
        ))  # fmt: skip
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines)


def devices() -> tuple[Device, ...]:
    """200 devices with 25 facts each, and ten answers of about 10 kB each."""
    chance = random.Random(3)
    size = EVIDENCE_MB * 1_000_000 // DEVICES // 10
    return tuple(device(f"device-{n:03}", chance, size) for n in range(DEVICES))


def device(name: str, chance: random.Random, size: int) -> Device:
    told = [answer(chance, size) for _ in range(10)]
    evidence = tuple(
        Evidence(name, "ssh", f"show {n}", AT, 0.1, len(text), hashlib.sha256(text.encode()).hexdigest(), text)
        for n, text in enumerate(told)
    )
    readings = tuple(
        Reading(KEYS[n % len(KEYS)], f"{name} {n} {chance.random()}", name, AT, (f"show {n % 10}",))
        for n in range(FACTS // DEVICES)
    )
    return Device(name, Role.ROUTER, "192.0.2.1", "cisco_ios", readings=readings, evidence=evidence)


# ---- saving ----


def ours(folder: Path, audit: Audit, result: dict[str, object]) -> Path:
    """Through the store, as a visit does: a transaction for each device and one that closes the audit."""
    path = folder / "ours" / "history.sqlite"
    with Store(path, "Atelier SA") as store:
        id = store.begin(audit.site, "[site]", AT, "0.1.0")
        for one in audit.devices:
            store.save_device(id, one)
        store.finish(replace(audit, id=id), result)
    return path


def plain(folder: Path, audit: Audit, result: dict[str, object]) -> Path:
    """The same rows and blobs in plain sqlite3, in one transaction."""
    path = folder / "plain.sqlite"
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("""
        PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        CREATE TABLE audit (id TEXT PRIMARY KEY, result BLOB) STRICT, WITHOUT ROWID;
        CREATE TABLE evidence (sha256 TEXT PRIMARY KEY, body BLOB) STRICT, WITHOUT ROWID;
        CREATE TABLE device (audit TEXT, name TEXT, body BLOB, PRIMARY KEY (audit, name)) STRICT, WITHOUT ROWID;
        CREATE TABLE asked (audit TEXT, device TEXT, position INTEGER, method TEXT, request TEXT, at TEXT, seconds REAL,
            size INTEGER, sha256 TEXT, PRIMARY KEY (audit, device, position)) STRICT, WITHOUT ROWID;
        BEGIN;
    """)
    for one in audit.devices:
        body = json.dumps(to_plain(replace(one, evidence=()), exact=True), ensure_ascii=False).encode()
        db.execute("INSERT INTO device VALUES ('a', ?, ?)", (one.name, zlib.compress(body)))
        db.executemany("INSERT OR IGNORE INTO evidence VALUES (?, ?)",
                       [(line.sha256, zlib.compress(line.text.encode())) for line in one.evidence])  # fmt: skip
        db.executemany("INSERT INTO asked VALUES ('a', ?, ?, ?, ?, ?, ?, ?, ?)",
                       [(one.name, n, e.method, e.request, e.at.isoformat(), e.seconds, e.size, e.sha256)
                        for n, e in enumerate(one.evidence)])  # fmt: skip
    db.execute("INSERT INTO audit VALUES ('a', ?)", (zlib.compress(json.dumps(result, ensure_ascii=False).encode()),))
    db.execute("COMMIT")
    db.close()
    return path


def kept(path: Path) -> tuple[int, int]:
    """Octets of the answers in a history, and raw."""
    db = sqlite3.connect(path)
    (small,) = db.execute("SELECT sum(length(body)) FROM evidence").fetchone()
    (raw,) = db.execute("SELECT sum(size) FROM asked").fetchone()
    db.close()
    return small, raw


# ---- comparing ----


def two(folder: Path) -> Path:
    """5,000 results of checks at two dates in one table, for the join; one in five is another at the second."""
    path, chance = folder / "two.sqlite", random.Random(5)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE finding (audit INTEGER, id TEXT, revision INTEGER, outcome TEXT, PRIMARY KEY (audit, id))"
               " WITHOUT ROWID")  # fmt: skip
    words = ("pass", "warn", "fail", "not_measured")
    first = [(f"{n:05}", 1, chance.choice(words)) for n in range(FACTS)]
    later = [(id, 1, outcome if chance.random() < 0.8 else chance.choice(words)) for id, _, outcome in first]
    rows = [(audit, *row) for audit, table in ((1, first), (2, later)) for row in table]
    db.executemany("INSERT INTO finding VALUES (?, ?, ?, ?)", rows)
    db.commit()
    db.close()
    return path


JOIN = """SELECT b.id, b.outcome, a.outcome FROM finding b JOIN finding a ON a.id = b.id AND a.audit = 2
          WHERE b.audit = 1"""


def findings(db: sqlite3.Connection, audit: int) -> list[Finding]:
    """The same rows as the records that audits hold."""
    rows = db.execute("SELECT id, revision, outcome FROM finding WHERE audit = ?", (audit,))
    return [
        Finding(id, revision, "LNK", Outcome(outcome), Severity.HIGH, Message(id), weight=6)
        for id, revision, outcome in rows
    ]


def best(rounds: int, *works: Callable[[], object]) -> list[float]:
    """The shortest time of each, in rounds that take turns."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, taken, strict=True):
            begun = time.perf_counter()
            work()
            times.append(time.perf_counter() - begun)
    return [min(times) for times in taken]


def saving(rounds: int) -> tuple[float, float, float]:
    """Seconds of ours, of plain sqlite3, and the share of the raw evidence that is kept; the two alternate."""
    audit = replace(worked_audit(), devices=devices())
    result = audit_json(audit, texts("en"))
    taken: dict[str, list[float]] = {"ours": [], "plain": []}
    share = 0.0
    for _ in range(rounds):
        for name, work in (("plain", plain), ("ours", ours)):
            with tempfile.TemporaryDirectory() as folder:
                begun = time.perf_counter()
                path = work(Path(folder), audit, result)
                taken[name].append(time.perf_counter() - begun)
                small, raw = kept(path)
                share = small / raw
    return min(taken["ours"]), min(taken["plain"]), share


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    mine, theirs, share = saving(rounds)
    print(f"save {DEVICES} devices, {FACTS} facts, {EVIDENCE_MB} MB: ours {mine:.2f} s, plain sqlite3 {theirs:.2f} s,"
          f" ratio {mine / theirs:.2f} (limit {SAVE})")  # fmt: skip
    print(f"evidence kept: {share:.3f} of raw (limit {COMPRESSED})")
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(two(Path(folder)))
        before, after = findings(db, 1), findings(db, 2)
        rows = len(db.execute(JOIN).fetchall())
        assert rows == len(changes(before, after)) == FACTS
        join, memory = best(30, lambda: db.execute(JOIN).fetchall(), lambda: changes(before, after))
        db.close()
    ratio = memory / join
    print(f"compare {FACTS} results: ours {memory * 1000:.1f} ms, SQL join {join * 1000:.1f} ms, ratio {ratio:.2f}"
          f" (limit {COMPARE})")  # fmt: skip
    return 0 if mine / theirs <= SAVE and share <= COMPRESSED and ratio <= COMPARE else 1


if __name__ == "__main__":
    sys.exit(main())
