"""Laws of the effect of an action, and of the same season: mirrored, bounded, and no input upsets them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.effect import effect, effects
from analysis.season import same_season

STATES = {"too_early", "no_history", "better", "worse", "no_clear_change"}
MIRRORED = {"better": "worse", "worse": "better"}
modest = settings(deadline=None, max_examples=30)
step = st.one_of(
    st.just((0, 0)),
    st.integers(1, 400).map(lambda n: (n, n)),
    st.integers(1, 400).map(lambda n: (0, n)),
    st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
shapes = st.tuples(st.integers(0, 4), st.integers(0, 70))
batches = shapes.flatmap(
    lambda shape: st.tuples(*[arrays(np.int64, shape, elements=st.integers(0, 400))] * 2)
)
lengths = st.sampled_from([1, 2, 4, 6, 12])


@st.composite
def series(draw, least=0):
    """Positives, answers and an action among them."""
    steps = draw(st.lists(step, min_size=least, max_size=40))
    y, n = np.array(steps, dtype=np.int64).reshape(-1, 2).T
    return y, n, draw(st.integers(0, y.size))


def interval(found):
    return np.array([found.change, found.low, found.high])


@modest
@given(series(), lengths, st.sampled_from([0, 0.25, np.inf]), st.data())
def test_no_counts_upset_it(given_series, weeks, drift, data):
    y, n, action = given_series
    others = data.draw(st.lists(st.integers(0, y.size), max_size=3))
    found = effect(y, n, action, weeks=weeks, others=others, drift=drift)
    assert found.state in STATES
    if not np.isnan(found.low):
        assert -1 <= found.low <= found.change <= found.high <= 1
    lines = found.points[["lower", "expected", "upper"]].dropna()
    assert ((lines["lower"] <= lines["expected"]) & (lines["expected"] <= lines["upper"])).all()


@modest
@given(series(least=12))
def test_discontent_has_the_mirrored_effect(given_series):
    y, n, action = given_series
    one, other = effect(y, n, action), effect(n - y, n, action)
    np.testing.assert_allclose(interval(one), -interval(other)[[0, 2, 1]], atol=1e-6)


@modest
@given(series(least=12))
def test_an_empty_step_at_the_end_changes_nothing(given_series):
    y, n, action = given_series
    longer = effect(np.append(y, 0), np.append(n, 0), action)
    np.testing.assert_array_equal(interval(longer), interval(effect(y, n, action)))


@modest
@given(series(least=12))
def test_more_confidence_is_a_wider_interval(given_series):
    y, n, action = given_series
    likely, sure = (effect(y, n, action, confidence=level) for level in (0.8, 0.99))
    if not np.isnan(likely.low):
        assert sure.low <= likely.low <= likely.high <= sure.high


@modest
@given(series(least=12), st.data())
def test_a_batch_is_its_actions_one_by_one(given_series, data):
    y, n, _ = given_series
    actions = data.draw(st.lists(st.integers(0, y.size), min_size=1, max_size=4))
    for place, found in enumerate(effects(y, n, actions)):
        others = actions[:place] + actions[place + 1 :]
        alone = effect(y, n, actions[place], others=others)
        np.testing.assert_array_equal(interval(found), interval(alone))
        assert set(found.overlaps) <= set(others)


@modest
@given(batches, lengths)
def test_seasons_of_many_series_are_those_of_each(batch, weeks):
    n, missed = batch
    y = n - np.minimum(n, missed)
    found = same_season(y, n, weeks=weeks).series
    assert len(found) == len(n)
    inside = found.dropna()
    assert ((inside["low"] <= inside["change"] + 1e-12) & (inside["change"] <= inside["high"] + 1e-12)).all()
    for row in range(len(n)):
        alone = same_season(y[row : row + 1], n[row : row + 1], weeks=weeks).series
        assert alone.iloc[0].equals(found.iloc[row])
