"""Bundles: one audit in one file, judged again elsewhere; whatever is changed in the file is seen and named."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from auditor import audit, desk
from auditor.bundles import container, contents, signature
from auditor.bundles.container import BundleError
from auditor.bundles.replaying import replayed
from auditor.model import Audit, Device, Edit, Figure, Origin
from auditor.reports.export import audit_json
from auditor.reports.pdf import write_pdf
from auditor.site import Declared, Link, People, Site, Target
from auditor.values import Message, Value
from auditor.visit import Place
from auditor.wording import texts
from tests.commands import auditor
from tests.replay import replay_folder

RECORDINGS = Path(__file__).parent / "recordings"
AT = dt.datetime(2026, 11, 24, 14, 2, tzinfo=dt.timezone(dt.timedelta(hours=1)))
DAY = dt.date(2026, 11, 24)


def judged(devices: Sequence[Device], name: str = "Rennes", language: str = "en") -> Audit:
    """An audit of a site with these devices, some declarations, and the use of its link sampled over days."""
    people = People(120, 110, profiles={"office": Fraction(7, 10), "vdi": Fraction(3, 10)}, phone_share=Fraction(4, 5))
    site = Site(
        name=name,
        client="Atelier SA",
        people=people,
        language=language,
        timezone="Europe/Paris",
        networks=("10.20.0.0/16",),
        links=(Link("main", devices[0].name, committed_down_bps=20_000_000, committed_up_bps=10_000_000),),
        targets=tuple(Target(device.name, device.target) for device in devices),
        declared={"homes.share": Declared(Fraction(82, 100), "survey", DAY, "survey.csv")},
        answers={"RES-002": Declared("bad", "IT manager", DAY)},
        plan_start=dt.date(2026, 12, 1),
    )
    values: dict[str, Value] = {
        "link": "main",
        "days": 6,
        "hour": 10,
        "until": 11,
        "first": DAY,
        "last": DAY,
        "seconds": 3600,
    }
    used = Figure("link.main.used_down_bps", 9_100_000, Origin.MEASURED, "bit/s", sources=("graphs",),
                  note=Message("note.history", values))  # fmt: skip
    return audit.judge(site, devices, id="20261124-140200-rennes", at=AT, window=60, history=(used,))


def saved(result: Audit, home: Path) -> Audit:
    """The audit in its client's history, as a visit saves it."""
    with Place.of(home, result.site).store() as store:
        id = store.begin(result.site, f'[site]\nname = "{result.site.name}"\n', AT, "0.1.0")
        for device in result.devices:
            store.save_device(id, device)
        one = replace(result, id=id)
        store.finish(one, audit_json(one, texts(result.site.language)))
    return one


