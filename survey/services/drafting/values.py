"""What a cell under each heading means; a value that cannot be meant is noted at its cell."""

from __future__ import annotations

import math
import re
from typing import Any

from survey.services.drafting.layout import Column
from survey.services.drafting.rule_text import as_fields
from survey.services.drafting.sheets import Faults, Row

_TRUE, _FALSE = {"yes", "true", "x"}, {"no", "false"}


def value(row: Row, column: Column, faults: Faults) -> Any:
    """The value as a questionnaire's file has it; None where the cell is blank or wrong."""
    held, at = row.cells.get(column.heading), row.at(column.heading)
    if held is None:
        return None
    if column.takes in {"whole", "decimal"}:
        return _number(held, at, faults, whole=column.takes == "whole")
    if column.takes == "flag":
        return _flag(held, at, faults)
    if not isinstance(held, str):
        said = "true or false" if isinstance(held, bool) else "a number"
        faults.note(at, f"is {said} to the spreadsheet: format the cell as Text and write it again")
        return None
    if column.takes == "rule":
        return _rule(held, at, faults)
    return _codes(held) if column.takes == "codes" else held.casefold() if column.takes == "word" else held


def _codes(held: str) -> str | list[str]:
    return "all" if held.casefold() == "all" else [code for code in re.split(r"[\s,;]+", held) if code]


def _number(held: Any, at: str, faults: Faults, *, whole: bool) -> float | int | None:
    if isinstance(held, str) and re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", held):
        held = float(held)
    if isinstance(held, str | bool) or not math.isfinite(held) or abs(held) > 1e9:
        faults.note(at, f"is a {'whole ' if whole else ''}number such as {'200' if whole else '0.5'}")
        return None
    if whole and held != int(held):
        faults.note(at, f"is a whole number, not {held:g}")
        return None
    return int(held) if held == int(held) else round(held, 9)  # 0.1 + 0.2 is 0.3 to whoever wrote it


def _flag(held: Any, at: str, faults: Faults) -> bool | None:
    word = str(held).casefold()
    if isinstance(held, bool) or word in _TRUE | _FALSE:
        return word in _TRUE or None  # false is what it is when left out
    faults.note(at, f"{word[:40]!r} is neither yes nor no")
    return None


def _rule(held: str, at: str, faults: Faults) -> Any:
    try:
        return as_fields(held)
    except ValueError as error:
        faults.note(at, str(error))
        return None
