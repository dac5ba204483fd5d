"""Waiting: how many sealed responses of past weeks a service has that were not counted. Numbers alone."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.storage.tables import BoxRow, ResponseRow, SealedRow

TOO_FEW = ("closed", "accepted")
ASIDE = ("quarantined",)


def of_services(
    session: Session, codes: Collection[str], *, states: Collection[str], through: Week
) -> dict[str, tuple[int, Week]]:
    """Sealed responses in boxes of `through` and before that are in one of `states`, and their first week.

    What lies in the boxes that are open is not among them: it is no longer than usual on its way.
    """
    wanted = (
        select(BoxRow.service, func.count(), func.min(BoxRow.week))
        .join(SealedRow, SealedRow.box == BoxRow.id)
        .where(BoxRow.service.in_(list(codes)), BoxRow.state.in_(list(states)), BoxRow.week <= str(through))
        .group_by(BoxRow.service)
    )
    return {service: (n, Week.parse(first)) for service, n, first in session.execute(wanted)}


def responses_of(session: Session, codes: Collection[str]) -> dict[str, int]:
    """How many responses are kept of each of `codes`."""
    wanted = select(ResponseRow.service, func.count()).where(ResponseRow.service.in_(list(codes)))
    rows = session.execute(wanted.group_by(ResponseRow.service))
    return {row[0]: row[1] for row in rows}
