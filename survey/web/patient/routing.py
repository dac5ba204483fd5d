"""After which answers a question is asked: as data for the page's script, in words for who has none."""

from __future__ import annotations

import json
from collections.abc import Mapping

from survey.catalogue.answer_words import answers, joined
from survey.catalogue.words import Words
from survey.domain.questionnaire import Condition, Question, Questionnaire
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
    ways = [joined(words, "both", [_said(one, asked, words) for one in every]) for every in question.show_if]
    return words.say("only_if", answers=joined(words, "else", ways))


def _said(condition: Condition, asked: Mapping[str, Question], words: Words) -> str:
    question = asked[condition.question]
    chosen = [one for one in question.options if one.code in condition.options]
    return words.say("answers_to", answers=answers(question, chosen, words), question=question.text)


def _json(found: object) -> str:
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)
