"""Simulated weeks of answers, and how the methods of alerting that are compared would have told of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from analysis.signals import TUNED, own_dispersion, pooled_dispersion, scores
from analysis.xmr import xmr_many

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]  # (series, weeks): -1 an alert of a fall, 1 of a rise, 0 none

LEVEL = 0.85
WOBBLE = 0.035  # SD of the level from week to week, where answers vary more than by chance
CHANGED = 25  # position of the first week of a changed level: week 26
FIRST = 12  # position of the first look: week 13
SIBLINGS = 1000  # steady series of the same question, from which the dispersion is pooled


@dataclass(frozen=True, slots=True)
class Kind:
    """What a series is like: answers a week (Poisson), its level, its unrest, and by how much it falls."""

    answers: float
    level: float = LEVEL
    wobble: float = 0.0
    fall: float = 0.0

    def draw(self, random: np.random.Generator, *, series: int, weeks: int) -> tuple[Floats, Floats]:
        """Positives and answers, (series, weeks), the fall from week 26 on."""
        answers = random.poisson(self.answers, (series, weeks))
        level = self.level - np.where(np.arange(weeks) >= CHANGED, self.fall, 0.0)
        unrest = random.normal(0, self.wobble, answers.shape) if self.wobble else 0.0
        positives = random.binomial(answers, np.clip(level + unrest, 0, 1))
        return positives.astype(np.float64), answers.astype(np.float64)

    def pooled(self, random: np.random.Generator, *, weeks: int) -> Floats:
        """Dispersion of the question, (weeks,): of steady series, as most are when one changes."""
        steady = Kind(self.answers, self.level, self.wobble)
        return pooled_dispersion(own_dispersion(*steady.draw(random, series=SIBLINGS, weeks=weeks)))


def detector(positives: Floats, answers: Floats, pooled: Floats) -> tuple[Floats, Floats]:
    """log₁₀ of our detector of falls and of rises."""
    found = scores(positives, answers, pooled_dispersion=pooled)
    return found.log10_fall, found.log10_rise


def signalled(log10: tuple[Floats, Floats], threshold: float) -> Codes:
    """Our signals at one threshold."""
    fall, rise = (
        np.nan_to_num(one, nan=-np.inf) >= np.log10(bar)
        for one, bar in zip(log10, (threshold, TUNED.caution * threshold), strict=True)
    )
    return np.where(fall, -1, rise).astype(np.int8)


def xmr_rules(positives: Floats, answers: Floats) -> Codes:
    """The four rules of Making Data Count at the newest point of an XmR chart of all weeks so far."""
    with np.errstate(invalid="ignore"):
        share = positives / answers
    told = np.zeros(share.shape, dtype=np.int8)
    for week in range(FIRST, share.shape[1]):
        latest = xmr_many(share[:, : week + 1]).variation
        told[:, week] = np.select([latest == "concern_low", latest == "improvement_high"], [-1, 1], 0)
    return told


def p_prime(positives: Floats, answers: Floats) -> Codes:
    """The newest week beyond the three-sigma limits of a P′ chart of all weeks so far."""
    told = np.zeros(positives.shape, dtype=np.int8)
    for week in range(FIRST, positives.shape[1]):
        y, n = positives[:, : week + 1], np.maximum(answers[:, : week + 1], 1)
        centre = (y.sum(axis=1) / n.sum(axis=1))[:, np.newaxis]
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (y / n - centre) / np.sqrt(centre * (1 - centre) / n)
        steps = np.abs(np.diff(z, axis=1))
        kept = np.where(steps < 3.267 * steps.mean(axis=1, keepdims=True), steps, np.nan)
        spread = np.maximum(np.nanmean(kept, axis=1) / 1.128, 1.0)
        told[:, week] = np.where(np.abs(z[:, -1]) > 3 * spread, np.sign(z[:, -1]), 0)
    return told


def four_weeks(positives: Floats, answers: Floats) -> Codes:
    """The last four weeks against the four before them, a two-sided test at 5 %."""
    told = np.zeros(positives.shape, dtype=np.int8)
    for week in range(FIRST, positives.shape[1]):
        (y, n), (x, m) = (
            (positives[:, span].sum(axis=1), answers[:, span].sum(axis=1))
            for span in (slice(week - 3, week + 1), slice(week - 7, week - 3))
        )
        both = (x + y) / (n + m)
        error = np.sqrt(both * (1 - both) * (1 / n + 1 / m))
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.nan_to_num((y / n - x / m) / error)
        told[:, week] = np.where(np.abs(z) > ndtri(0.975), np.sign(z), 0)
    return told


OTHERS: dict[str, Callable[[Floats, Floats], Codes]] = {
    "4 weeks against 4 weeks at 5 %": four_weeks,
    "XmR, four rules": xmr_rules,
    "P′": p_prime,
}
