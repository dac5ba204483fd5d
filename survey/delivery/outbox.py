"""The outbox: an e-mail is written once, sent once, tried again for five days, and its end recorded.

One window is known: a crash between the server's 'accepted' and our record of it sends that one e-mail
again, with the same Message-ID, once its claim has run out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.utils import parseaddr
from smtplib import SMTP
from time import monotonic

from sqlalchemy import Engine, Select, delete, func, select, update
from sqlalchemy.orm import Session, load_only

from survey.delivery import smtp
from survey.delivery.smtp import Never, NotNow, ServerDown, Smtp
from survey.domain.progress import Advance, silent
from survey.storage.database import transaction
from survey.storage.tables import OutboxRow

CLAIM = timedelta(minutes=15)  # far longer than one message takes; then a dead deliverer's claim is void
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=12)
TRIES = 17  # with the waits between them, just under five days


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery did: counts, the refused with the server's words, and why it stopped, if it did."""

    sent: int = 0
    waiting: int = 0
    refused: tuple[tuple[str, str], ...] = ()  # recipient, reason
    stopped: str = ""

    def __str__(self) -> str:
        return f"{self.sent} sent, {len(self.refused)} refused, {self.waiting} waiting"


@dataclass(frozen=True, slots=True)
class _Claim:
    message_id: str
    recipient: str
    attempts: int  # this one included
    message: bytes = b""


def put(session: Session, message_id: str, recipient: str, message: bytes, *, now: datetime) -> bool:
    """Write an e-mail unless one of this id was written before; say whether it was new."""
    if knows(session, message_id):
        return False
    session.add(OutboxRow(message_id=message_id, recipient=recipient, message=message, next_try=_plain(now)))
    session.flush()
    return True


def knows(session: Session, message_id: str) -> bool:
    """Whether an e-mail of this id was written, whatever became of it."""
    return session.scalar(select(OutboxRow.message_id).where(OutboxRow.message_id == message_id)) is not None


def withdraw(session: Session, recipient: str) -> int:
    """Take back what has not been sent to an address; say how much it was."""
    gone = delete(OutboxRow).where(OutboxRow.recipient == recipient, OutboxRow.state == "queued")
    return len(session.execute(gone.returning(OutboxRow.message_id)).all())


def waiting(session: Session) -> int:
    """How many e-mails are still to be sent."""
    return session.scalar(select(func.count()).where(OutboxRow.state == "queued")) or 0


def due(engine: Engine, now: datetime) -> int:
    """How many e-mails may be tried now."""
    with transaction(engine, reading=True) as session:
        wanted = select(func.count()).where(OutboxRow.state == "queued", OutboxRow.next_try <= _plain(now))
        return session.scalar(wanted) or 0


def deliver(engine: Engine, server: Smtp, now: datetime, *, advance: Advance = silent) -> Delivered:
    """Send what is due, one by one, each recorded by itself; several deliverers may run at once.

    `now` is UTC. Where the server cannot be used, all that is due waits, longer each time.
    """
    clock, done = _clock(now), Delivered()
    while not done.stopped and due(engine, clock()):
        try:
            with smtp.connected(server) as link:
                done = _through(engine, link, clock, done=done, advance=advance)
        except ServerDown as error:
            refused = _put_off_all(engine, clock(), str(error))
            done = replace(done, refused=done.refused + refused, stopped=str(error))
    with transaction(engine, reading=True) as session:
        return replace(done, waiting=waiting(session))


def wait_after(attempts: int) -> timedelta:
    """How long an e-mail waits after so many tries: five minutes, doubled each time, at most half a day."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 10)), LONGEST_WAIT)


def _clock(now: datetime) -> Callable[[], datetime]:
    """`now` and on from there: claims of a long delivery must not be dated from its start."""
    begun, start = monotonic(), _plain(now)
    return lambda: start + timedelta(seconds=monotonic() - begun)


def _plain(moment: datetime) -> datetime:
    """As the table keeps it: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _through(
    engine: Engine, link: SMTP, clock: Callable[[], datetime], *, done: Delivered, advance: Advance
) -> Delivered:
    """Send over one connection until nothing is due or the line breaks."""
    while (claim := _claim(engine, clock())) is not None:
        try:
            smtp.hand_over(link, claim.message, sender=_sender(claim.message), recipient=claim.recipient)
            _record(engine, claim, state="sent", message=b"")
            done = replace(done, sent=done.sent + 1)
        except Never as error:
            _record(engine, claim, state="refused", message=b"", last_error=str(error))
            done = replace(done, refused=(*done.refused, (claim.recipient, str(error))))
        except (NotNow, ServerDown) as error:
            with transaction(engine) as session:
                given_up = _put_off(session, claim, clock(), str(error))
            done = replace(done, refused=done.refused + given_up)
            if isinstance(error, ServerDown):
                return done
        advance(1)
    return done


def _claim(engine: Engine, now: datetime) -> _Claim | None:
    """Take the e-mail that has been due longest, so that no other deliverer sends it."""
    with transaction(engine) as session:
        wanted = _due(now).order_by(OutboxRow.next_try, OutboxRow.message_id).limit(1)
        row = session.scalar(wanted)
        if row is None:
            return None
        row.next_try, row.attempts = now + CLAIM, row.attempts + 1
        return _Claim(row.message_id, row.recipient, row.attempts, row.message)


def _due(now: datetime) -> Select[OutboxRow]:
    # SQLite leaves the lock out and needs none: its transactions begin as writers.
    wanted = select(OutboxRow).where(OutboxRow.state == "queued", OutboxRow.next_try <= now)
    return wanted.with_for_update(skip_locked=True)


def _record(engine: Engine, claim: _Claim, **values: object) -> None:
    """The row stays, so that the e-mail is not written again; its text goes."""
    with transaction(engine) as session:
        session.execute(update(OutboxRow).where(OutboxRow.message_id == claim.message_id).values(**values))


def _put_off_all(engine: Engine, now: datetime, reason: str) -> tuple[tuple[str, str], ...]:
    """All that is due has had a try; what was given up is returned."""
    with transaction(engine) as session:
        rows = session.scalars(_due(now).options(load_only(OutboxRow.recipient, OutboxRow.attempts))).all()
        claims = [_Claim(row.message_id, row.recipient, row.attempts + 1) for row in rows]
        return tuple(one for claim in claims for one in _put_off(session, claim, now, reason))


def _put_off(session: Session, claim: _Claim, now: datetime, reason: str) -> tuple[tuple[str, str], ...]:
    """Try later; after the last try give up, and return recipient and reason."""
    values: dict[str, object] = {"attempts": claim.attempts, "last_error": reason}
    if given_up := claim.attempts >= TRIES:
        reason = f"given up after {TRIES} tries in five days: {reason}"
        values |= {"state": "refused", "message": b"", "last_error": reason}
    else:
        values["next_try"] = now + wait_after(claim.attempts)
    session.execute(update(OutboxRow).where(OutboxRow.message_id == claim.message_id).values(**values))
    return ((claim.recipient, reason),) if given_up else ()


def _sender(message: bytes) -> str:
    return parseaddr(str(BytesParser().parsebytes(message, headersonly=True)["From"]))[1]
