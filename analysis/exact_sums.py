"""Exact sums that anybody knows: which cells they hold alike, and which figures they tell by themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.segments import Bools


@dataclass(frozen=True, slots=True)
class Known:
    """Cells by the exact sums that hold them: those of one kind are in the same ones."""

    kinds: csr_array  # (cells, kinds) of 0 and 1
    free: Bools  # (cells,): in no exact sum, and of no kind
    told: Bools  # (kinds,): whose own sum follows from the exact ones

    def tell(self, figures: csr_array) -> Bools:
        """Which figures follow from the exact sums; shapes (figures, cells), (figures,).

        They hold of each kind every cell or none, and of each that they hold the sum is told.
        """
        held = csr_array(figures @ self.kinds)
        sizes = np.asarray(self.kinds.sum(axis=0))
        held.data = ((held.data != sizes[held.indices]) | ~self.told[held.indices]).astype(np.int64)
        told: Bools = (np.asarray(held.sum(axis=1)) + np.asarray(figures @ self.free.astype(np.int64))) == 0
        return told


def known_exactly(cells: int, exact: csr_array | None) -> Known:
    """What is known of so many cells by `exact`, shape (sums, cells)."""
    sums = csr_array((0, cells), dtype=np.int64) if exact is None else csr_array(exact, dtype=np.int64)
    columns = sums.tocsc()
    columns.sort_indices()
    by_sums: dict[bytes, int] = {}
    of_cell = np.full(cells, -1)
    for cell in np.flatnonzero(np.diff(columns.indptr)).tolist():
        start, end = columns.indptr[cell : cell + 2]
        of_cell[cell] = by_sums.setdefault(columns.indices[start:end].tobytes(), len(by_sums))
    held = np.flatnonzero(of_cell >= 0)
    kinds = csr_array(
        (np.ones(len(held), dtype=np.int64), (held, of_cell[held])), shape=(cells, len(by_sums))
    )
    return Known(kinds, of_cell < 0, _told(csr_array(sums @ kinds)))


def _told(sums: csr_array) -> Bools:
    """Kinds whose sum follows: a sum of which all kinds but one are told tells that one, and so on."""
    held = (sums > 0).astype(np.int64)
    told = np.zeros(sums.shape[1], dtype=bool)
    while True:
        tells = np.flatnonzero(np.asarray(held @ (~told).astype(np.int64)) == 1)
        if not len(tells):
            return told
        told |= np.asarray(held[tells].sum(axis=0)) > 0
