"""`heard db`: the schema, and whom the database lets see which ICB."""

from __future__ import annotations

import click

from survey.cli import state
from survey.services import staffing
from survey.storage.database import engine, upgrade


@click.group()
def db() -> None:
    """Make or upgrade the database; say which login may see which ICB."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema; make it where there is none."""
    revision = upgrade(engine(state.settings().database_url))
    click.echo(f"the database is at revision {revision}")


@db.command("allow")
@click.argument("login")
@click.option("--icb", required=True, metavar="CODE", help="The ICB's code.")
def db_allow(login: str, icb: str) -> None:
    """Let a login of the staff role see what is of an ICB (PostgreSQL)."""
    new = staffing.allow(state.database(), login, icb, who=state.who())
    click.echo(f"{login} {'may now' if new else 'may already'} see {icb}")


@db.command("disallow")
@click.argument("login")
@click.option("--icb", metavar="CODE", help="Only this one; all where it is left out.")
def db_disallow(login: str, icb: str | None) -> None:
    """Let a login no longer see an ICB, or any."""
    gone = staffing.disallow(state.database(), login, icb, who=state.who())
    click.echo(f"{login} no longer sees {', '.join(gone)}")


@db.command("logins")
def db_logins() -> None:
    """List the logins of the staff role and the ICBs that each may see."""
    for login, icb in staffing.logins(state.database()):
        click.echo(f"{login}  {icb}")
