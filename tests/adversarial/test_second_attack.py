"""A second attack, after the first one's findings were mended: variants of them, and what lay beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from survey.domain.errors import DatabaseDown
from survey.domain.questionnaire import Question
from survey.domain.response import Response
from survey.privacy.sealing import seal
from survey.services import auditing
from survey.services.quarantine import decide
from survey.services.tally import tally
from survey.storage import audit, database
from survey.storage.database import Role, transaction
from tests import town as towns
from tests.town import WEEK, Town, a_response

DAY = date(2026, 11, 2)
CUT = "DELETE FROM audit WHERE number > 2"
HEADS = "DELETE FROM audit_head WHERE number > 2"


def decided(town: Town, day: date) -> None:
    """Something that somebody may want forgotten, and the day's signed head over it."""
    with transaction(town.clock) as session:
        audit.append(session, day=day, who="ada", act="decided about a quarantine", about={"day": str(day)})
    assert auditing.sign_head(town.clock, town.keys_dir, day)


@pytest.mark.parametrize("deeds", [(CUT, HEADS), (HEADS, CUT)], ids=["entries first", "heads first"])
def test_a_chain_cut_short_is_told_of_on_all_days_to_come_and_not_on_one(
    town: Town, deeds: tuple[str, str]
) -> None:
    for n in range(3):
        decided(town, DAY + timedelta(n))
    for n, deed in enumerate(deeds, start=3):  # a day apart: each day's head is signed meanwhile
        town.do(deed)
        auditing.sign_head(town.clock, town.keys_dir, DAY + timedelta(n))
    for n in range(5, 9):
        decided(town, DAY + timedelta(n))
        said = auditing.check(town.clock, town.keys_dir)
        assert any("the head signed on 2026-11-04, which lies beside the keys" in one for one in said), said


def test_who_restored_a_backup_says_so_and_is_told_of_no_more(town: Town) -> None:
    for n in range(3):
        decided(town, DAY + timedelta(n))
    for deed in (CUT, HEADS):
        town.do(deed)
    decided(town, DAY + timedelta(3))
    auditing.restored(town.clock, town.keys_dir, who="ada", reason="the disk broke")
    [told] = auditing.newest(town.clock, 1)
    assert told.about["signed until"] == "3 on 2026-11-05"
    assert auditing.check(town.clock, town.keys_dir) == []


def test_heads_beside_the_keys_that_hold_do_not_pile_up(town: Town) -> None:
    for n in range(5):
        decided(town, DAY + timedelta(n))
    assert len((town.keys_dir / auditing.HEAD).read_text().splitlines()) == 1


def bounded(owner: Engine, role: Role) -> Engine:
    """A fresh engine, made with the bounds as they are now."""
    url = owner.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return database.engine(url, role=role)


HALF_A_PUT = f"SELECT put(NULL, '\\x{'01' * 32}', :box, '\\x02')"


def test_a_page_that_holds_a_box_open_stops_no_tally_without_a_word(
    postgres: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(postgres, keys_dir).build("BUS1")
    town.fill("BUS1", 12)
    monkeypatch.setitem(database.BOUNDS, "clock", {"lock_timeout": "500ms"})
    page, clock = bounded(postgres, "patient"), bounded(postgres, "clock")
    count = partial(tally, clock, keys_dir=keys_dir, catalogue=town.catalogue, through=WEEK)
    with page.connect() as connection:
        connection.execute(text(HALF_A_PUT), {"box": town.box("BUS1", ticketed=False)})
        with pytest.raises(DatabaseDown, match="LockNotAvailable"):
            count()
    assert count().responses == 12
    page.dispose()
    clock.dispose()


def test_a_page_that_stops_half_way_loses_its_hold(
    postgres: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(postgres, keys_dir).build("BUS1")
    town.fill("BUS1", 12)
    monkeypatch.setitem(database.BOUNDS, "patient", {"idle_in_transaction_session_timeout": "500ms"})
    page = bounded(postgres, "patient")
    with page.connect() as connection:
        connection.execute(text(HALF_A_PUT), {"box": town.box("BUS1", ticketed=False)})
        assert town.count().responses == 12
        connection.invalidate()
    page.dispose()


def test_the_bounds_are_the_server_s(postgres: Engine) -> None:
    for role, bounds in database.BOUNDS.items():
        made = bounded(postgres, role)
        with made.connect() as connection:
            assert {name: connection.scalar(text(f"SHOW {name}")) for name in bounds} == bounds
        made.dispose()


@pytest.fixture
def wordy(sqlite_town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A questionnaire with two places for words."""
    one = towns.questionnaire()
    more = Question("better", "text", "What could be better?", "a test", max_length=1000)
    two = replace(one, questions=(*one.questions, more))
    monkeypatch.setattr(towns, "questionnaire", lambda _version: two)
    sqlite_town.catalogue = towns.catalogue_of(v1=date(2020, 12, 28))
    return sqlite_town


def test_five_people_with_two_comments_each_are_not_ten(wordy: Town) -> None:
    for n, ticket in enumerate(wordy.invite("BUS1", 10)):
        said = {"comment": f"why {n}", "better": f"better {n}"} if n < 5 else {}
        wordy.answer(ticket, Response(a_response(4).answers, said))
    assert wordy.tally().responses == 10
    assert wordy.number("comment", "sentiment <> ''") == 0


def test_how_one_felt_is_not_told_beside_nine_that_somebody_put_there(sqlite_town: Town) -> None:
    town = sqlite_town
    for n, ticket in enumerate(town.invite("BUS1", 10)):
        town.answer(ticket, a_response(0, comment=None if n else "the only true one"))
    box = town.box("BUS1")
    ((key,),) = town.rows("SELECT public_key FROM box WHERE id = :id", id=box)
    for n in range(9):
        body = a_response(0, comment=f"stuffed {n}").encode()
        town.stuff(box, seal(body, box=box, public_key=bytes(key)))
    town.tally()
    for who in ("ada", "bob"):
        decide(town.clock, "BUS1", "count", who=who, reason="a test", keys_dir=town.keys_dir)
    assert town.tally().responses == 19
    assert town.number("comment", "sentiment <> ''") == 0
