"""Errors: one tree, each with its exit code and its status, all problems at once."""

from __future__ import annotations

import re

from survey.domain import errors
from survey.domain.errors import BadInput, HeardError, Problem

TREE = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, HeardError)]


def test_every_error_has_an_exit_code_of_its_own() -> None:
    assert len({one.exit_code for one in TREE}) == len(TREE)
    assert 0 not in {one.exit_code for one in TREE}


def test_the_tree_drawn_in_the_docstring_is_the_tree_there_is() -> None:
    drawn = re.findall(r"(\w+)\s+exit (\d)\s+(\d{3})", errors.__doc__ or "")
    assert drawn == [
        (one.__name__, str(one.exit_code), str(one.http_status))
        for one in sorted(TREE, key=lambda one: one.exit_code)
    ]


def test_a_problem_says_where_it_is() -> None:
    assert str(Problem("a.csv", 3, "is empty", "code")) == "a.csv:3: code: is empty"
    assert str(Problem("a.csv", None, "is empty")) == "a.csv: is empty"


def test_bad_input_lists_every_problem_in_the_order_of_the_file() -> None:
    problems = [Problem("a.csv", 10, "b"), Problem("a.csv", 2, "c"), Problem("a.csv", None, "a")]
    assert str(BadInput("3 problems", problems)).splitlines() == [
        "3 problems",
        "a.csv: a",
        "a.csv:2: c",
        "a.csv:10: b",
    ]
    assert str(BadInput("only this")) == "only this"
