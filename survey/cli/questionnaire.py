"""Questionnaires at the keyboard: list, check, preview, publish."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from survey.catalogue.checking import check_all, check_files
from survey.catalogue.coverage import coverage
from survey.catalogue.difference import changes, trends
from survey.catalogue.folders import Entry
from survey.catalogue.overview import themes
from survey.catalogue.publishing import publish
from survey.cli.drafts import editions_of, folders, named, warn, warn_easy
from survey.cli.questionnaire_files import (
    questionnaire_codebook,
    questionnaire_export,
    questionnaire_import,
)
from survey.cli.questionnaire_languages import languages, questionnaire_review, questionnaire_translate
from survey.cli.state import catalogue
from survey.domain.calendar import this_week
from survey.domain.errors import BadInput
from survey.presenters import coverage_words, version_words


@click.group()
def questionnaire() -> None:
    """Check, publish, preview questionnaires."""


for command in (
    *(questionnaire_import, questionnaire_export, questionnaire_codebook),
    *(questionnaire_translate, questionnaire_review),
):
    questionnaire.add_command(command)


@questionnaire.command("list")
@click.option("--themes", "as_themes", is_flag=True, help="Which theme is asked where, as a Markdown table.")
@click.option("--languages", "as_languages", is_flag=True, help="What each version is translated into.")
def questionnaire_list(*, as_themes: bool, as_languages: bool) -> None:
    """Every version, its state and the Monday it is in force from."""
    found = catalogue()
    if as_themes:
        click.echo(themes(found.all()))
        return
    if as_languages:
        click.echo("\n".join(languages()))
        return
    width = max((len(key) for key in found.entries), default=0)
    for entry in found.entries.values():
        click.echo(_line(entry, width))


@questionnaire.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
def questionnaire_check(files: tuple[Path, ...]) -> None:
    """Read FILEs, or every questionnaire and translation, and say how many are sound, or all that is wrong.

    What may be hard to read is said, and is no error: a formula cannot know which words your patients know.
    """
    sound, translations = check_files(files, folders()) if files else check_all(catalogue())
    warn(sound)
    warn_easy(translations)
    if sound or not translations:
        click.echo(
            "1 questionnaire is sound" if len(sound) == 1 else f"{len(sound)} questionnaires are sound"
        )
    if translations:
        many = len(translations)
        click.echo("1 translation is sound" if many == 1 else f"{many} translations are sound")


@questionnaire.command("publish")
@click.argument("key")
@click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="MONDAY",
    help="The Monday it is in force from, e.g. 2026-11-30; next Monday where none is given.",
)
def questionnaire_publish(key: str, since: datetime | None) -> None:
    """Record the hash of KEY (e.g. inpatient/v2): from then on it never changes."""
    made = publish(catalogue(), key, since=since.date() if since else None, now=this_week())
    click.echo(f"{made.key} is published, in force from {_day(made.since)}")


@questionnaire.command("diff")
@click.argument("before", metavar="KEY_OR_FILE")
@click.argument("after", metavar="KEY_OR_FILE")
def questionnaire_diff(before: str, after: str) -> None:
    """Say what changes from one version to another, and what that does to each trend."""
    was, now = named(before), named(after)
    if was.pathway != now.pathway:
        raise BadInput(f"{was.key} and {now.key} are of two pathways: name two versions of one")
    click.echo(f"{was.key} → {now.key}")
    for line in version_words.lines(changes(was, now), trends(was, now)):
        click.echo(line)


@questionnaire.command("preview")
@click.argument("which", metavar="KEY_OR_FILE")
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--report", is_flag=True, help="Say its ways, time, reading and room; serve nothing.")
def questionnaire_preview(which: str, port: int, host: str, *, report: bool) -> None:
    """Show KEY_OR_FILE as a patient sees it; nothing that is answered is kept."""
    from survey.web.patient.preview import serve_preview

    wanted, editions = editions_of(which)
    warn([wanted])
    if report:
        for line in coverage_words.lines(wanted, coverage(wanted)):
            click.echo(line)
        return
    click.echo(f"{wanted.key} on trial at http://{host}:{port}/   Ctrl-C stops it")
    serve_preview(wanted, editions=editions, host=host, port=port)


def _line(entry: Entry, width: int) -> str:
    read, publication = entry.questionnaire, entry.publication
    since = f"from {publication.since}" if publication else "not in force"
    ended = f", until {publication.retired}" if publication and publication.retired else ""
    return (
        f"{read.key:<{width}}  {read.state:<9}  {since}{ended}  {len(read.questions)} questions  {read.title}"
    )


def _day(day: date) -> str:
    return f"Monday {day.day} {day:%B %Y}"
