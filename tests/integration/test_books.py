"""The books of what is stored, in cells and told: by any version, on any road, from an older database."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.event import listens_for

from survey.domain.calendar import Span, Week
from survey.domain.errors import DatabaseDown
from survey.resources import folder
from survey.services.proving.examined import kept
from survey.storage import counts, ledger
from survey.storage.database import engine, head, transaction, upgrade
from tests.adversarial.checked_figures import check
from tests.leaving import ONE_SITE, START, Counts, House
from tests.town import PATHWAY, catalogue_of

TWELVE: Counts = (6, 2, 4)
BOTH = catalogue_of(v1=date(2020, 12, 28), v2=date(2025, 3, 31))
SECOND = catalogue_of(v2=date(2025, 3, 31))


def answer(house: House, week: Week, answers: Counts, *, version: int, service: str = "A") -> None:
    """Answers by one version, or with negative numbers taken back."""
    row = {"service": service, "questionnaire": f"bus/v{version}", "span": str(week), "question": "fft"}
    found = zip(("good", "neither", "poor"), answers, strict=True)
    with transaction(house.engine) as session:
        counts.add_counts(session, [{**row, "option": option, "n": n} for option, n in found])


def books(house: House) -> dict[tuple[str, str], tuple[int, int]]:
    """Of each service's week: how many answers are in cells, and how many of those are stored."""
    held = house.rows(
        "SELECT service, span, sum(favourable + neither + unfavourable) FROM cell GROUP BY service, span"
    )
    stored = {
        (service, span): n
        for service, span, n in house.rows(
            "SELECT service, span, sum(taken) FROM answer_count GROUP BY service, span"
        )
    }
    found = {(service, span): (int(n), int(stored.pop((service, span), 0))) for service, span, n in held}
    assert not any(stored.values())
    return found


# -- a version that left the catalogue ---------------------------------------------------------------------


@pytest.fixture
def house(database: Engine) -> House:
    """Four weeks of twelve answers, of the first version, released."""
    made = House(database, BOTH).build(ONE_SITE)
    for week in (START + at for at in range(4)):
        for service in "ABC":
            answer(made, week, TWELVE, version=1, service=service)
        made.release(week)
    made.catalogue = SECOND
    return made


def test_what_a_lost_version_told_is_marked_where_its_answers_were_taken_back(house: House) -> None:
    answer(house, START + 1, (-6, -2, -4), version=1)
    house.release(START + 4)
    assert set(house.rows("SELECT node FROM ledger WHERE kind = 'withdrawn'")) == {("A",), ("T1",)}
    assert house.rows("SELECT service, week FROM cell WHERE taken_back") == [("A", str(START + 1))]
    assert books(house)["A", str(START + 1)] == (12, 0)


def test_the_same_people_under_the_next_version_stay_out_of_figures(house: House) -> None:
    answer(house, START + 1, (-6, -2, -4), version=1)
    house.release(START + 4)
    answer(house, START + 1, (7, 2, 4), version=2)
    done = house.release(START + 4)
    assert dict(done.again) == {("A", Span.of(START + 1)): 12}
    assert books(house)["A", str(START + 1)] == (13, 13)


def test_new_answers_wait_beside_older_ones_that_cannot_be_read(house: House) -> None:
    answer(house, START + 1, (-6, 0, 0), version=1)
    answer(house, START + 1, (7, 2, 4), version=2)
    done = house.release(START + 4)
    waits = f"A, {START + 1}: new answers wait, older ones' version is not in the catalogue"
    assert done.problems == [waits]
    assert books(house)["A", str(START + 1)] == (12, 6)
    house.catalogue = BOTH
    done = house.release(START + 4)
    assert not done.problems
    assert dict(done.again) == {("A", Span.of(START + 1)): 6}
    assert books(house)["A", str(START + 1)] == (19, 19)


# -- whatever comes in which order -------------------------------------------------------------------------

few = st.tuples(*[st.integers(0, 9)] * 3)
acts = st.one_of(
    st.tuples(st.just("release"), st.integers(1, 2)),
    st.tuples(st.just("import"), st.sampled_from("AB"), st.integers(0, 3), few),
    st.tuples(st.just("undo"), st.integers(0, 9)),
)


