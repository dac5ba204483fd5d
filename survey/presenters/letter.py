"""An e-mail as text, HTML and pictures, and what is made of it: a message to send or a page to show."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from survey.resources import folder

CLIPPED = 102_000  # bytes of HTML from which Gmail hides the rest
SEVEN_BIT = SMTP.clone(cte_type="7bit")  # some hospital mail servers still take nothing else


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML shows by its name; `alt` says what it shows."""

    name: str
    png: bytes
    alt: str
    width: int
    height: int

    @property
    def source(self) -> str:
        return f"cid:{self.name}@heard"


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail without addresses: subject, both bodies, pictures."""

    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...]

    def message(self, *, sender: str, recipient: str, message_id: str, written: datetime) -> EmailMessage:
        """As it goes over SMTP: text, and HTML with its pictures."""
        message = EmailMessage(policy=SEVEN_BIT)
        message["From"], message["To"], message["Subject"] = sender, recipient, self.subject
        message["Message-ID"], message["Date"] = f"<{message_id}>", format_datetime(written)
        message["Auto-Submitted"] = "auto-generated"  # so that absence notes are not sent back
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        page = message.get_payload()[1]  # type: ignore[index]
        for one in self.pictures:
            page.add_related(  # type: ignore[union-attr]
                one.png,
                "image",
                "png",
                cid=f"<{one.name}@heard>",
                filename=f"{one.name}.png",
                disposition="inline",
            )
        return message

    def standalone(self) -> str:
        """The HTML as a page of its own, its pictures inside."""
        inside = {one.source: f"data:image/png;base64,{b64encode(one.png).decode()}" for one in self.pictures}
        return re.sub(r"cid:[\w-]+@heard", lambda found: inside.get(found[0], found[0]), self.html)


def letter(name: str, *, subject: str, view: object) -> Letter:
    """The pair of templates `name`, filled with the fields of `view`, its styles moved into the elements."""
    context = {field.name: getattr(view, field.name) for field in fields(view)}  # type: ignore[arg-type]
    html = _inliner().inline(_templates().get_template(f"{name}.html").render(context))
    text = _templates().get_template(f"{name}.txt").render(context)
    pictures = {one.name: one for one in _pictures(view)}
    return Letter(subject, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", html, tuple(pictures.values()))


def _pictures(view: object) -> Iterator[Picture]:
    """Every picture in a tree of frozen dataclasses and tuples."""
    if isinstance(view, Picture):
        yield view
    elif isinstance(view, tuple):
        for one in view:
            yield from _pictures(one)
    elif is_dataclass(view):
        for field in fields(view):
            yield from _pictures(getattr(view, field.name))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(folder("templates") / "email"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    # The media queries for phones and dark mode stay: they cannot be inlined.
    return css_inline.CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)
