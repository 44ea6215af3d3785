"""A program that is killed while it saves: `python -m tests.killed ROUNDS SEED FOLDER`; says what it found.

One process imports the product once, then forks a writer for each round, kills it with SIGKILL at a random instant,
opens the file and looks. Exit 1 with a line for anything that is half.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from auditor.model import Audit
from auditor.reports.export import audit_json
from auditor.store import Store
from auditor.wording import texts
from tests.worked_audit import worked_audit

RESULT = audit_json(worked_audit(), texts("en"))
AT = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.UTC)


def write_for_ever(path: Path, audit: Audit, told: int) -> None:
    """Audits one after the other; the id of each is told once it is finished."""
    while True:
        os.write(told, f"{write(path, audit)}\n".encode())


def write(path: Path, audit: Audit) -> str:
    """Open the history, save one audit as a visit does, and close it."""
    with Store(path, "Atelier SA") as store:
        id = store.begin(audit.site, "[site]", AT, "0.1.0")
        for device in audit.devices:
            store.save_device(id, device)
        store.finish(replace(audit, id=id), RESULT | {"record": RESULT["record"] | {"id": id}})
    return id


def killed(path: Path, audit: Audit, wait_s: float) -> list[str]:
    """Fork a writer, kill it after so long; the ids it said it had finished."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write_for_ever(path, audit, writing)
        finally:
            os._exit(1)
    os.close(writing)
    time.sleep(wait_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    said = b""
    while select.select([reading], [], [], 1)[0] and (part := os.read(reading, 65536)):
        said += part
    os.close(reading)
    if not os.WIFSIGNALED(status):
        raise SystemExit("the writer ended by itself")
    return said.decode().split()


def faults(path: Path, audit: Audit, finished: list[str]) -> tuple[list[str], int, int]:
    """What is half; how many audits are whole, how many can be resumed."""
    found, whole, resumable = [], 0, 0
    names = {device.name: device for device in audit.devices}
    with Store(path) as store:
        if store.damage is not None:
            found.append(f"damaged: {store.damage.values}")
        rows = {row.id: row.status for row in store.history()}
        found += [f"{id} was finished and is {rows.get(id)}" for id in finished if rows.get(id) != "done"]
        for id, status in rows.items():
            if status == "done" and id not in finished:  # it was there before, or was finished and not yet told
                whole += 1
                found += [] if store.published(id).startswith('{"schema"') else [f"{id}: done and not whole"]
                continue
            devices = store.devices(id)
            if any(names[device.name] != device for device in devices):
                found.append(f"{id}: a device is half")
            if status == "done":
                whole += 1
                if len(devices) != len(names) or store.load(id).devices != audit.devices:
                    found.append(f"{id}: done and not whole")
            else:
                resumable += 1
    return found, whole, resumable


def seconds(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def main(rounds: int, seed: int, folder: Path) -> int:
    chance, audit = random.Random(seed), worked_audit()
    path, first = folder / "history.sqlite", folder.with_name("first.sqlite")
    write(first, audit)
    longest = 4 * max(seconds(lambda: write(first, audit)) for _ in range(3))
    empty, whole, interrupted = 0, 0, 0
    for number in range(rounds):
        shutil.rmtree(folder, ignore_errors=True)
        finished = []
        if number % 4:  # the others begin with the file itself
            folder.mkdir()
            shutil.copy(first, path)
        finished += killed(path, audit, chance.uniform(0, longest))
        if not path.exists():
            empty += 1
            continue
        found, done, resumable = faults(path, audit, finished)
        if number % 4 and done < 2:
            found.append(f"of two audits that were there, {done} are left")
        if found:
            print("\n".join(found))  # noqa: T201
            return 1
        whole += len(finished)
        interrupted += resumable
    print(f"rounds {rounds}, before a file {empty}, finished {whole}, interrupted {interrupted}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
