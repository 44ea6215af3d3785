"""`auditor ask`: the questionnaire in the terminal; each answer is saved as it is given."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli import Fault, cli, language_option, plain_faults, words

if TYPE_CHECKING:
    from auditor.declared.questionnaire import Question
    from auditor.site import Site
    from auditor.texts import Texts
    from auditor.values import Value

Ask = Callable[[str], str]
Say = Callable[[str], None]
QUIT = ("q", "quit", "quitter")
BACK = ("b", "back", "r", "retour")


@cli.command()
@click.argument("site", type=click.Path(path_type=Path))
@click.option("--by", default="", metavar="WHO", help="Who answers, by role; asked otherwise.")
@click.option("--domain", default="", metavar="LNK…", help="Only the questions of this domain.")
@click.option("--all", "everything", is_flag=True, help="Also what is answered already, or told by a device.")
@click.option("--list", "as_list", is_flag=True, help="Print the questions and their answers, ask nothing.")
@language_option
@plain_faults
def ask(site: Path, by: str, domain: str, everything: bool, as_list: bool, language: str) -> None:
    """Answer the questions no device can answer, and save each answer in SITE.

    Go on any time: what is answered is passed over until it is half a year old.
    """
    from auditor import sitefile
    from auditor.seats import inputs

    t = words(language)
    read, _ = sitefile.read(site, inputs.is_input)
    interview = Interview(site, read, t, dt.date.today(), by)  # noqa: DTZ011 - the day on the user's desk
    chosen = interview.questions(domain.upper(), everything=everything or as_list)
    if domain and not interview.questions(domain.upper(), everything=True):
        raise Fault(t("There is no question of the domain “{name}”.", name=domain))
    if as_list:
        click.echo("\n".join(line for question in chosen for line in interview.listed(question)))
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Fault(t("A terminal is needed to ask; `auditor ask {file} --list` prints the questions.", file=str(site)))
    interview.run(chosen, lambda prompt: str(click.prompt(prompt, default="", show_default=False)), click.echo)


class Interview:
    """One sitting: asks question after question, and writes each answer into the site file at once."""

    def __init__(self, path: Path, site: Site, texts: Texts, today: dt.date, by: str = "") -> None:
        self.path, self.site, self.texts, self.today, self.by = path, site, texts, today, by

    def questions(self, domain: str = "", *, everything: bool = False) -> tuple[Question, ...]:
        """The questions to ask now, or all of them."""
        from auditor.declared.questionnaire import questions

        found = questions(self.site, self.today, told_at_last(self.site))
        return tuple(q for q in found if (everything or q.due) and (not domain or q.domain == domain))

    # ---- what is shown ----

    def listed(self, question: Question) -> Iterator[str]:
        """A question and its answer on one or two lines."""
        yield f"{question.id}  {self.title(question)}"
        if state := self.state(question):
            yield f"  {state}"

    def title(self, question: Question) -> str:
        """What is asked, with how to write a figure of its kind."""
        words = self.texts.words(question.title)
        hint = f"ask.hint.{question.kind}"
        shown = f"{words} ({self.texts.words(hint)})" if self.texts.known(hint) else words
        return shown[:1].upper() + shown[1:]

    def state(self, question: Question) -> str:
        """Who answered what, and how long ago; "" where nobody did."""
        from auditor.declared.questionnaire import YES_NO
        from auditor.values import ABSENT, Absent

        t, said = self.texts, question.said
        if isinstance(said, Absent):
            return t("Told by a device or by another line of the file.") if question.told else ""
        labels = {choice.word: t.words(choice.label) for choice in question.choices}
        word = YES_NO[said.value] if isinstance(said.value, bool) else str(said.value)
        value = labels.get(word) or self.spoken(question, said.value)
        by = said.by or "?"
        if question.age is ABSENT:
            return t("Answered “{value}” by {by}, without a date: asked again.", value=value, by=by)
        age = t.plural("{count} day ago", "{count} days ago", int(question.age))
        if question.stale:
            return t("Answered “{value}” by {by}, {age}: asked again.", value=value, by=by, age=age)
        return t("Answered “{value}” by {by}, {age}.", value=value, by=by, age=age)

    def spoken(self, question: Question, value: Value) -> str:
        """A value as people say it."""
        forms = {"rate": "rate", "share": "ratio"}
        return self.texts.format(value, "" if isinstance(value, str) else forms.get(question.kind, ""))

    def shown(self, question: Question, at: int, of: int) -> Iterator[str]:
        """All that is said before the answer is asked."""
        from auditor.checks.engine import EXEMPT
        from auditor.values import Absent

        t = self.texts
        yield ""
        yield f"[{at}/{of}] {t.name(question.domain)} · {question.id}"
        yield self.title(question)
        if question.why:
            yield f"  {t.words(question.why)}"
        if not isinstance(question.default, Absent):
            yield "  " + t("Without an answer, {value} is assumed.", value=self.spoken(question, question.default))
        if state := self.state(question):
            yield f"  {state}"
        for number, choice in enumerate(question.choices, 1):
            yield f"  {'n' if choice.word == EXEMPT else number}  {t.words(choice.label)}"
        if question.dated:
            yield "  " + t("…or the day it was done last.")

    # ---- the sitting ----

    def run(self, chosen: Sequence[Question], ask: Ask, say: Say) -> int:
        """Ask until the end or `q`; gives the number of answers saved. Ctrl-C and Ctrl-D end it with what is saved."""
        t = self.texts
        if not chosen:
            say(t("Every question is answered; `--all` asks them again."))
            return 0
        say(t.plural("{count} question.", "{count} questions.", len(chosen)))
        say(t("Enter: pass over · b: back · q: stop. Each answer is saved at once."))
        self.by = self.by or " ".join(ask(t("Who answers, by role (such as IT manager)")).split())
        at = saved = 0
        while at < len(chosen):
            for line in self.shown(chosen[at], at + 1, len(chosen)):
                say(line)
            step = self._one(chosen[at], ask, say)
            if step is None:
                break
            saved += step == "saved"
            at = max(0, at - 1) if step == "back" else at + 1
        say(t.plural("{count} answer saved in {file}.", "{count} answers saved in {file}.", saved, file=str(self.path)))
        return saved

    def _one(self, question: Question, ask: Ask, say: Say) -> str | None:
        """One answer: saved, passed, back, or None to stop. What makes no sense is said and asked again."""
        from auditor.declared.questionnaire import NotAnAnswer, value_of

        labels = {choice.word: self.texts.words(choice.label) for choice in question.choices}
        while True:
            text = " ".join(ask(self.texts("Answer")).split())
            if not text or text.casefold() in (*QUIT, *BACK):
                return "passed" if not text else "back" if text.casefold() in BACK else None
            try:
                value = value_of(question, text, labels, self.today)
            except NotAnAnswer as fault:
                say(f"  {self.texts.say(fault.message)}")
                continue
            if self._save(question, value, ask, say):
                return "saved"

    def _save(self, question: Question, value: Value, ask: Ask, say: Say) -> bool:
        from auditor.declared.questionnaire import is_proof
        from auditor.declared.siteedit import Change, apply
        from auditor.seats import inputs
        from auditor.site import Declared

        document = " ".join(ask(self.texts("Document that shows it (Enter: none)")).split())
        if is_proof(question, value) and not document:
            say(f"  {self.texts.words('ask.proof')}")
            return False
        said = {question.id: Declared(value, self.by, self.today, document)}
        change = Change(answers=said) if question.table == "answers" else Change(declared=said)
        self.site = apply(self.path, change, inputs.is_input)
        return True


def told_at_last(site: Site) -> frozenset[str]:
    """What devices answered at the last audit of this site; nothing where there was none, or it cannot be read."""
    from auditor.declared.questionnaire import told_by_devices
    from auditor.store import StoreError, home_folder
    from auditor.visit import last_audit

    try:
        last = last_audit(home_folder(), site)
    except StoreError:
        return frozenset()
    return told_by_devices(last) if last else frozenset()
