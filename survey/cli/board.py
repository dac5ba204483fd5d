"""`heard report board`: a board pack."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli import state
from survey.cli.verbs import read_week, week_option
from survey.services.board import write_pack


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder to write the PPTX and the PDF into."
)
@click.option("--node", help="Code of an ICB, place, provider, site, ward or service; else all services.")
@week_option
def board(out: Path, node: str | None, week: str | None) -> None:
    """Write a board pack of the results up to --week: slides to edit and a PDF to read."""
    settings = state.settings()
    through = read_week(week)
    for path in write_pack(
        state.database(settings), state.catalogue(settings), out=out, week=through, node=node
    ):
        click.echo(path)
