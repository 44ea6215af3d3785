"""The PDF: one page for the board, every figure of the audit, both languages, nothing cut."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from pypdf import PdfReader
from reportlab.platypus import SimpleDocTemplate

from auditor import facts
from auditor.actions import Amount
from auditor.model import Audit, Beyond, Degraded, Device, Evidence, Figure, Origin, Outcome, Reading, Resource
from auditor.reports import gantt, phrases, schedule_pages
from auditor.reports.charts import wrapped
from auditor.reports.paper import Running, numbered
from auditor.reports.pdf import write_pdf
from auditor.reports.sent import asked
from auditor.reports.styles import PAGE, REGULAR, grid, para, register
from auditor.site import Change, Role
from auditor.values import ABSENT, Message
from auditor.wording import texts
from tests.paper import crowded, fits
from tests.test_words import french, marked
from tests.worked_audit import perfect_audit, unknown_audit, worked_audit

LANGUAGES = ("en", "fr")
AUDITS: dict[str, Callable[[], Audit]] = {"worked": worked_audit, "unknown": unknown_audit, "perfect": perfect_audit}
NASTY = "<b>&amp;\x1b[31m</para><font size=90>\u202e" + "x" * 10_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@cache
def written(folder: Path, name: str, language: str) -> Path:
    path = folder / f"{name}.{language}.pdf"
    write_pdf(AUDITS[name](), texts(language), path)
    return path


@cache
def lines(path: Path) -> list[list[str]]:
    """The lines of each page."""
    return [page.extract_text().splitlines() for page in PdfReader(path).pages]


def pages(path: Path) -> list[str]:
    """The text of each page on one line."""
    return [" ".join(" ".join(page).split()) for page in lines(path)]


def whole(path: Path) -> str:
    return " ".join(pages(path))


def report(audit: Audit, tmp_path: Path, language: str = "en") -> list[str]:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.pdf"
    write_pdf(audit, texts(language), path)
    return pages(path)


# ---- page one ----


def test_the_summary_is_one_page_with_the_headline(folder: Path) -> None:
    """Page one says what stops, 15/110, the range, the grade and its cap, and what is reachable; page two is next."""
    first, second, *_ = pages(written(folder, "worked", "en"))
    assert "The access link stops us at 15 people" in first
    assert "~15/110" in first
    assert "15 of the 110 eligible people (headcount 120)" in first
    assert "range 13 to 19" in first
    assert "Beyond that, the site's internet access saturates." in first
    assert "Held at 39 by" in first
    assert "Close behind: Internet access, upload" in first
    assert "Contents" in second


def test_page_one_tells_situations_decisions_and_windows(folder: Path) -> None:
    """Three scenarios with what they cost, three actions with their dates, the people at 7, 30, 60 and 90 days."""
    first = pages(written(folder, "worked", "en"))[0]
    for words in (
        "Hybrid day (50%) 15 of 55 can work",
        "Transport strike (80%) 15 of 88 can work",
        "Site closed (100%) 15 of 110 can work",
        "95 person-days lost per day",
        "29/110 within 7 days",
        "100/110 within 30 days",
        "110/110 within 60 days",
        "110/110 within 90 days",
        "Main risks",
        "4 points were not measured",
    ):
        assert words in first or "".join(words.split()) in "".join(first.split()), words
    for action in worked_audit().plan[:3]:
        assert texts("en").say(action.action)[:30].replace("\u00a0", " ") in first


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", AUDITS)
def test_the_summary_never_takes_two_pages(folder: Path, name: str, language: str) -> None:
    """What stands on page one ends there: page two begins with its own title."""
    reader = PdfReader(written(folder, name, language))
    titles = [entry for entry in reader.outline if not isinstance(entry, list)]
    assert reader.get_destination_page_number(titles[0]) == 0
    assert reader.get_destination_page_number(titles[1]) == 1


def test_unknown_is_said_and_never_zero(folder: Path) -> None:
    """A dark site: no figure, no grade, no plan, and a way out of it."""
    first, _, third, *_ = pages(written(folder, "unknown", "en"))
    assert "?/110" in first
    assert "not known" in first
    assert "0/110" not in first.replace("10/110", "")
    assert "First get what was not measured" in first
    assert "Nothing to do" not in whole(written(folder, "unknown", "en"))
    assert "No check could be judged" in whole(written(folder, "unknown", "en"))
    assert "What each resource carries is not known" in third


def test_a_site_where_everybody_can_work_says_so(folder: Path) -> None:
    """Nothing to do is said, not left blank."""
    found = whole(written(folder, "perfect", "en"))
    assert "Everybody can work remotely at the same time" in found
    assert "all 110 can work" in found
    assert "Nothing to do." in found


@pytest.mark.parametrize(("seats", "words"), [(0, "at 0 people"), (1, "at 1 person"), (2, "at 2 people")])
def test_one_person_is_singular(seats: int, words: str) -> None:
    """The message of page one agrees with its number."""
    audit = worked_audit()
    audit = replace(audit, headline=replace(audit.headline, seats=seats))
    assert phrases.stops(audit, texts("en")).endswith(words)


def test_enough_of_what_is_known_is_not_enough_for_all() -> None:
    """A resource nobody measured keeps the report from saying that everybody can work."""
    audit = perfect_audit()
    audit = replace(audit, headline=replace(audit.headline, bounds=("<=",)))
    assert "not everything is known" in phrases.stops(audit, texts("en"))


def test_an_interrupted_audit_says_so_on_page_one(tmp_path: Path) -> None:
    """A reader never takes half an audit for a whole one."""
    assert "This audit was interrupted" in report(replace(worked_audit(), interrupted=True), tmp_path)[0]


def test_a_changed_host_key_is_a_main_risk(tmp_path: Path) -> None:
    """A critical finding outside the score comes first on page one and has its block."""
    audit = worked_audit()
    intruder = replace(audit.findings[0], id="SEC-001", weight=0, message=Message("SEC-001.fail"))
    found = report(replace(audit, findings=(*audit.findings, intruder)), tmp_path)
    assert "SEC-001" in found[0]
    assert any("Outside the score SEC-001" in page for page in found)


# ---- the whole report ----


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_of_the_plan_is_in_the_table(folder: Path, language: str) -> None:
    """Each action with its check, its people after and its dates; the header stands on each page of it."""
    audit, say = worked_audit(), texts(language)
    found = whole(written(folder, "worked", language))
    for action in audit.plan:
        assert " ".join(say.say(action.action).split())[:18] in found
        assert action.closes[0] in found
        assert "".join(say.date(action.done_by).split()) in "".join(found.split())
    reader = PdfReader(written(folder, "worked", language))
    wide = [number for number, page in enumerate(reader.pages) if page.mediabox.width > 800]
    assert wide
    chart = next(number for number in wide if say("own effort") in pages(written(folder, "worked", language))[number])
    assert chart > wide[0]
    table = [number for number in wide if number < chart]
    assert all(say("done when") in pages(written(folder, "worked", language))[number] for number in table)


def test_figures_are_never_rounded_to_another_figure(folder: Path) -> None:
    """The mix of 25 and 15 % and 82 % of good home lines stand in the annex as they were declared."""
    found = whole(written(folder, "worked", "en"))
    for figure in worked_audit().assumptions:
        if isinstance(figure.value, Fraction) and figure.name.startswith(("people.profile", "homes.share")):
            exact = figure.value * 100 if figure.unit == "share" else figure.value
            assert texts("en").number(exact, phrases.places(exact)) in found, figure.name


@pytest.mark.parametrize(
    ("value", "unit", "name", "words"),
    [
        (Fraction(1, 4), "share", "", "25%"),
        (Fraction(1, 8), "share", "", "12.5%"),
        (105_600, "bit/s", "", "105.6 kbit/s"),
        (10_100_000, "", "link.main.used_down_bps", "10.1 Mbit/s"),
        (0, "bit/s", "", "0 bit/s"),
        (Fraction(15, 100), "", "people.profile.files", "0.15"),
        (True, "", "vpn.pair", "yes"),
        (ABSENT, "", "", "unknown"),
        ((), "list", "tunnel.bypass", "none"),
        ("site", "", "tunnel.ends", "on site"),
        ("GigabitEthernet0/0", "", "link.main.interface", "GigabitEthernet0/0"),
    ],
)
def test_an_input_is_shown_in_its_unit(value: Any, unit: str, name: str, words: str) -> None:
    """Rates scale, shares are per cent, and no digit is lost."""
    assert phrases.shown(value, unit, name, texts("en")).replace("\u00a0", " ") == words


def test_an_unknown_input_is_unknown(tmp_path: Path) -> None:
    """An input of unknown origin never shows the number that stands for it."""
    dark = Figure("hosts.vcpu", 777_777, Origin.UNKNOWN)
    found = " ".join(report(replace(worked_audit(), assumptions=(dark,)), tmp_path))
    assert "hosts.vcpu unknown" in found
    assert "777,777" not in found


def test_a_finding_shows_what_devices_answered_before_what_people_said() -> None:
    """Measured sources first, those that told the same on one line, an answer in the words of its check."""
    audit = worked_audit()
    finding = next(finding for finding in audit.findings if finding.id == "ACC-008")
    (line,) = phrases.evidence(audit, finding, texts("en"))
    assert line == "Declared: answer to the questionnaire: in part (IT manager)"
    licences = next(finding for finding in audit.findings if finding.id == "VPN-002")
    first = next(phrases.evidence(audit, licences, texts("en")))
    assert first == "Source: fw-rennes, show vpn-sessiondb license-summary, 14:02: 50"


def linked(path: Path) -> dict[str, set[str]]:
    """For each page title, the titles of the pages that its links lead to."""
    reader = PdfReader(path)
    begins = {int(reader.get_destination_page_number(entry) or 0): str(entry["/Title"]) for entry in reader.outline}  # type: ignore[arg-type, call-overload]

    def named(number: int | None) -> str:
        assert number is not None
        return begins[max(page for page in begins if page <= number)]

    found: dict[str, set[str]] = {}
    for number, page in enumerate(reader.pages):
        for link in page.get("/Annots", ()):
            target = reader.get_page_number(link.get_object()["/Dest"][0].get_object())
            found.setdefault(named(number), set()).add(named(target))
    return found


def test_plan_finding_and_evidence_lead_to_one_another(folder: Path) -> None:
    """The plan links to the checks it closes, a finding to its action and its answers, a check to its block."""
    found = linked(written(folder, "worked", "en"))
    plan, findings = (
        next(title for title in found if words in title) for words in ("actions bring us", "checks failed")
    )
    assert found[plan] == {findings}
    assert found[findings] >= {plan}
    assert any("prove the findings" in title for title in found[findings])
    assert next(told for title, told in found.items() if title.startswith("All ")) == {findings}


def test_the_contents_lead_to_every_title_on_its_page(folder: Path) -> None:
    """As many lines as titles, each with the page on which its title stands."""
    path = written(folder, "worked", "en")
    reader = PdfReader(path)
    with pdfplumber.open(path) as document:
        rows = document.pages[1].extract_text().splitlines()
    for entry in reader.outline[1:]:
        number = reader.get_destination_page_number(entry) + 1  # type: ignore[arg-type, operator]
        words = str(entry["/Title"]).split()[:4]  # type: ignore[call-overload]
        assert any(row.split()[:4] == words and row.split()[-1] == str(number) for row in rows), (words, number)


def test_context_and_glossary_are_there(folder: Path) -> None:
    """Who, how many, which access; the words of the method, and the terms of the field in both languages."""
    found = pages(written(folder, "worked", "fr"))
    for words in ("client et site Atelier SA · Atelier Rennes", "120 en tout, 110 éligibles", "main (actif)"):
        assert words in found[1].replace("\u202f", " "), words
    assert "goulet d’étranglement" in found[-1]
    assert "bottleneck" in found[-1]


def test_a_refused_access_is_named(folder: Path) -> None:
    """Withholding an answer is told apart from not having one."""
    assert "Access was refused." in whole(written(folder, "worked", "en"))


def test_contradictions_and_lines_not_understood_are_told(folder: Path) -> None:
    """What a device told twice, and what no parser read, stand in the annex."""
    found = whole(written(folder, "worked", "en"))
    assert "Where a device contradicts itself" in found
    assert "3 lines were not understood" in found


def test_times_are_those_of_the_site(tmp_path: Path) -> None:
    """23:30 in London is the next day in Paris; a zone this machine does not know changes nothing."""
    late = replace(worked_audit(), at=dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC))
    assert "25 Nov 2026" in report(late, tmp_path)[0]
    nowhere = replace(late, site=replace(late.site, timezone="Nowhere/Land"))
    assert "24 Nov 2026" in report(nowhere, tmp_path)[0]


def test_a_report_says_nothing_was_asked(tmp_path: Path) -> None:
    """A device without any answer has no model, no time, and its state."""
    silent = Device("lost", Role.OTHER, "192.0.2.9")
    found = " ".join(report(replace(worked_audit(), devices=(silent,)), tmp_path))
    assert "1 device was asked" in found
    assert "lost other unknown unknown 0 failed" in found


# ---- language ----


def test_the_french_report_is_french(folder: Path) -> None:
    """The same audit, in French, with its typography and dates."""
    first = pages(written(folder, "worked", "fr"))[0]
    assert "Le lien d’accès nous arrête à 15 personnes" in first
    assert "15 des 110 personnes éligibles" in first
    assert "24/11/2026" in first
    assert "Décisions à prendre maintenant" in first


@pytest.mark.parametrize("name", AUDITS)
def test_no_sentence_of_the_other_language_slips_in(folder: Path, name: str) -> None:
    """The French report holds no English sentence of ours, and the reverse."""
    known = french()
    pairs = [(english, known[english]) for english in marked() if len(english) > 18 and "{" not in english]
    flat = str.maketrans({"\u202f": " ", "\u00a0": " "})
    in_french, in_english = (whole(written(folder, name, language)).translate(flat) for language in ("fr", "en"))
    for english, said in pairs:
        assert english == said or english not in in_french, english
        assert english == said or said.translate(flat) not in in_english, said


@pytest.mark.parametrize("name", AUDITS)
def test_no_line_begins_with_a_sign_that_belongs_to_the_word_before(folder: Path, name: str) -> None:
    """The space before : ; ? ! % and » does not break."""
    for page in lines(written(folder, name, "fr")):
        for row in page:
            assert row.strip()[:1] not in tuple(":;!%»"), row


# ---- paper ----


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", AUDITS)
def test_fonts_are_embedded_and_the_language_is_said(folder: Path, name: str, language: str) -> None:
    """No reader depends on the fonts of the machine it is opened on; bookmarks name the messages."""
    reader = PdfReader(written(folder, name, language))
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            assert "DejaVu" in font.get_object()["/BaseFont"]
            assert "/FontFile2" in font.get_object()["/FontDescriptor"]
    assert reader.trailer["/Root"]["/Lang"].startswith(language)  # type: ignore[index]
    told = 10 + bool(AUDITS[name]().plan)  # without a plan no calendar
    told += 2 * (name != "unknown")  # without answers neither proof nor transcript
    assert len(reader.outline) == told


def test_the_short_list_is_told_from_the_rest(folder: Path) -> None:
    """Seven actions bring people and nine do not: the title says both, and the table has two parts."""
    found = whole(written(folder, "worked", "en"))
    assert "7 actions bring us from 15 to 110 people; 9 more close doors or raise the score" in found
    assert "The short list: all 110 people can work once it is done" in found
    first, rest = schedule_pages.parted(worked_audit())
    assert [action.people_gained for action in rest] == [0] * 9
    assert first[-1].people_gained == 10


def test_status_owner_and_money_of_an_action_are_printed(tmp_path: Path) -> None:
    """What somebody decided about an action stands in its row; what is left out has its own table, with why."""
    audit = worked_audit()
    one, two, *rest = audit.plan
    ordered = replace(one, status="ordered", owner="network team", monthly=Amount(40, 60), note=Message("a remark"))
    found = " ".join(
        report(replace(audit, plan=(ordered, *rest), left_out=(replace(two, status="excluded"),)), tmp_path)
    )
    assert "ordered · a remark" in found
    assert "network team" in found
    assert "40 to 60 € a month" in found
    assert "Left out of the plan by decision" in found


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Amount(), "–"),
        (Amount(0, 84), "up to 84 €"),
        (Amount(1_000, 10_000), "1,000 to 10,000 €"),
        (Amount(50_000, ABSENT), "over 50,000 €"),
    ],
)
def test_money_is_a_range_and_never_a_false_point(amount: Amount, words: str) -> None:
    """Nothing, a bound, two bounds, none above."""
    assert schedule_pages.money(amount, texts("en")).replace("\u00a0", " ") == words


def test_the_calendar_shows_at_most_fifteen_bars_a_page(tmp_path: Path) -> None:
    """Sixteen actions make two charts; forty-nine make four, and every action is in one of them."""
    assert [len(part) for part in gantt.pages(worked_audit())] == [8, 8]
    many = replace(worked_audit(), plan=tuple(replace(worked_audit().plan[0], rank=n, id=str(n)) for n in range(49)))
    parts = gantt.pages(many)
    assert max(map(len, parts)) <= gantt.MOST_BARS
    assert [action.rank for part in parts for action in part] == list(range(49))
    assert list(gantt.milestones(worked_audit()))[-1] == (dt.date(2027, 1, 15), 110)


def test_decisions_of_people_are_printed(tmp_path: Path) -> None:
    """An accepted risk with its reason, a changed default with its author, a bad day with its seats."""
    audit = worked_audit()
    bad = next(finding for finding in audit.findings if finding.outcome is Outcome.FAIL)
    why = Message("accepted.held", {"by": "board", "until": dt.date(2027, 3, 1), "reason": "the move"})
    change = Change("weight.LNK-001", 5, 10, "IT manager", dt.date(2026, 11, 2), "second access soon", "profile.toml")
    day = Degraded("link_lost", 3, 110, ("link.up",), ("~",), Message("degraded.no_link"))
    site = replace(audit.site, changes=(change,))
    found = " ".join(
        report(replace(audit, findings=(replace(bad, accepted=why),), site=site, degraded=(day,)), tmp_path)
    )
    for words in ("board, until 1 Mar 2027: the move", "second access soon", "The main link is lost ~3 110"):
        assert words in found, words


@pytest.mark.parametrize(
    ("name", "language"),
    [("worked", "fr"), *(pytest.param(name, language, marks=pytest.mark.slow)
                         for name, language in (("worked", "en"), ("unknown", "fr"), ("perfect", "fr")))],
)  # fmt: skip
def test_nothing_leaves_the_margins(folder: Path, name: str, language: str) -> None:
    """No word is cut at the edge of a page or printed over another one."""
    fits(written(folder, name, language))


def test_texts_on_one_another_are_noticed(tmp_path: Path) -> None:
    """The measure itself: two texts at one place are found, two texts apart are not."""
    for name, gap in (("on", 4), ("apart", 40)):
        canvas = numbered(Running())(str(tmp_path / f"{name}.pdf"), pagesize=PAGE)
        for number, words in enumerate(("one text", "another text")):
            text = para(words)
            text.wrapOn(canvas, 200, 100)
            text.drawOn(canvas, 100, 500 - gap * number)
        canvas.showPage()
        canvas.save()
    found = {}
    for name in ("on", "apart"):
        with pdfplumber.open(tmp_path / f"{name}.pdf") as document:
            found[name] = len(crowded(document.pages[0]))
    assert found == {"on": 1, "apart": 0}


def test_the_same_audit_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing in the report comes from the clock of the machine."""
    one, two = tmp_path / "1.pdf", tmp_path / "2.pdf"
    for path in (one, two):
        write_pdf(worked_audit(), texts("en"), path)
    assert one.read_bytes() == two.read_bytes()


