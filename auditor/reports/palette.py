"""The house's colours made those of the consultant, at the one place where all drawing passes: the canvas."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from reportlab.lib.colors import Color, HexColor, toColor
from reportlab.pdfgen.textobject import PDFTextObject

from auditor.declared.brand import UNBRANDED, Brand
from auditor.reports.eyes import LEAST, apart
from auditor.reports.styles import ACCENT, ALERT, INK, MAIN, PALE, PALE_SHARE, SIGNAL, TINTS, tint

Palette = Mapping[tuple[float, float, float], Color]


def palette(brand: Brand) -> Palette:
    """What each colour of the house becomes."""
    main = HexColor(brand.main)
    found = {_key(MAIN): main, _key(ACCENT): HexColor(brand.accent), _key(PALE): tint(main, PALE_SHARE)}
    found |= {_key(tint(MAIN, share)): tint(main, share) for share in TINTS}
    if apart(main, ALERT) < LEAST:  # what fails must differ from what does not, for every eye
        alert = max((INK, SIGNAL), key=lambda color: apart(main, color))
        found |= {_key(ALERT): alert} | {_key(tint(ALERT, share)): tint(alert, share) for share in TINTS}
    return found


def of_brand(brand: Brand) -> Palette:
    """The same, and nothing to turn where the brand has the colours of the house."""
    return {} if (brand.main, brand.accent) == (UNBRANDED.main, UNBRANDED.accent) else palette(brand)


def _key(color: Color) -> tuple[float, float, float]:
    return round(color.red, 3), round(color.green, 3), round(color.blue, 3)


def turned(found: Palette, color: Any) -> Any:
    """The consultant's colour for one of the house; any other stays."""
    if not found:
        return color
    told = toColor(color) if isinstance(color, str) else color
    return found.get(_key(told), color) if isinstance(told, Color) else color


class Words(PDFTextObject):
    """Text in the consultant's colours."""

    palette: Palette = MappingProxyType({})

    def setFillColor(self, aColor: Any, alpha: Any = None) -> None:
        super().setFillColor(turned(self.palette, aColor), alpha)
