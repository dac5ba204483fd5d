"""`heard invite`: tickets as CSV, for whoever sends the invitations."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import click

from survey.cli import state
from survey.cli.progress import progress
from survey.domain.calendar import this_week
from survey.domain.errors import BadInput
from survey.services.invite import draw, issue


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
    _reserve(out)
    part = out.with_name(f"{out.name}.part")
    try:
        drawn = draw(engine, service, count)
        _write(part, drawn, settings.base_url)
        with progress("Inviting", total=count) as advance:
            issue(
                engine,
                service,
                drawn,
                keys_dir=settings.keys_dir,
                catalogue=catalogue,
                week=this_week(),
                copy_dir=settings.keys_copy_dir,
                advance=advance,
            )
    except BaseException:  # Ctrl-C too: what is left would refuse the next try
        part.unlink(missing_ok=True)
        out.unlink()
        raise
    part.replace(out)
    tickets = "1 ticket" if count == 1 else f"{count} tickets"
    click.echo(
        f"{tickets} for {service} {'is' if count == 1 else 'are'} in {out}; delete it once the sender has it"
    )


def _reserve(out: Path) -> None:
    try:
        os.close(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise BadInput(f"{out} exists; choose another --out, so that no tickets are overwritten") from None
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}") from None


def _write(part: Path, tickets: Sequence[str], base_url: str) -> None:
    # On the disk before a ticket is issued, so that none is issued that cannot be written down; under its own
    # name only afterwards, so that no links are sent that a killed run did not issue.
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["ticket", "link"])
            writer.writerows([ticket, f"{base_url}/i/{ticket}"] for ticket in tickets)
            file.flush()
            os.fsync(descriptor)
    except FileExistsError:
        raise BadInput(f"{part} is of a run that was killed; move it away, or choose another --out") from None
    except OSError as error:
        raise BadInput(f"{part} cannot be written ({error.strerror}); no ticket was issued") from None
