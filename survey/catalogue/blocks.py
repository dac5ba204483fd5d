"""Blocks: questions, answer scales and indicators that several questionnaires share, included by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from yaml import MappingNode, Node, ScalarNode

from survey.catalogue.fields import CODE, Fields
from survey.catalogue.files import read_nodes
from survey.catalogue.problems import Problems
from survey.domain.questionnaire import Option, Question

FOLDER = "_blocks"
Part = Literal["question", "options", "indicator"]
PARTS: tuple[Part, ...] = ("question", "options", "indicator")


@dataclass(frozen=True)
class Block:
    """One file of `_blocks`: any of its three parts, as nodes."""

    file: Path
    parts: Mapping[Part, Node]


@dataclass(frozen=True, slots=True)
class Shared:
    """What patients read of a block."""

    question: Question | None = None
    options: tuple[Option, ...] = ()


@dataclass
class Blocks:
    """All blocks by name; a later folder may use those of an earlier one, and not redefine them."""

    problems: Problems
    _known: dict[str, Block] = field(default_factory=dict)

    def read(self, file: Path) -> Block | None:
        """Read one block's file and remember it under its name."""
        root = read_nodes(file, self.problems)
        if root is None:
            return None
        fields = Fields(root, "", ("source", *PARTS), self.problems)
        if "source" in fields:
            fields.text("source", most=400)
        block = Block(file, {part: node for part in PARTS if (node := fields.value(part)) is not None})
        self._remember(file, block, root)
        return block

    def resolve(self, node: Node, path: str, part: Part) -> tuple[Node, str] | None:
        """The node to read in place of `node`: itself, or what `block: NAME` stands for; None if unknown."""
        if not _is_reference(node):
            return node, path
        fields = Fields(node, path, ("block",), self.problems)
        name = fields.text("block", most=60)
        block = self._known.get(name)
        if block is not None and part in block.parts:
            return block.parts[part], part
        if name:
            fields.wrong("block", self._unknown(name, part))
        return None

    def _remember(self, file: Path, block: Block, root: Node) -> None:
        if not CODE.fullmatch(file.stem):
            self.problems.note_line(file, None, "a block's file is named like kindness.yaml: rename it")
        elif (other := self._known.get(file.stem)) and other.file != file:
            self.problems.note_line(
                file, None, f"the block {file.stem!r} is there already: give this one another name"
            )
        elif not block.parts and isinstance(root, MappingNode):
            self.problems.note(root, "", f"a block has at least one of {', '.join(PARTS)}")
        else:
            self._known[file.stem] = block

    def _unknown(self, name: str, part: Part) -> str:
        having = [known for known, block in self._known.items() if part in block.parts]
        close = get_close_matches(name, having, n=1)
        meant = f"did you mean {close[0]!r}?" if close else f"look for its name in {FOLDER}"
        return f"no block {name!r} has the part {part!r}; {meant}"


def _is_reference(node: Node) -> bool:
    return isinstance(node, MappingNode) and any(
        isinstance(key, ScalarNode) and key.value == "block" for key, _ in node.value
    )
