"""Every table, as the migrations make it. No column holds a time of day of anything a patient did."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


# -- who gives care ---------------------------------------------------------------------------------


class OrganisationRow(Base):
    """An ICB, place, provider, site or ward, by ODS code."""

    __tablename__ = "organisation"
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(10))
    parent: Mapped[str | None] = mapped_column(ForeignKey("organisation.code"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class ServiceRow(Base):
    """One pathway at one provider, site or ward, in one place.

    `issued`, `retired`, `counted` and `accepted` reconcile its ticketed boxes: tickets ever issued, tickets
    withdrawn unspent, ticketed responses ever counted or destroyed unread, and the difference between rows
    and tickets that two people have let pass. Counters only: they say nothing of when.

    A remainder is no place of care: it bears what services of one pathway had too little of for too long,
    counted together under their provider, place or ICB. It takes no response and is shown to no patient.
    """

    __tablename__ = "service"
    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    pathway: Mapped[str] = mapped_column(String(60))
    organisation: Mapped[str] = mapped_column(ForeignKey("organisation.code"))
    place: Mapped[str] = mapped_column(ForeignKey("organisation.code"))
    closed: Mapped[bool] = mapped_column(default=False)
    issued: Mapped[int] = mapped_column(default=0)
    retired: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0, server_default="0")
    remainder: Mapped[bool] = mapped_column(default=False, server_default=false())


# -- the sealed road --------------------------------------------------------------------------------


class TicketRow(Base):
    """An unspent ticket, by its keyed hash; the row goes when it is spent."""

    __tablename__ = "ticket"
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    service: Mapped[str] = mapped_column(ForeignKey("service.code"), index=True)
    questionnaire: Mapped[str] = mapped_column(String(80))
    cohort: Mapped[str] = mapped_column(String(8))  # week of issue


class BoxRow(Base):
    """The sealed responses of one service × week × version, ticketed or open (poster) apart."""

    __tablename__ = "box"
    __table_args__ = (UniqueConstraint("service", "questionnaire", "ticketed", "week"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # 128 random bits, hex
    service: Mapped[str] = mapped_column(ForeignKey("service.code"))
    questionnaire: Mapped[str] = mapped_column(String(80))
    ticketed: Mapped[bool]
    week: Mapped[str] = mapped_column(String(8))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)  # Ed25519 over id and public key
    # open → closed → counted (its key waits for a verified backup) → done (no key of it may be left).
    # closed → quarantined (numbers or rows do not add up) → accepted (two people let it be counted).
    state: Mapped[str] = mapped_column(String(12), default="open")


class SealedRow(Base):
    """One sealed response. Its id is a keyed hash of the ticket or form nonce, so a replay meets itself."""

    __tablename__ = "sealed"
    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    box: Mapped[str] = mapped_column(ForeignKey("box.id"), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class KeyedCheckRow(Base):
    """Forms of a service that were keyed twice in a week, and in how many a question's entries differed."""

    __tablename__ = "keyed_check"
    service: Mapped[str] = mapped_column(ForeignKey("service.code"), primary_key=True)
    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    question: Mapped[str] = mapped_column(String(60), primary_key=True)
    checked: Mapped[int]
    differing: Mapped[int]


class DecisionRow(Base):
    """What one person decided about a service's quarantined boxes; two who agree on the same thing end it."""

    __tablename__ = "decision"
    service: Mapped[str] = mapped_column(ForeignKey("service.code"), primary_key=True)
    who: Mapped[str] = mapped_column(String(80), primary_key=True)
    choice: Mapped[str] = mapped_column(String(10))  # count destroy
    reason: Mapped[str] = mapped_column(Text)
    seen: Mapped[str] = mapped_column(
        String(64)
    )  # digest of what was decided about: it lapses if that changes


class WithheldRow(Base):
    """Responses that were destroyed unread, too few to be counted safely for too long. Never silent."""

    __tablename__ = "withheld"
    service: Mapped[str] = mapped_column(ForeignKey("service.code"), primary_key=True)
    span: Mapped[str] = mapped_column(String(17), primary_key=True)
    n: Mapped[int]


# -- what is kept once a box was counted --------------------------------------------------------------


