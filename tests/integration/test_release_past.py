"""Answers that make no figure, and pasts: neither stops a release nor tells where answers begin and end."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from survey.domain.calendar import Span, Week
from survey.storage import counts
from survey.storage.database import transaction
from tests.adversarial.checked_figures import check
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


def test_a_past_is_told_in_steps_that_tell_not_where_its_answers_begin_and_end(house: House) -> None:
    """Five answers in each of two weeks: told as those weeks' they would be known to be under ten each."""
    for at in range(12):
        house.answer(START + at, {"A": (20, 2, 2), "B": (20, 2, 2)})
    house.release(START + 11)
    for at in (4, 5):
        house.answer(START + at, {"C": (5, 0, 0)})
    house.answer(START + 12, {"A": (20, 2, 2), "B": (20, 2, 2), "C": (20, 2, 2)})
    house.release(START + 15)
    [(span, n), *_] = sorted((Span.parse(span), n) for span, n in house.told("C").items())
    assert (span.first, span.last, n) == (START, START + 7, 10)
    check(house)