def nasty(audit: Audit) -> Audit:
    """The same audit with hostile text wherever a device, a site file or a JSON file could put some."""
    at = audit.at
    told = Evidence(NASTY, "ssh", NASTY, at, 0.1, 1, "0" * 64, "")
    device = replace(
        audit.devices[1],
        name=NASTY,
        problems=(Message("snmp.silent", {"target": NASTY}),),
        readings=tuple(replace(reading, device=NASTY, sources=(NASTY,)) for reading in audit.devices[1].readings),
        evidence=(told,),
    )
    findings = tuple(
        replace(
            finding,
            message=Message(finding.message.id, dict(finding.message.values) | {"link": NASTY, "device": NASTY}),
            evidence=tuple(replace(s, device=s.device and NASTY, request=NASTY, value=NASTY) for s in finding.evidence),
        )
        for finding in audit.findings
    )
    return replace(
        audit,
        devices=(device, *audit.devices[2:]),
        findings=findings,
        site=replace(audit.site, client=NASTY, name=NASTY),
        assumptions=tuple(replace(figure, sources=(NASTY,)) for figure in audit.assumptions),
        not_measured=tuple(replace(row, what=NASTY) for row in audit.not_measured),
        version=NASTY,
    )


@pytest.mark.slow
def test_hostile_text_is_printed_as_text(tmp_path: Path) -> None:
    """Markup, escapes, direction marks and ten thousand letters are letters, cut with a mark, and break nothing."""
    path = tmp_path / "nasty.pdf"
    write_pdf(nasty(worked_audit()), texts("fr"), path)
    found = whole(path)
    assert "<b>&amp;" in found
    assert "\x1b" not in found
    assert "\u202e" not in found
    assert "…" in found
    fits(path)


