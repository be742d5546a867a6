"""``/limits``: every limit of the service, as a page or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, Response

from terrinclus_kg.server import answers, limits, releases, render
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import chosen, language, service
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.operations import BY_LANGUAGE, TEXT, Operation, array, form, record
from terrinclus_kg.server.problems import TYPES

blueprint = Blueprint("limits", __name__)
_JSON = Variant("application/json")


@blueprint.get("/limits")
def index() -> Response:
    """The limits, and what is answered when one is met."""
    settings = service().settings
    if chosen((_JSON, HTML)) is HTML:
        lang = language()
        found = limits.of(settings)
        response = render.page("limits.html", lang, limits=found, here="limits", canonical=f"/limits?lang={lang}")
        response.headers["Content-Language"] = lang
    else:
        members = list(limits.document(settings, TYPES))
        text = json.dumps({"limits": members, "dumps": releases.dump_address()}, ensure_ascii=False, indent=1)
        response = Response(text + "\n", content_type=_JSON.media_type)
    return answers.checked(response)


def operations() -> Iterator[Operation]:
    """The limits."""
    limit = record("Limit", name=TEXT, value={"type": "number"}, unit=TEXT, description=BY_LANGUAGE, met=array({}))
    told = {_JSON.media_type: record("Limits", limits=array(limit), dumps=TEXT)}
    summary = N_("Every limit, its value, and what is answered when it is met")
    yield Operation("limits", N_("The service"), "/limits", summary, told, (form("json"),))
