"""Preview a draft on one's own machine as a patient will see it; nothing is stored."""

from __future__ import annotations

from werkzeug.serving import WSGIRequestHandler, make_server

from survey.catalogue.editions import Editions
from survey.domain.errors import Misconfigured
from survey.domain.questionnaire import Questionnaire
from survey.web.patient.app import create_preview
from survey.web.patient.brand import Brand


class Silent(WSGIRequestHandler):
    """Serves without a word in any log."""

    def log(self, type: str, message: str, *args: object) -> None:  # the parent's names
        """Say nothing of requests."""


def serve_preview(
    questionnaire: Questionnaire,
    *,
    editions: Editions | None = None,
    host: str = "127.0.0.1",
    port: int = 8080,
    brand: Brand | None = None,
) -> None:
    """Serve the draft, marked 'not live', until interrupted; in every language it has a translation into."""
    app = create_preview(questionnaire, brand=brand, editions=editions)
    try:
        server = make_server(host, port, app, threaded=True, request_handler=Silent)
    except OSError as error:
        raise Misconfigured(
            f"{host}:{port} cannot be listened on: {error.strerror}; choose another port"
        ) from None
    with server:
        server.serve_forever()
