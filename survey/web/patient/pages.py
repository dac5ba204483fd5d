"""The patient's pages as bytes: the survey in three lasting pieces, the rest rendered when asked for."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, make_response, render_template, request
from markupsafe import Markup

from survey.catalogue.editions import Edition
from survey.catalogue.words import in_english
from survey.config import Keep
from survey.domain.counts import SMALLEST
from survey.domain.languages import is_easy, language
from survey.resources import folder
from survey.web.patient import drawings, fragments
from survey.web.patient.brand import Brand
from survey.web.patient.choice import LANG, LARGE, PRINT, Read
from survey.web.patient.compression import Piece, gzipped, piece
from survey.web.patient.forms import field_name
from survey.web.patient.fragments import Step

_CUT = "\x00"  # stands where a page is cut into pieces; no template or questionnaire contains it
_CUTS = ("look", "header", "languages", "hidden")  # what differs between readers, in the page's order
# What the script says.
_OF_SCRIPT = (
    *("continue", "question_of", "question_or_more", "title_of", "error_before"),
    *("choose", "write_words", "write_number", "figures", "whole", "range"),
    *("room_left", "room_over", "too_long_by", "sending", "again", "not_sent"),
)


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders the pages of one brand."""

    brand: Brand
    style: str
    script: str
    leaflet_style: str  # of the pages that explain the promise
    draft: bool = False
    kiosk: str = ""  # the script of a tablet in a waiting room; '' for everybody's own device
    _kept: dict[tuple[str, str, str], list[Piece]] = field(default_factory=dict)

    @classmethod
    def of(cls, brand: Brand, *, draft: bool = False, kiosk: bool = False) -> Pages:
        """Read the style and the scripts that every page carries within itself."""
        shipped = folder("templates") / "patient"
        names = ("nhsuk.css", "page.css", "kiosk.css", "promise.css", "path.js", "patient.js", "kiosk.js")
        nhs, page, tablet, more, path, script, clears = (
            (shipped / name).read_text(encoding="utf-8") for name in names
        )
        css = (nhs + page + tablet if kiosk else nhs + page, nhs + page + more)
        style, leaflet_style = (_squeezed_style(one) + brand.style for one in css)
        scripts = (
            _squeezed_script(path + script),
            leaflet_style,
            draft,
            _squeezed_script(clears) if kiosk else "",
        )
        return cls(brand, style, *scripts)

    @property
    def content_security_policy(self) -> str:
        """Nothing but this page's own style and script, by their hashes."""
        scripts = " ".join(f"'{_hash(one)}'" for one in (self.script, self.kiosk) if one)
        return _policy(f"'{_hash(self.style)}'", scripts)

    def survey(
        self, read: Read, edition: Edition, *, offered: Sequence[Edition], names: tuple[str, str], token: str
    ) -> Response:
        """The whole survey, unanswered. `names`: the provider's and the service's."""
        first, *lasting = self._pieces(edition)
        own = (read.look, self._header(names), _links(read, offered), _hidden(read, token))
        return _sent(
            [first, *(one for cut, kept in zip(own, lasting, strict=True) for one in (piece(cut), kept))]
        )

    def again(
        self,
        read: Read,
        edition: Edition,
        *,
        names: tuple[str, str],
        token: str,
        given: Mapping[str, str],
        wrong: Mapping[str, str],
    ) -> Response:
        """The survey once more as one form, with the answers given and what is wrong; or not saved."""
        problems = [(field_name(code), message) for code, message in wrong.items()]
        html = self._survey(
            edition,
            look=read.look,
            header=self._header(names),
            languages="",
            hidden=_hidden(read, token),
            steps=False,
            not_saved=not problems,
            problems=problems,
            summary=fragments.error_summary(problems, edition.words) if problems else "",
            questions=fragments.steps(edition, given=given, wrong=wrong),
        )
        return _sent([piece(html)])

    def page(
        self, template: str, read: Read, *, status: int = 200, start: str = "", **values: Any
    ) -> Response:
        """A page without a form; a tablet goes from it back to `start` by itself."""
        html = render_template(f"patient/{template}.html", **self._everywhere(read), start=start, **values)
        response = _sent([piece(html)])
        response.status_code = status
        return response

    def leaflet(self, template: str, *, keep: Keep, **more: Any) -> Response:
        """A page that explains the promise, with the limits of this installation: to be read or printed."""
        style = Markup(self.leaflet_style)  # noqa: S704  # our own files and the operator's
        limits = {"keep": keep, "smallest": SMALLEST}
        values = {**self._everywhere(Read.said(in_english())), "style": style, **limits, **more}
        response = _sent([piece(render_template(f"patient/{template}.html", **values))])
        response.headers["Content-Security-Policy"] = _policy(f"'{_hash(style)}'", "'none'")
        return response

    def _pieces(self, edition: Edition) -> list[Piece]:
        wanted = (edition.questionnaire.key, edition.questionnaire.digest, edition.tag)
        if wanted not in self._kept:
            found = fragments.steps(edition, given={}, wrong={})
            html = self._survey(
                edition,
                **dict.fromkeys(_CUTS, _CUT),
                steps=True,
                not_saved=False,
                problems=(),
                summary="",
                questions=[one.squeezed() for one in found],
            )
            self._kept[wanted] = [piece(one) for one in html.split(_CUT)]
        return self._kept[wanted]

    def _survey(self, edition: Edition, *, questions: Sequence[Step], **values: Any) -> str:
        words, version = edition.words, edition.questionnaire
        return render_template(
            "patient/survey.html",
            **{
                **self._everywhere(Read.of(edition)),
                "questionnaire": version,
                "questions": questions,
                "drawings": drawings.symbols(name for one in questions for name in one.pictures),
                "some_required": any(one.required for one in version.questions),
                "script": Markup(self.script),  # noqa: S704  # our own file
                "script_words": _json({name: words.texts[name] for name in _OF_SCRIPT}),
                "back": fragments.back_link(words.say("back")),
                "send": fragments.button(words.say("send")),
                **values,
            },
        )

    def _everywhere(self, read: Read) -> dict[str, Any]:
        return {
            "language": read.language,
            "direction": read.direction,
            "look": read.look,
            "say": read.words.say,
            "in_english": read.language == "en",
            "brand": self.brand.name,
            "style": Markup(self.style),  # noqa: S704  # our own file and the operator's
            "draft": self.draft,
            "kiosk": Markup(self.kiosk),  # noqa: S704  # our own file
        }

    def _header(self, names: tuple[str, str]) -> Markup:
        name, service = names
        html = render_template("components/header.html", name=name or self.brand.name, service=service)
        return Markup(html)  # noqa: S704  # escaped there


