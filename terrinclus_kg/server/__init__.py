"""HTTP: the only place that knows Flask.

`create_app` puts it together. A request is checked (`security`), answered by a view, whose answer says
what it is a representation of (`respond`), in the form that the client likes best (`negotiate`);
every error becomes an answer too (`problems`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from terrinclus_kg.config import Settings
from terrinclus_kg.server import assets, log, problems, render, security, sketches, writes
from terrinclus_kg.server.context import EXTENSION, Service
from terrinclus_kg.server.operations import OPERATIONS
from terrinclus_kg.server.views import blueprints, operations
from terrinclus_kg.store.reader import Reader


class _App(Flask):
    """Flask, whose views here are all plain functions."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: to ask each time whether it is a coroutine costs more than most hooks do."""
        return func


def create_app(settings: Settings, reader: Reader | None = None) -> Flask:
    """The web application.

    Args:
        settings: limits and addresses.
        reader: what answers questions; by default one over the releases of ``settings``.
    """
    app = _App("terrinclus_kg", static_folder=None)
    app.jinja_loader = render.loader()
    app.extensions[EXTENSION] = Service(settings, reader or Reader(settings))
    app.extensions[OPERATIONS] = operations
    log.install(app)
    security.install(app, settings)
    writes.install(app, settings)
    problems.install(app)
    render.install(app)
    assets.install(app)
    sketches.install(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    return app
