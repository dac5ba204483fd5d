"""Exact tests of small cells: all tables of the same margins, or many drawn from them."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln
from scipy.stats import chi2

from analysis.segments import Bools, Floats

SMALL = 5  # Cochran (1954), Biometrics 10, 417-451: below that many expected answers a cell is not normal
DRAWS = 9999  # p is a multiple of 1/10,000, and its standard error at 0.05 is 0.002
TIE = 1 + 1e-7  # tables whose probability differs by rounding alone are equally likely


@np.errstate(all="ignore")
def expected_least(y: Floats, n: Floats) -> Floats:
    """Smallest number expected in a cell of tables of groups (…, g) if all had one proportion, shape (…)."""
    share = y.sum(axis=-1, keepdims=True) / n.sum(axis=-1, keepdims=True)
    cells = np.where(n > 0, n * np.minimum(share, 1 - share), np.inf)
    least: Floats = cells.min(axis=-1, initial=np.inf)
    return least


def small(y: Floats, n: Floats) -> Bools:
    """True where a cell of a table of groups (…, g) is expected to hold fewer than SMALL answers."""
    return np.asarray(expected_least(y, n) < SMALL, dtype=np.bool_)


def fisher(y: Floats, n: Floats) -> Floats:
    """Two-sided p of m tables of two groups (m, 2): the probability of all that are no likelier."""
    total, favourable = n.sum(axis=1), y.sum(axis=1)
    first, last = np.maximum(0, favourable - n[:, 1]), np.minimum(n[:, 0], favourable)
    sizes = (last - first + 1).astype(np.int64)
    row = np.repeat(np.arange(len(y)), sizes)
    starts = np.cumsum(sizes) - sizes
    k = first[row] + np.arange(row.size) - starts[row]
    log = (
        _log_choose(n[row, 0], k)
        + _log_choose(n[row, 1], favourable[row] - k)
        - _log_choose(total, favourable)[row]
    )
    likelihood = np.exp(log)
    seen = likelihood[(starts + y[:, 0] - first).astype(np.int64)]
    summed = np.bincount(row, np.where(likelihood <= seen[row] * TIE, likelihood, 0.0), minlength=len(y))
    return np.minimum(summed, 1.0)


def homogeneity(y: Floats, n: Floats, *, seed: int) -> float:
    """p of one table of groups (g,) by Pearson's χ² over DRAWS tables of the same margins.

    The groups are put in order of size first: the same groups in another order get the same p.
    """
    order = np.lexsort((y, n))
    tops, sizes = y[order], n[order]
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(
        sizes.astype(np.int64), int(tops.sum()), size=DRAWS, method="marginals"
    )
    far = float(pearson(tops, sizes))
    return (1 + int(np.sum(pearson(drawn.astype(np.float64), sizes) * TIE >= far))) / (1 + DRAWS)


@np.errstate(all="ignore")
def pearson(y: Floats, n: Floats) -> Floats:
    """χ² of tables of groups (…, g), shape (…); 0 where all or none are favourable."""
    share = y.sum(axis=-1, keepdims=True) / n.sum(axis=-1, keepdims=True)
    return np.asarray(np.nansum((y - n * share) ** 2 / (n * share * (1 - share)), axis=-1), dtype=np.float64)


def chi2_p(statistic: Floats, freedom: Floats) -> Floats:
    """Upper tail of χ²."""
    return np.asarray(chi2.sf(statistic, freedom), dtype=np.float64)


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)
