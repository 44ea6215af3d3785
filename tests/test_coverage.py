"""The table of what recorded agents tell is derived from the recordings themselves."""

from __future__ import annotations

from tools.coverage import COLUMNS, HEAD, RECORDINGS, rows


def test_every_recording_with_snmp_has_a_row() -> None:
    """Adding a recording adds a row; nothing is listed by hand."""
    told = list(rows())
    assert len(told) == len(list(RECORDINGS.glob("*/*/device.snmprec")))
    assert all(len(row) == len(HEAD) for row in told)


def test_what_is_asked_and_not_told_differs_from_what_is_not_asked() -> None:
    """A dash is a gap, an empty cell a question nobody asks of such a device."""
    (row,) = [row for row in rows() if row[0] == "bintec_boss/beip-plus-10.2"]
    cells = dict(zip(HEAD, row, strict=True))
    assert cells["line rates"] == "-"
    assert cells["telephony"] == ""
    assert cells["load"] == "cpu 5.0"
    assert set(COLUMNS) <= set(cells)
