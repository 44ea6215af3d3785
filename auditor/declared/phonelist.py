"""Users of a telephone service, counted from the list it exports: who has a licence, a number, a phone at home.

Names and numbers never leave this module: a digest with a salt of its own joins the rows of one person while the list
is read, and both are dropped with it. What remains are counts, the headings that were used, and models of sets.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from auditor.clean import line as one_line
from auditor.declared import sets
from auditor.declared.staffcsv import MAX_CELL, Bad, Grid, StaffFileError, brief, grid, words_of
from auditor.site import Declared, PhoneList
from auditor.sitefile import PHONE_FIELDS as FIELDS
from auditor.values import N_, Message

EVERYBODY: Final = "*"
"""In place of a heading: every row has it (a service that sells no user without a licence)."""
LISTED_FROM: Final = 3
"""A model is repeated where so many rows have it: a cell of one row may hold somebody's name."""
MOST_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class Phones:
    """What an export says, in counts.

    `rows`, `people`, `nobody` (rows that name no person), `inactive`; of the people: `licence`, `number`, `served`
    (both), then, each person once in this order, `softphone`, `outside`, `forward`; `set.desk`… by kind of set.
    `headings` are the headings used, by field; `unused` the others; `unknown` models that no table knows.
    """

    counts: Mapping[str, int]
    headings: Mapping[str, str]
    unused: tuple[str, ...]
    unknown: tuple[str, ...]
    bad: tuple[Bad, ...]
    sha256: str

    def of(self, name: str) -> int:
        """One count, 0 where nobody was counted."""
        return self.counts.get(name, 0)

    def told(self, *fields: str) -> bool:
        """Whether a column said one of these."""
        return bool(self.headings.keys() & set(fields))


def count(
    data: bytes,
    how: PhoneList,
    networks: Sequence[str] = (),
    words: Mapping[str, Sequence[str]] = sets.NO_WORDS,
) -> Phones:
    """The counts of an export; raises StaffFileError where nothing can be read or a mapped heading is missing.

    `networks` are the site's own, against which a column of addresses is held; `words` the site's words for kinds.
    """
    sheet = grid(data)
    columns, headings, unused = _columns(sheet, how)
    people = _People(how, columns, networks, words)
    for _, cells in sheet.rows:
        people.add(cells)
    counts = {"rows": len(sheet.rows), **people.counts()}
    return Phones(counts, headings, unused, people.unknown(), sheet.bad, hashlib.sha256(data).hexdigest())


# ---- headings ----

_NOT_OURS: Final = re.compile(
    r"mobile|gsm|cell|fax|pass ?words?|secrets?|pins?|mot de passe|voice ?mail|messagerie|caller|outbound|emergency"
    r"|id presente|find ?me ?follow enabled|call ?forward enable"
)
_RULES: Final = tuple(
    (field, re.compile("|".join(rf"\b(?:{pattern})\b" for pattern in patterns)))
    for field, *patterns in (
        # the first that matches: what is more special stands first
        ("licence", "licences?", "licenses?", "licensing", "subscriptions?", "abonnements?", "feature types?",
         "plans?", "offres?", "offers?", "forfaits?"),
        ("forward", r"(?:call ?)?forward\w*", "find ?me ?follow grplist", "follow ?me (?:list|numbers?)",
         "renvois?", "diverts?", "diversions?"),
        ("outside", "remote", "outside", "nomades?", "off ?site", "home ?work\\w*", "teletravail", "exterieur"),
        ("active", "(?:account )?enabled", "active", "actif", "active ?", "compte actif"),
        ("softphone", "soft ?phones?", "linkus", "wave client", "rainbow", "micollab", "jabber",
         "desktop app", "mobile app", "app(?:lication)?", "client logiciel"),
        ("address", "ip", "ip address", "adresse ip", "registered from"),
        ("device", "devices?", "models?", "modeles?", "user ?agent", "(?:phone|set|terminal|station) (?:type|model)s?",
         "type (?:de |d )?(?:poste|terminal|telephone|appareil)", "terminal", "appareils?", "handsets?",
         "equipements?"),
        ("person.id", "user ?principal ?name", "upn", "e ?mail(?: address)?", "courriel", "mel", "user ?name", "login",
         "sip address", "extensions?(?: number)?", "ext", "(?:numero de )?postes?", "station", "matricule", "user ?id"),
        ("person.name", "display ?name", "full ?name", "first ?name", "last ?name", "name", "nom", "prenom", "users?",
         "utilisateurs?", "assigned to", "attribue a"),
        ("number", "line ?uri", "(?:tele)?phone ?numbers?", "numbers?", "numeros?", "dids?", "ddi", "sda",
         "direct (?:line|dial)", "ligne directe", "telephones?", "e ?164"),
    )
)  # fmt: skip
_SEVERAL: Final = ("person.id", "person.name", "softphone", "forward")


