"""Made-up responses are ones that patients could have given: sound, along the path, about as good."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.domain.questionnaire import Condition, Indicator, Option, Question, Questionnaire
from survey.domain.response import Response
from survey.privacy.sealing import ROOM
from survey.services import simulate
from survey.services.simulate import Level
from survey.services.sound import sound
from tests.questionnaires import questionnaires

MANY = 1500  # so that shares are within 0.05 of what was asked, but for one seed in thousands
GOOD, SO_SO, BAD = (
    Option("a", "A", "favourable"),
    Option("b", "B", "neither"),
    Option("c", "C", "unfavourable"),
)
TROUBLES = (
    *(Option("noise", "Noise", "unfavourable"), Option("light", "Light", "unfavourable")),
    *(Option("food", "Food", "neither"), Option("none", "None of these", "favourable", alone=True)),
)
POINTS = tuple(
    Option(
        f"p{point}",
        str(point),
        "unfavourable" if point < 5 else "neither" if point < 7 else "favourable",
        point,
    )
    for point in range(11)
)
BANDS = (
    Option("few", "Few", "favourable", least=0, most=4),
    Option("many", "Many", "unfavourable", least=5, most=9),
)
ASKED = Questionnaire(
    *("clinic", 1, "Clinic", "draft", ""),
    questions=(
        Question("single", "single", "Well?", "So.", options=(GOOD, SO_SO, BAD)),
        Question("multiple", "multiple", "Well?", "So.", options=TROUBLES),
        Question("scale", "scale", "Well?", "So.", options=POINTS),
        Question("number", "number", "Well?", "So.", options=BANDS),
        Question(
            *("routed", "single", "Well?", "So."),
            options=(GOOD, BAD),
            show_if=((Condition("multiple", frozenset({"noise"})),),),
        ),
    ),
    indicators=(Indicator("lead", "Lead", "single", "lead/1", frozenset("a"), frozenset("abc")),),
)


@given(questionnaires(), st.integers(0, 2**32), st.floats(0.01, 0.99))
@settings(max_examples=60, deadline=None)
def test_a_made_up_response_passes_what_every_response_has_to(
    questionnaire: Questionnaire, seed: int, share: float
) -> None:
    for made in simulate.responses(questionnaire, Level(9, share), np.random.default_rng(seed), number=9):
        assert sound(made, questionnaire) == made
        assert made.answers
        assert len(made.encode()) <= ROOM - 4


@pytest.fixture(scope="module")
def made() -> list[Response]:
    return simulate.responses(ASKED, Level(9, 0.7), np.random.default_rng(1), number=MANY)


@pytest.mark.parametrize("code", ["single", "multiple", "scale", "number"])
def test_the_share_of_favourable_answers_is_about_as_asked(made: list[Response], code: str) -> None:
    felt = [ASKED.question(code).felt(one.answers[code]) for one in made if code in one.answers]
    assert felt.count("favourable") / len(felt) == pytest.approx(0.7, abs=0.05)
    assert len(felt) / MANY == pytest.approx(simulate.ANSWERED, abs=0.03)


def test_every_answer_is_given_by_somebody(made: list[Response]) -> None:
    for question in ASKED.questions:
        chosen = Counter(
            option for one in made for option in question.chosen(one.answers.get(question.code, "")) if option
        )
        assert set(chosen) == {option.code for option in question.options}


def test_the_best_point_of_a_scale_is_the_most_frequent_good_one(made: list[Response]) -> None:
    assert Counter(one.answers.get("scale") for one in made).most_common(1)[0][0] == "p10"


def test_some_choose_several_and_nobody_anything_beside_what_stands_alone(made: list[Response]) -> None:
    sets = [set(one.answers["multiple"].split()) for one in made if "multiple" in one.answers]
    assert any(len(chosen) > 1 for chosen in sets)
    assert all(chosen == {"none"} for chosen in sets if "none" in chosen)


def test_what_follows_from_an_answer_is_answered_by_those_alone_who_gave_it(made: list[Response]) -> None:
    asked = [one for one in made if "noise" in one.answers.get("multiple", "").split()]
    assert {id(one) for one in made if "routed" in one.answers} < {id(one) for one in asked}
    assert len(asked) < MANY / 2


def test_answering_every_question_by_itself_would_make_what_is_thrown_away() -> None:
    rng = np.random.default_rng(1)
    answers = {
        one.code: " ".join(option.code for option in one.options if rng.random() < 0.5)
        for one in ASKED.questions
    }
    assert sound(Response(answers), ASKED).answers != answers
