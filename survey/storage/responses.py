"""Responses as they are kept: rated answers under a random id, in an order that says nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Span
from survey.storage.tables import ResponseRow


def keep(
    session: Session,
    *,
    service: str,
    questionnaire: str,
    span: Span,
    answers: Sequence[Mapping[str, str]],
    batch: str | None = None,
) -> None:
    """Write one row a response, sorted by their random ids: the order of arrival is gone."""
    ids = sorted(secrets.token_hex(16) for _ in answers)
    shuffled = secrets.SystemRandom().sample(answers, len(answers))
    rows = [
        {
            "id": row_id,
            "service": service,
            "questionnaire": questionnaire,
            "span": str(span),
            "answers": dict(sorted(chosen.items())),
            "batch": batch,
        }
        for row_id, chosen in zip(ids, shuffled, strict=True)
    ]
    if rows:
        session.execute(insert(ResponseRow), rows)


def of_batch(session: Session, batch: str) -> list[ResponseRow]:
    """The responses that an import brought."""
    return list(session.scalars(select(ResponseRow).where(ResponseRow.batch == batch)))


def remove_batch(session: Session, batch: str) -> int:
    """Delete what an import brought; return how many."""
    gone = session.execute(delete(ResponseRow).where(ResponseRow.batch == batch).returning(ResponseRow.id))
    return len(gone.all())
