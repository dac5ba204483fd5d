"""Which ICBs a database login of the staff role may see, and what the server says of a login."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from survey.storage.database import insert_into
from survey.storage.tables import StaffScopeRow

# No wall holds a login that is, or may turn into, a superuser, the tables' owner, the clock, or one of the
# server's own roles (pg_read_all_data and the like).
_LOGIN = text("""
    SELECT pg_has_role(l.oid, 'heard_staff', 'MEMBER') AS staff,
           EXISTS (SELECT 1 FROM pg_roles r
                    WHERE pg_has_role(l.oid, r.oid, 'MEMBER')
                      AND (r.rolsuper OR r.rolbypassrls OR starts_with(r.rolname, 'pg_')
                           OR r.rolname = 'heard_clock'
                           OR r.oid = (SELECT relowner FROM pg_class WHERE oid = 'response'::regclass)))
             AS unbound
      FROM pg_roles l WHERE l.rolname = :login AND l.rolcanlogin""")


@dataclass(frozen=True, slots=True)
class Login:
    """A login of the server: whether it has the staff role, and whether no wall holds it."""

    staff: bool
    unbound: bool


def login(session: Session, name: str) -> Login | None:
    """What the server knows of a login (PostgreSQL); None where there is none of that name."""
    row = session.execute(_LOGIN, {"login": name}).first()
    return None if row is None else Login(row.staff, row.unbound)


def allow(session: Session, name: str, icb: str) -> bool:
    """Let a login see an ICB; False where it may already."""
    row = insert_into(session, StaffScopeRow).values(login=name, icb=icb)
    made = session.execute(row.on_conflict_do_nothing().returning(StaffScopeRow.icb))
    return made.first() is not None


def disallow(session: Session, name: str, icb: str | None) -> list[str]:
    """Take an ICB, or all, from a login; return which."""
    gone = delete(StaffScopeRow).where(StaffScopeRow.login == name)
    if icb is not None:
        gone = gone.where(StaffScopeRow.icb == icb)
    return sorted(session.scalars(gone.returning(StaffScopeRow.icb)))


def allowed(session: Session) -> list[tuple[str, str]]:
    """(login, ICB), in order."""
    wanted = select(StaffScopeRow.login, StaffScopeRow.icb)
    return [(row.login, row.icb) for row in session.execute(wanted.order_by("login", "icb"))]
