"""The screens: first paint, keys while devices are read, a long list of findings; each beside a yardstick.

First paint: until the first frame of `auditor` is drawn, in a fresh process, against a bare Textual application of the
same run. Keys: from a key to the drawn frame that answers it, while fifty devices tell what they are asked: in the list
of devices, and on the inputs of the what-if, whose every turn is a calculation. Findings: scrolling and filtering
10,000 rows, until the last frame that a key causes is drawn.
Prints medians, 95th percentiles and ratios; `python benchmarks/ui.py [ROUNDS]`.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from textual.widgets import Input

from auditor.app import AuditorApp
from auditor.model import Asking, Audit
from auditor.screens import pauses
from auditor.screens.dial import DialTable
from auditor.screens.progress import DeviceRows
from auditor.screens.services import Talk
from auditor.screens.whatif import Outcome, WhatIf
from tests.driving import screen_text
from tests.fake_services import FakeServices
from tests.worked_audit import worked_audit

PAINT_RATIO, KEY_MS, LIST_MS = 1.25, 50.0, 100.0
NOT_YET = ("pysnmp", "netmiko", "paramiko", "reportlab")
FIRST_PAINT = """
import time; begun = time.perf_counter()
import asyncio, json, sys
{make}
done = []
async def main():
    async with app.run_test(size=(80, 24)):
        done.append(time.perf_counter() - begun)
        early = [name for name in {names!r} if name in sys.modules]
        print(json.dumps([done[0] * 1000, early]), flush=True)
        import os; os._exit(0)
asyncio.run(main())
"""
BARE = """
from textual.app import App
from textual.widgets import Footer, Header, Static
class Bare(App):
    def compose(self):
        yield Header(); yield Static("hello"); yield Footer()
