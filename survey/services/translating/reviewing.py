"""A reviewer's word that translations may be offered: a mark in each of their files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from survey.catalogue.editions import Editions
from survey.catalogue.pieces import Translations
from survey.catalogue.reviews import Review
from survey.catalogue.translation_files import mark
from survey.catalogue.translations import Translation
from survey.domain.errors import NotFound, Refused
from survey.domain.languages import said
from survey.domain.questionnaire import Questionnaire

_NAMED = 10  # of what is missing


def review(
    translations: Translations,
    versions: Sequence[Questionnaire],
    tag: str,
    *,
    by: str,
    on: date,
    folder: Path | None = None,
) -> list[Path]:
    """Mark every file that these versions need in a language; the files that were not marked before.

    Files of the shipped folder are marked as copies in `folder`, where there is one. Refused where a text is
    missing: nobody has reviewed what is not there.
    """
    editions = Editions(translations)
    found = [editions.edition(one, tag) for one in versions if tag in editions.tags(one)]
    if not found:
        raise NotFound(f"nothing of this is translated into {said(tag)} ({tag})")
    if missing := [text for edition in found for text in edition.missing]:
        named = "".join(f"\n{of}: {path}" for of, path in missing[:_NAMED])
        raise Refused(f"{len(missing)} texts are missing, and cannot have been reviewed:{named}")
    used = {one.of: one for edition in found for one in edition.used if one.state != "reviewed"}
    return [_mark(one, Review(by, on, one.fingerprint), folder) for one in used.values()]


def _mark(translation: Translation, made: Review, folder: Path | None) -> Path:
    file = translation.file
    if folder is not None and not file.is_relative_to(folder.absolute()):
        file = folder.absolute() / file.relative_to(file.parent.parent)
    mark(translation, made, file)
    return file
