"""`python -m tests.fuzz` lists the targets; `python -m tests.fuzz TARGET [SECONDS] [FILE…]` feeds one, or files alone.

With atheris (`pip install atheris`) libFuzzer guides what is tried; without it the seeds are damaged at random. Either
ends with the octets that made a parser raise what it does not declare, written to `crash-…` in the current folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import os
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Final

SLOW_S: Final = 5.0
"""One input that takes longer is reported like an error: nobody waits so long for a file of this size."""
MEMORY_MB: Final = 1500


def _atheris() -> ModuleType | None:
    if importlib.util.find_spec("atheris") is None:
        return None
    return importlib.import_module("atheris")


def main(words: list[str]) -> int:
    """The exit code: 0 where nothing was found, 1 where something was."""
    guide = _atheris() if len(words) < 3 else None
    with guide.instrument_imports(include=["auditor"]) if guide and words else contextlib.nullcontext():
        from tests.fuzz.targets import TARGETS

    if not words or words[0] not in TARGETS:
        print("\n".join(TARGETS))  # noqa: T201 - it is a command
        return 0 if not words else 2
    target, seconds = TARGETS[words[0]], float(words[1]) if len(words) > 1 else 60.0
    if files := words[2:]:
        for file in files:
            target(Path(file).read_bytes())
        return 0
    seeds = list(target.seeds()) or [b""]
    if guide is not None:
        return _guided(guide, words[0], seeds, seconds)
    return _at_random(words[0], seeds, seconds)


def _guided(guide: ModuleType, name: str, seeds: list[bytes], seconds: float) -> int:
    from tests.fuzz.targets import TARGETS

    with tempfile.TemporaryDirectory(prefix="auditor-corpus-") as corpus:
        for number, seed in enumerate(seeds):
            (Path(corpus) / str(number)).write_bytes(seed[:8000])
        options = [
            "fuzz", corpus, f"-max_total_time={seconds:.0f}", f"-timeout={SLOW_S:.0f}", f"-rss_limit_mb={MEMORY_MB}",
            "-max_len=8192", "-print_final_stats=0", "-verbosity=1", f"-artifact_prefix=crash-{name}-",
        ]  # fmt: skip
        child = os.fork()  # libFuzzer ends its process itself, and would leave the folder behind
        if not child:
            guide.Setup(options, TARGETS[name])
            guide.Fuzz()
            os._exit(0)
        return int(os.waitpid(child, 0)[1] != 0)


def _at_random(name: str, seeds: list[bytes], seconds: float) -> int:
    from tests.fuzz.mutation import damaged
    from tests.fuzz.targets import TARGETS

    chance, ends, tried = random.Random(), time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        octets = damaged(chance.choice(seeds), chance, seeds)
        began = time.monotonic()
        try:
            TARGETS[name](octets)
        except Exception:
            traceback.print_exc()
            return _kept(name, octets)
        if time.monotonic() - began > SLOW_S:
            return _kept(name, octets)
        tried += 1
    print(f"{name}: {tried} inputs, nothing found")  # noqa: T201
    return 0


def _kept(name: str, octets: bytes) -> int:
    path = Path(f"crash-{name}-{hashlib.sha256(octets).hexdigest()[:12]}")
    path.write_bytes(octets)
    print(path)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
