"""A survey's site whose makers did not think of logs: Flask, gunicorn and nginx as they come."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, request

from tests.adversarial.servers import Nginx, end, free_port, wait_for
from tests.adversarial.traffic import Door

# The log format and the levels of nginx's own packages.
CONF = """
%(user)s
pid %(folder)s/nginx.pid;
error_log %(folder)s/error.log;
events {}
http {
    log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                    '"$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
    access_log %(folder)s/access.log main;
    client_body_temp_path %(folder)s/body;
    server {
        listen 127.0.0.1:%(port)s;
        location / { proxy_pass http://127.0.0.1:%(site)s; }
    }
}
"""

app = Flask(__name__)


@app.route("/i/<ticket>", methods=["GET", "POST"])
def invited(ticket: str) -> str:
    """Whatever goes wrong says with what."""
    if request.method == "POST":
        raise ValueError(f"cannot store {request.form.to_dict()} of {ticket}")
    return "How was it?"


@contextmanager
def naive(folder: Path) -> Iterator[Door]:
    """Both of them, as an evening's tutorial sets them up; their logs lie in `folder`."""
    folder.mkdir()
    site, port = free_port(), free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "--access-logfile", "-", "--no-control-socket"]
    user = "user root;" if os.geteuid() == 0 else ""
    conf = CONF % {"user": user, "folder": folder, "port": port, "site": site}
    with (folder / "gunicorn.log").open("wb") as log:
        bind = ("--bind", f"127.0.0.1:{site}", "tests.adversarial.naive_site:app")
        served = subprocess.Popen([*gunicorn, *bind], stdout=log, stderr=log)
    wait_for(site, served, folder / "gunicorn.log")
    nginx = Nginx(folder, conf, port=port)
    try:
        yield Door(port)
    finally:
        nginx.stop()
        end(served)
