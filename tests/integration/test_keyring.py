"""`heard keys`: what is wrong is found with its remedy, mended where it can be, else given up."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from survey.cli.main import heard
from survey.config import Settings
from survey.domain.calendar import this_week
from survey.domain.errors import Misconfigured, NotFound, Refused
from survey.privacy.keys import box_key_in, kept_box_keys, make_box_key, make_lasting_keys, quarter_key
from survey.services import auditing, keyring, mending
from survey.services.daily import daily
from survey.storage import audit
from survey.storage.database import transaction
from tests.town import Town, a_response

NOW = this_week()


@pytest.fixture
def settings(tmp_path: Path, keys_dir: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{tmp_path / 'data' / 'heard.sqlite3'}",
        keys_dir=keys_dir,
        data_dir=tmp_path / "data",
        backup_dir=tmp_path / "backups",
        keys_copy_dir=tmp_path / "copy",
    )


@pytest.fixture
def town(one_database: Engine, settings: Settings) -> Town:
    """BUS1 and BUS2 with boxes of this week and the four after it, their keys in two folders."""
    made = Town(one_database, settings.keys_dir).build("BUS1", "BUS2")
    mending.make_new(made.clock, settings, made.catalogue, who="ada")
    return made


def bad(town: Town, settings: Settings, *levels: str) -> dict[str, str]:
    """What is wrong, by its name."""
    found = keyring.check(town.clock, settings)
    assert len({one.what for one in found}) == len(found)
    assert all(one.do for one in found if one.level != "good")
    return {one.what: one.says for one in found if one.level in (levels or ("bad",))}


def mend(town: Town, settings: Settings) -> list[str]:
    return mending.mend(town.clock, settings, town.catalogue, who="ada")


def lose(settings: Settings, box: str) -> None:
    for place in keyring.folders(settings):
        box_key_in(place, box).unlink()


def age(settings: Settings, box: str) -> None:
    """As if the key of a box had lain in both folders for two hours."""
    for place in keyring.folders(settings):
        os.utime(box_key_in(place, box), (time.time() - 7200,) * 2)


MADE = ["keys made", "keys made"]  # the lasting ones; the pair that opens backups


def acts(town: Town) -> list[str]:
    with transaction(town.clock, reading=True) as session:
        return [entry.act for entry in audit.entries(session)]


def test_a_new_installation_is_sound(town: Town, settings: Settings) -> None:
    assert bad(town, settings) == {}
    assert acts(town) == MADE
    assert len(kept_box_keys(settings.keys_dir)) == 2 * 5 * 2
    again = mending.make_new(town.clock, settings, town.catalogue, who="ada")
    assert (again.lasting, again.recovery, again.put_back, again.boxes) == ([], [], 0, 0)
    assert acts(town) == MADE


@pytest.mark.parametrize("which", ["keys_dir", "keys_copy_dir"])
@pytest.mark.parametrize("data", [None, b"short", bytes(96)])
def test_a_key_that_one_copy_lost_or_spoiled_is_told_and_put_back(
    town: Town, settings: Settings, which: str, data: bytes | None
) -> None:
    file = box_key_in(getattr(settings, which), town.box("BUS1", NOW))
    whole = file.read_bytes()
    file.unlink()
    if data is not None:
        file.write_bytes(data)
        file.chmod(0o600)
    assert f"BUS1 {NOW}" in bad(town, settings)["Box keys in both copies"]
    assert mend(town, settings) == ["1 key was put back"]
    assert file.read_bytes() == whole
    assert bad(town, settings) == {}


@pytest.mark.parametrize("which", ["keys_dir", "keys_copy_dir"])
def test_a_whole_folder_that_is_lost_is_filled_from_the_other(
    town: Town, settings: Settings, which: str
) -> None:
    quarter_key(settings.keys_dir, NOW.quarter, settings.keys_copy_dir)
    lost: Path = getattr(settings, which)
    before = {path.relative_to(lost): path.read_bytes() for path in lost.rglob("*") if path.is_file()}
    shutil.rmtree(lost)
    assert bad(town, settings)
    mend(town, settings)
    after = {path.relative_to(lost): path.read_bytes() for path in lost.rglob("*") if path.is_file()}
    assert after == before
    assert bad(town, settings) == {}


def test_an_empty_box_whose_key_both_lost_makes_way_for_another_of_its_week(
    town: Town, settings: Settings
) -> None:
    lost = town.box("BUS1", NOW)
    lose(settings, lost)
    assert f"(BUS1 {NOW}): what comes in now can never be read" in bad(town, settings)["Keys of open boxes"]
    assert mend(town, settings) == ["1 empty boxes whose keys are lost were replaced"]
    assert town.box("BUS1", NOW) not in {lost, None}
    assert bad(town, settings) == {}
    assert acts(town)[-1] == "keys lost"
    (ticket,) = town.invite("BUS1", 1, NOW)
    town.answer(ticket, a_response(), NOW)
    assert town.sealed == 1


def test_a_box_with_responses_whose_key_both_lost_takes_no_more_and_stays_sealed(
    town: Town, settings: Settings
) -> None:
    town.fill("BUS1", 3, NOW)
    lost = town.box("BUS1", NOW)
    lose(settings, lost)
    assert "nor can the 3 responses that came" in bad(town, settings)["Keys of open boxes"]
    [said] = mend(town, settings)
    assert said == f"1 boxes whose keys are lost were closed (BUS1 {NOW}): 3 responses stay sealed"
    assert "3 responses can never be read" in bad(town, settings)["Keys of boxes that wait to be counted"]
    town.fill("BUS1", 1, NOW)
    assert town.number("sealed", f"box = '{lost}'") == 3
    assert town.number("sealed", f"box = '{town.box('BUS1', NOW + 1)}'") == 1


def test_a_key_that_turns_up_later_opens_the_box_that_was_closed_for_it(
    town: Town, settings: Settings, tmp_path: Path
) -> None:
    town.fill("BUS1", 12, NOW)
    box = town.box("BUS1", NOW)
    shutil.copy2(box_key_in(settings.keys_dir, box), tmp_path / "found in a safe")
    lose(settings, box)
    mend(town, settings)
    assert town.tally(NOW).responses == 0
    (tmp_path / "found in a safe").rename(box_key_in(settings.keys_dir, box))
    assert "BUS1" in bad(town, settings)["Box keys in both copies"]
    town.do("UPDATE box SET state = 'closed' WHERE id = :box", box=box)
    assert town.tally(NOW).responses == 12


def test_a_response_that_comes_while_an_empty_box_is_given_up_is_not_lost(
    town: Town, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = town.box("BUS1", NOW)
    found = [one for one in keyring.look(town.clock, settings).boxes if one.box.id == lost]
    town.fill("BUS1", 1, NOW)  # after the look, before the deed
    mending._give_up(town.clock, found, who="ada")
    assert (town.sealed, town.box("BUS1", NOW)) == (1, lost)
    assert town.rows("SELECT state FROM box WHERE id = :box", box=lost) == [("closed",)]


def test_keys_left_of_boxes_that_are_done_are_bad_until_they_are_destroyed(
    town: Town, settings: Settings
) -> None:
    town.do("UPDATE box SET state = 'done' WHERE service = 'BUS2'")
    assert "10 boxes" in bad(town, settings)["Keys that should be gone"]
    assert mending.destroy_stale(town.clock, settings, who="ada") == 10
    assert bad(town, settings).keys() == {"Boxes ahead"}
    assert acts(town)[-1] == "keys destroyed"
    assert all(len(kept_box_keys(place)) == 10 for place in keyring.folders(settings))


def test_a_restored_old_backup_shows_boxes_whose_keys_are_destroyed(town: Town, settings: Settings) -> None:
    town.fill("BUS1", 12, NOW)
    for box in (town.box("BUS1", NOW), town.box("BUS1", NOW, ticketed=False)):
        lose(settings, box)  # counted and destroyed after the backup was taken
    assert "2 open boxes have none" in bad(town, settings)["Keys of open boxes"]
    said = mend(town, settings)
    assert [line.split()[1] for line in said] == ["empty", "boxes"]
    assert bad(town, settings).keys() == {"Keys of boxes that wait to be counted"}
    done = town.tally(NOW)
    assert (done.responses, town.sealed) == (0, 12)
    assert done.set_aside


def test_a_key_that_responses_need_is_not_destroyed(town: Town, settings: Settings) -> None:
    box = town.box("BUS1", NOW)
    for box_state, verb in (
        ("open", "heard retain"),
        ("closed", "heard retain"),
        ("quarantined", "heard quarantine"),
        ("counted", "heard backup"),
    ):
        town.do("UPDATE box SET state = :state WHERE id = :box", state=box_state, box=box)
        with pytest.raises(Refused, match=verb):
            mending.destroy_named(town.clock, settings, [box], who="ada")
    with pytest.raises(NotFound, match="there is no key"):
        mending.destroy_named(town.clock, settings, ["0" * 32], who="ada")
    assert box in kept_box_keys(settings.keys_dir)
    assert acts(town) == MADE


def test_keys_of_no_box_are_told_and_destroyed_by_name(town: Town, settings: Settings) -> None:
    make_box_key(settings.keys_dir, "stranger", settings.keys_copy_dir)
    assert "Keys of no box" not in bad(town, settings, "warning")  # a clock may be making its box
    assert mending.strangers(town.clock, settings) == []
    age(settings, "stranger")
    assert "1 keys are of no box" in bad(town, settings, "warning")["Keys of no box"]
    assert mending.strangers(town.clock, settings) == ["stranger"]
    assert mending.destroy_named(town.clock, settings, ["stranger"], who="ada") == 1
    assert mending.strangers(town.clock, settings) == []


def test_a_quarter_s_key_that_is_lost_is_bad_only_while_it_seals_something(
    town: Town, settings: Settings
) -> None:
    columns = "INSERT INTO comment_part (id, quarter, icb, pathway, body)"
    town.do(columns + " VALUES ('a', '2020/21-Q1', '', 'bus', :body)", body=b"sealed")
    assert "2020/21-Q1: gone" in bad(town, settings)["Keys of quarters"]
    quarter_key(settings.keys_dir, "2020/21-Q1")
    assert "2020/21-Q1: in one copy only" in bad(town, settings)["Keys of quarters"]
    mend(town, settings)
    assert bad(town, settings) == {}


@pytest.mark.parametrize("other", [bytes(32), b"short"])
def test_a_quarter_s_key_that_is_another_in_each_copy_is_told(
    town: Town, settings: Settings, other: bytes
) -> None:
    quarter_key(settings.keys_dir, NOW.quarter, settings.keys_copy_dir)
    assert bad(town, settings) == {}
    (file,) = (settings.keys_copy_dir / "clock" / "quarters").iterdir()
    file.write_bytes(other)
    assert f"{NOW.quarter}: another key in each copy" in bad(town, settings)["Keys of quarters"]


def test_folders_that_a_killed_run_left_are_told_and_go(town: Town, settings: Settings) -> None:
    left = settings.keys_dir / "clock" / ".drill"
    (left / "boxes").mkdir(parents=True, mode=0o700)
    (left / "boxes" / ".a.0a1b").write_bytes(b"a key")
    needed = box_key_in(settings.keys_dir, town.box("BUS1", NOW))
    (left / "boxes" / "b").hardlink_to(needed)
    whole = needed.read_bytes()
    for path in (left / "boxes" / ".a.0a1b", left):
        os.utime(path, (time.time() - 7200,) * 2)
    assert f"{left}, folders in which keys may lie" in bad(town, settings, "warning")["Half-written keys"]
    assert mending.destroy_stale(town.clock, settings, who="ada") == 1
    assert not left.exists()
    assert needed.read_bytes() == whole
    assert bad(town, settings) == {}


def test_without_its_second_copy_no_named_key_is_destroyed(town: Town, settings: Settings) -> None:
    make_box_key(settings.keys_dir, "stranger", settings.keys_copy_dir)
    shutil.rmtree(settings.keys_copy_dir)
    with pytest.raises(Misconfigured, match="may lie on there"):
        mending.destroy_named(town.clock, settings, ["stranger"], who="ada")
    assert "stranger" in kept_box_keys(settings.keys_dir)
    assert acts(town) == MADE


def test_keys_of_another_installation_are_no_home_for_these_boxes(
    town: Town, settings: Settings, tmp_path: Path
) -> None:
    make_lasting_keys(tmp_path / "theirs")
    wrong = replace(settings, keys_dir=tmp_path / "theirs", keys_copy_dir=None)
    assert "another installation" in bad(town, wrong)["Lasting keys"]
    assert "bear another's signature" in bad(town, wrong)["Signatures of open boxes"]
    with pytest.raises(Misconfigured, match="another installation"):
        mend(town, wrong)
    nowhere = replace(settings, keys_dir=tmp_path / "nowhere", keys_copy_dir=None)
    with pytest.raises(Misconfigured, match=r"there are no keys in .*nowhere.*set HEARD_KEYS_DIR"):
        mend(town, nowhere)
    assert not (tmp_path / "nowhere").exists()
    assert bad(town, settings) == {}


def test_a_counted_box_s_key_waits_and_is_told_when_it_waits_long(town: Town, settings: Settings) -> None:
    old = NOW + -3
    town.do("UPDATE box SET state = 'counted' WHERE service = 'BUS2'")
    assert "Keys that wait for a backup" not in bad(town, settings, "warning")
    town.do("UPDATE box SET week = :old WHERE service = 'BUS2' AND week = :now", old=str(old), now=str(NOW))
    assert f"BUS2 {old}" in bad(town, settings, "warning")["Keys that wait for a backup"]


def test_the_clock_tells_once_a_day_what_is_bad(town: Town, settings: Settings) -> None:
    lose(settings, town.box("BUS1", NOW))
    assert "Keys of open boxes: 1 open boxes have none" in daily(town.clock, settings)
    assert daily(town.clock, settings) == ""
    assert town.rows("SELECT count(*) FROM audit_head")[0][0] == 1
    assert auditing.check(town.clock, settings.keys_dir) == []


@pytest.fixture
def small(sqlite: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The same on SQLite, for the command."""
    made = Town(sqlite, settings.keys_dir).build("BUS1")
    made.do("UPDATE service SET pathway = 'patient-transport'")  # the command knows shipped ones alone
    for name in ("keys_dir", "keys_copy_dir", "data_dir", "backup_dir", "database_url"):
        monkeypatch.setenv(f"HEARD_{name.upper()}", str(getattr(settings, name)))
    return made


