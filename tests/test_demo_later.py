"""The demo company three months later: what was bought is told by its devices, and stands beside how it was."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from auditor import sitefile
from auditor.demo import firewall, later, pbx
from auditor.demo.network import DOCUMENTED, DOCUMENTED_LATER, site_text
from auditor.seats import inputs
from tests.commands import program


def test_each_thing_that_was_bought_stood_otherwise_before() -> None:
    """No text is looked for in vain: what the firewall tells now differs from then in every place that is named."""
    then = firewall.captures("x", dt.datetime(2026, 11, 24, tzinfo=dt.UTC))
    now = later.firewall_texts(then)
    changed = sum(then[command] != now[command] for command in then)
    assert changed == 4
    assert "3389" not in now["show running-config"]
    assert all(any(old in text for text in then.values()) for old, _ in later._RENEWED)
    assert not any(old in text for text in now.values() for old, _ in later._RENEWED)
    assert len(pbx.phones(later.SOFTPHONES)) == 68 + 8 + later.SOFTPHONES
    assert len({one.address for one in pbx.phones(later.SOFTPHONES)}) == 68 + 8 + later.SOFTPHONES


def test_the_site_file_of_then_is_one() -> None:
    """Two links and five devices, the answers anew; the people are the same."""
    before, after = (
        sitefile.parse(site_text(places), "demo", inputs.is_input) for places in (DOCUMENTED, DOCUMENTED_LATER)
    )
    assert [link.name for link in after.links] == ["main", "second"]
    assert [target.name for target in after.targets] == [*(target.name for target in before.targets), "rtr2-rennes"]
    assert (before.declared["telephony.channels.max"].value, after.declared["telephony.channels.max"].value) == (15, 30)
    assert (before.answers["RES-001"].value, after.answers["RES-001"].value) == ("bad", "good")
    assert before.people == after.people


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
def test_the_company_three_months_later_is_compared_with_how_it_was(tmp_path: Path) -> None:
    """Both audited over the wire: 15 people before, 61 after; in lines, in the report, and from the history."""
    home = {"AUDITOR_HOME": str(tmp_path / "home")}
    ended = program("demo", "--after", "--headless", "--window", 3, "--out", tmp_path / "out", environment=home)
    assert ended.code == 0, ended
    assert "People at the same time: 15 of 110, then 61 of 110" in ended.out
    assert "rtr2-rennes is new" in ended.out
    assert "Got worse" not in ended.out
    (path,) = (tmp_path / "out").glob("*.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["headline"]["seats"] == 61
    assert told["headline"]["binding"] == ["vpn.crypto"]
    parts = {resource["id"]: resource["origin"] for resource in told["resources"]}
    assert parts["vpn.licence"] == parts["link.down"] == "measured"
    pypdf = pytest.importorskip("pypdf")
    (pdf,) = (tmp_path / "out").glob("*.pdf")
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages)
    assert re.search(r"\b15\b", words)
    assert re.search(r"\b61\b", words)
    rows = program("history", "--json", environment=home).json["audits"]
    assert [row["seats"] for row in rows] == [61, 15]
    compared = program("compare", rows[1]["id"], rows[0]["id"], "--json", environment=home).json
    assert (compared["seats"]["before"], compared["seats"]["after"]) == (15, 61)
