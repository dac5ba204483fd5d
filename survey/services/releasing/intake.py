"""Intake: new answers become cells, each in the week of release that it can still be a part of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.questionnaire import GROUPS
from survey.services.releasing.agreeing import Change, added_up, agree, marked, nothing
from survey.services.releasing.lattice import Ints
from survey.services.releasing.taken_back import telling
from survey.storage import cells, untaken
from survey.storage.cells import Cell
from survey.storage.untaken import Answers

Where = tuple[str, Span]  # service, weeks in which answers were given
Key = tuple[str, str, Span]  # series, and where
New = dict[Key, Ints]  # answers by group


@dataclass(slots=True)
class Intake:
    """What answers became: cells of weeks to come and of weeks past, and cells that were told wrongly."""

    on_time: list[Cell] = field(default_factory=list)
    apart: list[Cell] = field(default_factory=list)
    wrong: list[Cell] = field(default_factory=list)
    again: Counter[Where] = field(default_factory=Counter)  # that stay out of figures, imported once more
    fresh: set[str] = field(default_factory=set)  # pathways nothing of which had been taken before
    problems: list[str] = field(default_factory=list)


def take_up(session: Session, catalogue: Catalogue, through: Week) -> Intake:
    """Make cells of all answers given by the end of `through` that no cell holds.

    Late ones, of weeks that have been released, go into the next week: what has left is never made anew. So
    that nobody's past is heaped upon one week, those of a pathway without any cell, and those from before a
    service's first, keep their own weeks, the latter apart from what its organisations have told.

    Answers that were taken back leave the cells of which nothing was told; where all was, as many that come
    again stay out of new ones.
    """
    done = Intake()
    by_pathway: dict[str, list[Answers]] = defaultdict(list)
    for one in untaken.untaken(session, through):
        by_pathway[one.questionnaire.partition("/")[0]].append(one)
    for pathway, found in sorted(by_pathway.items()):
        books = _Books.read(session, catalogue, pathway, found)
        rows, new = books.take(session, found, done)
        placed = list(_placed(session, pathway, new, done))
        done.on_time += (one for one in placed if not one.apart)
        done.apart += (one for one in placed if one.apart)
        cells.keep(session, [*rows, *_numbered(placed, after=[*books.every(), *rows])])
    return done


@dataclass(frozen=True, slots=True)
class _Books:
    """A pathway's cells of the answers that came and went, and what is stored of those they were made of."""

    catalogue: Catalogue
    held: Mapping[Key, Sequence[Cell]]  # each place once, with what all its rows add up to, the newest first
    stored: Mapping[Key, Ints]  # by group
    unread: Collection[Where]  # where that cannot be said: a version has left the catalogue

    @classmethod
    def read(cls, session: Session, catalogue: Catalogue, pathway: str, found: Sequence[Answers]) -> _Books:
        held = _held(cells.of_answers(session, pathway, {(one.service, one.span) for one in found}))
        stored: dict[Key, Ints] = defaultdict(nothing)
        unread = set()
        for one in untaken.taken(session, pathway, {(service, span) for _, service, span in held}):
            if one.questionnaire not in catalogue.entries:
                unread.add((one.service, one.span))
            elif at := _read(catalogue, one):
                stored[at[0]][at[1]] += one.n
        return cls(catalogue, held, stored, unread)

    def take(self, session: Session, found: Sequence[Answers], done: Intake) -> tuple[list[Cell], New]:
        """Note which answers are taken; return further rows of cells there are, and what new ones hold."""
        mine = [one for one in found if self._is_taken(one, done)]
        untaken.take(session, mine)
        changes = self._changes(mine)
        told = telling(session, self._in_doubt(changes))
        rows = list(self._unreadable(mine))
        new: New = {}
        for key, change in changes.items():
            one = agree(self.held.get(key, ()), told, change, self.stored[key] + change.groups)
            rows += one.rows
            if one.new.any():
                new[key] = one.new
            if one.again:
                done.again[key[1:]] += one.again
        done.wrong += (one for one in rows if one.taken_back)
        return rows, new

    def _is_taken(self, one: Answers, done: Intake) -> bool:
        """Whether answers can be taken up; those that were taken back always are."""
        known = one.questionnaire in self.catalogue.entries
        if one.n < 0 or (known and (one.service, one.span) not in self.unread):
            return True
        said = f"{one.questionnaire} is not in the catalogue: its answers wait until it is"
        if known:
            said = f"{one.service}, {one.span}: new answers wait, older ones' version is not in the catalogue"
        if said not in done.problems:
            done.problems.append(said)
        return False

    def every(self) -> Iterator[Cell]:
        """All cells that were there."""
        return chain.from_iterable(self.held.values())

    def _changes(self, found: Iterable[Answers]) -> Mapping[Key, Change]:
        changes: dict[Key, Change] = defaultdict(Change)
        for one in found:
            at = _read(self.catalogue, one) if (one.service, one.span) not in self.unread else None
            if at:
                changes[at[0]].add(at[1], one.n)
        return changes

    def _in_doubt(self, changes: Mapping[Key, Change]) -> Iterator[Cell]:
        """Cells of which it matters whether a figure has told of them: some of their answers are gone."""
        for key, change in changes.items():
            mine = self.held.get(key, ())
            if change.went or (self.stored[key] + change.groups < added_up(mine)).any():
                yield from mine

    def _unreadable(self, found: Iterable[Answers]) -> Iterator[Cell]:
        """Marks of all cells of answers that were taken back where nobody can say which those were."""
        wrong = {(one.service, one.span) for one in found if one.n < 0}.intersection(self.unread)
        for (_, service, span), mine in self.held.items():
            if (service, span) in wrong:
                yield from marked(mine)


