"""Withheld figures: what did not leave and why, for the auditor alone."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week
from survey.domain.released import Withheld
from survey.storage.tables import WithheldFigureRow


def of_node(session: Session, node: str, week: Week | None = None) -> Iterator[tuple[Week, Withheld]]:
    """The release and the figure, of all pathways of a node; those over `week` alone where it is given."""
    table = WithheldFigureRow
    wanted = select(table).where(table.node == node)
    order = (table.icb, table.pathway, table.series, table.form, table.span, table.run)
    for row in session.scalars(wanted.order_by(*order)):
        span = Span.parse(row.span)
        if week is None or week in span:
            about = (row.node, row.icb, row.pathway, row.series, span, row.form, row.reason, row.protects)
            yield Week.parse(row.run), Withheld(*about)  # type: ignore[arg-type]
