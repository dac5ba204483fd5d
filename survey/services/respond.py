"""Respond: show a link's questionnaire, then spend the link and put the sealed response in its box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week, this_week
from survey.domain.errors import BadInput, LinkEnded, NotFound, NotSaved
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.domain.ways import CHANNEL, ONLINE
from survey.privacy import tickets
from survey.privacy.keys import PatientKeys
from survey.privacy.sealing import LONGEST, check_signature, seal
from survey.storage import hatch
from survey.storage.database import transaction

ENDED = "this link has been used or has ended"
TRIES = 3  # a box may close between choosing and putting: choose again


@dataclass(frozen=True)
class Desk:
    """What receiving a response needs."""

    engine: Engine
    keys: PatientKeys
    catalogue: Catalogue


@dataclass(frozen=True)
class Shown:
    """What a link shows."""

    service_name: str
    provider_name: str
    questionnaire: Questionnaire
    form_token: str | None = None  # for links without a ticket: goes into the form and comes back


@dataclass(frozen=True)
class _Link:
    # A link ready to be spent: `secret` names the one row it may make; `ticket` is None for a poster.
    service: str
    questionnaire: str
    secret: str
    ticket: bytes | None


@contextmanager
def _honestly() -> Iterator[None]:
    # Whatever the database says that is not 'I am away': the patient is told that nothing was saved.
    try:
        yield
    except DBAPIError as error:
        raise NotSaved(f"the response could not be stored ({type(error.orig).__name__})") from None


def invited(desk: Desk, ticket: str) -> Shown:
    """What the ticket's link shows; LinkEnded where it was spent or never was. Spends nothing."""
    with transaction(desk.engine, reading=True) as session:
        service, version = _asked_for(session, _hash(desk, ticket))
        return _shown(desk, session, service, version=version)


def visiting(
    desk: Desk, service_code: str, channel: str = ONLINE, *, version: str = "", week: Week | None = None
) -> Shown:
    """What a link without a ticket shows, with a fresh form token; NotFound for an unknown service.

    `version`: as printed at the foot of a paper form; the one in force where it says nothing. BadInput where
    it is none of the service's, or so old that no box takes answers to it any more.
    """
    with transaction(desk.engine, reading=True) as session:
        week = week or this_week()
        current = desk.catalogue.current(_sign(session, service_code).pathway, week).key
        version = version or current
        if version != current:
            _require_kept(desk, session, service_code, version=version, week=week)
        signed_for = _signed_for(service_code, channel)
        token = tickets.new_form_token(desk.keys.server_key, signed_for, version, week=week)
        return _shown(desk, session, service_code, version=version, token=token)


def _require_kept(desk: Desk, session: Session, service_code: str, *, version: str, week: Week) -> None:
    found = next((one for one in desk.catalogue.all() if one.key == version), None)
    if found is None or found.pathway != _sign(session, service_code).pathway:
        raise BadInput(f"{version!r} is no version that {service_code} asks: look at the foot of the form")
    link = _Link(service_code, version, secret="", ticket=None)
    try:
        _open_box(session, link, week)
    except NotSaved:
        raise BadInput(f"{version} is no longer asked: answers to it are not counted any more") from None


def asked(desk: Desk, ticket: str) -> Questionnaire:
    """The version that the ticket asks for; LinkEnded where it was spent or never was."""
    with transaction(desk.engine, reading=True) as session:
        _, version = _asked_for(session, _hash(desk, ticket))
        return desk.catalogue.get(version)


def shown_version(desk: Desk, service_code: str, form_token: str, channel: str = ONLINE) -> Questionnaire:
    """The version that a form without a ticket showed; LinkEnded where the token is not ours."""
    return desk.catalogue.get(_read_token(desk, service_code, form_token, channel).questionnaire)


@_honestly()
def respond_invited(desk: Desk, ticket: str, response: Response, *, week: Week | None = None) -> None:
    """Store the response and spend the ticket, once: a replay while its box waits is quietly fine."""
    hashed = _hash(desk, ticket)
    with transaction(desk.engine, reading=True) as session:
        # The ticket first: between two looks in the other order, a second submit of the same would find no
        # row yet and then no ticket any more.
        known = hatch.asked_for(session, hashed)
        if known is None and hatch.holds(session, tickets.row_id(desk.keys.server_key, ticket)):
            return
        if known is None:
            raise LinkEnded(ENDED)
        link = _Link(*known, secret=ticket, ticket=hashed)
        box = _open_box(session, link, week := week or this_week())
    _put(desk, link, response, week=week, box=box)


