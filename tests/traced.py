"""A command of the product under strace, its sub-processes too: what it wrote, and which programs it started."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CALLS: Final = (
    "open openat openat2 creat mkdir mkdirat mknod mknodat rename renameat renameat2 unlink unlinkat rmdir link linkat "
    "symlink symlinkat truncate chmod fchmodat chown lchown fchownat utimensat setxattr mount execve"
)
"""Every call that names a file and may make, change or remove it, and the one that starts another program."""
_WRITES: Final = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
_PATH: Final = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Traced:
    """What a command and all that it started wrote, and the programs that ran; paths are absolute."""

    writes: frozenset[Path]
    programs: tuple[str, ...]
    processes: int
    """How many processes and threads were watched."""

    def written_outside(self, places: Iterable[Path]) -> set[Path]:
        allowed = [place.resolve() for place in places]
        return {path for path in self.writes if not any(path.is_relative_to(place) for place in allowed)}


def strace(folder: Path) -> list[str]:
    """The words to put before a command; one file for each process and thread goes into the folder."""
    folder.mkdir()
    watched = f"trace={','.join(CALLS.split())}"
    return ["strace", "-ff", "-y", "-qq", "--seccomp-bpf", "-e", watched, "-e", "signal=none", "-o", str(folder / "t")]


def traced(folder: Path, cwd: Path) -> Traced:
    """What the files of strace hold; a call that failed wrote nothing."""
    writes, programs = set[Path](), []
    files = sorted(folder.glob("t.*"))
    for path in files:
        for line in path.read_text(errors="replace").splitlines():
            call, _, rest = line.partition("(")
            if re.search(r"\) += -1 E\w+", rest):
                continue
            if call == "execve":
                programs.append(next((name for _, name in _PATH.findall(rest)), ""))
            elif not call.startswith("open") or _WRITES.search(rest):
                writes |= {(cwd / place).resolve() for place in _places(rest)}
    return Traced(frozenset(writes), tuple(programs), len(files))


def _places(arguments: str) -> Iterator[Path]:
    for base, name in _PATH.findall(arguments):
        yield Path(base, name) if base else Path(name)
