"""Export: every figure that has been told of a node, as files for analysts and spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.errors import NotFound
from survey.domain.export import Export, Line
from survey.domain.organisation import Node
from survey.domain.questionnaire import Question
from survey.domain.released import Form, NodeKey, Released
from survey.presenters import data, data_book
from survey.presenters.words import EVERYTHING
from survey.services.csv_file import csv_bytes
from survey.services.door import let_figures_out
from survey.services.nodes import nodes
from survey.services.whole_files import write_whole
from survey.storage import directory, ledger
from survey.storage.database import transaction


def write_export(
    engine: Engine,
    catalogue: Catalogue,
    *,
    out: Path,
    week: Week,
    node: str | None = None,
    form: Form = "public",
) -> list[Path]:
    """Write all that has been told of `node` up to `week` into `out`: workbook, CSV, its codebook and JSON.

    All files or none. NotFound for an unknown node, or one nothing of which has been told in that form.
    """
    with transaction(engine, reading=True) as session:
        told = export(session, catalogue, week, node=node, form=form)
    stem = f"figures-{re.sub(r'[^A-Za-z0-9-]', '-', node or 'all')}-{week}-{form}"
    files = {
        out / f"{stem}.xlsx": data_book.workbook(told),
        out / f"{stem}.csv": csv_bytes(data.table(told)),
        out / f"{stem}-codebook.csv": csv_bytes(data.codebook(told.form)),
        out / f"{stem}.json": data.as_json(told),
    }
    write_whole(files, what="the export")
    return list(files)


def export(
    session: Session, catalogue: Catalogue, week: Week, *, node: str | None, form: Form
) -> Released[Export]:
    """The figures of a node, of its services and of all between, as the ledger has them, in a fixed order."""
    mine = {_key(one): one for one in _within(session, node)}
    name = EVERYTHING if node is None else directory.name_of(session, node)
    asked = _questions(catalogue)
    lines = [
        Line(mine[key].name, mine[key].level, *_worded(asked, key, series), figure)
        for key, by_series in ledger.figures(session, mine, through=week, form=form).items()
        for series, figures in by_series.items()
        for figure in figures
    ]
    if not lines:
        raise NotFound(f"nothing of {name} has been told in the {form} form by {week}; see `heard release`")
    lines.sort(key=_order)
    return let_figures_out(
        session, Export(node, name, week, lines), [one.figure for one in lines], through=week, form=form
    )


def _order(line: Line) -> tuple[object, ...]:
    return (line.figure.pathway, line.node_name, *line.figure.key, line.question, line.figure.span)


def _within(session: Session, node: str | None) -> list[Node]:
    codes = {one.code for one in directory.services(session, node)}
    return [one for one in nodes(session) if codes.issuperset(one.services)]


def _key(node: Node) -> NodeKey:
    return node.code, node.icb, node.pathway


def _questions(catalogue: Catalogue) -> Mapping[tuple[str, str], Question]:
    """The newest wording of each series of a pathway."""
    versions = sorted(catalogue.all(), key=lambda one: one.version)
    return {
        (version.pathway, series): question
        for version in versions
        for question in version.questions
        if (series := version.series_of(question.code)) is not None
    }


def _worded(asked: Mapping[tuple[str, str], Question], key: NodeKey, series: str) -> tuple[str, str]:
    question = asked.get((key[2], series))  # none where an installation dropped its own questionnaire's file
    return (question.code, question.text) if question else (series, "")
