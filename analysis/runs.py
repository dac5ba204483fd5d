"""Anhøj's two runs rules: an unusually long run, or unusually few crossings of the centre."""

from __future__ import annotations

from math import log2
from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from analysis.segments import Floats


class Runs(NamedTuple):
    """The runs of one segment and how far chance would take them; all 0 and no signal without any."""

    longest_run: int
    longest_run_max: int
    crossings: int
    crossings_min: int
    signal: bool


def runs(side: Floats) -> Runs:
    """Runs and crossings of one segment.

    Parameters
    ----------
    side : ndarray, shape (n,)
        -1, 0 or 1 against the centre; those on it, 0, and missing ones, NaN, are dropped.

    Returns
    -------
    Runs
        Signal where longest_run > longest_run_max or crossings < crossings_min.

    Source
    ------
    Anhøj & Olesen (2014), PLoS ONE 9, e113825; limits of Schilling (2012) and Chen (2010) as in qicharts2
    0.8.1. Checked in tests/spec/test_p_chart.py.
    """
    useful = side[~np.isnan(side) & (side != 0)]
    if not useful.size:
        return Runs(0, 0, 0, 0, signal=False)
    turns = np.flatnonzero(np.diff(useful))
    longest = int(np.diff([-1, *turns, useful.size - 1]).max())
    most, least = longest_run_max(useful.size), crossings_min(useful.size)
    return Runs(longest, most, turns.size, least, signal=longest > most or turns.size < least)


def longest_run_max(useful: int) -> int:
    """The longest run that `useful` points still allow: round(log2 n) + 3."""
    return round(log2(useful)) + 3


def crossings_min(useful: int) -> int:
    """The fewest crossings that `useful` points still allow: 5th centile of Binomial(n - 1, 1/2)."""
    return int(binom.ppf(0.05, useful - 1, 0.5)) if useful > 1 else 0
