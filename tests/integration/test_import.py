"""Imports: the real export's rows, each stored once or rejected with a reason; taken back whole."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import delete

from survey.domain.calendar import Week
from survey.domain.errors import BadInput, Misconfigured, NotFound, Refused
from survey.domain.organisation import Organisation, Service
from survey.services.courses import courses
from survey.services.import_ import import_export, open_export, undo
from survey.services.release import released
from survey.storage import directory, marks
from survey.storage.database import transaction
from survey.storage.tables import ResponseRow
from tests.exports import NEAS, TODAY, Desk, count_steps, desk_for, reasons

ONE = "a1,person-01,31/05/2022,Bus,1,Kind crew"


@pytest.fixture
def desk(database, keys_dir, tmp_path, catalogue) -> Desk:
    return desk_for(database, keys_dir, tmp_path, catalogue)


@pytest.fixture
def small(sqlite, keys_dir, tmp_path, catalogue) -> Desk:
    """On SQLite only, where the database makes no difference."""
    return desk_for(sqlite, keys_dir, tmp_path, catalogue)


def test_every_row_of_the_export_is_stored_or_rejected_with_its_reason(desk):
    report = desk.neas()
    found = report.outcome
    assert (found.rows, found.people) == (5096, 2959)
    assert (found.rows_stored, report.responses, report.comments) == (4612, 2714, 3492)
    assert (desk.count("response"), desk.count("comment")) == (2714, 3492)
    swapped = (
        "the rows of one response have different dates, and more than one day can be meant by all of them"
    )
    undocumented = "the answer code 7 is not documented by the vendor"
    said = Counter(reason for _, _, reason in reasons(report))
    assert said == {swapped: 430, undocumented: 54}
    assert Counter(one.service for one in found.stored) == {"NEPTS": 963, "NE111": 862, "NESAC": 889}


def test_only_weeks_and_coded_answers_are_kept(desk):
    desk.neas()
    assert all(len(str(span)) == 8 for (span,) in desk.rows("SELECT DISTINCT span FROM response"))
    counted = desk.rows("SELECT sum(n) FROM answer_count WHERE question = 'fft'")
    assert counted == [(2714,)]


def test_the_batch_of_31_may_2022_is_marked(small):
    small.neas()
    with transaction(small.engine, reading=True) as session:
        found = marks.of_services(session, ["NEPTS", "NE111", "NESAC"])
    named = {
        code: [mark for mark in ones if mark.label == "Batch entered on 31 May 2022"]
        for code, ones in found.items()
    }
    assert {code: [str(mark.week) for mark in ones] for code, ones in named.items()} == {
        code: ["2022-W22"] for code in ("NEPTS", "NE111", "NESAC")
    }


def test_a_day_with_an_outlying_share_is_found_and_marked(small):
    report = small.neas()
    found = [(bulk.service, str(bulk.day), bulk.responses) for bulk in report.bulks if not bulk.named]
    assert found == [("NEPTS", "2022-02-28", 104)]


def test_the_import_yields_a_chart_for_each_service(small, catalogue):
    small.neas()
    released(small.engine, catalogue, Week(2022, 40))
    with transaction(small.engine, reading=True) as session:
        found = courses(session, catalogue, directory.services(session), through=Week(2022, 40))
    shown = {course.node: course.n for course in found if course.indicator == "fft_positive"}
    assert set(shown) == {"NEPTS", "NE111", "NESAC"}
    assert all(n > 800 for n in shown.values())


def test_running_it_twice_doubles_nothing(desk):
    desk.neas()
    before = desk.everything()
    again = desk.neas()
    assert (again.responses, again.outcome.rows, len(again.outcome.rejected)) == (0, 5096, 5096)
    assert Counter(reason for _, _, reason in reasons(again))["was stored by an earlier import"] == 4612
    assert desk.everything() == before


def test_a_batch_is_taken_back_whole_and_can_come_again(desk):
    batch = desk.neas().batch
    with transaction(desk.engine) as session:
        kept = directory.service(session, "NEPTS")
    undo(desk.engine, batch)
    for table in ("response", "comment", "answer_count", "mark", "import_seen"):
        assert desk.count(table) == 0, table
    assert desk.neas().responses == 2714
    assert kept.name == "Patient transport"


def test_taking_back_leaves_what_others_brought(desk):
    first = desk.take(desk.csv([ONE]))
    before = desk.rows("SELECT service, span, option, n FROM answer_count")
    second = desk.take(desk.csv([ONE, "a2,person-02,31/05/2022,Bus,1,Late"]))
    undo(desk.engine, second.batch)
    assert desk.rows("SELECT service, span, option, n FROM answer_count") == before
    assert [row[0] for row in desk.rows("SELECT batch FROM response")] == [first.batch]


def test_a_mark_passes_to_the_other_import_of_its_week(desk):
    desk.mapping += "batches:\n  - {day: 2022-05-31, label: Entered together}\n"
    first = desk.take(desk.csv([ONE]))
    desk.take(desk.csv(["a2,person-02,31/05/2022,Bus,1,Late"]))
    undo(desk.engine, first.batch)
    assert desk.rows("SELECT service, week, label FROM mark") == [("BUS1", "2022-W22", "Entered together")]


def test_taking_back_says_beforehand_how_many_weeks_have_been_released(small, catalogue):
    batch = small.take(small.csv([ONE])).batch
    assert undo(small.engine, batch, dry_run=True).released == 0
    released(small.engine, catalogue, Week(2022, 22))
    before = small.everything()
    done = undo(small.engine, batch, dry_run=True)
    assert (done.released, done.batch.responses) == (1, 1)
    assert small.everything() == before
    assert undo(small.engine, batch).released == 1


def test_what_was_taken_back_cannot_be_taken_back_again(small):
    batch = small.take(small.csv([ONE])).batch
    undo(small.engine, batch)
    with pytest.raises(Refused, match="taken back already"):
        undo(small.engine, batch)
    with pytest.raises(NotFound, match="heard import --list"):
        undo(small.engine, "nosuchbatch")


def test_a_batch_of_which_rows_were_deleted_by_age_cannot_be_taken_back(small):
    batch = small.take(small.csv([ONE])).batch
    before = small.count("answer_count")
    with transaction(small.engine) as session:
        session.execute(delete(ResponseRow))
    with pytest.raises(Refused, match="1 of the 1 responses"):
        undo(small.engine, batch)
    assert small.count("answer_count") == before > 0


def test_of_a_changed_export_only_the_new_rows_come_in(desk):
    desk.take(desk.csv([ONE]))
    again = desk.take(desk.csv(["a2,person-02,01/06/2022,Bus,5,Late", ONE]))
    assert (again.responses, desk.count("response")) == (1, 2)
    assert reasons(again) == [(3, "", "was stored by an earlier import")]


def test_a_row_added_to_a_stored_response_does_not_double_it(desk):
    desk.take(desk.csv([ONE]))
    again = desk.take(desk.csv([ONE, "a2,person-01,31/05/2022,Bus,1,More to say"]))
    assert (again.responses, desk.count("response"), desk.count("comment")) == (0, 1, 1)
    assert "new or was changed since: undo that import" in reasons(again)[1][2]


def test_a_rejected_response_comes_in_once_its_file_is_mended(desk):
    assert desk.take(desk.csv(["a1,person-01,31/05/2022,Bus,7,Kind"])).responses == 0
    assert desk.take(desk.csv(["a1,person-01,31/05/2022,Bus,1,Kind"])).responses == 1


def test_two_vendors_equal_numbers_are_two_people(small):
    small.take(small.csv([ONE]))
    small.mapping = small.mapping.replace("source: small", "source: other")
    assert small.take(small.csv([ONE])).responses == 1


def test_without_a_persons_column_equal_rows_are_two_people(small):
    small.mapping = small.mapping.replace("respondent: Who\n", "")
    rows = ["a,x,31/05/2022,Bus,1,", "a,x,31/05/2022,Bus,1,"]
    assert small.take(small.csv(rows)).responses == 2
    again = small.take(small.csv([*rows, rows[0]]))
    assert (again.responses, small.count("response")) == (1, 3)


def test_a_dry_run_says_the_same_and_writes_nothing(desk, keys_dir, tmp_path):
    empty = desk.everything()
    dry = desk.neas(dry_run=True)
    assert desk.everything() == empty
    assert not keys_dir.exists()
    assert not (tmp_path / "data" / "rejects").exists()
    wet = desk.neas()
    skip = {"batch", "rejects"}
    same = [line for line in dry.lines() if line.split()[0] not in skip | {"dry", "services"}]
    assert set(same) <= set(wet.lines())


def test_three_rows_of_one_person_are_one_response_with_their_comments(desk):
    rows = [
        "a1,person-01,31/05/2022,Bus,1,First",
        "a2,person-02,31/05/2022,Bus,5,did not  answer",
        'a3,person-01,5/31/2022,Bus,1,"Second\nline"',
        "a4,person-01,31/05/2022,Bus,1,   ",
    ]
    report = desk.take(desk.csv(rows))
    assert (report.responses, report.comments, report.outcome.rows_stored) == (2, 2, 4)
    assert sorted(desk.rows("SELECT text, sentiment FROM comment")) == [
        ("First", "favourable"),
        ("Second\nline", "favourable"),
    ]


def test_rejected_rows_are_listed_by_the_line_they_begin_on(small):
    rows = [
        'a1,person-01,31/05/2022,Bus,1,"two\nlines"',
        "a2,person-02,soon,Bus,9,no",
        "a3,,31/05/2022,Bus,1,no",
        "",
        "a4,person-04,31/05/2022,Tram,1,no",
        "a5,person-05,31/05/2022,Bus",
        "a6,person-06,31/05/2022,Bus,1,no,more",
        ",,,,,",
        "a7,person-07,31/05/2020,Bus,1,no",
        "a8,person-08,,Bus,1,no",
        "a9,person-09,31/05/2022,Bus,,only words",
    ]
    report = small.take(small.csv(rows))
    assert [(line, column) for line, column, _ in reasons(report)] == [
        (4, "When; FFT"),
        (5, "Who"),
        (7, "Where"),
        (8, ""),
        (9, ""),
        (10, ""),
        (11, "When"),
        (12, "When"),
        (13, "FFT"),
    ]
    said = {line: reason for line, _, reason in reasons(report)}
    assert said[4] == (
        "is not a date in any order that the mapping allows; "
        "the answer is none of those in the mapping (1, 5)"
    )
    assert said[8] == "the row has 4 cells where the header has 6"
    assert said[13] == "no rated question is answered"
    with report.rejects.open(newline="", encoding="utf-8") as file:
        listed = list(csv.reader(file))
    assert listed[0] == ["line", "column", "reason"]
    assert [int(row[0]) for row in listed[1:]] == [line for line, _, _ in reasons(report)]


def test_one_bad_row_of_a_person_rejects_the_persons_others(small):
    report = small.take(
        small.csv(
            ["a1,person-01,31/05/2022,Bus,7,x", ONE.replace("a1", "a2"), "a3,person-03,1/31/2022,Bus,1,"]
        )
    )
    assert reasons(report) == [
        (2, "FFT", "the code 7 means nothing"),
        (3, "", "belongs to the same response as line 2, which cannot be used"),
    ]


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("a2,person-01,31/05/2022,Bus,5,x", "the rows of one response give different answers"),
        ("a2,person-01,30/05/2022,Bus,1,x", "the rows of one response have different dates, and no day"),
        ("a1,person-01,31/05/2022,Bus,1,Kind crew", "the same row stands in line 2 already"),
    ],
)
def test_rows_of_a_person_that_contradict_each_other_are_rejected(small, second, said):
    report = small.take(small.csv([ONE, second]))
    assert reasons(report)[-1][2].startswith(said)


def test_a_comment_over_the_limit_is_rejected_not_cut(small):
    report = small.take(small.csv([ONE, f"a2,person-02,31/05/2022,Bus,1,{'x' * 5001}"]))
    assert reasons(report) == [
        (3, "Comment", "the comment is longer than 5,000 characters (`longest` in the mapping)")
    ]


def test_columns_of_one_answer_a_row_are_read_where_they_apply(small):
    small.mapping = small.mapping.replace(
        "  - question: fft\n    column: FFT\n",
        "  - question: fft\n    column: FFT\n    where: {column: Ref, value: rating}\n",
    ).replace("identifiers: [Ref]\n", "")
    report = small.take(
        small.csv(["rating,person-01,31/05/2022,Bus,1,", "words,person-01,31/05/2022,Bus,not a code,Kind"])
    )
    assert (report.responses, report.comments) == (1, 1)


def test_services_of_the_mapping_are_added_with_their_organisations(desk):
    report = desk.take(desk.csv([ONE]))
    assert [one.code for one in report.added] == ["BUS1"]
    with transaction(desk.engine, reading=True) as session:
        assert directory.service(session, "BUS1").place == "QHM"
        assert {one.code for one in directory.organisations(session)} == {"QHM", "RX6"}
    assert desk.take(desk.csv([ONE])).added == ()


def test_services_that_are_neither_known_nor_described_are_all_named_with_the_command(small):
    small.mapping = small.mapping.replace(", name: Bus, organisation: RX6, place: QHM", "").replace(
        "organisations:", "  - {code: TRAM1, questionnaire: nhs-111/v1}\norganisations:"
    )
    with pytest.raises(BadInput) as caught:
        small.take(small.csv([ONE]))
    assert "heard service add --code BUS1 --name NAME --pathway patient-transport" in str(caught.value)
    assert "heard service add --code TRAM1 --name NAME --pathway nhs-111" in str(caught.value)
    assert small.count("service") == 0


def test_a_service_of_another_pathway_is_not_written_to(small):
    with transaction(small.engine) as session:
        directory.keep_organisations(
            session, [Organisation("QHM", "ICB", "icb"), Organisation("RX6", "Trust", "provider")]
        )
        directory.keep_service(session, Service("BUS1", "Bus", "nhs-111", "RX6", "QHM"))
    with pytest.raises(BadInput, match="pathway 'nhs-111' in Heard, of 'patient-transport' in the mapping"):
        small.take(small.csv([ONE]))


def test_a_place_that_is_a_provider_is_refused(small):
    small.mapping = small.mapping.replace("place: QHM", "place: RX6")
    with pytest.raises(BadInput, match="its place RX6 is a provider; wanted: place or icb"):
        small.take(small.csv([ONE]))


@pytest.mark.parametrize("change", ["lost", "another"])
def test_without_the_key_of_earlier_imports_nothing_comes_in_twice(small, keys_dir, change):
    small.take(small.csv([ONE]))
    key = keys_dir / "clock" / "import.key"
    key.unlink()
    if change == "another":
        key.write_bytes(b"x" * 32)
        key.chmod(0o600)
    with pytest.raises(Misconfigured, match="rows would be stored twice"):
        small.take(small.csv([ONE]))
    assert small.count("response") == 1


def test_the_progress_adds_up_to_the_whole_file(small):
    steps, advance = count_steps()
    export = open_export(NEAS, "neas_fft", catalogue=small.intake.catalogue)
    import_export(small.intake, export, dry_run=True, today=TODAY, advance=advance)
    assert sum(steps) == export.source.total == Path(NEAS).stat().st_size


def test_the_report_says_the_rule_and_the_numbers(small):
    said = "\n".join(small.neas().lines())
    assert "with leading zeros (05/06/2022) a date is read day/month/year, else month/day/year" in said
    assert "5,096 read, from 2,959 people" in said
    assert "4,612 rows as 2,714 responses and 3,492 comments" in said
    assert "430  Date: the rows of one response have different dates" in said
    assert "heard import --undo" in said
