"""Which small pools are counted together: the nearest level that holds ten, of one version and kind."""

from __future__ import annotations

from survey.domain.calendar import Week
from survey.services.pools import CARRIED, Held, is_due, next_pool, small_rest
from survey.services.remainder import Union, Whereabouts, next_union
from survey.storage.hatch import Box

WEEK = Week(2026, 45)
WHERE = {
    "A": Whereabouts("TRUST1", "NORTH", "ICB1", "bus"),
    "B": Whereabouts("TRUST1", "SOUTH", "ICB1", "bus"),
    "C": Whereabouts("TRUST2", "NORTH", "ICB1", "bus"),
    "D": Whereabouts("TRUST3", "SOUTH", "ICB1", "bus"),
    "E": Whereabouts("TRUST1", "EAST", "ICB2", "bus"),
    "F": Whereabouts("TRUST1", "NORTH", "ICB1", "train"),
}


def box(service: str, *, week: int = 0, version: str = "bus/v1", ticketed: bool = True) -> Box:
    name = f"{service} {week} {version} {ticketed}"
    return Box(name, service, version, ticketed, WEEK + week, public_key=b"", signature=b"")


def merged(*sized: tuple[Box, int]) -> Union | None:
    return next_union([[one] for one, _ in sized], held=Held({one.id: n for one, n in sized}), where=WHERE)


def at(union: Union | None) -> tuple[str, str, set[str]] | None:
    return union and (union.organisation, union.place, {one.service for one in union.boxes})


def test_the_provider_comes_first_then_the_place_then_the_icb() -> None:
    everyone = [(box(code), 5) for code in "ABCD"]
    assert at(merged(*everyone)) == ("TRUST1", "ICB1", {"A", "B"})
    assert at(merged((box("A"), 4), (box("B"), 5), (box("C"), 6))) == ("NORTH", "NORTH", {"A", "C"})
    assert at(merged((box("B"), 4), (box("C"), 6))) == ("ICB1", "ICB1", {"B", "C"})


def test_under_ten_at_every_level_nothing_is_merged() -> None:
    assert merged((box("A"), 4), (box("B"), 5)) is None
    assert merged() is None


def test_all_small_pools_of_a_level_are_merged_and_not_only_the_first_that_hold_ten() -> None:
    union = merged((box("A"), 9), (box("B"), 9), (box("A", version="bus/v2"), 9), (box("B", week=1), 1))
    assert union is not None
    assert [one.id for one in union.boxes] == ["A 0 bus/v1 True", "B 0 bus/v1 True", "B 1 bus/v1 True"]


def test_other_icbs_pathways_versions_and_kinds_are_never_mixed() -> None:
    assert merged((box("A"), 9), (box("E"), 9)) is None
    assert merged((box("A"), 9), (box("F"), 9)) is None
    assert merged((box("A"), 9), (box("B", version="bus/v2"), 9)) is None
    assert merged((box("A"), 9), (box("B", ticketed=False), 9)) is None


def test_a_pool_is_due_thirteen_weeks_after_its_first_box() -> None:
    pool = [box("A"), box("A", week=5)]
    assert not is_due(pool, WEEK + (CARRIED - 1))
    assert is_due(pool, WEEK + CARRIED)


def test_what_is_left_of_a_group_is_under_ten_and_never_empty() -> None:
    weeks = [box("A", week=n) for n in range(4)]
    held = Held({one.id: n for one, n in zip(weeks, (6, 0, 7, 3), strict=True)})
    assert next_pool(weeks, held) == [weeks[1]]
    assert small_rest(weeks, held) == [weeks[3]]
    assert small_rest(weeks[:3], held) == []
