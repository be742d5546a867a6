"""What every request must be, and what every answer carries, whatever the view.

Here: paths that mean something else to somebody on the way, bodies without bound, scripts and frames of
others, sharing across origins. What is defended as a whole is told in SECURITY.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import Flask, request

from terrinclus_kg.config import KIB, Settings
from terrinclus_kg.errors import BadRequest
from terrinclus_kg.server.interface import Environ, Headers, StartResponse, WsgiApp
from terrinclus_kg.server.respond import VARY

# Nothing but what this service sends itself, and no markup made of strings by scripts (Trusted Types).
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
EXPOSED = (
    "Accept-Query, Content-Disposition, Content-Language, Content-Location, ETag, Last-Modified, Link, Location, "
    "Memento-Datetime, Repr-Digest, Retry-After, Terrinclus-Release, Terrinclus-Total"
)
ALLOWED = "Accept, Accept-Datetime, Accept-Language, Content-Type, If-Modified-Since, If-None-Match"

FRAMED = "terrinclus.framed"  # in the environ: whether the answer may be shown in the pages of others
_FRAMED_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
_ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
]
_SHARED = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED)]

# One decoding was done by the server: a percent sign that is left was encoded twice.
_STRANGE_PATH = re.compile(r"[\x00-\x1f\x7f-\x9f\\%;\ufffd]|//|/\.{1,2}(?:/|\Z)")

_READS = frozenset({"GET", "HEAD", "OPTIONS", "QUERY"})


def copied_policy(live: str) -> str:
    """The policy of a page among files, told by itself: frames cannot be spoken of there. Forms lead to the service."""
    forms = live or "'none'"
    return POLICY.replace("frame-ancestors 'none'; ", "").replace("form-action 'self'", f"form-action {forms}")


def install(app: Flask, settings: Settings) -> None:
    """Sets limits and registers the checks and headers."""
    most = body_limit(settings.query_size)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = most
    app.config["MAX_FORM_PARTS"] = 20
    app.url_map.strict_slashes = False  # its redirects are made of the Host header
    app.url_map.merge_slashes = False
    app.before_request(_check_path)
    app.wsgi_app = _Hardened(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's own documentation does


def body_limit(text: int) -> int:
    """Most bytes of a body whose text has at most ``text``: a form writes one as three, and has other fields."""
    return 3 * text + 16 * KIB


def _check_path() -> None:
    if _STRANGE_PATH.search(request.path):
        raise BadRequest("the path holds characters or segments that no address here has")


class _Hardened:
    """WSGI middleware: what every answer carries. Here, since Flask's own hooks take ten times as long."""

    def __init__(self, wsgi: WsgiApp) -> None:
        self._wsgi = wsgi

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            more = _headers(environ, headers)
            headers = [header for header in headers if header[0] != "Vary"]
            if status.startswith("204") or environ["REQUEST_METHOD"] == "OPTIONS":  # nothing has no type
                headers = [header for header in headers if header[0] != "Content-Type"]
            return start_response(status, headers + more, exc_info)

        return self._wsgi(environ, start)


def _headers(environ: Environ, given: Headers) -> Headers:
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    queried = path.endswith("/sparql") or path.startswith("/reconcile/")  # where POST reads
    policy = _FRAMED_POLICY if environ.get(FRAMED) else POLICY
    more = [
        ("Content-Security-Policy", policy),
        *_ALWAYS,
        ("Referrer-Policy", "no-referrer" if queried else "same-origin"),
    ]
    if method in _READS or queried:  # scripts of other origins may have the answer; they can write nothing
        more += _SHARED
    if not path.startswith("/static/"):
        more.append(("Vary", ", ".join([VARY, *(value for name, value in given if name == "Vary")])))
    if method == "OPTIONS":
        allow = next((value for name, value in given if name == "Allow"), "GET, HEAD, OPTIONS")
        reads = [each for each in allow.split(", ") if each in _READS or (each == "POST" and queried)]
        more.append(("Access-Control-Allow-Methods", ", ".join(reads)))
        more.append(("Access-Control-Allow-Headers", ALLOWED))
        more.append(("Access-Control-Max-Age", "86400"))
    return more
