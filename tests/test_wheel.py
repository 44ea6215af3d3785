"""What a user installs: the wheel holds the catalogues, fonts with their licence, styles and demo data."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_wheel_holds_what_the_program_needs(tmp_path: Path) -> None:
    """Built from the sources alone, without any compiled catalogue lying around."""
    source = tmp_path / "source"
    shutil.copytree(ROOT / "auditor", source / "auditor", ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "auditor/py.typed",
        "auditor/reports/fonts/DejaVuSans.ttf",
        "auditor/reports/fonts/LICENSE-DejaVu.txt",
        "auditor/screens/app.tcss",
        "auditor/screens/pages.tcss",
        "auditor/demo/site.toml",
        "auditor/templates/site.fr.toml",
    ):
        assert wanted in names
    catalogues = [name for name in names if name.endswith(".mo")]
    sources = list((ROOT / "auditor" / "locale").rglob("*.po"))
    assert len(catalogues) == len(sources)
    assert any(name.endswith("LICENSE") for name in names)
