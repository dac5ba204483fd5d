"""Safekeeping: whether the keys' folders are closed to others, apart from data, and on what they lie."""

from __future__ import annotations

import os
import pwd
import resource
import shlex
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from survey.config import Settings
from survey.domain.errors import Misconfigured
from survey.domain.proof import Found
from survey.privacy.mounts import Mount, holding, mounts, ways_to

NOT_SECRET = {"signing.pub", "age.pub"}
MEMORY = {"tmpfs", "ramfs"}
IN_PLACE = {"ext2", "ext3", "ext4", "xfs", "jfs", "vfat", "exfat", "ntfs3"}
COPYING = {"btrfs", "zfs", "overlay", "bcachefs", "f2fs", "nilfs2", "ubifs", "apfs"}
TOLD = 3  # paths, before 'and n more'
STALE = 3600  # seconds; a key takes a moment to write


def require_safe(settings: Settings, *parts: str) -> None:
    """Misconfigured where others may read a secret of ours, or backups reach the keys by another path.

    `parts` are the folders that this process uses; it may not be let into the others.
    """
    roots = [settings.keys_dir, *([settings.keys_copy_dir] if settings.keys_copy_dir else [])]
    looked = [root / part for root in roots for part in parts] if parts else roots
    wrong = [found for found in (_closed(looked), _apart(settings, mounts())) if found.level == "bad"]
    if wrong:
        raise Misconfigured("\n".join(f"{found.says}; {found.do}" for found in wrong))


def findings(settings: Settings) -> list[Found]:
    """What stands about the folders themselves, without opening a key."""
    known = mounts()
    folders = {"keys": settings.keys_dir}
    if settings.keys_copy_dir is not None:
        folders["copy"] = settings.keys_copy_dir
    there = [folder for folder in folders.values() if folder.is_dir()]
    return [
        *(_missing(name, folder) for name, folder in folders.items() if not folder.is_dir()),
        _closed(there),
        _owned(settings),
        _links(there),
        _apart(settings, known),
        *(_lies(name, folder, settings=settings, known=known) for name, folder in folders.items()),
        _two_places(settings, known),
        _half_written(there),
        _core_dumps(),
    ]


def half_written(folder: Path) -> list[Path]:
    """What a killed process left: a key's file that it wrote, another name of that key perhaps; or a folder.

    Of a folder the outermost alone; what lies in it goes with it.
    """
    old = time.time() - STALE
    left = [path for path in _walk(folder) if path.name.startswith(".") and path.lstat().st_mtime < old]
    return [path for path in left if not set(path.parents) & set(left)]


def _missing(name: str, folder: Path) -> Found:
    what = "The keys' folder" if name == "keys" else "The second copy"
    do = (
        "`heard keys new` makes it" if name == "keys" else "mount it, or fill a new one with `heard keys new`"
    )
    return Found(what, "bad", f"{folder} is not there", do)


def _closed(folders: Sequence[Path]) -> Found:
    what = "Who may read keys"
    files = [path for folder in folders for path in (folder, *_walk(folder)) if os.path.exists(path)]
    if wrong := [path for path in files if _others_may(path, top=path in folders)]:
        return Found(what, "bad", f"others may read {_told(wrong)}", f"run `{_shut(wrong, folders)}`")
    return Found(what, "good", "their owner alone")


def _shut(wrong: Sequence[Path], folders: Sequence[Path]) -> str:
    # Of an outer folder its own mode alone, and what lies in it never goes by way of it: others' folders may
    # lie around the keys, and one user's keys around another's.
    outer = [path for path in wrong if path in folders]
    inner = [path for path in wrong if path not in folders]
    said = [f"chmod go-rw {shlex.join(map(str, outer))}"] if outer else []
    if len(inner) > TOLD:
        tops = {
            folder / path.relative_to(folder).parts[0]
            for path in inner
            for folder in path.parents
            if folder in folders
        }
        said.append(f"chmod -R go-rwx {shlex.join(map(str, sorted(tops)))}")
    elif inner:
        said.append(f"chmod go-rwx {shlex.join(map(str, inner))}")
    return " && ".join(said)


def _others_may(path: Path, *, top: bool) -> bool:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode) or path.name in NOT_SECRET:
        return False
    # To pass through the outer folder is no reading: `patient/` and `clock/` may have two owners.
    return bool(mode & (0o066 if top else 0o077))


def _owned(settings: Settings) -> Found:
    what, me = "Whose the keys are", os.geteuid()
    mine = [
        path for path in (settings.keys_dir / "clock", *_walk(settings.keys_dir / "clock")) if path.exists()
    ]
    owners = {path.lstat().st_uid for path in mine}
    if len(owners) > 1 or (me != 0 and not owners <= {me}):
        wanted = me if me else (settings.keys_dir / "clock").stat().st_uid
        wrong = [path for path in mine if path.lstat().st_uid != wanted]
        do = f"run `chown -R {_name(wanted)} {settings.keys_dir / 'clock'}`"
        return Found(what, "bad", f"{_told(wrong)} belongs to {_name(wrong[0].lstat().st_uid)}", do)
    patient = settings.keys_dir / "patient"
    theirs = patient.stat().st_uid if patient.exists() else None
    if not owners or theirs is None:
        return Found(what, "not examined", "there are none yet", "`heard keys new` makes them")
    if theirs not in owners:
        names = f"clock/ to {_name(*owners)}, patient/ to {_name(theirs)}"
        return Found(what, "good", f"two users': {names}: who takes over the page reaches no box's key")
    says = (
        f"clock/ and patient/ both belong to {_name(theirs)}: who takes over the page reaches the boxes' keys"
    )
    if settings.database_url.startswith("sqlite:"):
        return Found(what, "good", f"{says}; on SQLite one user runs both, and reads the database too")
    return Found(what, "warning", says, "give the page a user of its own: docs/operating.md, Keys")


