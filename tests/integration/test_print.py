"""`heard print` on a database: three papers that lead to the service's own survey, or none."""

from __future__ import annotations

import errno
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import segno
from PIL import Image
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import this_week
from survey.domain.errors import BadInput, Misconfigured, NotFound, Refused
from survey.services.printing import print_papers
from survey.storage import directory
from survey.storage.database import transaction
from tests.town import Town
from tests.transport import SERVICE, transport_town

PUBLIC = "https://survey.example.nhs.uk"


@pytest.fixture
def town(one_database: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(one_database, keys_dir, catalogue)


def printed(town: Town, out: Path, code: str = SERVICE, **more: str) -> list[Path]:
    address = more.pop("address", PUBLIC)
    made = print_papers(
        town.engine, town.catalogue, code, out=out, week=this_week(), address=address, tag=more.get("tag")
    )
    return [file for file, _ in made]


def squares_of(poster: Path, across: int) -> list[list[bool]]:
    """Which of the squares of its code are dark: the only black on the page."""
    png = poster.with_suffix(".png")
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", poster, png.with_suffix("")], check=True)
    black = np.asarray(Image.open(png).convert("L")) < 8
    down, right = np.nonzero(black)
    top, left, side = down.min(), right.min(), (right.max() + 1 - right.min()) / across
    at = ((np.arange(across) + 0.5) * side).astype(int)
    return black[np.ix_(top + at, left + at)].tolist()  # type: ignore[no-any-return]


def test_three_papers_are_made_of_the_version_in_force(town: Town, tmp_path: Path) -> None:
    names = [file.name for file in printed(town, tmp_path / "out")]
    assert names == [f"{paper}-{SERVICE}-en.pdf" for paper in ("form", "poster", "cards")]
    assert sorted(names) == sorted(file.name for file in (tmp_path / "out").iterdir())


def test_the_code_on_the_poster_is_that_of_the_services_address(town: Town, tmp_path: Path) -> None:
    wanted = segno.make(f"{PUBLIC}/s/{SERVICE}", error="q", micro=False).matrix
    other = segno.make(f"{PUBLIC}/s/OTHER", error="q", micro=False).matrix
    read = squares_of(printed(town, tmp_path)[1], across=len(wanted))
    assert read == [[bool(one) for one in row] for row in wanted]
    assert read != [[bool(one) for one in row] for row in other]


def test_who_cannot_be_reached_or_asked_gets_no_paper(town: Town, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="NOPE"):
        printed(town, tmp_path, "NOPE")
    with pytest.raises(NotFound, match="cannot be read in 'xx'"):
        printed(town, tmp_path, tag="xx")
    with pytest.raises(BadInput, match="no phone reaches"):
        printed(town, tmp_path, address="http://localhost:8000")
    with transaction(town.clock) as session:
        directory.keep_service(session, replace(directory.service(session, SERVICE), closed=True))
    with pytest.raises(Refused, match="takes no answers any more"):
        printed(town, tmp_path)
    assert not list(tmp_path.glob("*.pdf"))


def test_a_full_disk_leaves_no_half_a_set(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Misconfigured, match="the papers cannot be written"):
        printed(town, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
