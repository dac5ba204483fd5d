"""What a questionnaire keeps to beyond its fields: each rule notes what breaks it, where, and the remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey.catalogue.fft import check_fft
from survey.catalogue.fields import Fields, names
from survey.domain.questionnaire import Indicator, Kind, Option, Question
from survey.domain.ways import CODES as WAY_CODES

MOST_COMMENT = 1000  # characters over all text questions; a sealed response has one length
MOST_CODED = 1000  # bytes of codes beside them, in the same sealed length
# Fields that only some kinds of question have.
OF_KINDS: Mapping[str, tuple[Kind, ...]] = {
    "options": ("single", "multiple"),
    "points": ("scale",),
    "groups": ("scale",),
    "bands": ("number",),
    "unit": ("number",),
    "max_length": ("text",),
}


def check_question(question: Question, fields: Fields) -> None:
    """What goes together in one question, and the wording of the Friends and Family Test."""
    for name, kinds in OF_KINDS.items():
        if name in fields and question.kind and question.kind not in kinds:
            meant = " and ".join(kinds)
            fields.wrong(name, f"belongs to {meant} questions: delete it, or write kind: {kinds[0]}")
    if question.code in WAY_CODES:
        said = f"{question.code!r} is counted of every response, asked or not: choose another code"
        fields.wrong("code", said)
    if question.kind == "text" and "max_length" not in fields:
        fields.missing("max_length")
    if question.about_you and question.kind not in {"single", ""}:
        said = "an about-you question has one answer, chosen from options: write kind: single"
        fields.wrong("about_you", said)
    if question.about_you and question.required:
        fields.wrong("required", "an about-you question is never required: delete `required`")
    _check_options(question, fields)
    check_fft(question, fields)


def check_option(option: Option, fields: Fields, kind: Kind, about_you: bool) -> None:
    """Rated answers are sorted into groups, answers about oneself are not."""
    if about_you:
        for name in ("group", "score"):
            if name in fields:
                fields.wrong(name, f"an answer about oneself is neither good nor bad: delete `{name}`")
    elif "group" not in fields:
        fields.missing("group")
    elif option.code == "dont_know" and option.group not in {"neither", None}:
        fields.wrong("group", "'Don't know' counts in the middle: write neither")
    if kind == "multiple" and "score" in fields:
        fields.wrong("score", "several answers have no score together: delete it, or write kind: single")
    if kind == "single" and option.alone:
        fields.wrong("alone", "of one answer each stands alone: delete `alone`, or write kind: multiple")


def check_whole(questions: Sequence[Question], indicators: Sequence[Indicator], fields: Fields) -> None:
    """What concerns a questionnaire as a whole."""
    by_code = {question.code: question for question in reversed(questions)}
    if indicators and indicators[0].code:
        lead = by_code.get(indicators[0].question)
        if "fft" in by_code and indicators[0].code != "fft_positive":
            fields.wrong(
                "indicators", f"fft_positive comes first where fft is asked, not {indicators[0].code}"
            )
        elif lead is not None and lead.show_if:
            fields.wrong(
                "indicators",
                f"the first leads every report, but {lead.code!r} is not asked of all: put another first",
            )
    if (comments := written(questions)) > MOST_COMMENT:
        said = f"comments may have {comments} characters in all; {MOST_COMMENT} is the most"
        fields.wrong("questions", f"{said}: lower a max_length")
    if (codes := coded(questions)) > MOST_CODED:
        said = f"the answers' codes need {codes} bytes; {MOST_CODED} is the most: shorten some"
        fields.wrong("questions", said)


def written(questions: Sequence[Question]) -> int:
    """Characters that can be written in own words."""
    return sum(question.max_length or 0 for question in questions)


def coded(questions: Sequence[Question]) -> int:
    """Bytes of the longest answers in codes."""
    return sum(len(question.code) + _longest(question) + 6 for question in questions)


def _check_options(question: Question, fields: Fields) -> None:
    if question.kind == "single" and not question.about_you and question.code != "fft":
        _check_scores(question, fields)
    if question.kind == "multiple" and question.options and all(one.alone for one in question.options):
        fields.wrong("options", "every answer stands alone: write kind: single and delete `alone`")


def _check_scores(question: Question, fields: Fields) -> None:
    without = names(one.code for one in question.options if one.score is None and one.code != "dont_know")
    if all(one.score is None for one in question.options):
        return
    if without != "none":
        fields.wrong("options", f"no score for {without}, but for others: give all of them one, or none")
    if any(one.code == "dont_know" for one in question.options):
        said = "'Don't know' is no score: delete that answer, as people can skip a question, or every score"
        fields.wrong("options", said)


def _longest(question: Question) -> int:
    # Of several answers: all that can be chosen together, with a space between.
    alone = [len(one.code) for one in question.options if one.alone or question.kind != "multiple"]
    together = [len(one.code) + 1 for one in question.options if not one.alone]
    return max([*alone, sum(together) - 1 if question.kind == "multiple" else 0], default=0)
