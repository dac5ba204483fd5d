"""The patient's pages as bytes: the survey in three lasting pieces, the rest rendered when asked for."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, make_response, render_template, request
from markupsafe import Markup, escape

from survey.config import Keep
from survey.domain.counts import SMALLEST
from survey.domain.questionnaire import Questionnaire
from survey.resources import folder
from survey.web.patient import fragments
from survey.web.patient.brand import Brand
from survey.web.patient.compression import Piece, gzipped, piece
from survey.web.patient.forms import field_name

RIGHT_TO_LEFT = frozenset({"ar", "ckb", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
SEND = "Send my answers"
_CUT = "\x00"  # stands where a page is cut into pieces; no template or questionnaire contains it


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders the pages of one brand."""

    brand: Brand
    style: str
    script: str
    leaflet_style: str  # of the pages that explain the promise
    draft: bool = False
    _kept: dict[tuple[str, str], tuple[Piece, Piece, Piece]] = field(default_factory=dict)

    @classmethod
    def of(cls, brand: Brand, *, draft: bool = False) -> Pages:
        """Read the style and the script that every page carries within itself."""
        shipped = folder("templates") / "patient"
        names = ("nhsuk.css", "page.css", "patient.js", "promise.css")
        nhs, page, script, more = ((shipped / name).read_text(encoding="utf-8") for name in names)
        style, leaflet_style = (_squeezed_style(css) + brand.style for css in (nhs + page, nhs + page + more))
        return cls(brand, style, _squeezed_script(script), leaflet_style, draft)

    @property
    def content_security_policy(self) -> str:
        """Nothing but this page's own style and script, by their hashes."""
        return _policy(f"'{_hash(self.style)}'", f"'{_hash(self.script)}'")

    def survey(self, questionnaire: Questionnaire, *, names: tuple[str, str], token: str) -> Response:
        """The whole survey, unanswered. `names`: the provider's and the service's."""
        before, questions, after = self._pieces(questionnaire)
        cuts = [self._header(names), str(escape(token))]
        return _sent([before, piece(cuts[0]), questions, piece(cuts[1]), after])

    def again(
        self,
        questionnaire: Questionnaire,
        *,
        names: tuple[str, str],
        token: str,
        given: Mapping[str, str],
        wrong: Mapping[str, str],
    ) -> Response:
        """The survey once more as one form, with the answers given and what is wrong; or not saved."""
        problems = [(field_name(code), message) for code, message in wrong.items()]
        html = self._survey(
            questionnaire,
            header=Markup(self._header(names)),  # noqa: S704  # escaped there
            token=token,
            steps=False,
            not_saved=not problems,
            problems=problems,
            summary=fragments.error_summary(problems) if problems else "",
            questions=fragments.steps(questionnaire, given=given, wrong=wrong),
        )
        return _sent([piece(html)])

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page without a form."""
        html = render_template(f"patient/{template}.html", **self._everywhere("en"), **values)
        response = _sent([piece(html)])
        response.status_code = status
        return response

    def leaflet(self, template: str, *, keep: Keep, **more: Any) -> Response:
        """A page that explains the promise, with the limits of this installation: to be read or printed."""
        style = Markup(self.leaflet_style)  # noqa: S704  # our own files and the operator's
        values = {**self._everywhere("en"), "style": style, "keep": keep, "smallest": SMALLEST, **more}
        response = _sent([piece(render_template(f"patient/{template}.html", **values))])
        response.headers["Content-Security-Policy"] = _policy(f"'{_hash(style)}'", "'none'")
        return response

    def _pieces(self, questionnaire: Questionnaire) -> tuple[Piece, Piece, Piece]:
        wanted = (questionnaire.key, questionnaire.digest)
        if wanted not in self._kept:
            found = fragments.steps(questionnaire, given={}, wrong={})
            html = self._survey(
                questionnaire,
                header=_CUT,
                token=_CUT,
                steps=True,
                not_saved=False,
                problems=(),
                summary="",
                questions=[one.squeezed() for one in found],
            )
            before, questions, after = map(piece, html.split(_CUT))
            self._kept[wanted] = (before, questions, after)
        return self._kept[wanted]

    def _survey(self, questionnaire: Questionnaire, **values: Any) -> str:
        return render_template(
            "patient/survey.html",
            questionnaire=questionnaire,
            some_required=any(one.required for one in questionnaire.questions),
            script=Markup(self.script),  # noqa: S704  # our own file
            back=fragments.back_link(),
            send=fragments.button(SEND),
            **self._everywhere(questionnaire.language),
            **values,
        )

    def _everywhere(self, language: str) -> dict[str, Any]:
        return {
            "language": language,
            "direction": "rtl" if language.split("-", maxsplit=1)[0] in RIGHT_TO_LEFT else "ltr",
            "brand": self.brand.name,
            "style": Markup(self.style),  # noqa: S704  # our own file and the operator's
            "draft": self.draft,
        }

    def _header(self, names: tuple[str, str]) -> str:
        name, service = names
        return render_template("components/header.html", name=name or self.brand.name, service=service)


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
