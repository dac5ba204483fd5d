"""The burglary: a backup before and after each answer and each count, the logs, and what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from survey.domain.calendar import Week
from survey.services.proving.ahead_log import PLACE, ahead_log, places
from survey.services.proving.ears import Ears
from survey.services.proving.eye import Eye
from survey.services.proving.house import House
from survey.services.proving.loot import Cell, Kept, Loot, Pool, Release, Trace, fits
from survey.services.proving.parts_left import opened_releases
from survey.services.proving.places import find_ids
from survey.services.proving.town import RANDOM, Person


class Burglary:
    """Watch a house while people answer and boxes are counted; `finish()` is the loot."""

    def __init__(self, house: House, key_folders: Sequence[Path], *, orders: bool = True) -> None:
        """`orders`: whether places in logs and files are looked for; not where nobody is watched."""
        self._house, self._folders, self._orders = house, key_folders, orders
        self._eye, self._ahead, self._ears = Eye(house), ahead_log(house.engine), Ears()
        self._loot = Loot()
        self._open: list[Trace] = []  # of people whose responses wait
        self._kept: set[str] = self._eye.kept_ids()
        self._about_you: dict[str, Counter[Cell]] = {}
        self._parts: set[str] = set()
        self._covered: dict[str, int] = {}  # quarter → how many pools a release has covered

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._ahead.close()
        self._eye.close()

    def start(self) -> None:
        """Take the backup of before: invitations were sent since the last one."""
        self._tickets, self._waiting = self._eye.tickets(), self._eye.waiting()
        self._prints = self._eye.prints()
        self._seen = self._eye.kept_ids()
        self._rows = {table: self._eye.rows(table) for table in self._prints if table != self._house.kept}

    def watch(self, person: Person) -> None:
        """Let one person answer, and compare the backups of before and after."""
        with self._ears.listening():
            self._house.answer(person)
        trace = Trace(person, logged=self._ears.last())
        tickets, waiting = self._eye.tickets(), self._eye.waiting()
        trace.burned = next(iter(self._tickets - tickets), None)
        trace.row_id = next(iter(waiting - self._waiting), None)
        if trace.row_id is not None:
            trace.box, trace.body = self._eye.sealed(trace.row_id)
        self._tickets, self._waiting = tickets, waiting
        self._note_changes(trace)
        self._open.append(trace)

    def told(self, person: Person, row_id: bytes) -> None:
        """A person whose answer was not watched: only that this row is theirs."""
        self._open.append(Trace(person, row_id=row_id))

    @contextmanager
    def counting(self, through: Week) -> Iterator[None]:
        """Listen while the house counts; what it says nothing of is seen at the end."""
        self._through = through
        with self._ears.listening():
            yield
        self._look()

    def counted(self, n: int) -> None:
        """After each pool: take what is new, with its places in the write-ahead log."""
        if n:
            with self._ears.deaf():
                self._look()

    def _look(self) -> None:
        gone = self._gone()
        rows = _of(gone, self._eye.kept(self._eye.kept_ids() - self._kept)) if gone else []
        if rows:
            ids = {row.id: row for row in rows}
            self._kept |= ids.keys()
            RANDOM.shuffle(rows)  # so that no attack wins by the order of this list
            if self._orders:
                _place(ids, PLACE, places(self._ahead, ids))
            self._add_pools(gone, rows)
            self._add_parts()
        self._note_releases()

    def finish(self) -> Loot:
        """The whole loot, when everything was counted: pages, logs and keys that are left included."""
        loot = self._loot
        loot.comments = self._eye.comments()
        loot.keys = [file for folder in self._folders for file in folder.rglob("*") if file.is_file()]
        loot.releases += opened_releases(loot.pools, loot.keys, ended_before=self._through.quarter)
        by_author = {comment.author: comment for comment in loot.comments}
        for pool in loot.pools:
            names = {trace.person.name for trace in pool.traces}
            pool.comments = {name: one for name, one in by_author.items() if name in names}
        self._note_named([trace for pool in loot.pools for trace in pool.traces])
        if self._orders:
            rows = {row.id: row for pool in loot.pools for row in pool.kept}
            _place(rows, "file of the database", find_ids([(0, self._eye.pages())], rows))
            _place(rows, "logs", find_ids([(0, "\n".join(self._ears.heard).encode())], rows))
        if self._ahead.unseen:
            loot.unseen[PLACE] = self._ahead.unseen
        return loot

    def _note_named(self, traces: Sequence[Trace]) -> None:
        marks = {id(trace): _marks(trace) for trace in traces}
        found = self._eye.naming({mark for known in marks.values() for mark in known})
        for trace in traces:
            trace.named = "\n".join(found[mark] for mark in marks[id(trace)] if mark in found)

    def _gone(self) -> list[Trace]:
        # People whose rows have gone from their boxes since the last look.
        waiting = self._eye.waiting()
        return [trace for trace in self._open if trace.row_id is None or trace.row_id not in waiting]

    def _add_pools(self, gone: list[Trace], rows: list[Kept]) -> None:
        # What went together belongs to what came together; where nothing waits, to what is of its week.
        left = {id(trace) for trace in gone}
        self._open = [trace for trace in self._open if id(trace) not in left]
        if self._house.waiting is not None:
            self._loot.pools.append(Pool(gone, rows, self._through))
            return
        for kind in {(row.service, row.span) for row in rows}:
            mine = [row for row in rows if (row.service, row.span) == kind]
            people = [trace for trace in gone if fits(trace.person, mine[0])]
            self._loot.pools.append(Pool(people, mine, self._through))

    def _add_parts(self) -> None:
        new = [part for part in self._eye.parts() if part.id not in self._parts]
        self._parts |= {part.id for part in new}
        if self._loot.pools:
            self._loot.pools[-1].parts += new

    def _note_changes(self, trace: Trace) -> None:
        prints = self._eye.prints()
        for table in (one for one, line in prints.items() if line != self._prints.get(one)):
            if table == self._house.kept:
                new = self._eye.kept(self._eye.kept_ids() - self._seen)
                trace.appeared = [row.answers for row in new]
                self._seen |= {row.id for row in new}
            else:
                rows = self._eye.rows(table)
                trace.changed += "\n".join(rows - self._rows.get(table, set()))
                self._rows[table] = rows
        self._prints = prints

    def _note_releases(self) -> None:
        # What is new is about every pool of its quarter whose about-you answers had not shown yet.
        for quarter, cells in self._eye.about_you().items():
            added = cells - self._about_you.get(quarter, Counter())
            if added:
                mine = [pool for pool in self._loot.pools if pool.counted.quarter == quarter]
                covered = self._covered.get(quarter, 0)
                self._loot.releases.append(Release(added, mine[covered:]))
                self._covered[quarter] = len(mine)
            self._about_you[quarter] = cells


def _place(rows: Mapping[str, Kept], where: str, found: Mapping[str, tuple[int, int]]) -> None:
    for row_id, (first, last) in found.items():
        rows[row_id].places |= {f"{where}, first": first, f"{where}, last": last}


def _of(gone: list[Trace], rows: list[Kept]) -> list[Kept]:
    # New rows that some of these people may have written; all, where what they wrote bears other names.
    return [row for row in rows if any(fits(trace.person, row) for trace in gone)] or rows


def _marks(trace: Trace) -> set[str]:
    # As text and as Python writes bytes, which is how rows are read.
    known = [one for one in (trace.row_id, trace.burned, (trace.body or b"")[:32]) if one]
    return {form for one in known for form in (one.hex(), repr(one)[2:-1])} | (
        {trace.person.ticket} if trace.person.ticket else set()
    )
