"""`auditor plan` and `auditor what-if`: what to do and by when, what was decided about it, and what would be if."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import Fault, cli, language_option, plain_faults, words

if TYPE_CHECKING:
    from fractions import Fraction

    from auditor.actions import Action, Amount
    from auditor.model import Audit, Headline
    from auditor.planning.decisions import Wish
    from auditor.planning.whatif import Answer, WhatIf
    from auditor.store import Store
    from auditor.texts import Texts
    from auditor.values import Absent, Value

site_option = click.option("--site", default="", help="With `latest`: of this site.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


# ---- plan ----


@cli.command()
@click.argument("audit_id", metavar="AUDIT")
@site_option
@click.option(
    "--set",
    "settings",
    nargs=2,
    multiple=True,
    metavar="ACTION FIELD=VALUE",
    help="Set owner, status (open, ordered, done, excluded), start, end, one_off, monthly, reason; FIELD= undoes it.",
)
@click.option("--exclude", multiple=True, metavar="ACTION", help="Leave an action out of the plan (--reason).")
@click.option("--include", multiple=True, metavar="ACTION", help="Take it in again.")
@click.option("--accept", multiple=True, metavar="CHECK", help="Accept a risk: needs --by, --reason and --until.")
@click.option("--withdraw", multiple=True, metavar="CHECK", help="Accept it no longer.")
@click.option("--by", default="", metavar="WHO", help="Who decides.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@click.option("--until", default="", metavar="DATE", help="Last day of an accepted risk.")
@click.option("--start", default=None, metavar="DATE", help='Day the plan begins; "" goes back to the site file\'s.')
@json_option
@language_option
@plain_faults
def plan(audit_id: str, site: str, language: str, as_json: bool, **options: Any) -> None:
    """Show the plan of AUDIT (an id, `latest`, or an audit JSON file), or decide about it.

    Decisions are kept in the client's history, apart from the facts; the next audit of the site takes them over.
    """  # fmt: skip
    from auditor import desk
    from auditor.planning import decisions

    wish = _wish(options, words(language))
    result = desk.load(audit_id, site) if wish.empty else decisions.decide(audit_id, site, wish)
    if as_json:
        from auditor.reports.export import plan_json
        from auditor.wording import texts

        told = plan_json(result, texts(language or result.site.language))
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(plan_lines(result, words(language))))


def _wish(options: Mapping[str, Any], say: Texts) -> Wish:
    from auditor.planning.decisions import Wish

    settings = []
    for action, text in options["settings"]:
        field, equals, value = text.partition("=")
        if not equals:
            raise Fault(say.words("judgement.pair", found=text[:60]))
        settings.append((action, field.strip(), value))
    named = ("exclude", "include", "accept", "withdraw", "by", "reason", "until", "start")
    return Wish(tuple(settings), **{name: options[name] for name in named})


def plan_lines(audit: Audit, t: Texts) -> Iterator[str]:
    """The plan in lines: each action with who, when, and what it brings; windows, cost, and what is left out."""
    from auditor.planning.budget import total
    from auditor.reports.export import plan_start

    yield t("Plan of {site} (audit {id})", site=audit.site.name, id=audit.id)
    yield _people(audit.headline, t)
    if audit.windows:
        yield t("Begins on {day:date}. Technical order; the dates follow lead times, dependencies and owners.",
                day=plan_start(audit.windows[0]))  # fmt: skip
    for action in audit.plan:
        yield ""
        yield from _action_lines(action, t)
    if audit.left_out:
        yield ""
        yield t("Left out:")
        yield from (f"  {a.id}  {t.say(a.action)}{f' ({t.say(a.note)})' if a.note else ''}" for a in audit.left_out)
    yield from _window_lines(audit, t)
    if audit.plan:
        spent = total(audit.plan)
        yield t("Own effort: {hours} h. To pay once: {once}. To pay each month: {monthly}.", hours=spent.effort_hours,
                once=money(spent.one_off, t), monthly=money(spent.monthly, t))  # fmt: skip
    risks = [
        "  " + t("{check} {title}: {text}", check=f.id, title=t.words(f"{f.id}.title"), text=t.say(f.accepted))
        for f in audit.findings
        if f.accepted
    ]
    yield from ("", t("Accepted risks (they stay open in the score):"), *risks) if risks else ()


def _action_lines(action: Action, t: Texts) -> Iterator[str]:
    from auditor.reports.phrases import owner
    from auditor.values import Absent

    yield f"{action.rank:>3}  {action.id:<14}  {t.say(action.action)}"
    facts = [
        owner(action.owner, t),
        t("{hours} h", hours=action.effort_hours),
        t("{start:date} to {end:date}", start=action.start_by, end=action.done_by),
        t("cost class {cost}", cost=action.cost),
    ]
    if action.status != "open":
        facts.append(_status(action.status, t))
    if action.critical:
        facts.append(t("critical path"))
    yield f"     {' · '.join(facts)}"
    if not isinstance(action.seats_after, Absent):
        score = "?" if isinstance(action.score_after, Absent) else t.number(action.score_after)
        gained = t(
            "then {seats} people ({more}), score {score} ({points} proven)",
            seats=action.seats_after,
            more=signed(action.people_gained, t),
            score=score,
            points=signed(action.points_gained, t, 1),
        )
        yield f"     {gained}"
    if action.closes:
        yield "     " + t("closes {checks}", checks=", ".join(action.closes))
    if action.taken_as_passed:
        yield "     " + t("taken as passed once it is done: {checks}", checks=", ".join(action.taken_as_passed))
    if action.depends_on:
        yield "     " + t("after {actions}", actions=", ".join(action.depends_on))
    if action.note:
        yield f"     {t.say(action.note)}"


def signed(value: int | Fraction | Absent, t: Texts, digits: int = 0) -> str:
    """A gain with its sign; what is not known gained nothing that anybody could tell."""
    from auditor.values import Absent

    known: int | Fraction = 0 if isinstance(value, Absent) else value
    return f"−{t.number(-known, digits)}" if known < 0 else f"+{t.number(known, digits)}"


def _status(status: str, t: Texts) -> str:
    return {"ordered": t("ordered"), "done": t("done"), "excluded": t("left out")}.get(status, status)


def _window_lines(audit: Audit, t: Texts) -> Iterator[str]:
    from auditor.values import Absent

    if audit.windows:
        yield ""
    for window in audit.windows:
        seats = t("not known") if isinstance(window.seats, Absent) else t.number(window.seats)
        score = "?" if isinstance(window.score, Absent) else t.number(window.score)
        yield t("By {day:date}: {seats} people, score {score}; what binds: {resources}.", day=window.until, seats=seats,
                score=score, resources=t.list([t.name(id) for id in window.binding]) or "–")  # fmt: skip


def money(amount: Amount, t: Texts) -> str:
    """A sum in euros: nothing, one figure, a range, or at least."""
    from auditor.values import Absent

    if isinstance(amount.most, Absent):
        return t("at least {least} €", least=amount.least)
    if amount.least == amount.most:
        return t("{sum} €", sum=amount.most)
    return t("{least} to {most} €", least=amount.least, most=amount.most)


def _people(head: Headline, t: Texts) -> str:
    from auditor.values import Absent

    if isinstance(head.seats, Absent):
        return t("How many people can work from home at the same time is not known: nothing that limits it was told.")
    low, high = (0 if isinstance(count, Absent) else count for count in (head.low, head.high))
    return t(
        "{seats} of {required} people at the same time ({low} to {high}); what binds: {resources}.",
        seats=head.seats,
        required=head.required,
        low=low,
        high=high,
        resources=t.list([t.name(id) for id in head.binding]) or "–",
    )


# ---- what-if ----


@cli.command("what-if")
@click.argument("audit_id", metavar="AUDIT")
@click.argument("more", metavar="[NAME=VALUE]...", nargs=-1)
@site_option
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Change an input (docs/inputs.md).")
@click.option("--save", default="", metavar="NAME", help="Keep it beside the facts, under this name.")
@click.option("--scenario", default="", metavar="NAME", help="Start from a saved one.")
@click.option("--list", "listed", is_flag=True, help="List the saved ones.")
@click.option("--forget", default="", metavar="NAME", help="Forget a saved one.")
@json_option
@language_option
@plain_faults
def what_if(audit_id: str, more: tuple[str, ...], site: str, language: str, as_json: bool, **options: Any) -> None:
    """Recompute the headline of AUDIT with other inputs: headcount, licences, link rates, tunnel mode…"""
    from auditor import desk, visit
    from auditor.planning.whatif import WhatIfError
    from auditor.store import Store

    if desk.is_file(audit_id):
        if options["listed"] or options["forget"]:
            raise WhatIfError("whatif.file")
        result = desk.load(audit_id, site)
        _answer(result, None, (*options["settings"], *more), options, language, as_json)
        return
    path, id = desk.locate(audit_id, site)
    with Store(path) as store:
        result = visit.current(store.load(id), store)
        if options["listed"]:
            _list(store, result, language, as_json)
        elif options["forget"]:
            _forget(store, result, options["forget"], words(language))
        else:
            _answer(result, store, (*options["settings"], *more), options, language, as_json)


def _answer(
    audit: Audit,
    store: Store | None,
    settings: tuple[str, ...],
    options: Mapping[str, Any],
    language: str,
    as_json: bool,
) -> None:
    """Ask, keep the question where a name was given, and print the answer."""
    from auditor.audit import figures_of
    from auditor.planning.cures import Ladders
    from auditor.planning.whatif import WhatIf, WhatIfError, known, parse

    question = WhatIf(figures_of(audit), Ladders.of(audit.site.plan_ladders))
    changes = known(_saved(store, audit, options["scenario"]), question.names()) if options["scenario"] else {}
    changes |= parse(settings, question.names())
    if not changes:
        raise WhatIfError("whatif.nothing")
    answer = question.ask(changes)
    if options["save"]:
        _save(store, audit, options["save"], changes)
    if as_json:
        from auditor.reports.export import what_if_json
        from auditor.wording import texts

        told = (answer.headline, answer.resources, answer.waterfall)
        found = what_if_json(audit, changes, told, texts(language or audit.site.language))
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(answer_lines(question, answer, words(language))))


def answer_lines(question: WhatIf, answer: Answer, t: Texts) -> Iterator[str]:
    """Today, the changes, the headline then with its peak of calls, and what to cure one after the other."""
    from auditor.planning.whatif import shown
    from auditor.values import Absent

    yield t("Today: {headline}", headline=_people(question.today.headline, t))
    yield t("With:")
    for name, value in answer.changes.items():
        before = shown(question.figures, name)
        told = t("not known") if isinstance(before, Absent) else said(name, before, t)
        yield "  " + t("{input} = {value} (today {before})", input=name, value=said(name, value, t), before=told)
    yield t("Then: {headline}", headline=_people(answer.headline, t))
    if not isinstance(peak := answer.headline.voice_peak, Absent) and peak.calls:
        yield t.say(peak.message)
    if answer.waterfall:
        yield t("What to cure then, one after the other:")
    for step in answer.waterfall:
        yield f"{step.seats:>6}  {t.say(step.action)} ({step.id})"


def said(name: str, value: Value, t: Texts) -> str:
    """The value of an input as a reader writes it."""
    from fractions import Fraction

    from auditor.parameters import unit

    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, tuple):
        return ", ".join(value) or "–"
    if not isinstance(value, int | float | Fraction):
        return str(value)
    if unit(name) == "bit/s":
        return t.rate(value)
    return t.format(value, "ratio" if unit(name) == "share" else "2" if Fraction(str(value)).denominator != 1 else "")


def _saved(store: Store | None, audit: Audit, name: str) -> Mapping[str, Value]:
    from auditor.planning.whatif import WhatIfError

    known = {s.name: s.changes for s in store.suppositions(audit.site.name)} if store else {}
    if name in known:
        return known[name]
    if known:
        raise WhatIfError("whatif.no_scenario_near", found=name[:60], names=tuple(known))
    raise WhatIfError("whatif.no_scenario", found=name[:60])


def _save(store: Store | None, audit: Audit, name: str, changes: Mapping[str, Value]) -> None:
    from auditor import visit
    from auditor.clean import line
    from auditor.model import Supposition
    from auditor.planning.whatif import LONGEST, WhatIfError

    if store is None:
        raise WhatIfError("whatif.file")
    plain = line(name)
    if not plain or len(plain) > LONGEST:
        raise WhatIfError("whatif.name", found=plain[:LONGEST], most=LONGEST)
    store.suppose(audit.site.name, Supposition(plain, changes, audit.id, visit.now_at(audit.site)))


def _list(store: Store, audit: Audit, language: str, as_json: bool) -> None:
    from auditor.codec import to_plain

    t, rows = words(language), store.suppositions(audit.site.name)
    if as_json:
        click.echo(json.dumps([to_plain(row) for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        changes = ", ".join(f"{name}={said(name, value, t)}" for name, value in row.changes.items())
        click.echo(f"{row.name}  {t.datetime(row.at)}  {changes}")
    if not rows:
        click.echo(t("No what-if is saved for {site}.", site=audit.site.name))


def _forget(store: Store, audit: Audit, name: str, t: Texts) -> None:
    if not store.drop_supposition(audit.site.name, name):
        _saved(store, audit, name)
    click.echo(t("Forgotten: {name}", name=name))
