"""What is said about an import: how much came in, what became of it, and by which rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from survey.domain.calendar import Week
from survey.domain.organisation import Service
from survey.services.importing.joining import Outcome, Rejected
from survey.services.importing.mapping import Mapping

_EXAMPLES = 3  # lines named for each reason; the rejects file has all


@dataclass(frozen=True, slots=True)
class Bulk:
    """A day that holds a batch of entry, of one service."""

    service: str
    day: date
    responses: int
    label: str
    named: bool  # in the mapping; else found by its share

    @property
    def week(self) -> Week:
        return Week.of(self.day)


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one import, or of what it would do."""

    read_as: str
    mapping: Mapping
    outcome: Outcome
    added: tuple[Service, ...]
    bulks: tuple[Bulk, ...]
    dry_run: bool
    batch: str | None = None  # None where nothing was stored
    rejects: Path | None = None

    @property
    def responses(self) -> int:
        return len(self.outcome.stored)

    @property
    def comments(self) -> int:
        return sum(len(one.comments) for one in self.outcome.stored)

    def lines(self) -> Iterator[str]:
        """The report as it is printed."""
        yield f"mapping   {self.mapping.name}"
        yield f"file      read as {self.read_as}"
        yield "dates"
        yield from (f"  - {line}" for line in self.mapping.dates.words())
        if self.added:
            yield f"services  {'would be added' if self.dry_run else 'added'}, as the mapping describes them"
            yield from (f"  - {one.code}: {one.name} ({one.pathway})" for one in self.added)
        yield from self._figures()
        yield from self._batch_days()
        yield from self._end()

    def _figures(self) -> Iterator[str]:
        found = self.outcome
        yield f"rows      {found.rows:,} read, from {found.people:,} people"
        yield f"  {found.either_way:>7,}  have a date that could mean two days; settled by the rule"
        yield (
            f"stored    {found.rows_stored:,} rows as {self.responses:,} responses and "
            f"{self.comments:,} comments{self._weeks()}"
        )
        for code, n in sorted(Counter(one.service for one in found.stored).items()):
            yield f"  {n:>7,}  responses of {code}"
        settled = sum(one.was_settled for one in found.stored)
        yield f"  {settled:>7,}  of these responses write one day in different ways; settled by the rule"
        yield f"rejected  {len(found.rejected):,} rows"
        for said, lines in sorted(_by_reason(found.rejected).items(), key=lambda item: -len(item[1])):
            yield f"  {len(lines):>7,}  {said} (line {_some(lines)})"

    def _weeks(self) -> str:
        weeks = sorted({Week.of(one.day) for one in self.outcome.stored})
        return f", {weeks[0]} to {weeks[-1]}" if weeks else ""

    def _batch_days(self) -> Iterator[str]:
        if self.bulks:
            yield "marked on the charts, not smoothed"
        for bulk in self.bulks:
            why = "named in the mapping" if bulk.named else "found: an outlying share of its responses"
            yield f"  {bulk.responses:>7,}  responses of {bulk.service} on {bulk.day}: {bulk.label} ({why})"

    def _end(self) -> Iterator[str]:
        if self.dry_run:
            yield "dry run: nothing was written"
            return
        if self.rejects:
            yield f"rejects   {self.rejects}"
        if self.batch:
            yield f"batch     {self.batch}; to take it back: heard import --undo {self.batch}"
        else:
            yield "nothing new was stored"


def _by_reason(rejected: list[Rejected]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in rejected:
        # The line that a row belongs with differs from row to row; the reason is one.
        said = one.reason if not one.reason.startswith("belongs to the same") else "belong to such a row"
        found.setdefault(f"{one.column}: {said}" if one.column else said, []).append(one.line)
    return found


def _some(lines: list[int]) -> str:
    listed = ", ".join(f"{line}" for line in lines[:_EXAMPLES])
    return listed if len(lines) <= _EXAMPLES else f"{listed} …"
