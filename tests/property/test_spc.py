"""Laws of the control charts: batches, order, missing points, Anhøj's limits, and no input upsets them."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.stats import binom

from analysis.runs import crossings_min, longest_run_max
from analysis.spc import chart_of, p_chart, xmr, xmr_many

values = st.one_of(
    st.integers(0, 5).map(float), st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), st.just(np.nan)
)
batches = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24), elements=values)
modest = settings(deadline=None, max_examples=50)
improvements = st.sampled_from(["increase", "decrease", "neutral"])
fixes = st.none() | st.integers(12, 20)
options = st.fixed_dictionaries(
    {
        "improvement": improvements,
        "fix_after": fixes,
        "screen": st.booleans(),
        "target": st.none() | st.integers(0, 5),
    }
)
counts = st.lists(
    st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=40
).map(lambda pairs: np.array(pairs, dtype=np.int64).reshape(-1, 2).T)


@st.composite
def rebased(draw, batch=batches):
    """A batch of series and positions that rebase it."""
    drawn = draw(batch)
    return drawn, sorted(draw(st.sets(st.integers(0, drawn.shape[1] - 1), max_size=3)))


@modest
@given(rebased(), options)
def test_a_batch_is_its_series_one_by_one(batch, options):
    series, rebase = batch
    for ours, row in zip(xmr_many(series, rebase=rebase, **options), series, strict=True):
        theirs = xmr(row, rebase=rebase, **options)
        pd.testing.assert_frame_equal(ours.points, theirs.points, check_exact=True)
        assert (ours.variation, ours.assurance) == (theirs.variation, theirs.assurance)


@modest
@given(batches, st.randoms(use_true_random=False))
def test_the_order_of_the_series_is_irrelevant(series, random):
    order = random.sample(range(len(series)), len(series))
    before, after = xmr_many(series), xmr_many(series[order])
    for name, column in before.points.items():
        np.testing.assert_array_equal(column[order], after.points[name], err_msg=name)


@modest
@given(batches, st.integers(1, 5))
def test_missing_points_at_the_end_change_no_point_before_them(series, number):
    row = series[0]
    longer = xmr(np.append(row, [np.nan] * number))
    pd.testing.assert_frame_equal(longer.points[: row.size], xmr(row).points)
    assert longer.variation == "common_cause"


@modest
@given(batches)
def test_a_mirrored_series_has_mirrored_rules(series):
    ours, theirs = xmr(series[0]).points, xmr(-series[0], improvement="decrease").points
    assert ours["point_type"].tolist() == theirs["point_type"].tolist()


@modest
@given(rebased())
def test_limits_enclose_the_near_limits_and_those_the_mean(batch):
    points = xmr_many(batch[0], rebase=batch[1]).points
    for low, high in [("lower", "near_lower"), ("near_lower", "mean"), ("mean", "near_upper")]:
        assert not (points[low] > points[high]).any()
    assert not (points["outside"] & points["near"]).any()
    assert (points["special_cause"] == (points["rule"] != "")).all()


@modest
@given(counts, st.data())
def test_empty_weeks_anywhere_change_no_point_of_the_product_s_chart(pairs, data):
    places = data.draw(st.lists(st.integers(0, pairs.shape[1]), max_size=5))
    wider = np.insert(pairs, places, 0, axis=1)
    ours, theirs = chart_of(*pairs), chart_of(*wider)
    told = (theirs.points["value"].notna(), ours.points["value"].notna())
    pd.testing.assert_frame_equal(
        theirs.points[told[0]].reset_index(drop=True), ours.points[told[1]].reset_index(drop=True)
    )
    assert (ours.variation, ours.fallback) == (theirs.variation, theirs.fallback)


@modest
@given(counts, improvements, fixes, st.data())
def test_the_product_s_chart_keeps_its_rows_and_never_fails(pairs, improvement, fix_after, data):
    rebase = sorted(data.draw(st.sets(st.integers(0, pairs.shape[1] - 1), max_size=3))) if pairs.size else ()
    target = data.draw(st.none() | st.floats(0, 1))
    chart = chart_of(*pairs, improvement=improvement, target=target, rebase=rebase, fix_after=fix_after)
    assert chart.points.index.tolist() == list(range(pairs.shape[1]))
    assert chart.points["value"].isna().tolist() == (pairs[1] == 0).tolist()
    assert not chart.points.loc[pairs[1] == 0, "special_cause"].any()


@modest
@given(counts, st.none() | st.integers(1, 20), st.booleans(), st.data())
def test_p_limits_lie_around_the_centre_in_the_unit_interval(pairs, freeze, screen, data):
    rebase = sorted(data.draw(st.sets(st.integers(0, pairs.shape[1] - 1), max_size=3))) if pairs.size else ()
    prime, plain = (
        p_chart(*pairs, laney=laney, freeze=freeze, rebase=rebase, screen=screen) for laney in (True, False)
    )
    assert not (prime.points["lower"] > plain.points["lower"]).any()
    assert not (prime.points["upper"] < plain.points["upper"]).any()
    assert prime.points[["lower", "centre", "upper"]].stack().dropna().between(0, 1).all()


@modest
@given(st.integers(1, 3000))
def test_the_limits_of_runs_are_those_of_the_binomial(useful):
    least = crossings_min(useful)
    assert binom.cdf(least, useful - 1, 0.5) >= 0.05 - 1e-12
    assert least == 0 or binom.cdf(least - 1, useful - 1, 0.5) < 0.05
    assert abs(longest_run_max(useful) - 3 - np.log2(useful)) <= 0.5


@modest
@given(arrays(np.float64, st.integers(0, 30), elements=st.floats(width=64, allow_infinity=False)))
def test_no_finite_series_raises_or_warns(series):
    assert len(xmr(series, target=0.0).points) == series.size


def test_sums_beyond_what_floats_hold_neither_raise_nor_warn():
    assert not xmr([-1.7e308, 1.7e308, -1.7e308] * 9).points["rule"].isna().any()
