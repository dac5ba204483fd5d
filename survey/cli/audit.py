"""`heard audit`: who did what, and whether the chain of it still holds."""

from __future__ import annotations

import json

import click

from survey.cli import state
from survey.cli.progress import progress
from survey.services import auditing


@click.group()
def audit() -> None:
    """What people and the clock did: each entry chained to the one before, its head signed once a day."""


@audit.command("list")
@click.option("--number", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for a program.")
def audit_list(number: int, *, as_json: bool) -> None:
    """Show the newest entries, oldest first."""
    entries = auditing.newest(state.database(), number)
    if not entries and not as_json:
        click.echo("nothing has been recorded yet")
    for one in entries:
        told = {"number": one.number, "day": str(one.day), "who": one.who, "act": one.act}
        about = json.dumps(one.about, ensure_ascii=False)
        if as_json:
            click.echo(json.dumps(told | {"about": one.about, "hash": one.hash.hex()}))
        else:
            click.echo(f"{one.number:>6}  {one.day}  {one.who}: {one.act}  {_short(about)}")


@audit.command("check")
def audit_check() -> None:
    """Follow the chain, its signed heads and the ledger that it tells of; exit 1 where one is broken."""
    settings = state.settings()
    engine = state.database(settings)
    with progress("Following the ledger", total=auditing.to_check(engine)) as advance:
        problems = auditing.check(engine, settings.keys_dir, advance)
    for line in problems:
        click.echo(f"broken: {line}", err=True)
    if problems:
        click.echo("somebody wrote to the database by hand: compare it with a backup", err=True)
        raise click.exceptions.Exit(1)
    last = auditing.newest(engine, 1)
    click.echo(
        f"the chain holds: {last[-1].number if last else 0} entries;"
        f" and the ledger: {auditing.to_check(engine)} figures"
    )


@audit.command("restored")
@click.option("--reason", required=True, help="Which backup was restored, and why.")
def audit_restored(reason: str) -> None:
    """Record that an older backup was restored, so that the chain goes on from where that backup ends."""
    settings = state.settings()
    auditing.restored(state.database(settings), settings.keys_dir, who=state.who(), reason=reason)
    click.echo("recorded; the chain goes on from the restored backup")


def _short(about: str) -> str:
    return about if len(about) <= 70 else f"{about[:69]}…"
