"""Totals: how many responses a database holds, counted and sealed, to compare two of one installation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week
from survey.storage.tables import BoxRow, ImportBatchRow, ResponseRow, SealedRow, WithheldRow

_PAST = ("counted", "done")
Where = tuple[str, str, str]  # service, version, span


@dataclass(frozen=True, slots=True)
class Totals:
    """Responses by where they stand; those that are sealed, by box; those that were withheld."""

    counted: Counter[Where]
    sealed: Counter[str]
    withheld: int

    @property
    def whole(self) -> int:
        """All that ever came in and was not deleted: counting changes nothing of it."""
        return self.counted.total() + self.sealed.total() + self.withheld

    @property
    def services(self) -> set[str]:
        return {service for service, _, _ in self.counted}

    @property
    def span(self) -> Span | None:
        """From the first week to the last of what was counted."""
        spans = [Span.parse(span) for _, _, span in self.counted]
        return Span(min(one.first for one in spans), max(one.last for one in spans)) if spans else None


def totals(session: Session, *, since: Week | None = None, without: Collection[str] = ()) -> Totals:
    """Of a whole database, or of the spans that end in `since` or later, without some imports' rows."""
    where = (ResponseRow.service, ResponseRow.questionnaire, ResponseRow.span)
    rows = select(*where, func.count()).group_by(*where)
    if without:
        rows = rows.where(func.coalesce(ResponseRow.batch, "").not_in(list(without)))
    waiting = select(SealedRow.box, func.count()).join(BoxRow).where(BoxRow.state.not_in(_PAST))
    return Totals(
        Counter(
            {
                (service, version, span): number
                for service, version, span, number in session.execute(rows)
                if since is None or Span.parse(span).last >= since
            }
        ),
        Counter({row[0]: row[1] for row in session.execute(waiting.group_by(SealedRow.box))}),
        session.scalar(select(func.sum(WithheldRow.n))) or 0,
    )


def undone_imports(session: Session) -> list[str]:
    """Imports that were taken back."""
    return list(session.scalars(select(ImportBatchRow.id).where(ImportBatchRow.undone)))
