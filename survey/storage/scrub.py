"""Scrub: see that what was deleted is gone from the database's files too, as far as it reaches."""

from __future__ import annotations

from sqlalchemy import Engine, func, select, text

from survey.domain.errors import DatabaseDown
from survey.storage.database import transaction

PATIENCE = 60_000  # milliseconds; whoever wants the comments meanwhile waits behind us


def scrub(live: Engine) -> str:
    """Take deleted words out of the database's files; what could not be done, in words, or nothing."""
    if live.dialect.name == "sqlite":
        return _sqlite(live)
    try:
        with transaction(live) as session:
            session.execute(text(f"SET LOCAL lock_timeout = {PATIENCE}"))
            session.execute(select(func.rewrite_comments()))
    except DatabaseDown:
        return "comments are being read, by a dump perhaps: deleted ones are in their file until the next run"
    return ""


def _sqlite(live: Engine) -> str:
    # secure_delete overwrote what was deleted in the pages; the log still has them as they were.
    with live.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None  # noqa: S101
        free, pages = (
            raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count")
        )
        if free * 2 > pages:  # patients wait meanwhile, so only when it halves the file
            raw.execute("VACUUM")
        [busy, *_] = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return "the database's log is in use and could not be emptied; run this again" if busy else ""
