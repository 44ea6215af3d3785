"""What homes measured towards a telephone service, one file each, counted for a site file: nobody is named in it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from auditor.codec import from_plain, to_plain
from auditor.facts import SipService
from auditor.site import Declared
from auditor.values import ABSENT, N_, Absent, Message, Value

SCHEMA: Final = "auditor/sip/1"
MOST_OCTETS: Final = 64 << 10
MOST_FILES: Final = 5_000
PATH: Final = "voice.homes"
_FIGURES: Final = ("rtt_ms", "jitter_ms", "loss_percent")


class HomeFileError(ValueError):
    """Files that cannot be counted; `message` says why to a reader."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


@dataclass(frozen=True, slots=True)
class Home:
    """One place: its own random mark, the day, and what the service answered there."""

    place: str
    day: dt.date
    service: SipService
    digest: str


@dataclass(frozen=True, slots=True)
class Homes:
    """The places that asked one service, each once, and the files left out with their reasons."""

    homes: tuple[Home, ...]
    bad: tuple[tuple[str, Message], ...]

    @property
    def reached(self) -> int:
        """Places where the service was there, whether or not it answered the question."""
        return sum(home.service.state in ("answers", "open") for home in self.homes)

    @property
    def rewritten(self) -> int:
        """Places where something rewrites the messages (a SIP ALG of the box)."""
        return sum(home.service.alg is True for home in self.homes)


def written(service: SipService, place: str, day: dt.date) -> str:
    """A file for the firm: figures and a random mark; no name, and no address but the service's."""
    return json.dumps(
        {"schema": SCHEMA, "place": place, "day": day.isoformat(), "service": to_plain(service)}, indent=1
    )


