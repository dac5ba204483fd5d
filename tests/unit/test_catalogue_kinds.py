"""The other kinds of question are read as the README shows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from survey.catalogue.catalogue import read_file
from survey.domain.errors import BadInput
from survey.domain.questionnaire import Condition, Questionnaire
from survey.domain.response import Response
from survey.privacy.sealing import ROOM
from survey.resources import folder

SHIPPED = folder("questionnaires")
SOUND = (Path(__file__).parent / "sound" / "clinic" / "v1.yaml").read_text()
README = (SHIPPED / "README.md").read_text("utf-8")
FENCED = [part for part in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if part.startswith("  - code")]


def read(place: Path, text: str) -> Questionnaire:
    file = place / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_text(text, "utf-8")
    return read_file(file, [SHIPPED])


@pytest.fixture
def shown(tmp_path: Path) -> Questionnaire:
    """The sound questionnaire with what the README adds to one."""
    questions, indicators = FENCED
    return read(tmp_path, SOUND.replace("\nindicators:", f"{questions}\nindicators:") + indicators)


def test_of_several_options_one_may_stand_alone(shown: Questionnaire) -> None:
    troubles = shown.question("troubles")
    assert [option.code for option in troubles.options if option.alone] == ["nothing"]
    assert troubles.takes("parking stairs far")
    assert not troubles.takes("parking nothing")


def test_the_points_of_a_scale_are_options_with_words_at_both_ends(shown: Questionnaire) -> None:
    points = shown.question("sure").options
    assert [point.code for point in points] == [f"p{number}" for number in range(11)]
    assert [point.label for point in points] == [
        "0 – Not sure at all",
        *map(str, range(1, 10)),
        "10 – Very sure",
    ]
    assert [point.score for point in points] == list(range(11))
    assert [point.group for point in points] == ["unfavourable"] * 5 + ["neither"] * 2 + ["favourable"] * 4


def test_a_number_falls_into_a_band(shown: Questionnaire) -> None:
    visits = shown.question("visits")
    assert [visits.band(number) for number in (0, 6, 7, 99, 100)] == ["few", "few", "many", "many", None]
    assert visits.unit == "times"


def test_a_question_is_asked_of_those_alone_whose_answers_lead_to_it(shown: Questionnaire) -> None:
    assert shown.question("stairs_help").show_if == ((Condition("troubles", frozenset({"stairs"})),),)
    assert "stairs_help" in {one.code for one in shown.path({"troubles": "parking stairs"})}
    assert "stairs_help" not in {one.code for one in shown.path({"troubles": "parking"})}


def test_a_mean_counts_the_scores_of_all_answers(shown: Questionnaire) -> None:
    mean = shown.indicators[-1]
    assert (mean.measure, mean.target, mean.numerator) == ("mean", 8.0, frozenset())
    assert mean.denominator == {point.code for point in shown.question("sure").options}


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("{question: fft, is: [poor, very_poor]}", [[("fft", "poor very_poor")]]),
        ("[{question: fft, is: [poor]}]", [[("fft", "poor")]]),
        (
            "[{question: fft, is: [poor]}, {question: kindness, is: [unkind]}]",
            [[("fft", "poor"), ("kindness", "unkind")]],
        ),
        (
            "{any: [{question: fft, is: [poor]}, "
            "[{question: fft, is: [good]}, {question: kindness, is: [unkind]}]]}",
            [[("fft", "poor")], [("fft", "good"), ("kindness", "unkind")]],
        ),
    ],
)
def test_a_condition_has_three_forms(tmp_path: Path, written: str, rule: list[list[tuple[str, str]]]) -> None:
    text = SOUND.replace("    text: What else?\n", f"    text: What else?\n    show_if: {written}\n")
    assert read(tmp_path, text).question("comment").show_if == tuple(
        tuple(Condition(question, frozenset(codes.split())) for question, codes in every) for every in rule
    )


def longest(questionnaire: Questionnaire) -> Response:
    """The longest response that the page would take: all that can be chosen, and the widest signs."""
    answers = {}
    for question in questionnaire.questions:
        together = question.joined(frozenset(one.code for one in question.options if not one.alone))
        alone = [one.code for one in question.options]
        answers[question.code] = max([*alone, together if question.kind == "multiple" else ""], key=len)
    comments = {one.code: "\N{PILE OF POO}" * (one.max_length or 0) for one in questionnaire.questions}
    return Response(
        {one.code: answers[one.code] for one in questionnaire.questions if one.kind != "text"},
        {code: words for code, words in comments.items() if words},
    )


def test_what_can_be_chosen_together_fits_a_sealed_response_or_is_refused(tmp_path: Path) -> None:
    """Counting one option of a question would let some responses grow beyond their one length."""
    rooms = []
    for count in range(14, 20):
        options = "".join(
            f"      - {{code: trouble_number_{number:02}, label: Trouble {number}, group: unfavourable}}\n"
            for number in range(count)
        )
        question = f"    kind: multiple\n    text: So?\n    why: So.\n    options:\n{options}"
        several = "".join(f"  - code: troubles_{number}\n{question}" for number in range(3))
        text = SOUND.replace("\nindicators:", f"{several}\nindicators:").replace("500", "1000")
        (tmp_path / str(count)).mkdir()
        try:
            rooms.append(len(longest(read(tmp_path / str(count), text)).encode()))
        except BadInput as error:
            (problem,) = error.problems
            assert "bytes; 1000 is the most" in problem.message
    assert 4900 < max(rooms) <= ROOM - 4
    assert 1 < len(rooms) < 6
