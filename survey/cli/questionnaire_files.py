"""Questionnaires as files for others: workbooks to write them in, codebooks to read their data by."""

from __future__ import annotations

from pathlib import Path

import click

from survey.catalogue.problems import shown
from survey.cli.drafts import folders, named, warn
from survey.cli.state import settings
from survey.domain.errors import BadInput
from survey.presenters import codebook
from survey.services.csv_file import write_csv
from survey.services.drafting import example
from survey.services.drafting.taking import take
from survey.services.drafting.writing import rows_of, write_workbook

_WORKBOOK = click.Path(path_type=Path, dir_okay=False)


@click.command("import")
@click.argument("file", type=_WORKBOOK, required=False)
@click.option("--template", type=_WORKBOOK, metavar="FILE", help="Write a workbook to begin with instead.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where it goes, if not into the folder of your own questionnaires.",
)
def questionnaire_import(file: Path | None, template: Path | None, out: Path | None) -> None:
    """Make a draft of the workbook FILE, or say cell by cell all that is wrong with it."""
    if (file is None) == (template is None):
        raise click.UsageError("give one of FILE and --template FILE")
    if template is not None:
        write_workbook(_named_xlsx(template), example.ROWS)
        click.echo(f"{template} is written: fill it in, then run `heard questionnaire import {template}`")
        return
    into = out or settings().questionnaires_dir
    if into is None:
        raise BadInput(
            "there is no folder of your own questionnaires: name one in HEARD_QUESTIONNAIRES_DIR, "
            "or with --out DIR"
        )
    assert file is not None  # noqa: S101  # one of the two, as was seen above
    read, made = take(file, into.absolute(), folders())
    warn([read])
    click.echo(f"{read.key} is a draft now, {shown(made)}: {len(read.questions)} questions")


@click.command("export")
@click.argument("which", metavar="KEY_OR_FILE")
@click.option("--out", type=_WORKBOOK, metavar="FILE", required=True, help="The workbook, not there yet.")
def questionnaire_export(which: str, out: Path) -> None:
    """Write KEY_OR_FILE as a workbook that `import` reads back, its blocks written out."""
    found = named(which)
    write_workbook(_named_xlsx(out), rows_of(found))
    click.echo(f"{found.key} is written to {out}; give it another version before it is imported again")


@click.command("codebook")
@click.argument("which", metavar="KEY_OR_FILE")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", required=True)
def questionnaire_codebook(which: str, out: Path) -> None:
    """Write what each value of KEY_OR_FILE means, as CSV and Markdown."""
    found = named(which)
    name = f"{found.pathway}-v{found.version}-codebook"
    write_csv(out / f"{name}.csv", codebook.table(found))
    (out / f"{name}.md").write_text(codebook.markdown(found), encoding="utf-8")
    click.echo(f"{out / name}.csv and .md are written")


def _named_xlsx(path: Path) -> Path:
    if path.suffix.lower() != ".xlsx":
        raise BadInput(f"{path} does not end with .xlsx: spreadsheets would not open it")
    return path
