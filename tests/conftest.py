"""Databases made by the migrations, keys in a folder of their own, and the shipped questionnaires."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.resources import folder
from survey.storage.database import engine, upgrade
from tests.roles import dispose
from tests.translated import shipped_and_reviewed

POSTGRES = os.environ.get("HEARD_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1/postgres")


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """Address of a PostgreSQL server; loudly skipped where there is none, a failure in CI."""
    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        reason = f"NOT RUN ON POSTGRESQL: no server at HEARD_TEST_POSTGRES_URL ({type(error).__name__})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return POSTGRES


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of its own, dropped afterwards."""
    with _database(postgres_server, "heard_test") as name:
        yield _named(postgres_server, name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data' / 'heard.sqlite3'}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that the migrations made once; each test has a copy of its own."""
    file = tmp_path_factory.mktemp("template") / "heard.sqlite3"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """A database that the migrations made once; each test has a copy of its own."""
    with _database(postgres_server, "heard_template") as name:
        _migrate(_named(postgres_server, name))
        yield name


@pytest.fixture
def sqlite(sqlite_url: str, sqlite_template: Path) -> Iterator[Engine]:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(sqlite_template, file)
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres(postgres_server: str, postgres_template: str) -> Iterator[Engine]:
    with _database(postgres_server, "heard_test", copy_of=postgres_template) as name:
        yield from _opened(_named(postgres_server, name))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Engine:
    """A migrated database of each kind in turn."""
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.proof])])
def one_database(request: pytest.FixtureRequest) -> Engine:
    """The same where a quick suite may take SQLite's word: PostgreSQL's turn is among the proofs."""
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def keys_dir(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load([folder("questionnaires")])


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The shipped questionnaires, where somebody has reviewed Urdu, and nobody Polish."""
    return shipped_and_reviewed(tmp_path_factory.mktemp("reviewed"), "ur")


def _migrate(url: str) -> None:
    made = engine(url)
    upgrade(made)
    made.dispose()


def _opened(url: str) -> Iterator[Engine]:
    made = engine(url)
    yield made
    dispose(made)


@contextmanager
def _database(server: str, prefix: str, *, copy_of: str | None = None) -> Iterator[str]:
    name = f"{prefix}_{secrets.token_hex(6)}"
    template = f' TEMPLATE "{copy_of}"' if copy_of else ""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"{template}')
        yield name
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _named(server: str, name: str) -> str:
    return server.rsplit("/", 1)[0] + f"/{name}"
