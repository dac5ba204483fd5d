"""Recovery: whom backups are sealed for. Once there are backups only a person makes another pair."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from survey.config import Settings
from survey.domain.errors import Misconfigured
from survey.domain.proof import Found
from survey.privacy import archive
from survey.privacy.archive import PRIVATE, PUBLIC
from survey.privacy.keyfiles import destroy, write_once
from survey.services.auditing import record
from survey.storage import audit
from survey.storage.database import transaction


def require(engine: Engine, settings: Settings, *, who: str) -> None:
    """See to it that the keys' folder says whom backups are sealed for; the first makes the pair, recorded.

    Misconfigured where it is gone though backups were made: the key in the safe would open no later one.
    """
    mine, copy = settings.keys_dir, settings.keys_copy_dir
    if not _is_in(mine):
        if copy is not None and (copy / PUBLIC).exists():
            write_once(mine / PUBLIC, (copy / PUBLIC).read_bytes())
        else:
            _make(engine, settings, who=who, renew=False)


def make_recovery(engine: Engine, settings: Settings, *, who: str, renew: bool = False) -> list[Path]:
    """Make the pair where no folder has it, and put it into one that lacks it; return what was written.

    Misconfigured as in `require`; `renew` makes another pair, which opens no older backup.
    """
    # The private half goes along only to a folder that has nothing: elsewhere somebody may have taken it
    # out, to lie in a safe.
    places = _places(settings)
    source = next((place for place in places if (place / PUBLIC).exists()), None)
    written = [] if source is not None else _make(engine, settings, who=who, renew=renew)
    source = source or settings.keys_dir
    for place in places:
        if (place / PUBLIC).exists():
            continue
        names = [name for name in (PRIVATE, PUBLIC) if (source / name).exists()]
        written += [place / name for name in names if write_once(place / name, (source / name).read_bytes())]
    return written


def found(engine: Engine, settings: Settings) -> Found:
    """Whether backups can be sealed, and for one and the same."""
    what, places = "The recovery key", _places(settings)
    halves = {(place / PUBLIC).read_bytes() if (place / PUBLIC).exists() else b"" for place in places}
    if not any(map(_is_in, places)) and was_used(engine, settings):
        says = f"{PUBLIC} is gone though backups were made: none is made any more, and keys wait"
        return Found(what, "bad", says, _remedy(settings))
    if b"" in halves:
        says = "no backup can be encrypted yet, or the second copy lacks it"
        return Found(what, "warning", says, "run `heard keys new`")
    if len(halves) > 1:
        says = f"{PUBLIC} is another in each copy: backups open with one of two keys"
        return Found(what, "bad", says, "keep the pair that opens your backups in both")
    return Found(what, "good", "backups are sealed for it")


def was_used(engine: Engine, settings: Settings) -> bool:
    """Whether a backup was made, as its folder or the audit chain says."""
    if any(settings.backup_dir.glob("heard-*.age")):
        return True
    with transaction(engine, reading=True) as session:
        return any(entry.act == "backup made" for entry in audit.entries(session))


def _make(engine: Engine, settings: Settings, *, who: str, renew: bool) -> list[Path]:
    mine = settings.keys_dir
    new = [name for name in (PRIVATE, PUBLIC) if not (mine / name).exists()]
    if PRIVATE in new and not renew and was_used(engine, settings):
        raise Misconfigured(f"{mine / PUBLIC} is gone though backups were made; {_remedy(settings)}")
    public = str(archive.recipient(mine))
    if PRIVATE in new:
        about = {"keys": sorted(Path(name).name for name in new), "recovery": public}
        try:
            record(engine, who=who, act="keys made", about=about)
        except BaseException:  # a pair that nobody can find in the chain is none
            for name in new:
                destroy(mine / name)
            raise
    return [mine / name for name in new]


def _remedy(settings: Settings) -> str:
    return (
        "put it back: `age-keygen -y age.key` writes it anew from the key in the safe."
        " If that is lost too, `heard keys new --replace-lost` makes another pair; it opens no older backup"
        f" in {settings.backup_dir}"
    )


def _places(settings: Settings) -> list[Path]:
    return [folder for folder in (settings.keys_dir, settings.keys_copy_dir) if folder is not None]


def _is_in(place: Path) -> bool:
    return (place / PUBLIC).exists() or (place / PRIVATE).exists()
