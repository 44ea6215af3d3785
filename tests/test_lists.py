"""The dated lists: what they say of a version, how old they may be, what is refused, and how they are renewed."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import facts, shelf
from auditor.audit import judge
from auditor.checks.engine import Books
from auditor.lists import (
    Affected,
    Closures,
    Exploited,
    ListError,
    Lists,
    Matches,
    Product,
    Support,
    cut,
    matches,
    of,
    parse,
    renewed,
    shipped,
    support_end,
    version,
    written,
)
from auditor.model import Outcome
from auditor.site import Declared, Role
from tests.checking import FAIL, PASS, TODAY, UNKNOWN, WARN, Case, device, finding
from tests.commands import auditor

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9.12(4)67", (9, 12, 4, 67)),
        ("v7.0.5,build0304,210105 (GA)", (7, 0, 5)),
        ("7.2.4 build1396", (7, 2, 4)),
        ("10.2.9-h1", (10, 2, 9, 1)),
        ("17.09.04a", (17, 9, 4, 1)),
        ("15.7(3)M5", (15, 7, 3, 5)),
        ("21.2R3-S7", (21, 2, 3, 7)),
        ("V5.36(ABPS.2)", (5, 36, 2)),
        ("6.49.10 (long-term)", (6, 49, 10)),
        ("unknown", ()),
        ("", ()),
    ],
)
def test_versions_are_read_as_vendors_write_them(text: str, found: tuple[int, ...]) -> None:
    """Figures in their order, build numbers left out, a letter as one more step."""
    assert version(text) == found


def lists(*cves: str, as_of: dt.date = TODAY, ranges: Any = None, unclear: Any = None, support: Any = None) -> Lists:
    """Lists of one invented product, `box`."""
    entries = tuple((cve, "Maker", "BoxOS and others") for cve in cves)
    affected = Affected((Product(("box",), "Maker", "BoxOS"),), ranges or {}, unclear or {})
    branches, models = support or ((), ())
    return Lists(
        Exploited(as_of, "test", entries),
        affected,
        Support(as_of, "test", branches, models),
        Closures(as_of, "test", {}),
    )


ONE = lists("CVE-2026-0001", ranges={("CVE-2026-0001", "box"): (((7, 0), (7, 0, 5)), ((7, 2), (7, 2, 1)))})


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("6.4.9", 0),
        ("7.0", 1),
        ("7.0.4", 1),
        ("7.0.4 build 9", 1),
        ("7.0.5", 0),
        ("7.1.9", 0),
        ("7.2.0", 1),
        ("7.2.1", 0),
    ],
)
def test_a_version_matches_from_the_first_affected_to_before_the_fixed(text: str, hit: int) -> None:
    """Both edges of each range."""
    assert matches(ONE, "box", text) == Matches(("CVE-2026-0001",) * hit)


def test_what_no_advisory_on_file_says_cannot_be_verified() -> None:
    """A vulnerability without ranges, a version below what is known, a version that cannot be read."""
    bare = lists("CVE-2026-0002")
    assert matches(bare, "box", "7.0.5") == Matches((), ("CVE-2026-0002",))
    old = lists("CVE-2026-0003", ranges={("CVE-2026-0003", "box"): ()}, unclear={("CVE-2026-0003", "box"): (7, 0)})
    assert matches(old, "box", "6.9") == Matches((), ("CVE-2026-0003",))
    assert matches(old, "box", "7.0") == Matches()
    assert matches(ONE, "box", "interim") == Matches((), ("CVE-2026-0001",))


def test_a_platform_that_the_list_does_not_name_is_not_clear() -> None:
    """None, not an empty match: nobody looked."""
    assert matches(ONE, "other", "1.0") is None
    assert matches(lists(), "box", "7.0") is None


def walls(platform: str = "box", text: str | None = "7.0.5", model: str = "", **more: Any) -> Case:
    told: dict[Any, Any] = {facts.IDENTITY_PLATFORM: platform}
    told |= {facts.IDENTITY_OS_VERSION: text} if text is not None else {}
    told |= {facts.IDENTITY_MODEL: model} if model else {}
    return Case((device("fw", told),), **more)


def judged(id: str, case: Case, known: Lists) -> Outcome:
    return finding(id, replace(case, books=Books(TODAY, known))).outcome


@pytest.mark.parametrize(
    ("case", "known", "expected"),
    [
        (walls(), ONE, PASS),
        (walls(text="7.0.4"), ONE, FAIL),
        (walls(text="7.0.4", answers={"FWL-007": "good"}), ONE, FAIL),
        (walls(text="strange"), ONE, WARN),
        (walls(), lists("CVE-2026-0002"), WARN),
        (walls(platform="other"), ONE, UNKNOWN),
        (walls(platform="other", answers={"FWL-007": "good"}), ONE, PASS),
        (walls(text=None), ONE, UNKNOWN),
        (walls(), replace(ONE, exploited=replace(ONE.exploited, as_of=TODAY - 30 * DAY)), PASS),
        (walls(), replace(ONE, exploited=replace(ONE.exploited, as_of=TODAY - 31 * DAY)), UNKNOWN),
        (walls(text="7.0.4"), replace(ONE, exploited=replace(ONE.exploited, as_of=TODAY - 31 * DAY)), UNKNOWN),
        (walls(answers={"FWL-007": "bad"}), ONE, FAIL),
        (walls(answers={"FWL-007": "partial"}), ONE, WARN),
        (Case(), ONE, UNKNOWN),
        (Case(answers={"FWL-007": "good"}), ONE, PASS),
        (Case(answers={"FWL-007": "good"}, answered_on=TODAY - 30 * DAY), ONE, PASS),
        (Case(answers={"FWL-007": "good"}, answered_on=TODAY - 31 * DAY), ONE, UNKNOWN),
    ],
)
def test_exploited_vulnerabilities(case: Case, known: Lists, expected: Outcome) -> None:
    """None, unverifiable, matched; a list of 31 days, an absent vendor and an untold version are never a pass."""
    assert judged("FWL-007", case, known) is expected


def test_an_old_list_still_says_what_it_names() -> None:
    """It clears nobody and convicts nobody, but the reader learns what to look at first."""
    old = replace(ONE, exploited=replace(ONE.exploited, as_of=TODAY - 31 * DAY))
    reason = finding("FWL-007", replace(walls(text="7.0.4"), books=Books(TODAY, old))).message
    assert (reason.id, reason.values["cves"]) == ("FWL.old_list_names", ("CVE-2026-0001",))


def test_one_firewall_that_cannot_be_told_keeps_the_others_from_passing() -> None:
    """A match is proof; a clean version of one firewall says nothing of another."""
    clean, hit = walls().devices[0], walls(text="7.0.4").devices[0]
    other = device("fw2", {facts.IDENTITY_PLATFORM: "other", facts.IDENTITY_OS_VERSION: "1"})
    assert judged("FWL-007", Case((clean, other)), ONE) is UNKNOWN
    assert judged("FWL-007", Case((hit, other)), ONE) is FAIL
    silent = device("fw3", silent=[facts.IDENTITY_OS_VERSION], role=Role.VPN)
    assert judged("FWL-007", Case((clean, silent)), ONE) is UNKNOWN


ENDS = (("box", "7.0", TODAY - DAY), ("box", "7.2", TODAY)), (("box", "B-?1.", TODAY - DAY),)


@pytest.mark.parametrize(
    ("case", "age", "expected"),
    [
        (walls(text="7.0.9"), 0, FAIL),
        (walls(text="7.0.9", answers={"FWL-006": "good"}), 0, FAIL),
        (walls(text="7.2.1", answers={"FWL-006": "good"}), 0, PASS),
        (walls(text="7.2.1", answers={"FWL-006": "partial"}), 0, WARN),
        (walls(text="7.2.1"), 0, UNKNOWN),
        (walls(text="7.2.1", model="B-12", answers={"FWL-006": "good"}), 0, FAIL),
        (walls(text="7.0.9", answers={"FWL-006": "good"}), 31, PASS),
        (walls(text="7.0.9"), 31, UNKNOWN),
        (walls(text="8.0", answers={"FWL-006": "bad"}), 0, FAIL),
        (Case(), 0, UNKNOWN),
    ],
)
def test_support_and_patches(case: Case, age: int, expected: Outcome) -> None:
    """Out of support by a current list, by version or model; patches and subscription must be answered."""
    known = lists(support=ENDS)
    assert judged("FWL-006", case, replace(known, support=replace(known.support, as_of=TODAY - age * DAY))) is expected


def test_the_shipped_lists_hold_together() -> None:
    """Dated, readable, every platform of a range is one of a product, and some known facts are right."""
    found = shipped()
    platforms = {platform for product in found.affected.products for platform in product.platforms}
    assert {platform for _, platform in found.affected.ranges} <= platforms
    assert all(first < fixed for rows in found.affected.ranges.values() for first, fixed in rows)
    assert "CVE-2018-13379" in (matches(found, "fortinet", "v6.0.4,build0231") or Matches()).hit
    assert matches(found, "fortinet", "v7.6.3,build3510") == Matches()
    assert "CVE-2024-20353" in (matches(found, "cisco_asa", "9.12(4)65") or Matches()).hit
    assert "CVE-2024-20353" not in (matches(found, "cisco_asa", "9.12(4)67") or Matches()).hit
    assert support_end(found, "fortinet", "7.0.14", "") == dt.date(2025, 9, 30)
    assert support_end(found, "cisco_asa", "9.16(4)", "ASA5516") == dt.date(2026, 8, 31)
    assert support_end(found, "vyos", "1.4", "") is None


def cisa(as_of: str = "2026-11-20", **more: Any) -> dict[str, Any]:
    """A list as CISA publishes it."""
    rows = [{"cveID": "CVE-2024-21762", "vendorProject": "Fortinet", "product": "FortiOS", "dateAdded": "2024-02-09"}]
    head = {"title": "CISA Catalog", "catalogVersion": "2026.11.20", "dateReleased": f"{as_of}T17:04:19.9796Z"}
    return head | {"count": len(rows), "vulnerabilities": rows} | more


def test_a_list_of_cisa_is_read() -> None:
    """Its day, its source and its entries."""
    found = parse(json.dumps(cisa()), TODAY)
    assert isinstance(found, Exploited)
    assert (found.as_of, found.source) == (dt.date(2026, 11, 20), "CISA KEV 2026.11.20")
    assert found.entries == (("CVE-2024-21762", "Fortinet", "FortiOS"),)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("", "lists.not_json"),
        ("[1, 2]", "lists.unknown"),
        ("{}", "lists.unknown"),
        ("[" * 100_000, "lists.not_json"),
        (json.dumps({"schema": ["x"]}), "lists.unknown"),
        (json.dumps(cisa("2026-99-99")), "lists.date"),
        (json.dumps(cisa(dateReleased=None)), "lists.date"),
        (json.dumps(cisa("2027-01-01")), "lists.future"),
        (json.dumps(cisa(count=2)), "lists.count"),
        (json.dumps(cisa(vulnerabilities=[], count=1)), "lists.count"),
        (json.dumps(cisa(vulnerabilities=[7])), "lists.entry"),
        (json.dumps(cisa(vulnerabilities=[{"cveID": "CVE-1"}])), "lists.entry"),
        (json.dumps(cisa(vulnerabilities=[{"cveID": "x", "vendorProject": "a", "product": "b"}])), "lists.entry"),
        (
            json.dumps({"schema": "auditor/support/1", "as_of": "2026-11-20", "models": [["a", "(", "2026-01-01"]]}),
            "lists.entry",
        ),
        (json.dumps({"schema": "auditor/support/1", "as_of": "2026-11-20", "branches": "x"}), "lists.entry"),
        (json.dumps({"schema": "auditor/support/1", "as_of": "2026-11-20", "branches": [["a", "7"]]}), "lists.entry"),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(text: str, id: str) -> None:
    """One clear reason each, whatever the file holds."""
    with pytest.raises(ListError) as caught:
        parse(text, TODAY)
    assert caught.value.message.id == id


texts = st.text(max_size=30)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["schema", "as_of", "entries", "branches", "models", "vulnerabilities", "cveID"]) | texts,
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(anything)
def test_no_file_breaks_the_reader(data: Any) -> None:
    """Any JSON is a list or is refused in one message."""
    with suppress(ListError):
        parse(json.dumps(data), TODAY)


def test_lists_are_written_and_read_back() -> None:
    """What was imported is what is used, hostile marks gone."""
    hostile = [{"cveID": "CVE-2026-1234", "vendorProject": "Ma\x1b[31mker\n", "product": "Box"}]
    found = parse(json.dumps(cisa(vulnerabilities=hostile, count=1)), TODAY)
    assert parse(written(found)) == found
    assert isinstance(found, Exploited)
    assert found.entries[0][1] == "Maker"
    assert parse(written(shipped().support)) == shipped().support


def test_only_a_newer_list_takes_the_place_of_another() -> None:
    """An old file does not undo a new one."""
    newer = written(Exploited(shipped().exploited.as_of + DAY, "newer", ()))
    older = written(Exploited(shipped().exploited.as_of - DAY, "older", ()))
    assert renewed(shipped(), [newer]).exploited.source == "newer"
    assert renewed(shipped(), [older]) == shipped()


def test_an_audit_keeps_the_lists_it_consulted() -> None:
    """What is judged again later consults the same lists, cut to the platforms of the site."""
    texts = cut(shipped(), ["fortinet"])
    again = of(texts)
    assert {vendor for _, vendor, _ in again.exploited.entries} == {"Fortinet"}
    assert matches(again, "fortinet", "6.0.4") == matches(shipped(), "fortinet", "6.0.4")
    assert matches(again, "cisco_asa", "9.8") is None
    case = walls(platform="fortinet", text="6.0.4")
    found = judge(case.reader().site, case.devices, id="a", at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC), window=60)
    assert found.lists == texts


def test_a_list_is_imported_and_used(tmp_path: Path) -> None:
    """`kev import` puts a list in use, says how old it is, and refuses an older one on one line."""
    file, today = tmp_path / "kev.json", dt.date.today()  # noqa: DTZ011 - the command's own clock
    file.write_text(json.dumps(cisa((today - DAY).isoformat())))
    assert "CISA KEV 2026.11.20" in auditor("kev", "import", file).out
    assert "CISA KEV 2026.11.20" in auditor("kev", "show").out
    file.write_text(json.dumps(cisa((today - 40 * DAY).isoformat())))
    assert "not older" in auditor("kev", "import", file).fault()
    assert "no such file" in auditor("kev", "import", tmp_path / "none.json").fault().lower()


def test_a_damaged_kept_list_is_named_and_can_be_replaced(tmp_path: Path) -> None:
    """It may hide a hole, so it stops the audit; an import puts it right."""
    home = tmp_path / "home"
    (home / shelf.FOLDER).mkdir(parents=True)
    kept = home / shelf.FOLDER / "exploited.json"
    kept.write_text("{")
    with pytest.raises(ListError) as caught:
        shelf.current(home)
    assert caught.value.message.values["file"] == str(kept)
    file = tmp_path / "kev.json"
    file.write_text(json.dumps(cisa()))
    shelf.keep(home, file, TODAY)
    assert shelf.current(home).exploited.as_of == dt.date(2026, 11, 20)


def test_an_answer_is_shown_with_its_day() -> None:
    """The helper's dates are those of the site file."""
    said = Case(answers={"FWL-007": "good"}, answered_on=TODAY).reader().site.answers["FWL-007"]
    assert said == Declared("good", "IT manager", TODAY)
