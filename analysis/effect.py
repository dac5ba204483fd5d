"""The effect of an action: what changed with it, what would have been expected, and when it is too early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.interrupted import Interruption, Model, Series

WIDEST = 0.05  # half the interval, as a proportion; wider than that it is too early


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What changed with one action.

    Attributes
    ----------
    state : str
        too_early: the interval is wider than ±0.05, or under 8 weeks, 3 steps or 100 answers have come in
        since; no_history: under 3 steps with answers before it; better or worse: the interval is on one side
        of 0; no_clear_change: it is not. Says what changed with the action, never that the action did it.
    change, low, high : float
        `observed` − `expected` with its interval, as proportions in [-1, 1]; NaN where not defined. With
        `corrected`, of the corrected counts.
    observed, expected : float
        Proportion since the action, and that expected without it over the same steps; NaN where not defined.
    log_odds_ratio, standard_error : float
        The same change on the logit scale, as the model holds it; NaN where not defined.
    weeks_since, steps_since, answers_since : float, int, float
        What has come in since, up to the next action that has a change of its own; empty steps left out.
    dispersion, autocorrelation : float
        Variance of the steps over that of independent answers, at least 1; lag-1 correlation of neighbouring
        steps, 0 to 0.8. Both have widened the interval. NaN where nothing was fitted.
    season : bool
        A yearly wave was fitted: 104 weeks lie before the action.
    corrected : bool
        Half an answer of either kind was added to each level, because all were alike somewhere.
    overlaps : tuple of int
        Other actions from which this one cannot be told apart; `change` is that of all together.
    points : DataFrame, one row a step in the order given, index 0 to T-1
        observed, float, proportion, NaN where empty; answers, float; expected, lower, upper, float, the
        course without the action and the interval of its level, NaN where nothing was fitted; used, bool, in
        the fit; since, bool, what `observed` and `change` are about.
    """

    state: str
    change: float
    low: float
    high: float
    observed: float
    expected: float
    log_odds_ratio: float
    standard_error: float
    weeks_since: float
    steps_since: int
    answers_since: float
    dispersion: float
    autocorrelation: float
    season: bool
    corrected: bool
    overlaps: tuple[int, ...]
    points: pd.DataFrame


def effect(
    positives: npt.ArrayLike,
    answers: npt.ArrayLike,
    action: int,
    *,
    weeks: npt.ArrayLike | None = None,
    others: Sequence[int] = (),
    prompted: float = 2,
    drift: float = 0.25,
    confidence: float = 0.95,
) -> Effect:
    """Change of level since an action, by segmented logistic regression, against the expected course.

    logit p = level + drift · years + change · [since the action], and a yearly wave where two years lie
    before it. An expected course that is flat calls any slow drift an effect; one with a free trend is so
    uncertain after half a year of history that it is always too early. So there is a trend, drawn towards
    none by a normal prior of standard deviation `drift`.

    People act when results are bad, and after bad weeks the next are better by themselves. So the weeks that
    prompted the action are left out of what it is held against. That is not all of it: a level that has
    truly fallen before, and recovers by itself, still reads as better. Where a fall was found, pass the
    series from the fall on.

    Measured (tests/spec/test_effect_proof.py) at 80 %, 13 weeks after the action, 100 and 300 answers a week:
    95 % intervals cover in 93 % or more, and at most 6 % say better or worse where nothing changed, for
    independent answers and for a level that varies with SD 3.5 points, autocorrelated at 0 or .3. With a
    drift of 4 points a year besides, intervals cover in 92 to 95 %; from a flat course in 69 to 84 %. Acted
    on after a bad month, at most 6 % say better; a month against a month says so in over 25 %. Not covered: a
    level that wanders (a random walk of .3 points a week and two years of history: about 80 %), stronger
    autocorrelation (.5: 90 to 97 %), and whatever else happened in that week.

    Parameters
    ----------
    positives, answers : array_like of int, shape (T,)
        Favourable and eligible answers of each step, in order of date; 0 answers, or NaN: an empty step.
    action : int
        Position of the first step after the action, 0 to T.
    weeks : array_like of float, shape () or (T,), optional
        Length of the steps in weeks; 1 if not given.
    others : sequence of int
        Positions of other actions, 0 to T. One with 8 weeks, 3 steps and 100 answers between it and this one
        gets a change of its own, which stays in the expected course, and this one is measured up to the next
        such. The rest are `overlaps`; the steps between such an earlier one and this are left out.
    prompted : float
        Weeks before the action that are left out; the last step always is. 0 = none is.
    drift : float
        Standard deviation of the trend, on the logit scale a year: .25 is 3 points a year at 85 %. 0 = no
        trend, inf = a free one.
    confidence : float
        In (0, 1).

    Returns
    -------
    Effect
        Defined for empty, constant and separated counts, and for an action at either end, too.

    Raises
    ------
    ValueError
        Counts as for `segments.counts`; an action outside 0 to T; steps of no length; a negative drift or
        `prompted`; a confidence outside (0, 1).

    Source
    ------
    Wagner et al. (2002), J. Clinical Pharmacy and Therapeutics 27, 299-309; Lopez Bernal, Cummins &
    Gasparrini (2017), Int. J. Epidemiology 46, 348-355. Checked in tests/spec/test_effect.py.
    """
    series = Series.checked(positives, answers, weeks)
    for name, position in [("an action", action), *(("another action", other) for other in others)]:
        _within(series.answers.size, name, position)
    _limits(prompted, drift, confidence)
    case = Interruption.of(series, action, others, prompted=prompted)
    return _measured(case, Model.of(case, drift) if case.history else None, confidence)


