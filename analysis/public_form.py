"""The public form of a figure: counts to the nearest five, and no small count that it pins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from analysis.reach import Ints
from analysis.segments import Bools

STEP = 5  # counts are told to the nearest
FEW = 2  # a group of so many or fewer, or all but so many, is told in words


@dataclass(frozen=True, slots=True)
class PublicForm:
    """Figures as anybody may see them. Shapes (figures,) and (figures, categories).

    `few` and `all_but_few` say of which groups no percentage is told: two or fewer, all but two or fewer.
    """

    n: Ints
    counts: Ints
    few: Bools
    all_but_few: Bools


def public_form(counts: npt.ArrayLike) -> PublicForm:
    """The public form of figures.

    Parameters
    ----------
    counts : array_like of int, shape (figures, categories)
        Answers in each category; their sum is a figure's n.

    Raises
    ------
    ValueError
        A count is negative, or shapes are wrong.

    Source
    ------
    Rounding to base 5: Hundepool et al. (2012), Statistical Disclosure Control, chapter 5.
    """
    held = np.asarray(counts, dtype=np.int64)
    if held.ndim != 2 or (held < 0).any():
        raise ValueError(f"counts are of shape (figures, categories) and none is negative, not {held.shape}")
    n = held.sum(axis=1)
    return PublicForm(rounded(n), rounded(held), held <= FEW, held >= n[:, None] - FEW)


def rounded(counts: npt.ArrayLike) -> Ints:
    """To the nearest five; no whole number lies between two."""
    return (np.asarray(counts, dtype=np.int64) + STEP // 2) // STEP * STEP


def unpinned(
    counts: npt.ArrayLike, out: csr_array, new: csr_array, *, level: npt.ArrayLike, largest: int = 9
) -> Bools:
    """Which new figures may be told in public beside those that were, so that no small count is certain.

    Parameters
    ----------
    counts : array_like of int, shape (cells, categories)
    out, new : sparse array of 0 and 1, shapes (figures, cells), (new figures, cells)
    level : array_like of int, shape (new figures,)
        The lowest is withheld first, of those the smallest.
    largest : int
        Counts of 1 to so many must not be certain.

    Returns
    -------
    ndarray of bool, shape (new figures,)

    Notes
    -----
    A count is not certain where one answer more or less, or one that changes its category, in one cell leaves
    every figure's public form as it is. Where no single answer can do so the figure is withheld, though two
    together might: that is rare, and errs on the safe side.
    """
    held = np.asarray(counts, dtype=np.int64)
    high = np.asarray(level, dtype=np.int64)
    kept = np.ones(new.shape[0], dtype=bool)
    sizes = np.asarray(new @ held.sum(axis=1))
    while kept.any():
        figures = vstack([out, new[np.flatnonzero(kept)]], format="csr")
        pinned = _pinned(held, figures, largest)
        touched = np.asarray((new @ (figures[pinned].T @ np.ones(int(pinned.sum())))) > 0) & kept
        if not touched.any():
            return kept  # what is certain was so before: nothing new tells of it
        among = np.flatnonzero(touched)
        kept[min(among, key=lambda one: (high[one], sizes[one], one))] = False
    return kept


def _pinned(counts: Ints, figures: csr_array, largest: int) -> Bools:
    """Figures that hold a count of 1 to `largest` which no move of one answer can change."""
    sums = np.asarray(figures @ counts)
    categories = counts.shape[1]
    loose = np.zeros(sums.shape, dtype=bool)
    for move in _moves(categories):
        same = _same(sums, sums + move)
        hindered = np.asarray(figures.T @ (~same).astype(np.int64)) > 0
        able = ~hindered & (counts + move >= 0).all(axis=1)
        loose |= (np.asarray(figures @ able.astype(np.int64)) > 0)[:, None] & (move != 0)
    pinned = ((sums > 0) & (sums <= largest) & ~loose).any(axis=1)
    return np.asarray(pinned, dtype=bool)


def _moves(categories: int) -> Ints:
    """One answer more, one fewer, one that changes its category: rows of what is added to each."""
    one = np.eye(categories, dtype=np.int64)
    changes = [one[to] - one[of] for of in range(categories) for to in range(categories) if of != to]
    return np.array([*one, *-one, *changes])


def _same(before: Ints, after: Ints) -> Bools:
    """Whether two tables have the same public form, row by row."""
    if (after < 0).any():
        after = np.maximum(after, -STEP)  # rounds to less than nought, which no table has
    n, m = before.sum(axis=1), after.sum(axis=1)
    high, higher = before >= n[:, None] - FEW, after >= m[:, None] - FEW
    alike = (rounded(before) == rounded(after)) & ((before <= FEW) == (after <= FEW)) & (high == higher)
    same: Bools = alike.all(axis=1) & (rounded(n) == rounded(m)) & (after >= 0).all(axis=1) & (m >= 10)
    return same
