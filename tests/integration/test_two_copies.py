"""Keys in two folders: in both before anything is sealed for them, gone from both, and what a loss means."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.domain.errors import Misconfigured
from survey.privacy import keyfiles
from survey.privacy.keys import (
    SIGNING,
    box_key_file,
    destroy_box_key,
    destroy_quarter_key,
    kept_box_keys,
    kept_quarter_keys,
    lasting_problems,
    make_box_key,
    make_lasting_keys,
    pepper,
    quarter_key,
)
from survey.privacy.opening import read_box_key
from survey.services.destroy import destroy_counted, destroy_left_over
from survey.services.prepare import prepare
from tests.town import WEEK, Town

QUARTER = "2026/27-Q3"


@pytest.fixture
def copy_dir(tmp_path: Path) -> Path:
    return tmp_path / "copy"


@pytest.fixture
def both(keys_dir: Path, copy_dir: Path) -> tuple[Path, Path]:
    """Lasting keys in both folders."""
    make_lasting_keys(keys_dir, copy_dir)
    return keys_dir, copy_dir


@pytest.fixture
def town(sqlite: Engine, both: tuple[Path, Path]) -> Town:
    """A town whose boxes' keys lie in both folders."""
    made = Town(sqlite, both[0]).build("BUS1")
    prepare(sqlite, keys_dir=both[0], catalogue=made.catalogue, week=WEEK, copy_dir=both[1])
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_key_lies_in_both_folders_and_nobody_else_may_read_it(both: tuple[Path, Path]) -> None:
    make_box_key(both[0], "a", both[1])
    quarter_key(both[0], QUARTER, both[1])
    assert files(both[0]) == files(both[1])
    assert len(files(both[0])) == 8
    assert not [path for path in both[1].rglob("*") if path.stat().st_mode & 0o077]


