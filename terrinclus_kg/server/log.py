"""The access log: one JSON object a request on standard error. JSON escapes control characters.

No header but the user agent is logged, and of a query only its beginning and a digest to find it by.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, request

from terrinclus_kg.server.context import reader
from terrinclus_kg.store.engine import digest

access = logging.getLogger("terrinclus_kg.access")
ABOUT = "terrinclus.about"  # in the environ: what is told of an answer besides, each time that it is given
_QUERY_SHOWN = _AGENT_SHOWN = 200


class JsonLines(logging.Formatter):
    """One record, one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        entry |= getattr(record, "fields", {})
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def configure() -> None:
    """Sends the log of this program to standard error, as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger("terrinclus_kg")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
    # What no line shows need not be found out (the logging HOWTO, "Optimization").
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def install(app: Flask) -> None:
    """Logs and counts each request of the application."""
    app.before_request(_start)
    app.after_request(_end)


def answered(
    method: str, path: str, status: int, started: float, client: str | None, agent: str | None, more: dict[str, str]
) -> None:
    """Logs one request. ``started``: when, by `time.monotonic`; ``more``: further members."""
    fields = {
        "method": method,
        "path": path,
        "status": status,
        "milliseconds": round(1000 * (time.monotonic() - started), 1),
        "client": client,
        "agent": (agent or "")[:_AGENT_SHOWN],
    }
    access.info("request", extra={"fields": fields | more})


def _start() -> None:
    g.started = time.monotonic()


def _end(response: Response) -> Response:
    reader().metrics.request(request.method, response.status_code)
    if text := g.get("query"):
        request.environ[ABOUT] = {"query": text[:_QUERY_SHOWN], "digest": digest(text)}
    answered(
        request.method,
        request.path,
        response.status_code,
        g.get("started", time.monotonic()),
        request.remote_addr,
        request.headers.get("User-Agent"),
        request.environ.get(ABOUT, {}),
    )
    return response
