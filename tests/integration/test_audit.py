"""The audit chain: what is recorded stands, its head is signed once a day, and who rewrites it is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import ProgrammingError

from survey.cli.main import heard
from survey.config import Settings
from survey.domain.calendar import today
from survey.domain.errors import HeardError, Refused
from survey.privacy.keys import make_lasting_keys
from survey.services import auditing
from survey.services.daily import daily
from survey.storage import audit
from survey.storage.database import transaction
from survey.storage.tables import AuditRow
from tests.roles import as_role
from tests.town import Town

DAY = date(2026, 11, 2)


@pytest.fixture
def town(database: Engine, keys_dir: Path) -> Town:
    return Town(database, keys_dir).build("BUS1")


def record(town: Town, *acts: str, day: date = DAY) -> None:
    with transaction(town.clock) as session:
        for act in acts:
            audit.append(session, day=day, who="ada", act=act, about={"boxes": ["a", "b"], "why": act})


def days(town: Town, number: int) -> None:
    """Three acts a day, each day's head signed by the clock."""
    for n in range(number):
        record(town, "keys destroyed", "boxes accepted", "backup made", day=DAY + timedelta(n))
        assert auditing.sign_head(town.clock, town.keys_dir, DAY + timedelta(n))


def problems(town: Town) -> list[str]:
    return auditing.check(town.clock, town.keys_dir)


def test_a_chain_that_nobody_touched_holds(town: Town) -> None:
    assert problems(town) == []
    days(town, 3)
    record(town, "keys made")
    assert problems(town) == []
    assert [entry.number for entry in auditing.newest(town.clock, 4)] == [7, 8, 9, 10]


def test_a_day_has_one_head_and_nothing_recorded_has_none(town: Town) -> None:
    assert not auditing.sign_head(town.clock, town.keys_dir, DAY)
    record(town, "keys made")
    assert auditing.sign_head(town.clock, town.keys_dir, DAY)
    assert not auditing.sign_head(town.clock, town.keys_dir, DAY)
    assert town.number("audit_head") == 1


def test_what_is_recorded_stands_only_if_what_it_tells_of_does(town: Town) -> None:
    def fail() -> None:
        with transaction(town.clock) as session:
            audit.append(session, day=DAY, who="ada", act="keys destroyed", about={})
            raise HeardError("the disk is full")

    with pytest.raises(HeardError):
        fail()
    assert town.number("audit") == 0


CHANGE = "UPDATE audit SET {} WHERE number = 5"
MOVED = "UPDATE audit SET number = {} WHERE number = {}"
Deed = tuple[list[str], str]
DEEDS: dict[str, Deed] = {
    "another act": ([CHANGE.format("act = 'nothing'")], "entry 5 was changed"),
    "another person": ([CHANGE.format("who = 'bob'")], "entry 5 was changed"),
    "another day": ([CHANGE.format("day = '2026-12-24'")], "entry 5 was changed"),
    "another content": ([CHANGE.format("""about = '{"boxes": []}'""")], "entry 5 was changed"),
    "one gone": (["DELETE FROM audit WHERE number = 5"], "entry 5 is missing"),
    "some gone": (["DELETE FROM audit WHERE number IN (4, 5)"], "entry 4 to 5 is missing"),
    "the first gone": (["DELETE FROM audit WHERE number = 1"], "entry 1 is missing"),
    "two swapped": (
        [MOVED.format(99, 4), MOVED.format(4, 5), MOVED.format(5, 99)],
        "entry 4 does not follow entry 3",
    ),
    "gap closed": (["DELETE FROM audit WHERE number = 8", MOVED.format(8, 9)], "entry 8 was changed"),
    "tail cut": (["DELETE FROM audit WHERE number > 7"], "entry 9, signed on 2026-11-04, is missing"),
    "tail and its head cut": (
        ["DELETE FROM audit WHERE number > 6", "DELETE FROM audit_head WHERE number > 6"],
        "which lies beside the keys, is not in the database",
    ),
    "all gone": (
        ["DELETE FROM audit", "DELETE FROM audit_head"],
        "entry 9, signed on 2026-11-04, is missing",
    ),
    "a head changed": (["UPDATE audit_head SET number = 5 WHERE number = 6"], "does not bear our signature"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_who_may_write_the_database_and_rewrites_the_chain_is_found(town: Town, deed: str) -> None:
    days(town, 3)
    statements, said = DEEDS[deed]
    for one in statements:
        town.do(one.replace('":', r'"\:'))
    assert any(said in line for line in problems(town)), problems(town)


def forged(town: Town, change: Callable[[audit.Entry], audit.Entry]) -> None:
    """The chain written anew from its first entry, every link of it right: what a careful forger does."""
    with transaction(town.clock, reading=True) as session:
        entries = [change(entry) for entry in audit.entries(session)]
    town.do("DELETE FROM audit")
    with transaction(town.engine) as session:
        for one in entries:
            audit.append(session, day=one.day, who=one.who, act=one.act, about=one.about)


def test_a_chain_written_anew_with_every_link_right_does_not_match_the_signed_heads(town: Town) -> None:
    days(town, 2)
    forged(town, lambda entry: replace(entry, who="bob") if entry.number == 2 else entry)
    assert problems(town) == [
        "entry 3 is not the one that was signed on 2026-11-02",
        "entry 6 is not the one that was signed on 2026-11-03",
    ]


def test_heads_signed_with_another_key_are_found(town: Town, tmp_path: Path) -> None:
    days(town, 2)
    forged(town, lambda entry: replace(entry, who="bob"))
    town.do("DELETE FROM audit_head")
    make_lasting_keys(tmp_path / "theirs")
    auditing.sign_head(town.engine, tmp_path / "theirs", DAY)
    found = problems(town)
    assert "the head of 2026-11-02 does not bear our signature" in found
    assert any("lies beside the keys" in line for line in found)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE audit SET who = 'bob'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "UPDATE audit_head SET number = 1",
        "DELETE FROM audit_head",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
    ],
)
def test_the_clock_s_own_role_can_add_to_the_chain_and_take_nothing_from_it(
    postgres: Engine, keys_dir: Path, deed: str
) -> None:
    town = Town(postgres, keys_dir).build("BUS1")
    days(town, 1)
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        Town(as_role(postgres, "clock"), keys_dir).do(deed)
    with pytest.raises(ProgrammingError, match="permission denied"):
        Town(as_role(postgres, "patient"), keys_dir).rows("SELECT * FROM audit")
    assert problems(town) == []


