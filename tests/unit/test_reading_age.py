"""What patients read is easy to read: of ages 9 to 11, judged by Flesch and Kincaid's grade."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.readability import syllables, words
from survey.web.patient.app import create_preview
from tests.reading import grade, sentences

EASY = 5.0  # the fifth grade is age 10 to 11
HARD = 9.0
HOW = "/how"
LAWYERS = (
    "<p>Personal data are processed pseudonymously, notwithstanding the aforementioned limitations, "
    "in accordance with the applicable legislation concerning confidentiality and information governance.</p>"
)


@pytest.fixture
def client(catalogue: Catalogue) -> FlaskClient:
    return create_preview(catalogue.get("inpatient/v1")).test_client()


def parts(page: str) -> list[str]:
    """A page's sections."""
    return re.findall(r"<section.*?</section>", page, flags=re.DOTALL)


@pytest.mark.parametrize("path", [HOW, "/thanks"])
def test_a_page_for_patients_asks_for_the_reading_of_a_child_of_ten(client: FlaskClient, path: str):
    page = client.get(path).text
    assert len(sentences(page)) > 8
    assert grade(page) <= EASY


def test_no_part_of_the_promise_is_harder_than_the_rest_of_it(client: FlaskClient):
    found = parts(client.get(HOW).text)
    assert len(found) == 7
    assert max(map(grade, found)) <= EASY


def test_no_sentence_of_the_promise_is_long(client: FlaskClient):
    page = client.get(HOW).text.split("We cannot call you back")[0]
    assert max(len(words(sentence)) for sentence in sentences(page)) <= 20


def test_the_line_beside_the_first_question_is_easy_too(client: FlaskClient):
    found = re.search(r"<details.*?</details>", client.get("/").text, flags=re.DOTALL)
    assert found is not None
    assert grade(found[0]) <= EASY


def test_the_first_question_has_one_link_to_the_explanation(client: FlaskClient):
    assert client.get("/").text.count('href="/how"') == 1


def test_a_harder_text_would_be_found(client: FlaskClient):
    page = client.get(HOW).text
    assert grade(LAWYERS) > HARD
    lawyers = LAWYERS.removeprefix("<p>").removesuffix("</p>")
    worse = page.replace("Please do not name anyone, not even yourself.", lawyers)
    assert worse != page
    assert max(map(grade, parts(worse))) > EASY
    exact = re.search(r'<p class="lead">.*?</p>', client.get("/promise").text, flags=re.DOTALL)
    assert exact is not None
    assert grade(exact[0]) > HARD


@pytest.mark.parametrize(
    ("word", "spoken"),
    [
        ("anonymous", 4),
        ("answers", 2),
        ("box", 1),
        ("boxes", 2),
        ("locked", 1),
        ("counted", 2),
        ("people", 2),
        ("little", 2),
        ("please", 1),
        ("happened", 2),
        ("computer", 3),
        ("emergency", 4),
        ("places", 2),
        ("made-up", 2),
        ("confidentiality", 6),
        ("10", 1),
    ],
)
def test_syllables_are_counted_as_they_are_spoken(word: str, spoken: int):
    assert syllables(word) == spoken


def test_the_grade_of_a_text_is_the_published_formula_of_its_counts():
    # 'The cat sat on the mat.': 6 words, 6 syllables, 1 sentence: 0.39 * 6 + 11.8 * 1 - 15.59.
    assert grade("<p>The cat sat on the mat.</p>") == pytest.approx(-1.45)
    assert grade("<h1>Incomprehensibilities</h1><p>The cat sat on the mat.</p>") == pytest.approx(-1.45)
    assert grade("<li>The cat sat.</li><li>A computer counted</li>") == pytest.approx(
        0.39 * 3 + 11.8 * 9 / 6 - 15.59
    )


def test_a_page_without_text_is_not_called_easy():
    with pytest.raises(ValueError, match="no text to judge"):
        grade("<h1>Only a title</h1>")
