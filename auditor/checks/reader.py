"""What a check may look at: facts, figures, resources and answers; it remembers what it handed out as the evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction
from typing import Any, Final, TypeAlias, TypeVar

from auditor.lists import Lists
from auditor.model import Device, Figure, Headline, Key, Origin, Outcome, Resource, Source
from auditor.seats.totals import twins
from auditor.site import Declared, Role, Site
from auditor.values import ABSENT, N_, Absent, Message, Value

T = TypeVar("T")
Leaves: TypeAlias = tuple[tuple[str, ...], ...]

FULL: Final = Fraction(1)
DOCUMENTED: Final = Fraction(3, 5)
STATED: Final = Fraction(3, 10)
FRAME: Final = ("people.headcount", "people.eligible", "people.concurrency", "people.profile.", "people.video_share",
                "people.phone_share", "people.on_site", "demand.")  # fmt: skip
"""Who works here and what they draw: the question put to the model, not evidence of how ready the site is."""
EXEMPT: Final = "not_applicable"
"""The questionnaire's answer for a check without object; it counts only with the document that proves it."""


ANSWERS: Final = ("good", "partial", "bad")
"""What a questionnaire answer may be; each check labels them in its own words."""

_YES_NO: Final = {True: "good", False: "bad"}

_BY_ANSWER: Final = dict(zip(ANSWERS, (Outcome.PASS, Outcome.WARN, Outcome.FAIL), strict=True))


class Unknown(Exception):
    """A fact that nobody told; becomes "not measured", with the reason, in one place."""

    def __init__(self, reason: Message, *, refused: bool = False) -> None:
        super().__init__(reason.id)
        self.reason = reason
        self.refused = refused


