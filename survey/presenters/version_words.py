"""Two versions of a questionnaire in words: each change, and what becomes of each trend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from survey.catalogue.difference import Change, Trend

_ONE = {"questions": "question", "options": "answer", "indicators": "indicator"}
_SAID = {
    "goes on": "goes on",
    "begins": "begins",
    "starts anew": "starts anew",
    "ends": "ends",
    "breaks": "CANNOT GO ON",
}


def lines(changes: Sequence[Change], trends: Sequence[Trend]) -> Iterator[str]:
    """Every change, then every trend, one a line."""
    yield from (_change(one) for one in changes) if changes else ["nothing changes"]
    width = max((len(one.series) for one in trends), default=0)
    yield ""
    yield "What becomes of each trend:"
    for one in trends:
        yield f"  {one.series:<{width}}  {_SAID[one.effect]}{f': {one.why}' if one.why else ''}"


def _change(one: Change) -> str:
    if one.is_order:
        what = _place(one.where[:-2])
        return f"{what}{one.where[-2]} in another order: {', '.join(one.before)} → {', '.join(one.after)}"
    whole = one.where[-2] in _ONE if len(one.where) > 1 else False
    if whole and one.before is None:
        told = dict(one.after)
        behind = told.pop("after")
        where = f"after {behind}" if behind else "first of all"
        return f"{_place(one.where)}is new, {where}: {_told(told)}"
    if whole and one.after is None:
        return f"{_place(one.where)}is taken out: {_told(one.before)}"
    return f"{_place(one.where[:-1])}{one.where[-1]}: {_value(one.before)} → {_value(one.after)}"


def _place(where: Sequence[str]) -> str:
    pairs = zip(where[::2], where[1::2], strict=True)
    return "".join(f"{_ONE[kind]} {code}, " for kind, code in pairs).removesuffix(", ") + (
        " " if where else ""
    )


def _told(item: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in item.items() if name != "code")


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return " / ".join(_value(one) for one in value)
    if isinstance(value, dict):
        return " ".join(str(one) for name, one in value.items() if name in {"code", "label", "group"})
    return f"‘{value}’" if isinstance(value, str) and " " in value else str(value)
