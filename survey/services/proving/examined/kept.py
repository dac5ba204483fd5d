"""What keeps the ledger as it was written: the migrations' own triggers, to the letter, and all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text

from survey.domain.proof import Found

KEYS = {  # in the order in which the migration names them
    "ledger": ("number",),
    "cell": ("series", "service", "week", "span", "number"),
    "membership": ("node", "icb", "pathway", "since"),
    "step_length": ("node", "icb", "pathway", "series", "block"),
    "released_week": ("week",),
}
WHAT = "What has left stays as it was written"
DO = "find out who did it and compare the tables with a backup; a new database of the migrations has them"
_ON_POSTGRESQL = """
    SELECT c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid, true), t.tgenabled::text,
           p.prosrc, l.lanname, p.prosecdef, p.pronamespace = c.relnamespace
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
     WHERE NOT t.tgisinternal AND n.nspname = current_schema()"""
_ON_SQLITE = "SELECT tbl_name || '.' || name, sql FROM sqlite_master WHERE type = 'trigger'"
_BODY = " BEGIN RAISE EXCEPTION 'what % holds stays as it was written', TG_TABLE_NAME; END "


def ours(connection: Connection) -> set[str]:
    """The triggers that the migrations made and nobody changed, as table.trigger."""
    if connection.dialect.name == "postgresql":
        wanted, there = _wanted_on_postgresql(), _rows(connection, _ON_POSTGRESQL)
    else:
        wanted, there = _wanted_on_sqlite(), _rows(connection, _ON_SQLITE)
    return {name for name, definition in there.items() if wanted.get(name) == definition}


def finding(connection: Connection) -> Found:
    """Whether all of them are there."""
    postgresql = connection.dialect.name == "postgresql"
    wanted = set(_wanted_on_postgresql() if postgresql else _wanted_on_sqlite())
    if gone := sorted(wanted - ours(connection)):
        says = f"{_few(gone)} is gone, switched off or changed: figures that have left can be rewritten"
        return Found(WHAT, "bad", says, DO)
    return Found(WHAT, "good", "the database refuses every change of what was released")


def _wanted_on_postgresql() -> dict[str, tuple[object, ...]]:
    return {
        f"{table}.{table}_as_written": (
            f"CREATE TRIGGER {table}_as_written BEFORE DELETE OR UPDATE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION keep_as_written()",
            *("A", _BODY, "plpgsql", False, True),  # always on; of the caller's rights, in Heard's schema
        )
        for table in KEYS
    }


def _wanted_on_sqlite() -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for table, keys in KEYS.items():
        same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
        there = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
        refuse = f"BEGIN SELECT RAISE(ABORT, 'what {table} holds stays as it was written'); END"
        for name, rest in (
            ("no_update", f"BEFORE UPDATE ON {table} {refuse}"),
            ("no_delete", f"BEFORE DELETE ON {table} {refuse}"),
            ("no_replace", f"BEFORE INSERT ON {table} {there} {refuse}"),
        ):
            found[f"{table}.{table}_{name}"] = (f"CREATE TRIGGER {table}_{name} {rest}",)
    return found


def _rows(connection: Connection, query: str) -> Mapping[str, tuple[object, ...]]:
    return {row[0]: tuple(row[1:]) for row in connection.execute(text(query))}


def _few(names: Iterable[str], most: int = 3) -> str:
    known = list(names)
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")
