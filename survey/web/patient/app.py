"""The patient's application: no count, no key of a box, no cookie, and nothing of a patient in its logs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, abort, request
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.editions import Editions
from survey.catalogue.pieces import Translations
from survey.config import Keep
from survey.domain.questionnaire import Questionnaire
from survey.resources import folder
from survey.services.respond import Desk
from survey.web.patient import faults, views
from survey.web.patient.brand import Brand
from survey.web.patient.choice import Languages
from survey.web.patient.doors import DraftDoor
from survey.web.patient.limits import Limiter
from survey.web.patient.logs import note_fault, note_spoiled
from survey.web.patient.pages import Pages

LARGEST_POST = 64 * 1024  # bytes; the longest survey that can be sent needs about 14 kB


class QuietApp(Flask):
    """A site that takes answers, and whose log of a failed request holds none."""

    # Flask logs 'Exception on /i/<the ticket itself>' with a traceback that may hold answers.
    def log_exception(self, *args: Any, **_more: Any) -> None:
        note_fault(args[-1][1], request.url_rule)


def create_app(
    desk: Desk,
    *,
    brand: Brand | None = None,
    behind_proxy: bool = False,
    limiter: Limiter | None = None,
    keep: Keep | None = None,
) -> Flask:
    """The site for patients.

    `behind_proxy`: one reverse proxy of ours stands in front and writes X-Forwarded-For; without it that
    header is not believed. `keep`: the limits that the promise names.
    """
    routes = _common_routes()
    both = ["GET", "POST"]
    routes.add_url_rule("/i/<ticket>", view_func=views.invited, methods=both)
    routes.add_url_rule("/s/<service_code>", view_func=views.visiting, methods=both)
    routes.add_url_rule("/k/<service_code>", view_func=views.in_waiting_room, methods=both)
    routes.add_url_rule("/k/<service_code>/thanks", view_func=views.thanks_in_waiting_room)
    routes.add_url_rule("/readyz", view_func=views.readyz)
    pages, kiosk = (Pages.of(brand or Brand(), kiosk=kiosk) for kiosk in (False, True))
    languages = Languages(_reviewed(desk.catalogue))
    app = _app(views.Site(pages, kiosk, limiter or Limiter(), desk, keep or Keep(), languages), routes)
    if behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=0)  # type: ignore[method-assign]
    return app


@lru_cache(maxsize=2)  # reading takes a third of a second
def _reviewed(catalogue: Catalogue) -> Editions:
    """What patients may be offered; a translation that cannot be read keeps no site from starting."""
    found = Translations.load(catalogue, drafts=False)
    if spoiled := {problem.file for problem in found.problems.found()}:
        note_spoiled(len(spoiled))
    return Editions(found)


def create_preview(
    questionnaire: Questionnaire, *, brand: Brand | None = None, editions: Editions | None = None
) -> Flask:
    """One questionnaire on trial at /, marked 'not live'; what is sent is thanked for and forgotten.

    `editions`: those in which it can be tried out, drafts too.
    """
    routes = _common_routes()
    door = DraftDoor(questionnaire)
    routes.add_url_rule("/", "preview", lambda: views.survey(door), methods=["GET", "POST"])
    pages = Pages.of(brand or Brand(), draft=True)
    routes.add_url_rule("/about", "about", lambda: _about(pages, questionnaire))
    return _app(views.Site(pages, pages, Limiter(), None, Keep(), Languages(editions, drafts=True)), routes)


def _about(pages: Pages, questionnaire: Questionnaire) -> Response:
    # Imported where a draft is looked at: the patient's process loads none of it.
    from survey.catalogue.coverage import coverage
    from survey.presenters import coverage_words

    found = coverage(questionnaire)
    return pages.leaflet("about", keep=Keep(), questionnaire=questionnaire, found=found, words=coverage_words)


def _common_routes() -> Blueprint:
    routes = Blueprint("patient", __name__)
    for path, view in (
        ("/thanks", views.thanks),
        ("/how", views.how),
        ("/promise", views.promise),
        ("/healthz", views.healthz),
        ("/favicon.ico", views.favicon),
    ):
        routes.add_url_rule(path, view_func=view)
    return routes


def _app(site: views.Site, routes: Blueprint) -> Flask:
    app = QuietApp(__name__, static_folder=None, template_folder=str(folder("templates")))
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_POST, MAX_FORM_PARTS=200)
    app.extensions["heard"] = site
    app.register_blueprint(routes)
    app.before_request(_limit)
    headers = {of.kiosk: _headers(of) for of in (site.pages, site.kiosk)}
    app.after_request(lambda response: _add(headers[views.pages().kiosk], response))
    faults.register(app)
    return app


def _limit() -> None:
    if not views.site().limiter.allows(request.remote_addr):
        abort(429)


def _headers(pages: Pages) -> dict[str, str]:
    return {
        "Content-Security-Policy": pages.content_security_policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
    }


def _add(headers: dict[str, str], response: Response) -> Response:
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
