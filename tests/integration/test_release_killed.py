"""A release that is killed at any step and run again, or made by two hosts, ends as one that was not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from survey.domain.released import Entry
from survey.services.release import release
from survey.services.releasing import witness
from survey.storage import cells, ledger
from survey.storage.database import engine, transaction
from tests.conftest import _database, _named
from tests.integration.deaths import DIED, ENDED, killer
from tests.leaving import ONE_SITE, START, House
from tests.roles import as_role, dispose
from tests.together import together

NEWEST = START + 9
TABLES = ("cell", "membership", "step_length", "released_week", "withheld_figure", "answer_count")


def first_release(house: House) -> None:
    """Ten weeks of which nothing has left."""
    for n in range(10):
        house.answer(START + n, {"A": (12, 3, 1 + n), "B": (5, 1, 1), "C": (1, n % 2, 0)})


def later_release(house: House) -> None:
    """Late answers, answers taken back, a service's past and two weeks more, after eight that have left."""
    first_release(house)
    house.release(START + 7)
    house.answer(START + 2, {"B": (3, 0, 2)})
    house.answer(START + 3, {"A": (-12, -3, -4)})
    house.serve("D", "T1")
    for n in range(10):
        house.answer(START + n, {"D": (6, 2, 3)})


@pytest.fixture(params=[first_release, later_release], ids=lambda one: one.__name__)
def house(request: pytest.FixtureRequest, one_database: Engine) -> House:
    """An ICB in small in front of a release."""
    made = House(one_database).build(ONE_SITE)
    request.param(made)
    return made


Copies = Callable[[], Any]


@pytest.fixture
def copied(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> Copies:
    """Makes another copy of its database; each goes when it is left."""
    dispose(house.engine)
    if house.engine.dialect.name == "sqlite":
        return lambda: _copy_of_sqlite(house.engine, tmp_path)
    return lambda: _copy_of_postgresql(house.engine, request.getfixturevalue("postgres_server"))


@contextmanager
def _copy_of_sqlite(of: Engine, folder: Path) -> Iterator[Engine]:
    file = folder / "copy.sqlite3"
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    shutil.copy(str(of.url.database), file)
    made = engine(f"sqlite:///{file}")
    yield made
    dispose(made)


@contextmanager
def _copy_of_postgresql(of: Engine, server: str) -> Iterator[Engine]:
    with _database(server, "heard_test", copy_of=of.url.database) as name:
        made = engine(_named(server, name))
        yield made
        dispose(made)


def state(of: Engine) -> dict[str, list[Any]]:
    """All that a release writes; the audit chain without its days."""
    here = House(of)
    found: dict[str, list[Any]] = {table: sorted(here.rows(f"SELECT * FROM {table}")) for table in TABLES}
    with transaction(of, reading=True) as session:
        entries: list[Entry] = list(ledger.entries(session))
        assert witness.problems(session) == []
    found["audit"] = here.rows("SELECT act, about FROM audit ORDER BY number")
    return found | {"ledger": entries}


def whole(copied: Copies, house: House) -> dict[str, list[Any]]:
    """What a release that nobody disturbs leaves behind."""
    with copied() as here:
        release(as_role(here, "clock"), house.catalogue, NEWEST)
        return state(here)


def die_everywhere(house: House, copied: Copies, keys_dir: Path, *, every: int) -> int:
    expected = whole(copied, house)
    assert len(expected["ledger"]) > 4
    with killer() as kill:
        for step in range(1, 2000, every):
            with copied() as here:
                code = kill(step, here, keys_dir, ["release", str(NEWEST)])
                assert code in (DIED, ENDED)
                release(as_role(here, "clock"), house.catalogue, NEWEST)
                assert state(here) == expected, f"killed at step {step}"
            if code == ENDED:
                return step
    raise AssertionError("it never ended")


def test_a_release_killed_here_and_there_ends_the_same(house: House, copied: Copies, keys_dir: Path) -> None:
    assert die_everywhere(house, copied, keys_dir, every=97) > 50


@pytest.mark.proof
def test_a_release_killed_at_every_step_ends_the_same(house: House, copied: Copies, keys_dir: Path) -> None:
    assert die_everywhere(house, copied, keys_dir, every=1) > 50


def test_two_hosts_at_once_make_one_release(house: House, copied: Copies) -> None:
    expected = whole(copied, house)
    with copied() as here:
        hosts = [as_role(here, "clock"), engine(here.url.render_as_string(hide_password=False))]
        done = together(2, lambda n: release(hosts[n], house.catalogue, NEWEST))
        dispose(hosts[1])
        assert state(here) == expected
    with copied() as here:
        weeks = release(as_role(here, "clock"), house.catalogue, NEWEST).weeks
    assert sum(one.weeks for one in done) == weeks
    assert sum(one.figures for one in done) == sum(
        one.kind == "figure" and one.figure.form == "staff" for one in expected["ledger"]
    ) - len(_before(house))


def test_a_week_that_another_host_has_claimed_is_left_to_it(database: Engine) -> None:
    with transaction(database) as session:
        assert cells.begin_week(session, START)
    with transaction(database) as session:
        assert not cells.begin_week(session, START)


def _before(house: House) -> list[Any]:
    return house.rows("SELECT number FROM ledger WHERE kind = 'figure' AND form = 'staff'")
