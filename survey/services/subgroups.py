"""About-you answers: one attribute at a time, sealed with the pool's until their quarter has ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.domain.organisation import Service
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.privacy.keys import destroy_quarter_key, kept_quarter_keys, quarter_key
from survey.privacy.parts import open_part, seal_part
from survey.storage import comments, counts, directory
from survey.storage.database import transaction
from survey.storage.tables import SubgroupPartRow

# Answers an option needs in its quarter. Exact counts of a small option give its few people away: where the
# sender's list has everyone's age and ethnic group, counts of 30 an option name 21 % of people in boxes of
# twelve (chance 8 %), of 100 some 14 %, of 500 some 11 %.
ENOUGH = 100
Cell = tuple[str, str, str, str]  # attribute, option, question, group: never two attributes of a person


class Part(msgspec.Struct):
    """The about-you counts of one pool, and how many answered each question, whoever they are."""

    cells: list[tuple[str, str, str, str, int]]
    answered: dict[str, int]


def hold(
    session: Session,
    opened: Sequence[Response],
    *,
    keys_dir: Path,
    quarter: str,
    service: Service,
    questionnaire: Questionnaire,
) -> None:
    """Keep a pool's about-you counts, sealed, in the caller's transaction.

    Written in the open they would be the difference between two backups: a dozen people's, among whom the
    sender's list may have a single one of an age band or ethnic group.
    """
    icb = directory.icb_of(session, service)
    cells, answered = _counted(opened, questionnaire)
    part = Part([(*cell, n) for cell, n in sorted(cells.items())], dict(sorted(answered.items())))
    body = seal_part(
        msgspec.json.encode(part),
        key=quarter_key(keys_dir, quarter),
        kind="about-you",
        place=_place(quarter, icb, service.pathway),
    )
    counts.hold_part(session, quarter=quarter, icb=icb, pathway=service.pathway, body=body)


def fold(engine: Engine, *, keys_dir: Path, quarter: str) -> list[str]:
    """Write the about-you counts of quarters before `quarter`; return problems.

    Run twice, or killed at any point and run again, it ends the same.
    """
    problems = []
    with transaction(engine) as session:
        parts = counts.parts_before(session, quarter)
        for place, group in groupby(parts, key=lambda part: (part.quarter, part.icb, part.pathway)):
            problems += _write(session, list(group), keys_dir=keys_dir, place=place)
    return problems


def destroy_ended_keys(engine: Engine, *, keys_dir: Path, quarter: str) -> None:
    """Destroy the keys of quarters before `quarter` that seal nothing any more."""
    with transaction(engine, reading=True) as session:
        held = counts.quarters_held(session) | comments.quarters_held(session)
    for ended in kept_quarter_keys(keys_dir):
        if ended < quarter and ended not in held:
            destroy_quarter_key(keys_dir, ended)


def large_enough(options: Mapping[str, int], answered: int, *, enough: int | None = None) -> set[str]:
    """The options of `enough` people, ENOUGH where it is not said, whose counts may be kept.

    The smallest are left out until those left out, and those who told nothing of themselves, are enough
    together, or nobody: the total is known, so one alone would be the difference.
    """
    least = ENOUGH if enough is None else enough
    kept = sorted((code for code, n in options.items() if n >= least), key=lambda code: -options[code])
    while kept and 0 < answered - sum(options[code] for code in kept) < least:
        kept.pop()
    return set(kept)


def _write(
    session: Session, parts: list[SubgroupPartRow], *, keys_dir: Path, place: tuple[str, str, str]
) -> list[str]:
    quarter, icb, pathway = place
    key = quarter_key(keys_dir, quarter)
    try:
        opened = [
            msgspec.json.decode(
                open_part(part.body, key=key, kind="about-you", place=_place(*place)), type=Part
            )
            for part in parts
        ]
    except (InvalidTag, ValueError):
        return [f"{icb}, {pathway}: about-you counts of {quarter} do not open; they stay sealed"]
    counted = _releasable(opened)
    counts.add_subgroups(session, quarter=quarter, icb=icb, pathway=pathway, counted=counted)
    counts.drop_parts(session, [part.id for part in parts])
    return []


def _releasable(opened: Sequence[Part]) -> dict[Cell, int]:
    cells: Counter[Cell] = Counter()
    answered: Counter[str] = Counter()
    for part in opened:
        answered.update(part.answered)
        for attribute, option, question, group, n in part.cells:
            cells[attribute, option, question, group] += n
    sizes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (attribute, option, question, _), n in cells.items():
        sizes[attribute, question][option] += n
    kept = {pair: large_enough(options, answered[pair[1]]) for pair, options in sizes.items()}
    return {cell: n for cell, n in cells.items() if cell[1] in kept[cell[0], cell[2]]}


def _counted(opened: Sequence[Response], questionnaire: Questionnaire) -> tuple[Counter[Cell], Counter[str]]:
    cells: Counter[Cell] = Counter()
    answered: Counter[str] = Counter()
    for response in opened:
        for question, answer in response.answers.items():
            group = questionnaire.question(question).group(answer)
            if group is not None:
                answered[question] += 1
                cells.update((kind, option, question, group) for kind, option in response.about_you.items())
    return cells, answered


def _place(quarter: str, icb: str, pathway: str) -> str:
    return "\n".join((quarter, icb, pathway))
