"""What a vendor page is made of: how to recognise the box, what to ask, what the answer means, what to hide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from auditor.collectors.transport import Oid, SnmpValue
from auditor.model import Key
from auditor.values import Message

Facts: TypeAlias = Mapping[Key[Any], Any]
Columns: TypeAlias = Mapping[Oid, Mapping[Oid, SnmpValue]]
"""A walked table: column root -> row index (the OID's tail, "7" or "1.4.10.0.0.1") -> value."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one answer told: facts, the number of lines not understood, and facts it proves it cannot tell.

    The convention of every parser: what it cannot read is counted (`unread`), and a fact that depends on it is left
    out, which makes it a gap "answered in a form this version does not understand". "None", 0, False and an empty tuple
    are told only where the answer proves them: its heading or total was read, or a configuration is known to have come
    to its end (`trees.ended`, `blocks.looks_whole`). `missing` names facts that the answer cannot tell, and why.
    """

    facts: Facts = field(default_factory=dict)
    unparsed: int = 0
    missing: Mapping[Key[Any], Message] = field(default_factory=dict)


def unread(output: str) -> Told:
    """An answer of which nothing was understood."""
    return Told(unparsed=sum(1 for line in output.splitlines() if line.strip()))


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself before it is recognised ("" where it says nothing).

    `probed` holds the answers to the pages' `probes`, asked only of an agent that its system group leaves in doubt.
    """

    sys_descr: str = ""
    sys_object_id: str = ""
    greeting: str = ""
    declared: str = ""
    probed: Mapping[Oid, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scalars:
    """Instances read in one GET, and what they mean."""

    oids: tuple[Oid, ...]
    keys: tuple[Key[Any], ...]
    read: Callable[[Mapping[Oid, SnmpValue]], Told]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns walked together, and what their rows mean.

    `more` are columns whose silence loses nothing else; `more_keys` the facts that they alone tell.
    """

    roots: tuple[Oid, ...]
    keys: tuple[Key[Any], ...]
    read: Callable[[Columns], Told]
    more: tuple[Oid, ...] = ()
    more_keys: tuple[Key[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A read-only command line, the facts it can tell, its parser, and the commands its answer calls for.

    `seconds` is how long a loaded device may take to answer it. `pattern` marks a line with a variable part: the
    regular expression that the allow-list then uses instead of the exact text (the line itself shows `NAME`): such a
    row is asked by the lines that `follow` of another row finds in its answer. `forms` are further spellings in which
    the row may be asked, told beside it wherever what is sent is listed. `also` are other spellings whose output
    is the same: files are read by them, nothing of them is ever sent; nor is a row that is not `live`. `people` are
    regular expressions of personal data in the answer: group 2 becomes a pseudonym before anything is kept.
    """

    line: str
    keys: tuple[Key[Any], ...]
    read: Callable[[str], Told]
    seconds: float = 20.0
    follow: Callable[[str], Sequence[str]] | None = None
    pattern: str = ""
    also: tuple[str, ...] = ()
    live: bool = True
    people: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """A fact that several answers tell together: the facts it is made of, and how (those not told are left out).

    `make` gives ABSENT where they do not suffice, or a Message that says why.
    """

    of: tuple[Key[Any], ...]
    make: Callable[[Facts], Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """What shows that a configuration was not changed: a time or a checksum, asked first and last.

    The instance `oid` where there is SNMP, else `line` with `read`, which takes it out of the answer ("" where it is
    not there). `people` are who changed it last: group 2 becomes a pseudonym.
    """

    line: str = ""
    read: Callable[[str], str] = str.strip
    oid: Oid = ""
    people: tuple[str, ...] = (r"(\bby )(\S+)",)


@dataclass(frozen=True, slots=True)
class Vendor:
    """One page. `platform` is netmiko's spelling; `hello` the command that recognises it over SSH.

    `session` lists the session-only lines its driver may send (`terminal length 0`); `secrets` are regular expressions
    whose group 1 is kept and group 2 replaced (`(pre-shared-key) (\\S+)`); `combine` joins what two questions told of
    the same fact, where each tells a part; `derive` makes what they tell together, once all was asked; `mark` shows
    that nobody changed the configuration meanwhile; `probes` are instances that only this vendor's agents answer,
    `shared` marks a page whose system group other vendors' boxes copy; `running` are the commands whose answer a
    configuration file is.
    """

    name: str
    platform: str
    recognise: Callable[[Identity], bool]
    scalars: tuple[Scalars, ...] = ()
    tables: tuple[Table, ...] = ()
    commands: tuple[Command, ...] = ()
    session: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    combine: Mapping[Key[Any], Callable[[Any, Any], Any]] = field(default_factory=dict)
    derive: Mapping[Key[Any], Derivation] = field(default_factory=dict)
    probes: tuple[Oid, ...] = ()
    shared: bool = False
    running: tuple[str, ...] = ()
    mark: Mark = Mark()
    hello: str = ""
    recognise_shell: Callable[[str], bool] = lambda text: False

    @property
    def asked(self) -> tuple[Command, ...]:
        """Every row that is asked of a device, the mark of its configuration among them."""
        asked = tuple(row for row in self.commands if row.live)
        known = not self.mark.line or any(row.line == self.mark.line for row in asked)
        return asked if known else (*asked, Command(self.mark.line, (), lambda output: Told()))
