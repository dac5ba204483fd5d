"""A town of its own for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.town import Town


@pytest.fixture
def town(database: Engine, keys_dir: Path) -> Town:
    """One service, BUS1, whose boxes are not prepared yet."""
    return Town(database, keys_dir).build("BUS1")


@pytest.fixture
def sqlite_town(sqlite: Engine, keys_dir: Path) -> Town:
    """The same on SQLite only, where the database makes no difference."""
    return Town(sqlite, keys_dir).build("BUS1")
