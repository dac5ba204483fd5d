"""Publishing a version: its hash is recorded, and from then on it never changes."""

from __future__ import annotations

from datetime import date

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.difference import trends
from survey.catalogue.published import Publication, record
from survey.domain.calendar import Week
from survey.domain.errors import Refused


def publish(catalogue: Catalogue, key: str, *, since: date | None, now: Week) -> Publication:
    """Record `key` as published, in force from `since` (next Monday where none is given).

    Done twice, it is done once. Refused where the Monday is none, or would change what is past, and where a
    trend would go on under its name with another meaning.
    """
    entry = catalogue.entry(key)
    if entry.publication is not None:
        return _again(entry.publication, since)
    monday = since or (now + 1).monday
    _check_monday(catalogue, key, monday, now)
    _check_trends(catalogue, key)
    made = Publication(entry.questionnaire.digest, key, monday)
    record(entry.folder, made)
    return made


def _again(known: Publication, since: date | None) -> Publication:
    if since not in (None, known.since):
        raise Refused(f"{known.key} is published, in force from {known.since}; that does not change")
    return known


def _check_monday(catalogue: Catalogue, key: str, monday: date, now: Week) -> None:
    if monday.weekday() != 0:
        raise Refused(
            f"{monday} is a {monday:%A}; versions change on Mondays, the next is {(now + 1).monday}"
        )
    pathway = catalogue.get(key).pathway
    siblings = [
        entry.publication
        for entry in catalogue.entries.values()
        if entry.questionnaire.pathway == pathway and entry.publication is not None
    ]
    # Only a pathway's first version may begin in the past (for imports); weeks that had one keep it.
    if siblings and monday < now.monday:
        raise Refused(
            f"{monday} is past, and its responses were given to {siblings[-1].key}; name a later one"
        )
    _check_after(siblings, key, monday)


def _check_after(siblings: list[Publication], key: str, monday: date) -> None:
    number = int(key.rpartition("/v")[2])
    for other in siblings:
        older = int(other.key.rpartition("/v")[2]) < number
        if (older and monday <= other.since) or (not older and monday >= other.since):
            word = "after" if older else "before"
            raise Refused(f"{key} must begin {word} {other.key}, which is in force from {other.since}")


def _check_trends(catalogue: Catalogue, key: str) -> None:
    """Each series is held against the newest version before this one that has it."""
    new = catalogue.get(key)
    older = [
        entry.questionnaire
        for entry in catalogue.entries.values()
        if entry.publication is not None
        and entry.questionnaire.pathway == new.pathway
        and entry.questionnaire.version < new.version
    ]
    broken: dict[str, str] = {}
    seen: set[str] = set()
    for before in sorted(older, key=lambda one: -one.version):
        mine = {one.series for one in before.indicators}
        for trend in trends(before, new):
            if trend.effect == "breaks" and trend.series not in seen:
                broken[trend.series] = f"{trend.series} of {before.key}: {trend.why}"
        seen |= mine
    if broken:
        said = "\n".join(broken[series] for series in sorted(broken))
        raise Refused(f"{key} would carry trends on with another meaning:\n{said}")
