"""Where the shipped templates, questionnaires and migrations lie: in the wheel or in the checkout."""

from __future__ import annotations

from pathlib import Path

from survey.domain.errors import Misconfigured

_HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `name` of the installation; Misconfigured where it was not shipped."""
    for candidate in (_HERE / "_shipped" / name, _HERE.parent / name):
        if candidate.is_dir():
            return candidate
    raise Misconfigured(f"the folder {name!r} is not part of this installation; install heard-survey again")
