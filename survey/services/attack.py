"""Attack: what somebody who holds every figure that has left could work out of the ledger as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.disclosure import Bound, SolverFailed, bounds
from survey.domain.blocks import block_of
from survey.domain.calendar import Span, Week
from survey.domain.counts import SMALLEST
from survey.domain.progress import Advance, silent
from survey.domain.released import Entry, Withheld
from survey.services.attack_scales import doubts
from survey.services.releasing import witness
from survey.services.releasing.lattice import Ints, Lattice, lattices
from survey.storage import cells, directory, ledger, withheld_figures
from survey.storage.database import transaction


@dataclass(frozen=True, slots=True)
class Bare:
    """A service's week with answers of which somebody can say that there are at most so many, and by what."""

    pathway: str
    series: str
    cell: str  # service and week
    most: int
    by: tuple[Entry, ...]


@dataclass(slots=True)
class Attacked:
    """What an attack found: cells that figures of ours lay bare, and those that national returns do."""

    figures: int = 0
    blocks: int = 0
    ours: list[Bare] = field(default_factory=list)
    returns: list[Bare] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)  # full scales that are not as the proof asks
    crossed_by_returns: list[str] = field(default_factory=list)
    unsolved: list[str] = field(default_factory=list)  # of which no bound could be computed
    broken: list[str] = field(default_factory=list)  # what is wrong with the ledger itself

    @property
    def holds(self) -> bool:
        """Whether nothing of ours gives anybody away."""
        return not (self.ours or self.crossed or self.unsolved or self.broken)


def attack(engine: Engine, advance: Advance = silent) -> Attacked:
    """Bound every cell by all figures that staff, asking or the national return have ever been told.

    Figures in public are roundings of staff's, so that they bound nothing beyond. A wrong figure that was
    withdrawn is known all the same. `advance` is told of each pathway's block.
    """
    done = Attacked()
    with transaction(engine, reading=True) as session:
        done.broken = witness.problems(session)
        blocks = ledger.blocks(session)
    for pathway, block in blocks:
        with transaction(engine, reading=True) as session:
            _attack_block(session, pathway, block_of(block), done)
        advance(1)
    return done


def to_attack(engine: Engine) -> int:
    """How many blocks of pathways there are."""
    with transaction(engine, reading=True) as session:
        return len(ledger.blocks(session))


def why(engine: Engine, node: str, week: Week | None) -> list[tuple[Week, Withheld]]:
    """What of a node was withheld, in the release of which week, and why; NotFound where there is none."""
    with transaction(engine, reading=True) as session:
        directory.name_of(session, node)
        return list(withheld_figures.of_node(session, node, week))


def _attack_block(session: Session, pathway: str, block: Span, done: Attacked) -> None:
    entries = [one for one in ledger.of_block(session, pathway, block.first) if one.kind != "withdrawn"]
    members = cells.members(session, pathway)
    made = lattices(cells.of_weeks(session, pathway, block), [], members, block)
    done.blocks += 1
    for series, lattice in made.items():
        mine = [one for one in entries if one.figure.series == series and _is_exact(one)]
        scales = doubts(lattice, mine, {one.number: lattice.of_entry(one) for one in mine})
        done.crossed += [f"{pathway}, {series}: {one}" for one in scales.ours]
        done.crossed_by_returns += [f"{pathway}, {series}: {one}" for one in scales.returns]
        mine = [one for one in mine if one.kind != "scale"]
        done.figures += len(mine)
        try:
            _attack_series(lattice, mine, done)
        except SolverFailed as error:
            done.unsolved.append(f"{pathway}, {series}, {block}: {error}")


def _is_exact(one: Entry) -> bool:
    # An answer in public is a rounding, but of a sum that is told nowhere else: it is taken to be known.
    return one.figure.form == "staff" or one.kind != "figure"


def _attack_series(lattice: Lattice, entries: Sequence[Entry], done: Attacked) -> None:
    told = [(one, mine) for one in entries if len(mine := lattice.of_entry(one))]
    ours, returns = _laid_bare(lattice, told)
    whole = [(one, mine) for one, mine in told if not _is_piece(one)]
    if len(whole) < len(told):
        # Of a month that two blocks share a return tells the sum: who knows no piece is an attacker too.
        fewer, more = _laid_bare(lattice, whole)
        ours, returns = fewer | ours, more | returns
    done.ours += ours.values()
    done.returns += [one for cell, one in returns.items() if cell not in ours]


def _laid_bare(
    lattice: Lattice, told: Sequence[tuple[Entry, Ints]]
) -> tuple[dict[int, Bare], dict[int, Bare]]:
    """Cells that figures of ours lay bare, and returns: it is whoever entered first what bounds a cell."""
    by_returns: set[int] = set()
    known: set[int] = set()
    found: dict[int, Bound] = {}
    for upto, last in _turns([one for one, _ in told]):
        found = bounds(lattice.counts, lattice.membership([mine for _, mine in told[:upto]]), least=SMALLEST)
        by_returns |= found.keys() - known if last.kind == "return" else set()
        known |= found.keys()
    ours: dict[int, Bare] = {}
    returns: dict[int, Bare] = {}
    for cell, bound in found.items():
        if lattice.counts[cell].sum():
            by = tuple(told[row][0] for row in bound.binding)
            bare = Bare(by[0].figure.pathway, lattice.series, lattice.cell_name(cell), bound.most, by)
            (returns if cell in by_returns else ours)[cell] = bare
    return ours, returns


def _is_piece(one: Entry) -> bool:
    return one.kind == "return" and one.about.get("weeks") != str(one.figure.span)


def _turns(entries: Sequence[Entry]) -> Iterator[tuple[int, Entry]]:
    """Where figures of ours and national returns take turns, and the end: how many so far, and the last."""
    for upto, one in enumerate(entries, start=1):
        after = entries[upto] if upto < len(entries) else None
        if after is None or (after.kind == "return") != (one.kind == "return"):
            yield upto, one
