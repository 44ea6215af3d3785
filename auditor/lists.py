"""Dated lists: exploited vulnerabilities, ends of support, networks that close; shipped as data, renewed by import."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from auditor.clean import line as one_line
from auditor.clean import whole
from auditor.values import N_, Message

Version: TypeAlias = tuple[int, ...]
Name: TypeAlias = Literal["exploited", "support"]
RENEWED: Final[tuple[Name, ...]] = ("exploited", "support")
"""The lists that an import may renew; the others come with the product."""
MOST_BYTES: Final = 64 << 20
_LONGEST: Final = 200
_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,19}")
_PLATFORM: Final = re.compile(r"[a-z0-9_]{1,40}")


class ListError(ValueError):
    """A file that is no list, or no usable one, with the reason."""

    def __init__(self, id: str, **values: str | int | dt.date) -> None:
        super().__init__(id)
        self.message = Message(id, values)


@dataclass(frozen=True, slots=True)
class Product:
    """What a vulnerability list calls a platform: the vendor, and a pattern of its products."""

    platforms: tuple[str, ...]
    vendor: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Exploited:
    """Vulnerabilities known to be exploited on a day: (CVE, vendor, product)."""

    as_of: dt.date
    source: str
    entries: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """Which versions a vulnerability affects, by (CVE, platform): ranges up to a fixed version, and what is not known.

    A version below the text of `unclear` cannot be verified. Not dated: an advisory's ranges hold until it is revised.
    """

    products: tuple[Product, ...]
    ranges: Mapping[tuple[str, str], tuple[tuple[Version, Version], ...]]
    unclear: Mapping[tuple[str, str], Version]


@dataclass(frozen=True, slots=True)
class Support:
    """Ends of support on a day: (platform, branch, end) and (platform, pattern of the model, end)."""

    as_of: dt.date
    source: str
    branches: tuple[tuple[str, str, dt.date], ...]
    models: tuple[tuple[str, str, dt.date], ...]


@dataclass(frozen=True, slots=True)
class Closures:
    """Networks that close, by name (`copper`, `2g`…), as published on a day."""

    as_of: dt.date
    source: str
    dates: Mapping[str, dt.date]


@dataclass(frozen=True, slots=True)
class Lists:
    """All lists the judge consults."""

    exploited: Exploited
    affected: Affected
    support: Support
    closures: Closures


# ---- versions ----


def version(text: str) -> Version:
    """The figures of a version, a letter after one as a figure: 9.12(4)67, v7.0.5,build304, 10.2.9-h1, 17.09.04a.

    Empty where a figure is none that a version has.
    """
    head = re.split(r"[,\s]", text.strip().lstrip("vV"), maxsplit=1)[0].lower()
    found = re.findall(r"\d+|(?<=\d)[a-z](?![a-z0-9])", head)
    figures = [ord(part) - ord("a") + 1 if part.isalpha() else whole(part) for part in found]
    return () if None in figures else tuple(figure for figure in figures if figure is not None)


def within(found: Version, branch: Version) -> bool:
    """Whether a version belongs to a branch: 7.0.14 to 7.0."""
    return found[: len(branch)] == branch


# ---- questions ----


@dataclass(frozen=True, slots=True)
class Matches:
    """What the list says of one device: CVEs whose range holds its version, and CVEs that cannot be verified."""

    hit: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


def matches(lists: Lists, platform: str, text: str) -> Matches | None:
    """What is known to be exploited in this version of a platform; None for a platform that the list does not name."""
    product = next((one for one in lists.affected.products if platform in one.platforms), None)
    if product is None:
        return None
    listed = [row[0] for row in lists.exploited.entries if _is_of(product, row)]
    if not listed:
        return None
    found, key = version(text), product.platforms[0]
    hit = tuple(cve for cve in listed if found and _affects(lists.affected, cve, key, found))
    return Matches(hit, tuple(cve for cve in listed if cve not in hit and _unclear(lists.affected, cve, key, found)))


def _is_of(product: Product, row: tuple[str, str, str]) -> bool:
    _, vendor, name = row
    return vendor.casefold() == product.vendor.casefold() and re.search(product.pattern, name, re.I) is not None


def _affects(affected: Affected, cve: str, platform: str, found: Version) -> bool:
    return any(first <= found < fixed for first, fixed in affected.ranges.get((cve, platform), ()))


def _unclear(affected: Affected, cve: str, platform: str, found: Version) -> bool:
    """Whether nobody can say if this version is affected: no range is on file, or the version cannot be read."""
    key = (cve, platform)
    if not found or key not in affected.ranges:
        return True
    return key in affected.unclear and found < affected.unclear[key]


def support_end(lists: Lists, platform: str, text: str, model: str) -> dt.date | None:
    """When support ends for a version or model, the earlier of both; None where the list names neither."""
    found = version(text)
    ends = [end for of, branch, end in lists.support.branches if of == platform and within(found, version(branch))]
    ends += [end for of, pattern, end in lists.support.models if of == platform and re.match(pattern, model, re.I)]
    return min(ends, default=None)


# ---- reading ----


@cache
def shipped() -> Lists:
    """The lists that come with the product."""
    return Lists(
        exploited=_exploited(_data("exploited")),
        affected=_affected(_data("affected")),
        support=_support(_data("support")),
        closures=_closures(_data("closures")),
    )


def renewed(base: Lists, texts: Iterable[str]) -> Lists:
    """The lists with those of some texts in place of older ones. Raises ListError."""
    for text in texts:
        found = parse(text)
        if isinstance(found, Exploited) and found.as_of > base.exploited.as_of:
            base = replace(base, exploited=found)
        elif isinstance(found, Support) and found.as_of > base.support.as_of:
            base = replace(base, support=found)
    return base


def of(texts: Iterable[str]) -> Lists:
    """The lists that an audit consulted, whatever is shipped today. Raises ListError."""
    base = shipped()
    for text in texts:
        found = parse(text)
        base = replace(base, exploited=found) if isinstance(found, Exploited) else replace(base, support=found)
    return base


def cut(base: Lists, platforms: Collection[str]) -> tuple[str, ...]:
    """The texts of the dated lists, with only what concerns these platforms: what `of` needs to judge them again."""
    products = [one for one in base.affected.products if set(one.platforms) & set(platforms)]
    entries = tuple(row for row in base.exploited.entries if any(_is_of(one, row) for one in products))
    branches = tuple(row for row in base.support.branches if row[0] in platforms)
    models = tuple(row for row in base.support.models if row[0] in platforms)
    support = replace(base.support, branches=branches, models=models)
    return written(replace(base.exploited, entries=entries)), written(support)


def parse(text: str, today: dt.date | None = None) -> Exploited | Support:
    """A list from its text: CISA's JSON of known exploited vulnerabilities, or a list of our own form.

    With `today`, a list dated after it is refused: it would never grow old. Raises ListError.
    """
    if len(text) > MOST_BYTES:
        raise ListError("lists.too_big")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ListError("lists.not_json", why=_line(str(error))) from None
    if not isinstance(data, dict):
        raise ListError("lists.unknown")
    found = _of(data)
    if today is not None and found.as_of > today + dt.timedelta(days=1):
        raise ListError("lists.future", day=found.as_of)
    return found


def _of(data: Mapping[str, Any]) -> Exploited | Support:
    if isinstance(data.get("vulnerabilities"), list):
        return _kev(data)
    read: Mapping[object, Callable[[Mapping[str, Any]], Exploited | Support]] = {
        "auditor/exploited/1": _exploited,
        "auditor/support/1": _support,
    }
    schema = data.get("schema")
    if not isinstance(schema, str) or schema not in read:
        raise ListError("lists.unknown")
    return read[schema](data)


def written(found: Exploited | Support) -> str:
    """A list as text in our own form, one entry on a line; `parse` reads it back."""
    if isinstance(found, Exploited):
        head, tables = "auditor/exploited/1", {"entries": [list(row) for row in found.entries]}
    else:
        rows = {"branches": found.branches, "models": found.models}
        tables = {name: [[*row[:2], row[2].isoformat()] for row in table] for name, table in rows.items()}
        head = "auditor/support/1"
    parts = [f'"schema": "{head}"', f'"as_of": "{found.as_of}"', f'"source": {json.dumps(found.source)}']
    for name, table in tables.items():
        lines = ",\n".join(f"  {json.dumps(row)}" for row in table)
        parts.append(f'"{name}": [\n{lines}\n ]')
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def _data(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((files("auditor") / "data" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _kev(data: Mapping[str, Any]) -> Exploited:
    """CISA's own form: `dateReleased`, `count` and `vulnerabilities` with cveID, vendorProject and product."""
    rows = data["vulnerabilities"]
    if "count" in data and data["count"] != len(rows):
        raise ListError("lists.count", count=len(rows))
    entries = tuple(_entry([_at(row, "cveID"), _at(row, "vendorProject"), _at(row, "product")]) for row in rows)
    released = str(data.get("dateReleased", ""))[:10]
    return Exploited(_day(released), _line(f"CISA KEV {data.get('catalogVersion', '')}"), entries)


