"""Colours as eyes see them: three kinds of colour blindness, and how far apart two colours are for each."""

from __future__ import annotations

from typing import Final

from reportlab.lib.colors import Color

LEAST: Final = 10.0
"""The distance (CIE76) from which two colours are told apart side by side."""
EYES: Final = {
    # what three kinds of eyes make of red, green and blue (Machado, Oliveira and Fernandes, 2009, severity 1.0)
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def apart(one: Color, other: Color) -> float:
    """How far apart two colours are for the eyes that tell them apart least."""
    return min(_distance(_lab(one, eyes), _lab(other, eyes)) for eyes in EYES)


def _distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


def _lab(color: Color, eyes: str) -> tuple[float, ...]:
    """The colour as these eyes see it, in CIE L*a*b* (D65)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (color.red, color.green, color.blue)
    ]
    r, g, b = (min(1.0, max(0.0, sum(a * x for a, x in zip(row, linear, strict=True)))) for row in EYES[eyes])
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)
