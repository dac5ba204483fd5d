"""Laws of reading and hashing questionnaires: no file makes a traceback, and only content makes the hash."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.catalogue.canonical import digest
from survey.catalogue.catalogue import Catalogue, check, read_file
from survey.catalogue.problems import Problems
from survey.catalogue.published import Publication, read_published, record
from survey.domain.errors import BadInput, Problem
from survey.resources import folder

SHIPPED = [folder("questionnaires")]
SOUND = (Path(__file__).parents[1] / "unit" / "sound" / "clinic" / "v1.yaml").read_text()
LINES = SOUND.splitlines()
READ = read_file(Path(__file__).parents[1] / "unit" / "sound" / "clinic" / "v1.yaml", SHIPPED)
wordings = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=40)


def read(data: bytes) -> str | None:
    """The digest of a file with these bytes; None where it was refused in words."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "clinic" / "v1.yaml"
        file.parent.mkdir()
        file.write_bytes(data)
        if problems := _problems(file):
            assert all(problem.message for problem in problems)
            return None
        return read_file(file, SHIPPED).digest


def _problems(file: Path) -> tuple[Problem, ...]:
    try:
        check([file], SHIPPED)
    except BadInput as error:
        return error.problems
    return ()


@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
    )
)
@settings(deadline=None)
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    assert read(data) is None


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_sound_file_with_a_spoilt_line_is_sound_or_refused_in_words(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(LINES) - 1))
    start = data.draw(st.integers(0, len(LINES[number])))
    put = data.draw(
        st.sampled_from(["", ":", "- ", "[", "{", "&a ", "*a", "!!int ", "'", "#", "|", "\t", "~", "? "])
    )
    cut = data.draw(st.integers(0, 5))
    spoilt = LINES[number][:start] + put + LINES[number][start + cut :]
    read("\n".join([*LINES[:number], spoilt, *LINES[number + 1 :]]).encode())


@given(st.integers(0, len(LINES) - 1), st.integers(1, 6))
@settings(deadline=None)
def test_a_sound_file_with_lines_missing_is_sound_or_refused_in_words(first: int, count: int) -> None:
    read("\n".join(LINES[:first] + LINES[first + count :]).encode())


@given(st.randoms(use_true_random=False), st.booleans(), st.integers(30, 200))
@settings(max_examples=30, deadline=None)
def test_layout_and_order_of_fields_leave_the_hash(shuffler: object, flow: bool, width: int) -> None:
    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            names = list(value)
            shuffler.shuffle(names)  # type: ignore[attr-defined]
            return {name: shuffled(value[name]) for name in names}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    text = yaml.safe_dump(
        shuffled(yaml.safe_load(SOUND)), default_flow_style=flow, width=width, sort_keys=False
    )
    assert read(text.encode()) == READ.digest


@given(st.sampled_from(READ.questions), wordings)
@settings(deadline=None)
def test_another_wording_is_another_hash(question: object, words: str) -> None:
    changed = tuple(replace(asked, text=words) if asked is question else asked for asked in READ.questions)
    same = all(before.text == after.text for before, after in zip(READ.questions, changed, strict=True))
    assert (digest(replace(READ, questions=changed)) == READ.digest) is same


@given(st.sampled_from(["draft", "published", "retired"]))
@settings(deadline=None)
def test_the_state_is_no_part_of_the_hash(state: str) -> None:
    assert digest(replace(READ, state=state)) == READ.digest  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(st.integers(1, 999), st.integers(1, 4000), st.booleans()), unique_by=lambda it: it[0])
)
@settings(deadline=None)
def test_what_is_recorded_is_read_again(lines: list[tuple[int, int, bool]]) -> None:
    monday = date(2020, 12, 28)
    made = [
        Publication(
            f"{number:064x}",
            f"clinic/v{number}",
            monday + timedelta(weeks=weeks),
            monday + timedelta(weeks=weeks + 1) if ended else None,
        )
        for number, weeks, ended in lines
    ]
    problems = Problems()
    with tempfile.TemporaryDirectory() as place:
        for publication in made:
            record(Path(place), publication)
        found = read_published(Path(place), problems)
    assert not problems
    assert [replace(publication, line=None) for publication in found.values()] == made


def test_the_shipped_catalogue_loads_the_same_twice() -> None:
    first, second = Catalogue.load(SHIPPED), Catalogue.load(SHIPPED)
    assert first.all() == second.all()


def test_the_sound_file_is_what_the_laws_are_about() -> None:
    assert read(SOUND.encode()) == READ.digest
    with pytest.raises(BadInput):
        check([Path("clinic/v1.yaml")], SHIPPED)
