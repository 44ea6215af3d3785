"""Sessions that somebody recorded with the pager on: its marks hide no line and shift none."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.collectors.captures import open_capture
from auditor.collectors.pagers import without_pages
from auditor.collectors.redact import redact
from auditor.collectors.transcript import Transcript
from auditor.collectors.vendors.asa_config import configuration

BACK = "\b" * 9


@pytest.mark.parametrize(
    ("recorded", "read"),
    [
        ("a\n<--- More --->\r              \rroute b\n", "a\nroute b\n"),
        ("a\n<--- More --->              route b\n", "a\nroute b\n"),
        (f"a\n --More-- {BACK}        {BACK} ip address\n", "a\n ip address\n"),
        ("a\n --More--          ip address\n", "a\n ip address\n"),
        ("a\n  ---- More ----\x1b[16D                \x1b[16D undo shutdown\n", "a\n undo shutdown\n"),
        ("a\n  ---- More ----                  undo shutdown\n", "a\n  undo shutdown\n"),
        ("a\n---(more 85%)---\r\x1b[Ksnmp {\n", "a\nsnmp {\n"),
        ("a\n--More--\nb\n", "a\nb\n"),
        ("banner motd More tea?\nno more --\n", "banner motd More tea?\nno more --\n"),
    ],
)
def test_a_mark_goes_with_the_blanks_that_wiped_it_off(recorded: str, read: str) -> None:
    """What is left of the blanks is the indentation of the line behind it."""
    assert without_pages(recorded) == read


async def test_a_capture_with_marks_tells_what_one_without_tells(tmp_path: Path) -> None:
    """A line behind a mark was taken for none: telnet for off, users for nobody."""
    text = "ASA Version 9.16(4)\nhostname fw\ntelnet 10.0.0.0 255.0.0.0 inside\nusername a password b\n: end\n"
    told = []
    for name, written in (("plain", text), ("paged", text.replace("telnet", "<--- More --->\r              \rtelnet"))):
        path = tmp_path / f"{name}.cfg"
        path.write_bytes(written.encode())
        shell = open_capture(path).shell(Transcript(name), redact, (), ("show running-config",))
        assert shell is not None
        told.append(configuration(await shell.show("show running-config")).facts)
    assert told[0] == told[1]
