"""Rows joined into responses: all rows of one person agree and are usable, or none is stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from survey.services.importing.mapping import Mapping
from survey.services.importing.reading_rows import Fault, ReadRow
from survey.services.importing.seen import Hasher

STORED = "was stored by an earlier import"


@dataclass(frozen=True, slots=True)
class Joined:
    """One response, with the rows it came from."""

    service: str
    day: date
    answers: dict[str, str]
    comments: tuple[str, ...]
    rows: int
    hashes: tuple[bytes, ...]  # of the person and of each row
    was_settled: bool  # its rows write their date differently


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not stored. Nothing of what it holds is here."""

    line: int
    column: str
    reason: str


@dataclass
class Outcome:
    """Everything that became of a file's rows."""

    rows: int = 0
    people: int = 0
    either_way: int = 0  # rows whose date can mean two days
    stored: list[Joined] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def rows_stored(self) -> int:
        return sum(one.rows for one in self.stored)

    def balance(self) -> None:
        """Rows in = stored + rejected, or the import is wrong and stops."""
        if self.rows != self.rows_stored + len(self.rejected):
            raise AssertionError(
                f"{self.rows} rows came in, {self.rows_stored} are stored and {len(self.rejected)} rejected"
            )


class People:
    """The rows of each person, gathered from wherever in the file they stand."""

    def __init__(self, mapping: Mapping, hasher: Hasher) -> None:
        self._mapping, self._hasher = mapping, hasher
        self._rows: dict[bytes, list[ReadRow]] = defaultdict(list)
        self._loose: list[ReadRow] = []
        self._equal: Counter[bytes] = Counter()

    def add(self, row: ReadRow) -> None:
        """Put a row with its person; without a person's column each row is a person's."""
        if row.person is not None:
            self._rows[row.person].append(row)
        elif self._mapping.respondent or not row.hash:
            self._loose.append(row)
        else:
            # Two people may have answered alike: the second of equal rows is another one.
            self._equal[row.hash] += 1
            self._rows[self._hasher.row([row.hash.hex(), str(self._equal[row.hash])])].append(row)

    def hashes(self) -> set[bytes]:
        """Of every person and row, to ask which were stored before."""
        return set(self._rows) | {row.hash for rows in self._rows.values() for row in rows}

    def join(self, seen: Collection[bytes]) -> Outcome:
        """A response of each person's rows, or the reasons why not."""
        outcome = Outcome(people=len(self._rows))
        outcome.rejected += [_rejected(row, row.faults) for row in self._loose]
        for person, rows in self._rows.items():
            outcome.either_way += sum(len(row.days) > 1 for row in rows)
            self._join_one(person, rows, seen, outcome)
        outcome.rejected.sort(key=lambda one: one.line)
        outcome.rows = len(self._loose) + sum(map(len, self._rows.values()))
        return outcome

    def _join_one(
        self, person: bytes, rows: list[ReadRow], seen: Collection[bytes], outcome: Outcome
    ) -> None:
        if person in seen:
            outcome.rejected += [_rejected(row, [_earlier(row, seen)]) for row in rows]
            return
        rows, twice = _once(rows)
        outcome.rejected += twice
        if faults := dict(self._faults(rows)):
            first = min(faults)
            beside = [Fault("", f"belongs to the same response as line {first}, which cannot be used")]
            outcome.rejected += [_rejected(row, faults.get(row.line, beside)) for row in rows]
            return
        day = self._mapping.dates.settle([row.days for row in rows])
        assert day is not None  # noqa: S101  # else it were among the faults
        # A row without a person's column is remembered by its place among equal ones alone.
        hashes = (person, *(row.hash for row in rows)) if self._mapping.respondent else (person,)
        outcome.stored.append(
            Joined(
                service=rows[0].service,
                day=day,
                answers=dict(pair for row in rows for pair in row.answers),
                comments=tuple(comment for row in rows for comment in row.comments),
                rows=len(rows),
                hashes=hashes,
                was_settled=len({row.written for row in rows}) > 1,
            )
        )

    def _faults(self, rows: Sequence[ReadRow]) -> Iterator[tuple[int, Sequence[Fault]]]:
        own = [(row.line, row.faults) for row in rows if row.faults]
        if own:
            yield from own
        elif together := list(self._faults_together(rows)):
            yield from ((row.line, together) for row in rows)

    def _faults_together(self, rows: Sequence[ReadRow]) -> Iterator[Fault]:
        rule = self._mapping.dates
        if len({row.service for row in rows}) > 1:
            yield Fault(self._mapping.service_column, "the rows of one response name different services")
        for answer in self._mapping.answers:
            chosen = {
                option for row in rows for question, option in row.answers if question == answer.question
            }
            if len(chosen) > 1:
                yield Fault(answer.column, "the rows of one response give different answers")
        if not any(row.answers for row in rows):
            yield Fault(self._mapping.answers[0].column, "no rated question is answered")
        if rule.settle([row.days for row in rows]) is None:
            yield Fault(rule.column, "the rows of one response have different dates" + self._why(rows))

    def _why(self, rows: Sequence[ReadRow]) -> str:
        if self._mapping.dates.disagreeing == "reject":
            return ""
        common = set.intersection(*(set(row.days) for row in rows))
        return f", and {'more than one' if common else 'no'} day can be meant by all of them"


def _once(rows: Iterable[ReadRow]) -> tuple[list[ReadRow], list[Rejected]]:
    first: dict[bytes, ReadRow] = {}
    twice = []
    for row in rows:
        earlier = first.setdefault(row.hash, row)
        if earlier is not row:
            twice.append(Rejected(row.line, "", f"the same row stands in line {earlier.line} already"))
    return list(first.values()), twice


def _earlier(row: ReadRow, seen: Collection[bytes]) -> Fault:
    if row.hash in seen or row.person is None:
        return Fault("", STORED)
    return Fault(
        "", f"its response {STORED}; this row is new or was changed since: undo that import to take it in"
    )


def _rejected(row: ReadRow, faults: Sequence[Fault]) -> Rejected:
    columns = dict.fromkeys(fault.column for fault in faults if fault.column)
    return Rejected(row.line, "; ".join(columns), "; ".join(fault.reason for fault in faults))
