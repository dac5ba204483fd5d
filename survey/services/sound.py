"""Sound: of what lay in a sealed row, only what its questionnaire asks and a database can keep."""

from __future__ import annotations

import msgspec

from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response


def sound(response: Response, questionnaire: Questionnaire) -> Response:
    """`response` without what was not asked; ValueError or the like where it is none.

    The page checked this already; a stolen patient's process could put what it likes.
    """
    options = {q.code: {option.code for option in q.options} for q in questionnaire.questions}

    def known(chosen: object, *, about_you: bool) -> dict[str, str]:
        return {
            code: answer
            for code, answer in msgspec.convert(chosen, dict[str, str]).items()
            if answer in options.get(code, ()) and questionnaire.question(code).about_you is about_you
        }

    texts = msgspec.convert(response.comments, dict[str, str])
    written = [question.code for question in questionnaire.questions if question.kind == "text"]
    return Response(
        answers=known(response.answers, about_you=False),
        comments={code: words for code in written if (words := _storable(texts.get(code, "")))},
        about_you=known(response.about_you, about_you=True),
    )


def _storable(text: str) -> str:
    # PostgreSQL takes no NUL and no driver a lone surrogate: one such comment would stop every tally.
    return text.replace("\0", "").encode("utf-8", "replace").decode()
