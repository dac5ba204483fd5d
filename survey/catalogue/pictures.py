"""The pictures that easy read shows beside words: drawings by name, one file each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from survey.resources import folder


def _drawings() -> Path:
    return folder("templates") / "patient" / "pictures"


@cache
def pictures() -> dict[str, str]:
    """What is drawn inside each picture's frame of 48 by 48, as SVG, by the picture's name."""
    return {file.stem: file.read_text("utf-8").strip() for file in sorted(_drawings().glob("*.svg"))}
