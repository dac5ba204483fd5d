"""`heard plan`: how long a change takes to show, and how many answers a week that wants."""

from __future__ import annotations

from math import inf

import click

from survey.cli import state
from survey.cli.verbs import read_week, week_option
from survey.domain.errors import BadInput
from survey.presenters import plan_words
from survey.services import plan as planning

POINTS = "in points, as 5: from 85 % to 80 %"


@click.command()
@click.argument("node", required=False)
@click.option("--fall", type=float, default=5, show_default=True, help=f"Size of the change, {POINTS}.")
@click.option(
    "--weeks", type=click.IntRange(1, 104), default=13, show_default=True, help="Show it within so many."
)
@click.option("--answers", type=float, help="Plan ahead, without a database: so many answers a week,")
@click.option("--level", type=float, help="at this level in per cent.")
@week_option
def plan(
    node: str | None,
    *,
    fall: float,
    weeks: int,
    answers: float | None,
    level: float | None,
    week: str | None,
) -> None:
    """Say how long a change takes to show in each service of NODE, or with --answers and --level."""
    change = _share(fall, "--fall", POINTS)
    if answers is None and level is None:
        _say_services(node, change, within=weeks, week=week)
    elif answers is None or level is None:
        raise click.UsageError("--answers and --level plan ahead together: one of them is missing")
    elif node is not None or week is not None:
        raise click.UsageError("--answers and --level plan ahead of any figures: leave NODE and --week out")
    else:
        if not 0 < answers < inf:
            raise BadInput(f"--answers: a number above 0 is wanted, not {answers:g}")
        share = _share(level, "--level", "in per cent, as 85")
        found = planning.sensitivity(answers, share, change)
        needed = planning.needed(share, change, weeks)
        click.echo(plan_words.ahead(found, needed=needed, within=weeks))
    click.echo(plan_words.HOW)


def _say_services(node: str | None, change: float, *, within: int, week: str | None) -> None:
    settings = state.settings()
    found, untold = planning.plans(
        state.database(settings),
        state.catalogue(settings),
        node,
        read_week(week),
        change=change,
        within=within,
    )
    for one in found:
        click.echo(plan_words.of_service(one))
    for name in untold:
        click.echo(plan_words.untold(name))
    if not (found or untold):
        click.echo("there is no open service here; `heard service list` shows all")


def _share(given: float, option: str, unit: str) -> float:
    """A share of what is given in points or per cent; BadInput for a share, and for what cannot be either."""
    if 0 < given < 1:
        raise BadInput(f"{option}: {given:g} is under one; it is given {unit}")
    if not 1 <= given <= 100:
        raise BadInput(f"{option}: {given:g} lies outside 1 to 100; it is given {unit}")
    return given / 100
