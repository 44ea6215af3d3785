"""One protocol, two stores: what holds for a client's file holds for a team's PostgreSQL, run here by ourselves."""

from __future__ import annotations

import datetime as dt
import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from auditor import visit
from auditor.model import Edit, Supposition
from auditor.seats.usage import Count, Interval
from auditor.store import Store, StoreError, Where, moving
from auditor.store.schema import MIGRATIONS
from auditor.store.team import TABLES, TeamPlace, place, translated
from tests.commands import auditor
from tests.test_store import AT, history, save
from tests.worked_audit import worked_audit

BIN = Path("/usr/lib/postgresql")
Open = Callable[[str], Where]


def _programs() -> Path | None:
    found = [path.parent for path in BIN.glob("*/bin/initdb")]
    return max(found, default=None) or (Path(which).parent if (which := shutil.which("initdb")) else None)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL of our own: no port, a socket in a folder that nobody else may enter; its URL."""
    pytest.importorskip("psycopg", reason="the extra [team] is not installed")
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL here")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        who: dict[str, int] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            who = {"user": nobody.pw_uid, "group": nobody.pw_gid}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        data = Path(folder) / "data"
        subprocess.run([programs / "initdb", "-D", data, "-U", "audit", "-A", "trust", "-E", "UTF8", "--no-sync"],
                       check=True, capture_output=True, cwd="/", **who)  # type: ignore[call-overload]  # fmt: skip
        command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **who) as running:  # type: ignore[call-overload]
            url = f"postgresql://audit@/postgres?host={folder}"
            for _ in range(100):
                ready = subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False, capture_output=True)
                if ready.returncode == 0:
                    break
                threading.Event().wait(0.1)
            yield url
            running.terminate()


@pytest.fixture(params=["files", "team"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Where the history of a client is: in a file, or in a schema of a team's database."""
    if request.param == "files":
        return lambda client: history(tmp_path, client)
    url = request.getfixturevalue("server")
    return lambda client: place(url, f"{client} {tmp_path.name}")


pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgres")]


def test_an_audit_is_found_again_with_its_evidence(where: Open) -> None:
    audit = worked_audit()
    with Store(where("A"), "A") as store:
        id = save(store, audit)
    with Store(where("A")) as store:
        (row,) = store.history()
        assert (row.id, row.client, row.site, row.seats, row.status) == (id, "A", audit.site.name, 15, "done")
        assert store.history("elsewhere") == ()
        assert store.load(id).headline == audit.headline
        assert store.load(id).devices == audit.devices
        assert {one.name: one for one in store.devices(id)} == {one.name: one for one in audit.devices}
        assert store.site_text(id) == "[site]"
        assert store.unfinished(audit.site.name) == ""


def test_a_published_result_never_changes(where: Open) -> None:
    audit = worked_audit()
    with Store(where("B"), "B") as store:
        id = save(store, audit)
        before = store.published(id)
        store.finish(replace(audit, id=id), {"other": 1})
        assert store.published(id) == before


def test_what_is_half_written_is_not_there(where: Open) -> None:
    """A device of an audit that does not exist: nothing of it is kept, and the store can be used afterwards."""
    audit = worked_audit()
    with Store(where("C"), "C") as store:
        with pytest.raises(StoreError):
            store.save_device("nothing", audit.devices[1])
        assert store.rows("evidence") == store.rows("device") == []
        assert save(store, audit)


def test_judgements_suppositions_and_samples_are_kept(where: Open) -> None:
    with Store(where("D"), "D") as store:
        for owner in ("it", "operator"):
            store.decide("Rennes", [Edit("VPN-002", "owner", owner, "me", AT)])
            store.suppose("Rennes", Supposition("more", {"vpn.sessions.licensed": 250}, owner, AT))
            store.samples.add("Rennes", "main", [Interval(AT, AT + dt.timedelta(minutes=1), 1, 2**40, owner)])
            store.samples.count("Rennes", Count(AT, 7))
            store.samples.begin("Rennes", AT, AT + dt.timedelta(hours=8))
        assert [edit.value for edit in store.edits("Rennes")] == ["operator"]
        assert [one.audit for one in store.suppositions("Rennes")] == ["operator"]
        assert len(store.samples.usage("Rennes")["main"]) == 2
        assert store.samples.counts("Rennes") == [Count(AT, 7)]
        assert store.drop_supposition("Rennes", "more")
        assert not store.drop_supposition("Rennes", "more")


