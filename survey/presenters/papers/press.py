"""The press: a template and its content become one PDF/UA, or it is said which letters no font has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import typst

from survey.catalogue.pictures import pictures
from survey.domain.errors import BadInput
from survey.domain.languages import language
from survey.presenters import measure
from survey.resources import folder

_NO_LETTER = re.compile(r"the text `\"(.+?)\"` could not be displayed with font")
_INK = "#212b32"


def printed(template: str, content: Mapping[str, Any], *, tag: str) -> bytes:
    """The PDF of templates/print/`template`.typ, in the language and the direction of `tag`.

    Letters that the shipped fonts lack are looked for in those of this machine; BadInput names what none has.
    """
    templates = folder("templates")
    spoken = language(tag)
    page = {
        **content,
        "lang": spoken.code,
        "right_to_left": spoken.right_to_left,
        "pictures": {name: _drawn(name) for name in _wanted(content)},
    }
    try:
        return typst.compile(
            str(templates / "print" / f"{template}.typ"),
            root=str(templates),
            font_paths=[str(measure.fonts())],
            sys_inputs={"content": json.dumps(page)},
            pdf_standards=["ua-1"],
        )
    except typst.TypstError as error:
        if letters := _unknown_letters(error.diagnostic):
            raise BadInput(
                f"no font on this machine has ‘{letters}’, which is to be printed in {spoken.english}: "
                "install one, such as Noto's for this script, and print again"
            ) from None
        raise


def _unknown_letters(said: str) -> str:
    return ", ".join(dict.fromkeys(_NO_LETTER.findall(said)))


def _wanted(content: object) -> set[str]:
    """The names of all pictures in a page's content."""
    if isinstance(content, Mapping):
        own = {content["picture"]} if content.get("picture") else set()
        return own.union(*map(_wanted, content.values()))
    return set().union(*map(_wanted, content)) if isinstance(content, list | tuple) else set()


@cache
def _drawn(name: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48" fill="none" '
        f'stroke="{_INK}" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round">'
        f"{pictures()[name]}</svg>"
    )
