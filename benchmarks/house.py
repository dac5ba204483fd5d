"""An installation of its own for each measurement, in a folder that is gone afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week, this_week
from survey.domain.organisation import Organisation, Service
from survey.privacy.keys import PatientKeys, make_lasting_keys
from survey.resources import folder
from survey.services.invite import invite
from survey.services.respond import Desk
from survey.storage import directory
from survey.storage.database import engine, transaction, upgrade

ICB = "QBM"
ORGANISATIONS = (
    Organisation(ICB, "Benchmark Integrated Care Board", "icb"),
    Organisation("RBM", "Benchmark Trust", "provider"),
)


@dataclass(frozen=True, slots=True)
class House:
    """A migrated SQLite database, keys and the shipped questionnaires."""

    folder: Path
    engine: Engine
    catalogue: Catalogue

    @classmethod
    def at(cls, where: Path) -> House:
        """The house in the folder `where`, which may be built already."""
        return cls(where, engine(_url(where)), Catalogue.load([folder("questionnaires")]))

    @property
    def keys_dir(self) -> Path:
        return self.folder / "keys"

    @property
    def desk(self) -> Desk:
        return Desk(self.engine, PatientKeys.read(self.keys_dir), self.catalogue)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a `heard` that works in this house and knows no other setting."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARD_")}
        return kept | {
            "HEARD_DATABASE_URL": _url(self.folder),
            "HEARD_KEYS_DIR": str(self.keys_dir),
            "HEARD_DATA_DIR": str(self.folder / "data"),
        }

    def tickets(self, service: Service, many: int, *, week: Week) -> list[str]:
        """So many fresh tickets; boxes of `week` and the weeks after it are made where they are missing."""
        return invite(
            self.engine,
            service.code,
            count=many,
            keys_dir=self.keys_dir,
            catalogue=self.catalogue,
            week=week,
        )


@contextmanager
def house(*, services: int) -> Iterator[tuple[House, list[Service]]]:
    """An empty installation with so many services, their pathways in turn.

    It lies in the folder for temporary files: where that is in memory, set TMPDIR to one on the disk
    whose commits are to be measured.
    """
    with TemporaryDirectory(prefix="heard-benchmark-") as made:
        built = House.at(Path(made))
        upgrade(built.engine)
        make_lasting_keys(built.keys_dir)
        try:
            yield built, _furnish(built, services)
        finally:
            built.engine.dispose()


def _url(where: Path) -> str:
    return f"sqlite:///{where / 'data' / 'heard.sqlite3'}"


def _furnish(built: House, services: int) -> list[Service]:
    pathways = sorted(
        {
            one.questionnaire.pathway
            for one in built.catalogue.entries.values()
            if one.publication and one.publication.in_force(this_week())
        }
    )
    made = [
        Service(f"BM{number:02d}", f"Service {number}", pathways[number % len(pathways)], "RBM", ICB)
        for number in range(services)
    ]
    with transaction(built.engine) as session:
        directory.keep_organisations(session, ORGANISATIONS)
        for service in made:
            directory.keep_service(session, service)
    return made
