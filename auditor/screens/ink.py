"""What every line on a screen passes: the colour of its theme, and the cleaning of text that came from elsewhere."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

from auditor import clean


def ink(widget: Widget, name: str, *, bold: bool = False, reverse: bool = False) -> Style:
    """A colour of the theme in use, by its name there ("" for the ordinary one)."""
    colour = widget.app.theme_variables.get(name, "") if name else ""
    return Style(color=colour or None, bold=bold or None, reverse=reverse or None)


def safe(text: object) -> str:
    """Text that may come from a device or a file, on one line and without anything a terminal would obey."""
    return clean.plain(str(text)).replace("\n", " ").replace("\t", " ")