def test_two_writers_lose_nothing(where: Open) -> None:
    """Two programs begin, save and finish audits at once: every id is another, every audit whole."""
    audit = worked_audit()
    Store(where("E"), "E").__exit__(None, None, None)
    wrong: list[BaseException] = []

    def write() -> None:
        try:
            with Store(where("E")) as own:
                for _ in range(4):
                    save(own, audit)
        except StoreError as error:
            wrong.append(error)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[0]
    with Store(where("E")) as store:
        rows = store.history()
        assert len({row.id for row in rows}) == 8
        assert all(len(store.devices(row.id)) == len(audit.devices) for row in rows)


def test_clients_are_apart(where: Open) -> None:
    with Store(where("F"), "F") as mine, Store(where("G"), "G") as other:
        save(mine, worked_audit())
        assert other.history() == ()
        assert (mine.client, other.client) == ("F", "G")
        assert mine.pseudonym_key != other.pseudonym_key


def test_what_is_deleted_is_gone(where: Open) -> None:
    with Store(where("H"), "H") as store:
        first, second = save(store, worked_audit()), save(store, worked_audit(), AT + dt.timedelta(days=1))
        store.forget([first])
        assert [row.id for row in store.history()] == [second]
        assert store.load(second).devices == worked_audit().devices
        store.forget([second], worked_audit().site.name)
        assert store.rows("evidence") == store.rows("asked") == store.rows("device") == []


# ---- the team's own ----


def test_histories_move_both_ways(server: str, tmp_path: Path) -> None:
    """Row by row the same, key of pseudonyms included; twice is once."""
    file, team, back = history(tmp_path), place(server, f"move {tmp_path.name}"), history(tmp_path / "back")
    with Store(file, "Atelier SA") as store:
        id = save(store, worked_audit())
        store.decide("Rennes", [Edit("VPN-002", "owner", "it", "me", AT)])
        key, rows = store.pseudonym_key, {table: sorted(store.rows(table)) for table in TABLES}
    assert moving.copied(file, team) == 1
    assert moving.copied(file, team) == 0
    assert moving.copied(team, back) == 1
    for target in (team, back):
        with Store(target) as store:
            assert store.pseudonym_key == key
            assert {table: sorted(store.rows(table)) for table in TABLES} == rows
            assert store.load(id).devices == worked_audit().devices


def test_the_store_is_chosen_by_its_url(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AUDITOR_STORE: audits go to the database, commands find them there, and no file is made."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path))
    monkeypatch.setenv("AUDITOR_STORE", server)
    audit = worked_audit()
    site = replace(audit.site, client=f"Team {tmp_path.name}")
    with visit.Place.of(tmp_path, site).store() as store:
        assert isinstance(store.where, TeamPlace)
        id = save(store, replace(audit, site=site), AT + dt.timedelta(days=3))
    assert not list(tmp_path.rglob("*.sqlite"))
    assert id in auditor("history", site.name).out
    last = visit.last_audit(tmp_path, site)
    assert last is not None
    assert last.id == id
    assert auditor("report", id, "--format", "json", "--out", tmp_path / "out").code == 0
    assert "1 audits copied" in auditor("history", "--copy-to", "files").out
    assert len(list(tmp_path.rglob("*.sqlite"))) >= 1


def test_a_password_in_the_url_is_never_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is not there: one line, exit 2, no secret."""
    pytest.importorskip("psycopg")
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path))
    monkeypatch.setenv("AUDITOR_STORE", "postgresql://audit:Tr0ub4dor@127.0.0.1:1/nothing")
    said = auditor("history").fault()
    assert "team's store" in said
    assert "Tr0ub4dor" not in said
    assert "Tr0ub4dor" not in repr(place("postgresql://audit:Tr0ub4dor@127.0.0.1:1/nothing", "A"))


def test_the_tables_are_the_same_in_both(server: str, tmp_path: Path) -> None:
    """No statement of a migration is left in SQLite's own words, and each table is copied."""
    statements = [statement for script in MIGRATIONS for statement in translated(script)]
    assert not [one for one in statements if any(word in one for word in ("STRICT", "ROWID", "BLOB"))]
    made = {one.split()[2] for one in statements if one.startswith("CREATE TABLE")}
    assert made == set(TABLES)
    with Store(place(server, f"again {tmp_path.name}"), "A"):
        pass
    with Store(place(server, f"again {tmp_path.name}")) as store:
        assert store.client == "A"
