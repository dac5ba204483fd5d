"""`heard return`: a month of the Friends and Family Test, for NHS England."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from survey.cli import state
from survey.services import national_return as returning
from survey.services.csv_file import write_csv
from survey.services.returning.exposed import Exposed


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
    lines = list(_exposed(found.exposed))
    write_csv(auditor, [("exposed by", "what"), *lines], for_all=False)
    click.echo(f"{sheet} is the return{'' if found.entered else ', as it was made before'}")
    for span in found.exposed.unknown:
        click.echo(
            f"what it exposes in {span} could not be computed; take every small group there for exposed"
        )
    click.echo(f"{len(lines)} small groups are exposed, or may be; {auditor} is for the auditor")
    for how, what in lines:
        click.echo(f"  {what}: by {how}")


def _exposed(found: Exposed) -> Iterator[tuple[str, str]]:
    """How, and which service and week, or which group of a rounded figure; of unknown weeks, all of them."""
    yield from (("the return alone", one) for one in found.alone)
    yield from (("the return and what had left before", one) for one in found.together)
    yield from (("perhaps, the return and figures to come", one) for one in found.perhaps)
    yield from (("the return and rounded figures", one) for one in found.counts)
    yield from (("perhaps, for it could not be computed", f"all of {one}") for one in found.unknown)
