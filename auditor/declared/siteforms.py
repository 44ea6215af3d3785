"""A site file as forms: which fields there are, what stands in them, and the file with one of them changed.

A place names a field: `people.headcount`, `link[0].medium`, `device[2].snmp`. Nothing is checked here that the reader
of the site file checks: a change is written only once the whole file was read again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from auditor import sitefile
from auditor.collectors.inventory import Entry
from auditor.declared import sitestart, waysin
from auditor.declared.siteedit import put, table_of, with_edit
from auditor.site import Role, Site, SnmpAccess, SshAccess
from auditor.values import N_, Absent, Message, Value

Kind = Literal["text", "count", "share", "rate", "choice", "list", "mix", "date", "snmp", "ssh"]
ROLES: Final = tuple(role.value for role in Role)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its key in its table, the id of the sentence that names it, what is typed, the words it may be."""

    key: str
    label: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()


LONGEST: Final = 1000
"""Characters of one field: many networks fit, a page that was pasted by mistake does not."""


class FieldError(ValueError):
    """A text that cannot stand in a field; `message` says why."""

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id)
        self.message = Message(id, values)


FORMS: Final[Mapping[str, tuple[Field, ...]]] = {
    "site": (
        Field("name", "form.name"),
        Field("client", "form.client"),
        Field("language", "form.language", "choice", ("en", "fr")),
        Field("timezone", "form.timezone"),
        Field("networks", "form.networks", "list"),
        Field("architecture", "form.architecture", "choice", ("site", "hybrid", "cloud")),
    ),
    "people": (
        Field("headcount", "form.headcount", "count"),
        Field("eligible", "form.eligible", "count"),
        Field("concurrency", "form.concurrency", "share"),
        Field("profiles", "form.profiles", "mix"),
        Field("video_share", "form.video_share", "share"),
        Field("phone_share", "form.phone_share", "share"),
    ),
    "link": (
        Field("name", "form.name"),
        Field("device", "form.router"),
        Field("interface", "form.interface"),
        Field("use", "form.use", "choice", ("active", "backup")),
        Field("carries", "form.carries", "list"),
        Field("medium", "form.medium"),
        Field("committed_down_bps", "form.committed_down", "rate"),
        Field("committed_up_bps", "form.committed_up", "rate"),
        Field("repair_hours", "form.repair", "count"),
    ),
    "device": (
        Field("name", "form.name"),
        Field("address", "form.address"),
        Field("role", "form.role", "choice", ROLES),
        Field("platform", "form.platform"),
        Field("pair", "form.pair"),
        Field("snmp", "form.snmp", "snmp"),
        Field("ssh", "form.ssh", "ssh"),
    ),
    "tunnel": (
        Field("mode", "form.mode", "choice", ("full", "selective", "split")),
        Field("bypass", "form.bypass", "list"),
        Field("ends", "form.ends", "choice", ("site", "datacentre")),
    ),
    "plan": (Field("start", "form.start", "date"),),
}
MANY: Final = ("link", "device")
_PLACE: Final = re.compile(r"(?P<table>[a-z]+)(\[(?P<at>\d+)\])?\.(?P<key>\w+)")


# ---- what stands in the fields ----


def places(site: Site) -> Iterator[tuple[str, str, tuple[tuple[str, Field, object], ...]]]:
    """Each table with the name of its row ("" where it has one only): place, field and value of each of its fields."""
    counts: dict[str, tuple[Any, ...]] = {"link": site.links, "device": site.targets}
    for table, fields in FORMS.items():
        for at, row in enumerate(counts[table]) if table in MANY else ((-1, None),):
            stem = f"{table}[{at}]" if at >= 0 else table
            name = row.name if row is not None else ""
            yield table, name, tuple((f"{stem}.{f.key}", f, _value(site, table, row, f.key)) for f in fields)


def _value(site: Site, table: str, row: object, key: str) -> object:
    owner = {"site": site, "people": site.people, "tunnel": site.tunnel}.get(table, row)
    return site.plan_start if table == "plan" else getattr(owner, key)


def typed(field: Field, value: object) -> str:
    """A value as people type it; "" where nothing stands there."""
    if isinstance(value, Absent) or value is None:
        return ""
    if isinstance(value, SnmpAccess | SshAccess):
        return waysin.spelled(value)
    if field.kind == "mix" and isinstance(value, Mapping):
        return ", ".join(f"{name} {_percent(share)}" for name, share in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if field.kind == "share" and isinstance(value, Fraction):
        return _percent(value)
    if field.kind == "rate" and isinstance(value, int):
        return _rate(value)
    return str(value)


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):g}%"


def _rate(bps: int) -> str:
    for size, unit in ((10**9, "Gbit/s"), (10**6, "Mbit/s"), (10**3, "kbit/s")):
        if bps and bps % size == 0:
            return f"{bps // size} {unit}"
    return f"{bps} bit/s"


