"""The people of a site, counted from a list of staff: who could work from home, with what, and on which line.

Names never leave this module: a digest with a salt of its own finds duplicates while the list is read, and both are
dropped with it. What remains are counts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeVar

from auditor.declared import staffcsv
from auditor.declared.staffcsv import Bad, BadCell, Record, Sheet, is_unknown, words_of, yes_no
from auditor.seats.homes import CLASSES, classify
from auditor.site import Declared
from auditor.values import ABSENT, N_, Absent, Message

T = TypeVar("T")
PROFILES: Final = ("office", "vdi", "files")
RECENT: Final = dt.timedelta(days=365)
"""How long a security training counts (12 months); training on the tools does not grow old."""


@dataclass(frozen=True, slots=True)
class Staff:
    """What a list of staff says, in counts by name; `told` are the fields that had a column at all.

    `people`, `eligible`, `eligible.unknown`; then, of the eligible: `profile.office`…, `line.pass`…, and `laptop`,
    `headset`, `equipped`, `softphone`, `trained_security`, `trained_tools`, each with `….unknown` beside it.
    """

    counts: Mapping[str, int]
    told: frozenset[str]

    def of(self, name: str) -> int:
        """One count, 0 where nobody was counted."""
        return self.counts.get(name, 0)

    @property
    def answered(self) -> int:
        """The eligible whose home line has a class."""
        return sum(self.of(f"line.{name}") for name in CLASSES)

    def known(self, name: str) -> bool:
        """Whether this was told of at least one person."""
        return self.of("eligible") > self.of(f"{name}.unknown")


@dataclass(frozen=True, slots=True)
class Import:
    """A list read to its end: counts, rows counted and left out, lines that repeat a person, and what to know."""

    staff: Staff
    rows: int
    bad: tuple[Bad, ...]
    duplicates: tuple[int, ...]
    notices: tuple[Message, ...]


def count(data: bytes, today: dt.date) -> Import:
    """The counts of a list of staff, or of a table of counts; raises StaffFileError where nothing can be read."""
    sheet = staffcsv.read(data)
    faces, bad, twice, rows = _Faces(), list(sheet.bad), list[int](), 0
    counts: Counter[str] = Counter()
    for record in sheet.rows:
        try:
            found = _Row(record, sheet, today).counts()
        except _BadRow as wrong:
            bad.append(Bad(record.line, wrong.column, wrong.reason))
            continue
        if faces.seen(record):
            twice.append(record.line)
            continue
        counts.update(found)
        rows += 1
    staff = Staff(counts, frozenset(name for name in sheet.headings if "." not in name))
    bad.sort(key=lambda one: one.line)
    return Import(staff, rows, tuple(bad), tuple(twice), tuple(_notices(staff, sheet)))


class _Faces:
    """Tells whether a person was there before, without keeping who it was."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(32)
        self._digests: set[bytes] = set()

    def seen(self, record: Record) -> bool:
        parts = {name: words_of(cell) for name, cell in record.cells.items() if "." in name}
        ids = [f"{name}={text}" for name, text in parts.items() if name.startswith("id.") and text]
        names = [text for name, text in sorted(parts.items()) if not name.startswith("id.") and text]
        who = ids[:1] or names
        if not who:
            return False
        digest = hashlib.blake2b("\x1f".join(who).encode(), key=self._salt, digest_size=16).digest()
        before = digest in self._digests
        self._digests.add(digest)
        return before


# ---- one row ----


class _BadRow(Exception):
    """A row that is left out: the heading of the column at fault, and why."""

    def __init__(self, column: str, reason: Message) -> None:
        super().__init__(reason.id)
        self.column, self.reason = column, reason


