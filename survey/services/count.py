"""Count: write what is kept of a box's responses, each part in a table and an order of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from survey.domain.calendar import Span
from survey.domain.organisation import Service
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.storage import comments, counts, directory, responses


def count(
    session: Session,
    opened: Sequence[Response],
    *,
    service: Service,
    questionnaire: Questionnaire,
    span: Span,
) -> None:
    """Write rated answers, counts, comments and about-you counts of `opened` in the caller's transaction."""
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
    counts.add_subgroups(
        session,
        quarter=span.last.quarter,
        icb=directory.icb_of(session, service),
        pathway=service.pathway,
        counted=_subgroups(opened, questionnaire),
    )


def _subgroups(
    opened: Sequence[Response], questionnaire: Questionnaire
) -> Counter[tuple[str, str, str, str]]:
    # (attribute, option, question, group): no key holds two attributes of a person.
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for response in opened:
        for attribute, option in response.about_you.items():
            for question, answer in response.answers.items():
                group = questionnaire.question(question).group(answer)
                if group is not None:
                    counted[attribute, option, question, group] += 1
    return counted
