"""Methods of alerting side by side: what they tell falsely, what they find, and how soon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from benchmarks.alerting import CHANGED, FIRST, OTHERS, WOBBLE, Codes, Kind, detector, signalled
from benchmarks.figures import Figure
from survey.domain.progress import Advance

THRESHOLDS = (520, 1040, 2080)
OURS = tuple(f"signals, A = {threshold}" for threshold in THRESHOLDS)
ANSWERS = (20, 30, 100, 300)
FALLS = (0.03, 0.05, 0.10)
SOON = 13  # weeks: a quarter
YEAR = 52
PATHWAYS, FALLEN = 40, 5
TITLE = "Falsely told; falls found in 13 weeks (median weeks until then)"
KINDS = tuple(product(ANSWERS, (0.0, WOBBLE)))


@dataclass(frozen=True, slots=True)
class Row:
    """One method at one number of answers: shares, alerts a series-year, and (share, weeks) of each fall."""

    answers: int
    wobble: float
    method: str
    false: tuple[float, float]
    a_year: float
    found: tuple[tuple[float, float], ...]


def told(kind: Kind, random: np.random.Generator, *, series: int, weeks: int) -> Iterator[tuple[str, Codes]]:
    """What each method tells of the same series."""
    positives, answers = kind.draw(random, series=series, weeks=weeks)
    for name, method in OTHERS.items():
        yield name, method(positives, answers)
    log10 = detector(positives, answers, kind.pooled(random, weeks=weeks))
    for name, threshold in zip(OURS, THRESHOLDS, strict=True):
        yield name, signalled(log10, threshold)


def latched(codes: Codes) -> Codes:
    """Only the first alert of each series: it stays one, and is not told again."""
    return np.where(np.cumsum(codes != 0, axis=1) == 1, codes, 0).astype(np.int8)


def onsets(method: str, codes: Codes) -> npt.NDArray[np.bool_]:
    """Alerts that the week before did not tell already; of ours, the first of each series alone."""
    codes = latched(codes) if method in OURS else codes
    before = np.concatenate([np.zeros_like(codes[:, :1]), codes[:, :-1]], axis=1)
    return (codes != 0) & (codes != before)


def false_share(codes: Codes, looks: int) -> float:
    """Share of the series with at least one alert in so many weekly looks, from their first week on."""
    return float((codes[:, :looks] != 0).any(axis=1).mean())


def found_soon(codes: Codes) -> tuple[float, float]:
    """Share of the series whose fall is told within 13 weeks, and the median of weeks until then, or NaN."""
    falls = codes[:, CHANGED : CHANGED + SOON] < 0
    hit = falls.any(axis=1)
    delay = np.median(falls[hit].argmax(axis=1) + 1) if hit.any() else np.nan
    return float(hit.mean()), float(delay)


def compare(random: np.random.Generator, series: int, advance: Advance) -> list[Row]:
    """Every method at every number of answers, stable and over-dispersed."""
    rows = []
    for answers, wobble in KINDS:
        kind = Kind(answers, wobble=wobble)
        steady = dict(told(kind, random, series=series, weeks=2 * YEAR))
        fallen = [
            dict(told(Kind(answers, wobble=wobble, fall=fall), random, series=series, weeks=CHANGED + SOON))
            for fall in FALLS
        ]
        rows += [
            Row(
                answers,
                wobble,
                method,
                (false_share(codes, YEAR), false_share(codes, 2 * YEAR)),
                float(onsets(method, codes).sum() / len(codes) / 2),
                tuple(found_soon(each[method]) for each in fallen),
            )
            for method, codes in steady.items()
        ]
        advance(1)
    return rows


def show(rows: list[Row]) -> None:
    """Print the comparison."""
    table = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        title="Falsely told; falls found in 13 weeks (median weeks)",
    )
    for name in ("answers", "SD", "method", "52 looks", "104 looks", "a year", "−3", "−5", "−10"):
        table.add_column(name, justify="left" if name == "method" else "right", no_wrap=True)
    for row in rows:
        false = [f"{100 * share:.0f} %" for share in row.false]
        found = [f"{100 * share:.0f} %" + (f" ({weeks:.0f})" if share else "") for share, weeks in row.found]
        table.add_row(
            str(row.answers),
            f"{row.wobble:g}",
            row.method,
            *false,
            f"{row.a_year:.2f}",
            *found,
            end_section=False,
        )
    console = Console(highlight=False)
    Console(highlight=False, width=max(console.width, 110)).print(table)


def board(random: np.random.Generator, years: int, advance: Advance) -> list[Figure]:
    """An ICB of 40 pathways with 100 answers a week, of which five fall by 5 points, so many years over."""
    counted: dict[str, list[tuple[int, int]]] = {}
    fallen = np.arange(PATHWAYS) < FALLEN
    for _ in range(years):
        for name, codes in _year(random):
            starts = onsets(name, codes)
            true = starts & (codes < 0) & fallen[:, np.newaxis] & (np.arange(codes.shape[1]) >= CHANGED)
            counted.setdefault(name, []).append((int((starts & ~true).sum()), int(true.any(axis=1).sum())))
        advance(1)
    figures = []
    least = np.mean([false for false, _ in counted[OURS[0]]])
    for name, years_of in counted.items():
        false, true = np.mean(years_of, axis=0)
        share = 100 * false / max(false + true, 1e-9)
        what = f"ICB, {name}: {share:.0f} % of its alerts false, {true:.1f} of 5 found"
        figures.append(Figure("signals", what, "false a year", float(false), OURS[0], float(least)))
    return figures


def _year(random: np.random.Generator) -> Iterator[tuple[str, Codes]]:
    weeks = FIRST + YEAR
    steady = Kind(100).draw(random, series=PATHWAYS - FALLEN, weeks=weeks)
    fallen = Kind(100, fall=0.05).draw(random, series=FALLEN, weeks=weeks)
    positives, answers = (np.concatenate(pair) for pair in zip(fallen, steady, strict=True))
    for name, method in OTHERS.items():
        yield name, method(positives, answers)
    log10 = detector(positives, answers, None)
    for name, threshold in zip(OURS, THRESHOLDS, strict=True):
        yield name, signalled(log10, threshold)
