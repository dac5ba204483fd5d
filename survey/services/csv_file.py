"""CSV files for spreadsheets: what comes from people's texts is never taken for a formula."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(value: object) -> object:
    """The same, but a text that a spreadsheet would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_FORMULA) else value


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as a file, with a byte order mark so that spreadsheets read names right."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([harmless(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def write_csv(path: Path, rows: Iterable[Sequence[object]], *, for_all: bool = True) -> None:
    """Write rows; whole, or not at all.

    A file that is not `for_all` can be read by its owner alone.
    """
    body = csv_bytes(rows)
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644 if for_all else 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
