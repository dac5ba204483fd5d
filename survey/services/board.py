"""Board: a node's results up to a week, as slides and as paper."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.errors import Misconfigured, NotFound
from survey.presenters.pack import Contents, pack
from survey.presenters.pack_pages import Pack
from survey.presenters.paper import paper
from survey.presenters.slides import slides
from survey.services.assess import assessed
from survey.services.reading import reading
from survey.storage import directory
from survey.storage.database import transaction

EVERYTHING = "All services"


def write_pack(
    engine: Engine, catalogue: Catalogue, *, out: Path, week: Week, node: str | None = None
) -> tuple[Path, Path]:
    """Write the pack of `node` (of all services without one) into `out`: paths of the PPTX and the PDF.

    NotFound for an unknown node or one without results; Misconfigured where `out` cannot be written.
    """
    found = read(engine, catalogue, week=week, node=node)
    stem = f"board-pack-{re.sub(r'[^A-Za-z0-9-]', '-', node or 'all')}-{week}"
    files = {out / f"{stem}.pptx": slides(found), out / f"{stem}.pdf": paper(found)}
    _write(files)
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


def _write(files: Mapping[Path, bytes]) -> None:
    """All the files or none: each is written beside its place and moved there when all are whole."""
    waiting: dict[Path, Path] = {}
    try:
        for path, body in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[_beside(path, body)] = path
        for written, path in waiting.items():
            written.replace(path)
    except OSError as error:
        _remove(waiting)
        out = next(iter(files)).parent
        raise Misconfigured(
            f"the pack cannot be written into {out} ({error.strerror}); "
            "nothing was left there: make room, or choose another folder with --out"
        ) from None


def _beside(path: Path, body: bytes) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(handle)
        # mkstemp's files are the owner's alone; a pack is read by others as any new file is.
        Path(name).chmod(0o666 & ~_umask())
    except OSError:
        _remove([Path(name)])
        raise
    return Path(name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _remove(written: Mapping[Path, Path] | list[Path]) -> None:
    for path in written:
        with suppress(OSError):
            path.unlink(missing_ok=True)
