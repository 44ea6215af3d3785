"""The history: what is saved, found again, resumed, and refused with a clear line."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from auditor import desk
from auditor.model import Audit, Device, Edit, Supposition
from auditor.reports.export import audit_json
from auditor.store import MIGRATIONS, Store, StoreError, client_folder, clients, find, home_folder
from auditor.texts import Texts
from auditor.values import ABSENT, Value
from tests.worked_audit import worked_audit

AT = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.UTC)
TEXTS = Texts("en", {})


def history(tmp_path: Path, client: str = "Atelier SA") -> Path:
    return client_folder(tmp_path, client) / "history.sqlite"


def save(store: Store, audit: Audit, at: dt.datetime = AT) -> str:
    id = store.begin(audit.site, "[site]", at, "0.1.0")
    for device in audit.devices:
        store.save_device(id, device)
    one = replace(audit, id=id, at=at)
    store.finish(one, audit_json(one, TEXTS))
    return id


def test_an_audit_is_found_again_with_its_evidence(tmp_path: Path) -> None:
    """Headline, devices and the redacted answers come back as they were saved."""
    audit = worked_audit()
    with Store(history(tmp_path), "Atelier SA") as store:
        id = save(store, audit)
    with Store(history(tmp_path)) as store:
        (row,) = store.history()
        assert (row.id, row.client, row.site, row.seats, row.required, row.status) == (
            id, "Atelier SA", audit.site.name, 15, 110, "done",
        )  # fmt: skip
        read = store.load(id)
        assert read.headline == audit.headline
        assert [device.evidence for device in read.devices] == [device.evidence for device in audit.devices]
        assert store.site_text(id) == "[site]"


def test_an_interrupted_audit_can_be_resumed(tmp_path: Path) -> None:
    """Devices are saved as they finish; what was told by then is there."""
    audit = worked_audit()
    with Store(history(tmp_path), "Atelier SA") as store:
        id = store.begin(audit.site, "", AT, "0.1.0")
        store.save_device(id, audit.devices[0])
    with Store(history(tmp_path)) as store:
        assert store.unfinished(audit.site.name) == id
        (device,) = store.devices(id)
        assert device == audit.devices[0]
        assert store.history()[0].seats is ABSENT


def test_a_published_result_never_changes(tmp_path: Path) -> None:
    """Finishing a finished audit again is without effect."""
    audit = worked_audit()
    with Store(history(tmp_path), "Atelier SA") as store:
        id = save(store, audit)
        other = replace(audit, id=id, headline=replace(audit.headline, seats=99))
        store.finish(other, audit_json(other, TEXTS))
        assert store.load(id).headline.seats == 15


def test_two_audits_in_one_second_have_two_ids(tmp_path: Path) -> None:
    """Ids never collide."""
    audit = worked_audit()
    with Store(history(tmp_path), "Atelier SA") as store:
        assert len({store.begin(audit.site, "", AT, "0.1.0") for _ in range(3)}) == 3


def test_latest_is_of_the_only_site_or_of_the_named_one(tmp_path: Path) -> None:
    """With several sites a name is asked for."""
    audit = worked_audit()
    with Store(history(tmp_path), "Atelier SA") as store:
        save(store, audit)
        newest = save(store, audit, AT + dt.timedelta(days=1))
    assert find(tmp_path, "latest")[1] == newest
    with Store(history(tmp_path, "Other"), "Other") as store:
        save(store, replace(audit, site=replace(audit.site, name="Lyon", client="Other")))
    assert len(clients(tmp_path)) == 2
    with pytest.raises(StoreError) as caught:
        find(tmp_path, "latest")
    assert caught.value.message.id == "store.which_site"
    assert find(tmp_path, "latest", "Lyon")[0] == history(tmp_path, "Other")
    with pytest.raises(StoreError):
        find(tmp_path, "nothing")
    with pytest.raises(StoreError) as caught:
        find(tmp_path, "latest", "Brest")
    assert caught.value.message.values["site"] == "Brest"


def test_the_demo_is_found_by_its_id_and_never_taken_for_a_client() -> None:
    """`latest` is the client's audit where there is one; the demo's id, which the history lists, opens the demo's."""
    audit = worked_audit()
    with Store(history(desk.demo_home()), "Atelier SA") as store:
        demo = save(store, audit, AT + dt.timedelta(days=1))
    assert desk.load("latest").id == demo
    with Store(history(home_folder(), "Real"), "Real") as store:
        real = save(store, replace(audit, site=replace(audit.site, client="Real", name="Lyon")))
    assert desk.load("latest").id == real
    assert desk.load(demo).id == demo
    assert desk.load("latest", audit.site.name).id == demo


def test_clients_never_share_a_file(tmp_path: Path) -> None:
    """Names that look alike when made plain have folders of their own."""
    assert client_folder(tmp_path, "A/B") != client_folder(tmp_path, "A.B")


def test_a_history_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """It is left as it is, with a clear line."""
    path = history(tmp_path)
    Store(path, "Atelier SA").__exit__(None, None, None)
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert caught.value.message.id == "store.newer"


