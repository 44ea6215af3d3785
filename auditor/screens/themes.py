"""The colours: dark, light and high contrast, each told apart by brightness as well as by hue (Okabe and Ito)."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="auditor-dark",
    primary="#6cb6ff",
    secondary="#8fa7c4",
    accent="#f0c05a",
    warning="#f0a35a",
    error="#ff7b72",
    success="#56c2b0",
    foreground="#e3e8ee",
    background="#0f141a",
    surface="#171e27",
    panel="#1d2631",
    dark=True,
    variables={
        "dim": "#93a1b0",
        "unknown": "#b8a1e3",
        "line": "#33414f",
        "cursor": "#27435f",
        "stripe": "#131a22",
    },
)
LIGHT: Final = Theme(
    name="auditor-light",
    primary="#0b5394",
    secondary="#41566b",
    accent="#8a5200",
    warning="#8f4a00",
    error="#b3261e",
    success="#00695c",
    foreground="#1b222a",
    background="#fbfaf7",
    surface="#f0eee8",
    panel="#e4e1d9",
    dark=False,
    variables={
        "dim": "#566270",
        "unknown": "#5f3f9e",
        "line": "#b9b4a8",
        "cursor": "#cfe2f5",
        "stripe": "#f4f2ec",
    },
)
CONTRAST: Final = Theme(
    name="auditor-contrast",
    primary="#7fd4ff",
    secondary="#ffffff",
    accent="#ffe14d",
    warning="#ffb000",
    error="#ff9a8a",
    success="#5cf2c4",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    dark=True,
    variables={
        "dim": "#d8d8d8",
        "unknown": "#e0c8ff",
        "line": "#a0a0a0",
        "cursor": "#0050a0",
        "stripe": "#000000",
    },
)
THEMES: Final = (DARK, LIGHT, CONTRAST)


def after(name: str) -> str:
    """The theme that follows in the round."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