def read(name: str, data: bytes) -> Home:
    """One file; raises HomeFileError with its name."""
    try:
        told: Any = json.loads(data[: MOST_OCTETS + 1].decode("utf-8-sig"))
        if len(data) > MOST_OCTETS or told["schema"] != SCHEMA or not isinstance(told["place"], str):
            raise ValueError("schema")
        service = from_plain(SipService, told["service"])
        day = dt.date.fromisoformat(told["day"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise HomeFileError(Message("homes.unreadable", {"file": name})) from None
    if not _possible(service):
        raise HomeFileError(Message("homes.unreadable", {"file": name}))
    return Home(told["place"][:64], day, service, hashlib.sha256(data).hexdigest())


def _possible(service: SipService) -> bool:
    known = [
        value for value in (service.rtt_ms, service.rtt_p95_ms, service.jitter_ms) if not isinstance(value, Absent)
    ]
    loss = 0.0 if isinstance(service.loss_percent, Absent) else service.loss_percent
    return all(0 <= value < 60_000 for value in known) and 0 <= loss <= 100


def count(files: Iterable[tuple[str, bytes]], services: Sequence[tuple[str, int]] = ()) -> Homes:
    """The places of some files that asked one of these services (host, port); without any, the one most asked.

    A place that sent two files counts with the later one.
    """
    found: list[tuple[str, Home]] = []
    bad: list[tuple[str, Message]] = []
    for name, data in files:
        try:
            found.append((name, read(name, data)))
        except HomeFileError as error:
            bad.append((name, error.message))
    asked = Counter(_where(home) for _, home in found)
    wanted = {(host.lower(), port) for host, port in services} or {place for place, _ in asked.most_common(1)}
    homes: dict[str, Home] = {}
    for name, home in sorted(found, key=lambda one: one[1].day):
        if _where(home) in wanted:
            homes[home.place] = home
        else:
            bad.append((name, Message("homes.other", {"file": name, "host": home.service.host})))
    return Homes(tuple(homes.values()), tuple(bad))


def _where(home: Home) -> tuple[str, int]:
    return home.service.host.lower(), home.service.port


def declarations(found: Homes) -> dict[str, Declared]:
    """The share of places that reach the service, and the median and 95th percentile of those that it answered."""
    said: dict[str, Fraction] = {f"{PATH}.reached": Fraction(found.reached, len(found.homes)).limit_denominator(1000)}
    for figure in _FIGURES:
        values = [
            value for home in found.homes if not isinstance(value := getattr(home.service, figure), Absent)
            and home.service.state == "answers"
        ]  # fmt: skip
        if values:
            said[f"{PATH}.p50.{figure}"] = Fraction(str(round(statistics.median(values), 1)))
            said[f"{PATH}.p95.{figure}"] = Fraction(str(round(sorted(values)[-(-len(values) * 95 // 100) - 1], 1)))
    digest = hashlib.sha256("".join(sorted(home.digest for home in found.homes)).encode()).hexdigest()
    document = f"{len(found.homes)} files, SHA-256 {digest}"
    last = max(home.day for home in found.homes)
    return {name: Declared(_decimal(value), "homes", last, document) for name, value in said.items()}


def _decimal(value: Fraction) -> Fraction:
    """As TOML can write it: four places."""
    return Fraction(round(value * 10_000), 10_000)


SENTENCES: Mapping[str, str] = {
    "homes.unreadable": N_("{file} is no file of `auditor probe sip`."),
    "homes.other": N_("{file} asked another service ({host})."),
    "homes.none": N_("No file could be counted."),
    "homes.too_many": N_("More than {most} files: name fewer."),
    "probe.target": N_(
        "{target} is no telephone service: HOST, tls://HOST:PORT, tcp://HOST:PORT or udp://HOST:PORT is expected."
    ),
    "probe.answers": N_(
        "{host} answers ({code:raw}): {answered} of {asked} questions; round trip {rtt:1} ms, 95 % within {p95:1} ms;"
        " jitter {jitter:1} ms (an estimate)."
    ),
    "probe.open": N_("{host} is reached ({rtt:1} ms); it answered no question."),
    "probe.refused": N_("{host} refuses connections on port {port:raw}."),
    "probe.silent": N_("{host} does not answer on port {port:raw}."),
    "probe.unresolved": N_("The name {host} is not known here."),
    "probe.tls": N_("{host} ends the TLS connection on port {port:raw} before it is set up."),
    "probe.loss": N_("Lost: {loss:percent}."),
    "probe.certificate": N_("{tls}, certificate of {name}, until {end:date}."),
    "probe.fault": N_("The certificate is not trusted: {why:fault}."),
    "probe.alg": N_("Something on the way rewrites the messages (a SIP ALG): switch it off in the router or box."),
}


def lines(service: SipService) -> Iterable[Message]:
    """What one series told, as sentences."""
    place: dict[str, Value] = {"host": service.host, "port": service.port}
    trips = {
        "rtt": _or_zero(service.rtt_ms),
        "p95": _or_zero(service.rtt_p95_ms),
        "jitter": _or_zero(service.jitter_ms),
    }
    code = 0 if isinstance(service.code, Absent) else service.code
    counts = {"code": code, "answered": service.answered, "asked": service.asked}
    yield Message(f"probe.{service.state}", {**place, **trips, **counts})
    if not isinstance(service.loss_percent, Absent):
        yield Message("probe.loss", {"loss": service.loss_percent})
    if not isinstance(service.tls, Absent) and not isinstance(service.certificate_ends, Absent):
        name = service.host if isinstance(service.certificate, Absent) else service.certificate
        yield Message("probe.certificate", {"tls": service.tls, "name": name, "end": service.certificate_ends})
    if service.certificate_fault is not ABSENT:
        yield Message("probe.fault", {"why": str(service.certificate_fault)})
    if service.alg is True:
        yield Message("probe.alg")


def _or_zero(value: float | Absent) -> float:
    """A figure that its sentence prints only where it is known."""
    return 0.0 if isinstance(value, Absent) else value
