"""TOML tables being read: each value checked, what is left over refused, and where in the text a key stands."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, TypeVar, cast

from auditor.clean import line as one_line
from auditor.values import ABSENT, N_, Absent, Message, Value

T = TypeVar("T")
TOO_LONG: Final = 300


class Bad(Exception):
    """A key that cannot be used, and why."""

    def __init__(self, key: str, id: str, **values: Value) -> None:
        self.key, self.reason = key, Message(id, values)


class Table:
    """One TOML table being read: what is taken is remembered, what is left over is refused."""

    def __init__(self, data: Mapping[str, Any], path: str) -> None:
        self.data, self.path, self.taken = data, path, set[str]()

    def at(self, key: str) -> str:
        return f"{self.path}.{key}".lstrip(".")

    def get(self, key: str, kind: type[T], default: T | Absent | None = None) -> T | Absent:
        """The value of a key, checked; `default` None makes it required."""
        self.taken.add(key)
        if key not in self.data:
            if default is None:
                raise Bad(self.at(key), "site.missing")
            return default
        value = self.data[key]
        if kind is Fraction and type(value) is int:
            value = Fraction(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind not in (bool, object)):
            raise Bad(self.at(key), "site.kind", wanted=KINDS.get(kind, kind.__name__), found=kind_of(value))
        if isinstance(value, str):
            value = cast(T, self.clean(key, value))
        return value

    def clean(self, key: str, value: str) -> str:
        clean = one_line(value)
        if len(clean) > TOO_LONG:
            raise Bad(self.at(key), "site.text_too_long", limit=TOO_LONG)
        return clean

    def text(self, key: str, default: str | None = None) -> str:
        return str(self.get(key, str, default))

    def word(self, key: str, words: Sequence[str], default: str | None = None) -> Any:
        value = self.text(key, default)
        if value not in words and value != default:
            raise Bad(self.at(key), "site.word", found=value, words=tuple(words))
        return value

    def share(self, key: str, default: Fraction | Absent | None = None) -> Fraction | Absent:
        value = self.get(key, Fraction, default)
        if value is not ABSENT and not 0 <= value <= 1:
            raise Bad(self.at(key), "site.share", found=value)
        return value

    def count(self, key: str, default: int | Absent | None = None, top: int = 10**12) -> int | Absent:
        value = self.get(key, int, default)
        if value is not ABSENT and not 0 <= value <= top:
            raise Bad(self.at(key), "site.range", found=value, top=top)
        return value

    def strings(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        values = self.get(key, list, list(default))
        assert not isinstance(values, Absent)
        for value in values:
            if not isinstance(value, str):
                raise Bad(self.at(key), "site.kind", wanted=KINDS[str], found=kind_of(value))
        return tuple(self.clean(key, value) for value in values)

    def table(self, key: str, *, required: bool = False) -> Table:
        value = self.get(key, dict, None if required else {})
        return Table(cast(dict[str, Any], value), self.at(key))

    def tables(self, key: str) -> list[Table]:
        values = self.get(key, list, [])
        found = []
        for index, value in enumerate(cast(list[Any], values)):
            if not isinstance(value, dict):
                raise Bad(f"{self.at(key)}[{index}]", "site.kind", wanted=KINDS[dict], found=kind_of(value))
            found.append(Table(value, f"{self.at(key)}[{index}]"))
        return found

    def end(self) -> None:
        for key in self.data:
            if key not in self.taken:
                near = difflib.get_close_matches(key, self.taken, 1)
                if near:
                    raise Bad(self.at(key), "site.unknown_near", near=near[0])
                raise Bad(self.at(key), "site.unknown")


KINDS: Final[Mapping[type, str]] = {
    str: "text",
    int: "a whole number",
    Fraction: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    dt.date: "a date",
}


def kind_of(value: object) -> str:
    return next((name for kind, name in KINDS.items() if type(value) is kind), type(value).__name__)


def line_of(text: str, key: str) -> int:
    """The line of a dotted key (`device[2].snmp.version`) in a TOML text; 0 when it is not found."""
    plain = re.sub(r"\[\d+\]", "", key)
    seen: dict[str, int] = {}
    table, best = "", (0, 0)
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$", line):
            table = head.group(1).replace('"', "")
            if line.lstrip().startswith("[["):
                seen[table] = seen.get(table, -1) + 1
            here = table
        elif pair := re.match(r"""\s*("[^"]+"|'[^']+'|[\w.-]+)\s*=""", line):
            here = f"{table}.{pair.group(1).strip(chr(34) + chr(39))}".lstrip(".")
        else:
            continue
        wanted = re.findall(r"(\w+)\[(\d+)\]", key)
        if any(seen.get(name, int(index)) != int(index) for name, index in wanted if name == table.split(".")[0]):
            continue
        if (plain == here or plain.startswith(here + ".")) and len(here) > best[0]:
            best = (len(here), number)
    return best[1]


SENTENCES: Mapping[str, str] = {
    "site.missing": N_("this key is missing."),
    "site.kind": N_("{wanted} is expected here, not {found}."),
    "site.word": N_("“{found}” is none of {words:list}."),
    "site.share": N_("a share lies between 0 and 1, {found} does not."),
    "site.range": N_("{found:raw} is out of range (0 to {top:raw})."),
    "site.text_too_long": N_("a text of at most {limit} characters is expected."),
    "site.unknown": N_("this key is not known here."),
    "site.unknown_near": N_("this key is not known here; is “{near}” meant?"),
}
