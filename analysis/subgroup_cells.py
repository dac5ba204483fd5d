"""Subgroup tables: how much of each option may be told, so that every cell holds enough."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.reach import Ints
from analysis.segments import Bools

NOTHING, TWO_CELLS, ALL_CELLS = 0, 2, 3  # of an option: withheld, one group and the rest of it, every group


def cells_told(counts: npt.ArrayLike, *, told: int = 0, least: int = 10) -> Ints:
    """How many cells of each option may be told.

    Parameters
    ----------
    counts : array_like of int, shape (options, 3)
        Answers of each option by group (favourable, neither, unfavourable).
    told : int
        The group that is told where only two cells can be.
    least : int
        Every cell that is told holds so many.

    Returns
    -------
    ndarray of int, shape (options,)
        3 where each group has enough; else 2 where the group that is told and the others together do; else 0.

    Raises
    ------
    ValueError
        A count is negative, or the shape is wrong.
    """
    held = np.asarray(counts, dtype=np.int64)
    if held.ndim != 2 or held.shape[1] != 3 or (held < 0).any():
        raise ValueError(f"counts are of the shape (options, 3) and none is negative, not {held.shape}")
    rest = held.sum(axis=1) - held[:, told]
    two = np.where((held[:, told] >= least) & (rest >= least), TWO_CELLS, NOTHING)
    return np.where((held >= least).all(axis=1), ALL_CELLS, two)


def without_remainder(sizes: npt.ArrayLike, kept: npt.ArrayLike, answered: int, *, least: int = 10) -> Bools:
    """Which options stay told, so that what is left of all who answered is not fewer than `least`.

    Parameters
    ----------
    sizes : array_like of int, shape (options,)
        Answers of each option.
    kept : array_like of bool, shape (options,)
        Which were to be told.
    answered : int
        All who answered, whether or not they told of themselves: that sum is known.
    least : int
        Those not told are so many together, or nobody. Else the smallest that was to be told is withheld too.

    Returns
    -------
    ndarray of bool, shape (options,)
    """
    size = np.asarray(sizes, dtype=np.int64)
    stays = np.array(kept, dtype=bool)
    while stays.any() and 0 < answered - int(size[stays].sum()) < least:
        among = np.flatnonzero(stays)
        stays[among[np.argmin(size[among])]] = False
    return stays
