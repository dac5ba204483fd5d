"""`heard backup` and `heard drill`: make a backup that was read back, and show that one can be restored."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

import click

from survey.cli import state
from survey.privacy.archive import PRIVATE, PUBLIC
from survey.privacy.safekeeping import require_safe
from survey.services import backup as backing
from survey.services import drill as drilling


@click.command()
@click.option("--vouch", is_flag=True, help="Say that a backup of your own was taken and checked instead.")
@click.option("--yes", is_flag=True, help="With --vouch: do not ask.")
def backup(*, vouch: bool, yes: bool) -> None:
    """Make a verified, encrypted backup; then destroy the keys of the counted boxes that it holds."""
    settings = state.settings()
    require_safe(settings)
    engine = state.database(settings)
    if not vouch:
        _end_cleanly_when_told()
        had = (settings.keys_dir / PUBLIC).exists()
        click.echo(f"backup made: {backing.back_up(engine, settings, who=state.who())}")
        if not had and (kept := settings.keys_dir / PRIVATE).exists():
            click.echo(f"{kept} opens it and those that follow: put a copy into a safe")
        return
    asked = "Was a backup of the whole database taken after the last tally, and read back? Keys go for good"
    if not yes:
        click.confirm(asked, abort=True)
    click.echo(f"{backing.vouch(engine, settings, who=state.who())} keys destroyed on your word")


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The recovery key's file, where it is kept elsewhere.",
)
def drill(file: Path | None, identity: Path | None) -> None:
    """Restore a backup beside the live database, the newest where none is named, and say what it holds."""
    settings = state.settings()
    engine = state.database(settings)
    _end_cleanly_when_told()
    said = drilling.drill(engine, settings, catalogue=state.catalogue(settings), file=file, identity=identity)
    for line in said.lines:
        click.echo(line)
    for line in said.wrong:
        click.echo(f"WRONG: {line}", err=True)
    if said.wrong:
        raise click.exceptions.Exit(1)
    click.echo("the drill passed; nothing of it is left, and nothing live was touched")


def _end_cleanly_when_told() -> None:
    # A plain dump must not be left by a SIGTERM: it ends the process through every `finally`.
    def told(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, told)
