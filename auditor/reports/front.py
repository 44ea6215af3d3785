"""Page two: what the report holds, and what it is about: site, people, access, who spoke, what is left out."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import Flowable, Spacer

from auditor.declared.brand import Brand, said
from auditor.model import Audit, Outcome
from auditor.reports import phrases
from auditor.reports.contents import Contents
from auditor.reports.edition import Edition
from auditor.reports.styles import STYLES, Cell, Title, fresh_page, grid, para
from auditor.site import Link
from auditor.texts import Texts
from auditor.values import Absent

MOST_LINKS, MOST_ROLES, MOST_NAMES = 8, 12, 12


def front(audit: Audit, texts: Texts, edition: Edition) -> list[Flowable]:
    """The contents, then the context and the scope."""
    rows: list[list[Cell]] = [[name, told] for name, told in context(audit, texts, edition.brand) if told]
    return [
        *fresh_page(),
        Title(_title(audit, texts), "context"),
        para(texts("Contents"), STYLES.head),
        Contents(),
        Spacer(0, 6),
        para(texts("Context and scope"), STYLES.head),
        grid([texts("what"), texts("at this site")], rows, [24, 76]),
    ]


def _title(audit: Audit, texts: Texts) -> str:
    """The message of the page: how much was looked at."""
    devices = sum(1 for device in audit.devices if device.status != "failed")
    judged = sum(1 for f in audit.findings if f.outcome in (Outcome.PASS, Outcome.WARN, Outcome.FAIL))
    if not devices and not judged:
        return texts("No device could be read, and no check be judged")
    read = texts.plural("{count} device was read", "{count} devices were read", devices)
    checks = texts.plural("{count} check was judged", "{count} checks were judged", judged)
    return texts("{read}, {checks}, for {people} people", read=read, checks=checks, people=audit.headline.headcount)


def context(audit: Audit, texts: Texts, brand: Brand) -> Iterator[tuple[str, str]]:
    """What a reader must know to read the figures, each under its name; "" for what does not apply."""
    site, people = audit.site, audit.site.people
    yield texts("client and site"), f"{site.client} · {site.name}"
    yield texts("mandate"), said(brand.mandate, texts.language)
    yield texts("scope agreed"), said(brand.scope, texts.language)
    yield texts("window agreed"), said(brand.window, texts.language)
    yield (
        texts("people"),
        texts(
            "{headcount} in all, {eligible} eligible; required at the same time: {required} ({share})",
            headcount=people.headcount,
            eligible=people.eligible,
            required=audit.headline.required,
            share=texts.percent(people.concurrency * 100),
        ),
    )
    yield texts("work"), _mix(audit, texts)
    yield texts("architecture"), _architecture(audit, texts)
    yield texts("internet access"), _links(site.links, texts)
    yield texts("networks inside"), phrases.listed(site.networks, MOST_NAMES, texts)
    yield texts("audit"), _visit(audit, texts)
    yield texts("who answered"), _who(audit, texts)
    yield texts("left out"), _excluded(audit, texts)
    yield texts("on devices"), _untouched(audit, texts)


def _mix(audit: Audit, texts: Texts) -> str:
    names = {"office": texts("office work"), "vdi": texts("virtual desktop"), "files": texts("large files")}
    parts = [f"{names.get(name, name)} {texts.percent(share * 100)}" for name, share in
             audit.site.people.profiles.items() if share]  # fmt: skip
    for name, told in (
        (texts("video"), audit.site.people.video_share),
        (texts("telephone"), audit.site.people.phone_share),
    ):
        parts += [] if isinstance(told, Absent) else [f"{name} {texts.percent(told * 100)}"]
    return ", ".join(parts)


def _architecture(audit: Audit, texts: Texts) -> str:
    """The profile, and what was given as proof of what the site does without."""
    names = {"site": texts("servers on site"), "hybrid": texts("site and cloud"), "cloud": texts("cloud alone")}
    proofs = [
        f"{texts.input(name)}: {phrases.yes_no(str(told.value), texts)}"
        + (f" ({told.document})" if told.document else "")
        for name, told in audit.site.declared.items() if name.startswith("proof.")
    ]  # fmt: skip
    return "; ".join([names[audit.site.architecture], *proofs])


def _links(links: tuple[Link, ...], texts: Texts) -> str:
    told = [_link(link, texts) for link in links[:MOST_LINKS]]
    more = len(links) - MOST_LINKS
    return "; ".join(told + ([texts("{more} more", more=more)] if more > 0 else []))


def _link(link: Link, texts: Texts) -> str:
    use = texts("active") if link.use == "active" else texts("backup")
    rates = [
        texts.rate(rate) for rate in (link.committed_down_bps, link.committed_up_bps) if not isinstance(rate, Absent)
    ]
    return ", ".join([f"{link.name} ({use})", *([" / ".join(rates)] if rates else [])])


def _visit(audit: Audit, texts: Texts) -> str:
    at = phrases.local(audit, audit.at)
    return texts("{day}; rates sampled over {window}", day=texts.datetime(at), window=texts.duration(audit.window_s))


def _who(audit: Audit, texts: Texts) -> str:
    """The roles that answered, with how many answers each; never a person."""
    counts: dict[str, int] = {}
    for row in audit.said:
        counts[row.said.by or texts("not said")] = counts.get(row.said.by or texts("not said"), 0) + 1
    told = [f"{who} ({texts.number(number)})" for who, number in sorted(counts.items())]
    return phrases.listed(told, MOST_ROLES, texts)


def _excluded(audit: Audit, texts: Texts) -> str:
    """What the figures do not cover."""
    failed = [device.name for device in audit.devices if device.status == "failed"]
    none = sum(1 for finding in audit.findings if finding.outcome is Outcome.NOT_APPLICABLE)
    parts = [
        texts("devices that did not answer: {names}", names=phrases.listed(failed, MOST_NAMES, texts))
        if failed else "",
        texts.plural("{count} check does not apply here", "{count} checks do not apply here", none) if none else "",
        texts.plural("{count} action is left out of the plan", "{count} actions are left out of the plan",
                     len(audit.left_out)) if audit.left_out else "",
    ]  # fmt: skip
    return "; ".join(part for part in parts if part)


def _untouched(audit: Audit, texts: Texts) -> str:
    """That the audit only read, and how many devices prove it."""
    proven = sum(1 for device in audit.devices if device.untouched and all(mark.same for mark in device.untouched))
    if not audit.devices:
        return ""
    if not proven:
        return texts("read only: nothing was changed")
    return texts.plural(
        "read only: nothing was changed; {count} device proves it by the mark of its configuration, before and after",
        "read only: nothing was changed; {count} devices prove it by the mark of their configuration, before and after",
        proven,
    )
