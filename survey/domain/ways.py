"""How a response was given: attributes that no question asks for, kept apart as answers about oneself are."""

from __future__ import annotations

from survey.domain.languages import TAGS, said
from survey.domain.questionnaire import Option, Question, Questionnaire
from survey.domain.response import Response

LANGUAGE = "language"

# As questions, so that whoever counts, tells or compares what people said of themselves need not know them
# apart. What is known of each is fixed: a response that names anything else is taken for one that does not.
WAYS: tuple[Question, ...] = (
    Question(
        LANGUAGE,
        "single",
        "Language the questions were read in",
        "To see whether care is as good for people who read another language, or easy read.",
        options=tuple(Option(tag, said(tag)) for tag in TAGS),
        about_you=True,
    ),
)
CODES = frozenset(way.code for way in WAYS)  # no question may have them


def way_of(response: Response, questionnaire: Questionnaire) -> dict[str, str]:
    """How a response was given, each attribute once; unless it says otherwise, in the words as published."""
    return {LANGUAGE: questionnaire.language, **response.way}


def attributes(questionnaire: Questionnaire) -> dict[str, Question]:
    """All by which answers are counted, by code: the about-you questions, and how responses were given."""
    asked = [question for question in questionnaire.questions if question.about_you]
    return {question.code: question for question in (*asked, *WAYS)}
