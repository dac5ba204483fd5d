"""The effect of an action against statsmodels, scipy and a published series; its states; odd input."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from analysis.effect import effect, effects
from analysis.interrupted import YEAR

# Acute coronary events and the standardised population of Sicily, months from January 2002 on; smoking was
# banned in January 2005. Lopez Bernal, Cummins & Gasparrini (2017), Int. J. Epidemiology 46, 348-355: data.
EVENTS = """
    728 659 791 734 757 726 760 740 720 814 795 858 887 766 851 769 781 756 766 752 765 831 879 928 914
    808 937 840 916 828 845 818 860 839 887 886 831 796 833 820 877 758 767 738 781 843 850 908 1021 859
    976 888 962 838 810 876 843 936 912"""
POPULATION = """
    379875.3 376495.5 377040.8 377116.4 377383.4 374113.1 379513.3 376295.5 374653.2 378485.6 375955.5
    378349.7 376762.4 379032.3 379360.4 376162.0 377972.4 381830.7 379888.6 380872.2 380966.9 381240.4
    382104.9 381802.7 381656.3 383680.0 383504.2 386462.9 383783.1 380836.8 383483.0 380906.2 382926.8
    384052.4 384449.6 383428.4 388153.2 388373.2 386470.1 386033.2 383686.4 385509.3 385901.9 386516.6
    388436.5 383255.2 390148.7 385874.9 391613.6 391750.4 394005.6 391364.9 391664.6 389022.3 391878.5
    388575.3 392989.0 390018.8 390712.3"""
SICILY = np.array([EVENTS.split(), POPULATION.split()], dtype=np.float64)
BAN = 36
FREE = {"prompted": 0, "drift": np.inf}  # the plain model: a free trend, and no step left out


def weekly(before=26, after=13, *, rise=0.0, level=0.8, answers=100, seed=1):
    """Counts of a steady level that rises with the action."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(answers, before + after)
    return rng.binomial(n, np.where(np.arange(n.size) < before, level, level + rise)), n


def columns(length, action):
    steps = np.arange(length)
    return np.column_stack([np.ones(length), steps >= action, steps - action]).astype(np.float64)


def quasi_binomial(y, n, design):
    # As proportions with weights: from pairs of counts, statsmodels' X2 leaves the number of answers out.
    return sm.GLM(y / n, design, family=sm.families.Binomial(), var_weights=n).fit(scale="X2")


# -- Against other implementations -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_with_a_free_trend_it_is_the_quasi_binomial_model_of_statsmodels(seed):
    y, n = weekly(rise=0.05, seed=seed)
    ours, theirs = effect(y, n, 26, **FREE), quasi_binomial(y, n, columns(39, 26))
    wider = max(1 / theirs.scale, (1 + ours.autocorrelation) / (1 - ours.autocorrelation))
    assert ours.log_odds_ratio == pytest.approx(theirs.params[1], abs=1e-6)
    assert ours.dispersion == pytest.approx(max(1, theirs.scale), abs=1e-6)
    assert ours.standard_error == pytest.approx(theirs.bse[1] * np.sqrt(wider), abs=1e-6)


def test_the_change_is_the_mean_difference_that_statsmodels_predicts():
    y, n = weekly(rise=0.05)
    ours, design = effect(y, n, 26, **FREE), columns(39, 26)
    fitted = quasi_binomial(y, n, design)
    without = fitted.predict(design * [1, 0, 1])
    np.testing.assert_allclose(ours.points["expected"], without, atol=1e-6)
    after = slice(26, None)
    change = np.average(fitted.predict(design)[after] - without[after], weights=n[after])
    assert ours.change == pytest.approx(change, abs=1e-6)
    assert ours.change == pytest.approx(ours.observed - ours.expected, abs=1e-9)


def test_the_smoking_ban_of_sicily_gives_the_model_of_the_tutorial():
    # Its first model is Poisson with the population as offset; events this rare make that a logistic one.
    events, population = SICILY
    ours = effect(events, population, BAN, **FREE)
    theirs = sm.GLM(events, columns(59, BAN), family=sm.families.Poisson(), offset=np.log(population)).fit(
        scale="X2"
    )
    assert np.exp(theirs.params[1]) == pytest.approx(0.894, abs=5e-4)
    assert np.exp(ours.log_odds_ratio) == pytest.approx(0.894, abs=5e-4)
    assert ours.dispersion == pytest.approx(theirs.scale, abs=0.01)  # 3.56: far from independent


def test_a_season_is_fitted_when_two_years_lie_before():
    events, population = SICILY
    month = YEAR / 12
    ours = effect(events, population, BAN, weeks=month, **FREE)
    turn = 2 * np.pi * np.arange(59) / 12
    design = np.column_stack([columns(59, BAN), np.sin(turn), np.cos(turn)])
    theirs = quasi_binomial(events, population, design)
    assert ours.season
    assert ours.log_odds_ratio == pytest.approx(theirs.params[1], abs=1e-6)
    assert not effect(events, population, 23, weeks=month, **FREE).season


