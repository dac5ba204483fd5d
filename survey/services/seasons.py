"""Seasons: the newest quarter of every series beside the same weeks a year before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.season import QUARTER, same_season
from survey.domain.calendar import Span
from survey.domain.findings import Season
from survey.services.series import Series
from survey.services.watch import is_watched

YEAR = 52  # weeks
TOO_LITTLE = ("no_history", "too_few")


def seasons(series: Sequence[Series]) -> dict[tuple[str, str, str, str], Season]:
    """By key, where both quarters hold enough answers in comparable wording and steps are short.

    A step counts in the week in which it ends, so that a quarter may reach back by less than four weeks.
    """
    comparable = [one for one in series if is_watched(one) and _reaches(one)]
    if not comparable:
        return {}
    counts = np.zeros((2, len(comparable), YEAR + QUARTER))
    for row, one in enumerate(comparable):
        end = one.atoms[-1].span.last
        for atom in one.atoms[one.reworded[-1] if one.reworded else 0 :]:
            ago = end - atom.span.last
            if atom.numerator is not None and ago < YEAR + QUARTER:
                counts[:, row, -1 - ago] = atom.numerator, atom.denominator
    found = same_season(*counts, weeks_a_year=YEAR).series
    columns = found[["now", "before", "low", "high", "answers_now"]].to_numpy(dtype=np.float64).tolist()
    return {
        one.key: _season(one, figures)
        for one, state, figures in zip(comparable, found["state"], columns, strict=True)
        if state not in TOO_LITTLE
    }


def _reaches(one: Series) -> bool:
    first = one.atoms[one.reworded[-1] if one.reworded else 0]
    return one.atoms[-1].span.last - first.span.first >= YEAR + QUARTER - 1


def _season(one: Series, figures: Sequence[float]) -> Season:
    end = one.atoms[-1].span.last
    value, was, low, high, answers = figures
    return Season(
        span=Span(end + (1 - QUARTER), end),
        before=Span(end + (1 - QUARTER - YEAR), end + -YEAR),
        value=value,
        was=was,
        low=low,
        high=high,
        answers=round(answers),
    )
