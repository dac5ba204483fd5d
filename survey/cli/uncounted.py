"""`heard report withheld`: what the reports leave out."""

from __future__ import annotations

import click

from survey.cli import state
from survey.cli.verbs import read_week, week_option
from survey.presenters.uncounted_words import lines
from survey.services.uncounted import of_node


@click.command()
@click.option("--node", help="Code of an ICB, place, provider, site, ward or service; else all services.")
@week_option
def withheld(node: str | None, week: str | None) -> None:
    """Say how many responses wait sealed, were counted with others' or were destroyed unread, by service."""
    found = of_node(state.database(), node, read_week(week))
    for line in lines(found, most=len(found)):
        click.echo(line)
    if not found:
        click.echo("no response waits, and none was withheld")
