"""Board: a node's results up to a week, as slides and as paper."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.errors import NotFound
from survey.presenters.pack import Contents, pack
from survey.presenters.pack_pages import Pack
from survey.presenters.paper import paper
from survey.presenters.slides import slides
from survey.presenters.words import EVERYTHING
from survey.services.assess import assessed
from survey.services.reading import reading
from survey.services.whole_files import write_whole
from survey.storage import directory
from survey.storage.database import transaction


def write_pack(
    engine: Engine, catalogue: Catalogue, *, out: Path, week: Week, node: str | None = None
) -> tuple[Path, Path]:
    """Write the pack of `node` (of all services without one) into `out`: paths of the PPTX and the PDF.

    NotFound for an unknown node or one without results; Misconfigured where `out` cannot be written.
    """
    found = read(engine, catalogue, week=week, node=node)
    stem = f"board-pack-{re.sub(r'[^A-Za-z0-9-]', '-', node or 'all')}-{week}"
    files = {out / f"{stem}.pptx": slides(found), out / f"{stem}.pdf": paper(found)}
    write_whole(files, what="the pack")
    made, printed = files
    return made, printed


def read(engine: Engine, catalogue: Catalogue, *, week: Week, node: str | None = None) -> Pack:
    """The pack of `node` up to `week`, in the public form; the week is assessed now where nobody has."""
    assessed(engine, catalogue, week)
    with transaction(engine, reading=True) as session:
        told = reading(session, catalogue, week, node=node, form="public")
        name = EVERYTHING if node is None else directory.name_of(session, node)
        providers = {one.code: one.name for one in directory.organisations(session)}
    found = told.what
    if all(course.latest is None for course in found.courses):
        raise NotFound(
            f"there is nothing to show of {name} up to {week}: the first figures come after four weeks with"
            " ten answers; `heard report withheld` says what waits"
        )
    contents = Contents(
        found.courses,
        found.findings,
        node=name,
        week=week,
        providers=providers,
        wider=found.wider,
        apart=found.apart,
        gaps=found.gaps,
        silent=found.silent,
        uncounted=found.uncounted,
    )
    return pack(told.made_into(contents))
