"""`heard keyed`: how often keyed answers are wrong."""

from __future__ import annotations

import click

from survey.cli import state
from survey.services.keyed import ENOUGH, Rate, error_rates


@click.command()
@click.option("--service", help="Code of one service; else all together, by pathway.")
def keyed(service: str | None) -> None:
    """Say of each question in how many of the paper forms keyed twice the two entries differed.

    About half of these are errors that a form keyed once would have kept.
    """
    found = error_rates(state.database(), service)
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("no form has been keyed twice yet")


def _line(one: Rate) -> str:
    said = f"{one.pathway}  {one.question:<24} {one.differing} of {one.checked} forms differ"
    if one.low is None or one.high is None:
        return f"{said}; too few to give a rate: {ENOUGH} are needed"
    return f"{said}: {one.differing / one.checked:.1%} ({one.low:.1%} to {one.high:.1%})"
