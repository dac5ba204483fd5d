"""What a service's own figures leave out: what waits sealed, was counted with others', was destroyed."""

from __future__ import annotations

from dataclasses import dataclass

from survey.domain.calendar import Span, Week


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Responses of one service that its own figures leave out, in numbers.

    They may be shown however small they are: a number of responses says nothing of what anybody answered, and
    how many links are spent is seen by whoever holds the links anyway.
    """

    service: str  # its name
    waiting: int = 0  # sealed, too few to be opened
    since: Week | None = None  # the first week of those
    aside: int = 0  # sealed, until two people have decided
    destroyed: int = 0  # unread
    span: Span | None = None  # the weeks of those
    merged: int = 0  # of other services, each too small by itself, counted together under this name
