"""The texts that patients read, each with its place and its room: what a translation says in other words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from survey.catalogue.blocks import Shared
from survey.domain.questionnaire import Option, Question, Questionnaire

Where = tuple[str, ...]  # ('questions', 'kindness', 'options', 'very_kind')
LONGER = 1.5  # as long again as half of what the source may have: most languages need more room than English
_OPTIONS = {"number": "bands"}  # as a questionnaire's own file calls them
_POINT = " – "  # between a point of a scale and its words


@dataclass(frozen=True, slots=True)
class Text:
    """One text as it is published."""

    where: Where
    source: str  # '' where a translation may add what the source has not
    most: int  # characters of a translation
    needed: bool = True
    is_picture: bool = False  # a picture's name: what easy read shows beside words

    @property
    def path(self) -> str:
        """Its place in its file, as complaints name it."""
        return ".".join(self.where)


def of_questionnaire(questionnaire: Questionnaire, *, easy: bool) -> Iterator[Text]:
    """The texts of a version; easy read has pictures too."""
    yield _text(("title",), questionnaire.title, 80)
    for question in questionnaire.questions:
        yield from _of_question(question, ("questions", question.code), easy)


def of_shared(shared: Shared, *, easy: bool) -> Iterator[Text]:
    """The texts of a block."""
    if shared.question is not None:
        yield from _of_question(shared.question, ("question",), easy)
    yield from _labels(shared.options, (), "options", easy=easy)


def of_words(english: Mapping[str, str]) -> Iterator[Text]:
    """The page's own words."""
    for name, text in english.items():
        yield Text((name,), text, max(80, 2 * len(text)))


def reworded(questionnaire: Questionnaire, language: str, texts: Mapping[Where, str]) -> Questionnaire:
    """The same questionnaire in other words; what has none keeps its own."""
    return replace(
        questionnaire,
        language=language,
        title=texts.get(("title",), questionnaire.title),
        questions=tuple(
            _reworded(one, {where[2:]: text for where, text in texts.items() if where[1:2] == (one.code,)})
            for one in questionnaire.questions
        ),
    )


def _reworded(question: Question, texts: Mapping[Where, str]) -> Question:
    return replace(
        question,
        text=texts.get(("text",), question.text),
        hint=texts.get(("hint",), question.hint),
        why=texts.get(("why",), question.why),
        unit=texts.get(("unit",), question.unit),
        options=tuple(
            replace(one, label=_label(question, place, texts)) for place, one in enumerate(question.options)
        ),
    )


def _label(question: Question, place: int, texts: Mapping[Where, str]) -> str:
    option = question.options[place]
    if question.kind != "scale":
        return texts.get((_OPTIONS.get(question.kind, "options"), option.code), option.label)
    number, _, said = option.label.partition(_POINT)
    end = {0: "low", len(question.options) - 1: "high"}.get(place, "")
    words = texts.get(("points", end), said)
    return f"{number}{_POINT}{words}" if words else number


def _of_question(question: Question, at: Where, easy: bool) -> Iterator[Text]:
    yield _text((*at, "text"), question.text, 150)
    yield _text((*at, "hint"), question.hint or "", 400)
    if question.about_you:  # patients read why they are asked about themselves; the rest is for staff
        yield _text((*at, "why"), question.why, 250)
    if question.unit:
        yield _text((*at, "unit"), question.unit, 20)
    if easy:
        yield _picture((*at, "picture"), needed=True)
    if question.kind == "scale":
        for end, option in (("low", question.options[0]), ("high", question.options[-1])):
            yield _text((*at, "points", end), option.label.partition(_POINT)[2], 40)
    else:
        yield from _labels(question.options, at, _OPTIONS.get(question.kind, "options"), easy=easy)


def _labels(options: Sequence[Option], at: Where, name: str, *, easy: bool) -> Iterator[Text]:
    for option in options:
        yield _text((*at, name, option.code), option.label, 60)
    if easy:
        for option in options:
            yield _picture((*at, "pictures", option.code), needed=False)


def _text(where: Where, source: str, most: int) -> Text:
    return Text(where, source, int(most * LONGER), needed=bool(source))


def _picture(where: Where, *, needed: bool) -> Text:
    return Text(where, "", 40, needed=needed, is_picture=True)
