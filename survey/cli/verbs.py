"""`heard tally` and `heard assess`: the clock's verbs, by hand."""

from __future__ import annotations

import click

from survey.cli import state
from survey.cli.progress import progress
from survey.domain.calendar import Week, this_week
from survey.domain.errors import BadInput
from survey.privacy.safekeeping import require_safe
from survey.services import assess as assessing
from survey.services import tally as tallying
from survey.services.destroy import waiting_for_backup


def read_week(text: str | None) -> Week:
    """The week an option names; last week where it is left out. BadInput where it is none or in the future.

    This week may be named: its boxes are then closed early, and what comes later goes into the next ones.
    """
    if text is None:
        return this_week() + -1
    try:
        week = Week.parse(text)
    except ValueError as error:
        raise BadInput(f"--week: {error}") from None
    if week > this_week():
        raise BadInput(f"--week: {week} has not begun; it is {this_week()} now")
    return week


week_option = click.option("--week", help="e.g. 2026-W47; last week where it is left out.")


@click.command()
@week_option
def tally(week: str | None) -> None:
    """Count every box of --week and earlier that holds ten responses; its key goes after `heard backup`."""
    settings, through = state.settings(), read_week(week)
    require_safe(settings)
    engine = state.database(settings)
    if through == this_week():
        click.echo(
            f"{through} is still running: boxes of it that are full are closed now, and what comes in later"
            " goes into the next week's",
            err=True,
        )
    with progress("Counting", total=tallying.to_open(engine)) as advance:
        done = tallying.tally(
            engine,
            keys_dir=settings.keys_dir,
            catalogue=state.catalogue(settings),
            through=through,
            copy_dir=settings.keys_copy_dir,
            advance=advance,
        )
    for line in done.set_aside:
        click.echo(f"set aside: {line}", err=True)
    merged = f" ({done.merged} of them together with other services')" if done.merged else ""
    click.echo(
        f"{done.responses} responses counted{merged}; {done.waiting} wait sealed until their boxes hold ten"
    )
    if keys := len(waiting_for_backup(engine)):
        click.echo(f"{keys} keys of counted boxes wait for a backup: run `heard backup`")
    if done.comments_waiting:
        click.echo(f"{done.comments_waiting} comments wait sealed until their pathway has ten in its ICB")
    if done.set_aside:
        raise click.exceptions.Exit(1)  # so that a timer notices


@click.command()
@week_option
def assess(week: str | None) -> None:
    """Say what changed by the end of --week."""
    settings = state.settings()
    found = assessing.assess(state.database(settings), state.catalogue(settings), read_week(week))
    watched = f"{found.watched} series that are watched"
    click.echo(f"{len(found.findings)} changes in {watched}; `heard finding list` shows them")
