"""An answer to a query on its way, with all that lets a client keep it, cite it and ask for it again.

Within a release the same query has the same answer, so its validators are made of the release that really
answered, whichever is served by then. What a query makes up anew each time (NOW, RAND …) is never kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from flask import Response, request
from werkzeug.datastructures import Headers
from werkzeug.http import http_date

from terrinclus_kg.errors import PreconditionFailed, TerrinclusError
from terrinclus_kg.server import releases
from terrinclus_kg.server.cached import CACHEABLE
from terrinclus_kg.server.context import language, reader, service
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.releases import RELEASE
from terrinclus_kg.server.respond import Representation, changed, check_preconditions, link, stream
from terrinclus_kg.store.queries.guard import screen
from terrinclus_kg.store.reader import Answer
from terrinclus_kg.store.releases.layout import Release

_FOR_EVER = "public, max-age=31536000, immutable"
_CONDITIONS = frozenset({"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"})


def unchanged(text: str, choose: Callable[[str], Variant], pinned: str, query: str = "") -> Response | None:
    """304 before the query runs, if the client has shown that it has the answer; None otherwise.

    An entity tag was given with an answer, so the query is known to be a good one. Errors are left to the query.

    Raises:
        PreconditionFailed: the request wants another answer, or nothing.
    """
    if not _by_get() or not _CONDITIONS & request.environ.keys() or not request.if_none_match:
        return None
    try:
        screened = screen(text, service().settings)
        release = pinned or reader().release.id
        variant = choose(screened.form)
    except TerrinclusError:
        return None
    if screened.volatile or not _names(variant, release):
        return None
    _check(variant, release)
    return _described(Response(status=304), variant, release, pinned=bool(pinned), query=query)


def respond(answer: Answer, variant: Variant, *, pinned: bool, query: str = "") -> Response:
    """The answer itself; ``query`` is what its permalink asks, "" for what the request asks.

    What breaks it early is raised here, what breaks it later breaks the connection.

    Raises:
        PreconditionFailed: the request wants another answer, or nothing.
    """
    return finished(stream(answer, variant.content_type), answer, variant, pinned=pinned, query=query)


def finished(response: Response, answer: Answer, variant: Variant, *, pinned: bool, query: str = "") -> Response:
    """What was made of an answer, with what lets a client keep it; 304 if the client has it.

    Raises:
        PreconditionFailed: the request wants another answer, or nothing.
    """
    request.environ[CACHEABLE] = not answer.volatile
    if not answer.volatile and _by_get() and _CONDITIONS & request.environ.keys():
        try:
            _check(variant, answer.release)
        except PreconditionFailed:
            response.close()
            raise
        if _wants_none(variant, answer.release):
            response.close()
            response = Response(status=304)
    return _described(response, variant, answer.release, pinned=pinned, volatile=answer.volatile, query=query)


def checked(response: Response) -> Response:
    """An answer about the service itself, with a validator made of its bytes; 304 if the client has them."""
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _described(
    response: Response, variant: Variant, release: str, *, pinned: bool, volatile: bool = False, query: str = ""
) -> Response:
    headers = response.headers
    headers[RELEASE] = release
    headers["Cache-Control"] = "no-store" if volatile else "no-cache"
    if not _by_get():
        return response
    if not volatile:
        headers["ETag"] = _etag(variant, release)
        if variant is not HTML:
            _date(headers, release, pinned=pinned)
    if permalink := releases.permalink(release, query):
        headers["Link"] = link(permalink, "bookmark")
    return response


def _date(headers: Headers, release: str, *, pinned: bool) -> None:
    if built_at := _built_at(release):
        headers["Last-Modified"] = _http_date(built_at)
    if pinned:
        headers["Cache-Control"] = _FOR_EVER


def _etag(variant: Variant, release: str) -> str:
    """The validator of an answer. A page has a language, and the labels of the release that serves."""
    if variant is HTML:
        return Representation(variant.content_type, language()).etag(f"{release} {reader().serving}")
    return Representation(variant.content_type).etag(release)


def _by_get() -> bool:
    return request.method in ("GET", "HEAD")


def _names(variant: Variant, release: str) -> bool:
    """Whether the request names the entity tag of this answer (weak comparison, RFC 9110 §8.8.3.2)."""
    etag = _etag(variant, release).removeprefix("W/").strip('"')
    return not request.if_none_match.star_tag and request.if_none_match.contains_weak(etag)


def _wants_none(variant: Variant, release: str) -> bool:
    """Conditions that any answer fulfils: they are looked at when there is one (RFC 9110 §13.2.2)."""
    if request.if_none_match:
        return request.if_none_match.star_tag
    if variant is HTML:
        return False
    since = request.if_modified_since  # the very date: an earlier release may have come back since
    return since is not None and since == _built_at(release)


def _check(variant: Variant, release_id: str) -> None:
    if release := _release(release_id):
        check_preconditions(Representation(variant.content_type), release)


def _built_at(release_id: str) -> datetime | None:
    """When a release was built; None if it is gone meanwhile."""
    release = _release(release_id)
    return changed(release) if release else None


_http_date = lru_cache(8)(http_date)


def _release(release_id: str) -> Release | None:
    try:
        serving = reader().release
        return serving if serving.id == release_id else releases.find(release_id)
    except TerrinclusError:
        return None