def _read(catalogue: Catalogue, one: Answers) -> tuple[Key, int] | None:
    """Whose answers to what these are, and in which group; None where no figure is made of them."""
    asked = catalogue.get(one.questionnaire)
    series = asked.series_of(one.question)
    group = asked.question(one.question).group(one.option) if series else None
    return ((series, one.service, one.span), GROUPS.index(group)) if series and group else None


def _held(found: Iterable[Cell]) -> Mapping[Key, Sequence[Cell]]:
    """Cells by whose answers they hold, the newest first, each with all its rows."""
    places: dict[tuple[Week, Key, bool], Cell] = {}
    for one in found:
        at = one.week, (one.series, one.service, one.span), one.apart
        places[at] = one.joined_to(places[at]) if at in places else one
    held: dict[Key, list[Cell]] = defaultdict(list)
    for (_, key, _), one in sorted(places.items(), reverse=True):
        held[key].append(one)
    return held


def _placed(session: Session, pathway: str, new: New, done: Intake) -> Iterator[Cell]:
    """New cells, each in the week that it can still be a part of."""
    if not new:
        return
    told, first = cells.newest_released(session), cells.begun(session, pathway)
    if not first:
        done.fresh.add(pathway)
        told = None
    for (series, service, span), counts in new.items():
        week, apart = span.last, False
        if told is not None and week <= told:
            apart = service not in first or week < first[service]
            week = week if apart else told + 1
        groups = tuple(int(n) for n in counts)
        yield Cell(series, service, week, span, pathway, apart=apart, counts=groups)  # type: ignore[arg-type]


def _numbered(found: Iterable[Cell], *, after: Iterable[Cell]) -> Iterator[Cell]:
    """Cells with the numbers that come next where there are rows already."""
    newest: dict[tuple[Key, Week], int] = {}
    for one in after:
        at = (one.series, one.service, one.span), one.week
        newest[at] = max(newest.get(at, 0), one.number)
    for one in found:
        at = (one.series, one.service, one.span), one.week
        yield replace(one, number=newest[at] + 1) if at in newest else one
