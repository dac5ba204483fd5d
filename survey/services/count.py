"""Count: write what is kept of responses, each part in a table and an order of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week
from survey.domain.counts import SMALLEST
from survey.domain.errors import Misconfigured
from survey.domain.organisation import Service
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.privacy.keys import open_quarter_key, quarter_key
from survey.privacy.parts import open_part, seal_part
from survey.storage import comments, counts, directory, responses
from survey.storage.database import transaction
from survey.storage.tables import CommentPartRow

Place = tuple[str, str]  # ICB, pathway: whose comments are written together
TOGETHER = 1_000  # comments that are shuffled at once: more hide nobody better and fill the tally's memory
NOT_TOLD = ""  # how a comment felt, where too few of its batch felt alike


@dataclass(frozen=True, slots=True)
class QuarterKeys:
    """Where the keys lie that seal what waits, and the quarter that seals it now."""

    keys_dir: Path
    copy_dir: Path | None
    now: str

    def to_seal(self) -> bytes:
        """The key of this quarter; made where this is the first that is sealed in it."""
        return quarter_key(self.keys_dir, self.now, self.copy_dir)

    def to_open(self, quarter: str) -> bytes:
        """The key of a quarter; Misconfigured where it is gone."""
        return open_quarter_key(self.keys_dir, quarter, self.copy_dir)


class Words(msgspec.Struct):
    """Comments that wait, by whose they are: how one felt, all that they wrote; and the weeks they come from.

    At most `doubted` of these people are rows that somebody may have put there.
    """

    first: str
    last: str
    comments: list[tuple[str, str]] = []  # of parts from before people were told apart: each one's own
    people: list[tuple[str, list[str]]] = []
    doubted: int = 0


def count(
    session: Session,
    opened: Sequence[Response],
    *,
    service: Service,
    questionnaire: Questionnaire,
    span: Span,
) -> None:
    """Write rated answers, counts and comments at once: only of responses that lay in no box."""
    rate(session, opened, service=service, questionnaire=questionnaire, span=span)
    people = _written(opened, questionnaire)
    comments.keep(
        session,
        icb=directory.icb_of(session, service),
        pathway=service.pathway,
        span=span,
        written=span.last,
        people=len(people),
        comments=[(felt, text) for felt, texts in people for text in texts],
    )


def rate(
    session: Session,
    opened: Sequence[Response],
    *,
    service: Service,
    questionnaire: Questionnaire,
    span: Span,
) -> None:
    """Write rated answers and counts of `opened` in the caller's transaction."""
    rated = [response.answers for response in opened]
    responses.keep(session, service=service.code, questionnaire=questionnaire.key, span=span, answers=rated)
    chosen = (
        (question, option)
        for answers in rated
        for question, answer in answers.items()
        for option in questionnaire.question(question).counted(answer)
    )
    counts.add(session, service=service.code, questionnaire=questionnaire.key, span=span, chosen=chosen)


def hold_comments(
    session: Session,
    opened: Sequence[Response],
    *,
    keys: QuarterKeys,
    service: Service,
    questionnaire: Questionnaire,
    span: Span,
    doubted: int = 0,
) -> None:
    """Keep a pool's comments, sealed, in the caller's transaction; a pool without any has a part too.

    `doubted` of `opened` may be rows that two people let pass without a ticket: any of them may have written.
    """
    people = _written(opened, questionnaire)
    words = Words(str(span.first), str(span.last), people=people, doubted=min(doubted, len(people)))
    place = (directory.icb_of(session, service), service.pathway)
    _hold(session, words, keys=keys, place=place)


