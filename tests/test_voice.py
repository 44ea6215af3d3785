"""Telephone arithmetic against the test vectors of the domain model."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from auditor.seats import demand, voice
from tests.worked import VECTORS

SMALL = Fraction(1, 10**6)


@pytest.mark.parametrize("row", VECTORS["erlang_b"]["blocking"], ids=str)
def test_erlang_b(row: dict[str, Any]) -> None:
    """The share of calls lost is that of the published tables."""
    assert abs(voice.blocking(Fraction(row["erlangs"]), row["channels"]) - row["blocking"]) < SMALL


@pytest.mark.parametrize("row", VECTORS["erlang_b"]["max_erlangs"], ids=str)
def test_traffic_a_group_of_channels_carries(row: dict[str, Any]) -> None:
    """The most traffic within a target of lost calls."""
    assert abs(voice.erlangs_carried(row["channels"], Fraction(row["target"])) - row["erlangs"]) < 2 * SMALL


@pytest.mark.parametrize("row", VECTORS["erlang_b"]["min_channels"], ids=str)
def test_channels_needed(row: dict[str, Any]) -> None:
    """The fewest channels within a target of lost calls."""
    assert voice.channels_needed(Fraction(row["erlangs"]), Fraction(row["target"])) == row["channels"]


@pytest.mark.parametrize("row", VECTORS["emodel"], ids=str)
def test_the_e_model(row: dict[str, Any]) -> None:
    """R and MOS of a delay and a loss."""
    r = voice.rating(float(row["delay_ms"]), float(row["loss_percent"]), float(row["ie"]), float(row["bpl"]))
    assert r == pytest.approx(float(row["r"]), abs=1e-5)
    assert voice.opinion(r) == pytest.approx(float(row["mos"]), abs=1e-5)


@pytest.mark.parametrize("row", VECTORS["emodel_clamp"], ids=str)
def test_a_mean_opinion_score_stays_between_1_and_4_5(row: dict[str, Any]) -> None:
    """The polynomial leaves its range at both ends; the printed score does not."""
    assert voice.opinion(float(row["r"])) == float(row["mos"])


@pytest.mark.parametrize("row", VECTORS["codec"], ids=lambda row: str(row["codec"]))
def test_what_a_call_costs_on_each_layer(row: dict[str, Any]) -> None:
    """IP, Ethernet, SRTP and three tunnels, in kbit/s one way."""
    codec = next(codec for codec in voice.CODECS if codec.name == row["codec"])
    tunnels = {"gcm_natt": "esp_gcm_natt", "cbc_natt": "esp_cbc_sha256_natt", "wireguard": "wireguard"}
    found = {
        "ip_kbps": codec.rate(),
        "ethernet_kbps": codec.rate(40 + voice.ETHERNET),
        "srtp_kbps": codec.rate(40 + voice.SRTP),
    } | {f"{name}_kbps": codec.rate(outer=demand.ENCAPSULATIONS[kind]) for name, kind in tunnels.items()}
    for name, rate in found.items():
        assert abs(rate / 1000 - row[name]) < SMALL, name


def test_the_peak_of_calls_at_the_answer() -> None:
    """15 people at 0.08 E each: 5 calls at once, 528 kbit/s."""
    peak = voice.peak(Fraction(12, 10), Fraction(105_600))
    assert peak.calls == 5
    assert peak.bps == Fraction(528_000)
    assert voice.peak(Fraction(0), Fraction(105_600)).calls == 0
