"""What a draft asks of its patients, in words: for the page beside its preview and for the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

from survey.catalogue.answering import CHOOSING, COMMENT, EACH_MORE, NUMBER, TYPED_A_MINUTE, WORDS_A_MINUTE
from survey.catalogue.coverage import Coverage, Leg
from survey.catalogue.readability import OLDEST
from survey.catalogue.routes import Asked
from survey.catalogue.rules import MOST_CODED, MOST_COMMENT
from survey.domain.questionnaire import Questionnaire

ASSUMED = (
    f"Of a slow reader: {WORDS_A_MINUTE} words a minute, where most adults read 175 to 300 (Brysbaert 2019); "
    f"{CHOOSING:.0f} seconds to decide and to tap, {EACH_MORE:.0f} more for each further answer of several, "
    f"{NUMBER:.0f} for a number (our guess); {TYPED_A_MINUTE} characters a minute on a phone, half of what "
    f"is usual (Palin and others 2019), and {COMMENT} characters in own words."
)
AGES = (
    f"By the formula of Flesch and Kincaid, of question, hint and answers. {OLDEST:.0f} is the most; a "
    "formula knows no words, only their length. The Friends and Family question has its national wording."
)


def ways(found: Coverage) -> list[tuple[str, Leg]]:
    """The ways through that are told, each with what it is called."""
    told = [
        ("Shortest, of those who answer all they are asked", found.shortest),
        ("Longest, of those who answer all they are asked", found.longest),
        ("All questions, as the page shows them without a script", found.whole),
    ]
    return [(says, leg) for says, leg in told if leg is not None]


def reach(found: Coverage) -> list[str]:
    """Whether each question can be reached, and each way ends."""
    skipping = f"Who skips all of them is shown {len(found.skipping)} of {_questions(found.whole.questions)}."
    if found.shortest is None:
        return [
            "There are too many ways through it to follow them all. Each condition by itself can be met: "
            "`check` has seen to that.",
            skipping,
        ]
    lost = ", ".join(found.unreached)
    every = f"No answers lead to {lost}." if lost else "Every question can be reached."
    dead = "No way is a dead end: conditions look back alone, so that each way goes on to 'Send'."
    return [every, dead, skipping]


def asked(leg: Leg) -> str:
    """How many questions, and which."""
    codes = ", ".join(question.code for question in leg.questions)
    return f"{_questions(leg.questions)}{': ' if codes else ''}{codes}"


def duration(seconds: int) -> str:
    """75 as '1 min 15 s'."""
    minutes, left = divmod(seconds, 60)
    return f"{minutes} min {left} s" if minutes else f"{left} s"


def age(years: float | None) -> str:
    """A reading age as it is told."""
    if years is None:
        return "not known"
    return f"{years:.1f}, above {OLDEST:.0f}" if years > OLDEST else f"{years:.1f}"


def room(found: Coverage) -> list[str]:
    """What the one sealed length of all responses leaves."""
    return [
        f"Own words: {found.comment_left:,} of {MOST_COMMENT:,} characters are left.",
        f"Codes of answers: {found.coded_left:,} of {MOST_CODED:,} bytes are left.",
    ]


def lines(questionnaire: Questionnaire, found: Coverage) -> Iterator[str]:
    """The whole report, for the keyboard."""
    yield f"{questionnaire.key} ({questionnaire.state}): {questionnaire.title}"
    yield from ("", "Ways through it", *(f"  {line}" for line in reach(found)))
    for says, leg in ways(found):
        yield f"  {says}: about {duration(leg.seconds)}; {asked(leg)}"
    yield from (f"  {ASSUMED}", "", "Reading age in years")
    width = max(len(code) for code in found.ages)
    for code, years in found.ages.items():
        yield f"  {code:<{width}}  {age(years)}"
    yield from (f"  {AGES}", "", "Room in a sealed response", *(f"  {line}" for line in room(found)))


def _questions(asked: Asked) -> str:
    return f"{len(asked)} question{'' if len(asked) == 1 else 's'}"
