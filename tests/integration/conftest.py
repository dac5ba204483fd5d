"""A town of its own for each test, or a house that was lived in, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.leaving import House
from tests.town import Town

LivedIn = Callable[
    [Engine], House
]  # what a file's fixture `lived_in` is: it builds a house and releases weeks


@pytest.fixture
def town(one_database: Engine, keys_dir: Path) -> Town:
    """One service, BUS1, whose boxes are not prepared yet."""
    return Town(one_database, keys_dir).build("BUS1")


@pytest.fixture
def sqlite_town(sqlite: Engine, keys_dir: Path) -> Town:
    """The same on SQLite only, where the database makes no difference."""
    return Town(sqlite, keys_dir).build("BUS1")


@pytest.fixture
def house(database: Engine, lived_in: LivedIn) -> House:
    return lived_in(database)


@pytest.fixture
def sqlite_house(sqlite: Engine, lived_in: LivedIn) -> House:
    """The same on SQLite only, where the database makes no difference."""
    return lived_in(sqlite)
