"""Folders of data: who else may read them, whether keys lie among them, whether memory goes to disk."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from survey.config import Settings
from survey.domain.proof import Found

LASTING = {"pepper", "server.key", "signing.key", "import.key"}
KEY_FOLDERS = {"boxes", "quarters"}
COPIES = "Copies of keys among data"
DATA, BACKUPS, APART, SWAP = (
    "The data folder",
    "The backups' folder",
    "Backups on a disk of their own",
    "Swap",
)
MOST = 50_000  # files that are looked at
SWAPS, BLOCKS = Path("/proc/swaps"), Path("/sys/class/block")


def findings(settings: Settings) -> list[Found]:
    """What stands about the installation's folders, whichever its database."""
    data, backups = settings.data_dir, settings.backup_dir
    looks: dict[str, Callable[[], Found]] = {
        COPIES: lambda: keys_among_data(settings),
        DATA: lambda: closed(DATA, data),
        BACKUPS: lambda: closed(BACKUPS, backups),
        APART: lambda: apart(settings),
        SWAP: swap,
    }
    return [_seen(what, look) for what, look in looks.items()]


def _seen(what: str, look: Callable[[], Found]) -> Found:
    try:
        return look()
    except OSError as error:
        says = f"this account may not look: {error.filename} ({error.strerror})"
        return Found(what, "not examined", says, "run `heard prove` as the account that runs the clock")


def others_reach(path: Path) -> bool:
    """Whether every account of the machine may read `path`: it is open, and so is each folder above it."""
    wanted = stat.S_IROTH | stat.S_IXOTH if path.is_dir() else stat.S_IROTH
    if not path.stat().st_mode & wanted:
        return False
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def keys_among_data(settings: Settings) -> Found:
    """Key files, by name, under the folders that are copied away."""
    what, looked = COPIES, 0
    for path in (path for folder in _apart(settings) for path in _files(folder)):
        looked += 1
        if looked > MOST:
            says = f"more than {MOST:,} files lie there; the rest was not looked at"
            return Found(what, "not examined", says, "look for files called signing.key, pepper, boxes/…")
        if _is_key(path):
            says = f"{path} looks like a key: with a backup beside it, it opens what was sealed"
            return Found(what, "bad", says, "destroy this copy, and every copy made of it")
    return Found(what, "good", f"none among {looked:,} files of data and backups")


def _apart(settings: Settings) -> list[Path]:
    nested = settings.backup_dir.is_relative_to(settings.data_dir)
    folders = [settings.data_dir] if nested else [settings.data_dir, settings.backup_dir]
    return [folder for folder in folders if folder.exists()]


def _files(folder: Path) -> Iterator[Path]:
    for where, _, names in os.walk(folder, onerror=_tell):
        yield from (Path(where, name) for name in names)


def _tell(error: OSError) -> None:
    raise error  # a folder that is closed to us may hold what is looked for


def _is_key(path: Path) -> bool:
    return path.name in LASTING or (
        path.parent.name in KEY_FOLDERS and bool(re.fullmatch(r"[0-9a-f]{32}|\d{4}_\d{2}-Q[1-4]", path.name))
    )


def closed(what: str, folder: Path) -> Found:
    if not folder.exists():
        return Found(what, "good", f"{folder} is not there yet; nothing lies in it")
    if others_reach(folder):
        return Found(what, "bad", f"every account of this machine may read {folder}", f"chmod o-rwx {folder}")
    return Found(what, "good", f"{folder} is closed to other accounts")


def apart(settings: Settings) -> Found:
    what, backups = APART, settings.backup_dir
    if not backups.exists():
        says = "there is no backup yet: counted boxes keep their keys until there is one"
        return Found(what, "warning", says, "run `heard backup`")
    data = _nearest(settings.data_dir)
    if backups.stat().st_dev == data.stat().st_dev:
        says = "backups lie on the same disk as the data: one broken disk takes both"
        return Found(what, "warning", says, "set HEARD_BACKUP_DIR to a folder on another disk")
    return Found(what, "good", "they lie on another disk than the data")


def _nearest(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())


def swap(swaps: Path = SWAPS, blocks: Path = BLOCKS) -> Found:
    """Whether memory, and a key in it, may be written to a disk in the clear."""
    if not swaps.exists():
        says = "this system does not say whether it swaps memory to disk"
        return Found(SWAP, "not examined", says, "switch swap off, or encrypt it")
    used = [line.split()[0] for line in swaps.read_text(encoding="utf-8").splitlines()[1:] if line.strip()]
    clear = [device for device in used if not _kept_shut(device, blocks)]
    if clear:
        says = f"memory may be written to {clear[0]}, and a key with it, where it outlives the key"
        return Found(SWAP, "warning", says, "switch swap off (swapoff -a), or encrypt it")
    return Found(SWAP, "good", "is encrypted or in memory" if used else "is off: no key leaves memory")


def _kept_shut(device: str, blocks: Path) -> bool:
    name = Path(device).name
    mapped = blocks / name / "dm" / "uuid"
    return name.startswith("zram") or (
        mapped.exists() and mapped.read_text(encoding="ascii").startswith("CRYPT")
    )
