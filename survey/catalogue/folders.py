"""Folders of questionnaires: which files there are, whether they lie right, and what each holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from survey.catalogue import published
from survey.catalogue.blocks import FOLDER as BLOCKS
from survey.catalogue.blocks import Blocks, Shared
from survey.catalogue.files import read_nodes
from survey.catalogue.problems import Problems, shown
from survey.catalogue.published import Publication
from survey.catalogue.reading import PATHWAY, Place, Reader
from survey.domain.calendar import Week
from survey.domain.questionnaire import Questionnaire

MAPPINGS = "_mappings"  # what vendors' exports mean; read by imports alone
_FILE = re.compile(r"v([1-9][0-9]{0,2})\.yaml")
TRANSLATION = re.compile(r"([a-z][a-z0-9_]*)\.([a-z]+(?:-[a-z]+)*)\.yaml")  # of a version or a block
PLACES = (
    "a questionnaire is <pathway>/v<number>.yaml, a translation of it <pathway>/v<number>.<language>.yaml"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One version with where it lies and, unless it is a draft, when it is in force."""

    questionnaire: Questionnaire
    file: Path
    folder: Path
    publication: Publication | None


class Library:
    """Reads folders one after the other; a later one may use the blocks of those before."""

    def __init__(self, problems: Problems, week: Week) -> None:
        self.entries: dict[str, Entry] = {}
        self.shared: dict[str, Shared] = {}  # by the block's name
        self._problems, self._week = problems, week
        self._blocks = Blocks(problems)
        self._reader = Reader(self._blocks, problems)

    def add_folder(self, folder: Path) -> None:
        """Read every block, every version and PUBLISHED of a folder."""
        self.add_blocks(folder)
        known = published.read_published(folder, self._problems)
        files = {place: file for file in _yaml_files(folder) if (place := self._place(file, folder))}
        for place, file in sorted(files.items()):
            self._add(file, folder, known.get(_key(place)), place)
        for key in known.keys() - {_key(place) for place in files}:
            self._problems.note_line(
                folder / published.NAME,
                known[key].line,
                f"the published {key} has no file: restore {key}.yaml",
            )

    def add_file(self, file: Path) -> Entry | None:
        """Read one version wherever it lies; None where it lies wrong or is not sound."""
        folder = file.absolute().parent.parent
        place = self._place(file.absolute(), folder)
        if place is None:
            return None
        known = published.read_published(folder, self._problems)
        return self._add(file, folder, known.get(_key(place)), place)

    def add_blocks(self, folder: Path) -> None:
        """Read the shared blocks of a folder, if it has some."""
        for file in sorted((folder / BLOCKS).glob("*.yaml")):
            if not TRANSLATION.fullmatch(file.name):
                self.add_block(file)

    def add_block(self, file: Path) -> None:
        """Read one block by itself."""
        block = self._blocks.read(file)
        if block is not None:
            self.shared[file.stem] = self._reader.block(block)

    def _add(self, file: Path, folder: Path, known: Publication | None, place: Place) -> Entry | None:
        before = len(self._problems.found())
        root = read_nodes(file, self._problems)
        if root is None:
            return None
        read = self._reader.questionnaire(root, place)
        self._check_new(read.key, file, folder)
        if len(self._problems.found()) > before:
            return None
        if known is not None and known.digest != read.digest:
            self._problems.note_line(file, None, _changed(read, known))
        state = published.state(known, self._week)
        entry = Entry(replace(read, state=state), file, folder, known)
        return self.entries.setdefault(read.key, entry)

    def _check_new(self, key: str, file: Path, folder: Path) -> None:
        other = self.entries.get(key)
        if other is not None and other.folder != folder:
            self._problems.note_line(
                file, None, f"{key} is there already, at {shown(other.file)}: give yours another pathway"
            )

    def _place(self, file: Path, folder: Path) -> Place | None:
        parts = file.relative_to(folder).parts
        match = _FILE.fullmatch(parts[-1])
        if len(parts) == 2 and match and PATHWAY.fullmatch(parts[0]) and len(parts[0]) <= 60:
            return Place(parts[0], int(match[1]))
        self._problems.note_line(file, None, f"lies in the wrong place: {PLACES}")
        return None


def _yaml_files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.suffix.lower() in {".yaml", ".yml"} and file.is_file() and not _is_apart(parts):
            yield file


def _is_apart(parts: tuple[str, ...]) -> bool:
    # Other folders with a '_' belong to others (mappings of imports); those with a '.' to editors and git.
    # Translations are read by themselves.
    if any(part.startswith(".") for part in parts) or TRANSLATION.fullmatch(parts[-1]):
        return True
    if parts[0] == BLOCKS:
        return len(parts) == 2 and parts[1].endswith(".yaml")
    return len(parts) > 1 and parts[0].startswith("_")


def _changed(read: Questionnaire, known: Publication) -> str:
    following = f"{read.pathway}/v{read.version + 1}.yaml"
    return (
        f"has changed, or a block it includes has, since it was published (in force from {known.since}): "
        f"restore it, or write your change into {following}"
    )


def _key(place: Place) -> str:
    return f"{place.pathway}/v{place.version}"
