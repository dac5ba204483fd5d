"""`heard release`: what leaves the house, what is kept back and why, and whether it gives anybody away."""

from __future__ import annotations

import click

from survey.cli import release_words, state
from survey.cli.progress import progress
from survey.cli.verbs import read_week, week_option
from survey.domain.calendar import Week, this_week
from survey.domain.errors import BadInput
from survey.services import attack as attacking
from survey.services import release as releasing


@click.group(invoke_without_command=True)
@week_option
@click.option(
    "--dry-run", is_flag=True, help="Say what would leave and what would be withheld; keep nothing."
)
@click.pass_context
def release(context: click.Context, *, week: str | None, dry_run: bool) -> None:
    """Release every week up to --week that has not been: what leaves is never changed, nor taken back."""
    if context.invoked_subcommand is not None:
        if week is not None or dry_run:
            raise click.UsageError(f"--week and --dry-run are not for `release {context.invoked_subcommand}`")
        return
    settings, through = state.settings(), read_week(week)
    engine = state.database(settings)
    if through == this_week():
        click.echo(
            f"{through} is still running: what is counted of it later goes into the next week's figures",
            err=True,
        )
    with progress("Releasing", total=releasing.to_release(engine, through)) as advance:
        done = releasing.release(
            engine,
            state.catalogue(settings),
            through,
            dry_run=dry_run,
            advance=advance,
            who=state.who(),
        )
    for line in done.problems:
        click.echo(f"not released: {line}", err=True)
    for line in release_words.table(done) if dry_run else [str(done)]:
        click.echo(line)


@release.command("check")
def check() -> None:
    """Play the attacker on all that has left; exit 1 where it tells of fewer than ten, or was rewritten."""
    engine = state.database()
    with progress("Attacking", total=attacking.to_attack(engine)) as advance:
        found = attacking.attack(engine, advance)
    for line in release_words.attacked(found):
        click.echo(line)
    if not found.holds:
        raise click.exceptions.Exit(1)  # so that a timer notices


@release.command("why")
@click.argument("node")
@click.option("--week", help="Only what covers this week, e.g. 2026-W47.")
def why(node: str, week: str | None) -> None:
    """Say what of NODE was withheld and why, for the auditor: which of it was too small is not for others."""
    for line in release_words.why(attacking.why(state.database(), node, _read(week))):
        click.echo(line)


def _read(week: str | None) -> Week | None:
    try:
        return None if week is None else Week.parse(week)
    except ValueError as error:
        raise BadInput(f"--week: {error}") from None
