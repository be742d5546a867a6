"""``/static/dist/…``: what pages load, under addresses whose content never changes."""

from __future__ import annotations

import mimetypes

from flask import Blueprint, Response, request

from terrinclus_kg.errors import NotFound
from terrinclus_kg.server import assets

blueprint = Blueprint("assets", __name__)
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@blueprint.get(assets.PREFIX + "<name>")
def asset(name: str) -> Response:
    """A sheet, a script or a picture, to be kept for a year."""
    if name not in assets.served():
        raise NotFound("there is no such file: pages that are loaded again name the present ones")
    found = assets.served()[name]
    response = Response(found.content, content_type=_content_type(name))
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.set_etag(found.file)
    response.make_conditional(request)
    return response


def _content_type(name: str) -> str:
    suffix = name[name.rindex(".") :]
    return _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "text/plain; charset=utf-8")
