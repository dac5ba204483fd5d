"""The weekly e-mail as a view: one section a service, the rest in a line each."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from survey.domain.findings import Finding
from survey.domain.released import Released
from survey.presenters.weekly import CHARTS, LISTED, ROWS, Edition, email, subject, view
from tests import packs
from tests.courses import fallen, stable

COURSE, FINDING = fallen()
WEEK = FINDING.week


def out(week: Edition) -> Released[Edition]:
    """As if its figures had left: presenters take nothing else."""
    return Released(week, "staff")


def edition(*changed: tuple[str, str], **more: object) -> Edition:
    """A week in which (service, indicator) changed, all for the worse."""
    names = {"kindness": "Staff were kind", "waiting": "No wait, or a short one"}
    courses = [
        replace(COURSE, node=service, node_name=service, indicator=one, indicator_name=names[one])
        for service, one in changed
    ]
    found = [replace(FINDING, node=service, indicator=one) for service, one in changed]
    return Edition("QHM", "North East ICB", WEEK, courses, found, **more)  # type: ignore[arg-type]


def test_a_service_has_one_section_whatever_changed_in_it():
    shown = view(edition(("A", "kindness"), ("A", "waiting"), ("B", "waiting")))
    assert [change.name for change in shown.changes] == ["A", "B"]
    assert [len(change.also) for change in shown.changes] == [1, 0]
    assert shown.changes[0].also[0].startswith("Fewer people said ‘")


def test_a_further_change_says_of_itself_only_what_the_first_does_not():
    both = edition(("A", "kindness"), ("A", "waiting"))
    better = replace(both.findings[1], direction="improvement", before=0.5, after=0.9)
    (other,) = view(replace(both, findings=[both.findings[0], better])).changes[0].also
    assert other.startswith("Improvement: more people said ‘")
    (other,) = view(replace(both, before=[both.findings[1]])).changes[0].also
    assert other.startswith("First told in the week of")


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
    steady = replace(stable(), node="Z", node_name="A steady one")
    missed = replace(steady, node="Y", node_name="B misses its target", assurance="consistent_fail")
    few = replace(steady, node="X", node_name="0 too new", variation=None)
    week = edition(("D", "kindness"), ("C", "kindness"))
    better = replace(week.findings[0], direction="improvement")
    shown = view(
        replace(week, courses=[few, steady, missed, *week.courses], findings=[better, week.findings[1]])
    )
    assert [row.name for row in shown.rows] == ["C", "D", "B misses its target", "A steady one", "0 too new"]


def test_many_changes_are_cut_without_a_word_lost():
    many = view(edition(*((f"S{n:03}", "kindness") for n in range(70))))
    assert len(many.changes) == CHARTS
    assert len(many.others) == LISTED + 1
    assert many.others[-1] == f"And {70 - CHARTS - LISTED}\u00a0more changes."
    assert len(many.rows) == ROWS
    assert many.left_out == 70 - ROWS


def test_a_subject_counts_where_several_services_changed():
    assert subject(edition(("A", "kindness"), ("B", "kindness"))) == (
        "North East ICB: Two of 2 services changed: two concerns, 24 November 2025"
    )
    assert subject(edition()).startswith("North East ICB: No service can be judged")


def test_the_same_week_gives_the_same_letter():
    week = edition(("A", "kindness"))
    assert email(out(week)) == email(out(week))


def test_names_from_a_file_cannot_become_markup():
    week = edition(("A", "kindness"))
    odd = [replace(course, node_name="<b>A & B</b>\ncid:x@heard") for course in week.courses]
    letter = email(out(replace(week, name="<i>ICB</i>", courses=odd)))
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
    stray: Finding = replace(FINDING, node="GONE")
    assert len(view(replace(week, findings=[*week.findings, stray])).changes) == 1


def test_a_change_says_since_when_it_is_known():
    week = edition(("A", "kindness"), ("B", "kindness"))
    old, fresh = week.findings[0], replace(week.findings[1], told=WEEK)
    shown = view(replace(week, findings=[old, fresh], before=[old]))
    assert [(one.name, one.when.partition(" in ")[0]) for one in shown.changes] == [
        ("B", "new this week"),
        ("A", "first told"),
    ]


def test_an_organisation_that_changed_has_a_section_by_its_own_name_and_no_row():
    wide = replace(COURSE, node="RX6", node_name="Northside Trust", level="provider", organisation="RX6")
    quiet = replace(stable(), node="A")
    about = replace(FINDING, node="RX6")
    shown = view(Edition("QHM", "ICB", WEEK, [quiet, replace(quiet, node="B")], [about], wider=[wide]))
    assert shown.headline == "No service changed by itself. One organisation changed as a whole: one concern."
    assert shown.changes[0].name == "Northside Trust, all patient transport services"
    assert len(shown.rows) == 2


def test_the_icon_of_a_row_never_contradicts_the_headline():
    unusual = replace(stable(), node="A", variation="concern_low")
    small = replace(stable(), node="B", watched=False, watched_with="Southside")
    shown = view(Edition("QHM", "ICB", WEEK, [unusual, small, replace(stable(), node="C")], []))
    assert "Nothing changed in two of 3 services" in shown.headline
    assert [(row.icon.name, row.icon.alt, row.note) for row in shown.rows] == [
        (
            "variation_common_cause",
            "No change of level",
            "Latest week unusually low; not yet a change of level",
        ),
        (
            "assurance_empty",
            "Too few answers to be watched by itself",
            "Too few answers to be watched by itself: watched together with Southside",
        ),
        ("variation_common_cause", "No change of level", ""),
    ]


def test_the_season_and_how_long_a_fall_takes_stand_under_the_chart():
    small = replace(stable(), watched=False, watched_with="Southside")
    one = replace(small, season=packs.SEASON, sensitivity=packs.SENSITIVITY)
    notes = view(Edition("A", "Ward A", WEEK, [one], [])).whole_notes
    assert [note.partition(" ")[0] for note in notes] == ["Too", "Compared", "With"]
    changed = edition(("A", "kindness"))
    course = replace(changed.courses[0], season=packs.SEASON)
    assert view(replace(changed, courses=[course])).changes[0].notes[0].startswith("Compared with the same")


def test_comparisons_are_told_only_where_there_are_any():
    board = packs.whole()
    week = Edition(
        "QZZ", "ICB", packs.WEEK, board.courses, [], apart=board.apart, gaps=board.gaps, watched=24
    )
    shown = view(week)
    assert [section.heading for section in shown.compared] == [
        "Compared with similar services",
        "Between groups of patients",
    ]
    assert "Not a ranking" in shown.compared[0].note
    assert "courses watched for this e-mail" in " ".join(shown.small_print)
    text = email(out(week)).text
    assert text.index("Compared with similar services") < text.index("What was withheld")
    assert view(replace(week, apart=[], gaps=[])).compared == ()


def test_a_service_that_nobody_watches_is_not_said_to_be_steady():
    alone = replace(stable(), node="B", watched=False)
    shown = view(Edition("QHM", "ICB", WEEK, [stable(), alone], []))
    assert "Nothing changed in one of 2 services; the others cannot be judged yet" in shown.headline
    row = next(row for row in shown.rows if row.icon.name == "assurance_empty")
    assert (row.icon.alt, row.note) == ("Too few answers to be watched", "Too few answers to be watched")


def test_many_comparisons_are_cut_and_counted():
    board = packs.crowded()
    shown = view(Edition("QZZ", "ICB", packs.WEEK, board.courses, [], apart=board.apart, gaps=board.gaps))
    assert [section.lines[-1].replace("\u00a0", " ") for section in shown.compared] == [
        "And 2 more services.",
        "And 2 more groups.",
    ]


def test_a_small_service_is_not_said_twice_in_the_text():
    small = replace(stable(), watched=False, watched_with="Southside")
    text = email(out(Edition("QHM", "ICB", WEEK, [small, replace(stable(), node="B")], []))).text
    assert text.count("Too few answers to be watched by itself") == 1
