"""The commands: what they accept, what they say when they cannot, and with which exit code."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from auditor import __version__, desk, sitefile
from auditor.checks import CATALOGUE
from auditor.cli import cli
from auditor.collectors.allowed import Allowed
from auditor.collectors.vendors import by_platform
from auditor.seats import inputs
from auditor.wording import texts
from tests.commands import ENGLISH, Ended, auditor, program

RENNES = Path(__file__).parent / "sites" / "rennes.toml"
COMMANDS = ("audit", "demo", "explain", "history", "inspect", "new", "report", "sends")
SITE = """\
[site]
name = "Try"
client = "Try SA"

[people]
headcount = 120
eligible = 110

[[device]]
name = "box"
address = "127.0.0.1"
snmp = { version = "2c", credential = "snmp-try", port = %d }
"""


def site_file(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


# ---- help ----


def test_the_help_names_every_command() -> None:
    """`auditor --help` lists each command with what it does."""
    ended = auditor("--help")
    assert ended.code == 0
    listed = [line.split()[0] for line in ended.out.partition("Commands:")[2].splitlines() if line.strip()]
    assert set(COMMANDS) <= set(listed)


@pytest.mark.parametrize("command", sorted({*COMMANDS, *cli.commands}))
def test_each_command_explains_itself(command: str) -> None:
    """`auditor COMMAND --help` tells its usage and ends well."""
    ended = auditor(command, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: auditor {command} ")
    assert not ended.err


def test_every_command_and_option_is_in_the_documentation() -> None:
    """docs/commands.md names what `--help` offers."""
    page = (Path(__file__).parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, command in cli.commands.items():
        assert f"`auditor {name}" in page, name
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("--") or option in page, f"{name} {option}"


def test_the_version_is_told() -> None:
    """`auditor --version` names the program and its version."""
    ended = program("--version")
    assert ended.code == 0
    assert ended.out.split() == ["auditor,", "version", __version__]


def test_the_screens_need_a_terminal() -> None:
    """Without a terminal `auditor` alone says so instead of drawing on a file."""
    assert "terminal" in program().fault()


# ---- new ----


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_new_site_file_can_be_read_at_once(language: str, tmp_path: Path) -> None:
    """What `new` writes is a whole site file, comments included, in either language."""
    path = tmp_path / "site.toml"
    assert auditor("new", path, "--lang", language).code == 0
    site, text = sitefile.read(path, inputs.is_input)
    assert site.language == language
    assert site.people.headcount > 0
    assert "#" in text


def test_the_two_new_site_files_say_the_same(tmp_path: Path) -> None:
    """The French file differs from the English one in its words, not in its keys."""
    for language in ("en", "fr"):
        auditor("new", tmp_path / f"{language}.toml", "--lang", language)
    english, french = (sitefile.read(tmp_path / f"{name}.toml")[0] for name in ("en", "fr"))
    assert english.people == french.people
    assert {target.role for target in english.targets} == {target.role for target in french.targets}


def test_a_site_file_is_never_overwritten(tmp_path: Path) -> None:
    """`new` on a file that exists leaves it as it is and says so."""
    path = site_file(tmp_path, "# mine\n")
    assert str(path) in auditor("new", path).fault()
    assert path.read_text() == "# mine\n"


def test_a_site_file_cannot_be_written_into_nothing(tmp_path: Path) -> None:
    """A folder that is not there is named, in one line."""
    path = tmp_path / "absent" / "site.toml"
    assert str(path) in auditor("new", path).fault()


# ---- unreadable site files ----

WRONG = {
    "not TOML": (SITE.replace("headcount = 120", "headcount = = 120"), 6, ""),
    "missing key": (SITE.replace("eligible = 110\n", ""), 5, "people.eligible"),
    "unknown key": (SITE.replace("eligible = 110", "eligible = 110\nvideo_shar = 0.4"), 8, "people.video_shar"),
    "wrong kind": (SITE.replace("120", '"many"'), 6, "people.headcount"),
    "impossible number": (SITE.replace("110", "130"), 7, "people.eligible"),
    "unknown input": (SITE + '\n[declared]\n"link.speed" = 3\n', 15, "declared.link.speed"),
    "secret": (SITE + 'password = "hunter2-marker"\n', 13, "device[0].password"),
    "inline secret": (
        SITE.replace('credential = "snmp-try"', 'community = "hunter2-marker"'),
        12,
        "device[0].snmp.community",
    ),
}


@pytest.mark.parametrize("command", [("audit",), ("sends",), ("inspect", "--device", "box", "--site")])
@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_site_file_is_said_in_one_line(command: tuple[str, ...], fault: str, tmp_path: Path) -> None:
    """File, line and key stand in the line; the value, which may be a secret, does not."""
    text, line, key = WRONG[fault]
    path = site_file(tmp_path, text.replace("%d", "161"))
    said = auditor(*command, path).fault()
    assert str(path) in said
    assert f"line {line}" in said
    assert key in said
    assert "hunter2" not in said


def test_a_missing_site_file_is_named(tmp_path: Path) -> None:
    """No file: its name and why."""
    said = auditor("audit", tmp_path / "absent.toml").fault()
    assert str(tmp_path / "absent.toml") in said
    assert "No such file" in said


def test_a_folder_is_not_a_site_file(tmp_path: Path) -> None:
    """A folder in place of a file: its name and why."""
    assert str(tmp_path) in auditor("sends", tmp_path).fault()


def test_a_site_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """A Latin-1 file is refused, not read with wrong letters."""
    path = tmp_path / "site.toml"
    path.write_bytes(SITE.replace("Try SA", "Société").encode("latin-1"))
    said = auditor("audit", path).fault()
    assert str(path) in said
    assert "UTF-8" in said


def test_hostile_text_in_a_site_file_does_not_reach_the_terminal(tmp_path: Path) -> None:
    """An escape sequence or a line end inside a key is shown as plain text on the one line."""
    path = site_file(tmp_path, SITE.replace("%d", "161") + '"\\u001b[2J\\nfaked line" = 1\n')
    said = auditor("sends", path).fault()
    assert "\x1b" not in said


def test_a_fault_is_said_in_french(tmp_path: Path) -> None:
    """In a French environment the same line is French."""
    path = site_file(tmp_path, WRONG["missing key"][0] % 161)
    said = auditor("audit", path, language="fr").fault()
    assert "ligne 5" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "people.eligible" in said


# ---- explain, history, report ----


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Link capacity, download", "Remedy:")), ("fr", ("Capacité du lien", "Remède"))]
)
def test_a_check_is_explained(language: str, words: tuple[str, ...]) -> None:
    """What it measures, its thresholds, weight and remedy, in the language asked for."""
    ended = auditor("explain", "LNK-002", "--lang", language)
    assert ended.code == 0
    assert ended.out.startswith("LNK-002 ")
    assert all(word in ended.out for word in words), ended


def test_the_days_of_a_check_agree() -> None:
    """One day, two days; in French one is singular as well."""
    assert "lead time 1 day," in auditor("explain", "ACC-002", "--lang", "en").out
    assert "délai 1 jour," in auditor("explain", "ACC-002", "--lang", "fr").out
    assert "lead time 3-7 days," in auditor("explain", "ACC-001", "--lang", "en").out
    assert "délai 3-7 jours," in auditor("explain", "ACC-001", "--lang", "fr").out


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_check_is_explained_with_its_figures(language: str) -> None:
    """No placeholder is left open in what is printed, whatever the check."""
    for check in CATALOGUE:
        said = "\n".join(desk.explain(check.id, texts(language, narrow=False)))
        assert not re.search(r"[{}]", said), said


def test_a_check_may_be_named_in_small_letters() -> None:
    """`lnk-002` is LNK-002."""
    assert auditor("explain", "lnk-002").out == auditor("explain", "LNK-002").out


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_unknown_check_is_refused(language: str) -> None:
    """An id that no check has is named in one line."""
    assert "XYZ-999" in auditor("explain", "XYZ-999", "--lang", language).fault()


def test_a_new_home_has_no_history() -> None:
    """Nothing is saved yet, and that is not an error; asking does not create state."""
    ended = auditor("history")
    assert ended.code == 0
    assert ended.out.strip() == "No audit is saved yet."
    assert not list(Path(os.environ["AUDITOR_HOME"]).iterdir())


@pytest.mark.parametrize("wanted", ["latest", "20260101-000000-nobody"])
def test_a_report_of_nothing_is_refused(wanted: str, tmp_path: Path) -> None:
    """No such audit: exit 2, and no folder is left behind."""
    assert wanted in auditor("report", wanted, "--out", tmp_path / "out").fault()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", '{"schema": "auditor/audit/99"}', '{"schema": 1}'])
def test_a_file_that_is_no_audit_is_refused(text: str, tmp_path: Path) -> None:
    """An audit JSON file that cannot be read is named, whatever stands in it."""
    path = tmp_path / "audit.json"
    path.write_text(text)
    assert str(path) in auditor("report", path, "--out", tmp_path / "out").fault()
    assert not (tmp_path / "out").exists()


def test_a_missing_audit_file_is_named(tmp_path: Path) -> None:
    """The name of a file that is not there is in the line."""
    assert "absent.json" in auditor("report", tmp_path / "absent.json").fault()


def test_an_unknown_format_is_refused() -> None:
    """The format is named with those there are."""
    said = auditor("report", "latest", "--format", "pdf,docx").fault()
    assert "docx" in said
    assert "json" in said


# ---- sends ----

WATCH = """\
import sys
TRAFFIC = {f"socket.{name}" for name in ("connect", "sendto", "sendmsg", "getaddrinfo", "gethostbyname", "getnameinfo")}
sys.addaudithook(lambda event, arguments: event in TRAFFIC and print("TRAFFIC", event, file=sys.stderr))
from auditor.cli import main
main()
"""


def watched(*words: object) -> Ended:
    """A command in a process that tells on stderr whenever Python sends, connects or looks up a name."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *(str(word) for word in words)],
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60, check=False,
        env={**os.environ, **ENGLISH, "AUDITOR_CREDENTIAL_SNMP_TRY": "public"},
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def test_what_would_be_sent_is_listed_for_each_device() -> None:
    """Each device of the site has its OIDs, and its command lines where it is asked over SSH."""
    ended = auditor("sends", RENNES)
    assert ended.code == 0
    blocks: dict[str, list[str]] = {}
    for line in ended.out.splitlines():
        blocks.setdefault(line.split()[0], []) if line[:1] != " " else blocks[list(blocks)[-1]].append(line.strip())
    assert list(blocks) == ["rtr-rennes", "fw-rennes", "pbx-rennes", "ups-rennes"]
    assert all("1.3.6.1.2.1.1.2.0" in block for block in blocks.values())
    assert "show vpn-sessiondb license-summary" in blocks["fw-rennes"]
    assert not any("SSH" in line for line in blocks["rtr-rennes"])


