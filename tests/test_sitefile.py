"""The site file: what is read from it, and the one line that says what is wrong with it."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from auditor.site import Role, Site
from auditor.sitefile import SENTENCES, SiteFileError, line_of, parse, read
from auditor.texts import Texts
from auditor.values import ABSENT

GOOD = """\
[site]
name = "Atelier Rennes"
client = "Atelier SA"
language = "fr"
timezone = "Europe/Paris"
networks = ["10.20.0.0/16"]

[people]
headcount = 120
eligible = 110
concurrency = 1.0
profiles = { office = 0.60, vdi = 0.25, files = 0.15 }
video_share = 0.40

[[link]]
name = "main"
device = "rtr"
committed_down_bps = 20_000_000

[[device]]
name = "rtr"
address = "192.0.2.1"
role = "router"
snmp = { version = "3", user = "audit", auth = "sha256", priv = "aes128", credential = "snmp-main" }

[[device]]
name = "fw"
address = "192.0.2.2"
ssh = { user = "audit", credential = "ssh-main", port = 2222 }

[declared]
"homes.share" = { value = 0.82, by = "survey", on = 2026-11-20, document = "survey.pdf" }

[answers]
"RES-002" = { value = "bad", by = "IT manager" }

[plan]
start = 2026-12-01
"""


def said(error: SiteFileError) -> str:
    return Texts("en", SENTENCES).say(error.reason)


def test_a_good_file_gives_exact_figures() -> None:
    """Shares are exact fractions, dates are dates, and what is not written is ABSENT or the default."""
    site = parse(GOOD)
    assert isinstance(site, Site)
    assert site.people.profiles == {"office": Fraction(3, 5), "vdi": Fraction(1, 4), "files": Fraction(3, 20)}
    assert sum(site.people.profiles.values()) == 1
    assert site.people.phone_share is ABSENT
    assert site.links[0].committed_down_bps == 20_000_000
    assert site.links[0].committed_up_bps is ABSENT
    assert site.targets[0].role is Role.ROUTER
    assert site.targets[0].snmp is not None
    assert site.targets[0].snmp.port == 161
    assert site.targets[1].ssh is not None
    assert site.targets[1].ssh.port == 2222
    assert site.declared["homes.share"].value == Fraction(41, 50)
    assert site.declared["homes.share"].on == dt.date(2026, 11, 20)
    assert site.answers["RES-002"].value == "bad"
    assert site.plan_start == dt.date(2026, 12, 1)


@pytest.mark.parametrize(
    ("change", "line", "key", "words"),
    [
        (('name = "Atelier Rennes"\n', ""), 1, "site.name", "missing"),
        (("headcount = 120", "headcount = -1"), 9, "people.headcount", "out of range"),
        (("eligible = 110", "eligible = 130"), 10, "people.eligible", "not possible"),
        (("eligible = 110", 'eligible = "110"'), 10, "people.eligible", "a whole number is expected"),
        (("eligible = 110", "eligible = true"), 10, "people.eligible", "expected"),
        (("concurrency = 1.0", "concurrency = 1.5"), 11, "people.concurrency", "between 0 and 1"),
        (("files = 0.15", "files = 0.10"), 12, "people.profiles", "sum to 1"),
        (("video_share", "vide_share"), 13, "people.vide_share", "not known"),
        (('device = "rtr"', 'device = "rtx"'), 17, "link[0].device", "no device"),
        (('version = "3"', 'version = "4"'), 24, "device[0].snmp.version", "none of"),
        (('"192.0.2.2"', '"192.0.2.2; rm"'), 28, "device[1].address", "not an IP address"),
        (('name = "fw"', 'name = "rtr"'), 27, "device[1].name", "used twice"),
        (('name = "fw"', 'name = "../fw"'), 27, "device[1].name", "not a usable name"),
        (("port = 2222", "port = 70000"), 29, "device[1].ssh.port", "out of range"),
        (("port = 2222", 'password = "x"'), 29, "device[1].ssh.password", "secret"),
        (('credential = "snmp-main"', 'community = "public"'), 24, "device[0].snmp.community", "secret"),
        (('timezone = "Europe/Paris"', 'timezone = "Europe/Rennes"'), 5, "site.timezone", "not a time zone"),
        (("10.20.0.0/16", "10.20.0.1/16"), 6, "site.networks", "not a network"),
        (('"homes.share"', '"home.share"'), 32, "declared.home.share", "no input"),
        (("start = 2026-12-01", "start = 12"), 38, "plan.start", "a date"),
    ],
)
def test_a_mistake_is_named_with_its_line_key_and_reason(
    change: tuple[str, str], line: int, key: str, words: str
) -> None:
    """One mistake, one line that names where it stands and why."""
    assert change[0] in GOOD
    with pytest.raises(SiteFileError) as caught:
        parse(GOOD.replace(*change), is_input=lambda name: name == "homes.share")
    assert caught.value.key == key
    assert caught.value.line == line
    assert words in said(caught.value)


def test_a_syntax_error_names_its_line() -> None:
    """What is not TOML is said with the line of the parser."""
    with pytest.raises(SiteFileError) as caught:
        parse("[site]\nname = \n")
    assert caught.value.line == 2


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 100_000, b"x = " + b"[" * 50_000])
def test_hostile_files_give_one_clear_line(tmp_path: Path, content: bytes) -> None:
    """Binary noise and deep nesting are refused, not crashed on."""
    path = tmp_path / "site.toml"
    path.write_bytes(content)
    with pytest.raises(SiteFileError):
        read(path)


def test_an_absent_file_is_said(tmp_path: Path) -> None:
    """A path that cannot be read is named."""
    with pytest.raises(SiteFileError, match=r"none\.toml"):
        read(tmp_path / "none.toml")


def test_text_is_kept_on_one_line_without_escapes() -> None:
    """Escapes and control characters in a name never reach a terminal or a report."""
    site = parse(GOOD.replace('"Atelier SA"', '"Atelier\\u001b[31m\\nSA"'))
    assert site.client == "Atelier SA"


def test_the_line_of_a_key_is_found_in_arrays_of_tables() -> None:
    """The second [[device]] is not taken for the first."""
    assert line_of(GOOD, "device[1].address") == 28
    assert line_of(GOOD, "device[0].address") == 22
