"""About-you answers and ways: one attribute at a time, sealed with the pool's until their quarter is over."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from statistics import NormalDist

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.domain.calendar import today
from survey.domain.errors import Misconfigured
from survey.domain.organisation import Service
from survey.domain.questionnaire import GROUPS, Questionnaire
from survey.domain.response import Response
from survey.domain.ways import way_of
from survey.privacy.keys import (
    destroy_quarter_key,
    kept_quarter_keys,
    open_quarter_key,
    quarter_key,
    require_copy,
)
from survey.privacy.parts import open_part, seal_part
from survey.storage import audit, boxes, comments, counts, directory
from survey.storage.database import transaction
from survey.storage.tables import SubgroupPartRow

# Exact counts of all questions give people away: where the sender's list has everyone's age and ethnic
# group, they lift a guess among a dozen from 8 % to 12 %. So the lead question alone is counted, in options
# of ENOUGH answers (that lifts it to 9 %), and each count bears random noise of this standard deviation,
# drawn once: who knows the answers of all others of an option cannot subtract them.
NOISE = 8.0
ENOUGH = 200
Option = tuple[str, str, str]  # attribute, option, question
Cell = tuple[str, str, str, str]  # attribute, option, question, group: never two attributes of a person


class Part(msgspec.Struct):
    """The about-you counts of one pool, exact."""

    cells: list[tuple[str, str, str, str, int]]


def hold(
    session: Session,
    opened: Sequence[Response],
    *,
    keys_dir: Path,
    quarter: str,
    service: Service,
    questionnaire: Questionnaire,
    copy_dir: Path | None = None,
) -> None:
    """Keep a pool's about-you counts, sealed, in the caller's transaction.

    Written in the open they would be the difference between two backups: a dozen people's, among whom the
    sender's list may have a single one of an age band or ethnic group.
    """
    icb = directory.icb_of(session, service)
    part = Part([(*cell, n) for cell, n in sorted(_counted(opened, questionnaire).items())])
    body = seal_part(
        msgspec.json.encode(part),
        key=quarter_key(keys_dir, quarter, copy_dir),
        kind="about-you",
        place=_place(quarter, icb, service.pathway),
    )
    counts.hold_part(session, quarter=quarter, icb=icb, pathway=service.pathway, body=body)


def fold(engine: Engine, *, keys_dir: Path, quarter: str, copy_dir: Path | None = None) -> list[str]:
    """Write the about-you counts of quarters before `quarter`; return problems.

    Run twice, or killed at any point and run again, it ends the same.
    """
    problems = []
    with transaction(engine) as session:
        parts = counts.parts_before(session, quarter)
        for place, group in groupby(parts, key=lambda part: (part.quarter, part.icb, part.pathway)):
            try:
                key = open_quarter_key(keys_dir, place[0], copy_dir)
            except Misconfigured as error:
                named = ", ".join(filter(None, place[1:]))
                problems.append(f"{named}: about-you counts of {place[0]} stay sealed: {error}")
                continue
            problems += _write(session, group, key=key, place=place)
    return problems


def destroy_ended_keys(
    engine: Engine,
    *,
    keys_dir: Path,
    copy_dir: Path | None = None,
    but: Collection[str] = (),
    who: str,
    why: str,
) -> int:
    """Destroy the keys of quarters before the last tally's that seal nothing any more; return how many.

    `but` are those whose parts the backup holds: with it alone left they could be read by that key only.
    Misconfigured, and nothing done, where the second copy cannot be reached: a key would lie on in it.
    """
    require_copy(keys_dir, copy_dir)
    kept = {one for folder in (keys_dir, copy_dir) if folder for one in kept_quarter_keys(folder)}
    with transaction(engine) as session:
        newest = boxes.newest_closed(session)
        needed = {*but, *counts.quarters_held(session), *comments.quarters_held(session)}
        ended = sorted(one for one in kept - needed if newest is not None and one < newest.quarter)
        if ended:
            about = {"quarters": ended, "why": why}
            audit.append(session, day=today(), who=who, act="keys destroyed", about=about)
    for one in ended:
        destroy_quarter_key(keys_dir, one, copy_dir)
    return len(ended)


def _write(
    session: Session, parts: Iterable[SubgroupPartRow], *, key: bytes, place: tuple[str, str, str]
) -> list[str]:
    quarter, icb, pathway = place
    ids: list[str] = []
    cells: Counter[Cell] = Counter()
    try:
        for part in parts:  # one at a time: a place may have hundreds
            opened = open_part(part.body, key=key, kind="about-you", place=_place(*place))
            for attribute, option, question, group, n in msgspec.json.decode(opened, type=Part).cells:
                cells[attribute, option, question, group] += n
            ids.append(part.id)
    except (InvalidTag, ValueError):
        return [f"{icb}, {pathway}: about-you counts of {quarter} do not open; they stay sealed"]
    together = Part([(*cell, n) for cell, n in cells.items()])
    counted = _releasable([together], key=key, drawn_for="\0".join((_place(*place), *sorted(ids))))
    counts.add_subgroups(session, quarter=quarter, icb=icb, pathway=pathway, counted=counted)
    counts.drop_parts(session, ids)
    return []


def _releasable(opened: Sequence[Part], *, key: bytes, drawn_for: str) -> dict[Cell, int]:
    cells: Counter[Cell] = Counter()
    for part in opened:
        for attribute, option, question, group, n in part.cells:
            cells[attribute, option, question, group] += n
    blurred = {cell: max(0, n + blur(key, drawn_for, cell)) for cell, n in _all_groups(cells)}
    # By the blurred sizes: an exact one, in or out, would be told by the choice. What is left out cannot be
    # had by subtraction from the total, for the noise of all that is kept lies on the difference.
    sizes: Counter[Option] = Counter()
    for cell, n in blurred.items():
        sizes[cell[:3]] += n
    return {cell: n for cell, n in blurred.items() if sizes[cell[:3]] >= ENOUGH}


def _all_groups(cells: Mapping[Cell, int]) -> Iterator[tuple[Cell, int]]:
    # A group that nobody chose bears noise too: that it is empty says as much as a number.
    for attribute, option, question in sorted({cell[:3] for cell in cells}):
        for group in GROUPS:
            cell = (attribute, option, question, group)
            yield cell, cells.get(cell, 0)


def blur(key: bytes, drawn_for: str, cell: Cell) -> int:
    """The noise of one count of some parts: the same however often they are folded, or it averages away.

    It goes for ever when the quarter's key goes.
    """
    drawn = hmac.new(key, "\0".join(("heard noise 1", drawn_for, *cell)).encode(), sha256).digest()
    share = (int.from_bytes(drawn[:7], "big") + 0.5) / 256**7
    return round(NormalDist(0, NOISE).inv_cdf(share)) if NOISE else 0


def _counted(opened: Sequence[Response], questionnaire: Questionnaire) -> Counter[Cell]:
    cells: Counter[Cell] = Counter()
    lead = questionnaire.question(questionnaire.lead.question)
    for response in opened:
        group = lead.felt(response.answers.get(lead.code, ""))
        if group is not None:
            told = {**response.about_you, **way_of(response, questionnaire)}
            cells.update((attribute, option, lead.code, group) for attribute, option in told.items())
    return cells


def _place(quarter: str, icb: str, pathway: str) -> str:
    return "\n".join((quarter, icb, pathway))