def test_a_box_is_not_known_to_the_database_before_its_key_is_in_both_folders(
    town: Town, both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    known, real = town.number("box"), keyfiles.os.link

    def full(source: Path, target: Path) -> None:
        if str(target).startswith(str(both[1])):
            raise OSError(28, "No space left on device", str(target))
        real(source, target)

    monkeypatch.setattr(keyfiles.os, "link", full)
    with pytest.raises(OSError, match="No space left"):
        prepare(town.engine, keys_dir=both[0], catalogue=town.catalogue, week=WEEK + 1, copy_dir=both[1])
    assert town.number("box") == known


@pytest.mark.parametrize("state", ["not there", "empty", "another installation's"])
def test_without_its_second_copy_no_key_is_made(
    town: Town, both: tuple[Path, Path], tmp_path: Path, state: str
) -> None:
    shutil.rmtree(both[1])
    if state == "empty":  # what a folder looks like whose disk is not mounted
        both[1].mkdir()
    if state == "another installation's":
        make_lasting_keys(both[1])
    known, kept = town.number("box"), kept_box_keys(both[0])
    with pytest.raises(Misconfigured, match=r"heard keys new|another installation"):
        prepare(town.engine, keys_dir=both[0], catalogue=town.catalogue, week=WEEK + 1, copy_dir=both[1])
    assert (town.number("box"), kept_box_keys(both[0])) == (known, kept)
    with pytest.raises(Misconfigured):
        quarter_key(both[0], QUARTER, both[1])
    assert kept_quarter_keys(both[0]) == []


def test_a_destroyed_key_goes_from_both(both: tuple[Path, Path]) -> None:
    make_box_key(both[0], "a", both[1])
    quarter_key(both[0], QUARTER, both[1])
    destroy_box_key(both[0], "a", both[1])
    destroy_quarter_key(both[0], QUARTER, both[1])
    assert [kept_box_keys(one) + kept_quarter_keys(one) for one in both] == [[], []]


def test_a_copy_that_cannot_be_reached_is_told_and_its_key_goes_once_it_is_back(
    town: Town, both: tuple[Path, Path], tmp_path: Path
) -> None:
    town.do("UPDATE box SET state = 'counted'")
    boxes = set(kept_box_keys(both[0]))
    both[1].rename(tmp_path / "away")
    with pytest.raises(Misconfigured, match="may lie on there"):
        destroy_counted(town.engine, keys_dir=both[0], copy_dir=both[1], who="ada", why="a test")
    assert set(kept_box_keys(both[0])) == boxes
    assert {state for (state,) in town.rows("SELECT state FROM box")} == {"counted"}
    assert town.rows("SELECT act FROM audit WHERE act = 'keys destroyed'") == []
    town.do("UPDATE box SET state = 'done'")  # it went away between the mark and the files
    with pytest.raises(Misconfigured, match="may lie on there"):
        destroy_left_over(town.engine, keys_dir=both[0], copy_dir=both[1])
    assert kept_box_keys(both[0]) == []
    (tmp_path / "away").rename(both[1])
    assert set(kept_box_keys(both[1])) == boxes
    destroy_left_over(town.engine, keys_dir=both[0], copy_dir=both[1])
    assert kept_box_keys(both[1]) == []


def test_a_key_that_one_folder_lost_is_read_from_the_other(both: tuple[Path, Path]) -> None:
    make_box_key(both[0], "a", both[1])
    whole = box_key_file(both[0], "a").read_bytes()
    for broken in (b"short", None):
        box_key_file(both[0], "a").write_bytes(broken) if broken else box_key_file(both[0], "a").unlink()
        found = box_key_file(both[0], "a", both[1])
        assert found.read_bytes() == whole
        read_box_key(found)


def test_a_quarter_s_key_that_one_folder_lost_is_put_back_from_the_other(both: tuple[Path, Path]) -> None:
    before = quarter_key(both[0], QUARTER, both[1])
    for place in both:
        shutil.rmtree(place / "clock" / "quarters")
        assert quarter_key(both[0], QUARTER, both[1]) == before
        assert files(both[0]) == files(both[1])


@pytest.mark.parametrize(
    "name", ["clock/signing.key", "patient/signing.pub", "patient/pepper", "clock/pepper", "clock/import.key"]
)
@pytest.mark.parametrize("which", [0, 1])
def test_a_lasting_key_that_one_folder_lost_is_put_back_from_the_other(
    both: tuple[Path, Path], name: str, which: int
) -> None:
    before = files(both[which])
    (both[which] / name).unlink()
    assert lasting_problems(*both) == [f"{both[which] / name} is gone"]
    assert make_lasting_keys(*both) == [both[which] / name]
    assert files(both[which]) == before
    assert lasting_problems(*both) == []


@pytest.mark.parametrize("name", ["pepper", "server.key"])
def test_a_secret_that_every_place_lost_is_made_anew_only_on_a_person_s_word(
    both: tuple[Path, Path], name: str
) -> None:
    for path in [path for place in both for path in place.rglob(name)]:
        path.unlink()
    with pytest.raises(Misconfigured, match="--replace-lost"):
        make_lasting_keys(*both)
    assert not list(both[0].rglob(name))
    made = make_lasting_keys(*both, renew=True)
    assert {path.name for path in made} == {name}
    assert lasting_problems(*both) == []


def test_two_copies_that_do_not_agree_are_refused_by_name(both: tuple[Path, Path]) -> None:
    (both[1] / "patient" / "pepper").write_bytes(os.urandom(32))
    with pytest.raises(Misconfigured, match=r"do not: .*copy/patient/pepper"):
        make_lasting_keys(*both)
    assert any("copy/patient/pepper" in line for line in lasting_problems(*both))


def test_the_clock_invites_where_it_may_not_look_into_the_page_s_folder(town: Town) -> None:
    mine = pepper(town.keys_dir)
    shutil.rmtree(town.keys_dir / "patient")
    assert pepper(town.keys_dir) == mine
    assert len(town.invite("BUS1", 2)) == 2


def test_an_installation_of_before_gets_the_clock_s_own_pepper(keys_dir: Path) -> None:
    make_lasting_keys(keys_dir)
    (keys_dir / "clock" / "pepper").unlink()
    before = (keys_dir / "patient" / "pepper").read_bytes()
    assert pepper(keys_dir) == before
    assert make_lasting_keys(keys_dir) == [keys_dir / "clock" / "pepper"]
    assert pepper(keys_dir) == before


def test_a_stale_copy_on_another_host_loses_the_keys_of_boxes_that_are_done(
    town: Town, both: tuple[Path, Path], tmp_path: Path
) -> None:
    shutil.copytree(both[0], tmp_path / "stale")
    town.do("UPDATE box SET state = 'done' WHERE week = :week", week=str(WEEK))
    other = replace(town, keys_dir=tmp_path / "stale")
    assert town.box("BUS1") in kept_box_keys(other.keys_dir)
    other.prepare()
    assert town.box("BUS1") not in kept_box_keys(other.keys_dir)
    assert (other.keys_dir / SIGNING).exists()
