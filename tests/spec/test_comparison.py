"""Intervals of proportions against published worked figures and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from analysis.comparison import newcombe, wilson

counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_wilson_agrees_with_scipy(count):
    theirs = binomtest(*count).proportion_ci(method="wilson")
    assert np.array(wilson(*count)) == pytest.approx([theirs.low, theirs.high], abs=1e-12)


# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10; given as p1 − p2.
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_newcombe_gives_his_published_figures(first, second, low, high):
    assert np.array(newcombe(second, first)) == pytest.approx([low, high], abs=5e-5)


def test_no_answers_have_no_interval():
    assert np.isnan(wilson(0, 0)).all()


def test_more_favourable_than_eligible_answers_are_refused():
    with pytest.raises(ValueError, match="position 1: 5 favourable of 4"):
        wilson([1, 5], [4, 4])
