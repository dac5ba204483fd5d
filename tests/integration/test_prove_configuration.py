"""Every finding about a database, made to go wrong on a real one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text

from survey.config import Settings
from survey.domain.proof import Found, Level
from survey.privacy.keys import make_lasting_keys
from survey.services.proving import configuration
from survey.services.proving.examined import server
from survey.storage.database import engine as open_engine

pytestmark = pytest.mark.postgres
NOBODY: dict[str, str] = {}  # an environment without variables


def settings_of(engine: Engine, folder: Path) -> Settings:
    url = engine.url.set(drivername=engine.dialect.name).render_as_string(hide_password=False)
    return Settings(
        url,
        keys_dir=folder / "keys",
        data_dir=folder / "data",
        backup_dir=folder / "backups",
        base_url="https://survey.trust.nhs.uk",
    )


def examined(engine: Engine, folder: Path) -> dict[str, Found]:
    found = configuration.findings(engine, settings_of(engine, folder), environ=NOBODY)
    assert len({one.what for one in found}) == len(found), "two findings have one name"
    return {one.what: one for one in found}


def run(engine: Engine, *statements: str) -> None:
    for statement in statements:
        with engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()  # settings of a database hold for the next connection


def settle(engine: Engine, *pairs: str) -> None:
    run(engine, *(f'ALTER DATABASE "{engine.url.database}" SET {pair}' for pair in pairs))


@pytest.fixture
def login(postgres: Engine) -> Iterator[str]:
    """A login of the server without any right."""
    name = f"heard_test_login_{secrets.token_hex(4)}"
    run(postgres, f"CREATE ROLE {name} LOGIN")
    yield name
    run(postgres, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_a_fresh_installation_has_nothing_bad_and_says_what_it_did_not_see(
    database: Engine, tmp_path: Path
) -> None:
    make_lasting_keys(tmp_path / "keys")
    found = examined(database, tmp_path)
    assert [one for one in found.values() if one.level == "bad"] == []
    assert all(one.do for one in found.values() if one.level != "good")
    assert found["The reverse proxy, firewall and load balancer"].level == "not examined"


@pytest.mark.parametrize(
    ("pairs", "what", "level"),
    [
        (["log_statement = 'all'"], "Statements in the server's log", "bad"),
        (
            ["log_statement = 'mod'", "log_parameter_max_length = 0"],
            "Statements in the server's log",
            "warning",
        ),
        (["log_statement = 'ddl'"], "Statements in the server's log", "good"),
        (["log_min_duration_statement = 0"], "Slow statements", "bad"),
        (["log_min_duration_statement = 500"], "Slow statements", "warning"),
        (["log_transaction_sample_rate = 0.1"], "Slow statements", "bad"),
        (["log_min_error_statement = 'panic'"], "Failed statements", "good"),
        (["log_parameter_max_length_on_error = -1"], "Failed statements", "bad"),
        (["log_error_verbosity = 'terse'"], "Details of errors", "good"),
        (["log_duration = on"], "Times of statements", "warning"),
        (["debug_print_parse = on"], "Parse trees and plans", "bad"),
        (["session_preload_libraries = 'auto_explain'"], "auto_explain", "good"),
        (
            ["session_preload_libraries = 'auto_explain'", "auto_explain.log_min_duration = 0"],
            "auto_explain",
            "bad",
        ),
        (
            ["session_preload_libraries = 'auto_explain'", "auto_explain.log_min_duration = '1s'"],
            "auto_explain",
            "warning",
        ),
        (["session_preload_libraries = 'tsm_system_rows'"], "Other libraries in the server", "warning"),
    ],
)
def test_what_the_server_writes_down_is_found(
    postgres: Engine, tmp_path: Path, *, pairs: list[str], what: str, level: Level
) -> None:
    settle(postgres, *pairs)
    assert examined(postgres, tmp_path)[what].level == level


def test_a_server_that_does_not_clean_up_is_a_warning() -> None:
    # A setting of the whole server, which no test may change.
    assert server.cleaning({"autovacuum": "on"}).level == "good"
    assert server.cleaning({"autovacuum": "off"}).level == "warning"


def test_a_setting_of_one_login_of_heards_is_found_though_another_asks(
    postgres: Engine, tmp_path: Path, login: str
) -> None:
    run(postgres, f"ALTER ROLE {login} SET log_statement = 'all'")
    assert examined(postgres, tmp_path)["Statements in the server's log"].level == "good"  # nobody of ours
    run(postgres, f"GRANT heard_patient TO {login}")
    found = examined(postgres, tmp_path)["Statements in the server's log"]
    assert (found.level, f"for the login {login}" in found.says) == ("bad", True)


def test_a_pooler_that_drops_heards_wish_for_the_disk_is_found(postgres: Engine, tmp_path: Path) -> None:
    settle(postgres, "synchronous_commit = off")
    what = "Commits wait for the disk"
    assert examined(postgres, tmp_path)[what].level == "good"  # Heard's own connections ask for it
    bare = create_engine(postgres.url, hide_parameters=True)
    assert examined(bare, tmp_path)[what].level == "warning"
    bare.dispose()


@pytest.mark.parametrize("kind", ["timestamp DEFAULT now()", "bigserial", "int GENERATED ALWAYS AS IDENTITY"])
def test_a_column_that_fills_itself_is_bad(postgres: Engine, tmp_path: Path, kind: str) -> None:
    run(postgres, f"ALTER TABLE sealed ADD COLUMN came {kind}")
    found = examined(postgres, tmp_path)["Columns of Heard's tables"]
    assert (found.level, "sealed.came" in found.says) == ("bad", True)


def test_a_column_that_stays_empty_is_a_warning(database: Engine, tmp_path: Path) -> None:
    run(database, "ALTER TABLE response ADD COLUMN note text")
    assert examined(database, tmp_path)["Columns of Heard's tables"].level == "warning"


def test_a_column_of_sqlite_that_fills_itself_is_bad(sqlite: Engine, tmp_path: Path) -> None:
    run(sqlite, "ALTER TABLE response ADD COLUMN came text DEFAULT 'x'")
    assert examined(sqlite, tmp_path)["Columns of Heard's tables"].level == "bad"


def test_a_table_that_is_not_heards_and_one_that_is_gone(database: Engine, tmp_path: Path) -> None:
    run(database, "CREATE TABLE ticket_copy (hash text)")
    found = examined(database, tmp_path)["Other tables beside Heard's"]
    assert (found.level, "ticket_copy" in found.says) == ("warning", True)
    run(database, "DROP TABLE subscription")
    assert examined(database, tmp_path)["Tables"].level == "bad"


TRIGGERS = {
    "sqlite": ["CREATE TRIGGER spy AFTER INSERT ON sealed BEGIN SELECT 1; END"],
    "postgresql": [
        "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER spy AFTER INSERT ON sealed FOR EACH ROW EXECUTE FUNCTION look()",
    ],
}


def test_a_trigger_on_a_table_is_bad(database: Engine, tmp_path: Path) -> None:
    run(database, *TRIGGERS[database.dialect.name])
    found = examined(database, tmp_path)["Triggers and rules"]
    assert (found.level, "sealed.spy" in found.says) == ("bad", True)


def test_a_rule_on_a_table_is_bad_and_a_trigger_that_is_switched_off_is_not(
    postgres: Engine, tmp_path: Path
) -> None:
    run(postgres, *TRIGGERS["postgresql"], "ALTER TABLE sealed DISABLE TRIGGER spy")
    assert examined(postgres, tmp_path)["Triggers and rules"].level == "good"
    run(postgres, "CREATE RULE spy AS ON INSERT TO sealed DO ALSO NOTIFY came")
    assert examined(postgres, tmp_path)["Triggers and rules"].level == "bad"


KEPT = "What has left stays as it was written"
REPLACED = {  # a trigger of the same name that does something else
    "sqlite": [
        "DROP TRIGGER ledger_no_update",
        "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT 1; END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION keep_as_written() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
    ],
}
GONE = {
    "sqlite": ["DROP TRIGGER cell_no_replace"],
    "postgresql": ["ALTER TABLE cell DISABLE TRIGGER cell_as_written"],
}


def test_triggers_that_keep_the_ledger_are_none_of_somebody_elses(database: Engine, tmp_path: Path) -> None:
    found = examined(database, tmp_path)
    assert (found["Triggers and rules"].level, found[KEPT].level) == ("good", "good")


def test_one_of_their_names_that_does_something_else_is_bad(database: Engine, tmp_path: Path) -> None:
    run(database, *REPLACED[database.dialect.name])
    found = examined(database, tmp_path)
    assert (found["Triggers and rules"].level, found[KEPT].level) == ("bad", "bad")
    assert "ledger" in found[KEPT].says + found["Triggers and rules"].says


def test_one_of_them_that_is_gone_or_switched_off_is_bad(database: Engine, tmp_path: Path) -> None:
    run(database, *GONE[database.dialect.name])
    found = examined(database, tmp_path)
    assert found["Triggers and rules"].level == "good"
    assert (found[KEPT].level, "cell.cell_" in found[KEPT].says) == ("bad", True)


def test_an_event_trigger_and_a_publication_are_warnings(postgres: Engine, tmp_path: Path) -> None:
    run(
        postgres,
        "CREATE FUNCTION look() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER spy ON ddl_command_end EXECUTE FUNCTION look()",
        "CREATE PUBLICATION away FOR TABLE sealed",
    )
    found = examined(postgres, tmp_path)
    assert (found["Event triggers"].level, found["Publications"].level) == ("warning", "warning")


def test_a_logical_slot_is_a_warning_and_a_physical_one_is_only_told(
    postgres: Engine, tmp_path: Path
) -> None:
    assert examined(postgres, tmp_path)["Logical replication"].level == "good"
    # A real one needs a server with wal_level = logical; its view is stood in for.
    run(
        postgres,
        "CREATE SCHEMA stand_in",
        "CREATE VIEW stand_in.pg_replication_slots AS SELECT 'away' AS slot_name, 'wal2json' AS plugin, "
        "'logical' AS slot_type, current_database() AS database",
    )
    settle(postgres, "search_path = public, stand_in, pg_catalog")
    found = examined(postgres, tmp_path)
    assert found["Logical replication"].level == "warning"
    assert "away (wal2json)" in found["Logical replication"].says
    assert found["Copies of the write-ahead log"].level == "good"


def test_row_level_security_that_was_switched_off_is_bad(postgres: Engine, tmp_path: Path) -> None:
    assert examined(postgres, tmp_path)["Rows that staff may see"].level == "good"
    run(postgres, "ALTER TABLE comment DISABLE ROW LEVEL SECURITY")
    found = examined(postgres, tmp_path)["Rows that staff may see"]
    assert (found.level, "comment" in found.says) == ("bad", True)


@pytest.mark.parametrize("to", ["heard_patient", "PUBLIC"])
def test_a_patients_site_that_may_read_tickets_is_bad(postgres: Engine, tmp_path: Path, to: str) -> None:
    run(postgres, f"GRANT SELECT ON ticket TO {to}")
    found = examined(postgres, tmp_path)["What the patient's site may touch"]
    assert (found.level, "ticket" in found.says) == ("bad", True)


def test_logins_are_good_when_each_has_one_role_and_are_named_when_they_have_more(
    postgres: Engine, tmp_path: Path, login: str
) -> None:
    what = "Logins of the processes"
    assert examined(postgres, tmp_path)[what].level == "warning"  # none is bound to the patient's role
    run(postgres, f"GRANT heard_patient TO {login}")
    assert login in examined(postgres, tmp_path)[what].says
    run(postgres, f"GRANT heard_clock TO {login}")
    found = examined(postgres, tmp_path)[what]
    assert (found.level, f"{login} has 2 roles" in found.says) == ("warning", True)


def test_the_owner_is_named_unless_each_process_has_a_login_of_its_own(
    postgres: Engine, tmp_path: Path, login: str
) -> None:
    what, name = "Logins of the processes", postgres.url.database
    run(
        postgres,
        f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC',  # nor are logins of others here
        f"GRANT heard_patient, heard_clock TO {login}",
        f'GRANT CONNECT ON DATABASE "{name}" TO {login}',
        f"ALTER TABLE ticket OWNER TO {login}",
    )
    with bound(postgres, "heard_patient") as page:
        found = examined(postgres, tmp_path)[what]
        assert (found.level, f"{login} owns the tables" in found.says) == ("warning", True)
        with bound(postgres, "heard_clock") as clock:
            found = examined(postgres, tmp_path)[what]
            assert (found.level, found.says) == (
                "good",
                f"{', '.join(sorted((page, clock)))}: each bound to one role;"
                f" {login} owns the tables: for upgrades and proofs alone",
            )
            run(postgres, f"GRANT {login} TO {clock}")
            found = examined(postgres, tmp_path)[what]
            assert (found.level, f"{clock} owns the tables" in found.says) == ("warning", True)
            run(postgres, f"REVOKE {login} FROM {clock}")
            with bound(postgres, "heard_clock") as member:
                run(postgres, f"GRANT {login} TO {member}")
                found = examined(postgres, tmp_path)[what]
                assert (found.level, f"{member} owns the tables" in found.says) == ("warning", True)
                assert f"{login} owns" not in found.says


@contextmanager
def bound(postgres: Engine, to: str) -> Iterator[str]:
    name = f"heard_test_login_{secrets.token_hex(4)}"
    run(postgres, f"CREATE ROLE {name} LOGIN IN ROLE {to}")
    run(postgres, f'GRANT CONNECT ON DATABASE "{postgres.url.database}" TO {name}')
    try:
        yield name
    finally:
        run(postgres, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_a_superuser_is_told_of_and_a_plain_login_is_not(
    postgres: Engine, tmp_path: Path, login: str
) -> None:
    what = "The login of this command"
    assert examined(postgres, tmp_path)[what].level == "warning"
    plain = open_engine(settings_of(postgres, tmp_path).database_url.replace("//root@", f"//{login}@"))
    found = examined(plain, tmp_path)
    assert found[what].level == "good"
    assert found["Other libraries in the server"].level == "not examined"  # it may not see them
    plain.dispose()


def test_another_reader_of_patients_tables_is_named(postgres: Engine, tmp_path: Path, login: str) -> None:
    run(postgres, f"GRANT SELECT ON comment TO {login}")
    found = examined(postgres, tmp_path)["Others who may read patients' tables"]
    assert (found.level, found.says) == ("warning", f"{login} (comment)")


def test_pragmas_that_somebody_changed_are_found(sqlite: Engine, tmp_path: Path) -> None:
    found = examined(sqlite, tmp_path)
    assert (found["Journal"].level, found["Deleted rows"].level) == ("good", "good")
    sqlite.dispose()
    spoilt = create_engine(sqlite.url, hide_parameters=True)
    event.listen(spoilt, "connect", _spoil)
    found = examined(spoilt, tmp_path)
    assert (found["Journal"].level, found["Deleted rows"].level) == ("warning", "bad")
    assert found["Commits wait for the disk"].level == "warning"
    spoilt.dispose()


def _spoil(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode = DELETE", "secure_delete = OFF", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter; pytest's own are closed."""
    with TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_database_that_every_account_may_read_is_bad(tmp_path: Path, open_folder: Path) -> None:
    (open_folder / "heard.sqlite3").touch(0o644)
    (open_folder / "heard.sqlite3").chmod(0o644)
    here = open_engine(f"sqlite:///{open_folder / 'heard.sqlite3'}")
    assert examined(here, tmp_path)["Files of the database"].level == "bad"
    open_folder.chmod(0o700)
    assert examined(here, tmp_path)["Files of the database"].level == "good"
    here.dispose()


def test_keys_that_are_gone_are_bad_and_keys_that_may_not_be_seen_are_not_examined(
    postgres: Engine, tmp_path: Path, login: str
) -> None:
    assert examined(postgres, tmp_path)["Lasting keys"].level == "bad"
    plain = open_engine(settings_of(postgres, tmp_path).database_url.replace("//root@", f"//{login}@"))
    found = examined(plain, tmp_path)
    assert found["Keys"].level == "not examined"
    assert found["Keys"].do.startswith("run `heard keys check`")
    plain.dispose()


def test_what_a_database_refuses_to_show_is_not_examined(
    postgres: Engine, tmp_path: Path, login: str
) -> None:
    run(postgres, "REVOKE SELECT ON pg_settings FROM PUBLIC")
    plain = open_engine(settings_of(postgres, tmp_path).database_url.replace("//root@", f"//{login}@"))
    found = examined(plain, tmp_path)
    assert found["The server's settings"].level == "not examined"
    assert "What the patient's site may touch" in found
    plain.dispose()
