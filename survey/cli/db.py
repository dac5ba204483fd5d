"""`heard db`: the schema."""

from __future__ import annotations

import click

from survey.cli import state
from survey.storage.database import engine, upgrade


@click.group()
def db() -> None:
    """Make or upgrade the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema; make it where there is none."""
    revision = upgrade(engine(state.settings().database_url))
    click.echo(f"the database is at revision {revision}")
