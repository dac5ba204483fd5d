"""An attacker who knows whose answers every cell holds, and looks for sums of fewer than ten people.

He has every figure that was ever told, withdrawn ones too. He knows who is in which file and whose answer a
mended file changed, and lacks the answers. Each person's answer is one unknown, a changed one another of the
same person. Whatever sum of figures, with signs and shares, leaves the answers of one to nine people, or how
the answers of so few changed, is theirs alone. He shares no code with what he attacks.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from survey.domain.calendar import Week
from tests.adversarial.attackers_of_figures import LEAST, seen
from tests.leaving import Counts, House

MOST = 20.0  # how often a figure may go into a sum
Given = tuple[str, int]  # a person, and which of the answers that they have given
Sum = Counter[Given]  # how often each goes into a sum
Key = tuple[str, str]  # service, week in which answers were given
Place = tuple[Key, str]  # and the week of release
Columns = tuple[tuple[int, ...], ...]  # of a person: in which figures each of their answers is


@dataclass(frozen=True)
class File:
    """Some people's answers of one service's week."""

    service: str
    week: Week
    given: tuple[Given, ...]
    counts: Counts


@dataclass
class People:
    """People who answer, the files that bring and mend their answers, and whose answers each cell holds."""

    house: House
    as_they_come: bool = False  # whether all that is imported becomes cells, as in the naive design
    said: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # by person: groups
    stored: dict[Key, Sum] = field(default_factory=lambda: defaultdict(Counter))
    cells: dict[Place, Sum] = field(default_factory=dict)
    counted: dict[Place, Counts] = field(default_factory=dict)
    _came: dict[Key, Sum] = field(default_factory=lambda: defaultdict(Counter))

    def file(self, service: str, week: Week, says: Mapping[str, int]) -> File:
        """A file of people who say something, perhaps something else than before."""
        for person, group in says.items():
            if self.said[person][-1:] != [group]:
                self.said[person].append(group)
        counts = Counter(says.values())
        given = tuple((person, len(self.said[person]) - 1) for person in says)
        return File(service, week, given, (counts[0], counts[1], counts[2]))

    def take_in(self, file: File, *, sign: int = 1) -> File:
        """Import a file."""
        for sums in (self.stored, self._came):
            sums[file.service, str(file.week)].update(dict.fromkeys(file.given, sign))
        favourable, neither, unfavourable = file.counts
        counts = (sign * favourable, sign * neither, sign * unfavourable)
        self.house.answer(file.week, {file.service: counts})
        return file

    def take_back(self, file: File) -> None:
        """Undo the import of a file."""
        self.take_in(file, sign=-1)

    def release(self, week: Week) -> None:
        """Release, and work out whose answers the cells hold that are new or have changed."""
        self.house.release(week)
        before, self.counted = self.counted, self._counted()
        changed: dict[Key, list[Place]] = defaultdict(list)
        for place in sorted(before.keys() | self.counted.keys(), key=lambda one: one[1]):
            if before.get(place) != self.counted.get(place):
                changed[place[0]].append(place)
        for places in changed.values():
            for one in places[:-1]:  # who of several cells has gone nobody can say: he takes it for anybody
                self.cells[one] = _anybody(f"{one} {week}", sum(self.counted.get(one, ())))
            self.cells[places[-1]] = self._held(places[-1])
        self._came.clear()

    def _held(self, place: Place) -> Sum:
        """What is stored beyond all other cells; where answers changed their group he knows less."""
        key = place[0]
        if place not in self.counted:
            return Counter()
        if self.as_they_come:
            return _sum([self.cells.get(place, Counter()), self._came[key]])
        others = [sums for one, sums in self.cells.items() if one[0] == key and one != place]
        return _sum([self.stored[key]], less=others)

    def _counted(self) -> dict[Place, Counts]:
        found = self.house.rows(
            "SELECT service, span, week, sum(favourable), sum(neither), sum(unfavourable) FROM cell"
            " GROUP BY service, span, week"
        )
        return {
            ((service, span), week): tuple(counts) for service, span, week, *counts in found if any(counts)
        }

    def told(self) -> Iterator[Sum]:
        """Whose answers each figure for staff adds up; that nobody answered he does not know."""
        found = seen(self.house.engine)
        of_cell: dict[tuple[str, str], list[Sum]] = defaultdict(list)
        for ((service, _), week), sums in self.cells.items():
            of_cell[service, week].append(sums)
        for one in (one for one in found.sums if not one.public):
            names = [(service, week) for service, _, week in (found.names[cell] for cell in one.cells)]
            yield _sum([s for name in names for s in of_cell.get(name) or [_anybody(str(name), LEAST)]])


def _anybody(name: str, n: int) -> Sum:
    """So many people of whom nothing is known."""
    return Counter({(f"? {name} {at}", 0): 1 for at in range(n)})


def _sum(more: Sequence[Sum], *, less: Sequence[Sum] = ()) -> Sum:
    total: Sum = Counter()
    for sums in more:
        total.update(sums)
    for sums in less:
        total.subtract(sums)
    return Counter({one: n for one, n in total.items() if n})


def exposed(people: People) -> list[set[str]]:
    """Groups of fewer than ten people whose answers, or changes of answers, all that was told gives away."""
    figures = list(people.told())
    of_person: dict[str, dict[int, tuple[int, ...]]] = defaultdict(dict)
    for person, number in {one for sums in figures for one in sums}:
        of_person[person][number] = tuple(sums[person, number] for sums in figures)
    alike: dict[Columns, set[str]] = defaultdict(set)
    for person, columns in of_person.items():
        alike[tuple(columns[number] for number in sorted(columns))].add(person)
    classes, groups = list(alike), list(alike.values())
    sizes = np.array([len(one) for one in groups])
    found = []
    for at in np.flatnonzero(sizes < LEAST):
        sums = (_smallest(aim, sign, classes, sizes) for aim in classes[at] for sign in (1, -1))
        if small := next((one for one in sums if one), None):
            found.append(set().union(*(groups[n] for n in small)))
    return found


def _smallest(aim: tuple[int, ...], sign: int, classes: Sequence[Columns], sizes: np.ndarray) -> list[int]:
    """The fewest people, under ten, who are left in a sum that holds `aim` once; none where there is none."""
    figures, small = len(aim), np.flatnonzero(sizes < LEAST)
    rows, low, high = [[sign * n for n in aim] + [0.0] * len(small)], [1.0], [1.0]
    for n, columns in enumerate(classes):
        switch = (small == n) * MOST * figures
        # Whose answer has changed may be left as a difference; others of either sign hide each other.
        below = -switch if len(columns) > 1 else 0 * switch
        for column in columns:
            rows += [[*column, *-switch], [*column, *-below]]
            low += [-np.inf, 0.0]
            high += [0.0, np.inf]
    people = [0.0] * figures + sizes[small].tolist()
    solved = milp(
        people,
        integrality=[0] * figures + [1] * len(small),
        bounds=Bounds([-MOST] * figures + [0] * len(small), [MOST] * figures + [1] * len(small)),
        constraints=LinearConstraint(np.array([*rows, people]), [*low, 0], [*high, LEAST - 1]),
    )
    assert solved.status in (0, 2), solved.message
    return (
        [] if solved.status else [int(n) for n, on in zip(small, solved.x[figures:], strict=True) if on > 0.5]
    )


def draw(chance: np.random.Generator, names: Iterator[int], n: int) -> dict[str, int]:
    """So many new people, and what they say."""
    return {f"p{next(names)}": int(chance.choice(3, p=(0.6, 0.2, 0.2))) for _ in itertools.repeat(None, n)}
