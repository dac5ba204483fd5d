"""Release: how soon what patients said can be seen, and what a week costs with two years of ledger."""

from __future__ import annotations

from benchmarks import ageing, visible
from benchmarks.ageing import Size, a_week
from benchmarks.figures import Figure, within
from benchmarks.region import level, skewed
from benchmarks.sizes import Sizes
from survey.domain.progress import Advance

MEAN = 20.0  # responses a week of each service
LEAST = 4.0  # of each, where steps are of six weeks and nearly every cell is small
SECONDS, MEGABYTES = 60.0, 1000.0  # that a week of 1,200 services may take


def steps(sizes: Sizes) -> int:
    return visible.steps(sizes.released, sizes.volumes) + 3 * ageing.steps()


def measure(sizes: Sizes, advance: Advance) -> list[Figure]:
    """Shares seen in time, and the newest week of a large ICB: by itself and beside a young ledger."""
    figures = visible.visible(sizes.released, sizes.volumes, advance)
    old, young = Size(sizes.pathways, 60, 6, sizes.older), Size(sizes.pathways, 60, 6, 0)
    usual = a_week(old, skewed, MEAN, advance)
    before = a_week(young, skewed, MEAN, advance)
    worst = a_week(old, level, LEAST, advance)
    for what, seen in ((f"mean {MEAN:g}, log-normal", usual), (f"all at {LEAST:g}", worst)):
        called = f"a week of {60 * sizes.pathways:,} services × 6, {what}"
        figures.append(within("release", called, unit="s", rounds=[seen.seconds], limit=SECONDS))
        if seen.memory is not None:
            called = f"{called}, memory"
            figures.append(within("release", called, unit="MB", rounds=[seen.memory], limit=MEGABYTES))
    called, against = f"processor, {old.weeks} weeks of ledger", f"{young.weeks} weeks of ledger"
    figures.append(Figure("release", called, "s", usual.processor, against, before.processor))
    return figures
