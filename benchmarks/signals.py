"""Signals, simulated: what they tell falsely, what they find, beside other methods, and what they cost."""

from __future__ import annotations

from itertools import product

import numpy as np

from analysis.comparison import wilson
from benchmarks import contest, scoring
from benchmarks.alerting import CHANGED, WOBBLE, Kind, detector, signalled
from benchmarks.contest import SOON, YEAR, false_share, found_soon
from benchmarks.figures import Figure
from benchmarks.sizes import Sizes
from survey.domain.progress import Advance

SEED = 20261122
LEVELS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97)
FALSE = {YEAR: 3.0, 2 * YEAR: 8.0}  # per cent of steady series, at most
UNREST = 10.0  # the same in two years, where answers vary more than by chance
MISSED = ((100, 0.05, 35.0), (100, 0.10, 3.0), (300, 0.03, 25.0))  # answers a week, fall, per cent at most


def steps(sizes: Sizes) -> int:
    cells = len(LEVELS) * len(contest.ANSWERS)
    return cells + 1 + len(MISSED) + len(contest.KINDS) + sizes.years + scoring.steps()


def measure(sizes: Sizes, advance: Advance) -> list[Figure]:
    """The bars with their Monte Carlo intervals, an ICB's year, and seconds; prints the comparison."""
    random = np.random.default_rng(SEED)
    figures = [
        *_false(random, sizes.steady, advance),
        _unrest(random, sizes.steady, advance),
        *_missed(random, 3 * sizes.steady, advance),
    ]
    contest.show(contest.compare(random, sizes.compared, advance))
    figures += contest.board(random, sizes.years, advance)
    return figures + scoring.scale(sizes, advance)


def _false(random: np.random.Generator, series: int, advance: Advance) -> list[Figure]:
    """At each number of answers the level that is worst.

    The worst of several shares, each known to some points, tends to lie above the worst truth: its interval
    is wide enough for all of them together (Šidák).
    """
    weeks, cells = 2 * YEAR, {}
    for answers, level in product(contest.ANSWERS, LEVELS):
        kind = Kind(answers, level)
        log10 = detector(*kind.draw(random, series=series, weeks=weeks), kind.pooled(random, weeks=weeks))
        codes = signalled(log10, 520)
        cells[answers, level] = {looks: false_share(codes, looks) for looks in FALSE}
        advance(1)
    figures = []
    for looks, answers in product(FALSE, contest.ANSWERS):
        worst = max(LEVELS, key=lambda level: cells[answers, level][looks])
        what = f"false in {looks} looks, {answers} answers, worst at {worst:g}"
        figures.append(_share(what, cells[answers, worst][looks], series, FALSE[looks], of=len(LEVELS)))
    return figures


def _unrest(random: np.random.Generator, series: int, advance: Advance) -> Figure:
    weeks, kind = 2 * YEAR, Kind(300, wobble=WOBBLE)
    log10 = detector(*kind.draw(random, series=series, weeks=weeks), kind.pooled(random, weeks=weeks))
    advance(1)
    share = false_share(signalled(log10, 520), 2 * YEAR)
    return _share("false in 104 looks, 300 answers, SD 3.5 points", share, series, UNREST)


def _missed(random: np.random.Generator, series: int, advance: Advance) -> list[Figure]:
    figures = []
    for answers, fall, limit in MISSED:
        kind, weeks = Kind(answers, fall=fall), CHANGED + SOON
        log10 = detector(*kind.draw(random, series=series, weeks=weeks), kind.pooled(random, weeks=weeks))
        found, _ = found_soon(signalled(log10, 1040))
        what = f"A = 1040, not found in 13 weeks, {answers} answers, −{100 * fall:.0f}"
        figures.append(_share(what, 1 - found, series, limit))
        advance(1)
    return figures


def _share(what: str, share: float, series: int, limit: float, *, of: int = 1) -> Figure:
    """A share in per cent with its interval of 95 %, of `of` such shares together, against a limit."""
    confidence = 0.95 ** (1 / of)
    low, high = wilson(round(share * series), series, confidence=confidence)
    verdict = "missed" if 100 * share > limit else "kept"
    if low < limit / 100 < high:
        verdict = f"{verdict}, unsure"
    return Figure(
        "signals",
        what,
        "%",
        100 * share,
        f"{verdict}; at most",
        limit,
        held="limit",
        low=100 * float(low),
        high=100 * float(high),
    )
