"""Organisations and services, and the tree they make."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.errors import NotFound
from survey.domain.organisation import Organisation, Service
from survey.storage.tables import OrganisationRow, ServiceRow


def organisations(session: Session) -> list[Organisation]:
    """All organisations, by code."""
    return [
        _organisation(row) for row in session.scalars(select(OrganisationRow).order_by(OrganisationRow.code))
    ]


def organisation(session: Session, code: str) -> Organisation:
    """The organisation `code`; NotFound where there is none."""
    row = session.get(OrganisationRow, code)
    if row is None:
        raise NotFound(f"there is no organisation {code!r}; load it with `heard organisation load FILE`")
    return _organisation(row)


def keep_organisations(session: Session, found: Iterable[Organisation]) -> None:
    """Write organisations, parents before children; known codes are brought up to date."""
    for one in found:
        session.merge(
            OrganisationRow(
                code=one.code,
                name=one.name,
                kind=one.kind,
                parent=one.parent,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )
        )
        session.flush()


def services(session: Session, node: str | None = None) -> list[Service]:
    """All services, those under an organisation, or the one service `node`; NotFound for an unknown code."""
    rows = session.scalars(select(ServiceRow).order_by(ServiceRow.name, ServiceRow.code)).all()
    if node is None:
        return [_service(row) for row in rows]
    one = [row for row in rows if row.code == node]
    if one:
        return [_service(row) for row in one]
    below = _below(session, node)
    return [_service(row) for row in rows if row.organisation in below or row.place in below]


def service(session: Session, code: str) -> Service:
    """The service `code`; NotFound where there is none."""
    row = session.get(ServiceRow, code)
    if row is None:
        raise NotFound(f"there is no service {code!r}; `heard service list` shows them")
    return _service(row)


def keep_service(session: Session, one: Service) -> None:
    """Write a service; its counters are left as they are."""
    session.merge(
        ServiceRow(
            code=one.code,
            name=one.name,
            pathway=one.pathway,
            organisation=one.organisation,
            place=one.place,
            closed=one.closed,
            remainder=one.remainder,
        )
    )
    session.flush()


def name_of(session: Session, node: str) -> str:
    """The name of a service or organisation; NotFound where there is neither."""
    row = session.get(ServiceRow, node) or session.get(OrganisationRow, node)
    if row is None:
        raise NotFound(
            f"there is no service or organisation {node!r}; `heard service list` and"
            " `heard organisation list` show their codes"
        )
    return row.name


def icb_of(session: Session, one: Service) -> str:
    """The code of the ICB that a service's place lies in."""
    code = one.place
    while (parent := organisation(session, code).parent) is not None:
        code = parent
    return code


def _below(session: Session, node: str) -> set[str]:
    organisation(session, node)
    parents = {one.code: one.parent for one in organisations(session)}
    found = {node}
    while more := {code for code, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _organisation(row: OrganisationRow) -> Organisation:
    kind = row.kind
    return Organisation(row.code, row.name, kind, row.parent, row.valid_from, row.valid_to)  # type: ignore[arg-type]


def _service(row: ServiceRow) -> Service:
    return Service(
        code=row.code,
        name=row.name,
        pathway=row.pathway,
        organisation=row.organisation,
        place=row.place,
        closed=row.closed,
        remainder=row.remainder,
    )
