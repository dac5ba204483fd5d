"""How much more units differ than by chance: Spiegelhalter's φ and the variance τ² between them."""

from __future__ import annotations

import numpy as np

from analysis.segments import Bools, Floats


def winsorised(z: Floats, trim: float) -> Floats:
    """z drawn in to its quantiles `trim` and 1 − `trim`, interpolated linearly between neighbours."""
    return np.clip(z, *np.quantile(z, [trim, 1 - trim])) if z.size else z


def untrimmed(z: Floats, trim: float) -> Bools:
    """True but for the `trim` share of units, rounded down, at either end of z."""
    out = int(trim * z.size + 1e-9)  # 0.1 × 30 is 3
    rank = np.empty(z.size, dtype=np.int64)
    rank[np.argsort(z, kind="stable")] = np.arange(z.size)
    return np.asarray((rank >= out) & (rank < z.size - out), dtype=np.bool_)


@np.errstate(all="ignore")
def between(z: Floats, s: Floats) -> tuple[float, float]:
    """φ, the mean of z², and τ² in squares of the unit of s; NaN and 0 of no units, τ² = 0 of one.

    DerSimonian and Laird's moment estimate, as in Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202.
    """
    units = z.size
    phi = float(np.mean(z**2)) if units else float("nan")
    weight = 1 / s**2
    free = weight.sum() - (weight**2).sum() / weight.sum()
    if units < 2 or not free > 0:
        return phi, 0.0
    return phi, float(max(0.0, (units * phi - (units - 1)) / free))
