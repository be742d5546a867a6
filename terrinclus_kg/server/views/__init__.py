"""What the service answers, by address."""

from __future__ import annotations

from terrinclus_kg.server.views import ontology, pages, service, sparql, things

BLUEPRINTS = (service.blueprint, sparql.blueprint, ontology.blueprint, things.blueprint, pages.blueprint)
