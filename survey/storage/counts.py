"""Counts of answers per service and span, and of about-you answers one attribute at a time."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Span
from survey.storage.database import insert_into
from survey.storage.tables import AnswerCountRow, Base, SubgroupCountRow, SubgroupPartRow


def add(
    session: Session,
    *,
    service: str,
    questionnaire: str,
    span: Span,
    chosen: Iterable[tuple[str, str]],
    sign: int = 1,
) -> None:
    """Add (question, option) of rated answers to the counts, or with sign −1 take them back."""
    number = Counter(chosen)
    add_counts(
        session,
        [
            {
                "service": service,
                "questionnaire": questionnaire,
                "span": str(span),
                "question": question,
                "option": option,
                "n": sign * n,
            }
            for (question, option), n in sorted(number.items())
        ],
    )


def add_counts(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add rows of `answer_count`; one that comes to nothing goes, unless figures were made of it."""
    _upsert(session, AnswerCountRow, rows)
    session.execute(delete(AnswerCountRow).where(AnswerCountRow.n == 0, AnswerCountRow.taken == 0))


def add_subgroups(
    session: Session,
    *,
    quarter: str,
    icb: str,
    pathway: str,
    counted: Mapping[tuple[str, str, str, str], int],
) -> None:
    """Add (attribute, option, question, group) → n. No row carries two attributes of a person."""
    names = ("attribute", "option", "question", "group")
    rows = [
        {"quarter": quarter, "icb": icb, "pathway": pathway, **dict(zip(names, key, strict=True)), "n": n}
        for key, n in sorted(counted.items())
    ]
    _upsert(session, SubgroupCountRow, rows)


def hold_part(session: Session, *, quarter: str, icb: str, pathway: str, body: bytes) -> None:
    """Keep one pool's sealed about-you counts until their quarter has ended."""
    row = {"id": secrets.token_hex(16), "quarter": quarter, "icb": icb, "pathway": pathway, "body": body}
    session.execute(insert(SubgroupPartRow), [row])


def parts_before(session: Session, quarter: str) -> Iterator[SubgroupPartRow]:
    """Sealed about-you counts of quarters before `quarter`, locked against another tally, one at a time.

    Each pool of the quarter has one, of 16 KB: all together would fill the memory of a large installation.
    """
    wanted = select(SubgroupPartRow.id).where(SubgroupPartRow.quarter < quarter)
    order = (SubgroupPartRow.quarter, SubgroupPartRow.icb, SubgroupPartRow.pathway, SubgroupPartRow.id)
    for one in session.scalars(wanted.order_by(*order).with_for_update()).all():
        yield session.get_one(SubgroupPartRow, one)


def drop_parts(session: Session, ids: Iterable[str]) -> None:
    """Delete sealed about-you counts that have been written."""
    session.execute(delete(SubgroupPartRow).where(SubgroupPartRow.id.in_(list(ids))))


def quarters_held(session: Session) -> set[str]:
    """Quarters of which sealed about-you counts are kept."""
    return set(session.scalars(select(SubgroupPartRow.quarter).distinct()))


def taken(
    session: Session, services: Iterable[str], question: str, spans: Iterable[Span]
) -> Iterator[tuple[str, str, Span, str, int]]:
    """(service, questionnaire, span, option, n) of the answers to a question that cells hold."""
    table = AnswerCountRow
    wanted = select(table.service, table.questionnaire, table.span, table.option, table.taken).where(
        table.service.in_(list(services)),
        table.question == question,
        table.span.in_([str(one) for one in spans]),
        table.taken > 0,
    )
    for service, questionnaire, span, option, n in session.execute(wanted):
        yield service, questionnaire, Span.parse(span), option, n


def in_cells(
    session: Session, services: Iterable[str], spans: Iterable[Span]
) -> Iterator[tuple[str, str, Span]]:
    """(service, questionnaire, span) of answers of some services and weeks that a release has taken up."""
    table = AnswerCountRow
    wanted = select(table.service, table.questionnaire, table.span).where(
        table.service.in_(list(services)),
        table.span.in_([str(one) for one in spans]),
        table.taken > 0,
    )
    for service, questionnaire, span in session.execute(wanted.distinct()):
        yield service, questionnaire, Span.parse(span)


def read_subgroups(
    session: Session, quarter: str
) -> dict[tuple[str, str, str], dict[tuple[str, str], dict[str, int]]]:
    """About-you counts of a quarter: (ICB, pathway, question) → (attribute, option) → answers by group."""
    rows = session.scalars(select(SubgroupCountRow).where(SubgroupCountRow.quarter == quarter))
    found: dict[tuple[str, str, str], dict[tuple[str, str], dict[str, int]]] = {}
    for row in rows:
        cells = found.setdefault((row.icb, row.pathway, row.question), {})
        cells.setdefault((row.attribute, row.option), {})[row.group] = row.n
    return found


def _upsert(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    keys = [column.name for column in table.__table__.primary_key.columns]  # type: ignore[attr-defined]
    statement = insert_into(session, table)
    total = table.__table__.c.n + statement.excluded.n
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"n": total}), rows)
