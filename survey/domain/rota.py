"""The rota: which weekly run is owed by when, and which may be made next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from survey.domain.calendar import LONDON, Week, this_week

LATE = 4  # weeks; what was missed for longer is history, and counted and charted with the newest week


@dataclass(frozen=True, slots=True)
class Weekly:
    """A job that is run once for each week, on the Monday after it, in London's time."""

    name: str
    at: time
    after: str | None = None  # the job that must have done the same week first

    def due(self, week: Week) -> datetime:
        """When the run for `week` falls due."""
        return datetime.combine((week + 1).monday, self.at, tzinfo=LONDON)


def owed(
    rota: Sequence[Weekly], known: Mapping[tuple[str, Week], bool], now: datetime
) -> Iterator[tuple[Weekly, Week]]:
    """Runs that are due, not done and wait for no other, oldest week first and in the rota's order.

    `known` says of every run ever begun whether it is done. An installation that never ran owes its last
    week alone.
    """
    newest = this_week(now) + -1
    begun = min((week for _, week in known), default=newest)
    for week in (newest + -back for back in reversed(range(LATE))):
        for job in rota:
            ready = job.after is None or known.get((job.after, week), False)
            if week >= begun and ready and job.due(week) <= now and not known.get((job.name, week)):
                yield job, week
