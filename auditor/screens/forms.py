"""The seam of the screens about a site: its forms, its questions, what is found around it. Types alone, no work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from auditor.screens.services import Talk
from auditor.site import Site
from auditor.values import Message


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a form: where it stands in the file, the id of its name, what is typed in it, how to type it."""

    place: str
    label: str
    text: str
    hint: Message
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One table of the file: site, people, link, device, tunnel, plan; `name` of the link or device."""

    kind: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class SiteForm:
    """A site file as it stands; `undo` is the place of the last edit that can be taken back, "" where there is none."""

    path: Path
    site: Site
    groups: tuple[Group, ...]
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question in the reader's words; `choices` are (what is typed, label), `state` says what is known."""

    id: str
    domain: str
    title: str
    why: str
    state: str
    due: bool
    choices: tuple[tuple[str, str], ...] = ()
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Sighted:
    """A device that a discovery found, in words; `address` names it."""

    address: str
    name: str
    what: str
    ways: str


class Forms(Protocol):
    """What can be done with a site file. Every call blocks; ValueError with one clear line where a user is at fault."""

    def form(self, path: Path, /) -> SiteForm:
        """The file as forms."""
        ...

    def change(self, path: Path, place: str, text: str, /) -> SiteForm:
        """Write one field; an empty text takes it out of the file."""
        ...

    def add(self, path: Path, kind: str, name: str, address: str, /) -> SiteForm:
        """Add a link, or a device with its address."""
        ...

    def remove(self, path: Path, kind: str, name: str, /) -> SiteForm:
        """Take a link or a device out of the file."""
        ...

    def take(self, path: Path, source: Path, /) -> tuple[SiteForm, Sequence[str]]:
        """Take over the devices of a list (CSV, nmap, Ansible…); with one line on each that was left out."""
        ...

    def undo(self, path: Path, /) -> SiteForm:
        """Take the last edit back."""
        ...

    def questions(self, path: Path, language: str, /) -> Sequence[Asked]:
        """Every question for the site, with what is known of its answer."""
        ...

    def answer(self, path: Path, id: str, text: str, by: str, document: str, language: str, /) -> None:
        """Save one answer."""
        ...

    def contacts(self, path: Path, ranges: str, seeds: str, language: str, /) -> Sequence[str]:
        """What a discovery would contact, in lines; nothing is sent."""
        ...

    def discover(
        self, path: Path, ranges: str, seeds: str, language: str, talk: Talk, tell: Callable[[Sighted], None], /
    ) -> Sequence[str]:
        """Look around; each device is told as it is found. Gives the lines of the result; stops when asked."""
        ...

    def take_sighted(self, path: Path, addresses: Sequence[str], /) -> tuple[SiteForm, Sequence[str]]:
        """Write devices that the last discovery found into the file."""
        ...
