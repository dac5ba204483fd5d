"""Whoever reads for a quarter what reports say of responses without a figure, and asks how many there were.

He knows how boxes are carried and opened, and has Heard himself: so he tries every number that boxes may have
held, and keeps those of which the reports would have said just what they said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.domain.uncounted import Uncounted
from survey.presenters.uncounted_words import lines, paragraphs
from survey.services.uncounted import of_node, rounded
from tests.town import WEEK, Town

WEEKS = (4, 0, 3, 11, 2, 0, 0, 5, 1, 9, 0, 6, 3)  # responses at a service in each week of a quarter
SMALL = frozenset(range(1, 10))
Boxes = dict[str, list[int]]  # by service
Says = Callable[[Boxes], str]


def as_now(boxes: Boxes) -> str:
    """What e-mail, command and pack say of boxes that were set aside."""
    told = [Uncounted(name, aside=n) for name, held in boxes.items() if (n := rounded(held))]
    return "\n".join((*lines(told), *paragraphs(told, most=2))) if told else ""


def exactly(boxes: Boxes) -> str:
    """Naive: what was said before."""
    each = [f"{name}: {sum(held)} responses" for name, held in boxes.items() if sum(held)]
    return "\n".join((*each, f"{sum(map(sum, boxes.values()))} responses"))


def sums_to_the_nearest_five(boxes: Boxes) -> str:
    """Naive: under ten in words, other numbers of a service and in all to the nearest five."""

    def about(n: int) -> str:
        return "none" if n == 0 else "fewer than ten" if n < 10 else f"about {(n + 2) // 5 * 5}"

    each = [f"{name}: {about(sum(held))}" for name, held in boxes.items() if sum(held)]
    return "\n".join((*each, about(sum(map(sum, boxes.values())))))


def worlds_of(what: str) -> Iterable[tuple[tuple[int, ...], list[Boxes]]]:
    """Every world: the small boxes' numbers, and all that lay in boxes when a report was made of them."""
    ten = range(10)
    if what == "a box of tickets, and one of posters":
        return (((a, b), [{"A": [a, b]}]) for a, b in product(ten, ten))
    if what == "the total of three services, and the parts":
        return ((abc, [dict(zip("ABC", ([n] for n in abc), strict=True))]) for abc in product(ten, ten, ten))
    if what == "one reader's services, and another's":
        return (((a, b), [{"A": [a], "B": [b]}, {"A": [a]}]) for a, b in product(ten, ten))
    return (((a,), [{"A": [n]}, {"A": [n, a]}]) for a, n in product(ten, range(40, 60)))


def fewest_left(what: str, says: Says) -> int:
    """How many numbers a small box can have had, at least, by all that was said; nine is to know nothing."""
    same: dict[tuple[str, ...], list[set[int]]] = {}
    for numbers, reports in worlds_of(what):
        heard = tuple(says(boxes) for boxes in reports)
        left = same.setdefault(heard, [set() for _ in numbers])
        for known, n in zip(left, numbers, strict=True):
            known.add(n)
    return min(len(known & SMALL) for left in same.values() for known in left if known & SMALL)


@pytest.mark.parametrize(
    "what",
    [
        "a box of tickets, and one of posters",
        "the total of three services, and the parts",
        "one reader's services, and another's",
        "a large box, and a small one a week later",
    ],
)
def test_no_sum_and_no_difference_tells_of_a_small_box(what: str):
    assert fewest_left(what, exactly) < 9
    assert fewest_left(what, sums_to_the_nearest_five) < 9
    assert fewest_left(what, as_now) == 9


State = tuple[int, int | None]  # sealed responses that wait, and the week of the first of them
EMPTY: State = (0, None)


def next_state(state: State, week: int, n: int) -> State:
    """Boxes of a service wait together until they are ten."""
    waiting, since = state
    if waiting + n >= 10:
        return EMPTY
    return (waiting + n, since if since is not None else week) if waiting + n else EMPTY


def worked_out(said: Sequence[str], says: Callable[[State], str]) -> list[set[int]]:
    """Every number that each week's box can have held, by what was said at the end of all of them."""
    could: list[set[State]] = [{EMPTY}]
    for week, heard in enumerate(said):
        after = {next_state(state, week, n) for state in could[-1] for n in range(13)}
        could.append({state for state in after if says(state) == heard})
    found: list[set[int]] = []
    right = could[-1]
    for week in reversed(range(len(said))):
        steps = [
            (state, n) for state in could[week] for n in range(13) if next_state(state, week, n) in right
        ]
        found.insert(0, {n for _, n in steps})
        right = {state for state, _ in steps}
    return found


def test_a_quarter_of_reports_tells_of_no_week_how_many_answered(sqlite: Engine, keys_dir: Path):
    town = Town(sqlite, keys_dir).build("BUS1")
    now, before = [], []
    for at, n in enumerate(WEEKS):
        if n:
            town.fill("BUS1", n, WEEK + at)
        town.tally(WEEK + at)
        now.append("\n".join(lines(of_node(town.clock, None, WEEK + at))))
        [(waiting, since)] = town.rows("SELECT count(*), min(week) FROM sealed JOIN box ON box.id = box")
        before.append(f"{waiting} responses since {since} wait sealed" if waiting else "")

    def says_before(state: State) -> str:
        waiting, since = state
        return f"{waiting} responses since {WEEK + (since or 0)} wait sealed" if waiting else ""

    def says_now(state: State) -> str:
        return "\n".join(lines([Uncounted("Bus BUS1", waiting=rounded([state[0]]))] if state[0] else []))

    exact = worked_out(before, says_before)
    kept = [at for at, n in enumerate(WEEKS) if n and before[at]]  # those of boxes that waited
    assert [exact[at] for at in kept] == [{WEEKS[at]} for at in kept]
    vague = worked_out(now, says_now)
    assert all(n in could for n, could in zip(WEEKS, vague, strict=True))
    # A box that came to others that wait was not nine: then they would have been opened. No more is known.
    assert all(could >= SMALL - {9} for n, could in zip(WEEKS, vague, strict=True) if n in SMALL)
