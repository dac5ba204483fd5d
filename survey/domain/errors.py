"""Every error Heard raises on purpose, with its exit code and HTTP status.

HeardError                 exit 1   500
├── BadInput               exit 2   400   a file, an option or a form is wrong; `problems` lists all of it
├── Misconfigured          exit 3   500   a setting, a key or a folder is missing or unsafe
├── NotFound               exit 4   404   no such service, node, batch …
├── Refused                exit 5   409   would break a rule: a published version, a closed service …
├── LinkEnded              exit 6   410   ticket or form spent, unknown or out of date
├── NotSaved               exit 7   503   the response was not stored; the patient is told so
└── DatabaseDown           exit 8   503   the database does not answer; nothing was written
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class HeardError(Exception):
    """What went wrong and what to do about it, in one sentence for the person at the keyboard."""

    exit_code = 1
    http_status = 500


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing wrong with a file: where it is and what to do."""

    file: str
    line: int | None
    message: str
    field: str | None = None  # a path into the file, or a column

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class BadInput(HeardError):
    """A file, an option or a form is wrong. All problems of it at once."""

    exit_code = 2
    http_status = 400

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line or 0, p.message)))

    def __str__(self) -> str:
        return "\n".join([self.args[0], *(str(problem) for problem in self.problems)])


class Misconfigured(HeardError):
    """A setting, a key or a folder is missing or unsafe."""

    exit_code = 3


class NotFound(HeardError):
    """There is no such service, organisation, batch, questionnaire."""

    exit_code = 4
    http_status = 404


class Refused(HeardError):
    """It would break a rule of the house."""

    exit_code = 5
    http_status = 409


class LinkEnded(HeardError):
    """A ticket or a form that was spent, has ended or never was; the three are told apart by nobody."""

    exit_code = 6
    http_status = 410


class NotSaved(HeardError):
    """A response could not be stored; the patient is told so and may try again."""

    exit_code = 7
    http_status = 503


class DatabaseDown(HeardError):
    """The database does not answer; nothing was written."""

    exit_code = 8
    http_status = 503
