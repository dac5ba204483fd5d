"""The paper form: a version in one language, to be ticked with a pen and keyed by staff."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from survey.catalogue.editions import Edition
from survey.domain.languages import is_easy
from survey.domain.organisation import Service
from survey.presenters.papers.asked import asked, in_lines
from survey.presenters.papers.press import printed

DRAFT = "Draft – not for patients"  # read by those who print it
NUMBER, TOTAL = "<number>", "<total>"  # put in by the press, which alone knows them


def form(edition: Edition, service: Service, *, organisation: str, large: bool = False) -> bytes:
    """The form as PDF/UA on A4: in two columns, or large in one; easy read always is in one."""
    return printed("form", content(edition, service, organisation=organisation, large=large), tag=edition.tag)


def content(edition: Edition, service: Service, *, organisation: str, large: bool) -> dict[str, Any]:
    """What the template sets: texts, boxes and sizes."""
    words, version = edition.words, edition.questionnaire
    questions = asked(edition)
    easy = is_easy(edition.tag)
    return {
        "title": version.title,
        "service": service.name,
        "organisation": organisation,
        "draft": "" if edition.is_offered else DRAFT,
        "promise": words.say("paper_promise"),
        "how": in_lines(edition, words.say("paper_promise_how")),
        "fill": in_lines(edition, words.say("paper_fill")),
        "questions": [asdict(one) for one in questions if not one.about_you],
        "about": [asdict(one) for one in questions if one.about_you],
        "about_you": words.say("about_you"),
        "about_you_why": in_lines(edition, words.say("about_you_why")),
        "return": words.say("paper_return"),
        "hand": in_lines(edition, words.say("paper_hand")),
        "foot": f"Heard · {service.code} · {version.key}",
        "page_of": words.say("page_of", number=NUMBER, total=TOTAL),
        "size": 16 if large else 14 if easy else 10,
        "columns": 1 if large or easy else 2,
    }
