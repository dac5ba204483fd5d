"""Options: answers by every option of a question, where they are just those that cells hold in groups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span
from survey.domain.questionnaire import GROUPS, Question, Questionnaire
from survey.services.releasing.lattice import Ints
from survey.storage import counts
from survey.storage.cells import Cell

Key = tuple[str, Span, bool]  # service, weeks in which they were given, whether apart or taken back
ByOption = Mapping[tuple[str, Span], Counter[str]]  # (service, weeks in which they were given)
ANSWERS = ("very_good", "good", "neither", "poor", "very_poor", "dont_know")  # in the publication's order


@dataclass(frozen=True, slots=True)
class Options:
    """What one series asks, in its newest version's words, and the versions whose options are the same."""

    pathway: str
    series: str
    question: Question
    alike: frozenset[str]  # keys of versions

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(one.code for one in self.question.options)


def options_of(catalogue: Catalogue, pathway: str, series: str) -> Options | None:
    """The options of a series; None where no version has it, or an answer may be several of them."""
    for version in catalogue.versions(pathway):
        for question in version.questions:
            if version.series_of(question.code) == series:
                return None if question.kind == "multiple" else same_as(catalogue, version, question)
    return None


def same_as(catalogue: Catalogue, version: Questionnaire, question: Question) -> Options:
    """The options of one version's question."""
    series = version.series_of(question.code)
    alike = (
        one.key
        for one in catalogue.versions(version.pathway)
        if one.series_of(question.code) == series
        and _groups(one.question(question.code)) == _groups(question)
    )
    return Options(version.pathway, series or "", question, frozenset(alike))


def is_friends_and_family(version: Questionnaire) -> bool:
    """Whether a version asks the Friends and Family Test first."""
    question = version.question(version.lead.question)
    return {publication_code(one.code) for one in question.options} == set(ANSWERS)


def publication_code(option: str) -> str:
    """An option as ANSWERS writes it."""
    return option.replace("-", "_")


def held(cells: Iterable[Cell], series: str) -> dict[Key, Ints]:
    """What cells hold of a series, in groups, by whose answers of which weeks they are."""
    found: dict[Key, Ints] = defaultdict(lambda: np.zeros(len(GROUPS), dtype=np.int64))
    for cell in cells:
        if cell.series == series:
            found[cell.service, cell.span, cell.apart or cell.taken_back] += cell.counts
    return {key: groups for key, groups in found.items() if key[2] or groups.any()}


def by_option(session: Session, options: Options, keys: Iterable[Key]) -> ByOption:
    """All answers that cells were made of, whichever cells, to versions whose options are the same."""
    found: dict[tuple[str, Span], Counter[str]] = defaultdict(Counter)
    wanted = list(keys)
    services, spans = {key[0] for key in wanted}, {key[1] for key in wanted}
    for service, version, span, option, n in counts.taken(session, services, options.question.code, spans):
        if version in options.alike:
            found[service, span][option] += n
    return found


def agreed(options: Options, held: Mapping[Key, Ints], found: ByOption) -> dict[str, int] | None:
    """The answers of some cells by option, in the question's order; None where they are not the cells' own.

    Some came late and are in other cells, were taken back, answer a version of other options, or are told
    apart.
    """
    total: Counter[str] = Counter()
    groups = _groups(options.question)
    for (service, span, is_apart), in_groups in held.items():
        mine = found.get((service, span), Counter())
        sums = [sum(mine[code] for code, group in groups if group == one) for one in GROUPS]
        if is_apart or sums != in_groups.tolist():
            return None
        total.update(mine)
    return {code: total[code] for code in options.codes}


def _groups(question: Question) -> tuple[tuple[str, str | None], ...]:
    return tuple((one.code, one.group) for one in question.options)
