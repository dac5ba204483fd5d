"""The sentences of a board pack's own pages: what the board is asked, what words mean, how it was made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding
from survey.domain.uncounted import Uncounted
from survey.presenters import finding_words, naming, uncounted_words, watch_words, words
from survey.presenters.figures import SPACE, counted, day, last_day, percent, sentence_case, span, spelled

VARIATION = {
    "improvement_high": "Improvement",
    "improvement_low": "Improvement",
    "concern_high": "Concern",
    "concern_low": "Concern",
    "neutral_high": "Change",
    "neutral_low": "Change",
    "common_cause": "Common cause",
    "": "Too early",
}
ASSURANCE = {
    "consistent_pass": "Pass",
    "inconsistent": "Hit and miss",
    "consistent_fail": "Fail",
}
QUIET = (
    "No decision is needed on these figures: the level of no service has changed. That single results go up "
    "and down is what chance alone gives."
)
_STANDS = {
    "common": "varies as usual",
    "concern": "is unusually poor",
    "improvement": "is unusually good",
    "neutral": "is unusual",
}
EARLY = "It is too early to decide anything on these figures: a service is judged from 13 results on."
LATEST = "By the rules of ‘Making Data Count’. Page 1 tells of changed levels, by a stricter test."
_SHAPES = {  # a concern or an improvement is said of a level; these are of single points
    "concern": "Orange diamonds: unusual, worse",
    "improvement": "Blue squares: unusual, better",
    "neutral": "Purple triangles: unusual",
}
MOST_UNCOUNTED = 6  # services in a paragraph each
NOBODY = "No service has results to show yet. Nothing can be said of patients’ experience from these figures."
ROUNDED = (
    "Counts are rounded to the nearest five, and each point of a chart stands for a hundred answers or more: "
    "anybody may read them."
)
COMPUTED = (
    "Each result is the share of favourable answers among all answers to a question, in a week or, where "
    "answers are few, in a run of weeks. Mean and limits are a service’s own (a P′ chart). "
    f"{words.BEFORE_ROUNDING}",
    "A change of level is told by a test made for looking every week, from the 13th result on. "
    f"{watch_words.GUARANTEE} {watch_words.NOT_COVERED}",
    "The grid, the table and the coloured points tell of the latest results by the rules of NHS England’s "
    "‘Making Data Count’, which speak sooner, and more often by chance.",
)


Pairs = Sequence[tuple[Finding, Course]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs."""

    heading: str
    lines: tuple[str, ...]


def until(week: Week) -> str:
    """The last day that a pack's figures cover: '22 November 2026'."""
    return last_day(week)


def asked(
    pairs: Pairs, courses: Collection[Course], names: Mapping[str, str], *, most: int, compared: str = ""
) -> Section:
    """What the board could do: concerns first, then targets missed for good; at most `most` names each.

    `compared` is the title of the page of comparisons; '' where there is none.
    """
    worse, better = _nodes(pairs, direction="concern"), _nodes(pairs, direction="improvement")
    failing = [names[one.node] for one in courses if one.assurance == "consistent_fail"]
    lines = []
    if worse:
        lines.append(f"Ask for a plan, with a name and a date, from {listed(worse, most)}.")
    if failing:
        lines.append(f"Without a change, the target goes on being missed at {listed(failing, most)}.")
    if better:
        lines.append(f"Ask what was done differently at {listed(better, most)}, and who else could do it.")
    if compared:
        lines.append(f"{compared}: see the page of comparisons.")
    if not lines:
        judged, shown = any(words.is_judged(one) for one in courses), any(one.latest for one in courses)
        lines.append(QUIET if judged else EARLY if shown else NOBODY)
    return Section("What the board is asked", tuple(lines))


def listed(names: Sequence[str], most: int = 3) -> str:
    """'A; B; and C', or 'A; B; C; and 4 more': names have commas of their own."""
    if most == 0:
        return counted(len(names), "service")
    if len(names) > most:
        return f"{'; '.join(names[:most])}; and {len(names) - most} more"
    return "; and ".join(["; ".join(names[:-1]), names[-1]] if names[1:] else names)


