"""Every error as its reader can use it: a problem document (RFC 9457), plain text, or a page.

Nothing of the machine is told: no path, no traceback. What was not foreseen is logged and told as
"internal error".
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from terrinclus_kg.errors import NotAcceptable, TerrinclusError
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.server import negotiate, render
from terrinclus_kg.server.context import language
from terrinclus_kg.server.negotiate import HTML, Variant

PROBLEM = Variant("application/problem+json")
_JSON, _TEXT = Variant("application/json"), Variant("text/plain")
_TYPES = BASE + "problem/"
_log = logging.getLogger(__name__)


class _Foreign(TerrinclusError):
    """An error that Flask or Werkzeug found, in our shape."""

    def __init__(self, error: HTTPException) -> None:
        status = error.code or 500
        name = HTTP_STATUS_CODES.get(status, "Error")
        super().__init__(_SAYINGS.get(status, name))
        self.status_code, self.name = status, name


_SAYINGS = {
    404: "nothing is known under this address",
    405: "this method is not answered here",
    413: "the body is larger than it may be",
}


def install(app: Flask) -> None:
    """Registers the handlers."""
    app.register_error_handler(TerrinclusError, tell)
    app.register_error_handler(HTTPException, _foreign)
    app.register_error_handler(Exception, _unforeseen)


def tell(error: TerrinclusError) -> Response:
    """The answer to an error, in the shape that the client asked for."""
    status = getattr(error, "status_code", error.status)
    if status >= 500:
        _log.warning("%s: %s", error.slug, error.message)
    response = _body(error, status)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = current_app.url_map.bind("").allowed_methods(request.path)
        response.headers["Allow"] = ", ".join(sorted(allowed))
    if seconds := getattr(error, "retry_after", None):
        response.headers["Retry-After"] = str(seconds)
    if status == HTTPStatus.UNAUTHORIZED:  # RFC 6750 §3
        response.headers["WWW-Authenticate"] = 'Bearer realm="terrinclus"'
    return response


def document(error: TerrinclusError, status: int) -> dict[str, object]:
    """The members of the problem document."""
    slug = error.name.lower().replace(" ", "-") if isinstance(error, _Foreign) else error.slug
    title = error.name if isinstance(error, _Foreign) else error.title
    return {"type": _TYPES + slug, "title": title, "status": status, "detail": error.message, **error.extra}


def _body(error: TerrinclusError, status: int) -> Response:
    accept = request.headers.get("Accept")
    page_first = request.path.startswith(("/fr", "/en")) or request.path == "/"
    offered = [HTML, PROBLEM, _JSON, _TEXT] if page_first else [PROBLEM, _JSON, HTML, _TEXT]
    try:
        chosen = _TEXT if negotiate.rdf_minded(accept) else negotiate.choose(accept, offered)
    except NotAcceptable:
        chosen = PROBLEM
    if chosen is HTML:
        members = document(error, status)  # and nothing of the request: the language link leads home
        return render.page("error.html", language(), status=status, problem=members, switch=render.home_path)
    if chosen is _TEXT:
        return Response(_text(document(error, status)), content_type=_TEXT.content_type)
    body = json.dumps(document(error, status), ensure_ascii=False, default=str)
    return Response(body + "\n", content_type=PROBLEM.media_type)


def _text(members: dict[str, object]) -> str:
    more = {k: v for k, v in members.items() if k not in ("type", "title", "status", "detail")}
    lines = [f"{members['status']} {members['title']}: {members['detail']}"]
    return "\n".join(lines + [f"{key}: {_plain(value)}" for key, value in more.items()]) + "\n"


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _foreign(error: HTTPException) -> Response:
    return tell(_Foreign(error))


def _unforeseen(error: Exception) -> Response:
    _log.error("unforeseen error", exc_info=error)
    return tell(TerrinclusError("something went wrong on our side; it has been noted"))
