"""Ask: one question of one node over a period, answered through the gate and the ledger, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.blocks import block_of
from survey.domain.calendar import Span, Week, today
from survey.domain.errors import BadInput, NotFound, Refused
from survey.domain.organisation import Node
from survey.domain.questionnaire import GROUPS, Question, Questionnaire
from survey.domain.released import Figure, Form
from survey.services.nodes import of_code
from survey.services.releasing import witness
from survey.services.releasing.lattice import Lattice, lattices
from survey.services.releasing.pieces import Fresh, Kept, Piece, let_out, piece, pieces_of, steps_told
from survey.storage import audit, cells, directory, ledger
from survey.storage.database import transaction
from survey.storage.ledger import New


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know, and who it is. `pathway` and `icb` tell a node's figures apart."""

    node: str
    span: Span
    question: str
    who: str
    why: str = ""
    form: Form = "staff"
    pathway: str | None = None
    icb: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told: sums that have left the house. `entered` of them are new in the ledger."""

    node: Node
    question: Question
    span: Span
    form: Form
    parts: tuple[Figure, ...]
    entered: int

    @property
    def n(self) -> int:
        return sum(one.n for one in self.parts)

    @property
    def counts(self) -> tuple[int, ...]:
        """Favourable, neither, unfavourable; in the public form the sums of rounded parts."""
        return tuple(sum(one.counts[group] for one in self.parts) for group in range(len(GROUPS)))

    def few(self, group: str) -> int:
        """The most that a group has of which no percentage is told; 0 where one is."""
        return 2 * len(self.parts) if all(group in one.few for one in self.parts) else 0

    def all_but_few(self, group: str) -> int:
        """The most that all other groups have, where no percentage is told; 0 where one is."""
        return 2 * len(self.parts) if all(group in one.all_but_few for one in self.parts) else 0


class _NotTold(Exception):
    """Raised to end the transaction with nothing told."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept


def ask(engine: Engine, catalogue: Catalogue, asked: Asked) -> Answer:
    """Answer a question, all of it or nothing, and record that it was asked.

    Each block's piece of the period is made of sums that have left already, or, where none of it has been
    told, passes the gate and is entered in the ledger in the same transaction. Refused where a piece is
    neither, with the steps that have left.
    """
    try:
        with transaction(engine) as session:
            node, questionnaire = _about(session, catalogue, asked)
            _require_released(session, asked.span)
            found = _pieces(session, node, _series(questionnaire, asked), asked)
            told = {"who": asked.who, "why": asked.why}
            new = [New(one.new.figure, "answer", one.new.services, told) for one in found if one.new]
            if new:
                ledger.append(session, _newest(session), new)
            record(session, asked, node, outcome="told", entered=len(new))
    except _NotTold as refusal:
        with transaction(engine) as session:
            node, questionnaire = _about(session, catalogue, asked)
            record(session, asked, node, outcome=refusal.kept)
            steps = _steps(session, node, _series(questionnaire, asked), asked)
        raise Refused(_not_told(node, asked, refusal.kept, steps)) from None
    parts = tuple(part for one in found for part in one.parts)
    return Answer(node, questionnaire.question(asked.question), asked.span, asked.form, parts, len(new))


def record(
    session: Session, asked: Asked, node: Node, *, outcome: str, entered: int = 0, by: str | None = None
) -> None:
    """Write into the audit chain what was asked, and whether it was told; never the answer.

    With what was entered, where the ledger ends: or it could be cut short after the answer.
    """
    about = {
        **{"node": node.code, "icb": node.icb, "pathway": node.pathway},
        **{"question": asked.question, "weeks": str(asked.span), "form": asked.form},
        **({"by": by} if by else {}),
        **({"why": asked.why} if asked.why else {}),
        **{"outcome": outcome, "entered": entered},
        **(witness.newest(session) if entered else {}),
    }
    audit.append(session, day=today(), who=asked.who, act="question asked", about=about)


