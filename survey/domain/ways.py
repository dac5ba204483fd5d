"""How a response was given: attributes that no question asks for, kept apart as answers about oneself are."""

from __future__ import annotations

from survey.domain.languages import TAGS, said
from survey.domain.questionnaire import Option, Question, Questionnaire
from survey.domain.response import Response

LANGUAGE = "language"
CHANNEL = "channel"
ONLINE = "online"  # of a response that names no other
KIOSK = "kiosk"
CHANNELS = {
    ONLINE: "Online, on one's own device",
    KIOSK: "On a tablet at the service",
    "paper_here": "On paper, filled in at the service",
    "paper_home": "On paper, sent from home",
    "telephone": "By telephone",
}

# As questions, so that whoever counts, tells or compares what people said of themselves need not know them
# apart. What is known of each is fixed: a response that names anything else is taken for one that does not.
WAYS: tuple[Question, ...] = (
    Question(
        LANGUAGE,
        "single",
        "Language the questions were read in",
        "To see whether care is as good for people who read another language, or easy read.",
        options=tuple(Option(tag, said(tag)) for tag in TAGS),
        about_you=True,
    ),
    Question(
        CHANNEL,
        "single",
        "How the answers were given",
        "People tell a voice other things than a page: to see how far figures rest on how they were asked.",
        options=tuple(Option(code, label) for code, label in CHANNELS.items()),
        about_you=True,
    ),
)
CODES = frozenset(way.code for way in WAYS)  # no question may have them


def way_of(response: Response, questionnaire: Questionnaire) -> dict[str, str]:
    """How a response was given, each attribute once; unless it says otherwise, in the words as published."""
    return {LANGUAGE: questionnaire.language, CHANNEL: ONLINE, **response.way}


def way(questionnaire: Questionnaire, *, tag: str | None = None, channel: str = ONLINE) -> dict[str, str]:
    """What a response says of how it was given: of its language and its channel, what is not as usual."""
    usual = {LANGUAGE: questionnaire.language, CHANNEL: ONLINE}
    given = {LANGUAGE: tag or questionnaire.language, CHANNEL: channel}
    return {code: option for code, option in given.items() if option != usual[code]}


def attributes(questionnaire: Questionnaire) -> dict[str, Question]:
    """All by which answers are counted, by code: the about-you questions, and how responses were given."""
    asked = [question for question in questionnaire.questions if question.about_you]
    return {question.code: question for question in (*asked, *WAYS)}
