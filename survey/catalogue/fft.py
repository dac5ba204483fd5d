"""The Friends and Family Test: its words, answers and formula are NHS England's, the same everywhere."""

from __future__ import annotations

from survey.catalogue.fields import Fields
from survey.domain.questionnaire import Indicator, Question

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


def check_fft(question: Question, fields: Fields) -> None:
    """Its question, which nothing else may be called."""
    if question.code != "fft":
        if question.text == FFT_TEXT:
            fields.wrong("code", "this is the Friends and Family question: write `block: fft` instead")
        return
    if question.text and question.text != FFT_TEXT:
        fields.wrong("text", f"the Friends and Family question reads exactly {FFT_TEXT!r}")
    if question.kind not in {"single", ""}:
        fields.wrong("kind", "the Friends and Family question has one answer of six: write kind: single")
        return
    found = tuple((option.code, option.label, option.group) for option in question.options)
    if question.options and found != FFT_OPTIONS:
        wrong = [label for code, label, _ in FFT_OPTIONS if code not in {option[0] for option in found}]
        lacks = f"; {', '.join(wrong)} missing" if wrong else ""
        labels = " / ".join(label for _, label, _ in FFT_OPTIONS)
        fields.wrong("options", f"the Friends and Family answers are exactly, in this order: {labels}{lacks}")
    elif any(option.score is not None for option in question.options):
        fields.wrong("options", "the Friends and Family Test has no mean score: delete every `score`")


def check_fft_positive(indicator: Indicator, fields: Fields) -> None:
    """Its formula, for an indicator of that question."""
    if indicator.measure != "proportion":
        fields.wrong("measure", "of the Friends and Family Test is a proportion: delete `measure`")
        return
    if indicator.numerator and indicator.numerator != FFT_POSITIVE:
        fields.wrong("numerator", "of the Friends and Family Test is very_good and good")
    if indicator.denominator and indicator.denominator != FFT_CODES:
        fields.wrong("denominator", "of the Friends and Family Test is all six, don't know included")
    if indicator.better != "higher":
        fields.wrong("better", "of the Friends and Family Test is higher")
