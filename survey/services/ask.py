"""Ask: one question of one node over a period, answered through the gate and the ledger, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
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
from survey.services.releasing.lattice import Lattice, lattices
from survey.services.releasing.pieces import Piece, piece, pieces_of, steps_told
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


class _Withheld(Exception):
    """Raised to take back what was entered for the pieces before."""


def ask(engine: Engine, catalogue: Catalogue, asked: Asked) -> Answer:
    """Answer a question, all of it or nothing, and record that it was asked.

    Each block's piece of the period is made of sums that have left already, or passes the gate and is entered
    in the ledger in the same transaction. Refused where a piece is neither, with the steps that have left.
    """
    try:
        with transaction(engine) as session:
            node, questionnaire = _about(session, catalogue, asked)
            _require_released(session, asked.span)
            found = _pieces(session, node, questionnaire, asked)
            told = {"who": asked.who, "why": asked.why}
            new = [New(one.new.figure, "answer", one.new.services, told) for one in found if one.new]
            if new:
                ledger.append(session, _newest(session), new)
            record(session, asked, node, outcome="told", entered=len(new))
    except _Withheld:
        with transaction(engine) as session:
            node, questionnaire = _about(session, catalogue, asked)
            record(session, asked, node, outcome="withheld")
            steps = _steps(session, node, questionnaire, asked)
        raise Refused(_withheld(node, asked, steps)) from None
    parts = tuple(part for one in found for part in one.parts)
    return Answer(node, questionnaire.question(asked.question), asked.span, asked.form, parts, len(new))


def record(
    session: Session, asked: Asked, node: Node, *, outcome: str, entered: int = 0, by: str | None = None
) -> None:
    """Write into the audit chain what was asked, and whether it was told; never the answer."""
    about = {
        **{"node": node.code, "icb": node.icb, "pathway": node.pathway},
        **{"question": asked.question, "weeks": str(asked.span), "form": asked.form},
        **({"by": by} if by else {}),
        **({"why": asked.why} if asked.why else {}),
        **{"outcome": outcome, "entered": entered},
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


def _pieces(session: Session, node: Node, questionnaire: Questionnaire, asked: Asked) -> list[Piece]:
    series = questionnaire.series_of(asked.question)
    found = []
    for span in pieces_of(asked.span):
        lattice = _lattices(session, node.pathway, span).get(series or "")
        one = piece(lattice, node, span, asked.form) if lattice else None
        if one is None:
            raise _Withheld
        found.append(one)
    return found


def _lattices(session: Session, pathway: str, span: Span) -> dict[str, Lattice]:
    block = block_of(span.first)
    return lattices(
        cells.of_weeks(session, pathway, block),
        ledger.of_block(session, pathway, block.first),
        cells.members(session, pathway),
        block,
    )


def _steps(session: Session, node: Node, questionnaire: Questionnaire, asked: Asked) -> list[Span]:
    series = questionnaire.series_of(asked.question)
    found: list[Span] = []
    for span in pieces_of(asked.span):
        lattice = _lattices(session, node.pathway, span).get(series or "")
        found += steps_told(lattice, node) if lattice else []
    return found


def _withheld(node: Node, asked: Asked, steps: Sequence[Span]) -> str:
    begin = (
        f"{node.name}, {asked.question}, {asked.span}: too few responses, or withheld to protect another"
        " figure; nothing was told"
    )
    if not steps:
        return f"{begin}. No step of it has left in these weeks: ask about a wider node, or a longer period"
    return f"{begin}. Try a period that begins and ends with steps that have left: " + ", ".join(
        str(one) for one in steps
    )
