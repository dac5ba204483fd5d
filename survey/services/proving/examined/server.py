"""Settings of a PostgreSQL server that write down what Heard keeps to itself, or lose what it promised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, text

from survey.domain.proof import Found, Level

Values = Mapping[str, str]
WORST: tuple[Level, ...] = ("bad", "warning", "not examined", "good")
TRUE = {"on", "true", "yes", "1"}
QUIET_ON_ERROR = {"log", "fatal", "panic"}  # of log_min_error_statement: an error's statement is not written
LIBRARIES = ("shared_preload_libraries", "session_preload_libraries", "local_preload_libraries")
# Libraries that write down no value of a statement whose values travel apart from it, as Heard's do.
HARMLESS = {"pg_stat_statements", "pg_prewarm", "auth_delay", "passwordcheck", "pg_cron", "timescaledb"}
JUDGED_APART = {"auto_explain", "pgaudit"}

# What holds for a login of Heard's, not only for the one that asks now.
_OVERRIDES = """
    SELECT r.rolname, unnest(d.setconfig)
      FROM pg_db_role_setting d JOIN pg_roles r ON r.oid = d.setrole
     WHERE d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
       AND r.rolcanlogin
       AND EXISTS (SELECT 1 FROM pg_roles h WHERE h.rolname IN ('heard_patient', 'heard_staff', 'heard_clock')
                    AND pg_has_role(r.oid, h.oid, 'MEMBER'))
     ORDER BY d.setdatabase, r.rolname"""


def findings(connection: Connection) -> list[Found]:
    """Each setting as the worst login of Heard's meets it."""
    found = values_by_login(connection)
    return [_worst(judge, found) for judge in JUDGES]


def values_by_login(connection: Connection) -> dict[str, Values]:
    """Settings by login; under "" those of this connection."""
    here = {
        row.name: row.setting for row in connection.execute(text("SELECT name, setting FROM pg_settings"))
    }
    found: dict[str, Values] = {"": here}
    for login, pair in connection.execute(text(_OVERRIDES)):
        name, _, value = pair.partition("=")
        found[login] = {**found.get(login, here), name: value}
    return found


def _worst(judge: Callable[[Values], Found], by_login: Mapping[str, Values]) -> Found:
    judged = {login: judge(values) for login, values in by_login.items()}
    login = min(judged, key=lambda one: WORST.index(judged[one].level))
    one = judged[login]
    return Found(one.what, one.level, f"{one.says} (for the login {login})" if login else one.says, one.do)


def commit_times(values: Values) -> Found:
    if _on(values, "track_commit_timestamp"):
        says = "the server keeps the time of every commit: when each response came can be read from its row"
        return Found("Commit times", "bad", says, "set track_commit_timestamp = off and restart the server")
    return Found("Commit times", "good", "track_commit_timestamp is off: no row leads to a time of day")


def statements(values: Values) -> Found:
    what, setting = "Statements in the server's log", values.get("log_statement", "none").lower()
    if setting in {"none", "ddl"}:
        return Found(what, "good", f"log_statement is {setting}: no patient's statement is written down")
    level: Level = "bad" if _with_values(values) else "warning"
    kept = "its values and " if _with_values(values) else ""
    says = f"log_statement is {setting}: each statement is written with {kept}its time"
    return Found(what, level, says, "set log_statement = none, and delete the logs that were written")


def slow_statements(values: Values) -> Found:
    what, do = (
        "Slow statements",
        "set log_min_duration_statement = -1 and the sampling settings to their defaults",
    )
    least = min((_number(values, name) for name in _LIMITS if _number(values, name) >= 0), default=-1)
    if float(values.get("log_transaction_sample_rate", "0")) > 0:
        least = 0
    if least < 0:
        return Found(what, "good", "no statement is written down for being slow")
    kept = "its values and its time" if _with_values(values) else "its time"
    if least == 0:
        says = f"the server writes down statements however quick they are, each with {kept}"
        return Found(what, "bad" if _with_values(values) else "warning", says, do)
    return Found(what, "warning", f"a statement of {least} ms or more is written down with {kept}", do)


_LIMITS = ("log_min_duration_statement", "log_min_duration_sample")


def failed_statements(values: Values) -> Found:
    what, do = "Failed statements", "set log_min_error_statement = panic"
    if values.get("log_min_error_statement", "error").lower() in QUIET_ON_ERROR:
        return Found(what, "good", "a statement that fails is not written down")
    if _number(values, "log_parameter_max_length_on_error", 0) != 0:
        says = "a statement that fails is written down with its values"
        return Found(what, "bad", says, f"{do} and log_parameter_max_length_on_error = 0")
    says = "a statement that fails is written down, without its values, with its time"
    return Found(what, "warning", says, do)


def verbosity(values: Values) -> Found:
    if values.get("log_error_verbosity", "default").lower() == "terse":
        return Found("Details of errors", "good", "log_error_verbosity is terse")
    says = "an error's DETAIL names the key that was met twice, such as the hash of a ticket"
    return Found("Details of errors", "warning", says, "set log_error_verbosity = terse")


def durations(values: Values) -> Found:
    if _on(values, "log_duration"):
        says = "log_duration is on: the time of every statement is written down"
        return Found("Times of statements", "warning", says, "set log_duration = off")
    return Found("Times of statements", "good", "log_duration is off")