def fold_comments(engine: Engine, *, keys: QuarterKeys, week: Week) -> tuple[int, list[str]]:
    """Write the comments that wait, shuffled over all pools of an ICB's pathway; return how many wait on.

    And what problems there were. They are written together once they are ten people's, under the span of all
    their pools. How one felt is told only where ten people felt so, and those not told are ten or none;
    otherwise it is "". Both are ten beyond those that somebody may have put there. Run twice, or killed at
    any point and run again, it ends the same.
    """
    with transaction(engine, reading=True) as session:
        places = comments.places_held(session)
    waiting, problems = 0, []
    for place in places:
        with transaction(engine) as session:
            found: list[tuple[str, Words]] = []
            for part in comments.parts_of(session, icb=place[0], pathway=place[1]):
                words = _open(part, keys)
                if isinstance(words, str):
                    named = ", ".join(filter(None, place))
                    problems.append(f"{named}: comments of {part.quarter} {words}")
                else:
                    found.append((part.id, words))
                if sum(len(one.people) for _, one in found) >= TOGETHER:
                    waiting += _fold(session, found, keys=keys, place=place, week=week)
                    found = []
            waiting += _fold(session, found, keys=keys, place=place, week=week)
    return waiting, list(dict.fromkeys(problems))


def _fold(
    session: Session,
    found: Sequence[tuple[str, Words]],
    *,
    keys: QuarterKeys,
    place: Place,
    week: Week,
) -> int:
    # Too few are sealed anew as one part, under this quarter's key: so the keys of quarters past can go.
    if not found:
        return 0
    first, last = min(words.first for _, words in found), max(words.last for _, words in found)
    together = [one for _, words in found for one in words.people]
    doubted = sum(words.doubted for _, words in found)
    comments.drop_parts(session, [part for part, _ in found])
    if not together:
        return 0
    if len(together) - doubted < SMALLEST:
        _hold(session, Words(first, last, people=together, doubted=doubted), keys=keys, place=place)
        return sum(len(texts) for _, texts in together)
    span = Span(Week.parse(first), Week.parse(last))
    icb, pathway = place
    told = _told(together, doubted)
    comments.keep(
        session, icb=icb, pathway=pathway, span=span, written=week, people=len(together), comments=told
    )
    return 0


def large_enough(options: Mapping[str, int], answered: int, *, enough: int) -> set[str]:
    """The options of `enough` people, whose counts may be kept.

    The smallest are left out until those left out, and those who told nothing of themselves, are enough
    together, or nobody: the total is known, so one alone would be the difference.
    """
    kept = sorted((code for code, n in options.items() if n >= enough), key=lambda code: -options[code])
    while kept and 0 < answered - sum(options[code] for code in kept) < enough:
        kept.pop()
    return set(kept)


def _told(together: Sequence[tuple[str, list[str]]], doubted: int) -> list[tuple[str, str]]:
    sizes = Counter(felt for felt, _ in together if felt)
    told = large_enough(sizes, len(together), enough=SMALLEST + doubted)
    return [(felt if felt in told else NOT_TOLD, text) for felt, texts in together for text in texts]


def _written(opened: Sequence[Response], questionnaire: Questionnaire) -> list[tuple[str, list[str]]]:
    return [
        (questionnaire.sentiment(response.answers), list(response.comments.values()))
        for response in opened
        if response.comments
    ]


def _hold(session: Session, words: Words, *, keys: QuarterKeys, place: Place) -> None:
    body = seal_part(
        msgspec.json.encode(words),
        key=keys.to_seal(),
        kind="comments",
        place=_bound(keys.now, place),
    )
    icb, pathway = place
    comments.hold_part(session, quarter=keys.now, icb=icb, pathway=pathway, body=body)


def _open(part: CommentPartRow, keys: QuarterKeys) -> Words | str:
    # Or why not.
    place = _bound(part.quarter, (part.icb, part.pathway))
    try:
        opened = open_part(part.body, key=keys.to_open(part.quarter), kind="comments", place=place)
        words = msgspec.json.decode(opened, type=Words)
        words.people += [(felt, [text]) for felt, text in words.comments]
        return words
    except Misconfigured as error:
        return f"stay sealed: {error}"
    except (InvalidTag, ValueError):
        return "do not open; they stay sealed"


def _bound(quarter: str, place: Place) -> str:
    # Parts from before ICBs were told apart bear none, and were sealed without.
    return "\n".join(filter(None, (quarter, *place)))
