"""The Reconciliation Service API 0.2 as JSON: the manifest, and what the use-case found as the API writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response

from terrinclus_kg import __version__
from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.namespaces import BASE, NS
from terrinclus_kg.reconciliation import MOST_QUERIES, Candidate, types, types_of
from terrinclus_kg.server import assets, catalogue, problems
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import endpoint, reader
from terrinclus_kg.server.negotiate import Variant

JSON = Variant("application/json")
VERSIONS = ["0.2"]  # not 0.1, which asks for JSONP
WIDTH, HEIGHT = 420, 260  # of a preview, in pixels
_DEFAULT_TYPES = 12
_LIMIT, _COUNT = N_("Most values (0: as many as there are, up to 100)"), N_("Number of values instead of the values")
_NAME = N_("%(name)s (English)")
Members = dict[str, Any]


def manifest(lang: str) -> Members:
    """What the service is and can do (§3)."""
    base = endpoint(f"/reconcile/{lang}")
    return {
        "versions": VERSIONS,
        "name": catalogue.message(_NAME, lang, name=about().name),
        "identifierSpace": BASE + "id/",
        "schemaSpace": str(NS),
        "documentation": endpoint(f"/{lang}/api#reconciliation"),
        "serviceVersion": __version__,
        **_logo(),
        "defaultTypes": _default_types(lang),
        "view": {"url": endpoint(f"/{lang}/{{{{id}}}}")},
        "preview": {"url": f"{base}/preview?id={{{{id}}}}", "width": WIDTH, "height": HEIGHT},
        "suggest": {what: _suggest(base, what) for what in ("entity", "type", "property")},
        "extend": {
            "propose_properties": {"service_url": base, "service_path": "/properties"},
            "property_settings": _settings(lang),
        },
        "batchSize": MOST_QUERIES,
    }


def _logo() -> Members:
    icon = assets.assets().get("icon.svg")
    return {"logo": endpoint(icon.address)} if icon else {}


def _default_types(lang: str) -> list[Members]:
    """The first kinds: what a list is likely to be of."""
    kinds = [one for one in types(reader(), lang) if not one.broader]
    return [{"id": one.id, "name": one.name} for one in kinds[:_DEFAULT_TYPES]]


def _suggest(base: str, what: str) -> Members:
    paths = {"service_path": f"/suggest/{what}", "flyout_service_path": f"/flyout/{what}?id=${{id}}"}
    return {"service_url": base, "flyout_service_url": base, **paths}


def _settings(lang: str) -> list[Members]:
    limit, count = (catalogue.message(text, lang) for text in (_LIMIT, _COUNT))
    return [
        {"name": "limit", "label": limit, "type": "number", "default": 0, "help_text": limit},
        {"name": "count", "label": count, "type": "checkbox", "default": False, "help_text": count},
    ]


def results(found: Mapping[str, list[Candidate] | TerrinclusError], lang: str) -> Members:
    """The answer to a batch (§4.3). A query that could not be answered has an ``error`` and no ``result``: an empty one
    would say that there is no candidate."""
    every = [one for some in found.values() if isinstance(some, list) for one in some]
    labels = reader().labels({iri for one in every for iri in one.classes})

    def member(one: Candidate) -> Members:
        return {
            "id": one.id,
            "name": one.name,
            "description": one.description,
            "type": types_of(one.kind, one.classes, labels, lang),
            "score": one.score,
            "features": [{"id": name, "value": value} for name, value in one.features.items()],
            "match": one.match,
        }

    def entry(some: list[Candidate] | TerrinclusError) -> Members:
        if isinstance(some, TerrinclusError):
            return {"error": problems.document(some)}
        return {"result": [member(one) for one in some]}

    return {key: entry(some) for key, some in found.items()}


def answer(members: object) -> Response:
    """JSON, as it goes out."""
    return Response(json.dumps(members, ensure_ascii=False) + "\n", content_type=JSON.media_type)


def suggested(some: Iterable[Members]) -> Members:
    """The answer of a suggest service (§5)."""
    return {"result": list(some)}
