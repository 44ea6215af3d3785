"""Home and people: their lines, their equipment, what they were taught, and whether it was ever tried for real."""

from __future__ import annotations

import datetime as dt

from auditor.checks import sources
from auditor.checks.engine import Reader, Verdict, Words, check, days, hours, limits
from auditor.checks.reader import months
from auditor.model import Outcome, Severity
from auditor.values import N_, Absent


@check(
    "HOM-001",
    severity=Severity.HIGH,
    effort=days(1),
    lead=(5, 10),
    cost=1,
    owner="hr",
    thresholds=N_("{pass:part} or more / {warn:part} or more / less of the home lines are good enough"),
    limits=limits("0.9", "0.7"),
    references=(sources.INTERVIEW,),
    words=Words(
        title=N_("Home line adequacy"),
        why=N_("Home networks are half of the jam: a weak line stops a person whatever the site can do."),
        measured=N_("share of the home lines whose speed test suits remote work, at least without a camera"),
        passed=N_("{share:ratio} of the home lines are good enough."),
        warned=N_("Only {share:ratio} of the home lines are good enough."),
        failed=N_("Only {share:ratio} of the home lines are good enough."),
        action=N_("Send the advice sheet, and lend a 4G/5G router to those whose line is too weak"),
        lift=N_("Send the survey with a speed test to the staff, and load its results."),
    ),
)
def lines(read: Reader) -> Verdict:
    """Nearly everybody's line at home is good enough."""
    share = read.number("homes.share")
    return read.climbs(share, share=share)


@check(
    "HOM-002",
    severity=Severity.LOW,
    effort=hours(2),
    lead=5,
    cost=0,
    quick_win=True,
    owner="hr",
    thresholds=N_("{pass:part} or more / {warn:part} or more / less of the eligible people answered"),
    limits=limits("0.8", "0.5"),
    unblocks=("HOM-001",),
    words=Words(
        title=N_("Survey coverage"),
        why=N_("Those who do not answer a survey of home lines are often those whose line is weak."),
        measured=N_("eligible people who answered the survey of home lines"),
        passed=N_("{share:ratio} of the eligible people answered the survey."),
        warned=N_("Only {share:ratio} of the eligible people answered the survey."),
        failed=N_("Only {share:ratio} of the eligible people answered the survey."),
        action=N_("Send the survey again, through the managers"),
        lift=N_("Load the staff file, or declare the share of the eligible people who answered."),
    ),
)
def survey(read: Reader) -> Verdict:
    """Enough people answered for the survey to mean something."""
    share = read.number("homes.answered")
    return read.climbs(share, share=share)


@check(
    "HOM-003",
    severity=Severity.LOW,
    effort=hours(1),
    lead=1,
    cost=0,
    quick_win=True,
    owner="hr",
    thresholds=N_("sent to everybody eligible, dated / to some / no"),
    references=(sources.ARCEP,),
    unblocks=("HOM-001",),
    words=Words(
        title=N_("Advice for the home network distributed"),
        why=N_("Placing the box well and plugging the computer in cures many a weak line for nothing."),
        measured=N_("date the advice was sent, and to whom"),
        passed=N_("The advice was sent to every eligible person."),
        warned=N_("The advice was sent to some of the eligible people, or without a date."),
        failed=N_("The advice was not sent."),
        action=N_("Send the one-page advice sheet to everybody"),
        lift=N_("Answer, with the date it was sent."),
        choices=(N_("to everybody, dated"), N_("to some"), N_("no")),
    ),
)
def advice(read: Reader) -> Verdict:
    """Everybody was told how to make the most of the home network; a sending without a date is not proven."""
    said = read.site.answers.get("HOM-003")
    if said is not None and isinstance(said.value, dt.date):
        return Verdict(read.dated("HOM-003").outcome)
    verdict = read.answered("HOM-003")
    undated = said is not None and isinstance(said.on, Absent)
    return Verdict(Outcome.WARN) if undated and verdict.outcome is Outcome.PASS else verdict


