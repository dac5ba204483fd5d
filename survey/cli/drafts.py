"""Which questionnaire a person at the keyboard means, a draft too, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from survey.catalogue import catalogue as catalogues
from survey.catalogue.checking import read_with_translations
from survey.catalogue.editions import Editions
from survey.catalogue.pieces import Translations
from survey.catalogue.readability import hard_to_read, hard_to_read_easily
from survey.catalogue.translations import Translation
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


def editions_of(which: str) -> tuple[Questionnaire, Editions]:
    """The questionnaire a person means, and all it can be read in, drafts too."""
    if which.endswith((".yaml", ".yml")):
        found, translations = read_with_translations(Path(which), folders())
    else:
        every = catalogue()
        found, translations = every.get(which), Translations.load(every)
    for problem in translations.problems.found():
        if f"{found.key}." in problem.file:
            click.echo(f"left out, as `heard questionnaire check` says why: {problem.file}", err=True)
    return found, Editions(translations)


def warn_easy(translations: Sequence[Translation]) -> None:
    """Say what of easy read may not be easy."""
    for each in translations:
        for hard in hard_to_read_easily(each):
            click.echo(f"may be hard to read: {hard}", err=True)
