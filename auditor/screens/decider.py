"""Deciding on a screen: asked in a short form, saved in a thread, shown everywhere; a refused answer is asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from auditor.model import Audit, Finding
from auditor.screens.ask import Ask
from auditor.screens.confirm import Confirm
from auditor.screens.fields import Field, Fields
from auditor.screens.frame import AuditPage
from auditor.screens.marks import say, title
from auditor.screens.study import Refused
from auditor.values import N_

Again = Callable[[], None]
LABELS: Final = {
    "owner": N_("Owner"),
    "start": N_("Start day"),
    "end": N_("End day"),
    "reason": N_("Why"),
    "until": N_("Last day"),
}
"""What a person reads for the field that a refusal names as the command line spells it."""


class Decider:
    """The decisions of one page; `take` is what the page does with the audit as it is then."""

    def __init__(self, page: AuditPage, take: Callable[[Audit], None]) -> None:
        self._page, self._take = page, take
        self.desk = page.services.study.decisions(page.audit)

    def decide(self, decision: Callable[[], Audit], again: Again | None = None) -> None:
        """Save a decision in a thread: the plan is drawn again, which takes its time."""
        work = partial(self._work, decision, again)
        self._page.run_worker(work, thread=True, exclusive=True, group="decide")

    def _work(self, decision: Callable[[], Audit], again: Again | None) -> None:
        app = self._page.app
        try:
            audit = decision()
        except Refused as refused:
            app.call_from_thread(self._refused, refused, again)
        else:
            app.call_from_thread(self._decided, audit)

    def _decided(self, audit: Audit) -> None:
        self._take(audit)
        self._page.post_message(AuditPage.Decided(audit))

    def _refused(self, refused: Refused, again: Again | None) -> None:
        texts = self._page.texts
        field, message = str(refused.message.values.get("field", "")), refused.message
        if field in LABELS:
            message = replace(message, values={**message.values, "field": texts(LABELS[field])})
        notice = Confirm(self._page.speech, texts("That did not work."), (say(texts, message),), texts("OK"))
        self._page.app.push_screen(notice, lambda _: None if again is None else again())

    def ask(self, words: str, hint: str, given: str, decision: Callable[[str], Audit]) -> None:
        """Ask for one text and decide with it; what was refused stands in the field again."""

        def answered(text: str | None) -> None:
            if text is not None:
                again = partial(self.ask, words, hint, text, decision)
                self.decide(partial(decision, text), again)

        self._page.app.push_screen(Ask(self._page.speech, words, hint, str, given=given), answered)

    def accept(self, check: str) -> None:
        """Accept the risk of a check until a day; where it is accepted, no longer, after a yes."""
        finding = next((finding for finding in self._page.audit.findings if finding.id == check), None)
        if finding is not None and finding.accepted:
            self._withdraw(finding)
        else:
            self._accept(check, {})

    def _withdraw(self, finding: Finding) -> None:
        page, texts = self._page, self._page.texts
        said = say(texts, finding.accepted) if finding.accepted else ""
        lines = (f"{finding.id} {title(texts, finding.id)}", said)
        question = Confirm(page.speech, texts("Accept this risk no longer?"), lines, texts("No longer"), texts("Back"))

        def answered(yes: bool | None) -> None:
            if yes:
                self.decide(partial(self.desk.withdraw, finding.id))

        page.app.push_screen(question, answered)

    def _accept(self, check: str, given: Mapping[str, str]) -> None:
        page, texts = self._page, self._page.texts
        stays = texts("It stays open in the score, and its action leaves the plan until that day.")
        rows = [
            Field("by", texts("Accepted by"), given.get("by", "")),
            Field("reason", texts("Why"), given.get("reason", "")),
            Field("until", texts("Until (2026-12-31 or 31/12/2026)"), given.get("until", "")),
        ]

        def answered(told: Mapping[str, str] | None) -> None:
            if told is not None:
                decision = partial(self.desk.accept, check, told["by"], told["reason"], told["until"])
                self.decide(decision, partial(self._accept, check, told))

        words = texts("Accept the risk until a day")
        form: Fields[Mapping[str, str]] = Fields(
            page.speech, words, f"{check} {title(texts, check)}. {stays}", rows, dict
        )
        page.app.push_screen(form, answered)