def _links(folders: Sequence[Path]) -> Found:
    what = "Links to keys"
    for folder in folders:
        for path in _walk(folder):
            if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
                says = f"{path} leads out of the folder, to {path.resolve()}"
                return Found(what, "bad", says, "put the file itself in its place")
            # A key that is just being written has two names for a moment.
            if path.name.startswith(".") or not path.is_file() or path.lstat().st_nlink == 1:
                continue
            if not _being_written(path):
                says = f"{path} has another name somewhere: destroying it here leaves that one"
                do = f"find it with `find / -xdev -samefile {path}` and remove it"
                return Found(what, "bad", says, do)
    return Found(what, "good", "no key has another name or lies outside")


def _being_written(path: Path) -> bool:
    same = path.lstat().st_ino
    return any(one.lstat().st_ino == same for one in path.parent.glob(f".{path.name}.*"))


def _apart(settings: Settings, known: Sequence[Mount]) -> Found:
    # By path the settings refuse it; a bind mount shows the same folder at a second path.
    what, file = "Keys apart from data", settings.database_url.removeprefix("sqlite:///")
    data = [settings.data_dir, settings.backup_dir]
    data += [Path(file).parent] if file != settings.database_url else []
    keys = [folder for folder in (settings.keys_dir, settings.keys_copy_dir) if folder is not None]
    for folder in keys:
        for outer in data:
            for mine in ways_to(folder, known):
                for theirs in ways_to(outer, known):
                    if mine.is_relative_to(theirs) or (theirs.is_relative_to(mine)):
                        says = f"{folder} and {outer} meet at {mine}: a backup would hold keys"
                        return Found(what, "bad", says, "choose another folder for the keys")
    return Found(what, "good", "no path of data or backups leads to them")


def _lies(name: str, folder: Path, *, settings: Settings, known: Sequence[Mount]) -> Found:
    what = "What the keys lie on" if name == "keys" else "What the second copy lies on"
    mount = holding(folder, known)
    if mount is None:
        says = "this system does not tell the kind of its file systems"
        return Found(
            what, "not examined", says, "keep the keys where a file is overwritten in place, or in memory"
        )
    if mount.kind in MEMORY:
        if name == "keys" and settings.keys_copy_dir is None:
            says = f"in memory ({mount.kind}): a restart takes every key, and there is no second copy"
            return Found(what, "bad", says, "set HEARD_KEYS_COPY_DIR and run `heard keys new`")
        return Found(what, "good", f"in memory ({mount.kind}): a destroyed key leaves nothing on a disk")
    if mount.kind in IN_PLACE:
        says = f"on disk, {mount.kind}: a key is overwritten in place; flash may keep the old page a while"
        return Found(what, "good", says)
    if mount.kind in COPYING:
        says = f"on a copy-on-write file system ({mount.kind}): a destroyed key may be found again"
        return Found(what, "warning", says, "keep the keys in memory (tmpfs), and one copy on another host")
    says = f"on {mount.kind}: nobody here can see whether overwriting reaches the disk"
    return Found(
        what, "not examined", says, "ask whoever runs it whether deleted files and snapshots are kept"
    )


def _two_places(settings: Settings, known: Sequence[Mount]) -> Found:
    what, copy = "A second copy", settings.keys_copy_dir
    if copy is None:
        says = "there is none: if this disk breaks, the responses of every open box are lost"
        return Found(
            what, "warning", says, "set HEARD_KEYS_COPY_DIR, best on another host, and run `heard keys new`"
        )
    one, other = holding(settings.keys_dir, known), holding(copy, known)
    if one is not None and other is not None and one.device == other.device:
        says = "both copies lie on the same disk: it takes both with it"
        return Found(what, "warning", says, "put HEARD_KEYS_COPY_DIR on another disk, best on another host")
    if one is not None and other is not None and {one.kind, other.kind} <= MEMORY:
        says = "both copies lie in this machine's memory: a restart takes both"
        return Found(what, "bad", says, "put HEARD_KEYS_COPY_DIR on a disk, best on another host")
    return Found(what, "good", f"in {copy}")


def _half_written(folders: Sequence[Path]) -> Found:
    what, left = "Half-written keys", [path for folder in folders for path in half_written(folder)]
    if left:
        do = "`heard keys destroy --left-over` removes them"
        holds = ", folders in which keys may lie" if any(path.is_dir() for path in left) else ""
        return Found(what, "warning", f"a killed process left {_told(left)}{holds}", do)
    return Found(what, "good", "none")


def _core_dumps() -> Found:
    what = "Core dumps"
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        says = "a crash may write this process' memory, and a key in it, to a file"
        return Found(what, "warning", says, "run `ulimit -c 0` first, or LimitCORE=0 in its systemd unit")
    return Found(what, "good", "are off")


def _walk(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        yield from (Path(where, name) for name in (*folders, *files))


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _told(paths: Iterable[Path]) -> str:
    found = list(map(str, paths))
    return ", ".join(found[:TOLD]) + (f" and {len(found) - TOLD} more" if len(found) > TOLD else "")
