"""The benchmarks run, whatever they find: rows are looked for, no time is asserted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.children import serving

ROOT = Path(__file__).resolve().parents[2]
ROWS = {
    "page": {"whole survey on the wire", "requests until it can be answered", "HTML, not compressed"},
    "requests": {"GET, processor", "POST, processor", "GET + POST, processor", "memory of a worker"},
    "storing": {"stored by 8 at once", "stored, of processor"},
    "memory": {"tally of 100 responses in 10 boxes", "tally of 200 responses in 20 boxes"},
    "road": {"seal, one core", "open, one core", "respond, ticket to durable row", "tally, boxes of"},
    "signals": {"false in 52 looks", "false in 104 looks", "ICB, signals", "newest week of 50 series"},
    "release": {
        "20 a week: seen at site within 2",
        "a week of 120 services",
        "processor, 35 weeks of ledger",
    },
    "reports": {"weekly e-mail, HTML", "board pack, PPTX and PDF", "charts as SVG", "SVG to PNG", "assess"},
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m benchmarks`, as `make bench` calls it."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.proof  # a minute of measuring
@pytest.mark.parametrize("item", ROWS)
def test_a_quick_run_of_each_item_prints_its_rows(item: str, tmp_path: Path) -> None:
    ended = run("--quick", "--json", str(tmp_path / "figures.json"), item)
    assert ended.returncode == 0, ended.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert {one["item"] for one in figures} == {item}
    for wanted in ROWS[item]:
        assert any(one["name"].startswith(wanted) for one in figures), wanted
        assert wanted.split(" on ")[0] in ended.stdout
    assert all(one["bar"] is not None or one["value"] is None for one in figures), "held against nothing"


def test_an_unknown_item_is_refused_with_those_there_are() -> None:
    ended = run("--quick", "speed")
    assert ended.returncode == 2
    assert "'speed' is not one of" in ended.stderr
    assert "reports" in ended.stderr


def test_a_server_that_is_measured_stops_with_all_its_workers_even_when_the_measurement_fails(
    tmp_path: Path,
) -> None:
    seen: list[int] = []
    with pytest.raises(ZeroDivisionError):
        measure_and_fail(tmp_path / "bare", seen)
    with pytest.raises(ProcessLookupError):
        os.killpg(seen[0], 0)


def measure_and_fail(database: Path, seen: list[int]) -> None:
    bare = ["benchmarks.bare", "--workers", "2", "--page-bytes", "9", "--row-bytes", "9"]
    with serving([*bare, "--database", str(database)], environ=os.environ, answers="/") as child:
        os.killpg(child.pid, 0)  # there it is
        seen.append(child.pid)
        raise ZeroDivisionError


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="required: --workers"),
        serving(["benchmarks.bare", "--database", str(tmp_path / "bare")], environ=os.environ, answers="/"),
    ):
        pass
