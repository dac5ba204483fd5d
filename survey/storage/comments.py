"""Comments, apart from their responses: ICB, pathway, coarse period, how the response felt, the words."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week
from survey.domain.counts import SMALLEST
from survey.storage.tables import CommentPartRow, CommentRow


def keep(
    session: Session,
    *,
    icb: str,
    pathway: str,
    span: Span,
    written: Week,
    people: int,
    comments: Sequence[tuple[str, str]],
    batch: str | None = None,
) -> None:
    """Write (how it felt, words) in random order, under their span, or its quarter where of under ten people.

    An empty feeling is one that is not told; `written` is the week in which this happens.
    """
    period = str(span) if people >= SMALLEST else span.last.quarter
    ids = sorted(secrets.token_hex(16) for _ in comments)
    shuffled = secrets.SystemRandom().sample(comments, len(comments))
    rows = [
        {
            "id": row_id,
            "icb": icb,
            "pathway": pathway,
            "period": period,
            "sentiment": felt,
            "text": text,
            "written": str(written),
            "batch": batch,
        }
        for row_id, (felt, text) in zip(ids, shuffled, strict=True)
    ]
    if rows:
        session.execute(insert(CommentRow), rows)


def hold_part(session: Session, *, quarter: str, icb: str, pathway: str, body: bytes) -> None:
    """Keep comments that wait, sealed."""
    row = {"id": secrets.token_hex(16), "quarter": quarter, "icb": icb, "pathway": pathway, "body": body}
    session.execute(insert(CommentPartRow), [row])


def places_held(session: Session) -> list[tuple[str, str]]:
    """(ICB, pathway) of which sealed comments wait; of those from before ICBs were told apart, "" for it."""
    places = select(CommentPartRow.icb, CommentPartRow.pathway).distinct()
    rows = session.execute(places.order_by(CommentPartRow.icb, CommentPartRow.pathway))
    return [(row.icb, row.pathway) for row in rows]


def parts_of(session: Session, *, icb: str, pathway: str) -> Iterator[CommentPartRow]:
    """The sealed comments of a pathway in an ICB, locked against another tally, one at a time.

    Each pool has one, of 64 KB at least: together they would fill the memory of a tally of many boxes.
    """
    wanted = select(CommentPartRow.id).where(CommentPartRow.icb == icb, CommentPartRow.pathway == pathway)
    for one in session.scalars(wanted.order_by(CommentPartRow.id).with_for_update()).all():
        yield session.get_one(CommentPartRow, one)


def drop_parts(session: Session, ids: Iterable[str]) -> None:
    """Delete sealed comments that have been written."""
    session.execute(delete(CommentPartRow).where(CommentPartRow.id.in_(list(ids))))


def quarters_held(session: Session) -> set[str]:
    """Quarters whose keys seal comments that wait."""
    return set(session.scalars(select(CommentPartRow.quarter).distinct()))


def number(session: Session) -> int:
    """How many comments are kept."""
    return session.scalar(select(func.count()).select_from(CommentRow)) or 0


def remove_batch(session: Session, batch: str) -> int:
    """Delete what an import brought; return how many."""
    gone = session.execute(delete(CommentRow).where(CommentRow.batch == batch).returning(CommentRow.id))
    return len(gone.all())
