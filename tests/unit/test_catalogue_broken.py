"""Each broken questionnaire of tests/unit/broken is complained of at the exact lines, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from survey.catalogue.catalogue import Catalogue, check
from survey.catalogue.files import LARGEST
from survey.domain.errors import BadInput, Problem
from survey.resources import folder

HERE = Path(__file__).parent
SHIPPED = [folder("questionnaires")]
BLOCKS = ("fft", "comment", "age_band")  # that the broken files include
CASES = sorted(path.name for path in (HERE / "broken").iterdir())


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A folder of a few shipped blocks: to read all of them for every broken file takes minutes."""
    place = tmp_path_factory.mktemp("few")
    (place / "_blocks").mkdir()
    for name in BLOCKS:
        shutil.copy(SHIPPED[0] / "_blocks" / f"{name}.yaml", place / "_blocks")
    return [place]


def problems_of(*files: Path, folders: Sequence[Path] = SHIPPED) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as raised:
        check(files, folders)
    return raised.value.problems


def expected(case: str) -> str:
    """What is said of a broken file: line, field and message, as `said.txt` beside it has them."""
    return (HERE / "broken" / case / "said.txt").read_text("utf-8")


def file_of(case: str) -> Path:
    return next(file for file in (HERE / "broken" / case).rglob("*.y*ml"))


def said(problems: tuple[Problem, ...]) -> str:
    return "".join(f"{one.line or '-'}: {one.field or '-'}: {one.message}\n" for one in problems)


@pytest.mark.parametrize("case", CASES)
def test_every_error_of_a_file_is_said_with_its_line_and_field(few: list[Path], case: str) -> None:
    found = problems_of(file_of(case), folders=few)
    assert said(found) == expected(case)
    assert {problem.file.rsplit("/", 2)[-1] for problem in found} == {file_of(case).name}


def test_all_errors_of_all_files_are_said_at_once() -> None:
    lines = [line for case in CASES for line in expected(case).splitlines()]
    assert len(CASES) >= 25
    assert sorted(said(problems_of(*map(file_of, CASES))).splitlines()) == sorted(lines)


def test_the_sound_file_that_the_broken_ones_are_made_from_is_sound() -> None:
    assert check([HERE / "sound" / "clinic" / "v1.yaml"], SHIPPED)


def test_an_error_in_a_shared_block_is_said_once_and_at_the_block(tmp_path: Path) -> None:
    sound = (HERE / "sound" / "clinic" / "v1.yaml").read_text()
    shared = sound.replace("  - code: comment\n", "  - block: praise\n  - code: comment\n")
    for pathway in ("clinic", "ward"):
        (tmp_path / pathway).mkdir()
        whole = shared.replace("pathway: clinic", f"pathway: {pathway}")
        (tmp_path / pathway / "v1.yaml").write_text(whole)
    (tmp_path / "_blocks").mkdir()
    (tmp_path / "_blocks" / "praise.yaml").write_text(
        "question:\n  code: praise\n  kind: text\n  txt: Well?\n  why: So.\n  max_length: 9\n"
    )
    with pytest.raises(BadInput) as raised:
        Catalogue.load([*SHIPPED, tmp_path])
    assert [(problem.line, problem.field) for problem in raised.value.problems] == [
        (2, "question.text"),
        (4, "question.txt"),
    ]
    assert all(problem.file.endswith("praise.yaml") for problem in raised.value.problems)


def test_a_block_that_nobody_includes_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "_blocks" / "alone.yaml"
    file.parent.mkdir()
    file.write_text("options:\n  - {code: a, label: A}\n  - {code: a, label: B}\n")
    assert [problem.line for problem in problems_of(file)] == [3]


def test_a_file_too_large_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    file = tmp_path / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_bytes(b"[" * (LARGEST + 1))
    assert "larger than 200 kB" in problems_of(file)[0].message


def test_a_control_character_is_found_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_text("pathway: clinic\ntitle: a\x07b\n")
    assert [(problem.line, problem.message[:24]) for problem in problems_of(file)] == [
        (2, "the character U+0007 may")
    ]


@pytest.mark.parametrize("name", ["clinic/v1.yaml", "_blocks/none.yaml"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    found = problems_of(tmp_path / name)
    assert found[0].file.endswith(name)
    assert "No such file" in found[0].message


def test_a_folder_in_place_of_a_file_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "clinic" / "v1.yaml").mkdir(parents=True)
    assert "not a file" in problems_of(tmp_path / "clinic" / "v1.yaml")[0].message


def test_a_mark_and_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    sound = (HERE / "sound" / "clinic" / "v1.yaml").read_text()
    file = tmp_path / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_bytes(b"\xef\xbb\xbf" + sound.replace("\n", "\r\n").encode())
    assert check([file], SHIPPED)


def test_codes_that_would_not_fit_a_sealed_response_are_refused(tmp_path: Path) -> None:
    sound = (HERE / "sound" / "clinic" / "v1.yaml").read_text()
    long = "".join(
        f"  - code: question_with_a_rather_long_name_{n:02}\n    kind: single\n    text: So?\n    why: So.\n"
        f"    options:\n      - {{code: {'a' * 40}, label: A, group: neither}}\n"
        "      - {code: b, label: B, group: neither}\n"
        for n in range(20)
    )
    file = tmp_path / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_text(sound.replace("  - code: comment\n", f"{long}  - code: comment\n"))
    assert ["codes need" in problem.message for problem in problems_of(file)] == [True]
