"""A list of staff as it comes from an office suite: encodings, separators, headings in two languages, hostile cells."""

from __future__ import annotations

import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from auditor.clean import line as one_line
from auditor.values import ABSENT, N_, Absent, Message, Value

MAX_BYTES: Final = 32 << 20
MAX_LINES: Final = 20
"""Lines one row may take, in quotes: beyond, a quotation mark was left open."""
MAX_CELL: Final = 500
SHOWN: Final = 40
SEPARATORS: Final = (";", ",", "\t", "|")


class StaffFileError(ValueError):
    """A list that cannot be read at all, with the reason."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


class BadCell(Exception):
    """A cell that means nothing, and why; what stands in it is not repeated, for it may be a name."""

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id)
        self.reason = Message(id, values)


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is left out: its line in the file, the heading of its column ("" for the whole row), and why."""

    line: int
    column: str
    reason: Message


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line it begins on, and its cells by the field their heading stands for."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: the rows, those that could not be cut into cells, the headings by field, and those unknown."""

    rows: tuple[Record, ...]
    bad: tuple[Bad, ...]
    headings: Mapping[str, str]
    unknown: tuple[str, ...]


# ---- text, lines and cells ----


@dataclass(frozen=True, slots=True)
class Grid:
    """A file cut into cells, whatever it lists: the headings, each row with the line it begins on, and the bad rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    bad: tuple[Bad, ...]


def grid(data: bytes) -> Grid:
    """The headings and rows of a CSV file, blank rows left out; raises StaffFileError where there is none in it."""
    lines = re.split(r"\r\n|\r|\n", _text(data))
    start = 1 if lines and re.fullmatch(r'"?sep=."?|#TYPE .*', lines[0].strip(), re.I) else 0  # Excel's, PowerShell's
    while start < len(lines) and not lines[start].strip():
        start += 1
    if start == len(lines):
        raise StaffFileError(Message("staff.empty"))
    separator = _separator(lines[start])
    header = _cells(lines[start], separator)
    rows: list[tuple[int, tuple[str, ...]]] = []
    bad: list[Bad] = []
    for number, text in _records(lines, start + 1, bad):
        cells = _cells(text, separator)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            values: dict[str, Value] = {"found": len(cells), "wanted": len(header)}
            bad.append(Bad(number, "", Message("staff.too_many", values)))
            continue
        rows.append((number, tuple(cells)))
    return Grid(tuple(header), tuple(rows), tuple(bad))


def read(data: bytes) -> Sheet:
    """The rows of a list; raises StaffFileError where there is no list in it."""
    found = grid(data)
    fields, headings, unknown = _fields(found.header)
    rows = tuple(
        Record(line, {name: cells[at].strip() for at, name in fields.items() if at < len(cells)})
        for line, cells in found.rows
    )
    return Sheet(rows, found.bad, headings, unknown)


def _text(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it ("Unicode text"), else Windows-1252, as a French Excel writes."""
    if len(data) > MAX_BYTES:
        raise StaffFileError(Message("staff.too_big", {"limit": MAX_BYTES >> 20}))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise StaffFileError(Message("staff.not_csv")) from None
    if b"\x00" in data or data[:4] == b"PK\x03\x04":
        raise StaffFileError(Message("staff.not_csv"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _separator(header: str) -> str:
    """The sign that cuts the headings into most columns, quotes apart."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(SEPARATORS, key=lambda sign: (bare.count(sign), -SEPARATORS.index(sign)))


def _records(lines: Sequence[str], start: int, bad: list[Bad]) -> Iterator[tuple[int, str]]:
    """Each row with the line it begins on; one whose quotation mark never closes is named, and the next line read."""
    at = start
    while at < len(lines):
        text, last = lines[at], at
        while text.count('"') % 2 and last + 1 < len(lines) and last - at < MAX_LINES:
            last += 1
            text += "\n" + lines[last]
        if text.count('"') % 2:
            bad.append(Bad(at + 1, "", Message("staff.open_quote")))
            at += 1
            continue
        yield at + 1, text
        at = last + 1


def _cells(text: str, separator: str) -> list[str]:
    """The cells of a row; a row too long for the reader is one long cell, which no column accepts."""
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return [text]


# ---- headings ----


_WORDS: Final = re.compile("[a-z0-9]+")


def words_of(text: str) -> str:
    """A heading as plain words: no accents, capitals or signs."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(_WORDS.findall(text.casefold()))


_TRAINED: Final = r"(?:trained|trainings?|formations?|formee?s?|webinars?)"
_HOME: Final = r"(?:homes?|lines?|lignes?|domiciles?|foyers?)"
_RULES: Final = tuple(
    (field, re.compile("|".join(rf"\b(?:{pattern})\b" for pattern in patterns)))
    for field, *patterns in (
        # the first that matches: what is more special stands first
        ("trained_security", rf"{_TRAINED}.*(?:secur\w+|phishing|cyber\w*|hameconnage)", r"sensibilis\w+", "awareness",
         rf"(?:secur\w+|phishing|cyber\w*).*{_TRAINED}"),
        ("trained_tools", rf"{_TRAINED}.*(?:tools?|outils?|vpn|softphone|remote|teletravail|distance)",
         rf"(?:tools?|outils|vpn|remote work).*{_TRAINED}"),
        ("trained_when", rf"(?:date|when|jour|quand).*{_TRAINED}", rf"{_TRAINED}.*(?:date|when|le|quand)"),
        ("trained_what", _TRAINED),
        ("lines_pass", rf"{_HOME}.*(?:pass|good|adequate|bonne?s?|suffisante?s?)"),
        ("lines_warn", rf"{_HOME}.*(?:warn|fair|limited|moyenne?s?|limitee?s?|passables?)"),
        ("lines_fail", rf"{_HOME}.*(?:fail|poor|bad|mauvaise?s?|insuffisante?s?|faibles?)"),
        ("down", "down", "download", "downstream", "downlink", "descendante?", "reception"),
        ("up", "up", "upload", "upstream", "uplink", "montante?", "emission"),
        ("rtt", "rtt", "ping", "latency", "latence", "aller retour", "round trip"),
        ("profile", "profiles?", "profils?", "usages?", "roles?", "metiers?", "job"),
        ("id", "e mail", "email", "mail", "courriel", "mel", "matricule", "identifiant", "login", "id",
         "(?:employee|staff|agent) (?:id|number)"),
        ("first_name", "prenom", "first ?name", "given name"),
        ("name", "nom", "name", "last ?name", "surname", "family name", r"collaborat\w+", r"salarie\w*", "employee",
         "agent"),
        ("line", "home lines?", "lines?", "lignes?", "acces domicile", "home access", "connexion", "connection"),
        ("equipped", "equipped", "equipement", "equipee?s?"),
        ("softphone", "softphones?", "soft phones?", "telephone logiciel", "telephonie logicielle",
         "logiciel de telephonie"),
        ("headset", "headsets?", "casques?", "ecouteurs"),
        ("laptop", "laptops?", "notebooks?", "pcs?", "ordinateurs?", "computers?", "poste de travail",
         "(?<!telephone )(?<!mobile )portables?"),
        ("eligible", "eligible?s?", "eligibilite", "eligibility", "teletravaillables?", "(?<!jours de )teletravail",
         "remote work(?:er)?", "telework(?:er)?"),
    )
)  # fmt: skip
_COUNT: Final = re.compile(
    r"count|headcount|heads?|people|persons|number(?: of (?:people|persons|staff))?|effectifs?|personnes?|quantite"
    r"|(?:nombre|nb)(?: (?:de )?(?:personnes|salaries|agents))?"
)
_SEVERAL: Final = ("id", "name", "first_name")
"""Fields that may stand in several columns: together they tell one person from another."""


def field_of(heading: str) -> str:
    """The field a heading stands for, "" when it is none we know."""
    words = words_of(heading)
    if _COUNT.fullmatch(words):
        return "count"
    return next((field for field, pattern in _RULES if pattern.search(words)), "")


def _fields(header: Sequence[str]) -> tuple[dict[int, str], dict[str, str], tuple[str, ...]]:
    """The field of each column, the heading of each field, and the headings that stand for none."""
    fields: dict[int, str] = {}
    headings: dict[str, str] = {}
    unknown: list[str] = []
    for at, text in enumerate(header):
        field, shown = field_of(text[:MAX_CELL]), brief(text)
        if not field or (field in headings and field not in _SEVERAL):
            unknown += [shown] if shown else []
            continue
        name = f"{field}.{at}" if field in _SEVERAL else field
        fields[at] = name
        headings[name] = headings[field] = shown
    if not set(headings) & {
        "eligible",
        "laptop",
        "headset",
        "softphone",
        "profile",
        "down",
        "line",
        "count",
        "equipped",
    }:
        raise StaffFileError(Message("staff.no_headings"))
    return fields, headings, tuple(unknown)


def brief(text: str, limit: int = SHOWN) -> str:
    """What may be shown of a cell: one short line without escapes."""
    shown = one_line(text[: 10 * limit])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


# ---- cells ----

_YES: Final = ("yes", "y", "oui", "o", "true", "vrai", "x", "ok", "1", "managed", "gere", "geree", "fourni", "fournie")
_NO: Final = ("no", "n", "non", "false", "faux", "0", "none", "aucun", "aucune", "personal", "personnel", "personnelle")
_UNKNOWN: Final = ("", "unknown", "inconnu", "inconnue", "na", "n a", "nc", "n c", "nsp", "ne sait pas", "don t know")


def is_unknown(cell: str) -> bool:
    """Whether a cell says that nobody knows: empty, a question mark, a dash, unknown, inconnu, n/c."""
    return not cell[:1].isdigit() and len(cell) <= MAX_CELL and words_of(cell) in _UNKNOWN


def yes_no(cell: str) -> bool | Absent:
    """A yes or no in either language."""
    checked(cell)
    word = words_of(cell)
    if is_unknown(cell):
        return ABSENT
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadCell("staff.no_yes")


def checked(cell: str) -> str:
    """A cell fit for a value: not endless, and no formula of a spreadsheet."""
    if len(cell) > MAX_CELL:
        raise BadCell("staff.too_long", limit=MAX_CELL)
    if re.match(r"[=@\t]|[+-](?![\d.,\s]|$)", cell):
        raise BadCell("staff.formula")
    return cell


_BLANKS: Final = re.compile(r"[\s\u00a0\u202f']")


def number(cell: str, unit: str = "") -> Fraction:
    """A number with a decimal point or comma, thin or plain spaces between thousands, and at most its unit."""
    text = _BLANKS.sub("", checked(cell)).replace(",", ".")
    match = re.fullmatch(rf"(\d{{1,12}}(?:\.\d{{1,6}})?)(?:{unit})?", text, re.I)
    if not match:
        raise BadCell("staff.no_number")
    whole, _, part = match[1].partition(".")
    return Fraction(int(whole + part), 10 ** len(part))


_RATE: Final = r"[kmg]?(?:bit|bits|b)?(?:/s|ps)?"


def rate(cell: str, heading: str) -> Fraction:
    """A rate in bit/s: Mbit/s unless the cell or its heading says kbit/s or Gbit/s."""
    amount = number(cell, _RATE)
    said = re.search(r"\d\s*([kmg])", cell, re.I) or re.search(r"\b([kmg])\s?(?:bit|b)", words_of(heading))
    size = {"k": 10**3, "m": 10**6, "g": 10**9}[said[1].lower() if said else "m"]
    return amount * size


def milliseconds(cell: str) -> Fraction:
    """A round-trip time in milliseconds."""
    return number(cell, "ms")


def count(cell: str) -> int:
    """A whole number of people."""
    found = number(cell)
    if found.denominator != 1 or found > 10**6:
        raise BadCell("staff.no_count")
    return int(found)


_DATES: Final = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?(?:[T ].*)?"),
    re.compile(r"(?:(?P<d>\d{1,2})[/.-])?(?P<m>\d{1,2})[/.-](?P<y>\d{4})(?: .*)?"),
)


def date(cell: str, today: dt.date) -> dt.date:
    """A day or a month, written 2026-03-01, 01/03/2026 (the day first), 2026-03 or 03/2026; never after today."""
    text = checked(cell)
    for match in filter(None, (pattern.fullmatch(text) for pattern in _DATES)):
        try:
            found = dt.date(int(match["y"]), int(match["m"]), int(match["d"] or 1))
        except ValueError:
            break
        if found > today:
            raise BadCell("staff.future")
        return found
    raise BadCell("staff.no_date")


SENTENCES: Mapping[str, str] = {
    "staff.empty": N_("The file is empty."),
    "staff.too_big": N_("The file is larger than {limit} MB: is it a list of staff?"),
    "staff.not_csv": N_("This is no CSV text: save the sheet as “CSV UTF-8” first."),
    "staff.no_headings": N_(
        "None of the headings says profile, eligible, laptop, headset, softphone or home line: is the first"
        " line missing? `auditor new --people FILE.csv` writes a template."
    ),
    "staff.open_quote": N_("a quotation mark is opened and never closed."),
    "staff.too_many": N_("{found} cells under {wanted} headings."),
    "staff.no_yes": N_("neither yes nor no."),
    "staff.too_long": N_("a cell of more than {limit} characters."),
    "staff.formula": N_("a formula, not a value."),
    "staff.no_number": N_("not a number."),
    "staff.no_count": N_("not a whole number of people."),
    "staff.no_date": N_("not a date such as 2026-03-01 or 01/03/2026."),
    "staff.future": N_("a date still to come."),
}
