"""What comparisons take: numbers, counts and a confidence, each checked and its wrong place named."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from analysis.segments import Bools, Floats


def numbers(
    values: npt.ArrayLike, *, name: str, least: float = -np.inf, most: float = np.inf, missing: bool = True
) -> Floats:
    """`values` as floats of any shape; ValueError if one is infinite, out of bounds, NaN unless allowed."""
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: these are not numbers: {values!r}") from error
    wrong = np.isinf(found) | (found < least) | (found > most) | (np.isnan(found) & (not missing))
    if wrong.any():
        bounds = [f"at least {least:g}"] * (least > -np.inf) + [f"at most {most:g}"] * (most < np.inf)
        what = " and ".join(bounds) or "finite"
        raise ValueError(f"{name}, {place(wrong)}: {found[wrong][0]:g} is wrong, it must be {what}")
    return found


def counts(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, whole: bool = False
) -> tuple[Floats, Floats]:
    """Favourable and all answers as floats of one shape; where either is NaN there are 0 out of 0.

    ValueError where shapes do not go together, where a count is infinite, negative or, if so wished, not
    whole, and where there are more favourable answers than answers.
    """
    top, bottom = numbers(numerator, name="favourable answers"), numbers(denominator, name="answers")
    try:
        top, bottom = np.broadcast_arrays(top, bottom)
    except ValueError as error:
        raise ValueError(f"numerators of shape {top.shape} do not go with {bottom.shape}") from error
    gone = np.isnan(top) | np.isnan(bottom)
    y, n = np.where(gone, 0.0, top), np.where(gone, 0.0, bottom)
    wrong = ~((y >= 0) & (y <= n)) | ((y % 1 != 0) | (n % 1 != 0) if whole else False)
    if wrong.any():
        said = f"{y[wrong][0]:g} favourable of {n[wrong][0]:g} answers cannot be"
        raise ValueError(f"{place(wrong)}: {said}")
    return y, n


def dispersion_factor(dispersion: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    """The factor, from 1, by which variances are multiplied, as an array of `shape`."""
    factor = numbers(dispersion, name="dispersion", least=1, missing=False)
    try:
        return np.broadcast_to(factor, shape)
    except ValueError as error:
        raise ValueError(f"dispersions of shape {factor.shape} do not go with counts of {shape}") from error


def one(value: float, *, name: str, least: float, most: float = np.inf) -> float:
    """A single number within bounds."""
    found = numbers(value, name=name, least=least, most=most, missing=False)
    if found.ndim:
        raise ValueError(f"{name} is one number, not {value!r}")
    return float(found)


def critical(confidence: float) -> float:
    """Standard errors on either side of an interval of this confidence."""
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
    return float(norm.ppf((1 + confidence) / 2))


def place(wrong: Bools) -> str:
    """Where the first wrong value is."""
    return f"position {', '.join(str(at) for at in np.argwhere(wrong)[0]) or 0}"
