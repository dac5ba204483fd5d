"""What changes from one version of a questionnaire to another, and what that does to each trend."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from survey.catalogue.canonical import canonical
from survey.domain.questionnaire import Indicator, Questionnaire

Effect = Literal["goes on", "begins", "starts anew", "ends", "breaks"]
_NAMED = ("questions", "options", "indicators")  # lists whose items have a code
_WORDS = ("text", "hint", "unit")
_WHOLE = ("language", "title", "questions", "indicators")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: where, and what stood there and stands there now; None where nothing does."""

    where: tuple[str, ...]  # ('questions', 'waiting', 'options', 'long', 'label')
    before: Any
    after: Any

    @property
    def is_order(self) -> bool:
        """Whether it tells the order of those that both versions have."""
        return self.where[-1] == "order"


@dataclass(frozen=True, slots=True)
class Trend:
    """What becomes of a series, and why."""

    series: str
    effect: Effect
    why: str = ""


def changes(before: Questionnaire, after: Questionnaire) -> list[Change]:
    """All that differs of what patients read and figures rest on, but the number of the version."""
    was, now = (json.loads(canonical(one)) for one in (before, after))
    return list(_fields(was, now, ()))


def trends(before: Questionnaire, after: Questionnaire) -> list[Trend]:
    """What the later version does to each series of either, by name.

    A series breaks where its name stays and its meaning does not: publishing that is refused.
    """
    was, now = _by_series(before), _by_series(after)
    found = {
        series: _goes_on(series, (before, was[series]), (after, now[series])) for series in was.keys() & now
    }
    for series in now.keys() - was:
        old = next(
            (one for one in was if one not in now and one not in found and _follows(was[one], now[series])),
            None,
        )
        if old:
            found[series] = Trend(
                series, "starts anew", f"takes the place of {old}, with a baseline of its own"
            )
            found[old] = Trend(old, "ends", f"{series} takes its place")
        else:
            found[series] = Trend(series, "begins", "with a baseline of its own")
    for series in was.keys() - found:
        found[series] = Trend(series, "ends", "nothing follows it any more")
    return [found[series] for series in sorted(found)]


def _by_series(one: Questionnaire) -> dict[str, Indicator]:
    return {indicator.series: indicator for indicator in reversed(one.indicators)}


def _follows(old: Indicator, new: Indicator) -> bool:
    theme = old.series.partition("/")[0] == new.series.partition("/")[0]
    return theme or old.code == new.code or old.question == new.question


def _goes_on(
    series: str, before: tuple[Questionnaire, Indicator], after: tuple[Questionnaire, Indicator]
) -> Trend:
    was, now = _meaning(*before), _meaning(*after)
    if broken := [name for name in was if was[name] != now[name]]:
        why = f"{_and(broken)} changed: name another series, such as {_next(series)}"
        return Trend(series, "breaks", why)
    worded, words = _wording(*before), _wording(*after)
    if worded == words:
        return Trend(series, "goes on")
    if note := after[1].comparable:
        return Trend(series, "goes on", f"new wording, said to be comparable: {note}")
    why = (
        "its words changed: say in the indicator's `comparable` why answers to both can be compared, or name "
        f"another series, such as {_next(series)}"
    )
    return Trend(series, "breaks", why)


def _meaning(one: Questionnaire, indicator: Indicator) -> Mapping[str, Any]:
    question = one.question(indicator.question)
    options = {
        option.code: (option.group, option.score, option.alone, option.least, option.most)
        for option in question.options
    }
    return {
        "the kind of question": question.kind,
        "the answers": options,
        "who is asked": frozenset(frozenset(every) for every in question.show_if),
        "what counts as good": indicator.numerator,
        "what counts at all": indicator.denominator,
        "what is measured": indicator.measure,
        "which way is better": indicator.better,
    }


def _wording(one: Questionnaire, indicator: Indicator) -> tuple[Any, ...]:
    question = one.question(indicator.question)
    labels = tuple((option.code, option.label) for option in question.options)
    return (*(getattr(question, name) for name in _WORDS), labels)


def _next(series: str) -> str:
    theme, _, number = series.partition("/")
    return f"{theme}/{int(number) + 1}"


def _fields(was: Mapping[str, Any], now: Mapping[str, Any], where: tuple[str, ...]) -> Iterator[Change]:
    for name in (*was, *(name for name in now if name not in was)) if where else _WHOLE:
        if name in _NAMED:
            yield from _items(was.get(name, []), now.get(name, []), (*where, name))
        elif was.get(name) != now.get(name):
            yield Change((*where, name), was.get(name), now.get(name))


def _items(was: Sequence[Any], now: Sequence[Any], where: tuple[str, ...]) -> Iterator[Change]:
    old, new = ({one["code"]: one for one in several} for several in (was, now))
    for code in old:
        if code not in new:
            yield Change((*where, code), old[code], None)
    places = [None, *new]
    for place, code in enumerate(new):
        if code in old:
            yield from _fields(old[code], new[code], (*where, code))
        else:
            yield Change((*where, code), None, {**new[code], "after": places[place]})
    order = [[code for code in one if code in old and code in new] for one in (old, new)]
    if order[0] != order[1]:
        yield Change((*where, "order"), *order)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
