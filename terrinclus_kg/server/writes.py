"""What all writes over HTTP share: who asks, how large a body may be, the way to the writer, the answer."""

from __future__ import annotations

import time

from flask import Flask, Response, current_app, request

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import FeatureRefused, QueryTooLarge, Unauthorized
from terrinclus_kg.ingest.changes import changes_of
from terrinclus_kg.ingest.dispatch import Dispatcher
from terrinclus_kg.ingest.order import Order, Outcome
from terrinclus_kg.ingest.tokens import Tokens, read_tokens
from terrinclus_kg.server import protocol
from terrinclus_kg.server.context import address, reader, service
from terrinclus_kg.server.releases import RELEASE
from terrinclus_kg.server.respond import link
from terrinclus_kg.server.security import body_limit
from terrinclus_kg.server.tokens import EXTENSION, writer
from terrinclus_kg.store.queries.tokens import BYTE_ORDER_MARK

_DISPATCHER = "terrinclus.dispatcher"
_PATHS = ("/update", "/graph-store", "/graph/")
_FOLLOW = 10.0  # seconds that the readers of this process get to open the new release


def install(app: Flask, settings: Settings) -> None:
    """Raises ConfigurationError: a token is not fit for use."""
    app.extensions[EXTENSION] = read_tokens(settings)
    app.extensions[_DISPATCHER] = Dispatcher(settings)


def larger(tokens: Tokens, settings: Settings, path: str, authorization: str) -> int:
    """How large a body may be for a path and ``Authorization`` header; 0: no larger than that of others."""
    try:
        allowed = path.startswith(_PATHS) and bool(authorization) and tokens.holder(authorization)
    except Unauthorized:
        return 0
    return body_limit(settings.write_size) if allowed else 0


def agent() -> str:
    """The name of the one who writes, who may now send a large body.

    Raises:
        FeatureRefused, Unauthorized: not everybody may.
    """
    name, settings = writer(request), service().settings
    if settings.store == "remote":
        raise FeatureRefused("writes are off here: the data lie in a remote engine")
    request.max_content_length = request.max_form_memory_size = body_limit(settings.write_size)
    return name


def body() -> bytes:
    """The body of a write. Raises QueryTooLarge."""
    check_size()
    return request.get_data()


def check_size() -> None:
    """Raises QueryTooLarge: the body of a write is."""
    limit = service().settings.write_size
    if (request.content_length or 0) > limit:
        raise QueryTooLarge(f"the body has more than {limit} bytes (write_size)", limit="write_size", value=limit)
    request.max_content_length = limit  # where no length is told


def text() -> str:
    """The body of a write as the text of an update. Raises BadRequest, QueryTooLarge, UnsupportedMediaType."""
    protocol.check_plain(request, "an update")
    return protocol.decoded(body(), "the update").removeprefix(BYTE_ORDER_MARK)


def submit(order: Order) -> Outcome:
    """Carries out an order. When this returns, this process answers from the new release. Raises as `Dispatcher`."""
    dispatcher: Dispatcher = current_app.extensions[_DISPATCHER]
    done = dispatcher.submit(order)
    until = time.monotonic() + _FOLLOW
    while done.key and not _holds(done.key) and time.monotonic() < until:
        time.sleep(0.01)
    return done


def _holds(key: str) -> bool:
    return any(change.key == key for change in changes_of(reader().release))


def answered(done: Outcome, status: int = 204) -> Response:
    """The answer to a write: which release holds it, and where it is told."""
    response = Response(status=status)
    del response.headers["Content-Type"]  # nothing has no type
    response.headers[RELEASE] = done.release
    response.headers["Cache-Control"] = "no-store"
    if done.key:
        response.headers["Location"] = address(f"/changes/{done.key}")
        response.headers["Link"] = link(f"/changes/{done.key}", "describedby")
    if done.left:
        response.headers["Terrinclus-Left"] = str(done.left)
    return response
