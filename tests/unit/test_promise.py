"""The promise is written once, and what it says is what the code does."""

from __future__ import annotations

import html
import re
from dataclasses import fields

import pytest
from click.testing import CliRunner

from survey.catalogue.catalogue import Catalogue
from survey.cli.main import COMMANDS, heard
from survey.config import Keep
from survey.domain.counts import SMALLEST
from survey.privacy.sealing import ROOM
from survey.privacy.tickets import new_ticket
from survey.services import pools, prepare, subgroups
from survey.services.respond import Desk
from survey.web.patient.app import create_app, create_preview
from tests.house.tree import read

# Numbers that stand nowhere else on the page.
LIMITS = Keep(
    sealed_weeks=71, comments_weeks=72, responses_weeks=73, tickets_weeks=74, outbox_weeks=75, backups=76
)


@pytest.fixture(scope="module")
def page() -> str:
    """The operator's page, with limits that no default has."""
    # Its routes ask nothing of the desk.
    app = create_app(Desk(None, None, Catalogue({})), keep=LIMITS)  # type: ignore[arg-type]
    return app.test_client().get("/promise").text


def said(markup: str) -> str:
    """The words of a page, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup.partition("</style>")[2] or markup)).split())


def exceptions(page: str) -> list[str]:
    """What the promise does not cover, each in its own first words."""
    listed = page.partition('id="not-covered"')[2].partition("</ol>")[0]
    return [said(one) for one in re.findall(r"<li><b>(.*?)</b>", listed)]


def plain(name: str) -> str:
    """A Markdown file without its marks, in one line."""
    return " ".join(re.sub(r"[*`]", "", read(name)).split())


def test_every_limit_of_the_installation_stands_on_the_page(page: str) -> None:
    numbers = re.findall(r"\b7[1-6]\b", said(page))
    assert set(numbers) == {str(getattr(LIMITS, one.name)) for one in fields(Keep)}


def test_the_pages_numbers_are_the_codes(page: str) -> None:
    words = said(page)
    assert f"k = {SMALLEST} or more" in words
    assert f"at most {pools.CARRIED}, then merged upward" in words
    assert {4: "made four weeks ahead"}[prepare.AHEAD] in words
    assert {4: "from four weeks before its box’s week"}[prepare.AHEAD] in words
    assert f"options of {subgroups.ENOUGH} answers or more" in words
    assert f"standard deviation {subgroups.NOISE:g}" in words
    assert f"{round(ROOM / 1000)} kB whatever was answered" in words
    assert f"{len(new_ticket()) * 5 // 8 * 8} random bits" in words


def test_every_command_that_the_page_names_is_there(page: str) -> None:
    named = {tuple(words.split()[1:]) for words in re.findall(r"<code>(heard [^<]+)</code>", page)}
    assert ("prove",) in named
    for words in named:
        assert words[0] in COMMANDS[""]
        done = CliRunner().invoke(heard, [*(word for word in words if word[0] != "-"), "--help"])
        assert done.exit_code == 0, words
        assert all(word in done.output for word in words if word[0] == "-")


def test_the_readme_says_the_first_four_things_that_it_does_not_cover_in_the_pages_words(page: str) -> None:
    first = exceptions(page)[:4]
    assert len(first) == 4
    assert [one for one in first if one not in plain("README.md")] == []


def test_the_manual_points_to_the_page_and_keeps_no_list_of_its_own() -> None:
    section = (
        read("docs/operating.md").partition("\n## What the promise does not cover\n")[2].partition("\n## ")[0]
    )
    assert "/promise" in section
    assert "templates/patient/promise.html" in section
    assert not re.search(r"(?m)^\s*(\d+\.|-) ", section)


def test_each_exception_has_words_of_its_own(page: str) -> None:
    found = exceptions(page)
    assert len(found) == len(set(found)) >= 10


@pytest.mark.parametrize(
    "says",
    [
        "controls our computer at the moment you press ‘Send’",
        "Until your box has been counted and the key is gone",
        "With a poster, anyone could try",
        "can find out that it has been used",
        "follow the national rules",
        "a reader may guess who you are",
    ],
)
def test_patients_are_told_what_cannot_be_promised_too(catalogue: Catalogue, says: str) -> None:
    client = create_preview(catalogue.get("inpatient/v1")).test_client()
    assert says in said(client.get("/how").text)
