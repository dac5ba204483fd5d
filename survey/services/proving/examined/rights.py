"""Who may do what in a PostgreSQL database: the logins behind Heard's processes, and everybody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, text

from survey.domain.proof import Found
from survey.storage.tables import Base

ROLES = ("heard_patient", "heard_staff", "heard_clock")
PROCESSES = {"heard_patient", "heard_clock"}
OF_PATIENTS = ("ticket", "sealed", "response", "comment", "comment_part", "subgroup_part")
TOLD = 3  # names, before 'and n more'

_LOGINS = """
    SELECT r.rolname, h.rolname, r.rolbypassrls,
           EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = current_schema() AND c.relname = 'ticket'
                      AND pg_has_role(r.oid, c.relowner, 'MEMBER')),
           EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = current_schema() AND c.relname = 'ticket' AND c.relowner = r.oid)
      FROM pg_roles r JOIN pg_roles h ON h.rolname = ANY(:roles) AND pg_has_role(r.oid, h.oid, 'MEMBER')
     WHERE r.rolcanlogin AND NOT r.rolsuper
       AND has_database_privilege(r.oid, current_database(), 'CONNECT') ORDER BY 1, 2"""
_READABLE_BY_PATIENT = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema() AND c.relname = ANY(:tables)
       AND (has_any_column_privilege('heard_patient', c.oid, 'SELECT')
            OR has_table_privilege('heard_patient', c.oid, 'INSERT, UPDATE, DELETE')) ORDER BY 1"""
_OTHER_READERS = """
    SELECT r.rolname, string_agg(c.relname, ', ' ORDER BY c.relname)
      FROM pg_roles r CROSS JOIN pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema() AND c.relname = ANY(:tables)
       AND r.rolcanlogin AND NOT r.rolsuper AND NOT pg_has_role(r.oid, c.relowner, 'MEMBER')
       AND NOT EXISTS (SELECT 1 FROM pg_roles h
                        WHERE h.rolname = ANY(:roles) AND pg_has_role(r.oid, h.oid, 'MEMBER'))
       AND has_any_column_privilege(r.oid, c.oid, 'SELECT') GROUP BY 1 ORDER BY 1"""
# Whatever staff may read is bounded by ICB, but for the names of organisations.
_UNBOUNDED = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relname <> 'organisation'
       AND has_any_column_privilege('heard_staff', c.oid, 'SELECT')
       AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))
     ORDER BY 1"""


def findings(connection: Connection) -> list[Found]:
    """The roles, the logins behind them, and who else reads patients' tables."""
    if missing := _missing(connection):
        says = f"the server does not know {', '.join(missing)}: each process may do all that its login may"
        return [
            Found("Database roles", "bad", says, "run `heard db upgrade` with a login that may create roles")
        ]
    return [look(connection) for look in (this_login, logins, patient_role, other_readers, rows_of_staff)]


def this_login(connection: Connection) -> Found:
    what = "The login of this command"
    login, superuser, passes = connection.execute(
        text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user")
    ).one()
    if superuser or passes:
        power = "is a superuser" if superuser else "passes row-level security (BYPASSRLS)"
        says = f"{login} {power}: a process that uses it is held by no wall in the database"
        return Found(
            what, "warning", says, "give each process a login of its own that is a member of one role only"
        )
    return Found(what, "good", f"{login} is no superuser")


def logins(connection: Connection) -> Found:
    what, do = (
        "Logins of the processes",
        "give each process a login of its own that is a member of one role only",
    )
    roles: dict[str, set[str]] = defaultdict(set)
    more: dict[str, str] = {}
    owners: set[str] = set()
    for login, role, passes, owns, is_owner in connection.execute(text(_LOGINS), {"roles": list(ROLES)}):
        roles[login].add(role)
        if passes:
            more[login] = "passes row-level security"
        elif owns:
            more[login] = "owns the tables"
        if is_owner and not passes:
            owners.add(login)
    bound = {role for one, held in roles.items() if len(held) == 1 and one not in more for role in held}
    if bound >= PROCESSES:
        # Somebody must own the tables, to upgrade them: it is no fault where no process needs that login.
        # Whoever is only a member of the owner may still be a process, and is named.
        for owner in owners:
            del roles[owner], more[owner]
    more |= {
        one: f"has {len(held)} roles" for one, held in roles.items() if len(held) > 1 and one not in more
    }
    if more:
        told = _told(f"{login} {why}" for login, why in sorted(more.items()))
        return Found(what, "warning", f"a login may do more than one process needs: {told}", do)
    if not any("heard_patient" in held for held in roles.values()):
        says = (
            "no login is bound to the patient's role: the patient's site runs with more rights than it needs"
        )
        return Found(what, "warning", says, do)
    kept = f"; {_told(sorted(owners))} owns the tables: for upgrades and proofs alone" if owners else ""
    return Found(what, "good", f"{_told(sorted(roles))}: each bound to one role{kept}")


def patient_role(connection: Connection) -> Found:
    what = "What the patient's site may touch"
    found = _names(connection, _READABLE_BY_PATIENT, tables=_tables())
    if found:
        says = f"the role heard_patient may read or write {_told(found)}"
        do = f"REVOKE ALL ON {', '.join(found)} FROM heard_patient, PUBLIC"
        return Found(what, "bad", says, do)
    return Found(what, "good", "no table: only its views and functions")


def other_readers(connection: Connection) -> Found:
    what = "Others who may read patients' tables"
    asked = {"tables": list(OF_PATIENTS), "roles": list(ROLES)}
    found = [f"{login} ({tables})" for login, tables in connection.execute(text(_OTHER_READERS), asked)]
    if found:
        do = "revoke it, unless a person decided that this login should; backups are made with the clock's"
        return Found(what, "warning", _told(found), do)
    return Found(what, "good", "none but superusers and the owner")


def rows_of_staff(connection: Connection) -> Found:
    what, found = "Rows that staff may see", _names(connection, _UNBOUNDED)
    if found:
        says = f"no row-level security on {_told(found)}: staff of one ICB may read another's"
        return Found(what, "bad", says, f"ALTER TABLE {found[0]} ENABLE ROW LEVEL SECURITY, with its policy")
    return Found(what, "good", "row-level security bounds every table by ICB")


def _missing(connection: Connection) -> list[str]:
    known = set(_names(connection, "SELECT rolname FROM pg_roles"))
    return [role for role in ROLES if role not in known]


def _names(connection: Connection, query: str, **asked: list[str]) -> list[str]:
    return [row[0] for row in connection.execute(text(query), asked)]


def _tables() -> list[str]:
    return [*Base.metadata.tables, "alembic_version"]


def _told(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - TOLD} more" if len(found) > TOLD else ""
    return ", ".join(found[:TOLD]) + more
