"""An SQLite database: how it deletes, how it commits, and who else may read its files."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from survey.domain.proof import Found
from survey.services.proving.examined.folders import others_reach

MUCH = 64 * 2**20  # bytes of WAL: SQLite folds it in at about 4 MB unless a reader is in the way


def findings(connection: Connection) -> list[Found]:
    """Its pragmas as Heard's connections get them, its files and who reaches them."""
    file = Path(connection.engine.url.database or "")
    return [journal(connection), deletion(connection), syncs(connection), files(file), log_left(file)]


def journal(connection: Connection) -> Found:
    found = _pragma(connection, "journal_mode")
    if found == "wal":
        return Found("Journal", "good", "the journal is a write-ahead log; the thief is given it")
    says = f"the journal is {found!r}, not a write-ahead log: is the database on a network drive?"
    return Found("Journal", "warning", says, "move the database to a disk of this machine")


def deletion(connection: Connection) -> Found:
    what, found = "Deleted rows", _pragma(connection, "secure_delete")
    if found == "1":
        return Found(what, "good", "secure_delete is on: deleted rows are overwritten")
    says = "secure_delete is off: spent tickets, sealed rows and deleted comments stay readable in the file"
    return Found(what, "bad", says, "let only Heard open the database, then run `VACUUM` on it once")


def syncs(connection: Connection) -> Found:
    if int(_pragma(connection, "synchronous")) >= 2:  # FULL or EXTRA
        return Found("Commits wait for the disk", "good", "synchronous is FULL")
    says = "a power cut may lose a response for which a patient was thanked"
    return Found("Commits wait for the disk", "warning", says, "let only Heard set SQLite's pragmas")


def files(database: Path) -> Found:
    what = "Files of the database"
    there = [path for path in (database, *_beside(database)) if path.exists()]
    if open_ := [path for path in there if others_reach(path)]:
        says = f"every account of this machine may read {open_[0]}"
        return Found(what, "bad", says, f"chmod o-rwx {database.parent}")
    return Found(what, "good", f"{database.name} and its log are closed to other accounts")


def log_left(database: Path) -> Found:
    log = database.with_name(f"{database.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > MUCH:
        says = f"the write-ahead log holds {size // 2**20} MB that were not folded in: old rows stay in it"
        return Found(
            "Size of the log", "warning", says, "end what reads the database for hours; see `heard retain`"
        )
    return Found("Size of the log", "good", f"{size // 1024} kB wait in the write-ahead log")


def _beside(database: Path) -> list[Path]:
    return [database.with_name(f"{database.name}-{end}") for end in ("wal", "shm", "journal")]


def _pragma(connection: Connection, name: str) -> str:
    return str(connection.scalar(text(f"PRAGMA {name}")))
