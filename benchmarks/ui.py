"""The screens: first paint, keys while devices are read, a long list of findings; each beside a yardstick.

First paint: until the first frame of `auditor` is drawn, in a fresh process, against a bare Textual application of the
same run. Keys: from a key to the screen that answers it, while fifty devices tell what they are asked, against the same
keys while nothing is read. Findings: scrolling and filtering 10,000 rows.
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

from textual.pilot import Pilot
from textual.widgets import Input

from auditor.app import AuditorApp
from auditor.model import Asking, Audit
from auditor.screens.progress import DeviceRows
from auditor.screens.services import Talk
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


async def keys(pilot: Pilot[None], app: AuditorApp, rounds: int) -> list[float]:
    """Milliseconds from each key to the cursor that moved."""
    found = []
    for n in range(rounds):
        rows = app.screen.query_one(DeviceRows)
        key, before = ("down", "up")[(n // 20) % 2], rows.cursor
        begun = time.perf_counter()
        app.simulate_key(key)
        while rows.cursor == before and time.perf_counter() - begun < 1:
            await asyncio.sleep(0)
        found.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(0.01)
    return found


async def while_reading(rounds: int) -> list[float]:
    stop = threading.Event()
    audit = fifty(worked_audit())
    app = AuditorApp(FakeServices(audit=audit, conduct=telling(stop)), language="en", demo=True)
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.screen.query(DeviceRows) or not app.screen.query_one(DeviceRows).rows:
            await pilot.pause(0.05)
        found = await keys(pilot, app, rounds)
        stop.set()
        await app.workers.wait_for_complete()
    return found


# ---- a long list ----


async def long_list(rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of a page down, and of a filter's letter, on 10,000 findings."""
    audit = worked_audit()
    base = audit.findings
    findings = tuple(replace(base[n % len(base)], id=f"{base[n % len(base)].id}/{n}") for n in range(10_000))
    app = AuditorApp(FakeServices(audit=audit), audit=replace(audit, findings=findings))
    paged, filtered = list[float](), list[float]()
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("f")
        await pilot.pause()
        for _ in range(rounds):
            begun = time.perf_counter()
            await pilot.press("pagedown")
            paged.append((time.perf_counter() - begun) * 1000)
        await pilot.press("slash")
        for letter in "trunk":
            begun = time.perf_counter()
            await pilot.press(letter)
            filtered.append((time.perf_counter() - begun) * 1000)
        assert app.screen.query_one(Input).value == "trunk"
        await pilot.pause(0.5)
        assert "10,000 of 10,000" not in screen_text(app)
        assert "of 10,000" in screen_text(app)
    return paged, filtered


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def main(rounds: int = 7) -> int:
    bare, ours, early = paints(rounds)
    print(f"first paint: bare {bare:.0f} ms, auditor {ours:.0f} ms, ratio {ours / bare:.2f} (at most {PAINT_RATIO})")
    print(f"imported before it: {', '.join(sorted(early)) or 'none of ' + ', '.join(NOT_YET)}")
    busy = asyncio.run(while_reading(rounds * 20))
    print(f"a key while 50 devices are read: median {statistics.median(busy):.1f} ms, p95 {p95(busy):.1f} ms"
          f" (at most {KEY_MS:.0f})")  # fmt: skip
    paged, filtered = asyncio.run(long_list(rounds * 3))
    print(f"10,000 findings: a page {statistics.median(paged):.0f} ms, a letter of a filter"
          f" {statistics.median(filtered):.0f} ms (at most {LIST_MS:.0f})")  # fmt: skip
    good = ours / bare <= PAINT_RATIO and not early and p95(busy) <= KEY_MS
    return 0 if good and max(statistics.median(paged), statistics.median(filtered)) <= LIST_MS else 1


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
