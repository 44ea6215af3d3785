"""History from other people's graphs: every export read in its own units and times, or an error that names its line."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.graphs import GraphError, History, How, read
from auditor.seats.usage import Interval

PARIS = ZoneInfo("Europe/Paris")
TEN = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)  # ten o'clock in Paris
FIVE = dt.timedelta(minutes=5)


def history(text: str, **how: Any) -> History:
    return read(text.encode(), How(PARIS, **how))


def rates(found: History) -> list[tuple[int, int]]:
    return [(one.down_bps, one.up_bps) for one in found.intervals]


def refused(text: str, **how: Any) -> GraphError:
    with pytest.raises(GraphError) as caught:
        history(text, **how)
    return caught.value


# ---- the tools ----

RRD = """\
                       INOCTETS          OUTOCTETS

1795165500: 1.2500000000e+06 2.5000000000e+05
1795165800: 1.2600000000e+06 2.6000000000e+05
1795166100: -nan -nan
"""
CACTI = """\
"Title:","rtr-rennes - Traffic - Gi0/0"
"Vertical Label:","bits per second"
"Start Date:","2026-11-20 10:00:00"
"Step:","300"

"Date","Inbound","Outbound"
"2026-11-20 10:00:00","10000000.4","2000000"
"2026-11-20 10:05:00","10080000","2080000"
"""
PRTG = """\
"Date Time","Traffic In (Volume)","Traffic In (Volume)(RAW)","Traffic In (Speed)","Traffic In (Speed)(RAW)",\
"Traffic Out (Volume)","Traffic Out (Volume)(RAW)","Traffic Out (Speed)","Traffic Out (Speed)(RAW)",\
"Traffic Total (Speed)","Downtime","Coverage"
"11/20/2026 10:00:00 AM - 10:05:00 AM","366,210 KByte","375000000","10,000 kbit/s","1250000","9 KByte","9",\
"2,000 kbit/s","250000","12,000 kbit/s","0 %","100 %"
"11/20/2026 10:05:00 AM - 10:10:00 AM","366,210 KByte","375000000","10,080 kbit/s","1260000","9 KByte","9",\
"2,080 kbit/s","260000","12,160 kbit/s","0 %","100 %"
"Averages (of 2 values)","366,210 KByte","375000000","10,040 kbit/s","1255000","9 KByte","9",\
"2,040 kbit/s","255000","12,080 kbit/s","0 %","100 %"
"""
ZABBIX = """\
Timestamp;Interface Gi0/0: Bits received;Interface Gi0/0: Bits sent
1795165200;10000000;2000000
1795165500;10080000;2080000
"""
LIBRENMS = """\
time,in (Mbps),out (Mbps)
2026-11-20T10:00:00+01:00,10,2
2026-11-20T10:05:00+01:00,10.08,2.08
"""
FRENCH = (
    "Date;Heure;Entrant (ko/s);Sortant (ko/s)\n20/11/2026;10:00;1\u202f250;250\n20/11/2026;10:05;1\u202f260,0;260,0\n"
)


@pytest.mark.parametrize(
    ("text", "unit", "where", "left_out"),
    [
        (RRD, "byte/s", "heading", 1),
        (CACTI, "bit/s", "above", 0),
        (PRTG, "kbit/s", "cells", 1),
        (ZABBIX, "bit/s", "heading", 0),
        (LIBRENMS, "Mbit/s", "heading", 0),
        (FRENCH, "kbyte/s", "heading", 0),
    ],
    ids=["rrd", "cacti", "prtg", "zabbix", "librenms", "french"],
)
def test_the_export_of_each_tool_is_read(text: str, unit: str, where: str, left_out: int) -> None:
    """The same two intervals out of each: 10 and 10.08 Mbit/s in, 2 and 2.08 out, from ten o'clock in Paris."""
    found = history(text, source="graphs.csv")
    assert rates(found) == [(10_000_000, 2_000_000), (10_080_000, 2_080_000)]
    assert [(one.begun, one.ended) for one in found.intervals] == [(TEN, TEN + FIVE), (TEN + FIVE, TEN + 2 * FIVE)]
    assert (found.unit, found.where, found.step, found.left_out) == (unit, where, FIVE, left_out)
    assert found.intervals[0].source == "graphs.csv"


# ---- units ----

BARE = "time,in,out\n2026-11-20 10:00,1250000,250000\n2026-11-20 10:05,1260000,260000\n"


def test_a_unit_is_never_guessed() -> None:
    """Numbers alone could be bits or bytes; once given, they are read, and it is said that they were given."""
    assert refused(BARE).message.id == "graph.no_unit"
    assert rates(history(BARE, unit="byte"))[0] == (10_000_000, 2_000_000)
    assert rates(history(BARE, unit="bit"))[0] == (1_250_000, 250_000)
    assert history(BARE, unit="bit").where == "given"


