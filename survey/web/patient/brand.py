"""What an NHS organisation may add of its own to the patient's pages: its name and a few rules of style."""

from __future__ import annotations

from dataclasses import dataclass

from survey.config import Settings
from survey.domain.errors import Misconfigured

STYLE_FILE = "patient.css"


@dataclass(frozen=True, slots=True)
class Brand:
    """Name and style; neither Frutiger nor the NHS logo may be shipped, so the default is plain text."""

    name: str = "Your NHS"
    style: str = ""  # CSS, after our own

    @classmethod
    def of(cls, settings: Settings) -> Brand:
        """The brand of an installation: HEARD_BRAND_NAME and `patient.css` in HEARD_BRAND_DIR."""
        if settings.brand_dir is None:
            return cls(settings.brand_name)
        file = settings.brand_dir / STYLE_FILE
        try:
            style = file.read_text(encoding="utf-8") if file.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(f"{file} cannot be read as UTF-8 text ({type(error).__name__})") from None
        if "</" in style:
            raise Misconfigured(f"{file} contains '</', which would end the page's style; take it out")
        return cls(settings.brand_name, style)
