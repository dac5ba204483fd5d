"""Expected ranges: where the score of each unit lies against the range that is usual for its precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import checks, dispersion
from analysis.funnel import REACH

NAMES = ["much_below", "below", "within", "above", "much_above"]


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedRange:
    """Scores and the range that is expected of each.

    Attributes
    ----------
    units : DataFrame, one row a unit in the order given, index 0 to n-1
        value, float, as given; z, (value − mean) / standard error; lower, upper, the 95 % expected range and
        far_lower, far_upper, the 99.8 % one, in the unit of value, not clipped; band, str, much_below, below,
        within, above, much_above, or '' where the value is missing. Which side is better is the reader's.
    mean : float
        Of all units, each counted once.
    phi, tau2 : float
        As in `Funnel`; tau2 in squares of the unit of value.
    """

    units: pd.DataFrame
    mean: float
    phi: float
    tau2: float


def expected_range(
    values: npt.ArrayLike, standard_errors: npt.ArrayLike, *, trim: float = 0.1
) -> ExpectedRange:
    """Expected range of each unit's score: mean ± 1.96 √(s² + τ²), and ± 3.09 for the far one.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        A score a unit, in any unit; NaN = missing.
    standard_errors : array_like of float, shape (n,)
        Of the values, above 0; NaN = missing.
    trim : float
        Share in [0, 0.5) of either end of z that is drawn in before τ² is estimated.

    Returns
    -------
    ExpectedRange
        Defined for no and one unit too.

    Raises
    ------
    ValueError
        Shapes differ or are not of one dimension; a value is infinite; a standard error is 0 or negative;
        trim out of range.

    Source
    ------
    Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202: winsorised z, additive random effects. Checked
    in tests/spec/test_funnel.py.
    """
    given = checks.numbers(values, name="values")
    errors = checks.numbers(standard_errors, name="standard errors", least=0)
    if (errors == 0).any():
        raise ValueError(f"standard errors, {checks.place(errors == 0)}: 0 is wrong, it must be above 0")
    if given.shape != errors.shape or given.ndim != 1:
        raise ValueError(f"values of shape {given.shape} do not go with standard errors of {errors.shape}")
    if not 0 <= trim < 0.5:
        raise ValueError(f"a share to trim lies from 0 to below 0.5; this is {trim!r}")
    told = ~np.isnan(given) & ~np.isnan(errors)
    mean = float(given[told].mean()) if told.any() else float("nan")
    z = (given - mean) / errors
    phi, tau2 = dispersion.between(dispersion.winsorised(z[told], trim), errors[told])
    spread = np.sqrt(np.where(told, errors, np.nan) ** 2 + tau2)
    columns = {"value": given, "z": z}
    for names, reach in ((("lower", "upper"), REACH["95"]), (("far_lower", "far_upper"), REACH["99.8"])):
        columns |= dict(zip(names, (mean - reach * spread, mean + reach * spread), strict=True))
    units = pd.DataFrame(columns)
    above = (units[["upper", "far_upper"]].lt(units["value"], axis=0)).sum(axis=1)
    below = (units[["lower", "far_lower"]].gt(units["value"], axis=0)).sum(axis=1)
    band = np.where(told, np.array(NAMES, dtype=object)[(above - below).to_numpy() + 2], "")
    return ExpectedRange(units.assign(band=pd.Series(band, dtype="str")), mean, phi, tau2)