app = Bare()
"""
OURS = """
from auditor.front import Front
from auditor.app import AuditorApp
app = AuditorApp(Front("en", 60.0), language="en")
"""


def first_paint(make: str) -> tuple[float, list[str]]:
    """Milliseconds until the first frame stands, and which of the heavy libraries were imported by then."""
    code = FIRST_PAINT.format(make=make, names=NOT_YET)
    with tempfile.TemporaryDirectory() as home:
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "AUDITOR_HOME": home},
        )  # fmt: skip
    ms, early = json.loads(run.stdout)
    return float(ms), list(early)


def paints(rounds: int) -> tuple[float, float, set[str]]:
    """Medians of a bare application and of ours, taken in turns."""
    bare, ours, early = list[float](), list[float](), set[str]()
    for _ in range(rounds):
        bare.append(first_paint(BARE)[0])
        ms, names = first_paint(OURS)
        ours.append(ms)
        early |= set(names)
    return statistics.median(bare), statistics.median(ours), early


# ---- keys while devices are read ----


def fifty(audit: Audit) -> Audit:
    """The worked audit with fifty devices."""
    target, device = audit.site.targets[0], audit.devices[0]
    targets = tuple(replace(target, name=f"box-{n}") for n in range(50))
    devices = tuple(replace(device, name=f"box-{n}") for n in range(50))
    return replace(audit, site=replace(audit.site, targets=targets), devices=devices)


def telling(stop: threading.Event) -> Callable[[Audit, Talk], Audit]:
    """Fifty devices that tell without end: some 500 events a second, as fast agents on a LAN do."""

    def conduct(audit: Audit, talk: Talk) -> Audit:
        done = 0
        while not stop.is_set():
            for device in audit.devices:
                talk.emit(Asking(device.name, f"show {done}", done % 40, 40))
            done += 1
            stop.wait(0.1)
        return audit

    return conduct


class Drawn(AuditorApp):
    """The application, that remembers when it last drew a frame."""

    at = 0.0

    def post_display_hook(self) -> None:
        self.at = time.perf_counter()


async def answered(app: Drawn, key: str, state: Callable[[], object]) -> float:
    """Milliseconds from a key to the first frame drawn after `state` has changed."""
    before, begun = state(), time.perf_counter()
    app.simulate_key(key)
    while state() == before:
        assert time.perf_counter() - begun < 5, f"{key} was never answered"
        await asyncio.sleep(0.001)
    changed = time.perf_counter()
    while app.at < changed:
        assert time.perf_counter() - begun < 5, f"the answer to {key} was never drawn"
        await asyncio.sleep(0.001)
    return (app.at - begun) * 1000


async def while_reading(rounds: int) -> list[float]:
    """The cursor in the list of the fifty devices."""
    stop, found = threading.Event(), list[float]()
    audit = fifty(worked_audit())
    app = Drawn(FakeServices(audit=audit, conduct=telling(stop)), language="en", demo=True)
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.screen.query(DeviceRows) or not app.screen.query_one(DeviceRows).rows:
            await pilot.pause(0.05)
        rows = app.screen.query_one(DeviceRows)
        for n in range(rounds):
            found.append(await answered(app, ("down", "up")[(n // 20) % 2], lambda: rows.cursor))
            await asyncio.sleep(0.01)
        stop.set()
        await app.workers.wait_for_complete()
    return found


async def what_if_while_reading(rounds: int) -> list[float]:
    """An input of the what-if turned up and down, while fifty devices are read for the next audit."""
    stop, found = threading.Event(), list[float]()
    audit = fifty(worked_audit())
    app = Drawn(FakeServices(audit=audit, conduct=telling(stop)), language="en", demo=True)
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.screen.query(DeviceRows) or not app.screen.query_one(DeviceRows).rows:
            await pilot.pause(0.05)
        page = WhatIf(app.speech, worked_audit(), FakeServices())
        app.push_screen(page)
        while not page.is_mounted or not page.query_one(DialTable).has_focus:
            await pilot.pause(0.05)
        for _ in range(3):
            await pilot.press("down")
        for n in range(rounds):
            found.append(await answered(app, ("right", "left")[n % 2], lambda: page.query_one(Outcome).then))
            await asyncio.sleep(0.01)
        stop.set()
        await app.workers.wait_for_complete()
    return found


# ---- a long list ----


QUIET_S = 0.05


async def drawn(app: Drawn, key: str) -> float:
    """Milliseconds from a key to the last frame it causes: none follows within a twentieth of a second."""
    begun = app.at = time.perf_counter()
    app.simulate_key(key)
    while app.at == begun or time.perf_counter() - app.at < QUIET_S:
        assert time.perf_counter() - begun < 5, f"{key} was never answered"
        await asyncio.sleep(0.001)
    return (app.at - begun) * 1000


async def long_list(rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of a page down, and of a filter's letter, on 10,000 findings."""
    audit = worked_audit()
    base = audit.findings
    findings = tuple(replace(base[n % len(base)], id=f"{base[n % len(base)].id}/{n}") for n in range(10_000))
    app = Drawn(FakeServices(audit=audit), audit=replace(audit, findings=findings))
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("f")
        await app.workers.wait_for_complete()
        await pilot.pause()
        paged = [await drawn(app, "pagedown") for _ in range(rounds)]
        await pilot.press("slash")
        app.screen.query_one(Input).cursor_blink = False  # a frame of its own
        filtered = [await drawn(app, letter) for _ in range(2) for letter in (*"trunk", *["backspace"] * 5)]
        filtered += [await drawn(app, letter) for letter in "trunk"]
        assert app.screen.query_one(Input).value == "trunk"
        assert "10,000 of 10,000" not in screen_text(app)
        assert "of 10,000" in screen_text(app)
    return paged, filtered


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def told(values: list[float]) -> str:
    return f"median {statistics.median(values):.1f} ms, p95 {p95(values):.1f} ms"


def main(rounds: int = 7) -> int:
    bare, ours, early = paints(rounds)
    print(f"first paint: bare {bare:.0f} ms, auditor {ours:.0f} ms, ratio {ours / bare:.2f} (at most {PAINT_RATIO})")
    print(f"imported before it: {', '.join(sorted(early)) or 'none of ' + ', '.join(NOT_YET)}")
    good = ours / bare <= PAINT_RATIO and not early
    pauses.begin()  # as the program does when its screens open
    for what, work in (("a key", while_reading), ("a turn of the what-if", what_if_while_reading)):
        busy = asyncio.run(work(rounds * 20))
        good &= p95(busy) <= KEY_MS
        print(f"{what} while 50 devices are read: {told(busy)} (p95 at most {KEY_MS:.0f})")
    for what, took in zip(("a page", "a letter of a filter"), asyncio.run(long_list(rounds * 3)), strict=True):
        good &= p95(took) <= LIST_MS
        print(f"10,000 findings, {what}: {told(took)} (p95 at most {LIST_MS:.0f})")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
