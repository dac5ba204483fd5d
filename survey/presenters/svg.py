"""Elements of an SVG drawing as text; attributes only, since a page's policy refuses `style=`."""

from __future__ import annotations

from html import escape

INK, GREY, LINE, BAND, WHITE = "#212B32", "#425563", "#AEB7BD", "#E1E7EB", "#FFFFFF"
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"


def element(name: str, body: str = "", /, **attributes: str | float) -> str:
    """`<name …>body</name>`; `body` is markup already, attribute names take _ for -."""
    pairs = "".join(f' {_hyphened(key)}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{pairs}>{body}</{name}>" if body else f"<{name}{pairs}/>"


def words(text: str, x: float, y: float, **attributes: str | float) -> str:
    """One line of text."""
    return element("text", escape(text, quote=False), x=x, y=y, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: str | float) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def path(corners: list[tuple[float, float]], *, closed: bool = False, **attributes: str | float) -> str:
    """Straight lines through `corners`."""
    drawn = "L".join(f"{_value(x)} {_value(y)}" for x, y in corners)
    return element("path", d=f"M{drawn}{'Z' if closed else ''}", **attributes)


def _hyphened(key: str) -> str:
    return key.rstrip("_").replace("_", "-") if key != "viewBox" else key


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