def _at(row: object, key: str) -> object:
    if not isinstance(row, dict) or key not in row:
        raise ListError("lists.entry", entry=_line(str(row)))
    return row[key]


def _entry(row: Sequence[object]) -> tuple[str, str, str]:
    if len(row) != 3 or not all(isinstance(part, str) for part in row) or not _CVE.fullmatch(str(row[0])):
        raise ListError("lists.entry", entry=_line(str(row)))
    cve, vendor, product = (_line(str(part)) for part in row)
    return cve, vendor, product


def _exploited(data: Mapping[str, Any]) -> Exploited:
    return Exploited(*_head(data), tuple(_entry(row) for row in _rows(data, "entries")))


def _support(data: Mapping[str, Any]) -> Support:
    return Support(*_head(data), tuple(_end(row) for row in _rows(data, "branches")), tuple(_models(data)))


def _models(data: Mapping[str, Any]) -> Iterable[tuple[str, str, dt.date]]:
    for row in _rows(data, "models"):
        platform, pattern, end = _end(row)
        try:
            usable = re.fullmatch(r"[A-Za-z0-9 ?|():.-]{1,80}", pattern) and re.compile(pattern)
        except re.error:
            usable = None
        if not usable:
            raise ListError("lists.entry", entry=_line(str(row)))
        yield platform, pattern, end


