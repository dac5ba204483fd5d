"""The keying pages as replies."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, make_response, redirect, render_template, request

from survey.domain.errors import DatabaseDown, NotSaved
from survey.domain.ways import CHANNELS
from survey.services import respond
from survey.services.double_entry import Entry
from survey.web.keying.batch import site
from survey.web.keying.entries import Form
from survey.web.keying.fields import fields
from survey.web.patient.logs import note_fault


def form(
    of: Form,
    *,
    given: Entry = (),
    wrong: Mapping[str, str] | None = None,
    says: str = "",
    first: str = "",
    status: int = 200,
) -> Response:
    """The questions. `first`: the first entry, signed, where this is to be the second, without own words."""
    shown = fields(of.version, given=of.given(given), wrong=wrong or {}, own_words=not first)
    return page("form", of, status=status, fields=shown, says=says or ("wrong" if wrong else ""), first=first)


def page(template: str, of: Form, *, status: int = 200, **values: object) -> Response:
    """A page about one form."""
    html = render_template(
        f"keying/{template}.html",
        batch=of.batch,
        channel=CHANNELS[of.batch.channel],
        version=of.version,
        token=of.token,
        **values,
    )
    return make_response(html, status)


def kept(of: Form, entry: Entry) -> Response:
    """Put the response and lead to the next form; or the page again, where it could not be put."""
    try:
        respond.respond_visiting(site().desk, of.batch.service, of.token, of.response(entry))
    except (NotSaved, DatabaseDown) as error:
        note_fault(error, request.url_rule)
        return form(of, given=entry, says="not_saved", status=503)
    return redirect(of.batch.link(kept="1"), 303)  # type: ignore[return-value]
