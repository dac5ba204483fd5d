"""Easy read: which picture stands beside which words, and where a line ends."""

from __future__ import annotations

import re

from survey.catalogue.editions import Edition
from survey.domain.languages import is_easy
from survey.domain.questionnaire import Question

UNSURE, NONE = "unsure", "none"  # 'Don't know', and what does not concern somebody
_ENDS = {"favourable": ("face-5", "face-4"), "unfavourable": ("face-1", "face-2")}
_SENTENCE = re.compile(r"(?<=[.?!\u06d4\u061f])\s+")  # ends in Latin or in Arabic script


def of_question(edition: Edition, question: Question) -> str | None:
    """The picture beside a question, by name; None where the edition shows none."""
    return edition.pictures.get((question.code,))


def of_options(edition: Edition, question: Question) -> list[str | None]:
    """The picture beside each option: the one it was given, else a face where some are better than others."""
    if not is_easy(edition.tag):
        return [None] * len(question.options)
    faces = _faces(question) if question.kind == "single" and not question.about_you else {}
    return [
        edition.pictures.get((question.code, one.code)) or faces.get(one.code) for one in question.options
    ]


def _faces(question: Question) -> dict[str, str]:
    """From the happiest to the saddest, in whichever order the options stand."""
    options = [one for one in question.options if one.code != "dont_know"]
    faces = {one.code: UNSURE for one in question.options if one.code == "dont_know"}
    felt = [place for place, one in enumerate(options) if one.group in _ENDS]
    for place, one in enumerate(options):
        if one.group == "neither":
            # What is in the middle stands between; behind the others stands what does not concern somebody.
            faces[one.code] = "face-3" if felt and place < felt[-1] else NONE
    for group, (most, less) in _ENDS.items():
        held = [one for one in options if one.group == group]
        outwards = held if (held[:1] == options[:1]) else list(reversed(held))
        for place, one in enumerate(outwards):
            faces[one.code] = most if place == 0 and len(held) > 1 else less
    return faces


def sentences(text: str) -> list[str]:
    """A text's sentences: one idea a line."""
    return _SENTENCE.split(text)