@check(
    "HOM-004",
    severity=Severity.HIGH,
    effort=days(1),
    lead=(7, 30),
    cost=3,
    thresholds=N_("{pass:part} or more / {warn:part} or more / less of the eligible people are equipped"),
    limits=limits("0.95", "0.7"),
    unblocks=("ACC-008",),
    words=Words(
        title=N_("Equipment at home"),
        why=N_("In a crisis, laptops and headsets are out of stock within days."),
        measured=N_("people with a managed computer and a headset, among the eligible"),
        passed=N_("{equipped} of {eligible} eligible people have a managed computer and a headset."),
        warned=N_("Only {equipped} of {eligible} eligible people have a managed computer and a headset."),
        failed=N_("Only {equipped} of {eligible} eligible people have a managed computer and a headset."),
        action=N_("Order what is missing, lend office screens, give a virtual desktop on personal computers meanwhile"),
        lift=N_("Load the staff file or the inventory, or declare the people equipped."),
    ),
)
def equipment(read: Reader) -> Verdict:
    """Everybody who may work from home has what it takes."""
    equipped, eligible = read.number("people.equipment"), read.number("people.eligible")
    return read.climbs(equipped, eligible, equipped=equipped, eligible=eligible)


def _taught(read: Reader, id: str, name: str) -> Verdict:
    """By what is answered, else by how many of the eligible people were taught."""
    if read.has_answer(id):
        return read.answered(id)
    taught, eligible = read.number(name), read.number("people.eligible")
    return read.climbs(taught, eligible, taught=taught, eligible=eligible)


@check(
    "HOM-005",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=7,
    cost=1,
    quick_win=True,
    owner="hr",
    thresholds=N_("{pass:part} or more / {warn:part} or more / less trained within 12 months"),
    limits=limits("0.8", "0.4"),
    references=(sources.HYGIENE_AWARENESS,),
    words=Words(
        title=N_("Security awareness and phishing"),
        why=N_("Alone at home, nobody asks the colleague at the next desk whether a message is genuine."),
        measured=N_("eligible people trained on security within 12 months"),
        passed=N_("{pass:part} of the eligible people or more were trained on security within 12 months."),
        warned=N_("Fewer than {pass:part} of the eligible people were trained on security within 12 months."),
        failed=N_("Fewer than {warn:part} of the eligible people were trained on security within 12 months."),
        action=N_("Hold a webinar of 45 minutes on network security"),
        lift=N_("Load the staff file with the dates of training, or answer the question."),
        choices=(N_("80% or more"), N_("40 to 80%"), N_("fewer than 40%")),
    ),
)
def awareness(read: Reader) -> Verdict:
    """People were taught lately what an attack looks like."""
    return _taught(read, "HOM-005", "people.trained.security")


@check(
    "HOM-006",
    severity=Severity.MEDIUM,
    effort=days(2),
    lead=7,
    cost=1,
    owner="hr",
    thresholds=N_("{pass:part} or more / {warn:part} or more / less trained on the tools of remote work"),
    limits=limits("0.8", "0.4"),
    references=(sources.INTERVIEW,),
    unblocks=("TEL-003",),
    words=Words(
        title=N_("Training on remote tools"),
        why=N_("The first morning at home is spent on the telephone with the help desk, unless it was rehearsed."),
        measured=N_("eligible people trained on VPN, virtual desktop and softphone"),
        passed=N_("{pass:part} of the eligible people or more were trained on the tools of remote work."),
        warned=N_("Fewer than {pass:part} of the eligible people were trained on the tools of remote work."),
        failed=N_("Fewer than {warn:part} of the eligible people were trained on the tools of remote work."),
        action=N_("Hold three webinars (VPN, virtual desktop, softphone) and open a support channel"),
        lift=N_("Load the staff file with the dates of training, or answer the question."),
        choices=(N_("80% or more"), N_("40 to 80%"), N_("fewer than 40%")),
    ),
)
def tools(read: Reader) -> Verdict:
    """People were taught the tools they will be alone with."""
    return _taught(read, "HOM-006", "people.trained.tools")


@check(
    "HOM-007",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=15,
    cost=0,
    owner="hr",
    thresholds=N_("signed charter and contact / draft / none"),
    references=(
        sources.NIST_BULLETIN,
        sources.LABOUR_CODE,
    ),
    words=Words(
        title=N_("Telework charter and incident procedure"),
        why=N_("Without written rules, everybody improvises, and nobody knows whom to call after a wrong click."),
        measured=N_("charter, and the number to call after an incident"),
        passed=N_("A telework charter is signed, with the number to call after an incident."),
        warned=N_("A telework charter is drafted."),
        failed=N_("There is no telework charter."),
        action=N_("Adopt a charter of two pages with the number to call, after consulting the works council (CSE)"),
        lift=N_("Answer, with the charter as document."),
        choices=(N_("signed, with a contact"), N_("draft"), N_("none")),
    ),
)
def charter(read: Reader) -> Verdict:
    """The rules are written, and so is whom to call."""
    return read.answered("HOM-007")


