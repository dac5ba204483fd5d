"""An insider with the staff role: someone of ICB QTT's quality team, with SQL access under his own login.

He holds a login in heard_staff that may see QTT, he may ask the database whatever he likes as often as he
likes, also between two pools of one tally, and he may make temporary tables and functions. He wants another
ICB's figures, single responses, and to know whose comment it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from survey.domain.calendar import Span
from survey.domain.organisation import Organisation, Service
from survey.domain.released import Figure
from survey.services import pools, staffing
from survey.services.release import release
from survey.services.releasing import deciding, leaving
from survey.storage import directory, ledger
from survey.storage.database import transaction
from survey.storage.ledger import New
from tests.logins import login
from tests.town import PATHWAY, WEEK, Town, a_response

pytestmark = pytest.mark.postgres

LONG_AGO = WEEK + -20
THEIRS = "words from the other board"
NOT_HIS = (
    *("response", "ticket", "sealed", "box", "subscription", "outbox", "audit", "audit_head"),
    *("staff_scope", "decision", "slot", "import_batch", "import_seen", "comment_part", "subgroup_part"),
    *("open_box", "patient_service", "alembic_version", "answer_count", "subgroup_count"),
    *("cell", "membership", "step_length", "released_week", "withheld_figure"),
    "withheld",
)
BOUNDED = (
    "service",
    "ledger",
    "finding",
    "ruling",
    "action",
    "mark",
    "withheld_told",
    "comment",
)


@pytest.fixture
def town(postgres: Engine, keys_dir: Path) -> Town:
    """QTT with BUS1 and BUS2, QSS with CAR1: each with counted responses and comments."""
    town = Town(postgres, keys_dir).build("BUS1", "BUS2")
    second_board(town)
    for service in ("BUS1", "BUS2", "CAR1"):
        said = THEIRS if service == "CAR1" else f"words of {service}"
        for n, ticket in enumerate(town.invite(service, 12)):
            town.answer(ticket, a_response(0, comment=f"{said} {n}", age="75+"))
    town.tally()
    town.do("INSERT INTO mark (service, week, label) SELECT code, '2026-W45', 'moved' FROM service")
    town.do("INSERT INTO withheld (service, span, n) SELECT code, '2026-W45', 3 FROM service")
    town.do("INSERT INTO assessment VALUES ('2026-W45', 3)")
    icb = "CASE WHEN code = 'CAR1' THEN 'QSS' ELSE 'QTT' END"
    where = f"code, {icb}, 'bus', 'fft'"
    town.do(f"INSERT INTO finding SELECT '2026-W45', 'change', {where}, '', '{{}}' FROM service")
    town.do(
        f"INSERT INTO ruling SELECT 'F' || code, {where}, 'accept', '2026-W40', '2026-W45', 'ann',"
        " '2026-11-09', 'so it is' FROM service"
    )
    town.do(
        "INSERT INTO action (id, node, icb, pathway, indicator, finding, since, owner, due, does, told)"
        f" SELECT 'A' || code, {where}, 'F' || code, '2026-W40', 'ann', '2026-12-31', 'x', 'y' FROM service"
    )
    with transaction(town.clock) as session:
        ledger.append(session, WEEK, [New(_figure("BUS1", "QTT")), New(_figure("CAR1", "QSS"))])
    return town


def _figure(service: str, icb: str) -> Figure:
    return Figure(service, icb, PATHWAY, "fft", Span(LONG_AGO, LONG_AGO), (12, 0, 0), 12)


def second_board(town: Town) -> None:
    with transaction(town.clock) as session:
        organisations = [
            Organisation("QSS", "Other ICB", "icb"),
            Organisation("PL2", "Otherham", "place", parent="QSS"),
        ]
        directory.keep_organisations(session, organisations)
        directory.keep_service(session, Service("CAR1", "Car", PATHWAY, organisation="RTT01", place="PL2"))


@pytest.fixture
def insider(town: Town) -> Iterator[Connection]:
    """His connection, opened as an honest site would: bound to QTT."""
    with login(town.engine, "heard_staff") as (name, engine):
        staffing.allow(town.clock, name, "QTT", who="anna")
        with engine.connect() as connection:
            connection.exec_driver_sql("SET heard.icb = 'QTT'")
            connection.commit()
            yield connection


def test_he_reads_no_response_ticket_box_address_or_entry(insider: Connection) -> None:
    for table in NOT_HIS:
        with pytest.raises(DBAPIError, match="permission denied"), insider.begin_nested():
            insider.exec_driver_sql(f"SELECT count(*) FROM {table}")


def test_he_sees_what_is_of_his_own_board(insider: Connection) -> None:
    assert seen(insider) == {
        "service": {"BUS1", "BUS2"},
        "ledger": {"QTT"},
        "finding": {"BUS1", "BUS2"},
        "ruling": {"BUS1", "BUS2"},
        "action": {"BUS1", "BUS2"},
        "mark": {"BUS1", "BUS2"},
        "withheld_told": {"BUS1", "BUS2"},
        "comment": {"QTT"},
    }


def test_of_what_was_withheld_no_number_or_week_of_a_box_is_his(insider: Connection, town: Town) -> None:
    told = "SELECT few, about FROM withheld_told WHERE service = 'BUS1'"
    looks = []
    for n in (1, 9):
        town.do("UPDATE withheld SET n = :n WHERE service = 'BUS1'", n=n)
        looks.append(tuple(insider.exec_driver_sql(told).one()))
    assert looks == [(True, 0)] * 2
    town.do(
        "INSERT INTO withheld (service, span, n) VALUES ('BUS1', '2026-W46', 9), ('BUS1', '2026-W47', 12)"
    )
    assert tuple(insider.exec_driver_sql(told).one()) == (True, 10)  # box by box: a sum would say 30
    for exact in ("n", "span", "service"):
        with pytest.raises(DBAPIError, match="permission denied"), insider.begin_nested():
            insider.exec_driver_sql(f"SELECT {exact} FROM withheld")


def test_he_reads_scales_that_left_of_his_own_board_and_nothing_else_of_what_an_entry_is_about(
    insider: Connection, town: Town
) -> None:
    with transaction(town.clock) as session:
        told = {"options": {"5": 12}, "else": "unseen"}
        made = [New(_figure(*whose), "scale", about=told) for whose in (("BUS1", "QTT"), ("CAR1", "QSS"))]
        ledger.append(session, WEEK, made)
    scales = "SELECT node, options FROM scale_told JOIN ledger USING (number)"
    assert [tuple(row) for row in insider.exec_driver_sql(scales)] == [("BUS1", {"5": 12})]
    assert insider.exec_driver_sql("SELECT count(*) FROM scale_told").scalar() == 1
    with pytest.raises(DBAPIError, match="permission denied"), insider.begin_nested():
        insider.exec_driver_sql("SELECT about FROM ledger")


def test_without_his_own_board_s_code_he_sees_nothing(insider: Connection) -> None:
    for icb in ("", "QSS", "QTT,QSS", "%", "Q__", "' OR true --", "PL1", "qtt"):
        insider.execute(text("SELECT set_config('heard.icb', :icb, false)"), {"icb": icb})
        assert seen(insider) == {table: set() for table in BOUNDED}, icb


def test_who_does_not_say_for_which_board_he_asks_sees_nothing(insider: Connection) -> None:
    insider.exec_driver_sql("RESET heard.icb")
    assert seen(insider) == {table: set() for table in BOUNDED}


def test_by_another_login_s_name_or_role_he_gains_nothing(insider: Connection, town: Town) -> None:
    with login(town.engine, "heard_staff") as (other, _):
        staffing.allow(town.clock, other, "QSS", who="anna")
        for sql in (f"SET ROLE {other}", f"SET SESSION AUTHORIZATION {other}", "SET ROLE heard_clock"):
            with pytest.raises(DBAPIError, match="permission denied"), insider.begin_nested():
                insider.exec_driver_sql(sql)
        insider.exec_driver_sql("SET ROLE heard_staff")
        insider.exec_driver_sql("SET heard.icb = 'QSS'")
        assert seen(insider)["comment"] == set()
        town.do("DELETE FROM staff_scope WHERE login = :other", other=other)


def test_an_icb_that_was_taken_from_him_is_gone_at_once(insider: Connection, town: Town) -> None:
    (name,) = insider.execute(text("SELECT session_user")).one()
    staffing.disallow(town.clock, name, who="anna")
    assert seen(insider) == {table: set() for table in BOUNDED}


# -- tricks that look past a policy; each wins where the policy is off -------------------------------------


def by_a_telling_function(connection: Connection) -> str:
    """A function of his own, cheaper than the policy, that tells all that it is asked about."""
    said: list[str] = []
    connection.exec_driver_sql(
        "CREATE FUNCTION pg_temp.telling(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001"
        " AS $$ BEGIN RAISE NOTICE '%%', $1; RETURN true; END $$"
    )
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.add_notice_handler(lambda notice: said.append(notice.message_primary))
    connection.exec_driver_sql("SELECT 1 FROM comment WHERE pg_temp.telling(text)").all()
    return "\n".join(said)


def by_an_error(connection: Connection) -> str:
    """The server quotes what it cannot read as a number."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("SELECT 1 FROM comment WHERE icb <> 'QTT' AND text::int > 0").all()
    except DBAPIError as error:
        return str(error.orig)
    return ""