def has_arrived(desk: Desk, service_code: str, form_token: str, channel: str) -> bool:
    """Whether the response of a form without a ticket lies in its box already."""
    form = _read_token(desk, service_code, form_token, channel)
    with transaction(desk.engine, reading=True) as session:
        return hatch.holds(session, tickets.row_id(desk.keys.server_key, form.nonce))


@_honestly()
def respond_visiting(
    desk: Desk, service_code: str, form_token: str, response: Response, *, week: Week | None = None
) -> None:
    """Store the response of a form without a ticket, once a token, in the week it was shown or the next.

    LinkEnded where the form was shown for another channel than the response says it came by.
    """
    channel = response.way.get(CHANNEL, ONLINE)
    form, week = _read_token(desk, service_code, form_token, channel), week or this_week()
    if week - form.week > 1:  # what was counted of it is forgotten: it could be counted again
        raise LinkEnded("this form was opened too long ago; open the link again")
    link = _Link(service_code, form.questionnaire, secret=form.nonce, ticket=None)
    with transaction(desk.engine, reading=True) as session:
        box = _open_box(session, link, week)
    _put(desk, link, response, week=week, box=box)


def _put(desk: Desk, link: _Link, response: Response, *, week: Week, box: hatch.Box) -> None:
    if response.is_empty:
        raise NotSaved("an empty response is not stored; answer at least one question")
    plain, row_id = response.encode(), tickets.row_id(desk.keys.server_key, link.secret)
    if len(plain) > LONGEST:
        raise NotSaved(
            f"a response of {len(plain)} bytes is longer than a box takes; make the comment shorter"
        )
    for _ in range(TRIES):
        check_signature(desk.keys.pinned, box=box.id, public_key=box.public_key, signature=box.signature)
        body = seal(plain, box=box.id, public_key=box.public_key)
        with transaction(desk.engine) as session:
            put = hatch.put(session, ticket=link.ticket, row_id=row_id, box=box, body=body)
        if put == "unknown":
            raise LinkEnded(ENDED)
        if put == "stored":
            return
        with transaction(desk.engine, reading=True) as session:
            box = _open_box(session, link, week)
    raise NotSaved("the box closed while the response was on its way; send it again")


def _open_box(session: Session, link: _Link, week: Week) -> hatch.Box:
    if _sign(session, link.service).closed:
        raise LinkEnded(ENDED)
    box = hatch.open_box(
        session,
        service=link.service,
        questionnaire=link.questionnaire,
        ticketed=link.ticket is not None,
        week=week,
    )
    if box is None:
        raise NotSaved("no box is open for this service; the clock has not prepared one: run `heard clock`")
    return box


def _shown(desk: Desk, session: Session, code: str, *, version: str, token: str | None = None) -> Shown:
    sign = _sign(session, code)
    if sign.closed:
        raise LinkEnded(ENDED)
    return Shown(sign.name, sign.provider, desk.catalogue.get(version), token)


def _sign(session: Session, code: str) -> hatch.Sign:
    found = hatch.sign(session, code)
    if found is None:
        raise NotFound(f"there is no service {code!r}")
    return found


def _asked_for(session: Session, hashed: bytes) -> tuple[str, str]:
    found = hatch.asked_for(session, hashed)
    if found is None:
        raise LinkEnded(ENDED)
    return found


def _signed_for(service_code: str, channel: str) -> str:
    # Anybody may open a poster's form: its token must not open a door that only staff stand at.
    return service_code if channel == ONLINE else f"{service_code}/{channel}"


def _read_token(desk: Desk, service_code: str, form_token: str, channel: str) -> tickets.Form:
    signed_for = _signed_for(service_code, channel)
    read = tickets.read_form_token(desk.keys.server_key, signed_for, form_token)
    if read is None:
        raise LinkEnded("this form was not made here, or for another service; open the link again")
    return read


def _hash(desk: Desk, ticket: str) -> bytes:
    if not tickets.is_ticket(ticket):
        raise LinkEnded(ENDED)
    return tickets.ticket_hash(desk.keys.pepper, ticket)
