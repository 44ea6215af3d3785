"""A whole audit as lines of text, for a screen reader or a pipe: no sign, no colour and no column carries a meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.clean import line, plain
from auditor.commands.planning import plan_lines
from auditor.desk import headline_lines
from auditor.model import Audit, Beyond, Origin, Outcome, Resource
from auditor.texts import Texts
from auditor.values import N_, Absent

VERDICTS: Final = {
    Outcome.FAIL: N_("failed"),
    Outcome.WARN: N_("warning"),
    Outcome.NOT_MEASURED: N_("not measured"),
    Outcome.PASS: N_("passed"),
    Outcome.NOT_APPLICABLE: N_("not applicable"),
}
ORIGINS: Final = {
    Origin.MEASURED: N_("measured"),
    Origin.DECLARED: N_("declared"),
    Origin.ASSUMED: N_("assumed"),
    Origin.UNKNOWN: N_("not known"),
}
BEYOND: Final = {Beyond.REFUSES: N_("beyond that: refusals"), Beyond.DEGRADES: N_("beyond that: degraded service")}


def audit_lines(audit: Audit, t: Texts) -> Iterator[str]:
    """The audit from its headline to what was not measured, as the screens show it; safe whatever a device said."""
    yield from map(plain, _said(audit, t))


def _said(audit: Audit, t: Texts) -> Iterator[str]:
    yield t("Audit of {site}, {client}, {at:datetime}", site=audit.site.name, client=audit.site.client, at=audit.at)
    if audit.interrupted:
        yield t("This audit was interrupted: it rests on what was collected until then.")
    yield from headline_lines(audit, t)
    yield from _score(audit, t)
    yield from _headed(t("People each resource carries"), (_resource(one, t) for one in audit.resources))
    yield from _headed(t("Devices"), _devices(audit, t))
    yield from _headed(t("Findings"), _findings(audit, t))
    yield ""
    yield from plan_lines(audit, t)
    gaps = (
        f"{_title(gap.what, t)}: {line(t.say(gap.why))} {line(t.say(gap.how_to_lift))}" for gap in audit.not_measured
    )
    yield from _headed(t("Not measured"), gaps)


def _headed(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    yield ""
    yield f"{title} ({len(found)})"
    yield from (f"  {one}" for one in found)


def _score(audit: Audit, t: Texts) -> Iterator[str]:
    score = audit.score
    if isinstance(score.value, Absent):
        yield t("Readiness not rated: too little is known.")
    else:
        yield t("Readiness {score:0}/100 ({grade})", score=score.value, grade=score.grade)
    yield ", ".join(
        (
            t("proven {proven:0}, possible {possible:0}", proven=score.proven, possible=score.possible),
            t("coverage {share}", share=t.percent(score.coverage)),
            t("confidence {share}", share=t.percent(score.confidence)),
        )
    )


def _resource(one: Resource, t: Texts) -> str:
    seats = t("not known") if isinstance(one.seats, Absent) else t.number(one.seats)
    return _named(line(t.name(one.id)), f"{seats}, {t(ORIGINS[one.origin])}, {t(BEYOND[one.beyond])}", t)


def _devices(audit: Audit, t: Texts) -> Iterator[str]:
    for device in audit.devices:
        told = t.plural("{count} fact", "{count} facts", len(device.readings))
        gaps = t.plural("{count} question unanswered", "{count} questions unanswered", len(device.gaps))
        yield _named(line(device.name), f"{told}, {gaps}", t)
        yield from (f"  {line(t.say(problem))}" for problem in device.problems)


def _findings(audit: Audit, t: Texts) -> Iterator[str]:
    """Failed before warned before unknown before passed; each with its severity and its sentence."""
    order = list(VERDICTS)
    for one in sorted(audit.findings, key=lambda f: (order.index(f.outcome), -f.severity.weight, f.id)):
        severity = t.name(f"severity.{one.severity.value}")
        said = f"{_title(one.id, t)}. {line(t.say(one.message))}"
        text = _named(f"{one.id} {t(VERDICTS[one.outcome])}, {severity}", said, t)
        yield text if one.accepted is None else f"{text} {line(t.say(one.accepted))}"


def _named(name: str, text: str, t: Texts) -> str:
    return t("{name}: {text}", name=name, text=text)


def _title(id: str, t: Texts) -> str:
    return line(t.words(f"{id}.title") if t.known(f"{id}.title") else t.name(id))
