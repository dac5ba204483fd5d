"""What somebody added to Heard's tables: columns, triggers, rules, and who else receives each row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, inspect, text

from survey.domain.proof import Found
from survey.services.proving.examined import kept
from survey.storage.tables import Base

OURS = {*Base.metadata.tables, "alembic_version"}

_TRIGGERS = """
    SELECT c.relname || '.' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND n.nspname = current_schema()
     UNION ALL SELECT tablename || '.' || rulename FROM pg_rules WHERE schemaname = current_schema()
     ORDER BY 1"""
_TRIGGERS_OF_SQLITE = "SELECT tbl_name || '.' || name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
_EVENTS = "SELECT evtname FROM pg_event_trigger WHERE evtenabled <> 'D' ORDER BY 1"
_PUBLISHED = (
    "SELECT DISTINCT pubname FROM pg_publication_tables WHERE schemaname = current_schema() ORDER BY 1"
)
_SLOTS = """
    SELECT slot_name || ' (' || plugin || ')' FROM pg_replication_slots
     WHERE slot_type = 'logical' AND database = current_database() ORDER BY 1"""
_COPIES = """
    SELECT current_setting('wal_level'), current_setting('archive_mode'),
           (SELECT count(*) FROM pg_stat_replication),
           (SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical')"""


def findings(connection: Connection) -> list[Found]:
    """What was added to the schema, on either database."""
    return [
        *schema(connection),
        triggers(connection),
        kept.finding(connection),
        *(_streams(connection) if _postgres(connection) else []),
    ]


def schema(connection: Connection) -> list[Found]:
    """Tables and columns against those that the migrations make."""
    look = inspect(connection)
    there = set(look.get_table_names())
    if missing := sorted(OURS - there):
        says = f"{', '.join(missing[:3])} not found"
        return [Found("Tables", "bad", says, "run `heard db upgrade`, or correct HEARD_DATABASE_URL")]
    return [_columns({name: look.get_columns(name) for name in Base.metadata.tables}), _others(there)]


def _columns(there: dict[str, list[Any]]) -> Found:
    what = "Columns of Heard's tables"
    extra = {
        f"{table}.{column['name']}": column
        for table, columns in there.items()
        for column in columns
        if column["name"] not in Base.metadata.tables[table].columns
    }
    filled = [name for name, column in extra.items() if _fills_itself(column)]
    if filled:
        says = f"{', '.join(filled)} was added and fills itself: it may say when or in which order rows came"
        return Found(what, "bad", says, "drop it, and in every copy of the database")
    if extra:
        says = f"{', '.join(extra)} was added; Heard writes nothing into it"
        return Found(what, "warning", says, "drop it")
    return Found(what, "good", "none but those of the migrations")


def _fills_itself(column: Any) -> bool:
    return (
        any(column.get(key) for key in ("default", "identity", "computed"))
        or column.get("autoincrement") is True
    )


def _others(there: set[str]) -> Found:
    if others := sorted(there - OURS):
        told = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
        says = f"there are tables that are not Heard's: {told}"
        return Found("Other tables beside Heard's", "warning", says, "give Heard a database of its own")
    return Found("Other tables beside Heard's", "good", "none")


def triggers(connection: Connection) -> Found:
    query, ours = _TRIGGERS if _postgres(connection) else _TRIGGERS_OF_SQLITE, kept.ours(connection)
    if found := [name for name in _names(connection, query) if name not in ours]:
        says = f"{', '.join(found[:3])} runs when a row is written: it may keep a copy, a time or an order"
        return Found("Triggers and rules", "bad", says, "drop it; Heard's own only refuse changes")
    return Found("Triggers and rules", "good", "none but those that refuse changes of what was released")


def _streams(connection: Connection) -> list[Found]:
    return [look(connection) for look in (event_triggers, publications, slots, copies)]


def event_triggers(connection: Connection) -> Found:
    if found := _names(connection, _EVENTS):
        says = f"{', '.join(found[:3])} runs when a table changes: it could add what Heard left out"
        return Found("Event triggers", "warning", says, "ask whoever runs the server what it does")
    return Found("Event triggers", "good", "none")


def publications(connection: Connection) -> Found:
    if found := _names(connection, _PUBLISHED):
        says = f"{', '.join(found[:3])} sends each row elsewhere; what Heard deletes stays there"
        return Found("Publications", "warning", says, "take Heard's tables out of it")
    return Found("Publications", "good", "none sends Heard's tables elsewhere")


def slots(connection: Connection) -> Found:
    if found := _names(connection, _SLOTS):
        says = f"{', '.join(found[:3])} decodes each row; what Heard deletes stays with its reader"
        return Found("Logical replication", "warning", says, "drop it: SELECT pg_drop_replication_slot(…)")
    return Found("Logical replication", "good", "no slot decodes this database")


def copies(connection: Connection) -> Found:
    level, archive, standbys, kept = connection.execute(text(_COPIES)).one()
    said = [
        f"wal_level is {level}",
        f"archiving is {archive}",
        f"{standbys} standbys, {kept} slots hold it back",
    ]
    return Found(
        "Copies of the write-ahead log", "good", f"{'; '.join(said)}. The thief is given such copies"
    )


def _names(connection: Connection, query: str) -> list[str]:
    return [row[0] for row in connection.execute(text(query))]


def _postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
