"""Funnels against what FunnelPlotR 0.6.0 answers, unit by unit (cases/README.md), and by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.comparison import StandardisedFunnel, expected_range, funnel, standardised_funnel
from analysis.dispersion import untrimmed

CASES = {path.stem: path for path in sorted((Path(__file__).parent / "cases").glob("funnel_*.json"))}
WIDENED = [name for name in CASES if "_od_" in name or "_13_" in name]
SHMI = "funnel_18_sr_shmi_od_998"
LIMITS = {"95": "95", "99.8": "998"}
REACH = {"95": 1.959964, "99.8": 3.090232}
close = {"rtol": 1e-8, "atol": 1e-8}


def case(name):
    return json.loads(CASES[name].read_text(encoding="utf-8"))


def ours(name, *, limits="99.8", overdispersion=True):
    given = case(name)["input"]
    if name == SHMI:  # the package rounds what is expected to two places, as SHMI is published
        expected = case(name)["expected"]["units"]["denominator"]
        return standardised_funnel(given["numerator"], expected, limits=limits, overdispersion=overdispersion)
    return funnel(given["numerator"], given["denominator"], limits=limits, overdispersion=overdispersion)


@pytest.mark.parametrize("name", CASES)
def test_every_figure_of_every_unit_is_the_package_s(name):
    theirs, found = case(name)["expected"], ours(name)
    if name != SHMI:  # whose ratio is of what is expected before rounding
        np.testing.assert_allclose(found.units["ratio"], theirs["units"]["ratio"], **close)
    for column in ("y", "s", "z"):
        np.testing.assert_allclose(found.units[column], theirs["units"][column], **close, err_msg=column)
    assert found.target == pytest.approx(theirs["target"], rel=1e-8)
    assert (found.phi, found.tau2) == pytest.approx((theirs["phi"], theirs["tau2"]), rel=1e-8)


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize(
    ("name", "overdispersion"), [*((name, False) for name in CASES), *((name, True) for name in WIDENED)]
)
def test_limits_are_the_package_s_but_where_it_folds_them(name, overdispersion, limits):
    theirs, found = case(name)["expected"], ours(name, limits=limits, overdispersion=overdispersion)
    prefix = "od_" if overdispersion else ""
    for end, key in (("lower", f"{prefix}lcl"), ("upper", f"{prefix}ucl")):
        wanted = np.array(theirs["units"][key + LIMITS[limits]])
        angles = np.arcsin(np.sqrt(found.target)) + np.array([-1, 1])[:, np.newaxis] * spread(found)
        over = (angles[1] > np.pi / 2) if end == "upper" else (angles[0] < 0)
        if name != SHMI:
            wanted = np.where(over, float(end == "upper"), wanted)
        np.testing.assert_allclose(found.units[end], wanted, **close, err_msg=end)


def spread(found):
    return REACH[found.limits] * np.sqrt(
        found.units["s"].to_numpy() ** 2 + (found.tau2 if found.overdispersion else 0)
    )


@pytest.mark.parametrize("name", CASES)
def test_the_curve_is_the_package_s(name):
    theirs, found = case(name)["expected"]["limits_at"], ours(name, overdispersion=False)
    lower, upper = found.limits_at(theirs["denominator"])
    np.testing.assert_allclose(lower, theirs["lcl998"], **close)
    sizes = np.array(theirs["denominator"])
    over = np.arcsin(np.sqrt(found.target)) + REACH["99.8"] / (2 * np.sqrt(sizes)) > np.pi / 2
    wanted = theirs["ucl998"] if name == SHMI else np.where(over, 1.0, theirs["ucl998"])
    np.testing.assert_allclose(upper, wanted, **close)


@pytest.mark.parametrize("name", ["funnel_01_pr_od_998", SHMI])
def test_the_widened_curve_is_the_package_s(name):
    theirs, found = case(name)["expected"]["limits_at"], ours(name)
    lower, upper = found.limits_at(theirs["denominator"])
    np.testing.assert_allclose(lower, theirs["od_lcl998"], **close)
    np.testing.assert_allclose(upper, theirs["od_ucl998"], **close)


@pytest.mark.parametrize(
    ("name", "limits", "overdispersion"),
    [
        ("funnel_01_pr_od_998", "99.8", True),
        ("funnel_03_pr_unadjusted_998", "99.8", False),
        ("funnel_13_pr_all_or_none_positive", "95", True),
        (SHMI, "99.8", True),
    ],
)
def test_outliers_are_the_package_s(name, limits, overdispersion):
    found = ours(name, limits=limits, overdispersion=overdispersion).units["outlier"]
    assert found.astype(int).tolist() == case(name)["expected"]["units"]["outlier"]


def test_the_largest_unit_at_100_percent_is_no_outlier_as_the_package_has_it():
    name = "funnel_30_pr_fold_at_largest_unit"
    assert case(name)["expected"]["outliers"] == ["S01"]
    found = ours(name, overdispersion=False).units
    assert found.loc[0, ["ratio", "upper"]].tolist() == [1.0, 1.0]
    assert not found["outlier"].any()


def test_phi_and_tau2_are_what_a_pencil_finds():
    # Two units of 100 answers, 90 and 60 favourable, nothing trimmed: s = 0.05.
    found = funnel([90, 60], [100, 100], trim=0)
    middle = np.arcsin(np.sqrt(0.75))
    z = (np.arcsin(np.sqrt([0.9, 0.6])) - middle) / 0.05
    phi = (z**2).mean()
    assert found.phi == pytest.approx(phi, rel=1e-12)
    assert found.tau2 == pytest.approx((2 * phi - 1) / 400, rel=1e-12)  # Σw − Σw²/Σw = 800 − 400


@pytest.mark.parametrize(("trim", "kept"), [(0, 100), (0.1, 80), (0.105, 80), (0.29, 42)])
def test_as_many_units_are_trimmed_as_asked_rounded_down(trim, kept):
    # 0.29 × 100 is 28.999999999999996 in binary.
    seen = untrimmed(np.arange(100.0), trim)
    assert seen.sum() == kept
    assert seen[(100 - kept) // 2 : (100 + kept) // 2].all()


def test_a_funnel_of_nothing_and_of_one_unit_is_drawn_without_widening():
    empty, single = funnel([], []), funnel([8], [10])
    assert empty.units.empty
    assert np.isnan(empty.phi)
    assert (single.target, single.tau2) == (0.8, 0.0)
    assert not single.units["outlier"].any()


@pytest.mark.parametrize("top", [0, 50])
def test_units_all_at_0_or_100_percent_are_no_outliers(top):
    found = funnel([top] * 4, [50] * 4)
    assert not found.units["outlier"].any()
    assert found.units[["lower", "upper"]].stack().between(0, 1).all()


def test_a_unit_without_observed_cases_is_drawn():
    found = standardised_funnel([0, 10, 12], [9.0, 10.0, 11.0])
    assert isinstance(found, StandardisedFunnel)
    assert found.units.loc[0, "y"] == pytest.approx(np.log(0.5 / 9))
    assert found.units.loc[0, "ratio"] == 0


def test_without_variation_beyond_chance_standardised_limits_are_exact_poisson_ones():
    found = standardised_funnel([10, 10], [10, 10])
    # Garwood (1936): 95 % limits of 10 seen are 4.795 (lower) and 18.390 (upper).
    assert found.tau2 == 0
    assert found.limits_at([10.0]) == (pytest.approx([0.4795], abs=5e-5), pytest.approx([1.8390], abs=5e-5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: funnel([5, 11], [10, 10]), "position 1: 11 favourable of 10"),
        (lambda: funnel([-1], [10]), "position 0: -1 favourable"),
        (lambda: funnel([1], [np.inf]), "position 0: inf"),
        (lambda: funnel([[1]], [[2]]), r"shape \(1, 1\)"),
        (lambda: funnel(["many"], [2]), "not numbers"),
        (lambda: funnel([1], [2], limits="99"), "95 or 99.8 percent, not '99'"),
        (lambda: funnel([1], [2], trim=0.5), "0.5"),
        (lambda: funnel([1], [2]).limits_at([-3]), "position 0: -3"),
        (lambda: standardised_funnel([1, -2], [1, 1]), "observed, position 1: -2"),
        (lambda: standardised_funnel([1, 2], [1]), "do not go with"),
        (lambda: standardised_funnel([1], [1]).limits_at([-3]), "expected, position 0: -3"),
        (lambda: expected_range([1, 2], [1, 0]), "standard errors, position 1: 0"),
        (lambda: expected_range([1, np.inf], [1, 1]), "values, position 1: inf"),
        (lambda: expected_range([1], [1, 1]), "do not go with"),
        (lambda: expected_range([1], [1], trim=-1), "-1"),
    ],
)
def test_odd_input_is_refused_by_value_and_place(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_expected_range_is_the_mean_with_both_variances_in_it():
    values = np.array([6.0, 7.0, 8.0, 9.0, 10.0])
    found = expected_range(values, np.full(5, 0.5), trim=0)
    # z = -4, -2, 0, 2, 4: φ = 8; w = 4; τ² = (40 − 4) / (20 − 4) = 2.25.
    assert (found.mean, found.phi, found.tau2) == pytest.approx((8.0, 8.0, 2.25))
    half = 1.959964 * np.sqrt(0.25 + 2.25)
    assert found.units.loc[0, ["lower", "upper"]].tolist() == pytest.approx([8 - half, 8 + half], abs=1e-5)
    assert found.units["band"].tolist() == ["within"] * 5


def test_bands_go_out_to_far_above_and_far_below():
    values = [50.0] * 60 + [47.0, 45.0, 53.0, 55.0, np.nan]
    found = expected_range(values, [1.0] * 65)
    assert found.tau2 == 0
    assert found.units["band"].tolist()[59:] == ["within", "below", "much_below", "above", "much_above", ""]
