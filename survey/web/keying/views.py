"""What staff see: where to begin, one form a response, and that it was kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from survey.domain.errors import BadInput, DatabaseDown, HeardError, LinkEnded, NotFound, NotSaved
from survey.domain.questionnaire import Questionnaire
from survey.domain.ways import CHANNELS
from survey.resources import folder
from survey.services import respond
from survey.services.respond import Desk
from survey.web.keying.fields import fields
from survey.web.patient import forms
from survey.web.patient.logs import note_fault

KEYED = ("paper_here", "paper_home", "telephone")  # channels by which staff hand answers in
_SERVICE = re.compile(r"[A-Z0-9]{3,12}")
_VERSION = re.compile(r"[a-z0-9-]{1,60}/v[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Site:
    """What the views share."""

    desk: Desk
    one_in: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What a pile of forms has in common: it stands in the address, and a form's token is signed for it."""

    service: str
    channel: str
    version: str  # '' for the one in force

    @classmethod
    def asked(cls) -> Batch:
        """The batch that the address names; BadInput where it names none."""
        said = {name: request.args.get(name, "").strip() for name in ("service", "channel", "version")}
        batch = cls(said["service"].upper(), said["channel"], said["version"].lower())
        if not _SERVICE.fullmatch(batch.service):
            raise BadInput("Type the service's code: letters and figures, as on the form or the poster.")
        if batch.channel not in KEYED:
            raise BadInput("Say how the answers came.")
        if batch.version and not _VERSION.fullmatch(batch.version):
            raise BadInput("Type the version as it is printed at the foot of the form, such as inpatient/v1.")
        return batch

    def link(self, **more: str) -> str:
        """The address of the next form of the batch."""
        named = {"service": self.service, "channel": self.channel, "version": self.version or None}
        return url_for("keying.form", **named, **more)  # type: ignore[arg-type]


def site() -> Site:
    found: Site = current_app.extensions["keying"]
    return found


def start() -> Response:
    """Which forms are to be keyed."""
    return _start()


def form() -> Response:
    """One response: an empty form, or what was keyed."""
    batch = Batch.asked()
    if request.method == "POST":
        return _take(batch)
    shown = respond.visiting(site().desk, batch.service, batch.channel, version=batch.version)
    return _page(batch, shown.questionnaire, token=shown.form_token or "", kept="kept" in request.args)


def _take(batch: Batch) -> Response:
    token = request.form.get("form", "")
    version = respond.shown_version(site().desk, batch.service, token, batch.channel)
    sent = forms.form_class(version)(formdata=request.form)
    if wrong := forms.problems(version, sent):
        return _again(batch, version, token=token, wrong=wrong)
    answers = forms.answered(version, sent)
    try:
        response = forms.response(version, answers, channel=batch.channel)
        respond.respond_visiting(site().desk, batch.service, token, response)
    except (NotSaved, DatabaseDown) as error:
        note_fault(error, request.url_rule)
        return _again(batch, version, token=token, wrong={})
    return redirect(batch.link(kept="1"), 303)  # type: ignore[return-value]


def _again(batch: Batch, version: Questionnaire, *, token: str, wrong: Mapping[str, str]) -> Response:
    given = forms.given(version, forms.form_class(version)(formdata=request.form))
    response = _page(batch, version, token=token, given=given, wrong=wrong, not_saved=not wrong)
    response.status_code = 400 if wrong else 503
    return response


def _page(
    batch: Batch,
    version: Questionnaire,
    *,
    token: str,
    given: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    kept: bool = False,
    not_saved: bool = False,
) -> Response:
    return make_response(
        render_template(
            "keying/form.html",
            batch=batch,
            channel=CHANNELS[batch.channel],
            action=batch.link(),
            version=version,
            token=token,
            fields=fields(version, given=given or {}, wrong=wrong or {}),
            kept=kept,
            not_saved=not_saved,
            wrong=bool(wrong),
        )
    )


def _start(says: str = "", status: int = 200) -> Response:
    channels = {code: CHANNELS[code] for code in KEYED}
    said = {name: request.args.get(name, "") for name in ("service", "channel", "version")}
    html = render_template("keying/start.html", channels=channels, said=said, says=says)
    return make_response(html, status)


def style() -> Response:
    return _file("keying.css", "text/css")


def script() -> Response:
    """How keys answer, after the patient's page's own rule of what is asked."""
    path = (folder("templates") / "patient" / "path.js").read_text(encoding="utf-8")
    own = (folder("templates") / "keying" / "keying.js").read_text(encoding="utf-8")
    return Response(path + own, mimetype="text/javascript")


def _file(name: str, kind: str) -> Response:
    return Response((folder("templates") / "keying" / name).read_text(encoding="utf-8"), mimetype=kind)


def register_faults(keying: Blueprint) -> None:
    """Each kind of fault is said above the first page, and nothing of it is kept."""
    keying.register_error_handler(BadInput, lambda error: _start(str(error), 400))
    keying.register_error_handler(NotFound, lambda _: _start("No service has this code.", 404))
    keying.register_error_handler(LinkEnded, _ended)
    keying.register_error_handler(HTTPException, lambda error: _start(f"{error.name}.", error.code or 400))
    keying.register_error_handler(HeardError, _broken)
    keying.register_error_handler(Exception, _broken)


def _ended(_error: Exception) -> Response:
    said = "This form was opened too long ago, or for another service. Nothing of it was kept: key it again."
    return _start(said, 410)


def _broken(error: Exception) -> Response:
    note_fault(error, request.url_rule)
    return _start("Heard does not answer just now. Nothing was kept: key the last form again later.", 503)
