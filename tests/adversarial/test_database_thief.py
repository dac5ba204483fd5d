"""The thief: he holds database, logs and backups for ever, and the sender's list of who was invited.

His list has everyone's age and ethnic group, he saw in which order people answered, and he has a backup from
before and after each answer and each count. What he does not hold is the key of a box that is still open.
"""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine

from survey.domain.calendar import Week
from survey.domain.counts import SMALLEST
from survey.domain.response import Response
from survey.privacy import sealing
from survey.services import destroy, prepare, subgroups, tally
from survey.services.subgroups import Part
from survey.storage import comments, responses
from tests.adversarial.thief.attacks import accuracy, attacks, best, chance, feelings, fingerprints
from tests.adversarial.thief.experiment import RANDOM, burgle, some_questions
from tests.adversarial.thief.houses import Heard, Naive, Person
from tests.adversarial.thief.loot import Kept, Pool, Trace
from tests.adversarial.thief.words import linked
from tests.town import AGES, CODES, RATED, WEEK, Town, a_response, questionnaire

SERVICES = ["BUS1", "BUS2", "BUS3", "BUS4"]
WEEKS = 8


def test_the_thief_does_no_better_than_guessing(database: Engine, keys_dir: Path) -> None:
    pools = _burgle_heard(database, keys_dir)
    name, share = best(pools)
    print(f"\n{database.dialect.name}: '{name}' {share:.1%} of {_people(pools)} people, {_bar(pools)}")
    if share > _bar_of(pools):
        # The best of many attacks beats 3σ by luck now and then; luck does not come twice for the same one.
        again = _burgle_heard(database, keys_dir, prefix="CAR")
        assert accuracy(again, attacks(again)[name]) <= _bar_of(again), f"{name} links responses to people"


@pytest.mark.parametrize("serial", [True, False], ids=["serial ids and times", "UUIDs in one transaction"])
def test_the_same_attacks_break_a_naive_design(database: Engine, keys_dir: Path, serial: bool) -> None:
    Town(database, keys_dir).build(*SERVICES)
    pools = burgle(Naive(database, serial), keys_dir, services=SERVICES, weeks=2)
    name, share = best(pools)
    orders = {one: accuracy(pools, attack) for one, attack in attacks(pools).items() if "order of" in one}
    print(
        f"\n{database.dialect.name}, naive: '{name}' {share:.1%}, by order alone {max(orders.values()):.1%}"
    )
    assert share > 0.95
    assert max(orders.values()) > 0.95  # not even the backups between two answers are needed


def test_the_thief_sees_all_that_his_attacks_need(
    database: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subgroups, "ENOUGH", 1)
    town = Town(database, keys_dir).build(*SERVICES)
    pools = burgle(Heard(town), keys_dir, services=SERVICES, weeks=2, first=Week(2026, 53))
    traces = [trace for pool in pools for trace in pool.traces]
    assert all(trace.burned and trace.row_id and trace.body for trace in traces)
    rows = [row for pool in pools for row in pool.kept]
    assert sum("wal first" in row.positions for row in rows) > 0.95 * len(rows)
    assert len(rows) == len(traces)
    assert any(pool.added for pool in pools)  # the about-you counts of the quarter that ended
    assert pools[0].keys  # of boxes that are still open
    assert all(len(pool.comments) == len(pool.traces) for pool in pools)


