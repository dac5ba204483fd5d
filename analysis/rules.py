"""The four rules of Making Data Count for special causes, over many series of one segment at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from analysis.segments import Bools, Floats

Codes = npt.NDArray[np.int8]

SHIFT = 7  # points on one side of the mean
TREND = 6  # steps in one direction, that is 7 points

# A code is the number of the rule that applied, signed: above or rising +, below or falling -.
RULES = np.array(
    [
        *("shift_below", "two_of_three_below", "trend_down", "outside_below"),
        "",
        *("outside_above", "trend_up", "two_of_three_above", "shift_above"),
    ],
    dtype=object,
)


def rule_names(codes: Codes) -> npt.NDArray[np.object_]:
    """The rule each code stands for, '' for none."""
    return np.asarray(RULES[codes + len(RULES) // 2], dtype=object)


def first_rule(values: Floats, side: Floats, near: Bools, outside: Codes) -> Codes:
    """The code of the first rule that applies to each point, 0 where none does.

    Parameters
    ----------
    values, side, near, outside : ndarray, shape (m, n)
        One segment of m series: values, -1/0/1 against the mean (NaN where missing), whether the point lies
        between a near limit and its limit, and -1/0/1 where it lies beyond a limit.

    Returns
    -------
    ndarray of int8, shape (m, n)

    Source
    ------
    NHS England, Making Data Count; ptd_calculate_point_type of NHSRplotthedots 0.2.2. Checked in
    tests/spec/test_xmr.py.
    """
    codes = np.zeros(values.shape, dtype=np.int8)
    for number, found in enumerate((outside, trend(values), two_of_three(side, near), shift(side)), start=1):
        codes = np.where(codes == 0, np.int8(number) * found, codes)
    return codes


def beyond(values: Floats, lower: Floats, upper: Floats) -> Codes:
    """1 strictly above `upper`, -1 strictly below `lower`, else 0, also where either is undefined."""
    return (values > upper).astype(np.int8) - (values < lower).astype(np.int8)


def shift(side: Floats) -> Codes:
    """1 or -1 in runs of seven points strictly on one side."""
    return in_run(side > 0, SHIFT).astype(np.int8) - in_run(side < 0, SHIFT).astype(np.int8)


def two_of_three(side: Floats, near: Bools) -> Codes:
    """1 or -1 at the near points of any three on one side of which two are near."""
    twice = _windows(near, 3).sum(axis=-1) >= 2
    above = _members(_windows(side > 0, 3).all(axis=-1) & twice, 3, near.shape) & near
    below = _members(_windows(side < 0, 3).all(axis=-1) & twice, 3, near.shape) & near
    return above.astype(np.int8) - below.astype(np.int8)


def trend(values: Floats) -> Codes:
    """1 or -1 at the points of seven or more that rise or fall without a break.

    The direction is that of the step to the next point if that is in a trend too, else of the step into this
    one. A tie ends a trend, so a step of 0 between two trends lends its direction to neither.
    """
    steps = np.sign(np.diff(values, axis=-1, prepend=np.nan, append=np.nan))
    running = in_run(steps > 0, TREND) | in_run(steps < 0, TREND)
    into, onward = steps[..., :-1], steps[..., 1:]
    member = running[..., :-1] | running[..., 1:]
    goes_on = np.zeros_like(member)
    goes_on[..., :-1] = member[..., 1:]
    direction = np.where(goes_on & (onward != 0), onward, into)
    return np.where(member, direction, 0.0).astype(np.int8)


def in_run(flags: Bools, width: int) -> Bools:
    """Whether each flag is one of `width` or more consecutive true ones along the last axis."""
    whole: Bools = np.all(_windows(flags, width), axis=-1)
    return _members(whole, width, flags.shape)


def _windows(flags: Bools, width: int) -> Bools:
    if flags.shape[-1] < width:
        return np.zeros((*flags.shape[:-1], 0, width), dtype=np.bool_)
    return sliding_window_view(flags, width, axis=-1)


def _members(found: Bools, width: int, shape: tuple[int, ...]) -> Bools:
    """The points of the windows that were found."""
    members = np.zeros(shape, dtype=np.bool_)
    for offset in range(width):
        members[..., offset : offset + found.shape[-1]] |= found
    return members
