"""The demo on the screens: a network that stays up, and a site file of its own that may be edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.screens.services import KnownSite
from auditor.service import Service
from auditor.store import home_folder
from auditor.values import Absent
from tests.worked_audit import worked_audit

pytestmark = pytest.mark.slow


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path))
    service = Service("en", 8.0)
    yield service
    service.close()


def test_the_demo_is_edited_on_a_file_of_its_own(service: Service) -> None:
    """What is edited lasts for the run, no list of sites remembers the file, and nothing is left of it at the end."""
    with service.demo() as site:
        path = service.site_path(replace(worked_audit(), site=site))
    assert isinstance(path, Path)
    service.forms.change(path, "people.headcount", "130")
    with service.demo() as again:
        assert again.people.headcount == 130
        assert again.targets == site.targets
    assert service.sites() == []
    assert not (home_folder() / "sites.json").exists()
    service.close()
    assert not path.parent.exists()
    assert isinstance(service.site_path(replace(worked_audit(), site=site)), Absent)


def test_the_demo_looks_around_its_own_loopback_alone(service: Service) -> None:
    """The networks of the company are somebody's real ones: no address of theirs is offered, or accepted."""
    with service.demo() as site:
        path = service.site_path(replace(worked_audit(), site=site))
    assert isinstance(path, Path)
    offered = service.forms.form(path).site.networks
    assert {address.split(".")[0] for address in offered} == {"127"}
    with pytest.raises(ValueError, match=r"10\.20\.0\.0/16"):
        service.forms.contacts(path, "10.20.0.0/16", "", "en")
    assert service.forms.contacts(path, ", ".join(offered), "", "en")[-1].endswith("Nothing was sent.")


def test_a_client_of_the_same_name_keeps_his_own_file(service: Service, tmp_path: Path) -> None:
    """The demo lends its file to no audit but its own."""
    with service.demo() as site:
        other = replace(site, client="Another SA")
    assert isinstance(service.site_path(replace(worked_audit(), site=other)), Absent)
    assert KnownSite(other.client, other.name).path is service.site_path(replace(worked_audit(), site=other))
