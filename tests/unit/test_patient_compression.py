"""Pages are gzip members strung together from pieces that were compressed apart."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from survey.web.patient.compression import gzipped, piece


@given(st.lists(st.text(max_size=2000), max_size=6))
def test_pieces_strung_together_are_what_they_were(texts: list[str]) -> None:
    assert gzip.decompress(gzipped(map(piece, texts))) == "".join(texts).encode()


def test_it_is_one_member_so_that_every_browser_reads_to_its_end() -> None:
    reader = zlib.decompressobj(31)
    assert reader.decompress(gzipped([piece("a" * 3000), piece("b"), piece("c" * 3000)])).endswith(b"c")
    assert reader.eof
    assert reader.unused_data == b""