class ResponseRow(Base):
    """The rated answers of one response: service, span of weeks, version. Nothing else."""

    __tablename__ = "response"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # 128 random bits, hex
    service: Mapped[str] = mapped_column(ForeignKey("service.code"), index=True)
    questionnaire: Mapped[str] = mapped_column(String(80))
    span: Mapped[str] = mapped_column(String(17))  # 2026-W03 or 2026-W01/2026-W03
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    batch: Mapped[str | None] = mapped_column(ForeignKey("import_batch.id"), index=True)


class CommentRow(Base):
    """A comment, apart from its response: ICB, pathway, coarse period and, where ten felt so, how it felt."""

    __tablename__ = "comment"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # 128 random bits, hex
    icb: Mapped[str] = mapped_column(String(20), default="", server_default="")
    pathway: Mapped[str] = mapped_column(String(60))
    period: Mapped[str] = mapped_column(String(17))  # a span of weeks, coarsened to a quarter under ten
    sentiment: Mapped[str] = mapped_column(String(12))  # "" where too few of its batch felt alike: not told
    text: Mapped[str] = mapped_column(Text)
    written: Mapped[str] = mapped_column(
        String(8), default="", server_default=""
    )  # week in which it was kept
    batch: Mapped[str | None] = mapped_column(ForeignKey("import_batch.id"), index=True)


class CommentPartRow(Base):
    """The comments of one pool of boxes, sealed until they are written together with those of other pools.

    Written with their responses they would share a transaction with them, which names the box; how each
    felt would then narrow it to a few of the box's responses, often to one.
    """

    __tablename__ = "comment_part"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # 128 random bits, hex
    quarter: Mapped[str] = mapped_column(String(10))  # whose key seals it
    icb: Mapped[str] = mapped_column(String(20), default="", server_default="")
    pathway: Mapped[str] = mapped_column(String(60))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class AnswerCountRow(Base):
    """Answers per service × span × version × question × option."""

    __tablename__ = "answer_count"
    service: Mapped[str] = mapped_column(ForeignKey("service.code"), primary_key=True)
    questionnaire: Mapped[str] = mapped_column(String(80), primary_key=True)
    span: Mapped[str] = mapped_column(String(17), primary_key=True)
    question: Mapped[str] = mapped_column(String(60), primary_key=True)
    option: Mapped[str] = mapped_column(String(60), primary_key=True)
    n: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")  # of those: in cells already

    __table_args__ = (
        Index(
            "ix_answer_count_untaken",
            "service",
            sqlite_where=text("n <> taken"),
            postgresql_where=text("n <> taken"),
        ),
    )


class SubgroupCountRow(Base):
    """About-you answers, one attribute at a time: how many of an option answered a question how."""

    __tablename__ = "subgroup_count"
    quarter: Mapped[str] = mapped_column(String(10), primary_key=True)
    icb: Mapped[str] = mapped_column(String(20), primary_key=True)
    pathway: Mapped[str] = mapped_column(String(60), primary_key=True)
    attribute: Mapped[str] = mapped_column(String(60), primary_key=True)
    option: Mapped[str] = mapped_column(String(60), primary_key=True)
    question: Mapped[str] = mapped_column(String(60), primary_key=True)
    group: Mapped[str] = mapped_column(String(12), primary_key=True)
    n: Mapped[int]


class SubgroupPartRow(Base):
    """The about-you counts of one pool of boxes, sealed until their quarter has ended.

    Alone they would name people: who, of a dozen invited, is the only one aged 75 and over is on the
    sender's list, and what that one answered would stand in the difference between two backups.
    """

    __tablename__ = "subgroup_part"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # 128 random bits, hex
    quarter: Mapped[str] = mapped_column(String(10))  # in which they were counted
    icb: Mapped[str] = mapped_column(String(20))
    pathway: Mapped[str] = mapped_column(String(60))
    body: Mapped[bytes] = mapped_column(LargeBinary)


# -- imports ------------------------------------------------------------------------------------------


class ImportBatchRow(Base):
    """One import: how much came in, and whether it was taken back. No name of a file, no row."""

    __tablename__ = "import_batch"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date]
    rows: Mapped[int]
    responses: Mapped[int]
    comments: Mapped[int]
    rejected: Mapped[int]
    undone: Mapped[bool] = mapped_column(default=False)


class ImportSeenRow(Base):
    """Keyed hashes of source rows that were stored, shuffled: the same row is never stored twice."""

    __tablename__ = "import_seen"
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    batch: Mapped[str] = mapped_column(ForeignKey("import_batch.id"), index=True)


