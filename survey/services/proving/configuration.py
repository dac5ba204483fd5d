"""The operator's own installation: what in it keeps the promise, weakens it or breaks it.

good          as it should be
warning       a wall is thinner than it need be, or more is kept than is needed
bad           the promise is broken, or patients' data lie open
not examined  nobody inside the installation can see it
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from survey.config import Settings
from survey.domain.errors import HeardError
from survey.domain.proof import Found
from survey.services import keyring
from survey.services.proving.examined import folders, rights, server, sqlite, surroundings, tables

Look = Callable[[Connection], list[Found]]
OF_POSTGRESQL: dict[str, Look] = {
    "The server's settings": server.findings,
    "Rights in the database": rights.findings,
    "Tables": tables.findings,
}
OF_SQLITE: dict[str, Look] = {"The database's settings": sqlite.findings, "Tables": tables.findings}


def findings(engine: Engine, settings: Settings, *, environ: Mapping[str, str] = os.environ) -> list[Found]:
    """Everything that was found, good or not; `engine` has its login's own rights and no role."""
    looks = OF_POSTGRESQL if engine.dialect.name == "postgresql" else OF_SQLITE
    return [
        *(found for what, look in looks.items() for found in _asked(engine, what, look)),
        *_of_keys(engine, settings),
        *folders.findings(settings),
        *surroundings.findings(engine, settings, environ=environ),
    ]


def _asked(engine: Engine, what: str, look: Look) -> list[Found]:
    # One transaction a look: what one is refused does not hide the next.
    try:
        with engine.execution_options(reading=True).connect() as connection:
            return look(connection)
    except DBAPIError as error:
        says = f"the database refuses the look ({type(error.orig).__name__})"
        return [Found(what, "not examined", says, "run `heard prove` with the login that owns the tables")]


def _of_keys(engine: Engine, settings: Settings) -> list[Found]:
    try:
        return keyring.check(engine, settings)
    except (HeardError, DBAPIError, OSError) as error:
        says = f"this account may not look ({type(error).__name__})"
        return [
            Found("Keys", "not examined", says, "run `heard keys check` as the account that runs the clock")
        ]
