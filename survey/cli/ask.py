"""`heard ask`: one question of one node, answered through the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from analysis.comparison import wilson
from analysis.proportions import noise_variance, score_interval
from survey.cli import state
from survey.domain.calendar import Span, Week, quarter_span
from survey.domain.errors import BadInput
from survey.domain.questionnaire import GROUPS
from survey.domain.released import Form, Released
from survey.domain.scale import FullScale
from survey.services.ask import Answer, Asked
from survey.services.ask import ask as answer_of
from survey.services.ask_subgroups import Table, ask_by
from survey.services.csv_file import write_csv
from survey.services.scales import scale_of
from survey.services.subgroups import NOISE

HEADER = ("answers", "number", "per cent", "from", "to")
WORDS = {2: "two"}  # of how few no percentage is told: two of each part
SURE = 1.96  # standard errors, of an interval of 95 %
NO_TABLE = "These results cannot be used to directly compare providers."


@click.command()
@click.argument("node")
@click.option("--from", "first", metavar="WEEK", help="The first week, as 2026-W40.")
@click.option("--to", "last", metavar="WEEK", help="The last week.")
@click.option("--quarter", help="In place of weeks: a whole quarter, as 2026/27-Q3.")
@click.option("--question", required=True, metavar="CODE", help="As the questionnaire has it: fft.")
@click.option("--by", metavar="ATTRIBUTE", help="Of an ICB over a quarter: by what patients told, age_band.")
@click.option("--public", is_flag=True, help="Rounded, as anybody may see it; else as staff may.")
@click.option("--pathway", help="Where NODE has several.")
@click.option("--icb", help="Where NODE works in several.")
@click.option("--why", default="", help="Who wants to know, and what for; into the ledger.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write it as CSV.")
def ask(node: str, *, question: str, by: str | None, public: bool, out: Path | None, **more: Any) -> None:
    """Answer one question about NODE: how many answered how, or that it may not be told.

    What is told stands in the ledger for good, and binds what may be told later.
    """
    settings = state.settings()
    form: Form = "public" if public else "staff"
    span = _span(more.pop("first"), more.pop("last"), more.pop("quarter"))
    asked = Asked(node, span, question, state.who(), form=form, **more)
    engine, catalogue = state.database(settings), state.catalogue(settings)
    if by:
        rows = list(_subgroup_rows(ask_by(engine, catalogue, asked, by)))
    else:
        answer = answer_of(engine, catalogue, asked)
        rows = list(_rows(answer, scale_of(engine, catalogue, answer)))
    for row in rows:
        click.echo("  ".join(str(value) for value in row))
    if out:
        write_csv(out, rows)
        click.echo(f"written to {out}", err=True)


def _span(first: str | None, last: str | None, quarter: str | None) -> Span:
    if bool(quarter) == bool(first or last) or bool(first) != bool(last):
        raise click.UsageError("say which weeks: --from and --to, or --quarter")
    try:
        return quarter_span(quarter) if quarter else Span(Week.parse(first or ""), Week.parse(last or ""))
    except ValueError as error:
        raise BadInput(str(error)) from None


def _rows(answer: Answer, scale: Released[FullScale] | None) -> Iterator[Sequence[object]]:
    yield _title(answer.node.name, answer.node.pathway, answer.question.text)
    yield ("Weeks", str(answer.span.first), str(answer.span.last))
    yield ("Answers", answer.n, *(("to the nearest 5",) if answer.form == "public" else ()))
    yield (*HEADER,)
    shown = sum(answer.counts)
    for group, count in zip(GROUPS, answer.counts, strict=True):
        few, all_but = answer.few(group), answer.all_but_few(group)
        if few or all_but:
            most = WORDS.get(few or all_but, few or all_but)
            yield group, f"{most} or fewer" if few else f"all but {most} or fewer", "", "", ""
        else:
            low, high = (float(end) for end in wilson(count, shown))
            yield group, count, *_percent(count / shown, low, high)
    if scale:
        yield from _scale_rows(scale.what)
    yield (NO_TABLE,)


def _scale_rows(scale: FullScale) -> Iterator[Sequence[object]]:
    yield "full scale", *HEADER[1:]
    for option in scale.question.options:
        count = scale.options[option.code]
        low, high = (float(end) for end in wilson(count, scale.n))
        yield option.label, count, *_percent(count / scale.n, low, high)
    if scale.mean is not None:
        scores = [one.score for one in scale.question.options if one.score is not None]
        yield "mean score", f"{scale.mean:.1f}", f"of scores from {min(scores):g} to {max(scores):g}"


def _subgroup_rows(table: Table) -> Iterator[Sequence[object]]:
    yield _title(table.node.name, table.node.pathway, table.question.text)
    yield ("Quarter", table.quarter)
    yield ("By", table.attribute.text)
    yield (f"Each number bears random noise, about {NOISE:g} either way; intervals allow for it.",)
    yield (f"Only this question, {table.question.code}, is counted with what patients told of themselves.",)
    yield ("group", *HEADER)
    for one in table.rows:
        if one.cells is None:
            yield one.label, "too few responses, or withheld to protect another figure", "", "", "", ""
            continue
        yield from ((one.label, *row) for row in _noisy(one.cells))
    yield (NO_TABLE,)


def _noisy(cells: Mapping[str, int]) -> Iterator[Sequence[object]]:
    # Of two cells the second is the rest of the first: it bears the noise of two, as the formula has it.
    n = np.array([float(sum(cells.values()))])
    for at, (group, count) in enumerate(cells.items()):
        of_one = cells[GROUPS[0]] if len(cells) < len(GROUPS) else count
        noise = noise_variance(np.array([of_one]) / n, n, NOISE**2)
        share, low, high = (
            float(one[0]) for one in score_interval(np.array([float(of_one)]), n, SURE, noise=noise)
        )
        if at and of_one is not count:
            share, low, high = 1 - share, 1 - high, 1 - low
        yield group, count, *_percent(share, low, high)


def _title(name: str, pathway: str, question: str) -> Sequence[object]:
    return name, pathway, question


def _percent(share: float, low: float, high: float) -> tuple[int, int, int]:
    return round(100 * share), round(100 * low), round(100 * high)
