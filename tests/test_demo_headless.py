"""The demo without a terminal: a real audit in under a minute, and everything it leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from auditor import privacy, sitefile
from auditor.collectors.transport import Secret
from auditor.demo.network import DemoNetwork
from auditor.reports.export import schema
from auditor.seats import inputs
from auditor.vault import Vault
from tests.commands import ENGLISH, program
from tests.watched import Watched, watched

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]

HEADLINE: Final = {
    "headcount": 120,
    "eligible": 110,
    "required": 110,
    "seats": 15,
    "low": 13,
    "high": 19,
    "bounds": ["~"],
    "binding": ["link.down"],
    "close": ["link.up"],
}
LIMIT_SECONDS: Final = 60
PASSPHRASE: Final = "seven-quiet-harbours"


@dataclass(frozen=True, slots=True)
class Demo:
    """What one run of the demo left: its home, its folder, and what it said."""

    home: Path
    out: Path
    said: str

    @property
    def result(self) -> Any:
        (path,) = self.out.glob("*.json")
        return json.loads(path.read_text(encoding="utf-8"))

    @property
    def environment(self) -> dict[str, str]:
        return {"AUDITOR_HOME": str(self.home)}


def ran(folder: Path) -> Demo:
    """`auditor demo --headless --out DIR </dev/null` in a new home: exit 0 within a minute, nobody left behind."""
    home, out = folder / "home", folder / "out"
    home.mkdir(parents=True)
    mark = f"AUDITOR_TEST_RUN={folder}"
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "demo", "--headless", "--out", str(out)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, **ENGLISH, "AUDITOR_HOME": str(home), "AUDITOR_TEST_RUN": str(folder)},
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not processes(mark), "the demo network outlived its audit"
    return Demo(home, out, done.stdout + done.stderr)


def processes(mark: str) -> list[str]:
    """The processes whose environment carries a mark; children inherit it, whoever their parent is by now."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(path.parent.name)
        except OSError:
            continue  # ended since, or somebody else's
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return ran(tmp_path_factory.mktemp("demo"))


def test_the_demo_gives_the_worked_headline(demo: Demo) -> None:
    """15 of 110, the download binds and the upload is close, from what the devices answered."""
    told = demo.result
    assert told["schema"] == "auditor/audit/1"
    assert {name: told["headline"][name] for name in HEADLINE} == HEADLINE
    assert told["headline"]["bound_reasons"]


def test_the_demo_says_its_headline(demo: Demo) -> None:
    """The terminal reads the same figure as the file."""
    assert "15 of 110" in demo.said
    assert "13 to 19" in demo.said
    assert "Traceback" not in demo.said


def test_every_device_of_the_demo_answered(demo: Demo) -> None:
    """All four devices were read to the end, each by the page of its maker."""
    devices = {device["name"]: device for device in demo.result["devices"]}
    assert set(devices) == {"rtr-rennes", "fw-rennes", "pbx-rennes", "ups-rennes"}
    for device in devices.values():
        assert device["readings"], device["name"]
        assert not device["unparsed"], device["name"]
    assert all(device["status"] == "done" for device in devices.values())


def test_nothing_was_asked_that_is_not_listed(demo: Demo) -> None:
    """Every OID and command line in the evidence of an audit stands in what `auditor sends` prints for the device."""
    printed = program("sends", Path(__file__).parent / "sites" / "rennes.toml").out
    blocks = {block.split()[0]: block.splitlines() for block in re.split(r"\n(?=\S)", printed)}
    asked = [row for row in demo.result["evidence"] if row["request"] != "ssh"]
    assert {row["device"] for row in asked} == set(blocks)
    for row in asked:
        words = [row["request"]] if row["method"] == "ssh" else row["request"].split(",")
        for word in words:
            assert listed(word, blocks[row["device"]]), (row["device"], word)


def listed(word: str, lines: list[str]) -> bool:
    """Word for word, as a line with a variable part (NAME), or as an instance below a listed object."""
    known = [line.strip() for line in lines]
    return any(word == one or word.startswith(f"{one}.") or variable(one, word) for one in known)


def variable(line: str, word: str) -> bool:
    pattern = re.escape(line).replace("NAME", r"\S+")
    return "NAME" in line and re.fullmatch(pattern, word) is not None


