"""The home page: what this is, what it holds, where to begin."""

from __future__ import annotations

from flask import Blueprint, Response, request

from terrinclus_kg import resource
from terrinclus_kg.errors import NoIndex
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.resource.overview import geography, goals
from terrinclus_kg.resource.overview.geography import Choice
from terrinclus_kg.server import metadata, negotiate, render, sketches
from terrinclus_kg.server.context import endpoint, reader
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.render import Shown
from terrinclus_kg.server.respond import Representation, link, represent, sparql_path
from terrinclus_kg.store.search.model import KIND, Hit, Search, Sort

blueprint = Blueprint("home", __name__)
_FEW = 4
_EXAMPLE = Name("projet", "terrinclus")
_EXAMPLE_QUERY = """\
PREFIX ti: <https://w3id.org/terrinclus/ns#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?label ?locator ?source WHERE {
  ?project a ti:CooperationProject ; skos:prefLabel ?label .
  GRAPH ?fact { ?project ?property ?value }
  ?fact dct:source ?source ; ti:locator ?locator .
  FILTER(LANG(?label) = "fr")
}
LIMIT 50"""


@blueprint.get("/<any(fr, en):lang>/")
def home(lang: str) -> Response:
    """What this is, what it holds, and the doors to it."""
    negotiate.choose(request.headers.get("Accept"), [HTML])
    path = f"/{lang}/"
    return represent(Representation(HTML.content_type, lang), lambda: _page(lang, path), [link(path, "canonical")])


def _page(lang: str, path: str) -> Response:
    places, found = geography.places(reader(), Choice("departement", "projets")), goals.goals(reader())
    first = {kind: _some(kind, Sort.LINKS, lang) for kind in ("projet", "acteur")}
    latest = {kind: _some(kind, Sort.YEAR, lang) for kind in ("evenement", "publication")}
    named = [hit.iri for hits in (*first.values(), *latest.values()) for hit in hits]
    labels = reader().labels([*named, *(place.iri for place in places), *(goal.iri for goal in found)])
    valued = {place.iri: place.number for place in places if place.number}
    return render.page(
        "home.html",
        lang,
        labels=labels,
        canonical=path,
        here="home",
        json=metadata.of_dataset(lang, path, reader().release),
        counts=resource.counts(reader()),
        goals=found,
        places=len(valued),
        map=sketches.maps(Shown(lang, labels), valued, focus=False).get("departements"),
        first=first,
        latest=latest,
        example=_EXAMPLE,
        example_address=endpoint(f"/id/{_EXAMPLE.path}"),
        query=_EXAMPLE_QUERY,
        query_path=sparql_path(_EXAMPLE_QUERY),
    )


def _some(kind: str, sort: Sort, lang: str) -> tuple[Hit, ...]:
    """The first things of a kind, we editors left out; none where the release has no index."""
    asked = Search(filters={KIND: (kind,)}, sort=sort, language=lang, size=_FEW + 1, counts=False)
    try:
        hits = reader().search(asked).hits
    except NoIndex:
        return ()
    return tuple(hit for hit in hits if hit.iri != goals.EDITORS)[:_FEW]
