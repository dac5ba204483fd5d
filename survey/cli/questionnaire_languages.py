"""Questionnaires in other languages: handed to translators, taken back, marked as reviewed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from survey.catalogue.editions import Editions
from survey.catalogue.pieces import Translations
from survey.catalogue.problems import shown
from survey.cli.drafts import folders
from survey.cli.state import catalogue, settings
from survey.domain.calendar import today
from survey.domain.errors import BadInput, NotFound
from survey.domain.languages import TAGS, said
from survey.presenters import edition_words
from survey.services.translating.reviewing import review
from survey.services.translating.rows import rows_of
from survey.services.translating.taking import take
from survey.services.translating.writing import write_workbook

_WORKBOOK = click.Path(path_type=Path, dir_okay=False)


@click.command("translate")
@click.argument("key")
@click.argument("tag")
@click.option("--out", type=_WORKBOOK, metavar="FILE.xlsx", help="Write the workbook for a translator.")
@click.option("--in", "taken", type=_WORKBOOK, metavar="FILE.xlsx", help="Take it back, filled in.")
def questionnaire_translate(key: str, tag: str, out: Path | None, taken: Path | None) -> None:
    """Hand KEY (e.g. inpatient/v1) to a translator into TAG (e.g. ur, ur-easy), or take it back.

    Without either option: say what is translated, what is missing, and what keeps it from being offered.
    """
    if out is not None and taken is not None:
        raise click.UsageError("give one of --out and --in")
    _known(tag)
    version = catalogue().get(key)
    if version.language == tag:
        raise BadInput(f"{key} is written in {said(tag)} itself: change it there")
    if out is not None:
        rows = rows_of(_translations(), version, tag)
        write_workbook(_named_xlsx(out), rows, tag)
        done = sum(bool(row.said) for row in rows)
        click.echo(f"{out} is written: {len(rows)} texts, {done} of them with words to check")
        return
    if taken is not None:
        for file in take(taken, _translations(), version, tag, folder=folders()[-1].absolute()):
            click.echo(f"{shown(file)} is {'written' if file.exists() else 'gone: nothing is left of it'}")
    for line in edition_words.report(Editions(_translations()).edition(version, tag), key):
        click.echo(line)


@click.command("review")
@click.argument("tag")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--by", required=True, metavar="NAME", help="Who has read every word of it, and speaks it.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="When; today if it is not said.")
def questionnaire_review(tag: str, keys: tuple[str, ...], by: str, on: datetime | None) -> None:
    """Mark KEYs, or all that is translated into TAG, as reviewed: patients are offered it from then on.

    A later change of any word, in either language, makes the mark void.
    """
    _known(tag)
    every = catalogue()
    versions = [every.get(key) for key in keys] or list(every.all())
    files = review(
        _translations(),
        versions,
        tag,
        by=by,
        on=on.date() if on else today(),
        folder=settings().questionnaires_dir,
    )
    for file in files:
        click.echo(f"{shown(file)} is marked as reviewed by {by}")
    click.echo("nothing was left to review" if not files else f"{len(files)} files are reviewed")


def languages() -> list[str]:
    """What every version is translated into, a line each."""
    every = catalogue()
    editions = Editions(Translations.load(every))
    width = max((len(one.key) for one in every.all()), default=0)
    return [
        edition_words.line(editions.edition(one, tag), f"{one.key:<{width}}")
        for one in every.all()
        for tag in editions.tags(one)
    ]


def _translations() -> Translations:
    """As they lie in their files now."""
    found = Translations.load(catalogue())
    found.problems.raise_any()
    return found


def _known(tag: str) -> None:
    if tag not in TAGS:
        raise NotFound(f"{tag!r} is no language that Heard knows: its tag is like ur, or ur-easy")


def _named_xlsx(path: Path) -> Path:
    if path.suffix.lower() != ".xlsx":
        raise BadInput(f"{path} does not end with .xlsx: spreadsheets would not open it")
    return path
