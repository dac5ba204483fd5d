"""The shortest and the longest way through a questionnaire, and whom each question can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from survey.catalogue.reachable import MOST, TooManyError, Way, answers_to, conditions_of, holds
from survey.domain.questionnaire import Question

Seconds = Callable[[Question], float]
Asked = tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Routes:
    """What people who answer whatever they are asked can be asked."""

    shortest: Asked
    longest: Asked
    unreached: tuple[str, ...]  # questions that no answers lead to


def routes(questions: Sequence[Question], seconds: Seconds) -> Routes:
    """Followed exactly; TooManyError where there are more ways than `reachable.MOST`.

    The shortest has the fewest questions, the longest the most; of as many, the fewest or the most seconds.
    """
    found: dict[Way, tuple[Asked, Asked]] = {Way(): ((), ())}
    unreached = []
    for number, question in enumerate(questions):
        reached = [way for way in found if holds(question.show_if, way)]
        if not reached:
            unreached.append(question.code)
        # What nothing further on asks for is forgotten, or the ways would double with every question.
        needed = Way(conditions_of(*(later.show_if for later in questions[number + 1 :])))
        answered = answers_to(question, Way(one for one in needed if one.question == question.code))
        if len(reached) * len(answered or {Way()}) + len(found) > MOST:
            raise TooManyError
        found = _followed(found, question, needed=needed, answered=answered or {Way()}, seconds=seconds)
    ends = [end for pair in found.values() for end in pair]
    return Routes(_least(ends, seconds), _most(ends, seconds), tuple(unreached))


def _followed(
    found: Mapping[Way, tuple[Asked, Asked]],
    question: Question,
    *,
    needed: Way,
    answered: Iterable[Way],
    seconds: Seconds,
) -> dict[Way, tuple[Asked, Asked]]:
    """The ways one question further on, each with the shortest and the longest that come to it."""
    coming: dict[Way, list[Asked]] = {}
    for way, ends in found.items():
        asked = holds(question.show_if, way)
        for met in answered if asked else (Way(),):
            further = [(*end, question) if asked else end for end in ends]
            coming.setdefault((way & needed) | met, []).extend(further)
    return {way: (_least(ends, seconds), _most(ends, seconds)) for way, ends in coming.items()}


def _least(ends: Iterable[Asked], seconds: Seconds) -> Asked:
    return min(ends, key=lambda end: (len(end), sum(map(seconds, end)), _order(end)))


def _most(ends: Iterable[Asked], seconds: Seconds) -> Asked:
    return max(ends, key=lambda end: (len(end), sum(map(seconds, end)), _order(end)))


def _order(end: Asked) -> tuple[str, ...]:
    return tuple(question.code for question in end)