def test_a_file_that_is_no_history_is_refused(tmp_path: Path) -> None:
    """Bytes that are no database give one clear line."""
    path = history(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert caught.value.message.id == "store.unusable"


def test_a_damaged_result_is_named(tmp_path: Path) -> None:
    """The audit is named; the file stays usable."""
    with Store(history(tmp_path), "Atelier SA") as store:
        id = save(store, worked_audit())
    with sqlite3.connect(history(tmp_path)) as db:
        db.execute("UPDATE audit SET result = x'00'")
    db.close()
    with Store(history(tmp_path)) as store, pytest.raises(StoreError) as caught:
        store.load(id)
    assert caught.value.message.id == "store.damaged"


def test_two_writers_do_not_lose_a_device(tmp_path: Path) -> None:
    """Two programs save at the same time; both are there afterwards."""
    audit, path = worked_audit(), history(tmp_path)
    with Store(path, "Atelier SA") as store:
        id = store.begin(audit.site, "", AT, "0.1.0")

    def write(devices: tuple[Device, ...]) -> None:
        with Store(path) as own:
            for device in devices:
                own.save_device(id, device)

    half = len(audit.devices) // 2
    threads = [threading.Thread(target=write, args=(part,)) for part in (audit.devices[:half], audit.devices[half:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Store(path) as store:
        assert len(store.devices(id)) == len(audit.devices)


def test_judgements_are_kept_apart_from_facts(tmp_path: Path) -> None:
    """An owner survives from one audit to the next; the latest word counts."""
    with Store(history(tmp_path), "Atelier SA") as store:
        first, last = (Edit("VPN-002", "owner", owner, "me", AT) for owner in ("it", "operator"))
        store.decide("Rennes", [first, Edit("VPN-004", "status", "done", "", AT)])
        store.decide("Rennes", [last])
        assert store.edits("Rennes") == (last, Edit("VPN-004", "status", "done", "", AT))
        assert store.edits("Lyon") == ()
        store.decide("Rennes", [], taken_back=[("VPN-004", "status")])
        assert store.edits("Rennes") == (last,)


def test_a_what_if_is_kept_beside_the_facts(tmp_path: Path) -> None:
    """Its changes come back exactly; the same name is replaced; dropping one tells whether it was there."""
    changes: dict[str, Value] = {
        "demand.overhead": Fraction(22, 20), "tunnel.bypass": ("video", "web"), "vpn.sessions.licensed": 250,
        "tunnel.mode": "split", "vpn.pair": True,
    }  # fmt: skip
    with Store(history(tmp_path), "Atelier SA") as store:
        store.suppose("Rennes", Supposition("all split", {"tunnel.mode": "full"}, "a1", AT))
        store.suppose("Rennes", Supposition("all split", changes, "a2", AT))
        assert store.suppositions("Rennes") == (Supposition("all split", changes, "a2", AT),)
        assert store.suppositions("Lyon") == ()
        assert store.drop_supposition("Rennes", "all split")
        assert not store.drop_supposition("Rennes", "all split")


def test_a_what_if_of_another_version_is_left_out(tmp_path: Path) -> None:
    """Changes that cannot be read are not shown as something else."""
    path = history(tmp_path)
    with Store(path, "Atelier SA") as store:
        store.suppose("Rennes", Supposition("good", {"vpn.sessions.licensed": 250}, "a1", AT))
    db = sqlite3.connect(path)
    with db:
        db.execute("INSERT INTO supposition VALUES ('Rennes', 'odd', '[1, 2]', 'a1', ?)", (AT.isoformat(),))
        db.execute("INSERT INTO supposition VALUES ('Rennes', 'worse', '{', 'a1', ?)", (AT.isoformat(),))
    db.close()
    with Store(path) as store:
        assert [row.name for row in store.suppositions("Rennes")] == ["good"]


def test_a_history_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    """Its judgements stay; what-ifs can be kept in it from now on."""
    path = history(tmp_path)
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    db.executescript(f"BEGIN; {MIGRATIONS[0]} PRAGMA user_version = 1; COMMIT;")
    db.execute("INSERT INTO edit VALUES ('Rennes', 'VPN-002', 'owner', 'it', 'me', ?)", (AT.isoformat(),))
    db.commit()
    db.close()
    with Store(path, "Atelier SA") as store:
        assert store.edits("Rennes") == (Edit("VPN-002", "owner", "it", "me", AT),)
        store.suppose("Rennes", Supposition("more", {"vpn.sessions.licensed": 250}, "a1", AT))
        assert len(store.suppositions("Rennes")) == 1


def test_the_key_of_pseudonyms_stays_the_same(tmp_path: Path) -> None:
    """The same extension has the same pseudonym at the next audit of the client, another one elsewhere."""
    with Store(history(tmp_path), "Atelier SA") as store:
        key = store.pseudonym_key
    with Store(history(tmp_path)) as store:
        assert store.pseudonym_key == key
    with Store(history(tmp_path, "Other"), "Other") as store:
        assert store.pseudonym_key != key


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine reads a client's history."""
    with Store(history(tmp_path), "Atelier SA") as store:
        assert store.path.stat().st_mode & 0o077 == 0


def test_evidence_is_kept_once(tmp_path: Path) -> None:
    """The same answer in two audits takes its room once."""
    with Store(history(tmp_path), "Atelier SA") as store:
        save(store, worked_audit())
        save(store, worked_audit(), AT + dt.timedelta(days=1))
    with sqlite3.connect(history(tmp_path)) as db:
        (kept,) = db.execute("SELECT count(*) FROM evidence").fetchone()
        (asked,) = db.execute("SELECT count(*) FROM asked").fetchone()
    db.close()
    assert asked >= 2 * kept
    assert json.dumps(kept)
