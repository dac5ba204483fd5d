"""Laws of the response's bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from survey.catalogue.rules import MOST_CODED, MOST_COMMENT
from survey.domain.response import Response
from survey.domain.ways import WAYS
from survey.privacy.sealing import ROOM
from tests.town import AGES, CODES, ETHNIC_GROUPS, RATED

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
chosen = st.dictionaries(words, words, max_size=6)


@given(chosen, chosen, chosen, chosen)
def test_decoding_gives_back_what_was_encoded(
    answers: dict[str, str], comments: dict[str, str], about_you: dict[str, str], way: dict[str, str]
) -> None:
    response = Response(answers, comments, about_you, way)
    assert Response.decode(response.encode()) == response


@given(
    st.fixed_dictionaries({code: st.sampled_from(CODES) for code in RATED}),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=1000),
    st.sampled_from(AGES),
    st.sampled_from(ETHNIC_GROUPS),
)
def test_the_largest_response_that_a_page_allows_fits_its_room(
    answers: dict[str, str], comment: str, age: str, group: str
) -> None:
    response = Response(answers, {"comment": comment}, {"age": age, "ethnic-group": group})
    assert len(response.encode()) <= ROOM - 4


def test_a_thousand_of_the_widest_characters_fit() -> None:
    way = {one.code: max((option.code for option in one.options), key=len) for one in WAYS}
    for widest in ("\N{PILE OF POO}", '"', "\\", "\n"):
        codes = {"q" * (MOST_CODED - len("comment") - 6 - 7): "x"}
        response = Response(codes, {"comment": widest * MOST_COMMENT}, {}, way)
        assert len(response.encode()) <= ROOM - 4, widest