def field_of(heading: str) -> str:
    """The field a heading of an export stands for, "" when it is none we use."""
    words = words_of(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading))
    if _NOT_OURS.search(words):
        return "softphone" if re.search(r"\bmobile (?:app|client)$", words) else ""
    return next((field for field, pattern in _RULES if pattern.search(words)), "")


def _columns(sheet: Grid, how: PhoneList) -> tuple[dict[str, list[int]], dict[str, str], tuple[str, ...]]:
    """The places of each field, its heading, and the headings that are not used; what was mapped goes first."""
    if any("@" in text or re.search(r"\d{6}", text) for text in sheet.header):  # a person's row, not headings
        raise StaffFileError(Message("phones.no_headings", {"fields": FIELDS}))
    names = [brief(text, MAX_CELL) for text in sheet.header]
    columns: dict[str, list[int]] = {}
    headings: dict[str, str] = {}
    for field, heading in how.columns.items():
        places = [at for at, name in enumerate(names) if name.casefold() == one_line(heading).casefold()]
        if not places and heading != EVERYBODY:
            raise StaffFileError(Message("phones.no_heading", {"field": field, "heading": heading}))
        columns["person.id" if field == "person" else field], headings[field] = places[:1], heading
    taken = {at for places in columns.values() for at in places}
    for at, name in enumerate(names):
        field = field_of(name) if at not in taken else ""
        plain = field.partition(".")[0]
        if not field or plain in how.columns or (field in columns and field not in _SEVERAL):
            continue
        columns.setdefault(field, []).append(at)
        headings.setdefault(plain, brief(name))
        taken.add(at)
    if not columns.keys() & {"number", "licence", "softphone", "device", "forward", "outside", "address"}:
        raise StaffFileError(Message("phones.no_headings", {"fields": FIELDS}))
    return columns, headings, tuple(brief(name) for at, name in enumerate(names) if at not in taken and name)


# ---- cells ----

_NOTHING: Final = frozenset(
    {"", "no", "non", "none", "aucun", "aucune", "false", "faux", "0", "off", "disable", "disabled", "desactive",
     "desactivee", "null", "na", "n a", "nc", "n c", "unknown", "inconnu", "unassigned", "non attribue",
     "unlicensed", "sans licence", "inactive", "inactif", "not assigned", "vide", "empty"}
)  # fmt: skip


def says(cell: str) -> bool:
    """Whether a cell names something or says yes: empty, a dash, no, none, unassigned do not."""
    return words_of(cell[:MAX_CELL]) not in _NOTHING


def _leads_away(cell: str) -> bool:
    """A forward that leaves the firm: a number of six digits or more, or a plain yes; an extension is no way home."""
    digits = re.sub(r"\D", "", cell)
    return len(digits) >= 6 if digits and digits != "1" else says(cell)


@cache
def _families() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """(what shows whose licences they are, which of them carry a telephone), from `data/phones.json`."""
    rows = json.loads((files("auditor") / "data" / "phones.json").read_text(encoding="utf-8"))["licences"]
    return tuple((re.compile(row["seen"], re.I), re.compile(row["counts"], re.I)) for row in rows)


def where_of(service: str) -> str:
    """cloud or site, for a service that the table knows by its name; "" for any other."""
    rows = json.loads((files("auditor") / "data" / "phones.json").read_text(encoding="utf-8"))["where"]
    name = words_of(service).replace(" ", "")
    return next((where for where, names in rows.items() if any(one in name for one in names)), "")


