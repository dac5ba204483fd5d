"""How the code reads: its sizes, names and words of the house."""

from __future__ import annotations

import ast
import re
from pathlib import PurePath

import pytest

from tests.house.tree import functions, read, syntax, under

LONGEST_FILE, LONGEST_TEST_FILE, LONGEST_FUNCTION = 300, 400, 40  # lines; tests hold tables of cases

# Longer than that, each with its reason. A line here that is no longer needed fails too.
LONG_FILES: dict[str, str] = {
    "survey/storage/tables.py": "the whole schema on one page: what is kept of a patient is seen at one look",
}
LONG_FUNCTIONS: dict[str, str] = {}

MODULES = under("survey/", "analysis/", "benchmarks/", "tests/", suffix=".py")
PRODUCT = under("survey/", "analysis/", suffix=".py")
LAZY = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "core", "lib"}
# Words of other houses and ours for the same thing. Left out are those that have a plain second meaning
# here: form, item, choice, task, token, segment, unit, cycle, location, metric.
NOT_OURS = {
    "journey": "pathway",
    "clinic": "service",
    "submission": "response",
    "submissions": "responses",
    "ballot": "box",
    "ballots": "boxes",
    "kpi": "indicator",
    "kpis": "indicators",
    "uptake": "response rate",
    "anomaly": "special cause",
    "anomalies": "special causes",
    "alarm": "signal",
    "alarms": "signals",
    "masking": "suppression",
}


def test_no_file_is_longer_than_300_lines():
    long = {name for name in MODULES if len(read(name).splitlines()) > _most(name)}
    assert long == set(LONG_FILES)


def _most(name: str) -> int:
    return LONGEST_TEST_FILE if name.startswith("tests/") else LONGEST_FILE


def test_no_function_is_longer_than_40_lines():
    long = {
        f"{name}:{one.name}"
        for name in MODULES
        if not name.startswith("tests/")
        for one in functions(name)
        if (one.end_lineno or one.lineno) - one.lineno + 1 - _docstring(one) > LONGEST_FUNCTION
    }
    assert long == set(LONG_FUNCTIONS)


def _docstring(one: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    # What a formula's source and shapes take is no length of code.
    if ast.get_docstring(one) is None:
        return 0
    first = one.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def test_no_module_is_named_for_nothing():
    assert [name for name in MODULES if {PurePath(name).stem, PurePath(name).parent.name} & LAZY] == []


@pytest.mark.parametrize("name", [name for name in PRODUCT if read(name).strip()])
def test_a_module_opens_with_one_sentence(name: str):
    says = ast.get_docstring(syntax(name))
    assert says, f"{name} does not say what it is for"
    assert re.match(r"[^\n]+[.:!?](\n\n|$)", says), f"{name}: its first line is no sentence: {says[:80]!r}"


def test_names_are_words_of_the_house():
    wrong = [
        f"{name}: {word}, say {NOT_OURS[word]}"
        for name in PRODUCT
        for defined in (PurePath(name).stem, *_defined(name))
        for word in (part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", defined))
        if word in NOT_OURS
    ]
    assert wrong == []


def _defined(name: str) -> list[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tree = list(ast.walk(syntax(name)))
    return [node.name for node in tree if isinstance(node, kinds)] + [
        node.id for node in tree if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


@pytest.mark.parametrize("name", under("templates/patient/", "templates/email/", "questionnaires/"))
def test_what_people_read_uses_words_of_the_house(name: str):
    if not name.endswith((".html", ".txt", ".yaml", ".md")):
        return
    said = set(re.findall(r"[a-z]+", read(name).lower()))
    assert not said & {"submission", "submissions", "kpi", "kpis", "uptake", "anomaly", "alarm"}


def test_tables_and_columns_hold_no_time_of_anything_a_patient_did():
    from sqlalchemy import DateTime

    from survey.storage.tables import Base

    timed = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime)
    }
    assert timed == {"outbox.next_try", "slot.lease_until"}  # of e-mails and runs: nothing of patients
