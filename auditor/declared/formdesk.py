"""What the screens about a site can have done: implements `screens.forms.Forms` on its file."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from auditor import visit
from auditor.checks.engine import EXEMPT
from auditor.collectors.discovery import Discovery, Explorer, Found, How
from auditor.collectors.inventory import Entry, Inventory, InventoryError, clean_address, read
from auditor.collectors.ranges import Address, RangeError, declared
from auditor.collectors.transport import Credentials
from auditor.commands import discover as command
from auditor.commands.ask import Interview, told_at_last
from auditor.credentials import for_client
from auditor.declared import siteedit, siteforms
from auditor.declared.questionnaire import NotAnAnswer, Question, is_proof, value_of
from auditor.declared.quiet import QuietHours
from auditor.declared.siteedit import Change, Rewritten, rewrite
from auditor.declared.siteforms import FieldError
from auditor.declared.waysin import spelled
from auditor.screens.forms import Asked, Group, Row, Sighted, SiteForm
from auditor.screens.services import Talk
from auditor.seats import inputs
from auditor.site import Declared, Role
from auditor.store import home_folder
from auditor.values import Message, Value
from auditor.visit import Place
from auditor.wording import texts

Fault = Callable[[Exception], ValueError]


class Lender(Protocol):
    """Lends a site file the secrets it names, the only networks that may be looked around in for it, and a home."""

    @property
    def credentials(self) -> Credentials: ...
    @property
    def networks(self) -> tuple[str, ...]: ...
    @property
    def home(self) -> Path: ...


class FormDesk:
    """Edits site files and remembers what stood there before; `fault` says an error of the house in words.

    `lent` gives what somebody lends to a file, as the demo does to its own.
    """

    def __init__(self, fault: Fault, lent: Callable[[Path], Lender | None] = lambda path: None) -> None:
        self._fault, self._lent = fault, lent
        self._edits: dict[Path, list[tuple[str, Rewritten]]] = {}
        self._found = Discovery()

    # ---- the file ----

    def form(self, path: Path, /) -> SiteForm:
        try:
            site, _ = visit.open_site(path)
        except ValueError as error:
            raise self._fault(error) from None
        groups = tuple(
            Group(table, name, tuple(_row(place, field, value) for place, field, value in rows))
            for table, name, rows in siteforms.places(site)
        )
        edits = self._edits.get(path, [])
        if lender := self._lent(path):
            site = replace(site, networks=lender.networks)
        return SiteForm(path, site, groups, edits[-1][0] if edits else "")

    def _rewrite(self, path: Path, what: str, make: Callable[[str], str]) -> SiteForm:
        try:
            done = rewrite(path, make, inputs.is_input)
        except (ValueError, IndexError, LookupError) as error:
            raise self._fault(error) from None
        if done.after != done.before:
            self._edits.setdefault(path, []).append((what, done))
        return self.form(path)

    def change(self, path: Path, place: str, text: str, /) -> SiteForm:
        try:
            value = siteforms.value_of(siteforms.field_at(place), text)
        except FieldError as error:
            raise self._fault(error) from None
        return self._rewrite(path, place, lambda before: siteforms.changed(before, place, value, str(path)))

    def add(self, path: Path, kind: str, name: str, address: str, /) -> SiteForm:
        if kind == "link":
            return self._rewrite(path, name, lambda before: siteforms.with_link(before, _plain(name)))
        entry = Entry(name, address, Role.OTHER)
        return self._rewrite(path, name, lambda before: siteforms.with_devices(before, (entry,)))

    def remove(self, path: Path, kind: str, name: str, /) -> SiteForm:
        site = self.form(path).site
        names = [row.name for row in (site.links if kind == "link" else site.targets)]
        if name not in names:
            raise self._fault(FieldError("form.no_place", place=name[:60]))
        return self._rewrite(path, name, lambda before: siteforms.without(before, kind, names.index(name)))

    def take(self, path: Path, source: Path, /) -> tuple[SiteForm, Sequence[str]]:
        try:
            return self._taken(path, read(source))
        except InventoryError as error:
            raise self._fault(error) from None

    def _taken(self, path: Path, found: Inventory) -> tuple[SiteForm, Sequence[str]]:
        """The devices that the file does not have yet, by name and by address."""
        site = self.form(path).site
        names = {target.name for target in site.targets}
        addresses = {clean_address(target.address) for target in site.targets}
        new = tuple(e for e in found.entries if e.name not in names and e.address not in addresses)
        known = [Message("form.known", {"name": e.name}) for e in found.entries if e not in new]
        left = tuple(str(self._fault(FieldError(m.id, **m.values))) for m in (*found.left_out, *known))
        if not new:
            return self.form(path), left
        form = self._rewrite(path, str(len(new)), lambda before: siteforms.with_devices(before, new))
        return form, left

    def undo(self, path: Path, /) -> SiteForm:
        """Only where nobody wrote since: an edit of somebody else is never lost."""
        edits = self._edits.get(path, [])
        if not edits:
            raise self._fault(FieldError("form.nothing"))
        _, last = edits.pop()

        def back(text: str) -> str:
            if text.rstrip("\n") != last.after.rstrip("\n"):
                raise FieldError("form.moved")
            return last.before

        try:
            rewrite(path, back, inputs.is_input)
        except ValueError as error:
            raise self._fault(error) from None
        return self.form(path)

    # ---- its questions ----

    def _interview(self, path: Path, language: str) -> tuple[Interview, tuple[Question, ...]]:
        from auditor.declared.questionnaire import questions

        try:
            site, _ = visit.open_site(path)
        except ValueError as error:
            raise self._fault(error) from None
        today = visit.now_at(site).date()
        found = questions(site, today, told_at_last(site))
        return Interview(path, site, texts(language, narrow=False), today), found

    def questions(self, path: Path, language: str, /) -> Sequence[Asked]:
        interview, found = self._interview(path, language)
        return tuple(_asked(interview, question) for question in found)

    def answer(self, path: Path, id: str, text: str, by: str, document: str, language: str, /) -> None:
        interview, found = self._interview(path, language)
        question = next(one for one in found if one.id == id)
        say = interview.texts
        try:
            value = value_of(question, text, {c.word: say.words(c.label) for c in question.choices}, interview.today)
        except NotAnAnswer as error:
            raise ValueError(say.say(error.message)) from None
        if is_proof(question, value) and not document.strip():
            raise ValueError(say.words("ask.proof"))
        self._rewrite(path, id, lambda before: _answered(before, question, value, by, document, interview.today))

    # ---- what is around it ----

    def contacts(self, path: Path, ranges: str, seeds: str, language: str, /) -> Sequence[str]:
        site = self.form(path).site
        try:
            boundary = declared(_words(ranges), site.networks)
            starts = command.starts_of(boundary, _words(seeds))
        except RangeError as error:
            raise self._fault(error) from None
        ways, say = command.of_site(site), texts(language, narrow=False)
        return tuple(command.would(starts, boundary, ways, walk=bool(seeds.strip()), rate=100.0, say=say))

    def discover(
        self, path: Path, ranges: str, seeds: str, language: str, talk: Talk, tell: Callable[[Sighted], None], /
    ) -> Sequence[str]:
        site = self.form(path).site
        try:
            boundary = declared(_words(ranges), site.networks)
            starts = command.starts_of(boundary, _words(seeds))
            visit.spare(site)
            lender = self._lent(path)
            given = lender.credentials if lender else for_client(home_folder(), site.client, talk.ask_secret)
            tries = command.tries(command.of_site(site), given)
        except (RangeError, QuietHours, RuntimeError) as error:
            raise self._fault(error) from None
        keys = Place.of(lender.home if lender else home_folder(), site).hostkeys(talk.accept_host_key)
        how = How(tries, walk=bool(seeds.strip()))
        explorer = Explorer(boundary, how, keys, lambda found: tell(_sighted(found)))
        asyncio.run(_explore(explorer, starts, talk))
        self._found = explorer.result
        return tuple(command.lines_of(self._found, texts(language, narrow=False)))

    def take_sighted(self, path: Path, addresses: Sequence[str], /) -> tuple[SiteForm, Sequence[str]]:
        chosen = Discovery([one for one in self._found.found if str(one.address) in addresses])
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as stream:
            json.dump(command.as_json(chosen), stream)
            stream.flush()
            return self.take(path, Path(stream.name))


def _row(place: str, field: siteforms.Field, value: object) -> Row:
    hint = Message(f"form.hint.{field.kind}", {"choices": field.choices} if field.choices else {})
    return Row(place, field.label, siteforms.typed(field, value), hint, field.choices)


def _plain(name: str) -> str:
    """A name that cannot end the text it is written in; the reader of the file says what else is wrong with it."""
    return re.sub(r'["\\\x00-\x1f]', "?", name)


def _words(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[\s,;]+", text) if part)


def _asked(interview: Interview, question: Question) -> Asked:
    say = interview.texts
    return Asked(
        question.id,
        question.domain,
        interview.title(question),
        say.words(question.why) if question.why else "",
        interview.state(question),
        question.due,
        tuple(
            ("n" if choice.word == EXEMPT else str(number), say.words(choice.label))
            for number, choice in enumerate(question.choices, 1)
        ),
        question.dated,
    )


def _answered(before: str, question: Question, value: Value, by: str, document: str, today: dt.date) -> str:
    said = {question.id: Declared(value, " ".join(by.split()), today, " ".join(document.split()))}
    change = Change(answers=said) if question.table == "answers" else Change(declared=said)
    return siteedit.edited(before, change)


def _sighted(found: Found) -> Sighted:
    what = " ".join(filter(None, (found.platform, found.model, found.version))) or found.description or found.banner
    ways = [f"tcp/{port}" for port in found.ports]
    ways.append(spelled(found.snmp) if found.snmp else "snmp" if found.speaks_snmp else "")
    return Sighted(str(found.address), found.name, what, ", ".join(filter(None, ways)))


async def _explore(explorer: Explorer, starts: Sequence[Address], talk: Talk) -> None:
    """Look around until the end, or until the stop; what was found is in the explorer."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(explorer.run(starts))

    def cancel() -> None:
        loop.call_soon_threadsafe(task.cancel)

    talk.stop.then(cancel)
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
