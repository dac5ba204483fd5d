"""Imports: what each brought, and the keyed hashes of the source rows that are stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from survey.domain.errors import NotFound
from survey.storage.tables import ImportBatchRow, ImportSeenRow

_AT_ONCE = 500  # hashes a query; SQLite takes at most 32,766 parameters, older ones 999


@dataclass(frozen=True, slots=True)
class Batch:
    """One import and how much it brought."""

    id: str
    day: date
    rows: int
    responses: int
    comments: int
    rejected: int
    undone: bool = False


def begin(session: Session, batch: Batch) -> None:
    """Write a batch, before anything that it brings."""
    session.add(
        ImportBatchRow(
            id=batch.id,
            day=batch.day,
            rows=batch.rows,
            responses=batch.responses,
            comments=batch.comments,
            rejected=batch.rejected,
            undone=batch.undone,
        )
    )
    session.flush()


def batches(session: Session) -> list[Batch]:
    """All imports, undone ones too, the newest day first."""
    newest = select(ImportBatchRow).order_by(ImportBatchRow.day.desc(), ImportBatchRow.id)
    return [_batch(row) for row in session.scalars(newest)]


def batch(session: Session, batch_id: str) -> Batch:
    """The import `batch_id`; NotFound where there is none."""
    row = session.get(ImportBatchRow, batch_id)
    if row is None:
        raise NotFound(f"there is no import {batch_id!r}; `heard import --list` shows them")
    return _batch(row)


def seen(session: Session, hashes: Iterable[bytes]) -> set[bytes]:
    """Those of `hashes` that are stored already."""
    wanted = sorted(hashes)
    found: set[bytes] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found |= set(session.scalars(select(ImportSeenRow.hash).where(ImportSeenRow.hash.in_(some))))
    return found


def remember(session: Session, batch_id: str, hashes: Iterable[bytes]) -> None:
    """Store hashes in their own order, which under a secret key says nothing of the file's."""
    rows = [{"hash": one, "batch": batch_id} for one in sorted(set(hashes))]
    if rows:
        session.execute(insert(ImportSeenRow), rows)


def forget(session: Session, batch_id: str) -> None:
    """Drop a batch's hashes and mark it undone, so that its rows may come again."""
    session.execute(delete(ImportSeenRow).where(ImportSeenRow.batch == batch_id))
    row = session.get_one(ImportBatchRow, batch_id)
    row.undone = True
    session.flush()


def _batch(row: ImportBatchRow) -> Batch:
    return Batch(
        id=row.id,
        day=row.day,
        rows=row.rows,
        responses=row.responses,
        comments=row.comments,
        rejected=row.rejected,
        undone=row.undone,
    )