@pytest.fixture(scope="module")
def small() -> Audit:
    folder = RECORDINGS / "ups"
    return judged([asyncio.run(replay_folder(one)) for one in sorted(folder.iterdir())[:1]])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def filed(small: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one saved audit, and beside it the bundle that the command made of it."""
    folder = tmp_path_factory.mktemp("filed")
    saved(small, folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_HOME", str(folder / "home"))
        ended = auditor("bundle", "latest", folder / "visit.zip")
    assert ended.code == 0, ended
    return folder


@pytest.fixture
def bundle(filed: Path, home: Path, tmp_path: Path) -> Path:
    """That bundle, in a folder of the test's own, with the history it came from."""
    shutil.copytree(filed / "home", home)
    return Path(shutil.copy(filed / "visit.zip", tmp_path / "visit.zip"))


def fault(path: Path) -> Message:
    with pytest.raises(BundleError) as caught:
        contents.contents_of(container.read(path)[1], path)
    return caught.value.message


def rezipped(path: Path, change: Callable[[dict[str, bytes]], None], **extra: bytes) -> Path:
    """The bundle packed again by another program, with other parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    other = path.with_name("other.zip")
    with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {**parts, **extra}.items():
            archive.writestr(name, body)
    return other


# ---- replay ----


@pytest.mark.slow
def test_a_bundle_is_judged_again_to_the_byte(bundle: Path, home: Path, tmp_path: Path) -> None:
    """Without the history it came from: the same PDF and JSON as `report` writes, and it is said."""
    assert auditor("report", "latest", "--format", "pdf,json", "--out", tmp_path / "report").code == 0
    shutil.rmtree(home)
    ended = auditor("replay", bundle, "--out", tmp_path / "again")
    assert ended.code == 0, ended
    assert "the same audit" in ended.err
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir() if path.is_file()}
        for name in ("report", "again")
    )
    assert sorted(Path(name).suffix for name in first) == [".json", ".pdf"]
    assert first == second
    assert json.loads(auditor("replay", bundle, "--json").out) == json.loads(
        next(body for name, body in first.items() if name.endswith(".json"))
    )
    assert not home.exists(), "a replay leaves nothing behind"


@pytest.mark.slow
def test_a_signed_off_report_is_replayed_with_the_same_name_on_it(bundle: Path, tmp_path: Path) -> None:
    """A consultant's `report.toml` given to both: the same PDF to the byte, and not that of nobody."""
    brand = tmp_path / "report.toml"
    brand.write_text('[consultant]\nname = "Conseil Martin"\n', encoding="utf-8")
    assert auditor("report", "latest", "--out", tmp_path / "report", "--brand", brand).code == 0
    for name, words in (("again", ("--brand", brand)), ("plain", ())):
        assert auditor("replay", bundle, "--format", "pdf", "--out", tmp_path / name, *words).code == 0
    one, again, plain = (next((tmp_path / name).glob("*.pdf")).read_bytes() for name in ("report", "again", "plain"))
    assert one == again != plain


def test_the_same_audit_gives_the_same_bundle(bundle: Path, tmp_path: Path) -> None:
    """Written twice, the file is the same to the byte; the first is never overwritten."""
    assert auditor("bundle", "latest", tmp_path / "twice.zip").code == 0
    assert (tmp_path / "twice.zip").read_bytes() == bundle.read_bytes()
    assert "exists already" in auditor("bundle", "latest", bundle).fault()


def test_what_people_decided_since_goes_along(small: Audit, home: Path, tmp_path: Path) -> None:
    """An owner set after the audit stands in the replayed plan; the published result does not change."""
    one = saved(small, home)
    action = one.plan[0].id
    with Place.of(home, one.site).store() as store:
        store.decide(one.site.name, [Edit(action, "owner", "Ms Martin", "boss", AT)])
    assert auditor("bundle", one.id, tmp_path / "v.zip").code == 0
    ended = auditor("replay", tmp_path / "v.zip", "--json")
    assert ended.code == 0, ended
    assert {row["id"]: row["owner_role"] for row in ended.json["plan"]}[action] == "Ms Martin"
    _, parts = container.read(tmp_path / "v.zip")
    published = json.loads(parts["audit.json"])
    assert "Ms Martin" not in [row["owner_role"] for row in published["plan"]]


def test_another_version_writes_both_side_by_side(bundle: Path, tmp_path: Path) -> None:
    """What was published by an older version, and what this one judges, in folders of their own."""
    _, parts = container.read(bundle)
    told = json.loads(parts["audit.json"])
    told["record"]["version"] = told["version"] = "0.0.9"
    changed = next(row for row in told["record"]["findings"] if row["outcome"] == "fail")
    changed["outcome"], changed["message"]["id"] = "pass", changed["id"] + ".pass"
    other = {name: body for name, body in parts.items() if name != container.MANIFEST}
    other["audit.json"] = json.dumps(told).encode()
    older = tmp_path / "older.zip"
    container.write(older, container.packed(other, container.manifest_of(other, {"version": "0.0.9"})))
    ended = auditor("replay", older, "--out", tmp_path / "out", "--format", "json")
    assert ended.code == 0, ended
    assert "Published by version 0.0.9" in ended.err
    verdicts = {}
    for side in ("published", "today"):
        (path,) = (tmp_path / "out" / side).glob("*.json")
        rows = json.loads(path.read_text(encoding="utf-8"))["findings"]
        verdicts[side] = next(row["verdict"] for row in rows if row["id"] == changed["id"])
    assert verdicts == {"published": "pass", "today": "fail"}
    assert f"  {changed['id']}  " in ended.err


def test_a_result_that_the_same_version_does_not_judge_is_exit_1(bundle: Path, tmp_path: Path) -> None:
    """Somebody who packs a better result anew, digests and all, is found out by judging again."""
    _, parts = container.read(bundle)
    other = {name: body for name, body in parts.items() if name != container.MANIFEST}
    told = json.loads(other["audit.json"])
    told["record"]["headline"]["seats"] = 110
    other["audit.json"] = json.dumps(told).encode()
    forged = tmp_path / "forged.zip"
    container.write(forged, container.packed(other, container.manifest_of(other, {"version": "0.1.0"})))
    ended = auditor("replay", forged, "--json")
    assert ended.code == 1, ended
    assert "not the same: headline" in ended.err


# ---- what is changed is seen ----


def test_every_changed_byte_is_seen_and_named(bundle: Path, tmp_path: Path) -> None:
    """At 150 places and at both ends: the fault names the part whose octets these are, or the ZIP around them."""
    whole = bundle.read_bytes()
    with zipfile.ZipFile(bundle) as archive:
        spans = {
            entry.filename: (entry.header_offset + 30 + len(entry.filename), entry.compress_size)
            for entry in archive.infolist()
        }
    places = [*range(4), *range(len(whole) - 30, len(whole)), *random.Random(9).sample(range(len(whole)), 150)]
    other, named = tmp_path / "flipped.zip", 0
    for place in places:
        body = bytearray(whole)
        body[place] ^= 1 << place % 8
        other.write_bytes(bytes(body))
        message = fault(other)
        inside = [name for name, (start, size) in spans.items() if start <= place < start + size - 1]
        if inside and "part" in message.values and message.values["part"] != "ZIP":
            assert message.values["part"] == inside[0], place
            named += 1
    assert named > 50


def test_a_changed_part_is_named(bundle: Path) -> None:
    """A verdict made better by an archive tool: the part is named, exit 2."""

    def better(parts: dict[str, bytes]) -> None:
        parts["audit.json"] = parts["audit.json"].replace(b'"fail"', b'"pass"', 1)

    said = auditor("replay", rezipped(bundle, better)).fault()
    assert "audit.json was changed" in said


def test_a_missing_part_is_named(bundle: Path) -> None:
    def without(parts: dict[str, bytes]) -> None:
        del parts["facts.json"]

    assert fault(rezipped(bundle, without)).values["part"] == "facts.json"


def test_a_part_too_many_is_named(bundle: Path) -> None:
    extra = {"evidence/" + "0" * 64 + ".txt": b"more"}
    assert fault(rezipped(bundle, lambda parts: parts.update(extra))).id == "bundle.strange"


def test_a_bundle_packed_again_is_not_as_it_was_written(bundle: Path) -> None:
    """The same parts in another ZIP: its manifest is no longer sealed."""
    message = fault(rezipped(bundle, lambda parts: None))
    assert (message.id, message.values["part"]) == ("bundle.changed", "ZIP")


# ---- hostile files ----


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "evidence/../site.toml", "C:\\x", "a\x1b[2J"])
def test_a_path_out_of_the_bundle_is_refused(bundle: Path, name: str) -> None:
    """Nothing is unpacked to a disk, and the name is shown without what it could do to a terminal."""
    message = fault(rezipped(bundle, lambda parts: parts.update({name: b"x"})))
    assert message.id == "bundle.strange"
    assert "\x1b" not in str(message.values)


