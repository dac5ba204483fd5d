"""Someone who reads every log of the whole road – nginx, gunicorn, Heard, PostgreSQL – and of its clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week, this_week
from survey.domain.response import Response
from tests.adversarial import traffic, troubles
from tests.adversarial.chain import Chain, chain, everybody
from tests.adversarial.marks import Marks
from tests.adversarial.naive_site import naive
from tests.adversarial.servers import Cluster
from tests.adversarial.traffic import ANSWER, status
from tests.town import Town
from tests.transport import SERVICE, transport_town

BEFORE = this_week() + -2  # whose tally is owed at any hour of any day
TALKATIVE = {
    "log_statement": "all",
    "log_min_messages": "info",
    "log_min_error_statement": "error",
    "log_error_verbosity": "verbose",
    "log_parameter_max_length": -1,
    "log_parameter_max_length_on_error": -1,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "served"


@pytest.fixture
def served(cluster: Cluster, town: Town, folder: Path) -> Iterator[Chain]:
    """The road with PostgreSQL at its end."""
    with chain(folder, town, cluster.heard("patient")) as one:
        yield one


@pytest.fixture
def town(heard_database: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(heard_database, keys_dir, catalogue)


@pytest.fixture
def embedded_town(sqlite: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, catalogue)


@pytest.fixture
def embedded(embedded_town: Town, sqlite_url: str, folder: Path) -> Iterator[Chain]:
    """The road with SQLite at its end."""
    with chain(folder, embedded_town, sqlite_url) as one:
        yield one


@pytest.mark.proof
def test_with_sqlite_nothing_of_anybody_stands_in_any_log(embedded: Chain) -> None:
    everybody(embedded)
    troubles.in_any_database(embedded)
    troubles.in_sqlite(embedded)
    troubles.deaths_of_the_worker(embedded)
    _write(embedded)
    embedded.town.do("ALTER TABLE response RENAME TO away")
    said = _tally_fails(embedded)
    embedded.town.do("ALTER TABLE away RENAME TO response")
    said += _clock(embedded)
    _stop(embedded)
    assert embedded.marks.seen_in(said, *embedded.logs()) == []
    _heard_spoke(embedded)


@pytest.mark.proof
@pytest.mark.postgres
def test_with_postgresql_nothing_of_anybody_stands_in_any_log(served: Chain, cluster: Cluster) -> None:
    everybody(served)
    troubles.in_any_database(served)
    troubles.in_postgresql(served, cluster)
    troubles.deaths_of_the_worker(served)
    _write(served)
    served.heard.environ["HEARD_DATABASE_URL"] = cluster.heard("clock")
    served.town.do("ALTER TABLE response ADD CONSTRAINT refusal CHECK (length(id) < 0) NOT VALID")
    said = _tally_fails(served)
    served.town.do("ALTER TABLE response DROP CONSTRAINT refusal")
    said += _clock(served)
    _stop(served)
    wrote = cluster.log.read_bytes()
    assert served.marks.seen_in(said, wrote, *served.logs()) == []
    assert b"database system is ready to accept connections" in wrote
    _heard_spoke(served)


@pytest.mark.proof
@pytest.mark.postgres
def test_a_talkative_server_shows_everybody_until_its_logins_are_told_to_be_quiet(
    served: Chain, cluster: Cluster
) -> None:
    shown = _talked(served, cluster, "loud", BEFORE)
    assert "loud: the ticket's hash in what it said" in shown
    assert "loud, counted: comment in what it said" in shown
    assert "loud: comment in what it said" not in shown  # sealed before it came there
    cluster.script("quiet_logins.sql", "heard")
    assert _talked(served, cluster, "quiet", BEFORE + -1) == []


def test_the_same_people_stand_in_the_logs_of_a_site_as_it_comes(folder: Path) -> None:
    # Which proves that the search finds what is there.
    marks = Marks()
    with naive(folder) as door:
        for what, ask, _ in traffic.people():
            ask(door, traffic.somebody(marks, what))
    shown = {one for one in marks.seen_in(folder) if one.endswith(".log")}
    for kind in ("ticket", "query", "user agent", "referer", "claimed address", "own address"):
        assert f"unknown ticket: {kind} in access.log" in shown
    for kind in ("ticket", "comment", "query"):
        assert f"unknown ticket, answers: {kind} in gunicorn.log" in shown
    assert any(one.endswith("own address in error.log") for one in shown)


def _talked(one: Chain, cluster: Cluster, what: str, week: Week) -> list[str]:
    # What a talkative server writes while somebody answers and the clock's login counts.
    who = one.person(what, ticket=True)
    _write(one, week, f"{what}, counted")
    cluster.set(**TALKATIVE)
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'heard%'"
    cluster.do(ours)  # what is set for a login counts from its next session on
    begin = cluster.log.stat().st_size
    assert status(one.front.post(who)) == 303
    one.heard.environ["HEARD_DATABASE_URL"] = cluster.heard("clock")
    tallied = one.heard.call("tally", "--week", str(week))
    assert tallied.returncode == 0, tallied.stderr
    wrote = cluster.log.read_bytes()[begin:]
    cluster.set()
    one.marks.sent = {mark: told for mark, told in one.marks.sent.items() if told.startswith(what)}
    return one.marks.seen_in(wrote)


def _write(one: Chain, week: Week = BEFORE, what: str = "counted") -> None:
    # Twelve people of an earlier week, whose box is to be counted.
    for ticket in one.town.invite(SERVICE, 12, week):
        comment = one.marks.word(f"{what}: comment")
        one.town.answer(ticket, Response({"fft": ANSWER}, {"comment": comment}, {}), week)


def _tally_fails(one: Chain) -> bytes:
    # What a tally says that the database refuses.
    failed = one.heard.call("tally", "--week", str(BEFORE))
    assert failed.returncode != 0
    return failed.stdout + failed.stderr


def _clock(one: Chain) -> bytes:
    # What the clock says while it does what is owed.
    done = one.heard.call("clock", "--once")
    assert b"12 responses counted" in done.stdout, done
    return done.stdout + done.stderr


def _stop(one: Chain) -> None:
    one.nginx.stop()
    one.heard.stop()


def _heard_spoke(one: Chain) -> None:
    # A log that is empty would pass every search.
    said = one.heard.log.read_text()
    assert "DatabaseDown on /i/<ticket>" in said
    assert "a request or a worker failed" in said
    assert "Booting worker" in said
    assert {"error.log", "heard.log", "nginx.said"} <= {path.name for path in one.logs()}
