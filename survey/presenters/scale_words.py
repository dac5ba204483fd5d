"""Full scales in a line: every answer by itself, before a change and since."""

from __future__ import annotations

from survey.domain.scale import FullScale, Shift
from survey.presenters.figures import counted, percent


def shift(one: Shift) -> str:
    """Where answers went: the share of each in the weeks before and since; the mean, where there is one."""
    before, since = one.before, one.since
    shares = (
        f"{option.label} {_share(before, option.code)}, then {_share(since, option.code)}"
        for option in since.question.options
    )
    weeks = f"{counted(before.span.weeks, 'week')} before, then {counted(since.span.weeks, 'week')} since"
    mean = ""
    if before.mean is not None and since.mean is not None:
        mean = f" Mean score {before.mean:.1f}, then {since.mean:.1f}."
    return f"Answer by answer, {weeks}: {'; '.join(shares)}.{mean}"


def _share(scale: FullScale, option: str) -> str:
    return percent(scale.options.get(option, 0) / scale.n)
