"""The questionnaire: which questions there are, what an answer may be, and the sitting in the terminal."""

from __future__ import annotations

import datetime as dt
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from auditor import audit, sitefile
from auditor.checks import CATALOGUE
from auditor.commands.ask import Interview
from auditor.declared.questionnaire import (
    DATED,
    STALE,
    NotAnAnswer,
    Question,
    all_said,
    questions,
    told_by_devices,
    value_of,
)
from auditor.model import Outcome
from auditor.reports.export import audit_json
from auditor.seats import inputs
from auditor.site import Declared, Link, Site
from auditor.values import ABSENT, Absent, Value
from auditor.wording import sentences, texts
from tests.commands import ENGLISH, auditor

TODAY = dt.date(2026, 11, 26)
RENNES = Path(__file__).parent / "sites" / "rennes.toml"
SITE, _ = sitefile.read(RENNES, inputs.is_input)


def by_id(site: Site = SITE, told: Iterable[str] = ()) -> dict[str, Question]:
    return {question.id: question for question in questions(site, TODAY, told)}


def answered(site: Site, **answers: Declared) -> Site:
    return replace(site, answers={id.replace("_", "-"): said for id, said in answers.items()})


# ---- the definition ----


def test_every_check_that_people_can_answer_is_asked() -> None:
    """In its own words, each choice with its sentence; services elsewhere only where they may be."""
    found = by_id(replace(SITE, architecture="hybrid"))
    for check in CATALOGUE:
        question = found[check.id]
        assert question.kind == ("choice" if check.words.choices else "exempt")
        words = [choice.word for choice in question.choices]
        assert words == [*(("good", "partial", "bad") if check.words.choices else ()), "not_applicable"]
    assert not by_id().keys() & {"VPN-017", "TEL-013", "ztna.seats", "LNK-001"}


@pytest.mark.parametrize("architecture", ["site", "hybrid", "cloud"])
def test_every_question_has_its_words_in_both_languages(architecture: str) -> None:
    """Title, reason and choices are known sentences, translated."""
    known = sentences()
    french = texts("fr")
    found = questions(replace(SITE, architecture=architecture), TODAY)  # type: ignore[arg-type]
    assert len(found) > 60
    for question in found:
        for id in (question.title, *(choice.label for choice in question.choices), *filter(None, [question.why])):
            assert known[id]
            assert french.words(id) != known[id] or "{" in known[id], id


def test_every_input_that_is_asked_is_an_input() -> None:
    """Its id may stand in [declared], and its unit says how it is answered."""
    for architecture in ("site", "hybrid", "cloud"):
        for question in questions(replace(SITE, architecture=architecture), TODAY):
            if question.table == "declared":
                assert inputs.is_input(question.id)
                assert (question.kind == "rate") == (question.unit == "bit/s")


def test_questions_follow_the_domains_with_their_inputs_first() -> None:
    """As the report does, so that a reader finds them again."""
    domains = [question.domain for question in questions(SITE, TODAY)]
    assert list(dict.fromkeys(domains)) == ["LNK", "VPN", "FWL", "TEL", "HST", "RES", "ACC", "HOM"]
    assert domains == sorted(domains, key=list(dict.fromkeys(domains)).index)


@pytest.mark.slow
def test_exactly_the_dated_questions_take_a_day() -> None:
    """A date as answer is judged by the checks that say so, and by no other."""
    judged = set()
    for check in CATALOGUE:
        if check.words.choices is None:
            continue
        two = (*SITE.links, Link("spare", use="backup"))  # a switch to test
        site = replace(SITE, links=two, answers={check.id: Declared(dt.date(2026, 11, 1), "me", TODAY)})
        at = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
        found = audit.judge(site, (), id="a", at=at, window=60)
        finding = next(one for one in found.findings if one.id == check.id)
        if finding.outcome is not Outcome.NOT_MEASURED and any("2026-11-01" in one.value for one in finding.evidence):
            judged.add(check.id)
    assert judged == set(DATED)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("oui, et un document le montre", True), ("YES", True), ("2", False), ("no", False)],
)
def test_a_proof_is_yes_or_no(text: str, value: bool) -> None:
    """By its number, its word or its label; anything else is asked again."""
    question = by_id(replace(SITE, architecture="cloud"))["proof.no_vpn"]
    labels = {choice.word: texts("fr").words(choice.label) for choice in question.choices}
    assert value_of(question, text, labels, TODAY) is value
    with pytest.raises(NotAnAnswer):
        value_of(question, "3", labels, TODAY)


