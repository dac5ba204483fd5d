"""Many tests at once: how many of those called real would be chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis import checks
from analysis.segments import Floats


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """q values: calling real all that have q <= α leaves a share of at most α false ones on average.

    Parameters
    ----------
    p : array_like of float, any shape
        In [0, 1], of tests that are independent or lean the same way; NaN = no test, which counts for none.

    Returns
    -------
    ndarray, of that shape
        In [0, 1], never below p; NaN where p is.

    Raises
    ------
    ValueError
        A p outside [0, 1].

    Source
    ------
    Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57, 289-300. Checked in tests/spec/test_comparison.py.
    """
    given = checks.numbers(p, name="p", least=0, most=1)
    flat = given.ravel()
    order = np.argsort(flat, kind="stable")[: int(np.sum(~np.isnan(flat)))]
    scaled = flat[order] * order.size / np.arange(1, order.size + 1)
    q = np.full(flat.shape, np.nan)
    q[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    bounded: Floats = np.minimum(q, 1.0).reshape(given.shape)
    return bounded
