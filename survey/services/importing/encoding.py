"""How a file's bytes become text: UTF-8, else Windows-1252, else an error with the byte's place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from survey.domain.errors import BadInput, Problem

LONGEST_ROW = 100_000  # characters; twenty of the longest comments. Below the csv module's own limit
_WIDEST = 4  # bytes of a character in UTF-8
_REMEDY = "save the export again as 'CSV UTF-8'"
_OTHERS = {
    b"\xff\xfe": "UTF-16 ('Unicode text' in Excel)",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "an Excel workbook or ZIP archive; name an XLSX file .xlsx",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls); save it as XLSX",
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec and how it is said."""

    codec: str
    said: str


@dataclass
class _Findings:
    bad: BadInput | None = None  # the first byte that is not UTF-8
    wide: bool = False  # valid UTF-8 beyond ASCII was seen
    not_windows: BadInput | None = None  # the first byte that Windows-1252 lacks


def find_encoding(path: Path, wanted: str, *, longest: int = LONGEST_ROW) -> Encoding:
    """Look through the whole file, a line at a time, and say how to read it.

    BadInput names the line and byte of what cannot be text. UTF-8 and Windows-1252 in one file is an
    error too, for either reading would garble the other's letters.
    """
    findings = _Findings()
    with path.open("rb") as file:
        marked = _check_start(path, file)
        for number, offset, line in physical_lines(path, file, longest):
            _look(findings, path, (number, offset), line)
    if wanted == "windows-1252":
        return _or_raise(findings.not_windows, Encoding("cp1252", "Windows-1252, as the mapping says"))
    if findings.bad is None:
        return Encoding("utf-8", "UTF-8 with a byte order mark" if marked else "UTF-8")
    if wanted == "utf-8" or findings.wide or marked:
        raise findings.bad
    return _or_raise(findings.not_windows, Encoding("cp1252", "Windows-1252, for it is not UTF-8"))


def physical_lines(path: Path, file: BinaryIO, longest: int) -> Iterator[tuple[int, int, bytes]]:
    """(line number, its first byte, the line) of a file; BadInput at a line that is too long to be one."""
    number, offset = 0, 0
    while line := file.readline(longest * _WIDEST + 1):
        number += 1
        if len(line) > longest * _WIDEST:
            raise too_long(path, number, longest)
        yield number, offset, line
        offset += len(line)


def too_long(path: Path, line: int, longest: int) -> BadInput:
    """What is said of a row that goes on and on."""
    said = (
        f"the row that begins here is longer than {longest:,} characters; "
        "is a quotation mark missing, or is this another file?"
    )
    return BadInput(
        f"{path.name} cannot be read as CSV; nothing was imported", [Problem(path.name, line, said)]
    )


def _check_start(path: Path, file: BinaryIO) -> bool:
    start = file.read(4)
    file.seek(0)
    for mark, what in _OTHERS.items():
        if start.startswith(mark):
            raise BadInput(f"{path.name} is not CSV but {what}, or {_REMEDY}")
    return start.startswith(b"\xef\xbb\xbf")


def _look(findings: _Findings, path: Path, place: tuple[int, int], line: bytes) -> None:
    if b"\0" in line:
        raise _bad_byte(path, place, line.index(0), "a NUL byte: the file is damaged or not text")
    if line.isascii():
        return
    try:
        line.decode("utf-8")
        findings.wide = findings.wide or not line.removeprefix(b"\xef\xbb\xbf").isascii()
    except UnicodeDecodeError as error:
        said = f"byte 0x{line[error.start]:02x} is not UTF-8"
        findings.bad = findings.bad or _bad_byte(path, place, error.start, said)
    try:
        line.decode("cp1252")
    except UnicodeDecodeError as error:
        said = f"byte 0x{line[error.start]:02x} is neither UTF-8 nor Windows-1252"
        findings.not_windows = findings.not_windows or _bad_byte(path, place, error.start, said)


def _bad_byte(path: Path, place: tuple[int, int], within: int, said: str) -> BadInput:
    line, offset = place
    problem = Problem(path.name, line, f"{said} (byte {offset + within + 1:,} of the file); {_REMEDY}")
    return BadInput(f"{path.name} is not text that can be read; nothing was imported", [problem])


def _or_raise(bad: BadInput | None, encoding: Encoding) -> Encoding:
    if bad is not None:
        raise bad
    return encoding
