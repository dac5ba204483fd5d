"""`heard clock`: run every verb at its time, and say what was run."""

from __future__ import annotations

from datetime import UTC

import click

from survey import clock as keeping
from survey.cli import state
from survey.cli.stopping import told_to_stop
from survey.domain.calendar import LONDON
from survey.privacy.safekeeping import require_safe
from survey.services import once


@click.group(invoke_without_command=True)
@click.option(
    "--once", "at_once", is_flag=True, help="Do what is owed now, then stop: for a timer of your own."
)
@click.pass_context
def clock(context: click.Context, *, at_once: bool) -> None:
    """Tally, back up, assess, report, retain on Monday mornings, and send what waits, until told to stop."""
    if context.invoked_subcommand is not None:
        return
    settings = state.settings()
    require_safe(settings)
    engine = state.database(settings)
    state.catalogue(settings)  # what is wrong with a questionnaire is said now, not on Monday at three
    kept = keeping.Clock(
        engine=engine,
        settings=settings,
        catalogue=lambda: state.catalogue(settings),
        say=click.echo,
        hand=once.hand(engine),
        stop=told_to_stop(),
    )
    if at_once:
        keeping.run_now(kept)
        return
    click.echo("the clock runs; Ctrl-C stops it")
    keeping.run(kept)
    click.echo("the clock has stopped")


@clock.command("status")
@click.option("--number", default=20, show_default=True, type=click.IntRange(1, 500), help="How many runs.")
def clock_status(number: int) -> None:
    """Show the runs of late: job, week, state, outcome."""
    found = once.recent(state.database(), number)
    if not found:
        click.echo("nothing has run yet; start `heard clock` or `heard run`")
    for run in found:
        when = run.lease_until.replace(tzinfo=UTC).astimezone(LONDON)
        said = (
            f"{when:%Y-%m-%d %H:%M}  {run.job:<8} {run.slot:<9} {once.state_of(run):<19}  {run.outcome or ''}"
        )
        click.echo(said.rstrip())