class NotApplicable(Exception):
    """The check has no object here, as `proof` shows (a device's answer or a document, never a bare statement)."""

    def __init__(self, proof: Message) -> None:
        super().__init__(proof.id)
        self.proof = proof


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome and the numbers its sentence needs; `said` is the id of a sentence that says it better, if any."""

    outcome: Outcome
    numbers: Mapping[str, Value] = field(default_factory=dict)
    said: str = ""


def at_least(value: Fraction | int, good: Fraction | int, fair: Fraction | int, /, **numbers: Value) -> Verdict:
    """Pass at `good` or above, warn at `fair` or above, fail below; the numbers travel with the verdict."""
    if value >= good:
        return Verdict(Outcome.PASS, numbers)
    return Verdict(Outcome.WARN if value >= fair else Outcome.FAIL, numbers)


def at_most(value: Fraction | int | float, good: Fraction | int, bad: Fraction | int, /, **numbers: Value) -> Verdict:
    """Pass up to and including `good`, warn up to and including `bad`, fail above."""
    if value <= good:
        return Verdict(Outcome.PASS, numbers)
    return Verdict(Outcome.WARN if value <= bad else Outcome.FAIL, numbers)


@dataclass(frozen=True, slots=True)
class Books:
    """What the judge consults beside the site: the day of the audit, and the dated lists."""

    today: dt.date | Absent = ABSENT
    lists: Lists | Absent = ABSENT


class Reader:
    """What a check may look at; it remembers what it handed out, and that is the evidence."""

    def __init__(
        self,
        site: Site,
        devices: Sequence[Device],
        figures: Mapping[str, Figure],
        resources: Sequence[Resource],
        headline: Headline,
        books: Books = Books(),
    ) -> None:
        self.site = site
        self.devices = tuple(devices)
        self.headline = headline
        self.books = books
        self._figures = figures
        self._resources = {resource.id: resource for resource in resources}
        self._answers: Mapping[str, Declared] = site.answers
        self.used: list[Source] = []
        self.quality: Fraction = FULL
        self.partial: list[str] = []
        self.withheld: list[str] = []
        self.asked_people = False
        self.limits: Mapping[str, Fraction] = {}
        self.labels: Mapping[str, str] = {}

    def current(self, as_of: dt.date, days: Fraction) -> bool:
        """Whether a list or an answer of that day is no older than so many days on the day of the audit."""
        return not isinstance(self.books.today, Absent) and (self.books.today - as_of).days <= days

    def fresh(self, limits: Mapping[str, Fraction], choices: Sequence[str]) -> Reader:
        """The same reader with nothing remembered, for a check with these limits and labels of its answers."""
        resources = tuple(self._resources.values())
        found = Reader(self.site, self.devices, self._figures, resources, self.headline, self.books)
        found.limits = limits
        found.labels = {label.casefold(): word for label, word in zip(choices, ANSWERS, strict=False)}
        return found

    # ---- the check's own limits ----

    def limit(self, name: str) -> Fraction:
        """A figure of the check, as the catalogue or the client's profile has it."""
        return self.limits[name]

    def climbs(self, value: Fraction | int, whole: Fraction | int = 1, /, **numbers: Value) -> Verdict:
        """More is better: pass from limit `pass` times `whole` on, warn from limit `warn` on, fail below."""
        return at_least(value, self.limit("pass") * whole, self.limit("warn") * whole, **numbers)

    def sinks(self, value: Fraction | int, whole: Fraction | int = 1, /, **numbers: Value) -> Verdict:
        """Less is better: pass up to limit `pass` times `whole`, warn up to limit `warn`, fail above."""
        return at_most(value, self.limit("pass") * whole, self.limit("warn") * whole, **numbers)

    def enough(self, seats: Fraction | int, required: Fraction | int | Absent = ABSENT, /, **numbers: Value) -> Verdict:
        """Whether `seats` carry the people required (D unless given), with how many are left out."""
        wanted = self.required() if isinstance(required, Absent) else required
        short = max(Fraction(0), Fraction(wanted - seats))
        return self.climbs(seats, wanted, seats=seats, required=wanted, short=short, **numbers)

    # ---- facts of devices ----

    def each(self, key: Key[T], *roles: Role, only: Collection[str] = ()) -> list[tuple[Device, T]]:
        """Every device (of these roles, of the names in `only`) that told this fact; Unknown when none did.

        A device that was asked and did not tell is named in `partial`: the check stays partly unmeasured. One that
        refused is in `withheld` too: what the others told can then fail the check, never pass it.
        """
        asked = [d for d in self.devices if (not roles or d.role in roles) and (not only or d.name in only)]
        told = [(device, reading) for device in asked for reading in device.readings if reading.key.name == key.name]
        gaps = [gap for device in asked for gap in device.gaps if gap.key.name == key.name]
        self.withheld += [gap.device for gap in gaps if gap.refused]
        if not told:
            raise self._unknown(key, asked)
        silent = [gap.device for gap in gaps] + list(only)  # who is named is expected to tell
        self.partial += [name for name in silent if name not in {device.name for device, _ in told}]
        for device, reading in told:
            self.used += [Source(device.name, source, brief(reading.value)) for source in reading.sources]
        return [(device, reading.value) for device, reading in told]

    def total(self, key: Key[int], *roles: Role) -> int:
        """The sum over devices, an HA pair counted once; Unknown while one that should tell is silent."""
        told = self.each(key, *roles)
        self.whole()
        group, most = twins(self.devices), dict[str, int]()
        for device, value in told:
            name = group[device.name]
            most[name] = max(value, most.get(name, 0))
        return sum(most.values())

    def whole(self) -> None:
        """Go on only if no device that was asked stayed silent; else Unknown, with their names."""
        if self.partial:
            raise Unknown(Message("unknown.partial", {"devices": tuple(sorted(set(self.partial)))}))

    def told(self, key: Key[T], *roles: Role, only: Collection[str] = ()) -> list[tuple[Device, T]]:
        """As `each`, with an empty list where no device told it."""
        try:
            return self.each(key, *roles, only=only)
        except Unknown:
            return []

    def some(self, key: Key[T], *roles: Role, only: Collection[str] = ()) -> list[tuple[Device, T]]:
        """As `told`, where one device is enough: who is silent or refused does not stand in the way."""
        before = tuple(self.partial), tuple(self.withheld)
        found = self.told(key, *roles, only=only)
        self.partial, self.withheld = list(before[0]), list(before[1])
        return found

    def _unknown(self, key: Key[Any], asked: Sequence[Device]) -> Unknown:
        gaps = [gap for device in asked for gap in device.gaps if gap.key.name == key.name]
        refused = any(gap.refused for gap in gaps) or any(device.refused for device in asked)
        failed = next((device.problems[0] for device in asked if device.problems), None)
        reason = gaps[0].reason if gaps else failed or Message("unknown.nobody", {"fact": key.name})
        return Unknown(reason, refused=refused)

    # ---- the capacity model ----

    def required(self) -> int:
        """D, the number of people who must be able to work remotely at the same time."""
        return self.headline.required

    def everybody(self) -> bool:
        """Whether all who must can work remotely (K at 1 or more); Unknown while something untold could lower it."""
        ratio = self.headline.ratio
        if isinstance(ratio, Absent) or (ratio >= 1 and "<=" in self.headline.bounds):
            raise Unknown(Message("LNK.no_headline"))
        return ratio >= 1

    def seats(self, resource: str) -> int:
        """N of one resource; Unknown with the model's reason when it is."""
        found = self._resources.get(resource)
        if found is None:
            raise Unknown(Message("unknown.resource", {"resource": resource}))
        if found.seats is ABSENT:
            reason = found.reason or Message("unknown.resource", {"resource": resource})
            raise Unknown(reason, refused=found.refused)
        if found.origin is Origin.ASSUMED:
            raise Unknown(Message("unknown.resource", {"resource": resource}))
        for figure in found.inputs:
            self._note(figure, lowers=found.origin is not Origin.MEASURED)
        return found.seats

    def has(self, resource: str) -> bool:
        """Whether the model counts this resource here at all (the architecture profile decides)."""
        return resource in self._resources

    def known(self, name: str, *, assumed: bool = False) -> Figure:
        """A model input with its origin and note; a default that nobody told is Unknown unless `assumed`."""
        figure = self._figures.get(name)
        if figure is None or figure.origin is Origin.UNKNOWN or (figure.origin is Origin.ASSUMED and not assumed):
            reason = figure.note if figure and figure.note else Message("unknown.input", {"input": name})
            raise Unknown(reason, refused=figure is not None and figure.refused)
        self._note(figure)
        return figure

    def figure(self, name: str, *, assumed: bool = False) -> Value:
        """The value of a model input by its published name."""
        return self.known(name, assumed=assumed).value

    def number(self, name: str, *, assumed: bool = False) -> Fraction:
        """A numeric model input, exact."""
        value = self.figure(name, assumed=assumed)
        if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
            raise Unknown(Message("unknown.input", {"input": name}))
        return Fraction(str(value)) if isinstance(value, float) else Fraction(value)

    def _note(self, figure: Figure, *, lowers: bool = True) -> None:
        """Remember what a figure rests on; a measured total stays measured with a contract among its inputs."""
        if figure.origin is Origin.MEASURED:
            for source in figure.sources:
                device, _, request = source.partition(": ")
                self.used.append(Source(device, request, brief(figure.value)))
        elif figure.origin is Origin.DECLARED:
            said = self.site.declared.get(figure.name) or Declared(figure.value, ", ".join(figure.sources))
            self._declared(said, figure.name, lowers=lowers and not figure.name.startswith(FRAME))

    # ---- what people say ----

    def _declared(self, said: Declared, name: str, *, lowers: bool = True) -> None:
        if lowers:
            self.quality = min(self.quality, DOCUMENTED if said.document else STATED)
        self.used.append(Source("", name, f"{brief(said.value)} ({said.by})" if said.by else brief(said.value)))

    def closes(self, network: str) -> dt.date:
        """When a network (`copper`, `2g`…) is closed for good, by the list in use."""
        lists = self.books.lists
        if isinstance(lists, Absent):
            raise Unknown(Message("unknown.nothing"))
        self.shown(f"closures {lists.closures.as_of}", f"{network}: {lists.closures.dates[network]}")
        return lists.closures.dates[network]

    def shown(self, request: str, value: str) -> None:
        """Remember something else that the verdict rests on, such as a dated list."""
        self.used.append(Source("", request, value))

    def stated(self, what: str, value: Value) -> None:
        """Remember that the verdict rests on a line of the site file."""
        self._declared(Declared(value, "site file"), what)

    def answer(self, check_id: str) -> str:
        """The questionnaire's answer to a check: good, partial or bad; Unknown when nobody answered."""
        said = self._answers.get(check_id)
        if said is None:
            raise Unknown(Message("unknown.answer", {"check": check_id}))
        word = _YES_NO.get(said.value, "") if isinstance(said.value, bool) else str(said.value).strip()
        if word == EXEMPT:
            raise Unknown(Message("unknown.no_proof"))
        word = self.labels.get(word.casefold(), word)
        if word not in ANSWERS:
            raise Unknown(Message("unknown.answer_word", {"check": check_id, "word": word}))
        self._declared(said, check_id)
        self.asked_people = True
        return word

    def has_answer(self, check_id: str) -> bool:
        """Whether somebody answered the question with something else than that it has no object here."""
        said = self._answers.get(check_id)
        return said is not None and said.value != EXEMPT

    def dated(self, check_id: str) -> Verdict:
        """The verdict of an answer that is a date (limits in months, on the day of the audit), or a word."""
        said = self._answers.get(check_id)
        if said is None or not isinstance(said.value, dt.date):
            return self.answered(check_id)
        if isinstance(self.books.today, Absent) or said.value > self.books.today:
            raise Unknown(Message("unknown.answer_date", {"check": check_id, "day": said.value}))
        self._declared(said, check_id)
        self.asked_people = True
        age = months(said.value, self.books.today)
        if age <= self.limits.get("pass", age):
            return Verdict(Outcome.PASS)
        late = "warn" in self.limits and age > self.limit("warn")
        return Verdict(Outcome.FAIL if late else Outcome.WARN)

    def answered_else(self, check_id: str, key: Key[Any], reason: str, **numbers: Value) -> Verdict:
        """The verdict of an answer; without one, Unknown with what kept devices from telling `key`, else `reason`."""
        if self.has_answer(check_id):
            return self.answered(check_id, **numbers)
        self.each(key)
        raise Unknown(Message(reason))

    def exempt(self, id: str, leaves: Leaves) -> Message | None:
        """The proof that a check has no object: an answer that says so with its document, or the site's profile."""
        said = self._answers.get(id)
        if said is not None and said.value == EXEMPT and said.document:
            self._declared(said, id)
            return Message("exempt.document", {"document": said.document, "by": said.by})
        return self.elsewhere(leaves)

    def elsewhere(self, leaves: Leaves) -> Message | None:
        """The proof by which the site's profile takes the check away."""
        found = next((proofs for proofs in leaves if all(map(self.proven, proofs))), ())
        for name in found:
            self._note(self._figures[name])
        return Message("exempt.proof", {"proofs": found}) if found else None

    @property
    def device_told(self) -> bool:
        """Whether anything that was handed out came from a device."""
        return any(source.device for source in self.used)

    def unproven(self, id: str, leaves: Leaves) -> Message | None:
        """What a site that is said to be in the cloud has yet to prove before a check leaves."""
        if self.site.architecture != "cloud" or not leaves or self.has_answer(id):
            return None
        return Message("unknown.unproven", {"proofs": tuple(n for n in leaves[0] if not self.proven(n))})

    def proven(self, name: str) -> bool:
        """Whether a proof (`proof.…`) is there; that there is no VPN or server counts where the profile says so too."""
        figure = self._figures.get(name)
        if figure is None or figure.value is not True:
            return False
        return self.site.architecture != "site" or name not in ("proof.no_vpn", "proof.no_server")

    def answered(self, check_id: str, **numbers: Value) -> Verdict:
        """The verdict of an answer as it stands."""
        return Verdict(_BY_ANSWER[self.answer(check_id)], numbers)


