"""Files that cannot be read, or not as they are: each is refused in words that say where and what to do."""

from __future__ import annotations

import tracemalloc

import pytest

from survey.domain.errors import BadInput
from survey.services.importing.encoding import LONGEST_ROW
from survey.services.importing.rows import CsvSource
from tests.exports import HEADER, MAPPING, Desk, desk_for, reasons

ONE = "a1,person-01,31/05/2022,Bus,1,Kind crew"


@pytest.fixture
def desk(sqlite, keys_dir, tmp_path, catalogue) -> Desk:
    return desk_for(sqlite, keys_dir, tmp_path, catalogue)


def _refused(desk: Desk, content: bytes | str, name: str = "export.csv") -> str:
    with pytest.raises(BadInput) as caught:
        desk.take(desk.file(content, name))
    assert desk.count("response") == 0
    return str(caught.value)


def _text(desk: Desk) -> list[tuple[object, ...]]:
    return desk.rows("SELECT text FROM comment")


def test_utf_8_with_a_mark_in_front_is_read(desk):
    report = desk.take(desk.file(f"\ufeff{HEADER}\n{ONE}é\n"))
    assert report.read_as == "UTF-8 with a byte order mark"
    assert _text(desk) == [("Kind crewé",)]


def test_windows_1252_is_found_and_said(desk):
    report = desk.take(desk.file(f"{HEADER}\n{ONE} – couldn’t fault\n".encode("cp1252")))
    assert report.read_as == "Windows-1252, for it is not UTF-8"
    assert "read as Windows-1252" in "\n".join(report.lines())
    assert _text(desk) == [("Kind crew – couldn’t fault",)]


def test_a_byte_of_no_known_encoding_is_named_with_its_place(desk):
    said = _refused(desk, f"{HEADER}\n{ONE}".encode() + b"\x81\n")
    place = len(f"{HEADER}\n{ONE}") + 1
    assert f"export.csv:2: byte 0x81 is neither UTF-8 nor Windows-1252 (byte {place} of the file)" in said
    assert "save the export again as 'CSV UTF-8'" in said


def test_a_mapping_that_wants_utf_8_gets_nothing_else(desk):
    desk.mapping += "encoding: utf-8\n"
    assert "export.csv:2: byte 0x92 is not UTF-8" in _refused(desk, f"{HEADER}\n{ONE}’".encode("cp1252"))


def test_two_encodings_in_one_file_are_not_guessed(desk):
    mixed = f"{HEADER}\n{ONE}é\n".encode() + "a2,person-02,31/05/2022,Bus,1,é\n".encode("cp1252")
    assert "export.csv:3: byte 0xe9 is not UTF-8" in _refused(desk, mixed)


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be"])
def test_utf_16_is_named(desk, codec):
    content = f"\ufeff{HEADER}\n{ONE}\n" if codec == "utf-16-be" else f"{HEADER}\n{ONE}\n"
    assert "is not CSV but UTF-16" in _refused(desk, content.encode(codec))


