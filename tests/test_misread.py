"""A page that falls over an answer: one gap, and every other answer of the device is kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from auditor import facts
from auditor.clean import plain
from auditor.collectors.interrogate import Collected, Manner, interrogate
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import NoAnswer
from auditor.collectors.vendors.page import Command, Derivation, Mark, Told, Vendor
from auditor.model import Device, Evidence
from auditor.site import SshAccess, Target
from auditor.values import Message
from auditor.wording import texts

ANSWERS = {
    "show first": "12",
    "show second": "x" * 9 + "\nm.durand",
    "show third": "7",
    "show mark": "one",
    "show more": "",
}


class Answers:
    """A door on written answers, of either kind."""

    def __init__(self, texts: Mapping[str, str] = ANSWERS) -> None:
        self.texts, self.asked = texts, list[str]()

    async def show(self, command: str) -> str:
        self.asked.append(command)
        if command not in self.texts:
            raise NoAnswer(Message("gap.no_answer"))
        return self.texts[command]

    async def adopt(self, vendor: Any) -> None:
        return None

    def evidence(self) -> tuple[Evidence, ...]:
        return ()

    async def close(self) -> None:
        return None


def endless(said: str) -> Any:
    return endless(said)


FALLS = {
    "a number that is none": lambda said: int("²"),
    "a number too long": lambda said: int("9" * 5000),
    "two points": lambda said: float("1..2"),
    "a key that is not there": lambda said: {}[said],
    "a row too short": lambda said: said.split()[99],
    "nothing at all": lambda said: None.split(),  # type: ignore[attr-defined]
    "no end": endless,
    "another kind": lambda said: said + 1,
    "a broken promise": lambda said: next(iter(())),
}


def page(fall: Any) -> Vendor:
    """Three questions, of which the second cannot be read."""
    return Vendor(
        name="Try",
        platform="try",
        recognise=lambda identity: False,
        commands=(
            Command("show first", (facts.VPN_SESSIONS_NOW,), lambda said: Told({facts.VPN_SESSIONS_NOW: int(said)})),
            Command("show second", (facts.VPN_POOLS,), fall, follow=lambda said: ("show more",)),
            Command("show third", (facts.HOST_CPUS,), lambda said: Told({facts.HOST_CPUS: int(said)}), follow=fall),
            Command("show more", (facts.HA_STATE,), lambda said: Told({facts.HA_STATE: "standalone"})),
            Command("show fourth", (facts.ACCESS_TELNET,), fall),
        ),
        derive={facts.VPN_IDLE_TIMEOUT: Derivation((facts.VPN_SESSIONS_NOW,), fall)},
        mark=Mark("show mark", fall),
    )


async def asked(vendor: Vendor, door: Answers) -> Device:
    target = Target("box", "192.0.2.1", ssh=SshAccess("audit", "main", 22))
    collected = Collected(target, Transcript("box"), Manner(), vendor=vendor)

    async def open_shell(_: Vendor) -> Answers:
        return door

    return await interrogate(target, snmp=None, shell=open_shell, collected=collected)


@pytest.mark.parametrize("fall", FALLS.values(), ids=FALLS)
async def test_an_answer_that_its_page_falls_over_costs_its_own_facts_alone(fall: Any) -> None:
    """The questions before and after it, and those it calls for, are asked and read."""
    door = Answers()
    device = await asked(page(fall), door)
    assert {one.key: one.value for one in device.readings} == {
        facts.VPN_SESSIONS_NOW: 12, facts.HOST_CPUS: 7, facts.HA_STATE: "standalone",
    }  # fmt: skip
    assert [line for line in door.asked if line != "show mark"] == [
        "show first", "show second", "show more", "show third", "show fourth",
    ]  # fmt: skip
    assert [problem.id for problem in device.problems] == ["device.unanswered"], "the fourth question"
    assert device.untouched == ()


async def test_the_gap_names_the_question_and_the_kind_of_error(caplog: pytest.LogCaptureFixture) -> None:
    """The answer counts as not understood; the log has the place and nothing of what the device said."""
    with caplog.at_level(logging.ERROR):
        device = await asked(page(int), Answers())
    gaps = {gap.key: gap for gap in device.gaps}
    assert gaps[facts.VPN_POOLS].reason == Message("gap.misread", {"question": "show second", "why": "ValueError"})
    assert gaps[facts.VPN_POOLS].asked == ("show second",)
    assert gaps[facts.ACCESS_TELNET].reason == Message("gap.no_answer")
    assert gaps[facts.VPN_IDLE_TIMEOUT].reason.id == "gap.misread"
    assert [(one.source, one.lines) for one in device.unparsed] == [("show second", 2)]
    assert "show second: ValueError" in caplog.text
    assert "m.durand" not in caplog.text
    assert "cannot read (ValueError)" in texts("en").say(gaps[facts.VPN_POOLS].reason)


@pytest.mark.parametrize("digits", ["9" * 65, "9" * 100_000, "٣" * 5000])
def test_digits_without_end_are_no_number(digits: str) -> None:
    """They leave a sign that no page takes for a number; the longest that a device means stay."""
    assert plain(f"Peers : {digits} max") == "Peers : … max"
    assert plain("9" * 64) == "9" * 64
