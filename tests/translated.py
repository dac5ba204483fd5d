"""A small folder of questionnaires with translations, to be read, spoiled and reviewed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.pieces import Translations
from survey.catalogue.reviews import Review, marked
from survey.catalogue.texts import Where
from survey.catalogue.translation_files import written
from survey.catalogue.translations import Piece
from survey.catalogue.words import FOLDER as WORDS
from survey.domain.languages import TAGS
from survey.resources import folder

SHIPPED = folder("questionnaires")
SOUND = Path(__file__).parent / "unit" / "sound" / "clinic"
BLOCKS = ("fft", "comment", "age_band")  # that the sound file includes
KEY = "clinic/v1"


def small(place: Path) -> Path:
    """A folder with one version, its blocks and the page's English words."""
    (place / "clinic").mkdir(parents=True)
    text = (SOUND / "v1.yaml").read_text("utf-8")
    begin, end = text.index("  - code: comment"), text.index("indicators:")
    blocks = "  - block: comment\n  - block: age_band\n\n"
    (place / "clinic" / "v1.yaml").write_text(text[:begin] + blocks + text[end:], "utf-8")
    (place / "_blocks").mkdir()
    (place / WORDS).mkdir()
    for name in BLOCKS:
        shutil.copy(SHIPPED / "_blocks" / f"{name}.yaml", place / "_blocks")
    shutil.copy(SHIPPED / WORDS / "en.yaml", place / WORDS)
    return place


def catalogue_of(place: Path) -> Catalogue:
    return Catalogue.load([place])


def pieces(place: Path, tag: str, key: str = KEY) -> list[Piece]:
    """All that has to be translated for a version to be offered in a language, each text in one piece."""
    catalogue = catalogue_of(place)
    found, version = Translations(catalogue), catalogue.get(key)
    blocks = [f"_blocks/{name}" for name in catalogue.shared]
    own, *others = [one for of in (key, *blocks, WORDS) if (one := found.piece(of, tag, place))]
    texts = tuple(one for one in own.texts if len(list(found.places(version, one))) == 1)
    return [replace(own, texts=texts), *others]


def translate(place: Path, tag: str, key: str = KEY) -> None:
    """Write a translation of everything, none of it in any language: each word with `tag` before it."""
    for piece in pieces(place, tag, key):
        texts = {
            one.where: "people" if one.is_picture else _other(one.source, tag)
            for one in piece.texts
            if one.needed
        }
        write(piece.file, texts)


def _other(text: str, tag: str) -> str:
    return text if tag.startswith("en") else f"{tag} {text}"[:2000]


def write(file: Path, texts: Mapping[Where, str]) -> None:
    """Write the file of these texts."""
    file.write_text(written(texts), "utf-8")


def review(place: Path, *tags: str) -> None:
    """Mark every translation of a folder as reviewed, or those into some languages."""
    for one in Translations.load(catalogue_of(place)).all():
        if one.tag in (tags or TAGS):
            mark = Review("a test", date(2026, 11, 30), one.fingerprint)
            one.file.write_text(marked(one.file.read_text("utf-8"), mark), "utf-8")


def shipped_and_reviewed(place: Path, *tags: str) -> Catalogue:
    """A copy of what is shipped, with its drafts into some languages marked as reviewed."""
    copy = place / "questionnaires"
    shutil.copytree(SHIPPED, copy)
    review(copy, *tags)
    return catalogue_of(copy)