def _end(row: Sequence[object]) -> tuple[str, str, dt.date]:
    if len(row) != 3 or not all(isinstance(part, str) for part in row) or not _PLATFORM.fullmatch(str(row[0])):
        raise ListError("lists.entry", entry=_line(str(row)))
    return str(row[0]), _line(str(row[1])), _day(str(row[2]))


def _affected(data: Mapping[str, Any]) -> Affected:
    products = tuple(Product(tuple(row[0]), row[1], row[2]) for row in data["products"])
    ranges, unclear = {}, {}
    for cve, platform, rows, *below in data["entries"]:
        ranges[cve, platform] = tuple((version(first), version(fixed)) for first, fixed in rows)
        if below:
            unclear[cve, platform] = version(below[0])
    return Affected(products, MappingProxyType(ranges), MappingProxyType(unclear))


def _closures(data: Mapping[str, Any]) -> Closures:
    return Closures(*_head(data), MappingProxyType({name: _day(day) for name, day in data["entries"]}))


def _head(data: Mapping[str, Any]) -> tuple[dt.date, str]:
    return _day(str(data.get("as_of", ""))), _line(str(data.get("source", "")))


def _rows(data: Mapping[str, Any], key: str) -> Sequence[Sequence[object]]:
    rows = data.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ListError("lists.entry", entry=key)
    return rows


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ListError("lists.date", found=_line(text)) from None


def _line(text: str) -> str:
    """A text of a file on one line, of bounded length."""
    return one_line(text)[:_LONGEST]


SENTENCES: Mapping[str, str] = {
    "lists.too_big": N_("the file is larger than 64 MB."),
    "lists.not_json": N_("this is no JSON file ({why})."),
    "lists.unknown": N_("this is neither CISA's list of exploited vulnerabilities nor a list of Auditor."),
    "lists.count": N_("the list is cut short: it holds {count:raw} entries, not as many as it says."),
    "lists.entry": N_("an entry cannot be read: {entry}."),
    "lists.date": N_("“{found}” is not the date of a list."),
    "lists.future": N_("the list is dated {day:date}, which is still to come."),
    "lists.kept": N_("{file} is damaged; import a list again."),
    "lists.older": N_("the list is of {day:date}; the one in use, of {newer:date}, is not older."),
}
