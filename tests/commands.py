"""The command line as a user runs it: inside this process for speed, or as a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from auditor.cli import cli

ENGLISH = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


class Ended:
    """How a command ended: exit code, and what it said on either stream."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.out[-2000:]}\n--- stderr\n{self.err[-2000:]}"

    @property
    def json(self) -> Any:
        """Standard output as JSON; nothing else may stand there."""
        return json.loads(self.out)

    def fault(self) -> str:
        """The one line a wrong usage or unreadable input gives: exit 2, nothing on stdout, no traceback."""
        assert self.code == 2, self
        assert not self.out, self
        lines = self.err.splitlines()
        assert len(lines) == 1, self
        assert lines[0].startswith("auditor: "), self
        return lines[0]


def auditor(*words: object, language: str = "") -> Ended:
    """Run a command in this process, without a terminal; an exception that escapes it fails the test."""
    environment = {**ENGLISH, "LC_ALL": "fr_FR.UTF-8"} if language == "fr" else ENGLISH
    result = CliRunner().invoke(cli, [str(word) for word in words], env=environment, prog_name="auditor")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


def program(*words: object, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ended:
    """Run `python -m auditor` with standard input closed to it; two minutes at most, and never a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "auditor", *(str(word) for word in words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **ENGLISH, **(environment or {})},
        cwd=cwd,
        timeout=120,
        check=False,
    )
    ended = Ended(done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in ended.err, ended
    return ended
