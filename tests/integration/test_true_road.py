"""The true road: whatever breaks on the way, each response is counted once and none is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import SystemRandom
from threading import Thread
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from survey.domain.errors import DatabaseDown, HeardError, LinkEnded, NotSaved
from survey.domain.response import Response
from survey.privacy.keys import kept_box_keys
from survey.services.respond import respond_visiting
from survey.storage import database as databases
from tests.integration.deaths import deaths, do
from tests.roles import as_role
from tests.town import WEEK, Town, a_response

RANDOM = SystemRandom()
SERVICES = ["BUS1", "BUS2", "BUS3", "BUS4"]
# People a service and week: boxes of one week, and boxes under ten that are carried until they hold ten.
SIZES = {"BUS1": (40, 30, 20), "BUS2": (25, 25, 25), "BUS3": (4, 5, 6), "BUS4": (60, 30, 30)}
Sent = Counter[tuple[tuple[str, str], ...]]


def key_of(response: Response) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(response.answers.items()))


def kept(town: Town) -> Sent:
    found: Sent = Counter()
    with databases.transaction(town.engine, reading=True) as session:
        from survey.storage.tables import ResponseRow

        found.update(tuple(sorted(row.answers.items())) for row in session.query(ResponseRow))
    return found


def assert_all_counted_once(town: Town, sent: Sent) -> None:
    assert kept(town) == sent
    assert town.sealed == 0
    done = {row[0] for row in town.rows("SELECT id FROM box WHERE state = 'done'")}
    assert not done & set(kept_box_keys(town.keys_dir))
    assert town.number("box", "state = 'counted'") == 0
    assert town.number("box", "state IN ('closed', 'quarantined')") == 0
    counts = dict(town.rows("SELECT question, sum(n) FROM answer_count GROUP BY question"))
    assert set(counts.values()) == {sum(sent.values())}


def three_times(town: Town, ticket: str, response: Response, week: Any) -> list[type[BaseException] | None]:
    """Submit the same three times at once; what each was told."""

    def once(_: int) -> type[BaseException] | None:
        try:
            town.answer(ticket, response, week)
        except HeardError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(3) as threads:
        return list(threads.map(once, range(3)))


def test_three_hundred_tickets_three_times_at_once_are_counted_once(database: Engine, keys_dir: Path) -> None:
    town, sent, n = Town(database, keys_dir).build(*SERVICES), Counter(), 0
    for later in range(3):
        week, people = WEEK + later, []
        for service, sizes in SIZES.items():
            for ticket in town.invite(service, sizes[later], week):
                n += 1
                people.append((ticket, a_response(n)))
        RANDOM.shuffle(people)
        sent.update(key_of(response) for _, response in people)
        with ThreadPoolExecutor(3) as threads:
            told = list(threads.map(lambda one: three_times(town, *one, week), people))  # noqa: B023
        assert {one for three in told for one in three} == {None}
        town.tally(week)
    assert n == 300
    assert town.number("ticket") == 0
    assert_all_counted_once(town, sent)
    assert {row[0] for row in town.rows("SELECT span FROM response WHERE service = 'BUS3'")} == {
        f"{WEEK}/{WEEK + 2}"
    }


def test_boxes_that_close_while_people_answer_lose_and_double_nothing(town: Town) -> None:
    people = [(ticket, a_response(n)) for n, ticket in enumerate(town.invite("BUS1", 60))]
    tallies = Thread(target=lambda: [town.tally(WEEK + n) for n in range(3)])
    with ThreadPoolExecutor(3) as threads:
        told = threads.map(lambda one: three_times(town, *one, WEEK), people)
        tallies.start()
        found = list(told)
    tallies.join()
    for (ticket, response), three in zip(people, found, strict=True):
        # A replay that came when the box had been counted is told that the link is spent; one whose box
        # closed three times over that nothing was saved, and it is sent again.
        assert set(three) <= {None, LinkEnded, NotSaved}
        assert None in three or LinkEnded not in three
        with suppress(LinkEnded):
            town.answer(ticket, response, WEEK + 3)
    town.tally(WEEK + 3)
    rest = town.sealed
    assert town.number("response") + rest == 60
    assert rest < 10
    assert all(n == 1 for n in kept(town).values())


def test_a_box_that_closes_between_choice_and_put_sends_the_response_to_the_next(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from survey.services import respond

    real, tickets = respond.seal, town.invite("BUS1", 1)

    def seal_slowly(*about: Any, **more: Any) -> bytes:
        town.tally(WEEK)
        return real(*about, **more)

    monkeypatch.setattr(respond, "seal", seal_slowly)
    town.answer(tickets[0], a_response())
    ((box, _),) = town.rows("SELECT box, id FROM sealed")
    assert box == town.box("BUS1", WEEK + 1)
    assert town.number("ticket") == 0


def test_a_box_that_always_closes_first_is_said_not_to_have_saved(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from survey.services import respond

    real, weeks, (ticket,) = respond.seal, iter(range(3)), town.invite("BUS1", 1)

    def seal_slowly(*about: Any, **more: Any) -> bytes:
        town.tally(WEEK + next(weeks))
        return real(*about, **more)

    monkeypatch.setattr(respond, "seal", seal_slowly)
    with pytest.raises(NotSaved):
        town.answer(ticket, a_response())
    assert (town.number("ticket"), town.sealed) == (1, 0)
    monkeypatch.setattr(respond, "seal", real)
    town.answer(ticket, a_response())
    assert (town.number("ticket"), town.sealed) == (0, 1)


def test_connections_cut_anywhere_and_sent_again_are_counted_once(town: Town) -> None:
    people = [(ticket, a_response(n)) for n, ticket in enumerate(town.invite("BUS1", 60))]
    cuts = 0
    for ticket, response in people:
        for _ in range(5):
            with _cut_at(as_role(town.engine, "patient"), RANDOM.randrange(1, 12)) as cut:
                try:
                    town.answer(ticket, response)
                except DatabaseDown:
                    cuts += 1
                    continue
            if not cut() and RANDOM.random() < 0.6:
                break  # else the answer got lost on the way back: it is sent again
    assert cuts > 30
    for ticket, response in people:
        town.answer(ticket, response)  # the last try of each, on a good line
    assert town.sealed == 60
    town.tally()
    assert_all_counted_once(town, Counter(key_of(response) for _, response in people))


def test_a_poster_s_form_sent_again_is_counted_once(town: Town) -> None:
    town.prepare()
    for n in range(12):
        token = town.visit("BUS1", a_response(n))
        with ThreadPoolExecutor(3) as threads:
            again = threads.map(
                lambda _: respond_visiting(town.desk, "BUS1", token, a_response(n), week=WEEK),  # noqa: B023
                range(3),
            )
            assert list(again) == [None] * 3
    assert town.tally().responses == 12
    for later in (0, 1):  # a phone that shows the old page again sends it again
        respond_visiting(town.desk, "BUS1", token, a_response(), week=WEEK + later)
    with pytest.raises(LinkEnded):
        respond_visiting(town.desk, "BUS1", token, a_response(), week=WEEK + 2)
    town.tally(WEEK + 1)
    assert (town.number("sealed"), town.sealed) == (12, 0)
    town.tally(WEEK + 2)
    assert town.number("sealed") == 0


@pytest.mark.proof
def test_a_tally_killed_and_run_again_counts_each_response_once(database: Engine, keys_dir: Path) -> None:
    # Every fifth step; test_killed.py dies at each one, and in a longer tally.
    town = Town(database, keys_dir).build("BUS1", "BUS2", "BUS3")
    town.fill("BUS1", 6)  # carried into the next week
    town.fill("BUS1", 5, WEEK + 1, first=10)
    town.fill("BUS2", 3, WEEK + 1, first=20)  # stays in its box
    for n in range(30, 40):
        town.visit("BUS3", a_response(n), WEEK + 1)
    one_empty = town.box("BUS2", ticketed=False)  # of those there are, one is enough
    town.do("DELETE FROM box WHERE id NOT IN (SELECT box FROM sealed) AND id <> :id", id=one_empty)
    sent: Sent = Counter(key_of(a_response(n)) for n in (*range(6), *range(10, 15), *range(30, 40)))
    steps = 0
    for steps in deaths(town, ["tally", str(WEEK + 1)], every=5):
        town.tally(WEEK + 1)
        assert kept(town) == sent, f"killed at step {steps}"
        assert town.sealed == 3
        assert town.rows("SELECT state, count(*) FROM box GROUP BY state ORDER BY state") == [
            ("closed", 1),
            ("done", 4),
        ]
        done = {row[0] for row in town.rows("SELECT id FROM box WHERE state = 'done'")}
        assert not done & set(kept_box_keys(town.keys_dir))
        assert town.rows("SELECT counted FROM service ORDER BY code") == [(11,), (0,), (0,)]
    assert steps > 100  # statements, commits and writes of keys


def test_a_response_cut_off_at_any_step_and_sent_again_is_stored_once(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    verb, steps = ["answer", ticket, 7, str(WEEK)], 0
    for steps in deaths(town, verb):
        assert town.number("ticket") + town.sealed == 1, f"killed at step {steps}"
        do(town, verb)
        assert (town.number("ticket"), town.sealed) == (0, 1)
    assert steps >= 7


def test_two_tallies_at_once_count_each_response_once(town: Town) -> None:
    sent: Sent = Counter()
    for later in range(5):
        town.fill("BUS1", 12, WEEK + later, first=100 * later)
        sent.update(key_of(a_response(100 * later + n)) for n in range(12))
    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda _: town.tally(WEEK + 4), range(3)))
    assert sum(one.responses for one in done) == 60
    assert not any(one.set_aside for one in done)
    assert_all_counted_once(town, sent)


def test_a_tally_run_again_changes_nothing(town: Town) -> None:
    town.fill("BUS1", 12)
    town.tally()
    before = kept(town), town.rows("SELECT * FROM answer_count ORDER BY question, option")
    assert town.tally().responses == 0
    assert (kept(town), town.rows("SELECT * FROM answer_count ORDER BY question, option")) == before


@contextmanager
def _cut_at(engine: Engine, nth: int) -> Iterator[Callable[[], bool]]:
    """Cut the line at the nth statement or commit."""
    left = nth

    def step(*_about: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OperationalError("the line was cut", None, psycopg.OperationalError())

    moments = ("before_cursor_execute", "after_cursor_execute", "commit")
    for moment in moments:
        event.listen(engine, moment, step)
    try:
        yield lambda: left <= 0
    finally:
        for moment in moments:
            event.remove(engine, moment, step)
