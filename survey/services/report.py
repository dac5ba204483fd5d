"""Report: the weekly e-mail of every subscription into the outbox, once a week; and what is due is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parseaddr
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.delivery import outbox, smtp
from survey.delivery.outbox import Delivered
from survey.domain.calendar import Week
from survey.domain.progress import Advance, silent
from survey.domain.released import Released
from survey.presenters.gallery import hang
from survey.presenters.letter import Letter
from survey.presenters.weekly import Edition, email
from survey.services.assess import assessed
from survey.services.reading import reading
from survey.storage import directory, subscriptions
from survey.storage.database import transaction
from survey.storage.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class Written:
    """What `weekly` did: e-mails new in the outbox, those there before, files written, nodes left out."""

    new: int = 0
    already: int = 0
    files: tuple[Path, ...] = ()
    empty: tuple[str, ...] = ()  # codes of nodes without a service: no e-mail is written about nothing

    def __str__(self) -> str:
        before = f", {self.already} there already" if self.already else ""
        return f"{self.new} e-mail{'' if self.new == 1 else 's'} written into the outbox{before}"


@dataclass(frozen=True, slots=True)
class Mailing:
    """All that one week's e-mails have in common."""

    engine: Engine
    catalogue: Catalogue
    week: Week
    sender: str
    written: datetime  # UTC


def weekly(
    engine: Engine,
    catalogue: Catalogue,
    week: Week,
    *,
    sender: str,
    nodes: Sequence[str] = (),
    out: Path | None = None,
    now: datetime | None = None,
    advance: Advance = silent,
) -> Written:
    """Write the e-mails of `week`, once per subscription however often it is called.

    With `out`, each node's e-mail is also written there as .eml and .html; `nodes` adds some that nobody
    subscribes to.
    """
    mailing = Mailing(engine, catalogue, week, sender, now or datetime.now(UTC))
    _assessed(mailing)
    with transaction(engine, reading=True) as session:
        wanted = subscriptions.everyone(session)
    done = Written()
    readers = {node: list(each) for node, each in groupby(wanted, key=lambda one: one.node)}
    for node in dict.fromkeys((*readers, *nodes)):
        done = _of_node(mailing, node, readers.get(node, []), out=out, done=done)
        advance(1)
    return done


def send(
    engine: Engine, *, smtp_url: str | None, now: datetime | None = None, advance: Advance = silent
) -> Delivered:
    """Send what is due in the outbox; without a server all of it waits."""
    if smtp_url is None:
        with transaction(engine, reading=True) as session:
            return Delivered(waiting=outbox.waiting(session))
    return outbox.deliver(engine, smtp.parse(smtp_url), now or datetime.now(UTC), advance=advance)


def to_write(engine: Engine, nodes: Sequence[str] = ()) -> int:
    """How many steps `weekly` will tell of."""
    with transaction(engine, reading=True) as session:
        return len({one.node for one in subscriptions.everyone(session)} | set(nodes))


def to_send(engine: Engine) -> int:
    """How many e-mails are due."""
    return outbox.due(engine, datetime.now(UTC))


def edition(session: Session, catalogue: Catalogue, node: str, week: Week) -> Released[Edition]:
    """One node's week; NotFound for an unknown node."""
    told = reading(session, catalogue, week, node=node)
    found = told.what
    written = Edition(
        node=node,
        name=directory.name_of(session, node),
        week=week,
        courses=found.courses,
        wider=found.wider,
        findings=found.findings,
        before=found.before,
        apart=found.apart if found.compared_anew else (),  # once a quarter; the pack has them always
        gaps=found.gaps if found.compared_anew else (),
        watched=found.watched,
        silent=found.silent,
        uncounted=found.uncounted,
        shifts=found.shifts,
    )
    return told.made_into(written)


def message_key(subscription: Subscription, week: Week) -> str:
    """The left half of a Message-ID: one per subscription and week; nobody's address can be read from it."""
    return sha256(f"{subscription.id} {week}".encode()).hexdigest()[:32]


def _assessed(mailing: Mailing) -> None:
    # 'Nothing changed' is only said of a week that somebody has looked at, and 'new' only after a look at
    # the week before it.
    for week in (mailing.week + -1, mailing.week):
        assessed(mailing.engine, mailing.catalogue, week)


def _of_node(
    mailing: Mailing, node: str, readers: Sequence[Subscription], *, out: Path | None, done: Written
) -> Written:
    """Read, draw outside of any transaction (patients write meanwhile), then put each e-mail by itself."""
    new = _unwritten(mailing, readers)
    done = replace(done, already=done.already + len(readers) - len(new))
    if not new and out is None:
        return done
    with transaction(mailing.engine, reading=True) as session:
        told = edition(session, mailing.catalogue, node, mailing.week)
    found = told.what
    if not (found.courses or found.silent or found.uncounted):
        return replace(done, empty=(*done.empty, node))
    letter = email(told)
    for one in new:
        done = replace(done, new=done.new + _put(mailing, letter, one))
    return replace(done, files=(*done.files, *_files(mailing, letter, told, out)))


def _unwritten(mailing: Mailing, readers: Iterable[Subscription]) -> list[Subscription]:
    with transaction(mailing.engine, reading=True) as session:
        return [one for one in readers if not outbox.knows(session, message_key(one, mailing.week))]


def _put(mailing: Mailing, letter: Letter, reader: Subscription) -> bool:
    key = message_key(reader, mailing.week)
    message = _bytes(mailing, letter, key=key, recipient=reader.address)
    with transaction(mailing.engine) as session:
        return outbox.put(session, key, reader.address, message, now=mailing.written)


def _files(mailing: Mailing, letter: Letter, told: Released[Edition], out: Path | None) -> tuple[Path, ...]:
    """The e-mail as .eml (to nobody) and as a page that stands alone, and every chart."""
    if out is None:
        return ()
    out.mkdir(parents=True, exist_ok=True)
    stem = out / f"weekly-{told.what.node}-{mailing.week}"
    key = sha256(stem.name.encode()).hexdigest()[:32]
    eml, page = stem.with_name(f"{stem.name}.eml"), stem.with_name(f"{stem.name}.html")
    eml.write_bytes(_bytes(mailing, letter, key=key, recipient=mailing.sender))
    page.write_text(letter.standalone(), encoding="utf-8")
    return eml, page, *_charts(told, out / "charts")


def _charts(told: Released[Edition], out: Path) -> Iterator[Path]:
    out.mkdir(exist_ok=True)
    found = told.what
    for one in hang(told.made_into([*found.courses, *found.wider]), found.findings):
        path = out / one.name
        path.write_text(one.svg, encoding="utf-8")
        yield path


def _bytes(mailing: Mailing, letter: Letter, *, key: str, recipient: str) -> bytes:
    domain = parseaddr(mailing.sender)[1].rpartition("@")[2]
    return letter.message(
        sender=mailing.sender, recipient=recipient, message_id=f"{key}@{domain}", written=mailing.written
    ).as_bytes()
