"""Series: the released steps of every node's indicators, before anything is drawn or judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.counts import Atom, Count, atoms, step_weeks, tally_by_span
from survey.domain.organisation import Node
from survey.domain.questionnaire import Indicator, Questionnaire
from survey.storage import counts

BySpan = dict[Span, tuple[int, int]]
BySeries = dict[str, BySpan]  # by the name of the indicator's series: versions that ask alike


@dataclass(frozen=True)
class Series:
    """One indicator of one node: its released steps, and the positions at which new wording starts anew."""

    node: Node
    questionnaire: Questionnaire
    indicator: Indicator
    atoms: tuple[Atom, ...]
    reworded: tuple[int, ...]
    step_weeks: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """(node, ICB, pathway, indicator): what findings and rulings name it by."""
        return self.node.code, self.node.icb, self.node.pathway, self.indicator.code

    @cached_property
    def usual_weeks(self) -> float:
        """How long the steps with answers of its newest year are: their median, in weeks."""
        if not self.atoms:
            return self.step_weeks
        end = self.atoms[-1].span.last
        newest = [
            atom.span.weeks for atom in self.atoms if atom.numerator is not None and end - atom.span.last < 52
        ]
        return median(newest) if newest else self.step_weeks

    @cached_property
    def weekly(self) -> int:
        """The shortest step of its course, in weeks: how often somebody may have looked."""
        return min((atom.span.weeks for atom in self.atoms), default=self.step_weeks)


def series_of(session: Session, catalogue: Catalogue, nodes: Sequence[Node], through: Week) -> list[Series]:
    """One series a node and indicator that has a released step up to `through`, by node then indicator."""
    services = sorted({code for node in nodes for code in node.services})
    read = counts.read(session, services)
    answered: dict[str, set[str]] = defaultdict(set)
    for (code, _), versions in read.items():
        answered[code].update(versions)
    found: list[Series] = []
    released: dict[tuple[str, str], BySeries] = {}
    for node in nodes:
        questionnaire = _newest(set().union(*(answered[code] for code in node.services)), catalogue)
        if questionnaire is None:
            continue
        for indicator in questionnaire.indicators:
            by_series = _added_up(node, indicator, read, catalogue, released=released, through=through)
            one = _series(node, questionnaire, indicator, by_series, through=through)
            if one is not None:
                found.append(one)
    return found


def _added_up(
    node: Node,
    indicator: Indicator,
    read: Mapping[tuple[str, str], Mapping[str, list[Count]]],
    catalogue: Catalogue,
    *,
    released: dict[tuple[str, str], BySeries],
    through: Week,
) -> BySeries:
    """A service’s own counts; of a wider node the sum of what its services released, by span."""
    if node.level == "service":
        return _by_series(read.get((node.code, indicator.question), {}), indicator, catalogue)
    total: BySeries = defaultdict(lambda: defaultdict(lambda: (0, 0)))
    with_any = 0
    for code in node.services:
        key = code, indicator.code
        if key not in released:
            own = _by_series(read.get((code, indicator.question), {}), indicator, catalogue)
            released[key] = {name: _shown(_cut(spans, through)) for name, spans in own.items()}
        with_any += any(released[key].values())
        for name, spans in released[key].items():
            for span, (top, bottom) in spans.items():
                so_far = total[name][span]
                total[name][span] = so_far[0] + top, so_far[1] + bottom
    if with_any < 2:  # the sum would be that one service's own figures over again
        return {}
    return {name: dict(spans) for name, spans in total.items()}


def _newest(answered: Iterable[str], catalogue: Catalogue) -> Questionnaire | None:
    # The newest version that somebody answered; None while nobody has: there is nothing to draw.
    return max((catalogue.get(version) for version in answered), key=lambda one: one.version, default=None)


def _by_series(versions: Mapping[str, list[Count]], indicator: Indicator, catalogue: Catalogue) -> BySeries:
    # Versions that ask alike share a series, and their counts make one unbroken trend.
    pooled: dict[str, list[Count]] = {}
    options: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for version, found in sorted(versions.items()):
        same = [one for one in catalogue.get(version).indicators if one.code == indicator.code]
        for one in same:
            pooled.setdefault(one.series, []).extend(found)
            options[one.series] = (one.numerator, one.denominator)
    return {name: tally_by_span(found, *options[name]) for name, found in pooled.items()}


def _series(
    node: Node, questionnaire: Questionnaire, indicator: Indicator, by_series: BySeries, *, through: Week
) -> Series | None:
    in_turn = sorted((spans for spans in by_series.values() if spans), key=min)
    segments = [cut for spans in in_turn if (cut := _cut(spans, through))]
    if not segments:
        return None
    return Series(
        node=node,
        questionnaire=questionnaire,
        indicator=indicator,
        atoms=tuple(atom for segment in segments for atom in segment),
        reworded=tuple(sum(map(len, segments[:position])) for position in range(1, len(segments))),
        step_weeks=step_weeks(in_turn[-1])(through),
    )


def _cut(spans: BySpan, through: Week) -> tuple[Atom, ...]:
    return atoms(spans, weeks=step_weeks(spans), through=through)


def _shown(cut: Iterable[Atom]) -> BySpan:
    return {atom.span: (atom.numerator, atom.denominator) for atom in cut if atom.numerator is not None}


def positions(series: Series, weeks: Collection[Week]) -> list[int]:
    """Places of the steps that hold each of `weeks`, or come first after it; of a week past the end, none."""
    firsts = [_at(series, week) for week in weeks]
    return sorted({at for at in firsts if at is not None})


def _at(series: Series, week: Week) -> int | None:
    return next((place for place, atom in enumerate(series.atoms) if atom.span.last >= week), None)
