"""Graphs as tables: what RRD, LibreNMS, PRTG, Zabbix or a spreadsheet exports of a link (time, in, out), as intervals.

A unit is never guessed: it is in a heading, in the cells, in the text above, or it is given. What has no value is left
out and counted; what cannot be read is an error that names its line.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from auditor.clean import line as one_line
from auditor.collectors import moments
from auditor.collectors.moments import Order, Undecided
from auditor.seats.usage import Interval
from auditor.values import N_, Message, Value

Unit: TypeAlias = Literal["bit", "byte"]
_Pair: TypeAlias = tuple[Fraction | None, Fraction | None]
Where: TypeAlias = Literal["given", "heading", "cells", "above"]

MOST_OCTETS: Final = 64 << 20
_MOST_BPS: Final = 10**13
_LONGEST: Final = dt.timedelta(hours=1)
_NOTHING: Final = ("", "-", "nan", "-nan", "null", "none", "u", "n/a", "no data")

_TIME: Final = ("time", "timestamp", "date", "date time", "datetime", "clock", "epoch", "heure", "horodatage",
                "date heure", "date et heure", "date/time", "date/heure")  # fmt: skip
_IN: Final = re.compile(
    r"\b(in|inbound|incoming|input|download|down|rx|received?|entrant|entree|descendant|reception|\w*in_?octets)\b|_in\b"
)
_OUT: Final = re.compile(
    r"\b(out|outbound|outgoing|output|upload|up|tx|sent|transmit(ted)?|sortant|sortie|montant|emission|\w*out_?octets)\b"
    r"|_out\b"
)
_NOT_A_MEAN: Final = re.compile(
    r"volume|total|\bmax|\bmin\b|peak|percent|%|error|discard|erreur|packet|paquet|pkts|\(raw\)"
)
_UNIT: Final = re.compile(
    r"(?<![A-Za-z])(?P<prefix>[kKMGT]?)(?:"
    r"(?P<bit>bits?(?:/s|ps| per second|/sec)|bps|b/s|[Bb]its\b)|"
    r"(?P<byte>[Bb]ytes?(?:/s| per second|/sec)?\b|B/s|Bps|[Oo]ctets?(?:/s| per second)?\b|o/s))"
)
_PREFIXES: Final = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_NUMBER: Final = re.compile(r"[+-]?[\d., '\u00a0\u202f]*\d(?:[eE][+-]?\d+)?")
_BLANKS: Final = re.compile(r"[ '\u00a0\u202f]")
_RRD: Final = re.compile(r"\s*(\d{9,10}):\s+(\S+)\s+(\S+)\s*")


class GraphError(ValueError):
    """A table that cannot be used; `message` says what and where."""

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id)
        self.message = Message(id, values)


@dataclass(frozen=True, slots=True)
class History:
    """What a table held: intervals in bit/s, their usual length, its unit and who said it, and the rows left out."""

    intervals: tuple[Interval, ...]
    step: dt.timedelta
    unit: str
    where: Where
    left_out: int


@dataclass(frozen=True, slots=True)
class How:
    """How to read a table: the zone of times without offset, what was given, and whether in and out are the other's."""

    zone: dt.tzinfo
    unit: Unit | Literal[""] = ""
    dates: Order = ""
    swapped: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table: its line, and the texts of its time and of both directions."""

    line: int
    time: str
    down: str
    up: str


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table taken apart: rows, the headings of both directions, the text above, and whether times end intervals."""

    rows: tuple[_Row, ...]
    headings: tuple[str, str]
    above: str
    ends: bool = False


def read(octets: bytes, how: How) -> History:
    """The intervals of an exported table. Raises GraphError."""
    if len(octets) > MOST_OCTETS:
        raise GraphError("graph.too_big", size=MOST_OCTETS >> 20)
    text = _decoded(octets)
    sheet = _rrd(text) or _table(text)
    factor, unit, where = _unit(sheet, how)
    kept = [row for row in sheet.rows if moments.dated(row.time)]
    told = _values(kept, factor)
    intervals, step = _intervals(sheet, kept, told, how)
    if not intervals:
        raise GraphError("graph.no_rows")
    return History(tuple(intervals), step, unit, where, len(sheet.rows) - len(intervals))


def _decoded(octets: bytes) -> str:
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return octets.decode("utf-16", errors="replace")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


# ---- columns ----


