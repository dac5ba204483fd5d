"""Compare: services beside others of their pathway over a year, groups of patients over a quarter.

Both are computed for the newest quarter that has ended, so that a week more does not give chance another go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from sqlalchemy.orm import Session

from analysis.comparison import compare_groups, funnel
from analysis.subgroup_cells import cells_told
from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week, quarter_span
from survey.domain.counts import SMALLEST
from survey.domain.findings import Apart, Gap
from survey.domain.questionnaire import GROUPS, Group, Questionnaire
from survey.domain.ways import attributes
from survey.services.series import Series
from survey.services.subgroups import NOISE
from survey.storage import counts

YEAR = 52  # weeks up to the end of the quarter, so that each season counts once
FEWEST = 5  # services: how much fewer differ anyway cannot be told
UNSAID = "prefer_not_to_say"  # an option that is no group of patients
SURE = 0.05  # chance of naming any group of an ICB's pathway in a quarter where all fare alike

Cells = Mapping[tuple[str, str], Mapping[str, int]]  # (attribute, option) → answers by group


def newest_quarter(week: Week) -> str:
    """The newest quarter whose weeks have all ended by the end of `week`."""
    this = week.quarter
    return this if quarter_span(this).last <= week else (quarter_span(this).first + -1).quarter


def apart(series: Iterable[Series], week: Week) -> list[Apart]:
    """Services beyond the 99.8 % limits of their pathway's funnel, over the year up to the quarter's end.

    The limits allow for how much services differ anyway. A remainder is no service and is left out.
    """
    end = quarter_span(newest_quarter(week)).last
    span = Span(end + (1 - YEAR), end)
    alike: dict[tuple[str, str, str], list[Series]] = defaultdict(list)
    for one in series:
        if one.node.level == "service" and not one.node.remainder:
            alike[one.node.icb, one.node.pathway, one.indicator.code].append(one)
    found = [outlier for group in alike.values() for outlier in _outliers(group, span, week)]
    return sorted(found, key=lambda one: (one.node, one.icb, one.pathway, one.indicator))


def _outliers(alike: Sequence[Series], span: Span, week: Week) -> Iterator[Apart]:
    totals = [(one, *_total(one, span)) for one in alike]
    answered = [(one, top, bottom) for one, top, bottom in totals if bottom]
    if len(answered) < FEWEST:
        return
    drawn = funnel([top for _, top, _ in answered], [bottom for _, _, bottom in answered], limits="99.8")
    columns = drawn.units[["ratio", "lower", "upper", "outlier"]].to_numpy(dtype=np.float64).tolist()
    for (one, _, bottom), (ratio, lower, upper, outlier) in zip(answered, columns, strict=True):
        if not outlier:
            continue
        better = (ratio > drawn.target) is (one.indicator.better == "higher")
        code, icb, pathway, indicator = one.key
        yield Apart(
            week=week,
            node=code,
            icb=icb,
            pathway=pathway,
            indicator=indicator,
            direction="improvement" if better else "concern",
            span=span,
            value=ratio,
            usual=drawn.target,
            low=lower,
            high=upper,
            answers=bottom,
            services=len(answered),
        )


def _total(one: Series, span: Span) -> tuple[int, int]:
    """Favourable and all released answers of the steps that ended in `span`."""
    ended = [atom for atom in one.atoms if atom.numerator is not None and atom.span.last in span]
    return sum(atom.numerator or 0 for atom in ended), sum(atom.denominator for atom in ended)


def gaps(session: Session, catalogue: Catalogue, week: Week) -> list[Gap]:
    """Groups of patients that fared otherwise than the rest of their ICB's pathway, in the newest quarter.

    Intervals hold for all groups of a pathway at once, and allow for the noise that protects the counts.
    """
    quarter = newest_quarter(week)
    read = counts.read_subgroups(session, quarter)
    return [
        gap
        for (icb, pathway, question), cells in sorted(read.items())
        if (questionnaire := _asked(catalogue, pathway, question)) is not None
        for gap in _gaps(cells, questionnaire, (week, quarter, icb))
    ]


def _asked(catalogue: Catalogue, pathway: str, question: str) -> Questionnaire | None:
    """The newest version of a pathway whose lead question this is: its words name the groups."""
    found = [entry.questionnaire for entry in catalogue.entries.values()]
    mine = [one for one in found if one.pathway == pathway and one.lead.question == question]
    return max(mine, key=lambda one: one.version, default=None)


def _gaps(cells: Cells, questionnaire: Questionnaire, where: tuple[Week, str, str]) -> Iterator[Gap]:
    week, quarter, icb = where
    asked = attributes(questionnaire)
    lead = questionnaire.lead
    counted: Group = "favourable" if lead.better == "higher" else "unfavourable"
    by_attribute: dict[str, list[str]] = defaultdict(list)
    for attribute, option in sorted(cells):
        if option != UNSAID and attribute in asked and _may_be_told(cells[attribute, option], counted):
            by_attribute[attribute].append(option)
    looked_at = sum(len(options) for options in by_attribute.values() if len(options) > 1)
    for attribute, options in by_attribute.items():
        if len(options) < 2:
            continue
        tops = [cells[attribute, option].get(counted, 0) for option in options]
        bottoms = [sum(cells[attribute, option].values()) for option in options]
        rows = compare_groups(tops, bottoms, noise_sd=NOISE, confidence=1 - SURE / looked_at).rows
        labels = {one.code: one.label for one in asked[attribute].options}
        columns = rows[["value", "reference", "low", "high"]].to_numpy(dtype=np.float64).tolist()
        for option, answers, (value, rest, low, high) in zip(options, bottoms, columns, strict=True):
            if low > 0 or high < 0:  # NaN is neither
                yield Gap(
                    week=week,
                    icb=icb,
                    pathway=questionnaire.pathway,
                    indicator=lead.code,
                    group=f"{attribute}/{option}",
                    attribute=asked[attribute].text,
                    option=labels.get(option, option),
                    quarter=quarter,
                    value=value,
                    rest=rest,
                    low=low,
                    high=high,
                    answers=answers,
                )


def _may_be_told(groups: Mapping[str, int], counted: Group) -> bool:
    """Whether the group that is counted, and the others together, have ten answers each."""
    row = [[groups.get(group, 0) for group in GROUPS]]
    return bool(cells_told(row, told=GROUPS.index(counted), least=SMALLEST)[0])