def test_a_zip_bomb_is_refused(bundle: Path, tmp_path: Path) -> None:
    """By the size it declares; and by what comes out of it where it declares less."""
    bomb = rezipped(bundle, lambda parts: parts.update({"facts.json": b"0" * (container.MOST_PART + 1)}))
    assert fault(bomb).id == "bundle.too_big"
    body = bytearray(bomb.read_bytes())
    told = (container.MOST_PART + 1).to_bytes(4, "little")
    at = body.find(told)
    while at >= 0:
        body[at : at + 4] = (1000).to_bytes(4, "little")
        at = body.find(told, at + 1)
    bomb.write_bytes(bytes(body))
    assert fault(bomb).id in ("bundle.part", "bundle.too_big")


@pytest.mark.slow
def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(container.MOST_PARTS + 1):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
    assert fault(path).id == "bundle.too_many"


@pytest.mark.parametrize("body", [b"", b"PK", b"not a zip" * 50, b"PK\x05\x06" + bytes(18)])
def test_what_is_no_bundle_is_one_line(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "no.zip"
    path.write_bytes(body)
    assert "no.zip" in auditor("replay", path).fault()
    assert "absent.zip" in auditor("replay", tmp_path / "absent.zip").fault()


def test_a_bundle_of_a_newer_version_is_refused(bundle: Path, tmp_path: Path) -> None:
    _, parts = container.read(bundle)
    other = {name: body for name, body in parts.items() if name != container.MANIFEST}
    path = tmp_path / "newer.zip"
    container.write(path, container.packed(other, container.manifest_of(other, {"version": "99.0"})))
    assert "newer version" in auditor("replay", path).fault()


@pytest.mark.parametrize("body", [b"[" * 100_000, b"{}", b"\xff\xfe", b"[1]", b"null", b"{"])
def test_parts_that_mean_nothing_are_named(bundle: Path, body: bytes) -> None:
    """Sealed and digested, and yet no facts: the fault names the part."""
    _, parts = container.read(bundle)
    for part in ("facts.json", "site.json", "history.json", "decisions.json", "audit.json", "lists.json"):
        with pytest.raises(BundleError) as caught:
            contents.contents_of({**parts, part: body}, bundle)
        assert caught.value.message.values["part"] == part


def test_an_audit_json_holds_no_evidence(small: Audit, tmp_path: Path) -> None:
    """A file of the report cannot be bundled: the answers of the devices are not in it."""
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(audit_json(small, texts("en"))), encoding="utf-8")
    assert "name an audit of the history" in auditor("bundle", path, tmp_path / "b.zip").fault()


