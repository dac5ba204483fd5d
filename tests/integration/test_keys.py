"""Keys in files: made once, read by their owner only, destroyed for good."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.domain.errors import Misconfigured
from survey.privacy import keyfiles
from survey.privacy.keys import (
    PatientKeys,
    box_key_file,
    destroy_box_key,
    import_key,
    kept_box_keys,
    make_box_key,
    make_lasting_keys,
    quarter_key,
)
from survey.privacy.opening import read_box_key
from survey.services import prepare as preparing
from tests.town import WEEK, Town, a_response


def test_lasting_keys_are_made_once_and_never_changed(keys_dir: Path) -> None:
    make_lasting_keys(keys_dir)
    before = PatientKeys.read(keys_dir)
    make_lasting_keys(keys_dir)
    after = PatientKeys.read(keys_dir)
    assert (before.pepper, before.server_key) == (after.pepper, after.server_key)
    assert before.pinned.public_bytes_raw() == after.pinned.public_bytes_raw()
    assert len({before.pepper, before.server_key, import_key(keys_dir)}) == 3


def test_nobody_else_may_read_a_key_or_its_folder(keys_dir: Path) -> None:
    make_lasting_keys(keys_dir)
    make_box_key(keys_dir, "a")
    quarter_key(keys_dir, "2026/27-Q3")
    for path in keys_dir.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("name", ["pepper", "server.key"])
def test_a_key_that_others_may_read_is_refused_with_the_remedy(keys_dir: Path, name: str) -> None:
    make_lasting_keys(keys_dir)
    (keys_dir / "patient" / name).chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        PatientKeys.read(keys_dir)


@pytest.mark.parametrize("name", ["pepper", "server.key", "signing.pub"])
@pytest.mark.parametrize("data", [b"", b"short", bytes(33)])
def test_a_key_that_is_cut_short_is_refused(keys_dir: Path, name: str, data: bytes) -> None:
    make_lasting_keys(keys_dir)
    (keys_dir / "patient" / name).write_bytes(data)
    with pytest.raises(Misconfigured, match=r"bytes instead of 32"):
        PatientKeys.read(keys_dir)


def test_keys_that_were_never_made_are_said_to_be_missing(keys_dir: Path) -> None:
    with pytest.raises(Misconfigured, match="HEARD_KEYS_DIR"):
        PatientKeys.read(keys_dir)


def test_a_process_killed_while_it_writes_a_key_leaves_no_half_of_one(
    keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_about: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(keyfiles.os, "link", die)
    with pytest.raises(KeyboardInterrupt):
        import_key(keys_dir)
    monkeypatch.undo()
    assert list((keys_dir / "clock").iterdir()) == []
    assert len(import_key(keys_dir)) == 32


def test_two_processes_that_make_a_key_at_once_agree(keys_dir: Path) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(import_key(keys_dir))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_destroyed_key_is_overwritten_before_it_goes(keys_dir: Path, tmp_path: Path) -> None:
    make_lasting_keys(keys_dir)
    make_box_key(keys_dir, "a")
    path, other_name = box_key_file(keys_dir, "a"), tmp_path / "same file"
    before = path.read_bytes()
    os.link(path, other_name)
    destroy_box_key(keys_dir, "a")
    assert kept_box_keys(keys_dir) == []
    after = other_name.read_bytes()
    assert len(after) == len(before)
    assert not set(zip(*[iter(before)] * 8, strict=True)) & set(zip(*[iter(after)] * 8, strict=True))


def test_a_key_may_be_destroyed_twice_and_by_two_at_once(
    keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_lasting_keys(keys_dir)
    make_box_key(keys_dir, "a")
    real = Path.unlink

    def another_was_first(path: Path, *about: bool) -> None:
        real(path)
        real(path)

    monkeypatch.setattr(Path, "unlink", another_was_first)
    destroy_box_key(keys_dir, "a")
    monkeypatch.undo()
    destroy_box_key(keys_dir, "a")
    assert kept_box_keys(keys_dir) == []


def test_a_box_key_that_is_gone_or_cut_short_says_that_its_box_stays_sealed(keys_dir: Path) -> None:
    make_lasting_keys(keys_dir)
    make_box_key(keys_dir, "a")
    box_key_file(keys_dir, "a").write_bytes(b"short")
    for box in ("a", "b"):
        with pytest.raises(Misconfigured, match="stay sealed"):
            read_box_key(box_key_file(keys_dir, box))


def test_boxes_are_prepared_once_four_weeks_ahead_each_with_its_key(town: Town) -> None:
    assert town.prepare() == 5 * 2
    assert town.prepare() == 0
    assert town.prepare(WEEK + 1) == 2
    assert sorted(kept_box_keys(town.keys_dir)) == sorted(row[0] for row in town.rows("SELECT id FROM box"))


def test_two_hosts_that_prepare_at_once_make_one_box_each_and_one_key(town: Town) -> None:
    threads = [threading.Thread(target=town.prepare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert town.number("box") == 10
    assert len(kept_box_keys(town.keys_dir)) == 10


def test_patients_send_while_keys_are_written_to_the_disk(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ticket,) = town.invite("BUS1", 1)
    real = preparing.make_box_key

    def slowly(keys_dir: Path, box: str, copy_dir: Path | None) -> tuple[bytes, bytes]:
        if town.sealed == 0:
            town.answer(ticket, a_response())
        return real(keys_dir, box, copy_dir)

    monkeypatch.setattr(preparing, "make_box_key", slowly)
    assert town.prepare(WEEK + 1) == 2
    assert town.sealed == 1


def test_a_closed_service_gets_no_more_boxes(sqlite: Engine, keys_dir: Path) -> None:
    town = Town(sqlite, keys_dir).build("BUS1")
    town.do("UPDATE service SET closed = true")
    assert town.prepare() == 0


def test_a_signing_key_that_is_lost_is_not_made_anew(keys_dir: Path) -> None:
    make_lasting_keys(keys_dir)
    (keys_dir / "clock" / "signing.key").unlink()
    with pytest.raises(Misconfigured, match="restore both"):
        make_lasting_keys(keys_dir)
    assert not (keys_dir / "clock" / "signing.key").exists()


def test_a_signing_key_that_is_not_the_pinned_one_is_refused(keys_dir: Path) -> None:
    make_lasting_keys(keys_dir)
    (keys_dir / "clock" / "signing.key").write_bytes(bytes(32))
    with pytest.raises(Misconfigured, match="do not belong together"):
        make_lasting_keys(keys_dir)


def test_a_pinned_key_that_is_lost_is_made_again_from_the_signing_key(keys_dir: Path) -> None:
    make_lasting_keys(keys_dir)
    before = PatientKeys.read(keys_dir).pinned.public_bytes_raw()
    (keys_dir / "patient" / "signing.pub").unlink()
    make_lasting_keys(keys_dir)
    assert PatientKeys.read(keys_dir).pinned.public_bytes_raw() == before


def test_the_keys_folder_itself_and_those_it_lies_in_are_made_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_lasting_keys(tmp_path / "new" / "keys")
    finally:
        os.umask(before)
    for path in (tmp_path / "new").rglob(""):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_box_key_that_others_may_read_is_refused_with_the_remedy(keys_dir: Path) -> None:
    make_lasting_keys(keys_dir)
    make_box_key(keys_dir, "a")
    box_key_file(keys_dir, "a").chmod(0o640)
    with pytest.raises(Misconfigured, match="chmod 600"):
        read_box_key(box_key_file(keys_dir, "a"))


def test_a_second_copy_of_a_counted_box_s_key_goes_when_its_host_prepares(town: Town, tmp_path: Path) -> None:
    town.fill("BUS1", 12)
    shutil.copytree(town.keys_dir, tmp_path / "other host")
    town.tally()
    other = Town(town.engine, tmp_path / "other host", town.catalogue)
    assert town.box("BUS1") in kept_box_keys(other.keys_dir)
    other.prepare()
    assert town.box("BUS1") not in kept_box_keys(other.keys_dir)
    assert town.box("BUS1", WEEK + 1) in kept_box_keys(other.keys_dir)


def test_a_patient_finds_an_open_box_though_all_that_were_made_were_closed_early(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    town.tally(WEEK + 4)
    open_now = "SELECT count(*) FROM box WHERE service = 'BUS1' AND state = 'open'"
    assert town.rows(open_now) == [(0,)]
    town.prepare()
    assert town.rows(open_now) == [(2,)]
    town.prepare()
    assert town.rows(open_now) == [(2,)]
    town.answer(ticket, a_response())
    assert town.sealed == 1


def test_a_folder_with_the_keys_of_another_installation_is_refused(town: Town, tmp_path: Path) -> None:
    town.prepare()
    make_lasting_keys(tmp_path / "other")
    with pytest.raises(Misconfigured, match="another installation"):
        replace(town, keys_dir=tmp_path / "other").prepare()


def test_an_empty_folder_is_no_new_installation(town: Town, tmp_path: Path) -> None:
    town.prepare()
    with pytest.raises(Misconfigured, match=r"there are no keys in .*, and this database has boxes"):
        replace(town, keys_dir=tmp_path / "empty").prepare()
    assert not (tmp_path / "empty").exists()