def test_a_day_to_come_may_be_answered_where_one_is_asked() -> None:
    """When a certificate ends, or when the copper goes; it is asked for a copper line alone."""
    question = by_id()["vpn.certificate_ends"]
    assert value_of(question, "01/03/2030", {}, TODAY) == dt.date(2030, 3, 1)
    for text in ("soon", "2030-13-01", "12"):
        with pytest.raises(NotAnAnswer):
            value_of(question, text, {}, TODAY)
    copper = replace(SITE, links=(replace(SITE.links[0], medium="VDSL"),))
    name = f"link.{SITE.links[0].name}.copper_closes"
    assert name in by_id(copper)
    assert name not in by_id()


# ---- what is answered already ----


@pytest.mark.parametrize(
    ("on", "age", "due"),
    [
        (TODAY, 0, False),
        (TODAY - STALE, 180, False),
        (TODAY - STALE - dt.timedelta(days=1), 181, True),
        (ABSENT, ABSENT, True),
        (TODAY + dt.timedelta(days=1), ABSENT, True),
    ],
)
def test_an_answer_is_used_for_half_a_year_and_then_asked_again(
    on: dt.date | Absent, age: int | Absent, due: bool
) -> None:
    """Its age is shown; without a date, or with one to come, it has none."""
    question = by_id(answered(SITE, RES_002=Declared("bad", "me", on)))["RES-002"]
    assert (question.age, question.due) == (age, due)


def test_what_devices_or_other_lines_of_the_file_tell_is_not_asked() -> None:
    """A contract in [[link]] answers its question, and so does a measure of the last audit."""
    found = by_id()
    assert found["link.main.committed_up_bps"].told
    assert found["people.video_share"].told
    assert not found["link.main.committed_up_bps"].due
    assert found["telephony.softphones"].due
    assert not by_id(told=("telephony.softphones",))["telephony.softphones"].due


def test_the_last_audit_says_what_devices_told() -> None:
    """Checks judged on device evidence alone, and inputs that were measured."""
    from tests.worked_audit import worked_audit

    told = told_by_devices(worked_audit())
    assert "link.main.used_up_bps" in told
    assert "LNK-001" in told
    assert "vpn.crypto_bps" not in told
    assert "RES-002" not in told


def test_everything_said_stands_in_the_audit_with_its_age() -> None:
    """Who, when, the document and the days; stale answers are still used, and marked."""
    site = answered(
        SITE, RES_002=Declared("bad", "IT manager", dt.date(2026, 1, 1), "log.pdf"), RES_005=Declared("good", "me")
    )
    rows = {row.id: row for row in all_said(site, TODAY)}
    assert (rows["RES-002"].age_days, rows["RES-002"].stale) == (329, True)
    assert (rows["RES-005"].age_days, rows["RES-005"].stale) == (ABSENT, True)
    assert rows["vpn.crypto_bps"].stale is False
    at = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
    found = audit.judge(site, (), id="a", at=at, window=60)
    assert next(one for one in found.findings if one.id == "RES-002").outcome is Outcome.FAIL
    printed = {row["id"]: row for row in audit_json(found, texts("en"))["answers"]}
    assert printed["RES-002"] == {
        "id": "RES-002", "table": "answers", "value": "bad", "by": "IT manager", "on": "2026-01-01",
        "document": "log.pdf", "age_days": 329, "stale": True,
    }  # fmt: skip
    assert "age_days" not in printed["RES-005"]


# ---- reading an answer ----


def read(id: str, text: str, language: str = "en") -> Value:
    question = by_id()[id]
    labels = {choice.word: texts(language).words(choice.label) for choice in question.choices}
    return value_of(question, text, labels, TODAY)


@pytest.mark.parametrize(
    ("id", "text", "value"),
    [
        ("RES-002", "1", "good"),
        ("RES-002", " 3 ", "bad"),
        ("RES-002", "Partial", "partial"),
        ("RES-002", "n", "not_applicable"),
        ("RES-002", "2026-11-01", dt.date(2026, 11, 1)),
        ("RES-002", "1/11/2026", dt.date(2026, 11, 1)),
        ("demand.video_in_call", "25 %", Fraction(1, 4)),
        ("demand.video_in_call", "0,25", Fraction(1, 4)),
        ("demand.video_in_call", "100%", 1),
        ("link.main.used_up_bps", "8 Mbit/s", 8_000_000),
        ("link.main.used_up_bps", "8,5 Mb/s", 8_500_000),
        ("link.main.used_up_bps", "512 kbps", 512_000),
        ("link.main.used_up_bps", "8000000 bit/s", 8_000_000),
        ("hosts.memory_bytes", "64 Go", 64 * 2**30),
        ("people.equipment", "1 100", 1_100),
    ],
)
def test_an_answer_is_read_as_people_write_it(id: str, text: str, value: Value) -> None:
    """A number, a word or a label for a choice; a share, a rate or a size with its unit."""
    assert read(id, text) == value


