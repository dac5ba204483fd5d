"""Laws of the signals: plain loops find the same, e-values have mean 1, batches split, rebasing cuts."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import betaln, gammaln

from analysis.evidence import FALLS, RISES, Split, log_evidence
from analysis.signals import PLAIN, TUNED, own_dispersion, pooled_dispersion, scores, signals

modest = settings(deadline=None, max_examples=15)
FIELDS = ["log10_fall", "log10_rise", "dispersion", "since_fall", "since_rise"]


@st.composite
def batches(draw, most=3, longest=40):
    """Positives and answers of some series, with empty steps, levels that jump and constant ones."""
    shape = draw(st.integers(1, most)), draw(st.integers(1, longest))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    sizes = draw(st.lists(st.sampled_from([0, 1, 5, 30, 400]), min_size=1, max_size=4))
    levels = draw(st.lists(st.sampled_from([0.0, 0.5, 0.8, 0.9, 1.0]), min_size=1, max_size=3))
    answers = random.choice(sizes, shape)
    return random.binomial(answers, random.choice(levels, shape)), answers


def log_beta(a, b):
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def own(pairs):
    """Dispersion of some steps, by the formula."""
    told = [(s, n) for s, n in pairs if n]
    if len(told) < 2:
        return 1.0
    c = (sum(s for s, _ in told) + 0.5) / (sum(n for _, n in told) + 1)
    z = [(s - n * c) / math.sqrt(n * c * (1 - c)) for s, n in told]
    return sum((after - before) ** 2 for before, after in pairwise(z)) / (2 * (len(z) - 1))


def term(before, after, phi, changed):
    """The mean of the e-values of a change between the steps before and those after."""
    a = 0.5 + sum(s for s, _ in before) / phi
    b = 0.5 + sum(n - s for s, n in before) / phi
    s, f = sum(s for s, _ in after) / phi, sum(n - s for s, n in after) / phi
    same = log_beta(a + s, b + f) - log_beta(a, b)
    kappa = a + b
    each = [
        math.exp(log_beta(q * kappa + s, (1 - q) * kappa + f) - log_beta(q * kappa, (1 - q) * kappa) - same)
        for q in changed(a / kappa)
    ]
    return sum(each) / len(each)


def fallen(p):
    return [min(max(p - d, 0.01), 0.99) for d in (0.02, 0.03, 0.05, 0.08, 0.12)]


def risen(p):
    return [p + (1 - p) * h for h in (0.15, 0.3, 0.45, 0.6, 0.8)]


@modest
@given(batches(most=2, longest=66), st.sampled_from([1.0, 1.7]))
def test_plain_loops_find_the_same(batch, pooled):
    found = scores(*batch, pooled_dispersion=pooled, method=PLAIN)
    for row in range(len(batch[0])):
        steps = list(zip(*(part[row].tolist() for part in batch), strict=True))
        for t in {13, 20, len(steps)} & set(range(13, len(steps) + 1)):
            phi = max(1.0, own(steps[:t]), pooled)
            assert found.dispersion[row, t - 1] == pytest.approx(phi, rel=1e-9)
            for log10, changed in ((found.log10_fall, fallen), (found.log10_rise, risen)):
                ks = range(max(13, t - 51), t + 1)
                terms = [term(steps[: k - 1], steps[k - 1 : t], phi, changed) for k in ks]
                assert log10[row, t - 1] == pytest.approx(math.log10(sum(terms)), abs=1e-7)


@modest
@given(st.floats(0.5, 400), st.floats(0.5, 60), st.integers(0, 40))
def test_each_e_value_has_mean_1_under_its_baseline_s_predictive_distribution(a, b, answers):
    s = np.arange(answers + 1.0)[np.newaxis]  # every outcome of the next step
    ones = np.ones_like(s)
    split = Split(a * ones, b * ones, s, answers - s)
    p = a / (a + b)
    changed = [(q * ones, (1 - q) * ones) for q in np.clip([p - d for d in FALLS], 0.01, 0.99)]
    changed += [((p + (1 - p) * h) * ones, (1 - p) * (1 - h) * ones) for h in RISES]
    choose = gammaln(answers + 1) - gammaln(s + 1) - gammaln(answers - s + 1)
    likely = np.exp(choose + betaln(a + s, b + answers - s) - betaln(a, b))
    means = (likely * np.exp(log_evidence(split, changed))).sum(axis=(1, 2))
    assert means == pytest.approx(1, abs=1e-9)


@modest
@given(batches(most=6, longest=70), st.randoms(use_true_random=False))
def test_the_order_of_the_series_is_irrelevant(batch, random):
    order = random.sample(range(len(batch[0])), len(batch[0]))
    before, after = scores(*batch), scores(*(part[order] for part in batch))
    for name in FIELDS:
        assert_same(getattr(before, name)[order], getattr(after, name))


@modest
@given(batches(most=6, longest=70), st.data())
def test_a_batch_splits_if_what_is_pooled_is_given(batch, data):
    cut = data.draw(st.integers(0, len(batch[0])))
    pooled = pooled_dispersion(own_dispersion(*batch))
    whole = scores(*batch)
    parts = [
        scores(*(part[at] for part in batch), pooled_dispersion=pooled)
        for at in (slice(cut), slice(cut, None))
    ]
    for name in FIELDS:
        assert_same(getattr(whole, name), np.concatenate([getattr(part, name) for part in parts]))


@modest
@given(batches(most=4, longest=70))
def test_an_empty_series_changes_nothing(batch):
    wider = [np.insert(part, 0, 0, axis=0) for part in batch]
    before, after = scores(*batch), scores(*wider)
    for name in FIELDS:
        assert_same(getattr(before, name), getattr(after, name)[1:])


@modest
@given(batches(most=4, longest=80), st.data())
def test_a_rebased_series_is_the_series_cut_off_there(batch, data):
    length = batch[0].shape[1]
    starts = data.draw(arrays(np.int64, len(batch[0]), elements=st.integers(0, length)))
    found = scores(*batch, rebase=starts, pooled_dispersion=1.2)
    told = signals(*batch, rebase=starts, pooled_dispersion=1.2, threshold=20).series
    for row, start in enumerate(starts.tolist()):
        cut = [part[row : row + 1, start:] for part in batch]
        alone = scores(*cut, pooled_dispersion=1.2)
        for name in FIELDS:
            moved = getattr(alone, name)[0]
            moved = np.where(moved >= 0, moved + start, moved) if name.startswith("since") else moved
            assert_same(getattr(found, name)[row, start:], moved)
        theirs = signals(*cut, pooled_dispersion=1.2, threshold=20).series
        for name in ("signal", "direction", "before", "after", "low", "high"):
            assert_same(told[name][row : row + 1], theirs[name])


@modest
@given(batches(most=4, longest=70), st.integers(1, 80))
def test_the_newest_steps_alone_are_scored_as_in_the_whole_history(batch, last):
    whole, newest = scores(*batch), scores(*batch, last=last)
    for name in FIELDS:
        assert_same(getattr(whole, name)[:, -last:], getattr(newest, name)[:, -last:])
    assert np.isnan(newest.log10_fall[:, :-last]).all()
    assert (newest.since_fall[:, :-last] == -1).all()


@modest
@given(batches(most=5, longest=70), st.sampled_from([2.0, 20.0, 520.0]))
def test_odd_series_raise_nothing_and_a_signal_stays_one(batch, threshold):
    found = scores(*batch)
    told = signals(*batch, threshold=threshold).series
    bar = np.log10(threshold)
    crossed = (found.log10_fall >= bar) | (found.log10_rise >= bar + np.log10(TUNED.caution))
    assert told["signal"].tolist() == crossed.any(axis=1).tolist()
    assert (told["direction"] != "").tolist() == told["signal"].tolist()
    known = told[told["signal"] & told["after"].notna()]
    assert (batch[1][known.index, known["since"]] > 0).all()
    assert ((known["low"] < known["high"]) & known["low"].between(-1, 1) & known["high"].between(-1, 1)).all()


@modest
@given(arrays(np.int64, (2, 40), elements=st.integers(0, 10**13)))
def test_counts_of_any_size_have_finite_scores(answers):
    found = scores(answers // 3 * 2, answers)
    assert np.isfinite(found.log10_fall[:, 12:]).all()
    assert np.isfinite(found.log10_rise[:, 12:]).all()
    assert (found.dispersion >= 1).all()


def assert_same(found, wanted):
    if np.asarray(wanted).dtype.kind == "f":
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    else:
        np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted))
