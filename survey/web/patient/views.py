"""What the patient's routes do: show the survey, take it back, say what became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import Response, current_app, g, redirect, request, url_for
from flask_wtf import FlaskForm

from survey.catalogue.editions import Edition
from survey.config import Keep
from survey.domain.errors import HeardError, LinkEnded, NotFound
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response as StoredResponse
from survey.domain.ways import KIOSK
from survey.services.respond import Desk
from survey.storage.database import require_schema
from survey.web.patient import forms
from survey.web.patient.choice import LANG, LARGE, PRINT, Languages, Read
from survey.web.patient.doors import Door, PosterDoor, TicketDoor
from survey.web.patient.limits import Limiter
from survey.web.patient.logs import note_fault
from survey.web.patient.pages import Pages

_SERVICE = re.compile(r"[A-Z0-9]{3,12}")


@dataclass(frozen=True, slots=True)
class Site:
    """What the views of one application share."""

    pages: Pages
    kiosk: Pages  # for a tablet in a waiting room
    limiter: Limiter
    desk: Desk | None  # None: a draft on trial
    keep: Keep  # what the pages that explain the promise say of how long
    languages: Languages = field(default_factory=Languages)


def site() -> Site:
    found: Site = current_app.extensions["heard"]
    return found


def _desk() -> Desk:
    desk = site().desk
    assert desk is not None  # noqa: S101  # routes with a desk are not registered without one
    return desk


def invited(ticket: str) -> Response:
    """The survey of a personal link."""
    return survey(TicketDoor(_desk(), ticket))


def visiting(service_code: str) -> Response:
    """The survey of a poster's link."""
    return survey(PosterDoor(_desk(), _service(service_code)))


def in_waiting_room(service_code: str) -> Response:
    """The same survey for a tablet that many people use one after the other."""
    return survey(PosterDoor(_desk(), _service(service_code), KIOSK))


def thanks_in_waiting_room(service_code: str) -> Response:
    return pages().page("thanks", read_as(), start=start_of(_service(service_code)))


def start_of(service_code: str) -> str:
    """Where a tablet's next person begins: in the language as published, whoever chose another before."""
    return url_for("patient.in_waiting_room", service_code=service_code)


def on_kiosk() -> bool:
    """Whether a tablet asks, which must be led back to its start from wherever it is."""
    return request.path.startswith("/k/")


def pages() -> Pages:
    """The pages that this request is answered with."""
    return site().kiosk if on_kiosk() else site().pages


def _service(code: str) -> str:
    # Typed by hand, a code may come in small letters; PostgreSQL takes no NUL, not even in a question.
    if not _SERVICE.fullmatch(code.upper()):
        raise NotFound("no service has such a code")
    return code.upper()


def survey(door: Door) -> Response:
    """Show the whole survey, or take it back."""
    if request.method == "POST":
        return _take_back(door, token=request.form.get("form", ""), version=request.form.get("version", ""))
    shown = door.shown()
    names = (shown.provider_name, shown.service_name)
    languages = site().languages
    edition = languages.chosen(shown.questionnaire, request.args.get(LANG))
    return pages().survey(
        Read.of(edition, large=request.args.get(PRINT) == LARGE),
        edition,
        offered=languages.offered(shown.questionnaire),
        names=names,
        token=shown.form_token or "",
    )


def read_as() -> Read:
    """How a page is read that is no form: as the address says."""
    return Read.said(site().languages.words(request.args.get(LANG)), large=request.args.get(PRINT) == LARGE)


def _take_back(door: Door, *, token: str, version: str) -> Response:
    try:
        return _store(door, door.answered(token), token=token)
    except LinkEnded:
        # A second click, or a retry whose first reply was lost, comes with a spent link. That it was stored
        # is for the service to say; the form's own word for its version decides nothing here.
        return _replay(door, door.named(version), token=token)
    except NotFound:
        raise
    except Exception as error:  # whatever it is, a patient's answers must not be lost by it
        questionnaire = door.named(version)
        if questionnaire is None:
            raise
        note_fault(error, request.url_rule)
        return _again(door, questionnaire, token=token, wrong={})


