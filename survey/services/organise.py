"""Organise: load organisations from a file, add and close services."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.errors import BadInput, NotFound, Problem, Refused
from survey.domain.organisation import KINDS, PARENT_KINDS, Organisation, Service
from survey.storage import directory
from survey.storage.database import transaction

COLUMNS = ("code", "name", "kind", "parent", "valid_from", "valid_to")
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is mistaken for another on a poster
_CODE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def load_organisations(engine: Engine, file: Path) -> int:
    """Read organisations from a CSV (columns COLUMNS) and keep them; BadInput lists all that is wrong."""
    found, problems = _read(file)
    with transaction(engine) as session:
        mine = {one.code: one for _, one in found}
        others = [one for one in directory.organisations(session) if one.code not in mine]
        known, services = mine | {one.code: one for one in others}, directory.services(session)
        for line, one in found:
            wrong = _parent_problem(one, known)
            problems += [Problem(file.name, line, wrong, "parent")] if wrong else []
            hanging = _hanging_problems(one, others, services)
            problems += [Problem(file.name, line, message, field) for field, message in hanging]
        if problems:
            raise BadInput(f"{file.name} has {len(problems)} problems; nothing was loaded", problems)
        directory.keep_organisations(session, _parents_first(found))
    return len(found)


def add_service(engine: Engine, service: Service, *, catalogue: Catalogue) -> Service:
    """Keep a new service, giving it a short code where it has none; Refused where the code is taken."""
    if service.pathway not in catalogue.pathways():
        known = ", ".join(catalogue.pathways())
        raise NotFound(f"there is no questionnaire for the pathway {service.pathway!r}; there are: {known}")
    code = service.code or "".join(secrets.choice(LETTERS) for _ in range(6))
    if not (3 <= len(code) <= 12 and set(code) <= _CODE):
        raise BadInput(f"a service code is 3 to 12 capital letters and digits, not {code!r}")
    if not service.name.strip() or not service.name.isprintable():
        raise BadInput(f"a service needs a name that patients can read, not {service.name!r}")
    with transaction(engine) as session:
        for organisation, kinds in ((service.organisation, _PROVIDERS), (service.place, _PLACES)):
            if (kind := directory.organisation(session, organisation).kind) not in kinds:
                raise BadInput(f"{organisation} is a {kind}; wanted here: {' or '.join(kinds)}")
        if any(one.code == code for one in directory.services(session)):
            raise Refused(f"there is a service {code} already; choose another --code")
        if any(one.code == code for one in directory.organisations(session)):
            raise Refused(f"{code} is the code of an organisation; choose another --code")
        made = replace(service, code=code)
        directory.keep_service(session, made)
    return made


def close_service(engine: Engine, code: str) -> Service:
    """Close a service: posters and tickets show that it has ended; what is in its boxes is still counted."""
    with transaction(engine) as session:
        closed = replace(directory.service(session, code), closed=True)
        directory.keep_service(session, closed)
    return closed


_PROVIDERS = ("provider", "site", "ward")
_PLACES = ("place", "icb")


def _read(file: Path) -> tuple[list[tuple[int, Organisation]], list[Problem]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8 (byte {error.start + 1}); save it as 'CSV UTF-8'") from None
    reader = csv.DictReader(io.StringIO(text), strict=True)
    missing = [name for name in COLUMNS[:4] if name not in (reader.fieldnames or ())]
    if missing:
        other = any(mark in "".join(reader.fieldnames or ()) for mark in ";\t")
        commas = ", with commas between them" if other else ""
        raise BadInput(f"{file} lacks the columns {', '.join(missing)}; wanted: {', '.join(COLUMNS)}{commas}")
    found: list[tuple[int, Organisation]] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    try:
        for row in reader:
            line, wrong = reader.line_num, list(_row_problems(row))
            code = (row["code"] or "").strip()
            if code in seen:
                wrong.append(("code", f"{code} stands in line {seen[code]} already"))
            seen.setdefault(code, line)
            problems += [Problem(file.name, line, message, field) for field, message in wrong]
            if not wrong:
                found.append((line, _organisation(row)))
    except csv.Error as error:
        problems.append(Problem(file.name, reader.line_num, f"this is not CSV: {error}"))
    if not found and not problems:
        raise BadInput(f"{file} holds no organisation")
    return found, problems


def _row_problems(row: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    if None in row:
        yield "code", "this line has more cells than the header; put names with commas in quotes"
    for name in ("code", "name", "kind"):
        cell = (row[name] or "").strip()
        if not cell or not cell.isprintable():
            yield name, "holds characters that cannot be printed" if cell else "is empty"
    if len((row["code"] or "").strip()) > 20:
        yield "code", "is longer than 20 characters"
    if (row["kind"] or "").strip() not in (*KINDS, ""):
        yield "kind", f"is {row['kind']!r}; wanted: {', '.join(KINDS)}"
    for name in ("valid_from", "valid_to"):
        try:
            _day(row.get(name))
        except ValueError:
            yield name, f"is {row[name]!r}; a day is written 2026-04-01"


def _parent_problem(one: Organisation, known: dict[str, Organisation]) -> str | None:
    wanted = PARENT_KINDS[one.kind]
    if one.parent is None:
        return f"a {one.kind} needs a parent ({' or '.join(wanted)})" if wanted else None
    if not wanted:
        return f"a {one.kind} has no parent; leave it empty"
    if one.parent not in known:
        return f"the parent {one.parent} is neither in this file nor loaded"
    kind = known[one.parent].kind
    return None if kind in wanted else f"the parent {one.parent} is a {kind}; wanted: {' or '.join(wanted)}"


def _hanging_problems(
    one: Organisation, known: Iterable[Organisation], services: Sequence[Service]
) -> Iterator[tuple[str, str]]:
    # What hangs on an organisation that is loaded again, perhaps as another kind.
    for child in known:
        if child.parent == one.code and one.kind not in PARENT_KINDS[child.kind]:
            yield "kind", f"the {child.kind} {child.code} hangs on {one.code}, which cannot be a {one.kind}"
    for service in services:
        if service.code == one.code:
            yield "code", f"{one.code} is the code of a service; an e-mail for it would be for either"
        for code, kinds in ((service.organisation, _PROVIDERS), (service.place, _PLACES)):
            if code == one.code and one.kind not in kinds and not service.remainder:
                yield "kind", f"the service {service.code} is there; wanted: {' or '.join(kinds)}"


def _parents_first(found: list[tuple[int, Organisation]]) -> list[Organisation]:
    # Kinds are listed from the top down, and a parent is always of an earlier kind.
    return sorted((one for _, one in found), key=lambda one: KINDS.index(one.kind))


def _organisation(row: dict[str, str | None]) -> Organisation:
    kind: str = (row["kind"] or "").strip()
    return Organisation(
        code=(row["code"] or "").strip(),
        name=(row["name"] or "").strip(),
        kind=kind,  # type: ignore[arg-type]
        parent=(row["parent"] or "").strip() or None,
        valid_from=_day(row.get("valid_from")),
        valid_to=_day(row.get("valid_to")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text.strip()) if text and text.strip() else None
