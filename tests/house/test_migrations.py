"""The migrations make what the models say: on SQLite and PostgreSQL, and by the tool that developers use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from survey.storage.tables import Base
from tests.house.tree import ROOT


def test_the_models_and_the_migrations_agree(database: Engine):
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_table_without_its_migration_would_be_seen(sqlite: Engine):
    with sqlite.begin() as connection:
        connection.exec_driver_sql("DROP TABLE slot")
        context = MigrationContext.configure(connection)
        [(what, table), *_] = compare_metadata(context, Base.metadata)
    assert (what, table.name) == ("add_table", "slot")


def test_alembic_check_says_the_same(sqlite: Engine, tmp_path: Path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARD_")}
    said = subprocess.run(
        [sys.executable, "-m", "alembic", "check"],
        cwd=ROOT,
        env=kept | {"HEARD_DATABASE_URL": str(sqlite.url), "HEARD_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "No new upgrade operations detected" in said.stdout
