"""The same test database with the rights of one of Heard's processes."""

from __future__ import annotations

from sqlalchemy import Engine

from survey.storage import database
from survey.storage.database import Role

_MADE: dict[str, dict[Role, Engine]] = {}


def as_role(owner: Engine, role: Role) -> Engine:
    """`owner`'s database under `role`; on SQLite, which knows no roles, `owner` itself."""
    if owner.dialect.name != "postgresql":
        return owner
    url = owner.url.set(drivername="postgresql").render_as_string(hide_password=False)
    made = _MADE.setdefault(url, {})
    if role not in made:
        made[role] = database.engine(url, role=role)
    return made[role]


def dispose(owner: Engine) -> None:
    """Close every connection of it and of its roles."""
    url = owner.url.set(drivername="postgresql").render_as_string(hide_password=False)
    for engine in (owner, *_MADE.pop(url, {}).values()):
        engine.dispose()
