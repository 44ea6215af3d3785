"""What a report holds besides its audit: the earlier audit it is compared with, and how the site did over time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from auditor.compare import Comparison
from auditor.declared.brand import UNBRANDED, Brand
from auditor.model import Audit
from auditor.values import Absent, Number


@dataclass(frozen=True, slots=True)
class Point:
    """One audit of the site's history: how many could work, of how many needed, and its score out of 100."""

    at: dt.datetime
    seats: int | Absent
    required: int | Absent
    score: Number | float | Absent


@dataclass(frozen=True, slots=True)
class Earlier:
    """The audit before, what `compare.between` made of both, and the history of the site, oldest first."""

    audit: Audit
    comparison: Comparison
    history: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a report: whose it is; `earlier` is None where nothing is compared; `archived` asks for PDF/A."""

    earlier: Earlier | None = None
    brand: Brand = UNBRANDED
    archived: bool = False


PLAIN: Final = Edition()
