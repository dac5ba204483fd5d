"""Everything wrong with questionnaires and with their translations, said at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from survey.catalogue.catalogue import Catalogue, read_files
from survey.catalogue.pieces import Translations, named_by
from survey.catalogue.problems import Problems
from survey.catalogue.translations import Translation
from survey.domain.errors import NotFound
from survey.domain.questionnaire import Questionnaire

Sound = tuple[tuple[Questionnaire, ...], list[Translation]]


def check_all(catalogue: Catalogue) -> Sound:
    """A catalogue's versions and all of its translations; BadInput lists what is wrong with any of these."""
    found = Translations.load(catalogue)
    found.problems.raise_any()
    return catalogue.all(), found.all()


def check_files(files: Iterable[Path], folders: Sequence[Path]) -> Sound:
    """The versions and translations of `files`; BadInput lists everything wrong with any of them.

    What is translated lies beside its translation, or in one of `folders`.
    """
    whole = [file.absolute() for file in files]
    translated = [file for file in whole if named_by(file, file.parent.parent)]
    own = [file.parent.parent for file in translated]
    every = list(dict.fromkeys([*(folder.absolute() for folder in folders), *own]))
    sources = dict.fromkeys(source for file in translated if (source := _source(file, every)))
    problems = Problems()
    others = [file for file in whole if file not in translated]
    library, found = read_files([*others, *(one for one in sources if one not in others)], every, problems)
    translations = Translations(Catalogue(library.entries, library.shared, tuple(every)), problems)
    unsound = set(sources) - {one.file.absolute() for one in library.entries.values()}
    for file in translated:
        if _source(file, every) not in unsound:  # of which enough was said already
            translations.read(file, file.parent.parent)
    problems.raise_any()
    return tuple(one.questionnaire for one in found if one.file.absolute() in others), translations.all()


def _source(file: Path, folders: Sequence[Path]) -> Path | None:
    """The version that a file translates; None where it is another kind of piece, or there is none."""
    named = named_by(file, file.parent.parent)
    if named is None or named[0].startswith("_"):
        return None
    places = [file.parent.parent, *folders]
    return next((found for place in places if (found := place / f"{named[0]}.yaml").is_file()), None)


def read_with_translations(file: Path, folders: Sequence[Path]) -> tuple[Questionnaire, Translations]:
    """One version by its file, with all translations of it, of its blocks and of the page."""
    problems = Problems()
    library, found = read_files([file], folders, problems)
    problems.raise_any()
    if not found:
        raise NotFound(f"{file} is a block; name a questionnaire's file")
    every = dict.fromkeys([*(folder.absolute() for folder in folders), file.absolute().parent.parent])
    catalogue = Catalogue(library.entries, library.shared, tuple(every))
    return found[0].questionnaire, Translations.load(catalogue)
