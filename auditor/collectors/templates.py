"""ntc-templates: what the template of a named command reads in its output, where it holds up on real devices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""One row of a template: its fields in lower case; a field may hold a list."""


def rows(platform: str, command: str, output: str) -> tuple[Row, ...]:
    """The rows a template reads; none where it fails or reads nothing, which says that nothing is known, never "none".

    The template is chosen by the whole name of its command: ntc-templates' own index takes the shorter name where there
    is none, and then reads nothing without an error.
    """
    import textfsm

    template = _template(f"{platform}_{command.replace(' ', '_')}.textfsm")
    if template is None:
        return ()
    machine = textfsm.TextFSM(template)
    try:
        found = machine.ParseText(output)
    except textfsm.TextFSMError:
        return ()
    names = [name.lower() for name in machine.header]
    return tuple(dict(zip(names, (_value(cell) for cell in row), strict=True)) for row in found)


def _value(cell: Any) -> str | tuple[str, ...]:
    return tuple(str(part) for part in cell) if isinstance(cell, list) else str(cell)


@cache
def _text(name: str) -> str:
    """The text of a template, "" where there is none of that name."""
    from importlib import resources

    if re.fullmatch(r"[\w.-]+", name) is None:
        return ""
    file = resources.files("ntc_templates") / "templates" / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _template(name: str) -> Any:
    import io

    return io.StringIO(text) if (text := _text(name)) else None