def _rrd(text: str) -> _Sheet | None:
    """What `rrdtool fetch` prints: names of the sources, then `epoch: in out`; a row tells the time that has passed."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    matched = [(number, _RRD.fullmatch(line)) for number, line in lines[1:]]
    if not matched or not all(found for _, found in matched):
        return None
    names = lines[0][1].split()
    down, up = (
        next((place for place, name in enumerate(names) if want.search(_plain(name))), -1) for want in (_IN, _OUT)
    )
    if {down, up} != {0, 1}:
        raise GraphError("graph.columns", found=tuple(names[:6]))
    rows = tuple(_Row(number, found[1], found[2 + down], found[2 + up]) for number, found in matched if found)
    return _Sheet(rows, (names[down], names[up]), "", ends=True)


def _table(text: str) -> _Sheet:
    """A delimited table, whatever stands above its heading."""
    lines = text.splitlines()
    best = max(";\t,", key=lambda mark: sum(line.count(mark) > 1 for line in lines[:200]))
    try:
        table = [(number, cells) for number, cells in enumerate(csv.reader(lines, delimiter=best), 1) if any(cells)]
    except csv.Error as error:
        raise GraphError("graph.not_a_table", why=one_line(str(error))) from None
    for place, (_, heading) in enumerate(table[:60]):
        if columns := _columns(heading):
            time, down, up = columns
            rows = tuple(
                _Row(number, " ".join(cells[at] for at in time).strip(), cells[down].strip(), cells[up].strip())
                for number, cells in table[place + 1 :]
                if len(cells) > max(*time, down, up)
            )
            above = " ".join(" ".join(cells) for _, cells in table[:place])
            return _Sheet(rows, (heading[down], heading[up]), above)
    first = next((cells for _, cells in table), [])
    raise GraphError("graph.columns", found=tuple(one_line(cell)[:40] for cell in first[:6]))


def _columns(heading: Sequence[str]) -> tuple[tuple[int, ...], int, int] | None:
    """Which columns hold the time (one, or date and hour), what came in and what went out; None for no heading."""
    names = [_plain(name) for name in heading]
    times = [place for place, name in enumerate(names) if re.sub(r" *\(.*\)$", "", name) in _TIME]
    found = []
    for want, other in ((_IN, _OUT), (_OUT, _IN)):
        fit = [place for place, name in enumerate(names) if want.search(name) and not other.search(name)]
        means = [place for place in fit if not _NOT_A_MEAN.search(names[place])]
        speeds = [place for place in means if "speed" in names[place] or "vitesse" in names[place]]
        found.append((speeds or means)[:2])
    if not times or not found[0] or not found[1]:
        return None
    if len(found[0]) > 1 or len(found[1]) > 1:
        raise GraphError("graph.which", found=tuple(heading[place] for side in found for place in side))
    pair = ("date", "time") if names[times[0]] == "date" else ()
    both = tuple(times[:2]) if pair and len(times) > 1 and names[times[1]] in ("time", "heure") else (times[0],)
    return both, found[0][0], found[1][0]


def _plain(name: str) -> str:
    """A heading in small letters without accents."""
    text = unicodedata.normalize("NFKD", name)
    return " ".join("".join(c for c in text if not unicodedata.combining(c)).lower().split())


# ---- units and numbers ----


def _unit(sheet: _Sheet, how: How) -> tuple[Fraction | None, str, Where]:
    """How many bit/s one of the table's numbers is, None where each cell says it; the unit and who said it."""
    stated = _stated(sheet)
    if stated is None:
        if not how.unit:
            raise GraphError("graph.no_unit")
        return Fraction(8 if how.unit == "byte" else 1), f"{how.unit}/s", "given"
    if how.unit and f"{how.unit}/s" not in stated[1]:
        raise GraphError("graph.other_unit", said=stated[1], given=f"{how.unit}/s")
    return stated


def _stated(sheet: _Sheet) -> tuple[Fraction | None, str, Where] | None:
    """The unit that the table states itself: in both headings, in every cell, or above them."""
    named = [_said(heading) for heading in sheet.headings]
    if named[0] != named[1]:
        raise GraphError("graph.two_units", headings=sheet.headings)
    if named[0]:
        return named[0][0], named[0][1], "heading"
    cells = [cell for row in sheet.rows[:50] for cell in (row.down, row.up) if cell.lower() not in _NOTHING]
    units = {said[1] for cell in cells for said in (_said(_bare(cell)),) if said}
    if cells and units and all(_said(_bare(cell)) for cell in cells):
        return None, ", ".join(sorted(units)), "cells"
    above = _said(sheet.above)
    return (above[0], above[1], "above") if above else None


def _said(text: str) -> tuple[Fraction, str] | None:
    """The unit that a text names: bit/s in one of it, and its spelling."""
    spaced = re.sub(
        r"([a-z])(OCTETS)\b", r"\1 octets", re.sub(r"\b(IF)?(HC)?(IN|OUT)(OCTETS)\b", "octets", text, flags=re.I)
    )
    found = _UNIT.search(spaced)
    if not found:
        return None
    prefix = _PREFIXES[found["prefix"]]
    spelled = f"{found['prefix']}{'bit' if found['bit'] else 'byte'}/s"
    return Fraction(prefix * (1 if found["bit"] else 8)), spelled


def _bare(cell: str) -> str:
    """What stands behind the number of a cell."""
    found = _NUMBER.match(cell)
    return cell[found.end() :] if found else ""