GATEWAY = """
[[device]]
name = "gw"
address = "192.0.2.1"
role = "firewall"
platform = "linux"
ssh = { user = "audit", credential = "ssh-gw", port = 22 }
"""
BOUND = "in its place only what matches "


def test_a_line_with_a_variable_part_is_listed_with_its_bound(tmp_path: Path) -> None:
    """`cat STATUS-FILE` alone would say nothing of which files: the expression beside it is the door's own."""
    path = tmp_path / "gw.toml"
    head = RENNES.read_text(encoding="utf-8").partition("[[link]]")[0]
    path.write_text(head + GATEWAY, encoding="utf-8")
    ended = auditor("sends", path)
    assert ended.code == 0, ended.err
    lines = [line.strip() for line in ended.out.splitlines()]
    bounds = [line.removeprefix(BOUND).partition(" as a whole")[0] for line in lines if line.startswith(BOUND)]
    assert lines[lines.index("cat STATUS-FILE") + 1].startswith(BOUND)
    door = Allowed.of(by_platform("linux"))
    for line in ("cat /run/openvpn-server/status-office.log", "sudo -n cat /etc/openvpn/server/a.conf",
                 "cat /etc/shadow",
                 "cat /etc/openvpn/../shadow.conf", "nft -j list ruleset", "sudo -n nft flush ruleset"):  # fmt: skip
        within = line in lines or any(re.fullmatch(bound, line) for bound in bounds)
        assert within is door.asks(line), line
    assert door.asks("cat /run/openvpn-server/status-office.log")
    assert not door.asks("cat /etc/shadow")


