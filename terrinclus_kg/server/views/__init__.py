"""What the service answers, by address."""

from __future__ import annotations

from terrinclus_kg.server.views import limits, ontology, pages, releases, service, sparql, things

BLUEPRINTS = (
    service.blueprint,
    limits.blueprint,
    releases.blueprint,
    sparql.blueprint,
    ontology.blueprint,
    things.blueprint,
    pages.blueprint,
)
