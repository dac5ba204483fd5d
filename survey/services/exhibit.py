"""Exhibit: a week's e-mail, board pack and charts as files in one folder, with a page that leads to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding
from survey.domain.reading import Reading
from survey.domain.released import Released
from survey.presenters import words
from survey.presenters.figures import day, percent
from survey.presenters.gallery import hang
from survey.resources import folder
from survey.services import board, report
from survey.services.assess import assess
from survey.services.courses import courses
from survey.services.demonstrate import ICB, OPEN_SERVICE, WEEKS, House, Joined
from survey.services.reading import reading
from survey.storage import directory
from survey.storage.database import transaction

SENDER = "Heard <heard@riverside.example>"


@dataclass(frozen=True)
class Card:
    """One thing to open."""

    href: str
    title: str
    text: str


@dataclass(frozen=True)
class Picture:
    """One chart on the page."""

    href: str
    alt: str


def exhibit(house: House, *, week: Week, out: Path, yours: Sequence[str] = ()) -> None:
    """Assess `week` and write all about it into `out`; `yours` tells a newcomer of their own answer."""
    out.mkdir(parents=True, exist_ok=True)
    for stale in (*out.glob(f"weekly-{ICB}-*"), *out.glob(f"board-pack-{ICB}-*")):
        stale.unlink()
    for told in (week + -1, week):  # the week before too, so that the e-mail can say what is new
        assess(house.engine, house.catalogue, told)
    report.weekly(house.engine, house.catalogue, week, sender=SENDER, nodes=[ICB], out=out)
    packed = board.write_pack(house.engine, house.catalogue, node=ICB, week=week, out=out)
    with transaction(house.engine, reading=True) as session:
        read = reading(session, house.catalogue, week)
        name = directory.name_of(session, ICB)
    found = read.what
    _write_index(
        out,
        icb=name,
        headline=_headline(found),
        week=day(week.monday),
        services=_services(found),
        weeks=WEEKS,
        yours=yours,
        cards=_cards(packed, week),
        charts=_charts(read.made_into(found.courses), found.findings),
        wider=_charts(read.made_into(found.wider), found.findings),
    )


def yours(house: House, joined: Joined) -> list[str]:
    """What became of a newcomer's own response, in sentences."""
    with transaction(house.engine, reading=True) as session:
        service = directory.service(session, OPEN_SERVICE)
        lead = courses(session, house.catalogue, [service], joined.week)[0]
    held = "1 sealed response" if joined.waiting == 1 else f"{joined.waiting} sealed responses"
    newest = lead.latest
    lines = [
        f"The box of {service.name} for the week of {day(joined.week.monday)} held {held}. "
        "Without the key of that box it could not be read.",
        f"Simulated neighbours joined. Then {joined.counted} responses were opened together, shuffled and "
        "counted, and the key of the box was destroyed: yours can no longer be told from theirs.",
    ]
    if newest is not None and newest.value is not None:
        lines.append(
            f"The newest point of the chart of {service.name} stands on the {newest.n} who answered its "
            f"first question: {percent(newest.value)} said very good or good."
        )
    return lines


def _cards(packed: Sequence[Path], week: Week) -> list[Card]:
    mail = f"weekly-{ICB}-{week}"
    slides = next(path.name for path in packed if path.suffix == ".pptx")
    paper = next(path.name for path in packed if path.suffix == ".pdf")
    return [
        Card(f"{mail}.html", "The weekly e-mail", "What quality teams read on Monday morning."),
        Card(f"{mail}.eml", "The same, as it is sent", "Open it in a mail program."),
        Card(paper, "The board pack, to read", "An accessible PDF."),
        Card(slides, "The board pack, to edit", "PowerPoint with native charts."),
    ]


def _charts(drawn: Released[Sequence[Course]], findings: Sequence[Finding]) -> list[Picture]:
    return [Picture(f"charts/{one.name}", one.alt) for one in hang(drawn, findings) if one.lead]


def _write_index(out: Path, **view: object) -> None:
    pages = Environment(
        loader=FileSystemLoader(folder("templates") / "demo"), undefined=StrictUndefined, autoescape=True
    )
    (out / "index.html").write_text(pages.get_template("index.html").render(view), encoding="utf-8")


def _headline(found: Reading) -> str:
    mine = {course.node for course in found.courses}
    return words.headline(
        [one for one in found.findings if one.node in mine],
        services=_services(found),
        judged=len({course.node for course in found.courses if words.is_judged(course)}),
        wider=[one for one in found.findings if one.node not in mine],
    )


def _services(found: Reading) -> int:
    return len({course.node for course in found.courses if course.latest is not None}) + len(found.silent)
