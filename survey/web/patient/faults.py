"""What a patient reads when something is in the way: one plain page for each, never a reason from within."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, TooManyRequests

from survey.domain.errors import DatabaseDown, LinkEnded, NotFound, NotSaved
from survey.web.patient.logs import note_fault
from survey.web.patient.views import on_kiosk, pages, read_as, start_of

# What each page says, by the names of its words: its heading, then a line each.
ENDED = ("ended", "ended_once", "ended_new", "ended_typed")
MISSING = ("missing", "missing_typed", "missing_scanned")
LARGE = ("large", "large_shorter")
BUSY = ("busy", "busy_wait")
DOWN = ("down", "down_wait")
BROKEN = ("broken", "broken_again")


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
    read = read_as()
    heading, *lines = map(read.words.say, says)
    code = (request.view_args or {}).get("service_code", "")
    start = (
        start_of(code) if on_kiosk() and code else ""
    )  # or a tablet would stand there until somebody comes
    response = pages().page("message", read, status=status, start=start, heading=heading, lines=lines)
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