def test_a_restored_backup_is_told_by_a_person_and_the_chain_goes_on(town: Town) -> None:
    days(town, 3)
    town.do("DELETE FROM audit WHERE number > 6")
    town.do("DELETE FROM audit_head WHERE number > 6")
    assert problems(town)
    auditing.restored(town.clock, town.keys_dir, who="ada", reason="disk broke")
    assert problems(town) == []
    [last] = auditing.newest(town.clock, 1)
    assert (last.act, last.about) == (
        "backup restored",
        {"reason": "disk broke", "signed until": "9 on 2026-11-04"},
    )


def test_a_restored_backup_explains_no_changed_entry(town: Town) -> None:
    days(town, 2)
    town.do(CHANGE.format("who = 'bob'"))
    with pytest.raises(Refused, match="entry 5 was changed"):
        auditing.restored(town.clock, town.keys_dir, who="bob", reason="none")
    assert problems(town)


@pytest.fixture
def settings(sqlite_url: str, keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HEARD_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("HEARD_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("HEARD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HEARD_BACKUP_DIR", str(tmp_path / "backups"))
    return Settings.from_environ()


def test_the_clock_signs_once_a_day_and_says_what_is_wrong(town: Town, settings: Settings) -> None:
    town.prepare()
    days(town, 1)
    assert "audit chain" not in daily(town.clock, settings)
    assert town.rows("SELECT max(day) FROM audit_head")[0][0] in {today(), str(today())}
    town.do("DELETE FROM audit_head WHERE number > 0 AND day > '2026-11-02'")
    town.do(CHANGE.replace("5", "2").format("who = 'bob'"))
    assert "the audit chain: entry 2 was changed" in daily(town.clock, settings)
    assert daily(town.clock, settings) == ""


@pytest.mark.parametrize("ahead", [0, 1])
def test_heads_that_others_wrote_for_today_and_later_silence_nobody(
    town: Town, settings: Settings, ahead: int
) -> None:
    town.prepare()
    record(town, "keys made")
    forged = [audit.Head(today() + timedelta(n), 1, bytes(32), bytes(64)) for n in range(ahead, 40)]
    with transaction(town.clock) as session:
        for head in forged:
            audit.keep_head(session, head)
    said = daily(town.clock, settings)
    assert f"the head of {forged[0].day} does not bear our signature" in said
    assert f"the head of {today() + timedelta(1)} is of a day to come" in said
    assert "more (`heard audit check`)" in said
    assert daily(town.clock, settings) == ""  # once a day
    town.do(CHANGE.replace("5", "1").format("who = 'bob'"))
    with time_machine.travel(datetime.now(UTC) + timedelta(1)):
        assert "entry 1 was changed" in daily(town.clock, settings)
        assert daily(town.clock, settings) == ""


def test_the_command_lists_the_newest_entries_and_fails_where_the_chain_is_broken(
    sqlite: Engine, keys_dir: Path, settings: Settings
) -> None:
    town = Town(sqlite, keys_dir).build("BUS1")
    days(town, 1)
    run = CliRunner().invoke
    said = run(heard, ["audit", "list", "--number", "2"]).output
    assert "ada: backup made" in said
    assert "keys destroyed" not in said
    assert run(heard, ["audit", "check"]).output == "the chain holds: 3 entries; and the ledger: 0 figures\n"
    town.do(CHANGE.replace("5", "2").format("who = 'bob'"))
    broken = run(heard, ["audit", "check"])
    assert broken.exit_code == 1
    assert "broken: entry 2 was changed" in broken.output


def test_ten_who_record_at_once_make_one_chain(town: Town) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda n: record(town, f"act {n}"), range(10)))
    assert problems(town) == []
    with transaction(town.clock, reading=True) as session:
        assert session.scalar(select(func.max(AuditRow.number))) == 10
