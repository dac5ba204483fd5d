"""Answers that make no figure stop no release."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from survey.domain.calendar import Week
from survey.storage import counts
from survey.storage.database import transaction
from tests.leaving import ONE_SITE, START, House


@pytest.fixture
def house(database: Engine) -> House:
    made = House(database)
    made.build(ONE_SITE)
    return made


def untracked(house: House, week: Week, *, questionnaire: str = "bus/v1") -> None:
    """Answers to a question that no indicator follows, or of a version that has left the catalogue."""
    row = {"service": "A", "questionnaire": questionnaire, "span": str(week), "question": "kindness"}
    with transaction(house.engine) as session:
        counts.add_counts(session, [{**row, "option": "good", "n": 12}])


@pytest.mark.parametrize("questionnaire", ["bus/v1", "tram/v1"])
def test_a_pathway_whose_first_answers_make_no_figure_stops_no_release(house: House, questionnaire) -> None:
    house.release(START)
    untracked(house, START + 1, questionnaire=questionnaire)
    assert house.release(START + 1).weeks == 1
    for at in range(4):
        house.answer(START + (2 + at), {"A": (20, 2, 2)})
    house.release(START + 7)
    assert sum(house.told("A").values()) == 4 * 24
