"""Where staff key paper forms and what is said by telephone: it can put a response, and reads no count."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, request
from jinja2 import StrictUndefined

from survey.resources import folder
from survey.services.respond import Desk
from survey.web.keying import views
from survey.web.keying.batch import ONE_IN, Site
from survey.web.patient.app import LARGEST_POST, QuietApp

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}


def create_app(desk: Desk, *, one_in: int = ONE_IN) -> Flask:
    """The keying site by itself. It asks nobody who they are: it must stand behind a sign-in.

    `one_in`: of so many paper forms one is keyed twice; 0: none.
    """
    app = QuietApp(__name__, static_folder=None, template_folder=str(folder("templates")))
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_POST, MAX_FORM_PARTS=300)
    app.register_blueprint(blueprint(desk, one_in=one_in))
    return app


def blueprint(desk: Desk, *, one_in: int = ONE_IN) -> Blueprint:
    """The same to be mounted in a site that has a sign-in of its own."""
    keying = Blueprint("keying", __name__)
    keying.record_once(lambda state: state.app.extensions.update(keying=Site(desk, one_in)))
    keying.add_url_rule("/", view_func=views.start)
    keying.add_url_rule("/form", view_func=views.form, methods=["GET", "POST"])
    keying.add_url_rule("/keying.css", view_func=views.style)
    keying.add_url_rule("/keying.js", view_func=views.script)
    keying.before_request(_refuse_other_sites)
    keying.after_request(_add_headers)
    views.register_faults(keying)
    return keying


def _refuse_other_sites() -> None:
    # The token in a form is its defence against a forged request; this also stands where one was stolen.
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