class Desk:
    """Imports and their undoing, week after week."""

    def __init__(self, house: House) -> None:
        self.house, self.week = house, START + 11
        self.files: list[tuple[str, Week, Counts]] = []

    def act(self, what: str, *how: object) -> None:
        if what == "release":
            self.week += int(how[0])  # type: ignore[call-overload]
            for service in "ABC":
                self.house.answer(self.week, {service: TWELVE})
            self.house.release(self.week)
        elif what == "import":
            file = str(how[0]), self.week + -int(how[1]), how[2]  # type: ignore[call-overload]
            self.files.append(file)  # type: ignore[arg-type]
            self.house.answer(file[1], {file[0]: file[2]})  # type: ignore[dict-item]
        elif self.files:
            service, week, told = self.files.pop(int(how[0]) % len(self.files))  # type: ignore[call-overload]
            self.house.answer(week, {service: tuple(-n for n in told)})  # type: ignore[dict-item]


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A block of twelve answers a week, released: a file that each example begins with."""
    file = tmp_path_factory.mktemp("books") / "heard.sqlite3"
    made = engine(f"sqlite:///{file}")
    upgrade(made)
    house = House(made).build(ONE_SITE)
    for week in (START + at for at in range(12)):
        house.answer(week, dict.fromkeys("ABC", TWELVE))
    house.release(START + 11)
    made.dispose()
    return file


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=6, max_size=14))
def test_cells_hold_all_that_is_stored_and_no_figure_what_was_taken_back(
    lived_in: Path, tmp_path: Path, events: list[tuple[object, ...]]
) -> None:
    file = tmp_path / "heard.sqlite3"
    shutil.copy(lived_in, file)
    desk = Desk(House(engine(f"sqlite:///{file}")))
    for one in [*events, ("release", 2)]:
        before = {row[0] for row in desk.house.ledger()}
        marks = marked(desk.house)
        desk.act(*one)  # type: ignore[arg-type]
        assert all(held >= stored >= 0 for held, stored in books(desk.house).values())
        for number, kind, node, _, span, *_ in desk.house.ledger():
            if number not in before and kind == "figure":
                assert not [week for service, week in marks if service in of(node) and week in weeks(span)]
    check(desk.house)
    desk.house.engine.dispose()


def marked(house: House) -> list[tuple[str, str]]:
    return house.rows("SELECT service, week FROM cell WHERE taken_back")  # type: ignore[return-value]


def of(node: str) -> str:
    return node if node in "ABC" else "ABC"


def weeks(span: str) -> set[str]:
    whole = Span.parse(span)
    return {str(whole.first + at) for at in range(whole.weeks)}


# -- databases ---------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_no_answers_leave_a_cell_while_somebody_decides_what_to_tell_of_it(postgres: Engine) -> None:
    house = House(postgres).build(ONE_SITE)
    for week in (START, START + 1):
        house.answer(week, dict.fromkeys("ABC", TWELVE))
        house.release(week)
    house.answer(START, {"A": (-6, -2, -4)})
    impatient = engine(postgres.url.render_as_string(hide_password=False))
    listens_for(impatient, "begin")(lambda one: one.exec_driver_sql("SET LOCAL lock_timeout = '300ms'"))
    with transaction(postgres) as session:
        ledger.of_block(session, PATHWAY, START)
        with pytest.raises(DatabaseDown, match="LockNotAvailable"):
            House(impatient, house.catalogue).release(START + 1)
    impatient.dispose()
    house.release(START + 1)
    assert books(house)["A", str(START)] == (0, 0)


def test_cells_of_an_older_database_are_kept_and_those_of_a_newer_added_up(database: Engine) -> None:
    house = House(database).build(ONE_SITE)
    for answers in ((6, 2, 4), (-1, 0, -2)):
        house.answer(START, {"A": answers})
        house.release(START)
    sums = "SELECT service, week, span, favourable, neither, unfavourable FROM cell"
    for revision, table, found in (
        ("0006", sums, [("A", str(START), str(START), 5, 2, 2)]),
        ("0007", f"{sums} WHERE number = 0 AND NOT taken_back", [("A", str(START), str(START), 5, 2, 2)]),
    ):
        migrate(database, revision)
        assert house.rows(table) == found
    migrate(database, head())
    with database.connect() as connection:
        assert kept.finding(connection).level == "good"
    house.answer(START, {"A": (3, 0, 0)})
    house.release(START + 3)
    assert sum(house.told("A").values()) == 12


def migrate(made: Engine, revision: str) -> None:
    """Bring a database to a revision, up or down."""
    with made.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder("migrations")))
        config.attributes["connection"] = connection
        now = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        change = command.downgrade if revision < now else command.upgrade
        change(config, revision)
