"""How the detector weighs what it sees: as it was first specified, and as it is tuned for weekly alerts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.segments import Floats


@dataclass(frozen=True, slots=True)
class Method:
    """Choices that the guarantee leaves free; none of them looks at what is judged.

    Attributes
    ----------
    weights : tuple of float
        Of the alternatives, from the smallest change to the largest; their sum is 1.
    memory : int
        The pooled dispersion counts as so many steps of a series' own; 0: the larger of the two counts.
    widened : float
        By how much the dispersion's excess over 1 is taken larger, for it is an estimate.
    caution : float
        A rise is signalled at this multiple of the threshold.
    """

    weights: tuple[float, ...] = (0.2, 0.2, 0.2, 0.2, 0.2)
    memory: int = 0
    widened: float = 1.0
    caution: float = 1.0

    def dispersion(self, own: Floats, pooled: Floats, steps: Floats) -> Floats:
        """What counts are divided by, at least 1; (m, T) all.

        `own` is that of a series up to each step, NaN where it has none, from so many `steps` with answers,
        `pooled` that of its question.
        """
        if not self.memory:
            return np.asarray(np.fmax(np.fmax(own, pooled), 1.0), dtype=np.float64)
        known = np.where(np.isnan(own), 0.0, np.maximum(steps - 1, 0))  # differences of neighbours
        mixed = (self.memory * pooled + known * np.nan_to_num(own)) / (self.memory + known)
        return np.asarray(1.0 + self.widened * (np.fmax(mixed, 1.0) - 1.0), dtype=np.float64)


PLAIN = Method()
# Small changes take long to show and need the weight; large ones show at once with little. A dispersion of
# a dozen steps is mostly noise, and the larger of two noisy ones is too large. Who is told of a rise that is
# none loses little by hearing of a true one later. Measured in benchmarks/signals.py.
TUNED = Method(weights=(0.35, 0.3, 0.2, 0.1, 0.05), memory=52, widened=1.1, caution=4.0)
