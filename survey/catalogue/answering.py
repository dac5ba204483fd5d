"""How long a questionnaire takes to answer: reading, choosing and writing, of somebody who is slow at it."""

from __future__ import annotations

from collections.abc import Iterable

from survey.domain.questionnaire import Question

# Brysbaert (2019), 'How many words do we read per minute? A review and meta-analysis of reading rate',
# Journal of Memory and Language 109, 104047: most adults read 175 to 300 words a minute, and fewer in old age
# or in a second language. Ours is well below.
WORDS_A_MINUTE = 120
# Palin, Feit, Kim, Kristensson and Oulasvirta (2019), 'How do people type on mobile devices?', MobileHCI '19:
# 36 words of five characters a minute on average, of 37,000 people. We take half.
TYPED_A_MINUTE = 90  # characters
COMMENT = 100  # characters that are written where a question has room for as many
CHOOSING = 3.0  # seconds to decide and to tap; ours, measured by nobody
EACH_MORE = 1.0  # seconds for each answer of several that could be chosen as well
NUMBER = 6.0  # seconds to remember and to type a number


def seconds_of(question: Question) -> float:
    """Seconds that one question takes to read and to answer."""
    return len(_read(question)) * 60 / WORDS_A_MINUTE + _answering(question)


def seconds(questions: Iterable[Question]) -> int:
    """The same of several, in whole seconds."""
    return round(sum(map(seconds_of, questions)))


def _read(question: Question) -> list[str]:
    # What stands on the page: why is shown of about-you questions alone, bands are not shown at all.
    labels = [option.label for option in question.options if option.least is None]
    why = question.why if question.about_you else ""
    return " ".join([question.text, question.hint or "", why, question.unit or "", *labels]).split()


def _answering(question: Question) -> float:
    if question.kind == "text":
        return min(question.max_length or COMMENT, COMMENT) * 60 / TYPED_A_MINUTE
    if question.kind == "number":
        return NUMBER
    if question.kind == "multiple":
        return CHOOSING + EACH_MORE * (len(question.options) - 1)
    return CHOOSING