class _Row:
    """One row: a person, or as many alike as its count says; its yes-or-no columns may then hold counts too."""

    def __init__(self, record: Record, sheet: Sheet, today: dt.date) -> None:
        self._cells, self._headings, self._today = record.cells, sheet.headings, today
        self._grouped = "count" in sheet.headings
        self._people = self._read("count", staffcsv.count) if self._grouped else 1

    def counts(self) -> dict[str, int]:
        """What this row adds, by the names of `Staff`; raises _BadRow."""
        found = {"people": self._people}
        everybody = (self._people, 0) if "eligible" not in self._headings else self._some("eligible", self._people)
        of, found["eligible.unknown"] = everybody
        found["eligible"] = of
        found[f"profile.{self._profile()}"] = of
        for name in ("laptop", "headset", "softphone"):
            found[name], found[f"{name}.unknown"] = self._some(name, of)
        found["equipped"], found["equipped.unknown"] = self._equipped(found, of)
        for name in ("trained_security", "trained_tools"):
            found[name], found[f"{name}.unknown"] = self._trained(name, of)
        return found | {f"line.{name}": number for name, number in self._lines(of).items()}

    # ---- cells ----

    def _read(self, name: str, read: Callable[[str], T]) -> T:
        """The value of a cell; a cell that means nothing makes the row a bad one."""
        try:
            return read(self._cells.get(name, ""))
        except BadCell as wrong:
            raise _BadRow(self._headings.get(name, ""), wrong.reason) from None

    def _blank(self, name: str) -> bool:
        return is_unknown(self._cells.get(name, ""))

    def _some(self, name: str, of: int) -> tuple[int, int]:
        """How many of so many said yes, and of how many nothing is known."""
        if name not in self._headings or self._blank(name):
            return 0, of
        if self._grouped and self._cells[name].strip().isdigit():
            return self._part(name, of), 0
        said = self._read(name, yes_no)
        return (0, of) if isinstance(said, Absent) else (of if said else 0, 0)

    def _part(self, name: str, of: int) -> int:
        number = self._read(name, staffcsv.count)
        if number > of:
            raise _BadRow(self._headings[name], Message("staff.more_than", {"found": number, "of": of}))
        return number

    def _profile(self) -> str:
        if self._blank("profile"):
            return "unknown"
        word = words_of(self._read("profile", staffcsv.checked))
        found = next((name for name, words in _PROFILE_WORDS.items() if word in words), "")
        if not found:
            raise _BadRow(self._headings["profile"], Message("staff.no_profile"))
        return found

    def _equipped(self, found: Mapping[str, int], of: int) -> tuple[int, int]:
        """PC and headset together: said so, or as many as must have both from the counts of each."""
        if "equipped" in self._headings and not self._blank("equipped"):
            return self._some("equipped", of)
        surely = max(0, found["laptop"] + found["headset"] - of)
        possibly = min(found[name] + found[f"{name}.unknown"] for name in ("laptop", "headset"))
        return surely, possibly - surely

    # ---- training ----

    def _trained(self, name: str, of: int) -> tuple[int, int]:
        """A column of its own (a date, yes or no, a count), else the column that says on what."""
        if name in self._headings:
            return self._trained_cell(name, of)
        if "trained_what" not in self._headings:
            return 0, of
        topics = words_of(self._read("trained_what", staffcsv.checked))
        if topics in ("unknown", "inconnu", "inconnue"):
            return 0, of
        if not _TOPICS[name].search(topics):
            return 0, 0  # nothing of the kind was followed
        return self._followed(name, of, self._when("trained_when"))

    def _trained_cell(self, name: str, of: int) -> tuple[int, int]:
        cell = self._cells.get(name, "")
        if self._blank(name) or (self._grouped and cell.isdigit()):
            return self._some(name, of)
        if any(sign.isdigit() for sign in cell) and words_of(cell) not in ("0", "1"):
            return self._followed(name, of, self._when(name))
        yes, unknown = self._some(name, of)
        return self._followed(name, of, self._when("trained_when")) if yes else (0, unknown)

    def _when(self, name: str) -> dt.date | Absent:
        if name not in self._headings or self._blank(name):
            return ABSENT
        return self._read(name, lambda cell: staffcsv.date(cell, self._today))

    def _followed(self, name: str, of: int, when: dt.date | Absent) -> tuple[int, int]:
        """A security training counts for 12 months, so it needs its date; one on the tools does not."""
        if name == "trained_tools":
            return of, 0
        if isinstance(when, Absent):
            return 0, of
        return (of, 0) if self._today - when <= RECENT else (0, 0)

    # ---- home line ----

    def _lines(self, of: int) -> dict[str, int]:
        """The eligible of this row by the class of their home line."""
        columns = {name: f"lines_{name}" for name in CLASSES if f"lines_{name}" in self._headings}
        told = {name: self._part(column, of) for name, column in columns.items() if not self._blank(column)}
        if told:
            whole = sum(told.values())
            if whole > of:
                column = next(iter(columns.values()))
                raise _BadRow(self._headings[column], Message("staff.more_than", {"found": whole, "of": of}))
            return told | {"unknown": of - whole}
        return {self._line() or "unknown": of}

    def _line(self) -> str:
        """The class of one line: from a column that says it or gives all three figures, else from three columns."""
        if "line" in self._headings and not self._blank("line"):
            text = self._read("line", staffcsv.checked)
            if word := next((name for name, words in _LINE_WORDS.items() if words_of(text) in words), ""):
                return word
            parts = [part.strip() for part in text.split("/")]
            if len(parts) != 3:
                raise _BadRow(self._headings["line"], Message("staff.no_line"))
            cells = dict(zip(("down", "up", "rtt"), parts, strict=True))
            return self._classified(cells, dict.fromkeys(cells, self._headings["line"]))
        return self._classified(self._cells, self._headings)

    def _classified(self, cells: Mapping[str, str], headings: Mapping[str, str]) -> str:
        told: dict[str, Fraction | Absent] = {}
        for name in ("down", "up", "rtt"):
            cell, heading = cells.get(name, ""), headings.get(name, "")
            try:
                told[name] = ABSENT if is_unknown(cell) else _figure(name, cell, heading)
            except BadCell as wrong:
                raise _BadRow(heading, wrong.reason) from None
        return classify(told["down"], told["up"], told["rtt"])