def by_switching_it_off(connection: Connection) -> str:
    """PostgreSQL's own switch; to who is bound it says that it will not."""
    connection.exec_driver_sql("SET row_security = off")
    try:
        with connection.begin_nested():
            return str(connection.exec_driver_sql("SELECT text FROM comment").all())
    except DBAPIError as error:
        return str(error.orig)
    finally:
        connection.exec_driver_sql("SET row_security = on")


def by_a_copy(connection: Connection) -> str:
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor().copy("COPY comment (text) TO STDOUT") as copy:
        return b"".join(copy).decode()


def by_the_statistics(connection: Connection) -> str:
    """What the planner sampled."""
    sql = "SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE tablename = 'comment'"
    return str(connection.exec_driver_sql(sql).all())


TRICKS = (by_a_telling_function, by_an_error, by_switching_it_off, by_a_copy, by_the_statistics)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_shows_him_another_board_s_words(insider: Connection, town: Town, trick) -> None:  # type: ignore[no-untyped-def]
    town.do(
        "ALTER TABLE comment ALTER COLUMN text SET STATISTICS 100"
    )  # the migration samples no words at all
    town.do("ANALYZE comment")
    assert THEIRS not in trick(insider)


@pytest.mark.parametrize("trick", TRICKS)
def test_the_same_trick_wins_where_rows_are_not_bound(insider: Connection, town: Town, trick) -> None:  # type: ignore[no-untyped-def]
    town.do("ALTER TABLE comment DISABLE ROW LEVEL SECURITY")
    town.do("ALTER TABLE comment ALTER COLUMN text SET STATISTICS 100")
    town.do("ANALYZE comment")
    assert THEIRS in trick(insider)


