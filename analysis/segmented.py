"""Segmented logistic regression on step counts: over-dispersed, autocorrelated, with a trend held small."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, log_expit, logit
from scipy.stats import t as student

from analysis.segments import Floats

ROUNDS = 12  # of weighing the trend's penalty anew against the dispersion; two decimals need three
NEWTON = 60  # iterations; a fit that needs more has no finite solution
FAR = 20.0  # on the logit scale: one answer in 500 million; beyond it a fit has run away
SETTLED = 1e-10  # on the logit scale
STRONGEST = 0.8  # autocorrelation; above it a short series has no interval worth drawing


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted model of m steps and k columns.

    Attributes
    ----------
    coefficients : ndarray, shape (k,), on the logit scale
    covariance : ndarray, shape (k, k)
        Of the coefficients, widened by X² / (m − k) · (1 + autocorrelation) / (1 − autocorrelation) where
        that is above 1.
    dispersion : float, at least 1
        Pearson's X² / (m − k).
    autocorrelation : float, 0 to 0.8
        Of neighbouring Pearson residuals, with k / m added: what fitting k columns takes from it.
    freedom : int, m − k
    corrected : bool
        Half an answer of either kind was added to each level, because the counts alone have no finite fit.
    """

    coefficients: Floats
    covariance: Floats
    dispersion: float
    autocorrelation: float
    freedom: int
    corrected: bool

    def quantile(self, confidence: float) -> float:
        """How many standard errors an interval reaches to either side."""
        return float(student.ppf((1 + confidence) / 2, self.freedom))


def fit(
    columns: Floats, positives: Floats, answers: Floats, *, penalty: Floats, levels: Floats
) -> Fit | None:
    """Fit logit p = columns · coefficients; None where no residual freedom is left.

    Parameters
    ----------
    columns : ndarray, shape (m, k)
        Of full rank.
    positives, answers : ndarray, shape (m,)
        Counts; answers above 0.
    penalty : ndarray, shape (k,)
        1 / variance of a normal prior around 0 on each coefficient; 0 = none.
    levels : ndarray, shape (m,)
        Labels of the stretches between which the level may jump; only used where counts are separated.

    Returns
    -------
    Fit or None

    Source
    ------
    Quasi-likelihood: McCullagh & Nelder (1989), Generalized Linear Models, §4.5 and §9.2. Half an answer
    where counts are separated: Haldane (1956), Annals of Human Genetics 20, 309-311. Checked against
    statsmodels and scipy.optimize in tests/spec/test_effect.py.
    """
    if columns.shape[0] <= columns.shape[1]:
        return None
    found = _settle(_Counts(columns, positives, answers), penalty)
    if found is not None:
        return Fit(*found, corrected=False)
    half = 0.5 / _sizes(levels)
    found = _settle(_Counts(columns, positives + half, answers + 2 * half), penalty)
    return None if found is None else Fit(*found, corrected=True)


def independent(candidates: Iterable[Floats], rows: npt.NDArray[np.bool_]) -> list[int]:
    """Positions of the candidates, each (T,), that say something new on `rows` after those before them."""
    kept: list[int] = []
    basis = np.zeros((int(rows.sum()), 0))
    for position, candidate in enumerate(candidates):
        own = candidate[rows]
        left = own - basis @ (basis.T @ own)
        left -= basis @ (basis.T @ left)  # again: one projection leaves rounding behind
        if np.linalg.norm(left) > 1e-8 * max(1.0, float(np.linalg.norm(own))):
            kept.append(position)
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
    return kept