def node_of(session: Session, catalogue: Catalogue, asked: Asked) -> Node:
    """The one node that is asked about; NotFound where there is none, BadInput where there are several."""
    directory.name_of(session, asked.node)
    every = of_code(session, asked.node)
    found = [
        one
        for one in every
        if asked.pathway in {None, one.pathway}
        and asked.icb in {None, one.icb}
        and any(asked.question in version.codes for version in catalogue.versions(one.pathway))
    ]
    if not found:
        raise NotFound(
            f"{asked.node} has no services that are asked {asked.question!r}; `heard questionnaire preview`"
            " has the codes of questions, `heard service list` the services"
        )
    if len(found) > 1:
        several = ", ".join(f"--pathway {one.pathway} --icb {one.icb}" for one in found)
        raise BadInput(f"{asked.node} has several figures: say which by one of {several}")
    return found[0]


def _about(session: Session, catalogue: Catalogue, asked: Asked) -> tuple[Node, Questionnaire]:
    node = node_of(session, catalogue, asked)
    for version in catalogue.versions(node.pathway):
        if version.series_of(asked.question) is not None:
            return node, version
    raise BadInput(
        f"no figures are made of {asked.question!r}: ask about "
        + ", ".join(sorted({one.question for one in catalogue.versions(node.pathway)[0].indicators}))
    )


def _newest(session: Session) -> Week:
    newest = cells.newest_released(session)
    assert newest is not None  # noqa: S101  # what is asked about has been released
    return newest


def _require_released(session: Session, span: Span) -> None:
    newest = cells.newest_released(session)
    if newest is None or newest < span.last:
        upto = f"; figures have left up to {newest}" if newest else ""
        raise Refused(f"{span.last} has not been released yet{upto}: ask about weeks that have been")


def _series(questionnaire: Questionnaire, asked: Asked) -> str:
    return questionnaire.series_of(asked.question) or ""


def _pieces(session: Session, node: Node, series: str, asked: Asked) -> list[Piece]:
    # All by what has left first, or the words of one refusal would tell what the gate said of another piece.
    shapes: list[tuple[Lattice, Piece | Fresh]] = []
    for span in pieces_of(asked.span):
        lattice = _lattice(session, node.pathway, series, span)
        if lattice is None:
            raise _NotTold("untold")
        shape = piece(lattice, node, span, asked.form)
        if isinstance(shape, str):
            raise _NotTold(shape)
        shapes.append((lattice, shape))
    found = []
    for lattice, shape in shapes:
        one = let_out(lattice, node, shape, asked.form) if isinstance(shape, Fresh) else shape
        if one is None:
            raise _NotTold("withheld")
        found.append(one)
    return found


def _lattice(session: Session, pathway: str, series: str, span: Span) -> Lattice | None:
    block = block_of(span.first)
    return lattices(
        cells.of_weeks(session, pathway, block),
        ledger.of_block(session, pathway, block.first),
        cells.members(session, pathway),
        block,
    ).get(series)


def _steps(session: Session, node: Node, series: str, asked: Asked) -> list[Span]:
    found: list[Span] = []
    for span in pieces_of(asked.span):
        lattice = _lattice(session, node.pathway, series, span)
        found += steps_told(lattice, node, asked.form) if lattice else []
    return found


SAID: Mapping[Kept, str] = {
    "cuts": "these weeks cut a step that has left",
    "untold": "no step of these weeks, or of some, has left: too few responses, or withheld to protect"
    " another figure, or the step has not ended",
    "stepless": "it has no steps of its own in these weeks",
    "withheld": "too few responses, or withheld to protect another figure",
}


def _not_told(node: Node, asked: Asked, kept: Kept, steps: Sequence[Span]) -> str:
    begin = f"{node.name}, {asked.question}, {asked.span}: {SAID[kept]}; nothing was told"
    if kept == "stepless":
        whole = ", ".join(str(block_of(one.first)) for one in pieces_of(asked.span))
        return f"{begin}. Ask about whole blocks of twelve weeks: {whole}"
    if not steps:
        return f"{begin}. No step of it has left in these weeks: ask about a wider node, or a longer period"
    return f"{begin}. Ask about whole steps: " + ", ".join(str(one) for one in steps)
