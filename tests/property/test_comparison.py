"""Laws of comparisons: agreement with scipy, order, empty rows, mirrors, widening; no counts upset them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import brunnermunzel, chi2_contingency, false_discovery_control, fisher_exact, mannwhitneyu

from analysis.comparison import (
    benjamini_hochberg,
    compare_groups,
    compare_ordered,
    compare_periods,
    gap,
    newcombe,
    wilson,
)
from analysis.ordered import placements
from analysis.weighting import standardised

modest = settings(deadline=None, max_examples=60)
count = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
odd = count | st.just((np.nan, 5)) | st.just((3, np.nan))
rows = st.lists(st.tuples(odd, odd), max_size=15).map(
    lambda pairs: np.array(pairs, dtype=float).reshape(-1, 2, 2).transpose(1, 2, 0)
)
sizes = st.tuples(st.integers(1, 6), st.integers(1, 5))
tables = sizes.flatmap(
    lambda shape: st.lists(odd, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]).map(
        lambda pairs: np.array(pairs, dtype=float).T.reshape(2, *shape)
    )
)
ordered = st.integers(2, 6).flatmap(
    lambda k: st.lists(
        st.tuples(*[st.lists(st.integers(0, 40), min_size=k, max_size=k)] * 2), min_size=1, max_size=6
    ).map(lambda pairs: np.array(pairs, dtype=float).transpose(1, 0, 2))
)
factors = st.sampled_from([1.0, 1.3, 4.0])
noises = st.sampled_from([0.0, 8.0])
COLUMNS = ["reference", "value", "difference", "low", "high", "p", "exact"]


@modest
@given(count, count)
def test_p_is_fisher_s_or_pearson_s_by_scipy(before, after):
    row = compare_periods(before, after).rows.iloc[0]
    table = np.array([[y, n - y] for y, n in (before, after)])
    if 0 in (before[1], after[1]):
        assert np.isnan(row["p"])
    elif row["exact"]:
        assert row["p"] == pytest.approx(fisher_exact(table).pvalue, rel=1e-6)
    else:
        assert row["p"] == pytest.approx(
            chi2_contingency(table, correction=False).pvalue, rel=1e-8, abs=1e-300
        )


@modest
@given(ordered)
def test_ordered_answers_have_scipy_s_p_and_variance(pairs):
    found = compare_ordered(*pairs).rows
    superiority, variance = placements(*pairs)
    scale = np.arange(pairs.shape[2])
    for at, (x, y) in enumerate(pairs.transpose(1, 0, 2).astype(int)):
        if x.sum() == 0 or y.sum() == 0:
            assert found.iloc[at].isna().all()
            continue
        before, after = np.repeat(scale, x), np.repeat(scale, y)
        if np.unique([*before, *after]).size > 1:
            theirs = mannwhitneyu(after, before, method="asymptotic")
            assert found["p"][at] == pytest.approx(theirs.pvalue, rel=1e-8, abs=1e-300)
        if variance[at] > 1e-12:
            theirs = brunnermunzel(before, after, distribution="normal")
            z = (superiority[at] - 0.5) / np.sqrt(variance[at])
            assert z == pytest.approx(theirs.statistic, rel=1e-8, abs=1e-8)


@modest
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_is_scipy_s_and_keeps_the_order_of_p(p):
    q = benjamini_hochberg(p)
    np.testing.assert_allclose(q, false_discovery_control(p), rtol=1e-12)
    assert (q >= np.array(p) - 1e-15).all()
    assert (np.diff(q[np.argsort(p)]) >= 0).all()


@modest
@given(rows, factors)
def test_a_batch_is_its_rows_one_by_one_and_none_upsets_it(pairs, dispersion):
    found = compare_periods(*pairs, dispersion=dispersion).rows
    assert len(found) == pairs.shape[2]
    for at in range(len(found)):
        alone = compare_periods(pairs[0][:, at], pairs[1][:, at], dispersion=dispersion).rows
        pd.testing.assert_series_equal(
            found.iloc[at][COLUMNS], alone.iloc[0][COLUMNS], check_names=False, rtol=1e-12
        )


@modest
@given(rows, factors)
def test_exchanged_periods_have_the_mirrored_difference(pairs, dispersion):
    ours, theirs = (compare_periods(*way, dispersion=dispersion).rows for way in (pairs, pairs[::-1]))
    np.testing.assert_allclose(ours["low"], -theirs["high"], atol=1e-12)
    np.testing.assert_allclose(ours["p"], theirs["p"], rtol=1e-7)


@modest
@given(rows)
def test_intervals_hold_their_estimate_on_the_scale_and_widen_with_dispersion(pairs):
    plain, wide = (compare_periods(*pairs, dispersion=by).rows.dropna() for by in (1, 2.5))
    assert plain["low"].between(-1, plain["difference"]).all()
    assert plain["high"].between(plain["difference"], 1).all()
    assert (wide["low"] <= plain["low"]).all()
    assert (wide["high"] >= plain["high"]).all()
    assert (wide["p"] >= plain["p"] - 1e-12).all()


@modest
@given(count, st.sampled_from([0.5, 0.8, 0.95, 0.998]))
def test_wilson_moves_with_the_count_and_holds_it(pair, confidence):
    y, n = pair
    low, high = wilson(np.arange(n + 1), n, confidence=confidence)
    assert not (np.diff(low) < 0).any()
    assert not (np.diff(high) < 0).any()
    assert n == 0 or low[y] <= y / n <= high[y]


@modest
@given(tables, factors, noises)
def test_groups_in_another_order_are_compared_alike(table, dispersion, noise):
    y, n = table
    ours = compare_groups(y, n, dispersion=dispersion, noise_sd=noise).rows
    theirs = compare_groups(y[:, ::-1], n[:, ::-1], dispersion=dispersion, noise_sd=noise).rows
    mirrored = theirs.to_numpy(dtype=float).reshape(*y.shape, -1)[:, ::-1]
    np.testing.assert_allclose(ours.to_numpy(dtype=float).reshape(*y.shape, -1), mirrored, rtol=1e-7)


@modest
@given(tables, factors, noises)
def test_a_gap_is_the_same_in_any_order_and_with_an_empty_group(table, dispersion, noise):
    y, n = table
    options = {"dispersion": dispersion, "noise_sd": noise}
    ours = gap(y, n, **options).rows.drop(columns=["highest", "lowest"])
    for other in (np.roll(table, 1, axis=2), np.pad(table, [(0, 0), (0, 0), (0, 1)])):
        theirs = gap(*other, **options).rows.drop(columns=["highest", "lowest"])
        pd.testing.assert_frame_equal(ours, theirs, rtol=1e-7, atol=1e-9)
    told = ours.dropna()
    assert (told["low"] <= told["gap"] + 1e-12).all()
    assert (told["gap"] <= told["high"] + 1e-12).all()
    assert told["p"].between(0, 1).all()


def test_of_groups_that_share_an_end_the_largest_is_taken_in_any_order():
    y, n = np.array([[1.0, 50, 9]]), np.array([[2.0, 100, 10]])
    ours, turned = gap(y, n).rows, gap(y[:, ::-1], n[:, ::-1]).rows
    assert (ours["lowest"][0], turned["lowest"][0]) == (1, 1)
    assert ours["low"][0] == turned["low"][0]


@modest
@given(tables)
def test_noise_and_dispersion_only_widen_a_gap_and_weaken_its_test(table):
    plain = gap(*table).rows.dropna()
    for options in ({"noise_sd": 8}, {"dispersion": 2}):
        other = gap(*table, **options).rows.dropna()
        assert (other["low"] <= plain["low"] + 1e-12).all()
        assert (other["high"] >= plain["high"] - 1e-12).all()
        assert (other["p"] >= plain["p"] - 1e-12).all()


@modest
@given(tables, st.data(), factors, noises)
def test_a_standardised_rate_lies_among_its_groups_in_any_order(table, data, dispersion, noise):
    y, n = table
    people = np.array(data.draw(st.lists(st.floats(0, 1e6), min_size=y.shape[1], max_size=y.shape[1])))
    if not people.sum() > 0:
        return
    options = {"dispersion": dispersion, "noise_sd": noise, "least_coverage": 0.5}
    found, other = (
        standardised(y[:, way], n[:, way], people[way], **options)
        for way in (slice(None), slice(None, None, -1))
    )
    pd.testing.assert_frame_equal(found.rows, other.rows, rtol=1e-9)
    with np.errstate(all="ignore"):
        shares = np.where(found.used, y / n, np.nan)
    for row, own in zip(
        found.rows[~found.rows["refused"]].itertuples(), shares[~found.rows["refused"]], strict=True
    ):
        assert np.nanmin(own) - 1e-9 <= row.rate <= np.nanmax(own) + 1e-9
        assert -1e-9 <= row.low <= row.rate <= row.high <= 1 + 1e-9
        assert row.effective_n <= row.n * (1 + 1e-9)


@modest
@given(count, count)
def test_newcombe_of_equal_counts_is_around_nothing(pair, other):
    low, high = newcombe(pair, pair)
    assert pair[1] == 0 or low == pytest.approx(-high, abs=1e-12)
    low, high = newcombe(pair, other)
    assert 0 in (pair[1], other[1]) or -1 <= low <= high <= 1
