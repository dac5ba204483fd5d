"""Each broken questionnaire of tests/unit/broken is complained of at the exact lines, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.catalogue.catalogue import Catalogue, check
from survey.catalogue.files import LARGEST
from survey.domain.errors import BadInput, Problem
from survey.resources import folder

HERE = Path(__file__).parent
SHIPPED = [folder("questionnaires")]
# What is broken → line, field, how the complaint begins.
BROKEN: dict[str, list[tuple[int | None, str | None, str]]] = {
    "about_you_text": [
        (20, "questions[3].about_you", "an about-you question has one answer, chosen from"),
    ],
    "alias": [
        (11, None, "the anchor &answers is not used here: share a"),
        (28, None, "the alias *answers is not used here: write it out"),
    ],
    "alias_bomb": [
        (1, "a", "'a' is not a field here; known are pathway,"),
        (1, "questions", "is missing: write it"),
        (1, "indicators", "is missing: write it"),
        (1, "pathway", "is missing: write it"),
        (1, "version", "is missing: write it"),
        (1, "title", "is missing: write it"),
        (1, None, "the anchor &a is not used here: share a question as"),
        (2, "b", "'b' is not a field here; known are pathway,"),
        (2, None, "the alias *a is not used here: write it out"),
        (2, None, "the anchor &b is not used here: share a question as"),
        (3, "c", "'c' is not a field here; known are pathway,"),
        (3, None, "the alias *b is not used here: write it out"),
        (3, None, "the anchor &c is not used here: share a question as"),
    ],
    "bad_codes": [
        (7, "questions[2].code", "'How Kind' is not of the right form: write it like"),
        (12, "questions[2].options[1].code", "'1st' is not of the right form: write it like"),
        (25, "indicators[2].question", "there is no question 'kindness'; there are comment,"),
        (26, "indicators[2].series", "'kindness' is not of the right form: write it like"),
    ],
    "block_with_changes": [
        (7, "questions[1].text", "'text' is not a field here; known are block"),
    ],
    "bool_traps": [
        (12, "questions[2].options[1].label", "Yes without quotes means true or false in YAML:"),
        (12, "questions[2].options[1].code", "yes without quotes means true or false in YAML:"),
        (14, "questions[2].options[3].label", "No without quotes means true or false in YAML:"),
        (14, "questions[2].options[3].code", "no without quotes means true or false in YAML:"),
        (27, "indicators[2].numerator[1]", "yes without quotes means true or false in YAML:"),
        (28, "indicators[2].denominator[3]", "no without quotes means true or false in YAML:"),
        (28, "indicators[2].denominator[1]", "yes without quotes means true or false in YAML:"),
    ],
    "comment_too_long": [
        (19, "questions[3].max_length", "is at most 1000, not 5000"),
    ],
    "comments_too_long_together": [
        (6, "questions", "comments may have 1001 characters in all; 1000 is"),
    ],
    "dont_know_favourable": [
        (13, "questions[2].options[2].group", "'Don't know' counts in the middle: write neither"),
    ],
    "duplicate_codes": [
        (13, "questions[2].options[2]", "the code 'kind' is taken by"),
        (15, "questions[3]", "the code 'kindness' is taken by questions[2]:"),
        (23, "indicators[2].code", "fft_positive is the Friends and Family Test's"),
        (23, "indicators[2]", "the code 'fft_positive' is taken by indicators[1]:"),
        (28, "indicators[2].denominator[2]", "'kindness' has no option 'mixed'; it has kind,"),
    ],
    "duplicate_keys": [
        (4, "title", "stands here a second time: keep one of them"),
        (19, "questions[3].text", "stands here a second time: keep one of them"),
    ],
    "empty": [
        (1, None, "is empty: begin with `pathway:`, `version:` and"),
    ],
    "fft_changed": [
        (8, "questions[1].text", "the Friends and Family question reads exactly"),
        (11, "questions[1].options", "the Friends and Family answers are exactly, in this"),
    ],
    "fft_formula_changed": [
        (26, "indicators[1].numerator", "of the Friends and Family Test is very_good and good"),
        (27, "indicators[1].denominator", "of the Friends and Family Test is all six, don't"),
        (28, "indicators[1].better", "of the Friends and Family Test is higher"),
    ],
    "fft_not_first": [
        (22, "indicators", "fft_positive comes first where fft is asked, not"),
    ],
    "fft_positive_of_another": [
        (22, "indicators[1].code", "fft_positive is the Friends and Family Test's"),
    ],
    "fft_renamed": [
        (6, "questions[1].code", "this is the Friends and Family question: write"),
    ],
    "indicator_of_a_comment": [
        (25, "indicators[2].question", "'comment' is not a rated question: follow one that"),
    ],
    "invisible_sign": [
        (10, "questions[2].why", "has a sign that cannot be seen, U+00AD: delete it"),
    ],
    "latin_1": [
        (3, None, "byte 0xe9 is not UTF-8: save the file as UTF-8"),
    ],
    "missing_wording": [
        (1, "title", "is missing: write it"),
        (6, "questions[2].text", "is missing: write it"),
        (11, "questions[2].options[2].label", "is missing: write it"),
        (15, "questions[3].text", "is empty: write it"),
        (16, "questions[3].why", "is empty: write it"),
    ],
    "no_group": [
        (13, "questions[2].options[2].group", "is missing: write it"),
    ],
    "no_indicators": [
        (21, "indicators", "has 0; from 1 to 30 belong here"),
    ],
    "not_a_mapping": [
        (1, None, "here belong fields, one a line: pathway, version,"),
    ],
    "not_a_proportion": [
        (27, "indicators[2].numerator", "is the whole denominator, so always 100 %: leave"),
        (28, "indicators[2].target", "is a share between 0 and 1, such as 0.9, not '80'"),
    ],
    "not_yaml": [
        (9, None, "cannot be read as YAML: mapping values are not"),
    ],
    "numerator_outside": [
        (27, "indicators[2].numerator", "kind is not in the denominator: add there or delete"),
    ],
    "one_option": [
        (12, "questions[2].options", "has 1; from 2 to 20 belong here"),
        (25, "indicators[2].numerator", "is the whole denominator, so always 100 %: leave"),
    ],
    "only_a_comment": [
        (1, None, "is empty: begin with `pathway:`, `version:` and"),
    ],
    "required_about_you": [
        (10, "questions[2].required", "an about-you question is never required: delete"),
        (15, "questions[2].options[2].group", "an answer about oneself is neither good nor bad:"),
    ],
    "tabs": [
        (16, None, "a tab: indent with spaces, two for each level"),
        (25, None, "a tab: indent with spaces, two for each level"),
    ],
    "text_too_long": [
        (9, "questions[2].text", "has 187 characters; 150 is the most: shorten it"),
        (13, "questions[2].options[2].label", "has 67 characters; 60 is the most: shorten it"),
    ],
    "text_with_options": [
        (11, "questions[2].max_length", "belongs to text questions: delete it, or write"),
        (16, "questions[3].max_length", "is missing: write it"),
        (21, "questions[3].options", "belongs to single and multiple questions: delete it,"),
    ],
    "too_deep": [
        (1, None, "cannot be read as YAML: nested more than 10 levels"),
    ],
    "two_documents": [
        (29, None, "a second document begins here (---): one"),
    ],
    "unknown_fields": [
        (1, "title", "is missing: write it"),
        (3, "titel", "'titel' is not a field here; did you mean 'title'?"),
        (7, "questions[2].kind", "is missing: write it"),
        (8, "questions[2].kinds", "'kinds' is not a field here; did you mean 'kind'?"),
        (13, "questions[2].options[2].lable", "'lable' is not a field here; did you mean 'label'?"),
        (13, "questions[2].options[2].label", "is missing: write it"),
        (24, "indicators[2].aim", "'aim' is not a field here; known are code, name,"),
    ],
    "unknown_options": [
        (27, "indicators[2].numerator[3]", "'kind' stands here twice: delete one"),
        (27, "indicators[2].numerator[2]", "'kindness' has no option 'lovely'; it has kind,"),
    ],
    "unknown_references": [
        (6, "questions[1].block", "no block 'ftf' has the part 'question'; there are"),
        (22, "indicators[1].block", "no block 'comment' has the part 'indicator'; there"),
        (25, "indicators[2].question", "there is no question 'kindnes'; there are comment,"),
    ],
    "unknown_words": [
        (8, "questions[2].kind", "'choice' is none of single, multiple, scale, number,"),
        (13, "questions[2].options[2].group", "'neutral' is none of favourable, neither,"),
        (29, "indicators[2].better", "'more' is none of higher, lower"),
    ],
    "wrong_pathway": [
        (1, "pathway", "is klinik, but the file lies at clinic/v1.yaml:"),
        (2, "version", "is 2, but the file lies at clinic/v1.yaml: move it"),
    ],
    "wrong_place": [
        (None, None, "lies in the wrong place: a questionnaire is"),
    ],
    "wrong_place_deep": [
        (None, None, "lies in the wrong place: a questionnaire is"),
    ],
    "wrong_types": [
        (2, "version", "is a whole number from 1, without quotes, not 'one'"),
        (3, "title", "the tag !html is not used here: take it away"),
        (12, "questions[2].options[1].label", "2026-11-30 without quotes means a date in YAML:"),
        (14, "questions[2].options[3].label", '16 without quotes means a number in YAML: write "16"'),
        (17, "questions[3].text", "is a text, not a list"),
        (19, "questions[3].max_length", "is a whole number from 1, without quotes, not '500'"),
        (20, "questions[3].required", "is true or false, not 'yes'"),
        (28, "indicators[2].numerator", "is a list, each item behind a '-', not 'kind'"),
    ],
}


def problems_of(*files: Path) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as raised:
        check(files, SHIPPED)
    return raised.value.problems


def file_of(case: str) -> Path:
    return next(file for file in (HERE / "broken" / case).rglob("*.y*ml"))


@pytest.mark.parametrize("case", BROKEN)
def test_every_error_of_a_file_is_said_with_its_line_and_field(case: str) -> None:
    found = problems_of(file_of(case))
    said = [
        (problem.line, problem.field, problem.message[: len(begins)])
        for problem, (_, _, begins) in zip(found, BROKEN[case], strict=False)
    ]
    assert said == BROKEN[case]
    assert len(found) == len(BROKEN[case])
    assert {problem.file.rsplit("/", 2)[-1] for problem in found} == {file_of(case).name}


def test_every_broken_file_is_in_the_table() -> None:
    assert {path.name for path in (HERE / "broken").iterdir()} == set(BROKEN)


def test_all_errors_of_all_files_are_said_at_once() -> None:
    files = [file_of(case) for case in BROKEN]
    assert len(problems_of(*files)) == sum(len(expected) for expected in BROKEN.values())


def test_the_sound_file_that_the_broken_ones_are_made_from_is_sound() -> None:
    assert check([HERE / "sound" / "clinic" / "v1.yaml"], SHIPPED) == 1


def test_an_error_in_a_shared_block_is_said_once_and_at_the_block(tmp_path: Path) -> None:
    sound = (HERE / "sound" / "clinic" / "v1.yaml").read_text()
    shared = sound.replace("  - code: comment\n", "  - block: praise\n  - code: comment\n")
    for pathway in ("clinic", "ward"):
        (tmp_path / pathway).mkdir()
        whole = shared.replace("pathway: clinic", f"pathway: {pathway}")
        (tmp_path / pathway / "v1.yaml").write_text(whole)
    (tmp_path / "_blocks").mkdir()
    (tmp_path / "_blocks" / "praise.yaml").write_text(
        "question:\n  code: praise\n  kind: text\n  txt: Well?\n  why: So.\n  max_length: 9\n"
    )
    with pytest.raises(BadInput) as raised:
        Catalogue.load([*SHIPPED, tmp_path])
    assert [(problem.line, problem.field) for problem in raised.value.problems] == [
        (2, "question.text"),
        (4, "question.txt"),
    ]
    assert all(problem.file.endswith("praise.yaml") for problem in raised.value.problems)


def test_a_block_that_nobody_includes_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "_blocks" / "alone.yaml"
    file.parent.mkdir()
    file.write_text("options:\n  - {code: a, label: A}\n  - {code: a, label: B}\n")
    assert [problem.line for problem in problems_of(file)] == [3]


def test_a_file_too_large_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    file = tmp_path / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_bytes(b"[" * (LARGEST + 1))
    assert "larger than 200 kB" in problems_of(file)[0].message


def test_a_control_character_is_found_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_text("pathway: clinic\ntitle: a\x07b\n")
    assert [(problem.line, problem.message[:24]) for problem in problems_of(file)] == [
        (2, "the character U+0007 may")
    ]


@pytest.mark.parametrize("name", ["clinic/v1.yaml", "_blocks/none.yaml"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    found = problems_of(tmp_path / name)
    assert found[0].file.endswith(name)
    assert "No such file" in found[0].message


def test_a_folder_in_place_of_a_file_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "clinic" / "v1.yaml").mkdir(parents=True)
    assert "not a file" in problems_of(tmp_path / "clinic" / "v1.yaml")[0].message


def test_a_mark_and_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    sound = (HERE / "sound" / "clinic" / "v1.yaml").read_text()
    file = tmp_path / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_bytes(b"\xef\xbb\xbf" + sound.replace("\n", "\r\n").encode())
    assert check([file], SHIPPED) == 1


def test_codes_that_would_not_fit_a_sealed_response_are_refused(tmp_path: Path) -> None:
    sound = (HERE / "sound" / "clinic" / "v1.yaml").read_text()
    long = "".join(
        f"  - code: question_with_a_rather_long_name_{n:02}\n    kind: single\n    text: So?\n    why: So.\n"
        f"    options:\n      - {{code: {'a' * 40}, label: A, group: neither}}\n"
        "      - {code: b, label: B, group: neither}\n"
        for n in range(20)
    )
    file = tmp_path / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_text(sound.replace("  - code: comment\n", f"{long}  - code: comment\n"))
    assert ["codes need" in problem.message for problem in problems_of(file)] == [True]
