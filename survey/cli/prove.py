"""`heard prove`: the thief who holds everything, on this very installation."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli import state
from survey.cli.progress import progress
from survey.domain.progress import Advance
from survey.presenters import proof_record, proof_table
from survey.services import proof_report
from survey.services.proving import prove as proving


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder for the report; else the current one.",
)
@click.option("--quick", is_flag=True, help="Fewer made-up patients: finds a gross fault, sooner.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON; the files are written too.")
def prove(out: Path, *, quick: bool, as_json: bool) -> None:
    """Play the thief who holds everything against this installation; exit status 1 where the promise fails.

    Made-up patients answer in a scratch schema (PostgreSQL) or file (SQLite) beside the database. Nothing of
    your own is read but its settings and rights, and nothing of it is changed.
    """
    settings = state.settings()
    state.database(settings).dispose()  # there must be an installation to speak of
    proof_report.require_room(out)
    total = proving.work(quick=quick)
    with progress("Proving", total=total) as advance:
        proof = proving.prove(settings, quick=quick, advance=_up_to(total, advance))
    written = proof_report.write(proof, out=out, installation=settings.brand_name)
    if as_json:
        click.echo(proof_record.record(proof, installation=settings.brand_name), nl=False)
    else:
        click.echo("\n".join([*proof_table.lines(proof), *map(str, written)]))
    if not proof.holds:
        raise click.exceptions.Exit(1)  # so that a timer notices


def _up_to(total: int, advance: Advance) -> Advance:
    # What is tried twice makes more work than was foreseen.
    left = total

    def advance_some(n: int) -> None:
        nonlocal left
        advance(min(n, left))
        left -= min(n, left)

    return advance_some
