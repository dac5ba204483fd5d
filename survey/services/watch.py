"""Watch: which series signal a change of level, since when, and how strongly."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy.orm import Session

from analysis.signals import TUNED, own_dispersion, pooled_dispersion, signals, threshold
from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.counts import Atom
from survey.domain.findings import Finding
from survey.domain.organisation import Node
from survey.domain.rulings import Ruling
from survey.services.nodes import above
from survey.services.series import Series, positions, series_of

LONGEST = 4  # weeks: with longer steps the twelve of a baseline take more than a year
FRESH = 8  # weeks; a node that has gone quiet for longer has no news
WEEKS_A_YEAR = 52


def is_watched(one: Series) -> bool:
    """Whether a first signal could come within a year: twelve steps of baseline, and one more.

    The steps of a sum are as long as those that its services release together. Of what has told nothing yet
    nobody can know.
    """
    told = any(atom.numerator is not None for atom in one.atoms)
    return told and one.step_weeks <= LONGEST and one.usual_weeks <= LONGEST


def watched_with(
    session: Session, catalogue: Catalogue, series: Iterable[Series], *, every: Sequence[Node], through: Week
) -> dict[tuple[str, str, str, str], str]:
    """Of the series whose steps are too long: the name of the next wider node that is watched, by key."""
    small = [one for one in series if not is_watched(one)]
    wider = {one.key: above(one.node, every) for one in small}
    nodes = {(node.code, node.icb, node.pathway): node for found in wider.values() for node in found}
    watched = {
        one.key for one in series_of(session, catalogue, list(nodes.values()), through) if is_watched(one)
    }
    return {
        one.key: name
        for one in small
        if (
            name := next(
                (
                    node.name
                    for node in wider[one.key]
                    if (node.code, node.icb, node.pathway, one.indicator.code) in watched
                ),
                None,
            )
        )
    }


def rebased_at(one: Series, ruled: Iterable[Ruling]) -> list[int]:
    """Where a series begins anew because a person accepted its new level."""
    return positions(one, [ruling.since for ruling in _about(one, ruled) if ruling.choice == "accept"])


def findings_in(series: Iterable[Series], ruled: Sequence[Ruling], week: Week) -> list[Finding]:
    """The signals of some series as known at the end of `week`; all series of a question in one call.

    The dispersion of a question's series is pooled, so that a new one is not judged by its own few steps.
    """
    watched = [one for one in series if is_watched(one) and _fresh(one, week)]
    return sorted(_signalled(_Batch.of(watched, ruled), week), key=lambda one: one.key) if watched else []


def enough(finding: Finding, *, watched: int, false_alerts_a_year: float = 1.0) -> bool:
    """Whether a finding is strong enough for a reader who is told of `watched` series."""
    needed = threshold(
        steps_a_year=WEEKS_A_YEAR / finding.step_weeks,
        series=max(watched, 1),
        false_alerts_a_year=false_alerts_a_year,
    )
    caution = 1.0 if finding.direction == "concern" else TUNED.caution
    return finding.evidence >= math.log10(caution * needed)


def unexplained(found: Sequence[Finding], every: Iterable[Node]) -> list[Finding]:
    """Without those of wider nodes that a node within them tells too: the same question, the same way."""
    members = {(node.code, node.icb, node.pathway): set(node.services) for node in every}
    told: dict[tuple[str, ...], list[set[str]]] = defaultdict(list)
    for one in found:
        told[one.icb, one.pathway, one.indicator, one.direction].append(members.get(one.key[:3], set()))

    def explained(one: Finding) -> bool:
        mine = members.get(one.key[:3], set())
        return any(
            within and within < mine for within in told[one.icb, one.pathway, one.indicator, one.direction]
        )

    return [one for one in found if not explained(one)]


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Series side by side, (m, T), their newest steps in the last column.

    `positives` are the answers that are good: so a fall is always for the worse, and its alternatives are
    those that a deterioration is looked for by.
    """

    series: Sequence[Series]
    positives: npt.NDArray[np.int64]
    answers: npt.NDArray[np.int64]
    rebase: npt.NDArray[np.int64]  # where each begins, or begins anew
    watch: npt.NDArray[np.int64]  # where the watch over each begins anew, after a dismissed signal

    def pooled(self) -> npt.NDArray[np.float64]:
        """The dispersion of each series' question among nodes of its level with steps as long, (m, T)."""
        own = own_dispersion(self.positives, self.answers, rebase=self.rebase)
        rows: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for row, one in enumerate(self.series):
            rows[one.node.pathway, one.indicator.code, one.node.level, one.step_weeks].append(row)
        found = np.ones(own.shape)
        for alike in rows.values():
            found[alike] = pooled_dispersion(own[alike])
        return found

    @classmethod
    def of(cls, series: Sequence[Series], ruled: Sequence[Ruling]) -> _Batch:
        longest = max(len(one.atoms) for one in series)
        shape = len(series), longest
        positives, answers = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        rebase, watch = np.zeros(len(series), dtype=np.int64), np.zeros(len(series), dtype=np.int64)
        for row, one in enumerate(series):
            pad = longest - len(one.atoms)
            answers[row, pad:] = [0 if atom.numerator is None else atom.denominator for atom in one.atoms]
            positives[row, pad:] = [_good(one, atom) for atom in one.atoms]
            rebase[row] = pad + max([0, *one.reworded, *rebased_at(one, ruled)])
            watch[row] = pad + _dismissed_before(one, ruled)
        return cls(series, positives, answers, rebase, watch)


