"""Telephone arithmetic: Erlang B, the E-model, and what a call costs on the wire (domain model, 1.7 to 1.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from auditor.model import Peak

MAX_CHANNELS: Final = 10_000


def blocking(erlangs: Fraction, channels: int) -> Fraction:
    """Erlang B: the share of calls lost when `erlangs` are offered to `channels` (ITU-T E.520).

    Recursion B(0) = 1, B(n) = A·B(n-1) / (n + A·B(n-1)), on exact values rounded to 10^-15 at each step so that the
    fractions stay small; the error stays far below any printed digit.
    """
    lost = Fraction(1)
    for n in range(1, channels + 1):
        lost = erlangs * lost / (n + erlangs * lost)
        lost = Fraction(round(lost * 10**15), 10**15) if lost.denominator > 10**15 else lost
    return lost


def channels_needed(erlangs: Fraction, target: Fraction) -> int:
    """The smallest number of channels that loses at most `target` of the calls."""
    lost = Fraction(1)
    for n in range(MAX_CHANNELS):
        if lost <= target:
            return n
        lost = erlangs * lost / (n + 1 + erlangs * lost)
        lost = Fraction(round(lost * 10**15), 10**15) if lost.denominator > 10**15 else lost
    raise ValueError(f"more than {MAX_CHANNELS} channels would be needed")


def erlangs_carried(channels: int, target: Fraction, precision: Fraction = Fraction(1, 10**7)) -> Fraction:
    """The most traffic, in erlangs, that `channels` carry with at most `target` of the calls lost."""
    low, high = Fraction(0), Fraction(channels + 1) / (1 - target)
    while high - low > precision:
        middle = Fraction(round((low + high) / 2 * 10**9), 10**9)
        low, high = (middle, high) if blocking(middle, channels) <= target else (low, middle)
    return low


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec as sent: payload in bytes per packet, one packet every `ptime_ms`."""

    name: str
    payload: int
    ptime_ms: int

    def rate(self, header: int = 40, outer: Callable[[int], int] | None = None) -> Fraction:
        """bit/s in one direction: payload and 40 bytes of IP, UDP and RTP, through a tunnel where `outer` is given."""
        packet = self.payload + header
        return Fraction((outer(packet) if outer else packet) * 8 * 1000, self.ptime_ms)


ETHERNET: Final = 18
SRTP: Final = 10
CODECS: Final = tuple(
    Codec(*row)
    for row in (
        ("G.711 20 ms", 160, 20),
        ("G.711 30 ms", 240, 30),
        ("G.722 64k 20 ms", 160, 20),
        ("G.729 20 ms", 20, 20),
        ("G.729 30 ms", 30, 30),
        ("G.726-32 20 ms", 80, 20),
        ("G.723.1 6.3k 30 ms", 24, 30),
        ("Opus 16k 20 ms", 40, 20),
        ("Opus 24k 20 ms", 60, 20),
        ("Opus 32k 20 ms", 80, 20),
    )
)


def peak(erlangs: Fraction, call_bps: Fraction, target: Fraction = Fraction(1, 100)) -> Peak:
    """The busy-hour peak of calls of an offered traffic (domain model, 1.8)."""
    calls = channels_needed(erlangs, target) if erlangs else 0
    return Peak(erlangs, calls, calls * call_bps, erlangs * call_bps)


def one_way_delay(rtt_ms: float, jitter_ms: float, ptime_ms: float = 20, look_ahead_ms: float = 0) -> float:
    """Mouth to ear delay in ms: half the round trip, packetisation, look-ahead and a jitter buffer of max(2J, 20)."""
    return rtt_ms / 2 + ptime_ms + look_ahead_ms + max(2 * jitter_ms, 20)


def rating(delay_ms: float, loss_percent: float, ie: float = 0, bpl: float = 25.1, burst: float = 1) -> float:
    """The R factor of ITU-T G.107 with Cole and Rosenbluth's delay term; G.711 with concealment by default."""
    impairment = 0.024 * delay_ms + (0.11 * (delay_ms - 177.3) if delay_ms > 177.3 else 0)
    effective = ie + (95 - ie) * loss_percent / (loss_percent / burst + bpl)
    return 93.2 - impairment - effective


@dataclass(frozen=True, slots=True)
class Listening:
    """What a codec does to a call: Ie and Bpl of ITU-T G.113, and the look-ahead of its coder in ms."""

    ie: float = 0
    bpl: float = 25.1
    look_ahead_ms: float = 0


SPOKEN: Final = (("G.711", "G.711 20 ms"), ("G.729", "G.729 20 ms"), ("Opus", "Opus 24k 20 ms"))
"""The codecs that a choice is made between, and the row of CODECS that tells what each takes on the wire."""
LISTENING: Final[Mapping[str, Listening]] = MappingProxyType(
    {"g729": Listening(11, 19.0, 5), "g729a": Listening(11, 19.0, 5), "opus": Listening(look_ahead_ms=6.5)}
)
"""Codecs that differ from G.711 with concealment, which stands for every other (domain model, 1.9)."""


def predicted(rtt_ms: float, jitter_ms: float, loss_percent: float, codec: str = "") -> float:
    """The R factor of a path from its round trip, jitter and loss, with a codec (G.711 where none is named)."""
    heard = LISTENING.get(codec.lower().replace(".", ""), Listening())
    delay = one_way_delay(rtt_ms, jitter_ms, look_ahead_ms=heard.look_ahead_ms)
    return rating(delay, loss_percent, heard.ie, heard.bpl)


def opinion(r: float) -> float:
    """The mean opinion score of an R factor, held between 1 and 4.5 (ITU-T G.107 annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return min(4.5, max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6))
