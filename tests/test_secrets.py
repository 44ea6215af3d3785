"""Secrets planted in what devices say: none in anything that an audit or an inspection writes."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pypdf import PdfReader

from auditor.collectors.redact import redact
from auditor.collectors.vendors import SECRETS, by_platform
from auditor.credentials import variable
from auditor.inspection import How, captured
from auditor.reports.export import device_json
from auditor.wording import texts
from tests.commands import program
from tests.fake_ssh import FakeDevice
from tests.plants import PLANTS
from tests.test_readonly import PAGES, answers, played

SIGN = "Marker-Xw9"
LIVE = [page for page in PAGES if page.platform in PLANTS]


def planted(platform: str) -> str:
    """Every spelling of a platform, each with a secret of its own."""
    lines = PLANTS[platform].splitlines()
    return "\n".join(
        line.replace("{{", "{").replace("{}", f"Zq{number}-{SIGN}") if "{}" in line else line
        for number, line in enumerate(lines)
    )


@pytest.mark.parametrize("platform", PLANTS)
def test_every_spelling_of_a_platform_is_hidden(platform: str) -> None:
    """In a file with the others, and each alone where its line says all; a token says that something stood there."""
    text = planted(platform)
    assert text.count(SIGN) > 5
    done = redact(text, SECRETS)
    assert SIGN not in done
    assert redact(done, SECRETS) == done
    for line in (line for line in text.splitlines() if SIGN in line and "set name" not in line):
        alone = redact(line, SECRETS)
        assert SIGN not in alone, alone
        assert "<secret:" in alone


def kept(*folders: Path) -> Iterator[tuple[str, str]]:
    """Every file as text: what is packed unpacked, the words of a PDF, the cells of a workbook, a database's rows."""
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        yield str(path), data.decode("utf-8", "replace")
        if path.suffix == ".pdf":
            yield str(path), "".join(page.extract_text() for page in PdfReader(path).pages)
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(path) as packed:
                yield from (
                    (f"{path}:{name}", packed.read(name).decode("utf-8", "replace")) for name in packed.namelist()
                )
        if data.startswith(b"SQLite format 3"):
            yield from ((str(path), text) for text in rows(path))


def rows(path: Path) -> Iterator[str]:
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        cells = [cell for table in tables for row in database.execute(f'SELECT * FROM "{table}"') for cell in row]
    for cell in cells:
        packed = isinstance(cell, bytes) and cell[:1] == b"\x78"
        yield zlib.decompress(cell).decode() if packed else str(cell)


SITE = """\
[site]
name = "Try"
client = "Try SA"
networks = ["10.0.0.0/8"]

[people]
headcount = 60
eligible = 50
"""
DEVICE = """
[[device]]
name = "{platform}"
address = "127.0.0.1"
platform = "{platform}"
ssh = {{ user = "audit", credential = "main", port = {port} }}
"""


CONFIGURATIONS = Path(__file__).parents[2] / "shared" / "recordings" / "configs"


def real(platform: str) -> str:
    """The real configurations of a platform, where they are beside this clone; the longest is only inspected."""
    texts_ = (path.read_text(errors="replace") for path in sorted((CONFIGURATIONS / platform).glob("*.cfg")))
    return "\n".join(text for text in texts_ if len(text) < 100_000)


def talkative(platform: str) -> FakeDevice:
    """A device that adds its secrets to every answer, its notice before the login among them.

    Where it is asked for its configuration, it shows real ones too.
    """
    page = by_platform(platform)
    shown = real(platform)
    given = {
        line: f"{text}\n{shown if line in page.running else ''}\n{planted(platform)}"
        for line, text in answers(page).items()
    }
    device = played(page, answers=given, unknown=planted(platform))
    device.banner = f"The password is Zq0-{SIGN}.\r\n" + device.banner
    return device


@pytest.mark.slow
def test_an_audit_keeps_no_secret_of_any_device(tmp_path: Path) -> None:
    """A device of each platform at once: the history, the bundle, the log, every report; yet the evidence is there."""
    home, out, site = tmp_path / "home", tmp_path / "out", tmp_path / "site.toml"
    with ExitStack() as devices:
        shown = [(page.platform, devices.enter_context(talkative(page.platform))) for page in LIVE]
        site.write_text(SITE + "".join(DEVICE.format(platform=name, port=device.port) for name, device in shown))
        known = {"AUDITOR_HOME": str(home), variable("main"): shown[0][1].password}
        audited = program("audit", site, "--accept-new", "--out", out, environment=known)
    assert audited.code == 0, audited
    written = program("report", "latest", "--format", "html,xlsx,csv", "--out", out, environment=known)
    assert written.code == 0, written
    bundled = program("bundle", "latest", out / "evidence.zip", environment=known)
    assert bundled.code == 0, bundled
    assert len(shown) > 8
    assert [name for name, device in shown if len(device.commands) < 4] == []
    found = [*kept(home, out), ("screen", audited.out + audited.err)]
    assert [place for place, text in found if SIGN in text] == []
    everything = "".join(text for _, text in found)
    for platform, _ in shown:
        assert not kept_of(real(platform), everything), platform
    assert everything.count("<secret:") > 100
    assert {".pdf", ".html", ".xlsx", ".csv", ".json"} <= {path.suffix for path in out.rglob("*")}


# Any word of secrecy and what follows it, written without a look at how redaction does it.
WORDS = re.compile(
    r"(?:pass(?:word|wd|phrase)?|psksecret|pre-?shared-?key|secret|community|phash|(?<!-)\bkey)[ =\">]+(\S+)", re.I
)
HARMLESS = re.compile(
    r"[\"']?<|complexity|\*+|\$\{|chain|config|exchange|pair|id\b|size|generate|authentication|encryption|none|never|yes|no\b|true"
    r"|false|enable|disable|modulus|rsa|ecdsa|dsa|local|remote|address|hostname|read|ro\b|rw\b|value|min|max|lifetime|password|\W+$|\d{1,3}\W*$"
)


async def test_copies_of_real_configurations_with_plants_are_inspected_without_a_secret(
    shared: Path, tmp_path: Path
) -> None:
    """Each recorded configuration with its platform's spellings below: nothing of the plants or of its own is kept."""
    seen = 0
    for path in sorted((shared / "recordings" / "configs").glob("*/*")):
        platform = path.parent.name
        copy = tmp_path / f"{platform}-{path.stem}.txt"
        text = path.read_text(errors="replace")
        copy.write_text(f"{text}\n{planted(platform)}\n")
        device = await captured(copy, How(platform=platform), configuration=True)
        kept = "\n".join(line.text for line in device.evidence) + str(device_json(device, texts("en"))) + str(device)
        assert SIGN not in kept, path
        assert not kept_of(text, kept), path
        seen += 1
    assert seen > 20


def kept_of(text: str, kept: str) -> list[str]:
    """The secrets of a configuration, found by the words before them, that are in what was kept."""
    own = {found.strip("\"';<>") for found in WORDS.findall(text) if not HARMLESS.match(found)}
    secrets = {found for found in own if len(found) > 7 and redact(f"password {found}") != f"password {found}"}
    return [secret for secret in secrets if f" {secret}" in kept and f" {secret}" not in harmless_uses(text, secret)]


def harmless_uses(text: str, word: str) -> str:
    """The lines that use a word with no word of secrecy before it: a name may be a secret elsewhere, too."""
    return "\n".join(line for line in text.splitlines() if word in line and not WORDS.search(line))
