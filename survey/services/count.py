"""Count: write what is kept of a box's responses, each part in a table and an order of its own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from survey.domain.calendar import Span
from survey.domain.organisation import Service
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.storage import comments, counts, responses


def count(
    session: Session,
    opened: Sequence[Response],
    *,
    service: Service,
    questionnaire: Questionnaire,
    span: Span,
) -> None:
    """Write rated answers, counts and comments of `opened` in the caller's transaction."""
    rated = [response.answers for response in opened]
    responses.keep(session, service=service.code, questionnaire=questionnaire.key, span=span, answers=rated)
    counts.add(session, service=service.code, questionnaire=questionnaire.key, span=span, answers=rated)
    comments.keep(
        session,
        pathway=service.pathway,
        span=span,
        comments=[
            (questionnaire.sentiment(response.answers), text)
            for response in opened
            for text in response.comments.values()
        ],
    )
