"""What a questionnaire keeps to beyond its fields: each rule notes what breaks it, where, and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from survey.catalogue.fields import Fields
from survey.domain.questionnaire import Indicator, Option, Question

# NHS England's guidance on the Friends and Family Test fixes these words, their order and the formula.
FFT_TEXT = "Overall, how was your experience of our service?"
FFT_OPTIONS = (
    ("very_good", "Very good", "favourable"),
    ("good", "Good", "favourable"),
    ("neither", "Neither good nor poor", "neither"),
    ("poor", "Poor", "unfavourable"),
    ("very_poor", "Very poor", "unfavourable"),
    ("dont_know", "Don't know", "neither"),
)
FFT_CODES = frozenset(code for code, _, _ in FFT_OPTIONS)
FFT_POSITIVE = frozenset({"very_good", "good"})
MOST_COMMENT = 1000  # characters over all text questions; a sealed response has one length
MOST_CODED = 1000  # bytes of codes beside them, in the same sealed length


def check_question(question: Question, fields: Fields) -> None:
    """What goes together in one question, and the wording of the Friends and Family Test."""
    if question.kind == "text":
        _check_text(question, fields)
    elif question.kind == "single":
        _check_single(fields)
    if question.about_you and question.required:
        fields.wrong("required", "an about-you question is never required: delete `required`")
    _check_fft(question, fields)


def check_option(option: Option, fields: Fields, *, about_you: bool) -> None:
    """Rated answers are sorted into groups, answers about oneself are not."""
    if about_you and option.group is not None:
        fields.wrong("group", "an answer about oneself is neither good nor bad: delete `group`")
    elif not about_you and "group" not in fields:
        fields.missing("group")
    elif option.code == "dont_know" and option.group not in {"neither", None}:
        fields.wrong("group", "'Don't know' counts in the middle: write neither")


def check_indicator(indicator: Indicator, question: Question | None, fields: Fields) -> None:
    """An indicator's options are the question's, and its numerator lies in its denominator."""
    if indicator.code == "fft_positive" and indicator.question not in {"fft", ""}:
        fields.wrong("code", "fft_positive is the Friends and Family Test's alone: choose another code")
    if question is None or not question.kind:
        return
    if question.kind == "text" or question.about_you:
        fields.wrong("question", f"{question.code!r} is not a rated question: follow one that is")
        return
    known = frozenset(option.code for option in question.options)
    outside = (indicator.numerator & known) - indicator.denominator
    if outside and indicator.denominator:
        fields.wrong("numerator", f"{_list(outside)} not in the denominator: add there or delete here")
    elif indicator.numerator and indicator.numerator == indicator.denominator:
        fields.wrong("numerator", "is the whole denominator, so always 100 %: leave some answers out")
    if indicator.code != "fft_positive":
        _check_groups(indicator, question, fields)
    elif known == FFT_CODES:
        _check_fft_positive(indicator, fields)


def check_whole(questions: Sequence[Question], indicators: Sequence[Indicator], fields: Fields) -> None:
    """What concerns a questionnaire as a whole."""
    if any(question.code == "fft" for question in questions) and indicators:
        lead = indicators[0].code
        if lead and lead != "fft_positive":
            fields.wrong("indicators", f"fft_positive comes first where fft is asked, not {lead}")
    written = sum(question.max_length or 0 for question in questions)
    if written > MOST_COMMENT:
        fields.wrong(
            "questions", f"comments may have {written} characters in all; {MOST_COMMENT} is the most"
        )
    coded = sum(len(question.code) + _longest(question) + 6 for question in questions)
    if coded > MOST_CODED:
        fields.wrong("questions", f"the answers' codes need {coded} bytes; {MOST_CODED} is the most")


def _check_text(question: Question, fields: Fields) -> None:
    if "options" in fields:
        fields.wrong("options", "a text question has no options: delete them, or write kind: single")
    if "max_length" not in fields:
        fields.missing("max_length")
    if question.about_you:
        fields.wrong("about_you", "an about-you question has options, no free text: write kind: single")


def _check_single(fields: Fields) -> None:
    if "max_length" in fields:
        fields.wrong("max_length", "belongs to text questions: delete it, or write kind: text")


def _check_fft(question: Question, fields: Fields) -> None:
    if question.code != "fft":
        if question.text == FFT_TEXT:
            fields.wrong("code", "this is the Friends and Family question: write `block: fft` instead")
        return
    if question.text and question.text != FFT_TEXT:
        fields.wrong("text", f"the Friends and Family question reads exactly {FFT_TEXT!r}")
    found = tuple((option.code, option.label, option.group) for option in question.options)
    if question.options and found != FFT_OPTIONS:
        wrong = [label for code, label, _ in FFT_OPTIONS if code not in {option[0] for option in found}]
        lacks = f"; {', '.join(wrong)} missing" if wrong else ""
        labels = " / ".join(label for _, label, _ in FFT_OPTIONS)
        fields.wrong("options", f"the Friends and Family answers are exactly, in this order: {labels}{lacks}")


def _check_groups(indicator: Indicator, question: Question, fields: Fields) -> None:
    """Figures leave in whole groups; 'Don't know' is in the middle one, whatever else was said of it."""
    options = tuple(
        replace(one, group="neither") if one.code == "dont_know" else one for one in question.options
    )
    for name in ("numerator", "denominator"):
        if replace(question, options=options).groups_of(getattr(indicator, name)) is None:
            fields.wrong(
                name,
                "takes a part of an answer group, but figures leave in whole groups (favourable, neither, "
                "unfavourable): take all of a group's answers or none",
            )


def _check_fft_positive(indicator: Indicator, fields: Fields) -> None:
    if indicator.numerator and indicator.numerator != FFT_POSITIVE:
        fields.wrong("numerator", "of the Friends and Family Test is very_good and good")
    if indicator.denominator and indicator.denominator != FFT_CODES:
        fields.wrong("denominator", "of the Friends and Family Test is all six, don't know included")
    if indicator.better != "higher":
        fields.wrong("better", "of the Friends and Family Test is higher")


def _longest(question: Question) -> int:
    return max((len(option.code) for option in question.options), default=0)


def _list(codes: frozenset[str]) -> str:
    names = ", ".join(sorted(codes))
    return f"{names} {'is' if len(codes) == 1 else 'are'}"
