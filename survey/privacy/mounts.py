"""Mounts: on what kind of file system a folder lies, and by which other paths it can be reached."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo: the part `root` of a device's file system is seen at `point`."""

    device: str
    root: Path
    point: Path
    kind: str


def mounts(file: Path = MOUNTINFO) -> list[Mount]:
    """All mounts that this process sees; none where the system does not tell (it is not Linux)."""
    try:
        lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    return [_mount(line) for line in lines if " - " in line]


def holding(path: Path, among: Sequence[Mount]) -> Mount | None:
    """The mount that `path` lies in; of two at the same point the later hides the earlier."""
    found = [mount for mount in among if _within(path.resolve(), mount.point)]
    return max(found, key=lambda mount: (len(mount.point.parts), among.index(mount)), default=None)


def ways_to(path: Path, among: Sequence[Mount]) -> list[Path]:
    """Every path that leads to the folder `path`: its own, and those by way of bind mounts."""
    path = path.resolve()
    mine = holding(path, among)
    if mine is None:
        return [path]
    inside = mine.root / path.relative_to(mine.point)
    same = [mount for mount in among if mount.device == mine.device and _within(inside, mount.root)]
    return list(dict.fromkeys([path, *(mount.point / inside.relative_to(mount.root) for mount in same)]))


def _mount(line: str) -> Mount:
    before, _, after = line.partition(" - ")
    _, _, device, root, point, *_ = before.split(" ")
    return Mount(device, Path(_plain(root)), Path(_plain(point)), after.split(" ")[0])


def _plain(text: str) -> str:
    # A blank in a path is written \040.
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _within(inner: Path, outer: Path) -> bool:
    return inner == outer or outer in inner.parents
