"""The demo's reports as pages: a list of files that may be seen, and nothing else of the folder."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, abort, send_from_directory

SHOWN = frozenset({".html", ".eml", ".pptx", ".pdf", ".svg", ".png"})


def create_app(folder: Path) -> Flask:
    """Serve the reports in `folder` and its `charts`; the installation beside them stays unseen."""
    app = Flask("survey.web.showcase", static_folder=None)

    @app.get("/", defaults={"name": "index.html"})
    @app.get("/<name>")
    def report(name: str) -> Response:
        return _file(folder, name)

    @app.get("/charts/<name>")
    def chart(name: str) -> Response:
        return _file(folder / "charts", name)

    return app


def _file(folder: Path, name: str) -> Response:
    if Path(name).suffix not in SHOWN:
        abort(404)
    sent = send_from_directory(folder, name, max_age=0)
    sent.headers["Cache-Control"] = "no-store"  # so that a newcomer's own answer shows at once
    return sent
