"""Boards made for tests of packs: judged courses of services, quiet, changed, many, long-named, thin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

import numpy as np
import pandas as pd

from analysis.spc import p_prime_chart_of
from survey.domain.calendar import Span, Week
from survey.domain.findings import Apart, Course, Finding, Gap, Mark, Season, Sensitivity, Step
from survey.domain.released import Released
from survey.domain.uncounted import Uncounted
from survey.presenters.pack import Contents, pack
from survey.presenters.pack_pages import Pack

WEEK = Week.parse("2026-W47")
ICB = "NHS Riverside Integrated Care Board"
PROVIDERS = {"RZ1": "Riverside Hospitals NHS Trust", "RZ2": "Riverside Ambulance Service NHS Trust"}
FFT = ("fft", "Experience was very good or good", "Overall, how was your experience of our service?")
WAITING = ("waiting", "No wait, or a short one", "How was your wait for us to come and get you?")
LONG = (
    "Children and Young People’s Community Eating Disorder, Crisis Resolution and Home Treatment Service "
    "(North Cumbria, Northumberland, Tyne and Wear), Evening and Weekend Clinic"
)
LONG_ICB = (
    "NHS Bath and North East Somerset, Swindon, Wiltshire, Dorset, Hampshire and Isle of Wight "
    "Integrated Care Board and its Partners"
)

Level = Callable[[int], float]


@dataclass(frozen=True)
class Board:
    """What a pack is made of."""

    courses: Sequence[Course]
    changed: Mapping[str, int] = field(default_factory=dict)  # weeks ago, by node and indicator: 'A fft'
    node: str = ICB
    wider: Sequence[Course] = ()
    apart: Sequence[Apart] = ()
    gaps: Sequence[Gap] = ()
    silent: Sequence[str] = ()
    uncounted: Sequence[Uncounted] = ()

    @property
    def findings(self) -> list[Finding]:
        every = [*self.courses, *self.wider]
        ago = [(one, self.changed.get(f"{one.node} {one.indicator}")) for one in every]
        return [signal(one, weeks) for one, weeks in ago if weeks]

    @property
    def pack(self) -> Pack:
        contents = Contents(
            self.courses,
            self.findings,
            node=self.node,
            week=WEEK,
            providers=PROVIDERS,
            wider=self.wider,
            apart=self.apart,
            gaps=self.gaps,
            silent=self.silent,
            uncounted=self.uncounted,
        )
        return pack(Released(contents, "staff"))


def steady(share: float) -> Level:
    return lambda _ago: share


def changed(before: float, since: float, weeks: int = 9) -> Level:
    return lambda ago: since if ago < weeks else before


def course(
    code: str,
    name: str,
    level: Level,
    *,
    asked: tuple[str, str, str] = FFT,
    provider: str = "RZ1",
    n: int = 60,
    weeks: int = 1,
    length: int = 104,
    target: float | None = None,
    gaps: Sequence[int] = (),
    marks: Sequence[Mark] = (),
) -> Course:
    """A course of `length` weeks, judged as the product judges; `gaps` are steps that are withheld."""
    chance = Random(f"{code} {asked[0]}")  # noqa: S311
    count = length // weeks
    spans = [Span(WEEK + (1 - (count - at) * weeks), WEEK + -(count - at - 1) * weeks) for at in range(count)]
    answers = [0 if at in gaps else max(10, round(chance.gauss(n, n**0.5))) for at in range(count)]
    good = [
        sum(chance.random() < level((count - at - 1) * weeks) for _ in range(each))
        for at, each in enumerate(answers)
    ]
    chart = p_prime_chart_of(np.array(good), np.array(answers), target=target)
    steps = _steps(spans, good, answers, chart.points)
    return Course(
        node=code,
        node_name=name,
        level="service",
        icb="QZZ",
        pathway="inpatient",
        organisation=provider,
        place="QZZN",
        indicator=asked[0],
        indicator_name=asked[1],
        question_text=asked[2],
        better="higher",
        step_weeks=weeks,
        steps=steps,
        xmr=steps,
        target=target,
        variation=chart.variation,  # type: ignore[arg-type]
        assurance=chart.assurance,  # type: ignore[arg-type]
        marks=tuple(marks),
        withheld=len(gaps),
    )


def _steps(
    spans: Sequence[Span], good: Sequence[int], answers: Sequence[int], points: pd.DataFrame
) -> tuple[Step, ...]:
    known = (
        points[["mean", "lower", "upper"]]
        .astype(object)
        .where(points[["mean", "lower", "upper"]].notna(), None)
    )
    return tuple(
        Step(
            span,
            n,
            top / n if n else None,
            *known.loc[at],
            point_type=points.loc[at, "point_type"],
            rule=points.loc[at, "rule"],
        )
        for at, (span, top, n) in enumerate(zip(spans, good, answers, strict=True))
    )


def signal(of: Course, weeks: int) -> Finding:
    """That the level of a course is another one since so many weeks, its levels those of the steps."""
    since = WEEK + (1 - weeks)
    (n, before), (m, after) = (
        _pooled([step for step in of.steps if (step.span.first >= since) is late]) for late in (False, True)
    )
    reach = 1.96 * (before * (1 - before) / n + after * (1 - after) / m) ** 0.5
    return Finding(
        week=WEEK,
        node=of.node,
        icb=of.icb,
        pathway=of.pathway,
        indicator=of.indicator,
        direction="improvement" if after > before else "concern",
        since=since,
        told=since + 4,
        before=before,
        after=after,
        low=after - before - reach,
        high=after - before + reach,
        answers=m,
        evidence=3.4,
        now=3.2,
        step_weeks=of.step_weeks,
    )


def _pooled(steps: Sequence[Step]) -> tuple[int, float]:
    n = sum(step.n for step in steps)
    return n, sum(step.n * (step.value or 0.0) for step in steps) / n


def six() -> Board:
    """Two services changed, one of them in two indicators; one is four-weekly with gaps."""
    fall = course("B", "Medical wards, Southside General", changed(0.9, 0.77), n=52)
    wait = course("B", fall.node_name, changed(0.78, 0.55), n=52, asked=WAITING)
    mended = course(
        "C",
        "Patient transport, Northside",
        lambda ago: 0.6 if 30 <= ago < 62 else 0.88,
        n=34,
        provider="RZ2",
        marks=[Mark(WEEK + -62, "Strike"), Mark(WEEK + -30, "New contract")],
    )
    return Board(
        [
            course("A", "Ward 7, St Anne’s", steady(0.91)),
            fall,
            wait,
            mended,
            course(
                "D", "Patient transport, Southside", steady(0.87), weeks=4, gaps=(3, 4, 11), provider="RZ2"
            ),
            course("E", "NHS 111 telephone line", changed(0.86, 0.95), n=75, provider="RZ2"),
            course("F", "Ambulance crews", steady(0.94), n=26, provider="RZ2"),
        ],
        changed={"B fft": 9, "B waiting": 9, "C fft": 30, "E fft": 9},
    )


def quiet() -> Board:
    """Three services, nothing changed."""
    return Board(
        [
            course("A", "Ward 7, St Anne’s", steady(0.91)),
            course(
                "D", "Patient transport, Southside", steady(0.87), weeks=4, gaps=(3, 4, 11), provider="RZ2"
            ),
            course("G", "Minor injuries, Northside", steady(0.9)),
        ]
    )


def many() -> Board:
    """24 services with two indicators each, most with a target; three have changed; one is too new."""
    levels = {3: changed(0.9, 0.7), 4: changed(0.9, 0.7), 9: changed(0.82, 0.97, weeks=10)}
    kinds = ["Ward", "Patient transport", "Community nursing team", "Urgent treatment centre"]
    sites = ["Southside General Hospital", "Northside", "St Anne’s"]
    return Board(
        [
            course(
                f"S{at}",
                f"{kinds[at % 4]} {at}, {sites[at % 3]}",
                levels.get(at, steady(0.8 + at / 200)),
                asked=asked,
                provider="RZ1" if at % 2 else "RZ2",
                target=0.85 if at % 4 else None,
                length=10 if at == 20 else 104,
            )
            for at in range(24)
            for asked in (FFT, WAITING)
        ],
        changed={f"S{at} {asked}": 9 + (at == 9) for at in levels for asked in ("fft", "waiting")},
    )


def long() -> Board:
    """Nine services of one very long name, under an ICB of another, with marks of long names."""
    marks = [
        Mark(WEEK + -9, "The discharge lounge closed for refurbishment"),
        Mark(WEEK + -12, "New version"),
    ]
    return Board(
        [
            course(f"L{at}", LONG, changed(0.9, 0.7) if at < 3 else steady(0.9), target=0.8, marks=marks)
            for at in range(9)
        ],
        changed={f"L{at} fft": 9 for at in range(3)},
        node=LONG_ICB,
        silent=[LONG],
    )


def one() -> Board:
    """A single service that misses its target and has become worse."""
    return Board(
        [course("A", "Ward 7, St Anne’s", changed(0.9, 0.7, weeks=6), target=0.99)], changed={"A fft": 6}
    )


def thin() -> Board:
    """One service with eight weeks, and two of which nothing is told, one of them not even a gap."""
    return Board(
        [
            course("A", "Ward 7", steady(0.91), length=8),
            course("B", "Ward 8", steady(0.91), weeks=4, length=12, gaps=(0, 1, 2)),
        ],
        silent=["Ward 8", "Ward 9"],
    )


def whole() -> Board:
    """No service changed by itself, one organisation did; two services and three groups stand apart."""
    quiet_ones = quiet().courses
    trust = course("RZ1", "Riverside Hospitals NHS Trust", changed(0.9, 0.8), n=240)
    return Board(
        [
            *quiet_ones,
            replace(
                course("H", "Ward 12, Southside", steady(0.9), weeks=6),
                watched=False,
                watched_with="Southside",
            ),
        ],
        changed={"RZ1 fft": 9},
        wider=[replace(trust, level="provider", season=SEASON, sensitivity=SENSITIVITY)],
        apart=[apart(quiet_ones[0]), apart(quiet_ones[2], direction="improvement", value=0.97)],
        gaps=[gap("75 to 84", 0.71), gap("16 to 24", 0.93), gap("85 or over", 0.62)],
    )


def crowded() -> Board:
    """More services and groups stand apart than a page holds; no level has changed."""
    several = [course(f"S{at}", f"Ward {at}, St Anne’s", steady(0.9)) for at in range(14)]
    groups = [gap(f"Group {at}", 0.5 + at / 100) for at in range(14)]
    return Board(several, apart=[apart(one) for one in several], gaps=groups)


def beside() -> Board:
    """One service stands apart, no group does."""
    board = quiet()
    return replace(board, apart=[apart(board.courses[0])])


SEASON = Season(Span(WEEK + -12, WEEK), Span(WEEK + -64, WEEK + -52), 0.8, 0.89, -0.11, -0.07, 3121)
SENSITIVITY = Sensitivity(answers_a_week=240, level=0.9, change=0.05, weeks=5.2)


def apart(of: Course, **changes: object) -> Apart:
    """A concern about a service beside others."""
    plain = Apart(
        week=WEEK,
        node=of.node,
        icb=of.icb,
        pathway=of.pathway,
        indicator=of.indicator,
        direction="concern",
        span=Span(WEEK + -51, WEEK),
        value=0.78,
        usual=0.86,
        low=0.8,
        high=0.91,
        answers=412,
        services=14,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def gap(option: str, value: float) -> Gap:
    """An age group's experience beside everybody else's."""
    return Gap(
        week=WEEK,
        icb="QZZ",
        pathway="inpatient",
        indicator="fft",
        group=f"age_band/{option}",
        attribute="How old are you?",
        option=option,
        quarter="2026/27-Q2",
        value=value,
        rest=0.84,
        low=value - 0.84 - 0.07,
        high=value - 0.84 + 0.07,
        answers=143,
    )


BOARDS: dict[str, Callable[[], Board]] = {
    "six": six,
    "quiet": quiet,
    "many": many,
    "long": long,
    "one": one,
    "thin": thin,
    "whole": whole,
    "crowded": crowded,
    "beside": beside,
}
