"""Rates: what counters read again and again prove, and what they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from auditor.collectors.rates import Rates, Sample, between, rates, sample, snapshot
from auditor.collectors.transport import Garbled, NoAnswer, Oid, SnmpValue
from auditor.model import Evidence
from auditor.values import ABSENT, Absent, Message

MBIT = 125_000  # octets a second


def line(
    seconds: int, *, refresh: int = 3, into: int = MBIT, out: int = 0, start: int = 0, at: int = 1_000
) -> list[Sample]:
    """An agent read once a second whose counters move every `refresh` seconds; rates in octets a second."""
    moved = [second - second % refresh for second in range(seconds)]
    return [Sample(at + 100 * s, start + into * m, start + out * m) for s, m in zip(range(seconds), moved, strict=True)]


def of(found: Rates | Message) -> Rates:
    assert isinstance(found, Rates), found
    return found


def why(found: Rates | Message) -> str:
    assert isinstance(found, Message), found
    return found.id


def test_a_steady_line_tells_its_rate_exactly() -> None:
    """Counters that are refreshed every three seconds only do not blur the rate."""
    found = of(rates(line(60, out=2 * MBIT)))
    assert (found.in_bps, found.out_bps) == (1_000_000, 2_000_000)
    assert found.window_s == 54.0


def test_reading_between_two_refreshes_changes_nothing() -> None:
    """The rate is the same whether the window ends before, on or after a refresh."""
    assert {of(rates(line(seconds))).in_bps for seconds in (31, 32, 33, 34)} == {1_000_000}


def test_time_is_the_agents_own() -> None:
    """The divisor is the difference of sysUpTime, whatever the spacing of the readings."""
    samples = [Sample(0, 0, 0), Sample(130, 100, 0), Sample(310, 400, 0), Sample(1130, 1100, 0)]
    assert of(rates(samples)).in_bps == 1000 * 8 // 10


def test_the_peak_is_the_busiest_five_seconds() -> None:
    """A burst shows in the peak, its dilution in the mean."""
    samples, octets = [], 0
    for second in range(60):
        octets += 10 * MBIT if 20 <= second < 30 else MBIT
        samples.append(Sample(100 * second, octets, octets))
    found = of(rates(samples))
    assert found.in_peak_bps == 10_000_000
    assert 2_000_000 < found.in_bps < 3_000_000


def test_an_idle_direction_is_zero_where_the_other_moves() -> None:
    """The counters were refreshed, and one of them stood still: that is a measured 0."""
    found = of(rates(line(30, into=0, out=MBIT)))
    assert (found.in_bps, found.in_peak_bps, found.out_bps) == (0, 0, 1_000_000)


@pytest.mark.parametrize("changes", [0, 1, 2])
def test_fewer_than_three_changes_prove_nothing(changes: int) -> None:
    """An idle or rarely refreshed counter is a gap, never 0."""
    samples = [Sample(100 * s, min(s // 10, changes) * 1000, 0) for s in range(60)]
    assert why(rates(samples)) == "gap.too_few_changes"


def test_three_changes_are_enough() -> None:
    """The third change makes a rate."""
    samples = [Sample(100 * s, min(s // 10, 3) * 1000, 0) for s in range(60)]
    assert of(rates(samples)).in_bps == 800


def test_no_sample_one_sample_no_uptime() -> None:
    """Each lack has its own reason."""
    assert why(rates([])) == "gap.not_exposed"
    assert why(rates([Sample(1, 1, 1)])) == "gap.one_capture"
    assert why(rates([Sample(ABSENT, s, s) for s in range(9)])) == "gap.no_uptime"


def test_a_32_bit_counter_that_wraps_goes_on() -> None:
    """The wrap is undone when the rate it gives fits the port."""
    samples = [Sample(100 * s, (2**32 - 5 * MBIT + s * MBIT) % 2**32, s, 32) for s in range(20)]
    assert of(rates(samples, 100_000_000)).in_bps == 1_000_000


def test_a_32_bit_counter_that_was_cleared_is_not_a_wrap() -> None:
    """A drop that would mean more than the port can carry is a reset, and the longer run counts."""
    values = [1_000_000_000 + s * MBIT for s in range(5)] + [s * MBIT for s in range(15)]
    samples = [Sample(100 * s, octets, s, 32) for s, octets in enumerate(values)]
    found = of(rates(samples, 100_000_000))
    assert found.in_bps == 1_000_000
    assert found.window_s < 15


def test_a_32_bit_drop_without_a_port_speed_is_never_taken_for_a_wrap() -> None:
    """Nothing shows that it is one, and a wrong guess would be gigabits."""
    samples = [Sample(100 * s, octets, s, 32) for s, octets in enumerate([4_000_000_000, 4_000_100_000, 5, 100_005])]
    assert why(rates(samples)) == "gap.counter_reset"


def test_a_64_bit_drop_is_a_reset() -> None:
    """Even where the difference modulo 2^64 would be anything."""
    values = [10**12, 10**12 + 1, 10**12 + 2, 5, 6, 7]
    assert why(rates([Sample(100 * s, v, 0) for s, v in enumerate(values)])) == "gap.counter_reset"


def test_a_reboot_cuts_the_series() -> None:
    """sysUpTime going backwards: what follows stands alone."""
    samples = line(5, start=10**9, at=9_000_000) + line(30, start=0, at=500)
    found = of(rates(samples))
    assert found.in_bps == 1_000_000
    assert found.window_s == 24.0


def test_the_wrap_of_sysuptime_is_not_a_reboot() -> None:
    """After 497 days the ticks start again while the counters go on."""
    samples = [Sample((2**32 - 500 + 100 * s) % 2**32, s * MBIT, 0) for s in range(20)]
    found = of(rates(samples))
    assert (found.in_bps, found.window_s) == (1_000_000, 18.0)


def test_a_new_discontinuity_time_is_a_reset() -> None:
    """ifCounterDiscontinuityTime tells it even where the counter did not drop."""
    samples = [Sample(100 * s, s * MBIT, 0, 64, 0 if s < 3 else 300) for s in range(5)]
    assert why(rates(samples)) == "gap.counter_reset"


def test_a_rate_above_the_port_speed_is_a_reset() -> None:
    """A counter that jumps further than the port can carry is not traffic."""
    values = [s * MBIT + (10**12 if s >= 3 else 0) for s in range(20)]
    found = of(rates([Sample(100 * s, v, 0) for s, v in enumerate(values)], 100_000_000))
    assert found.in_bps == 1_000_000


def test_a_full_port_is_not_a_reset() -> None:
    """Uneven refreshes of a saturated port stay within what it can carry."""
    samples, seen = [], 0
    for second in range(60):
        seen = second if second % 7 in (0, 3) else seen
        samples.append(Sample(100 * second + second % 3, seen * 12_500_000, 0))
    assert of(rates(samples, 100_000_000)).in_bps == pytest.approx(100_000_000, rel=0.02)


def test_two_captures_give_a_mean_and_one_does_not() -> None:
    """Offline, the time between two captures is the difference of their sysUpTime."""
    first, last = Sample(1000, 0, 0), Sample(31_000, 300 * MBIT, 600 * MBIT)
    assert between(first, last) == Rates(1_000_000, 2_000_000, 1_000_000, 2_000_000, 300.0)
    assert why(between(first, first)) == "gap.one_capture"
    assert why(between(last, first)) == "gap.counter_reset"
    assert why(between(first, last, 1_500_000)) == "gap.counter_reset"


# ---- reading the counters ----


class Agent:
    """A door to an agent whose clock is the test's; counters of interface 2 are 32 bits wide, 3 has none."""

    def __init__(self, silent: Sequence[int] = (), refuse_after: int = 1000) -> None:
        self.now = 0.0
        self.asked: list[tuple[Oid, ...]] = []
        self._silent, self._refuse_after = silent, refuse_after

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        self.asked.append(tuple(oids))
        second = int(self.now)
        if second in self._silent:
            raise NoAnswer(Message("snmp.timeout"))
        if second > self._refuse_after:
            raise Garbled(Message("snmp.garbled"))
        octets = second * MBIT
        holds: dict[Oid, SnmpValue] = {"1.3.6.1.2.1.1.3.0": int(self.now * 100)}
        for column in ("1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10"):
            holds |= {f"{column}.{index}": octets for index in (1, *range(4, 20))}
        for column in ("1.3.6.1.2.1.2.2.1.10", "1.3.6.1.2.1.2.2.1.16"):
            holds |= {f"{column}.{index}": octets % 2**32 for index in (1, 2)}
        return {oid: holds[oid] for oid in oids if oid in holds}

    async def walk(self, roots: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        return {}

    def evidence(self) -> tuple[Evidence, ...]:
        return ()

    async def close(self) -> None:
        return None


async def test_sampling_reads_time_and_counters_in_one_pdu() -> None:
    """Once a second over the window; each PDU holds sysUpTime and no more than twenty variables."""
    agent = Agent()
    found = await sample(agent, [1, 2, 3], 20, sleep=agent.sleep, clock=agent.clock)
    assert of(rates(found[1])).in_bps == of(rates(found[2])).in_bps == 1_000_000
    assert {item.bits for item in found[2]} == {32}
    assert why(rates(found[3])) == "gap.not_exposed"
    readings = [oids for oids in agent.asked if "1.3.6.1.2.1.1.3.0" in oids]
    assert len(readings) == 21
    assert all(len(oids) <= 20 for oids in agent.asked)


async def test_many_interfaces_share_few_requests() -> None:
    """Sixteen rows are read in three PDUs a turn."""
    agent = Agent()
    found = await sample(agent, list(range(4, 20)), 0, sleep=agent.sleep, clock=agent.clock)
    assert len(found) == 16
    assert len(agent.asked) == 6


async def test_a_long_window_is_read_less_often() -> None:
    """Ten minutes are read every ten seconds."""
    agent = Agent()
    found = await sample(agent, [1], 600, sleep=agent.sleep, clock=agent.clock)
    assert len(found[1]) == 61


async def test_a_lost_reading_is_left_out() -> None:
    """One silence in the window costs one sample, not the rate."""
    agent = Agent(silent=[7])
    found = await sample(agent, [1], 20, sleep=agent.sleep, clock=agent.clock)
    assert len(found[1]) == 20
    assert of(rates(found[1])).in_bps == 1_000_000


async def test_a_device_that_goes_away_ends_the_sampling() -> None:
    """Three silences in a row end it; what was read stays."""
    agent = Agent(silent=range(8, 1000))
    found = await sample(agent, [1], 60, sleep=agent.sleep, clock=agent.clock)
    assert len(found[1]) == 8
    assert agent.now < 12


async def test_an_error_before_the_first_reading_is_raised() -> None:
    """With nothing read there is nothing to keep."""
    agent = Agent(refuse_after=-1)
    with pytest.raises(Garbled):
        await sample(agent, [1], 60, sleep=agent.sleep, clock=agent.clock)


def test_a_capture_holds_one_sample_of_each_interface() -> None:
    """64-bit counters first, 32-bit ones where there are no others."""
    holds: dict[Oid, SnmpValue] = {
        "1.3.6.1.2.1.1.3.0": 500,
        "1.3.6.1.2.1.2.2.1.10.2": 7,
        "1.3.6.1.2.1.2.2.1.16.2": 8,
    }
    assert snapshot(holds, 2) == Sample(500, 7, 8, 32)
    assert isinstance(snapshot(holds, 3), Absent)
