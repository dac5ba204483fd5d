"""What a service's own figures leave out, in no exact number: sealed, destroyed, or merged upward."""

from __future__ import annotations

from dataclasses import dataclass

NEAREST = 5


@dataclass(frozen=True, slots=True)
class Rounded:
    """How many responses of some boxes, as anybody may be told.

    Each box was rounded by itself before anything was added up: of one with ten or more `about` holds its
    number to the nearest five, of one with one to nine nothing but that there is such a box. So no sum, and
    no sum less another, tells of a small box more than that.
    """

    about: int = 0
    few: int = 0  # services that have boxes of one to nine

    def __post_init__(self) -> None:
        if self.about % NEAREST:
            raise ValueError(f"{self.about} is exact: round each box to the nearest {NEAREST} first")

    def __bool__(self) -> bool:
        return bool(self.about or self.few)

    def __add__(self, other: Rounded) -> Rounded:
        return Rounded(self.about + other.about, self.few + other.few)


NONE = Rounded()


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Responses of one service that its own figures leave out.

    Neither exact numbers nor weeks: they would tell how many answered in a week with one to nine answers, and
    which weeks had any. Of what stands under its name for services with too few of their own it says only
    that there is some: 'about twenty' of two of them would tell that each had nine.
    """

    service: str  # its name
    waiting: Rounded = NONE  # sealed, too few to be opened
    aside: Rounded = NONE  # sealed, until two people have decided
    destroyed: Rounded = NONE  # unread
    merged: bool = False  # of other services, each too small by itself, counted together under this name
