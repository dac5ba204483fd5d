"""Sound: of what lay in a sealed row, only what its questionnaire asks and a database can keep."""

from __future__ import annotations

import msgspec

from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response


def sound(response: Response, questionnaire: Questionnaire) -> Response:
    """`response` without what was not asked; ValueError or the like where it is none.

    The page checked this already; a stolen patient's process could put what it likes.
    """

    def known(chosen: object, *, about_you: bool) -> dict[str, str]:
        given = msgspec.convert(chosen, dict[str, str])
        mine = [one for one in questionnaire.questions if one.kind != "text" and one.about_you is about_you]
        return {one.code: given[one.code] for one in mine if one.code in given and one.takes(given[one.code])}

    texts = msgspec.convert(response.comments, dict[str, str])
    answers = known(response.answers, about_you=False)
    asked = questionnaire.path(answers)
    return Response(
        answers=questionnaire.on_path(answers),
        comments={
            one.code: words
            for one in asked
            if one.kind == "text" and (words := _storable(texts.get(one.code, "")))
        },
        about_you=known(response.about_you, about_you=True),
    )


def _storable(text: str) -> str:
    # PostgreSQL takes no NUL and no driver a lone surrogate: one such comment would stop every tally.
    return text.replace("\0", "").encode("utf-8", "replace").decode()
