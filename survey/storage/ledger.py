"""The ledger: every figure that has left the house, appended, chained, never changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.domain.blocks import block_of
from survey.domain.calendar import Span, Week
from survey.domain.errors import Refused
from survey.domain.progress import Advance, silent
from survey.domain.questionnaire import GROUPS
from survey.domain.released import Entry, Figure, Form, Kind, NodeKey, Scale
from survey.storage.tables import LedgerRow

FIRST = bytes(32)  # what the first entry is chained to
AT_ONCE = 5_000  # rows
NAMED = 500  # nodes that a statement names; of more all of their pathway is read
_DECIDING = 24  # of advisory locks, the one that whoever decides what may leave has a share in
_READ_AT = "heard: the newest entry when a block was first read"
_MOVED = "other figures have left meanwhile, so nothing of this run was written; run it again"
_TOLD = (
    *("run", "kind", "form", "node", "icb", "pathway", "series", "block", "span"),
    *("n", *GROUPS, "few", "all_but_few", "services", "about"),
)


@dataclass(frozen=True, slots=True)
class New:
    """A figure that is about to leave."""

    figure: Figure
    kind: Kind = "figure"
    services: tuple[str, ...] | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


def append(session: Session, run: Week, found: Sequence[New]) -> int:
    """Append figures in the caller's transaction; return the number of the last.

    Refused where others have appended since this transaction first read a block: what may leave was decided
    without them. Two who append at once take the same number, and the second is refused as well.
    """
    number, previous = newest(session)
    if session.info.get(_READ_AT, number) != number:
        raise Refused(_MOVED)
    rows = []
    for one in found:
        number += 1
        told = _row(run, one)
        rows.append({**told, "number": number, "previous": previous, "hash": _hash(number, told, previous)})
        previous = rows[-1]["hash"]
    for start in range(0, len(rows), AT_ONCE):
        try:
            session.execute(insert(LedgerRow), rows[start : start + AT_ONCE])
        except IntegrityError:
            raise Refused(_MOVED) from None
    if _READ_AT in session.info:
        session.info[_READ_AT] = number
    return number


def alone(session: Session) -> None:
    """Wait until nobody else decides what may leave, and let nobody begin before this transaction has ended.

    For who takes answers out of cells because nothing has told of them. SQLite lets one decide at a time.
    """
    _lock(session, "pg_advisory_xact_lock")


def _lock(session: Session, function: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(getattr(func, function)(_DECIDING)))


def newest(session: Session) -> tuple[int, bytes]:
    """Number and hash of the last entry."""
    row = session.execute(
        select(LedgerRow.number, LedgerRow.hash).order_by(LedgerRow.number.desc()).limit(1)
    ).first()
    return (0, FIRST) if row is None else (row.number, row.hash)


def of_block(
    session: Session,
    pathway: str,
    block: Week,
    *,
    kinds: Collection[Kind] | None = None,
    since: Week | None = None,
) -> list[Entry]:
    """The entries of a pathway about weeks of one block, in order: all, or of some kinds, of runs `since`."""
    if _READ_AT not in session.info:
        _lock(session, "pg_advisory_xact_lock_shared")
        session.info[_READ_AT] = newest(session)[0]
    wanted = select(LedgerRow).where(LedgerRow.pathway == pathway, LedgerRow.block == str(block))
    if kinds is not None:
        wanted = wanted.where(LedgerRow.kind.in_(kinds))
    if since is not None:
        wanted = wanted.where(LedgerRow.run >= str(since))
    return list(_entries(session, wanted))


def scales(
    session: Session, nodes: Collection[NodeKey], *, through: Week
) -> dict[NodeKey, dict[str, list[Scale]]]:
    """The scales of some nodes that had left by the release of `through`, by node and series, in time.

    What was withdrawn is left out.
    """
    table = LedgerRow
    wanted = select(table).where(
        table.pathway.in_({key[2] for key in nodes}),
        table.kind.in_(("scale", "withdrawn")),
        table.run <= str(through),
    )
    if len(nodes) <= NAMED:
        wanted = wanted.where(table.node.in_({key[0] for key in nodes}))
    found: dict[NodeKey, dict[str, dict[Span, Scale]]] = {}
    for one in _entries(session, wanted):
        if one.figure.key not in nodes or not one.is_scale:
            continue
        by_span = found.setdefault(one.figure.key, {}).setdefault(one.figure.series, {})
        if one.kind == "withdrawn":
            by_span.pop(one.figure.span, None)
        else:
            by_span[one.figure.span] = Scale(one.figure, one.about["options"])
    return {
        key: {series: [by_span[span] for span in sorted(by_span)] for series, by_span in by_series.items()}
        for key, by_series in found.items()
    }


def figures(
    session: Session, nodes: Collection[NodeKey], *, through: Week, form: Form = "staff"
) -> dict[NodeKey, dict[str, list[Figure]]]:
    """The figures of some nodes that had left by the release of `through`, by node and series, in time.

    What was withdrawn is left out.
    """
    found: dict[NodeKey, dict[str, dict[Span, Figure]]] = {}
    for pathway in sorted({key[2] for key in nodes}):
        mine = {key for key in nodes if key[2] == pathway}
        for kind, figure in _figures(session, pathway, mine, through=through, form=form):
            by_span = found.setdefault(figure.key, {}).setdefault(figure.series, {})
            if kind == "withdrawn":  # a figure, or the scale of such: of just its weeks there is no other
                by_span.pop(figure.span, None)
            else:
                by_span[figure.span] = figure
    return {
        key: {series: [by_span[span] for span in sorted(by_span)] for series, by_span in by_series.items()}
        for key, by_series in found.items()
    }


def _figures(
    session: Session, pathway: str, nodes: Collection[NodeKey], *, through: Week, form: Form
) -> Iterator[tuple[str, Figure]]:
    # By columns, for two years of rows as objects are slow.
    table = LedgerRow
    wanted = select(
        *(table.kind, table.node, table.icb, table.series, table.span, table.n),
        *(table.favourable, table.neither, table.unfavourable, table.few, table.all_but_few),
    ).where(
        table.pathway == pathway,
        table.form == form,
        table.kind.in_(("figure", "withdrawn")),
        table.run <= str(through),
    )
    if len(nodes) <= NAMED:
        wanted = wanted.where(table.node.in_({key[0] for key in nodes}))
    spans: dict[str, Span] = {}
    for row in session.execute(wanted.order_by(table.number)):
        kind, node, icb, series, span, n, *counts, few, all_but_few = row
        if (node, icb, pathway) not in nodes:
            continue
        if span not in spans:
            spans[span] = Span.parse(span)
        told = (spans[span], tuple(counts), n, form, _set(few), _set(all_but_few))
        yield kind, Figure(node, icb, pathway, series, *told)


def entries(session: Session, *, after: int = 0) -> Iterator[Entry]:
    """All entries with a number above `after`, in order."""
    return _entries(session, select(LedgerRow).where(LedgerRow.number > after))


def hash_of(session: Session, number: int) -> bytes | None:
    """The hash of an entry."""
    return session.scalar(select(LedgerRow.hash).where(LedgerRow.number == number))


def broken(session: Session, advance: Advance = silent) -> int | None:
    """The first entry that is not chained to the one before, or was changed; None where all is whole.

    `advance` is told of every five thousand.
    """
    previous, number = FIRST, 0
    columns = [getattr(LedgerRow, name) for name in ("number", "previous", "hash", *_TOLD)]
    wanted = select(*columns).order_by(LedgerRow.number).execution_options(yield_per=AT_ONCE)
    for rows in session.execute(wanted).partitions():
        for found, before, hashed, *values in rows:
            number += 1
            told = dict(zip(_TOLD, values, strict=True))
            if (found, before, hashed) != (number, previous, _hash(number, told, previous)):
                return number
            previous = hashed
        advance(len(rows))
    return None


def blocks(session: Session) -> list[tuple[str, Week]]:
    """(pathway, first week) of the blocks of which anything has left, in an order of their own."""
    wanted = select(LedgerRow.pathway, LedgerRow.block).distinct()
    rows = session.execute(wanted.order_by(LedgerRow.pathway, LedgerRow.block))
    return [(pathway, Week.parse(block)) for pathway, block in rows]


def _entries(session: Session, wanted: Select[Any]) -> Iterator[Entry]:
    for row in session.scalars(wanted.order_by(LedgerRow.number)):
        yield Entry(
            number=row.number,
            run=Week.parse(row.run),
            kind=row.kind,
            figure=Figure(
                row.node,
                row.icb,
                row.pathway,
                row.series,
                Span.parse(row.span),
                (row.favourable, row.neither, row.unfavourable),
                row.n,
                row.form,
                _set(row.few),
                _set(row.all_but_few),
            ),
            services=None if row.services is None else tuple(row.services),
            about=row.about,
            previous=row.previous,
            hash=row.hash,
        )


def _row(run: Week, one: New) -> dict[str, Any]:
    figure = one.figure
    return {
        "run": str(run),
        "kind": one.kind,
        "form": figure.form,
        "node": figure.node,
        "icb": figure.icb,
        "pathway": figure.pathway,
        "series": figure.series,
        "block": str(block_of(figure.span.first).first),
        "span": str(figure.span),
        "n": figure.n,
        **dict(zip(GROUPS, figure.counts, strict=True)),
        "few": _text(figure.few),
        "all_but_few": _text(figure.all_but_few),
        "services": None if one.services is None else list(one.services),
        "about": dict(one.about),
    }


def _text(groups: Iterable[str]) -> str:
    return " ".join(sorted(groups))


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _hash(number: int, told: Mapping[str, Any], after: bytes) -> bytes:
    said = json.dumps([number, *(told[name] for name in _TOLD)], sort_keys=True, separators=(",", ":"))
    return sha256(after + said.encode()).digest()
