"""Nothing of one client is reachable from another's file, list, report or bundle, whatever their sites are called."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from auditor import visit
from auditor.model import Audit, Edit
from auditor.store import Store, client_folder
from tests.commands import auditor
from tests.test_store import AT, history, save
from tests.worked_audit import worked_audit

CLIENTS = ("Atelier SA", "Atelier S.A.", "atelier sa", "Atelier/SA", "../Atelier SA", "Zoé & fils", "Zoe fils", "")


def of(client: str) -> Audit:
    """The same site, word for word, of another client."""
    audit = worked_audit()
    return replace(audit, site=replace(audit.site, client=client))


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Two clients with a site of the same name, each with an audit and a judgement; ids by client."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path))
    found = {}
    for number, client in enumerate(("First SA", "Second SA")):
        with Store(history(tmp_path, client), client) as store:
            found[client] = save(store, of(client), AT.replace(hour=9 + number))
            store.decide(worked_audit().site.name, [Edit("VPN-002", "owner", f"boss of {client}", "me", AT)])
    return found


def test_each_client_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """However alike the names, and whatever stands in them: one folder each, all of them below the home."""
    folders = {client_folder(tmp_path, client) for client in CLIENTS}
    assert len(folders) == len(CLIENTS)
    assert {folder.parent for folder in folders} == {tmp_path / "clients"}


def test_no_octet_of_one_client_is_in_the_file_of_another(tmp_path: Path, two: dict[str, str]) -> None:
    """Neither name, nor id, nor judgement; pseudonyms are made with another key."""
    for mine, other in (("First SA", "Second SA"), ("Second SA", "First SA")):
        octets = b"".join(path.read_bytes() for path in history(tmp_path, mine).parent.iterdir())
        assert mine.encode() in octets
        assert other.encode() not in octets
        assert two[other].encode() not in octets
    keys = []
    for client in two:
        with Store(history(tmp_path, client)) as store:
            keys.append(store.pseudonym_key)
            assert store.client == client
    assert keys[0] != keys[1]


def test_the_last_audit_of_a_site_is_its_own_clients(tmp_path: Path, two: dict[str, str]) -> None:
    """Two sites of one name: each finds its own, and a third client's finds none."""
    for client, id in two.items():
        last = visit.last_audit(tmp_path, of(client).site)
        assert last is not None
        assert (last.id, last.site.client) == (id, client)
    assert visit.last_audit(tmp_path, of("Third SA").site) is None


def test_a_name_that_two_clients_use_is_asked_about(two: dict[str, str]) -> None:
    """`latest` without a site is ambiguous, and so is deleting everything of a name that two clients have."""
    assert auditor("report", "latest").code == 2
    assert "Several clients" in auditor("report", "latest", "--site", worked_audit().site.name).fault()
    ended = auditor("history", worked_audit().site.name, "--everything", "--yes")
    assert ended.code == 2
    assert "First SA" in ended.err
    assert len(auditor("history", "--json").json["audits"]) == 2


def test_two_clients_are_never_compared(two: dict[str, str]) -> None:
    """The same site name does not make them one site."""
    assert "two sites" in auditor("compare", *two.values()).fault()


def test_a_bundle_and_a_report_name_one_client(two: dict[str, str], tmp_path: Path) -> None:
    """No part of a bundle, and no report, holds the other's name or judgement."""
    bundle, out = tmp_path / "first.zip", tmp_path / "out"
    assert auditor("bundle", two["First SA"], bundle).code == 0
    with zipfile.ZipFile(bundle) as archive:
        bodies = [archive.read(name) for name in archive.namelist()]
    assert auditor("report", two["First SA"], "--format", "json,html,csv", "--out", out).code == 0
    bodies += [path.read_bytes() for path in out.rglob("*") if path.is_file()]
    assert any(b"First SA" in body for body in bodies)
    assert any(b"boss of First SA" in body for body in bodies)
    assert not [body for body in bodies if b"Second SA" in body]


def test_deleting_of_one_client_leaves_the_other(tmp_path: Path, two: dict[str, str]) -> None:
    before = history(tmp_path, "Second SA").read_bytes()
    assert auditor("history", "--delete", two["First SA"], "--yes").code == 0
    assert history(tmp_path, "Second SA").read_bytes() == before
    with Store(history(tmp_path, "Second SA")) as store:
        assert [row.id for row in store.history()] == [two["Second SA"]]
