"""Figures as an accessible workbook: a cover, contents, notes, the newest figures, and all of them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import pandas as pd

from survey.domain.export import Export
from survey.domain.released import Form, Released
from survey.presenters.data import COLUMNS, LEGEND, Cell, codebook, notes, rows

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of its own future at import
    import gptables

# A name or question that begins like a formula or an address stays the text it is.
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_HEADINGS = {name: name.replace("_", " ").replace("percent", "%").capitalize() for name in COLUMNS}
_HEADINGS["icb"] = "ICB"
_NOTED = ("weeks", "gaps", "neither", "counts", "compare")  # what the notes are about, in their order
_ALL_NOTES = "".join(f"$${name}$$" for name in _NOTED)
_NUMBERS = [_HEADINGS[name] for name in COLUMNS[COLUMNS.index("answers") :]]
_IN_SHORT = [name for name in COLUMNS if name not in {"icb", "series", "first_week", "last_week"}]


def workbook(told: Released[Export]) -> bytes:
    """The figures as XLSX, after the UK Government Analysis Function's guidance on accessible tables."""
    every = list(rows(told))
    newest = {(row["node"], row["icb"], row["pathway"], row["series"]): row for row in every}
    sheets = {
        "Newest": _sheet(told, list(newest.values()), _IN_SHORT, title="The newest figure of each question"),
        "Figures": _sheet(told, every, list(COLUMNS), title="All figures over time"),
        "Columns": _columns(told),
    }
    made = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.Pandas4Warning)  # of gptables' own use of pandas
        book = gptables.produce_workbook(
            filename=made,
            sheets=sheets,
            cover=_cover(told),
            notes_table=_notes(told.form),
            workbook_options=_PLAIN,
        )
    book.set_properties({"title": f"What patients said: {told.what.name}", "comments": str(told.what.week)})
    for sheet in book.worksheets():
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
    book.close()
    return made.getvalue()


def _sheet(
    told: Released[Export], every: Sequence[dict[str, Cell]], columns: Sequence[str], *, title: str
) -> gptables.GPTable:
    frame = pd.DataFrame([[row[name] for name in columns] for row in every], columns=list(columns))
    legend = [f"{sign} means {meaning}" for sign, meaning in LEGEND.items()]
    return gptables.GPTable(
        table=frame.rename(columns=_HEADINGS),
        table_name=title.split()[1].lower(),
        title=f"{title}: {told.what.name}, up to {told.what.week} {_ALL_NOTES}",
        instructions="This sheet has one table. What each column holds is on the sheet 'Columns'.",
        legend=legend if told.form == "public" else [],
        index_columns={},
        additional_formatting=[
            {"column": {"columns": _NUMBERS, "format": {"align": "right"}, "include_names": True}}
        ],
    )


def _cover(told: Released[Export]) -> gptables.Cover:
    export = told.what
    reader = "for anybody" if told.form == "public" else "for staff alone"
    return gptables.Cover(
        cover_label="Cover",
        title=f"What patients said: {export.name}",
        intro=[
            f"Every figure that has been told up to the week {export.week}, {reader}.",
            "Patients answer anonymously. A figure is told where at least ten people answered,",
            "and nothing can be worked out from it about fewer.",
        ],
        about=["The sheet 'Notes' says how to read the figures; 'Columns' what each column holds."],
        contact=[f"Each figure stands in the ledger of what has left, up to its entry {told.upto}."],
    )


def _columns(told: Released[Export]) -> gptables.GPTable:
    meant = [(_HEADINGS.get(str(name), name), meaning) for name, meaning in codebook(told.form)[1:]]
    return gptables.GPTable(
        table=pd.DataFrame(meant, columns=["Column or sign", "What it holds"]),
        table_name="columns",
        title="What each column holds",
        instructions="This sheet has one table.",
        index_columns={},
    )


def _notes(form: Form) -> pd.DataFrame:
    return pd.DataFrame(zip(_NOTED, notes(form), strict=True), columns=["Note reference", "Note text"])
