"""What scoring many series costs: the newest week of all of them, their whole history, and how it grows."""

from __future__ import annotations

import time

import numpy as np

from analysis.signals import scores, signals, threshold
from analysis.xmr import xmr_many
from benchmarks.alone import alone
from benchmarks.children import memory_mb
from benchmarks.figures import Figure, within
from benchmarks.sizes import Sizes
from survey.domain.progress import Advance

WEEKS = 104
SEED = 104
LEAST = 4  # parts of `sizes.history` in its smallest, so that its growth is seen


def steps() -> int:
    return 4


def scale(sizes: Sizes, advance: Advance) -> list[Figure]:
    """Each in a process of its own; limits are those for 10,000 and 1,000 series."""
    seconds, memory = alone(_newest, sizes.newest)
    advance(1)
    what = f"newest week of {sizes.newest:,} series × {WEEKS}: XmR and signals"
    figures = [within("signals", what, unit="s", rounds=[seconds], limit=4.0)]
    if memory is not None:
        figures.append(within("signals", f"{what}, memory", unit="MB", rounds=[memory], limit=1000.0))
    many = (sizes.history, 2 * sizes.history, 4 * sizes.history)
    taken = []
    for series in many:
        taken.append(alone(_history, series))
        advance(1)
    what = f"whole history of {sizes.history:,} series × {WEEKS}"
    figures.append(within("signals", what, unit="s", rounds=[taken[0]], limit=20.0))
    for series, one in list(zip(many, taken, strict=True))[1:]:
        each = f"whole history of {series:,} series, a thousand"
        bare = 1000 * taken[0] / many[0]
        figures.append(Figure("signals", each, "s", 1000 * one / series, f"of {many[0]:,}", bare))
    return figures


def _counts(series: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(SEED)
    answers = random.poisson(100, (series, WEEKS))
    return random.binomial(answers, 0.85), answers


def _newest(series: int) -> tuple[float, float | None]:
    positives, answers = _counts(series)
    start = time.perf_counter()
    xmr_many(positives / np.maximum(answers, 1))
    signals(positives, answers, threshold=threshold(steps_a_year=52), last=1)
    return time.perf_counter() - start, memory_mb("VmHWM")


def _history(series: int) -> float:
    positives, answers = _counts(series)
    start = time.process_time()
    scores(positives, answers)
    return time.process_time() - start
