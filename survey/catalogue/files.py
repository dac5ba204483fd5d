"""One YAML file to nodes that know their file and line, or a note of what keeps it from being read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from survey.catalogue.problems import Problems, shown

LARGEST = 200_000  # bytes; the largest shipped questionnaire is a fiftieth of it
DEEPEST = 10  # levels; composing recurses, and a questionnaire needs six
REFUSED = "!refused"  # a node that was complained of already; say no more about it
_OFTEN = "often a text with ': ' or '#' in it: put the text in quotes"


class _Loader(yaml.SafeLoader):
    """Composes nodes; an alias or too deep a nesting is noted and left out."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        super().__init__(text)
        self.name = file
        self._problems = problems
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]
            self._note(event, f"the alias *{event.anchor} is not used here: write it out")
            return yaml.ScalarNode(REFUSED, "", event.start_mark, event.end_mark)
        if event.anchor:
            self._note(event, f"the anchor &{event.anchor} is not used here: share a question as a block")
            event.anchor = None
        if self._depth >= DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"nested more than {DEEPEST} levels deep", problem_mark=event.start_mark
            )
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def _note(self, event: Any, message: str) -> None:
        self._problems.note_line(self.name, event.start_mark.line + 1, message)


def read_nodes(path: Path, problems: Problems) -> yaml.Node | None:
    """The root node of a file; None, and a note of every reason, where it cannot be read."""
    text = _read_text(path, problems)
    if text is None:
        return None
    tabs = [number for number, line in enumerate(text.split("\n"), start=1) if "\t" in line]
    for number in tabs:
        problems.note_line(path, number, "a tab: indent with spaces, two for each level")
    return None if tabs else _compose(path, text, problems)


def _read_text(path: Path, problems: Problems) -> str | None:
    try:
        data = _read_bytes(path)
    except OSError as error:
        problems.note_line(path, None, f"cannot be read ({error.strerror}): check its name and its rights")
        return None
    if len(data) > LARGEST:
        problems.note_line(path, None, f"is larger than {LARGEST // 1000} kB: that is not a questionnaire")
        return None
    try:
        return data.decode("utf-8-sig")  # Windows editors put a mark in front
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.note_line(path, line, f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8")
        return None


def _read_bytes(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise OSError(0, "not a file")
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _compose(path: Path, text: str, problems: Problems) -> yaml.Node | None:
    try:
        root = _Loader(text, shown(path), problems).get_single_node()
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        # PyYAML's stub calls it bytes; for a text it is the code point.
        what = f"the character U+{ord(text[error.position]):04X} may not stand in a file: delete it"
        problems.note_line(path, line, what)
        return None
    except yaml.MarkedYAMLError as error:
        problems.note_line(path, _line(error), _in_words(error))
        return None
    if root is None:
        problems.note_line(path, 1, "is empty: begin with `pathway:`, `version:` and `title:`")
    return root


def _line(error: yaml.MarkedYAMLError) -> int | None:
    mark = error.problem_mark or error.context_mark
    return None if mark is None else mark.line + 1


def _in_words(error: yaml.MarkedYAMLError) -> str:
    if error.context == "expected a single document in the stream":
        return "a second document begins here (---): one questionnaire a file"
    problem = re.sub(r"\s+", " ", error.problem or "not YAML")
    remedy = "" if problem.startswith("nested") else f"; {_OFTEN}"
    return f"cannot be read as YAML: {problem}{remedy}"
