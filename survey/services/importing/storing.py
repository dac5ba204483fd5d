"""What an import writes, in the caller's transaction: batch, responses, counts, comments, marks, hashes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.findings import Mark
from survey.domain.questionnaire import Group
from survey.services.importing.joining import Joined
from survey.services.importing.mapping import Mapping
from survey.services.importing.report import Bulk
from survey.storage import comments, counts, directory, imports, marks, responses


def store(
    session: Session,
    batch: imports.Batch,
    stored: Iterable[Joined],
    *,
    mapping: Mapping,
    catalogue: Catalogue,
) -> None:
    """Write a batch with everything that came of its rows; of a day only the week is written."""
    stored = list(stored)
    imports.begin(session, batch)
    for (service, week), joined in _by_service_and_week(stored):
        questionnaire = mapping.services[service].questionnaire
        answers = [one.answers for one in joined]
        span = Span.of(week)
        responses.keep(
            session, service=service, questionnaire=questionnaire, span=span, answers=answers, batch=batch.id
        )
        chosen = (pair for one in answers for pair in one.items())
        counts.add(session, service=service, questionnaire=questionnaire, span=span, chosen=chosen)
    _store_comments(session, batch, stored, mapping, catalogue=catalogue)
    imports.remember(session, batch.id, (one for joined in stored for one in joined.hashes))


def store_marks(session: Session, batch: str, bulks: Iterable[Bulk]) -> None:
    """Mark the weeks that hold a batch of entry."""
    for bulk in bulks:
        marks.add(session, service=bulk.service, mark=Mark(bulk.week, bulk.label), batch=batch)


def _store_comments(
    session: Session, batch: imports.Batch, stored: list[Joined], mapping: Mapping, *, catalogue: Catalogue
) -> None:
    felt: dict[tuple[str, str, Week], list[tuple[Group, str]]] = defaultdict(list)
    people: Counter[tuple[str, str, Week]] = Counter()
    icbs = {
        code: directory.icb_of(session, directory.service(session, code))
        for code in {one.service for one in stored}
    }
    for one in stored:
        service = mapping.services[one.service]
        group = catalogue.get(service.questionnaire).sentiment(one.answers)
        place = (icbs[one.service], service.pathway, Week.of(one.day))
        felt[place] += [(group, text) for text in one.comments]
        people[place] += bool(one.comments)
    for (icb, pathway, week), words in sorted(felt.items()):
        comments.keep(
            session,
            icb=icb,
            pathway=pathway,
            span=Span.of(week),
            written=Week.of(batch.day),
            people=people[icb, pathway, week],
            comments=words,
            batch=batch.id,
        )


def _by_service_and_week(stored: Iterable[Joined]) -> list[tuple[tuple[str, Week], list[Joined]]]:
    found: dict[tuple[str, Week], list[Joined]] = defaultdict(list)
    for one in stored:
        found[one.service, Week.of(one.day)].append(one)
    return sorted(found.items())
