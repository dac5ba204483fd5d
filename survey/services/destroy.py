"""Destroy: the keys of counted boxes, once a backup holds what was counted. Then nothing opens them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Engine

from survey.domain.calendar import today
from survey.privacy.keys import destroy_box_key, kept_box_keys, require_copy
from survey.privacy.opened import boxes_noted, spread
from survey.storage import audit
from survey.storage import boxes as stored
from survey.storage.database import transaction


def destroy_counted(
    engine: Engine,
    *,
    keys_dir: Path,
    copy_dir: Path | None = None,
    boxes: Collection[str] | None = None,
    who: str,
    why: str,
) -> int:
    """Mark counted boxes, all or those named, as done and destroy their keys; return how many.

    The mark stands before the first key goes: killed half-way, the next run finds the keys that are left.
    Misconfigured, and nothing done, where the second copy cannot be reached: a key would lie on in it.
    """
    require_copy(keys_dir, copy_dir)
    if copy_dir is not None:
        spread(keys_dir, copy_dir)  # where a key would lie on in one of them, its note does
    with transaction(engine) as session:
        done = stored.mark_done(session, boxes)
        if done:
            about = {"boxes": done, "why": why}
            audit.append(session, day=today(), who=who, act="keys destroyed", about=about)
    destroy_left_over(engine, keys_dir=keys_dir, copy_dir=copy_dir)
    return len(done)


def destroy_left_over(engine: Engine, *, keys_dir: Path, copy_dir: Path | None = None) -> int:
    """Destroy keys of boxes that are done, which a crash or a second copy left behind; return how many.

    Misconfigured where the copy cannot be reached: what lies on in it goes the next time.
    """
    kept = {box for folder in (keys_dir, copy_dir) if folder for box in kept_box_keys(folder)}
    kept |= boxes_noted(keys_dir, copy_dir)
    with transaction(engine, reading=True) as session:
        left = stored.done_among(session, kept)
    for box in left:
        destroy_box_key(keys_dir, box)
    require_copy(keys_dir, copy_dir)
    if copy_dir is not None:
        for box in left:
            destroy_box_key(copy_dir, box)
        spread(keys_dir, copy_dir)
    return len(left)


def waiting_for_backup(engine: Engine) -> list[str]:
    """Ids of the boxes that were counted and whose keys are still to be destroyed."""
    with transaction(engine, reading=True) as session:
        return stored.waiting_for_backup(session)
