"""Scratch: a dump restored into a database of its own, which is gone afterwards, always."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from survey.domain.calendar import today
from survey.domain.errors import BadInput, Misconfigured
from survey.storage import dump_postgresql
from survey.storage.database import engine, upgrade
from survey.storage.dump import is_sqlite

PREFIX = "heard_drill_"


@contextmanager
def restored(live: Engine, dump: Path) -> Iterator[Engine]:
    """The database that `dump` holds, at this Heard's revision; on PostgreSQL beside the live one."""
    if is_sqlite(dump):
        yield from _opened(f"sqlite:///{dump}", None)
    elif live.dialect.name == "sqlite":
        raise BadInput(
            f"{dump.name} is of PostgreSQL the live database of SQLite: set HEARD_DATABASE_URL to a server"
        )
    else:
        with live.connect() as connection:
            schema = str(connection.scalar(text("SELECT current_schema()")))
        with _database(live.url) as url:
            dump_postgresql.restore(dump, url)
            yield from _opened(url.render_as_string(hide_password=False), schema)


def _opened(url: str, schema: str | None) -> Iterator[Engine]:
    made = engine(url.replace("postgresql+psycopg://", "postgresql://", 1), schema=schema)
    try:
        upgrade(made)
        yield made
    finally:
        made.dispose()


@contextmanager
def _database(beside: URL) -> Iterator[URL]:
    # With the login's own rights: the clock's role may make no database.
    server = engine(beside.set(drivername="postgresql").render_as_string(hide_password=False))
    name = f"{PREFIX}{today():%Y%m%d}_{secrets.token_hex(6)}"
    try:
        with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _drop_left_over(connection)
            _create(connection, name)
            try:
                yield beside.set(database=name)
            finally:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.dispose()


def _create(connection: Connection, name: str) -> None:
    try:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    except DBAPIError as error:
        raise Misconfigured(
            f"a scratch database cannot be made ({type(error.orig).__name__}): run this with"
            " HEARD_DATABASE_URL of a login that may (ALTER ROLE … CREATEDB)"
        ) from None


def _drop_left_over(connection: Connection) -> None:
    # Of drills that were killed before yesterday: ours, and nobody is connected to them. A newer one may be
    # running now, on another host too, between two of its connections.
    left = connection.scalars(
        text(
            "SELECT datname FROM pg_database d WHERE starts_with(datname, :prefix) AND datname < :yesterday"
            " AND pg_get_userbyid(datdba) = current_user"
            " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)"
        ),
        {"prefix": PREFIX, "yesterday": f"{PREFIX}{today() - timedelta(days=1):%Y%m%d}"},
    ).all()
    for name in left:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
