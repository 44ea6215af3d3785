"""The benchmarks run, and what they compare is equal; how fast they are is read by people, on a quiet machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_snmp_benchmark_finds_every_row_and_value_equal() -> None:
    """On few agents and one round: it fails where rows are missing, values differ or a live device is called dead."""
    if shutil.which("snmpbulkwalk") is None or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("the benchmark needs snmpbulkwalk and two cores")
    command = [sys.executable, "-m", "benchmarks.snmp", "--agents", "10", "--rounds", "1"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ratio") == 4
    assert done.stdout.count(": yes") == 6


@pytest.mark.slow
def test_the_report_benchmark_tells_its_three_figures() -> None:
    """One round: the memory of 5,000 rows is held to its limit here, the seconds are not."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.report", "1"], cwd=Path(__file__).parents[1], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    assert done.stdout.count("limit") == 3
    found = re.search(r"above the interpreter: (\d+) MiB", done.stdout)
    assert found, done.stdout
    assert int(found[1]) <= 60


@pytest.mark.slow
def test_the_ssh_benchmark_finds_every_answer_equal() -> None:
    """On few routers and one round: it fails where an answer is missing or differs."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("the benchmark needs two cores")
    command = [sys.executable, "-m", "benchmarks.ssh", "--devices", "12", "--rounds", "1", "--at-once", "4"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    assert "96 answers, equal to netmiko's: yes" in done.stdout, done.stdout


@pytest.mark.slow
def test_the_store_benchmark_keeps_evidence_small_and_finds_the_same_rows() -> None:
    """One round: it fails where two ways differ in rows."""
    command = [sys.executable, "-m", "benchmarks.store", "1"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["save", "evidence", "compare"]
    assert float(lines[1].split()[2]) <= 0.2
