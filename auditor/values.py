"""What every record is made of: values, the value nobody measured, and sentences to be said later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, TypeAlias

Number: TypeAlias = int | Fraction
Value: TypeAlias = int | float | Fraction | str | bool | dt.datetime | dt.date | tuple[str, ...]


class Absent(Enum):
    """The type of ABSENT: a field of a record that nobody measured (never 0, None or "")."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT


def N_(text: str) -> str:
    """Mark an English sentence for the message catalogues; it is translated when it is drawn."""
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence to be said later: the id of its words and the values they need.

    The English words are found by id in the tables that `Texts` was given; the language is chosen when it is drawn.
    """

    id: str
    values: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