def _json(texts: Mapping[str, str]) -> str:
    return json.dumps(texts, ensure_ascii=False, separators=(",", ":"))


def _links(read: Read, offered: Sequence[Edition]) -> Markup:
    """To every other edition, each named in itself, and to the other size of print."""
    published = offered[0].tag
    html = render_template(
        "components/languages.html",
        say=read.words.say,
        editions=[
            {"link": _query(one.tag, read.large), **_name(one, published)}
            for one in offered
            if one.tag != read.tag
        ],
        print_link=_query(read.tag, not read.large),
        large=read.large,
    )
    return Markup(html)  # noqa: S704  # escaped there


def _name(edition: Edition, published: str) -> dict[str, str | bool]:
    found = language(edition.tag)
    easy = edition.words.say("easy_read") if is_easy(edition.tag) else ""
    own = found.code == language(published).code
    return {
        "code": found.code,
        "direction": "rtl" if found.right_to_left else "ltr",
        "easy": bool(easy),
        "name": easy if easy and own else " – ".join(filter(None, (found.name, easy))),
    }


def _query(tag: str, large: bool) -> str:
    return f"?{LANG}={tag}" + (f"&{PRINT}={LARGE}" if large else "")


def _hidden(read: Read, token: str) -> Markup:
    """What comes back with the form besides answers."""
    fields = {"form": token, LANG: read.tag, PRINT: LARGE if read.large else ""}
    return Markup("\n").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
        for name, value in fields.items()
        if value or name == "form"
    )


def _sent(pieces: list[Piece]) -> Response:
    if request.accept_encodings["gzip"]:
        response = make_response(gzipped(pieces))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = make_response(b"".join(one.plain for one in pieces))
    response.headers["Vary"] = "Accept-Encoding"
    response.content_type = "text/html; charset=utf-8"
    return response


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {style}; script-src {script}; "
        "form-action 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _squeezed_style(css: str) -> str:
    # The licence's line (/*! … */) stays; other comments and line ends go.
    bare = re.sub(r"/\*[^!].*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "", re.sub(r"(?m)\s*([{};,])\s+", r"\1", bare))


def _squeezed_script(script: str) -> str:
    # Whole-line and trailing comments and indentation; no string in the script contains '//'.
    return re.sub(r"(?m)^\s+|\s*// .*$", "", script).replace("\n\n", "\n").strip()
