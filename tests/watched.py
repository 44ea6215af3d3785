"""A command of the product under watch: what it writes, where it connects, what the process list shows of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.commands import ENGLISH

LIMIT_S: Final = 120
HOOK: Final = r"""
import json, os, sys
fd, wanted = int(sys.argv.pop(1)), os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
paths = {"os." + name for name in "mkdir remove rename rmdir link symlink truncate chmod utime".split()}

def said(kind, *what):
    os.write(fd, json.dumps([kind, *map(str, what)]).encode() + b"\n")

def hook(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & wanted and not isinstance(args[0], int):
        said("write", os.fsdecode(args[0]))
    elif event in paths:
        for path in args[:2] if event in ("os.rename", "os.link", "os.symlink") else args[:1]:
            if isinstance(path, (str, bytes, os.PathLike)):
                said("write", os.fsdecode(path))
    elif event == "sqlite3.connect":
        said("write", os.fsdecode(args[0]))
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        said("address", args[1][0])
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        said("starts", args[0])

sys.addaudithook(hook)
from auditor.cli import main
main()
"""


@dataclass
class Watched:
    """What a command did; paths are absolute."""

    code: int = 0
    out: str = ""
    err: str = ""
    writes: set[Path] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    core_limit: str = ""

    def written_outside(self, places: Iterable[Path]) -> set[Path]:
        allowed = [place.resolve() for place in places]
        return {path for path in self.writes if not any(path.is_relative_to(place) for place in allowed)}


def watched(*words: object, environment: Mapping[str, str], cwd: Path) -> Watched:
    """Run `auditor …` to its end, under an audit hook (PEP 578) that sees each file, address and process it wants."""
    seen, (reading, writing) = Watched(), os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", HOOK, str(writing), *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, **ENGLISH, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        pass_fds=(writing,),
    ) as running:
        os.close(writing)
        told = threading.Thread(target=_listen, args=(reading, running.pid, cwd, seen))
        told.start()
        try:
            seen.out, seen.err = running.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            running.kill()
            raise
        finally:
            told.join(LIMIT_S)
    seen.code = running.returncode
    return seen


def _listen(reading: int, pid: int, cwd: Path, seen: Watched) -> None:
    """Each line the hook says; with each, what anybody on the machine can see of the process."""
    with os.fdopen(reading, encoding="utf-8") as lines:
        for line in lines:
            kind, *what = json.loads(line)
            if kind == "write":
                seen.writes.add((cwd / what[0]).resolve())
            elif kind == "address":
                seen.addresses.add(what[0])
            else:
                seen.starts.add(what[0])
            _look(pid, seen)


def _look(pid: int, seen: Watched) -> None:
    try:
        seen.listed.add(Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace"))
        limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    except OSError:
        return  # it has ended
    core = next((line.split()[4] for line in limits if line.startswith("Max core file size")), "")
    seen.core_limit = core or seen.core_limit
