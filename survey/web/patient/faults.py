"""What a patient reads when something is in the way: one plain page for each, never a reason from within."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, TooManyRequests

from survey.domain.errors import DatabaseDown, LinkEnded, NotFound, NotSaved
from survey.web.patient.logs import note_fault
from survey.web.patient.views import site

ENDED = (
    "This link has been used or has ended",
    "A link works once. If you have already sent your answers with it, they may have been counted. There is "
    "nothing more you need to do.",
    "If you have not sent your answers, they were not saved. Ask the service that gave you the link for "
    "a new one, or use the code on one of its posters.",
    "If you typed the link yourself, check it and try again.",
)
MISSING = (
    "We cannot find that page",
    "If you typed the link, check that it is right.",
    "If you scanned a code or tapped a link, ask the service that gave it to you for a new one.",
)
LARGE = (
    "Your answers are too long to send",
    "Your answers were not saved. Go back, make your comment shorter, then send your answers again.",
)
BUSY = (
    "Too many people are on this page from where you are",
    "Please wait ten minutes, then try again. Your link still works.",
)
DOWN = (
    "This survey is not working just now",
    "Nothing new was saved. Please wait a few minutes, then open the link again. Your link still works.",
)
BROKEN = (
    "Something went wrong",
    "Your answers may not have been saved. Go back and send them again. If they were saved the first time, "
    "they still count once.",
)


def register(app: Flask) -> None:
    """Give each kind of fault its page."""
    app.register_error_handler(LinkEnded, lambda _: _page(ENDED, 410))
    app.register_error_handler(NotFound, lambda _: _page(MISSING, 404))
    app.register_error_handler(404, lambda _: _page(MISSING, 404))
    app.register_error_handler(RequestEntityTooLarge, lambda _: _page(LARGE, 413))
    app.register_error_handler(TooManyRequests, lambda _: _page(BUSY, 429))
    app.register_error_handler(DatabaseDown, _down)
    app.register_error_handler(NotSaved, _down)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)


def _page(says: tuple[str, ...], status: int) -> Response:
    heading, *lines = says
    response = site().pages.page("message", status, heading=heading, lines=lines)
    if status in {429, 503}:
        response.headers["Retry-After"] = "600" if status == 429 else "60"
    return response


def _down(error: Exception) -> Response:
    note_fault(error, request.url_rule)
    return _page(DOWN, 503)


def _refused(error: HTTPException) -> Response:
    return _page(MISSING, error.code or 400)


def _broken(error: Exception) -> Response:
    note_fault(error, request.url_rule)
    return _page(BROKEN, 500)
