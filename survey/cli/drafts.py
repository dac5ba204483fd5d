"""Which questionnaire a person at the keyboard means, a draft too, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from survey.catalogue import catalogue as catalogues
from survey.catalogue.readability import hard_to_read
from survey.cli.state import catalogue, settings
from survey.domain.questionnaire import Questionnaire
from survey.resources import folder


def named(which: str) -> Questionnaire:
    """The questionnaire a person means by a key or by a file, a draft too."""
    if which.endswith((".yaml", ".yml")):
        return catalogues.read_file(Path(which), folders())
    return catalogue().get(which)


def warn(questionnaires: Sequence[Questionnaire]) -> None:
    """Say what may be hard to read."""
    for each in questionnaires:
        for hard in hard_to_read(each):
            click.echo(f"may be hard to read: {hard}", err=True)


def folders() -> list[Path]:
    """Where questionnaires and their blocks lie."""
    own = settings().questionnaires_dir
    return [folder("questionnaires"), *([own] if own else [])]
