"""Blocks of twelve weeks: within one a node's steps are of one length, and none crosses its end."""

from __future__ import annotations

from survey.domain.calendar import Span, Week

BLOCK = 12  # weeks, a quarter or so, of which each fixes the steps of the next
LENGTHS = (1, 2, 4, 6, 12)  # weeks that a step may have: a block holds a whole number of each
FIRST_LENGTH = 4  # weeks, while nothing is known of a node's past
KNOWN = 4  # weeks with answers from which its volume is known
FULL = 20  # answers that a step should hold on average: of twice the smallest, few weeks are under it
_FIRST = Week(2018, 1)


def block_of(week: Week) -> Span:
    """The block that a week lies in."""
    first = _FIRST + (week - _FIRST) // BLOCK * BLOCK
    return Span(first, first + (BLOCK - 1))


def ends_step(week: Week, length: int) -> bool:
    """Whether a step of so many weeks ends with `week`: steps are counted from their block's first week."""
    return (week - block_of(week).first + 1) % length == 0


def step_length(answers: int, weeks: int) -> int:
    """The fewest of `LENGTHS` with which a step would be full, by a node's answers in so many past weeks.

    A length is fixed a block ahead, from the past alone: two ways to cut the same weeks could be subtracted
    from each other.
    """
    if weeks < KNOWN:
        return FIRST_LENGTH
    return next((length for length in LENGTHS if answers * length >= FULL * weeks), LENGTHS[-1])