class MarkRow(Base):
    """A vertical mark on a service's charts, e.g. a batch of entry."""

    __tablename__ = "mark"
    service: Mapped[str] = mapped_column(ForeignKey("service.code"), primary_key=True)
    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    label: Mapped[str] = mapped_column(String(80), primary_key=True)
    batch: Mapped[str | None] = mapped_column(ForeignKey("import_batch.id"))


# -- what leaves the house: written once, refused any change by triggers ----------------------------------


class _OfNode:
    """An organisation or service × pathway, in one ICB."""

    node: Mapped[str] = mapped_column(String(20), primary_key=True)
    icb: Mapped[str] = mapped_column(String(20), primary_key=True)
    pathway: Mapped[str] = mapped_column(String(60), primary_key=True)


class CellRow(Base):
    """What a service's answers added to one week of release: the parts that figures are sums of.

    Answers of `span` that came after its week was released stand in the next open `week`; those of a service
    that had none before in their own, `apart` from what its organisations had told by then.

    No row changes. What comes or goes before a figure has told of it is a further row, `number` 1, 2, …;
    answers that are taken back later leave their cell as it is, and a row without any says so.
    """

    __tablename__ = "cell"
    series: Mapped[str] = mapped_column(String(60), primary_key=True)
    service: Mapped[str] = mapped_column(ForeignKey("service.code"), primary_key=True, index=True)
    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    span: Mapped[str] = mapped_column(String(17), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, server_default="0")
    pathway: Mapped[str] = mapped_column(String(60))
    apart: Mapped[bool]
    taken_back: Mapped[bool] = mapped_column(server_default=false())
    favourable: Mapped[int]
    neither: Mapped[int]
    unfavourable: Mapped[int]

    __table_args__ = (Index("ix_cell_pathway_week", "pathway", "week"),)


class MembershipRow(_OfNode, Base):
    """Which services a node adds up from a week on; a changed tree changes no week before."""

    __tablename__ = "membership"
    since: Mapped[str] = mapped_column(String(8), primary_key=True)
    level: Mapped[str] = mapped_column(String(10))
    services: Mapped[list[str]] = mapped_column(JSON)


class StepLengthRow(_OfNode, Base):
    """How many weeks a node's steps have within one block, fixed by the block before."""

    __tablename__ = "step_length"
    series: Mapped[str] = mapped_column(String(60), primary_key=True)
    block: Mapped[str] = mapped_column(String(8), primary_key=True)  # its first week
    weeks: Mapped[int]


class ReleasedWeekRow(Base):
    """A week whose figures have left; it is never opened again."""

    __tablename__ = "released_week"
    week: Mapped[str] = mapped_column(String(8), primary_key=True)


class LedgerRow(Base):
    """One figure that has left the house, or the word that one was wrong; chained to the one before."""

    __tablename__ = "ledger"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run: Mapped[str] = mapped_column(String(8))  # the week whose release it was
    kind: Mapped[str] = mapped_column(String(10))  # figure answer return scale withdrawn
    form: Mapped[str] = mapped_column(String(6))  # staff public
    node: Mapped[str] = mapped_column(String(20))
    icb: Mapped[str] = mapped_column(String(20))
    pathway: Mapped[str] = mapped_column(String(60))
    series: Mapped[str] = mapped_column(String(60))
    block: Mapped[str] = mapped_column(String(8))
    span: Mapped[str] = mapped_column(String(17))
    n: Mapped[int]
    favourable: Mapped[int]
    neither: Mapped[int]
    unfavourable: Mapped[int]
    few: Mapped[str] = mapped_column(String(40))
    all_but_few: Mapped[str] = mapped_column(String(40))
    services: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (
        Index("ix_ledger_pathway_block", "pathway", "block"),
        Index("ix_ledger_node", "node", "pathway"),
    )


class WithheldFigureRow(_OfNode, Base):
    """A figure that did not leave, and why. For the auditor alone: it tells which were too small."""

    __tablename__ = "withheld_figure"
    run: Mapped[str] = mapped_column(String(8), primary_key=True)
    form: Mapped[str] = mapped_column(String(6), primary_key=True)
    series: Mapped[str] = mapped_column(String(60), primary_key=True)
    span: Mapped[str] = mapped_column(String(17), primary_key=True)
    reason: Mapped[str] = mapped_column(String(10))  # small protects failed
    protects: Mapped[str] = mapped_column(Text)


