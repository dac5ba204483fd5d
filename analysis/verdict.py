"""What a special cause means: improvement or concern at a point, in the latest point, against a target."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from analysis.rules import Codes
from analysis.segments import Floats

Number = TypeVar("Number", np.int8, np.float64)
Words = npt.NDArray[np.object_]

# Below, common cause, above; in the words of NHS England's 'Making Data Count'.
POINT_TYPES = {
    "increase": ("special_cause_concern", "common_cause", "special_cause_improvement"),
    "decrease": ("special_cause_improvement", "common_cause", "special_cause_concern"),
    "neutral": ("special_cause_neutral_low", "common_cause", "special_cause_neutral_high"),
}
VARIATIONS = {
    "increase": ("concern_low", "common_cause", "improvement_high"),
    "decrease": ("improvement_low", "common_cause", "concern_high"),
    "neutral": ("neutral_low", "common_cause", "neutral_high"),
}


def direction(improvement: str) -> str:
    """`improvement` itself; ValueError unless increase, decrease or neutral."""
    if improvement not in POINT_TYPES:
        raise ValueError(f"improvement is increase, decrease or neutral; this is {improvement!r}")
    return improvement


def point_types(codes: Codes, improvement: str) -> Words:
    """The type of each point, in the shape of `codes`."""
    words: Words = np.array(POINT_TYPES[improvement], dtype=object)[np.sign(codes) + 1]
    return words


def variations(latest: Codes, improvement: str) -> Words:
    """The variation that each series' latest code stands for."""
    words: Words = np.array(VARIATIONS[improvement], dtype=object)[np.sign(latest) + 1]
    return words


def assurances(lower: Floats, upper: Floats, targets: Floats, improvement: str) -> Words:
    """consistent_pass, consistent_fail or inconsistent; None without a target (NaN) or a better direction.

    Limits that are not defined promise nothing: inconsistent.
    """
    words = np.full(targets.shape, "inconsistent", dtype=object)
    above, below = targets > upper, targets < lower
    words[above] = "consistent_fail" if improvement == "increase" else "consistent_pass"
    words[below] = "consistent_pass" if improvement == "increase" else "consistent_fail"
    words[np.isnan(targets) | (improvement == "neutral")] = None
    return words


def last(columns: npt.NDArray[Number], empty: float = np.nan) -> npt.NDArray[Number]:
    """The last column, (m,); `empty` where there is none."""
    if columns.shape[1]:
        return columns[:, -1]
    return np.full(len(columns), empty, dtype=columns.dtype)