class _People:
    """The people of an export while it is read: what each has, by a digest; the digests are dropped with it."""

    def __init__(
        self,
        how: PhoneList,
        columns: Mapping[str, Sequence[int]],
        networks: Sequence[str],
        words: Mapping[str, Sequence[str]],
    ) -> None:
        self._how, self._columns, self._words = how, columns, words
        self._networks = [ipaddress.ip_network(text) for text in networks]
        self._salt = secrets.token_bytes(32)
        self._has: dict[bytes, set[str]] = {}
        self._sets, self._models, self._left = Counter[str](), Counter[str](), Counter[str]()

    def add(self, cells: Sequence[str]) -> None:
        """One row: a person, or one more number or device of a person."""
        who = self._who(cells)
        if who is None:
            self._left["nobody"] += 1
        elif "active" in self._columns and not all(says(cell) for cell in self._cells("active", cells)):
            self._left["inactive"] += 1
        else:
            self._has.setdefault(who, set()).update(self._found(cells))

    def _cells(self, field: str, cells: Sequence[str]) -> list[str]:
        return [cells[at].strip() for at in self._columns.get(field, ()) if at < len(cells)]

    def _who(self, cells: Sequence[str]) -> bytes | None:
        """A person's digest: by the first identifier, else by the name; of its own where the list names nobody."""
        ids = [f"{at}={words_of(cell)}" for at, cell in enumerate(self._cells("person.id", cells)) if words_of(cell)]
        name = "\x1f".join(words_of(cell) for cell in self._cells("person.name", cells))
        if not self._columns.get("person.id") and not self._columns.get("person.name"):
            return secrets.token_bytes(16)
        if not ids and not name.strip("\x1f"):
            return None
        return hashlib.blake2b((ids[0] if ids else name).encode(), key=self._salt, digest_size=16).digest()

    def _found(self, cells: Sequence[str]) -> Iterator[str]:
        for field, mapped in self._how.columns.items():
            if mapped == EVERYBODY:
                yield field
        if any(says(cell) for cell in self._cells("number", cells)):
            yield "number"
        if any(self._is_licence(cell) for cell in self._cells("licence", cells)):
            yield "licence"
        if any(says(cell) for cell in self._cells("softphone", cells)):
            yield "softphone"
        if any(map(_leads_away, self._cells("forward", cells))):
            yield "forward"
        if any(says(cell) for cell in self._cells("outside", cells)):
            yield "outside"
        if any(map(self._is_outside, self._cells("address", cells))):
            yield "outside"
        yield from self._devices(cells)

    def _devices(self, cells: Sequence[str]) -> Iterator[str]:
        for cell in self._cells("device", cells):
            if says(cell):
                model = sets.agent(brief(cell))
                kind = sets.told(model, self._words) or sets.kind(model)
                self._sets[kind] += 1
                self._models[model] += kind == sets.UNKNOWN
                if kind == "softphone":
                    yield "softphone"

    def _is_licence(self, cell: str) -> bool:
        """Any licence, unless words were given or the table knows which of this family carry a telephone."""
        text = cell[:MAX_CELL]
        if not says(text):
            return False
        if self._how.licences:
            return any(word.casefold() in text.casefold() for word in self._how.licences)
        return next((bool(counts.search(text)) for seen, counts in _families() if seen.search(text)), True)

    def _is_outside(self, cell: str) -> bool:
        try:
            address = ipaddress.ip_address(re.split(r"[:/](?=\d+$)", cell, maxsplit=1)[0].strip("[]"))
        except ValueError:
            return False
        used = not address.is_unspecified and bool(self._networks)
        return used and not any(address in network for network in self._networks)

    def counts(self) -> dict[str, int]:
        """The counts of `Phones`, nobody counted twice among the ways home."""
        found = Counter({"people": len(self._has), **self._left})
        for has in self._has.values():
            found.update(has & {"licence", "number"})
            found["served"] += {"licence", "number"} <= has
            found.update([way for way in ("softphone", "outside", "forward") if way in has][:1])
        found.update({f"set.{kind}": number for kind, number in self._sets.items()})
        return dict(found)

    def unknown(self) -> tuple[str, ...]:
        """Models no table knows, the most frequent first."""
        often = [model for model, number in self._models.most_common() if number >= LISTED_FROM]
        return tuple(often[:MOST_LISTED])


