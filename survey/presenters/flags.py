"""Short labels beside vertical marks and at the right edge, placed so that none lies on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from survey.presenters.measure import shortened, width

SIZE = 12  # pixels, of the labels
WIDEST = 210  # pixels
GAP = 8  # pixels between labels of a row
ROWS = 3


@dataclass(frozen=True, slots=True)
class Flag:
    """A label at a vertical line at `x`, in a row above the plot (0 is the lowest); -1: no room for it."""

    x: float
    text: str
    bold: bool = False
    row: int = -1
    left: float = 0.0
    right: float = 0.0


def pixels(text: str, *, size: float, bold: bool = False) -> float:
    """How wide `text` is drawn."""
    return 72 * width(text, size=size, bold=bold)


def fitted(text: str, room: float, *, size: float, bold: bool = False) -> str:
    """`text`, cut with … where it is wider than `room` pixels."""
    return shortened(text, room / 72, size=size, bold=bold)


def placed(flags: Sequence[Flag], *, low: float, high: float) -> list[Flag]:
    """Each flag in the lowest row where neither a label nor another's line is in the way.

    Bold flags choose first. The rest are tried from either end, flying either way; the order that leaves
    the fewest without a name is kept.
    """
    first = [flag for flag in flags if flag.bold]
    rest = sorted((flag for flag in flags if not flag.bold), key=lambda flag: flag.x)
    orders = [(rest[::-1], (0, 1)), (rest, (1, 0)), (rest, (0, 1)), (rest[::-1], (1, 0))]
    tried = [_in_order([*first, *order], sides, low=low, high=high) for order, sides in orders]
    return min(tried, key=lambda done: sum(flag.row < 0 for flag in done))


def _in_order(flags: Sequence[Flag], sides: tuple[int, int], *, low: float, high: float) -> list[Flag]:
    done: list[Flag] = []
    for flag in flags:
        text = fitted(flag.text, WIDEST, size=SIZE, bold=flag.bold)
        wide = pixels(text, size=SIZE, bold=flag.bold) + 4
        tried = [
            replace(flag, text=text, row=row, left=left, right=left + wide)
            for row in range(ROWS)
            for left in (flag.x - wide * side for side in sides)
            if low <= left and left + wide <= high
        ]
        done.append(next((one for one in tried if _free(one, done)), flag))
    return done


def apart(heights: Sequence[float], *, least: float, low: float, high: float) -> list[float]:
    """Heights moved as little as order allows until neighbours are `least` apart, within low … high."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    moved: list[float] = []
    for index in order:
        moved.append(max(heights[index], moved[-1] + least if moved else low))
    for place in reversed(range(len(moved))):
        ceiling = high if place == len(moved) - 1 else moved[place + 1] - least
        moved[place] = min(moved[place], ceiling)
    return [moved[order.index(index)] for index in range(len(heights))]


def _free(flag: Flag, others: Sequence[Flag]) -> bool:
    return not any(_clash(flag, other) or _clash(other, flag) for other in others if other.row >= 0)


def _clash(one: Flag, other: Flag) -> bool:
    """Whether `one` lies on `other` in its row, or the line of `one` runs through the lower `other`."""
    if one.row == other.row:
        return one.left < other.right + GAP and other.left < one.right + GAP
    crosses = abs(one.x - other.x) > 1 and other.left - 2 < one.x < other.right + 2
    return one.row > other.row and crosses
