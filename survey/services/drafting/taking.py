"""A workbook becomes a draft: all that is wrong with it said by cell, or its file written."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from survey.catalogue.catalogue import read_file
from survey.catalogue.problems import shown
from survey.catalogue.reading import PATHWAY
from survey.domain.errors import BadInput, Problem, Refused
from survey.domain.questionnaire import Questionnaire
from survey.services.drafting.sheets import Faults, read_sheets, row_of
from survey.services.drafting.tree import Tree

_TOLD = 200  # problems; a workbook of something else has a hundred thousand
_PATH = re.compile(r"(?:questions|indicators)\[[0-9]+\](?:\.[a-z_]+(?:\[[0-9]+\])?)*")


def take(path: Path, into: Path, folders: Sequence[Path]) -> tuple[Questionnaire, Path]:
    """Write `<pathway>/v<version>.yaml` into the folder `into`; the questionnaire and its file.

    `folders` hold the blocks, and the versions that are there already: BadInput lists all that is wrong with
    the workbook, and Refused says of what is not written over. Nothing is written until all is sound, for one
    unsound file would stop every command.
    """
    faults = Faults(path.name)
    sheets = read_sheets(path, faults)
    tree = Tree(faults)
    if any(faults.at(f"{name}!A1") for name in sheets):
        raise _told(tree, faults.found())  # a sheet without a heading was not read: all else would follow
    fields = tree.whole(sheets)
    text = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None)
    pathway, version = _key(fields, tree)
    read = _checked(text, (pathway, version), tree, [*folders, into])
    for folder in dict.fromkeys([*folders, into]):
        if (there := folder / pathway / f"v{version}.yaml").exists():
            raise Refused(
                f"{shown(there)} is there already, and is not written over: give yours another version"
            )
    return read, _write(into / pathway / f"v{version}.yaml", text)


def _key(fields: dict[str, Any], tree: Tree) -> tuple[str, int]:
    """The pathway and the version; others to go on checking with where these are none."""
    pathway, version = fields.get("pathway", ""), fields.get("version", 0)
    if not PATHWAY.fullmatch(pathway) or len(pathway) > 60:
        tree.faults.note(tree.place("pathway"), "write it in small letters, digits and hyphens: day-surgery")
        pathway = "draft"
    if not 1 <= version <= 999:
        tree.faults.note(tree.place("version"), "write a number from 1 to 999")
        version = 1
    return pathway, version


def _checked(text: str, key: tuple[str, int], tree: Tree, folders: Sequence[Path]) -> Questionnaire:
    """What the usual check makes of it, in a folder of its own; BadInput by cell."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place).resolve() / key[0] / f"v{key[1]}.yaml"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        try:
            read = read_file(file, [one for one in folders if one.is_dir()])
        except BadInput as error:
            others = [_by_cell(problem, tree, own=problem.file == shown(file)) for problem in error.problems]
            new = [problem for problem in others if not tree.faults.at(problem.field or "")]
            raise _told(tree, [*tree.faults.found(), *new]) from None
    if found := tree.faults.found():
        raise _told(tree, found)
    return read


def _by_cell(problem: Problem, tree: Tree, *, own: bool) -> Problem:
    """A problem of the draft's file at its cell; one of a block at the cell that names the block."""
    if own:
        cell = tree.place(problem.field or "")
        message = _PATH.sub(lambda found: tree.place(found[0]), problem.message)
    elif (name := Path(problem.file).stem) in tree.blocks:
        cell, message = tree.blocks[name], f"in the block {name!r}, {problem.field}: {problem.message}"
    else:
        return problem
    return Problem(tree.faults.file, row_of(cell), message, cell)


def _told(tree: Tree, problems: Sequence[Problem]) -> BadInput:
    these = "is 1 problem" if len(problems) == 1 else f"are {len(problems):,} problems"
    first = f", the first {_TOLD}" if len(problems) > _TOLD else ""
    return BadInput(f"there {these} in {tree.faults.file}; nothing was written{first}:", problems[:_TOLD])


def _write(file: Path, text: str) -> Path:
    """Whole, or not at all; and never over another."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(prefix=".", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as made:
            made.write(text)
        Path(part).chmod(0o644)
        os.link(part, file)
    except FileExistsError:
        raise Refused(
            f"{shown(file)} is there already, and is not written over: give yours another version"
        ) from None
    finally:
        Path(part).unlink()
    return file
