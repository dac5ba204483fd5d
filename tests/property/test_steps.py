"""Blocks and steps: the same weeks are cut one way, from the past alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.blocks import (
    BLOCK,
    FIRST_LENGTH,
    FULL,
    KNOWN,
    LENGTHS,
    block_of,
    ends_step,
    step_length,
)
from survey.domain.calendar import Week

weeks = st.builds(lambda n: Week(2019, 1) + n, st.integers(0, 600))


@given(weeks)
def test_every_week_lies_in_one_block_of_twelve(week: Week) -> None:
    block = block_of(week)
    assert week in block
    assert block.weeks == BLOCK
    assert block_of(block.first) == block_of(block.last) == block
    assert block_of(block.last + 1).first == block.last + 1


@given(weeks, st.sampled_from(LENGTHS))
def test_steps_fill_their_block(week: Week, length: int) -> None:
    block = block_of(week)
    ends = [one for one in (block.first + n for n in range(BLOCK)) if ends_step(one, length)]
    assert len(ends) == BLOCK // length
    assert ends[-1] == block.last


@given(st.integers(0, 5_000), st.integers(KNOWN, BLOCK))
def test_a_step_is_the_shortest_that_was_full_on_average(answers: int, ran: int) -> None:
    length = step_length(answers, ran)
    assert length in LENGTHS
    assert answers * length >= FULL * ran or length == LENGTHS[-1]
    assert all(answers * shorter < FULL * ran for shorter in LENGTHS if shorter < length)


@given(st.integers(0, 5_000), st.integers(0, KNOWN - 1))
def test_of_whom_too_little_is_known_steps_have_four_weeks(answers: int, ran: int) -> None:
    assert step_length(answers, ran) == FIRST_LENGTH
