"""A town with settings of its own, for tests of what is backed up, kept and restored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from survey.config import Keep, Settings
from survey.privacy import archive
from survey.privacy.keys import kept_box_keys
from survey.services import backup
from survey.services.backup import BackedUp
from tests.town import Town, a_response


def settings_of(town: Town, **other: Any) -> Settings:
    """The town's installation; its backups lie beside its keys' folder."""
    home = town.keys_dir.parent
    return Settings(
        database_url=town.engine.url.set(
            drivername=town.engine.url.drivername.replace("+psycopg", "")
        ).render_as_string(hide_password=False),
        keys_dir=town.keys_dir,
        data_dir=home / "data",
        backup_dir=home / "backups",
        keep=Keep(**other),
    )


def counted(town: Town, number: int = 12, **settings: Any) -> Settings:
    """A town whose box of 2026-W45 was counted and whose key waits; a second one is carried with five."""
    town.fill("BUS1", number)
    for n in range(5):
        town.visit("BUS1", a_response(n))
    town.count()
    return settings_of(town, **settings)


def back_up(town: Town, settings: Settings) -> BackedUp:
    """With the clock's rights, as the clock does."""
    return backup.back_up(town.clock, settings)


def opened(settings: Settings, file: Path) -> bytes:
    """What a backup holds, decrypted with the recovery key."""
    key = archive.identity(settings.keys_dir)
    assert key is not None
    into = settings.backup_dir.parent / "opened"
    with into.open("wb") as target:
        archive.open_file(file, key, target)
    return into.read_bytes()


def waiting(town: Town) -> set[str]:
    """Boxes whose keys wait for a backup."""
    return {row[0] for row in town.rows("SELECT id FROM box WHERE state = 'counted'")}


def keys(town: Town) -> set[str]:
    """Boxes whose keys are there."""
    return set(kept_box_keys(town.keys_dir))


def plain_left(settings: Settings) -> list[str]:
    """Names in the backups' folder that are no backup."""
    return sorted(
        path.name
        for path in settings.backup_dir.rglob("*")
        if not backup.NAME.fullmatch(path.name) and path.name != ".lock"
    )


def after(step: Callable[..., Any], then: Callable[..., None]) -> Callable[..., Any]:
    """`step`, and something that happens behind it."""

    def done(*args: Any, **more: Any) -> Any:
        result = step(*args, **more)
        then(*args, **more)
        return result

    return done