def effects(
    positives: npt.ArrayLike,
    answers: npt.ArrayLike,
    actions: Sequence[int],
    *,
    weeks: npt.ArrayLike | None = None,
    prompted: float = 2,
    drift: float = 0.25,
    confidence: float = 0.95,
) -> tuple[Effect, ...]:
    """Effect of each of several actions on one series, the rest being its `others`.

    Parameters and errors are those of `effect`; the results come in the order of `actions`.
    """
    return tuple(
        effect(
            positives,
            answers,
            action,
            weeks=weeks,
            others=[*actions[:place], *actions[place + 1 :]],
            prompted=prompted,
            drift=drift,
            confidence=confidence,
        )
        for place, action in enumerate(actions)
    )


def _measured(case: Interruption, model: Model | None, confidence: float) -> Effect:
    weeks, steps, answers = case.series.came_in(case.action, case.until)
    positives = float(case.series.positives[case.since].sum())
    fit = None if model is None else model.fit
    moved = model if model is not None and model.changes else None
    expected, change, low, high = moved.change(case, confidence) if moved else (np.nan,) * 4
    return Effect(
        state=_state(case, low, high),
        change=change,
        low=low,
        high=high,
        observed=positives / answers if answers else np.nan,
        expected=expected,
        log_odds_ratio=float(moved.fit.coefficients[1]) if moved else np.nan,
        standard_error=float(np.sqrt(moved.fit.covariance[1, 1])) if moved else np.nan,
        weeks_since=weeks,
        steps_since=steps,
        answers_since=answers,
        dispersion=fit.dispersion if fit else np.nan,
        autocorrelation=fit.autocorrelation if fit else np.nan,
        season=fit is not None and case.seasons,
        corrected=fit is not None and fit.corrected,
        overlaps=case.overlaps,
        points=_points(case, model, confidence),
    )


def _state(case: Interruption, low: float, high: float) -> str:
    if not case.history:
        return "no_history"
    if not case.series.enough(case.action, case.until) or not high - low <= 2 * WIDEST:
        return "too_early"
    return "better" if low > 0 else "worse" if high < 0 else "no_clear_change"


def _points(case: Interruption, model: Model | None, confidence: float) -> pd.DataFrame:
    nothing = np.full(case.used.shape, np.nan)
    expected, lower, upper = model.expected(confidence) if model else (nothing, nothing, nothing)
    return pd.DataFrame(
        {
            "observed": case.series.observed(),
            "answers": case.series.answers,
            "expected": expected,
            "lower": lower,
            "upper": upper,
            "used": case.used,
            "since": case.since,
        }
    )


def _within(length: int, name: str, position: int) -> None:
    if isinstance(position, bool) or not isinstance(position, (int, np.integer)):
        raise ValueError(f"{name} is a whole position; this is {position!r}")
    if not 0 <= position <= length:
        raise ValueError(f"{name} lies in 0 to {length}; this is {position}")


def _limits(prompted: float, drift: float, confidence: float) -> None:
    if not 0 <= prompted < np.inf:
        raise ValueError(f"prompted is a number of weeks from 0; this is {prompted!r}")
    if not drift >= 0:
        raise ValueError(f"a drift is a standard deviation, 0 or more; this is {drift!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence!r}")
