"""`heard retain`: delete what has been kept long enough."""

from __future__ import annotations

import click

from survey.cli import state
from survey.services.retain import retain as retaining


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go; change nothing.")
def retain(*, dry_run: bool) -> None:
    """Delete what is older than HEARD_KEEP_* says, and take it out of the database's files."""
    settings = state.settings()
    done = retaining(
        state.database(settings),
        settings,
        catalogue=state.catalogue(settings),
        dry_run=dry_run,
        who=state.who(),
    )
    for one in done.gone:
        click.echo(f"{one.number:>9,}  {one.what:<26}  older than {one.before}")
    if done.left_to_do:
        click.echo(done.left_to_do, err=True)
    if dry_run:
        click.echo("nothing was deleted: this was a dry run")
