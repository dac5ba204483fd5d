"""Charts: what they say, where things lie, and that no word lies on another."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding
from survey.domain.released import Released
from survey.presenters import icons
from survey.presenters.axis import Plot, dates, extent
from survey.presenters.chart import draw
from survey.presenters.flags import Flag, apart, pixels, placed
from survey.presenters.gallery import hang
from survey.presenters.picture import png
from survey.presenters.sparkline import sparkline
from tests.courses import (
    CONCERN,
    IMPROVEMENT,
    course_of,
    fallen,
    finding_of,
    flagged,
    marked,
    stable,
    steps_of,
    wavy,
)

SVG = "{http://www.w3.org/2000/svg}"
LONG = (
    "Patient transport of North East and North Cumbria, Royal Victoria Infirmary hospital site, wards 1 to 12"
)


def _withheld() -> Course:
    shares = wavy(30)
    shares[3] = shares[4] = shares[17] = shares[29] = None
    return course_of(steps_of(shares, n=16))


def _recovered() -> tuple[Course, Finding]:
    shares = [*wavy(20), *wavy(20, level=0.6), *wavy(24, level=0.85, spread=0.03)]
    steps = flagged(steps_of(shares), slice(20, 40), CONCERN, "shift_below")
    steps = flagged(steps, slice(52, 64), IMPROVEMENT, "shift_above")
    course = course_of(steps, variation="improvement_high", target=0.9, assurance="inconsistent")
    return course, finding_of(course, since=steps[52].span.first, direction="improvement", after=0.9)


def _crowded() -> Course:
    names = ("Version 2", "Batch of entry", "Action: leaflets", "Version 3", "Another batch", "At the end")
    return marked(stable(), *zip((20, 21, 22, 23, 25, 51), names, strict=True))


def _neutral() -> tuple[Course, Finding]:
    course, finding = fallen(20, 7)
    steps = flagged(course.steps, slice(13, None), "special_cause_neutral_low", "shift_below")
    return replace(course, steps=steps, variation="neutral_low"), finding


CASES: dict[str, tuple[Course, Finding | None]] = {
    "stable": (stable(), None),
    "fallen": fallen(),
    "two years": fallen(104, 9),
    "recovered": _recovered(),
    "withheld": (_withheld(), None),
    "13 points": (course_of(steps_of(wavy(13), weeks=4), weeks=4), None),
    "1 point": (course_of(steps_of([0.8])), None),
    "no points": (course_of(steps_of([None, None])), None),
    "all 100 %": (course_of(steps_of([1.0] * 40)), None),
    "none ever": (course_of(steps_of([0.0] * 20)), None),
    "batch on the finding": (marked(fallen()[0], (44, "Batch of entry")), fallen()[1]),
    "long name": (replace(fallen()[0], node_name=LONG), fallen()[1]),
    "crowded marks": (_crowded(), None),
    "neutral": _neutral(),
    "many answers": (course_of(steps_of(wavy(30), n=12_000)), None),
}
EVERY = pytest.mark.parametrize("name", CASES)
SIZES = pytest.mark.parametrize("size", [(640, 280), (480, 270), (820, 360)])


def _texts(svg: str) -> list[tuple[str, float, float, float, float]]:
    """Each line of text with the rectangle it takes: left, top, right, bottom."""
    found = []
    for one in ET.fromstring(svg).iter(f"{SVG}text"):  # noqa: S314  # our own drawing
        size, says = float(one.get("font-size", "0")), one.text or ""
        wide = pixels(says, size=size, bold=one.get("font-weight") == "bold")
        x, y = float(one.get("x", "0")), float(one.get("y", "0"))
        left = x - {"end": wide, "middle": wide / 2}.get(one.get("text-anchor", ""), 0)
        found.append((says, left, y - 0.75 * size, left + wide, y + 0.2 * size))
    return found


@SIZES
@EVERY
def test_no_words_lie_on_others_or_leave_the_picture(name: str, size: tuple[int, int]):
    course, finding = CASES[name]
    texts = _texts(draw(course, size=size, finding=finding))
    for place, (says, left, top, right, bottom) in enumerate(texts):
        assert left >= 0, says
        assert top >= 0, says
        assert right <= size[0], says
        assert bottom <= size[1], says
        for other, left2, top2, right2, bottom2 in texts[place + 1 :]:
            apart_enough = right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
            assert apart_enough, f"{says!r} lies on {other!r}"


@EVERY
def test_no_mark_runs_through_a_word(name: str):
    course, finding = CASES[name]
    svg = draw(course, finding=finding)
    upright = [
        (float(one.get("x1", "0")), float(one.get("y1", "0")), float(one.get("y2", "0")))
        for one in ET.fromstring(svg).iter(f"{SVG}line")  # noqa: S314
        if one.get("stroke-dasharray") and one.get("x1") == one.get("x2")
    ]
    for x, above, below in upright:
        for says, left, top, right, bottom in _texts(svg):
            assert not (left < x < right and above < bottom and top < below), says


@EVERY
def test_a_chart_says_itself_to_those_who_do_not_see_it(name: str):
    course, finding = CASES[name]
    root = ET.fromstring(draw(course, finding=finding))  # noqa: S314
    title, details = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert details is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {details.get('id')}"
    assert course.node_name in (title.text or "")
    assert course.indicator_name in (details.text or "")
    assert ("Latest: nothing to show" if course.latest is None else "answers") in (details.text or "")


def test_the_finding_is_the_title_in_two_lines_even_for_a_long_name():
    course, finding = CASES["long name"]
    lines = [says for says, *_ in _texts(draw(course, finding=finding))[:2]]
    assert " ".join(lines).replace("\u00a0", " ").endswith("81 % before, 72 % since")


def test_a_chart_says_where_its_axis_begins_unless_at_none():
    says = " ".join(text for text, *_ in _texts(draw(stable())))
    assert "Axis begins at 50\u00a0%, not 0" in says
    low = " ".join(text for text, *_ in _texts(draw(course_of(steps_of(wavy(20, level=0.1))))))
    assert "Axis begins" not in low


def test_withheld_steps_are_hatched_and_explained_once():
    svg = draw(_withheld())
    root = ET.fromstring(svg)  # noqa: S314
    hatched = [one for one in root.iter(f"{SVG}rect") if "url(#" in one.get("fill", "")]
    assert len(hatched) == 3 + 1  # two neighbours are one gap; the fourth is the key
    assert sum("too few, or withheld" in says for says, *_ in _texts(svg)) == 1
    assert "too few" not in draw(stable())


def test_special_causes_have_a_shape_of_their_own_with_a_dark_edge():
    drawn = {
        name: draw(*CASES[name][:1], finding=CASES[name][1]) for name in ("fallen", "recovered", "neutral")
    }
    assert 'fill="#ED8B00" stroke="#212B32"' in drawn["fallen"]
    assert 'fill="#0072CE" stroke="#212B32"' in drawn["recovered"]
    assert 'fill="#330072" stroke="#212B32"' in drawn["neutral"]
    assert "#ED8B00" not in draw(stable())


def test_names_cannot_break_out_of_the_drawing():
    course = replace(stable(), node_name="<script>&\"'", indicator_name="]]></title><b>")
    assert "<script>" not in draw(course)
    ET.fromstring(draw(course))  # noqa: S314
    ET.fromstring(sparkline(course))  # noqa: S314


def test_a_drawing_has_no_style_attribute_that_a_pages_policy_would_refuse():
    assert "style=" not in draw(*CASES["fallen"][:1], finding=CASES["fallen"][1])


def test_two_charts_on_a_page_share_no_id():
    first, second = draw(stable()), draw(replace(stable(), indicator="fft"))
    ids = [
        {one.get("id") for one in ET.fromstring(svg).iter() if one.get("id")}  # noqa: S314
        for svg in (first, second)
    ]
    assert not ids[0] & ids[1]


def test_either_limits_can_be_drawn():
    course, finding = fallen()
    other = replace(course, xmr=tuple(replace(step, lower=0.7, upper=0.9) for step in course.xmr))
    assert draw(other, finding=finding) == draw(course, finding=finding)
    assert draw(other, finding=finding, limits="xmr") != draw(course, finding=finding, limits="xmr")


def test_the_same_course_gives_the_same_drawing():
    assert draw(stable()) == draw(stable())


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([1.0, 1.0], (90, 100, 2)),
        ([0.0], (0, 10, 2)),
        ([0.81, 0.84], (76, 88, 2)),
        ([0.5, 0.97], (50, 100, 10)),
        ([-0.2, 1.4], (0, 100, 20)),
        ([], (0, 100, 20)),
    ],
)
def test_the_axis_shows_the_range_that_matters(shares: list[float], expected: tuple[int, int, int]):
    assert extent(shares) == expected


@pytest.mark.parametrize("weeks", [1, 13, 52, 104, 520])
def test_dates_are_thinned_until_each_has_room(weeks: int):
    plot = Plot(60, 0, 560, 100, Week.parse("2024-W40"), weeks, 0, 100)
    places = [x for x, _ in dates(plot, room=70)]
    assert all(right - left >= 60 for left, right in pairwise(places))
    assert all(60 <= x <= 560 for x in places)


def test_flags_at_one_place_stand_in_rows_of_their_own():
    crowd = [Flag(100, "Concern", bold=True), Flag(100, "Batch"), Flag(104, "Version")]
    assert sorted(flag.row for flag in placed(crowd, low=0, high=300)) == [0, 1, 2]


def test_a_flag_without_room_is_left_out_and_counted():
    crowd = marked(stable(), *((20 + n, f"A rather long name of mark {n}") for n in range(12)))
    assert any("without room for a name" in says for says, *_ in _texts(draw(crowd)))


def test_labels_at_the_edge_keep_their_order_and_their_distance():
    assert apart([50, 52, 51], least=15, low=0, high=100) == [50, 80, 65]
    assert apart([95, 98], least=15, low=0, high=100) == [85, 100]


def test_a_picture_has_letters_in_it():
    svg = draw(stable())
    without = "".join(part.split("</text>")[-1] for part in svg.split("<text"))
    assert len(png(svg)) > 1.5 * len(png(without))


@pytest.mark.parametrize("name", ["fallen", "no points", "1 point", "withheld"])
def test_a_sparkline_is_drawn_of_anything(name: str):
    svg = sparkline(CASES[name][0])
    assert 'width="140" height="32"' in svg
    assert png(svg).startswith(b"\x89PNG")


def test_every_icon_is_shipped():
    for variation in ("common_cause", "improvement_high", "improvement_low", "concern_high", "concern_low"):
        assert "<svg" in icons.variation(replace(stable(), variation=variation))  # type: ignore[arg-type]
    for assurance in ("consistent_pass", "consistent_fail", "inconsistent", None):
        assert "<svg" in icons.assurance(replace(stable(), assurance=assurance))  # type: ignore[arg-type]
    for direction in ("concern", "improvement"):
        for after in (0.7, 0.9):
            finding = replace(fallen()[1], direction=direction, after=after)  # type: ignore[arg-type]
            assert icons.picture(icons.name_of_finding(finding), 36).startswith(b"\x89PNG")


def test_a_title_that_is_too_long_is_set_smaller_before_a_name_is_cut():
    course, finding = CASES["fallen"]
    svg = draw(
        replace(course, node_name="Medical wards, Southside General"), size=(480, 270), finding=finding
    )
    assert "Medical wards, Southside General" in "".join(says for says, *_ in _texts(svg)[:2])


def test_a_concern_is_said_of_the_level_and_points_are_only_called_unusual():
    course, finding = CASES["fallen"]
    says = [text for text, *_ in _texts(draw(course, finding=finding))]
    assert "unusual, worse" in says
    assert any(text.startswith("Concern since") for text in says)
    quiet = [text for text, *_ in _texts(draw(course))]
    assert not any("Concern" in text for text in quiet)
    assert "unusual by the rules of ‘Making Data Count’" in draw(course)
    assert "Making Data Count" not in draw(stable())


def test_an_organisations_chart_goes_without_its_pathway_before_its_name_is_cut():
    course, finding = CASES["fallen"]
    trust = replace(course, level="provider", node_name="Riverside Hospitals NHS Foundation Trust")
    lines = [says for says, *_ in _texts(draw(trust, size=(480, 270), finding=finding))[:2]]
    assert lines[0].startswith("Riverside Hospitals NHS Foundation Trust: fewer")


def test_a_small_services_chart_says_what_it_is_watched_with():
    small = replace(stable(), watched=False, watched_with="Southside")
    assert "Watched together with Southside" in " ".join(says for says, *_ in _texts(draw(small)))


def test_charts_of_an_organisation_have_names_of_their_own_in_each_pathway():
    trust = replace(stable(), node="RX6", level="provider")
    names = [
        one.name
        for one in hang(Released([trust, replace(trust, pathway="inpatient"), stable()], "staff"), [])
    ]
    assert len(set(names)) == 6
    assert "PTSHOSP1-kindness.svg" in names