def _store(door: Door, questionnaire: Questionnaire, *, token: str) -> Response:
    wrong = _problems(questionnaire)
    if wrong:
        return _again(door, questionnaire, token=token, wrong=wrong)
    door.respond(token, _response(door, questionnaire))
    return _thanked(questionnaire)


def _replay(door: Door, questionnaire: Questionnaire | None, *, token: str) -> Response:
    if questionnaire is None or _problems(questionnaire):
        raise LinkEnded("the link is spent, and this is no replay")
    door.respond(token, _response(door, questionnaire))
    return _thanked(questionnaire)


def _problems(questionnaire: Questionnaire) -> dict[str, str]:
    edition = _edition(questionnaire)
    return forms.problems(edition.questionnaire, _form(questionnaire), edition.words)


def _response(door: Door, questionnaire: Questionnaire) -> StoredResponse:
    answers = forms.answered(questionnaire, _form(questionnaire))
    return forms.response(questionnaire, answers, _edition(questionnaire).tag, door.channel)


def _edition(questionnaire: Questionnaire) -> Edition:
    """What the form was read in, by its own word: it decides of words alone."""
    return site().languages.chosen(questionnaire, request.form.get(LANG))


def _form(questionnaire: Questionnaire) -> FlaskForm:
    # Built once a request: reading the answers again for each page that needs them would cost as much again.
    built: dict[str, FlaskForm] = g.setdefault("forms", {})
    if questionnaire.key not in built:
        built[questionnaire.key] = forms.form_class(questionnaire)(formdata=request.form)
    return built[questionnaire.key]


def _again(door: Door, questionnaire: Questionnaire, *, token: str, wrong: dict[str, str]) -> Response:
    edition = _edition(questionnaire)
    response = pages().again(
        _read(edition),
        edition,
        names=_names(door) if wrong else ("", ""),
        token=token,
        given=forms.given(questionnaire, _form(questionnaire)),
        wrong=wrong,
    )
    response.status_code = 400 if wrong else 503
    return response


def _read(edition: Edition) -> Read:
    return Read.of(edition, large=request.form.get(PRINT) == LARGE)


def _names(door: Door) -> tuple[str, str]:
    # For the page's head alone; not asked for where the database is away, which would mean waiting twice.
    try:
        shown = door.shown()
    except HeardError:
        return "", ""
    return shown.provider_name, shown.service_name


def _thanked(questionnaire: Questionnaire) -> Response:
    # Same origin, relative: `form-action 'self'` blocks any other redirect after a POST.
    read = _read(_edition(questionnaire))
    tag = None if read.tag == questionnaire.language else read.tag
    said = {LANG: tag, PRINT: LARGE if read.large else None}
    where = "patient.thanks_in_waiting_room" if on_kiosk() else "patient.thanks"
    place = url_for(where, **(request.view_args or {}) if on_kiosk() else {}, **said)  # type: ignore[arg-type]
    return redirect(place, 303)  # type: ignore[return-value]


def thanks() -> Response:
    return site().pages.page("thanks", read_as())


def how() -> Response:
    return site().pages.leaflet("how", keep=site().keep)


def promise() -> Response:
    return site().pages.leaflet("promise", keep=site().keep)


def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


def readyz() -> Response:
    """The database answers and its schema is ours."""
    try:
        require_schema(_desk().engine)
    except HeardError as error:
        note_fault(error, request.url_rule)
        return Response(f"not ready: {type(error).__name__}\n", 503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


def favicon() -> Response:
    """No picture, and no second question for one."""
    response = Response(status=204)
    response.headers["Cache-Control"] = "public, max-age=604800"
    return response
