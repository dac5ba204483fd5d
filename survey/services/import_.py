"""Import: take in a vendor's export, all of it or nothing, each row once; and take a batch back."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import LONDON, Span
from survey.domain.errors import BadInput, Misconfigured, Refused
from survey.privacy import keys
from survey.services.importing.adding import Plan, plan
from survey.services.importing.bulk import bulk_days
from survey.services.importing.joining import People
from survey.services.importing.mapping import Mapping
from survey.services.importing.reading import find_mapping, read_mapping
from survey.services.importing.reading_rows import RowReader
from survey.services.importing.rejects import rejects_file
from survey.services.importing.report import Report
from survey.services.importing.rows import CsvSource, Source, rows
from survey.services.importing.seen import Hasher, sentinel
from survey.services.importing.storing import store, store_marks
from survey.services.importing.workbook import XlsxSource
from survey.storage import comments, counts, imports, marks, responses
from survey.storage.database import transaction

_CSV = frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True)
class Intake:
    """Where imports go."""

    engine: Engine
    keys_dir: Path
    data_dir: Path
    catalogue: Catalogue


@dataclass(frozen=True)
class Export:
    """A vendor's file with its mapping, looked at but not read yet."""

    path: Path
    mapping: Mapping
    mapping_file: str
    source: Source


def open_export(path: Path, mapping: str, *, catalogue: Catalogue) -> Export:
    """Read the mapping and look at the file; BadInput where either cannot be used."""
    file = find_mapping(mapping)
    read = read_mapping(file, catalogue)
    return Export(path, read, file.name, _source(path, read))


def import_export(
    intake: Intake,
    export: Export,
    *,
    dry_run: bool = False,
    advance: Callable[[int], None] = lambda _: None,
    today: date | None = None,
) -> Report:
    """Read every row and, unless it is a dry run, store what can be used, in one transaction."""
    today = today or datetime.now(LONDON).date()
    key = _key(intake, dry_run=dry_run)
    people = _read(export, key, today, advance=advance)
    if dry_run:
        with transaction(intake.engine, reading=True) as session:
            return _decide(session, export, people, dry_run=True).report
    batch = secrets.token_hex(8)
    try:
        with ExitStack() as after_commit, transaction(intake.engine) as session:
            decided = _decide(session, export, people, dry_run=False)
            rejects = rejects_file(intake.data_dir / "rejects", batch, decided.report.outcome.rejected)
            written = after_commit.enter_context(rejects)
            stored = _store(session, intake, export, decided, key=key, batch=batch, today=today)
    except IntegrityError:
        raise Refused(
            "another import stores the same rows at this moment; nothing was imported: run it again"
        ) from None
    return replace(decided.report, batch=batch if stored else None, rejects=written)


Chosen = dict[tuple[str, str, Span], list[tuple[str, str]]]  # by service, version and weeks: answers


@dataclass(frozen=True, slots=True)
class Undone:
    """An import that was taken back, or would be."""

    batch: imports.Batch
    released: int  # services' weeks that a release has made figures of, or will yet


def undo(engine: Engine, batch: str, *, dry_run: bool = False) -> Undone:
    """Take a batch back: counts, responses, comments, marks and hashes, in one transaction.

    What has been told of its answers was told: the next release says that those figures were wrong.
    """
    with transaction(engine, reading=dry_run) as session:
        known = imports.batch(session, batch)
        chosen = _chosen(session, known)
        services, spans = {key[0] for key in chosen}, {key[2] for key in chosen}
        taken = chosen.keys() & set(counts.in_cells(session, services, spans))
        if not dry_run:
            _take_back(session, batch, chosen)
    return Undone(known, len({(service, span) for service, _, span in taken}))


