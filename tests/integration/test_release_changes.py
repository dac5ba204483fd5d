"""What changes after figures have left: late answers, corrections, other trees, another run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from survey.domain.blocks import BLOCK
from survey.domain.calendar import Span, Week
from survey.domain.organisation import Organisation
from survey.services.release import release
from survey.storage.database import engine, upgrade
from tests.adversarial.checked_figures import check
from tests.leaving import ONE_SITE, START, Counts, House, Tree

TWO_SITES = Tree({"T1": ["A", "B"], "T2": ["C", "D"]}, {"T": ["T1", "T2"]}, {"P": ["A", "B", "C", "D"]})


@pytest.fixture
def house(one_database: Engine) -> House:
    return House(one_database)


def another(folder: Path) -> House:
    """An installation of its own."""
    made = engine(f"sqlite:///{folder / 'another.sqlite3'}")
    upgrade(made)
    return House(made)


def a_week(*services: str, n: int = 12) -> dict[str, Counts]:
    return dict.fromkeys(services, (n - n // 3 - n // 6, n // 6, n // 3))


def run(house: House, weeks: int, *services: str, first: Week = START, n: int = 12) -> None:
    """Weeks in which all services have `n` answers, each released when it has ended."""
    for week in (first + at for at in range(weeks)):
        house.answer(week, a_week(*services, n=n))
        house.release(week)


def test_a_week_released_again_adds_nothing(house: House) -> None:
    house.build(ONE_SITE)
    run(house, 8, "A", "B", "C")
    before = house.ledger()
    assert (house.release(START + 7).weeks, house.release(START + 3).weeks) == (0, 0)
    assert house.ledger() == before


def test_weeks_released_together_leave_as_one_by_one(house: House, tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    answers = [
        {one: tuple(int(n) for n in draw.poisson((3, 1, 1))) for one in "ABCD"} for _ in range(2 * BLOCK)
    ]
    answers[0] = answers[1] = {"A": (9, 3, 2)}  # the others begin later
    house.build(TWO_SITES)
    for at, mine in enumerate(answers):
        house.answer(START + at, mine)
        house.release(START + at)
    singly = [house.ledger(form) for form in ("staff", "public")]
    check(house)
    other = another(tmp_path).build(TWO_SITES)
    for at, mine in enumerate(answers):
        other.answer(START + at, mine)
    other.release(START + (len(answers) - 1))
    assert [sorted(row[1:] for row in other.ledger(form)) for form in ("staff", "public")] == [
        sorted(row[1:] for row in rows) for rows in singly
    ]


def test_the_order_in_which_a_tree_was_loaded_is_told_by_no_figure(house: House, tmp_path: Path) -> None:
    draw = np.random.default_rng(4)
    answers = [{one: tuple(int(n) for n in draw.poisson((4, 1, 2))) for one in "ABCD"} for _ in range(BLOCK)]
    other = another(tmp_path)
    for one, backwards in ((house, False), (other, True)):
        one.build(TWO_SITES, backwards=backwards)
        for at, mine in enumerate(answers):
            order = sorted(mine, reverse=backwards)
            one.answer(START + at, {name: mine[name] for name in order})
            one.release(START + at)
    for form in ("staff", "public"):
        assert other.ledger(form) == house.ledger(form)


def test_late_answers_are_told_in_the_next_open_week(house: House) -> None:
    house.build(ONE_SITE)
    run(house, 4, "A", "B", "C")
    before = house.ledger()
    house.answer(START + 1, {"A": (5, 0, 0)})
    run(house, 4, "A", "B", "C", first=START + 4)
    assert house.ledger()[: len(before)] == before
    assert sum(house.told("A").values()) == 8 * 12 + 5
    assert house.rows("SELECT week FROM cell WHERE service = 'A' AND favourable = 5") == [(str(START + 4),)]
    check(house)


def test_answers_of_one_week_that_come_late_twice_are_both_told(house: House) -> None:
    house.build(ONE_SITE)
    run(house, 4, "A", "B", "C")
    for _ in range(3):
        house.answer(START + 1, {"A": (5, 0, 0)})
        house.release(START + 3)
    run(house, 8, "A", "B", "C", first=START + 4)
    assert sum(house.told("A").values()) == 12 * 12 + 15
    check(house)


def test_answers_that_come_after_a_release_was_killed_are_told_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.build(ONE_SITE)
    run(house, 3, "A", "B", "C")
    house.answer(START + 3, a_week("A", "B", "C"))
    with monkeypatch.context() as patch:
        patch.setattr("survey.services.release._week", _killed)
        with pytest.raises(KeyboardInterrupt):
            house.release(START + 3)
    house.answer(START + 3, {"A": (5, 0, 0)})
    house.release(START + 3)
    run(house, 8, "A", "B", "C", first=START + 4)
    assert sum(house.told("A").values()) == 12 * 12 + 5
    check(house)


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_answers_taken_back_are_said_to_be_wrong_and_the_figure_stays_known(house: House) -> None:
    house.build(ONE_SITE)
    run(house, 4, "A", "B", "C")
    before = house.ledger()
    house.answer(START + 1, {"A": (-6, -2, -4)})
    run(house, 8, "A", "B", "C", first=START + 4)
    after = house.ledger()
    assert after[: len(before)] == before
    wrong = [(node, span) for _, kind, node, _, span, *_ in after if kind == "withdrawn"]
    assert {node for node, _ in wrong} == {"A", "T1"}
    assert all(START + 1 in Span.parse(span) for _, span in wrong)
    house.release(START + 11)
    assert house.ledger() == after  # once is enough
    check(house)


def test_the_past_of_a_new_service_is_told_apart(house: House) -> None:
    house.build(ONE_SITE)
    run(house, BLOCK, "A", "B")
    before = house.ledger()
    for at in range(BLOCK):
        house.answer(START + at, a_week("C"))
    run(house, BLOCK, "A", "B", "C", first=START + BLOCK)
    assert house.ledger()[: len(before)] == before
    assert sum(house.told("C").values()) == 2 * BLOCK * 12
    assert sum(house.told("T1").values()) == BLOCK * 24 + BLOCK * 36
    check(house)


def test_the_past_of_a_service_that_told_of_later_weeks_already_opens_none_of_them(house: House) -> None:
    """Its figures of this block cover the weeks before its first answers: those are not told anew."""
    house.build(ONE_SITE)
    run(house, BLOCK + 4, "A", "B")
    run(house, 4, "A", "B", "C", first=START + (BLOCK + 4))
    before = house.told("C")
    for at in range(BLOCK + 4):
        house.answer(START + at, a_week("C", n=4))
    run(house, 16, "A", "B", "C", first=START + (BLOCK + 8))
    assert before.items() <= house.told("C").items()
    assert sum(house.told("C").values()) == BLOCK * 4 + 20 * 12
    check(house)


def test_the_past_of_a_service_that_opened_lately_is_told_to_staff_beside_its_present(house: House) -> None:
    house.build(ONE_SITE)
    run(house, 4, "A", "B")
    house.serve("NEW", "T1")
    run(house, 2, "A", "B", first=START + 4)
    for at in range(4):
        house.answer(START + at, a_week("NEW"))
    run(house, 6, "A", "B", "NEW", first=START + 6)
    assert sum(house.told("NEW").values()) == 10 * 12
    assert sum(house.told("NEW", "public").values()) == pytest.approx(6 * 12, abs=2)
    check(house)


def test_a_pathway_that_comes_with_its_past_after_its_tree_has_changed_is_told(house: House) -> None:
    house.build(ONE_SITE)
    for at in range(4):
        house.release(START + at)  # nothing has been answered
    house.serve("NEW", "T1")
    for at in range(8):
        house.answer(START + at, a_week("A", "B", "NEW"))
    house.release(START + 7)
    run(house, 4, "A", "B", "NEW", first=START + 8)
    assert sum(house.told("A").values()) == 12 * 12
    check(house)


def test_a_new_service_is_in_its_organisations_figures_at_once(house: House) -> None:
    house.build(ONE_SITE)
    run(house, 4, "A", "B", "C")
    house.serve("NEW", "T1")
    run(house, 8, "A", "B", "C", "NEW", first=START + 4)
    assert sum(house.told("T1").values()) == 4 * 36 + 8 * 48
    check(house)


@pytest.mark.parametrize("moved", [5, 12])
def test_a_service_that_moved_is_in_the_figures_of_its_old_site_no_longer(house: House, moved: int) -> None:
    house.build(TWO_SITES)
    run(house, moved, "A", "B", "C", "D")
    before = house.ledger()
    house.serve("B", "T2")
    run(house, 24 - moved, "A", "B", "C", "D", first=START + moved)
    assert house.ledger()[: len(before)] == before
    old = [Span.parse(span) for span in house.told("T1")]
    assert max(span.last for span in old) < START + moved  # A alone is A's own figure
    check(house)


def test_a_service_that_moved_is_in_the_figures_of_its_new_site_from_the_next_block(house: House) -> None:
    house.build(TWO_SITES)
    run(house, 5, "A", "B", "C", "D")
    house.serve("B", "T2")
    run(house, 19, "A", "B", "C", "D", first=START + 5)
    by_week = {Span.parse(span).first - START: n for span, n in house.told("T2").items()}
    assert sum(n for first, n in by_week.items() if first < BLOCK) == BLOCK * 24
    assert sum(n for first, n in by_week.items() if first >= BLOCK) == BLOCK * 36


def test_a_provider_that_merged_with_another_has_no_figure_any_more(house: House) -> None:
    tree = Tree(
        {"T1": ["A", "B"], "T2": ["C", "D"], "U1": ["E", "F"], "U2": ["G"]},
        {"T": ["T1", "T2"], "U": ["U1", "U2"]},
        {"P": list("ABCDEFG")},
    )
    house.build(tree)
    run(house, 5, *"ABCDEFG")
    before = house.ledger()
    house.organise(*(Organisation(site, site, "site", parent="T") for site in ("U1", "U2")))
    run(house, 19, *"ABCDEFG", first=START + 5)
    assert house.ledger()[: len(before)] == before
    assert all(Span.parse(span).last < START + 5 for span in house.told("U"))
    check(house)


def test_a_node_that_is_new_in_a_block_tells_of_no_half_of_itself(house: House) -> None:
    house.build(Tree({"T1": ["A", "B"]}, {"T": ["T1"]}, {"P": ["A", "B"]}))
    run(house, 4, "A", "B")
    house.organise(Organisation("T2", "T2", "site", parent="T"))
    for new in ("C", "D"):
        house.serve(new, "T2")
    run(house, 20, "A", "B", "C", "D", first=START + 4)
    by_week = {Span.parse(span).first - START: n for span, n in house.told("T").items()}
    assert sum(n for first, n in by_week.items() if first < BLOCK) == 0
    assert sum(n for first, n in by_week.items() if first >= BLOCK) == BLOCK * 48
    check(house)


def test_where_a_figure_begins_tells_nothing_of_the_weeks_before(house: House) -> None:
    """B's first answers come in the second week: were that told, the site's first week would be A's alone."""
    house.build(Tree({"T1": ["A", "B"], "T2": ["C"]}, {"T": ["T1", "T2"]}, {"P": ["A", "B", "C"]}))
    run(house, BLOCK, "A", "B", "C")
    house.answer(START + BLOCK, {**a_week("A", n=20), **a_week("C")})
    house.release(START + BLOCK)
    run(house, 11, "A", "B", "C", first=START + (BLOCK + 1))
    begun = min(Span.parse(span).first for span in house.told("B") if Span.parse(span).first >= START + BLOCK)
    assert begun == START + BLOCK


def test_a_dry_run_of_weeks_tells_what_a_release_then_does(house: House) -> None:
    house.build(ONE_SITE)
    for at in range(8):
        house.answer(START + at, a_week("A", "B", "C"))
    dry = release(house.engine, house.catalogue, START + 7, dry_run=True)
    assert house.ledger() == []
    real = house.release(START + 7)
    assert (dry.figures, dry.public) == (real.figures, real.public)