@pytest.mark.parametrize(
    ("heading", "bps"),
    [("bps", 7), ("bit/s", 7), ("kbps", 7_000), ("Mbit/s", 7_000_000), ("Gbps", 7_000_000_000), ("bits per second", 7),
     ("B/s", 56), ("bytes/s", 56), ("KB/s", 56_000), ("MB/s", 56_000_000), ("Mo/s", 56_000_000), ("octets/s", 56)],
)  # fmt: skip
def test_units_are_read_from_headings(heading: str, bps: int) -> None:
    """Bits and bytes, with prefixes of a thousand."""
    text = f"time,in ({heading}),out ({heading})\n2026-11-20 10:00,7,7\n2026-11-20 10:05,7,7\n"
    assert rates(history(text))[0] == (bps, bps)


def test_a_unit_that_contradicts_the_table_is_refused() -> None:
    """Nobody may call kilobits bytes; the same kind said twice does no harm."""
    assert refused(PRTG, unit="byte").message.id == "graph.other_unit"
    assert rates(history(PRTG, unit="bit"))[0] == (10_000_000, 2_000_000)


def test_two_units_in_one_table_are_no_unit() -> None:
    """A heading in bits beside one in bytes is a mistake that nobody should make for them."""
    for heading in ("out (byte/s)", "out (kbit/s)", "out"):
        error = refused(f"time,in (bit/s),{heading}\n2026-11-20 10:00,7,7\n", unit="bit")
        assert error.message.id == "graph.two_units"


# ---- numbers ----


@pytest.mark.parametrize(
    ("cell", "bps"),
    [("1234567", 1_234_567), ("1234567.9", 1_234_567), ("1234567,9", 1_234_567), ("1,234,567", 1_234_567),
     ("1.234.567", 1_234_567), ("1 234 567", 1_234_567), ("1'234'567", 1_234_567), ("1.234567e6", 1_234_567),
     ("1,234.5", 1_234), ("1.234,5", 1_234), ("0,5", 0), ("12,34", 12)],
)  # fmt: skip
def test_numbers_are_read_as_their_country_writes_them(cell: str, bps: int) -> None:
    """Thousands and decimals, by comma, dot, blank or apostrophe; fractions of a bit are dropped."""
    assert (
        rates(history(f"time;in;out\n2026-11-20 10:00;{cell};{cell}\n2026-11-20 10:05;1;1\n", unit="bit"))[0][0] == bps
    )


@pytest.mark.parametrize("cell", ["abc", "12 apples 7", "1e99", "--5", "1/2"])
def test_a_value_that_is_no_rate_names_its_line(cell: str) -> None:
    """The line of the file, and what stands there."""
    error = refused(f"time;in;out\n2026-11-20 10:00;1;1\n2026-11-20 10:05;{cell};1\n", unit="bit")
    assert (error.message.id, error.message.values["line"]) == ("graph.value", 3)


def test_mirrored_graphs_are_turned_back() -> None:
    """Some graphs draw what goes out below zero; below zero on one side only of a column is an error."""
    text = "time;in;out\n2026-11-20 10:00;5;-3\n2026-11-20 10:05;5;{}\n"
    assert rates(history(text.format(-4), unit="bit")) == [(5, 3), (5, 4)]
    assert refused(text.format(4), unit="bit").message.id == "graph.value"


def test_what_has_no_value_is_left_out_and_counted() -> None:
    """Gaps of the tool are not zeros."""
    text = "time;in;out\n2026-11-20 10:00;nan;1\n2026-11-20 10:05;5;\n2026-11-20 10:10;5;5\n2026-11-20 10:15;U;U\n"
    found = history(text, unit="bit")
    assert rates(found) == [(5, 5)]
    assert found.left_out == 3


# ---- times ----


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2026-11-20 10:00:00", "2026-11-20 10:05:00"),
        ("2026-11-20T09:00:00Z", "2026-11-20T09:05:00Z"),
        ("2026-11-20T10:00:00.000+01:00", "2026-11-20T10:05:00.000+01:00"),
        ("20/11/2026 10:00", "20/11/2026 10:05"),
        ("11/20/2026 10:00:00 AM", "11/20/2026 10:05:00 AM"),
        ("20.11.26 10:00", "20.11.26 10:05"),
        ("2026/11/20 10:00", "2026/11/20 10:05"),
        ("1795165200", "1795165500"),
        ("1795165200000", "1795165500000"),
    ],
)
def test_times_are_read_in_every_spelling(first: str, second: str) -> None:
    """With an offset, or in the time of the site."""
    found = history(f"time;in;out\n{first};5;5\n{second};5;5\n", unit="bit")
    assert [one.begun for one in found.intervals] == [TEN, TEN + FIVE]


