"""The life of the laboratory site: one process that holds everything, so that ending it leaves nothing behind.

The keeper is the first process of a PID namespace with mounts of its own. All daemons, network namespaces, cables,
mounts and the account of the site exist only inside; when the keeper is killed, by whatever, the kernel takes them all.
What remains outside is one folder, which `down` removes, and which the next `up` clears where it was never finished.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

STATE: Final = Path(os.environ.get("AUDITOR_LAB_STATE", "/var/lib/auditor-lab"))
"""Where `up` notes what runs; sshd wants every folder above the exchange to be root's alone."""
INSIDE: Final = Path("/mnt/lab")
"""The work folder of the site, in memory, seen by the site alone."""
PROJECT: Final = Path(__file__).resolve().parents[2]
LIMIT_S: Final = 900
"""Until the site is up, the exchange installed; with one that is ready it takes about twenty seconds."""


class Failed(Exception):
    """The site did not come up; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Lab:
    """A site that is up."""

    state: Path
    first: int
    """Its first process, as the machine numbers it."""

    def inside(self, *words: str) -> list[str]:
        """A command line that runs among the processes of the site, with its mounts."""
        return ["nsenter", "-t", str(self.first), "-m", "-p", "--", *words]

    def at_desk(self, *words: str) -> list[str]:
        """A command line that runs in the network of the auditor's desk, and is of this machine in all else."""
        return ["nsenter", f"--net=/proc/{self.first}/root/run/netns/laba1", "--", *words]

    def ask(self, module: str, *words: str) -> Any:
        """What a module of this folder prints about the site, as JSON."""
        done = subprocess.run(
            self.inside(sys.executable, "-m", module, *words), cwd=PROJECT, capture_output=True, encoding="utf-8",
            check=False, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise Failed(f"{module}: {done.stderr[-1500:]}")
        return json.loads(done.stdout)


def up(state: Path = STATE, exchange: Path | None = None) -> Lab:
    """Bring the site up; `exchange` is the root of an Asterisk that is ready. Raises Failed, with nothing left."""
    with _alone(state):
        if running(state) is not None and (state / "ready").exists():
            raise Failed(f"the site is up already ({state}); take it down first")
        _clear(state)
        words = [sys.executable, "-m", "tests.lab.site", str(state), str(exchange or "")]
        script = 'echo $$ > "$0/pid"; exec unshare --mount --pid --fork --kill-child --mount-proc -- "$@"'
        with (state / "log").open("wb") as log:
            subprocess.run(
                ["setsid", "--fork", "sh", "-c", script, str(state), *words], check=True, cwd=PROJECT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "MIBS": "", "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip
        try:
            return _ready(state)
        except BaseException:
            _clear(state)
            raise


def _ready(state: Path) -> Lab:
    ends = time.monotonic() + LIMIT_S
    while time.monotonic() < ends:
        if (state / "pid").exists() and not _keeper(state):
            raise Failed((state / "log").read_text(errors="replace")[-3000:].strip() or "it ended at once")
        if (state / "ready").exists() and (lab := running(state)):
            return lab
        time.sleep(0.2)
    raise Failed(f"it was not up within {LIMIT_S} s")


def down(state: Path = STATE) -> bool:
    """Take the site down and remove what it left; False where there was none."""
    if not state.exists():
        return False
    with _alone(state):
        _clear(state)
    shutil.rmtree(state, ignore_errors=True)
    return True


def running(state: Path = STATE) -> Lab | None:
    """The site that runs, finished or not."""
    pid = _keeper(state)
    children = _children(pid) if pid else []
    return Lab(state, children[0]) if children else None


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """One `up` or `down` of a folder at a time; a killed one holds nothing."""
    state.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed(f"another command is bringing {state} up or down") from None
        yield


def _clear(state: Path) -> None:
    """End the keeper, and with it all it holds, and empty the folder."""
    if pid := _keeper(state):
        within = _children(pid)
        os.kill(pid, signal.SIGKILL)
        for one in (*within, pid):
            _gone(one)
    for path in state.iterdir():
        if path.name == "lock":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _keeper(state: Path) -> int:
    """The keeper's number, 0 where it does not run; another process that got its number since is not it."""
    try:
        pid = int((state / "pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return 0
    return pid if b"tests.lab.site" in words and os.fsencode(state) in words and _lives(pid) else 0


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _lives(pid: int) -> bool:
    """Ended processes that nobody has waited for do not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _gone(pid: int) -> None:
    """The first process of the site ends only when all the others have."""
    for _ in range(200):
        if not _lives(pid):
            return
        time.sleep(0.05)
    raise Failed(f"process {pid} does not end")


def programs(words: Sequence[str], path: str) -> list[str]:
    """Those of some programs that are not installed."""
    return [name for name in words if shutil.which(name, path=path) is None]
