"""From the rows of a workbook to the fields of a questionnaire's file, each with the cell it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from survey.services.drafting.layout import COLUMNS, INDICATORS, QUESTIONS, WHOLE, Column
from survey.services.drafting.sheets import Faults, Row
from survey.services.drafting.values import value

_ASKED = tuple(one for one in COLUMNS[QUESTIONS] if not one.answers)
_ANSWERED = tuple(one for one in COLUMNS[QUESTIONS] if one.answers)
_ENDS = ("low", "high")
_OF_A_SCALE = {"group", "from", "to"}


@dataclass
class Tree:
    """A questionnaire's fields, and the cell of each by its path: questions[2].options[1].label."""

    faults: Faults
    places: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, str] = field(default_factory=dict)  # the cells that name one

    def whole(self, sheets: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
        """All of it, in the order of a file."""
        for row in sheets[WHOLE][1:]:
            self.faults.note(
                row.at("pathway"), "is a second questionnaire: one workbook holds one; delete the row"
            )
        self.places |= {"questions": f"{QUESTIONS}!A2", "indicators": f"{INDICATORS}!A2", "": f"{WHOLE}!A2"}
        found = self._fields(sheets[WHOLE][0], COLUMNS[WHOLE], "") if sheets[WHOLE] else {}
        questions = [
            self._question(rows, f"questions[{at}]") for at, rows in self._together(sheets[QUESTIONS])
        ]
        indicators = [
            self._fields(row, COLUMNS[INDICATORS], f"indicators[{number}]")
            for number, row in enumerate(sheets[INDICATORS], start=1)
        ]
        return {**found, "questions": questions, "indicators": indicators}

    def place(self, path: str) -> str:
        """The cell of a path, or of what it is a part of."""
        while path and path not in self.places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places[path]

    def _together(self, rows: Sequence[Row]) -> list[tuple[int, list[Row]]]:
        """Each question's rows with its number: a row that says anything of the question begins one."""
        found: list[list[Row]] = []
        for row in rows:
            if any(one.heading in row.cells for one in _ASKED):
                found.append([row])
            elif found:
                found[-1].append(row)
            else:
                self.faults.note(
                    row.at("answer"), "is an answer before any question: write the question's code"
                )
        return list(enumerate(found, start=1))

    def _question(self, rows: Sequence[Row], path: str) -> dict[str, Any]:
        first = rows[0]
        found = self._fields(first, _ASKED, path)
        block = found.pop("answers_block", None)
        words = {name: found.pop(name) for name in _ENDS if name in found}
        answers = [row for row in rows if any(one.heading in row.cells for one in _ANSWERED)]
        rest = {
            name: found.pop(name)
            for name in ("unit", "max_length", "required", "about_you", "show_if")
            if name in found
        }
        if found.get("kind") == "scale":
            found |= self._scale(answers, first, words, path)
        else:
            if words:
                found["points"] = words
                self.places[f"{path}.points"] = first.at(next(iter(words)))
            found |= self._answers(answers, first, str(found.get("kind")), path)
        if block is not None:
            self._block(found, block, first, path)
        return found | rest

    def _block(self, found: dict[str, Any], block: str, row: Row, path: str) -> None:
        if "options" in found:
            self.faults.note(row.at("answers block"), "beside answers written out: keep one of them")
        found["options"] = {"block": block}
        self.places[f"{path}.options"] = self.blocks[block] = row.at("answers block")

    def _answers(self, rows: Sequence[Row], first: Row, kind: str, path: str) -> dict[str, Any]:
        name = "bands" if kind == "number" else "options"
        self.places[f"{path}.{name}"] = (rows[0] if rows else first).at("answer")
        found = [self._fields(row, _ANSWERED, f"{path}.{name}[{at}]") for at, row in enumerate(rows, start=1)]
        return {name: found} if found else {}

    def _scale(self, rows: Sequence[Row], first: Row, words: dict[str, Any], path: str) -> dict[str, Any]:
        self.places |= {f"{path}.points.{end}": first.at(end) for end in _ENDS}
        lead = rows[0] if rows else first
        self.places |= {f"{path}.points": lead.at("from"), f"{path}.groups": lead.at("group")}
        ends: list[tuple[int, str]] = []
        groups: dict[str, list[int]] = {}
        for row in rows:
            group, points = self._group(row)
            if group in groups:
                self.faults.note(row.at("group"), f"{group} has a row already: write its points into one")
            elif group and len(points) == 2:
                at = f"{path}.groups.{group}"
                self.places |= {at: row.at("group"), f"{at}[1]": row.at("from"), f"{at}[2]": row.at("to")}
                groups[group] = points
                ends += [(points[0], row.at("from")), (points[1], row.at("to"))]
        if not ends:
            return {"points": words} if words else {}
        (low, low_at), (high, high_at) = min(ends), max(ends)
        self.places |= {f"{path}.points.from": low_at, f"{path}.points.to": high_at}
        return {"points": {"from": low, "to": high, **words}, "groups": groups}

    def _group(self, row: Row) -> tuple[str | None, list[int]]:
        """The group of one row of a scale, and its first and last point where both are there."""
        held = {one.heading: value(row, one, self.faults) for one in _ANSWERED}
        for heading in held:
            if heading in row.cells and heading not in _OF_A_SCALE:
                self.faults.note(row.at(heading), "a scale's answers are its points: leave this blank")
            if heading in _OF_A_SCALE and heading not in row.cells:
                self.faults.note(row.at(heading), "is missing: a row of a scale is a group with its points")
        return held["group"], [held[end] for end in ("from", "to") if held[end] is not None]

    def _fields(self, row: Row, columns: Sequence[Column], path: str) -> dict[str, Any]:
        found = {}
        said = [one.heading for one in columns if one.heading in row.cells]
        self.places.setdefault(path, row.at(said[0] if said else columns[0].heading))
        for column in columns:
            self.places[f"{path}.{column.field}" if path else column.field] = row.at(column.heading)
            held = value(row, column, self.faults)
            if held is not None:
                found[column.field] = held
        if "block" in found:
            self.blocks.setdefault(found["block"], row.at("block"))
        return found