def method(
    courses: Sequence[Course],
    names: Mapping[str, str],
    uncounted: Sequence[Uncounted] = (),
    *,
    silent: Sequence[str] = (),
    public: bool = False,
) -> tuple[Section, ...]:
    """How the figures were made and what was left out."""
    return (
        Section("How this was computed", (ROUNDED, *COMPUTED) if public else COMPUTED),
        Section("What was withheld", _withheld(courses, names, uncounted, silent=silent)),
        Section("Comparing services", (words.NO_LEAGUE_TABLE,)),
    )


def key(courses: Collection[Course]) -> Section:
    """What the words of the grid and the table mean; targets only where there is one."""
    lines = [
        "Improvement or concern: the latest result is unusual by the rules of ‘Making Data Count’; the level "
        "need not have changed.",
        "Common cause: results vary as they usually do. Too early: fewer than 13 results.",
    ]
    if any(one.target is not None for one in courses):
        lines.append(
            "Pass or fail: the target is met, or missed, step after step. Hit and miss: chance decides."
        )
    return Section("What the words mean", tuple(lines))


def key_of_chart(course: Course, *, lowest: float) -> str:
    """What a chart's points, lines and gaps are, under it; `lowest` is where its axis begins."""
    step = "a week" if course.step_weeks == 1 else f"{course.step_weeks} weeks"
    if course.form == "public":
        step = "weeks together"
    elif course.step_weeks == 1 and course.steps[0].span.weeks > 1:
        step = "a week, at first four"  # a service's first quarter fixes the steps of the next
    shown = [one.n for one in course.steps if one.value is not None]
    parts = [f"Each point: {step}, {min(shown):,} to {max(shown):,} answers."]
    special = {one.point_type.removeprefix("special_cause_").partition("_")[0] for one in course.steps}
    parts += [f"{shape}." for word, shape in _SHAPES.items() if word in special]
    parts.append("Dashed: the limits of chance.")
    if course.target is not None:  # its label gives way to the mean's where the two are close
        parts.append(f"Dotted: the target, {percent(course.target)}.")
    if lowest > 0:
        parts.append(f"The axis begins at {percent(lowest)}, not 0.")
    if course.withheld:
        parts.append(f"Gaps: {words.WITHHELD}.")
    return " ".join(parts)


def marked(course: Course) -> str:
    """The vertical marks of a chart by name and day; '' for none."""
    marks = [f"{mark.label}, {day(mark.week.monday)}" for mark in course.marks]
    return f"Marked: {'; '.join(marks)}." if marks else ""


def since(finding: Finding) -> str:
    """The name of the vertical mark at which a changed level begins: 'Since 21 Sep'."""
    start = finding.since.monday
    return f"Since {start.day}{SPACE}{start:%b}"


def detail(finding: Finding, course: Course) -> str:
    """What there is to say under a finding on the first page, where there is room."""
    return f"{finding_words.how_sure(finding)} {finding_words.advice(finding, course)}"


def standing_detail(course: Course) -> str:
    """What stands behind the latest figure of a service that has not changed; '' where none is shown."""
    latest = course.latest
    if latest is not None and not course.watched:
        return f"{words.watched(course)}."
    if latest is None or latest.lower is None or latest.upper is None:
        return ""
    usual = f"{percent(latest.lower)} to {percent(latest.upper)}"
    return f"{sentence_case(span(latest.span))}: {counted(latest.n, 'answer')}. Usual range {usual}."


def exhibit(finding: Finding, course: Course) -> tuple[Section, ...]:
    """The right column of a finding's page."""
    usual = words.usual(course)
    data = [finding_words.statement(finding, course), f"Latest: {words.level(course)}."]
    sure = [
        finding_words.how_sure(finding),
        watch_words.season(course.season) if course.season else "",
        watch_words.sensitivity(course.sensitivity) if course.sensitivity else "",
    ]
    return (
        Section("What the data say", (*data, *([f"{sentence_case(usual)}."] if usual else []))),
        Section("Why this is a signal", tuple(said for said in sure if said)),
        Section("What you could do", (finding_words.advice(finding, course),)),
    )


