"""Records as plain data for JSON and back: fields by name, absent fields left out, exact figures as numbers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from auditor.facts import VOCABULARY
from auditor.model import Audit, Device, Key, Reading
from auditor.values import ABSENT, Absent

T = TypeVar("T")
PLACES: Final = 9
_RENAMED: Final = {"from_": "from"}
_DATED: Final = re.compile(r"\d{4}-\d\d-\d\d(T|$)")


def to_plain(value: object, *, exact: bool = False) -> Any:
    """A record as dicts, lists, texts and numbers.

    A Fraction becomes a whole number, or a decimal of nine places. `exact` loses nothing: it writes
    `{"fraction": [3, 22]}` instead, and `{"text": "2026-11-24"}` for a text that would read back as a date.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Key):
        return value.name
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {
            _RENAMED.get(name, name): to_plain(item, exact=exact) for name, item in told.items() if item is not ABSENT
        }
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return value.numerator
        return {"fraction": [value.numerator, value.denominator]} if exact else round(float(value), PLACES)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_plain(item, exact=exact) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [to_plain(item, exact=exact) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a figure")
    if exact and isinstance(value, str) and _DATED.match(value):
        return {"text": value}
    return value


def from_plain(kind: type[T], data: object, path: str = "") -> T:
    """The record of a type from plain data; raises ValueError with the path of what does not fit."""
    return cast(T, _decode(kind, data, path))


def _decode(kind: Any, data: object, path: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _union(typing.get_args(kind), data, path)
    if origin is typing.Literal:
        return _one_of(typing.get_args(kind), data, path)
    if origin in (tuple, Sequence):
        return _sequence(kind, data, path)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(kind, data, path)
    if origin is Reading or kind is Reading:
        return _reading(data, path)
    if origin is Key or kind is Key:
        return _key(data, path)
    if dataclasses.is_dataclass(kind):
        return _record(kind, data, path)
    return _scalar(kind, data, path)


def _bad(path: str, wanted: object) -> ValueError:
    return ValueError(f"{path or 'document'}: {wanted} expected")


def _union(kinds: tuple[Any, ...], data: object, path: str) -> Any:
    """The first kind that fits, the narrow ones first."""
    order = (Absent, type(None), bool, int, dt.datetime, dt.date)
    for kind in sorted(kinds, key=lambda k: order.index(k) if k in order else len(order) + (k is str)):
        if kind is Absent or (kind is type(None) and data is not None):
            continue
        try:
            return None if kind is type(None) else _decode(kind, data, path)
        except ValueError:
            continue
    raise _bad(path, " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds))


def _one_of(words: tuple[Any, ...], data: object, path: str) -> Any:
    if data not in words:
        raise _bad(path, " or ".join(map(str, words)))
    return data


def _sequence(kind: Any, data: object, path: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise _bad(path, "a list")
    kinds = typing.get_args(kind)
    if len(kinds) == 2 and kinds[1] is ...:
        return tuple(_decode(kinds[0], item, f"{path}[{n}]") for n, item in enumerate(data))
    if len(kinds) != len(data):
        raise _bad(path, f"{len(kinds)} items")
    return tuple(_decode(one, item, f"{path}[{n}]") for n, (one, item) in enumerate(zip(kinds, data, strict=True)))


def _mapping(kind: Any, data: object, path: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise _bad(path, "an object")
    (_, value) = typing.get_args(kind)
    return MappingProxyType({str(key): _decode(value, item, f"{path}.{key}") for key, item in data.items()})


def _record(kind: Any, data: object, path: str) -> Any:
    if not isinstance(data, dict):
        raise _bad(path, "an object")
    values = {}
    for name, hint, required in _fields(kind):
        plain = _RENAMED.get(name, name)
        if plain in data:
            values[name] = _decode(hint, data[plain], f"{path}.{plain}".lstrip("."))
        elif required:
            if Absent not in typing.get_args(hint):
                raise _bad(f"{path}.{plain}".lstrip("."), "a value")
            values[name] = ABSENT
    return kind(**values)


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    hints = typing.get_type_hints(kind)
    return tuple(
        (
            field.name,
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
    )


def _key(data: object, path: str) -> Key[Any]:
    if not isinstance(data, str):
        raise _bad(path, "the name of a fact")
    return VOCABULARY.get(data, Key(data, str))


def _reading(data: object, path: str) -> Reading[Any]:
    """A reading's value has the type its key says."""
    if not isinstance(data, dict):
        raise _bad(path, "an object")
    key = _key(data.get("key"), f"{path}.key")
    kind: Any = tuple[key.kind, ...] if key.many else key.kind  # type: ignore[name-defined]
    return Reading(
        key,
        _decode(kind, data.get("value"), f"{path}.value"),
        _decode(str, data.get("device", ""), f"{path}.device"),
        _decode(dt.datetime, data.get("at"), f"{path}.at"),
        _decode(tuple[str, ...], data.get("sources", []), f"{path}.sources"),
    )


def _scalar(kind: Any, data: object, path: str) -> Any:
    number = _is_number(data)
    if isinstance(data, float) and not number:
        raise _bad(path, "a finite number")
    if kind is Fraction and number:
        return Fraction(str(data))
    if kind is Fraction and isinstance(data, dict):
        return _fraction(data, path)
    if kind is float and number:
        return float(cast(float, data))
    if kind is str and isinstance(data, dict) and isinstance(data.get("text"), str):
        return data["text"]
    if kind in (dt.datetime, dt.date) and isinstance(data, str):
        return _moment(kind, data, path)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError:
            raise _bad(path, kind.__name__) from None
    if isinstance(kind, type) and isinstance(data, kind) and (kind is bool or not isinstance(data, bool)):
        return data
    raise _bad(path, getattr(kind, "__name__", kind))


def _is_number(data: object) -> bool:
    """Whether JSON told a finite number that a computer can compare with others."""
    if isinstance(data, bool) or not isinstance(data, int | float):
        return False
    try:
        return math.isfinite(data)
    except OverflowError:
        return False


def _fraction(data: dict[str, Any], path: str) -> Fraction:
    parts = data.get("fraction")
    if not isinstance(parts, list) or len(parts) != 2 or not all(type(part) is int for part in parts) or not parts[1]:
        raise _bad(path, "a fraction")
    return Fraction(parts[0], parts[1])


def _moment(kind: Any, text: str, path: str) -> Any:
    """A date is not a time: 2026-11-24 stays a date where both could stand."""
    if not _DATED.match(text) or (kind is dt.datetime and "T" not in text):
        raise _bad(path, "a time" if kind is dt.datetime else "a date")
    try:
        return kind.fromisoformat(text)
    except ValueError:
        raise _bad(path, "a date or a time") from None


def device_from_json(data: object, path: str = "device") -> Device:
    """A device from its JSON (contract, section 4); reasons that came as words alone are said as those words."""
    found = dict(_document(data, path))
    if found.get("schema", "auditor/device/1") != "auditor/device/1":
        raise ValueError(f"{path}.schema: auditor/device/1 expected")
    name = _decode(str, found.get("name"), f"{path}.name")
    for part in ("readings", "conflicts"):
        found[part] = [{"device": name, **_document(row, f"{path}.{part}")} for row in _rows(found, part, path)]
    found["gaps"] = [
        {"device": name, **row, "reason": row.get("message", {"id": row.get("reason")})}
        for row in (_document(row, f"{path}.gaps") for row in _rows(found, "gaps", path))
    ]
    said = [{"id": words} for words in _rows(found, "problems", path)]
    found["problems"] = found.get("problem_messages", said)
    return from_plain(Device, found, path)


def _rows(found: Mapping[str, Any], name: str, path: str) -> list[Any]:
    rows = found.get(name, [])
    if not isinstance(rows, list):
        raise _bad(f"{path}.{name}", "a list")
    return rows


def audit_from_json(data: object) -> Audit:
    """An audit from its JSON, so that a report can be made from the file in any language."""
    found = _document(data, "audit")
    if found.get("schema") != "auditor/audit/1":
        raise ValueError("schema: auditor/audit/1 expected")
    record = found.get("record")
    return from_plain(Audit, record, "record")


def _document(data: object, path: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _bad(path, "an object")
    return data
