"""What came of an action, in sentences that claim no more than a before and after can show."""

from __future__ import annotations

from survey.domain.actions import Action, Effect
from survey.presenters.figures import between, counted, moved, percent
from survey.presenters.figures import week as week_of

ELSE = "Something else may have changed at the same time."
_OVERLAPS = "It cannot be told apart from other actions of the time, nor from what else may have changed."


def effect(one: Effect, action: Action) -> str:
    """What changed since the action began, against what was expected without it; never that it helped."""
    since = f"since the action in {week_of(action.start)}" if action.start else "since the action"
    seen = f"{counted(one.weeks, 'week')} and {counted(one.answers, 'answer')} {since}"
    if one.state == "too_early":
        return f"Too early to tell: {seen}."
    if one.observed is None or one.expected is None or one.change is None:
        return f"Nothing to compare with: too little is known of before the action. So far: {seen}."
    level = f"{since[0].upper()}{since[1:]}: {percent(one.observed)}"
    likely = "" if one.low is None or one.high is None else f"likely {between(one.low, one.high)}"
    other = _OVERLAPS if one.overlaps else ELSE
    if one.state == "no_clear_change":
        size = f" ({likely})" if likely else ""
        return (
            f"{level}, where {percent(one.expected)} was expected without it: no clear change{size}. {other}"
        )
    size = f"; {likely}" if likely else ""
    return f"{level}, {moved(one.change)} than expected without it{size}. {other}"


def listed(action: Action, effect_: Effect | None, *, late: bool = False) -> str:
    """An action in a line of a list: code, until when, who, what, what changed since."""
    due = f"closed {action.closed}" if action.closed else f"{'late: ' if late else ''}due {action.due}"
    said = f"{action.does.rstrip('.')}. Patients are told: {action.told.rstrip('.')}."
    came = f" Outcome: {action.outcome.rstrip('.')}." if action.closed else ""
    if effect_ is not None:
        since = effect(effect_, action)
    elif action.start:
        since = f"In force from {week_of(action.start)}; nothing has been released of the time since."
    else:
        since = "Not in force yet."
    return f"{action.id}\t{due}\t{action.owner}\t{said}{came} {since}"
