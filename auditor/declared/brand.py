"""Whose report it is: the consultant's name, logo and colours, the words of the cover, the legal frame of the visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["png", "jpeg", "svg"]
Words: TypeAlias = Mapping[str, str]
"""A text by language; under "" the one for every language."""
NOTHING: Final[Words] = MappingProxyType({})
MAIN, ACCENT = "#1f4e79", "#256aa8"


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture as it stands in its file."""

    name: str
    kind: Kind
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Brand:
    """What `report.toml` says; every part may be missing. Colours are `#rrggbb`."""

    name: str = ""
    logo: Logo | None = None
    main: str = MAIN
    accent: str = ACCENT
    cover: Words = field(default_factory=lambda: NOTHING)
    confidentiality: Words = field(default_factory=lambda: NOTHING)
    mandate: Words = field(default_factory=lambda: NOTHING)
    scope: Words = field(default_factory=lambda: NOTHING)
    window: Words = field(default_factory=lambda: NOTHING)


UNBRANDED: Final = Brand()


def said(words: Words, language: str) -> str:
    """The text of a language, else the one for every language, else ""."""
    return words.get(language) or words.get("", "")
