"""Engines, sessions and the schema: SQLite by default, PostgreSQL through psycopg 3."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from survey.domain.errors import DatabaseDown, Misconfigured
from survey.resources import folder
from survey.storage.tables import Base
from survey.storage.views import REVISION

if TYPE_CHECKING:  # Alembic costs a process 11 MB: only who upgrades loads it, not each worker of the site
    from alembic.config import Config


Role = Literal["patient", "staff", "clock"]

# On PostgreSQL a page that stops between a response and its commit holds its box open: the server ends it. A
# tally that waits for whoever took the page's place says so, and is tried again, rather than wait for ever.
BOUNDS: dict[Role, dict[str, str]] = {
    "patient": {"idle_in_transaction_session_timeout": "30s"},
    "clock": {"lock_timeout": "5min"},
}

# At DEBUG these print the rows that they read and the keys of those they write, whatever `hide_parameters`
# says: an answer among them, a ticket's hash.
for _talker in ("sqlalchemy.engine.Engine", "sqlalchemy.orm.mapper.Mapper"):
    logging.getLogger(_talker).addFilter(lambda record: record.levelno > logging.DEBUG)


def engine(
    url: str, *, role: Role | None = None, schema: str | None = None, busy_seconds: float = 15
) -> Engine:
    """An engine for `url`; parameters never show in its errors, for they are patients' answers.

    On PostgreSQL each connection takes on the rights of `role` (those of its login where None) and works in
    `schema`; SQLite knows neither, and no file of it is made but by `upgrade`.
    """
    if url.startswith("sqlite:///"):
        made = create_engine(url, hide_parameters=True, connect_args={"timeout": busy_seconds})
        event.listen(made, "do_connect", _open_only)
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_immediate)
        return made
    modern = url.replace("postgresql://", "postgresql+psycopg://", 1)
    try:
        return create_engine(
            modern, hide_parameters=True, pool_pre_ping=True, connect_args=_postgresql(role, schema)
        )
    except (ArgumentError, ValueError):
        raise Misconfigured(
            "HEARD_DATABASE_URL cannot be read; it is written postgresql://user:password@host:5432/database"
        ) from None


def _postgresql(role: Role | None, schema: str | None) -> dict[str, Any]:
    # A patient is thanked and a box's key destroyed on the word of a commit: it must be on disk, whatever
    # the server was tuned to.
    wanted = {"synchronous_commit": "on"}
    wanted |= {"role": f"heard_{role}"} | BOUNDS.get(role, {}) if role else {}
    wanted |= {"search_path": schema} if schema else {}
    return {
        "connect_timeout": 5,
        "options": " ".join(f"-c {name}={value}" for name, value in wanted.items()),
    }


def _make_file(on: Engine) -> None:
    file = _file(on)
    if file is None or file.exists():
        return
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o644)  # as SQLite does; its folder is closed
    except OSError as error:
        raise Misconfigured(
            f"the database {file} cannot be made ({error.strerror}); see HEARD_DATABASE_URL"
        ) from None


def _file(on: Engine) -> Path | None:
    return Path(on.url.database or "") if on.dialect.name == "sqlite" else None


def _open_only(_dialect: Any, _record: Any, arguments: list[str], named: dict[str, Any]) -> None:
    # A slip in the path, or a file that was moved away, must not look like an installation without answers.
    arguments[0] = f"file:{quote(arguments[0])}?mode=rw"
    named["uri"] = True


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins; the driver must not
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    # A reader that turns writer half-way meets SQLITE_BUSY at once; writers queue here instead.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def transaction(on: Engine, *, reading: bool = False) -> Iterator[Session]:
    """One transaction, committed at the end; DatabaseDown where the database does not answer.

    `reading` takes no write lock on SQLite; write nothing in it.
    """
    bound = on.execution_options(reading=True) if reading else on
    try:
        with Session(bound) as session, session.begin():
            yield session
    except OperationalError as error:
        raise DatabaseDown(f"the database does not answer ({type(error.orig).__name__}); try again") from None


def insert_into(session: Session, table: type[Base]) -> Any:
    """An INSERT that knows ON CONFLICT, in the dialect of the session's database.

    Only that dialect is imported: the other one would cost each worker of the patient's site 2 MB.
    """
    return import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}").insert(table)


def upgrade(on: Engine) -> str:
    """Bring the schema to the newest revision; return it. SQLite's file is made where there is none."""
    from alembic import command

    _make_file(on)
    with _answering(on), on.begin() as connection:
        command.upgrade(_alembic(connection), "head")
    return head()


def head() -> str:
    """The newest revision that is shipped: migrations are numbered by their file names."""
    return max(file.name.partition("_")[0] for file in (folder("migrations") / "versions").glob("[0-9]*.py"))


def require_schema(on: Engine) -> None:
    """Misconfigured unless the schema is the newest."""
    if (file := _file(on)) is not None and not file.exists():
        raise Misconfigured(_none_at(on))
    with _answering(on), on.connect() as connection:
        look = inspect(connection)
        made = look.has_table("alembic_version")
        # Through the view: no process but the one that upgrades may read the table.
        current = connection.scalar(select(REVISION.c.version_num)) if look.has_table("revision") else None
    if not made:
        raise Misconfigured(_none_at(on))
    if current != head():
        raise Misconfigured(
            f"the database is at revision {current or 'before 0002'}, Heard needs {head()}: "
            "run `heard db upgrade`"
        )


def _none_at(on: Engine) -> str:
    return f"there is no database of Heard at {_name(on)}: run `heard db upgrade`, or see HEARD_DATABASE_URL"


@contextmanager
def _answering(on: Engine) -> Iterator[None]:
    # Nothing of a patient's travels on these connections, so the database's own words may be told: the first
    # line, for what follows quotes a statement or a hint.
    try:
        yield
    except DBAPIError as error:
        said = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
        if lacks := re.search(r'(?:set role|FATAL: +role) "heard_(clock|patient|staff)"', said):
            raise Misconfigured(
                f"this login ({on.url.username}) lacks the {lacks[1]}'s rights: set HEARD_DATABASE_URL to one"
                " that has them; in a new database run `heard db upgrade` as its owner first"
            ) from None
        if isinstance(error, OperationalError):
            raise DatabaseDown(
                f"the database at {_name(on)} does not answer: {said}; see HEARD_DATABASE_URL"
            ) from None
        raise Misconfigured(
            f"the database at {_name(on)} refuses: {said}. Does this login own it? See HEARD_DATABASE_URL"
        ) from None


def _name(on: Engine) -> str:
    return on.url.render_as_string(hide_password=True)


def _alembic(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
