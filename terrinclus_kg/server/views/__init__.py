"""What the service answers, by address."""

from __future__ import annotations

from terrinclus_kg.server.views import (
    about,
    assets,
    changes,
    chronology,
    cite,
    crawlers,
    disagreements,
    goals,
    graph_store,
    limits,
    maps,
    network,
    ontology,
    pages,
    releases,
    service,
    sparql,
    things,
    update,
    workbench,
)

BLUEPRINTS = (
    service.blueprint,
    crawlers.blueprint,
    assets.blueprint,
    about.blueprint,
    limits.blueprint,
    releases.blueprint,
    sparql.blueprint,
    workbench.blueprint,
    update.blueprint,
    graph_store.blueprint,
    changes.blueprint,
    ontology.blueprint,
    cite.blueprint,
    disagreements.blueprint,
    things.blueprint,
    maps.blueprint,
    network.blueprint,
    chronology.blueprint,
    goals.blueprint,
    pages.blueprint,
)
