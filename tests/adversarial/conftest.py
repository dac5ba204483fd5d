"""A town of its own for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.storage.database import engine, upgrade
from tests.adversarial.servers import Cluster
from tests.roles import dispose
from tests.town import Town


@pytest.fixture
def town(database: Engine, keys_dir: Path) -> Town:
    """One service, BUS1, whose boxes are not prepared yet."""
    return Town(database, keys_dir).build("BUS1")


@pytest.fixture
def sqlite_town(sqlite: Engine, keys_dir: Path) -> Town:
    """The same on SQLite only, where the database makes no difference."""
    return Town(sqlite, keys_dir).build("BUS1")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server with the shipped settings."""
    folder = Path(tempfile.mkdtemp(prefix="heard-postgresql-"))  # a test's own folder is closed to its user
    try:
        one = Cluster(folder)
        yield one
        one.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def pattern(cluster: Cluster) -> str:
    """A migrated database to copy."""
    cluster.do("CREATE DATABASE pattern")
    owner = engine(cluster.url("pattern"))
    upgrade(owner)
    dispose(owner)
    return "pattern"


@pytest.fixture
def heard_database(cluster: Cluster, pattern: str) -> Iterator[Engine]:
    """Heard's database as an operator makes it: migrated, its logins made by the shipped script."""
    cluster.do(f"CREATE DATABASE heard TEMPLATE {pattern}")
    cluster.script("roles.sql", "heard")
    for login in cluster.logins:
        cluster.do(f"ALTER ROLE {login} PASSWORD 'of {login}'")
    owner = engine(cluster.url("heard"))
    yield owner
    dispose(owner)
    cluster.set()
    for login in cluster.logins:
        cluster.do(f"ALTER ROLE {login} RESET ALL")
    cluster.do("DROP DATABASE heard WITH (FORCE)")