def _values(rows: Sequence[_Row], factor: Fraction | None) -> list[_Pair]:
    """Both directions of each row in bit/s, None where there is no value; mirrored graphs count out below zero."""
    sides = []
    for side in ("down", "up"):
        cells = [(row.line, getattr(row, side)) for row in rows]
        comma = _decimal_comma(cell for _, cell in cells)
        numbers = [_number(line, cell, comma, factor) for line, cell in cells]
        known = [number for number in numbers if number is not None]
        if known and all(number <= 0 for number in known):
            numbers = [None if number is None else -number for number in numbers]
        sides.append(numbers)
    for row, pair in zip(rows, zip(*sides, strict=True), strict=True):
        if any(number is not None and not 0 <= number < _MOST_BPS for number in pair):
            raise GraphError("graph.value", line=row.line, value=f"{row.down} / {row.up}"[:60])
    return list(zip(*sides, strict=True))


def _decimal_comma(cells: Iterable[str]) -> bool:
    """Whether the comma of this column is a decimal one; a comma before each three digits is not."""
    for cell in cells:
        found = _NUMBER.match(cell.strip())
        digits = _BLANKS.sub("", found[0]) if found else ""
        if "," in digits and "." in digits:
            return digits.rindex(",") > digits.rindex(".")
        if re.search(r"^\d*,\d{1,2}$|^\d*,\d{4,}|^\d{4,},\d|^0,\d", digits):
            return True
        if "." in digits:
            return bool(re.fullmatch(r"\d{1,3}(\.\d{3}){2,}", digits))
    return False


def _number(line: int, cell: str, comma: bool, factor: Fraction | None) -> Fraction | None:
    """One cell in bit/s."""
    text = cell.strip()
    if text.lower() in _NOTHING:
        return None
    found = _NUMBER.match(text)
    said = _said(_bare(text)) if factor is None else (factor, "") if not _bare(text).strip() else None
    if not found or said is None:
        raise GraphError("graph.value", line=line, value=one_line(cell)[:60])
    digits = _BLANKS.sub("", found[0])
    digits = digits.replace(".", "").replace(",", ".") if comma else digits.replace(",", "")
    try:
        return Fraction(digits) * said[0]
    except (ValueError, ZeroDivisionError):
        raise GraphError("graph.value", line=line, value=one_line(cell)[:60]) from None


# ---- intervals ----


def _intervals(
    sheet: _Sheet, rows: Sequence[_Row], values: Sequence[_Pair], how: How
) -> tuple[list[Interval], dt.timedelta]:
    """Rows in the order of time, each lasting until the next one, a step at most."""
    spans = _spans(rows, how)
    begins = sorted({begun for begun, _ in spans})
    step = moments.step(begins)
    if step > _LONGEST:
        raise GraphError("graph.too_coarse", step=step.total_seconds())
    follows = dict(pairwise(begins))
    found: dict[dt.datetime, Interval] = {}
    for (begun, ended), (first, second) in zip(spans, values, strict=True):
        if first is None or second is None:
            continue
        down, up = (second, first) if how.swapped else (first, second)
        last = ended or min(begun + step, follows.get(begun, begun + step))
        back = step if sheet.ends else dt.timedelta(0)
        if last > begun:
            found[begun] = Interval(begun - back, last - back, int(down), int(up), how.source)
    return [found[begun] for begun in sorted(found)], step


def _spans(rows: Sequence[_Row], how: How) -> list[tuple[dt.datetime, dt.datetime | None]]:
    try:
        order = moments.order_of((row.time for row in rows), how.dates)
    except Undecided as undecided:
        raise GraphError("graph.dates", date=str(undecided)[:40]) from None
    spans = []
    for row in rows:
        try:
            spans.append(moments.span(row.time, order, how.zone))
        except (ValueError, OverflowError):
            raise GraphError("graph.time", line=row.line, value=one_line(row.time)[:60]) from None
    return [(one.astimezone(dt.UTC), other and other.astimezone(dt.UTC)) for one, other in spans]


SENTENCES: Mapping[str, str] = {
    "graph.too_big": N_("the table is larger than {size} MB."),
    "graph.not_a_table": N_("this is not a table of delimited columns ({why})."),
    "graph.columns": N_("no heading names a time, what came in and what went out; the first row is {found:list}."),
    "graph.which": N_("several columns could be what came in or went out ({found:list}): leave one of each."),
    "graph.no_unit": N_("no heading, cell or text above says the unit: give --unit bit or --unit byte (per second)."),
    "graph.two_units": N_("its headings have different units, or one has none ({headings:list}): make them the same."),
    "graph.other_unit": N_("the table says {said} itself, and --unit says {given}: one of them is wrong."),
    "graph.value": N_("line {line:raw}: “{value}” is no rate."),
    "graph.time": N_("line {line:raw}: “{value}” is no date and time."),
    "graph.dates": N_("dates such as {date} can be read two ways: give --dates day-first or --dates month-first."),
    "graph.too_coarse": N_(
        "its values are means over {step:duration}: export one per hour, or better per five minutes."
    ),
    "graph.no_rows": N_("it holds no row with a time and both values."),
}
