"""`heard import`: take in a vendor's export, list what came in, take a batch back."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli import state
from survey.cli.progress import progress
from survey.config import Settings
from survey.services.import_ import Intake, import_export, open_export, undo
from survey.storage import imports
from survey.storage.database import transaction


@click.command("import")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--mapping", help="A YAML file that says what the columns mean, or the name of a shipped one.")
@click.option("--dry-run", is_flag=True, help="Read and report, of --undo too; write nothing.")
@click.option("--undo", "batch", metavar="BATCH", help="Take a batch back instead.")
@click.option("--list", "listing", is_flag=True, help="List the batches instead.")
def import_(
    file: Path | None, mapping: str | None, *, dry_run: bool, batch: str | None, listing: bool
) -> None:
    """Take in a vendor's export FILE (CSV or XLSX) under a mapping; each row is stored once at most."""
    settings = state.settings()
    if sum((file is not None, batch is not None, listing)) != 1:
        raise click.UsageError("give one of FILE, --undo BATCH and --list")
    if listing:
        _list(settings)
    elif batch is not None:
        _undo(settings, batch, dry_run=dry_run)
    elif file is not None and mapping is not None:
        _import(settings, file, mapping, dry_run=dry_run)
    else:
        raise click.UsageError("FILE needs --mapping, e.g. --mapping neas_fft.yaml")


def _import(settings: Settings, file: Path, mapping: str, *, dry_run: bool) -> None:
    intake = Intake(
        engine=state.database(settings),
        keys_dir=settings.keys_dir,
        data_dir=settings.data_dir,
        catalogue=state.catalogue(settings),
    )
    export = open_export(file, mapping, catalogue=intake.catalogue)
    with progress("Reading", total=export.source.total) as advance:
        report = import_export(intake, export, dry_run=dry_run, advance=advance)
    for line in report.lines():
        click.echo(line)


def _undo(settings: Settings, batch: str, *, dry_run: bool) -> None:
    done = undo(state.database(settings), batch, dry_run=dry_run)
    what = f"{done.batch.responses:,} responses and {done.batch.comments:,} comments"
    if dry_run:
        click.echo(f"{batch} would be taken back, with {what}")
    else:
        click.echo(f"{batch} is taken back: {what} are gone; the same file can be imported again")
    if done.released:
        click.echo(
            f"{done.released:,} of its services' weeks had been released: the next release marks what was"
            " told of them as wrong, for good. Of answers that are imported again of the same services and"
            " weeks as many as were told stay out of figures, for whoever kept the old ones could subtract"
        )
    if dry_run:
        click.echo("dry run: nothing was written")


def _list(settings: Settings) -> None:
    with transaction(state.database(settings), reading=True) as session:
        found = imports.batches(session)
        if not found:
            click.echo("nothing was imported yet")
        for one in found:
            says = f"{one.responses:,} responses, {one.comments:,} comments, {one.rejected:,} rows rejected"
            click.echo(f"{one.id}\t{one.day}\t{'taken back' if one.undone else says}")
