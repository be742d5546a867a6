"""Every error as its reader can use it: a problem document (RFC 9457), plain text, or a page.

Nothing of the machine is told: no path, no traceback. What was not foreseen is logged and told as
"internal error".
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, RequestedRangeNotSatisfiable
from werkzeug.http import HTTP_STATUS_CODES

from terrinclus_kg.errors import Gone, Merged, NoRelease, NotAcceptable, QueryTooLarge, TerrinclusError
from terrinclus_kg.rdf.formats import ALL_FORMATS, JSON, JSON_LD
from terrinclus_kg.rdf.iri import from_iri, from_path
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import BASE, VOID
from terrinclus_kg.resource import Labels
from terrinclus_kg.server import choosing, memento, negotiate, releases, render
from terrinclus_kg.server.context import language, reader, service
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.respond import link, redirect

TYPES = BASE + "problem/"  # how the type of a problem document begins
PROBLEM = Variant("application/problem+json")
_JSON, _TEXT = Variant("application/json"), Variant("text/plain")
Members = dict[str, object]  # of a problem document
_log = logging.getLogger(__name__)


class _Foreign(TerrinclusError):
    """An error that Flask or Werkzeug found, in our shape."""

    def __init__(self, error: HTTPException) -> None:
        status = error.code or 500
        name = HTTP_STATUS_CODES.get(status, "Error")
        super().__init__(_SAYINGS.get(status, name))
        self.status, self.title, self.slug = status, name, name.lower().replace(" ", "-")


_SAYINGS = {
    404: "nothing is known under this address",
    405: "this method is not answered here",
}


def install(app: Flask) -> None:
    """Registers the handlers."""
    app.register_error_handler(TerrinclusError, tell)
    app.register_error_handler(HTTPException, _foreign)
    app.register_error_handler(Exception, _unforeseen)


def tell(error: TerrinclusError, page: Callable[[Members], Response] | None = None) -> Response:
    """The answer to an error, in the shape that the client asked for; ``page`` makes one that knows what was asked."""
    if isinstance(error, Merged) and (moved := _moved(error)):
        return moved
    if error.status >= 500:
        _log.warning("%s: %s", error.slug, error.message)
    members, links = document(error), list[str]()
    if isinstance(error, Gone):
        told, links = memento.farewell(error)
        members |= told
    response = _body(members, page or _page)
    response.status_code = error.status
    response.headers["Cache-Control"] = "no-store"
    if "dumps" in members:
        links.append(link(str(members["dumps"]), VOID["dataDump"].value))
    if links:
        response.headers["Link"] = ", ".join(links)
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = current_app.url_map.bind("").allowed_methods(request.path)
        response.headers["Allow"] = ", ".join(sorted(allowed))
    if error.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE and "accepted" in members:  # RFC 9110 §15.5.16
        response.headers["Accept"] = _plain(members["accepted"])
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="terrinclus"'
    if seconds := getattr(error, "retry_after", 0):  # 0: nobody knows
        response.headers["Retry-After"] = str(seconds)
    return response


def _moved(error: Merged) -> Response | None:
    """The same address of the thing that it is one with, in the same language and format."""
    into, old = from_iri(error.into), from_path(str(error.extra.get("path", "")))
    before, found, after = request.path.partition(f"/{old.path}") if old else ("", "", "")
    if not into or not found or (after and after[0] not in "./"):
        return None
    query = "?" + request.query_string.decode("utf-8", "replace") if request.query_string else ""
    return redirect(f"{before}/{into.path}{after}{query}", status=301, links=[link(into.iri, "canonical")])


def document(error: TerrinclusError) -> Members:
    """The members of the problem document. Who is turned away is told where to get everything (``dumps``)."""
    members: Members = {"type": TYPES + error.slug, "title": error.title, "status": error.status}
    members |= {"detail": error.message, **error.extra}
    turned_away = error.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    if turned_away and not isinstance(error, NoRelease):
        members["dumps"] = releases.dump_address()
    return members


def _body(members: Members, page: Callable[[Members], Response]) -> Response:
    accept = request.headers.get("Accept")
    page_first = request.path.split("/", 2)[1] in ("", *LANGUAGES)
    offered = [HTML, PROBLEM, _JSON, _TEXT] if page_first else [PROBLEM, _JSON, HTML, _TEXT]
    try:
        chosen = _for_data(accept) if negotiate.rdf_minded(accept) else negotiate.choose(accept, offered)
    except NotAcceptable:
        chosen = PROBLEM
    if chosen is HTML:
        return page(members)
    if chosen is _TEXT:
        return Response(_text(members), content_type=_TEXT.content_type)
    body = json.dumps(members, ensure_ascii=False, default=str)
    return Response(body + "\n", content_type=PROBLEM.media_type)


def _page(members: Members) -> Response:
    """An error for people: what to do about it, and for an unknown address a search for the words of it."""
    lost = members["status"] in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
    sought = _words(request.path) if lost else ""
    near, labels = _others(members)
    values: dict[str, Any] = {"status": members["status"], "problem": members, "sought": sought, "near": near}
    return render.page("error.html", language(), labels=labels, **values, switch=render.home_path)


def _others(members: Members) -> tuple[tuple[str, ...], Labels]:
    """What may have been meant by the address of a thing that is not there; the labels of that and of a successor."""
    name = from_path(request.path.split("/", 2)[-1].rstrip("/"))
    lost = members["status"] == HTTPStatus.NOT_FOUND
    try:
        near = choosing.nearest(name, language()) if name and lost else ()
        return near, reader().labels([*near, *filter(None, [str(members.get("successor", ""))])])
    except TerrinclusError:  # a page about an error needs no release
        return (), {}


def _words(path: str) -> str:
    """What somebody may have looked for at an address: the words of its last part."""
    return " ".join(re.findall(r"[^\W_]+", path[:500].rstrip("/").rpartition("/")[2]))[:80]


def _for_data(accept: str | None) -> Variant:
    """Who asks for RDF or results best of all in a kind of JSON reads JSON; everybody reads text."""
    liked = negotiate.choose(accept, negotiate.variants(ALL_FORMATS)).format
    return PROBLEM if liked in (JSON, JSON_LD) else _TEXT


def _text(members: dict[str, object]) -> str:
    more = {k: v for k, v in members.items() if k not in ("type", "title", "status", "detail")}
    lines = [f"{members['status']} {members['title']}: {members['detail']}"]
    return "\n".join(lines + [f"{key}: {_plain(value)}" for key, value in more.items()]) + "\n"


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _foreign(error: HTTPException) -> Response:
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return tell(_too_large())
    response = tell(_Foreign(error))
    if isinstance(error, RequestedRangeNotSatisfiable):  # RFC 9110 §15.5.17
        response.headers["Content-Range"] = f"{error.units} */{error.length}"
    return response


def _too_large() -> QueryTooLarge:
    """A body over what is read at all; only a writer may send more than a query takes."""
    known = request.max_content_length == current_app.config["MAX_CONTENT_LENGTH"]
    name = "query_size" if known else "write_size"
    value = getattr(service().settings, name)
    return QueryTooLarge(f"the body is larger than it may be ({name}: {value} bytes)", limit=name, value=value)


def _unforeseen(error: Exception) -> Response:
    _log.error("unforeseen error", exc_info=error)
    return tell(TerrinclusError("something went wrong on our side; it has been noted"))
