"""A series that an action interrupts: its checked counts, and their model with and without the action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis import segmented, segments
from analysis.segments import Bools, Floats

WEEKS, STEPS, ANSWERS = 8, 3, 100  # all three make enough to judge a level by
HISTORY = 3  # steps before the action that the expected course needs
YEAR = 365.25 / 7  # weeks
STEADY = 1e-4  # drift on the logit scale a year: a hundredth of a point, and none is as good
SEASONS = 104  # weeks before the action from which on a yearly wave can be told from a change

Bounds = tuple[Floats, Floats, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Checked counts of T steps; weeks, (T,), and edges, (T + 1,), in weeks from the start of the first."""

    positives: Floats
    answers: Floats
    weeks: Floats
    edges: Floats

    @classmethod
    def checked(cls, positives: npt.ArrayLike, answers: npt.ArrayLike, weeks: npt.ArrayLike | None) -> Series:
        """As `segments.counts` checks them; ValueError also for steps of no length."""
        y, n = segments.counts(positives, answers)
        given = np.asarray(1 if weeks is None else weeks, dtype=np.float64)
        if given.ndim and given.shape != n.shape:
            raise ValueError(f"weeks of the shape {given.shape} do not go with {n.size} steps")
        lengths = np.array(np.broadcast_to(given, n.shape))
        wrong = ~(np.isfinite(lengths) & (lengths > 0))
        if wrong.any():
            raise ValueError(f"a step lasts some weeks; one lasts {lengths[wrong][0]:g}")
        return cls(y, n, lengths, np.concatenate([[0.0], np.cumsum(lengths)]))

    def came_in(self, first: int, stop: int) -> tuple[float, int, float]:
        """Weeks, steps and answers of the steps from `first` up to `stop` that have any."""
        counted = self.answers[first:stop] > 0
        weeks, answers = self.weeks[first:stop][counted].sum(), self.answers[first:stop].sum()
        return float(weeks), int(counted.sum()), float(answers)

    def enough(self, first: int, stop: int) -> bool:
        return bool(np.all(np.greater_equal(self.came_in(first, stop), (WEEKS, STEPS, ANSWERS))))

    def observed(self) -> Floats:
        """Proportion of each step, NaN where empty."""
        some = self.answers > 0
        return np.where(some, self.positives, np.nan) / np.where(some, self.answers, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Interruption:
    """An action in a series: the steps since it up to the next, those `used` in the fit, other actions."""

    series: Series
    action: int
    until: int
    since: Bools
    used: Bools
    apart: tuple[int, ...]
    overlaps: tuple[int, ...]

    @classmethod
    def of(cls, series: Series, action: int, others: Sequence[int], *, prompted: float) -> Interruption:
        """Others too close to be told apart overlap; steps from an earlier one to the action are not used."""
        overlaps = tuple(one for one in others if not series.enough(*sorted((one, action))))
        apart = tuple(sorted({*others} - {*overlaps}))
        until = min((one for one in apart if one > action), default=series.answers.size)
        before = min([action, *overlaps])
        steps = np.arange(series.answers.size)
        left = series.edges[before] - series.edges[1:]  # weeks from the end of a step to the action
        used = (series.answers > 0) & ((steps >= action) | ((steps < before) & (left >= prompted)))
        since = (steps >= action) & (steps < until)
        return cls(series, action, until, since, used, apart, overlaps)

    @property
    def history(self) -> bool:
        """Enough steps lie before it for an expected course."""
        return bool(self.used[: self.action].sum() >= HISTORY)

    @property
    def seasons(self) -> bool:
        return bool(self.series.edges[self.action] >= SEASONS)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A fit with its columns at every step, (T, k); column 1 is the change since the action, if `changes`."""

    fit: segmented.Fit
    columns: Floats
    changes: bool

    @classmethod
    def of(cls, case: Interruption, drift: float) -> Model | None:
        """The model of the steps used; None where there are too few for it."""
        series, used, steps = case.series, case.used, np.arange(case.used.size)
        years = ((series.edges[1:] + series.edges[:-1]) / 2 - series.edges[case.action]) / YEAR
        jumps = [(steps >= one).astype(np.float64) for one in (0, case.action, *case.apart)]
        waves = [np.sin(2 * np.pi * years), np.cos(2 * np.pi * years)] if case.seasons else []
        candidates = [*jumps, *([years] if drift > STEADY else []), *waves]
        kept = segmented.independent(candidates, used)
        columns = np.column_stack([candidates[one] for one in kept])
        penalty = np.array([1 / drift**2 if candidates[one] is years else 0.0 for one in kept])
        fitted = segmented.fit(
            columns[used],
            series.positives[used],
            series.answers[used],
            penalty=penalty,
            levels=np.sum(jumps, axis=0)[used],
        )
        return None if fitted is None else cls(fitted, columns, 1 in kept)

    @property
    def without(self) -> Floats:
        """The columns had there been no action."""
        kept = self.columns.copy()
        if self.changes:
            kept[:, 1] = 0
        return kept

    def expected(self, confidence: float) -> Bounds:
        """The course without the action, with its bounds, each (T,)."""
        return segmented.course(self.fit, self.without, confidence=confidence)

    def change(self, case: Interruption, confidence: float) -> tuple[float, float, float, float]:
        """Mean expected since the action without it; the change; its interval. Answers weigh alike."""
        weights = case.series.answers[case.since]
        ends = self.columns[case.since], self.without[case.since]
        return segmented.difference(self.fit, *ends, weights=weights / weights.sum(), confidence=confidence)
