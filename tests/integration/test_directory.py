"""Organisations and services: a file's mistakes are told at once, and the tree is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.domain.errors import BadInput, NotFound, Refused
from survey.domain.organisation import Service
from survey.services.organise import LETTERS, add_service, close_service, load_organisations
from survey.storage import directory
from survey.storage.database import transaction
from tests.town import PATHWAY, Town

SOUND = """\ufeffcode,name,kind,parent,valid_from,valid_to
WARD1,"Ward 1, East",ward,SITE1,,
SITE1,East Hospital,site,TRUST1,2020-04-01,2030-03-31
TRUST1,East Trust,provider,,,
PLACE1,Eastham,place,ICB1,,
ICB1,East ICB,icb,,2026-04-01,
"""


def load(town: Town, folder: Path, text: str | bytes) -> int:
    file = folder / "organisations.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_organisations(town.engine, file)


def problems(town: Town, folder: Path, text: str | bytes) -> list[str]:
    before = town.number("organisation")
    with pytest.raises(BadInput) as caught:
        load(town, folder, text)
    assert town.number("organisation") == before
    return str(caught.value).splitlines()


def test_a_file_is_loaded_in_any_order_and_loading_it_again_changes_nothing(
    town: Town, tmp_path: Path
) -> None:
    for _ in range(2):
        assert load(town, tmp_path, SOUND) == 5
    with transaction(town.engine) as session:
        ward = directory.organisation(session, "WARD1")
        assert (ward.name, ward.parent) == ("Ward 1, East", "SITE1")
        assert str(directory.organisation(session, "SITE1").valid_to) == "2030-03-31"
    assert load(town, tmp_path, SOUND.replace("East Trust", "Eastern Trust")) == 5
    with transaction(town.engine) as session:
        assert directory.name_of(session, "TRUST1") == "Eastern Trust"


def test_every_problem_is_told_at_once_with_its_line_and_field(sqlite_town: Town, tmp_path: Path) -> None:
    text = (
        "code,name,kind,parent,valid_from,valid_to\n"
        "A,Trust A,provider,,,\n"
        ",No code,provider,,,\n"
        "A,Again,provider,,,\n"
        "B,Site B,hospital,A,,\n"
        "C,Site C,site,,,\n"
        "D,Site D,site,NOSUCH,,\n"
        "E,Trust E,provider,A,,\n"
        "F,Place F,place,A,,\n"
        "G,Ward G,ward,A,soon,01/04/2026\n"
        "H,Trust H, Ltd,provider,,,\n"
        f"{'I' * 21},Long,provider,,,\n"
    )
    first, *lines = problems(sqlite_town, tmp_path, text)
    assert first == "organisations.csv has 12 problems; nothing was loaded"
    assert sorted(line.split(": ")[:2] for line in lines) == sorted(
        [
            ["organisations.csv:3", "code"],
            ["organisations.csv:4", "code"],
            ["organisations.csv:5", "kind"],
            ["organisations.csv:6", "parent"],
            ["organisations.csv:7", "parent"],
            ["organisations.csv:8", "parent"],
            ["organisations.csv:9", "parent"],
            ["organisations.csv:10", "valid_from"],
            ["organisations.csv:10", "valid_to"],
            ["organisations.csv:11", "kind"],
            ["organisations.csv:11", "code"],
            ["organisations.csv:12", "code"],
        ]
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "lacks the columns code, name, kind, parent"),
        ("code,name,kind\nA,B,provider\n", "lacks the columns parent"),
        ("code;name;kind;parent\nA;B;provider;\n", "valid_to, with commas between them"),
        ("code,name,kind,parent\n", "holds no organisation"),
        (b"code,name,kind,parent\nA,Trust \xe9,provider,\n", "save it as 'CSV UTF-8'"),
        ('code,name,kind,parent\nA,"Trust,provider,\n', "this is not CSV"),
        ("code,name,kind,parent\nA,B\n", "kind: is empty"),
        ("code,name,kind,parent\nA,B,provider,\nB,C\0,provider,\n", "organisations.csv:3"),
        (f"code,name,kind,parent\nA,{'x' * 200_000},provider,\n", "field larger than field limit"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    sqlite_town: Town, tmp_path: Path, text: str | bytes, says: str
) -> None:
    assert says in "\n".join(problems(sqlite_town, tmp_path, text))


def test_a_file_that_is_not_there_says_so(sqlite_town: Town, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load_organisations(sqlite_town.engine, tmp_path / "none.csv")
    with pytest.raises(BadInput, match="cannot be read"):
        load_organisations(sqlite_town.engine, tmp_path)


def test_an_organisation_keeps_its_kind_while_others_hang_on_it(sqlite_town: Town, tmp_path: Path) -> None:
    load(sqlite_town, tmp_path, SOUND)
    changed = (
        "code,name,kind,parent\nSITE1,East,provider,\nPL1,Testham,icb,\nRTT01,Test,place,QTT\nBUS1,X,icb,\n"
    )
    said = "\n".join(problems(sqlite_town, tmp_path, changed))
    assert "kind: the ward WARD1 hangs on SITE1, which cannot be a provider" in said
    assert "organisations.csv:4: kind: the service BUS1 is there" in said
    assert "organisations.csv:5: code: BUS1 is the code of a service" in said
    assert "csv:3" not in said  # a service may be in an ICB without places


def new(**changed: str) -> Service:
    values = {
        "code": "",
        "name": "Bus",
        "pathway": PATHWAY,
        "organisation": "RTT01",
        "place": "PL1",
    } | changed
    return Service(**values)


def test_a_service_gets_a_short_code_that_can_be_read_on_a_poster(town: Town) -> None:
    codes = {add_service(town.engine, new(), catalogue=town.catalogue).code for _ in range(20)}
    assert len(codes) == 20
    assert all(len(code) == 6 and set(code) <= set(LETTERS) for code in codes)


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"pathway": "train"}, NotFound, "no questionnaire for the pathway 'train'; there are: bus"),
        ({"code": "a b"}, BadInput, "3 to 12 capital letters and digits, not 'a b'"),
        ({"code": "AB"}, BadInput, "3 to 12"),
        ({"code": "A" * 13}, BadInput, "3 to 12"),
        ({"code": "BUS1"}, Refused, "there is a service BUS1 already"),
        ({"code": "RTT01"}, Refused, "RTT01"),
        ({"organisation": "QTT"}, BadInput, "QTT is a icb; wanted here: provider or site or ward"),
        ({"organisation": "NONE"}, NotFound, "no organisation 'NONE'"),
        ({"place": "RTT"}, BadInput, "RTT is a provider; wanted here: place or icb"),
        ({"name": " "}, BadInput, "name"),
    ],
)
def test_a_service_that_cannot_be_is_refused_with_the_reason(
    sqlite_town: Town, changed: dict[str, str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error) as caught:
        add_service(sqlite_town.engine, new(**changed), catalogue=sqlite_town.catalogue)
    assert says in str(caught.value)
    assert sqlite_town.number("service") == 1


def test_the_tree_finds_the_services_below_a_node(town: Town) -> None:
    add_service(town.engine, new(code="AAA", organisation="RTT", place="QTT"), catalogue=town.catalogue)
    with transaction(town.engine) as session:

        def below(node: str | None) -> set[str]:
            return {one.code for one in directory.services(session, node)}

        assert below(None) == below("QTT") == below("RTT") == {"AAA", "BUS1"}
        assert below("PL1") == below("RTT01") == below("BUS1") == {"BUS1"}
        assert {directory.icb_of(session, one) for one in directory.services(session)} == {"QTT"}
        assert directory.name_of(session, "BUS1") == "Bus BUS1"
        for ask in (directory.service, directory.services, directory.organisation, directory.name_of):
            with pytest.raises(NotFound):
                ask(session, "NONE")


def test_closing_a_service_keeps_its_counters(town: Town) -> None:
    town.fill("BUS1", 12)
    town.tally()
    assert close_service(town.engine, "BUS1").closed
    assert town.rows("SELECT issued, retired, counted FROM service") == [(12, 0, 12)]
    with pytest.raises(NotFound):
        close_service(town.engine, "NONE")
