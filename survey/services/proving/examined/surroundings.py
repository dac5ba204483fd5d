"""What stands around Heard's processes and may write down what passes: drivers, agents, loggers, proxies."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from urllib.parse import urlsplit

from sqlalchemy import Engine

from survey.config import Settings
from survey.domain.proof import Found

Environ = Mapping[str, str]
AGENTS = {
    "sentry_sdk": "Sentry",
    "opentelemetry": "OpenTelemetry",
    "newrelic": "New Relic",
    "ddtrace": "Datadog",
    "elasticapm": "Elastic APM",
    "scout_apm": "Scout",
    "appsignal": "AppSignal",
    "rollbar": "Rollbar",
    "bugsnag": "Bugsnag",
}
THEIR_VARIABLES = ("OTEL_", "SENTRY_", "NEW_RELIC_", "DD_", "ELASTIC_APM_", "APPLICATIONINSIGHTS_", "SCOUT_")
HERE = {"127.0.0.1", "::1", "localhost"}


def findings(engine: Engine, settings: Settings, *, environ: Environ) -> list[Found]:
    """What can be seen from inside one process, and what cannot."""
    return [
        *([driver(engine.dialect.driver)] if engine.dialect.name == "postgresql" else []),
        loggers(engine),
        agents(environ),
        gunicorn(environ),
        preloaded(environ),
        asserts(sys.flags.optimize),
        way_in(settings.base_url),
        *OUT_OF_SIGHT,
    ]


def driver(name: str, installed: Callable[[str], str | None] | None = None) -> Found:
    what, found = "The database driver", installed or _installed
    if name != "psycopg":
        says = f"{name} writes values into the statement itself, and so into the server's log"
        return Found(what, "bad", says, "install psycopg 3: heard-survey[postgres]")
    old = "; psycopg2 is installed too, Heard does not use it" if found("psycopg2") else ""
    return Found(what, "good", f"psycopg {found('psycopg')} sends values apart from the statement{old}")


def _installed(package: str) -> str | None:
    for name in (package, f"{package}-binary"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def loggers(engine: Engine) -> Found:
    what = "SQLAlchemy's log"
    chatty = [
        name
        for name in ("sqlalchemy", "sqlalchemy.engine", "sqlalchemy.pool")
        if logging.NOTSET < logging.getLogger(name).level <= logging.INFO
    ]
    if engine.echo or chatty:
        says = "statements are logged as they run, with their times"
        return Found(what, "bad", says, "remove whatever sets the logger sqlalchemy.engine to INFO")
    if not engine.hide_parameters:
        says = "an error of the database would be logged with what a patient sent"
        return Found(what, "bad", says, "open the database with Heard's own engine only")
    return Found(what, "good", "is silent, and hides values in errors")


def agents(environ: Environ, importable: Callable[[str], object] = find_spec) -> Found:
    """Packages and variables of services that watch programs from inside."""
    what = "Agents that watch programs"
    there = [name for module, name in AGENTS.items() if importable(module) is not None]
    there += sorted(name for name in environ if name.startswith(THEIR_VARIABLES))
    if there:
        says = f"{', '.join(there[:4])} found: such agents send requests, bodies and addresses elsewhere"
        return Found(what, "warning", says, "remove them from the host of the patient's site")
    return Found(what, "good", "none is installed or configured")


def gunicorn(environ: Environ) -> Found:
    what = "GUNICORN_CMD_ARGS"
    if environ.get(what):
        says = "is set: Heard's own server passes it by, any other gunicorn may write an access log for it"
        return Found(what, "warning", says, "remove the variable")
    return Found(what, "good", "is not set; Heard's server writes no access log")


def preloaded(environ: Environ) -> Found:
    what = "Code loaded into each process"
    there = [
        name for name in ("LD_PRELOAD", "PYTHONSTARTUP", "PYTHONINSPECT", "FLASK_DEBUG") if environ.get(name)
    ]
    if there:
        says = f"{', '.join(there)} is set: code that is not Heard's may see what patients send"
        return Found(what, "warning", says, f"remove {', '.join(there)}")
    return Found(what, "good", "no variable loads any")


def asserts(optimised: int) -> Found:
    if optimised:
        says = "Python runs with -O: the program's own checks are left out"
        return Found("Checks of the program", "warning", says, "remove -O and PYTHONOPTIMIZE")
    return Found("Checks of the program", "good", "Python runs with them")


def way_in(base_url: str) -> Found:
    address = urlsplit(base_url)
    if address.scheme == "https":
        return Found("The way to patients", "good", f"links lead to https://{address.hostname}")
    if address.hostname in HERE:
        says = f"links lead to {base_url}: nobody but this machine gets there"
        return Found("The way to patients", "warning", says, "set HEARD_BASE_URL before patients are invited")
    says = f"links lead to {base_url}: tickets and answers can be read on the way"
    return Found("The way to patients", "bad", says, "set HEARD_BASE_URL to an https:// address")


# No process of Heard's can look there. Said every time, so that nobody takes silence for an answer.
OUT_OF_SIGHT = (
    Found(
        "The reverse proxy, firewall and load balancer",
        "not examined",
        "no process of Heard's can see what they write down",
        "compare them with deploy/nginx.conf: no access log, no request in an error log of any level, "
        "no recording of bodies",
    ),
    Found(
        "Snapshots of disks and machines",
        "not examined",
        "a snapshot of a disk that holds keys keeps them after they were destroyed",
        "keep the keys' folder out of snapshots: on tmpfs, or on a disk that none is taken of",
    ),
    Found(
        "Whoever sends the links",
        "not examined",
        "they hold the list of who was invited; the thief was given such a list",
        "agree in writing that it is deleted when the survey's wave has ended",
    ),
)
