"""What the charts take: checked series and counts, and the segments that rebasing cuts them into."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def series(values: npt.ArrayLike, *, dimensions: int) -> Floats:
    """`values` as floats in C order, NaN where missing; ValueError if infinite or of another shape."""
    try:
        checked = np.array(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise ValueError(f"these are not numbers: {values!r}") from error
    if checked.ndim != dimensions:
        raise ValueError(f"values need {dimensions} dimension(s); theirs is the shape {checked.shape}")
    if np.isinf(checked).any():
        raise ValueError(f"values are finite or NaN; one is {checked[np.isinf(checked)][0]}")
    return checked


def counts(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Both as floats of one shape (n,); a step that misses either, or has nobody, is 0 out of 0."""
    top, bottom = series(numerator, dimensions=1), series(denominator, dimensions=1)
    if top.shape != bottom.shape:
        raise ValueError(f"{top.size} numerators do not go with {bottom.size} denominators")
    for name, count in (("numerator", top), ("denominator", bottom)):
        if (count < 0).any():
            raise ValueError(f"a {name} is 0 or more; one is {count[count < 0][0]:g}")
    if (top > bottom).any():
        worst = int(np.flatnonzero(top > bottom)[0])
        raise ValueError(f"numerator {top[worst]:g} is above its denominator {bottom[worst]:g} at {worst}")
    missing = np.isnan(top) | np.isnan(bottom)
    return np.where(missing, 0.0, top), np.where(missing, 0.0, bottom)


def labels(length: int, rebase: Sequence[int]) -> Ints:
    """Each position's segment: how many of the `rebase` positions lie at or before it, shape (length,)."""
    starts = np.asarray(rebase)
    if starts.ndim != 1 or (starts.size and starts.dtype.kind not in "iu"):
        raise ValueError(f"rebase takes whole positions; these are {rebase!r}")
    if (np.diff(starts) <= 0).any():
        raise ValueError(f"rebase positions rise strictly; these are {starts.tolist()}")
    if starts.size and not 0 <= starts[0] <= starts[-1] < length:
        raise ValueError(f"rebase positions lie in 0 to {length - 1}; these are {starts.tolist()}")
    return np.searchsorted(starts, np.arange(length), side="right").astype(np.int64)


def spans(segment: Ints) -> list[slice]:
    """The stretches of one label; of no positions at all, one empty stretch."""
    edges = [0, *(np.flatnonzero(np.diff(segment)) + 1).tolist(), segment.size]
    return [slice(start, stop) for start, stop in pairwise(edges)]


def whole(value: int | None, *, name: str, least: int) -> None:
    """ValueError unless `value` is None or a whole number from `least`."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} is a whole number from {least}, or None; this is {value!r}")


def baseline(present: Bools, first: int | None) -> Bools:
    """Those present among the `first` positions of a segment, or among all of them, along the last axis."""
    length = present.shape[-1]
    return present & (np.arange(length) < (length if first is None else first))


def row_mean(values: Floats) -> Floats:
    """Mean of what is not missing along the last axis, kept as an axis of 1; NaN of nothing.

    In two passes, so that the mean of a constant series is that constant and no point of it has a side.
    """
    number = np.sum(~np.isnan(values), axis=-1, keepdims=True)
    with np.errstate(all="ignore"):  # nothing at all is NaN; sums beyond what floats hold are infinite
        rough = np.nansum(values, axis=-1, keepdims=True) / number
        mean: Floats = rough + np.nansum(values - rough, axis=-1, keepdims=True) / number
    return mean


def mean_step(steps: Floats, *, screen: bool) -> Floats:
    """Mean of absolute steps along the last axis; screened, of those below 3.267 times that."""
    mean = row_mean(steps)
    return row_mean(np.where(steps < 3.267 * mean, steps, np.nan)) if screen else mean
