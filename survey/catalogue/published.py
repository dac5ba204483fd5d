"""The file PUBLISHED beside the questionnaires: the hash of each published version and its Mondays."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from survey.catalogue.problems import Problems, shown
from survey.domain.calendar import Week
from survey.domain.errors import Misconfigured
from survey.domain.questionnaire import State

NAME = "PUBLISHED"
_LINE = re.compile(
    r"(?P<digest>[0-9a-f]{64})\s+(?P<key>[a-z][a-z0-9-]*/v[1-9][0-9]*)\s+(?P<since>\S+)"
    r"(?:\s+retired\s+(?P<retired>\S+))?"
)
_FORM = "a line is: hash, key, Monday, e.g. `<64 hex digits>  patient-transport/v1  2020-12-28`"


@dataclass(frozen=True, slots=True)
class Publication:
    """One published version: fixed from then on, in force from a Monday, perhaps until another."""

    digest: str
    key: str
    since: date
    retired: date | None = None  # the first Monday without it
    line: int | None = None

    def in_force(self, week: Week) -> bool:
        """Whether patients of `week` are asked it, no newer version being in force."""
        return self.since <= week.monday and not self.is_retired(week)

    def is_retired(self, week: Week) -> bool:
        return self.retired is not None and self.retired <= week.monday

    def __str__(self) -> str:
        ended = f"  retired {self.retired}" if self.retired else ""
        return f"{self.digest}  {self.key}  {self.since}{ended}"


def state(publication: Publication | None, week: Week) -> State:
    """A version is a draft until it is recorded, then published, then retired."""
    if publication is None:
        return "draft"
    return "retired" if publication.is_retired(week) else "published"


def read_published(folder: Path, problems: Problems) -> dict[str, Publication]:
    """The published versions of a folder by key; none where it has no such file."""
    file = folder / NAME
    try:
        text = file.read_text("utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        problems.note_line(file, None, f"cannot be read ({type(error).__name__}): restore it")
        return {}
    found: dict[str, Publication] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            _take(found, line.strip(), number, (file, problems))
    return found


def record(folder: Path, publication: Publication) -> None:
    """Append one line; Misconfigured where the folder cannot be written to."""
    file = folder / NAME
    try:
        with file.open("a+b") as lines:
            lines.seek(0)
            ended = (lines.read()[-1:] or b"\n") == b"\n"
            lines.write(f"{'' if ended else os.linesep}{publication}\n".encode())
            lines.flush()
            os.fsync(lines.fileno())
    except OSError as error:
        raise Misconfigured(
            f"{shown(file)} cannot be written ({error.strerror}); keep your own questionnaires in a folder "
            "of yours and name it in HEARD_QUESTIONNAIRES_DIR"
        ) from None


def _take(found: dict[str, Publication], line: str, number: int, where: tuple[Path, Problems]) -> None:
    file, problems = where
    match = _LINE.fullmatch(line)
    if match is None:
        problems.note_line(file, number, f"cannot be read: {_FORM}")
        return
    since, wrong = _monday(match["since"])
    retired, wrong_end = _monday(match["retired"] or match["since"])
    for message in {wrong, wrong_end} - {None}:
        problems.note_line(file, number, str(message), field=match["key"])
    if match["key"] in found:
        problems.note_line(file, number, "is published twice: keep the older line", field=match["key"])
    elif since and retired:
        end = retired if match["retired"] else None
        if end and end <= since:
            problems.note_line(file, number, "is retired before it begins", field=match["key"])
        found[match["key"]] = Publication(match["digest"], match["key"], since, end, line=number)


def _monday(text: str) -> tuple[date | None, str | None]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, f"{text!r} is not a date: write it like 2020-12-28"
    if day.weekday() != 0:
        return day, f"{text} is a {day:%A}; versions change on Mondays"
    return day, None
