"""The page's own words: each is said somewhere, each that is said is there, and none is English by habit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from survey.catalogue import answer_words, easy
from survey.catalogue.editions import Edition, as_published
from survey.catalogue.words import Words, blanks, english, in_english
from survey.domain.questionnaire import Group, Option, Question
from survey.presenters import papers
from survey.resources import folder
from survey.web.patient import drawings, pages
from tests.kinds import every_kind

HERE = Path(pages.__file__).parent
JOINING = Path(answer_words.__file__)
PAPERS = sorted(Path(papers.__file__).parent.glob("*.py"))
TEMPLATES = [
    *(folder("templates") / "components").glob("*.html"),
    *[folder("templates") / "patient" / name for name in ("survey.html", "thanks.html", "message.html")],
    folder("templates") / "layouts" / "patient.html",
]
SAID = re.compile(r"""say\(\s*["'](\w+)["']""")
CHOSEN = re.compile(r"""say\(["'](\w+)["'] if [\w ]+ else ["'](\w+)["']""")


def said() -> set[str]:
    """The names of all words that templates, the script and the code ask for."""
    sources = [file.read_text("utf-8") for file in (*TEMPLATES, *HERE.glob("*.py"), *PAPERS, JOINING)]
    script = (folder("templates") / "patient" / "patient.js").read_text("utf-8")
    found = {name for source in (*sources, script) for name in SAID.findall(source)}
    found |= {name for source in sources for pair in CHOSEN.findall(source) for name in pair}
    found |= set(re.findall(r"say\([^()]*\? '(\w+)' : '(\w+)'", script)[0])
    quoted = {name for source in sources for name in re.findall(r'"([a-z_0-9]+)"', source)}
    ternary = set(re.findall(r"'([a-z_]+)'", script))
    return found | (set(english().texts) & (quoted | ternary))


def test_every_word_is_said_and_every_word_that_is_said_is_there() -> None:
    assert said() == set(english().texts)


def test_the_script_is_given_what_it_says() -> None:
    script = (folder("templates") / "patient" / "patient.js").read_text("utf-8")
    asked = set(SAID.findall(script)) | {
        name for name in re.findall(r"'([a-z_]+)'", script) if name in english().texts and name != "submit"
    }
    assert asked == set(pages._OF_SCRIPT)


def test_templates_and_script_hold_no_english_of_their_own() -> None:
    for file in TEMPLATES:
        text = re.sub(
            r"{[%{#].*?[%}#]}|<style>.*?</style>|<svg.*?</svg>", " ", file.read_text("utf-8"), flags=re.DOTALL
        )
        text = re.sub(r'<p class="draft">.*?</p>', " ", text, flags=re.DOTALL)  # read by those who write
        left = re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>", " ", text))
        assert left == [], file.name
    script = re.sub(r"//.*", "", (folder("templates") / "patient" / "patient.js").read_text("utf-8"))
    assert re.findall(r"'[A-Z][a-z]+ [^']*'", script) == []


def test_blanks_are_filled_by_name_and_nothing_else_is_read_of_them() -> None:
    words = Words("xx", {"evil": "{count.__class__} {0} {count} {count!r} %s {n", "twice": "{one}{one}"})
    assert words.say("evil", count=3) == "{count.__class__} {0} 3 {count!r} %s {n"
    assert words.say("twice", one="{one}") == "{one}{one}"
    with pytest.raises(KeyError):
        words.say("evil")
    assert blanks("{a} {b.c} {a}") == {"a"}


def test_notes_for_translators_are_of_words_that_there_are() -> None:
    assert set(english().notes) <= set(english().texts)


def faces(*groups: Group | str, kind: str = "single") -> list[str | None]:
    options = tuple(
        Option("dont_know", "?", "neither") if group == "?" else Option(f"o{place}", str(place), group)  # type: ignore[arg-type]
        for place, group in enumerate(groups)
    )
    asked = Question("mood", kind, "How?", "a test", options=options)  # type: ignore[arg-type]
    edition = Edition("en-easy", every_kind(asked), in_english())
    return easy.of_options(edition, asked)


GOOD, SO, BAD = "favourable", "neither", "unfavourable"


@pytest.mark.parametrize(
    ("groups", "drawn"),
    [
        ((GOOD, GOOD, SO, BAD, BAD, "?"), "face-5 face-4 face-3 face-2 face-1 unsure"),
        ((BAD, BAD, SO, GOOD, GOOD), "face-1 face-2 face-3 face-4 face-5"),
        ((GOOD, SO, BAD, "?"), "face-4 face-3 face-2 unsure"),
        ((GOOD, GOOD, BAD, BAD, SO, "?"), "face-5 face-4 face-2 face-1 none unsure"),  # there was no pain
        ((GOOD, BAD, SO, SO), "face-4 face-2 none none"),
    ],
)
def test_faces_run_from_the_happiest_to_the_saddest(groups: tuple[Group, ...], drawn: str) -> None:
    assert faces(*groups) == drawn.split()


def test_several_answers_have_no_faces_and_only_easy_read_has_pictures() -> None:
    assert faces(GOOD, BAD, kind="multiple") == [None, None]
    usual = as_published(every_kind())
    assert {one for asked in usual.questionnaire.questions for one in easy.of_options(usual, asked)} == {None}
    assert drawings.symbols([]) == ""


def test_easy_read_has_one_idea_a_line_in_any_script() -> None:
    assert drawings.lines("Are you hurt? Call 111. A <b>!").count('<span class="line">') == 3
    assert "<b>" not in drawings.lines("A <b>!")
    assert drawings.lines("کیا آپ؟ کال کریں۔ شکریہ").count('class="line"') == 3