def test_a_choice_may_be_given_by_its_label_in_either_language() -> None:
    """The words the reader sees are an answer."""
    for language in ("en", "fr"):
        label = texts(language).words("RES-002.choice.partial")
        assert read("RES-002", label.upper(), language) == "partial"


@pytest.mark.parametrize(
    ("id", "text"),
    [
        ("RES-002", "4"),
        ("RES-002", "maybe"),
        ("RES-002", "2027-01-01"),
        ("RES-002", "31/02/2026"),
        ("RES-001", "2026-01-01"),
        ("demand.video_in_call", "25"),
        ("demand.video_in_call", "101%"),
        ("link.main.used_up_bps", "8"),
        ("link.main.used_up_bps", "8 parsecs"),
        ("link.main.used_up_bps", "-8 Mbit/s"),
        ("hosts.memory_bytes", "64"),
        ("people.equipment", "1.5"),
        ("people.equipment", "many"),
        ("people.equipment", "5 %"),
    ],
)
def test_what_answers_nothing_is_said_and_not_taken(id: str, text: str) -> None:
    """Each refusal has its sentence."""
    with pytest.raises(NotAnAnswer) as caught:
        read(id, text)
    for language in ("en", "fr"):
        assert texts(language).say(caught.value.message) != caught.value.message.id


def test_a_check_that_devices_judge_takes_only_that_it_has_no_object() -> None:
    """And says so when something else is typed."""
    question = by_id(replace(SITE, architecture="cloud"))["VPN-002"]
    assert value_of(question, "n", {}, TODAY) == "not_applicable"
    with pytest.raises(NotAnAnswer):
        value_of(question, "1", {}, TODAY)


# ---- the sitting ----


