"""Untaken: answers that no cell holds yet, or that were taken back since; and those that cells hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week
from survey.storage.tables import AnswerCountRow

_KEYS = ("service", "questionnaire", "span", "question", "option")


@dataclass(frozen=True, slots=True)
class Answers:
    """How often one option was chosen; negative where more were taken back than came."""

    service: str
    questionnaire: str
    span: Span
    question: str
    option: str
    n: int


def untaken(session: Session, through: Week) -> list[Answers]:
    """Answers of spans that ended by `through` and are in no cell, in an order of their own."""
    table = AnswerCountRow
    found = _answers(session, _wanted(table.n - table.taken).where(table.n != table.taken))
    mine = (one for one in found if one.span.last <= through)
    return sorted(mine, key=lambda one: (one.span, one.service, one.question, one.option))


def taken(session: Session, pathway: str, of: Collection[tuple[str, Span]]) -> Iterator[Answers]:
    """The answers that a pathway's cells hold, of some services and weeks in which they were given."""
    wanted = set(of)
    if not wanted:
        return
    table = AnswerCountRow
    found = _wanted(table.taken).where(
        table.service.in_({service for service, _ in wanted}),
        table.questionnaire.startswith(f"{pathway}/", autoescape=True),
        table.span.in_({str(span) for _, span in wanted}),
        table.taken != 0,
    )
    yield from (one for one in _answers(session, found) if (one.service, one.span) in wanted)


def lock(session: Session) -> None:
    """Wait for whoever is taking up the same answers, on another host say; what they took is then taken."""
    table = AnswerCountRow
    session.execute(select(table.service).where(table.n != table.taken).with_for_update()).all()


def take(session: Session, found: Iterable[Answers]) -> None:
    """Note that cells hold these answers, or no longer need to."""
    table: Any = AnswerCountRow.__table__
    # By what was seen, for a tally may have added to a row since: that is taken up the next time.
    rows = [{f"its_{key}": str(getattr(one, key)) for key in _KEYS} | {"seen": one.n} for one in found]
    if rows:
        same = [table.c[key] == bindparam(f"its_{key}") for key in _KEYS]
        session.connection().execute(
            update(table).where(*same).values(taken=table.c.taken + bindparam("seen")), rows
        )


def _wanted(n: Any) -> Select[Any]:
    return select(*(getattr(AnswerCountRow, key) for key in _KEYS), n)


def _answers(session: Session, wanted: Select[Any]) -> Iterator[Answers]:
    spans: dict[str, Span] = {}
    for service, version, span, question, option, n in session.execute(wanted):
        if span not in spans:
            spans[span] = Span.parse(span)
        yield Answers(service, version, spans[span], question, option, n)
