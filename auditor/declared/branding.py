"""The file `report.toml` read: each key checked, colours that can be read on paper, a logo that can be drawn."""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from auditor.clean import line as one_line
from auditor.declared.brand import ACCENT, MAIN, NOTHING, Brand, Kind, Logo, Words
from auditor.sitefile import SiteFileError, text_of
from auditor.tables import Bad, Table, line_of
from auditor.values import N_, Absent, Message

FILE: Final = "report.toml"
MOST_BYTES, MOST_LOGO, LONGEST = 1 << 20, 2 << 20, 1_500
LEAST_CONTRAST: Final = Fraction(9, 2)
"""Of a text with its ground (WCAG 2.2, 1.4.3): both colours are written on white, and white on them."""
COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
LANGUAGES: Final = ("en", "fr")


class _Prose(Table):
    """A table whose texts may be as long as a paragraph, each one text or a text by language."""

    def clean(self, key: str, value: str) -> str:
        clean = one_line(value)
        if len(clean) > LONGEST:
            raise Bad(self.at(key), "site.text_too_long", limit=LONGEST)
        return clean

    def words(self, key: str) -> Words:
        if not isinstance(self.data.get(key), dict):
            text = self.text(key, "")
            return MappingProxyType({"": text}) if text else NOTHING
        inner = _prose(self, key)
        found = {language: inner.text(language) for language in LANGUAGES if language in inner.data}
        inner.end()
        return MappingProxyType(found)


def _prose(top: Table, key: str) -> _Prose:
    value = top.get(key, dict, {})
    return _Prose(cast(dict[str, Any], value), top.at(key))


def read(path: Path) -> Brand:
    """The brand of a file. Raises SiteFileError with the line and the reason."""
    return parse(text_of(path, MOST_BYTES), path)


def parse(text: str, path: Path) -> Brand:
    """The brand of a text; the logo's name counts from the folder of `path`. Raises SiteFileError."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise SiteFileError(str(path), 0, "", Message("site.not_toml", {"why": one_line(str(error))[:300]})) from None
    except RecursionError:
        raise SiteFileError(str(path), 0, "", Message("site.too_deep")) from None
    try:
        return _brand(Table(data, ""), path.parent)
    except Bad as bad:
        raise SiteFileError(str(path), line_of(text, bad.key), bad.key, bad.reason) from None


def _brand(top: Table, folder: Path) -> Brand:
    consultant, colours = top.table("consultant"), top.table("colours")
    cover, frame = _prose(top, "cover"), _prose(top, "frame")
    found = Brand(
        name=consultant.text("name", ""),
        logo=_logo(consultant, folder),
        main=_colour(colours, "main", MAIN),
        accent=_colour(colours, "accent", ACCENT),
        cover=cover.words("text"),
        confidentiality=cover.words("confidentiality"),
        mandate=frame.words("mandate"),
        scope=frame.words("scope"),
        window=frame.words("window"),
    )
    for table in (consultant, colours, cover, frame, top):
        table.end()
    return found


# ---- colours ----


def luminance(colour: str) -> Fraction:
    """Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return Fraction(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def contrast(colour: str, ground: str) -> Fraction:
    """The contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(colour), luminance(ground)))
    return (lighter + Fraction(1, 20)) / (darker + Fraction(1, 20))


def pale(colour: str, share: Fraction = Fraction(3, 40)) -> str:
    """A colour as a ground for text: that share of it on white."""
    parts = [255 - round((255 - int(colour[at : at + 2], 16)) * share) for at in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def _colour(table: Table, key: str, default: str) -> str:
    colour = table.text(key, default)
    if not COLOUR.fullmatch(colour):
        raise Bad(table.at(key), "brand.colour", found=colour)
    found = min(contrast(colour, "#ffffff"), contrast(colour, pale(colour)))
    if found < LEAST_CONTRAST:
        raise Bad(table.at(key), "brand.contrast", found=found, least=LEAST_CONTRAST)
    return colour.lower()


# ---- the logo ----


def _logo(table: Table, folder: Path) -> Logo | None:
    name = table.get("logo", str, "")
    if not name or isinstance(name, Absent):
        return None
    try:
        with (folder / name).open("rb") as stream:
            data = stream.read(MOST_LOGO + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "?"
        raise Bad(table.at("logo"), "brand.no_logo", name=name, why=why) from None
    if len(data) > MOST_LOGO:
        raise Bad(table.at("logo"), "brand.large_logo", name=name)
    kind = _kind(data)
    if kind is None:
        raise Bad(table.at("logo"), "brand.logo_kind", name=name)
    return Logo(name, kind, data)


def _kind(data: bytes) -> Kind | None:
    """What a picture is, by its first bytes: its name proves nothing."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    return "svg" if re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!|<svg)", data) and b"<svg" in data else None


SENTENCES: Final = {
    "brand.colour": N_("“{found}” is no colour: #rrggbb is expected."),
    "brand.contrast": N_("the contrast of this colour with white paper is {found:1}; {least:1} at least is needed."),
    "brand.no_logo": N_("the logo {name} cannot be read ({why})."),
    "brand.large_logo": N_("the logo {name} is larger than 2 MiB."),
    "brand.logo_kind": N_("the logo {name} is neither PNG nor JPEG nor SVG."),
    "brand.bad_logo": N_("the logo {name} cannot be drawn: the file is damaged, or refers to others."),
}
