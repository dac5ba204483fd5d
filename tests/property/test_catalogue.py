"""Laws of reading and hashing questionnaires: no file makes a traceback, and only content makes the hash."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.catalogue.canonical import digest
from survey.catalogue.catalogue import Catalogue, check, read_file
from survey.catalogue.problems import Problems
from survey.catalogue.published import Publication, read_published, record
from survey.domain.errors import BadInput
from survey.domain.questionnaire import Questionnaire, Rule
from survey.resources import folder
from tests.questionnaires import as_yaml, questionnaires

SHIPPED = [folder("questionnaires")]
SOUND = (Path(__file__).parents[1] / "unit" / "sound" / "clinic" / "v1.yaml").read_text()
LINES = SOUND.splitlines()
FFT = (folder("questionnaires") / "_blocks" / "fft.yaml").read_bytes()
READ = read_file(Path(__file__).parents[1] / "unit" / "sound" / "clinic" / "v1.yaml", SHIPPED)


def read(data: bytes) -> str | None:
    """The digest of a file with these bytes; None where it was refused in words."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "_blocks").mkdir()
        (Path(place) / "_blocks" / "fft.yaml").write_bytes(FFT)
        file = Path(place) / "clinic" / "v1.yaml"
        file.parent.mkdir()
        file.write_bytes(data)
        try:
            return read_file(file, []).digest
        except BadInput as error:
            said = [problem.message for problem in error.problems]
    assert said
    assert all(said)
    return None


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


@given(questionnaires())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(questionnaire: Questionnaire) -> None:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / f"{questionnaire.key}.yaml"
        file.parent.mkdir()
        file.write_text(as_yaml(questionnaire), "utf-8")
        assert read_file(file, []) == questionnaire


@given(questionnaires())
@settings(max_examples=20, deadline=None)
def test_the_hash_is_another_one_wherever_anything_is_but_the_state(questionnaire: Questionnaire) -> None:
    seen = {questionnaire.digest: "as it was"}
    for where, changed in others(questionnaire):
        if where in {"Questionnaire.state", "Questionnaire.digest"}:
            assert digest(changed) == questionnaire.digest
        else:
            assert digest(changed) not in seen, f"{where} is as good as {seen[digest(changed)]}"
            seen[digest(changed)] = where


@given(questionnaires(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_in_which_order_conditions_are_written_leaves_the_hash(
    questionnaire: Questionnaire, shuffler: Random
) -> None:
    def shuffled(rule: Rule) -> Rule:
        clauses = [tuple(shuffler.sample(every, len(every))) for every in rule]
        return tuple(shuffler.sample(clauses, len(clauses)))

    asked = tuple(replace(one, show_if=shuffled(one.show_if)) for one in questionnaire.questions)
    assert digest(replace(questionnaire, questions=asked)) == questionnaire.digest


def others(part: Any) -> Iterator[tuple[str, Any]]:
    """Everything that differs from a questionnaire or a part of it in one field, and which that is."""
    types = get_type_hints(type(part))
    for field in fields(part):
        value = getattr(part, field.name)
        for where, other in _others(value, types[field.name], f"{type(part).__name__}.{field.name}"):
            yield where, replace(part, **{field.name: other})


def _others(value: Any, kind: Any, where: str) -> Iterator[tuple[str, Any]]:
    if value is None:  # nothing is not nought: a score of 0 counts, and no score does not
        yield where, 0 if {int, float} & set(get_args(kind)) else next(iter(_words_of(kind)), "x")
    elif isinstance(value, bool):
        yield where, not value
    elif isinstance(value, int | float):
        yield where, value + 1
    elif isinstance(value, str):
        yield where, next(iter(set(_words_of(kind)) - {value}), f"{value}x")
    elif isinstance(value, frozenset):
        yield where, value ^ {"x"}
    else:
        yield from _others_of_several(value, where)


def _others_of_several(value: tuple[Any, ...], where: str) -> Iterator[tuple[str, Any]]:
    for number, item in enumerate(value):
        yield f"{where} without {number}", (*value[:number], *value[number + 1 :])
        parts = _others_of_several(item, where) if isinstance(item, tuple) else others(item)
        for deeper, other in parts:
            yield f"{where}[{number}].{deeper}", (*value[:number], other, *value[number + 1 :])
    if len(value) > 1 and not where.endswith("show_if"):
        yield f"{where} in another order", (*value[1:], value[0])


def _words_of(kind: Any) -> tuple[str, ...]:
    literals = [one for one in (kind, *get_args(kind)) if get_origin(one) is Literal]
    return tuple(word for one in literals for word in get_args(one))


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