def test_a_full_disk_leaves_no_half_bundle(tmp_path: Path) -> None:
    """What cannot be written to its end is taken away again, and said."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(BundleError):
        container.write(tmp_path / "no" / "folder.zip", b"x")
    (tmp_path / "full.zip").symlink_to("/dev/full")
    with pytest.raises(BundleError):
        container.write(tmp_path / "full.zip", b"x")


# ---- signatures ----


@pytest.fixture
def key(tmp_path: Path) -> Path:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no ssh-keygen here")
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path


def test_a_signed_bundle_says_who_signed(bundle: Path, key: Path, tmp_path: Path) -> None:
    """By name where the reader knows the key, by its print where not; by nobody known, it is refused."""
    signed = tmp_path / "signed.zip"
    assert auditor("bundle", "latest", signed, "--sign", key).code == 0
    signers = tmp_path / "signers"
    signers.write_text(f"consultant@example.org {key.with_suffix('.pub').read_text()}", encoding="utf-8")
    assert "Signed by consultant@example.org" in auditor("replay", signed, "--json", "--signers", signers).err
    assert "Signed by SHA256:" in auditor("replay", signed, "--json").err
    signers.write_text("", encoding="utf-8")
    assert "may sign" in auditor("replay", signed, "--signers", signers).fault()
    assert "not signed" in auditor("replay", bundle, "--signers", signers).fault()


def test_a_signature_of_other_parts_is_refused(bundle: Path, key: Path) -> None:
    made = signature.sign(b"one manifest", key)
    with pytest.raises(BundleError) as caught:
        signature.signer(b"another manifest", made, None)
    assert caught.value.message.id == "bundle.bad_signature"


def test_a_key_that_is_none_is_one_line(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "nokey").write_text("nothing", encoding="utf-8")
    assert "cannot be signed" in auditor("bundle", "latest", tmp_path / "s.zip", "--sign", tmp_path / "nokey").fault()
    assert not (tmp_path / "s.zip").exists()


# ---- every recording ----

GROUPS = 3


def recorded(group: int) -> list[Path]:
    folders = sorted(path for path in RECORDINGS.glob("*/*") if path.is_dir())
    return folders[group::GROUPS]


@pytest.mark.slow
@pytest.mark.parametrize("group", range(GROUPS))
def test_an_audit_of_recordings_is_replayed_to_the_byte(group: int, tmp_path: Path) -> None:
    """Every recorded device is in one of these audits: saved, bundled, judged again; PDF and JSON are the same."""
    devices = [
        replace(asyncio.run(replay_folder(folder)), name=f"{folder.parent.name}-{folder.name}"[:60])
        for folder in recorded(group)
    ]
    language = ("en", "fr")[group % 2]
    one = saved(judged([_renamed(device) for device in devices], f"Site {group}", language), tmp_path)
    with Place.of(tmp_path, one.site).store() as store:
        loaded, published, text = store.load(one.id), store.published(one.id), store.site_text(one.id)
    found = contents.of_audit(loaded, published, text, (), DAY)
    parts = contents.parts_of(found)
    container.write(tmp_path / "b.zip", container.packed(parts, container.manifest_of(parts, {})))
    again = replayed(contents.contents_of(container.read(tmp_path / "b.zip")[1], tmp_path / "b.zip"))
    assert again.differs == ()
    assert desk.as_json(one, language) == desk.as_json(again.today, language)
    for name, result in (("live.pdf", one), ("again.pdf", again.today)):
        write_pdf(result, texts(language), tmp_path / name)
    assert (tmp_path / "live.pdf").read_bytes() == (tmp_path / "again.pdf").read_bytes()


def _renamed(device: Device) -> Device:
    """A device whose readings, gaps and evidence carry its own name."""
    name = device.name
    return replace(
        device,
        readings=tuple(replace(row, device=name) for row in device.readings),
        gaps=tuple(replace(row, device=name) for row in device.gaps),
        conflicts=tuple(replace(row, device=name) for row in device.conflicts),
        evidence=tuple(replace(row, device=name) for row in device.evidence),
    )