def parse_trees(values: Values) -> Found:
    on = [name for name in ("parse", "rewritten", "plan") if _on(values, f"debug_print_{name}")]
    if on:
        says = f"debug_print_{on[0]} is on: the log holds each statement in pieces, with its time"
        return Found("Parse trees and plans", "bad", says, f"set debug_print_{on[0]} = off")
    return Found("Parse trees and plans", "good", "none is written into the log")


def auto_explain(values: Values) -> Found:
    what, least = "auto_explain", _number(values, "auto_explain.log_min_duration")
    if not _loaded(values, what, "auto_explain.log_min_duration"):
        return Found(what, "good", "is not loaded")
    if least < 0:
        return Found(what, "good", "is loaded and writes no plan down")
    how = "every statement" if least == 0 else f"each statement of {least} ms or more"
    level: Level = "bad" if least == 0 else "warning"
    return Found(what, level, f"writes down {how} with its time", "set auto_explain.log_min_duration = -1")


def pgaudit(values: Values) -> Found:
    what, log = "pgaudit", values.get("pgaudit.log", "none").lower()
    if not _loaded(values, what, "pgaudit.log"):
        return Found(what, "good", "is not loaded")
    if log in {"none", "ddl", "role", "ddl, role", "role, ddl"}:
        return Found(what, "good", f"is loaded and records {log}: no patient's statement")
    with_values = _on(values, "pgaudit.log_parameter")
    kept = "its values and " if with_values else ""
    says = f"records {log}: each such statement with {kept}its time"
    do = "set pgaudit.log = 'ddl, role' and pgaudit.log_parameter = off for Heard's logins"
    return Found(what, "bad" if with_values else "warning", says, do)


def libraries(values: Values) -> Found:
    what = "Other libraries in the server"
    if "shared_preload_libraries" not in values:
        says = "this login may not see which libraries the server loads"
        return Found(what, "not examined", says, "ask whoever runs the server: shared_preload_libraries")
    unknown = sorted(_libraries(values) - HARMLESS - JUDGED_APART)
    if unknown:
        says = f"the server loads {', '.join(unknown)}, which Heard does not know"
        return Found(what, "warning", says, "ask whoever runs the server what they record of statements")
    return Found(what, "good", "none that is known to record statements")


def fsync(values: Values) -> Found:
    if _on(values, "fsync") and _on(values, "full_page_writes"):
        return Found("Safety of what is stored", "good", "fsync and full_page_writes are on")
    says = "a power cut may lose a response for which a patient was thanked, after its key was destroyed"
    return Found("Safety of what is stored", "warning", says, "set fsync = on and full_page_writes = on")


def commits(values: Values) -> Found:
    if values.get("synchronous_commit", "on").lower() in TRUE | {"remote_write", "remote_apply"}:
        return Found("Commits wait for the disk", "good", "synchronous_commit holds on Heard's connections")
    says = "synchronous_commit is not on though Heard asks for it: does a connection pooler drop it?"
    do = "let the pooler pass the connection's options on, or set synchronous_commit = on for Heard's logins"
    return Found("Commits wait for the disk", "warning", says, do)


def cleaning(values: Values) -> Found:
    if _on(values, "autovacuum"):
        return Found("Deleted rows", "good", "autovacuum is on: it frees their place soon")
    says = "autovacuum is off: what was deleted stays readable in the database's files until somebody cleans"
    return Found("Deleted rows", "warning", says, "set autovacuum = on")


def encoding(values: Values) -> Found:
    found = values.get("server_encoding", "")
    if found.upper() == "UTF8":
        return Found("Encoding", "good", "the database is kept in UTF8")
    says = (
        f"the database is kept in {found}: an answer in another script may be refused, and the refusal logged"
    )
    return Found("Encoding", "warning", says, "make Heard a database with ENCODING 'UTF8'")


JUDGES: tuple[Callable[[Values], Found], ...] = (
    commit_times,
    statements,
    slow_statements,
    failed_statements,
    verbosity,
    durations,
    parse_trees,
    auto_explain,
    pgaudit,
    libraries,
    fsync,
    commits,
    cleaning,
    encoding,
)


def _on(values: Values, name: str) -> bool:
    return values.get(name, "off").lower() in TRUE


def _number(values: Values, name: str, default: int = -1) -> int:
    # As pg_settings has it or as somebody wrote it for one login: 500, 500ms, 2s.
    found = re.match(r"\s*(-?\d+)\s*([a-z]*)", values.get(name, "").lower())
    if found is None:
        return default
    return int(found[1]) * (_MILLISECONDS.get(found[2], 1) if int(found[1]) > 0 else 1)


_MILLISECONDS = {"s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def _with_values(values: Values) -> bool:
    return _number(values, "log_parameter_max_length") != 0


def _libraries(values: Values) -> set[str]:
    named = (part.strip(' "') for name in LIBRARIES for part in values.get(name, "").split(","))
    return {part.rpartition("/")[2].removesuffix(".so") for part in named if part}


def _loaded(values: Values, library: str, setting: str) -> bool:
    return setting in values or library in _libraries(values)