def test_an_interrupted_demo_keeps_what_it_has(tmp_path: Path) -> None:
    """Ctrl-C in the middle: exit 130, a report that says so, and no figure without its "at most"."""
    command = [sys.executable, "-m", "auditor", "demo", "--headless", "--window", "60", "--out", str(tmp_path / "out")]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
        env={**os.environ, **ENGLISH, "AUDITOR_HOME": str(tmp_path / "home")},
    ) as running:  # fmt: skip
        assert running.stderr is not None
        first = next(line for line in running.stderr if "ups-rennes: done" in line)
        running.send_signal(signal.SIGINT)
        said = first + running.stderr.read()
    assert running.returncode == 130, said
    assert "was not read to its end" in said
    assert "At most" in said
    (path,) = (tmp_path / "out").glob("*.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["interrupted"] is True
    assert "<=" in told["headline"]["bounds"]


def test_each_figure_of_the_demo_has_its_origin(demo: Demo) -> None:
    """What a device can tell was measured over the wire; what only people know is declared."""
    origins = {resource["id"]: resource["origin"] for resource in demo.result["resources"]}
    assert origins["vpn.licence"] == "measured"
    assert origins["homes"] == "declared"
    assert set(origins.values()) <= {"measured", "declared", "assumed", "unknown"}
    evidence = {row["id"]: row for row in demo.result["evidence"]}
    assert {row["device"] for row in evidence.values()} == {"rtr-rennes", "fw-rennes", "pbx-rennes", "ups-rennes"}
    for finding in demo.result["findings"]:
        assert set(finding["evidence"]) <= evidence.keys(), finding["id"]


def test_the_demo_leaves_a_report(demo: Demo) -> None:
    """One PDF and one JSON, letter and staff sheet in both languages beside them, and nothing in the current folder."""
    assert sorted(path.suffix for path in demo.out.iterdir() if path.is_file()) == [".json", ".pdf"]
    sheets = sorted(path.relative_to(demo.out).as_posix() for path in demo.out.glob("*/*"))
    assert sheets == [
        f"{place}.{language}.pdf"
        for place in ("operator/operator-letter", "staff/staff-sheet")
        for language in ("en", "fr")
    ]
    (told,) = demo.out.glob("*.json")
    assert not list(Draft202012Validator(schema()).iter_errors(json.loads(told.read_text(encoding="utf-8"))))
    (pdf,) = demo.out.glob("*.pdf")
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert sorted(path.name for path in demo.out.parent.iterdir()) == ["home", "out"]


def test_the_report_shows_the_headline(demo: Demo) -> None:
    """The first page of the PDF reads 15 and 110."""
    pypdf = pytest.importorskip("pypdf")
    (pdf,) = demo.out.glob("*.pdf")
    words = pypdf.PdfReader(pdf).pages[0].extract_text().split()
    assert "15" in words
    assert "110" in words


def test_the_history_lists_the_demo(demo: Demo) -> None:
    """The audit is saved with its figures, and can be found by its id."""
    ended = program("history", environment=demo.environment)
    assert ended.code == 0
    (line,) = ended.out.splitlines()
    assert line.startswith(demo.result["id"])
    assert "Atelier Rennes" in line
    assert "15/110" in line


@pytest.mark.parametrize("wanted", ["latest", "id"])
def test_the_report_is_written_again_from_the_history(demo: Demo, wanted: str, tmp_path: Path) -> None:
    """In French, as PDF and JSON, with the same figures; nothing is asked of any device."""
    name = demo.result["id"] if wanted == "id" else wanted
    ended = program(
        "report", name, "--format", "json,pdf", "--lang", "fr", "--out", tmp_path / "out", environment=demo.environment
    )
    assert ended.code == 0, ended
    written = [Path(line) for line in ended.out.splitlines()]
    assert sorted(path.suffix for path in written if path.parent.name == "out") == [".json", ".pdf"]
    again = json.loads(next(path for path in written if path.suffix == ".json").read_text(encoding="utf-8"))
    assert again["language"] == "fr"
    assert numbers(again) == numbers(demo.result)
    assert again["findings"] != demo.result["findings"], "the words are French"


def test_a_report_never_overwrites_another(demo: Demo, tmp_path: Path) -> None:
    """Twice into the same folder: the first report is left as it was."""
    for _ in range(2):
        ended = program("report", "latest", "--format", "json", "--out", tmp_path / "out", environment=demo.environment)
        assert ended.code == 0, ended
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_the_json_is_enough_for_a_report(demo: Demo, tmp_path: Path) -> None:
    """On another machine, without the history, the audit JSON gives the same report and the same JSON."""
    (source,) = demo.out.glob("*.json")
    home = {"AUDITOR_HOME": str(tmp_path / "elsewhere")}
    ended = program("report", source, "--format", "pdf,json", "--out", tmp_path / "out", environment=home)
    assert ended.code == 0, ended
    (again,) = (tmp_path / "out").glob("*.json")
    assert json.loads(again.read_text(encoding="utf-8")) == demo.result
    assert len(list((tmp_path / "out").glob("*.pdf"))) == 1


def test_the_same_audit_gives_the_same_pdf(demo: Demo, tmp_path: Path) -> None:
    """Every date in the report comes from the audit: written twice, the file is the same to the byte."""
    (source,) = demo.out.glob("*.json")
    for name in ("one", "two"):
        program("report", source, "--format", "pdf", "--out", tmp_path / name)
    one, two = (sorted((tmp_path / name).rglob("*.pdf")) for name in ("one", "two"))
    assert len(one) == len(two) == 5  # the report, a letter and a staff sheet in two languages each
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def into(vault: Vault, network: DemoNetwork) -> set[str]:
    """Keep what opens every device of the network in a vault; the secrets themselves."""
    site, found = sitefile.parse(network.site_text, "demo", inputs.is_input), set[str]()
    for target in site.targets:
        for access in (target.snmp, target.ssh):
            if access:
                known = network.credentials(access.credential, target)
                vault.set(access.credential, known, Secret(PASSPHRASE), site.client)
                found |= {secret.reveal() for secret in (known.secret, known.privacy) if secret}
    return found


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Watched, Path, set[str]]:
    """`auditor audit` of the demo's network with its credentials in the vault, under watch; its folder, its secrets."""
    folder = tmp_path_factory.mktemp("guarded")
    vault, site = Vault.at(folder / "home"), folder / "site.toml"
    with DemoNetwork() as network:
        secrets = into(vault, network)
        site.write_text(network.site_text, encoding="utf-8")
        seen = watched(
            "audit", site, "--out", "out", "--window", 8, "--accept-new", "--json", "--fail-under", 100, cwd=folder,
            environment={privacy.PASSPHRASE: PASSPHRASE, "AUDITOR_HOME": str(vault.path.parent)},
        )  # fmt: skip
    assert seen.code == 1, seen.err
    assert len(secrets) >= 4
    return seen, folder, secrets | {PASSPHRASE}