def _chosen(session: Session, known: imports.Batch) -> Chosen:
    """The answers that an import brought; Refused where not all of them are stored any more."""
    if known.undone:
        raise Refused(f"the import {known.id} was taken back already; nothing is left of it")
    kept = responses.of_batch(session, known.id)
    if len(kept) < known.responses:  # its counts could no longer be told from others'
        raise Refused(
            f"{known.responses - len(kept)} of the {known.responses} responses of the import {known.id} were"
            " deleted when HEARD_KEEP_RESPONSES_WEEKS had passed; it can no longer be taken back"
        )
    found: Chosen = defaultdict(list)
    for row in kept:
        found[row.service, row.questionnaire, Span.parse(row.span)] += row.answers.items()
    return found


def _take_back(session: Session, batch: str, chosen: Chosen) -> None:
    for (service, questionnaire, span), mine in sorted(chosen.items()):
        counts.add(session, service=service, questionnaire=questionnaire, span=span, chosen=mine, sign=-1)
    responses.remove_batch(session, batch)
    comments.remove_batch(session, batch)
    marks.remove_batch(session, batch)
    imports.forget(session, batch)


def _source(path: Path, mapping: Mapping) -> Source:
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    try:
        if path.suffix.lower() in _CSV:
            return CsvSource.open(path, mapping)
        if path.suffix.lower() == ".xlsx":
            return XlsxSource.open(path, mapping.sheet)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    ending = path.suffix or "no ending"
    raise BadInput(f"{path.name} has {ending!r}; an export is a .csv or .xlsx file: save it as one of them")


def _key(intake: Intake, *, dry_run: bool) -> bytes:
    """The import key; made on first use, but never in place of one that was lost, nor by a dry run."""
    file = intake.keys_dir / "clock" / "import.key"
    with transaction(intake.engine, reading=True) as session:
        kept = [one.id for one in imports.batches(session) if not one.undone]
        if not file.exists() and kept:
            raise Misconfigured(
                f"the key of earlier imports is missing ({file}); restore it, or rows would be stored twice"
            )
        if not file.exists() and dry_run:
            return secrets.token_bytes(32)
        key = keys.import_key(intake.keys_dir)
        wanted = {sentinel(key, batch) for batch in kept}
        if len(imports.seen(session, wanted)) < len(wanted):
            raise Misconfigured(
                f"{file} is not the key of earlier imports; restore that one, or rows would be stored twice"
            )
    return key


def _read(export: Export, key: bytes, today: date, *, advance: Callable[[int], None]) -> People:
    hasher = Hasher(key, export.mapping.source)
    reader = RowReader(export.mapping, hasher, today)
    people = People(export.mapping, hasher)
    for row in rows(export.path, export.source, export.mapping, advance):
        people.add(reader.read(row))
    return people


@dataclass(frozen=True)
class _Decided:
    plan: Plan
    report: Report


def _decide(session: Session, export: Export, people: People, *, dry_run: bool) -> _Decided:
    needed = plan(session, export.mapping, file=export.mapping_file)
    outcome = people.join(imports.seen(session, people.hashes()))
    outcome.balance()
    return _Decided(
        needed,
        Report(
            read_as=export.source.said,
            mapping=export.mapping,
            outcome=outcome,
            added=needed.services,
            bulks=bulk_days(outcome.stored, export.mapping),
            dry_run=dry_run,
        ),
    )


def _store(
    session: Session,
    intake: Intake,
    export: Export,
    decided: _Decided,
    *,
    key: bytes,
    batch: str,
    today: date,
) -> bool:
    """Write what was decided; False where there is nothing to write."""
    report = decided.report
    if not report.outcome.stored:
        return False
    decided.plan.carry_out(session)
    written = imports.Batch(
        id=batch,
        day=today,
        rows=report.outcome.rows,
        responses=report.responses,
        comments=report.comments,
        rejected=len(report.outcome.rejected),
    )
    store(session, written, report.outcome.stored, mapping=export.mapping, catalogue=intake.catalogue)
    store_marks(session, batch, report.bulks)
    imports.remember(session, batch, [sentinel(key, batch)])
    return True
