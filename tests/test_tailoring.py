"""A client's profile: what it may change, how each change is recorded and judged by, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from auditor import facts
from auditor.audit import judge
from auditor.declared.tailoring import domains, parse, read, tailored
from auditor.model import Audit, Origin, Outcome
from auditor.reports.export import audit_json
from auditor.seats.inputs import gather
from auditor.site import Change, People, Site
from auditor.sitefile import SiteFileError
from auditor.visit import open_site
from auditor.wording import texts
from tests.checking import AT, FAIL, PASS, device

FILE = """
by = "security officer"
on = 2026-11-20
reason = "agreed at the kick-off"

[thresholds]
"VPN-015.pass" = 0.2
"VPN-015.warn" = { value = 0.4, by = "IT manager", reason = "licences arrive late here" }

[weights]
"HOM-009" = 10
LNK = 20

[parameters]
"link.target_use" = 0.8
"demand.video_in_call" = 0.1
"""
SITE = """
[site]
name = "Lab"
client = "Lab"
profile = "client.toml"

[people]
headcount = 120
eligible = 110
"""


def by_name(changes: tuple[Change, ...]) -> Mapping[str, Change]:
    return {change.name: change for change in changes}


def test_every_change_says_who_decided_when_and_why() -> None:
    """A line of its own, or the head of the file."""
    found = by_name(parse(FILE, "/x/client.toml"))
    assert found["VPN-015.pass"] == Change(
        "VPN-015.pass", Fraction(2, 10), Fraction(7, 10), "security officer", dt.date(2026, 11, 20),
        "agreed at the kick-off", "client.toml",
    )  # fmt: skip
    assert (found["VPN-015.warn"].by, found["VPN-015.warn"].reason) == ("IT manager", "licences arrive late here")
    assert (found["weight.HOM-009"].value, found["weight.HOM-009"].default) == (10, 6)
    assert (found["weight.LNK"].value, found["weight.LNK"].default) == (20, 15)
    assert (found["link.target_use"].value, found["link.target_use"].default) == (Fraction(8, 10), Fraction(7, 10))


def test_what_equals_the_default_is_no_change() -> None:
    """A profile that repeats the catalogue changes nothing."""
    assert parse('by = "a"\n[thresholds]\n"LNK-003.pass" = 0.5\n[weights]\nLNK = 15\n') == ()


def test_the_catalogue_and_the_domains_follow() -> None:
    """Limits and weights are those of the client; nothing else moves."""
    changes = parse(FILE)
    check = {check.id: check for check in tailored(changes)}
    assert check["VPN-015"].limits == {"pass": Fraction(2, 10), "warn": Fraction(4, 10)}
    assert check["HOM-009"].weight == 10
    assert domains(changes)["LNK"] == 20
    assert tailored(()) == tuple({check.id: check for check in tailored(())}.values())
    unmoved = {check.id: check for check in tailored(())}
    moved = {id for id in check if (check[id].limits, check[id].weight) != (unmoved[id].limits, unmoved[id].weight)}
    assert moved == {"VPN-015", "HOM-009"}


@pytest.mark.parametrize(
    ("text", "id", "line"),
    [
        ("[thresholds]\n", "site.missing", 0),
        ('by = "a"\n[thresholds]\n"LNK-099.pass" = 1\n', "profile.no_check", 3),
        ('by = "a"\n[thresholds]\n"LNK-003.fail" = 1\n', "profile.no_limit", 3),
        ('by = "a"\n[thresholds]\n"LNK-003.pass" = "x"\n', "site.kind", 3),
        ('by = "a"\n[thresholds]\n"LNK-003.pass" = -1\n', "site.range", 3),
        ('by = "a"\n[thresholds]\n"LNK-003.pass" = 0.9\n', "profile.order", 3),
        ('by = "a"\n[thresholds]\n"VPN-002.warn" = 2\n', "profile.order", 3),
        ('by = "a"\n[thresholds]\n"LNK-003.pass" = { value = 0.4, why = "x" }\n', "site.unknown", 3),
        ('by = "a"\n[weights]\n"LNK-003" = 0\n', "profile.weight", 3),
        ('by = "a"\n[weights]\n"LNK-003" = 11\n', "profile.weight", 3),
        ('by = "a"\n[weights]\nXYZ = 3\n', "profile.no_weight", 3),
        ('by = "a"\n[parameters]\n"vpn.sessions.licensed" = 500\n', "profile.no_parameter", 3),
        ('by = "a"\n[parameters]\n"link.target_use" = 1.5\n', "profile.value", 3),
        ('by = "a"\n[parameters]\n"link.target_use" = nan\n', "site.not_toml", 0),
        ('by = "a"\n[tresholds]\n', "site.unknown_near", 2),
        ("by = ", "site.not_toml", 0),
    ],
)
def test_what_cannot_be_changed_is_refused_with_its_line(text: str, id: str, line: int) -> None:
    """One reason each; a fact is no parameter, a pass is not easier than a warning, no weight is zero."""
    with pytest.raises(SiteFileError) as caught:
        parse(text, "client.toml")
    assert (caught.value.reason.id, caught.value.line) == (id, line)


def judged(changes: tuple[Change, ...]) -> Audit:
    told = device(
        "fw", {facts.VPN_SESSIONS_PEAK: 30, facts.VPN_SESSIONS_LICENSED: 50, facts.VPN_SESSIONS_PLATFORM_MAX: 250}
    )
    site = Site("Lab", "Lab", People(120, 110), changes=changes)
    return judge(site, [told], id="a", at=AT, window=60)


def outcome(audit: Audit, id: str) -> Outcome:
    return next(finding.outcome for finding in audit.findings if finding.id == id)


def test_an_audit_is_judged_by_the_client_s_thresholds_and_says_so() -> None:
    """60 % of the licences in use pass by the catalogue and fail by this client; the audit tells both figures."""
    assert outcome(judged(()), "VPN-015") is PASS
    audit = judged(parse(FILE, "client.toml"))
    assert outcome(audit, "VPN-015") is FAIL
    told = json.loads(json.dumps(audit_json(audit, texts("en"))))
    change = next(row for row in told["changes"] if row["name"] == "VPN-015.pass")
    assert change == {
        "name": "VPN-015.pass", "value": 0.2, "default": 0.7, "by": "security officer", "on": "2026-11-20",
        "reason": "agreed at the kick-off", "file": "client.toml",
    }  # fmt: skip
    assert audit.score.domains != judged(()).score.domains


def test_a_changed_parameter_is_an_assumption_with_its_author() -> None:
    """It takes the place of the default, stays assumed, and gives way to what somebody declares of the site."""
    figures = gather(Site("Lab", "Lab", People(120, 110), changes=parse(FILE, "client.toml")), ())
    chosen = figures["link.target_use"]
    assert (chosen.value, chosen.default, chosen.origin) == (Fraction(8, 10), Fraction(7, 10), Origin.ASSUMED)
    assert chosen.sources == ("security officer", "2026-11-20", "client.toml")
    told = json.loads(json.dumps(audit_json(judged(parse(FILE, "client.toml")), texts("en"))))
    row = next(row for row in told["assumptions"] if row["input"] == "link.target_use")
    assert (row["value"], row["default"], row["changed_by"]) == (0.8, 0.7, "security officer")


def test_the_site_file_names_the_profile_beside_it(tmp_path: Path) -> None:
    """A relative path; a file that is not there is one clear fault."""
    (tmp_path / "site.toml").write_text(SITE)
    with pytest.raises(SiteFileError):
        open_site(tmp_path / "site.toml")
    (tmp_path / "client.toml").write_text(FILE)
    site, _ = open_site(tmp_path / "site.toml")
    assert site.changes == read(tmp_path / "client.toml")
    assert len(site.changes) == 6
