"""Evidence that a level changed at one of several steps: e-values of falls and of rises, and their sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from analysis.segments import Bools, Floats, Ints

FALLS = (0.02, 0.03, 0.05, 0.08, 0.12)  # of the level
RISES = (0.15, 0.3, 0.45, 0.6, 0.8)  # of what is missing to 1: near 100 % a rise of points is none
LEAST, MOST = 0.01, 0.99  # a level that has fallen lies between

Level = tuple[Floats, Floats]  # (K, m) each: a level, and what is missing to 1


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Counts before and from each candidate step, divided by the dispersion; all fields (K, m).

    `a`, `b` are those of the Beta posterior of the level before; `s`, `f` are positives and others from the
    candidate on.
    """

    a: Floats
    b: Floats
    s: Floats
    f: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Candidates weighed in one direction.

    `log_sum`, (m,), is the natural logarithm of the sum of the e-values; `best`, (m,), the first candidate
    with the largest; `share`, (K, m), what each is of the largest e-value of any alternative there.
    """

    log_sum: Floats
    best: Ints
    share: Floats


def falls(split: Split, possible: Bools, weights: Sequence[float]) -> Weighed:
    """The evidence of a fall by any of FALLS, weighted; `possible`, (K, m), says which candidates count."""
    level = split.a / (split.a + split.b)
    changed = [np.clip(level - drop, LEAST, MOST) for drop in FALLS]
    return _weigh(split, [(one, 1 - one) for one in changed], possible, weights)


def rises(split: Split, possible: Bools, weights: Sequence[float]) -> Weighed:
    """The evidence of a rise by any of RISES, weighted."""
    level, missing = (one / (split.a + split.b) for one in (split.a, split.b))
    changed = [(level + missing * share, missing * (1 - share)) for share in RISES]
    return _weigh(split, changed, possible, weights)


def log_evidence(split: Split, changed: Sequence[Level]) -> Floats:
    """Logarithms of the e-values of the alternatives, shape (alternatives, K, m).

    betaln(qκ+s, (1−q)κ+f) − betaln(qκ, (1−q)κ) − betaln(a+s, b+f) + betaln(a, b), κ = a+b: how much likelier
    s and f are if the level, known as well as before, moved to q. Under the predictive distribution of s and
    f given a and b, its mean is 1 for every q.

    The Γ(κ) and Γ(κ+n) of the four are the same and fall out; of what is left, so do all terms linear in
    the counts, so that counts of any size keep their digits.
    """
    scale = split.a + split.b
    same = _rising(split.a, split.s, scale) + _rising(split.b, split.f, scale)
    found = np.empty((len(changed), *scale.shape))
    for row, (level, missing) in zip(found, changed, strict=True):
        more = _rising(level * scale, split.s, scale) + _rising(missing * scale, split.f, scale)
        np.subtract(more, same, out=row)
    return found


def _weigh(split: Split, changed: Sequence[Level], possible: Bools, weights: Sequence[float]) -> Weighed:
    logs = np.where(possible, log_evidence(split, changed), -np.inf)
    top = logs.max(axis=(0, 1))
    top = np.where(np.isfinite(top), top, 0.0)
    share = np.zeros_like(logs[0])
    for weight, row in zip(weights, np.exp(logs - top), strict=True):  # in one order, whatever the shape
        share += weight * row
    with np.errstate(divide="ignore"):  # no candidate at all: no evidence, -inf
        log_sum = np.log(share.sum(axis=0)) + top
    return Weighed(log_sum, np.argmax(share, axis=0), share)


def _rising(start: Floats, more: Floats, scale: Floats) -> Floats:
    """ln Γ(start+more) − ln Γ(start), without the terms that cancel where alternatives are compared."""
    return _log_gamma(start + more, scale) - _log_gamma(start, scale)


def _log_gamma(x: Floats, scale: Floats) -> Floats:
    """ln Γ(x) + x − (x−½) ln scale − ½ ln 2π, by Stirling's series from 8 on (error under 1e-11)."""
    inverse = 1 / x
    square = inverse * inverse
    tail = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    found: Floats = (x - 0.5) * np.log(x / scale) + tail
    small = x < 8
    if small.any():
        few, by = x[small], scale[small]
        found[small] = gammaln(few) + few - (few - 0.5) * np.log(by) - 0.5 * np.log(2 * np.pi)
    return found