def test_a_nul_byte_is_named_with_its_place(desk):
    said = _refused(desk, f"{HEADER}\n{ONE}\0\n")
    assert "export.csv:2: a NUL byte: the file is damaged or not text" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "export.csv is empty; export it again"),
        ("\n\n", "export.csv is empty"),
        (f"{HEADER}\n", "holds a header and no row"),
        (f"{HEADER.replace('When', 'Wehn')}\n{ONE}\n", "When: there is no such column; did you mean 'Wehn'?"),
        (f"{HEADER.replace('Comment', 'When')}\n{ONE}\n", "2 columns have this name; which one is meant?"),
        (f"{HEADER.replace(',', ';')}\n{ONE}\n", "is `delimiter` right in the mapping?"),
        (f"{ONE}\n{ONE}\n", "the file has 6 columns and the mapping needs 6: is it the right file?"),
        (f'{HEADER}\n{ONE}\na2,p2,31/05/2022,Bus,1,"open\n', "export.csv:3: unexpected end of data"),
        (f'{HEADER}\na2,p2,31/05/2022,Bus,1,"a"b\n', "export.csv:2: ',' expected after '\"'"),
        (b"PK\x03\x04rest", "is not CSV but an Excel workbook or ZIP archive"),
        (b"\xd0\xcf\x11\xe0rest", "an old Excel workbook (.xls)"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_a_remedy(desk, content, said):
    assert said in _refused(desk, content)


def test_all_missing_columns_are_named_at_once(desk):
    said = _refused(desk, f"Ref,Who,x,y,z,Comment\n{ONE}\n")
    assert [name for name in ("When", "Where", "FFT") if f"export.csv:1: {name}: there is no" in said] == [
        "When",
        "Where",
        "FFT",
    ]


@pytest.mark.parametrize("name", ["export.xls", "export.pdf", "export"])
def test_an_unknown_ending_is_refused(desk, name):
    assert "an export is a .csv or .xlsx file" in _refused(desk, f"{HEADER}\n{ONE}\n", name)


def test_a_file_that_is_not_there_is_said(desk, tmp_path):
    with pytest.raises(BadInput, match="there is no file"):
        desk.take(tmp_path / "nowhere.csv")


def test_other_delimiters_and_line_ends_are_read(desk):
    desk.mapping += "delimiter: semicolon\n"
    assert desk.take(desk.file(f"{HEADER}\r\n{ONE}\r\n".replace(",", ";"))).responses == 1


def test_a_header_with_other_spaces_is_the_same_header(desk):
    desk.mapping = desk.mapping.replace("column: When", "column: On what day")
    content = f"{HEADER}\n{ONE}\n".replace("When", "On\u00a0what  day ")
    assert desk.take(desk.file(content)).responses == 1


def test_a_row_without_end_is_refused_where_it_begins(desk):
    said = _refused(desk, f"{HEADER}\n{ONE}\n" + "x" * (4 * LONGEST_ROW + 10))
    assert "export.csv:3: the row that begins here is longer than 100,000 characters" in said


def test_a_quotation_mark_never_closed_is_refused_where_it_opens(desk):
    lines = "\n".join(f"a{n},person-{n},31/05/2022,Bus,1,no" for n in range(5000))
    said = _refused(desk, f'{HEADER}\n{ONE}\na0,p0,31/05/2022,Bus,1,"open\n{lines}\n')
    assert "export.csv:3: the row that begins here is longer" in said


def test_a_line_of_a_gigabyte_needs_no_more_memory_than_another(desk, tmp_path):
    path = tmp_path / "export.csv"
    with path.open("wb") as file:
        file.write(f"{HEADER}\n{ONE}\n".encode())
        file.truncate(1_000_000_000)  # a hole: as long as it says, without its bytes on the disk
        file.seek(len(HEADER) + len(ONE) + 2)
        file.write(b"x" * 10_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match=r"export\.csv:3: the row that begins here is longer"):
            desk.take(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_the_limit_of_a_row_can_be_set(desk, tmp_path):
    path = desk.csv([ONE, f"a2,person-02,31/05/2022,Bus,1,{'x' * 60}"])
    mapping = desk.open(path).mapping
    with pytest.raises(BadInput, match=r":3: the row that begins here is longer than 80 characters"):
        list(CsvSource.open(path, mapping, longest=80).records(lambda _: None))


def test_a_cell_that_begins_like_a_formula_is_text_in_a_csv(desk):
    desk.take(desk.csv(["a1,person-01,31/05/2022,Bus,1,=no change needed"]))
    assert _text(desk) == [("=no change needed",)]


def test_a_columns_name_like_a_formula_is_harmless_in_the_rejects_file(desk):
    desk.mapping = MAPPING.replace("column: FFT", 'column: "=1+1"')
    report = desk.take(desk.csv(["a1,person-01,31/05/2022,Bus,9,x"], header=HEADER.replace("FFT", "=1+1")))
    assert reasons(report)[0][1] == "=1+1"
    assert "2,'=1+1," in report.rejects.read_text(encoding="utf-8")
