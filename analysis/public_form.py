"""The public form of a figure: counts to the nearest five, and no small count that it pins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from analysis.exact_sums import Known, known_exactly
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
    counts: npt.ArrayLike,
    out: csr_array,
    new: csr_array,
    *,
    level: npt.ArrayLike,
    exact: csr_array | None = None,
    largest: int = 9,
) -> Bools:
    """Which new figures may be told in public beside those that were, so that no small count is certain.

    Parameters
    ----------
    counts : array_like of int, shape (cells, categories)
    out, new : sparse array of 0 and 1, shapes (figures, cells), (new figures, cells)
    level : array_like of int, shape (new figures,)
        The lowest is withheld first, of those the smallest.
    exact : sparse array of 0 and 1, shape (sums, cells), optional
        Sums that anybody knows as they are, in each category: those of national returns.
    largest : int
        Counts of 1 to so many must not be certain.

    Returns
    -------
    ndarray of bool, shape (new figures,)

    Notes
    -----
    A count is not certain where another table has the same exact sums and the same public forms, and another
    count; `pinned` says which tables are tried. Where none of them is one the figure is withheld, though more
    moves together might: that is rare, and errs on the safe side. A figure that exact sums tell by themselves
    adds nothing to them: it leaves, whatever they make certain, and holds nothing back.
    """
    held = np.asarray(counts, dtype=np.int64)
    high = np.asarray(level, dtype=np.int64)
    known = known_exactly(len(held), exact)
    before, open_ = out[np.flatnonzero(~known.tell(out))], ~known.tell(new)
    kept = np.ones(new.shape[0], dtype=bool)
    sizes = np.asarray(new @ held.sum(axis=1))
    while True:
        figures = vstack([before, new[np.flatnonzero(kept & open_)]], format="csr")
        certain = _uncertified(held, figures, known, largest=largest).any(axis=1)
        near = np.asarray((new @ (figures[certain].T @ np.ones(int(certain.sum())))) > 0)
        among = np.flatnonzero(near & kept & open_)
        if not len(among):
            return kept  # what is certain was so before: nothing new tells of it
        kept[min(among, key=lambda one: (high[one], sizes[one], one))] = False


def pinned(counts: npt.ArrayLike, figures: csr_array, exact: csr_array, *, largest: int = 9) -> Bools:
    """Counts of 1 to `largest` in public figures that may be certain, for all that anybody can see.

    Parameters
    ----------
    counts : array_like of int, shape (cells, categories)
    figures, exact : sparse array of 0 and 1, shapes (figures, cells), (sums, cells)
        Told in the public form, and as they are.

    Returns
    -------
    ndarray of bool, shape (figures, categories)

    Notes
    -----
    A move is one answer more, one fewer, or one that changes its category, in one cell. Tried are a move in
    a cell that no exact sum holds, and a move in one with its opposite in another that the same exact sums
    hold, where each by itself leaves every public form as it is. Such a pair keeps the exact sums, which hold
    both cells or neither. It keeps the public forms: a figure that holds both cells does not change at all,
    one that holds one of them changes by one of the moves. So a count is loose where just one of the two
    cells is in its figure. Which cells are empty is taken to be known: they stay so, and others do not
    become it.
    """
    held = np.asarray(counts, dtype=np.int64)
    known = known_exactly(len(held), exact)
    sums = np.asarray(figures @ held)
    certain: Bools = (sums > 0) & (sums <= largest) & known.tell(figures)[:, None]
    others = np.flatnonzero(~known.tell(figures))
    certain[others] = _uncertified(held, figures[others], known, largest=largest)
    return certain


def _uncertified(counts: Ints, figures: csr_array, known: Known, *, largest: int) -> Bools:
    """As `pinned`, of figures that exact sums do not tell."""
    sums = np.asarray(figures @ counts)
    certain: Bools = (sums > 0) & (sums <= largest)
    moves = _moves(counts.shape[1])
    able = [_able(counts, figures, sums, move=move) for move in moves]
    for move, here in zip(moves, able, strict=True):
        certain &= ~((np.asarray(figures @ (here & known.free)) > 0)[:, None] & (move != 0))
    for move, here in zip(moves, able, strict=True):
        there = able[int(np.flatnonzero((moves == -move).all(axis=1))[0])]
        left = np.flatnonzero((certain & (move != 0)).any(axis=1))
        certain[left] &= ~(_apart(figures[left], known.kinds, here, there)[:, None] & (move != 0))
    return certain


def _able(counts: Ints, figures: csr_array, sums: Ints, *, move: Ints) -> Bools:
    """Cells in which a move by itself leaves every figure's public form as it is."""
    hindered = np.asarray(figures.T @ (~_same(sums, sums + move)).astype(np.int64)) > 0
    after = counts + move
    able: Bools = ~hindered & (after >= 0).all(axis=1) & counts.any(axis=1) & after.any(axis=1)
    return able


def _apart(figures: csr_array, kinds: csr_array, here: Bools, there: Bools) -> Bools:
    """Figures that hold a cell of `here`, and not one of the same kind that is of `there`."""
    within = csr_array(figures @ kinds.multiply(here[:, None]).tocsr()) > 0
    of_kind = csr_array(kinds.multiply(there[:, None]))
    outside = within.multiply(of_kind.sum(axis=0)[None, :]) - within.multiply(figures @ of_kind)
    found: Bools = np.asarray((csr_array(outside) > 0).sum(axis=1)) > 0
    return found


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
