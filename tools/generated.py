"""What stands in the tree without being written by hand: the picture of the README and the tables under docs/."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import pkgutil
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from auditor import audit, checks, desk, parameters
from auditor.app import AuditorApp
from auditor.checks.engine import Check
from auditor.collectors import vendors
from auditor.collectors.hostkeys import HostKeyFile
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Vendor
from auditor.demo.network import DemoNetwork
from auditor.facts import Interface
from auditor.model import Audit, Device
from auditor.service import Service
from auditor.texts import Texts
from auditor.values import ABSENT
from auditor.wording import texts
from tools import coverage
from tools.licences import licences

ROOT: Final = Path(__file__).parents[1]
MARK: Final = "<!-- What follows is written by `bash tools/generate`; edit what stands above. -->"
AT: Final = dt.datetime(2026, 11, 24, 14, 2, tzinfo=ZoneInfo("Europe/Paris"))
SIZE: Final = (120, 40)
WINDOW_S: Final = 4.0


# ---- tables ----


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; what would end a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def checks_page(say: Texts) -> str:
    """Every check, a table for each domain in the order of the catalogue."""
    head = ("check", "question", "what is measured", "pass / warn / fail", "severity", "effort, lead, cost", "sources")
    domains = tuple(dict.fromkeys(check.domain for check in checks.CATALOGUE))
    parts = [f"{len(checks.CATALOGUE)} checks, catalogue {checks.VERSION}."]
    for domain in domains:
        rows = [_check(check, say) for check in checks.CATALOGUE if check.domain == domain]
        parts += [f"## {domain}: {say.name(domain)}", table(head, rows)]
    return "\n\n".join(parts)


def _check(check: Check, say: Texts) -> tuple[str, ...]:
    title = say.words(f"{check.id}.title")
    measured = say.words(f"{check.id}.measured") if say.known(f"{check.id}.measured") else ""
    severity = say.name(f"severity.{check.severity.value}")
    first, last = check.lead_days
    lead = f"{first}-{last} d" if first != last else f"{last} d"
    quick = ", quick win" if check.quick_win else ""
    cost = f"{check.effort_hours} h, {lead}, class {check.cost}{quick}"
    thresholds = say.words(f"{check.id}.thresholds", **check.limits)
    return check.id, title, measured, thresholds, severity, cost, "; ".join(check.references)


def devices_page(say: Texts) -> str:
    """Every vendor page: what it tells, and everything it may send."""
    pages = tuple(_pages())
    rows = [(name, page.platform, str(len(vendors.every_oid(page))), str(len(vendors.every_line(page))))
            for name, page in pages]  # fmt: skip
    head = ("page", "platform", "SNMP objects", "command lines")
    told = (
        "## What recorded agents tell",
        "From the recordings of the tests: SNMP, and outputs of commands for some. `-`: the page asks over SNMP, and"
        " this agent (or its recording) does not tell.",
        table(coverage.HEAD, coverage.rows()),
    )
    return "\n\n".join([table(head, rows), *told, *(_device(name, page) for name, page in pages)])


def _pages() -> Iterable[tuple[str, Vendor]]:
    """Each page under the first line of its module, in the order they are tried; the standard one last."""
    titles: dict[str, str] = {}
    for module in pkgutil.iter_modules(vendors.__path__, f"{vendors.__name__}."):
        room = importlib.import_module(module.name)
        source = Path(str(room.__file__)).read_text(encoding="utf-8")
        for name, value in vars(room).items():
            if isinstance(value, Vendor) and re.search(rf"^{name}\b.*= (Vendor|replace)\(", source, re.M):
                titles[value.platform] = str(room.__doc__).strip().splitlines()[0].rstrip(".")
    yield from ((titles.get(page.platform, page.platform), page) for page in (*vendors.VENDORS, GENERIC))


def _device(name: str, page: Vendor) -> str:
    asked = [one.keys for one in page.scalars] + [one.keys for one in page.tables] + [one.keys for one in page.commands]
    keys = sorted({key.name for told in asked for key in told})
    parts = [f"## {name} (`{page.platform}`)", f"Tells: {', '.join(f'`{key}`' for key in keys)}."]
    if page.commands:
        lines = [*(f"{line}  (ends with the session)" for line in page.session)]
        lines += [command.line for command in page.commands]
        parts.append("Over SSH:\n\n```text\n" + "\n".join(dict.fromkeys(lines)) + "\n```")
    oids = sorted(vendors.every_oid(page), key=lambda oid: tuple(int(part) for part in oid.split(".")))
    parts.append("Over SNMP:\n\n```text\n" + "\n".join(oids) + "\n```")
    return "\n\n".join(parts)


# ---- the picture ----


def demo_audit() -> Audit:
    """The built-in company, really asked; only the times are fixed."""
    with tempfile.TemporaryDirectory() as folder, DemoNetwork() as network:
        site, _ = desk.parse_demo(network.site_text)
        keys = HostKeyFile(Path(folder) / "known_hosts", lambda device, print_: True)
        manner = audit.Manner(window=WINDOW_S, pseudonym_key=b"picture")
        devices = asyncio.run(audit.collect(site, network.credentials, keys, manner))
    return audit.judge(site, [_at(device) for device in devices], id="picture", at=AT, window=WINDOW_S)


def _at(device: Device) -> Device:
    """What it told, at the fixed time, over a window of fixed length."""
    return replace(device, readings=tuple(replace(one, at=AT, value=_timeless(one.value)) for one in device.readings))


def _timeless(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    return tuple(replace(row, window_s=WINDOW_S) if _sampled(row) else row for row in value)


def _sampled(row: object) -> bool:
    return isinstance(row, Interface) and row.window_s is not ABSENT


def picture(result: Audit) -> str:
    """The dashboard as SVG, without the fonts that a reader's browser would fetch from elsewhere."""
    app = AuditorApp(Service("en", WINDOW_S), language="en", audit=result, clock=lambda: 0.0)

    async def shot() -> str:
        async with app.run_test(size=SIZE) as pilot:
            await app.workers.wait_for_complete()
            await pilot.pause()
            return app.export_screenshot(title="auditor demo")

    svg = re.sub(r"@font-face \{.*?\}\s*", "", asyncio.run(shot()), flags=re.S)
    return "\n".join(line.rstrip() for line in svg.strip().splitlines()) + "\n"


# ---- all of it ----


def _below(path: Path, made: Callable[[], str]) -> str:
    """A page with its generated part made anew; what stands above the mark is a person's."""
    above, mark, _ = path.read_text(encoding="utf-8").partition(MARK)
    assert mark, f"{path} has no line {MARK}"
    return f"{above}{mark}\n\n{made()}\n"


def pages() -> dict[Path, str]:
    """Each page under docs/ that holds a table, as it should be."""
    say = texts("en", narrow=False)
    made: dict[str, Callable[[], str]] = {
        "checks.md": lambda: checks_page(say),
        "devices.md": lambda: devices_page(say),
        "inputs.md": lambda: parameters.table().strip(),
        "licences.md": lambda: table(("package", "licence"), licences().items()),
    }
    return {ROOT / "docs" / name: _below(ROOT / "docs" / name, make) for name, make in made.items()}


def pictures() -> dict[Path, str]:
    """The picture of the README, as it should be."""
    return {ROOT / "docs" / "dashboard.svg": picture(demo_audit())}


def main() -> None:
    """Write what has changed."""
    for path, text in (pages() | pictures()).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
