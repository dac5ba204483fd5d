"""Chromium, and the patient's site listening on this machine."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlalchemy import Engine
from werkzeug.serving import make_server

from survey.catalogue.catalogue import Catalogue
from survey.web.patient.preview import Silent
from tests.town import Town
from tests.transport import site_of, transport_town

PHONE = {"width": 360, "height": 640}
NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.fspath).parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; loudly skipped where there is none, a failure in CI."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = "NOT RUN IN A BROWSER: no Chromium was found (apt install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def listening(app: Flask | WSGIApplication) -> Iterator[str]:
    """The address of `app`, served by threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def phone(browser: Browser, *, script: bool = True, **size: int) -> Iterator[Page]:
    """A page on a phone; whatever its console complains of fails the test."""
    context: BrowserContext = browser.new_context(
        viewport={**PHONE, **size},  # type: ignore[arg-type, typeddict-item]
        java_script_enabled=script,
    )
    context.set_default_timeout(10_000)
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # A refused POST is logged by the browser itself; all else is a fault of the page or its policy.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page = context.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, catalogue)


@pytest.fixture
def address(town: Town) -> Iterator[str]:
    with listening(site_of(town)) as found:
        yield found


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with phone(chromium) as found:
        yield found


@pytest.fixture
def plain_page(chromium: Browser) -> Iterator[Page]:
    """A phone without script."""
    with phone(chromium, script=False) as found:
        yield found
