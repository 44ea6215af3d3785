"""What is never lost: an edit beside another, an audit that crashed, a site's file, one audit with two programs."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.audit import Manner, collect
from auditor.collectors.hostkeys import HostKeyFile, refuse
from auditor.collectors.transport import Credential, Secret
from auditor.declared import sitebook, siteforms
from auditor.declared.siteedit import Change, apply
from auditor.service import Service
from auditor.site import Declared
from auditor.sitefile import parse, read
from auditor.store import StoreError, home_folder
from auditor.values import Message
from auditor.visit import Place, held_alone, now_at
from tests.history import saved
from tests.test_screens_site import SITE
from tests.worked_audit import SITE as WORKED

TODAY = dt.date(2026, 11, 26)


def test_edits_at_the_same_time_all_stand(tmp_path: Path) -> None:
    """Two programs answer different questions of one file at once: no answer is lost, and no comment."""
    file = tmp_path / "site.toml"
    file.write_text(SITE)
    names = [f"link.main.{what}" for what in ("committed_down_bps", "committed_up_bps", "used_down_bps", "used_up_bps")]

    def answer(name: str) -> None:
        apply(file, Change(declared={name: Declared(1_000_000, "IT", TODAY, "")}))

    threads = [threading.Thread(target=answer, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    site, text = read(file)
    assert set(names) <= set(site.declared)
    assert "# The consultant's own words stay." in text


def test_one_audit_is_written_by_one_program(tmp_path: Path) -> None:
    """Who comes second is told, and may go on once the first has ended."""
    busy = Message("store.busy", {"site": "Rennes"})
    with held_alone(tmp_path / "a.lock", busy), pytest.raises(StoreError) as fault:  # noqa: SIM117 - the second holder
        with held_alone(tmp_path / "a.lock", busy):
            raise AssertionError("two hold it")
    assert fault.value.message is busy
    with held_alone(tmp_path / "a.lock", busy):
        assert (tmp_path / "a.lock").exists()


def test_a_crashed_audit_is_offered_with_the_last_figures(tmp_path: Path) -> None:
    """The list shows what the last whole audit said, that a newer one did not end, and where the file stands."""
    whole = saved()
    file = tmp_path / "site.toml"
    file.write_text(SITE.replace("Atelier Rennes", WORKED.name).replace("Atelier SA", WORKED.client))
    service = Service("en", 3.0)
    service.open_site(file)
    with Place.of(home_folder(), WORKED).store() as store:
        store.begin(WORKED, "[site]", now_at(WORKED), "0.1.0")
    (known,) = service.sites()
    assert (known.audit, known.seats, known.interrupted) == (whole.id, whole.headline.seats, True)
    assert known.path == file


def test_the_book_of_sites_survives_its_own_damage(tmp_path: Path) -> None:
    """A damaged list is an empty one; the last opened stands first, once."""
    assert sitebook.known(tmp_path) == ()
    for name in ("a.toml", "b.toml", "a.toml"):
        sitebook.remember(tmp_path, tmp_path / name)
    assert [path.name for path in sitebook.known(tmp_path)] == ["a.toml", "b.toml"]
    (tmp_path / sitebook.NAME).write_text("{damaged")
    assert sitebook.known(tmp_path) == ()


def test_a_file_that_cannot_be_read_stays_in_the_list_with_its_reason(tmp_path: Path) -> None:
    """It is neither hidden nor fatal."""
    file = tmp_path / "broken.toml"
    file.write_text("[site")
    sitebook.remember(home_folder(), file)
    (known,) = Service("en", 3.0).sites()
    assert "not valid TOML" in known.fault


@pytest.mark.parametrize(
    ("place", "text", "line"),
    [
        ("link[0].committed_down_bps", "20 Mbit/s", "committed_down_bps = 20000000"),
        ("people.concurrency", "82,5 %", "concurrency = 0.825"),
        ("people.profiles", "office 60%, vdi 40%", "profiles = { office = 0.6, vdi = 0.4 }"),
        ("site.networks", "10.0.0.0/8; 192.0.2.0/24", 'networks = ["10.0.0.0/8", "192.0.2.0/24"]'),
        ("plan.start", "1/12/2026", "start = 2026-12-01"),
        ("device[0].ssh", "ssh:audit:ssh-main", 'ssh = { user = "audit", credential = "ssh-main" }'),
    ],
)
def test_what_is_typed_is_written_as_people_write_it(place: str, text: str, line: str) -> None:
    """Units, percentages, lists and days in; TOML out, with every other line as it was."""
    before = SITE
    after = siteforms.changed(before, place, siteforms.value_of(siteforms.field_at(place), text))
    assert line in after
    assert parse(after)
    assert set(before.splitlines()) - set(after.splitlines()) <= {
        line for line in before.splitlines() if "networks" in line
    }


def test_an_access_keeps_the_keys_that_are_not_typed() -> None:
    """Another credential does not reset the port."""
    after = siteforms.changed(
        SITE, "device[0].snmp", siteforms.value_of(siteforms.field_at("device[0].snmp"), "snmp2c:x")
    )
    snmp = parse(after).targets[0].snmp
    assert snmp is not None
    assert (snmp.credential, snmp.port) == ("x", 1161)


def test_a_table_is_taken_out_with_its_lines_alone() -> None:
    """The comments of the next table stay with it."""
    more = siteforms.with_link(SITE, "backup")
    assert [link.name for link in parse(more).links] == ["main", "backup"]
    assert siteforms.without(more, "link", 1).split() == SITE.split()


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("people.headcount", "many"), ("people.headcount", "²"), ("people.concurrency", "101%"),
        ("plan.start", "31/02/2026"), ("link[0].committed_up_bps", "20"), ("device[0].role", "toaster"),
        ("device[0].snmp", "public"), ("people.profiles", "sales 100%"), ("site.secret", "x"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_before_the_file_is_touched(place: str, text: str) -> None:
    """With a reason; nothing raises anything else."""
    with pytest.raises(siteforms.FieldError):
        siteforms.value_of(siteforms.field_at(place), text)


async def test_a_held_audit_asks_nothing_and_a_device_can_be_asked_again() -> None:
    """The second device waits while the audit is held; the first is asked once more, and the last answer stands."""
    first, second = (replace(target, snmp=None, ssh=None) for target in WORKED.targets[:2])
    asked, released, told = list[str](), list[bool](), list[str]()

    def held() -> bool:
        told.append("turn")
        return len(told) > 1 and not released

    def again() -> tuple[str, ...]:
        if released or first.name not in asked:
            return ()
        assert asked == [first.name]
        released.append(True)
        return (first.name,)

    manner = Manner(held=held, again=again, save=lambda device: asked.append(device.name))
    site = replace(WORKED, targets=(first, second))
    found = await collect(site, lambda name, target: Credential(Secret("")), HostKeyFile(Path("none"), refuse), manner)
    assert sorted(asked) == sorted([first.name, first.name, second.name])
    assert [device.name for device in found] == [first.name, second.name]