def months(since: dt.date, today: dt.date) -> Fraction:
    """How long ago, in months: whole ones by the calendar, the rest in days of a 31-day month."""
    whole = (today.year - since.year) * 12 + today.month - since.month
    return whole + Fraction(today.day - since.day, 31)


def brief(value: object, limit: int = 80) -> str:
    """A value as evidence prints it: short, on one line."""
    if isinstance(value, tuple):
        text = (f"{len(value)}: " if len(value) != 1 else "") + ", ".join(_first(value, limit))
    else:
        text = " ".join(_brief(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _first(items: tuple[object, ...], limit: int) -> list[str]:
    """The first different ones, as many as overflow so many characters."""
    found: dict[str, None] = {}
    length = 0
    for item in items:
        text = " ".join(_brief(item).split())
        length += 0 if text in found else len(text)
        found[text] = None
        if length > limit:
            break
    return list(found)


def _brief(value: object) -> str:
    """One value: a record by its name, else by its fields; a fraction as a decimal, never as code."""
    if isinstance(value, Fraction):
        return f"{float(value):.6g}"
    if not is_dataclass(value):
        return str(value)
    told = {f.name.rstrip("_"): getattr(value, f.name) for f in fields(value)}
    if isinstance(told.get("name"), str):
        return str(told["name"])
    return " ".join(_field(name, item) for name, item in told.items() if item is not ABSENT)


def _field(name: str, value: object) -> str:
    """One field of a record: a text speaks for itself, a figure needs its name."""
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if isinstance(value, tuple):
        return "+".join(map(str, value))
    return value if isinstance(value, str) else f"{name} {value}"


NAMES: Final[Mapping[str, str]] = {
    "name.identity.os_version": N_("software version of the device"),
    "name.system.cpu": N_("load of the processor"),
    "name.system.memory": N_("use of the memory"),
    "name.interfaces": N_("interfaces and their counters"),
    "name.link.rates": N_("rate set on the router"),
    "name.link.quality": N_("latency, jitter and loss of probes"),
    "name.link.qos": N_("queues and priorities of the router"),
    "name.vpn.sessions.now": N_("remote users connected"),
    "name.vpn.sessions.peak": N_("most remote users connected at once"),
    "name.vpn.sessions.licensed": N_("remote users that the licence allows"),
    "name.vpn.sessions.platform_max": N_("remote users that the gateway can carry"),
    "name.vpn.pools": N_("address pools of the remote users"),
    "name.vpn.proposals": N_("encryption and keys of the tunnels"),
    "name.vpn.authentication": N_("how remote users prove who they are"),
    "name.vpn.tunnel_mode": N_("full or split tunnel"),
    "name.vpn.idle_timeout": N_("timers of the remote sessions"),
    "name.vpn.transports": N_("transports of the tunnel"),
    "name.vpn.tls_minimum": N_("lowest version of TLS"),
    "name.vpn.mss": N_("limit of TCP segments"),
    "name.firewall.sessions.peak": N_("most sessions of the firewall"),
    "name.firewall.sessions.max": N_("size of the session table"),
    "name.firewall.rules": N_("filtering rules"),
    "name.firewall.exposed": N_("services that the internet reaches"),
    "name.access.telnet": N_("telnet and http administration"),
    "name.access.http": N_("telnet and http administration"),
    "name.access.ssh_version": N_("version and algorithms of SSH"),
    "name.access.ssh_algorithms": N_("version and algorithms of SSH"),
    "name.access.snmp": N_("SNMP access of the devices"),
    "name.access.management_from_internet": N_("administration reachable from the internet"),
    "name.access.local_users": N_("local accounts of the devices"),
    "name.access.central_authentication": N_("central authentication of the devices"),
    "name.access.logging": N_("where the devices send their logs"),
    "name.telephony.endpoints": N_("telephone sets and softphones"),
    "name.telephony.calls.max": N_("simultaneous calls of the phone system"),
    "name.ha.state": N_("state of the gateway in its pair"),
    "name.ups.minutes": N_("minutes that the UPS holds"),
    "name.ups.load": N_("load of the UPS"),
    "name.config.saved_at": N_("date the configuration was saved"),
    "name.config.unsaved": N_("unsaved changes of the configuration"),
    "name.codecs": N_("codecs of the sets"),
    "name.media_encryption": N_("encryption of the sets' calls"),
}
"""What a reader calls the facts that checks ask for."""

SENTENCES: Mapping[str, str] = {
    **NAMES,
    "unknown.partial": N_("{devices:list} did not tell it, so the total is not known."),
    "unknown.nobody": N_("No device told this: {fact:name}."),
    "unknown.resource": N_("The capacity of “{resource:name}” is not known."),
    "unknown.input": N_("“{input:input}” was neither measured nor declared."),
    "unknown.answer": N_("No device can tell it and the question was not answered."),
    "unknown.withheld": N_("{devices:list} refused access: what the others told does not stand for it."),
    "unknown.answer_date": N_("The answer “{day:date}” is not a date before the audit."),
    "unknown.answer_word": N_("The answer “{word}” is none of good, partial, bad."),
    "unknown.nothing": N_("Nothing that could be judged was told."),
    "unknown.no_proof": N_("Said to be without object here, but no document shows it."),
    "unknown.unproven": N_("Said to be without object here, but no document shows it: {proofs:words}."),
    "unknown.contradiction": N_("The answer contradicts what was told otherwise: {what}."),
    "exempt.proof": N_("Without object here, as shown: {proofs:words}."),
    "exempt.document": N_("Without object here, as “{document}” shows ({by})."),
}
