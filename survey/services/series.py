"""Series: what has been released of every node's indicators, before anything is drawn or judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.blocks import FIRST_LENGTH, block_of
from survey.domain.calendar import Span, Week
from survey.domain.counts import Atom, Told
from survey.domain.organisation import Node
from survey.domain.questionnaire import GROUPS, Indicator, Questionnaire
from survey.domain.released import Figure, Form, NodeKey
from survey.storage import cells, ledger

BySeries = Mapping[str, Sequence[Figure]]  # by the name of the series: versions that ask alike
DRAWN = 100  # answers from which a public step stands in a chart over time


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


def series_of(
    session: Session, catalogue: Catalogue, nodes: Sequence[Node], through: Week, *, form: Form = "staff"
) -> list[Series]:
    """One series a node and indicator of which anything may be told up to `through`, by node then indicator.

    Nothing goes in but figures that had left, in that form, by the release of `through`: what is made of
    cells, as the week of a service's first answer, would say of a week that it was not empty. A service has a
    gap for what it has told nothing of, whether it had answers or none; an organisation has no series then.
    """
    told = ledger.figures(session, {_key(node) for node in nodes}, through=through, form=form)
    pathways = {node.pathway: _Pathway.read(session, node.pathway, through) for node in nodes}
    found: list[Series] = []
    for node in nodes:
        mine = _Told(node, told.get(_key(node), {}), pathways[node.pathway], through, form)
        questionnaire = _newest(mine, catalogue)
        if questionnaire is None:
            continue
        for indicator in questionnaire.indicators:
            one = _series(mine, questionnaire, indicator, catalogue)
            if one is not None:
                found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Pathway:
    """Since when the release knows its nodes, answers or none, and how long steps are now."""

    since: Mapping[NodeKey, Week]
    lengths: Mapping[tuple[str, NodeKey], int]

    @classmethod
    def read(cls, session: Session, pathway: str, through: Week) -> _Pathway:
        since: dict[NodeKey, Week] = {}
        for one in cells.members(session, pathway):
            if one.services:
                since.setdefault(one.key, one.since)
        return cls(since, cells.step_lengths(session, pathway, block_of(through).first))


@dataclass(frozen=True, slots=True)
class _Told:
    """What has been told of one node, by series."""

    node: Node
    figures: BySeries
    pathway: _Pathway
    through: Week
    form: Form

    def length(self, series: str) -> int:
        """Weeks that its steps have now."""
        return self.pathway.lengths.get((series, _key(self.node)), FIRST_LENGTH)

    def begins(self, series: str) -> Week | None:
        """The first week that was told of; None where nothing was."""
        figures = self.figures.get(series)
        return figures[0].span.first if figures else None

    def known(self) -> Week | None:
        """Since when a service could have told something; None for one not known yet, and an organisation."""
        since = self.pathway.since.get(_key(self.node)) if self.node.level == "service" else None
        return since if since is not None and since <= self.through else None


def _key(node: Node) -> NodeKey:
    return node.code, node.icb, node.pathway


def _newest(mine: _Told, catalogue: Catalogue) -> Questionnaire | None:
    """The newest version, in force by then, that asks something that was told; else the newest in force."""
    of_pathway = [
        entry for entry in catalogue.entries.values() if entry.questionnaire.pathway == mine.node.pathway
    ]
    begun = [
        entry
        for entry in of_pathway
        if entry.publication is not None and entry.publication.since <= mine.through.monday
    ]
    told = [
        entry
        for entry in of_pathway
        if any(mine.begins(one.series) is not None for one in entry.questionnaire.indicators)
    ]
    found = [entry for entry in begun if entry in told] or told
    if not found and mine.known() is not None:
        found = begun
    return max((entry.questionnaire for entry in found), key=lambda one: one.version, default=None)


def _series(
    mine: _Told, questionnaire: Questionnaire, indicator: Indicator, catalogue: Catalogue
) -> Series | None:
    asked = {
        name: (one, version)
        for version in catalogue.all()
        if version.pathway == questionnaire.pathway
        for one in version.indicators
        if one.code == indicator.code and (name := version.series_of(one.question)) is not None
    }
    begun = sorted((begin, name) for name in asked if (begin := mine.begins(name)) is not None)
    told = [_told(mine, name, *asked[name]) for _, name in begun]
    if not told:
        told = [_untold(mine)]
    elif mine.form == "staff" or not told[-1]:  # a public step goes on until it holds enough
        told[-1] += _since(mine, begun[-1][1], told[-1])
    segments = [tuple(segment) for segment in told if segment]
    if not segments:
        return None
    return Series(
        node=mine.node,
        questionnaire=questionnaire,
        indicator=indicator,
        atoms=tuple(atom for segment in segments for atom in segment),
        reworded=tuple(sum(map(len, segments[:position])) for position in range(1, len(segments))),
        step_weeks=mine.length(begun[-1][1]) if begun else FIRST_LENGTH,  # it says if there were few or none
    )


def _told(mine: _Told, name: str, indicator: Indicator, version: Questionnaire) -> list[Atom]:
    """Its figures in time, with a gap wherever weeks were withheld or empty: nobody can tell which."""
    question = version.question(indicator.question)
    top, bottom = question.groups_of(indicator.numerator), question.groups_of(indicator.denominator)
    edge = mine.begins(name)
    found: list[Atom] = []
    for figure in mine.figures.get(name, ()):
        if edge is None or top is None or bottom is None:
            break
        if edge < figure.span.first:
            found.append(Atom(Span(edge, figure.span.first + -1), 0, None))
        found.append(Atom(figure.span, figure.of(bottom), figure.of(top), _in_words(figure, top)))
        edge = figure.span.last + 1
    return _drawn(found) if mine.form == "public" else found


def _in_words(figure: Figure, top: frozenset[str]) -> Told:
    """Where no percentage may be told of a group, nor of all others."""
    if top <= figure.few:
        return "few"
    return "all_but_few" if top & figure.all_but_few or set(GROUPS) - top <= figure.few else ""


def _drawn(found: Sequence[Atom]) -> list[Atom]:
    """Public figures added up until a step holds a hundred answers: smaller ones stand in no chart over time.

    Where there are not so many in all they are one step: a level, and no course.
    """
    made: list[Atom] = []
    open_ = False
    for atom in found:
        if open_ and made and atom.numerator is not None:
            made[-1] = _together(made[-1], atom)
        elif open_ and made:
            continue  # a gap within a step: its weeks are no part of the sum
        else:
            made.append(atom)
        open_ = made[-1].numerator is not None and made[-1].denominator < DRAWN
    if open_ and len(made) > 1 and any(one.numerator is not None for one in made[:-1]):
        made.pop()  # it goes on: the next release may fill it
    return made


def _together(one: Atom, other: Atom) -> Atom:
    numerator = (one.numerator or 0) + (other.numerator or 0)
    return Atom(Span(one.span.first, other.span.last), one.denominator + other.denominator, numerator)


def _since(mine: _Told, name: str, told: Sequence[Atom]) -> list[Atom]:
    """The gap up to now, where a step has ended of which nothing is told."""
    edge = told[-1].span.last + 1 if told else mine.begins(name)
    return _gap(mine, edge, mine.length(name))


def _untold(mine: _Told) -> list[Atom]:
    """The gap of a service that has told nothing, the same whether nobody answered or too few did."""
    return _gap(mine, mine.known(), FIRST_LENGTH)


def _gap(mine: _Told, edge: Week | None, length: int) -> list[Atom]:
    if edge is None or mine.through + 1 - edge < length:
        return []
    return [Atom(Span(edge, mine.through), 0, None)]


def positions(series: Series, weeks: Collection[Week]) -> list[int]:
    """Places of the steps that hold each of `weeks`, or come first after it; of a week past the end, none."""
    firsts = [_at(series, week) for week in weeks]
    return sorted({at for at in firsts if at is not None})


def _at(series: Series, week: Week) -> int | None:
    return next((place for place, atom in enumerate(series.atoms) if atom.span.last >= week), None)