def large() -> Audit:
    """Three hundred devices, five hundred findings and sixty actions."""
    audit = worked_audit()
    devices = tuple(replace(audit.devices[n % 4], name=f"device-{n}") for n in range(300))
    bad = [finding for finding in audit.findings if finding.outcome is Outcome.FAIL]
    findings = tuple(replace(bad[n % len(bad)], id=f"LNK-{n:03}") for n in range(500))
    plan = tuple(replace(audit.plan[n % 16], rank=n + 1, id=f"A-{n}") for n in range(60))
    return replace(audit, devices=devices, findings=findings, plan=plan)


def long_names() -> Audit:
    """Names of a length that only people and lawyers give."""
    audit = worked_audit()
    name = "Société anonyme des Ateliers réunis de Bretagne et des Pays de la Loire — établissement secondaire " * 3
    return replace(
        audit,
        site=replace(audit.site, name=name, client=name),
        devices=tuple(replace(device, name=f"{device.name}-{'x' * 180}") for device in audit.devices),
        plan=tuple(replace(action, owner=name, note=Message(name)) for action in audit.plan),
    )


@pytest.mark.slow
def test_a_large_site_is_written_whole_and_fits(tmp_path: Path) -> None:
    """More pages, nothing left out, nothing outside its frame or on another text, each line of the contents right."""
    path = tmp_path / "large.pdf"
    write_pdf(large(), texts("fr"), path)
    found = fits(path)
    assert {f"device-{n}" for n in range(300)} <= {*re.findall(r"device-\d+", found)}
    told = Counter(re.findall(r"LNK-\d{3}", found))
    assert all(told[f"LNK-{n:03}"] >= 2 for n in range(500))


