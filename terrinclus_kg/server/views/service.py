"""Addresses for machines that watch over the service."""

from __future__ import annotations

from flask import Blueprint, Response, request
from prometheus_client.exposition import choose_encoder

from terrinclus_kg.server.context import language, reader
from terrinclus_kg.server.respond import redirect

blueprint = Blueprint("service", __name__)
_TEXT = "text/plain; charset=utf-8"


@blueprint.get("/")
def root() -> Response:
    """To the home page in the visitor's language."""
    return redirect(f"/{language()}/", status=302)


@blueprint.get("/health/live")
def live() -> Response:
    """Whether this process answers at all."""
    return _health(True)


@blueprint.get("/health/ready")
def ready() -> Response:
    """Whether a worker really answered a question."""
    return _health(reader().ready())


@blueprint.get("/metrics")
def metrics() -> Response:
    """What the service counts of itself, for Prometheus: its text format, or OpenMetrics where that is asked for."""
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    response = Response(encode(reader().metrics.registry), content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def _health(good: bool) -> Response:
    response = Response("ok\n" if good else "not ready\n", status=200 if good else 503, content_type=_TEXT)
    response.headers["Cache-Control"] = "no-store"
    return response
