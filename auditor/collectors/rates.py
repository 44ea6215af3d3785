"""From counters read again and again to the bit/s of an interface; standard library alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal

from auditor.collectors.transport import CollectError, NoAnswer, Oid, SnmpDoor, SnmpValue
from auditor.values import ABSENT, Absent, Message

SYS_UPTIME: Final = "1.3.6.1.2.1.1.3.0"
HC_IN, HC_OUT = "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10"
IN_32, OUT_32 = "1.3.6.1.2.1.2.2.1.10", "1.3.6.1.2.1.2.2.1.16"
DISCONTINUITY: Final = "1.3.6.1.2.1.31.1.1.1.19"

_PEAK_TICKS: Final = 500  # a peak is the mean of at least five seconds: shorter ones show the agent's own refreshes
_WRAP: Final = 2**32  # TimeTicks and Counter32; sysUpTime wraps after 497 days
_NEAR_WRAP: Final = 360_000  # an hour of ticks
_ROWS_PER_PDU: Final = 6
_LOST_IN_A_ROW: Final = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """What one PDU told of one interface: sysUpTime in hundredths of a second, octets, the width of the counters."""

    ticks: int | Absent
    octets_in: int
    octets_out: int
    bits: Literal[32, 64] = 64
    discontinuity: int | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Rates:
    """Mean and peak in bit/s, and the seconds between the first and last change of the counters they rest on."""

    in_bps: int
    out_bps: int
    in_peak_bps: int
    out_peak_bps: int
    window_s: float


@dataclass(frozen=True, slots=True)
class _Change:
    """A moment when the counters had changed, on a time and a volume that never wrap."""

    ticks: int
    octets_in: int
    octets_out: int


def rates(samples: Sequence[Sample], speed_bps: int | Absent = ABSENT) -> Rates | Message:
    """The rates of one interface over its sampling window, or why there are none.

    Agents refresh their counters every few seconds only: the mean is taken from the first change to the last, in the
    agent's own time. Fewer than three changes prove nothing, not even an idle line. After a reset the longest run
    without one counts. `speed_bps` is the speed of a physical port, above which a rate must be a reset; leave it ABSENT
    where the speed is nominal (tunnels, loopback, PPP, a configured bandwidth).
    """
    if not samples:
        return Message("gap.not_exposed")
    if any(isinstance(sample.ticks, Absent) for sample in samples):
        return Message("gap.no_uptime")
    if len(samples) == 1:
        return Message("gap.one_capture")
    runs = [_changes(run, speed_bps) for run in _runs(samples, speed_bps)]
    pieces = [piece for run in runs for piece in run]
    best = max(pieces, key=lambda piece: (len(piece) >= 3, _span(piece)))
    if len(best) >= 3:
        return _rates(best)
    return Message("gap.counter_reset") if len(pieces) > 1 else Message("gap.too_few_changes")


def between(first: Sample, last: Sample, speed_bps: int | Absent = ABSENT) -> Rates | Message:
    """The rates between two captures taken minutes apart; the peak is their mean."""
    if isinstance(first.ticks, Absent) or isinstance(last.ticks, Absent):
        return Message("gap.no_uptime")
    if first.ticks == last.ticks:
        return Message("gap.one_capture")
    (run, *others) = _runs((first, last), speed_bps)
    if others:
        return Message("gap.counter_reset")
    start, end = (_Change(*part) for part in _unwrapped(run))
    if _above(start, end, speed_bps, slack=0):
        return Message("gap.counter_reset")
    return _rates((start, end))


def _runs(samples: Sequence[Sample], speed_bps: int | Absent) -> list[list[Sample]]:
    """The samples, cut where the device restarted or its counters were reset."""
    runs = [[samples[0]]]
    for before, after in pairwise(samples):
        if _reset(before, after, speed_bps):
            runs.append([after])
        elif after.ticks != before.ticks:  # a repeated or cached answer tells nothing new
            runs[-1].append(after)
    return runs


def _reset(before: Sample, after: Sample, speed_bps: int | Absent) -> bool:
    """Whether the counters do not continue: a drop is a wrap only for one 32-bit counter of a port of known speed."""
    if before.bits != after.bits or before.discontinuity != after.discontinuity:
        return True
    if _elapsed(before, after) is None:
        return True
    drops = (after.octets_in < before.octets_in) + (after.octets_out < before.octets_out)
    return drops == 2 or (drops == 1 and (before.bits == 64 or isinstance(speed_bps, Absent)))


def _elapsed(before: Sample, after: Sample) -> int | None:
    """Ticks from one sample to the next; None when the device restarted in between."""
    assert not isinstance(before.ticks, Absent)
    assert not isinstance(after.ticks, Absent)
    if after.ticks >= before.ticks:
        return after.ticks - before.ticks
    wrapped = after.ticks + _WRAP - before.ticks
    return wrapped if wrapped < _NEAR_WRAP else None


def _unwrapped(run: Sequence[Sample]) -> list[tuple[int, int, int]]:
    """Ticks and octets since the first sample of a run, with 32-bit wraps undone."""
    points = [(0, 0, 0)]
    for before, after in pairwise(run):
        ticks, octets_in, octets_out = points[-1]
        size = 2**before.bits
        points.append(
            (
                ticks + (_elapsed(before, after) or 0),
                octets_in + (after.octets_in - before.octets_in) % size,
                octets_out + (after.octets_out - before.octets_out) % size,
            )
        )
    return points


def _changes(run: Sequence[Sample], speed_bps: int | Absent) -> list[tuple[_Change, ...]]:
    """The changes of a run, cut where a rate is faster than the port (a reset that looked like a wrap)."""
    points = _unwrapped(run)
    changes = [_Change(*after) for before, after in pairwise(points) if before[1:] != after[1:]]
    if not changes:
        return [()]
    # a change is seen up to one reading late, so the traffic of the time before may count into it
    slack = 2 * max(after[0] - before[0] for before, after in pairwise(points))
    pieces = [[changes[0]]]
    for before, after in pairwise(changes):
        if _above(before, after, speed_bps, slack):
            pieces.append([after])
        else:
            pieces[-1].append(after)
    return [tuple(piece) for piece in pieces]


def _above(before: _Change, after: _Change, speed_bps: int | Absent, slack: int) -> bool:
    if isinstance(speed_bps, Absent) or speed_bps <= 0:
        return False
    octets = max(after.octets_in - before.octets_in, after.octets_out - before.octets_out)
    return octets * 8 * 100 > speed_bps * (after.ticks - before.ticks + slack)


def _span(piece: Sequence[_Change]) -> int:
    return piece[-1].ticks - piece[0].ticks if piece else 0


def _rates(piece: Sequence[_Change]) -> Rates:
    mean_in, mean_out = _mean(piece[0], piece[-1])
    busy = [_mean(start, end) for start, end in _stretches(piece)]
    peak_in = max([mean_in, *(stretch[0] for stretch in busy)])
    peak_out = max([mean_out, *(stretch[1] for stretch in busy)])
    return Rates(_half_up(mean_in), _half_up(mean_out), _half_up(peak_in), _half_up(peak_out), _span(piece) / 100)


def _stretches(piece: Sequence[_Change]) -> Iterable[tuple[_Change, _Change]]:
    """From each change to the first one at least five seconds later."""
    end = 0
    for start in piece:
        while end < len(piece) and piece[end].ticks - start.ticks < _PEAK_TICKS:
            end += 1
        if end == len(piece):
            return
        yield start, piece[end]


def _mean(start: _Change, end: _Change) -> tuple[Fraction, Fraction]:
    """Bit/s in and out from one change to another."""
    ticks = end.ticks - start.ticks
    return (
        Fraction((end.octets_in - start.octets_in) * 800, ticks),
        Fraction((end.octets_out - start.octets_out) * 800, ticks),
    )


def _half_up(rate: Fraction) -> int:
    return (2 * rate.numerator + rate.denominator) // (2 * rate.denominator)


# ---- reading the counters ----


async def sample(
    door: SnmpDoor,
    indices: Sequence[int],
    window_s: float,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Mapping[int, tuple[Sample, ...]]:
    """Read the counters of these interfaces about once a second for `window_s` seconds, several in each PDU.

    A reading that gets no answer is left out; after three in a row the sampling ends with what there is. Raises
    CollectError when not even the first reading is answered.
    """
    batches = [tuple(indices[at : at + _ROWS_PER_PDU]) for at in range(0, len(indices), _ROWS_PER_PDU)]
    interval = max(1.0, window_s / 60)
    started = clock()
    series = await asyncio.gather(
        *(_series(door, batch, window_s, interval, started, sleep, clock) for batch in batches)
    )
    return {index: samples for part in series for index, samples in part.items()}


async def _series(
    door: SnmpDoor,
    batch: tuple[int, ...],
    window_s: float,
    interval: float,
    started: float,
    sleep: Callable[[float], Awaitable[None]],
    clock: Callable[[], float],
) -> Mapping[int, tuple[Sample, ...]]:
    """The samples of the interfaces that share one PDU."""
    widths = await widths_of(door, batch)
    wanted = (SYS_UPTIME, *(oid for index in batch for oid in columns(index, widths[index])))
    found: dict[int, list[Sample]] = {index: [] for index in batch}
    turn, lost = 0, 0
    while lost < _LOST_IN_A_ROW:
        try:
            values = await door.get(wanted)
        except NoAnswer:
            lost += 1
        except CollectError:
            if not any(found.values()):
                raise
            break
        else:
            lost = 0
            for index in batch:
                found[index] += read(values, index, widths[index])
        turn = max(turn + 1, int((clock() - started) / interval))
        if turn * interval > window_s:
            break
        await sleep(max(0.0, started + turn * interval - clock()))
    return {index: tuple(samples) for index, samples in found.items()}


async def widths_of(door: SnmpDoor, batch: tuple[int, ...]) -> Mapping[int, Literal[32, 64]]:
    """Which counters each row has: some rows, or whole devices, have the 32-bit ones alone."""
    values = await door.get(tuple(f"{column}.{index}" for index in batch for column in (HC_IN, HC_OUT)))
    return {index: 64 if f"{HC_IN}.{index}" in values and f"{HC_OUT}.{index}" in values else 32 for index in batch}


def columns(index: int, bits: int) -> tuple[Oid, ...]:
    return tuple(
        f"{column}.{index}" for column in (*((HC_IN, HC_OUT) if bits == 64 else (IN_32, OUT_32)), DISCONTINUITY)
    )


def read(values: Mapping[Oid, SnmpValue], index: int, bits: Literal[32, 64]) -> list[Sample]:
    """The sample of one interface in one response, or none where a counter is missing."""
    into, out, mark = (values.get(oid) for oid in columns(index, bits))
    ticks = values.get(SYS_UPTIME)
    if not isinstance(into, int) or not isinstance(out, int):
        return []
    uptime = ticks if isinstance(ticks, int) else ABSENT
    return [Sample(uptime, into, out, bits, mark if isinstance(mark, int) else ABSENT)]


def snapshot(values: Mapping[Oid, SnmpValue], index: int) -> Sample | Absent:
    """The sample that a whole capture holds of one interface, for `between`."""
    found = read(values, index, 64) or read(values, index, 32)
    return found[0] if found else ABSENT
