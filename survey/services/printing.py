"""Printing: a service's form, poster and cards in one language, for those with a phone and those without."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.editions import Edition, Editions
from survey.catalogue.pieces import Translations
from survey.domain.calendar import Week
from survey.domain.errors import BadInput, NotFound, Refused
from survey.domain.organisation import Service
from survey.presenters.papers.form import form
from survey.presenters.papers.poster import cards, poster
from survey.services.whole_files import write_whole
from survey.storage import directory
from survey.storage.database import transaction

_HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104  # named to be refused


def print_papers(
    engine: Engine,
    catalogue: Catalogue,
    code: str,
    *,
    out: Path,
    week: Week,
    address: str,
    tag: str | None = None,
    large: bool = False,
) -> list[tuple[Path, Edition]]:
    """Write the papers of the version that is in force in `week`: each PDF's path, and what it was made of.

    `address`: where patients reach the survey. NotFound for an unknown service or a language that the version
    has not been translated into; Refused for a service that takes no answers; BadInput for an address that no
    phone reaches.
    """
    where = _reached(address)
    with transaction(engine, reading=True) as session:
        service = directory.service(session, code)
        organisation = directory.name_of(session, service.organisation)
    if service.closed or service.remainder:
        raise Refused(f"{code} takes no answers any more: there is nothing to print for it")
    edition = _edition(catalogue, service, week, tag)
    link = f"{where}/s/{service.code}"
    stem = f"{service.code}-{edition.tag}"
    files = {
        out / f"form-{stem}{'-large' if large else ''}.pdf": form(
            edition, service, organisation=organisation, large=large
        ),
        out / f"poster-{stem}.pdf": poster(edition, service, organisation=organisation, address=link),
        out / f"cards-{stem}.pdf": cards(edition, service, organisation=organisation, address=link),
    }
    write_whole(files, what="the papers")
    return [(file, edition) for file in files]


def _edition(catalogue: Catalogue, service: Service, week: Week, tag: str | None) -> Edition:
    version = catalogue.current(service.pathway, week)
    editions = Editions(Translations.load(catalogue))
    there = [version.language, *editions.tags(version)]
    if tag is not None and tag not in there:
        raise NotFound(f"{version.key} cannot be read in {tag!r}; there are {', '.join(there)}")
    return editions.edition(version, tag or version.language)


def _reached(address: str) -> str:
    """An address without its final slash; BadInput where a patient's phone would not find it."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise BadInput(f"{address!r} is not an address such as https://survey.example.nhs.uk")
    if parts.hostname in _HERE:
        raise BadInput(
            f"no phone reaches {address}: give --address, or set HEARD_BASE_URL, as patients reach the survey"
        )
    return address.rstrip("/")
