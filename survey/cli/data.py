"""`heard report data`: figures as files for analysts."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from survey.cli import state
from survey.cli.verbs import read_week, week_option
from survey.domain.released import Form
from survey.services.export import write_export


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR")
@click.option("--node", metavar="CODE", help="An ICB, place, provider, site, ward or service; else all.")
@click.option("--form", type=click.Choice(["public", "staff"]), default="public", show_default=True)
@week_option
def data(out: Path, node: str | None, form: str, week: str | None) -> None:
    """Write every figure told up to --week: a workbook, CSV with its codebook, and JSON."""
    engine, through = state.database(), read_week(week)
    written = write_export(
        engine, state.catalogue(), out=out, week=through, node=node, form=cast("Form", form)
    )
    for path in written:
        click.echo(path)
