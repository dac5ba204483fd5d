"""What an indicator keeps to: each rule notes what breaks it, where, and the remedy."""

from __future__ import annotations

from dataclasses import replace

from survey.catalogue.fft import FFT_CODES, check_fft_positive
from survey.catalogue.fields import Fields, names
from survey.domain.questionnaire import Indicator, Question


def check_indicator(indicator: Indicator, question: Question | None, fields: Fields) -> None:
    """An indicator's options are the question's, and its numerator lies in its denominator."""
    if indicator.code == "fft_positive" and indicator.question not in {"fft", ""}:
        fields.wrong("code", "fft_positive is the Friends and Family Test's alone: choose another code")
    if indicator.measure == "mean" and "numerator" in fields:
        fields.wrong("numerator", "belongs to a proportion: delete it, or write measure: proportion")
    if question is None or not question.kind:
        return
    if question.kind == "text" or question.about_you:
        fields.wrong("question", f"{question.code!r} is not a rated question: follow one that is")
        return
    known = frozenset(option.code for option in question.options)
    if indicator.code == "fft_positive" and known == FFT_CODES:
        check_fft_positive(indicator, fields)
    elif indicator.measure == "mean":
        _check_mean(indicator, question, fields)
    _check_share(indicator, known, fields)
    if indicator.code != "fft_positive":
        _check_groups(indicator, question, fields)


def _check_share(indicator: Indicator, known: frozenset[str], fields: Fields) -> None:
    outside = (indicator.numerator & known) - indicator.denominator
    if outside and indicator.denominator:
        are = "is" if len(outside) == 1 else "are"
        fields.wrong("numerator", f"{names(outside)} {are} not in the denominator: add there or delete here")
    elif indicator.numerator and indicator.numerator == indicator.denominator:
        fields.wrong("numerator", "is the whole denominator, so always 100 %: leave some answers out")


def _check_mean(indicator: Indicator, question: Question, fields: Fields) -> None:
    """A mean is of scores, and its target is one that it could reach."""
    counted = [one for one in question.options if one.code in indicator.denominator]
    scores = [one.score for one in counted if one.score is not None]
    if question.options and all(one.score is None for one in question.options):
        said = f"{question.code!r} has no scores: give each of its answers one, or follow a proportion"
        fields.wrong("measure", said if question.kind == "single" else _no_mean(question))
    elif scores and indicator.target is not None and not min(scores) <= indicator.target <= max(scores):
        ends = f"from {min(scores):g} to {max(scores):g}"
        fields.wrong("target", f"is a score {ends}, not {indicator.target:g}")


def _no_mean(question: Question) -> str:
    return f"{question.code!r} is of the kind {question.kind}, which has no mean score: follow a proportion"


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
