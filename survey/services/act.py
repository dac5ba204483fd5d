"""Act: what people promise because of a finding, from when it is in force, and what came of it."""

from __future__ import annotations

import math
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.effect import effect
from survey.catalogue.catalogue import Catalogue
from survey.domain.actions import Action, Effect
from survey.domain.calendar import Week, this_week, today
from survey.domain.errors import BadInput, Refused
from survey.domain.findings import Finding, short_id
from survey.services.nodes import nodes
from survey.services.release import released
from survey.services.rule import find
from survey.services.series import Series, series_of
from survey.storage import actions, audit
from survey.storage.database import transaction


@dataclass(frozen=True, slots=True)
class Promise:
    """What a person says of a new action: the finding that it answers, who, until when, what, to patients."""

    finding: str
    owner: str
    due: date
    does: str
    told: str
    start: Week | None = None


def add(engine: Engine, promise: Promise, *, who: str) -> Action:
    """Write an action. BadInput where something is not said; NotFound for an unknown finding."""
    _require_said(owner=promise.owner, do=promise.does, tell=promise.told)
    with transaction(engine) as session:
        found = find(session, promise.finding).finding
        action = Action(
            id=short_id("A", found.id, secrets.token_hex(16)),
            node=found.node,
            icb=found.icb,
            pathway=found.pathway,
            indicator=found.indicator,
            finding=found.id,
            since=found.since,
            owner=promise.owner.strip(),
            due=promise.due,
            does=promise.does.strip(),
            told=promise.told.strip(),
            start=promise.start,
        )
        if action.start is not None:
            _require_after(action, action.start)
        actions.add(session, action)
        _note(
            session, action, who=who, act="action added", due=str(action.due), start=str(action.start or "")
        )
    return action


def begin(engine: Engine, code: str, start: Week, *, who: str) -> Action:
    """Say from which week an action is in force. Refused where that was said before, or it is closed."""
    with transaction(engine) as session:
        action = _still_open(session, code)
        if action.start is not None:
            raise Refused(
                f"{action.id} has been in force since {action.start}, and its effect is measured from there: "
                "if that is wrong, close it and add another"
            )
        _require_after(action, start)
        actions.begin(session, action.id, start)
        _note(session, action, who=who, act="action begun", start=str(start))
    return replace(action, start=start)


def close(engine: Engine, code: str, *, outcome: str, who: str) -> Action:
    """End an action with what came of it. BadInput without that; Refused where it is closed already."""
    _require_said(outcome=outcome)
    with transaction(engine) as session:
        action = _still_open(session, code)
        actions.close(session, action.id, day=today(), outcome=outcome.strip())
        _note(session, action, who=who, act="action closed", outcome=outcome.strip())
    return replace(action, closed=today(), outcome=outcome.strip())


def overview(
    engine: Engine, catalogue: Catalogue, *, closed: bool = False
) -> list[tuple[Action, Effect | None]]:
    """Actions, those due first, each with what has changed since it was in force; `closed` ones too."""
    released(engine, catalogue, this_week() + -1)
    with transaction(engine, reading=True) as session:
        found = [one for one in actions.everyone(session) if closed or one.closed is None]
        return _with_effects(session, catalogue, found)


def answering(engine: Engine, catalogue: Catalogue, finding: Finding) -> list[tuple[Action, Effect | None]]:
    """The actions that answer a finding, open or closed."""
    with transaction(engine, reading=True) as session:
        found = [one for one in actions.everyone(session) if one.finding == finding.id]
        return _with_effects(session, catalogue, found)


def _with_effects(
    session: Session, catalogue: Catalogue, found: Collection[Action]
) -> list[tuple[Action, Effect | None]]:
    effects = measured(session, catalogue, found, this_week() + -1)
    return [(one, effects.get(one.id)) for one in found]


def measured(
    session: Session, catalogue: Catalogue, wanted: Collection[Action], through: Week
) -> dict[str, Effect]:
    """What changed since each action that is in force, by its id, from what was released up to `through`."""
    begun = [one for one in wanted if one.start is not None and one.start <= through]
    keys = {(one.node, one.icb, one.pathway) for one in begun}
    mine = [node for node in nodes(session) if (node.code, node.icb, node.pathway) in keys]
    series = {one.key: one for one in series_of(session, catalogue, mine, through)}
    every = [one for one in actions.everyone(session) if one.start is not None]
    return {
        one.id: _effect(series[one.key], one, [other for other in every if other.key == one.key])
        for one in begun
        if one.key in series
    }


def _effect(series: Series, action: Action, every: Collection[Action]) -> Effect:
    """Held against the level since the finding, for what came before that is no longer to be expected."""
    first = max([0, *series.reworded, _place(series, action.since)])
    atoms = series.atoms[first:]
    places = {one.id: _place(series, one.start) - first for one in every if one.start is not None}
    found = effect(
        [atom.numerator or 0 for atom in atoms],
        [0 if atom.numerator is None else atom.denominator for atom in atoms],
        max(places.pop(action.id), 0),
        weeks=[atom.span.weeks for atom in atoms],
        others=[place for place in places.values() if place >= 0],
    )
    return Effect(
        state=found.state,  # type: ignore[arg-type]
        weeks=round(found.weeks_since),
        answers=round(found.answers_since),
        change=_known(found.change),
        low=_known(found.low),
        high=_known(found.high),
        observed=_known(found.observed),
        expected=_known(found.expected),
        overlaps=len(found.overlaps),
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _place(series: Series, week: Week) -> int:
    """The first step that lies wholly in `week` or later; past the end where none does yet."""
    return next((at for at, atom in enumerate(series.atoms) if atom.span.first >= week), len(series.atoms))


def _still_open(session: Session, code: str) -> Action:
    action = actions.action(session, code.strip().upper())
    if action.closed is not None:
        raise Refused(f"{action.id} was closed on {action.closed}: {action.outcome}")
    return action


def _require_said(**said: str) -> None:
    empty = [f"--{name}" for name, value in said.items() if not value.strip()]
    if empty:
        raise BadInput(f"{' and '.join(empty)} must not be empty")


def _require_after(action: Action, start: Week) -> None:
    if start <= action.since:
        raise BadInput(
            f"an action that answers {action.finding} begins after {action.since}, when the level changed; "
            f"{start} does not"
        )


def _note(session: Session, action: Action, *, who: str, act: str, **about: str) -> None:
    told = {"action": action.id, "finding": action.finding, "node": action.node, **about}
    audit.append(session, day=today(), who=who, act=act, about=told)