# ---- what was typed ----


def value_of(field: Field, text: str) -> object:
    """What a typed text writes into the file; ABSENT-like None where the field is emptied. Raises FieldError."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise FieldError("form.too_long", most=LONGEST, found=len(text))
    return None if not text else _READ[field.kind](field, text)


def _choice(field: Field, text: str) -> object:
    if text not in field.choices:
        raise FieldError("form.no_choice", choices=field.choices)
    return text


def _count(field: Field, text: str) -> object:
    plain = re.sub(r"[\s\u00a0\u202f]", "", text)
    if not plain.isdecimal() or not plain.isascii() or len(plain) > 12:
        raise FieldError("form.no_count")
    return int(plain)


def _share(field: Field, text: str) -> object:
    found = re.fullmatch(r"(\d{1,3}(?:[.,]\d{1,6})?)\s*(%?)", text)
    share = Fraction(found[1].replace(",", ".")) / (100 if found[2] else 1) if found else Fraction(2)
    if share > 1:
        raise FieldError("form.no_share")
    return share


def _bps(field: Field, text: str) -> object:
    found = re.fullmatch(r"(\d[\d\s]{0,15}(?:[.,]\d{1,6})?)\s*([kmg]?)(?:bits?|b)(?:/s|ps)", text.casefold())
    if found is None:
        raise FieldError("form.no_rate")
    amount = Fraction(re.sub(r"\s", "", found[1]).replace(",", "."))
    return int(amount * {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}[found[2]])


def _mix(field: Field, text: str) -> object:
    shares: dict[str, Fraction] = {}
    for part in re.split(r"\s*[,;]\s+|;", text):
        name, _, number = part.strip().partition(" ")
        if name not in sitefile.PROFILES:
            raise FieldError("form.no_mix", profiles=sitefile.PROFILES)
        share = _share(field, number.strip())
        assert isinstance(share, Fraction)
        shares[name] = share
    return shares


def _list(field: Field, text: str) -> object:
    return tuple(part for part in re.split(r"[\s,;]+", text) if part)


def _day(field: Field, text: str) -> object:
    found = re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)|(\d\d?)/(\d\d?)/(\d{4})", text)
    try:
        numbers = [int(part) for part in found.groups() if part] if found else []
        return dt.date(*(numbers if found and found[1] else reversed(numbers)))
    except (TypeError, ValueError):
        raise FieldError("form.no_date") from None


def _snmp(field: Field, text: str) -> object:
    access = waysin.way_in(text)
    if not isinstance(access, SnmpAccess):
        raise FieldError("form.no_snmp")
    return access


def _ssh(field: Field, text: str) -> object:
    access = waysin.way_in(text)
    if not isinstance(access, SshAccess):
        raise FieldError("form.no_ssh")
    return access


_READ: Final = {
    "text": lambda field, text: text,
    "choice": _choice,
    "count": _count,
    "share": _share,
    "rate": _bps,
    "mix": _mix,
    "list": _list,
    "date": _day,
    "snmp": _snmp,
    "ssh": _ssh,
}
_SNMP_KEYS: Final = ("version", "user", "auth", "priv", "credential")
_SSH_KEYS: Final = ("user", "credential")


# ---- the file, changed ----


def field_at(place: str) -> Field:
    """The field of a place; raises FieldError where there is none."""
    found = _PLACE.fullmatch(place)
    fields = FORMS.get(found["table"], ()) if found else ()
    field = next((one for one in fields if found and one.key == found["key"]), None)
    if field is None:
        raise FieldError("form.no_place", place=place[:60])
    return field


def changed(text: str, place: str, value: object, name: str = "site.toml") -> str:
    """The text of a site file with one field changed, or taken out where `value` is None."""
    found = _PLACE.fullmatch(place)
    assert found is not None, place

    def write(document: Any) -> None:
        table: Any = document[found["table"]][int(found["at"])] if found["at"] else table_of(document, found["table"])
        if value is None:
            if found["key"] in table:
                table.remove(found["key"])
        elif isinstance(value, SnmpAccess | SshAccess):
            _put_access(table, found["key"], value)
        else:
            put(table, found["key"], value, bare=True)

    return with_edit(text, write, name)


def _put_access(table: Any, key: str, access: SnmpAccess | SshAccess) -> None:
    """The keys that are typed; port, enable and what else stands there are kept."""
    keys = _SNMP_KEYS if isinstance(access, SnmpAccess) else _SSH_KEYS
    plain = {name: getattr(access, name) for name in keys}
    if key not in table:
        put(table, key, {name: value for name, value in plain.items() if value}, bare=True)
        return
    for name, value in plain.items():
        if value:
            table[key][name] = value
        elif name in table[key]:
            table[key].remove(name)


def with_devices(text: str, entries: tuple[Entry, ...]) -> str:
    """The text with more devices, after the last one."""
    return _inserted(text, "device", "\n".join(sitestart.device(entry) for entry in entries))


def with_link(text: str, name: str) -> str:
    """The text with one more internet access, after the last one."""
    return _inserted(text, "link", f'[[link]]\nname = "{name}"\n')


def _inserted(text: str, table: str, block: str) -> str:
    lines = text.split("\n")
    blocks = _blocks(lines, table)
    if blocks:
        at = blocks[-1][1]
    else:
        heads = (n for n, line in enumerate(lines) if re.match(r"\s*\[(declared|answers|plan|tunnel)\b", line))
        at = _above(lines, next(heads, len(lines)))
    before, rest = "\n".join(lines[:at]).rstrip("\n"), "\n".join(lines[at:]).lstrip("\n")
    return f"{before}\n\n{block}" + (f"\n{rest}" if rest else "")


def without(text: str, table: str, at: int) -> str:
    """The text without one link or device."""
    lines = text.split("\n")
    start, end = _blocks(lines, table)[at]
    return "\n".join([*lines[:start], *lines[end:]])


def _blocks(lines: list[str], table: str) -> list[tuple[int, int]]:
    """First line and the line after the last of each [[table]], its own sub-tables included."""
    found = []
    starts = [n for n, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{table}\s*\]\]", line)]
    for start in starts:
        heads = (n for n in range(start + 1, len(lines)) if re.match(rf"\s*\[(?!{table}\.)", lines[n]))
        found.append((start, max(start + 1, _above(lines, next(heads, len(lines))))))
    return found


def _above(lines: list[str], end: int) -> int:
    """Where the comments and blank lines above a heading begin."""
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


SENTENCES: Mapping[str, str] = {
    "form.name": N_("Name"),
    "form.client": N_("Client"),
    "form.language": N_("Language of the report"),
    "form.timezone": N_("Time zone"),
    "form.networks": N_("Networks inside"),
    "form.architecture": N_("Where services run"),
    "form.headcount": N_("People who work here"),
    "form.eligible": N_("Who could work remotely"),
    "form.concurrency": N_("At the same time"),
    "form.profiles": N_("Profiles"),
    "form.video_share": N_("Camera habit"),
    "form.phone_share": N_("Need a telephone"),
    "form.router": N_("Router it hangs on"),
    "form.interface": N_("Interface"),
    "form.use": N_("Use"),
    "form.carries": N_("Carries"),
    "form.medium": N_("Medium"),
    "form.committed_down": N_("Committed download"),
    "form.committed_up": N_("Committed upload"),
    "form.repair": N_("Repair within (h)"),
    "form.address": N_("Address"),
    "form.role": N_("Role"),
    "form.platform": N_("Platform"),
    "form.pair": N_("Twin in a pair"),
    "form.snmp": N_("SNMP"),
    "form.ssh": N_("SSH"),
    "form.mode": N_("Tunnel mode"),
    "form.bypass": N_("Outside the tunnel"),
    "form.ends": N_("Tunnel ends at"),
    "form.start": N_("Plan begins on"),
    "form.hint.text": N_("A text; empty takes the field out of the file."),
    "form.hint.count": N_("A whole number."),
    "form.hint.share": N_("A share: 0.4 or 40%."),
    "form.hint.rate": N_("A rate with its unit: 20 Mbit/s."),
    "form.hint.list": N_("Several, separated by commas."),
    "form.hint.mix": N_("Shares that sum to 100%: office 60%, vdi 25%, files 15%."),
    "form.hint.date": N_("A day: 2026-12-01 or 01/12/2026."),
    "form.hint.snmp": N_("snmp2c:NAME or snmp3:USER:sha256:aes128:NAME, NAME being a credential's, never its secret."),
    "form.hint.ssh": N_("ssh:USER:NAME, NAME being a credential's, never its secret."),
    "form.hint.choice": N_("One of {choices:list}."),
    "form.no_choice": N_("One of {choices:list} is expected here."),
    "form.no_count": N_("A whole number is expected here."),
    "form.no_share": N_("A share from 0 to 1, or 0% to 100%, is expected here."),
    "form.no_rate": N_("A rate with its unit is expected here, such as 20 Mbit/s."),
    "form.no_mix": N_("Shares of {profiles:list} are expected here, such as office 60%, vdi 40%."),
    "form.no_date": N_("A day is expected here, such as 2026-12-01 or 01/12/2026."),
    "form.no_snmp": N_("A way in such as snmp2c:NAME or snmp3:USER:sha256:aes128:NAME is expected here."),
    "form.no_ssh": N_("A way in such as ssh:USER:NAME is expected here."),
    "form.too_long": N_("{found} characters stand here; a field takes {most} at most."),
    "form.known": N_("{name} is in the file already."),
    "form.nothing": N_("There is no edit to take back."),
    "form.moved": N_("The file was changed since by somebody else: nothing was taken back."),
    "form.no_place": N_("There is no field {place} in a site file."),
}
