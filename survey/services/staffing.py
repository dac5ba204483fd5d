"""Staffing: which ICBs a database login of the staff role may see, each change in the audit chain."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.domain.calendar import today
from survey.domain.errors import BadInput, NotFound, Refused
from survey.storage import audit, directory, staff
from survey.storage.database import transaction


def allow(engine: Engine, login: str, icb: str, *, who: str) -> bool:
    """Let `login` see what is of `icb`; False where it may already. Refused where no wall would hold it."""
    _require_walls(engine)
    with transaction(engine) as session:
        kind = directory.organisation(session, icb).kind
        if kind != "icb":
            raise BadInput(f"{icb} is a {kind}; staff see whole ICBs: give the ICB's code")
        _require_bound(staff.login(session, login), login)
        new = staff.allow(session, login, icb)
        if new:
            _note(session, "staff allowed", who=who, login=login, icbs=[icb])
    return new


def disallow(engine: Engine, login: str, icb: str | None = None, *, who: str) -> list[str]:
    """Take `icb`, or every ICB, from `login`; return which. NotFound where it had none of them."""
    _require_walls(engine)
    with transaction(engine) as session:
        gone = staff.disallow(session, login, icb)
        if not gone:
            raise NotFound(f"{login} sees nothing{f' of {icb}' if icb else ''}; `heard db logins` lists them")
        _note(session, "staff disallowed", who=who, login=login, icbs=gone)
    return gone


def logins(engine: Engine) -> list[tuple[str, str]]:
    """(login, ICB) of all who may see something."""
    _require_walls(engine)
    with transaction(engine, reading=True) as session:
        return staff.allowed(session)


def _require_walls(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        raise Refused(
            "SQLite knows no logins: who can read the file reads all of it. Bounds by ICB need PostgreSQL; "
            "see HEARD_DATABASE_URL"
        )


def _require_bound(found: staff.Login | None, login: str) -> None:
    if found is None:
        raise NotFound(
            f"the server has no login {login!r}; let its administrator run\n"
            f'  CREATE ROLE "{login}" LOGIN IN ROLE heard_staff;'
        )
    if found.unbound:
        raise Refused(
            f"{login} is a superuser, owns the tables or has another role that passes the bounds of an ICB; "
            "give a login that has the role heard_staff and no other"
        )
    if not found.staff:
        raise Refused(
            f'{login} has not the staff role; let an administrator run GRANT heard_staff TO "{login}";'
        )


def _note(session: Session, act: str, *, who: str, login: str, icbs: list[str]) -> None:
    audit.append(session, day=today(), who=who, act=act, about={"login": login, "icbs": icbs})