def test_without_the_shuffle_he_wins(
    database: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_order = SimpleNamespace(sample=lambda population, _k: list(population))
    monkeypatch.setattr(
        responses, "secrets", SimpleNamespace(token_hex=secrets.token_hex, SystemRandom=lambda: in_order)
    )
    name, share = best(_burgle_heard(database, keys_dir, weeks=2))
    assert share > 0.6, name


def test_without_padding_he_wins(sqlite: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "pad", lambda plain: len(plain).to_bytes(4, "big") + plain)
    town = Town(sqlite, keys_dir).build(*SERVICES)
    pools = burgle(Heard(town), keys_dir, services=SERVICES, weeks=2, answering=some_questions)
    name, share = best(pools)
    assert (name, share > 0.5) == ("lengths", True)


def test_with_a_key_that_was_kept_he_wins(
    sqlite: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (destroy, prepare):
        monkeypatch.setattr(one, "destroy_box_key", lambda _keys, _box: None)
    pools = _burgle_heard(sqlite, keys_dir, weeks=2)
    assert accuracy(pools, attacks(pools)["opened with keys that are left"]) == 1


def test_with_about_you_counts_written_at_once_he_wins(
    sqlite: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_once(session, opened, *, quarter, service, questionnaire, **_keys) -> None:  # type: ignore[no-untyped-def]
        counted, _ = subgroups._counted(opened, questionnaire)
        subgroups.counts.add_subgroups(
            session, quarter=quarter, icb="QTT", pathway=service.pathway, counted=counted
        )

    monkeypatch.setattr(tally, "hold", at_once)
    pools = _burgle_heard(sqlite, keys_dir, weeks=2)
    assert accuracy(pools, attacks(pools)["about-you counts"]) > 0.6


def test_about_you_counts_of_a_whole_quarter_tell_little() -> None:
    # A limit that is known: exact counts of an option's people say a little about each of them, even of 200.
    people = [
        Person(
            f"P{n}",
            "",
            "",
            WEEK,
            Response({code: RANDOM.choice(CODES) for code in RATED}, {}, {"age": RANDOM.choice(AGES)}),
        )
        for n in range(1400)
    ]
    part = Part(*_part([person.response for person in people]))
    added = Counter(subgroups._releasable([part]))
    assert added
    pools = [_pool(people[n : n + 12], added) for n in range(0, 1392, 12)]
    assert accuracy(pools, fingerprints) < 1.6 * chance(pools)


def test_a_name_in_a_comment_tells_no_more_than_how_its_author_felt(sqlite: Engine, keys_dir: Path) -> None:
    # A limit that is known: a comment keeps its feeling, so its author is one of those who felt alike.
    pools = _burgle_heard(sqlite, keys_dir, weeks=4)
    people = sum(len(pool.traces) for pool in pools)
    groups = sum(len({felt for felt, _ in pool.comments}) for pool in pools)
    assert accuracy(pools, feelings) <= groups / people + 3 * math.sqrt(groups / people / people)


def test_a_comment_leads_to_no_response(database: Engine, keys_dir: Path) -> None:
    share, unfavourable = _linked(database, keys_dir)
    print(f"\n{database.dialect.name}: {share:.1%} of comments, {unfavourable:.1%} of unfavourable ones")
    assert share <= 1 / SMALLEST
    assert unfavourable <= 1 / SMALLEST


def test_with_comments_written_beside_their_responses_he_finds_them(
    database: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_once(session, opened, *, keys, service, questionnaire, span) -> None:  # type: ignore[no-untyped-def]
        written = [
            (questionnaire.sentiment(response.answers), text)
            for response in opened
            for text in response.comments.values()
        ]
        week = span.last
        comments.keep(session, icb="QTT", pathway="bus", span=span, written=week, comments=written)

    monkeypatch.setattr(tally, "hold_comments", at_once)
    share, unfavourable = _linked(database, keys_dir)
    print(f"\n{database.dialect.name}, side by side: {share:.1%}, unfavourable {unfavourable:.1%}")
    assert share > 0.2
    assert unfavourable > 0.9


def _linked(database: Engine, keys_dir: Path) -> tuple[float, float]:
    """Twelve people a box all comment, one of them displeased; chances to find anyone's, the displeased's."""
    town, authors, number = Town(database, keys_dir).build(*SERVICES), {}, 0
    for week in (WEEK + n for n in range(4)):
        for service in SERVICES:
            for n, ticket in enumerate(town.invite(service, 12, week)):
                number += 1
                words = f"comment {number}"
                first = ("poor", "neither", "neither", "good")[min(n, 3)]
                answers = {**a_response(number * 6).answers, "fft": first}
                authors[words] = answers
                town.answer(ticket, Response(answers, {"comment": words}, {}), week)
        town.tally(week)
    found = linked(database, authors)
    every = [one for chances in found.values() for one in chances]
    assert len(every) == number
    displeased = found["unfavourable"]
    return sum(every) / len(every), sum(displeased) / len(displeased)


def _burgle_heard(database: Engine, keys_dir: Path, *, weeks: int = WEEKS, prefix: str = "BUS") -> list[Pool]:
    services = [name.replace("BUS", prefix) for name in SERVICES]
    town = Town(database, keys_dir).build(*services)
    return burgle(Heard(town), keys_dir, services=services, weeks=weeks)


def _part(responses: list[Response]) -> tuple[list[tuple[str, str, str, str, int]], dict[str, int]]:
    cells, answered = subgroups._counted(responses, questionnaire())
    return [(*cell, n) for cell, n in cells.items()], dict(answered)


def _pool(people: list[Person], added: Counter[tuple[str, ...]]) -> Pool:
    kept = [Kept(person.name, person.response.answers, 0, {}) for person in people]
    return Pool([Trace(person) for person in people], kept, added=added)


def _people(pools: Sequence[Pool]) -> int:
    return sum(len(pool.traces) for pool in pools)


def _bar_of(pools: Sequence[Pool]) -> float:
    """What luck alone reaches: the smaller of chance and 1/k, and three standard deviations."""
    p = min(chance(pools), 1 / SMALLEST)
    return p + 3 * math.sqrt(p * (1 - p) / _people(pools))


def _bar(pools: Sequence[Pool]) -> str:
    return f"chance {chance(pools):.1%}, bar {_bar_of(pools):.1%}"
