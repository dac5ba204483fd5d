"""The PDF's insides: tags, language, alternative texts, headers of tables, fonts, pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from survey.presenters.pack_pages import Pack
from survey.presenters.paper import paper
from tests import packs

Made = tuple[Pack, Pdf]


@pytest.fixture(scope="module", params=list(packs.BOARDS))
def made(request: pytest.FixtureRequest) -> Made:
    pack = packs.BOARDS[request.param]().pack
    return pack, pikepdf.open(BytesIO(paper(pack)))


@pytest.fixture(scope="module")
def six() -> Made:
    pack = packs.six().pack
    return pack, pikepdf.open(BytesIO(paper(pack)))


def tags(node: Any) -> Iterator[Any]:
    """Every structure element under `node`, in reading order."""
    if isinstance(node, Array):
        for one in node:
            yield from tags(one)
    elif isinstance(node, Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from tags(node.K)


def tagged(pdf: Pdf, name: str) -> list[Any]:
    return [one for one in tags(pdf.Root.StructTreeRoot.K) if str(one.S) == f"/{name}"]


def test_the_pdf_declares_itself_pdf_ua_and_is_tagged(made: Made) -> None:
    pack, pdf = made
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == pack.title
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "en-GB"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle


def test_it_has_a_page_for_each_of_the_pack(made: Made) -> None:
    pack, pdf = made
    assert len(pdf.pages) == pack.pages
    wide, high = (float(side) for side in pdf.pages[0].MediaBox[2:])
    assert wide / high == pytest.approx(16 / 9, abs=0.001)


def test_each_page_is_headed_once_and_its_sections_below(made: Made) -> None:
    pack, pdf = made
    assert len(tagged(pdf, "H1")) == pack.pages
    sections = [page.sections for page in pack.exhibits] + [page.notes + page.under for page in pack.listings]
    words = [page for page in (pack.comparison, pack.method) if page]
    sections += [pack.front.asked, *(side for page in words for side in (page.left, page.right))]
    assert len(tagged(pdf, "H2")) == sum(len(found) for found in sections)


def test_the_bookmarks_are_the_titles_of_the_pages(six: Made) -> None:
    pack, pdf = six
    with pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert titles[0] == pack.front.title
    assert titles[2 : 2 + len(pack.exhibits)] == [page.title for page in pack.exhibits]


def test_every_figure_says_what_it_shows_and_a_chart_says_its_finding(made: Made) -> None:
    pack, pdf = made
    alts = [str(one.get("/Alt", "")) for one in tagged(pdf, "Figure")]
    assert all(alts)
    for page in pack.exhibits:
        assert page.alt in alts


def test_tables_have_header_cells(made: Made) -> None:
    pack, pdf = made
    assert len(tagged(pdf, "Table")) == 1 + len(pack.listings)
    headers = len(pack.grid.grid.columns) + 1 + sum(len(page.table.columns) for page in pack.listings)
    assert len(tagged(pdf, "TH")) == headers
    services = sum(len(page.table.rows) for page in pack.listings)
    assert len(tagged(pdf, "TR")) == len(pack.grid.grid.bands) + 1 + services + len(pack.listings)


def test_only_the_shipped_font_is_used_and_it_is_embedded(made: Made) -> None:
    _, pdf = made
    fonts = [one for one in pdf.objects if isinstance(one, Dictionary) and one.get("/Type") == Name("/Font")]
    names = {re.sub(r"^/[A-Z]{6}\+", "", str(font.BaseFont)) for font in fonts}
    assert {name.removesuffix("-Identity-H") for name in names} <= {"LiberationSans", "LiberationSans-Bold"}
    assert all("/FontFile2" in one for one in _descriptors(pdf))


def _descriptors(pdf: Pdf) -> list[Any]:
    return [
        one
        for one in pdf.objects
        if isinstance(one, Dictionary) and one.get("/Type") == Name("/FontDescriptor")
    ]


def test_a_name_is_text_and_never_instructions() -> None:
    board = packs.quiet()
    sly = '#panic("no") $x$ *bold* `raw` @ref <tag> \\ //'
    courses = [*board.courses[:2], packs.course("X", sly, packs.steady(0.9))]
    pdf = pikepdf.open(BytesIO(paper(packs.Board(courses).pack)))
    assert len(pdf.pages) >= 3