# ---- what goes into the site file ----

_WAYS: Final = (
    ("telephony.softphones", "softphone", ("softphone", "device")),
    ("telephony.phones_at_home", "outside", ("outside", "address")),
    ("telephony.forwards", "forward", ("forward",)),
)


def document(found: Phones, file: str) -> str:
    """The file as evidence: its name, how many rows, and its digest."""
    return f"{one_line(file)[:120]} ({found.of('rows')} rows, SHA-256 {found.sha256})"


def declarations(found: Phones, how: PhoneList, by: str, on: dt.date, file: str, *, pbx: bool) -> dict[str, Declared]:
    """The model inputs an export tells; raises StaffFileError where a hosted service's needs both its columns.

    A hosted service's own list also shows that the telephone system is hosted, unless the site names one of its own
    (`pbx`).
    """
    said: dict[str, int | bool] = {}
    if how.where == "cloud":
        if missing := next((name for name in ("licence", "number") if not found.told(name)), ""):
            raise StaffFileError(Message("phones.no_column", {"field": missing}))
        said["telephony.cloud"] = found.of("served")
        said |= {} if pbx else {"proof.cloud_telephony": True}
    else:
        said |= {name: found.of(way) for name, way, fields in _WAYS if found.told(*fields)}
        if found.told("licence"):
            said["telephony.softphones.licensed"] = found.of("licence")
        if not said:
            raise StaffFileError(Message("phones.no_way", {"fields": ("softphone", "device", "outside", "forward")}))
    return {name: Declared(value, by, on, document(found, file)) for name, value in said.items()}


def notices(found: Phones) -> Iterator[Message]:
    """What was supposed or left aside: each is a sentence with its number."""
    if not found.told("person"):
        yield Message("phones.no_person")
    if found.of("nobody"):
        yield Message("phones.nobody", {"count": found.of("nobody")})
    if found.of("inactive"):
        yield Message("phones.inactive", {"count": found.of("inactive")})
    if number := found.of(f"set.{sets.UNKNOWN}"):
        yield Message("phones.unknown" if found.unknown else "phones.unknown_few",
                      {"count": number, "models": found.unknown})  # fmt: skip
    if found.unused:
        yield Message("staff.unused", {"headings": found.unused})


SENTENCES: Mapping[str, str] = {
    "phones.no_heading": N_("no heading of the list is “{heading}”, to which {field} is mapped."),
    "phones.no_headings": N_(
        "None of the headings says number, licence, softphone, device or forward: map them once with"
        " --column FIELD=HEADING, where FIELD is one of {fields:list}."
    ),
    "phones.no_column": N_(
        "No column says {field}: map it once with --column {field}=HEADING, or --column {field}=* where everybody"
        " listed has one."
    ),
    "phones.no_way": N_(
        "No column says how people are reached at home: map one of {fields:list} with --column FIELD=HEADING."
    ),
    "phones.privacy": N_(
        "Personal data: the list was read in memory only. No name and no telephone number is kept, copied or sent; only"
        " counts, headings and the file's digest are written."
    ),
    "phones.no_person": N_("No column names the people: each row is counted as one."),
    "phones.nobody": N_("Rows that name nobody, and are not counted: {count}."),
    "phones.inactive": N_("Rows of accounts that are switched off, and are not counted: {count}."),
    "phones.unknown": N_(
        "Sets whose kind is not known: {count} ({models:list}). `[sets]` of the site file names them."
    ),
    "set.desk": N_("desk phones"),
    "set.softphone": N_("softphones"),
    "set.dect": N_("cordless phones"),
    "set.analogue": N_("analogue sets"),
    "set.gateway": N_("gateways"),
    "set.conference": N_("conference phones"),
    "set.unknown": N_("not known"),
    "phones.unknown_few": N_("Sets whose kind is not known: {count}. `[sets]` of the site file names them."),
}
