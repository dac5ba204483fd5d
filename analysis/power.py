"""Power: how many weeks a change of level takes to show as a signal, and how many answers a week that wants.

Read from a grid of simulations of `analysis.signals`, made by benchmarks/power.py, whose docstring says what
was simulated: a year of a steady level, then the change; answers that vary by chance; the threshold of ten
years. After half a year of a steady level it takes half as long again or more, after two years a tenth less.
Good to about a tenth besides: say 'about'.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.segments import Bools, Floats, Ints

Direction = Literal["fall", "rise"]

CHANCE = 0.8  # of a signal
FULL = 20  # answers that a step should hold on average
LENGTHS = (1, 2, 4, 6, 12)  # weeks that a step may have
LONGEST = 4  # weeks: the twelve steps of a baseline take more than a year of longer ones
WATCHED = (1, 2, 4)
LEAST = 0.02  # of the changes that were simulated
WEEKS = (1, 104)  # within which signals were looked for
NEARLY = 0.1  # of a step: what lies so little beyond one is no reason to name the next
GRID = Path(__file__).with_name("power_grid.csv")


def step_weeks(answers_a_week: npt.ArrayLike) -> Ints:
    """Weeks that a step of so many answers a week has: the fewest of LENGTHS with FULL on average, else 12.

    The same shape as given. Raises ValueError as `weeks_to_signal` does.
    """
    answers = _numbers(answers_a_week, "answers a week")
    full = answers[..., np.newaxis] * np.array(LENGTHS) >= FULL
    return np.where(full.any(axis=-1), np.array(LENGTHS)[full.argmax(axis=-1)], LENGTHS[-1])


def weeks_to_signal(
    answers_a_week: npt.ArrayLike,
    level: npt.ArrayLike,
    fall: npt.ArrayLike,
    *,
    step_weeks: npt.ArrayLike | None = None,
    direction: Direction = "fall",
    dispersion: npt.ArrayLike = 1.0,
) -> Floats:
    """Weeks from a change of level until the signal has come with a chance of 80 %.

    Parameters
    ----------
    answers_a_week, level, fall : array_like of float, broadcastable to one shape
        Eligible answers a week; the share before, in [0, 1]; by how much it changes, a share too: 0.05 is
        five points. At least 0.02, and no more than there is: `level` of a fall, 1 − `level` of a rise. A
        change of over 0.15 is reckoned as one of 0.15, over 5,120 answers as 5,120, a level under 0.2 or over
        0.98 (of a rise: over 0.8 or under 0.02) as that: all of which say rather too many weeks than too few.
    step_weeks : array_like of int, optional
        Weeks of a step, of LENGTHS; None = that of the function of this name. Longer steps take longer, but
        for changes so slow to show that more than the detector's window of 52 steps is wanted.
    direction : 'fall' or 'rise'
        The detector's alternatives of a rise are shares of what is missing to 1, the least 0.15 of it: a much
        smaller rise from a low level never shows, of however many answers.
    dispersion : array_like of float, at least 1
        How many times the variance of chance alone the counts have; so many times fewer answers they are
        worth.

    Returns
    -------
    ndarray
        Whole steps, from the one on with which the change begins; inf where it takes longer than 104 weeks;
        NaN where steps are longer than four weeks: such a series is not watched by itself.

    Raises
    ------
    ValueError
        Something is no number or out of range; the message names it.

    Source
    ------
    Simulation: benchmarks/power.py. Checked in tests/spec/test_power.py against another one.
    """
    answers, length = _numbers(answers_a_week, "answers a week"), _lengths(answers_a_week, step_weeks)
    shares, sizes = _asked(level, fall, direction)
    worth, length, shares, sizes = np.broadcast_arrays(
        answers / _dispersions(dispersion), length, shares, sizes
    )
    found = np.full(worth.shape, np.nan)
    for step in WATCHED:
        mine = length == step
        if mine.any():
            grid = _grid(direction, step)
            wanted = _wanted(shares[mine], sizes[mine], grid)
            found[mine] = _crossing(wanted, worth[mine], grid.weeks, step)
    return found


def answers_needed(
    level: npt.ArrayLike,
    fall: npt.ArrayLike,
    weeks: npt.ArrayLike,
    *,
    direction: Direction = "fall",
    dispersion: npt.ArrayLike = 1.0,
) -> Floats:
    """Answers a week with which a change is signalled within so many weeks with a chance of 80 %.

    Parameters
    ----------
    weeks : array_like of float
        1 to 104.
    level, fall, direction, dispersion
        As for `weeks_to_signal`.

    Returns
    -------
    ndarray
        At least five, with fewer nothing is watched by itself; inf where 5,120 are too few.

    Raises
    ------
    ValueError
        As for `weeks_to_signal`; weeks that are not 1 to 104.
    """
    spans = _numbers(weeks, "weeks")
    _refuse((spans < WEEKS[0]) | (spans > WEEKS[1]), spans, "{} to {} weeks were tried".format(*WEEKS))
    shares, sizes = _asked(level, fall, direction)
    spans, spread, shares, sizes = np.broadcast_arrays(spans, _dispersions(dispersion), shares, sizes)
    found = np.full(spans.shape, np.inf)
    for step in reversed(WATCHED):  # the fewest answers first
        grid = _grid(direction, step)
        enough = _at(_wanted(shares, sizes, grid), spans, grid.weeks, step) * spread
        enough = np.maximum(enough, FULL / step)
        shorter = np.inf if step == 1 else 2 * FULL / step  # answers of which steps are shorter
        found = np.where(np.isinf(found) & (enough < shorter), enough, found)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Answers a week wanted, over the variance of one answer, of levels × changes × weeks; all in logarithms.

    inf where all numbers that were tried fail. Levels are in arcsines of their roots.
    """

    levels: Floats
    changes: Floats
    weeks: Floats
    wanted: Floats


