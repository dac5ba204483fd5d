"""An NHS organisation's own name and style, and what is refused of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.config import Settings
from survey.domain.errors import Misconfigured
from survey.web.patient.brand import Brand


def settings(folder: Path, brand_dir: Path | None) -> Settings:
    return Settings(
        "sqlite:///x",
        folder / "keys",
        folder / "data",
        folder / "backups",
        brand_dir=brand_dir,
        brand_name="Testham",
    )


def test_a_brand_is_a_name_and_perhaps_a_style(tmp_path: Path) -> None:
    assert Brand.of(settings(tmp_path, None)) == Brand("Testham")
    assert Brand.of(settings(tmp_path, tmp_path)) == Brand("Testham")
    (tmp_path / "patient.css").write_text("header{background:#000}")
    assert Brand.of(settings(tmp_path, tmp_path)) == Brand("Testham", "header{background:#000}")


@pytest.mark.parametrize("broken", [b"</style><script>", b"\xff\xfe"])
def test_a_style_that_would_break_the_page_is_refused_with_its_file(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "patient.css").write_bytes(broken)
    with pytest.raises(Misconfigured, match=r"patient\.css"):
        Brand.of(settings(tmp_path, tmp_path))
