"""Exhibit: the page that leads to a week's reports says of it what they say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from survey.domain.organisation import Service
from survey.services.demonstrate import ICB, ORGANISATIONS, House
from survey.services.exhibit import exhibit
from survey.storage import directory
from survey.storage.database import transaction
from tests.integration.test_assess import WEEK, answered
from tests.town import PATHWAY, Town, catalogue_of


def test_a_fall_of_a_whole_provider_is_told_and_drawn(sqlite: Engine, keys_dir: Path, tmp_path: Path) -> None:
    """Eight services too small to be watched by themselves, of which every second answer is worse of late."""
    place = Town(sqlite, keys_dir, catalogue_of(v1=date(2020, 12, 28)))
    small = [f"S{n}" for n in range(8)]
    with transaction(sqlite) as session:
        directory.keep_organisations(session, ORGANISATIONS)
        for code in (*small, "UNHEARD"):
            directory.keep_service(session, Service(code, f"Ward {code}", PATHWAY, "RZ101", "QZZN"))
    for later, code in enumerate(small):
        answered(place, code, (80 - later, 100), (36, 50), n=4)
    exhibit(House(sqlite, keys_dir, place.catalogue), week=WEEK, out=tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "No service changed by itself. One organisation changed as a whole: one concern." in page
    assert "its 9 services" in page
    (drawn,) = [path.name for path in (tmp_path / "charts").glob("RZ101-*.svg") if "xmr" not in path.name]
    assert drawn == f"RZ101-{ICB}-{PATHWAY}-fft-positive.svg"
    assert f"charts/{drawn}" in page
