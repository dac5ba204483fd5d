"""Files that belong together: all of them are written, or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from survey.domain.errors import Misconfigured


def write_whole(files: Mapping[Path, bytes], *, what: str) -> None:
    """Write each beside its place and move all there when they are whole; `what` they are together.

    Misconfigured where a folder cannot be written or is full; what was there before stays.
    """
    waiting: dict[Path, Path] = {}
    try:
        for path, body in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[_beside(path, body)] = path
        for written, path in waiting.items():
            written.replace(path)
    except OSError as error:
        _remove(waiting)
        out = next(iter(files)).parent
        raise Misconfigured(
            f"{what} cannot be written into {out} ({error.strerror}); "
            "nothing was left there: make room, or choose another folder with --out"
        ) from None


def _beside(path: Path, body: bytes) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(handle)
        # mkstemp's files are the owner's alone; a report is read by others as any new file is.
        Path(name).chmod(0o666 & ~_umask())
    except OSError:
        _remove([Path(name)])
        raise
    return Path(name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _remove(written: Mapping[Path, Path] | list[Path]) -> None:
    for path in written:
        with suppress(OSError):
            path.unlink(missing_ok=True)
