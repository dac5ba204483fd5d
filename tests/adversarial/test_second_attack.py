"""A second attack, after the first one's findings were mended: variants of them, and what lay beside them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from survey.services import auditing
from survey.storage import audit
from survey.storage.database import transaction
from tests.town import Town

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
