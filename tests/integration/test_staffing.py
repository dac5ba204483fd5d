"""`heard db allow`: which login may see which ICB, each change in the audit chain."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from survey.cli.db import db
from survey.domain.errors import BadInput, NotFound, Refused
from survey.services import staffing
from tests.logins import login
from tests.town import Town


@pytest.fixture
def town(postgres: Engine, keys_dir: Path) -> Town:
    return Town(postgres, keys_dir).build("BUS1")


@pytest.mark.postgres
def test_a_login_is_allowed_and_disallowed_and_the_chain_says_who_did_it(town: Town) -> None:
    with login(town.engine, "heard_staff") as (name, _):
        assert staffing.allow(town.clock, name, "QTT", who="anna")
        assert not staffing.allow(town.clock, name, "QTT", who="ben")
        assert staffing.logins(town.clock) == [(name, "QTT")]
        assert staffing.disallow(town.clock, name, who="carl") == ["QTT"]
        assert staffing.logins(town.clock) == []
    said = town.rows("SELECT who, act, about FROM audit ORDER BY number")
    about = {"login": name, "icbs": ["QTT"]}
    assert said == [("anna", "staff allowed", about), ("carl", "staff disallowed", about)]


@pytest.mark.postgres
def test_only_an_icb_can_be_seen_and_only_by_a_login_that_there_is(town: Town) -> None:
    with login(town.engine, "heard_staff") as (name, _):
        with pytest.raises(BadInput, match="PL1 is a place"):
            staffing.allow(town.clock, name, "PL1", who="anna")
        with pytest.raises(NotFound, match="no organisation 'QZZ'"):
            staffing.allow(town.clock, name, "QZZ", who="anna")
        with pytest.raises(NotFound, match=f"{name} sees nothing"):
            staffing.disallow(town.clock, name, who="anna")
    with pytest.raises(NotFound, match="no login 'nobody'"):
        staffing.allow(town.clock, "nobody", "QTT", who="anna")
    with pytest.raises(NotFound, match="no login 'heard_staff'"):  # it is a role, and no one logs in as it
        staffing.allow(town.clock, "heard_staff", "QTT", who="anna")
    assert town.number("audit") == 0


@pytest.mark.postgres
@pytest.mark.parametrize("roles", [("heard_clock",), ("pg_read_all_data",)])
def test_a_login_that_no_wall_would_hold_is_refused(town: Town, roles: tuple[str, ...]) -> None:
    with (
        login(town.engine, "heard_staff", *roles) as (name, _),
        pytest.raises(Refused, match="the role heard_staff and no other"),
    ):
        staffing.allow(town.clock, name, "QTT", who="anna")
    owner = str(town.rows("SELECT current_user")[0][0])
    with pytest.raises(Refused, match="owns the tables"):
        staffing.allow(town.clock, owner, "QTT", who="anna")
    with login(town.engine) as (name, _), pytest.raises(Refused, match=f'GRANT heard_staff TO "{name}"'):
        staffing.allow(town.clock, name, "QTT", who="anna")


@pytest.mark.postgres
def test_the_commands_say_what_they_did(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.cli.state.database", lambda: town.clock)

    def run(*words: str) -> str:
        return CliRunner().invoke(db, list(words), catch_exceptions=False).output.strip()

    with login(town.engine, "heard_staff") as (name, _):
        assert run("allow", name, "--icb", "QTT") == f"{name} may now see QTT"
        assert run("allow", name, "--icb", "QTT") == f"{name} may already see QTT"
        assert run("logins") == f"{name}  QTT"
        assert run("disallow", name, "--icb", "QTT") == f"{name} no longer sees QTT"
        assert run("logins") == ""


def test_on_sqlite_it_is_refused_with_the_reason(sqlite: Engine) -> None:
    for attempt in (
        lambda: staffing.allow(sqlite, "anna", "QTT", who="anna"),
        lambda: staffing.disallow(sqlite, "anna", who="anna"),
        lambda: staffing.logins(sqlite),
    ):
        with pytest.raises(Refused, match="SQLite knows no logins"):
            attempt()