def test_listing_what_would_be_sent_sends_nothing() -> None:
    """Not even a name is looked up; the same watch sees what an inspection sends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{closed.getsockname()[1]}"
    assert "TRAFFIC" in watched("inspect", target, "--credential", "snmp-try").err
    ended = watched("sends", RENNES)
    assert ended.code == 0
    assert not ended.err
    assert "1.3.6.1.2.1.1.2.0" in ended.out


# ---- no terminal ----


def test_an_audit_that_can_open_nothing_is_exit_2(tmp_path: Path) -> None:
    """Nobody can be asked for the only credential: one line names its variable, and nothing is sent or saved."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        path = site_file(tmp_path, SITE % listener.getsockname()[1])
        said = auditor("audit", path, "--out", tmp_path / "out", "--json").fault()
        with pytest.raises(BlockingIOError):
            listener.recv(4096)
    assert "AUDITOR_CREDENTIAL_SNMP_TRY" in said
    assert "No audit" in auditor("history").out


@pytest.mark.slow
def test_a_missing_credential_among_others_is_a_gap(tmp_path: Path) -> None:
    """The device says which variable would open it; the audit of the others goes on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    second = f"""
[[device]]
name = "other"
address = "127.0.0.1"
snmp = {{ version = "2c", credential = "known", port = {port} }}
"""
    path = site_file(tmp_path, SITE % port + second)
    words = ("audit", path, "--out", tmp_path / "out", "--json")
    ended = program(*words, environment={"AUDITOR_CREDENTIAL_KNOWN": "public"})
    assert ended.code == 3, ended
    assert "AUDITOR_CREDENTIAL_SNMP_TRY" in ended.err
    assert "other refuses UDP port" in ended.err
    assert ended.json["headline"]["required"] == 110
    assert "seats" not in ended.json["headline"]


def test_an_inspection_without_its_credential_does_not_wait() -> None:
    """`inspect` without a terminal: exit 2 with the name of the credential, never a prompt."""
    said = program("inspect", "snmp://127.0.0.1:9", "--credential", "snmp-try", "--json").fault()
    assert "AUDITOR_CREDENTIAL_SNMP_TRY" in said


# ---- wrong usage ----


@pytest.mark.parametrize(
    "words",
    [
        ("--bogus",),
        ("bogus",),
        ("audit",),
        ("audit", RENNES, "--bogus"),
        ("audit", RENNES, "--window", "0"),
        ("audit", RENNES, "--window", "-5"),
        ("audit", RENNES, "--window", "soon"),
        ("audit", RENNES, "--window", "nan"),
        ("audit", RENNES, "--window", "inf"),
        ("audit", RENNES, "--fail-under", "101"),
        ("audit", RENNES, "--lang", "de"),
        ("demo", "--headless", "--window", "0"),
        ("explain",),
        ("inspect",),
        ("inspect", "--snmp", "4", "127.0.0.1:161"),
        ("new",),
        ("report",),
    ],
    ids=lambda words: " ".join(str(getattr(word, "name", word)) for word in words),
)
def test_wrong_usage_is_exit_2(words: tuple[object, ...]) -> None:
    """A flag, command or value that is none is refused before anything is done."""
    ended = auditor(*words)
    assert ended.code == 2, ended
    assert not ended.out
    assert ended.err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("inspect", "ftp://127.0.0.1"), "ftp://127.0.0.1"),
        (("inspect", "snmp://127.0.0.1:161:162", "--credential", "x"), "127.0.0.1:161:162"),
        (("inspect", "snmp://127.0.0.1:99999", "--credential", "x"), "99999"),
        (("inspect", "ssh://127.0.0.1", "--credential", "x"), "ssh://127.0.0.1"),
        (("inspect", "snmp://127.0.0.1", "ssh://u@127.0.0.2", "--credential", "x"), "127.0.0.2"),
        (("inspect", "snmp://127.0.0.1"), "--credential"),
        (("inspect", "127.0.0.1", "--snmp", "3", "--credential", "x"), "--user"),
        (("inspect", "127.0.0.1", "--snmp", "3", "--user", "u", "--auth", "rot13", "--credential", "x"), "rot13"),
        (("inspect", "127.0.0.1", "--snmp", "3", "--user", "u", "--priv", "aes128", "--credential", "x"), "auth"),
        (("inspect", "absent.snmprec"), "absent.snmprec"),
        (("inspect", "absent/box.snmprec"), "absent/box.snmprec"),
        (("inspect", "--site", RENNES, "--device", "nobody"), "nobody"),
    ],
    ids=str,
)
def test_a_target_that_is_none_is_named(words: tuple[object, ...], named: str) -> None:
    """One line, in words, that shows what was wrong in what was typed."""
    said = auditor(*words).fault()
    assert named in said
    assert " " in said.removeprefix("auditor: "), "an identifier is not a sentence"


def test_a_secret_given_as_a_target_is_not_repeated() -> None:
    """user:password@host is refused without showing the password again."""
    assert "hunter2" not in auditor("inspect", "ssh://audit:hunter2@127.0.0.1", "--credential", "x").fault()


# ---- interrupted ----


@pytest.mark.slow
def test_an_interrupted_audit_is_saved(tmp_path: Path) -> None:
    """Ctrl-C while a device is silent: exit 130, and the history has what was collected."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(30)
        path = site_file(tmp_path, SITE % silent.getsockname()[1])
        command = [sys.executable, "-m", "auditor", "audit", str(path), "--out", str(tmp_path / "out")]
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, **ENGLISH, "AUDITOR_CREDENTIAL_SNMP_TRY": "public"},
        )
        try:
            silent.recv(4096)
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=30)
        finally:
            running.kill()
            running.wait()
    assert running.returncode == 130, Ended(running.returncode, out, err)
    assert "Traceback" not in err
    assert "interrupted" in auditor("history").out


def test_a_reader_who_has_read_enough_is_no_fault() -> None:
    """`auditor sends SITE | head -1`: nothing is said of a broken pipe."""
    command = [sys.executable, "-m", "auditor", "sends", str(RENNES)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **ENGLISH}
    ) as one:
        assert one.stdout is not None
        assert one.stderr is not None
        assert one.stdout.readline()
        one.stdout.close()
        said = one.stderr.read()
    assert (one.returncode, said) == (0, b"")
