"""The national return: a month of the Friends and Family Test as NHS England's rule has it, once.

This is the one place where the six answers leave by themselves, and where fewer than ten may be told: the
national rule is not ours. What it tells is entered in the ledger, so that our figures stay safe beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.fft_suppression import suppressed
from survey.catalogue.catalogue import Catalogue
from survey.domain.blocks import block_of
from survey.domain.calendar import Span, Week, month_span, this_week, today
from survey.domain.errors import BadInput, Refused
from survey.domain.questionnaire import GROUPS, Questionnaire
from survey.domain.released import Entry, Figure
from survey.services.releasing import witness
from survey.services.releasing.lattice import Lattice, lattices
from survey.services.releasing.options import ANSWERS
from survey.services.releasing.pieces import pieces_of
from survey.services.returning.exposed import Exposed, exposed
from survey.services.returning.units import Counted, Unit, asked_of, counted
from survey.storage import audit, cells, ledger
from survey.storage.database import transaction
from survey.storage.ledger import New

Row = Sequence[str | int]
COLUMNS = (
    *("ICB Code", "ICB Name", "Trust Code", "Trust Name", "Site Code", "Site Name", "Ward Name"),
    *("Total Responses", "Percentage Positive", "Percentage Negative"),
    *("Very Good", "Good", "Neither Good nor Poor", "Poor", "Very Poor", "Don't Know"),
)
HIDDEN = "*"
COMPARE_NOT = (
    "The Friends and Family Test does not provide results that can be used to directly compare providers."
)


@dataclass(frozen=True, slots=True)
class Return:
    """A month's return as it was published, and the cells that it exposes, for the auditor alone."""

    rows: tuple[Row, ...]
    exposed: Exposed
    entered: int  # in this run


def national_return(
    engine: Engine, catalogue: Catalogue, month: str, pathway: str, *, who: str, now: Week | None = None
) -> Return:
    """Make a pathway's return of a month in one transaction, or find the one that was made.

    Refused where the month has not ended or its weeks have not been released. What it exposes may be beyond
    computing: it is a duty all the same, and `exposed` says of which weeks that is so.
    """
    try:
        span = month_span(month)
    except ValueError as error:
        raise BadInput(str(error)) from None
    with transaction(engine) as session:
        version = asked_of(catalogue, pathway)
        newest = _required(session, month, span, now or this_week())
        made, entered = _sheet(session, pathway, span), 0
        if made is None:
            entered = _enter(session, catalogue, version, month=month, run=newest, who=who)
            made = _sheet(session, pathway, span)
    assert made is not None  # noqa: S101  # it was entered just now
    with transaction(engine, reading=True) as session:  # apart: what it exposes may take long to compute
        found = _exposed(session, made, version, span)
    return Return(tuple(tuple(row) for row in made.about["sheet"]), found, entered)


def _required(session: Session, month: str, span: Span, now: Week) -> Week:
    if span.last >= now:
        raise Refused(f"{month} has not ended: its last week is {span.last}")
    newest = cells.newest_released(session)
    if newest is None or newest < span.last:
        raise Refused(f"the weeks of {month} end with {span.last}, which has not been released yet")
    return newest


def _sheet(session: Session, pathway: str, span: Span) -> Entry | None:
    """The entry that holds the return of these weeks as it was published."""
    first = next(pieces_of(span))
    for one in ledger.of_block(session, pathway, block_of(first.first).first):
        if one.kind == "return" and "sheet" in one.about and one.about["weeks"] == str(span):
            return one
    return None


def _enter(
    session: Session, catalogue: Catalogue, version: Questionnaire, *, month: str, run: Week, who: str
) -> int:
    span = month_span(month)
    found = counted(session, catalogue, version, span)
    if not found.units:
        raise Refused(f"no service of {version.pathway} can be told in {month}")
    hides = suppressed([one.counts for one in found.units], [one.above for one in found.units])
    told = [one for one, hidden in zip(found.units, hides, strict=True) if not hidden]
    series = version.series_of(version.lead.question) or ""
    pieces = list(pieces_of(span))
    blocks = _blocks(session, version, pieces)
    about = {"month": month, "weeks": str(span)}
    sheet = {
        "sheet": list(_rows(version, month, found, hides.tolist())),
        "told": [list(one.services) for one in told],
    }
    where = (found.units[0].code, found.units[0].icb, version.pathway)
    nobody = Figure(*where, series, pieces[0], (0, 0, 0), 0)
    new = [New(nobody, "return", (), about | sheet)]
    for piece in pieces:
        for one in told:
            figure = _figure(one, blocks.get(piece), (version.pathway, series), piece)
            new.append(New(figure, "return", one.services, about))
    ledger.append(session, run, new)
    said = {"month": month, "pathway": version.pathway, "weeks": str(span), "entered": len(new)}
    said |= witness.newest(session)
    audit.append(session, day=today(), who=who, act="national return made", about=said)
    return len(new)


def _blocks(
    session: Session, version: Questionnaire, pieces: Sequence[Span], *, before: int | None = None
) -> dict[Span, Lattice]:
    """The lattice of each piece, with what had left before the entry of that number."""
    found = {}
    for piece in pieces:
        block = block_of(piece.first)
        entries = ledger.of_block(session, version.pathway, block.first)
        made = lattices(
            cells.of_weeks(session, version.pathway, block),
            [one for one in entries if before is None or one.number < before],
            cells.members(session, version.pathway),
            block,
        )
        if one := made.get(version.series_of(version.lead.question) or ""):
            found[piece] = one
    return found


def _figure(one: Unit, lattice: Lattice | None, of: tuple[str, str], piece: Span) -> Figure:
    sums = lattice.sums(lattice.cells_of(one.services, piece)).tolist() if lattice else [0] * len(GROUPS)
    counts = tuple(int(n) for n in sums)
    return Figure(one.code, one.icb, *of, piece, counts, sum(counts))  # type: ignore[arg-type]


def _exposed(session: Session, made: Entry, version: Questionnaire, span: Span) -> Exposed:
    blocks = _blocks(session, version, list(pieces_of(span)), before=made.number)
    return exposed(made.about["told"], blocks) if blocks else Exposed()


def _rows(version: Questionnaire, month: str, found: Counted, hides: Sequence[bool]) -> Iterator[Row]:
    span = month_span(month)
    yield "Friends and Family Test", version.title, month
    yield "Weeks", str(span.first), str(span.last), "those whose Thursday falls in the month"
    yield (COMPARE_NOT,)
    if found.left_out:
        yield "Left out: answers came after their week had been released, or were taken back", *found.left_out
    yield COLUMNS
    for one, hidden in zip(found.units, hides, strict=True):
        yield (*one.names, *(_hidden() if hidden else _shown(one.counts.tolist())))


def _hidden() -> Row:
    return (HIDDEN,) * (3 + len(ANSWERS))


def _shown(counts: Sequence[int]) -> Row:
    by_answer: Mapping[str, int] = dict(zip(ANSWERS, counts, strict=True))
    total = sum(counts)
    positive = by_answer["very_good"] + by_answer["good"]
    negative = by_answer["poor"] + by_answer["very_poor"]
    shares = (f"{round(100 * n / total)}%" if total else "" for n in (positive, negative))
    return (total, *shares, *counts)