class Sitting:
    """A sitting with typed lines instead of a keyboard; running out of lines is Ctrl-D."""

    def __init__(self, path: Path, *lines: str, by: str = "IT manager") -> None:
        self.path, self.lines, self.said = path, list(lines), list[str]()
        site, _ = sitefile.read(path, inputs.is_input)
        self.interview = Interview(path, site, texts("en", narrow=False), TODAY, by)

    def ask(self, prompt: str) -> str:
        self.said.append(prompt)
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    def run(self, *ids: str) -> int:
        known = {question.id: question for question in self.interview.questions(everything=True)}
        return self.interview.run([known[id] for id in ids], self.ask, self.said.append)

    @property
    def site(self) -> Site:
        return sitefile.read(self.path, inputs.is_input)[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "site.toml"
    found.write_bytes(RENNES.read_bytes())
    return found


def test_each_answer_is_saved_with_who_when_and_its_document(path: Path) -> None:
    """Answers by check, figures among the declared inputs; the rest of the file stays."""
    sitting = Sitting(path, "2", "minutes.pdf", "12", "")
    assert sitting.run("RES-008", "telephony.softphones") == 2
    assert sitting.site.answers["RES-008"] == Declared("partial", "IT manager", TODAY, "minutes.pdf")
    assert sitting.site.declared["telephony.softphones"] == Declared(12, "IT manager", TODAY)
    changed = set(path.read_text().splitlines()) ^ set(RENNES.read_text().splitlines())
    assert len(changed) == 3


def test_what_was_saved_stays_when_the_sitting_breaks_off(path: Path) -> None:
    """Ctrl-D in the middle of the second question: the first answer is in the file, and the next sitting goes on."""
    sitting = Sitting(path, "3", "", "2")
    with pytest.raises(EOFError):
        sitting.run("RES-011", "RES-012")
    assert sitting.site.answers["RES-011"].value == "bad"
    assert "RES-012" not in sitting.site.answers
    again = Sitting(path).interview.questions("RES")
    assert "RES-011" not in {question.id for question in again}
    assert "RES-012" in {question.id for question in again}


def test_pass_back_and_stop(path: Path) -> None:
    """Enter passes, b goes back, q ends; nothing is saved on the way."""
    sitting = Sitting(path, "", "b", "1", "", "q")
    assert sitting.run("RES-011", "RES-012") == 1
    assert sitting.site.answers["RES-011"].value == "good"
    assert "RES-012" not in sitting.site.answers


def test_no_object_needs_its_document(path: Path) -> None:
    """Said without proof it would be not measured: the document is asked for, and without it nothing is saved."""
    sitting = Sitting(path, "n", "", "n", "contract.pdf")
    assert sitting.run("RES-012") == 1
    assert any("Without the document" in line for line in sitting.said)
    assert sitting.site.answers["RES-012"].document == "contract.pdf"


def test_a_wrong_answer_is_explained_and_asked_again(path: Path) -> None:
    """The sitting goes on with the same question."""
    sitting = Sitting(path, "9", "perhaps", "1", "")
    assert sitting.run("RES-011") == 1
    assert sum("Answer with a number from 1 to 3" in line for line in sitting.said) == 2


def test_the_age_of_an_answer_is_shown(path: Path) -> None:
    """Who said what how long ago, and that it is asked again when it is old or undated."""
    text = path.read_text().replace('"RES-002" = { value = "bad", by = "IT manager", on = 2026-11-19 }',
                                    '"RES-002" = { value = "bad", by = "IT manager", on = 2026-01-01 }')  # fmt: skip
    path.write_text(text)
    sitting = Sitting(path, "", "")
    sitting.run("RES-002", "RES-005")
    shown = "\n".join(sitting.said)
    assert "Answered “never” by IT manager, 329 days ago: asked again." in shown
    assert "by IT manager, 7 days ago." in shown


def test_what_devices_told_the_last_audit_of_this_client_is_passed_over(path: Path) -> None:
    """The history of the site's own client says it; a site of the same name elsewhere does not."""
    from auditor.store import home_folder
    from auditor.visit import Place
    from tests.worked_audit import worked_audit

    result = replace(worked_audit(), site=SITE)
    before = {question.id for question in Sitting(path).interview.questions()}
    for site, passed in ((replace(SITE, client="Another SA"), False), (SITE, True)):
        with Place.of(home_folder(), site).store() as store:
            id = store.begin(site, "", result.at, "0")
            store.finish(replace(result, id=id, site=site), audit_json(replace(result, id=id, site=site), texts("en")))
        left = {question.id for question in Sitting(path).interview.questions()}
        assert ("link.main.used_up_bps" not in left) == passed
    assert "link.main.used_up_bps" in before
    assert left < before


def test_without_a_terminal_nothing_is_asked(path: Path) -> None:
    """One line and exit 2, never a wait; the list needs no terminal."""
    assert "A terminal is needed" in auditor("ask", path).fault()
    listed = auditor("ask", path, "--list", "--domain", "hom")
    assert listed.code == 0
    assert "HOM-003  Advice for the home network distributed" in listed.out
    assert "LNK-" not in listed.out
    assert "There is no question of the domain" in auditor("ask", path, "--domain", "xyz").fault()


def test_the_list_speaks_french(path: Path) -> None:
    """With `--lang fr` every line of ours is French."""
    out = auditor("ask", path, "--list", "--lang", "fr").out
    assert "Répondu" in out
    assert "Answered" not in out


def test_a_real_terminal_asks_saves_and_ends(path: Path, tmp_path: Path) -> None:
    """The command as a user runs it, on a pseudo-terminal: one answer typed, then q."""
    master, slave = pty.openpty()
    words = [sys.executable, "-m", "auditor", "ask", str(path), "--domain", "RES", "--by", "IT manager"]
    environment = {**os.environ, **ENGLISH, "TERM": "dumb"}
    with subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, env=environment, close_fds=True) as process:
        os.close(slave)
        typist = _Typist(master)
        typist.expect("Answer:")
        typist.type("3")
        typist.expect("Document")
        typist.type("")
        typist.expect("Answer:")
        typist.type("q")
        typist.expect("1 answer saved")
        assert process.wait(20) == 0
    os.close(master)
    site, _ = sitefile.read(path, inputs.is_input)
    new = set(site.answers) - set(SITE.answers)
    assert len(new) == 1
    assert site.answers[new.pop()].by == "IT manager"


class _Typist:
    """Types on a pseudo-terminal once it shows what is waited for; twenty seconds at most."""

    def __init__(self, master: int) -> None:
        self.master, self.seen = master, ""

    def expect(self, text: str) -> None:
        end = time.monotonic() + 20
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            assert ready, self.seen
            self.seen += os.read(self.master, 4096).decode(errors="replace")
        self.seen = self.seen.partition(text)[2]

    def type(self, line: str) -> None:
        os.write(self.master, line.encode() + b"\n")