# -- what follows from the counts -----------------------------------------------------------------------


class AssessmentRow(Base):
    """That a week was assessed, and how many series were watched then."""

    __tablename__ = "assessment"
    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    watched: Mapped[int]


class FindingRow(Base):
    """What assess said of one indicator of one node in one week: a change, a service apart, a gap."""

    __tablename__ = "finding"
    week: Mapped[str] = mapped_column(ForeignKey("assessment.week"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)  # change apart gap
    node: Mapped[str] = mapped_column(String(20), primary_key=True)  # a service or an organisation
    icb: Mapped[str] = mapped_column(String(20), primary_key=True)
    pathway: Mapped[str] = mapped_column(String(60), primary_key=True)
    indicator: Mapped[str] = mapped_column(String(60), primary_key=True)
    group: Mapped[str] = mapped_column(String(121), primary_key=True)  # of a gap: attribute/option
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class RulingRow(Base):
    """What a person decided about a finding; one has one ruling."""

    __tablename__ = "ruling"
    finding: Mapped[str] = mapped_column(String(8), primary_key=True)
    node: Mapped[str] = mapped_column(String(20))
    icb: Mapped[str] = mapped_column(String(20))
    pathway: Mapped[str] = mapped_column(String(60))
    indicator: Mapped[str] = mapped_column(String(60))
    choice: Mapped[str] = mapped_column(String(8))  # accept dismiss
    since: Mapped[str] = mapped_column(String(8))
    week: Mapped[str] = mapped_column(String(8))  # that was assessed when it was decided
    who: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)


class ActionRow(Base):
    """What a person promised to do because of a finding, and what patients are told of it."""

    __tablename__ = "action"
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    node: Mapped[str] = mapped_column(String(20))
    icb: Mapped[str] = mapped_column(String(20))
    pathway: Mapped[str] = mapped_column(String(60))
    indicator: Mapped[str] = mapped_column(String(60))
    finding: Mapped[str] = mapped_column(String(8), index=True)
    since: Mapped[str] = mapped_column(String(8))
    owner: Mapped[str] = mapped_column(Text)
    due: Mapped[date]
    does: Mapped[str] = mapped_column(Text)
    told: Mapped[str] = mapped_column(Text)
    start: Mapped[str | None] = mapped_column(String(8))  # first week in which it was in force
    closed: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(Text, default="", server_default="")


class SubscriptionRow(Base):
    """Who receives the weekly e-mail of a service, or of all services under an organisation."""

    __tablename__ = "subscription"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    address: Mapped[str] = mapped_column(Text)
    node: Mapped[str] = mapped_column(String(20))  # code of a service or an organisation

    __table_args__ = (UniqueConstraint("address", "node"),)


class OutboxRow(Base):
    """An e-mail on its way; `message_id` is one per subscription × week, so that none is written twice."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_next_try", "state", "next_try"),)
    message_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    message: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default="queued")  # queued sent refused
    attempts: Mapped[int] = mapped_column(default=0)
    next_try: Mapped[datetime]  # UTC, without a zone
    last_error: Mapped[str | None] = mapped_column(Text)


class SlotRow(Base):
    """One claimed run of one job of the clock."""

    __tablename__ = "slot"
    job: Mapped[str] = mapped_column(String(30), primary_key=True)
    slot: Mapped[str] = mapped_column(String(30), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    lease_until: Mapped[datetime]  # UTC, without a zone
    done: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str | None] = mapped_column(Text)


# -- who did what -----------------------------------------------------------------------------------------


class AuditRow(Base):
    """One act of a person or of the clock, chained to the one before. Never a patient's."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    who: Mapped[str] = mapped_column(String(80))
    act: Mapped[str] = mapped_column(String(40))
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHeadRow(Base):
    """The newest link of the chain, signed once a day: who rewrites the chain afterwards is found out."""

    __tablename__ = "audit_head"
    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary)  # Ed25519, the key that signs boxes


class StaffScopeRow(Base):
    """Which ICBs a database login of the staff role may see (PostgreSQL's row-level security reads it)."""

    __tablename__ = "staff_scope"
    login: Mapped[str] = mapped_column(String(63), primary_key=True)
    icb: Mapped[str] = mapped_column(ForeignKey("organisation.code"), primary_key=True)
