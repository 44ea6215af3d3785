"""A client's profile: thresholds, weights and parameters changed from the defaults, each with who decided and why."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

from auditor.checks import CATALOGUE
from auditor.checks.engine import Check
from auditor.clean import line as one_line
from auditor.parameters import INPUTS, accept
from auditor.scoring import DOMAINS
from auditor.site import Change
from auditor.sitefile import SiteFileError, text_of
from auditor.tables import TOO_LONG, Bad, Table, line_of
from auditor.values import ABSENT, N_, Absent, Message, Value

MOST_BYTES: Final = 1 << 20
MOST_WEIGHT: Final = 10
MOST_DOMAIN: Final = 100
_CHECKS: Final[Mapping[str, Check]] = {check.id: check for check in CATALOGUE}
_DEFAULTS: Final[Mapping[str, Value]] = {
    entry.name: entry.default for entry in INPUTS if not isinstance(entry.default, Absent)
}


def read(path: Path) -> tuple[Change, ...]:
    """The changes of a profile file. Raises SiteFileError, with the line and the reason."""
    return parse(text_of(path, MOST_BYTES), str(path))


def parse(text: str, name: str = "profile.toml") -> tuple[Change, ...]:
    """The changes of a profile's text. Raises SiteFileError."""
    try:
        data = tomllib.loads(text, parse_float=Fraction)
    except (tomllib.TOMLDecodeError, ValueError) as error:
        reason = Message("site.not_toml", {"why": one_line(str(error))[:TOO_LONG]})
        raise SiteFileError(name, 0, "", reason) from None
    except RecursionError:
        raise SiteFileError(name, 0, "", Message("site.too_deep")) from None
    try:
        return tuple(_changes(Table(data, ""), Path(name).name))
    except Bad as bad:
        raise SiteFileError(name, line_of(text, bad.key), bad.key, bad.reason) from None


def _changes(top: Table, file: str) -> Iterable[Change]:
    said = Change("", "", "", top.text("by"), top.get("on", dt.date, ABSENT), top.text("reason", ""), file)
    found = [
        *_each(top.table("thresholds"), said, _threshold),
        *_each(top.table("weights"), said, _weight),
        *_each(top.table("parameters"), said, _parameter),
    ]
    top.end()
    _in_order(found)
    return found


def _each(table: Table, said: Change, of: Any) -> Iterable[Change]:
    """Each line is a value, or a table with value, by, on and reason of its own."""
    for name, entry in table.data.items():
        row = Table(entry if isinstance(entry, dict) else {"value": entry}, table.at(name))
        change = replace(
            said,
            by=row.text("by", said.by),
            on=row.get("on", dt.date, said.on),
            reason=row.text("reason", said.reason),
        )
        value, default = of(row, name)
        row.end()
        if value != default:
            yield replace(change, name=_name(table.path, name), value=value, default=default)


def _name(table: str, name: str) -> str:
    return f"weight.{name}" if table == "weights" else name


def _threshold(row: Table, name: str) -> tuple[Value, Value]:
    id, _, limit = name.partition(".")
    check = _CHECKS.get(id)
    if check is None or limit not in check.limits:
        known = tuple(f"{id}.{one}" for one in check.limits) if check else ()
        raise Bad(row.path, "profile.no_limit" if known else "profile.no_check", known=known)
    value = cast(Fraction, row.get("value", Fraction))
    if not 0 <= value <= 10**12:
        raise Bad(row.at("value"), "site.range", found=value, top=10**12)
    return value, check.limits[limit]


def _weight(row: Table, name: str) -> tuple[Value, Value]:
    top = MOST_DOMAIN if name in DOMAINS else MOST_WEIGHT
    default = DOMAINS[name] if name in DOMAINS else _CHECKS[name].weight if name in _CHECKS else 0
    if not default:
        raise Bad(row.path, "profile.no_weight")
    value = cast(int, row.get("value", int))
    if not 1 <= value <= top:
        raise Bad(row.at("value"), "profile.weight", found=value, top=top)
    return value, default


def _parameter(row: Table, name: str) -> tuple[Value, Value]:
    if name not in _DEFAULTS:
        raise Bad(row.path, "profile.no_parameter")
    value: object = row.get("value", object)
    usable = accept(name, cast(Value, tuple(value) if isinstance(value, list) else value))
    if isinstance(usable, Absent):
        raise Bad(row.at("value"), "profile.value", found=one_line(str(value))[:TOO_LONG])
    return usable, _DEFAULTS[name]


def _in_order(changes: Sequence[Change]) -> None:
    """A pass may not become easier than a warning: the two limits keep the order of the catalogue."""
    for check in tailored(changes):
        good, fair = (check.limits.get(name) for name in ("pass", "warn"))
        before = _CHECKS[check.id].limits
        if good is not None and fair is not None and (good - fair) * (before["pass"] - before["warn"]) < 0:
            changed = next(change.name for change in changes if change.name.startswith(f"{check.id}."))
            raise Bad(f"thresholds.{changed}", "profile.order", check=check.id)


# ---- what follows from it ----


def tailored(changes: Sequence[Change]) -> tuple[Check, ...]:
    """The catalogue with the thresholds and weights of a client."""
    by_name = {change.name: change.value for change in changes}
    return tuple(_tailored(check, by_name) for check in CATALOGUE) if by_name else CATALOGUE


def _tailored(check: Check, by_name: Mapping[str, Value]) -> Check:
    limits = {name: cast(Fraction, by_name.get(f"{check.id}.{name}", value)) for name, value in check.limits.items()}
    return replace(check, limits=limits, weight=cast(int, by_name.get(f"weight.{check.id}", check.weight)))


def domains(changes: Sequence[Change]) -> Mapping[str, int]:
    """The weight of each domain, as a client has it."""
    by_name = {change.name: change.value for change in changes}
    return {domain: cast(int, by_name.get(f"weight.{domain}", weight)) for domain, weight in DOMAINS.items()}


SENTENCES: Mapping[str, str] = {
    "profile.no_check": N_("no check has a threshold of this name (CHECK-ID.pass, CHECK-ID.warn…)."),
    "profile.no_limit": N_("this check has no such threshold; it has {known:list}."),
    "profile.no_weight": N_("this is neither a check nor a domain."),
    "profile.weight": N_("a weight lies between 1 and {top:raw}, {found:raw} does not."),
    "profile.no_parameter": N_("no parameter with a default has this name; what is a fact belongs into the site file."),
    "profile.value": N_("“{found}” is no usable value of this parameter."),
    "profile.order": N_("the pass and the warning of {check} change places."),
}
