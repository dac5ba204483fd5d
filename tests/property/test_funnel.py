"""Laws of funnels and expected ranges: order, empty units, widening, and no counts upset them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison import expected_range, funnel, standardised_funnel

modest = settings(deadline=None, max_examples=60)
units = st.lists(
    st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=30
).map(lambda pairs: np.array(pairs, dtype=float).reshape(-1, 2).T)
ratios = st.lists(st.tuples(st.integers(0, 300), st.floats(0.01, 300)), max_size=30).map(
    lambda pairs: np.array(pairs, dtype=float).reshape(-1, 2).T
)
trims = st.sampled_from([0, 0.1, 0.25])


@modest
@given(units, trims, st.randoms(use_true_random=False))
def test_the_order_of_units_is_irrelevant(pairs, trim, random):
    order = random.sample(range(pairs.shape[1]), pairs.shape[1])
    one, other = funnel(*pairs, trim=trim), funnel(*pairs[:, order], trim=trim)
    assert (other.phi, other.tau2) == pytest.approx((one.phi, one.tau2), nan_ok=True, rel=1e-9, abs=1e-15)
    pd.testing.assert_frame_equal(other.units, one.units.iloc[order].reset_index(drop=True), rtol=1e-9)


@modest
@given(units, st.sampled_from([0.0, np.nan]), st.data())
def test_a_unit_without_answers_changes_no_other(pairs, nothing, data):
    place = data.draw(st.integers(0, pairs.shape[1]))
    one, other = funnel(*pairs), funnel(*np.insert(pairs, place, nothing, axis=1))
    assert other.units.drop(columns="outlier").iloc[place].isna().all()
    left = other.units.drop(index=place).reset_index(drop=True)
    pd.testing.assert_frame_equal(left, one.units, check_exact=True)


@modest
@given(ratios, st.data())
def test_a_unit_expected_nothing_changes_no_other(pairs, data):
    place = data.draw(st.integers(0, pairs.shape[1]))
    one, other = standardised_funnel(*pairs), standardised_funnel(*np.insert(pairs, place, 0, axis=1))
    left = other.units.drop(index=place).reset_index(drop=True)
    pd.testing.assert_frame_equal(left, one.units, check_exact=True)


@modest
@given(units, trims)
def test_limits_lie_on_the_scale_around_the_target_and_wider_when_widened(pairs, trim):
    plain, wide = (funnel(*pairs, trim=trim, overdispersion=over) for over in (False, True))
    inner = funnel(*pairs, trim=trim, limits="95")
    told = pairs[1] > 0
    for low, high in ((wide, plain), (wide, inner)):
        assert not (low.units["lower"][told] > high.units["lower"][told] + 1e-12).any()
        assert not (low.units["upper"][told] < high.units["upper"][told] - 1e-12).any()
    ends = wide.units.loc[told, ["lower", "upper"]]
    assert ends.stack().between(0, 1).all()
    assert (ends["lower"] <= wide.target + 1e-12).all()
    assert (ends["upper"] >= wide.target - 1e-12).all()


@modest
@given(units, st.lists(st.floats(0, 1e6), max_size=10))
def test_the_curve_narrows_with_size_and_goes_through_the_units(pairs, sizes):
    found = funnel(*pairs)
    lower, upper = found.limits_at(pairs[1])
    np.testing.assert_array_equal(lower, found.units["lower"])
    np.testing.assert_array_equal(upper, found.units["upper"])
    lower, upper = found.limits_at(np.sort(sizes))
    assert not (np.diff(upper - lower) > 1e-12).any()


@modest
@given(ratios, trims, st.booleans(), st.sampled_from(["95", "99.8"]))
def test_standardised_limits_enclose_the_curve_s_middle(pairs, trim, overdispersion, limits):
    found = standardised_funnel(*pairs, trim=trim, overdispersion=overdispersion, limits=limits)
    assert len(found.units) == pairs.shape[1]
    assert (found.units["lower"] < 1).all()
    assert (found.units["upper"] > 1).all()
    assert found.tau2 >= 0


@modest
@given(st.lists(st.tuples(st.floats(-100, 100) | st.just(np.nan), st.floats(0.1, 10)), max_size=25), trims)
def test_bands_follow_the_ranges(pairs, trim):
    values, errors = np.array(pairs, dtype=float).reshape(-1, 2).T
    found = expected_range(values, errors, trim=trim)
    told = found.units[found.units["band"] != ""]
    assert len(told) == np.sum(~np.isnan(values))
    inside = (told["value"] >= told["lower"]) & (told["value"] <= told["upper"])
    assert ((told["band"] == "within") == inside).all()
    assert ((told["value"] > told["far_upper"]) == (told["band"] == "much_above")).all()
    assert ((told["value"] < told["far_lower"]) == (told["band"] == "much_below")).all()
