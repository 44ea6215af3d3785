"""`auditor bundle` and `auditor replay`: a visit in one file, and the whole audit judged again from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import UNDER, Fault, brand_option, cli, language_option, plain_faults, words

if TYPE_CHECKING:
    from auditor.bundles.contents import Contents
    from auditor.bundles.replaying import Replay
    from auditor.model import Audit
    from auditor.reports.edition import Edition
    from auditor.texts import Texts


@cli.command()
@click.argument("audit_id", metavar="AUDIT")
@click.argument("file", metavar="FILE.zip", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--site", default="", help="With `latest`: of this site.")
@click.option("--sign", "key", type=click.Path(path_type=Path, dir_okay=False), metavar="KEY",
              help="Sign with this SSH key (`ssh-keygen -Y`).")  # fmt: skip
@language_option
@plain_faults
def bundle(audit_id: str, file: Path, site: str, key: Path | None, language: str) -> None:
    """Write the redacted evidence of AUDIT (an id, or `latest`), its facts, answers and result into FILE.zip."""
    from auditor import __version__
    from auditor.bundles import container, contents, signature

    found = _bundled(audit_id, site)
    parts = contents.parts_of(found)
    manifest = container.manifest_of(parts, _about(found, __version__))
    signed = signature.sign(manifest, key) if key else b""
    container.write(file, container.packed(parts, manifest, signed))
    t = words(language)
    click.echo(t("Written: {file}", file=str(file)))
    click.echo(t("{count} parts; manifest.json has the SHA-256 {digest}.", count=len(parts),
                 digest=container.digest(manifest)))  # fmt: skip


def _bundled(audit_id: str, site: str) -> Contents:
    """What is bundled of a saved audit, with what people decided about its site up to now."""
    from auditor import desk, visit
    from auditor.bundles import contents
    from auditor.bundles.container import BundleError
    from auditor.store import Store

    if desk.is_file(audit_id):
        raise BundleError("bundle.a_file", file=audit_id)
    path, id = desk.locate(audit_id, site)
    with Store(path) as store:
        audit = store.load(id)
        edits = store.edits(audit.site.name)
        return contents.of_audit(
            audit, store.published(id), store.site_text(id), edits, visit.now_at(audit.site).date()
        )


def _about(found: Contents, version: str) -> Mapping[str, object]:
    """What the manifest says before its parts."""
    audit = found.audit
    return {
        "audit": audit.id,
        "client": audit.site.client,
        "site": audit.site.name,
        "at": audit.at.isoformat(),
        "bundled_on": found.day.isoformat(),
        "version": version,
        "audited_by": audit.version,
        "catalogue": audit.catalogue,
    }


# ---- replay ----


@cli.command()
@click.argument("file", metavar="FILE.zip", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format", "formats", default="", metavar="LIST", help="pdf, html, xlsx, csv, json.  [default: pdf,json]"
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the report (new).")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the audit JSON on stdout; files only with --out or --format."
)
@click.option("--signers", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Refuse a bundle that nobody in this file signed (`ssh-keygen`'s allowed signers).")  # fmt: skip
@brand_option
@language_option
@plain_faults
def replay(
    file: Path,
    formats: str,
    out: Path | None,
    as_json: bool,
    signers: Path | None,
    brand_file: Path | None,
    language: str,
) -> None:
    """Judge the audit of a bundle again, without a network, and write its report.

    The same version of the product gives the same report to the byte. Another one writes what was published and what
    it judges today side by side, and says what moved. Exit 1 when the same version judges otherwise.
    """
    from auditor import desk
    from auditor.reports.edition import Edition

    t = words(language)
    wanted = _formats(formats or "pdf,json", t)
    found, signed_by = _opened(file, signers)
    chosen = language or found.published.site.language
    if as_json:
        click.echo(desk.as_json(found.today, chosen), nl=False)
    if not as_json or out or formats:
        edition = Edition(brand=desk.branded(brand_file))
        for path in _written(found, wanted, out, chosen, edition):
            click.echo(t("Written: {file}", file=str(path)), err=as_json)
    for line in _told(found, signed_by, t):
        click.echo(line, err=True)
    if found.same_version and found.differs:
        raise SystemExit(UNDER)


def _opened(file: Path, signers: Path | None) -> tuple[Replay, str]:
    """The bundle judged again, and who signed it ("" where nobody did and nobody had to)."""
    from auditor.bundles import container, contents, replaying, signature

    manifest, parts = container.read(file)
    version = str(manifest.get("version", ""))[:40]
    if replaying.is_newer(version):
        raise container.BundleError("bundle.newer", file=str(file), version=version)
    signed_by = ""
    if container.SIGNATURE in parts:
        signed_by = signature.signer(parts[container.MANIFEST], parts[container.SIGNATURE], signers)
    elif signers is not None:
        raise container.BundleError("bundle.unsigned", file=str(file))
    return replaying.replayed(contents.contents_of(parts, file)), signed_by


def _written(found: Replay, formats: tuple[str, ...], out: Path | None, language: str, edition: Edition) -> list[Path]:
    """The report; two of them in folders of their own where the published one is another."""
    from auditor import desk

    folder = desk.free_folder(out, found.today.site)
    if not found.differs and found.same_version:
        return desk.write_report(found.today, formats, folder, language, edition)
    return [
        *desk.write_report(found.published, formats, folder / "published", language, edition),
        *desk.write_report(found.today, formats, folder / "today", language, edition),
    ]


def _told(found: Replay, signed_by: str, t: Texts) -> Iterator[str]:
    """What the replay showed: the same audit, or what moved and why."""
    from auditor import desk
    from auditor.commands.comparing import comparison_lines
    from auditor.compare import compare

    before, today = found.published, found.today
    whose = before.site
    yield t("{client} · {site}, audit {id} of {at:date}", client=whose.client, site=whose.name, id=before.id,
            at=before.at.date())  # fmt: skip
    if signed_by:
        yield t("Signed by {signer}; every part is as it was signed.", signer=signed_by)
    if not found.differs:
        yield t("Judged again from its evidence without a network: the same audit.")
    elif found.same_version:
        yield t("Judged again by the same version, and not the same: {parts:list}.", parts=found.differs)
    else:
        yield t("Published by version {then}, judged again by {now}: the site is the same, the rules moved.",
                then=before.version, now=today.version)  # fmt: skip
        yield from comparison_lines(compare(before, today), t)
    yield from desk.headline_lines(today, t)


# ---- judged again, in the history ----


@cli.command()
@click.argument("audit_id", metavar="AUDIT")
@click.option("--site", default="", help="With `latest`: of this site.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write both reports into this folder.")
@click.option("--format", "formats", default="pdf,json", show_default=True, metavar="LIST", help="With --out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@language_option
@plain_faults
def rejudge(audit_id: str, site: str, out: Path | None, formats: str, as_json: bool, language: str) -> None:
    """Read the kept answers of AUDIT again with today's parsers and rules, beside what was published.

    The published result never changes: nothing is saved.
    """
    from auditor import desk
    from auditor.bundles.replaying import judged_again
    from auditor.commands.comparing import comparison_lines
    from auditor.compare import compare

    t, wanted = words(language), _formats(formats, words(language))
    found = judged_again(_bundled(audit_id, site), reading_anew=True)
    if out is not None:
        chosen = language or found.published.site.language
        for name, result in (("published", found.published), ("today", found.today)):
            for path in desk.write_report(result, wanted, out / name, chosen):
                click.echo(t("Written: {file}", file=str(path)), err=True)
    if as_json:
        click.echo(json.dumps(_rejudged(found, t), ensure_ascii=False, indent=1))
        return
    click.echo(t("Published by version {then} (catalogue {old}), judged today by {now} (catalogue {new}).",
                 then=found.published.version, old=found.published.catalogue, now=found.today.version,
                 new=found.today.catalogue))  # fmt: skip
    click.echo("\n".join(comparison_lines(compare(found.published, found.today), t)))


def _rejudged(found: Replay, t: Texts) -> dict[str, Any]:
    """Both sides in short, and what moved between them."""
    from auditor.compare import compare
    from auditor.reports.comparison import comparison_json

    return {
        "schema": "auditor/rejudge/1",
        "audit": found.published.id,
        "published": _side(found.published),
        "today": _side(found.today),
        "comparison": comparison_json(compare(found.published, found.today), t),
    }


def _side(audit: Audit) -> dict[str, Any]:
    from auditor.values import Absent

    seats, value = audit.headline.seats, audit.score.value
    return {
        "version": audit.version,
        "catalogue": audit.catalogue,
        "required": audit.headline.required,
        "grade": audit.score.grade,
        **({} if isinstance(seats, Absent) else {"seats": seats}),
        **({} if isinstance(value, Absent) else {"score": float(value)}),
    }


def _formats(text: str, t: Texts) -> tuple[str, ...]:
    """The forms of a report that are wanted; a form that nobody knows is a fault."""
    from auditor import desk

    wanted = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := [part for part in wanted if part not in desk.FORMATS]:
        raise Fault(t("No report format is called “{name}”; there are {known:list}.", name=unknown[0],
                      known=desk.FORMATS))  # fmt: skip
    return wanted
