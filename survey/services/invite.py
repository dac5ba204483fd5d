"""Invite: make tickets for a service; who receives which is the sender's business and never ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.errors import BadInput, Refused
from survey.domain.progress import Advance, silent
from survey.privacy.keys import pepper
from survey.privacy.tickets import new_ticket, ticket_hash
from survey.services.prepare import prepare
from survey.storage import directory, invitations
from survey.storage.database import transaction

MOST = 1_000_000  # tickets in one call


def invite(
    engine: Engine,
    service_code: str,
    *,
    count: int,
    keys_dir: Path,
    catalogue: Catalogue,
    week: Week,
    copy_dir: Path | None = None,
) -> list[str]:
    """Issue `count` tickets for the version now in force; return them, for they are kept nowhere."""
    tickets = draw(engine, service_code, count)
    issue(
        engine,
        service_code,
        tickets,
        keys_dir=keys_dir,
        catalogue=catalogue,
        week=week,
        copy_dir=copy_dir,
    )
    return tickets


def draw(engine: Engine, service_code: str, count: int) -> list[str]:
    """As many tickets, not yet valid; BadInput for too many or none, Refused where nobody can be invited."""
    if not 1 <= count <= MOST:
        raise BadInput(f"--count must lie between 1 and {MOST:,}, not {count}")
    with transaction(engine, reading=True) as session:
        if directory.service(session, service_code).closed:
            raise Refused(f"the service {service_code} is closed; nobody can be invited to it")
    return [new_ticket() for _ in range(count)]


def issue(
    engine: Engine,
    service_code: str,
    tickets: Sequence[str],
    *,
    keys_dir: Path,
    catalogue: Catalogue,
    week: Week,
    copy_dir: Path | None = None,
    advance: Advance = silent,
) -> None:
    """Make tickets valid, all or none."""
    prepare(engine, keys_dir=keys_dir, catalogue=catalogue, week=week, copy_dir=copy_dir)
    key = pepper(keys_dir)
    with transaction(engine) as session:
        service = directory.service(session, service_code)
        invitations.issue(
            session,
            service=service_code,
            questionnaire=catalogue.current(service.pathway, week).key,
            cohort=week,
            hashes=[ticket_hash(key, ticket) for ticket in tickets],
            advance=advance,
        )
