"""The schema's newest revision is told without loading Alembic, and agrees with Alembic."""

from __future__ import annotations

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from survey.domain.errors import Misconfigured
from survey.resources import folder
from survey.storage.database import head, require_schema


def test_there_is_one_head_of_migrations_and_its_number_is_the_highest() -> None:
    script = ScriptDirectory(str(folder("migrations")))
    assert script.get_heads() == [head()]


def test_a_database_that_was_never_made_is_told_to_upgrade() -> None:
    with pytest.raises(Misconfigured, match="heard db upgrade"):
        require_schema(create_engine("sqlite://"))