@check(
    "HOM-008",
    severity=Severity.MEDIUM,
    effort=hours(4),
    lead=3,
    cost=1,
    quick_win=True,
    thresholds=N_("staffed for everybody at home / as in office hours / none"),
    words=Words(
        title=N_("Help-desk capacity"),
        why=N_("The first week of remote work brings as many calls as a quarter."),
        measured=N_("tickets per day, hours, and the remote control tool of the help desk"),
        passed=N_("The help desk is staffed and equipped for everybody at home."),
        warned=N_("The help desk is staffed as for an ordinary day in the office."),
        failed=N_("There is no help desk."),
        action=N_("Extend the hours for two weeks, and prepare the ten answers most asked for"),
        lift=N_("Answer from tickets per day, hours, and the remote control tool."),
        choices=(N_("staffed for everybody at home"), N_("office hours"), N_("none")),
    ),
)
def help_desk(read: Reader) -> Verdict:
    """Somebody answers those who cannot connect."""
    return read.answered("HOM-008")


@check(
    "HOM-009",
    severity=Severity.HIGH,
    effort=days(2),
    lead=10,
    cost=0,
    owner="management",
    thresholds=N_(
        "{pass:part} of the people needed or more, within {months:0} months / {warn:part} or more / fewer, or never"
    ),
    limits=limits("0.8", "0.3", months="6"),
    words=Words(
        title=N_("Dress rehearsal"),
        why=N_("Only a day when everybody works from home proves the figure of this report."),
        measured=N_("people who worked from home on the day of the last rehearsal, against those needed"),
        passed=N_(
            "{pass:part} of the people needed or more worked from home on one day of the last {months:0} months."
        ),
        warned=N_("Fewer than {pass:part} of the people needed worked from home on one day, or longer ago."),
        failed=N_("Fewer than {warn:part} of the people needed ever worked from home on the same day."),
        action=N_("Send everybody home on one planned day, and measure"),
        lift=N_("Declare how many people took part in the last rehearsal, with its date."),
        choices=(N_("80% or more, within 6 months"), N_("30 to 80%, or longer ago"), N_("never")),
    ),
)
def rehearsal(read: Reader) -> Verdict:
    """Everybody has already worked from home on the same day, lately."""
    if read.has_answer("HOM-009"):
        return read.answered("HOM-009")
    required, tried = read.required(), read.number("people.rehearsed")
    verdict = read.climbs(tried, required, tried=tried, required=required)
    late = verdict.outcome is Outcome.PASS and not _lately(read, "people.rehearsed")
    return Verdict(Outcome.WARN, verdict.numbers) if late else verdict


def _lately(read: Reader, name: str) -> bool:
    """Whether what is declared by this name happened within the limit `months`; without a date it is not proven."""
    said, today = read.site.declared.get(name), read.books.today
    if said is None or isinstance(said.on, Absent) or isinstance(today, Absent):
        return False
    return 0 <= months(said.on, today) <= read.limit("months")


@check(
    "HOM-010",
    severity=Severity.MEDIUM,
    effort=days(1),
    lead=(15, 30),
    cost=0,
    owner="hr",
    thresholds=N_("notice, register entry and works council informed / one missing / none"),
    references=(
        sources.GDPR,
        sources.LABOUR_CODE,
    ),
    words=Words(
        title=N_("Personal data and social dialogue"),
        why=N_("Surveys, logs and places are personal data, and watching people needs to be announced first."),
        measured=N_("notice to the staff, entry of the register, minutes of the works council"),
        passed=N_("Staff received a notice, the register has its entry and the works council (CSE) was informed."),
        warned=N_("One of notice, register entry and information of the works council (CSE) is missing."),
        failed=N_("There is no notice, no register entry, and the works council (CSE) was not informed."),
        action=N_("Send the notice, write the register entry, and put it on the works council's (CSE) agenda"),
        lift=N_("Answer, with the minutes or the notice as document."),
        choices=(N_("all three"), N_("one missing"), N_("none")),
    ),
)
def personal_data(read: Reader) -> Verdict:
    """People know what is recorded of them, and so do their representatives."""
    return read.answered("HOM-010")


SENTENCES: dict[str, str] = {}
