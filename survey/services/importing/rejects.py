"""The rejects file: line, column and reason of each row that was not stored, and nothing it holds."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from survey.services.importing.joining import Rejected

HEADER = ("line", "column", "reason")
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def rejects_file(folder: Path, batch: str, rejected: Sequence[Rejected]) -> Iterator[Path | None]:
    """Write the file, let the caller commit, then give it its name; an import that fails leaves none.

    Written before the commit, so that no stored import lacks it.
    """
    if not rejected:
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{batch}.csv"
    partial = path.with_name(f".{batch}.partial")
    try:
        _write(partial, rejected)
        yield path
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _write(path: Path, rejected: Sequence[Rejected]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADER)
        writer.writerows((one.line, _harmless(one.column), _harmless(one.reason)) for one in rejected)


def _harmless(text: str) -> str:
    # A column's name comes from the file; a spreadsheet must not take it for a formula.
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text