def test_the_trend_is_drawn_towards_none_by_its_prior():
    y, n = weekly(rise=0.05, seed=3)
    ours = effect(y, n, 26, prompted=0)
    design = columns(39, 26) / [1, 1, YEAR]
    fitted = expit(logit(ours.points["expected"]) + ours.log_odds_ratio * ours.points["since"]).to_numpy()
    dispersion = np.sum((y - n * fitted) ** 2 / (n * fitted * (1 - fitted))) / (39 - 3)
    scale = max(1, dispersion * (1 + ours.autocorrelation) / (1 - ours.autocorrelation))

    def cost(beta):
        rise = design @ beta
        return -(y @ log_expit(rise) + (n - y) @ log_expit(-rise)) / scale + (beta[2] / 0.25) ** 2 / 2

    best = minimize(cost, np.zeros(3), method="BFGS", options={"gtol": 1e-7}).x
    assert ours.log_odds_ratio == pytest.approx(best[1], abs=1e-5)
    np.testing.assert_allclose(ours.points["expected"], expit(design * [1, 0, 1] @ best), atol=1e-5)


# -- States ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rise", "state"), [(0.12, "better"), (-0.12, "worse"), (0.0, "no_clear_change")])
def test_the_state_says_on_which_side_of_none_the_interval_lies(rise, state):
    assert effect(*weekly(52, 26, rise=rise, answers=200), 52).state == state


@pytest.mark.parametrize("after", [0, 1, 7])
def test_under_eight_weeks_it_is_too_early_whatever_has_happened(after):
    y, n = weekly(52, after, rise=0.19, answers=2000)
    assert effect(y, n, 52).state == "too_early"


def test_under_three_steps_it_is_too_early():
    y, n = weekly(20, 3, rise=0.15, answers=2000)
    assert effect(y[:22], n[:22], 20, weeks=4).state == "too_early"
    assert effect(y, n, 20, weeks=4).state == "better"


def test_under_a_hundred_answers_it_is_too_early():
    y, n = weekly(52, 9, level=0.99, answers=2000)
    n[52:] = y[52:] = 11
    assert effect(y, n, 52).state == "too_early"
    n[52:] = y[52:] = 12
    assert effect(y, n, 52).state == "no_clear_change"


def test_empty_steps_since_are_not_weeks_that_have_come_in():
    y, n = weekly(52, 13, rise=0.15, answers=1000)
    y[57:], n[57:] = 0, 0
    found = effect(y, n, 52)
    assert (found.state, found.weeks_since, found.steps_since) == ("too_early", 5, 5)


def test_a_wide_interval_is_too_early():
    found = effect(*weekly(26, 10, rise=0.1, answers=20), 26)
    assert found.high - found.low > 0.1
    assert found.state == "too_early"


@pytest.mark.parametrize("action", [0, 1, 2, 4])
def test_without_three_steps_before_it_there_is_no_history(action):
    found = effect(*weekly(), action)
    assert found.state == "no_history"
    assert np.isnan([found.change, found.low, found.high]).all()
    assert found.points["expected"].isna().all()


def test_an_action_of_tomorrow_has_an_expected_course_and_no_change():
    found = effect(*weekly(), 39)
    assert found.state == "too_early"
    assert np.isnan(found.change)
    assert found.points["expected"].between(0.7, 0.9).all()


# -- What it is held against -----------------------------------------------------------------------------


def test_the_weeks_that_prompted_it_are_left_out():
    y, n = weekly()
    bad = np.where(np.isin(np.arange(39), [24, 25]), 0, y)
    assert effect(bad, n, 26).change == effect(y, n, 26).change
    assert effect(bad, n, 26, prompted=0).change > effect(y, n, 26, prompted=0).change + 0.01
    assert effect(bad, n, 26, prompted=1).change > effect(y, n, 26).change + 0.005


@pytest.mark.parametrize(("weeks", "left_out"), [(1, 2), (2, 1), (4, 1), (12, 1)])
def test_the_last_step_before_it_is_left_out_however_long(weeks, left_out):
    used = effect(*weekly(), 26, weeks=weeks).points["used"]
    assert np.flatnonzero(~used).tolist() == list(range(26 - left_out, 26))


def test_a_slow_drift_is_no_effect_of_the_action():
    n = np.full(65, 300)
    drifting = np.round(n * (0.8 + 0.06 / 52 * (np.arange(65) - 52)))
    assert effect(drifting, n, 52).state == "no_clear_change"
    assert effect(drifting, n, 52, drift=0).state == "better"


