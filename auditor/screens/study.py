"""The seam of the screens that study an audit (what-if, plan, comparison). Types alone, no work."""

from __future__ import annotations

from typing import Protocol


class Study(Protocol):
    """What-if, decisions and comparisons; where a user can be at fault, ValueError with one clear line."""
