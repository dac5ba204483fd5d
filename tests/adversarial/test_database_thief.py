"""The thief himself, whom `heard prove` plays: that he sees what his attacks need, and what is known to leak.

He holds database, logs and backups for ever, and the sender's list of who was invited, with everyone's age,
sex and ethnic group. That he names nobody, and wins wherever a layer is off, is tested in test_prove.py.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from survey.config import Settings
from survey.domain.calendar import Span, Week
from survey.domain.response import Response
from survey.services import subgroups
from survey.services.proving import experiment
from survey.services.proving.attacks import Attack, Score
from survey.services.proving.experiment import FIRST
from survey.services.proving.fingerprints import about_you_attack
from survey.services.proving.loot import Cell, Kept, Loot, Pool, Release, Trace
from survey.services.proving.prove import Robbed, Sizes, rob_town
from survey.services.proving.town import Person, a_response, questionnaire
from survey.services.proving.verdict import TENTH, Tried, best, needed, score
from tests.adversarial import broken

SIZES = Sizes(people=190, quarter=0, naive=0)
LINKING = "from a comment to its response, by what was written together"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue(f"{request.param}_url")
    return Settings(url, tmp_path / "keys", tmp_path / "data", tmp_path / "backups")


@pytest.mark.proof
def test_the_thief_sees_all_that_his_attacks_need(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subgroups, "ENOUGH", 1)
    monkeypatch.setattr(experiment, "FIRST", Week(2026, 53))
    loot = rob_town(settings, SIZES).loot
    traces = [trace for pool in loot.pools for trace in pool.traces]
    assert all(trace.row_id and trace.body and trace.box and trace.logged for trace in traces)
    assert all(bool(trace.burned) is bool(trace.person.ticket) for trace in traces)
    rows = [row for pool in loot.pools for row in pool.kept]
    assert len(rows) == len(traces)
    assert sum("write-ahead log, first" in row.places for row in rows) > 0.95 * len(rows)
    assert {trace.person.ticket is None for trace in traces} == {True, False}  # posters too
    assert loot.releases  # the about-you counts of the quarter that ended
    assert any("boxes" in file.parts for file in loot.keys)  # of boxes that are still open
    assert all(len(pool.comments) == len(pool.traces) for pool in loot.pools)
    assert all(pool.parts for pool in loot.pools)


@pytest.mark.proof
def test_what_was_merged_upward_is_a_pool_of_its_own(sqlite_url: str, tmp_path: Path) -> None:
    settings = Settings(sqlite_url, tmp_path / "keys", tmp_path / "data", tmp_path / "backups")
    loot = rob_town(settings, replace(SIZES, people=900)).loot  # fifteen weeks
    merged = [
        pool
        for pool in loot.pools
        if {row.service for row in pool.kept}.isdisjoint(trace.person.service for trace in pool.traces)
    ]
    assert len(merged) == 1
    assert len(merged[0].traces) == len(merged[0].kept) >= 10
    assert {trace.person.service for trace in merged[0].traces} >= {"RARE0", "RARE1"}


@pytest.mark.proof
def test_a_comment_leads_to_no_response_even_where_one_in_a_box_is_displeased(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "a_response", _one_in_twelve_displeased)
    every, unfavourable = _linked(rob_town(settings, SIZES))
    print(f"\n{every.hits:.0f}/{every.people}, unfavourable {unfavourable.hits:.0f}/{unfavourable.people}")
    assert every.hits / every.people < TENTH
    assert unfavourable.hits / unfavourable.people < TENTH


@pytest.mark.proof
def test_with_comments_written_beside_their_responses_the_displeased_are_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "a_response", _one_in_twelve_displeased)
    broken.comments_at_once(monkeypatch)
    _, unfavourable = _linked(rob_town(settings, SIZES))
    assert unfavourable.hits / unfavourable.people > 0.5


def test_about_you_counts_of_a_whole_quarter_tell_little() -> None:
    # A limit that is known: counts of an option's people say a little about each of them, even with noise.
    found = sum((_quarter(1704) for _ in range(6)), Score())
    print(f"\n{found.hits / found.people:.2%} of {found.people} named, {1 / 12:.2%} by guessing")
    assert found.hits / found.people < 0.11  # 9.5 % ± 0.25 in thirty runs


def test_counts_of_one_box_tell_how_most_of_its_people_answered() -> None:
    found = sum((_quarter(12, exact=True) for _ in range(60)), Score())
    assert found.hits / found.people > 2 / 12


def test_people_enough_are_asked_for_an_attack_to_be_found() -> None:
    n = needed(TENTH, times=2)
    assert _above(n, hits=0.2) > 0.95
    assert _above(n // 4, hits=0.2) < 0.9
    assert _above(n, hits=0.1) < 0.005


def _above(people: int, *, hits: float) -> float:
    """The share of many runs in which an attack that names `hits` of them clears the bar."""
    attack, named = Attack("one", {}), np.random.default_rng().binomial(people, hits, 4000)
    return float(np.mean([Tried(attack, "", Score(n, people, TENTH * people)).above for n in named]))


def _linked(robbed: Robbed) -> tuple[Score, Score]:
    [attack] = [one for one in robbed.attacks if one.name == LINKING]
    every = best(attack, robbed.loot.pools).score
    for pool in robbed.loot.pools:
        displeased = {trace.person.name for trace in pool.traces if _felt(trace) == "unfavourable"}
        pool.comments = {name: one for name, one in pool.comments.items() if name in displeased}
    return every, score(attack, "", robbed.loot.pools)


def _felt(trace: Trace) -> str:
    return questionnaire().sentiment(trace.person.response.answers)


def _one_in_twelve_displeased(name: str, number: int) -> Response:
    said = a_response(name, number)
    return replace(said, answers={**said.answers, "fft": "poor" if number % 12 == 0 else "good"})


def _quarter(n: int, *, exact: bool = False) -> Score:
    """`n` people in boxes of twelve, and their about-you counts as they are released, or as they are."""
    people = [Person(f"P{k}", "S", FIRST, a_response(f"P{k}", k)) for k in range(1, n + 1)]
    cells = subgroups._counted([one.response for one in people], questionnaire())
    part = subgroups.Part([(*cell, count) for cell, count in cells.items()])
    released = cells if exact else Counter(_released(part))
    pools = [_pool(people[start : start + 12]) for start in range(0, n, 12)]
    loot = Loot(pools, [Release(released, pools)])
    return best(about_you_attack(loot, "about you"), pools).score


def _released(part: subgroups.Part) -> dict[Cell, int]:
    return subgroups._releasable([part], key=secrets.token_bytes(32), drawn_for="one quarter")


def _pool(people: list[Person]) -> Pool:
    kept = [Kept(one.name, "S", Span.of(FIRST), one.response.answers, {}) for one in people]
    return Pool([Trace(one) for one in people], random.sample(kept, len(kept)), FIRST)