def test_steps_of_different_lengths_lie_where_they_lie_in_time():
    y, n = weekly(40, 12, rise=0.06)
    merged = [np.concatenate([one[:16].reshape(-1, 4).sum(axis=1), one[16:]]) for one in (y, n)]
    weeks = [4] * 4 + [1] * 36
    whole, part = effect(y, n, 40, drift=np.inf), effect(*merged, 28, weeks=weeks, drift=np.inf)
    assert part.change == pytest.approx(whole.change, abs=0.002)
    assert part.weeks_since == whole.weeks_since == 12


# -- Several actions -------------------------------------------------------------------------------------


def test_two_actions_far_apart_are_each_measured_beside_the_other():
    steps = np.arange(90)
    n = np.full(90, 400)
    y = np.round(n * np.select([steps < 30, steps < 60], [0.8, 0.9], 0.8))
    first, second = effects(y, n, [30, 60])
    assert (first.state, second.state) == ("better", "worse")
    assert (first.change, second.change) == (pytest.approx(0.1, abs=0.02), pytest.approx(-0.1, abs=0.02))
    assert first.overlaps == second.overlaps == ()
    assert effect(y, n, 30).state == "too_early"  # alone: the other's fall is scatter to it


def test_actions_close_together_say_so_and_are_measured_together():
    steps = np.arange(60)
    n = np.full(60, 400)
    y = np.round(n * np.select([steps < 30, steps < 33], [0.8, 0.84], 0.9))
    first, second = effects(y, n, [30, 33])
    assert (first.overlaps, second.overlaps) == ((33,), (30,))
    assert not second.points["used"][28:33].any()
    assert second.change == pytest.approx(0.1, abs=0.02)  # of both: the level before either


def test_two_actions_of_one_week_overlap():
    assert [one.overlaps for one in effects(*weekly(), [26, 26])] == [(26,), (26,)]


# -- Odd input -------------------------------------------------------------------------------------------


def test_no_discontent_at_all_is_no_change_with_an_interval():
    n = np.full(40, 50)
    found = effect(n, n, 25)
    assert found.corrected
    assert found.state == "no_clear_change"
    assert -0.05 < found.low < 0 < found.high < 0.05


@pytest.mark.parametrize(("sign", "state"), [(1, "better"), (-1, "worse")])
def test_a_level_that_all_agree_on_has_an_interval_too(sign, state):
    y, n = weekly(level=0.5)
    y[26:] = n[26:] if sign > 0 else 0
    found = effect(y, n, 26)
    assert found.corrected
    assert found.state == state
    assert 0.4 < sign * found.change < 0.6
    assert -1 < found.low < found.high < 1


def test_a_single_unhappy_answer_needs_no_correction():
    n = np.full(40, 50)
    found = effect(n - (np.arange(40) == 3) - (np.arange(40) == 30), n, 25)
    assert not found.corrected
    assert found.state == "no_clear_change"


@pytest.mark.parametrize("length", [0, 1, 3, 9])
def test_no_answers_are_no_history(length):
    assert effect([0] * length, [0] * length, length // 2).state == "no_history"


def test_missing_counts_are_empty_steps():
    y, n = (one.astype(np.float64) for one in weekly())
    y[[3, 30]] = np.nan
    empty = np.isin(np.arange(39), [3, 30])
    found, same = effect(y, n, 26), effect(np.where(empty, 0, y), np.where(empty, 0, n), 26)
    assert found.change == same.change
    assert found.points["observed"].isna().tolist() == empty.tolist()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"action": 40}, "an action lies in 0 to 39; this is 40"),
        ({"action": -1}, "this is -1"),
        ({"action": 2.5}, "whole position; this is 2.5"),
        ({"action": True}, "whole position; this is True"),
        ({"others": [41]}, "another action lies in 0 to 39; this is 41"),
        ({"weeks": 0}, "one lasts 0"),
        ({"weeks": [1, np.nan] + [1] * 37}, "one lasts nan"),
        ({"weeks": [1, 2]}, r"weeks of the shape \(2,\) do not go with 39 steps"),
        ({"prompted": -1}, "weeks from 0; this is -1"),
        ({"drift": -0.1}, "0 or more; this is -0.1"),
        ({"confidence": 1}, "between 0 and 1, not 1"),
        ({"positives": np.full(39, 1000)}, "numerator 1000 is above its denominator"),
        ({"answers": np.full(38, 1000)}, "39 numerators do not go with 38 denominators"),
    ],
)
def test_what_cannot_be_is_refused_by_its_value(given, says):
    y, n = weekly()
    with pytest.raises(ValueError, match=says):
        effect(given.pop("positives", y), given.pop("answers", n), given.pop("action", 26), **given)
