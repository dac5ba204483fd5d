"""What can be answered to a question: options, the points of a scale, the bands of a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import cast

from yaml import Node, SequenceNode

from survey.catalogue import rules
from survey.catalogue.blocks import Blocks
from survey.catalogue.fields import Fields, items, names, once, string, whole
from survey.catalogue.problems import Problems
from survey.domain.questionnaire import GROUPS, Group, Kind, Option, Question

OPTION = ("code", "label", "group", "score", "alone")
BAND = ("code", "label", "from", "to", "group")
POINTS = ("from", "to", "low", "high")
LARGEST = 9999  # of a number that patients write
MOST_POINTS = 11  # 0 to 10: more do not fit a phone, and people do not tell them apart


def read_options(question: Fields, kind: str, blocks: Blocks, *, about_you: bool) -> tuple[Option, ...]:
    """The options of a question of any kind; none of a text."""
    if kind == "scale":
        return _scale(question)
    if kind == "number":
        return _bands(question)
    node = question.value("options")
    if node is None and kind in {"single", "multiple"}:
        question.missing("options")
    if node is None or kind == "text":
        return ()
    resolved = blocks.resolve(node, question.at("options"), "options")
    if resolved is None:
        return ()
    return written_options(*resolved, question.problems, of=(cast(Kind, kind), about_you))


def written_options(
    node: Node, path: str, problems: Problems, *, of: tuple[Kind, bool] | None
) -> tuple[Option, ...]:
    """Options one by one; `of`, where known, is the kind of their question and whether it is about-you."""

    def read(fields: Fields) -> Option:
        option = Option(
            code=fields.code("code"),
            label=fields.text("label", most=60),
            group=_group(fields) if "group" in fields else None,
            score=fields.decimal("score"),
            alone=fields.flag("alone"),
        )
        if of is not None:
            rules.check_option(option, fields, *of)
        return option

    return _each(items(node, path, problems, between=(2, 20)), OPTION, problems, read)


def option_codes(fields: Fields, name: str, question: Question | None) -> frozenset[str]:
    """The options of `question` that a list names; where it is None, whatever is named."""
    known = {option.code for option in question.options} if question else set()
    found: set[str] = set()
    for item, path in fields.items(name, least=1, most=20):
        code = string(item, path, fields.problems)
        if code and code in found:
            fields.problems.note(item, path, f"{code!r} stands here twice: delete one")
        if code and question and known and code not in known:
            said = f"{question.code!r} has no option {code!r}; it has {names(known)}"
            fields.problems.note(item, path, said)
        found.add(code)
    return frozenset(found - {""})


def _each(
    nodes: list[tuple[Node, str]],
    known: tuple[str, ...],
    problems: Problems,
    read: Callable[[Fields], Option],
) -> tuple[Option, ...]:
    seen: dict[str, str] = {}
    labels: dict[str, str] = {}
    found = []
    for item, where in nodes:
        fields = Fields(item, where, known, problems)
        option = read(fields)
        once(seen, option.code, item, (where, problems))
        same = option.label.casefold()
        if same and same in labels:
            fields.wrong("label", f"reads as that of {labels[same]}: nobody could tell them apart")
        labels.setdefault(same, where)
        found.append(option)
    return tuple(found)


def _group(fields: Fields) -> Group | None:
    found = fields.choice("group", GROUPS)
    return cast(Group, found) if found else None


def _bands(question: Fields) -> tuple[Option, ...]:
    if "bands" not in question:
        question.missing("bands")
        return ()
    ends: list[tuple[Fields, int | None, int | None]] = []

    def read(fields: Fields) -> Option:
        least = fields.whole("from", between=(0, LARGEST))
        most = fields.whole("to", between=(0, LARGEST))
        if least is not None and most is not None and most < least:
            fields.wrong("to", f"is {most}, below {least} where the band begins: write the smaller one first")
            most = None
        ends.append((fields, least, most))
        label, group = fields.text("label", most=60), _group(fields)
        return Option(fields.code("code"), label, group, least=least, most=most)

    found = _each(question.items("bands", least=2, most=20), BAND, question.problems, read)
    for (_, _, before), (fields, least, _) in pairwise(ends):
        if before is not None and least is not None and least != before + 1:
            what = "leaves out numbers" if least > before else "shares numbers with the one before"
            fields.wrong("from", f"is {least}, which {what}, as that ends at {before}: write {before + 1}")
    return found


def _scale(question: Fields) -> tuple[Option, ...]:
    points = question.inner("points", POINTS)
    grouped = question.inner("groups", GROUPS)
    groups = _ranges(grouped) if grouped else {}
    if points is None:
        return ()
    first, last = points.whole("from", between=(0, 1)), points.whole("to", between=(0, 10))
    words = {first: points.text("low", most=40), last: points.text("high", most=40)}
    if first is None or last is None:
        return ()
    if last < first + 2:
        points.wrong("to", f"a scale has from 3 to {MOST_POINTS} points: end it at {first + 2} or above")
        return ()
    if grouped is not None:
        _check_cover(grouped, groups, range(first, last + 1))
    return tuple(
        Option(
            f"p{point}",
            f"{point} – {words[point]}" if words.get(point) else str(point),
            next((group for group, held in groups.items() if point in held), None),
            score=float(point),
        )
        for point in range(first, last + 1)
    )


def _ranges(fields: Fields) -> Mapping[Group, range]:
    found: dict[Group, range] = {}
    for group in GROUPS:
        node = fields.value(group)
        if node is None:
            continue
        path = fields.at(group)
        if isinstance(node, SequenceNode) and len(node.value) != 2:
            fields.wrong(group, "is the first and the last of its points, such as [0, 4]")
            continue
        pairs = items(node, path, fields.problems, between=(2, 2))
        ends = [whole(item, where, fields.problems, between=(0, 10)) for item, where in pairs]
        if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
            if ends[1] < ends[0]:
                fields.wrong(group, f"ends before it begins: write [{ends[1]}, {ends[0]}]")
            found[group] = range(ends[0], max(ends[0], ends[1]) + 1)
    return found


def _check_cover(fields: Fields, groups: Mapping[Group, range], points: range) -> None:
    """Each point is in one group; nothing is said where a group could not be read."""
    held: dict[int, Group] = {}
    for group, ends in groups.items():
        if beyond := sorted(set(ends) - set(points)):
            fields.wrong(group, f"has {_listed(beyond)}, beyond the points {points[0]} to {points[-1]}")
        if twice := [point for point in ends if point in held]:
            fields.wrong(group, f"has {_listed(twice)}, which {held[twice[0]]} has too: each is in one group")
        held |= dict.fromkeys(ends, group)
    if len(groups) < sum(group in fields for group in GROUPS):
        return
    if left := sorted(set(points) - held.keys()):
        said = f"leaves out {_listed(left)}: put each point into one group"
        fields.problems.note(fields.node, fields.path, said)


def _listed(points: list[int]) -> str:
    return ", ".join(map(str, points))
