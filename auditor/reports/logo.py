"""The consultant's logo: made ready to be drawn on paper, or refused where the file is damaged or reaches outside."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from xml.etree import ElementTree

from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Drawing, String
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from auditor.declared.brand import Logo
from auditor.reports.styles import BOLD, REGULAR, register
from auditor.reports.tagged import figure

MOST_PIXELS: Final = 25_000_000
OUTSIDE: Final = re.compile(rb"<!DOCTYPE|<!ENTITY|<\s*script|<\s*foreignObject|@import", re.I)
HREF: Final = ("href", "{http://www.w3.org/1999/xlink}href")


class LogoError(ValueError):
    """A logo that cannot be drawn."""


def drawable(logo: Logo) -> ImageReader | Drawing:
    """The picture of a logo, decoded whole; raises LogoError."""
    return _vector(logo.data) if logo.kind == "svg" else _pixels(logo.data)


def _pixels(data: bytes) -> ImageReader:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise LogoError("too many pixels")
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise LogoError(str(error)) from None
    return ImageReader(io.BytesIO(data))


def _vector(data: bytes) -> Drawing:
    if OUTSIDE.search(data):
        raise LogoError("refers to others")
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - no document type and no entity got here
    except ElementTree.ParseError as error:
        raise LogoError(str(error)) from None
    links = [node.get(name, "") for node in root.iter() for name in HREF]
    if any(link and not link.startswith("#") for link in links) or b"url(" in data.replace(b"url(#", b""):
        raise LogoError("refers to others")
    from svglib.svglib import svg2rlg

    logging.getLogger("svglib").addHandler(logging.NullHandler())
    register()
    try:
        drawing = svg2rlg(io.BytesIO(data))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise LogoError(str(error)) from None  # what a damaged drawing makes of the reader
    if drawing is None or not drawing.width or not drawing.height or not drawing.contents:
        raise LogoError("empty")
    for part in _parts(drawing):
        if isinstance(part, String):  # its own font would not be embedded
            part.fontName = BOLD if "Bold" in str(part.fontName) else REGULAR
    found: Drawing = drawing
    return found


def _parts(group: Any) -> Iterator[Any]:
    for part in group.contents:
        yield part
        if hasattr(part, "contents"):
            yield from _parts(part)


@contextmanager
def own_colours(canvas: Any) -> Iterator[None]:
    """What is drawn inside keeps its colours, even those that are the house's too."""
    kept, canvas.palette = getattr(canvas, "palette", {}), {}
    yield
    canvas.palette = kept


class LogoBox(Flowable):
    """A logo in its own proportions at the right of a box; `alt` stands for it where it is not seen."""

    def __init__(self, picture: ImageReader | Drawing, width: float, height: float, alt: str) -> None:
        super().__init__()
        self.picture, self.alt, self.box = picture, alt, width
        wide, high = self._size()
        self.scale = min(width / wide, height / high)
        self.width, self.height = width, high * self.scale

    def _size(self) -> tuple[float, float]:
        if isinstance(self.picture, Drawing):
            return float(self.picture.width), float(self.picture.height)
        wide, high = self.picture.getSize()
        return float(wide), float(high)

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas: Any = self.canv
        wide, high = (side * self.scale for side in self._size())
        left = self.box - wide
        with figure(canvas, self.alt), own_colours(canvas):
            if isinstance(self.picture, Drawing):
                canvas.saveState()
                canvas.translate(left, 0)
                canvas.scale(self.scale, self.scale)
                renderPDF.draw(self.picture, canvas, 0, 0)
                canvas.restoreState()
            else:
                canvas.drawImage(self.picture, left, 0, wide, high, mask="auto")
