"""``/limits``: every limit of the service, as a page or as JSON."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request

from terrinclus_kg.server import answers, limits, negotiate, releases, render
from terrinclus_kg.server.context import language, service
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.problems import TYPES

blueprint = Blueprint("limits", __name__)
_JSON = Variant("application/json")


@blueprint.get("/limits")
def index() -> Response:
    """The limits, and what is answered when one is met."""
    settings = service().settings
    if negotiate.choose(request.headers.get("Accept"), (_JSON, HTML)) is HTML:
        lang = language()
        response = render.page("limits.html", lang, limits=limits.of(settings))
        response.headers["Content-Language"] = lang
    else:
        found = list(limits.document(settings, TYPES))
        text = json.dumps({"limits": found, "dumps": releases.dump_address()}, ensure_ascii=False, indent=1)
        response = Response(text + "\n", content_type=_JSON.media_type)
    return answers.checked(response)
