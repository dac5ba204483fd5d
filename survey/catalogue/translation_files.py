"""Translations written to their files, and the mark of a review added to one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from survey.catalogue.problems import shown
from survey.catalogue.reviews import Review, marked
from survey.catalogue.texts import Where
from survey.catalogue.translations import Piece, Translation
from survey.domain.errors import Misconfigured

_WIDTH = 110  # characters of a line
_HEAD = re.compile(r"(?:[ \t]*(?:#.*)?\n)*")  # comments that a file begins with


def written(texts: Mapping[Where, str]) -> str:
    """Texts as YAML, in their order."""
    whole: dict[str, Any] = {}
    for where, text in texts.items():
        inner = whole
        for name in where[:-1]:
            inner = inner.setdefault(name, {})
        inner[where[-1]] = text
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=_WIDTH)


def keep(piece: Piece, texts: Mapping[Where, str], known: Translation | None) -> Path | None:
    """Write what a piece is translated to, in the order of its source; None where nothing has changed.

    A review stays in the file, to say that the words have changed since. Comments at its head stay too. A
    file without any translation goes.
    """
    ordered = {one.where: texts[one.where] for one in piece.texts if one.where in texts}
    if ordered == (dict(known.texts) if known else {}):
        return None
    if not ordered:
        piece.file.unlink(missing_ok=True)
        return piece.file
    head, review = "", known.review if known else None
    if known is not None:
        begin = _HEAD.match(known.file.read_text("utf-8"))
        head = begin[0] if begin else ""
    text = head + written(ordered)
    _write(piece.file, marked(text, review) if review else text)
    return piece.file


def mark(translation: Translation, review: Review, file: Path) -> None:
    """Write a translation with this mark into `file`; the rest of it stays as it is."""
    _write(file, marked(translation.file.read_text("utf-8"), review))


def _write(file: Path, text: str) -> None:
    partial = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, "utf-8")
        partial.replace(file)
    except OSError as error:
        raise Misconfigured(
            f"{shown(file)} cannot be written ({error.strerror}); keep your own translations in a folder of "
            "yours and name it in HEARD_QUESTIONNAIRES_DIR"
        ) from None
