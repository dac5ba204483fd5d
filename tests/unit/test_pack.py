"""A board pack in words: its order, its grid, what it says of the quiet, the many, the long, the thin."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey.presenters import fitting, measure, sheet
from survey.presenters.grid import SIZE, Cell, fitted
from survey.presenters.pack_pages import Pack
from survey.presenters.words import NO_LEAGUE_TABLE
from tests import packs


@pytest.fixture(scope="module", params=list(packs.BOARDS))
def board(request: pytest.FixtureRequest) -> packs.Board:
    return packs.BOARDS[request.param]()


def cells(pack: Pack) -> dict[tuple[str, str], Cell]:
    return {
        (band.key, column.key): cell
        for band in pack.grid.grid.bands
        for column, cell in zip(pack.grid.grid.columns, band.cells, strict=True)
    }


def notes(pack: Pack) -> str:
    pages = [page.notes + page.under for page in pack.listings]
    if pack.method is not None:
        pages += [pack.method.left, pack.method.right]
    return " ".join(line for found in pages for section in found for line in section.lines)


def test_each_finding_has_one_page_and_concerns_come_first() -> None:
    pack = packs.six().pack
    assert [one.finding.direction for one in pack.exhibits] == ["concern"] * 2 + ["improvement"] * 2
    assert pack.exhibits[0].finding.indicator == "fft"
    assert {(one.node, one.indicator) for one in packs.six().findings} == {
        (one.course.node, one.course.indicator) for one in pack.exhibits
    }


def test_the_first_page_says_what_changed_what_is_asked_the_period_and_how_many_answered() -> None:
    front = packs.six().pack.front
    assert front.title == "Three of 6 services changed: two concerns and two improvements"
    assert "Ask for a plan" in front.asked[0].lines[0]
    assert "22\u00a0November 2026" in front.subtitle
    n = sum(course.n for course in packs.six().courses if course.indicator == "fft")
    assert any(large == f"{n:,}" and counts.endswith("since Nov 2024") for large, counts in front.figures)


def test_every_service_that_can_be_judged_stands_in_exactly_one_cell_of_the_grid(board: packs.Board) -> None:
    leads = {course.node: course for course in reversed(board.courses)}
    judged = [course for course in leads.values() if course.variation is not None]
    assert sum(cell.count for cell in cells(board.pack).values()) == len(judged)


def test_the_cell_of_a_service_is_its_variation_by_its_assurance() -> None:
    found = cells(packs.many().pack)
    assert found["concern", "none"] == Cell(1, ("Ward 4, Northside",))
    assert found["improvement", "inconsistent"].count == 1
    assert found["common", "inconsistent"].names[0].endswith(" more")


def test_a_cell_with_services_names_at_least_one(board: packs.Board) -> None:
    assert all(cell.names for cell in cells(board.pack).values() if cell.count)


def test_names_fill_a_cell_line_by_line_then_run_together_then_end_in_how_many_more() -> None:
    names = [f"Ward {n}" for n in range(12)]
    assert fitted(names[:3], width=2, lines=3) == ("Ward 0", "Ward 1", "Ward 2")
    assert fitted(names[:4], width=4, lines=2) == ("Ward 0; Ward 1; Ward 2; Ward 3",)
    (text,) = fitted(names, width=2, lines=2)
    assert text.endswith(f"; and {12 - text.count('Ward')} more")
    assert fitted([packs.LONG] * 3, width=2, lines=1)[0].endswith("…; and 2 more")


def test_a_quiet_period_has_headline_grid_and_table_and_asks_nothing() -> None:
    pack = packs.quiet().pack
    assert pack.front.title == "Nothing changed in any of the 3 services"
    assert pack.exhibits == ()
    assert pack.front.asked[0].lines[0].startswith("No decision is needed")
    assert sum(len(page.table.rows) for page in pack.listings) == 3


def test_a_pack_of_too_few_results_says_so_and_judges_nothing() -> None:
    pack = packs.thin().pack
    assert pack.front.title.startswith("No service can be judged by itself yet")
    assert "Too early to judge" in pack.grid.note
    assert pack.grid.note.endswith("Ward 7. Nothing told yet: Ward 8; and Ward 9.")
    assert "too early to decide" in pack.front.asked[0].lines[0]
    assert "Too early" in pack.listings[0].table.rows[0].cells[-1]


def test_nothing_is_asked_of_a_board_whose_answers_are_all_withheld() -> None:
    board = packs.thin()
    pack = packs.Board(board.courses[1:]).pack
    assert pack.front.asked[0].lines[0].startswith("No service has results to show yet")
    assert [cell[0] for cell in pack.listings[0].table.rows[0].cells[1:]] == ["–", "–", "–"]


def test_services_with_few_answers_and_with_none_look_alike() -> None:
    few = packs.thin().courses[1]
    none = replace(few, node="C", node_name="Ward 8", watched=not few.watched)
    one, other = (
        packs.Board([packs.thin().courses[0], each], silent=["Ward 8"]).pack for each in (few, none)
    )
    assert one == other


def test_the_last_page_says_what_was_withheld_where_and_that_providers_cannot_be_compared(
    board: packs.Board,
) -> None:
    said = notes(board.pack)
    assert NO_LEAGUE_TABLE in said
    assert "Making Data Count" in said
    told = {course.node for course in board.courses if course.latest}
    withheld = [course for course in board.courses if course.withheld and course.node in told]
    assert ("left empty" in said) == bool(withheld)
    assert all(course.node_name in said for course in withheld)
    assert all(name[:40] in said for name in board.silent)


def test_every_service_stands_in_the_table_once_and_those_that_changed_stand_first() -> None:
    rows = [row for page in packs.many().pack.listings for row in page.table.rows]
    assert len(rows) == 24
    assert len({row.cells[0] for row in rows}) == 24
    assert [row.cells[-2][0] for row in rows[:4]] == ["Concern", "Concern", "Improvement", "Common cause"]


def test_no_page_holds_a_placeholder_or_an_empty_section(board: packs.Board) -> None:
    sections = [section for page in board.pack.exhibits for section in page.sections]
    assert {section.heading for section in sections} <= {
        "What the data say",
        "Why this is a signal",
        "What you could do",
    }
    assert all(line.strip() for section in sections for line in section.lines)


def test_titles_take_two_lines_of_24_to_28_points_and_columns_fit_their_pages(board: packs.Board) -> None:
    pack = board.pack
    pages = [pack.front, pack.grid, *pack.exhibits, *pack.listings]
    for page in pages:
        assert page.title_size in range(24, 29)
        assert len(measure.wrapped(page.title, sheet.ROOM, size=page.title_size, bold=True)) <= 2
    for page in pack.exhibits:
        high = fitting.sections_height(page.sections, sheet.ASIDE, size=page.sections_size)
        assert high <= sheet.BOTTOM - sheet.TOP
        assert page.sections_size >= 14
    for listing in pack.listings:
        assert sheet.TOP + sheet.SUBTITLE_HIGH + listing.table.height <= sheet.BOTTOM + 0.01


def test_tables_and_grid_are_as_wide_as_the_sheet_allows(board: packs.Board) -> None:
    pack = board.pack
    assert pack.grid.grid.width == pytest.approx(sheet.ROOM)
    for listing in pack.listings:
        assert listing.table.width == pytest.approx(sheet.MAIN if listing.notes else sheet.ROOM)


def test_services_of_one_name_are_told_apart_by_provider_else_by_code() -> None:
    first, second, third = packs.quiet().courses
    alike = [replace(one, node_name="Ward 7") for one in (first, second, third)]
    names = {row.cells[0][0] for page in packs.Board(alike).pack.listings for row in page.table.rows}
    assert names == {"Ward 7 (A)", "Ward 7 (Riverside Ambulance Service NHS Trust)", "Ward 7 (G)"}


def test_a_title_that_is_too_long_leaves_the_indicator_to_the_subtitle_then_cuts_the_service() -> None:
    page = next(one for one in packs.many().pack.exhibits if one.course.node == "S3")
    assert page.title.startswith(
        "Urgent treatment centre 3, Southside General Hospital: fewer people answered"
    )
    assert page.course.indicator_name in page.subtitle
    long = packs.long().pack.exhibits[0]
    assert "…" in long.title
    assert long.title.endswith("since")


def test_wrapping_breaks_at_spaces_keeps_numbers_with_their_signs_and_splits_what_is_too_wide() -> None:
    assert measure.wrapped("90\u00a0% of 100", 0.8, size=SIZE) == ["90\u00a0% of", "100"]
    broken = measure.wrapped("M" * 40, 1, size=SIZE)
    assert "".join(broken) == "M" * 40
    assert all(measure.width(line, size=SIZE) <= 1 for line in broken)
    assert measure.shortened("Ward 7", 9, size=SIZE) == "Ward 7"
    assert measure.width(measure.shortened(packs.LONG, 3, size=SIZE), size=SIZE) <= 3


def test_the_key_of_a_chart_names_its_target_shapes_gaps_and_where_the_axis_begins() -> None:
    key = packs.one().pack.exhibits[0].key
    assert "Dotted: the target, 99\u00a0%." in key
    assert "Orange diamonds: unusual, worse." in key
    assert "The axis begins at 50\u00a0%, not 0." in key


def test_an_organisation_that_changed_has_its_page_under_its_own_name() -> None:
    pack = packs.whole().pack
    assert (
        pack.front.title == "No service changed by itself. One organisation changed as a whole: one concern"
    )
    assert pack.exhibits[0].title.startswith("Riverside Hospitals NHS Trust, all inpatient services: fewer")
    assert "all inpatient services" in pack.front.asked[0].lines[0]
    assert [change.icon for change in pack.front.changes] == [
        "variation_concern_low",
        *["variation_common_cause"] * 3,
        "assurance_empty",
    ]


def test_why_it_is_a_signal_says_how_rare_and_what_the_season_before_was() -> None:
    why = packs.whole().pack.exhibits[0].sections[1]
    assert why.heading == "Why this is a signal"
    assert why.lines[0].startswith("Compared with its own level before: had nothing changed")
    assert why.lines[1].startswith("Compared with the same 13")


def test_the_grid_and_the_table_say_that_they_tell_of_the_latest_results_alone(board: packs.Board) -> None:
    pack = board.pack
    assert pack.grid.title.startswith(("The latest result", "No service can be judged"))
    assert "Making Data Count" in pack.grid.subtitle
    assert "Page 1 tells of changed levels, by a stricter test." in pack.grid.subtitle


def test_an_unusual_latest_result_is_no_change_on_the_first_page() -> None:
    first, *rest = packs.quiet().courses
    pack = packs.Board([replace(first, variation="concern_low"), *rest]).pack
    assert pack.front.title == "Nothing changed in any of the 3 services"
    assert pack.front.changes[0].icon == "variation_common_cause"
    assert "no change of level so far" in pack.front.changes[0].text
    assert "one unusually poor" in pack.grid.title


def test_services_and_groups_share_a_page_of_comparisons() -> None:
    page = packs.whole().pack.comparison
    assert page is not None
    assert page.title.startswith("Two services differ from others of their kind; two groups of patients are")
    assert [section.heading for section in (*page.left, *page.right)] == [
        "Compared with similar services",
        "How to read this",
        "Between groups of patients",
        "How to read this",
    ]
    assert "85 or over" in page.right[0].lines[0]


def test_more_than_a_page_of_comparisons_is_cut_and_counted() -> None:
    page = packs.crowded().pack.comparison
    assert page is not None
    for column in (page.left, page.right):
        assert column[0].lines[-1].startswith("And ")
        assert len(column[0].lines) - 1 + int(column[0].lines[-1].split("\u00a0")[0].split()[1]) == 14
        high = fitting.sections_height(column, sheet.HALF, size=page.size)
        assert high <= sheet.BOTTOM - sheet.TOP


def test_one_kind_of_comparison_has_its_explanation_and_what_to_ask_beside_it() -> None:
    pack = packs.beside().pack
    assert pack.comparison is not None
    assert [section.heading for section in pack.comparison.right] == [
        "How to read this",
        "What the board could ask",
    ]
    assert pack.front.asked[0].lines == (f"{pack.comparison.title}: see the page of comparisons.",)
    groups = replace(packs.quiet(), gaps=[packs.gap("75 to 84", 0.71)]).pack.comparison
    assert groups is not None
    assert groups.left[0].heading == "Between groups of patients"
    assert packs.quiet().pack.comparison is None