def test_dates_that_can_be_read_two_ways_are_asked_about() -> None:
    """03/04/2026 is March or April; one date of the file that decides, decides for all."""
    doubtful = "time;in;out\n03/04/2026 10:00;5;5\n03/04/2026 10:05;5;5\n"
    assert refused(doubtful, unit="bit").message.id == "graph.dates"
    assert history(doubtful, unit="bit", dates="day-first").intervals[0].begun.month == 4
    assert history(doubtful, unit="bit", dates="month-first").intervals[0].begun.month == 3
    decided = history(doubtful + "13/04/2026 10:00;5;5\n", unit="bit")
    assert {one.begun.month for one in decided.intervals} == {4}


@pytest.mark.parametrize("cell", ["2026-13-40 10:00", "2026-11-20 25:00", "2026-11-20 10:61"])
def test_a_time_that_cannot_be_names_its_line(cell: str) -> None:
    """A thirteenth month, a twenty-fifth hour."""
    error = refused(f"time;in;out\n2026-11-20 10:00;1;1\n{cell};1;1\n", unit="bit")
    assert (error.message.id, error.message.values["line"]) == ("graph.time", 3)


def test_rows_may_be_in_any_order_and_twice() -> None:
    """Newest first, as some tools list them; the last of two rows of one moment counts."""
    text = "time;in;out\n2026-11-20 10:10;3;3\n2026-11-20 10:05;2;2\n2026-11-20 10:00;1;1\n2026-11-20 10:05;9;9\n"
    assert [one.down_bps for one in history(text, unit="bit").intervals] == [1, 9, 3]


def test_a_hole_in_the_graph_is_not_filled() -> None:
    """An interval lasts a step, not until the tool was back."""
    text = "time;in;out\n2026-11-20 10:00;1;1\n2026-11-20 10:05;2;2\n2026-11-20 12:00;3;3\n2026-11-20 12:05;3;3\n"
    assert [one.ended - one.begun for one in history(text, unit="bit").intervals] == [FIVE] * 4


def test_daily_means_are_refused() -> None:
    """They hide the busy hour; hourly ones are the longest that do not."""
    text = "time;in;out\n2026-11-{:02}{};1;1\n2026-11-{:02}{};1;1\n"
    assert refused(text.format(20, "", 21, ""), unit="bit").message.id == "graph.too_coarse"
    assert len(history(text.format(20, " 10:00", 20, " 11:00"), unit="bit").intervals) == 2


# ---- the rest ----


def test_the_other_side_may_have_made_the_graph() -> None:
    """What comes in at the operator goes out of the site."""
    assert rates(history(CACTI, swapped=True))[0] == (2_000_000, 10_000_000)


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "cp1252"])
def test_files_of_any_coding_are_read(coding: str) -> None:
    """Excel's too."""
    text = "heure;entrée (bit/s);sortie (bit/s)\n2026-11-20 10:00;1;1\n2026-11-20 10:05;1;1\n"
    assert len(read(text.encode(coding), How(PARIS)).intervals) == 2


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("", "graph.columns"),
        ("a,b,c\n1,2,3\n", "graph.columns"),
        ("time,in\n2026-11-20 10:00,5\n", "graph.columns"),
        ("time,in a,in b,out\n2026-11-20 10:00,1,1,1\n", "graph.which"),
        ("time,in,out\n", "graph.no_rows"),
        ("time,in,out\nnever,1,1\n", "graph.no_rows"),
        ('time,in,out\n"' + "x" * 200_000, "graph.not_a_table"),
        ("   a   b\n1795165500: 1 2\n", "graph.columns"),
    ],
)
def test_what_is_no_history_is_refused(text: str, id: str) -> None:
    """With the reason."""
    assert refused(text, unit="bit").message.id == id


def test_a_huge_file_is_refused() -> None:
    """Before it is read."""
    with pytest.raises(GraphError) as caught:
        read(bytes((64 << 20) + 1), How(PARIS))
    assert caught.value.message.id == "graph.too_big"


likely = st.lists(st.text("0123456789,.;:/- \tkMbpsinoutAPM\n\"'", max_size=30)).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=300), st.lists(st.text("0123456789,.;:/- \tkMbpsinoutAPM\n\"'", max_size=30)).map("\n".join)
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else comes of it, whatever stands in it."""
    for given_ in (text, "time;in;out\n" + text, "time,in (bit/s),out (bit/s)\n2026-11-20 10:00,1,1\n" + text):
        with contextlib.suppress(GraphError):
            found = history(given_, unit="bit")
            assert all(isinstance(one, Interval) and one.ended > one.begun for one in found.intervals)
