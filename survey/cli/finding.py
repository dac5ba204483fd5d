"""`heard finding`: what changed, and what people decide about it."""

from __future__ import annotations

import click

from survey.cli import state
from survey.cli.verbs import read_week
from survey.presenters import comparison_words, effect_words, finding_words, watch_words, words
from survey.presenters.figures import week as week_of
from survey.services import act, rule

DECIDED = {"accept": "accepted", "dismiss": "dismissed"}
reason_option = click.option(
    "--reason", required=True, help="Why. It stays in the audit chain: name no patient."
)


@click.group()
def finding() -> None:
    """Changes of level that were found, and what people decide about them."""


@finding.command("list")
@click.option("--week", help="As assessed at the end of this week, e.g. 2026-W47; else the newest.")
@click.option("--node", help="Code of a service or an organisation; else everything.")
@click.option(
    "--all", "everything", is_flag=True, help="Also those decided, faded, or told by a smaller node."
)
def finding_list(week: str | None, node: str | None, *, everything: bool) -> None:
    """List findings: code, kind, since when, what changed. Then services apart, and gaps between patients."""
    as_of = None if week is None else read_week(week)
    found = rule.overview(state.database(), state.catalogue(), week=as_of, node=node)
    shown = [pair for pair in found.findings if everything or pair[0].open]
    for one, course in shown:
        decided = f"\t{DECIDED[one.ruling.choice]} by {one.ruling.who}" if one.ruling else ""
        kind, said = finding_words.kind(one.finding), finding_words.sentence(one.finding, course)
        click.echo(f"{one.finding.id}\t{kind}\t{one.finding.since}\t{said}{decided}")
    by_key = {course.key: course for course in found.courses}
    for beside, course in comparison_words.matched(found.assessment.apart, by_key):
        click.echo(f"apart\t{comparison_words.apart(beside, course)}")
    for gap, course in comparison_words.asked(found.assessment.gaps, found.courses):
        click.echo(f"gap\t{comparison_words.gap(gap, course)}")
    left = len(found.findings) - len(shown)
    more = f"; {left} more with --all" if left else ""
    watched = f"{found.assessment.watched} series that are watched"
    click.echo(f"{found.assessment.week}: {len(shown)} {'' if everything else 'open '}in {watched}{more}")


@finding.command("show")
@click.argument("code", metavar="FINDING")
def finding_show(code: str) -> None:
    """Tell all about FINDING: how sure it is, what to do, what was decided, and what came of actions."""
    engine, catalogue = state.database(), state.catalogue()
    one, course = rule.shown(engine, catalogue, code)
    found = one.finding
    lines = [
        finding_words.sentence(found, course),
        finding_words.how_sure(found),
        f"First told for {week_of(found.told)}. Latest: {words.level(course)}.",
        finding_words.advice(found, course),
        *([watch_words.season(course.season)] if course.season else []),
        *([watch_words.sensitivity(course.sensitivity)] if course.sensitivity else []),
        watch_words.GUARANTEE,
        watch_words.NOT_COVERED,
    ]
    if one.ruling:
        said = DECIDED[one.ruling.choice].capitalize()
        lines.append(f"{said} by {one.ruling.who} on {one.ruling.day}: {one.ruling.reason}")
    lines += [effect_words.listed(*pair) for pair in act.answering(engine, catalogue, found)]
    click.echo("\n".join(lines))


@finding.command("accept")
@click.argument("code", metavar="FINDING")
@reason_option
def finding_accept(code: str, reason: str) -> None:
    """Accept that the level has changed: from the week that FINDING names, a new baseline begins.

    Charts and alerts begin anew there as of the next assessed week: what comes is held against the new level.
    """
    ruling = rule.rule(state.database(), code, "accept", who=state.who(), reason=reason)
    click.echo(
        f"{ruling.finding}: accepted; from {ruling.since} on a new baseline begins, "
        f"as of the assessment of {ruling.week + 1}"
    )


@finding.command("dismiss")
@click.argument("code", metavar="FINDING")
@reason_option
def finding_dismiss(code: str, reason: str) -> None:
    """Dismiss FINDING as no change of the level, e.g. a one-off or an error of entry.

    The baseline stays, and the watch begins anew: should the level stay where it is, it is told of again.
    """
    ruling = rule.rule(state.database(), code, "dismiss", who=state.who(), reason=reason)
    click.echo(f"{ruling.finding}: dismissed; the watch begins anew after {ruling.week}")
