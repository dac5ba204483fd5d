"""The promise: wherever a backup is killed, no key is gone without a backup that holds what its box held."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import time_machine

from survey.config import Settings
from survey.privacy import archive
from survey.services import backup
from survey.storage import dump
from tests.backups import back_up, counted, keys, plain_left, waiting
from tests.integration.backup_deaths import deaths
from tests.town import Town


@pytest.mark.proof
@time_machine.travel("2026-11-09 08:00Z", tick=True)
def test_no_key_goes_without_a_verified_backup_wherever_it_is_killed(town: Town, tmp_path: Path):
    settings = counted(town)
    archive.recipient(settings.keys_dir)
    waited, kept = waiting(town), tmp_path / "kept"
    shutil.copytree(settings.keys_dir, kept)

    def put_back() -> None:
        shutil.rmtree(settings.keys_dir)
        shutil.copytree(kept, settings.keys_dir)
        shutil.rmtree(settings.backup_dir, ignore_errors=True)
        for box in waited:
            town.do("UPDATE box SET state = 'counted' WHERE id = :box", box=box)

    with_backup = without = 0
    for _ in deaths(settings, put_back):
        held = _held(settings, tmp_path / "opened")
        assert waited - keys(town) <= held
        assert waited <= held or waiting(town) == waited
        with_backup, without = with_backup + bool(held), without + (not held)
    assert without > 10
    assert with_backup > 5
    assert keys(town) & waited == set()  # the last one lived
    put_back()
    assert next(iter(deaths(settings, lambda: None))) == 1
    back_up(town, settings)  # and after a death the next one does all
    assert keys(town) & waited == set()
    assert plain_left(settings) == []


def _held(settings: Settings, into: Path) -> set[str]:
    """The counted boxes in the backups that are there; each of them opens and is whole."""
    key = archive.identity(settings.keys_dir)
    assert key is not None
    found: set[str] = set()
    for file in settings.backup_dir.iterdir() if settings.backup_dir.is_dir() else ():
        if backup.NAME.fullmatch(file.name):
            with into.open("wb") as target:
                archive.open_file(file, key, target)
            found |= dump.read(into, lambda _: None).counted
    return found
