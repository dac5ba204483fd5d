"""What staff see: where to begin, one form a response, and that it was kept."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from survey.domain.errors import BadInput, HeardError, LinkEnded, NotFound
from survey.domain.ways import CHANNELS
from survey.resources import folder
from survey.services import respond
from survey.services.double_entry import is_drawn
from survey.web.keying import pages, twice
from survey.web.keying.batch import KEYED, Batch, site
from survey.web.keying.entries import Form
from survey.web.patient.logs import note_fault


def start() -> Response:
    """Which forms are to be keyed."""
    return _start()


def form() -> Response:
    """One response: an empty form, or what was keyed."""
    batch = Batch.asked()
    if request.method == "POST":
        return _take(batch)
    shown = respond.visiting(site().desk, batch.service, batch.channel, version=batch.version)
    fresh = Form(batch, shown.questionnaire, shown.form_token or "")
    return pages.form(fresh, says="kept" if "kept" in request.args else "")


def _take(batch: Batch) -> Response:
    token = request.form.get("form", "")
    version = respond.shown_version(site().desk, batch.service, token, batch.channel)
    form = Form(batch, version, token)
    if batch.on_paper and is_drawn(site().desk, token, site().one_in):
        return twice.take(form)
    sent = form.sent()
    if wrong := form.problems(sent):
        return pages.form(form, given=sent, wrong=wrong, status=400)
    return pages.kept(form, sent)


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
