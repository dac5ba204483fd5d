"""What is looked at before a workbook is believed: its unpacked size, its entities, its damage."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from survey.domain.errors import BadInput, Problem

HIGHEST = 1_048_576  # rows of a sheet in Excel; a file may claim any number
_DOCTYPE = b"<!DOCTYPE"  # begins every XML entity bomb, and no workbook has one

_T = TypeVar("_T")


def check_archive(path: Path, *, most: int, remedy: str) -> None:
    """BadInput where a workbook unpacks to more than `most` bytes, or is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            if size > most:
                raise BadInput(
                    f"{path.name} unpacks to {size / 1e6:,.0f} MB; {most / 1e6:,.0f} MB is the most: {remedy}"
                )
            odd = [part for part in parts if _DOCTYPE in archive.open(part).read(2000).upper()]
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise damaged(path, error) from None
    if odd:
        raise BadInput(f"{path.name} holds a DOCTYPE, which no workbook needs; it is not read")


def quietly(path: Path, read: Callable[[], _T]) -> _T:
    """What `read` returns; a damaged part is said in our words, styles are not complained of."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read()
    except Exception as error:  # noqa: BLE001  # openpyxl raises whatever a damaged part happens to cause
        raise damaged(path, error) from None


def damaged(path: Path, error: Exception) -> BadInput:
    """What is said of a workbook that is none, or not whole."""
    said = f"the workbook cannot be read ({type(error).__name__}): open it in Excel and save it again"
    return BadInput(f"{path.name} is damaged; nothing was imported", [Problem(path.name, None, said)])
