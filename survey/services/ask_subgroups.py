"""Ask by what patients told of themselves: an ICB's lead question over a quarter, one attribute at a time.

The counts bear noise that was drawn once. A table stands in the ledger as it was told, and is told so again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.disclosure import rounded
from analysis.subgroup_cells import NOTHING, TWO_CELLS, cells_told, without_remainder
from survey.catalogue.catalogue import Catalogue
from survey.domain.blocks import block_of
from survey.domain.calendar import Span, Week, quarter_span
from survey.domain.counts import SMALLEST
from survey.domain.errors import BadInput, Refused
from survey.domain.organisation import Node
from survey.domain.questionnaire import GROUPS, Question, Questionnaire
from survey.domain.released import Figure, Form
from survey.domain.ways import attributes
from survey.services.ask import Asked, node_of, record
from survey.services.compare import UNSAID
from survey.storage import cells, counts, ledger
from survey.storage.database import transaction
from survey.storage.ledger import New

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
    """Answer a question by an attribute, and record that it was asked; what is told is entered once a form.

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
        rows, entered = _told(session, node, asked, attribute), 0
        if rows is None:
            rows = _fresh(session, node, version, asked, about=about)
            entered = _enter(session, node, version, asked, by=attribute, rows=rows, run=newest)
        told = any(one.cells for one in rows)
        outcome = "told" if told else "withheld"
        record(session, asked, node, outcome=outcome, entered=entered, by=attribute)
    if not told:
        raise Refused(
            f"{node.name}, {attribute}, {quarter}: too few responses, or withheld to protect another figure;"
            " about-you answers are counted when their quarter has ended"
        )
    return Table(node, version.question(asked.question), about, quarter, asked.form, rows)


def _told(session: Session, node: Node, asked: Asked, attribute: str) -> tuple[Subgroup, ...] | None:
    """The table as it was told in this form; answers that were counted since change nothing of it."""
    for one in ledger.of_block(session, node.pathway, block_of(asked.span.first).first):
        figure, about = one.figure, one.about
        what = (figure.node, figure.icb, figure.span, figure.form, about.get("question"), about.get("by"))
        if what == (node.code, node.icb, asked.span, asked.form, asked.question, attribute):
            return tuple(Subgroup(row["label"], _named(row["cells"])) for row in about["options"])
    return None


def _enter(
    session: Session,
    node: Node,
    version: Questionnaire,
    asked: Asked,
    *,
    by: str,
    rows: Sequence[Subgroup],
    run: Week,
) -> int:
    """Write a table into the ledger, if anything of it is told; of no services, for it is no sum of cells."""
    if not any(one.cells for one in rows):
        return 0
    series = version.series_of(asked.question) or ""
    nothing = Figure(node.code, node.icb, node.pathway, series, asked.span, (0, 0, 0), 0, asked.form)
    options = [{"label": one.label, "cells": one.cells and list(one.cells.values())} for one in rows]
    about = {
        **{"who": asked.who, "why": asked.why, "question": asked.question, "by": by},
        **{"quarter": asked.span.first.quarter, "options": options},
    }
    ledger.append(session, run, [New(nothing, "answer", (), about)])
    return 1


def _fresh(
    session: Session, node: Node, version: Questionnaire, asked: Asked, *, about: Question
) -> tuple[Subgroup, ...]:
    """The table as it is counted by now."""
    found = counts.read_subgroups(session, asked.span.first.quarter)
    groups = found.get((node.icb, node.pathway, asked.question), {})
    of_options = {option: mine for (kind, option), mine in groups.items() if kind == about.code}
    return _rows(of_options, about, _answered(session, node, version, asked.span), asked.form)


def _required(node: Node, version: Questionnaire, asked: Asked, attribute: str) -> tuple[Question, str]:
    quarter = asked.span.first.quarter
    if node.level != "icb" or quarter_span(quarter) != asked.span:
        raise BadInput("--by is answered of an ICB over a whole quarter alone: --quarter 2026/27-Q3")
    if asked.question != version.lead.question:
        raise BadInput(
            f"--by is answered of the lead question alone, {version.lead.question}: no other is counted with"
            " what patients told of themselves"
        )
    kinds = attributes(version)
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


def _cells(groups: np.ndarray, told: int, form: Form) -> Groups | None:
    shown = [int(groups[0]), int(groups[1:].sum())] if told == TWO_CELLS else [int(n) for n in groups]
    if form == "public":
        shown = [int(n) for n in rounded(shown)]
    return _named(shown)


def _named(shown: Sequence[int] | None) -> Groups | None:
    if shown is None:
        return None
    names = ("favourable", "not favourable") if len(shown) == TWO_CELLS else GROUPS
    return dict(zip(names, shown, strict=True))
