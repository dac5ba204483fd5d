"""A response and the bytes it travels in."""

from __future__ import annotations

import pytest

from survey.domain.response import Response


def test_a_response_is_empty_where_nothing_at_all_was_answered() -> None:
    assert Response().is_empty
    assert not Response(answers={"fft": "good"}).is_empty
    assert not Response(comments={"comment": "x"}).is_empty
    assert not Response(about_you={"age": "75+"}).is_empty


def test_the_order_of_answers_leaves_no_trace_in_the_bytes() -> None:
    one = Response(answers={"a": "1", "b": "2"})
    other = Response(answers={"b": "2", "a": "1"})
    assert one.encode() == other.encode()


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"a":{},"c":{}}', b"\xff"])
def test_what_is_no_response_does_not_decode(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Response.decode(data)