def grid_subtitle(courses: Sequence[Course]) -> str:
    """What the grid places: the lead indicator of each service."""
    asked = list(dict.fromkeys(course.indicator_name for course in courses))
    return f"{LATEST} {listed(asked)}."


def table_title(courses: Sequence[Course]) -> str:
    """The table in a sentence."""
    latest = [one.latest.value for one in courses if one.latest is not None and one.latest.value is not None]
    if not latest:
        return "No service has a result to show yet"
    low, high = percent(min(latest)), percent(max(latest))
    if len(latest) == 1:
        return f"The latest result is {low}"
    return f"The latest results lie between {low} and {high}"


def table_subtitle(courses: Sequence[Course], *, wide: bool) -> str:
    """What the table's figures are, and its order."""
    asked = listed(list(dict.fromkeys(course.indicator_name for course in courses)))
    if not wide:
        return f"{asked}: all services, not ranked"
    return f"{asked}: those whose level changed first, then by name; not a ranking. Variation: latest result."


def left_out(courses: Sequence[Course], names: Mapping[str, str], silent: Sequence[str]) -> str:
    """Services that the grid cannot place or the watch not tell of, and why; '' for none."""
    courses = [one for one in courses if one.latest is not None]
    early = [names[one.node] for one in courses if one.variation is None]
    said = []
    if early:
        said.append(f"Too early to judge, with fewer than 13 results: {listed(early, 3)}.")
    small = [names[one.node] for one in courses if one.watched_with]
    if small:
        said.append(f"Too few answers to be watched by themselves: {listed(small, 3)}.")
    unwatched = [names[one.node] for one in courses if not (one.watched or one.watched_with)]
    if unwatched:
        said.append(f"Too few answers to be watched: {listed(unwatched, 3)}.")
    if silent:
        said.append(f"Nothing told yet: {listed(silent, 3)}.")
    return " ".join(said)


def grid_title(courses: Sequence[Course]) -> str:
    """The grid in a sentence, which speaks of the latest results alone."""
    kinds = [one.variation.partition("_")[0] for one in courses if one.variation is not None]
    if not kinds:
        return "No service can be judged yet: each needs 13 results"
    if len(kinds) == 1:
        return f"The latest result alone: the one service judged {_STANDS[kinds[0]]}"
    if set(kinds) == {"common"}:
        return f"The latest results alone: all {len(kinds)} services vary as usual"
    steady = kinds.count("common")
    lead = f"{spelled(steady)} of {len(kinds)} services {'varies' if steady == 1 else 'vary'} as usual"
    phrases = {"concern": "unusually poor", "improvement": "unusually good", "neutral": "unusual"}
    each = [f"{spelled(kinds.count(kind))} {says}" for kind, says in phrases.items() if kind in kinds]
    return f"The latest results alone: {', '.join([lead, *each])}"


def _nodes(pairs: Pairs, *, direction: str) -> list[str]:
    return list(
        dict.fromkeys(naming.called(course) for finding, course in pairs if finding.direction == direction)
    )


def _withheld(
    courses: Sequence[Course],
    names: Mapping[str, str],
    uncounted: Sequence[Uncounted],
    *,
    silent: Sequence[str],
) -> tuple[str, ...]:
    """The total first: no page is too full for a first paragraph."""
    told = {one.node for one in courses if one.latest is not None}
    where = list(dict.fromkeys(names[one.node] for one in courses if one.withheld and one.node in told))
    points = f"{words.gaps(courses)} They are at {listed(where)}." if where else ""
    whole, *each = uncounted_words.paragraphs(uncounted, most=MOST_UNCOUNTED) if uncounted else ("",)
    said = tuple(line for line in (whole, words.untold(silent), points, *each) if line)
    return said or (words.NOTHING_WITHHELD,)
