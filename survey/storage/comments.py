"""Comments, apart from their responses: pathway, coarse period, how the response felt, the words."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Span
from survey.domain.counts import SMALLEST
from survey.domain.questionnaire import Group
from survey.storage.tables import CommentRow


def keep(
    session: Session,
    *,
    pathway: str,
    span: Span,
    comments: Sequence[tuple[Group, str]],
    batch: str | None = None,
) -> None:
    """Write comments in random order, under their span, or under its quarter where they are under ten."""
    period = str(span) if len(comments) >= SMALLEST else span.last.quarter
    ids = sorted(secrets.token_hex(16) for _ in comments)
    shuffled = secrets.SystemRandom().sample(comments, len(comments))
    rows = [
        {"id": row_id, "pathway": pathway, "period": period, "sentiment": felt, "text": text, "batch": batch}
        for row_id, (felt, text) in zip(ids, shuffled, strict=True)
    ]
    if rows:
        session.execute(insert(CommentRow), rows)


def number(session: Session) -> int:
    """How many comments are kept."""
    return session.scalar(select(func.count()).select_from(CommentRow)) or 0


def remove_batch(session: Session, batch: str) -> int:
    """Delete what an import brought; return how many."""
    gone = session.execute(delete(CommentRow).where(CommentRow.batch == batch).returning(CommentRow.id))
    return len(gone.all())
