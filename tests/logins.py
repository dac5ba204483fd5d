"""Logins of their own on the test server, each in one of Heard's roles: what a process or a person has."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from survey.storage import database


@contextmanager
def login(owner: Engine, *roles: str) -> Iterator[tuple[str, Engine]]:
    """A login in `roles` to `owner`'s PostgreSQL database: its name and an engine that logs in as it."""
    name, password = f"heard_test_{secrets.token_hex(6)}", secrets.token_hex(12)
    within = f" IN ROLE {', '.join(roles)}" if roles else ""
    _run(owner, f"CREATE ROLE {name} LOGIN PASSWORD '{password}'{within}")
    url = owner.url.set(drivername="postgresql", username=name, password=password)
    made = database.engine(url.render_as_string(hide_password=False))
    try:
        yield name, made
    finally:
        made.dispose()
        _run(owner, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def _run(owner: Engine, *statements: str) -> None:
    with owner.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
