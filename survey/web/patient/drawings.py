"""The pictures of easy read in a page, each drawn once; and its lines."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from survey.catalogue.easy import sentences
from survey.catalogue.pictures import pictures


def drawn(name: str | None, words: str | Markup) -> str | Markup:
    """Words with their picture before them; bare where there is none."""
    if name is None:
        return words
    return Markup('<svg class="pic" aria-hidden="true"><use href="#pic-{}"/></svg><span>{}</span>').format(
        name, words
    )


def symbols(names: Iterable[str]) -> Markup:
    """The drawings of a page, unseen until they are used; nothing where it has none."""
    shapes, wanted = pictures(), sorted(set(names))
    if not wanted:
        return Markup("")
    return Markup('<svg class="drawings" aria-hidden="true">{}</svg>').format(
        Markup("").join(
            Markup('<symbol id="pic-{}" viewBox="0 0 48 48">{}</symbol>').format(name, Markup(shapes[name]))  # noqa: S704  # our own drawings
            for name in wanted
        )
    )


def lines(text: str) -> Markup:
    """Each sentence on a line of its own: one idea a line."""
    return Markup("").join(Markup('<span class="line">{}</span>').format(one) for one in sentences(text))
