"""Release: once a week, decide which figures leave the house, for good; what does not is kept back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.blocks import block_of
from survey.domain.calendar import Week
from survey.domain.organisation import Node
from survey.domain.progress import Advance, silent
from survey.domain.released import Figure, Withheld
from survey.services.nodes import nodes
from survey.services.releasing import witness
from survey.services.releasing.done import Done
from survey.services.releasing.intake import Intake, take_up
from survey.services.releasing.lattice import Lattice, lattices
from survey.services.releasing.leaving import Lengths, for_anybody, for_staff
from survey.services.releasing.membership import lengths_in, members_as_of
from survey.services.releasing.past import past_of_services
from survey.services.releasing.reach import reach
from survey.services.releasing.scale import Left, scales_of
from survey.services.releasing.taken_back import withdraw
from survey.storage import cells, ledger, untaken
from survey.storage.database import transaction
from survey.storage.ledger import New

AT_ONCE = 2  # lattices, which share nothing, are decided at once: HiGHS lets others run while it solves
Decided = tuple[list[Figure], list[Figure], list[Withheld]]  # for staff, in public, and what does not leave


class DryRun(Exception):
    """Raised to take back what a dry run wrote."""


def release(
    engine: Engine,
    catalogue: Catalogue,
    week: Week,
    *,
    dry_run: bool = False,
    advance: Advance = silent,
    who: str = "clock",
) -> Done:
    """Release every week up to `week` that has not been, the oldest first, each in one transaction.

    Run twice, killed at any point and run again, or run on two hosts, it ends the same: a week is released
    once. `advance` is told of each pathway's week. A dry run decides the same and writes nothing.
    """
    done = Done(week)
    try:
        with transaction(engine) as session:
            untaken.lock(session)
            taken = take_up(session, catalogue, week)
            done.problems += taken.problems
            due = _first_steps(session, taken, done, advance, catalogue=catalogue)
            if dry_run:
                for one in due:
                    _week(session, one, done, advance, catalogue=catalogue)
                raise DryRun
            witness.record(session, week, figures=done.entries, who=who)
    except DryRun:
        return done
    for one in due:
        with transaction(engine) as session:
            before = done.entries
            _week(session, one, done, advance, catalogue=catalogue)
            witness.record(session, one, figures=done.entries - before, who=who)
    return done


def to_release(engine: Engine, week: Week) -> int:
    """How many pathways' weeks a release would go through, about."""
    with transaction(engine, reading=True) as session:
        pathways = {node.pathway for node in nodes(session)}
        told, held = cells.newest_released(session), cells.first_week(session)
        found = [one.span.last for one in untaken.untaken(session, week)]
    begin = min([*found, *([held] if held else [])], default=week) if told is None else told + 1
    return max(len(pathways), 1) * max(week - begin + 1, 0)


def released(engine: Engine, catalogue: Catalogue, week: Week) -> None:
    """Release `week` where that has not been done: whoever tells of it needs its figures."""
    with transaction(engine, reading=True) as session:
        told = cells.newest_released(session)
    if told is None or told < week:
        release(engine, catalogue, week)


def _first_steps(
    session: Session, taken: Intake, done: Done, advance: Advance, *, catalogue: Catalogue
) -> list[Week]:
    """Tell of what is past, and say which weeks come next."""
    told = cells.newest_released(session)
    done.withdrawn += withdraw(session, taken.wrong, done.week)
    done.again += taken.again
    if told is not None:
        for pathway in sorted(taken.fresh):
            _past_of_pathway(session, catalogue, pathway, told, done=done, advance=advance)
        past_of_services(session, taken, done)
    # From the first cell on, not the first of this run: one that was killed may have taken it up.
    begin = (cells.first_week(session) or done.week) if told is None else told + 1
    return [begin + n for n in range(done.week - begin + 1)]


def _week(session: Session, week: Week, done: Done, advance: Advance, *, catalogue: Catalogue) -> None:
    if not cells.begin_week(session, week):
        return
    every = nodes(session)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        before = None
        for pathway in sorted({node.pathway for node in every}):
            mine = _Pathway.read(session, pathway, week, nodes=every)
            decided = pool.map(partial(_decide, mine.lengths, week), mine.lattices.values())
            if before:  # while a pathway is decided the next is read
                _keep(session, catalogue, before, week, run=week, done=done)
                advance(1)
            before = mine, decided
        if before:
            _keep(session, catalogue, before, week, run=week, done=done)
            advance(1)
    done.weeks += 1


def _past_of_pathway(
    session: Session, catalogue: Catalogue, pathway: str, told: Week, *, done: Done, advance: Advance
) -> None:
    """The weeks of a pathway that came whole after they had been released for the others."""
    first, every = min(cells.begun(session, pathway).values()), nodes(session)
    for n in range(told - first + 1):
        of_pathway = _Pathway.read(session, pathway, first + n, nodes=every)
        decided = map(partial(_decide, of_pathway.lengths, first + n), of_pathway.lattices.values())
        _keep(session, catalogue, (of_pathway, decided), first + n, run=done.week, done=done)
        advance(1)


@dataclass(slots=True)
class _Pathway:
    """One pathway in the block of one week: its lattices by series, and how long its nodes' steps are."""

    pathway: str
    lattices: dict[str, Lattice]
    lengths: Lengths
    nodes: Sequence[Node]

    @classmethod
    def read(cls, session: Session, pathway: str, week: Week, *, nodes: Sequence[Node]) -> _Pathway:
        block = block_of(week)
        found = lattices(
            cells.of_weeks(session, pathway, block),
            ledger.of_block(session, pathway, block.first),
            members_as_of(session, pathway, week),
            block,
        )
        mine = [one for one in nodes if one.pathway == pathway]
        return cls(pathway, found, lengths_in(session, pathway, block, found), mine)


def _decide(lengths: Lengths, week: Week, lattice: Lattice) -> Decided:
    """What leaves of one question for staff and in public, and what does not."""
    own = Done(week)
    staff = for_staff(lengths, lattice, week, own)
    return staff, for_anybody(lattice, week, own), own.withheld


def _keep(
    session: Session,
    catalogue: Catalogue,
    found: tuple[_Pathway, Iterable[Decided]],
    week: Week,
    *,
    run: Week,
    done: Done,
) -> None:
    """Write what was decided of a pathway, its questions in their order whichever was decided first."""
    mine, decided = found
    leaving: list[New] = []
    left: list[Left] = []
    kept_before = len(done.withheld)
    for lattice, (staff, public, withheld) in zip(mine.lattices.values(), decided, strict=True):
        leaving += [New(one) for one in (*staff, *public)]
        left.append((lattice, staff))
        done.figures += len(staff)
        done.public += len(public)
        done.withheld += withheld
        done.left.update(lattice.members[one.key][-1].level for one in staff)
    scales = scales_of(session, catalogue, mine.pathway, left, week=week)
    done.scales += len(scales)
    ledger.append(session, run, [*leaving, *scales])
    cells.keep_withheld(session, run, done.withheld[kept_before:])
    _measure(mine, week, done, done.withheld[kept_before:])


def _measure(mine: _Pathway, week: Week, done: Done, withheld: Sequence[Withheld]) -> None:
    """Note at which levels figures were withheld, and how much each level shows of the block by now."""
    if not mine.lattices:
        return
    main = max(mine.lattices.values(), key=lambda one: (one.counts.sum(), one.series))
    done.kept.update(
        (main.members[one.node, one.icb, one.pathway][-1].level, one.reason)
        for one in withheld
        if one.form == "staff"
    )
    done.reached[mine.pathway, main.block.first] = reach(main, mine.nodes, week)
