"""Each process's PostgreSQL role may do what its work needs and is refused everything else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from survey.domain.errors import Misconfigured
from survey.privacy.sealing import seal
from survey.services.respond import Desk, respond_invited
from survey.storage import database
from survey.storage.database import engine
from tests.logins import login
from tests.town import WEEK, Town, a_response

pytestmark = pytest.mark.postgres

ROLES = ("patient", "staff", "clock")
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
BY_COLUMN = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
# Every table and view there is, and what the clock may do with it. One that is not here fails the tests:
# decide who may see it, then add it.
CLOCK = {
    "organisation": "SELECT INSERT UPDATE",
    "service": "SELECT INSERT UPDATE",
    "ticket": "SELECT INSERT DELETE",
    "box": "SELECT INSERT UPDATE DELETE",
    "sealed": "SELECT DELETE",  # and UPDATE of `body` alone
    "keyed_check": "SELECT",
    "decision": "SELECT INSERT UPDATE DELETE",
    "withheld": "SELECT INSERT UPDATE",
    "response": "SELECT INSERT DELETE",
    "comment": "SELECT INSERT DELETE",
    "comment_part": "SELECT INSERT UPDATE DELETE",
    "answer_count": "SELECT INSERT UPDATE DELETE",
    "subgroup_count": "SELECT INSERT UPDATE",
    "subgroup_part": "SELECT INSERT UPDATE DELETE",
    "import_batch": "SELECT INSERT UPDATE",
    "import_seen": "SELECT INSERT DELETE",
    "mark": "SELECT INSERT DELETE",
    "cell": "SELECT INSERT",
    "membership": "SELECT INSERT",
    "step_length": "SELECT INSERT",
    "released_week": "SELECT INSERT",
    "ledger": "SELECT INSERT",
    "withheld_figure": "SELECT INSERT",
    "assessment": "SELECT INSERT UPDATE",
    "finding": "SELECT INSERT UPDATE DELETE",
    "ruling": "SELECT INSERT",
    "action": "SELECT INSERT UPDATE",
    "subscription": "SELECT INSERT DELETE",
    "outbox": "SELECT INSERT UPDATE DELETE",
    "slot": "SELECT INSERT UPDATE DELETE",
    "audit": "SELECT INSERT",
    "audit_head": "SELECT INSERT",
    "staff_scope": "SELECT INSERT DELETE",
    "revision": "SELECT",
    "alembic_version": "SELECT",  # a backup has every table
    "patient_service": "",
    "open_box": "",
    "withheld_told": "",
    "scale_told": "",
}
PATIENT = dict.fromkeys(("patient_service", "open_box", "revision"), "SELECT")
STAFF = dict.fromkeys(("organisation", "revision", "withheld_told", "scale_told"), "SELECT")
ABOUT = ("node", "icb", "pathway", "indicator")
# Columns that a role may touch in tables that it was not granted whole.
COLUMNS = {
    "patient": {},
    "clock": {("sealed", "UPDATE"): {"body"}},
    "staff": {
        ("service", "SELECT"): {"code", "name", "pathway", "organisation", "place", "closed", "remainder"},
        ("ledger", "SELECT"): {
            *("number", "run", "kind", "form", "node", "icb", "pathway", "series", "span"),
            *("n", "favourable", "neither", "unfavourable", "few", "all_but_few"),
        },
        ("finding", "SELECT"): {*ABOUT, "week", "kind", "group", "body"},
        ("assessment", "SELECT"): {"week", "watched"},
        ("ruling", "SELECT"): {*ABOUT, "finding", "choice", "since", "week", "who", "day", "reason"},
        ("action", "SELECT"): {
            *(*ABOUT, "id", "finding", "since", "owner", "due", "does", "told", "start", "closed", "outcome")
        },
        ("mark", "SELECT"): {"service", "week", "label"},
        ("comment", "SELECT"): {"id", "icb", "pathway", "period", "sentiment", "text", "written"},
    },
}
FUNCTIONS = {
    "patient": {"put", "ticket_of", "holds", "note_keyed"},
    "staff": {"staff_icbs", "staff_services"},
    "clock": {"rewrite_comments"},
}
WHOLE = {"patient": PATIENT, "staff": STAFF, "clock": CLOCK}


@pytest.fixture
def town(postgres: Engine, keys_dir: Path) -> Town:
    return Town(postgres, keys_dir).build("BUS1")


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def process(role: str, town: Town) -> Iterator[Connection]:
    """A connection of a login that has the role and nothing else."""
    with login(town.engine, f"heard_{role}") as (_, engine), engine.connect() as connection:
        yield connection


def allowed(role: str, table: str) -> set[str]:
    return set(WHOLE[role].get(table, "").split())


# Not allowed; and of a view, that it cannot be written or truncated, whoever asks.
NO = {"42501", "42809", "55000"}


def refused(connection: Connection, sql: str) -> str | None:
    """What the server says to a statement that must not run; None where it ran."""
    with connection.begin_nested() as point:
        try:
            connection.exec_driver_sql(sql)
        except DBAPIError as error:
            said: str = getattr(error.orig, "sqlstate", "") or ""
            return said
        finally:
            point.rollback()
    return None


def test_every_table_has_its_decision(town: Town) -> None:
    every = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    found = {row[0] for row in town.rows(f"{every} AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')")}
    assert found == set(CLOCK)


def test_a_role_holds_the_rights_that_were_decided_and_no_other(town: Town, role: str) -> None:
    tables = f"unnest(ARRAY{list(CLOCK)}) t, unnest(ARRAY{list(VERBS)}) v"
    held = f"SELECT t, v FROM {tables} WHERE has_table_privilege('heard_{role}', t, v)"
    assert set(town.rows(held)) == {(table, verb) for table in CLOCK for verb in allowed(role, table)}


def test_a_role_holds_no_column_beyond_those_that_were_decided(town: Town, role: str) -> None:
    held = f"""
        SELECT c.relname, v, a.attname, a.attnum
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, unnest(ARRAY{list(BY_COLUMN)}) v
         WHERE c.relname = ANY(ARRAY{list(CLOCK)}) AND c.relnamespace = current_schema()::regnamespace
           AND NOT a.attisdropped AND has_column_privilege('heard_{role}', c.oid, a.attnum, v)"""
    found: dict[tuple[str, str], set[str]] = {}
    for table, verb, column, _ in town.rows(held):
        if verb not in allowed(role, table):
            found.setdefault((table, verb), set()).add(column)
    assert found == COLUMNS[role]  # so neither xmin nor ctid of what staff read


def test_a_role_may_call_its_own_functions_and_no_other_of_the_schema(town: Town, role: str) -> None:
    held = f"""
        SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
           AND has_function_privilege('heard_{role}', oid, 'EXECUTE')"""
    assert {row[0] for row in town.rows(held)} == FUNCTIONS[role]


def test_every_definer_function_looks_in_the_schema_before_a_temporary_one(town: Town) -> None:
    rows = town.rows(
        "SELECT proname, proconfig, prosecdef FROM pg_proc"
        " WHERE pronamespace = current_schema()::regnamespace"
    )
    found = {name: (definer, config) for name, config, definer in rows}
    definer, _ = found.pop("keep_as_written")
    assert not definer  # a trigger's: it refuses, with the rights of whoever writes
    assert set(found) == {name for names in FUNCTIONS.values() for name in names}
    assert all(one == (True, ["search_path=public, pg_temp"]) for one in found.values())


def test_every_view_has_a_barrier(town: Town) -> None:
    views = "SELECT relname, reloptions FROM pg_class WHERE relkind = 'v'"
    mine = f"{views} AND relnamespace = current_schema()::regnamespace"
    assert {name for name, options in town.rows(mine) if "security_barrier=true" in (options or [])} == {
        "patient_service",
        "open_box",
        "revision",
        "withheld_told",
        "scale_told",
    }


def test_what_a_role_was_not_granted_the_server_refuses(process: Connection, role: str) -> None:
    for table in CLOCK:
        some = (table, "SELECT") in COLUMNS[role]  # then PostgreSQL's own columns are what it may not see
        tried = {
            "SELECT": f"SELECT {'xmin, ctid' if some else '*'} FROM {table}",
            "INSERT": f"INSERT INTO {table} DEFAULT VALUES",
            "DELETE": f"DELETE FROM {table}",
            "TRUNCATE": f"TRUNCATE {table}",
            "LOCK": f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        }
        may = allowed(role, table)
        may |= {"LOCK"} if may & {"UPDATE", "DELETE"} else set()
        for verb, sql in tried.items():
            assert (refused(process, sql) in NO) is (verb not in may), f"{role}: {sql}"
        assert "SELECT" in may or some or refused(process, f"COPY {table} TO STDOUT") in NO


def test_a_role_can_make_nothing_and_reach_nothing_outside(
    process: Connection, role: str, town: Town
) -> None:
    others = [f"SET ROLE heard_{other}" for other in ROLES if other != role]
    for sql in (
        *others,
        f"SET ROLE {town.rows('SELECT current_user')[0][0]}",
        "SET SESSION AUTHORIZATION heard_clock",
        "CREATE TABLE mine (a int)",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE EXTENSION dblink",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_read_binary_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT lo_import('/etc/hosts')",
        "COPY (SELECT 1) TO '/tmp/heard-test-roles'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT * FROM pg_statistic",
        "SELECT * FROM pg_authid",
        "SELECT pg_switch_wal()",
        "SELECT pg_create_physical_replication_slot('mine')",
        "ALTER TABLE comment DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_staff ON comment",
        f"ALTER ROLE heard_{role} BYPASSRLS",
    ):
        assert refused(process, sql) == "42501", f"{role}: {sql}"
    assert process.scalar(text("SELECT count(*) FROM pg_largeobject_metadata")) == 0


SHADOWS = (
    "CREATE TEMP TABLE box (id text, service text, questionnaire text, ticketed boolean, state text)",
    "CREATE TEMP TABLE ticket (hash bytea, service varchar, questionnaire varchar)",
    "CREATE TEMP TABLE sealed (id bytea PRIMARY KEY, box text, body bytea)",
    "CREATE TEMP TABLE staff_scope (login text, icb text)",
    "CREATE TEMP TABLE service (code text, place text)",
    "CREATE TEMP TABLE organisation (code text, parent text)",
    "INSERT INTO pg_temp.staff_scope VALUES (session_user, 'QTT')",
    "INSERT INTO pg_temp.service VALUES ('BUS1', 'PL1')",
    "INSERT INTO pg_temp.organisation VALUES ('PL1', 'QTT')",
    "SET search_path = pg_temp, public",
)


def shadow(connection: Connection) -> None:
    for sql in SHADOWS:
        connection.exec_driver_sql(sql)


def test_temporary_tables_of_the_same_names_do_not_deceive_put(town: Town) -> None:
    town.prepare()
    box = town.box("BUS1")
    with login(town.engine, "heard_patient") as (_, engine), engine.connect() as connection:
        ((key,),) = town.rows("SELECT public_key FROM box WHERE id = :box", box=box)
        shadow(connection)
        made = {
            "box": box,
            "ticket": b"h" * 32,
            "id": b"i" * 32,
            "body": seal(b"x", box=box, public_key=bytes(key)),
        }
        connection.execute(text("INSERT INTO pg_temp.ticket VALUES (:ticket, 'BUS1', 'bus/v1')"), made)
        connection.execute(
            text("INSERT INTO pg_temp.box VALUES (:box, 'BUS1', 'bus/v1', true, 'open')"), made
        )
        put = text("SELECT public.put(:ticket, :id, :box, :body)")
        assert connection.scalar(put, made) == "unknown"
        assert connection.scalar(text("SELECT count(*) FROM public.ticket_of(:ticket)"), made) == 0
        connection.commit()
    assert town.sealed == 0


def test_temporary_tables_of_the_same_names_show_staff_nothing(town: Town) -> None:
    with login(town.engine, "heard_staff") as (_, engine), engine.connect() as connection:
        shadow(connection)
        connection.execute(text("SET heard.icb = 'QTT'"))
        assert connection.scalar(text("SELECT count(*) FROM public.staff_icbs()")) == 0
        assert connection.scalar(text("SELECT count(*) FROM public.service")) == 0


def test_a_patients_process_works_under_a_login_that_has_its_role_alone(town: Town) -> None:
    tickets = town.invite("BUS1", 2)
    with login(town.engine, "heard_patient") as (_, engine):
        desk = Desk(engine, town.desk.keys, town.catalogue)
        respond_invited(desk, tickets[0], a_response(), week=WEEK)
        respond_invited(desk, tickets[0], a_response(), week=WEEK)
        respond_invited(desk, tickets[1], a_response(), week=WEEK)
    assert (town.sealed, town.number("ticket")) == (2, 0)


def test_the_clock_works_under_a_login_that_has_its_role_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with login(town.engine, "heard_clock") as (_, engine):
        monkeypatch.setattr(Town, "clock", engine)
        town.fill("BUS1", 12)
        for n in range(10):
            town.visit("BUS1", a_response(n, comment="thanks", age="75+"))
        assert town.tally().responses == 22


def test_the_clock_cannot_put_another_body_into_a_sealed_row(town: Town) -> None:
    town.fill("BUS1", 1)
    with login(town.engine, "heard_clock") as (_, engine), engine.connect() as connection:
        assert refused(connection, "UPDATE sealed SET body = 'forged'") == "42501"
        assert refused(connection, "UPDATE sealed SET box = box") == "42501"
        assert (
            refused(connection, "UPDATE sealed SET body = ''") is None
        )  # what a counted poster's row becomes


def test_the_statistics_of_tables_that_a_role_may_not_read_are_not_shown(town: Town) -> None:
    town.fill("BUS1", 12)
    town.tally()
    town.do("ANALYZE")
    seen = "SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = 'public'"
    assert ("response",) in town.rows(seen)
    for role in ("patient", "staff"):
        with login(town.engine, f"heard_{role}") as (_, engine), engine.connect() as connection:
            shown = {row[0] for row in connection.execute(text(seen))}
        assert shown <= {"organisation"}  # those that row-level security bounds are not shown either


def test_a_condition_of_the_patients_process_is_asked_of_open_boxes_only(town: Town) -> None:
    town.prepare()
    town.do("UPDATE box SET state = 'closed' WHERE week = :week", week=str(WEEK))
    with login(town.engine, "heard_patient") as (_, engine), engine.connect() as connection:
        connection.exec_driver_sql(TELLING)
        found = heard(connection, "SELECT 1 FROM open_box WHERE pg_temp.telling(week)")
    assert len(found) > 2
    assert str(WEEK) not in found


# Cheaper than anything: a planner that may choose asks it first, of every row.
TELLING = """
    CREATE FUNCTION pg_temp.telling(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
    AS $$ BEGIN RAISE NOTICE '%%', $1; RETURN true; END $$"""


def heard(connection: Connection, sql: str) -> list[str]:
    """What the server says aside while it answers."""
    said: list[str] = []
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.add_notice_handler(lambda notice: said.append(notice.message_primary))
    connection.execute(text(sql)).all()
    return said


@pytest.mark.parametrize(
    "stronger",
    [
        "ALTER ROLE heard_staff BYPASSRLS",
        "ALTER ROLE heard_patient LOGIN",
        "GRANT heard_clock TO heard_patient",
    ],
)
def test_roles_that_somebody_made_stronger_are_refused(postgres_url: str, stronger: str) -> None:
    from alembic import command

    made = engine(postgres_url)
    with made.connect() as connection:
        connection.exec_driver_sql(stronger)  # roles are the whole server's: this is rolled back
        with pytest.raises(Misconfigured, match="past Heard's walls"):
            command.upgrade(database._alembic(connection), "head")
        connection.rollback()
    made.dispose()


def test_a_schema_in_which_everybody_may_create_is_shut(postgres_url: str) -> None:
    made = engine(postgres_url)
    with made.begin() as connection:
        connection.exec_driver_sql("GRANT CREATE ON SCHEMA public TO PUBLIC")  # as before PostgreSQL 15
    database.upgrade(made)
    with login(made, "heard_patient") as (_, process), process.connect() as connection:
        assert refused(connection, "CREATE TABLE mine (a int)") == "42501"
    made.dispose()
