"""The laboratory by hand, as root: `python -m tests.lab up | truth | audit […] | load | down`; see docs/lab.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lab import keeper
from tests.lab.keeper import PROJECT, Failed, Lab


def _up(words: list[str]) -> int:
    exchange = os.environ.get("AUDITOR_LAB_EXCHANGE", "")
    keeper.up(exchange=Path(exchange) if exchange else None)
    return _truth(words)


def _there() -> Lab:
    lab = keeper.running()
    if lab is None or not (lab.state / "ready").exists():
        raise Failed("the site is not up; `python -m tests.lab up` brings it up")
    return lab


def _truth(words: list[str]) -> int:
    sys.stdout.write(json.dumps(_there().ask("tests.lab.truth"), indent=2, ensure_ascii=False) + "\n")
    return 0


def _load(words: list[str]) -> int:
    sys.stdout.write(json.dumps(_there().ask("tests.lab.truth", "load"), indent=2) + "\n")
    return 0


def _audit(words: list[str]) -> int:
    """The product's own command, from the auditor's desk, with a history that is thrown away."""
    from tests.lab.site import SECRETS, site_file

    with tempfile.TemporaryDirectory(prefix="auditor-lab-") as folder:
        (site := Path(folder, "site.toml")).write_text(site_file())
        command = [sys.executable, "-m", "auditor", "audit", str(site), "--accept-new", *words]
        home = {"AUDITOR_HOME": str(Path(folder, "home")), "PYTHONPATH": str(PROJECT)}
        return subprocess.run(_there().at_desk(*command), env={**os.environ, **home, **SECRETS}, check=False).returncode


def _down(words: list[str]) -> int:
    sys.stdout.write("down\n" if keeper.down() else "there was no site\n")
    return 0


def main() -> int:
    commands = {"up": _up, "truth": _truth, "audit": _audit, "load": _load, "down": _down}
    command = commands.get(sys.argv[1]) if len(sys.argv) > 1 else None
    if command is None:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    if os.geteuid() != 0:
        sys.stderr.write("lab: needs root: it makes network namespaces and mounts\n")
        return 2
    try:
        return command(sys.argv[2:])
    except Failed as why:
        sys.stderr.write(f"lab: {why}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
