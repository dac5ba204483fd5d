"""Waiting: how many sealed responses of past weeks a service has that were not counted. Numbers alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.storage.tables import BoxRow, ResponseRow, SealedRow

TOO_FEW = ("closed", "accepted")
ASIDE = ("quarantined",)


def of_services(
    session: Session, codes: Collection[str], *, states: Collection[str], through: Week
) -> dict[str, list[int]]:
    """How many sealed responses lie in each box of `through` and before that is in one of `states`.

    What lies in the boxes that are open is not among them: it is no longer than usual on its way.
    """
    wanted = (
        select(BoxRow.service, func.count())
        .join(SealedRow, SealedRow.box == BoxRow.id)
        .where(BoxRow.service.in_(list(codes)), BoxRow.state.in_(list(states)), BoxRow.week <= str(through))
        .group_by(BoxRow.service, BoxRow.id)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for service, n in session.execute(wanted):
        found[service].append(n)
    return dict(found)


def counted_among(session: Session, codes: Collection[str]) -> set[str]:
    """Those of `codes` of which responses are kept."""
    wanted = select(ResponseRow.service).where(ResponseRow.service.in_(list(codes)))
    return set(session.scalars(wanted.distinct()))
