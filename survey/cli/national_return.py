"""`heard return`: a month of the Friends and Family Test, for NHS England."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli import state
from survey.services import national_return as returning
from survey.services.csv_file import write_csv


@click.command("return")
@click.argument("month")
@click.option("--pathway", required=True, help="The care setting; `heard questionnaire list`.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for files."
)
def national_return(month: str, pathway: str, out: Path) -> None:
    """Write the national return of MONTH (2026-11), by the national rule, and what it exposes.

    Made again it is the same. What it tells stands in the ledger, and our own figures stay safe beside it.
    """
    settings = state.settings()
    found = returning.national_return(
        state.database(settings), state.catalogue(settings), month, pathway, who=state.who()
    )
    sheet = out / f"fft-{pathway}-{month}.csv"
    auditor = out / f"fft-{pathway}-{month}-for-the-auditor.csv"
    write_csv(sheet, found.rows)
    lines = [("exposed by", "service and week")]
    lines += [("the return alone", one) for one in found.exposed.alone]
    lines += [("the return and what had left before", one) for one in found.exposed.together]
    lines += [("perhaps, the return and figures to come", one) for one in found.exposed.perhaps]
    write_csv(auditor, lines, for_all=False)
    click.echo(f"{sheet} is the return{'' if found.entered else ', as it was made before'}")
    click.echo(
        f"{len(lines) - 1} small groups of a service and week are exposed; {auditor} is for the auditor"
    )
    for how, what in lines[1:]:
        click.echo(f"  {what}: by {how}")
