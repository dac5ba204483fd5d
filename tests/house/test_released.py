"""The one door: what is told to anybody is made of released figures, and nothing goes around it."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.domain.errors import Refused
from survey.presenters import gallery, pack, weekly
from survey.resources import folder
from survey.services.assess import assess
from survey.services.door import let_out
from survey.services.reading import reading
from survey.storage.database import transaction
from tests.integration.test_assess import WEEK, answered
from tests.town import Town, catalogue_of

HOUSE = folder("templates").parent / "survey"
OUTLETS = (weekly.email, pack.pack, gallery.hang)  # all that makes an e-mail, a pack or a picture of figures


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_what_makes_pages_and_files_takes_released_figures_only(outlet: object) -> None:
    first = next(iter(inspect.signature(outlet).parameters.values()))  # type: ignore[arg-type]
    assert str(first.annotation).startswith("Released[")


def test_services_call_no_presenter_of_courses_but_these() -> None:
    """Services, commands and sites import nothing else of presenters that lays courses out."""
    laying_out = {"view", "subject", "draw", "rows", "front", "grid", "exhibit", "png"}
    for file in _files("services", "cli", "web", "delivery"):
        for module, name in _imports(file):
            assert not (module.startswith("survey.presenters") and name in laying_out), f"{file}: {name}"


def test_the_door_alone_makes_what_is_released() -> None:
    makers = [file for file in _files("") if "Released(" in file.read_text("utf-8")]
    assert [str(file.relative_to(HOUSE)) for file in makers] == ["domain/released.py", "services/door.py"]


def test_a_figure_that_is_not_in_the_ledger_does_not_pass(sqlite: Engine, keys_dir: Path) -> None:
    """The attacker changes one answer of one step: a naive house would print it."""
    place = Town(sqlite, keys_dir, catalogue_of(v1=date(2020, 12, 28))).build("WARD")
    answered(place, "WARD", (40, 85), n=30)
    assess(place.clock, place.catalogue, WEEK)
    with transaction(place.clock, reading=True) as session:
        [course] = reading(session, place.catalogue, WEEK).what.courses
        assert let_out(session, course, [course], through=WEEK).what is course
        *steps, last = course.steps
        wrong = replace(last, n=last.n + 1)
        with pytest.raises(Refused, match="has not been released"):
            let_out(session, course, [replace(course, steps=(*steps, wrong))], through=WEEK)
        with pytest.raises(Refused, match="has not been released"):
            let_out(session, course, [course], through=WEEK, form="public")


def _files(*parts: str) -> list[Path]:
    return sorted(file for part in parts for file in (HOUSE / part).rglob("*.py"))


def _imports(file: Path) -> list[tuple[str, str]]:
    tree = ast.parse(file.read_text("utf-8"))
    return [
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    ]
