"""What a draft asks of its patients: the ways through it, its reading, its time, the room that is left."""

from __future__ import annotations

from dataclasses import dataclass

from survey.catalogue.answering import seconds, seconds_of
from survey.catalogue.reachable import TooManyError
from survey.catalogue.readability import reading_age, words
from survey.catalogue.routes import Asked, routes
from survey.catalogue.rules import MOST_CODED, MOST_COMMENT, coded, written
from survey.domain.questionnaire import Question, Questionnaire


@dataclass(frozen=True, slots=True)
class Leg:
    """One way through: the questions on it, and how long they take."""

    questions: Asked
    seconds: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What can be said of a questionnaire before anybody has answered it."""

    shortest: Leg | None  # None where there are more ways than can be followed, as of the longest
    longest: Leg | None
    skipping: Asked  # by whoever answers nothing and so meets no condition
    whole: Leg  # the page without a script, where all is shown
    unreached: tuple[str, ...]
    ages: dict[str, float | None]  # reading age in years by question; None where the formula cannot tell
    comment_left: int  # characters of own words, of the sealed length
    coded_left: int  # bytes of the answers' codes, of the same


def coverage(questionnaire: Questionnaire) -> Coverage:
    """All of it; of a questionnaire that `check` found sound."""
    questions = questionnaire.questions
    try:
        found = routes(questions, seconds_of)
        shortest, longest, unreached = _leg(found.shortest), _leg(found.longest), found.unreached
    except TooManyError:
        shortest, longest, unreached = None, None, ()
    return Coverage(
        shortest=shortest,
        longest=longest,
        skipping=tuple(one for one in questions if not one.show_if),
        whole=_leg(questions),
        unreached=unreached,
        ages={one.code: _age(one, questionnaire.language) for one in questions},
        comment_left=MOST_COMMENT - written(questions),
        coded_left=MOST_CODED - coded(questions),
    )


def _leg(questions: Asked) -> Leg:
    return Leg(questions, seconds(questions))


def _age(question: Question, language: str) -> float | None:
    if language != "en" or not words(f"{question.text} {question.hint or ''}"):
        return None
    return reading_age(question)
