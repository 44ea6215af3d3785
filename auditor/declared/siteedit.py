"""Editing a site file: a few keys changed, every comment kept, and the file replaced at once or not at all."""

from __future__ import annotations

import difflib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from auditor import sitefile
from auditor.clean import line as one_line
from auditor.site import Declared, Site
from auditor.sitefile import SiteFileError
from auditor.values import N_, Absent, Message

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table


MANY_LINES: Final = 5_000


@dataclass(frozen=True, slots=True)
class Change:
    """What to write into a site file: values of [people], declarations, answers, declarations to take out, mappings."""

    people: Mapping[str, int | Mapping[str, int]] = field(default_factory=dict)
    declared: Mapping[str, Declared] = field(default_factory=dict)
    answers: Mapping[str, Declared] = field(default_factory=dict)
    removed: Iterable[str] = ()
    phones: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def apply(path: Path, change: Change, is_input: Callable[[str], bool] = lambda name: True) -> Site:
    """Write a change into a site file and give back its site; raises SiteFileError and leaves the file as it was.

    The file is read anew first, so that what an editor saved in the meantime is kept; what is written is read back
    before it takes the file's place.
    """
    return rewrite(path, lambda text: edited(text, change, str(path)), is_input).site


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A site file that was rewritten: its site, and its text before and after."""

    site: Site
    before: str
    after: str


def rewrite(path: Path, make: Callable[[str], str], is_input: Callable[[str], bool] = lambda name: True) -> Rewritten:
    """Replace the text of a site file by what `make` makes of it; raises SiteFileError and leaves it as it was.

    Whoever else rewrites a file of this folder at the same time waits, so that no edit is lost.
    """
    with _alone(path):
        _, before = sitefile.read(path, is_input)
        after = make(before)
        site = sitefile.parse(after, str(path), is_input)
        try:
            _replace(path, after)
        except OSError as error:
            raise SiteFileError(str(path), 0, "", Message("site.not_written", {"why": error.strerror or "?"})) from None
    return Rewritten(site, before, after)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """The only one who rewrites in this folder; where the folder cannot be locked, the replacement is still whole."""
    import fcntl

    try:
        folder = os.open(Path(os.path.realpath(path)).parent, os.O_RDONLY)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def edited(text: str, change: Change, name: str = "site.toml") -> str:
    """The text of a site file with a change in it; everything else stays as it was written."""

    def write(document: TOMLDocument) -> None:
        for key, value in change.people.items():
            put(table_of(document, "people"), key, value)
        for key in change.removed:
            declared = document.get("declared")
            if declared is not None and key in declared:
                declared.remove(key)
        for table, said in (("declared", change.declared), ("answers", change.answers)):
            for key, one in said.items():
                put(table_of(document, table), key, _plain(one))
        for key, mapping in change.phones.items():
            put(table_of(document, "phones"), key, mapping)

    return with_edit(text, write, name)


def with_edit(text: str, write: Callable[[TOMLDocument], None], name: str = "site.toml") -> str:
    """The text of a site file after `write` changed its document; every line that was not changed stays as it was."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    text = text if text.endswith("\n") else f"{text}\n"
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        why = " ".join(str(error).split())
        raise SiteFileError(name, 0, "", Message("site.not_toml", {"why": why})) from None
    write(document)
    return _as_written(text, tomlkit.dumps(tomlkit.parse(text)), tomlkit.dumps(document))


def _as_written(text: str, same: str, changed: str) -> str:
    """The changed text with every line that did not change as it was: the library drops the blank after a date.

    `same` is the text as the library writes it without a change; line by line it is the text.
    """
    lines, written, found = text.split("\n"), same.split("\n"), changed.split("\n")
    if text == same or len(lines) != len(written):
        return changed
    matched = difflib.SequenceMatcher(None, written, found, autojunk=len(lines) > MANY_LINES)
    for one, other, size in matched.get_matching_blocks():
        found[other : other + size] = lines[one : one + size]
    return "\n".join(found)


def table_of(document: TOMLDocument, name: str) -> Any:
    """A table of the document, added at its end where there is none."""
    import tomlkit

    if name not in document:
        document.add(tomlkit.nl())
        document.add(name, tomlkit.table())
    return document[name]


def put(table: Any, key: str, value: object, *, bare: bool = False) -> None:
    """Set a key: in its place with its comment where it exists, else after the last one and before the blank lines.

    `bare`: the key needs no quotes, as those of the tables that are no lists of names.
    """
    import tomlkit
    from tomlkit.items import InlineTable, Table, Whitespace

    ((quoted, item),) = tomlkit.parse(f"{key if bare else _basic(key)} = {_written(value)}\n").body
    if isinstance(item, InlineTable) and not item.as_string().endswith(" }"):
        item.value.append(None, Whitespace(" "))  # the reader drops the blank after a date
    if key in table or not isinstance(table, Table):
        table[key] = item
        return
    rest = _belongs_below(table)
    table.append(quoted, item)
    for line in rest:
        table.add(line)


def _belongs_below(table: Table) -> list[Any]:
    """What stands between the last line of a table and the next heading: blank lines, and the comments below them."""
    from tomlkit.items import Comment, Whitespace

    body = table.value.body
    end = len(body)
    while end and isinstance(body[end - 1][1], Comment):
        end -= 1
    if end < len(body) and not (end and isinstance(body[end - 1][1], Whitespace)):
        end = len(body)  # comments that follow a line at once are its own
    while end and isinstance(body[end - 1][1], Whitespace):
        end -= 1
    rest = [item for _, item in body[end:]]
    del body[end:]
    return rest


def _plain(said: Declared) -> Mapping[str, object]:
    found: dict[str, object] = {"value": said.value, "by": said.by}
    if not isinstance(said.on, Absent):
        found["on"] = said.on
    return {name: value for name, value in (found | {"document": said.document}).items() if value != ""}


def _written(value: object) -> str:
    """A value as TOML; a fraction as the decimal it is written with, for TOML knows no other."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_written(one)}" for name, one in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(_written(one) for one in value) + "]"
    if isinstance(value, Fraction):
        whole = value.denominator == 1
        return str(value.numerator) if whole else f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _basic(value) if isinstance(value, str) else str(value)


def _basic(text: str) -> str:
    """A text in double quotes: what JSON escapes, TOML escapes alike."""
    return json.dumps(one_line(text), ensure_ascii=False)


def _replace(path: Path, text: str) -> None:
    """Put the new text in the file's place: written beside it, flushed to the disk, then renamed over it."""
    real = Path(os.path.realpath(path))
    mark = b"\xef\xbb\xbf" if real.read_bytes()[:3] == b"\xef\xbb\xbf" else b""
    handle, name = tempfile.mkstemp(prefix=f".{real.name}.", suffix=".new", dir=real.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(mark + text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, real.stat().st_mode & 0o7777)
        os.replace(name, real)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    with suppress(OSError):  # a folder that cannot be flushed still holds the file
        folder = os.open(real.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


SENTENCES: Mapping[str, str] = {"site.not_written": N_("the file cannot be written ({why}).")}