def _good(one: Series, atom: Atom) -> int:
    if atom.numerator is None:
        return 0
    return atom.numerator if one.indicator.better == "higher" else atom.denominator - atom.numerator


def _dismissed_before(one: Series, ruled: Iterable[Ruling]) -> int:
    ended = [ruling.week + 1 for ruling in _about(one, ruled) if ruling.choice == "dismiss"]
    if not ended:
        return 0
    return next((i for i, atom in enumerate(one.atoms) if atom.span.first >= max(ended)), len(one.atoms))


def _fresh(one: Series, week: Week) -> bool:
    newest = next((atom.span.last for atom in reversed(one.atoms) if atom.numerator is not None), None)
    return newest is not None and week - newest <= FRESH


def _about(one: Series, ruled: Iterable[Ruling]) -> Iterator[Ruling]:
    return (ruling for ruling in ruled if ruling.key == one.key)


def _signalled(batch: _Batch, week: Week) -> Iterator[Finding]:
    found = signals(
        batch.positives,
        batch.answers,
        threshold=[threshold(steps_a_year=WEEKS_A_YEAR / one.weekly) for one in batch.series],
        pooled_dispersion=batch.pooled(),
        rebase=batch.rebase,
        watch=batch.watch,
    ).series
    length = batch.positives.shape[1]
    for row, one in enumerate(batch.series):
        if found.signal[row]:
            yield _finding(one, found.iloc[row], pad=length - len(one.atoms), week=week)


def _finding(one: Series, found: pd.Series[Any], *, pad: int, week: Week) -> Finding:
    first = int(found["since"]) - pad
    code, icb, pathway, indicator = one.key
    before, after, low, high = (float(found[name]) for name in ("before", "after", "low", "high"))
    if one.indicator.better == "lower":
        before, after, low, high = 1 - before, 1 - after, -high, -low
    return Finding(
        week=week,
        node=code,
        icb=icb,
        pathway=pathway,
        indicator=indicator,
        direction="improvement" if found["direction"] == "rise" else "concern",
        since=one.atoms[first].span.first,
        told=one.atoms[int(found["first"]) - pad].span.last,
        before=before,
        after=after,
        low=low,
        high=high,
        answers=sum(atom.denominator for atom in one.atoms[first:]),
        evidence=float(found["peak"]),
        now=float(found[f"log10_{found['direction']}"]),
        step_weeks=one.weekly,
    )
