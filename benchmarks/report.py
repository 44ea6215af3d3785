"""Print 5,000 rows the way the report does, tagged, and the same rows as one plain table of texts of the library.

In the same run, on the same machine: seconds of the processor and their ratio (limit 0.55), memory above the bare
interpreter (limit 60 MiB, each in a process of its own), and the whole report of the worked site (limit 1 s, imports
apart). Prints medians; `python -m benchmarks.report [ROUNDS]`; exits with 1 where a limit is missed.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS = 5_000
RATIO, MEMORY_MIB, REPORT_S = 0.55, 60.0, 1.0
HEADER = ("check", "title", "result", "found")
SHARES = (12, 30, 14, 44)


def rows() -> list[list[str]]:
    return [[f"LNK-{n:05}", "Capacity of the link", "failed", f"row {n} of many, with a few more words"]
            for n in range(ROWS)]  # fmt: skip


def ours() -> int:
    """The rows through the report's own grid, on its own canvas with all tags; the pages written."""
    from auditor.reports.paper import Running, numbered
    from auditor.reports.styles import grid, register

    register()
    return _built([grid(HEADER, rows(), SHARES)], canvasmaker=numbered(Running("client", "confidential", "day")))


def plain() -> int:
    """The same texts, fonts and lines in one plain table of the library: nothing wraps, nothing is tagged."""
    from reportlab.platypus import Table, TableStyle

    from auditor.reports.styles import GRID, REGULAR, STYLES, WIDTH, register

    register()
    cells: list[list[str]] = [list(HEADER), *rows()]
    style = TableStyle([*GRID, ("FONT", (0, 0), (-1, -1), REGULAR, STYLES.cell.fontSize)])
    widths = [WIDTH * share / sum(SHARES) for share in SHARES]
    return _built([Table(cells, widths, repeatRows=1, style=style)])


def _built(story: list[object], **more: Any) -> int:
    from reportlab.platypus import SimpleDocTemplate

    from auditor.reports.styles import MARGIN, PAGE

    document = SimpleDocTemplate(io.BytesIO(), pagesize=PAGE, leftMargin=MARGIN, rightMargin=MARGIN)
    document.build(story, **more)  # type: ignore[arg-type]
    return int(document.page)


def whole_report() -> int:
    """The report of the worked site."""
    from auditor.reports.pdf import write_pdf
    from auditor.wording import texts
    from tests.worked_audit import worked_audit

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        write_pdf(worked_audit(), texts("fr"), path)
        return path.stat().st_size


def seconds(work: Callable[[], int], rounds: int) -> float:
    """The median processor time of some rounds: what else the machine does counts for nothing."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        assert work() > 1
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def memory(name: str) -> float:
    """The most memory of a process that does one thing, in MiB; "" does nothing."""
    command = [sys.executable, "-m", "benchmarks.report", "--alone", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    return int(done.stdout) / 1024


WORK: dict[str, Callable[[], int]] = {"ours": ours, "plain": plain}


def main() -> int:
    if sys.argv[1:2] == ["--alone"]:
        if sys.argv[2]:
            WORK[sys.argv[2]]()
        status = Path("/proc/self/status").read_text()  # getrusage would count the process that started this one
        print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
        return 0
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    whole_report()  # imports and fonts, once
    report, mine, theirs = seconds(whole_report, rounds), seconds(ours, rounds), seconds(plain, rounds)
    more = memory("ours") - memory("")
    print(f"{ROWS} rows: ours {mine:.2f} s, one plain table {theirs:.2f} s, ratio {mine / theirs:.2f} (limit {RATIO})")
    print(f"memory above the interpreter: {more:.0f} MiB (limit {MEMORY_MIB:.0f})")
    print(f"the worked site's report: {report:.2f} s (limit {REPORT_S})")
    return 0 if mine / theirs <= RATIO and more <= MEMORY_MIB and report <= REPORT_S else 1


if __name__ == "__main__":
    sys.exit(main())