def heard_keys(*words: str) -> Result:
    result = CliRunner().invoke(heard, ["keys", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_command_makes_lists_checks_and_destroys(small: Town, settings: Settings) -> None:
    said = heard_keys("new").output
    assert "recovery/age.key" in said
    assert "now put into a safe" in said
    assert "now put into a safe" not in heard_keys("new").output
    assert heard_keys("check").exit_code == 0
    make_box_key(settings.keys_dir, "stranger", settings.keys_copy_dir)
    assert "0 keys destroyed; younger than" in heard_keys("destroy", "--of-no-box", "--yes").output
    age(settings, "stranger")
    listed = heard_keys("list")
    assert max(len(line) for line in listed.output.splitlines()[2:]) <= 79
    assert "1 of no box" in listed.output
    assert json.loads(heard_keys("list", "--json").output)["of no box"] == ["stranger"]
    assert "1 key destroyed" in heard_keys("destroy", "--of-no-box", "--yes").output
    assert heard_keys("destroy", "--left-over").exit_code == 1  # nobody said yes


def test_the_command_tells_all_problems_at_once_with_their_remedies_and_exits_3(
    small: Town, settings: Settings
) -> None:
    heard_keys("new")
    for found in kept_box_keys(settings.keys_dir):
        lose(settings, found)
    (settings.keys_dir / "patient" / "pepper").chmod(0o644)
    result = heard_keys("check")
    assert result.exit_code == Misconfigured.exit_code
    assert result.output.count("BAD") >= 3
    assert "→ run `chmod go-rwx" in result.output
    assert {one["level"] for one in json.loads(heard_keys("check", "--json").output)} >= {"good", "bad"}
