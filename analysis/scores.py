"""Evidence that a level has changed, step by step: a sequential detector of falls and of rises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis import evidence, step_dispersion
from analysis.method import TUNED, Method
from analysis.segments import Bools, Floats, Ints, whole
from analysis.step_dispersion import own_dispersion

BASELINE = 12  # steps that a series, or a rebased one, is given to show its level
WINDOW = 52  # newest steps among which the change is looked for
BLOCK = 256  # series at once: what is computed of a step stays in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Evidence of a change of each series at each step.

    Attributes
    ----------
    log10_fall, log10_rise : ndarray, shape (m, T)
        log₁₀ of the detector M_t; NaN where not asked for and in the first 12 steps of a series.
    dispersion : ndarray, shape (m, T)
        What the counts were divided by, at least 1; 1 is chance alone.
    since_fall, since_rise : ndarray of int, shape (m, T)
        Position of the step from which a change is likeliest, the first of equals; -1 where log₁₀ is NaN.
    """

    log10_fall: Floats
    log10_rise: Floats
    dispersion: Floats
    since_fall: Ints
    since_rise: Ints


def scores(
    positives: npt.ArrayLike,
    answers: npt.ArrayLike,
    *,
    pooled_dispersion: npt.ArrayLike | None = None,
    rebase: npt.ArrayLike | None = None,
    watch: npt.ArrayLike | None = None,
    last: int | None = None,
    method: Method = TUNED,
) -> Scores:
    """Self-starting mixture Shiryaev–Roberts detector of falls and of rises.

    M_t is the sum over candidate first changed steps k = max(13, t−51) … t (counted from 1) of the weighted
    mean over alternatives of the e-value of `evidence.log_evidence`. With a steady level and independent
    answers M_t − (t−12) is a martingale, averaged over what the baseline leaves uncertain: signals from a
    threshold A on come at most once in A steps on average, however often one looks. Not covered: seasons,
    slow drift, one person who answers often.

    Parameters
    ----------
    positives, answers : array_like of int, shape (m, T)
        A row a series, in order of date; 0 <= positives <= answers, 0 of 0 for an empty step.
    pooled_dispersion : array_like of float, broadcastable to shape (m, T), optional
        From the function of that name, over all series of the question, as a row of T. None = that of these
        series, so a batch that is split needs it given to find the same; 1 = each series for itself.
    rebase : array_like of int, shape (m,), optional
        Where each series starts anew, 0 to T: steps before that count as empty, and its 12 steps of baseline
        begin there.
    watch : array_like of int, shape (m,), optional
        Where the watch over each series begins anew, 0 to T: no change before it is looked for. What a person
        has dismissed is not signalled again, and stays in the baseline.
    last : int, optional
        Score only this many newest steps, at least 1, which is what a weekly run needs.
    method : Method
        TUNED, or PLAIN: all alternatives alike, counts divided by max(1, own, pooled).

    Returns
    -------
    Scores
        Defined for no series, few or no steps, no answers, and constant levels too.

    Raises
    ------
    ValueError
        A count that is missing, negative, not whole or above its answers; a pooled dispersion that is not
        finite or of another shape; a rebase or watch outside 0 to T.

    Source
    ------
    Shin, Ramdas & Rinaldo (2024), E-detectors, New England Journal of Statistics in Data Science 2, 229-260.
    Checked in tests/spec/test_signals.py against arithmetic with 50 digits.
    """
    top, bottom = step_dispersion.step_counts(positives, answers)
    start = step_dispersion.starts(rebase, *top.shape)
    earliest = np.maximum(start + BASELINE, step_dispersion.starts(watch, *top.shape, name="watch"))
    whole(last, name="last", least=1)
    own = own_dispersion(top, bottom, rebase=start)
    steps = np.cumsum(step_dispersion.since_start(bottom, start) > 0, axis=1, dtype=np.float64)
    found = Scores(
        np.full(top.shape, np.nan),
        np.full(top.shape, np.nan),
        method.dispersion(own, step_dispersion.spread_over(own, pooled_dispersion), steps),
        np.full(top.shape, -1, dtype=np.int64),
        np.full(top.shape, -1, dtype=np.int64),
    )
    length = top.shape[1]
    first = BASELINE if last is None else max(BASELINE, length - last)
    for row in range(0, len(top), BLOCK):
        rows = slice(row, row + BLOCK)
        block = block_of(top[rows], bottom[rows], start[rows], earliest[rows])
        _score(found, rows, block, steps=range(first, length), weights=method.weights)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some series: counts before each step and of all, (T+1, m), and the earliest candidate of each, (m,)."""

    positives: Floats
    others: Floats
    earliest: Ints

    def split(self, step: int, by: Floats) -> tuple[evidence.Split, Bools]:
        """Counts before and from each candidate up to `step`, over `by`, and which candidates there are."""
        at = np.arange(max(BASELINE, step + 1 - WINDOW), step + 1)
        before, missed = self.positives[at] / by, self.others[at] / by
        parts = evidence.Split(
            a=before + 0.5,
            b=missed + 0.5,
            s=(self.positives[step + 1] - self.positives[at]) / by,
            f=(self.others[step + 1] - self.others[at]) / by,
        )
        return parts, at[:, np.newaxis] >= self.earliest


def block_of(top: Floats, bottom: Floats, start: Ints, earliest: Ints) -> Block:
    """Sums from each series' own start on."""
    parts = [step_dispersion.since_start(counts, start) for counts in (top, bottom - top)]
    sums = [np.concatenate([np.zeros((1, len(top))), np.cumsum(part.T, axis=0)]) for part in parts]
    return Block(sums[0], sums[1], earliest)


def _score(found: Scores, rows: slice, block: Block, *, steps: range, weights: Sequence[float]) -> None:
    """Fill in the scores of some series at some steps."""
    for step in steps:
        split, possible = block.split(step, found.dispersion[rows, step])
        some, oldest = possible.any(axis=0), max(BASELINE, step + 1 - WINDOW)
        for weighed, log10, since in (
            (evidence.falls(split, possible, weights), found.log10_fall, found.since_fall),
            (evidence.rises(split, possible, weights), found.log10_rise, found.since_rise),
        ):
            log10[rows, step] = np.where(some, weighed.log_sum / np.log(10), np.nan)
            since[rows, step] = np.where(some, weighed.best + oldest, -1)