def test_a_limit_that_is_known_a_plan_says_how_many_rows_were_passed_over(insider: Connection) -> None:
    plan = insider.exec_driver_sql("EXPLAIN (ANALYZE, VERBOSE) SELECT text FROM comment WHERE text > ''")
    said = "\n".join(row[0] for row in plan)
    assert "Rows Removed by Filter: 12" in said  # the other board's comments: their number, no word of them
    assert THEIRS not in said


def test_bounds_that_believed_the_caller_alone_would_show_him_all(insider: Connection, town: Town) -> None:
    town.do("DROP POLICY of_staff ON comment")
    town.do("CREATE POLICY naive ON comment FOR SELECT USING (icb = current_setting('heard.icb', true))")
    insider.exec_driver_sql("SET heard.icb = 'QSS'")
    assert seen(insider)["comment"] == {"QSS"}
    assert seen(insider)["ledger"] == set()


# -- figures: no step between two looks is about fewer than ten ---------------------------------------------


@pytest.fixture
def weekly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of one week, however few answer: nobody could look more often."""
    monkeypatch.setattr(leaving, "ends_step", lambda *_: True)


@pytest.mark.usefixtures("weekly")
def test_no_two_looks_differ_by_fewer_than_ten_responses(insider: Connection, town: Town) -> None:
    # Groups may be small: two of twelve who said 'poor'. What is promised here is that the twelve stand
    # together: no figure appears by the answers of fewer than ten, however often he looks.
    assert smallest_step(insider, town) >= 10


@pytest.mark.usefixtures("weekly")
def test_the_same_looks_isolate_people_where_boxes_and_figures_of_one_leave(
    insider: Connection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (pools, leaving, deciding):
        monkeypatch.setattr(module, "SMALLEST", 1)
    assert smallest_step(insider, town) < 10


def smallest_step(insider: Connection, town: Town) -> int:
    """He looks after each pool and each release of five weeks in which boxes of all sizes are counted."""
    release(town.clock, town.catalogue, WEEK)
    looks = [figures(insider)]
    for n, sizes in enumerate([(3, 12), (4, 1), (9, 10), (10, 2), (2, 30)], start=1):
        for service, size in zip(("BUS1", "BUS2"), sizes, strict=True):
            town.fill(service, size, WEEK + n)
            for one in range(sizes[0]):
                town.visit(service, a_response(one), WEEK + n)
        town.tally(WEEK + n, advance=lambda _n: looks.append(figures(insider)))
        release(town.clock, town.catalogue, WEEK + n)
        looks.append(figures(insider))
    steps = [after[node] - before.get(node, 0) for before, after in pairwise(looks) for node in after]
    assert max(steps) >= 10
    return min(step for step in steps if step)


def figures(insider: Connection) -> dict[str, int]:
    """Answers to the first question, which everyone answered, by node."""
    rows = insider.exec_driver_sql(
        "SELECT node, sum(n) FROM ledger WHERE series = 'fft' AND form = 'staff' GROUP BY 1"
    )
    found = {node: int(n) for node, n in rows}
    insider.commit()
    return found


# -- comments: nothing joins one to a service or a response --------------------------------------------------

JOINS = {
    "by transaction": "SELECT c.text, a.node FROM comment c JOIN ledger a ON c.xmin = a.xmin",
    "by place": "SELECT c.text, a.node FROM comment c JOIN ledger a ON c.ctid = a.ctid",
    "by import": "SELECT c.text, m.service FROM comment c JOIN mark m ON c.batch = m.batch",
}


@pytest.mark.parametrize("join", JOINS.values(), ids=list(JOINS))
def test_what_would_join_a_comment_to_a_service_is_not_his_to_read(insider: Connection, join: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        insider.exec_driver_sql(join)


def test_where_he_may_read_the_import_it_names_each_comment_s_service(
    insider: Connection, town: Town
) -> None:
    town.do("GRANT SELECT ON comment, mark TO heard_staff")
    for service in ("BUS1", "BUS2"):
        values = {"service": service, "batch": f"import {service}"}
        town.do(
            "INSERT INTO import_batch (id, day, rows, responses, comments, rejected, undone)"
            " VALUES (:batch, '2026-11-02', 1, 1, 1, 0, false)",
            **values,
        )
        town.do("UPDATE mark SET batch = :batch WHERE service = :service", **values)
        town.do(
            "UPDATE comment SET batch = :batch WHERE text LIKE '%' || :service || '%'",
            **values,
        )
    joined = insider.exec_driver_sql(JOINS["by import"]).all()
    assert len(joined) == 24
    assert all(service in words for words, service in joined)


def seen(connection: Connection) -> dict[str, set[str]]:
    """Whose rows he sees, by table."""
    whose = {"service": "code", "ledger": "icb", "comment": "icb"}
    whose |= dict.fromkeys(("finding", "ruling", "action"), "node")
    found = {}
    for table in BOUNDED:
        rows = connection.exec_driver_sql(f"SELECT {whose.get(table, 'service')} FROM {table}")
        found[table] = {row[0] for row in rows}
    return found
