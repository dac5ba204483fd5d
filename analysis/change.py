"""How large a change of level is, when the step at which it came is not known for certain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from analysis.evidence import Split, Weighed
from analysis.segments import Floats

HALVINGS = 40  # of the interval [-1, 1]: to 2e-12


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Levels before and from the likeliest step on, and the interval of their difference; all fields (m,)."""

    before: Floats
    after: Floats
    low: Floats
    high: Floats


def change(split: Split, weighed: Weighed, *, confidence: float = 0.95) -> Change:
    """Size of the change of each series that `weighed` speaks of.

    The interval is that of a posterior mixture over the candidate steps: each weighs as much as its evidence,
    which is its posterior probability if the level changed once and no step was likelier beforehand; given
    the step, the levels before and after are Beta posteriors of counts divided by the dispersion, and their
    difference is taken as normal. It thus covers chance, variation from week to week and that the step was
    chosen by the same counts: simulated, 95 % intervals hold the true difference in 97 to 99 % of looks, the
    first with a signal and those of the 13 weeks after it, where an interval at the likeliest step alone
    (Newcombe's) does in 93 to 98 %. It does not cover that only large differences signal where answers are
    few: of falls by 3 points with 30 answers a week, told only if they look like 9, it holds 88 % at the
    first signal. Nor does it cover that a level that never changed was signalled, changes again, or drifts.

    Parameters
    ----------
    split : Split
        Candidates at the newest look, fields (K, m).
    weighed : Weighed
        Their evidence in the direction that is reported.
    confidence : float
        In (0, 1).

    Returns
    -------
    Change
        `before` is the posterior mean, `after` the plain share of the answers; NaN where there are none.
    """
    every = np.arange(split.a.shape[1])
    a, b, s, f = (part[weighed.best, every] for part in (split.a, split.b, split.s, split.f))
    with np.errstate(invalid="ignore"):
        after = s / (s + f)
    tail = (1 - confidence) / 2
    return Change(a / (a + b), after, _quantile(split, weighed, tail), _quantile(split, weighed, 1 - tail))


def _quantile(split: Split, weighed: Weighed, probability: float) -> Floats:
    """Of the difference, after − before, by halving."""
    (before, spread), (after, wide) = (
        _moments(split.a, split.b),
        _moments(split.s + 0.5, split.f + 0.5),
    )
    middle, deviation = after - before, np.sqrt(spread + wide)
    weight = weighed.share / weighed.share.sum(axis=0)
    low, high = np.full(weight.shape[1], -1.0), np.full(weight.shape[1], 1.0)
    for _ in range(HALVINGS):
        half = (low + high) / 2
        below = (weight * ndtr((half - middle) / deviation)).sum(axis=0) < probability
        low, high = np.where(below, half, low), np.where(below, high, half)
    return (low + high) / 2


def _moments(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of a Beta distribution."""
    mean = a / (a + b)
    return mean, mean * (b / (a + b)) / (a + b + 1)
