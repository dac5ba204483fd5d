"""`heard invite`: tickets as CSV, for whoever sends the invitations."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import click

from survey.cli import state
from survey.domain.calendar import this_week
from survey.domain.errors import BadInput
from survey.services.invite import invite as issue


@click.command()
@click.argument("service")
@click.option("--count", type=int, required=True, help="How many tickets.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The CSV to write; must not exist."
)
def invite(service: str, count: int, out: Path) -> None:
    """Make single-use links for SERVICE and write them to a CSV that only you can read.

    Hand the file to whoever sends the invitations, and delete it: Heard keeps no copy.
    """
    settings = state.settings()
    engine, catalogue = state.database(settings), state.catalogue(settings)
    try:
        # Made before a ticket is issued, so that no ticket is issued that cannot be written down.
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(f"{out} exists; choose another --out, so that no tickets are overwritten") from None
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as file:
        try:
            tickets = issue(
                engine,
                service,
                count=count,
                keys_dir=settings.keys_dir,
                catalogue=catalogue,
                week=this_week(),
                copy_dir=settings.keys_copy_dir,
            )
        except BaseException:  # Ctrl-C too: an empty file would refuse the next try
            out.unlink()
            raise
        writer = csv.writer(file)
        writer.writerow(["ticket", "link"])
        writer.writerows([ticket, f"{settings.base_url}/i/{ticket}"] for ticket in tickets)
    click.echo(f"{len(tickets)} tickets for {service} are in {out}; delete it once the sender has it")
