"""Who has an older backup put back, or keeps one until it can be read."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import time_machine

from survey.config import Settings
from survey.domain.calendar import Week
from survey.domain.errors import Misconfigured
from survey.privacy.keys import box_key_file, kept_box_keys, kept_quarter_keys, make_lasting_keys, quarter_key
from survey.privacy.opened import Note, boxes_noted, forget, note_opened
from survey.services import backup, tally
from survey.services.again import SHUT
from survey.services.destroy import destroy_counted, destroy_left_over
from survey.services.pools import CARRIED
from survey.services.withhold import withhold
from survey.storage import dump
from survey.storage.decisions import Doubt
from tests.backups import back_up, settings_of
from tests.region import Visit, kept, region, send
from tests.town import WEEK, Town, a_response

LAST = Week(2026, 53)  # of its quarter
EMPTY = 2  # boxes of the next week, whose keys go with any backup


@pytest.fixture
def ended(town: Town) -> Settings:
    """A quarter has ended, and the first tally of the next wrote what it sealed."""
    for n, ticket in enumerate(town.invite("BUS1", 12, LAST)):
        town.answer(ticket, a_response(n, comment=f"why {n}" if n < 3 else None, age="75+"), LAST)
    town.tally(LAST)
    assert kept_quarter_keys(town.keys_dir) == [LAST.quarter]
    town.prepare(LAST + 1)
    town.count(LAST + 1)
    return settings_of(town)


def test_a_quarter_s_key_waits_for_a_backup_too(town: Town, ended: Settings) -> None:
    assert LAST.quarter in kept_quarter_keys(town.keys_dir)
    with time_machine.travel("2027-01-11 08:00Z", tick=True):
        assert back_up(town, ended).keys_destroyed == EMPTY + 1
    assert kept_quarter_keys(town.keys_dir) == [(LAST + 1).quarter]
    ((about,),) = town.rows(
        "SELECT about FROM audit WHERE act = 'keys destroyed' ORDER BY number DESC LIMIT 1"
    )
    assert LAST.quarter in str(about)


def test_a_person_s_word_lets_a_quarter_s_key_go(town: Town, ended: Settings) -> None:
    assert backup.vouch(town.clock, ended, who="jo") == EMPTY + 1
    assert kept_quarter_keys(town.keys_dir) == [(LAST + 1).quarter]


def test_a_quarter_s_key_stays_where_the_backup_was_taken_before_its_parts_were_written(
    town: Town, ended: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = dump.facts_of

    def earlier(*known: object) -> dump.Facts:
        facts = real(*known)  # type: ignore[arg-type]
        return dump.Facts(facts.rows, facts.counted, quarters=frozenset([LAST.quarter]))

    monkeypatch.setattr(dump, "facts_of", earlier)
    assert back_up(town, ended).keys_destroyed == EMPTY
    assert LAST.quarter in kept_quarter_keys(town.keys_dir)


def test_a_quarter_s_key_stays_where_an_older_database_with_its_parts_came_back(
    town: Town, ended: Settings
) -> None:
    town.do("UPDATE comment_part SET quarter = :quarter", quarter=LAST.quarter)
    assert back_up(town, ended).keys_destroyed == EMPTY
    assert LAST.quarter in kept_quarter_keys(town.keys_dir)


def test_the_key_of_the_quarter_that_runs_stays_though_it_seals_nothing(town: Town, ended: Settings) -> None:
    town.do("DELETE FROM comment_part")
    back_up(town, ended)
    assert kept_quarter_keys(town.keys_dir) == [(LAST + 1).quarter]


# -- boxes that were counted and whose keys wait for a backup ---------------------------------------------


@pytest.fixture
def older(sqlite_town: Town, tmp_path: Path) -> Callable[[], None]:
    """Ten have answered, and a backup is taken; the eleventh answers. Call it to put the backup back."""
    town, file = sqlite_town, str(tmp_path / "older")
    tickets = town.invite("BUS1", 11)
    for n, ticket in enumerate(tickets[:10]):
        town.answer(ticket, a_response(n))
    live = str(town.engine.url.database)
    copied(live, file)
    town.answer(tickets[10], a_response(777))

    def put_back() -> None:
        town.engine.dispose()
        copied(file, live)

    return put_back


def copied(one: str, other: str) -> None:
    with closing(sqlite3.connect(one)) as source, closing(sqlite3.connect(other)) as target:
        source.backup(target)


def test_a_box_that_has_grown_since_is_not_counted_again(
    sqlite_town: Town, older: Callable[[], None]
) -> None:
    town = sqlite_town
    assert town.count().responses == 11  # and no backup was made: its key waits
    older()
    for _ in range(2):
        done = town.count()
        assert (done.responses, done.waiting, town.number("response"), town.sealed) == (0, 0, 0, 10)
        assert done.set_aside == [f"BUS1, {WEEK}: {SHUT}"]
    town.fill("BUS1", 12, WEEK + 1, first=20)
    assert town.count(WEEK + 1).responses == 12  # the weeks after it are counted as ever
    keep = {"keys_dir": town.keys_dir, "who": "ada"}
    assert withhold(town.clock, before=WEEK, **keep).responses == 0
    assert withhold(town.clock, before=WEEK + 1, **keep).responses == 10
    assert town.rows("SELECT service, n FROM withheld") == [("BUS1", 10)]
    assert town.box("BUS1") not in {*kept_box_keys(town.keys_dir), *boxes_noted(town.keys_dir)}


def test_a_box_that_is_as_it_was_is_counted_again(
    sqlite_town: Town, older: Callable[[], None], tmp_path: Path
) -> None:
    town, file = sqlite_town, str(tmp_path / "full")
    copied(str(town.engine.url.database), file)
    town.count()
    town.engine.dispose()
    copied(file, str(town.engine.url.database))
    assert (town.tally().responses, town.number("response")) == (11, 11)
    assert not {*boxes_noted(town.keys_dir)} & {town.box("BUS1")}
    older()
    [said] = town.count().set_aside
    assert "the key" in said  # it is gone by now
    assert SHUT not in said
    assert town.sealed == 10


def test_weeks_that_were_opened_together_are_never_opened_with_others(
    sqlite_town: Town, tmp_path: Path
) -> None:
    town, file = sqlite_town, str(tmp_path / "older")
    town.fill("BUS1", 5)
    town.fill("BUS1", 4, WEEK + 1, first=5)
    copied(str(town.engine.url.database), file)
    town.fill("BUS1", 3, WEEK + 1, first=20)
    assert town.count(WEEK + 1).responses == 12
    town.engine.dispose()
    copied(file, str(town.engine.url.database))
    town.fill("BUS1", 12, WEEK + 2, first=40)
    done = town.count(WEEK + 2)
    assert (done.responses, town.sealed, len(done.set_aside)) == (12, 9, 2)


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Callable[[Town, Week], None]:
    """A tally that ends after its note and before its count."""

    def tally_cut_short(town: Town, through: Week) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(tally, "rate", die)
            with pytest.raises(InterruptedError):
                town.count(through)

    return tally_cut_short


def die(*_: object, **__: object) -> None:
    raise InterruptedError


def test_a_tally_that_ended_before_its_count_counts_the_same_boxes_together(
    town: Town, cut: Callable[[Town, Week], None]
) -> None:
    town.fill("BUS1", 4)
    town.fill("BUS1", 12, WEEK + 1, first=10)
    key = box_key_file(town.keys_dir, town.box("BUS1"))
    away = key.rename(key.with_name(".away"))
    cut(town, WEEK + 1)  # the first week's key was away, so the second was opened alone
    away.rename(key)
    assert town.box("BUS1", WEEK + 1) in boxes_noted(town.keys_dir)
    done = town.count(WEEK + 1)
    assert (done.responses, done.waiting, done.set_aside) == (12, 4, [])
    town.fill("BUS1", 6, WEEK + 2, first=30)
    assert town.count(WEEK + 2).responses == 10


def test_small_services_that_were_opened_together_are_counted_together(
    town: Town, cut: Callable[[Town, Week], None]
) -> None:
    wide, due = region(town), WEEK + CARRIED
    sent = send(wide, Visit("BUS2", WEEK, 4), first=0) + send(wide, Visit("BUS3", WEEK, 7), first=10)
    cut(wide, due)
    forget(wide.keys_dir, wide.box("BUS3"))  # as if it had ended between the two notes
    later = send(wide, Visit("BUS1", WEEK, 3), first=30)
    assert later
    done = wide.count(due)
    assert (done.responses, done.merged, done.set_aside) == (11, 11, [])
    assert kept(wide) == sent


def test_where_fewer_than_ten_are_people_s_for_certain_by_now_it_stays_sealed(
    town: Town, cut: Callable[[Town, Week], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    town.fill("BUS1", 12)
    cut(town, WEEK)
    monkeypatch.setattr(tally.decisions, "doubts", lambda _: [Doubt(3, {town.box("BUS1"): 12})])
    assert (town.count().responses, town.sealed) == (0, 12)


def test_a_box_that_is_open_again_takes_nothing_that_would_never_be_opened(town: Town) -> None:
    town.fill("BUS1", 12)
    town.count()
    late = town.invite("BUS1", 1)
    town.do("UPDATE box SET state = 'open' WHERE id = :id", id=town.box("BUS1"))
    town.prepare()
    town.answer(late[0], a_response(99))
    held = town.rows("SELECT week FROM sealed JOIN box ON box.id = box WHERE length(body) > 0")
    assert held == [(str(WEEK + 1),)]


def test_a_note_lies_in_both_folders_and_goes_with_its_key_from_both(town: Town) -> None:
    copy = town.keys_dir.with_name("copy")
    make_lasting_keys(town.keys_dir, copy)
    town.fill("BUS1", 12)
    box = town.box("BUS1")
    quarter_key(town.keys_dir, WEEK.quarter, copy)
    away = copy.rename(copy.with_name("away"))
    town.count(copy_dir=copy)
    away.rename(copy)
    assert (boxes_noted(town.keys_dir), boxes_noted(copy)) == ({box}, set())
    destroy_left_over(town.clock, keys_dir=town.keys_dir, copy_dir=copy)
    assert boxes_noted(copy) == {box}
    shutil.rmtree(town.keys_dir / "clock" / "opened")  # memory, and a restart
    with pytest.raises(Misconfigured, match="opened before with other responses"):
        note_opened(town.keys_dir, copy, Note.of([box], [b"other rows"]))
    destroy_counted(town.clock, keys_dir=town.keys_dir, copy_dir=copy, who="ada", why="a test")
    assert boxes_noted(town.keys_dir, copy) == set()


@pytest.mark.parametrize("held", [b"", b"\xff\xfe", b"no digest\n"])
def test_a_note_that_cannot_be_read_keeps_its_box_shut(sqlite_town: Town, held: bytes) -> None:
    town = sqlite_town
    town.fill("BUS1", 12)
    box = town.box("BUS1")
    (town.keys_dir / "clock" / "opened").mkdir()
    (town.keys_dir / "clock" / "opened" / box).write_bytes(held)
    assert (town.count().responses, town.sealed) == (0, 12)
