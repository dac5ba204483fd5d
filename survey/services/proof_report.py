"""Writes a proof down: one page of PDF and all of it as JSON, both or neither."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from survey.domain.errors import Misconfigured
from survey.domain.proof import Proof
from survey.presenters.proof_paper import paper
from survey.presenters.proof_record import record


def require_room(out: Path) -> None:
    """Misconfigured where `out` cannot be written into: said before the minutes of a proof, not after.

    It is made only when there is something to write: whoever stops a run finds no empty folder.
    """
    there = next(one for one in (out.absolute(), *out.absolute().parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise _not_there(out, error) from None


def write(proof: Proof, *, out: Path, installation: str) -> tuple[Path, Path]:
    """Write `heard-proof-<day>.pdf` and `.json` into `out`; their paths. Those of the same day go."""
    stem = out / f"heard-proof-{proof.day.isoformat()}"
    texts = record(proof, installation=installation).encode()
    printed, kept = stem.with_suffix(".pdf"), stem.with_suffix(".json")
    _write({printed: paper(proof, installation=installation), kept: texts})
    return printed, kept


def _write(files: Mapping[Path, bytes]) -> None:
    waiting = {path.with_name(f".{path.name}.part"): path for path in files}
    out = next(iter(files)).parent
    try:
        out.mkdir(parents=True, exist_ok=True)
        for part, path in waiting.items():
            part.write_bytes(files[path])
            with part.open("rb") as written:
                os.fsync(written.fileno())
        for part, path in waiting.items():
            part.replace(path)
    except OSError as error:
        raise _not_there(out, error) from None
    finally:  # Ctrl-C too leaves no part behind
        for part in waiting:
            part.unlink(missing_ok=True)


def _not_there(out: Path, error: OSError) -> Misconfigured:
    return Misconfigured(
        f"the proof cannot be written into {out} ({error.strerror}); "
        "make room, or choose another folder with --out"
    )
