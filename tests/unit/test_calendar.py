"""Weeks, months and quarters as the NHS counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from survey.domain.calendar import Span, Week, month_span, quarter_of, quarter_span, this_week


def test_a_week_is_written_as_iso_writes_it() -> None:
    assert str(Week(2026, 3)) == "2026-W03"
    assert Week.parse("2026-W03") == Week(2026, 3)


@pytest.mark.parametrize("text", ["", "2026-3", "2026W03", "26-W03", "2026-W3", "2026-W03 ", "2026-w03", "x"])
def test_a_week_written_otherwise_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="2026-W47, not"):
        Week.parse(text)


@pytest.mark.parametrize("text", ["2025-W53", "2026-W00", "2026-W54", "0000-W01"])
def test_a_week_that_its_year_has_not_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="has no week"):
        Week.parse(text)


def test_some_years_have_53_weeks() -> None:
    assert Week.parse("2026-W53") + 1 == Week(2027, 1)
    assert Week.parse("2020-W53") + 1 == Week(2021, 1)
    assert Week.parse("2025-W52") + 1 == Week(2026, 1)


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2027, 1, 1), Week(2026, 53)),
        (date(2027, 1, 4), Week(2027, 1)),
        (date(2024, 12, 30), Week(2025, 1)),
        (date(2026, 11, 22), Week(2026, 47)),
    ],
)
def test_a_day_lies_in_the_week_of_its_monday(day: date, week: Week) -> None:
    assert Week.of(day) == week


def test_a_week_belongs_to_the_month_and_quarter_of_its_thursday() -> None:
    across = Week.of(date(2026, 3, 30))  # Monday 30 March, Thursday 2 April
    assert (across.month, across.quarter) == ("2026-04", "2026/27-Q1")
    before = Week.of(date(2026, 9, 28))  # Thursday 1 October
    assert (before.month, before.quarter) == ("2026-10", "2026/27-Q3")
    last = Week(2026, 53)  # Thursday 31 December
    assert (last.month, last.quarter) == ("2026-12", "2026/27-Q3")


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 3, 31), "2025/26-Q4"),
        (date(2026, 4, 1), "2026/27-Q1"),
        (date(2026, 12, 31), "2026/27-Q3"),
        (date(2099, 5, 1), "2099/00-Q1"),
    ],
)
def test_the_year_of_the_nhs_begins_in_april(day: date, quarter: str) -> None:
    assert quarter_of(day) == quarter


def test_a_quarter_with_week_53_has_fourteen_weeks() -> None:
    assert quarter_span("2026/27-Q3") == Span(Week(2026, 40), Week(2026, 53))
    assert quarter_span("2026/27-Q3").weeks == 14
    assert quarter_span("2026/27-Q4") == Span(Week(2027, 1), Week(2027, 12))


@pytest.mark.parametrize("text", ["2026-Q3", "2026/28-Q3", "2026/27-Q5", "2026/27-Q0", "", "2026/27"])
def test_a_quarter_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2026/27-Q3, not"):
        quarter_span(text)


def test_a_month_has_four_or_five_weeks() -> None:
    assert month_span("2026-11") == Span(Week(2026, 45), Week(2026, 48))
    assert month_span("2026-12") == Span(Week(2026, 49), Week(2026, 53))
    assert month_span("2026-12").weeks == 5


@pytest.mark.parametrize("text", ["2026-13", "2026-0", "2026-00", "2026", "2026-1", "2026-W11"])
def test_a_month_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2026-11, not"):
        month_span(text)


def test_a_span_is_written_short_where_it_is_one_week() -> None:
    assert str(Span.parse("2026-W44")) == "2026-W44"
    assert str(Span.parse("2026-W44/2026-W47")) == "2026-W44/2026-W47"
    assert Span.parse("2026-W53/2027-W02").weeks == 3
    assert Week(2026, 53) in Span.parse("2026-W52/2027-W01")
    assert Week(2027, 2) not in Span.parse("2026-W52/2027-W01")


@pytest.mark.parametrize("text", ["2026-W47/2026-W44", "2026-W44/", "2026-W44/x", "/2026-W44"])
def test_a_span_that_is_none_is_refused(text: str) -> None:
    if text.endswith("/"):
        assert Span.parse(text) == Span.of(Week(2026, 44))
    else:
        with pytest.raises(ValueError, match=r"span ends before|a week is written"):
            Span.parse(text)


def test_a_week_begins_at_midnight_in_london() -> None:
    assert this_week(datetime(2026, 6, 28, 22, 59, tzinfo=UTC)) == Week(2026, 26)  # 23:59 on Sunday
    assert this_week(datetime(2026, 6, 28, 23, 0, tzinfo=UTC)) == Week(2026, 27)  # summer time: Monday
    assert this_week(datetime(2026, 12, 27, 23, 59, tzinfo=UTC)) == Week(2026, 52)
    assert this_week() == this_week(datetime.now(UTC))