def test_an_audit_of_the_same_site_leaves_no_secret(guarded: tuple[Watched, Path, set[str]]) -> None:
    """The same headline, exit 1 under --fail-under, and no byte written, said or listed that holds a secret."""
    seen, folder, secrets = guarded
    headline = json.loads(seen.out)["headline"]
    assert {name: headline[name] for name in HEADLINE} == HEADLINE
    looked = 0
    for path in (*(folder / "home").rglob("*"), *(folder / "out").rglob("*")):
        if path.is_file():
            body = path.read_bytes()
            for text in (body, *unpacked(body)):
                assert not any(secret.encode() in text for secret in secrets), path
                looked += 1
    assert looked > 20, "the history holds compressed evidence"
    assert not any(secret in seen.out + seen.err for secret in secrets)
    assert seen.listed
    assert not any(secret in line for secret in secrets for line in seen.listed)


def test_an_audit_writes_in_its_home_and_its_report_and_nowhere_else(guarded: tuple[Watched, Path, set[str]]) -> None:
    """Whatever it opens to write, makes, renames or removes lies there; it starts no program and leaves no core."""
    seen, folder, _ = guarded
    assert any(path.suffix == ".sqlite" for path in seen.writes), seen.writes
    assert any(path.suffix == ".pdf" for path in seen.writes), seen.writes
    assert not seen.written_outside((folder / "home", folder / "out")), seen.writes
    assert not seen.starts
    assert seen.core_limit == "0"


def test_an_audit_speaks_to_its_devices_alone(guarded: tuple[Watched, Path, set[str]]) -> None:
    """Every address it connects or sends to is one of the site file."""
    seen, folder, _ = guarded
    site, _ = sitefile.read(folder / "site.toml", inputs.is_input)
    assert seen.addresses
    assert seen.addresses <= {target.address for target in site.targets}


def unpacked(body: bytes) -> Iterator[bytes]:
    """Every zlib stream in a file, wherever it begins; SQLite keeps larger ones in a chain, their heads are enough."""
    for head in (b"\x78\x9c", b"\x78\xda", b"\x78\x01"):
        at = body.find(head)
        while at >= 0:
            unpacking = zlib.decompressobj()
            try:
                text = unpacking.decompress(body[at : at + 65_536])
            except zlib.error:
                text = b""
            if len(text) > 8:
                yield text
            at = body.find(head, at + 1)


def numbers(told: Any) -> Any:
    """The figures of an audit, without its words."""
    return (
        {name: told["headline"][name] for name in HEADLINE},
        [(row["id"], row.get("seats"), row["origin"]) for row in told["resources"]],
        {name: told["score"].get(name) for name in ("value", "proven", "possible", "grade", "coverage", "confidence")},
        [(row["id"], row["verdict"], row["severity"]) for row in told["findings"]],
        [(row["rank"], row["closes"], row.get("seats_after"), row.get("score_after")) for row in told["plan"]],
    )


@contextmanager
def busy(seconds: int) -> Iterator[None]:
    """Two processes that keep two cores busy, for so long at most."""
    code = f"import time\nend = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_a_busy_machine_measures_the_same(tmp_path: Path) -> None:
    """With both cores taken by somebody else, the headline is the same, still within a minute."""
    with busy(LIMIT_SECONDS):
        told = ran(tmp_path / "busy").result
    assert {name: told["headline"][name] for name in HEADLINE} == HEADLINE