@pytest.mark.slow
def test_very_long_names_fit(tmp_path: Path) -> None:
    """Wrapped or cut with a mark, never over the edge or over one another."""
    path = tmp_path / "long.pdf"
    write_pdf(long_names(), texts("fr"), path)
    fits(path)


@pytest.mark.parametrize("count", [61, 150, 333])
def test_a_long_table_is_printed_whole_and_breaks_well(tmp_path: Path, count: int) -> None:
    """Every row once, the header on each page, and never one row alone on the last."""
    register()
    path = tmp_path / "long.pdf"
    rows = [[f"row-{n}.", "words " * (1 + n % 40)] for n in range(count)]
    document = SimpleDocTemplate(str(path), pagesize=PAGE, initialFontName=REGULAR)
    document.build([para("before"), grid(["the first", "the second"], rows, [1, 2])])
    found = pages(path)
    assert len(found) > 1
    assert [page.count("the first") for page in found] == [1] * len(found)
    told = [word for page in found for word in page.split() if word.startswith("row-")]
    assert told == [f"row-{n}." for n in range(count)]
    assert found[-1].count("row-") >= 2
    fits_vertically(path)


def fits_vertically(path: Path) -> None:
    with pdfplumber.open(path) as document:
        for page in document.pages:
            assert all(20 <= word["top"] <= word["bottom"] <= page.height - 20 for word in page.extract_words())


