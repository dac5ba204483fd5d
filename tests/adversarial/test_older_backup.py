"""Who has an older backup put back, or keeps one until it can be read."""

from __future__ import annotations

import pytest
import time_machine

from survey.config import Settings
from survey.domain.calendar import Week
from survey.privacy.keys import kept_quarter_keys
from survey.services import backup
from survey.storage import dump
from tests.backups import back_up, settings_of
from tests.town import Town, a_response

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
