"""Laws of weeks, months and quarters."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.calendar import Span, Week, month_span, quarter_of, quarter_span

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
weeks = days.map(Week.of)


@given(weeks)
def test_a_week_reads_back_as_it_is_written(week: Week) -> None:
    assert Week.parse(str(week)) == week
    assert len(str(week)) == 8


@given(weeks, weeks)
def test_weeks_are_ordered_as_they_are_written(one: Week, other: Week) -> None:
    assert (one < other) == (str(one) < str(other)) == (one.monday < other.monday)


@given(weeks, st.integers(-600, 600))
def test_weeks_add_and_take_away(week: Week, n: int) -> None:
    assert (week + n) - week == n
    assert (week + n) + -n == week


@given(days)
def test_each_day_lies_in_exactly_one_week(day: date) -> None:
    week = Week.of(day)
    assert week.monday <= day < week.monday + timedelta(days=7)


@given(weeks)
def test_each_week_lies_in_one_month_and_one_quarter(week: Week) -> None:
    assert week in month_span(week.month)
    assert week in quarter_span(week.quarter)
    assert quarter_of(week.thursday) == week.quarter


@given(weeks)
def test_months_and_quarters_follow_one_another_without_gap_or_overlap(week: Week) -> None:
    for span_of, name in ((month_span, "month"), (quarter_span, "quarter")):
        span = span_of(getattr(week, name))
        after = span_of(getattr(span.last + 1, name))
        assert after.first == span.last + 1
        assert getattr(span.last + 1, name) > getattr(week, name)  # names sort as time does


@given(weeks)
def test_a_month_has_four_or_five_weeks_and_a_quarter_thirteen_or_so(week: Week) -> None:
    assert month_span(week.month).weeks in {4, 5}
    assert quarter_span(week.quarter).weeks in {12, 13, 14}


@given(weeks, st.integers(0, 60))
def test_a_span_reads_back_as_it_is_written_and_holds_its_weeks(first: Week, n: int) -> None:
    span = Span(first, first + n)
    assert Span.parse(str(span)) == span
    assert sum(first + m in span for m in range(-2, n + 3)) == span.weeks == n + 1
