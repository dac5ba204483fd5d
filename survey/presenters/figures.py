"""Single figures as people read them: percentages, points, dates, counts. The only place that makes them."""

from __future__ import annotations

from datetime import date, timedelta

from survey.domain.calendar import Span, Week

SPACE = "\u00a0"  # keeps a number and its sign on one line
YEAR = (51, 54)  # weeks that are called a year: whole steps seldom make 52
_SPELLED = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def percent(share: float) -> str:
    """A whole percentage; 0 % and 100 % only where it is exactly none or all."""
    whole = round(100 * share)
    if whole >= 100 > 100 * share:
        return f"over 99{SPACE}%"
    if whole <= 0 < share:
        return f"under 1{SPACE}%"
    return f"{whole}{SPACE}%"


def points(difference: float) -> str:
    """The size of a difference of two shares, without its direction: '9 points'."""
    whole = round(abs(100 * difference))
    if whole == 0:
        return f"less than 1{SPACE}point" if difference else f"0{SPACE}points"
    return f"1{SPACE}point" if whole == 1 else f"{whole}{SPACE}points"


def moved(difference: float) -> str:
    """A difference of two shares with its direction: '9 points lower'."""
    if difference == 0:
        return "no difference"
    return f"{points(difference)} {'lower' if difference < 0 else 'higher'}"


def between(low: float, high: float) -> str:
    """An interval of a difference, its smaller size first: 'between 5 and 13 points lower'."""
    near, far = sorted((low, high), key=abs)
    if low < 0 < high:
        return f"between {moved(low)} and {moved(high)}"
    least, most = round(100 * abs(near)), round(100 * abs(far))
    if least == most:
        return f"about {moved(far)}"
    return f"between {least} and {moved(far)}" if least else f"up to {moved(far)}"


def counted(n: int, noun: str) -> str:
    """'1 answer', '1,204 answers'."""
    return f"{n:,}{SPACE}{noun}{'' if n == 1 else 's'}"


def spelled(n: int) -> str:
    """'two' up to nine, then figures."""
    return _SPELLED[n] if n < len(_SPELLED) else f"{n:,}"


def sentence_case(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def day(moment: date) -> str:
    """'3 November 2025'."""
    return f"{moment.day}{SPACE}{moment:%B %Y}"


def month(moment: date) -> str:
    """'Nov 2025'."""
    return f"{moment:%b %Y}"


def week(of: Week) -> str:
    """'the week of 3 November 2025'."""
    return f"the week of {day(of.monday)}"


def span(of: Span) -> str:
    """'the week of 3 November 2025', 'the 4 weeks from 3 November 2025'."""
    return week(of.first) if of.weeks == 1 else f"the {of.weeks} weeks from {day(of.first.monday)}"


def last_day(of: Week) -> str:
    """The Sunday of a week: '22 November 2026'."""
    return day(of.monday + timedelta(days=6))


def to_date(of: Span) -> str:
    """'the year to 22 November 2026', 'the 26 weeks to 22 November 2026'."""
    length = "year" if YEAR[0] <= of.weeks <= YEAR[1] else f"{of.weeks}{SPACE}weeks"
    return f"the {length if of.weeks > 1 else 'week'} to {last_day(of.last)}"
