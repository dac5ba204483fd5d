"""The weekly e-mail as a view: one section a service, the rest in a line each."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from survey.domain.findings import Finding
from survey.presenters.weekly import CHARTS, LISTED, ROWS, Edition, email, subject, view
from tests.courses import fallen, stable

COURSE, FINDING = fallen()
WEEK = FINDING.week


def edition(*changed: tuple[str, str], **more: object) -> Edition:
    """A week in which (service, indicator) changed, all for the worse."""
    names = {"kindness": "Staff were kind", "waiting": "No wait, or a short one"}
    courses = [
        replace(COURSE, service=service, service_name=service, indicator=one, indicator_name=names[one])
        for service, one in changed
    ]
    found = [replace(FINDING, service=service, indicator=one) for service, one in changed]
    return Edition("QHM", "North East ICB", WEEK, courses, found, **more)  # type: ignore[arg-type]


def test_a_service_has_one_section_whatever_changed_in_it():
    shown = view(edition(("A", "kindness"), ("A", "waiting"), ("B", "waiting")))
    assert [change.service for change in shown.changes] == ["A", "B"]
    assert [len(change.also) for change in shown.changes] == [1, 0]
    assert shown.changes[0].also[0].startswith("Concern, new this week: fewer people said ‘")


def test_the_section_shows_what_needs_most_attention():
    both = edition(("A", "kindness"), ("A", "waiting"))
    large = replace(both.findings[1], after=0.4)
    assert "no wait" in view(replace(both, findings=[both.findings[0], large])).changes[0].says
    better = [replace(large, direction="improvement"), both.findings[0]]
    assert "staff were kind" in view(replace(both, findings=better)).changes[0].says


def test_a_table_names_one_change_and_counts_several():
    rows = view(edition(("A", "kindness"), ("A", "waiting"), ("B", "waiting"))).rows
    assert [row.note for row in rows] == ["Two concerns", "No wait, or a short one: concern"]


def test_services_that_need_attention_stand_first():
    steady = replace(stable(), service="Z", service_name="A steady one")
    missed = replace(steady, service="Y", service_name="B misses its target", assurance="consistent_fail")
    few = replace(steady, service="X", service_name="0 too new", variation=None)
    week = edition(("D", "kindness"), ("C", "kindness"))
    better = replace(week.findings[0], direction="improvement")
    shown = view(
        replace(week, courses=[few, steady, missed, *week.courses], findings=[better, week.findings[1]])
    )
    assert [row.name for row in shown.rows] == ["C", "D", "B misses its target", "A steady one", "0 too new"]


def test_many_changes_are_cut_without_a_word_lost():
    many = view(edition(*((f"S{n:03}", "kindness") for n in range(70))))
    assert len(many.changes) == CHARTS
    assert len(many.others) == LISTED
    assert len(many.rows) == ROWS
    assert many.left_out == 70 - ROWS


def test_a_subject_counts_where_several_services_changed():
    assert subject(edition(("A", "kindness"), ("B", "kindness"))) == (
        "North East ICB: Two of 2 services changed: two concerns, 24 November 2025"
    )
    assert subject(edition()).startswith("North East ICB: No service can be judged yet")


def test_the_same_week_gives_the_same_letter():
    week = edition(("A", "kindness"))
    assert email(week) == email(week)


def test_names_from_a_file_cannot_become_markup():
    week = edition(("A", "kindness"))
    odd = [replace(course, service_name="<b>A & B</b>\ncid:x@heard") for course in week.courses]
    letter = email(replace(week, name="<i>ICB</i>", courses=odd))
    assert not {"b", "i"} & set(_tags(letter.standalone()))
    assert "<b>A & B</b>" in letter.text
    assert "\n" not in letter.subject


def _tags(html: str) -> list[str]:
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: found.append(tag)  # type: ignore[method-assign]
    parser.feed(html)
    return found


def test_a_finding_without_a_course_is_left_out():
    week = edition(("A", "kindness"))
    stray: Finding = replace(FINDING, service="GONE")
    assert len(view(replace(week, findings=[*week.findings, stray])).changes) == 1