@cache
def _grid(direction: str, step: int) -> _Grid:
    with GRID.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    mine = sorted(
        (float(row[2]), float(row[3]), row[4:]) for row in rows if row[:2] == [str(step), direction]
    )
    levels = np.array(sorted({level for level, _, _ in mine}))
    changes = np.array(sorted({change for _, change, _ in mine}))
    weeks = np.array([float(week) for week in head[4:]])
    ends = weeks % step == 0
    wanted = np.array([[float(cell or "inf") for cell in row] for _, _, row in mine])
    wanted = wanted.reshape(len(levels), len(changes), len(weeks))[..., ends]
    # What is wanted over that variance hardly depends on the level: little is left to interpolate.
    scaled = np.log(wanted / (levels * (1 - levels))[:, np.newaxis, np.newaxis])
    return _Grid(np.arcsin(np.sqrt(levels)), np.log(changes), np.log(weeks[ends]), scaled)


def _wanted(shares: Floats, sizes: Floats, grid: _Grid) -> Floats:
    """Logarithms of the answers wanted at levels and changes, (…, weeks): between four of the grid."""
    arcs = np.clip(np.arcsin(np.sqrt(shares)), grid.levels[0], grid.levels[-1])
    row, down = _place(grid.levels, arcs)
    column, along = _place(grid.changes, np.log(sizes))
    upper, lower = (
        _between(grid.wanted[at, column], grid.wanted[at, column + 1], along) for at in (row, row + 1)
    )
    variance = (np.sin(arcs) * np.cos(arcs)) ** 2
    found: Floats = _between(upper, lower, down) + np.log(variance)[..., np.newaxis]
    return found


def _at(wanted: Floats, spans: Floats, weeks: Floats, step: int) -> Floats:
    """The answers wanted at the last step that ends within each span; inf where none does."""
    ended = np.floor(spans / step + 1e-9) * step
    before, part = _place(weeks, np.log(np.maximum(ended, step)))
    low, high = (np.take_along_axis(wanted, at[..., np.newaxis], axis=-1) for at in (before, before + 1))
    return np.where(ended > 0, np.exp(_between(low, high, part)[..., 0]), np.inf)


def _place(axis: Floats, at: Floats) -> tuple[Ints, Floats]:
    """The position before each of `at`, and what part of the way to the next it lies."""
    before = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, len(axis) - 2)
    return before, np.clip((at - axis[before]) / (axis[before + 1] - axis[before]), 0.0, 1.0)


def _between(low: Floats, high: Floats, part: Floats) -> Floats:
    """`part` of the way; inf beside inf, but for what lies on the other one exactly."""
    part = part[..., np.newaxis]
    with np.errstate(invalid="ignore"):
        mixed = (1 - part) * low + part * high
    return np.where(part <= 0, low, np.where(part >= 1, high, mixed))


def _crossing(wanted: Floats, worth: Floats, weeks: Floats, step: int) -> Floats:
    """The weeks at which what is wanted, which falls with them, comes down to what there is; inf: never."""
    with np.errstate(divide="ignore"):
        have = np.log(worth)
    reached: Bools = wanted <= have[..., np.newaxis] + 1e-9
    high = reached.argmax(axis=-1)
    low = np.maximum(high - 1, 0)
    above, below = (np.take_along_axis(wanted, at[..., np.newaxis], axis=-1)[..., 0] for at in (low, high))
    with np.errstate(invalid="ignore", divide="ignore"):  # where there is nothing between: not taken
        part = np.where(np.isfinite(above) & (above > below), (above - have) / (above - below), 1.0)
    found = np.exp(weeks[low] + np.clip(part, 0.0, 1.0) * (weeks[high] - weeks[low]))
    whole = np.maximum(np.ceil(found / step - NEARLY), 1) * step
    return np.where(reached.any(axis=-1), whole, np.inf)


def _asked(level: npt.ArrayLike, change: npt.ArrayLike, direction: str) -> tuple[Floats, Floats]:
    """Levels and changes of one shape."""
    if direction not in ("fall", "rise"):
        raise ValueError(f"a direction is 'fall' or 'rise', not {direction!r}")
    shares, sizes = np.broadcast_arrays(_numbers(level, "a level"), _numbers(change, "a change"))
    _refuse(shares > 1, shares, "a level is a share of at most 1")
    _refuse(sizes < LEAST - 1e-9, sizes, f"changes of {LEAST} (two points) or more were tried")
    room = shares if direction == "fall" else 1 - shares
    _refuse(sizes > room + 1e-9, sizes, f"a {direction} is no larger than what the level leaves")
    return shares, sizes


def _lengths(answers: npt.ArrayLike, given: npt.ArrayLike | None) -> Ints:
    if given is None:
        return step_weeks(answers)
    lengths = _numbers(given, "weeks of a step")
    _refuse(~np.isin(lengths, LENGTHS), lengths, f"a step has {LENGTHS} weeks")
    return lengths.astype(np.int64)


def _dispersions(given: npt.ArrayLike) -> Floats:
    found = _numbers(given, "a dispersion")
    _refuse(found < 1, found, "a dispersion is at least 1, that of chance alone")
    return found


def _numbers(given: npt.ArrayLike, name: str) -> Floats:
    try:
        found = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: a number is wanted, not {given!r}") from error
    _refuse(~(np.isfinite(found) & (found >= 0)), found, f"{name}: a number from 0 is wanted")
    return found


def _refuse(wrong: Bools, given: Floats, rule: str) -> None:
    if np.any(wrong):
        raise ValueError(f"{rule}; this is {given[wrong].flat[0]:g}")
