"""Release: once a week, decide which figures leave the house, for good; what does not is kept back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.blocks import BLOCK, block_of
from survey.domain.calendar import Week
from survey.domain.progress import Advance, silent
from survey.domain.released import Figure
from survey.services.nodes import nodes
from survey.services.releasing.done import Done
from survey.services.releasing.intake import Intake, take_up
from survey.services.releasing.lattice import Lattice, lattices
from survey.services.releasing.leaving import Lengths, for_anybody, for_staff
from survey.services.releasing.membership import lengths_in, members_as_of
from survey.services.releasing.past import past_of_services, withdraw
from survey.storage import cells, ledger
from survey.storage.database import transaction
from survey.storage.ledger import New


class DryRun(Exception):
    """Raised to take back what a dry run wrote."""


def release(
    engine: Engine, catalogue: Catalogue, week: Week, *, dry_run: bool = False, advance: Advance = silent
) -> Done:
    """Release every week up to `week` that has not been, the oldest first, each in one transaction.

    Run twice, killed at any point and run again, or run on two hosts, it ends the same: a week is released
    once. `advance` is told of each pathway's week. A dry run decides the same and writes nothing.
    """
    done = Done(week)
    try:
        with transaction(engine) as session:
            taken = take_up(session, catalogue, week)
            done.problems += taken.problems
            due = _first_steps(session, taken, done, advance)
            if dry_run:
                for one in due:
                    _week(session, one, done, advance)
                raise DryRun
    except DryRun:
        return done
    for one in due:
        with transaction(engine) as session:
            _week(session, one, done, advance)
    return done


def to_release(engine: Engine, week: Week) -> int:
    """How many pathways' weeks a release would go through, about."""
    with transaction(engine, reading=True) as session:
        pathways = {node.pathway for node in nodes(session)}
        told, found = cells.newest_released(session), cells.untaken(session, week)
        first = min((one.span.last for one in found), default=week)
    begin = first if told is None else told + 1
    return max(len(pathways), 1) * max(week - begin + 1, 0)


def released(engine: Engine, catalogue: Catalogue, week: Week) -> None:
    """Release `week` where that has not been done: whoever tells of it needs its figures."""
    with transaction(engine, reading=True) as session:
        told = cells.newest_released(session)
    if told is None or told < week:
        release(engine, catalogue, week)


def _first_steps(session: Session, taken: Intake, done: Done, advance: Advance) -> list[Week]:
    """Tell of what is past, and say which weeks come next."""
    told = cells.newest_released(session)
    for service, span in taken.taken_back:
        done.withdrawn += withdraw(session, service, span, done.week)
    if told is not None:
        for pathway in sorted(taken.fresh):
            _past_of_pathway(session, pathway, told, done=done, advance=advance)
        past_of_services(session, taken, done)
    first = min((cell.week for cell in taken.on_time), default=done.week)
    begin = first if told is None else told + 1
    return [begin + n for n in range(done.week - begin + 1)]


def _week(session: Session, week: Week, done: Done, advance: Advance) -> None:
    if not cells.begin_week(session, week):
        return
    every = nodes(session)
    for pathway in sorted({node.pathway for node in every}):
        of_pathway = _Pathway.read(session, pathway, week)
        _release_week(session, of_pathway, week, run=week, done=done)
        advance(1)
    done.weeks += 1


def _past_of_pathway(session: Session, pathway: str, told: Week, *, done: Done, advance: Advance) -> None:
    """The weeks of a pathway that came whole after they had been released for the others."""
    first = min(cells.first_weeks(session, pathway).values())
    for n in range(told - first + 1):
        of_pathway = _Pathway.read(session, pathway, first + n)
        _release_week(session, of_pathway, first + n, run=done.week, done=done)
        advance(1)


@dataclass(slots=True)
class _Pathway:
    """One pathway in the block of one week: its lattices by series, and how long its nodes' steps are."""

    pathway: str
    lattices: dict[str, Lattice]
    lengths: Lengths

    @classmethod
    def read(cls, session: Session, pathway: str, week: Week) -> _Pathway:
        block = block_of(week)
        found = lattices(
            cells.of_weeks(session, pathway, block),
            ledger.of_block(session, pathway, block.first),
            members_as_of(session, pathway, week),
            block,
        )
        return cls(pathway, found, lengths_in(session, pathway, block, found))


def _release_week(session: Session, mine: _Pathway, week: Week, *, run: Week, done: Done) -> None:
    found: list[New] = []
    kept_before = len(done.withheld)
    lead = next(iter(mine.lattices), None)
    for series, lattice in mine.lattices.items():
        staff = for_staff(mine.lengths, lattice, week, done)
        public = for_anybody(lattice, week, done)
        found += [New(one) for one in (*staff, *public)]
        done.figures += len(staff)
        done.public += len(public)
        if series == lead:
            _measure(lattice, week, staff, done)
    ledger.append(session, run, found)
    cells.keep_withheld(session, run, done.withheld[kept_before:])


def _measure(lattice: Lattice, week: Week, staff: Sequence[Figure], done: Done) -> None:
    """How many of the week's lead answers there are, and how many each level now shows."""
    at = week - lattice.block.first
    done.answers += int(lattice.counts[at::BLOCK].sum())
    levels = {key: members[-1].level for key, members in lattice.members.items()}
    for one in staff:
        done.shown[levels[one.key]] += one.n
