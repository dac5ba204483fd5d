"""Signals that a level has changed: a sequential method that stays honest when one looks every week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import evidence
from analysis.change import change
from analysis.method import PLAIN, TUNED, Method
from analysis.scores import BASELINE, BLOCK, Block, Scores, block_of, scores
from analysis.segments import Bools, Floats, Ints, whole
from analysis.step_dispersion import own_dispersion, pooled_dispersion, starts, step_counts

__all__ = [
    "PLAIN",
    "TUNED",
    "Method",
    "Scores",
    "Signals",
    "own_dispersion",
    "pooled_dispersion",
    "scores",
    "signals",
    "threshold",
]

YEARS = 10  # between false signals, of one series

DIRECTIONS = ("fall", "rise")
COLUMNS = [
    *("signal", "direction", "first", "peak", "since", "before", "after", "difference", "low", "high"),
    *("log10_fall", "log10_rise", "first_fall", "first_rise", "since_fall", "since_rise", "dispersion"),
]

Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """What there is to tell of each series at the newest step.

    Attributes
    ----------
    series : DataFrame, one row a series in the order given, index 0 to m-1
        signal, bool, the detector has reached the threshold at some step looked at: it stays one until the
        series is rebased; direction, str, fall, rise or '' without a signal, of both that with more evidence
        at the newest step; first, int, position of the step, from `since` on, at which that direction first
        reached the threshold, of the first step of all that did where none does since, -1 without; peak,
        float, log₁₀ of the most that it reached at any step looked at, NaN without; since, int, position of
        the first step with answers of the changed level, as it looks at the newest step, -1 without; before,
        after, float, proportions up to `since` and from it on, NaN without; difference, float, after −
        before; low, high, float, its 95 % interval (see `analysis.change`), NaN without; log10_fall,
        log10_rise, float, log₁₀ of the detector at the newest step, NaN where it has no baseline yet;
        first_fall, first_rise, since_fall, since_rise, int, as first and since for either direction, the
        latter as in `Scores`; dispersion, float.
    """

    series: pd.DataFrame


def threshold(*, steps_a_year: float, series: int = 1, false_alerts_a_year: float = 1.0) -> float:
    """The detector's value from which a signal is given.

    Parameters
    ----------
    steps_a_year : float
        52 of weekly steps, 13 of four-weekly ones.
    series : int
        How many one reader is told about.
    false_alerts_a_year : float
        How many false alerts a year that reader accepts.

    Returns
    -------
    float
        Ten years of steps, 520 of weekly ones; more where so many series would give the reader more false
        alerts than accepted: steps_a_year · series / false_alerts_a_year.

    Raises
    ------
    ValueError
        Something is not above 0 or not finite.
    """
    whole(series, name="series", least=1)
    for name, value in (("steps_a_year", steps_a_year), ("false_alerts_a_year", false_alerts_a_year)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} lies above 0; this is {value!r}")
    return float(max(YEARS * steps_a_year, steps_a_year * series / false_alerts_a_year))


def signals(
    positives: npt.ArrayLike,
    answers: npt.ArrayLike,
    *,
    threshold: npt.ArrayLike,
    pooled_dispersion: npt.ArrayLike | None = None,
    rebase: npt.ArrayLike | None = None,
    watch: npt.ArrayLike | None = None,
    last: int | None = None,
    method: Method = TUNED,
) -> Signals:
    """Which series have signalled a change of level, and how large it is.

    Parameters
    ----------
    positives, answers, pooled_dispersion, rebase, watch, method
        As for `scores`.
    threshold : float or array_like of float, shape (m,)
        Value of the detector, not its logarithm, from the function of that name; above 0. A rise is signalled
        at `method.caution` times as much.
    last : int, optional
        Look only at this many newest steps: whoever keeps the signals of earlier runs needs 1.

    Returns
    -------
    Signals

    Raises
    ------
    ValueError
        As for `scores`; a threshold that is not above 0, or another number of them than of series.
    """
    found = scores(
        positives,
        answers,
        pooled_dispersion=pooled_dispersion,
        rebase=rebase,
        watch=watch,
        last=last,
        method=method,
    )
    top, bottom = step_counts(positives, answers)
    bars = np.log10(_bars(threshold, len(top)))
    columns = _newest(found)
    for direction, log10, bar in (
        ("fall", found.log10_fall, bars),
        ("rise", found.log10_rise, bars + np.log10(method.caution)),
    ):
        columns[f"first_{direction}"] = _first(log10 >= bar[:, np.newaxis], columns[f"since_{direction}"])
        columns[f"peak_{direction}"] = np.fmax.reduce(log10, axis=1, initial=-np.inf)
    columns |= _directed(columns)
    start = starts(rebase, *top.shape)
    earliest = np.maximum(start + BASELINE, starts(watch, *top.shape, name="watch"))
    _size(columns, (top, bottom), (start, earliest), method.weights)
    return Signals(pd.DataFrame({name: columns[name] for name in COLUMNS}).astype({"direction": "str"}))


def _bars(threshold: npt.ArrayLike, number: int) -> Floats:
    try:
        given = np.asarray(threshold, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a threshold is a number; this is {threshold!r}") from error
    if given.shape not in ((), (number,)):
        raise ValueError(f"thresholds of shape {given.shape} do not go with {number} series")
    wrong = ~((given > 0) & np.isfinite(given))
    if wrong.any():
        raise ValueError(f"a threshold lies above 0; one is {given[wrong].flat[0]}")
    return np.broadcast_to(given, number)


def _newest(found: Scores) -> Columns:
    """The scores of the newest step, by the names of the columns."""
    names = ("log10_fall", "log10_rise", "since_fall", "since_rise", "dispersion")
    columns: Columns = {name: getattr(found, name) for name in names}
    if found.dispersion.shape[1]:
        return {name: column[:, -1] for name, column in columns.items()}
    nothing = {
        "log10_fall": np.nan,
        "log10_rise": np.nan,
        "since_fall": -1,
        "since_rise": -1,
        "dispersion": 1.0,
    }
    return {name: np.full(len(found.dispersion), value) for name, value in nothing.items()}


def _first(crossed: Bools, since: Ints) -> Ints:
    """The first position from `since` on in each row, else the first of all; -1 where there is none."""
    if not crossed.shape[1]:
        return np.full(len(crossed), -1, dtype=np.int64)
    later = crossed & (np.arange(crossed.shape[1]) >= since[:, np.newaxis])
    chosen = np.where(later.any(axis=1, keepdims=True), later, crossed)
    return np.where(chosen.any(axis=1), chosen.argmax(axis=1), -1)


def _directed(columns: Columns) -> Columns:
    """Which direction is told, and since when it is signalled."""
    fall, rise = (columns[f"first_{direction}"] for direction in DIRECTIONS)
    falls = (fall >= 0) & ((rise < 0) | (columns["log10_fall"] >= columns["log10_rise"]))
    signal = (fall >= 0) | (rise >= 0)
    return {
        "signal": signal,
        "direction": np.select([falls, signal], DIRECTIONS, default=""),
        "first": np.where(falls, fall, rise),
        "peak": np.where(signal, np.where(falls, columns["peak_fall"], columns["peak_rise"]), np.nan),
    }


def _size(
    columns: Columns, counts: tuple[Floats, Floats], begins: tuple[Ints, Ints], weights: Sequence[float]
) -> None:
    """Add the columns that say since when and how large the changes are that are signalled."""
    (top, bottom), (start, earliest) = counts, begins
    columns |= {name: np.full(len(top), np.nan) for name in ("before", "after", "low", "high")}
    columns["since"] = np.full(len(top), -1, dtype=np.int64)
    for direction in DIRECTIONS:
        told = np.flatnonzero(columns["direction"] == direction)
        for first in range(0, len(told), BLOCK):
            some = told[first : first + BLOCK]
            block = block_of(top[some], bottom[some], start[some], earliest[some])
            _tell(columns, some, block, bottom[some], direction=direction, weights=weights)
    columns["difference"] = columns["after"] - columns["before"]


def _tell(
    columns: Columns, some: Ints, block: Block, bottom: Floats, *, direction: str, weights: Sequence[float]
) -> None:
    """Fill in the columns that say how large the change of `some` series is, in one direction."""
    step = bottom.shape[1] - 1
    split, possible = block.split(step, columns["dispersion"][some])
    weigh = evidence.falls if direction == "fall" else evidence.rises
    found = change(split, weigh(split, possible, weights))
    for name in ("before", "after", "low", "high"):
        columns[name][some] = getattr(found, name)
    candidate = columns[f"since_{direction}"][some]
    answered = (bottom > 0) & (np.arange(step + 1) >= candidate[:, np.newaxis])
    columns["since"][some] = np.where(answered.any(axis=1), answered.argmax(axis=1), candidate)
