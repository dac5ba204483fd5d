"""Opened: which sealed rows a tally opened together, noted beside the keys until these are destroyed.

clock/opened/<box>   a digest of the rows, and the boxes that they lay in: one note a box, all alike

A box's key outlives its count until a backup holds it. An older backup of the database, put back meanwhile,
would have the box counted again without the responses that came since: they are the difference of two
counts. So the same rows may be opened again together, for a tally that was killed, and no others.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from survey.domain.errors import Misconfigured
from survey.privacy.keyfiles import names, write_once

OTHERS = "it was opened before with other responses, so an older backup was put back"


@dataclass(frozen=True, slots=True)
class Note:
    """What was opened: a digest over the ids of all rows, and the boxes that they lay in."""

    rows: str
    boxes: tuple[str, ...]

    @classmethod
    def of(cls, boxes: Iterable[str], rows: Iterable[bytes]) -> Note:
        """The note of some boxes that hold just these rows."""
        # Without a key: the ids are keyed hashes, so it tells only whoever has the rows, and he sees them go.
        told = sha256(b"heard opened 1\0")
        for row in sorted(rows):
            told.update(sha256(row).digest())
        return cls(told.hexdigest(), tuple(sorted(boxes)))


def note_opened(keys_dir: Path, copy_dir: Path | None, mine: Note) -> None:
    """Note what is about to be counted, on the disk in both folders; Misconfigured where it was another time.

    A copy that is away gets it later (`spread`).
    """
    for box in mine.boxes:
        if noted(keys_dir, copy_dir, box) not in (None, mine):
            raise Misconfigured(OTHERS)
    for folder in _there(keys_dir, copy_dir):
        for box in mine.boxes:
            write_once(_file(folder, box), "\n".join((mine.rows, *mine.boxes)).encode())


def noted(keys_dir: Path, copy_dir: Path | None, box: str) -> Note | None:
    """What was opened with a box; None where nothing was. Misconfigured where it cannot be told."""
    found = set()
    for folder in _there(keys_dir, copy_dir):
        file = _file(folder, box)
        try:
            rows, *boxes = file.read_text("ascii").split("\n")
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            raise Misconfigured(f"the note {file} of what was opened cannot be read") from None
        found.add(Note(rows, tuple(boxes)))
    if len(found) > 1:
        raise Misconfigured("the two folders say that it was opened with other responses each")
    return next(iter(found), None)


def boxes_noted(keys_dir: Path, copy_dir: Path | None = None) -> set[str]:
    """Ids of the boxes that were opened and whose notes are still there."""
    return {box for folder in _there(keys_dir, copy_dir) for box in names(folder / "clock" / "opened")}


def spread(keys_dir: Path, copy_dir: Path) -> None:
    """Write each note in the folder that lacks it, as in one whose disk was away."""
    for one, other in ((keys_dir, copy_dir), (copy_dir, keys_dir)):
        for box in sorted(boxes_noted(one) - boxes_noted(other)):
            with suppress(FileNotFoundError):  # another process destroys its key just now
                write_once(_file(other, box), _file(one, box).read_bytes())


def forget(folder: Path, box: str) -> None:
    """Delete a box's note, once its key is gone; quiet where there is none."""
    with suppress(FileNotFoundError):
        _file(folder, box).unlink()


def _there(keys_dir: Path, copy_dir: Path | None) -> list[Path]:
    # A copy whose disk is not mounted looks empty: nothing is written into it.
    return [one for one in (keys_dir, copy_dir) if one is not None and (one / "clock").is_dir()]


def _file(folder: Path, box: str) -> Path:
    return folder / "clock" / "opened" / box
