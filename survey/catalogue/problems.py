"""Everything wrong with a set of files, gathered while reading goes on."""

from __future__ import annotations

from pathlib import Path

from yaml import Node

from survey.domain.errors import BadInput, Problem


class Problems:
    """What was found wrong so far. A block that several files include is complained of once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def note(self, node: Node, field: str, message: str) -> None:
        """Note what is wrong with `node`, which knows its own file and line."""
        self.note_line(node.start_mark.name, node.start_mark.line + 1, message, field=field)

    def note_line(
        self, file: Path | str, line: int | None, message: str, *, field: str | None = None
    ) -> None:
        name = shown(file) if isinstance(file, Path) else file
        self._found[Problem(name, line, message, field or None)] = None

    def found(self) -> tuple[Problem, ...]:
        return tuple(self._found)

    def raise_any(self) -> None:
        """BadInput with all problems, if there is one."""
        if self._found:
            count = len(self._found)
            these = "is 1 problem" if count == 1 else f"are {count} problems"
            raise BadInput(f"there {these} in the questionnaires:", self.found())


def shown(path: Path) -> str:
    """A path as the person at the keyboard would type it: from here if it lies below."""
    whole, here = path.absolute(), Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)
