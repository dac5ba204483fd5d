"""Databases made by the migrations, keys in a folder of their own, and the shipped questionnaires."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.resources import folder
from survey.storage.database import engine, upgrade
from tests.roles import dispose

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
    """A database of its own, dropped afterwards."""
    name = f"heard_test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield postgres_server.rsplit("/", 1)[0] + f"/{name}"
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data' / 'heard.sqlite3'}"


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Engine]:
    yield from _migrated(sqlite_url)


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Engine]:
    yield from _migrated(postgres_url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Engine:
    """A migrated database of each kind in turn."""
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def keys_dir(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load([folder("questionnaires")])


def _migrated(url: str) -> Iterator[Engine]:
    made = engine(url)
    upgrade(made)
    yield made
    dispose(made)
