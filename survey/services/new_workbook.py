"""A workbook for people to work in: written where none stands yet."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook

from survey.domain.errors import Refused


def save_new(book: Workbook, path: Path) -> None:
    """Save it; Refused where the file is there already, as somebody may have worked on it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            book.save(file)
    except FileExistsError:
        raise Refused(f"{path} is there already, and is not written over: choose another name") from None
