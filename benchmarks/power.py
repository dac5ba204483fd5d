"""`python -m benchmarks.power`: simulate how long a change takes to show, and write analysis/power_grid.csv.

Each series is steady for a year, then its level moves by so many points and stays. Its steps are of one,
two or four weeks, their answers vary by chance, and the detector is that of `analysis.signals` with its
threshold of ten years. A signal is the first look, at or after the change, at which the detector of that
direction reaches it; a series that had reached it at the look before is left out. Dispersion is pooled over
steady series, as those of a question mostly are.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from analysis import evidence, power, step_dispersion
from analysis.scores import BASELINE, block_of
from analysis.signals import TUNED, threshold
from survey.cli.progress import progress

SEED = 20261122
SERIES = 300  # simulated of each kind: a chance of 80 % is known to within 2 points or so
LEVELS = (0.2, 0.5, 0.7, 0.85, 0.9, 0.95, 0.98)  # of a share that falls; one that rises starts at 1 − these
FALLS = (0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15)
STEPS = (1, 2, 4)  # weeks
WEEKS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 28, 36, 44, 52, 64, 80, 104)
ANSWERS = tuple(5 * 2**n for n in range(11))  # a week; of longer steps fewer, down to five a step
BEFORE = 52  # weeks of the steady level

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """A level, and by how much it falls or rises, in a series with steps of so many weeks."""

    step: int
    direction: str
    level: float
    size: float

    @property
    def changed(self) -> float:
        return self.level - self.size if self.direction == "fall" else self.level + self.size

    @property
    def answers(self) -> tuple[float, ...]:
        """Answers a week to try."""
        return (*(5 * 2**-n for n in range(self.step // 2, 0, -1)), *ANSWERS)

    @property
    def weeks(self) -> npt.NDArray[np.int64]:
        """Those of WEEKS at which a step ends."""
        return np.array([week for week in WEEKS if week % self.step == 0])

    def seed(self, answers_a_week: float) -> list[int]:
        """So that any part of the grid can be made again by itself."""
        numbers = (self.level, self.size, answers_a_week)
        return [
            SEED,
            self.step,
            ("fall", "rise").index(self.direction),
            *(round(1000 * one) for one in numbers),
        ]


CHANGES = tuple(
    Change(step, direction, level if direction == "fall" else round(1 - level, 2), size)
    for step, direction, level, size in product(STEPS, ("fall", "rise"), LEVELS, FALLS)
)


def weeks_until(
    change: Change, answers_a_week: float, *, series: int = SERIES, rng: np.random.Generator
) -> Floats:
    """Weeks from the change to the signal of each simulated series; infinite beyond the newest of WEEKS."""
    step = change.step
    steady, length = BEFORE // step, (BEFORE + WEEKS[-1]) // step
    answers, positives = _drawn(change, (series, length), steady, rng=rng, mean=answers_a_week * step)
    beside, good = _drawn(change, (series, length), length, rng=rng, mean=answers_a_week * step)
    pooled = step_dispersion.pooled_dispersion(step_dispersion.own_dispersion(good, beside))
    own = step_dispersion.own_dispersion(positives, answers)
    told = np.cumsum(answers > 0, axis=1, dtype=np.float64)
    spread = TUNED.dispersion(own, step_dispersion.spread_over(own, pooled), told)
    weigh = evidence.falls if change.direction == "fall" else evidence.rises
    caution = 1.0 if change.direction == "fall" else TUNED.caution
    bar = np.log(caution * threshold(steps_a_year=52 / step))
    found = np.full(series, np.inf)
    waiting = np.arange(series)
    for look in range(steady - 1, length):
        start = np.zeros(len(waiting), dtype=np.int64)
        block = block_of(positives[waiting] * 1.0, answers[waiting] * 1.0, start, start + BASELINE)
        split, possible = block.split(look, spread[waiting, look])
        reached = weigh(split, possible, TUNED.weights).log_sum >= bar
        found[waiting[reached]] = (look + 1 - steady) * step
        waiting = waiting[~reached]
    return found[found > 0]  # at 0 are those of the look before


def answers_wanted(change: Change, *, series: int = SERIES) -> Floats:
    """Answers a week at which the chance of a signal within each of its weeks is 80 %; inf above all."""
    chances: list[Floats] = []
    for answers in reversed(change.answers):
        rng = np.random.default_rng(change.seed(answers))
        found = weeks_until(change, answers, series=series, rng=rng)
        within = (found[:, np.newaxis] <= change.weeks).sum(axis=0)
        chances.append((within + 0.5) / (len(found) + 1))
        if chances[-1][-1] < power.CHANCE:
            break  # fewer answers take longer still
    at = np.log(change.answers[-len(chances) :])
    rising = np.maximum.accumulate(np.array(chances[::-1]), axis=0)
    return np.array([_crossed(at, rising[:, week]) for week in range(len(change.weeks))])


def grid(changes: Iterable[Change], found: Iterable[Floats]) -> dict[Change, Floats]:
    """Rows of the grid: more weeks, or a larger change, never want more answers: what does is chance."""
    least: dict[tuple[int, str, float], Floats] = {}
    rows = {}
    for change, wanted in zip(changes, found, strict=True):
        key = change.step, change.direction, change.level
        least[key] = np.minimum(np.minimum.accumulate(wanted), least.get(key, np.inf))
        rows[change] = least[key]
    return rows


def _drawn(
    change: Change, shape: tuple[int, int], steady: int, *, rng: np.random.Generator, mean: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Answers and positives of series whose level changes after `steady` steps."""
    answers = rng.poisson(mean, shape)
    level = np.where(np.arange(shape[1]) < steady, change.level, change.changed)
    return answers, rng.binomial(answers, np.clip(level, 0, 1))


def _crossed(at: Floats, chance: Floats) -> float:
    """The answers at which a rising chance passes 80 %; its normal deviate is straight in their logarithm."""
    above = int(np.searchsorted(chance, power.CHANCE))
    if above == len(at):
        return np.inf
    if above == 0:
        return float(np.exp(at[0]))
    low, high = ndtri(chance[above - 1 : above + 1])
    part = (ndtri(power.CHANCE) - low) / (high - low)
    return float(np.exp(at[above - 1] + part * (at[above] - at[above - 1])))


def _lines(rows: dict[Change, Floats]) -> Iterator[list[str]]:
    yield ["step", "direction", "level", "change", *map(str, WEEKS)]
    for change, wanted in rows.items():
        known = {week: f"{one:.4g}" for week, one in zip(change.weeks, wanted, strict=True) if one < np.inf}
        cells = [known.get(week, "") for week in WEEKS]
        yield [str(change.step), change.direction, f"{change.level:g}", f"{change.size:g}", *cells]


@click.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), default=power.GRID, show_default=False
)
@click.option("--workers", type=click.IntRange(1), default=2, help="Processes at once; 2 unless given.")
def main(out: Path, *, workers: int) -> None:
    """Write the grid that `heard plan` reads: seeded, the same again whenever the detector is the same."""
    with progress("Simulating", total=len(CHANGES)) as advance, ProcessPoolExecutor(workers) as pool:
        found = []
        for wanted in pool.map(answers_wanted, CHANGES):
            found.append(wanted)
            advance(1)
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(_lines(grid(CHANGES, found)))
    click.echo(f"{out}: {len(found)} changes of level, {len(WEEKS)} spans of weeks")


if __name__ == "__main__":
    main()
