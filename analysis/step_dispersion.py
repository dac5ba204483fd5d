"""How much more a level varies from step to step than chance alone: of one series, and of a question."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.segments import Bools, Floats, Ints

ROWS = 1024  # series at once, so that what a step takes stays small however many there are


def step_counts(positives: npt.ArrayLike, answers: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Both as floats of one shape (m, T); ValueError names the first value that cannot be, and its place."""
    top, bottom = _counts(positives, "positives"), _counts(answers, "answers")
    if top.shape != bottom.shape:
        raise ValueError(f"positives of shape {top.shape} do not go with answers of shape {bottom.shape}")
    _refuse(top > bottom, top, "no more are positive than answered")
    return top, bottom


def starts(given: npt.ArrayLike | None, series: int, length: int, *, name: str = "rebase") -> Ints:
    """Where each series starts, shape (m,): at 0, or where it is given; ValueError if out of range."""
    if given is None:
        return np.zeros(series, dtype=np.int64)
    found = np.asarray(given)
    if found.shape != (series,) or (series and found.dtype.kind not in "iu"):
        raise ValueError(f"{name} takes a whole position for each of {series} series; this is {given!r}")
    wrong = (found < 0) | (found > length)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(f"{name} positions lie in 0 to {length}; that of series {at} is {found[at]}")
    return found.astype(np.int64)


def since_start(counts: Floats, start: Ints) -> Floats:
    """The counts with every step before a series' start empty."""
    return np.where(np.arange(counts.shape[1]) >= start[:, np.newaxis], counts, 0.0)


def own_dispersion(
    positives: npt.ArrayLike, answers: npt.ArrayLike, *, rebase: npt.ArrayLike | None = None
) -> Floats:
    """Dispersion of each series up to each step, from the differences of neighbouring steps.

    own = Σ(zᵢ−zᵢ₋₁)²/(2(n−1)) over the n steps with answers up to and with step t, where
    z = (S−Nc)/√(Nc(1−c)) and c = (ΣS+½)/(ΣN+1) over the same steps. 1 is chance alone. A change of level is
    one difference among many, so that it hides itself but little.

    Parameters
    ----------
    positives, answers : array_like of int, shape (m, T)
        A row a series, in order of date; 0 <= positives <= answers, 0 of 0 for an empty step.
    rebase : array_like of int, shape (m,), optional
        Where each series starts anew, 0 to T; steps before that count as empty.

    Returns
    -------
    ndarray, shape (m, T)
        NaN until a series has two steps with answers.

    Raises
    ------
    ValueError
        A count that is missing, negative, not whole or above its answers; a rebase outside 0 to T.

    Source
    ------
    von Neumann (1941), Annals of Mathematical Statistics 12, 367-395: mean square successive difference,
    here of Pearson residuals. Checked in tests/spec/test_signals.py.
    """
    top, bottom = step_counts(positives, answers)
    start = starts(rebase, *top.shape)
    found = np.empty(top.shape)
    for first in range(0, len(top), ROWS):
        rows = slice(first, first + ROWS)
        found[rows] = _own(since_start(top[rows], start[rows]), since_start(bottom[rows], start[rows]))
    return found


def pooled_dispersion(own: npt.ArrayLike) -> Floats:
    """Dispersion of a question's series together at each step: the mean of max(1, own).

    Parameters
    ----------
    own : array_like of float, shape (m, T)
        From `own_dispersion`, of all series of one question; NaN where a series has none yet.

    Returns
    -------
    ndarray, shape (T,)
        1 where no series has one.

    Raises
    ------
    ValueError
        Another number of dimensions.
    """
    given = np.asarray(own, dtype=np.float64)
    if given.ndim != 2:
        raise ValueError(f"own needs 2 dimensions, series × steps; theirs is the shape {given.shape}")
    many = (~np.isnan(given)).sum(axis=0)
    # Sorted, so that the order of the series decides not even the last digit; NaN comes last.
    total = np.nansum(np.maximum(np.sort(given, axis=0), 1.0), axis=0)
    return np.where(many > 0, total / np.maximum(many, 1), 1.0)


def spread_over(own: Floats, pooled: npt.ArrayLike | None) -> Floats:
    """The pooled dispersion of each series at each step, shape (m, T); that of these series unless given."""
    beside = pooled_dispersion(own) if pooled is None else np.asarray(pooled, dtype=np.float64)
    if not np.isfinite(beside).all():
        raise ValueError(f"a pooled dispersion is finite; one is {beside[~np.isfinite(beside)][0]}")
    try:
        return np.broadcast_to(beside, own.shape)
    except ValueError as error:
        raise ValueError(
            f"a pooled dispersion of shape {beside.shape} does not go with series × steps {own.shape}"
        ) from error


def _own(top: Floats, bottom: Floats) -> Floats:
    """`own_dispersion` of some series, by cumulative sums.

    Residuals are from the level of the whole row, and moved to the level so far afterwards: of large counts
    the squares would cancel otherwise.
    """
    level = (top.sum(axis=1, keepdims=True) + 0.5) / (bottom.sum(axis=1, keepdims=True) + 1)
    size = np.sqrt(bottom)
    residual = (top - bottom * level) / np.where(bottom > 0, size, 1.0)
    before = _before(bottom > 0)
    paired, at = before >= 0, np.maximum(before, 0)
    step = np.where(paired, residual - np.take_along_axis(residual, at, axis=1), 0.0)
    stretch = np.where(paired, size - np.take_along_axis(size, at, axis=1), 0.0)
    so_far = (np.cumsum(top, axis=1) + 0.5) / (np.cumsum(bottom, axis=1) + 1)
    move = so_far - level
    squares = np.cumsum(step**2, axis=1) - 2 * move * np.cumsum(step * stretch, axis=1)
    squares += move**2 * np.cumsum(stretch**2, axis=1)
    pairs = np.cumsum(paired, axis=1)
    with np.errstate(invalid="ignore"):  # no pair yet: 0 of 0
        own: Floats = np.maximum(squares, 0.0) / (so_far * (1 - so_far)) / (2 * pairs)
    return own


def _before(some: Bools) -> Ints:
    """The position of the step with answers before each step that has some, (m, T); -1 where none is."""
    places = np.where(some, np.arange(some.shape[1]), -1)
    before = np.full(some.shape, -1, dtype=np.int64)
    before[:, 1:] = np.maximum.accumulate(places, axis=1)[:, :-1]
    return np.where(some, before, -1)


def _counts(given: npt.ArrayLike, name: str) -> Floats:
    try:
        counts = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} are not numbers: {given!r}") from error
    if counts.ndim != 2:
        raise ValueError(f"{name} need 2 dimensions, series × steps; theirs is the shape {counts.shape}")
    # Whole ones only: a proportion or a percentage is a slip that would pass for very few answers.
    whole = np.isfinite(counts) & (counts >= 0) & (np.floor(counts) == counts)
    _refuse(~whole, counts, f"{name} are whole numbers from 0")
    return counts


def _refuse(wrong: Bools, counts: Floats, rule: str) -> None:
    if wrong.any():
        row, step = (int(place) for place in np.unravel_index(int(np.argmax(wrong)), wrong.shape))
        raise ValueError(f"{rule}; that of series {row}, step {step} is {counts[row, step]:g}")