def course(fitted: Fit, columns: Floats, *, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Expected proportion at each row of `columns` (T, k), with its lower and upper bound, each (T,)."""
    middle = columns @ fitted.coefficients
    spread = np.sqrt(np.maximum(0, np.einsum("ij,jk,ik->i", columns, fitted.covariance, columns)))
    reach = fitted.quantile(confidence) * spread
    return expit(middle), expit(middle - reach), expit(middle + reach)


def difference(
    fitted: Fit, one: Floats, other: Floats, *, weights: Floats, confidence: float
) -> tuple[float, float, float, float]:
    """Mean proportion at `other`, then that at `one` minus it, and the interval of the difference.

    Each mean has its interval on the logit scale, by the delta method; the two are joined, with their
    correlation, as Newcombe joins those of two proportions. So no bound is beyond −1 or 1.

    Source
    ------
    Zou & Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    (mean_1, slope_1), (mean_0, slope_0) = _mean(fitted, one, weights), _mean(fitted, other, weights)
    slopes = np.stack([slope_1, slope_0])
    covariance = slopes @ fitted.covariance @ slopes.T
    errors = np.sqrt(np.diag(covariance))
    correlation = np.clip(covariance[0, 1] / (errors[0] * errors[1]), -1, 1)
    reach = fitted.quantile(confidence) * errors
    down_1, up_1 = mean_1 - expit(logit(mean_1) - reach[0]), expit(logit(mean_1) + reach[0]) - mean_1
    down_0, up_0 = mean_0 - expit(logit(mean_0) - reach[1]), expit(logit(mean_0) + reach[1]) - mean_0
    change = mean_1 - mean_0
    low = change - _joined(down_1, up_0, correlation)
    high = change + _joined(up_1, down_0, correlation)
    return mean_0, change, low, high


def _mean(fitted: Fit, columns: Floats, weights: Floats) -> tuple[float, Floats]:
    """Weighted mean proportion, and the slope of its logit in the coefficients, (k,)."""
    each = expit(columns @ fitted.coefficients)
    mean = float(weights @ each)
    return mean, (weights * each * (1 - each)) @ columns / (mean * (1 - mean))


def _joined(first: float, second: float, correlation: float) -> float:
    return float(np.sqrt(max(0.0, first**2 + second**2 - 2 * correlation * first * second)))


_Settled = tuple[Floats, Floats, float, float, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Columns (m, k) with their counts (m,)."""

    columns: Floats
    positives: Floats
    answers: Floats

    def height(self, beta: Floats, penalty: Floats) -> float:
        """The penalised log likelihood."""
        rise = self.columns @ beta
        likelihood = self.positives @ log_expit(rise) + (self.answers - self.positives) @ log_expit(-rise)
        return float(likelihood - penalty @ beta**2 / 2)

    def left(self, beta: Floats) -> tuple[Floats, Floats]:
        """What is observed above the expected counts, and the binomial variance of these."""
        expected = expit(self.columns @ beta)
        return self.positives - self.answers * expected, self.answers * expected * (1 - expected)

    def information(self, variance: Floats) -> Floats:
        found: Floats = (self.columns.T * variance) @ self.columns
        return found


def _settle(counts: _Counts, penalty: Floats) -> _Settled | None:
    """Coefficients and covariance at which penalty, dispersion and autocorrelation agree; None if none do."""
    steps, number = counts.columns.shape
    beta = np.zeros(number)
    scale = 1.0
    for _ in range(ROUNDS):
        solved = _newton(counts, penalty * scale, beta)
        if solved is None:
            return None
        beta = solved
        above, variance = counts.left(beta)
        residuals = above / np.sqrt(variance)
        dispersion = float(residuals @ residuals) / (steps - number)
        autocorrelation = _autocorrelation(residuals, number)
        # Together at least 1: residuals of a smooth fit are alike, and too small to matter.
        before, scale = scale, max(1.0, dispersion * (1 + autocorrelation) / (1 - autocorrelation))
        if abs(scale - before) < SETTLED or not penalty.any():
            break
    precision = counts.information(variance) / scale + np.diag(penalty)
    covariance = np.asarray(np.linalg.inv(precision), dtype=np.float64)
    return beta, covariance, max(1.0, dispersion), autocorrelation, steps - number


def _newton(counts: _Counts, penalty: Floats, beta: Floats) -> Floats | None:
    """Maximum of the penalised log likelihood by iteratively reweighted least squares, from `beta` on."""
    height = counts.height(beta, penalty)
    for _ in range(NEWTON):
        above, variance = counts.left(beta)
        slope = counts.columns.T @ above - penalty * beta
        step = np.linalg.solve(counts.information(variance) + np.diag(penalty), slope)
        while (reached := counts.height(beta + step, penalty)) < height - 1e-9 * abs(height):
            step = step / 2
        beta, height = beta + step, reached
        if np.abs(counts.columns @ beta).max() > FAR:
            return None
        if np.abs(counts.columns @ step).max() < SETTLED:
            return beta
    return None


def _autocorrelation(residuals: Floats, number: int) -> float:
    """Lag-1, plus what a fit of `number` columns takes from it on average; 0 to `STRONGEST`."""
    total = float(residuals @ residuals)
    if total == 0:
        return 0.0
    lagged = float(residuals[1:] @ residuals[:-1]) / total
    return float(np.clip(lagged + number / residuals.size, 0, STRONGEST))


def _sizes(levels: Floats) -> Floats:
    """How many steps share each step's level."""
    _, place, size = np.unique(levels, return_inverse=True, return_counts=True)
    return size[place].astype(np.float64)
