"""What the service answers, by address."""

from __future__ import annotations

from terrinclus_kg.server.views import (
    about,
    assets,
    changes,
    cite,
    crawlers,
    disagreements,
    graph_store,
    limits,
    ontology,
    pages,
    questions,
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
    questions.blueprint,
    pages.blueprint,
)