def test_many_links_have_their_own_table(tmp_path: Path) -> None:
    """Parts of a total are shown beside it, not among the bars."""
    audit = worked_audit()
    part = Resource("link.down/main", 15, Beyond.DEGRADES, Origin.MEASURED)
    found = " ".join(report(replace(audit, resources=(*audit.resources, part)), tmp_path))
    assert "Each link and gateway by itself" in found
    assert "Internet access, download (main)" in found


def test_a_label_of_a_chart_never_begins_with_a_sign() -> None:
    """A narrow no-break space does not break in a chart either, and a word wider than its place is cut with a mark."""
    register()
    text = "8. Fermer dès maintenant le partage de fichiers\u202f; publier le nécessaire"
    for width in range(60, 300, 7):
        lines = wrapped(text, width, REGULAR, 6.8)
        assert " ".join(lines) == text
        assert not [line for line in lines if line[:1] in ";:!?"]


@pytest.mark.parametrize(("peak", "told"), [(34, True), (15, False), (0, False)])
def test_what_was_reached_already_is_told_where_it_exceeds_the_figure(peak: int, told: bool) -> None:
    """34 people were connected once where 15 can work: the figure is no theory."""
    audit = worked_audit()
    record = Reading(facts.VPN_SESSIONS_PEAK, peak, "fw-rennes", audit.at, ("show vpn-sessiondb summary",))
    gateway = Device("fw-rennes", Role.VPN, "192.0.2.1", readings=(record,))
    said = phrases.reached(replace(audit, devices=(gateway,)), texts("en"))
    assert bool(said) is told
    assert not told or "34 people" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_that_was_sent_is_in_the_annex(folder: Path, language: str) -> None:
    """The transcript: each OID and command line once, with how often; what was read from files was not sent."""
    audit = AUDITS["worked"]()
    sent = [line for device in audit.devices for line in device.evidence if line.method in ("snmp", "ssh")]
    assert sent
    pages = [page.extract_text() for page in PdfReader(written(folder, "worked", language)).pages]
    text = "".join("".join(pages).split())
    assert [line.request for line in sent if "".join(line.request[:200].split()) not in text] == []
    device = replace(audit.devices[0], evidence=(sent[0], sent[0], replace(sent[0], method="file")))
    assert [one.times for one in asked(device)] == [2]
