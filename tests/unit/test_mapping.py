"""Mappings: every mistake at its file and line, at once; and the rule for dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from survey.catalogue.catalogue import Catalogue
from survey.domain.errors import BadInput
from survey.services.importing.dates import DateRule
from survey.services.importing.mapping import Mapping, tidy
from survey.services.importing.reading import find_mapping, read_mapping
from tests.exports import MAPPING

RULE = DateRule(
    column="Date",
    padded=("day/month/year", "month/day/year"),
    unpadded=("month/day/year",),
    disagreeing="common-day",
    earliest=date(2021, 1, 1),
)
SWAPS = [
    ("respondent: Who", "respondant: Who", "is not a field here"),
    ("source: small", "", "source: is missing"),
    ("column: When", "column: []", "is the name of one column"),
    ("[month/day/year]\n", "[month/year]\n", "is no order of a date"),
    ("disagreeing: common-day", "disagreeing: vote", "'vote' is none of common-day, reject"),
    ("earliest: 2021-01-01", "earliest: 01/01/2021", "a day is written 2022-05-31"),
    ("{Bus: BUS1}", "{Bus: BUS2}", "there is no service 'BUS2' under `services`; did you mean 'BUS1'?"),
    ("patient-transport/v1", "patient-transport/v9", "there is no questionnaire 'patient-transport/v9'"),
    ("question: fft", "question: ftt", "has no question 'ftt'"),
    ("question: fft", "question: age_band", "'age_band' of patient-transport/v1 is not rated"),
    ('"1": very_good', '"1": verygood', "did you mean 'very_good'?"),
    ('"1": very_good', '"7": very_good', "7 under `values` too"),
    ('"5": very_poor}', '" 1 ": very_poor}', "stands here a second time"),
    ("identifiers: [Ref]", "identifiers: [Ref, Comment]", "'Comment' is an identifier"),
    ("column: Where", "column: Who", "'Who' is an identifier"),
    ("name: Bus, ", "", "a service is added by name, organisation and place"),
    ("kind: icb", "kind: board", "'board' is none of icb"),
    ("name: A small export", "name: [A]", "is a text"),
]


def _read(tmp_path: Path, catalogue: Catalogue, content: str) -> Mapping:
    path = tmp_path / "mapping.yaml"
    path.write_text(content, encoding="utf-8")
    return read_mapping(path, catalogue)


def test_the_shipped_mapping_is_sound(catalogue):
    mapping = read_mapping(find_mapping("neas_fft"), catalogue)
    assert mapping.stripped == ("Respondent ID", "Comment ID")
    assert mapping.service_values["PTS - Patient Transport"] == "NEPTS"
    assert mapping.batches == {date(2022, 5, 31): "Batch entered on 31 May 2022"}


def test_a_mapping_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(BadInput, match=r"neas_fft\.yaml"):
        find_mapping("nease_fft.yaml")


@pytest.mark.parametrize("swap", SWAPS, ids=lambda swap: swap[1] or swap[0])
def test_a_mistake_is_named_with_its_file_and_line(tmp_path, catalogue, swap):
    was, now, said = swap
    assert was in MAPPING
    with pytest.raises(BadInput) as caught:
        _read(tmp_path, catalogue, MAPPING.replace(was, now, 1))
    assert said in str(caught.value)
    assert all(problem.line for problem in caught.value.problems)
    assert "mapping.yaml:" in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path, catalogue):
    broken = MAPPING
    for was, now, _ in (SWAPS[0], SWAPS[4], SWAPS[6], SWAPS[10], SWAPS[13]):
        broken = broken.replace(was, now, 1)
    with pytest.raises(BadInput) as caught:
        _read(tmp_path, catalogue, broken)
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "name: [", "just words", "a: &x 1\nb: *x\n", "\t"])
def test_what_is_no_mapping_is_an_error_and_not_a_crash(tmp_path, catalogue, content):
    with pytest.raises(BadInput, match="nothing was imported"):
        _read(tmp_path, catalogue, content)


def test_spaces_that_look_alike_are_alike():
    assert tidy("PTS\u00a0 - Patient\u2009 Transport\ufeff ") == "PTS - Patient Transport"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("31/05/2022", [date(2022, 5, 31)]),
        ("10/17/2021", [date(2021, 10, 17)]),
        ("05/06/2022", [date(2022, 6, 5), date(2022, 5, 6)]),
        ("06/06/2022", [date(2022, 6, 6)]),
        ("5/6/2022", [date(2022, 5, 6)]),
        ("31/5/2022", []),
        ("31/05/2022 14:05", [date(2022, 5, 31)]),
        ("29/02/2022", []),
        ("31/05/22", []),
        ("2022-05-31", []),
        ("May 2022", []),
        ("", []),
    ],
)
def test_a_date_is_read_in_the_orders_of_the_rule(text, days):
    assert list(RULE.readings(text)) == days


@pytest.mark.parametrize(
    ("texts", "day"),
    [
        (["31/05/2022", "5/31/2022"], date(2022, 5, 31)),
        (["05/06/2022", "05/06/2022"], date(2022, 6, 5)),
        (["06/07/2022", "07/06/2022"], None),  # 6 July and 7 June are both common to them
        (["06/07/2022", "6/7/2022"], date(2022, 6, 7)),  # the second can only mean 7 June
        (["05/06/2022", "31/05/2022"], None),
    ],
)
def test_rows_with_different_dates_get_the_one_day_they_share(texts, day):
    assert RULE.settle([RULE.readings(text) for text in texts]) == day


def test_the_rule_is_said_in_words():
    said = "\n".join(RULE.words())
    assert "with leading zeros (05/06/2022) a date is read day/month/year, else month/day/year" in said
    assert "gets the one day that all of them can mean" in said