def _figure(name: str, cell: str, heading: str) -> Fraction:
    return staffcsv.milliseconds(cell) if name == "rtt" else staffcsv.rate(cell, heading)


_PROFILE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "office": ("office", "bureautique", "bureau", "standard", "administratif", "administrative", "admin"),
    "vdi": ("vdi", "rds", "tse", "citrix", "virtual desktop", "remote desktop", "bureau virtuel", "bureau a distance"),
    "files": ("files", "file server", "fichiers", "serveur de fichiers", "fichiers lourds", "cao", "cad", "dao"),
}
_LINE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "pass": ("pass", "good", "bonne", "bon", "suffisante"),
    "warn": ("warn", "fair", "limited", "moyenne", "moyen", "limitee", "passable"),
    "fail": ("fail", "poor", "bad", "mauvaise", "mauvais", "insuffisante", "faible"),
}
_TOPICS: Final[Mapping[str, re.Pattern[str]]] = {
    "trained_security": re.compile(r"secur|phishing|cyber|hameconnage|sensibilis|awareness"),
    "trained_tools": re.compile(
        r"vpn|tool|outil|softphone|teletravail|remote|bureau virtuel|vdi|virtual desktop|telephon"
    ),
}


# ---- what the reader should know ----


def _notices(staff: Staff, sheet: Sheet) -> Iterator[Message]:
    """What was supposed, and of whom nothing is known: each is a sentence with its number."""
    if "eligible" not in staff.told:
        yield Message("staff.all_eligible")
    for name in ("eligible", "profile", "equipped", "trained_security", "line"):
        unknown = staff.of(f"{name}.unknown")
        if unknown and (name == "eligible" or staff.known(name)):
            yield Message(f"staff.unknown.{name}", {"count": unknown})
    if "count" not in staff.told and not staff.told & {"id", "name", "first_name"}:
        yield Message("staff.no_identity")
    if sheet.unknown:
        yield Message("staff.unused", {"headings": sheet.unknown})


# ---- what goes into the site file ----

_INPUTS: Final = (
    ("people.equipment", "equipped"),
    ("people.laptop", "laptop"),
    ("people.headset", "headset"),
    ("telephony.softphones", "softphone"),
    ("people.trained.security", "trained_security"),
    ("people.trained.tools", "trained_tools"),
)
SUPERSEDED: Final = ("homes.share", "homes.answered")
"""Declarations that the counts of home lines take the place of."""


def declarations(staff: Staff, by: str, on: dt.date, document: str) -> dict[str, Declared]:
    """The model inputs a list of staff tells, each with who, when and the file; what it does not tell is left out."""
    found = {input: staff.of(name) for input, name in _INPUTS if staff.known(name)}
    if staff.answered:
        found |= {f"homes.lines.{name}": staff.of(f"line.{name}") for name in CLASSES}
    return {name: Declared(value, by, on, document) for name, value in found.items()}


def heads(staff: Staff) -> dict[str, int]:
    """The eligible by profile, empty where no profile was told."""
    found = {name: staff.of(f"profile.{name}") for name in PROFILES}
    return found if any(found.values()) else {}


def line_shares(staff: Staff) -> dict[str, Fraction]:
    """The share of each class of home line among those whose class is known."""
    return {name: Fraction(staff.of(f"line.{name}"), staff.answered) for name in CLASSES} if staff.answered else {}


SENTENCES: Mapping[str, str] = {
    **staffcsv.SENTENCES,
    "staff.more_than": N_("{found} out of {of} people."),
    "staff.no_profile": N_("none of the profiles office, vdi, files."),
    "staff.no_line": N_("neither unknown nor download/upload/round trip (20/5/40), nor good, fair or poor."),
    "staff.privacy": N_(
        "Personal data: the list was read in memory only. No name is kept, copied or sent: a salted digest, dropped"
        " since, found the people listed twice, and only counts are written. Staff must be told of such a survey"
        " beforehand."
    ),
    "staff.all_eligible": N_("No column says who is eligible: everybody listed is counted as eligible."),
    "staff.no_identity": N_("No column names the people: nobody listed twice could be found."),
    "staff.unused": N_("Columns that were not used: {headings:list}."),
    "staff.unknown.eligible": N_("People not known to be eligible, and not counted as eligible: {count}."),
    "staff.unknown.profile": N_(
        "Eligible people whose profile is not known, and who are left out of the mix: {count}."
    ),
    "staff.unknown.equipped": N_(
        "Eligible people not known to have a PC and a headset, and not counted as equipped: {count}."
    ),
    "staff.unknown.trained_security": N_(
        "Eligible people whose security training is not known or has no date, and is not counted: {count}."
    ),
    "staff.unknown.line": N_("Eligible people whose home line is not known (all three figures are needed): {count}."),
}
