"""What every request must be, and what every answer carries, whatever the view.

Threats and tests are numbered in SECURITY.md's model; here: paths that mean something else to
somebody on the way, bodies without bound, scripts and frames of others, sharing across origins.
"""

from __future__ import annotations

import re

from flask import Flask, Response, request

from terrinclus_kg.config import KIB, Settings
from terrinclus_kg.errors import BadRequest
from terrinclus_kg.server.respond import VARY

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EXPOSED = "Content-Disposition, Content-Language, Content-Location, ETag, Last-Modified, Link, Location, Retry-After"
ALLOWED = "Accept, Accept-Language, Content-Type, If-Modified-Since, If-None-Match"

# One decoding was done by the server: a percent sign that is left was encoded twice.
_STRANGE_PATH = re.compile(r"[\x00-\x1f\x7f-\x9f\\%;\ufffd]|//|/\.{1,2}(?:/|\Z)")

_READS = frozenset({"GET", "HEAD", "OPTIONS", "QUERY"})
_QUERIED = ("/sparql",)  # where POST reads


def install(app: Flask, settings: Settings) -> None:
    """Sets limits and registers the checks and headers."""
    app.config["MAX_CONTENT_LENGTH"] = body_limit(settings)
    app.config["MAX_FORM_MEMORY_SIZE"] = body_limit(settings)
    app.config["MAX_FORM_PARTS"] = 20
    app.url_map.strict_slashes = False  # its redirects are made of the Host header
    app.url_map.merge_slashes = False
    app.before_request(_check_path)
    app.after_request(_harden)


def body_limit(settings: Settings) -> int:
    """Most bytes of a body: a form writes a byte of the query as three, and has other fields."""
    return 3 * settings.query_size + 16 * KIB


def _check_path() -> None:
    if _STRANGE_PATH.search(request.path):
        raise BadRequest("the path holds characters or segments that no address here has")


def _is_read() -> bool:
    """Whether a request reads: scripts of other origins may have the answer. They can write nothing."""
    return request.method in _READS or request.path in _QUERIED


def _harden(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer" if request.path == "/sparql" else "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if _is_read():
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = EXPOSED
    if request.endpoint != "static":
        headers["Vary"] = VARY
    if request.method == "OPTIONS":
        allowed = [m.strip() for m in headers.get("Allow", "GET, HEAD, OPTIONS").split(",")]
        reads = [m for m in allowed if m in _READS or (m == "POST" and request.path in _QUERIED)]
        headers["Access-Control-Allow-Methods"] = ", ".join(reads)
        headers["Access-Control-Allow-Headers"] = ALLOWED
        headers["Access-Control-Max-Age"] = "86400"
    return response
