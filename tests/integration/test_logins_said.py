"""A wrong login, a wrong path, a server that is away: each is said in one line, and leaves nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from survey.domain.errors import DatabaseDown, Misconfigured
from survey.storage.database import Role, engine, require_schema, transaction, upgrade
from tests.roles import dispose


@pytest.fixture
def nobody(postgres_url: str) -> Iterator[str]:
    """Address of a database for a login that may do nothing in it."""
    login = f"heard_test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {login} LOGIN")
        yield postgres_url.replace("//root@", f"//{login}@").replace("//postgres@", f"//{login}@")
        admin.execute(f"DROP ROLE {login}")


@pytest.mark.postgres
@pytest.mark.parametrize("role", ["clock", "patient", "staff"])
def test_a_login_without_a_role_is_told_whose_rights_it_lacks(
    postgres: Engine, nobody: str, role: Role
) -> None:
    other = engine(nobody, role=role)
    with pytest.raises(Misconfigured, match=rf"^this login \(heard_test_\w+\) lacks the {role}'s rights"):
        require_schema(other)
    dispose(other)


@pytest.mark.postgres
def test_a_login_that_may_make_no_table_is_told_so_by_the_first_line(nobody: str) -> None:
    other = engine(nobody)
    with pytest.raises(Misconfigured, match=r"refuses: permission denied for schema public\. Does") as caught:
        upgrade(other)
    assert "^" not in str(caught.value)
    dispose(other)


def test_a_server_that_is_away_is_said_by_its_first_line() -> None:
    away = engine("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseDown, match=r"does not answer: .*Connection refused; see HEARD_DATABASE_URL"):
        require_schema(away)


def test_looking_at_a_mistyped_path_leaves_neither_a_file_nor_a_folder(tmp_path: Path) -> None:
    slip = engine(f"sqlite:///{tmp_path / 'haerd' / 'heard.sqlite3'}")
    with pytest.raises(Misconfigured, match="there is no database of Heard"):
        require_schema(slip)
    with pytest.raises(DatabaseDown), transaction(slip) as session:
        session.connection()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["heard.sqlite3", "with a blank, a % and é.sqlite3", "#1.sqlite3"])
def test_upgrading_makes_the_file_under_whatever_name(tmp_path: Path, name: str) -> None:
    mine = engine(f"sqlite:///{tmp_path / 'new' / name}")
    upgrade(mine)
    require_schema(mine)
    dispose(mine)
    assert name in {path.name for path in (tmp_path / "new").iterdir()}


def test_a_database_that_is_moved_away_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    file = tmp_path / "heard.sqlite3"
    mine = engine(f"sqlite:///{file}")
    upgrade(mine)
    dispose(mine)
    file.rename(tmp_path / "elsewhere")
    with pytest.raises(DatabaseDown), transaction(mine) as session:
        session.connection()
    assert not file.exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="cannot be made"):
        upgrade(engine(f"sqlite:///{tmp_path / 'file' / 'x' / 'heard.sqlite3'}"))
