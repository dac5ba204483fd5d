"""Scratch: an empty installation beside the operator's own, which always goes again."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from survey.config import Settings
from survey.domain.calendar import today
from survey.domain.errors import DatabaseDown, Misconfigured
from survey.storage import database
from survey.storage.database import Role, upgrade

PREFIX = "heard_prove_"


@dataclass(frozen=True)
class Scratch:
    """An installation that the migrations have just made: nobody's answers, keys of its own.

    `owner` has the rights of the operator's login, and the thief looks with it; `clock` and `patient` have
    those of Heard's processes.
    """

    settings: Settings
    owner: Engine
    clock: Engine
    patient: Engine

    @property
    def keys_dir(self) -> Path:
        return self.settings.keys_dir

    @property
    def copy_dir(self) -> Path | None:
        return self.settings.keys_copy_dir

    @property
    def key_folders(self) -> list[Path]:
        """Wherever keys may lie."""
        return [folder for folder in (self.keys_dir, self.copy_dir) if folder is not None]

    @cached_property
    def server(self) -> str:
        """The database, with its version."""
        with self.owner.connect() as connection:
            if self.owner.dialect.name == "postgresql":
                return f"PostgreSQL {connection.scalar(text('SHOW server_version'))}"
            return f"SQLite {connection.scalar(text('SELECT sqlite_version()'))}"


@contextmanager
def scratch(settings: Settings) -> Iterator[Scratch]:
    """A schema of its own in the operator's database, or a file beside the operator's; and folders of keys.

    However the run ends, Ctrl-C included, all of it is removed: each step is undone even where another fails.
    """
    name = f"{PREFIX}{today():%Y%m%d}_{secrets.token_hex(6)}"
    _clear(settings)
    with ExitStack() as undo:
        keys = _folder(settings.keys_dir, f"{name}_keys", undo)
        copy = settings.keys_copy_dir and _folder(settings.keys_copy_dir, f"{name}_copy", undo)
        if settings.database_url.startswith("sqlite:///"):
            url, engine = _file(settings, name, undo)
        else:
            url, engine = _schema(settings, name, undo)
        mine = replace(settings, database_url=url, keys_dir=keys, keys_copy_dir=copy)
        owner = _disposed(engine(None), undo)
        upgrade(owner)
        yield Scratch(mine, owner, _as(engine, "clock", undo), _as(engine, "patient", undo))


def _clear(settings: Settings) -> None:
    """Remove what a killed run left: of days before yesterday, for another may be running now."""
    for folder in filter(None, (settings.keys_dir, settings.keys_copy_dir)):
        for left in (*folder.parent.glob(f".{PREFIX}*"), *folder.glob(f".{PREFIX}*")):
            if _is_old(left.name.lstrip(".")):
                shutil.rmtree(left, ignore_errors=True)
    if settings.database_url.startswith("sqlite:///"):
        own = Path(settings.database_url.removeprefix("sqlite:///")).absolute()
        for file in own.parent.glob(f"{PREFIX}*.sqlite3*"):
            if _is_old(file.name):
                file.unlink(missing_ok=True)
        return
    plain = database.engine(settings.database_url)
    try:
        with plain.connect() as connection:
            schemas = connection.scalars(text("SELECT nspname FROM pg_namespace")).all()
        for name in schemas:
            if name.startswith(PREFIX) and _is_old(name):
                _drop(plain, name)
    except OperationalError as error:
        raise DatabaseDown(f"the database does not answer ({type(error.orig).__name__}); try again") from None
    finally:
        plain.dispose()


def _is_old(name: str) -> bool:
    day = name.removeprefix(PREFIX)[:8]
    return day.isdigit() and day < f"{today() - timedelta(days=1):%Y%m%d}"


Make = Callable[[Role | None], Engine]


def _file(settings: Settings, name: str, undo: ExitStack) -> tuple[str, Make]:
    own = Path(settings.database_url.removeprefix("sqlite:///")).absolute()
    file = own.with_name(f"{name}.sqlite3")
    undo.callback(_remove_file, file)
    url = f"sqlite:///{file}"
    return url, lambda role: database.engine(url, role=role)


def _schema(settings: Settings, name: str, undo: ExitStack) -> tuple[str, Make]:
    url = settings.database_url
    plain = _disposed(database.engine(url), undo)
    try:
        plain.connect().close()
    except OperationalError as error:
        raise DatabaseDown(f"the database does not answer ({type(error.orig).__name__}); try again") from None
    undo.callback(_drop, plain, name)
    try:
        _run(plain, f'CREATE SCHEMA "{name}"')
    except DBAPIError as error:
        raise Misconfigured(
            f"the database login may not make a scratch schema ({type(error.orig).__name__}); run "
            "`heard prove` with the login that runs `heard db upgrade`, or GRANT CREATE ON DATABASE … TO it"
        ) from None
    return url, lambda role: database.engine(url, role=role, schema=name)


def _drop(plain: Engine, name: str) -> None:
    try:
        _run(plain, f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
    except DBAPIError as error:
        raise DatabaseDown(
            f"the scratch schema could not be removed ({type(error.orig).__name__}): run "
            f"DROP SCHEMA {name} CASCADE in Heard's database"
        ) from None


def _as(engine: Make, role: Role, undo: ExitStack) -> Engine:
    made = _disposed(engine(role), undo)
    try:
        made.connect().close()
    except DBAPIError as error:
        raise Misconfigured(
            f"the database login may not take the role heard_{role} ({type(error.orig).__name__}), which the "
            "proof needs; run `heard prove` with the login that runs `heard db upgrade`"
        ) from None
    return made


def _disposed(made: Engine, undo: ExitStack) -> Engine:
    undo.callback(made.dispose)
    return made


def _run(on: Engine, statement: str) -> None:
    with on.begin() as connection:
        connection.execute(text(statement))


def _folder(beside: Path, name: str, undo: ExitStack) -> Path:
    # Beside the operator's folder; inside it where that is a file system of its own, e.g. a tmpfs: what is
    # proved of deleting a key must be proved where keys lie.
    parent = beside.parent
    if beside.is_dir() and beside.stat().st_dev != parent.stat().st_dev:
        parent = beside
    made = parent / f".{name}"
    undo.callback(shutil.rmtree, made, ignore_errors=True)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made.mkdir(mode=0o700)
    except OSError as error:
        raise Misconfigured(
            f"no scratch folder for keys can be made in {parent} ({error.strerror}); see HEARD_KEYS_DIR"
        ) from None
    return made


def _remove_file(file: Path) -> None:
    for one in file.parent.glob(f"{file.name}*"):  # the write-ahead log and its index too
        one.unlink(missing_ok=True)
