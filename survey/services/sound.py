"""Sound: of what lay in a sealed row, only what its questionnaire asks and a database can keep."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from survey.domain.questionnaire import Question, Questionnaire
from survey.domain.response import Response
from survey.domain.ways import WAYS


def sound(response: Response, questionnaire: Questionnaire) -> Response:
    """`response` without what was not asked; ValueError or the like where it is none.

    The page checked this already; a stolen patient's process could put what it likes.
    """
    texts = msgspec.convert(response.comments, dict[str, str])
    of_care, of_person = (
        [one for one in questionnaire.questions if one.kind != "text" and one.about_you is of_person]
        for of_person in (False, True)
    )
    answers = _known(response.answers, of_care)
    asked = questionnaire.path(answers)
    return Response(
        answers=questionnaire.on_path(answers),
        comments={
            one.code: words
            for one in asked
            if one.kind == "text" and (words := _storable(texts.get(one.code, "")))
        },
        about_you=_known(response.about_you, of_person),
        way=_known(response.way, WAYS),
    )


def _known(chosen: object, questions: Sequence[Question]) -> dict[str, str]:
    given = msgspec.convert(chosen, dict[str, str])
    return {
        one.code: given[one.code] for one in questions if one.code in given and one.takes(given[one.code])
    }


def _storable(text: str) -> str:
    # PostgreSQL takes no NUL and no driver a lone surrogate: one such comment would stop every tally.
    return text.replace("\0", "").encode("utf-8", "replace").decode()
