"""All questionnaires of an installation: by key, and which is in force in a week."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from survey.catalogue import published
from survey.catalogue.blocks import FOLDER as BLOCKS
from survey.catalogue.blocks import Shared
from survey.catalogue.folders import Entry, Library
from survey.catalogue.problems import Problems
from survey.domain.calendar import Week, this_week
from survey.domain.errors import NotFound
from survey.domain.questionnaire import Questionnaire


@dataclass(frozen=True, eq=False)  # one is read of a process's folders: what is made of it is kept by it
class Catalogue:
    """The shipped questionnaires and an installation's own, all of them sound."""

    entries: Mapping[str, Entry]  # by key, in order of pathway and version
    shared: Mapping[str, Shared] = field(default_factory=dict)  # blocks by name
    folders: tuple[Path, ...] = ()

    @classmethod
    def load(cls, folders: Sequence[Path], *, week: Week | None = None) -> Catalogue:
        """Read whole folders; BadInput lists everything wrong with any of them.

        A version is retired or not as of `week`, this week where none is given.
        """
        problems = Problems()
        library = Library(problems, week or this_week())
        for folder in folders:
            library.add_folder(folder.absolute())
        _check_order(library.entries.values(), problems)
        problems.raise_any()
        entries = dict(sorted(library.entries.items(), key=lambda item: _order(item[1])))
        return cls(entries, library.shared, tuple(folder.absolute() for folder in folders))

    def get(self, key: str) -> Questionnaire:
        """The questionnaire 'patient-transport/v1'; NotFound where there is none."""
        return self.entry(key).questionnaire

    def entry(self, key: str) -> Entry:
        """The same, with its file and when it is in force."""
        if key not in self.entries:
            close = get_close_matches(key, self.entries, n=1)
            meant = f"did you mean {close[0]}?" if close else "see `heard questionnaire list`"
            raise NotFound(f"there is no questionnaire {key!r}; {meant}")
        return self.entries[key]

    def current(self, pathway: str, week: Week) -> Questionnaire:
        """The newest published version of a pathway that is in force in `week`."""
        found = [
            entry.questionnaire
            for entry in self.entries.values()
            if entry.questionnaire.pathway == pathway
            and entry.publication is not None
            and entry.publication.in_force(week)
        ]
        if not found:
            raise NotFound(
                f"no questionnaire of the pathway {pathway!r} is in force in {week}; "
                f"pathways are {', '.join(self.pathways()) or 'none'}"
            )
        return max(found, key=lambda questionnaire: questionnaire.version)

    def pathways(self) -> tuple[str, ...]:
        """Pathways with a published version, in order of the alphabet."""
        return tuple(
            sorted({entry.questionnaire.pathway for entry in self.entries.values() if entry.publication})
        )

    def versions(self, pathway: str) -> list[Questionnaire]:
        """Every version of a pathway, the newest first."""
        return sorted((one for one in self.all() if one.pathway == pathway), key=lambda one: -one.version)

    def all(self) -> tuple[Questionnaire, ...]:
        """Every version, drafts and retired ones too."""
        return tuple(entry.questionnaire for entry in self.entries.values())


def check(files: Sequence[Path], folders: Sequence[Path]) -> tuple[Questionnaire, ...]:
    """The questionnaires of `files`, all sound; BadInput lists everything wrong with any of them."""
    problems = Problems()
    _, found = read_files(files, folders, problems)
    problems.raise_any()
    return tuple(entry.questionnaire for entry in found)


def read_file(file: Path, folders: Sequence[Path]) -> Questionnaire:
    """One questionnaire by its file, with the blocks of `folders` and those beside it."""
    problems = Problems()
    _, found = read_files([file], folders, problems)
    problems.raise_any()
    if not found:
        raise NotFound(f"{file} is a block; name a questionnaire's file")
    return found[0].questionnaire


def read_files(
    files: Sequence[Path], folders: Sequence[Path], problems: Problems
) -> tuple[Library, list[Entry]]:
    """Versions and blocks by their files, with the blocks of `folders` and those beside them."""
    library = Library(problems, this_week())
    own = [file.absolute().parent.parent for file in files]
    for folder in dict.fromkeys([*(folder.absolute() for folder in folders), *own]):
        library.add_blocks(folder)
    found = []
    for file in files:
        if file.absolute().parent.name == BLOCKS:
            library.add_block(file.absolute())
        else:
            found.append(library.add_file(file))
    return library, [entry for entry in found if entry is not None]


def _check_order(entries: Iterable[Entry], problems: Problems) -> None:
    for earlier, later in pairwise(sorted(entries, key=_order)):
        first, second = earlier.publication, later.publication
        same = earlier.questionnaire.pathway == later.questionnaire.pathway
        if same and first and second and second.since <= first.since:
            message = f"begins on {second.since}, not after {first.key} ({first.since})"
            problems.note_line(later.folder / published.NAME, second.line, message, field=second.key)


def _order(entry: Entry) -> tuple[str, int]:
    return entry.questionnaire.pathway, entry.questionnaire.version
