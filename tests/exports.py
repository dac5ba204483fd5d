"""Exports and mappings for tests of the import: a small one to break, and the real one without comments."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from survey.catalogue.catalogue import Catalogue
from survey.services.import_ import Export, Intake, import_export, open_export
from survey.services.importing.report import Report

NEAS = Path(__file__).parent / "data" / "neas_fft_no_comments.csv"
REAL = Path(__file__).parents[2] / "shared" / "data" / "fft_neas_2021_2022.csv"
TODAY = date(2026, 1, 5)
HEADER = "Ref,Who,When,Where,FFT,Comment"
MAPPING = """\
name: A small export
source: small
respondent: Who
identifiers: [Ref]
dates:
  column: When
  padded: [day/month/year, month/day/year]
  unpadded: [month/day/year]
  disagreeing: common-day
  earliest: 2021-01-01
service:
  column: Where
  values: {Bus: BUS1}
services:
  - {code: BUS1, questionnaire: patient-transport/v1, name: Bus, organisation: RX6, place: QHM}
organisations:
  - {code: QHM, name: An ICB, kind: icb}
  - {code: RX6, name: A trust, kind: provider}
answers:
  - question: fft
    column: FFT
    values: {"1": very_good, "5": very_poor}
    rejected: {"7": the code 7 means nothing}
comments:
  - {column: Comment, none: [Did not answer]}
"""


@dataclass
class Desk:
    """Where tests import to, from files that they write."""

    intake: Intake
    folder: Path
    mapping: str = MAPPING
    _written: int = field(default=0)

    @property
    def engine(self) -> Engine:
        return self.intake.engine

    def file(self, content: bytes | str, name: str = "export.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def csv(self, rows: Iterable[str], header: str = HEADER) -> Path:
        return self.file("\n".join([header, *rows, ""]))

    def open(self, path: Path) -> Export:
        mapping = self.folder / "mapping.yaml"
        mapping.write_text(self.mapping, encoding="utf-8")
        return open_export(path, str(mapping), catalogue=self.intake.catalogue)

    def take(self, path: Path, *, dry_run: bool = False) -> Report:
        return import_export(self.intake, self.open(path), dry_run=dry_run, today=TODAY)

    def neas(self, path: Path = NEAS, *, dry_run: bool = False) -> Report:
        export = open_export(path, "neas_fft.yaml", catalogue=self.intake.catalogue)
        return import_export(self.intake, export, dry_run=dry_run, today=TODAY)

    def count(self, table: str) -> int:
        return len(self.rows(f"SELECT 1 FROM {table}"))

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def everything(self) -> dict[str, list[str]]:
        """Every row of every table, in an order of their own."""
        tables = ("response", "comment", "answer_count", "mark", "import_batch", "import_seen", "service")
        return {name: sorted(map(str, self.rows(f"SELECT * FROM {name}"))) for name in tables}


def desk_for(engine: Engine, keys_dir: Path, folder: Path, catalogue: Catalogue) -> Desk:
    intake = Intake(engine=engine, keys_dir=keys_dir, data_dir=folder / "data", catalogue=catalogue)
    return Desk(intake, folder)


def reasons(report: Report) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.reason) for one in report.outcome.rejected]


def real_export() -> Path:
    """The real export, which lies beside the checkout; skipped loudly where it does not, a failure in CI."""
    if not REAL.is_file():
        said = "NOT RUN ON THE REAL EXPORT: ../shared/data/fft_neas_2021_2022.csv is not there"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    return REAL


def count_steps() -> tuple[list[int], Callable[[int], None]]:
    steps: list[int] = []
    return steps, steps.append
