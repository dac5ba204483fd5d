"""`heard action`: what is done because of a finding, and what came of it."""

from __future__ import annotations

from datetime import datetime

import click

from survey.cli import state
from survey.domain.calendar import Week, today
from survey.domain.errors import BadInput
from survey.presenters import effect_words
from survey.services import act


@click.group()
def action() -> None:
    """What people promise because of a finding: who, until when, what patients are told, what came of it."""


@action.command("add")
@click.argument("finding")
@click.option("--owner", required=True, help="Who sees to it: a name or a role.")
@click.option("--due", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Until when, e.g. 2026-12-31.")
@click.option("--do", "does", required=True, help="What is done.")
@click.option("--tell", "told", required=True, help="What patients are told of it, in plain words.")
@click.option("--from", "start", help="First week in which it is in force, e.g. 2026-W49; later: `begin`.")
def action_add(finding: str, *, owner: str, due: datetime, does: str, told: str, start: str | None) -> None:
    """Promise something because of FINDING. Name no patient."""
    begins = None if start is None else _week(start, "--from")
    promise = act.Promise(finding, owner, due.date(), does, told, begins)
    made = act.add(state.database(), promise, who=state.who())
    click.echo(
        f"{made.id}: added; "
        + (
            f"its effect is measured from {made.start} on"
            if made.start
            else f"once it is in force, say so: `heard action begin {made.id} WEEK`"
        )
    )


@action.command("begin")
@click.argument("code", metavar="ACTION")
@click.argument("week")
def action_begin(code: str, week: str) -> None:
    """Say that ACTION is in force from WEEK on: its effect is measured from there."""
    made = act.begin(state.database(), code, _week(week, "WEEK"), who=state.who())
    click.echo(f"{made.id}: in force; its effect is measured from {made.start} on")


@action.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are closed.")
def action_list(*, everything: bool) -> None:
    """List actions, those due first, each with what has changed since."""
    found = act.overview(state.database(), state.catalogue(), closed=everything)
    for one, effect in found:
        click.echo(effect_words.listed(one, effect, late=one.is_late(today())))
    if not found:
        click.echo("no actions; `heard finding list` shows what could be acted on")


@action.command("close")
@click.argument("code", metavar="ACTION")
@click.option("--outcome", required=True, help="What came of it, in plain words. Name no patient.")
def action_close(code: str, outcome: str) -> None:
    """End ACTION, done or given up; what changed since goes on being measured."""
    made = act.close(state.database(), code, outcome=outcome, who=state.who())
    click.echo(f"{made.id}: closed")


def _week(text: str, name: str) -> Week:
    try:
        return Week.parse(text)
    except ValueError as error:
        raise BadInput(f"{name}: {error}") from None
