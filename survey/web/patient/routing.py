"""After which answers a question is asked: as data for the page's script, in words for who has none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import reduce

from survey.catalogue.words import Words
from survey.domain.questionnaire import Condition, Option, Question, Questionnaire
from survey.web.patient.forms import field_name


def rule(question: Question) -> str | None:
    """The question's conditions as JSON: one of these lists, each of which asks for all of its pairs.

    A pair is a field and the options one of which was chosen there. None where it is always asked.
    """
    if not question.show_if:
        return None
    return _json(
        [[[field_name(one.question), sorted(one.options)] for one in every] for every in question.show_if]
    )


def bands(question: Question) -> str | None:
    """The bands of a number as JSON: code, first and last number of each. None for other questions."""
    if question.kind != "number":
        return None
    return _json([[one.code, one.least, one.most] for one in question.options])


def of_whom(questionnaire: Questionnaire, question: Question, words: Words) -> str | None:
    """Of whom the question is asked, as one sentence; None where of everybody."""
    if not question.show_if:
        return None
    asked = {one.code: one for one in questionnaire.questions}
    ways = [_joined(words, "both", [_said(one, asked, words) for one in every]) for every in question.show_if]
    return words.say("only_if", answers=_joined(words, "else", ways))


def _said(condition: Condition, asked: Mapping[str, Question], words: Words) -> str:
    question = asked[condition.question]
    chosen = [one for one in question.options if one.code in condition.options]
    return words.say("answers_to", answers=_answers(question, chosen, words), question=question.text)


def _answers(question: Question, chosen: Sequence[Option], words: Words) -> str:
    if question.kind != "scale":
        return _either(words, [words.say("answer", answer=one.label) for one in chosen])
    places = [question.options.index(one) for one in chosen]
    numbers = [point(one)[0] for one in chosen]
    in_a_row = len(places) > 2 and places[-1] - places[0] == len(places) - 1
    return words.say("points", first=numbers[0], last=numbers[-1]) if in_a_row else _either(words, numbers)


def _either(words: Words, answers: Sequence[str]) -> str:
    first = _joined(words, "listed", answers[:-1])
    return words.say("either", one=first, other=answers[-1]) if first else answers[-1]


def _joined(words: Words, name: str, parts: Sequence[str]) -> str:
    """Parts one after the other, as a language joins two of them; '' for none."""
    return reduce(lambda one, other: words.say(name, one=one, other=other), parts) if parts else ""


def point(option: Option) -> tuple[str, str]:
    """A point of a scale: its number, and the words that stand at it; '' for none."""
    number, _, said = option.label.partition(" – ")
    return number, said


def _json(found: object) -> str:
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)
