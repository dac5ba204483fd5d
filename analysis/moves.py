"""Moves: how many answers a group may have, found by moving answers so that no told sum changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

Table = Sequence[Sequence[int]]  # answers by group and category
Change = dict[int, list[int]]  # group → what is added to each category
Came = dict[int, tuple[int, int, int]]  # side → the side before it, the group between them, TAKE or GIVE
FREE = 0  # the side of a group on which no figure holds it
TAKE, GIVE = -1, 1


@dataclass(slots=True)
class Moves:
    """Groups as edges between two sides, so that answers move along paths and every told sum stays.

    On the left stand figures that share no group with one another; on the right all others, as the different
    ways in which they hold a group. An answer more in a group asks for one less in another of the same right,
    that for one more in another of the same left, and so on until the group's own left is even. Where no
    figure holds a group on a side, nothing need be even there.

    What is found is a table with the told sums; where nothing is found there may be one all the same. But
    where the figures on the right share no group either, and there is one category, there is none: this is
    then a flow, which is as large as its smallest cut.
    """

    table: Table
    spare: Sequence[int]  # answers of each group that it need not keep, of whatever category
    held: Sequence[Sequence[int]]  # the figures that hold each group
    lefts: AbstractSet[int]  # those of them that stand on the left
    _left: list[int] = field(default_factory=list)  # the side of each group
    _right: list[int] = field(default_factory=list)
    _at_left: dict[int, set[int]] = field(default_factory=dict)
    _at_right: dict[int, set[int]] = field(default_factory=dict)
    _names: dict[tuple[int, ...], int] = field(default_factory=lambda: {(): FREE})  # figures → side

    def __post_init__(self) -> None:
        if not self._left:
            groups = range(len(self.held))
            self._left, self._right = [FREE for _ in groups], [FREE for _ in groups]
            self._at_left, self._at_right = {FREE: set(groups)}, {FREE: set(groups)}

    def starting_at(self, table: Table, spare: Sequence[int]) -> Moves:
        """The same figures over another table with the told sums."""
        return replace(self, table=table, spare=spare)

    def tell(self, groups: Iterable[int], told: AbstractSet[int], alone: Container[int]) -> None:
        """Set the sides of some groups: figures in `told` keep their sums, groups `alone` what they have."""
        for group in groups:
            mine = [one for one in self.held[group] if one in told]
            left = tuple(one for one in mine if one in self.lefts)
            right = tuple(one for one in mine if one not in self.lefts)
            if group in alone:
                left = right = (-1 - group,)
            _put(self._left, self._at_left, group, self._names.setdefault(left, len(self._names)))
            _put(self._right, self._at_right, group, self._names.setdefault(right, len(self._names)))

    def raised(self, group: int, more: int, order: Iterable[int]) -> tuple[Change, int]:
        """What to change so that a group has up to `more` answers more, and how many are missing.

        Categories are tried in the `order` given.
        """
        change: Change = {}
        for category in order:
            while more > 0 and self._left[group] in (came := self._search(change, group, category)):
                path = _walked(came, self._left[group])
                taken = (self._spare(change, one, category) for one, kind in path if kind == TAKE)
                amount = min([more, *taken])
                for one, kind in ((group, GIVE), *path):
                    change.setdefault(one, [0] * len(self.table[one]))[category] += kind * amount
                more -= amount
        return change, more

    def cut(self, group: int, change: Change) -> dict[int, int]:
        """Of a flow that is as large as can be: the figures that shut a group in, and what each counts for.

        The told sums, so often, less what all groups must keep, are the most that the group may have.
        """
        came = self._search(change, group, 0)
        figures = {side: found for found, side in self._names.items()}
        if FREE in came:  # where answers come and go freely it is shut out from there
            cut = {side: 1 if side > 0 else -1 for side in self._beyond(self._left[group], came)}
        else:
            cut = {side: 1 if side < 0 else -1 for side in came}
        return {one: sign for side, sign in cut.items() for one in figures[abs(side)] if one >= 0}

    def _beyond(self, side: int, came: Container[int]) -> set[int]:
        """Sides that are joined with one by groups of which neither side was reached."""
        found, queue = {side}, [side]
        while queue:
            at = queue.pop()
            for one in self._at_left[at] if at > 0 else self._at_right[-at]:
                to = -self._right[one] if at > 0 else self._left[one]
                if to not in came and to not in found:
                    found.add(to)
                    queue.append(to)
        return found

    def _spare(self, change: Change, group: int, category: int) -> int:
        if group not in change:
            return min(self.table[group][category], self.spare[group])
        mine = change[group]
        return min(self.table[group][category] + mine[category], self.spare[group] + sum(mine))

    def _search(self, change: Change, group: int, category: int) -> Came:
        """The sides that are reached from a group's right by the fewest moves, until its left is."""
        left, right = self._left, self._right
        # A side is negative on the right. FREE is on both: nothing need be even there.
        start, end = -right[group], left[group]
        came: Came = {start: (start, -1, 0)}
        queue = deque([start])
        while queue and end not in came:
            side = queue.popleft()
            for one in self._at_right[-side] if side <= 0 else ():
                if left[one] not in came and one != group and self._spare(change, one, category) > 0:
                    came[left[one]] = side, one, TAKE
                    queue.append(left[one])
            for one in self._at_left[side] if side >= 0 else ():
                if -right[one] not in came and one != group:
                    came[-right[one]] = side, one, GIVE
                    queue.append(-right[one])
        return came


def _put(sides: list[int], at: dict[int, set[int]], group: int, side: int) -> None:
    at[sides[group]].discard(group)
    at.setdefault(side, set()).add(group)
    sides[group] = side


def _walked(came: Came, side: int) -> list[tuple[int, int]]:
    """Groups to take of and to give to, back from a side to the start."""
    path = []
    while came[side][1] >= 0:
        side, one, kind = came[side]
        path.append((one, kind))
    return path
