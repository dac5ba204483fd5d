"""Ask by what patients told of themselves: an ICB's lead question over a quarter, one attribute at a time.

The counts bear noise that was drawn once, so that a table asked for again tells nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.disclosure import rounded
from analysis.subgroup_cells import NOTHING, TWO_CELLS, cells_told, without_remainder
from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, quarter_span
from survey.domain.counts import SMALLEST
from survey.domain.errors import BadInput, Refused
from survey.domain.organisation import Node
from survey.domain.questionnaire import GROUPS, Question, Questionnaire
from survey.domain.released import Form
from survey.services.ask import Asked, node_of, record
from survey.services.compare import UNSAID
from survey.storage import cells, counts
from survey.storage.database import transaction

Groups = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One option's answers: of each group, of the favourable and all others, or of none that may be told."""

    label: str
    cells: Groups | None


@dataclass(frozen=True, slots=True)
class Table:
    """A lead question's answers by one attribute, in the order of the questionnaire."""

    node: Node
    question: Question
    attribute: Question
    quarter: str
    form: Form
    rows: tuple[Subgroup, ...]


def ask_by(engine: Engine, catalogue: Catalogue, asked: Asked, attribute: str) -> Table:
    """Answer a question by an attribute, and record that it was asked.

    BadInput where it is not an ICB's lead question over a whole quarter; Refused where the quarter has not
    been released, or where no option of the attribute may be told.
    """
    with transaction(engine) as session:
        node = node_of(session, catalogue, asked)
        version = catalogue.versions(node.pathway)[0]
        about, quarter = _required(node, version, asked, attribute)
        newest = cells.newest_released(session)
        if newest is None or newest < asked.span.last:
            raise Refused(f"{quarter} has not been released yet: its last week is {asked.span.last}")
        found = counts.read_subgroups(session, quarter).get((node.icb, node.pathway, asked.question), {})
        of_options = {option: groups for (kind, option), groups in found.items() if kind == attribute}
        rows = _rows(of_options, about, _answered(session, node, version, asked.span), asked.form)
        told = any(one.cells for one in rows)
        record(session, asked, node, outcome="told" if told else "withheld", by=attribute)
    if not told:
        raise Refused(
            f"{node.name}, {attribute}, {quarter}: too few responses, or withheld to protect another figure;"
            " about-you answers are counted when their quarter has ended"
        )
    return Table(node, version.question(asked.question), about, quarter, asked.form, rows)


def _required(node: Node, version: Questionnaire, asked: Asked, attribute: str) -> tuple[Question, str]:
    quarter = asked.span.first.quarter
    if node.level != "icb" or quarter_span(quarter) != asked.span:
        raise BadInput("--by is answered of an ICB over a whole quarter alone: --quarter 2026/27-Q3")
    if asked.question != version.lead.question:
        raise BadInput(
            f"--by is answered of the lead question alone, {version.lead.question}: no other is counted with"
            " what patients told of themselves"
        )
    kinds = {one.code: one for one in version.questions if one.about_you}
    if attribute not in kinds:
        raise BadInput(f"--by: there is no {attribute!r}; there are {', '.join(sorted(kinds)) or 'none'}")
    return kinds[attribute], quarter


def _answered(session: Session, node: Node, version: Questionnaire, span: Span) -> int:
    series = version.series_of(version.lead.question)
    mine = set(node.services)
    found = cells.of_weeks(session, node.pathway, span)
    return sum(sum(one.counts) for one in found if one.series == series and one.service in mine)


def _rows(
    of_options: Mapping[str, Groups], attribute: Question, answered: int, form: Form
) -> tuple[Subgroup, ...]:
    options = [one for one in attribute.options if one.code in of_options and one.code != UNSAID]
    if not options:
        return ()
    table = np.array([[of_options[one.code].get(group, 0) for group in GROUPS] for one in options])
    told = cells_told(table, least=SMALLEST)
    stays = without_remainder(table.sum(axis=1), told > NOTHING, answered, least=SMALLEST)
    return tuple(
        Subgroup(one.label, _cells(table[at], int(told[at]), form) if stays[at] else None)
        for at, one in enumerate(options)
    )


def _cells(groups: np.ndarray, told: int, form: Form) -> Groups:
    shown = [int(groups[0]), int(groups[1:].sum())] if told == TWO_CELLS else [int(n) for n in groups]
    if form == "public":
        shown = [int(n) for n in rounded(shown)]
    names = ("favourable", "not favourable") if told == TWO_CELLS else GROUPS
    return dict(zip(names, shown, strict=True))
