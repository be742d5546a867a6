"""What the service answers, by address."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint

from terrinclus_kg.rdf.iri import kinds_of
from terrinclus_kg.rdf.namespaces import TI
from terrinclus_kg.resource.site import site
from terrinclus_kg.server.operations import Operation
from terrinclus_kg.server.views import (
    about,
    api_operations,
    api_questions,
    api_resources,
    assets,
    catalog,
    changes,
    chronology,
    cite,
    crawlers,
    disagreements,
    discovery,
    feed,
    fragments,
    goals,
    graph_store,
    home,
    ldes,
    limits,
    maps,
    memento,
    nanopub,
    network,
    ontology,
    pages,
    path,
    questions,
    reconcile,
    release,
    releases,
    search,
    service,
    sparql,
    things,
    update,
    workbench,
)

_ALL = (
    service.blueprint,
    crawlers.blueprint,
    discovery.blueprint,
    catalog.blueprint,
    assets.blueprint,
    about.blueprint,
    limits.blueprint,
    ldes.blueprint,
    feed.blueprint,
    releases.blueprint,
    release.blueprint,
    sparql.blueprint,
    workbench.blueprint,
    fragments.blueprint,
    update.blueprint,
    graph_store.blueprint,
    changes.blueprint,
    ontology.blueprint,
    cite.blueprint,
    nanopub.blueprint,
    disagreements.blueprint,
    path.blueprint,
    things.blueprint,
    memento.blueprint,
    maps.blueprint,
    network.blueprint,
    chronology.blueprint,
    goals.blueprint,
    questions.blueprint,
    api_operations.blueprint,
    api_questions.blueprint,
    api_resources.blueprint,
    home.blueprint,
    reconcile.blueprint,
    search.blueprint,
    pages.blueprint,
)


def blueprints() -> Iterator[Blueprint]:
    """All, but those of parts that this site does not have (``web/site.toml``, ``ontology/kinds.toml``)."""
    it = site()
    parts: dict[str, object] = {"maps": it.map, "network": it.network, "path": it.path, "chronology": it.chronology}
    parts |= {"goals": it.goal, "disagreements": kinds_of(TI["Disagreement"])}
    yield from (each for each in _ALL if parts.get(each.name, True))


# Those that answer programs, in the order in which their operations are told.
_TELLING = (
    api_questions,
    questions,
    api_resources,
    things,
    cite,
    nanopub,
    search,
    reconcile,
    sparql,
    fragments,
    releases,
    release,
    feed,
    ldes,
    memento,
    workbench,
    catalog,
    discovery,
    ontology,
    crawlers,
    limits,
    changes,
    graph_store,
    update,
)


def operations() -> Iterator[Operation]:
    """What programs can ask, as the views tell it."""
    for view in _TELLING:
        yield from view.operations()
