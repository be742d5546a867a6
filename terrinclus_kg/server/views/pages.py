"""Pages in French and English: home, the list of a kind, one page for anything."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from flask import Blueprint, Response, request
from flask_babel import gettext

from terrinclus_kg import resource
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import Name, kinds
from terrinclus_kg.rdf.namespaces import expand
from terrinclus_kg.server import metadata, negotiate, render
from terrinclus_kg.server.context import endpoint, named, page_number, reader
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.respond import (
    Representation,
    data_path,
    link,
    page_path,
    represent,
    sparql_path,
    thing_links,
)
from terrinclus_kg.server.views import reading

blueprint = Blueprint("pages", __name__)
A_PAGE = 50
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
    """What this is, what it holds, three things to try."""
    path = f"/{lang}/"
    return _represent(lang, lambda: _home(lang, path), [link(path, "canonical")])


@blueprint.get("/<any(fr, en):lang>/<kind>")
def things(lang: str, kind: str) -> Response:
    """The things of a kind, in alphabetical order."""
    if kind not in kinds() or not kinds()[kind].listed:
        raise NotFound("there is no such kind")
    return _represent(lang, lambda: _things(lang, kind), [link(f"/{lang}/{kind}", "canonical")])


@blueprint.get("/<any(fr, en):lang>/<kind>/<path:key>")
def thing(lang: str, kind: str, key: str) -> Response:
    """One thing; with ``group=`` all of a group of its page, with ``links=`` all that links to it by one property."""
    name = named(f"{kind}/{key}")
    links = thing_links(name, canonical=page_path(name, lang), described_by=data_path(name))
    if wanted := request.args.get("links", ""):
        return _represent(lang, lambda: _linking(lang, name, wanted), links)
    if chosen := request.args.get("group", ""):
        return _represent(lang, lambda: reading.group(lang, name, chosen), links)
    if key := request.args.get("table", ""):
        return _represent(lang, lambda: reading.table(lang, name, key), links)
    if other := request.args.get("with", ""):
        return _represent(lang, lambda: reading.common(lang, name, other), links)
    return _represent(lang, lambda: reading.thing(lang, name), links)


def _represent(lang: str, make: Callable[[], Response], links: list[str]) -> Response:
    negotiate.choose(request.headers.get("Accept"), [HTML])
    return represent(Representation(HTML.content_type, lang), make, links)


def _home(lang: str, path: str) -> Response:
    counts = {kind: len(iris) for kind, iris in resource.catalogue(reader()).items() if iris}
    return render.page(
        "home.html",
        lang,
        canonical=path,
        json=metadata.of_dataset(lang, path, reader().release),
        counts=counts,
        example=_EXAMPLE,
        example_address=endpoint(f"/id/{_EXAMPLE.path}"),
        query=_EXAMPLE_QUERY,
        query_path=sparql_path(_EXAMPLE_QUERY),
    )


def _things(lang: str, kind: str) -> Response:
    iris = resource.listing(reader(), kind, lang)
    heading = render.upper_first(kinds()[kind].plurals[lang])
    return _list(lang, f"/{lang}/{kind}", iris, heading=heading, steps=[("", heading)], here=kind)


def _linking(lang: str, name: Name, wanted: str) -> Response:
    try:
        property_iri = expand(wanted) if "://" not in wanted else wanted
        iris, labels = resource.linking(reader(), name, property_iri, lang)
    except (KeyError, ValueError):
        raise NotFound("there is no such property") from None
    shown = render.Shown(lang, labels)
    label = shown.label(name.iri).text
    heading = gettext("What links to %(thing)s", thing=label)
    steps = [
        (page_path(name, lang), label),
        ("", gettext("by “%(property)s”", property=shown.label(property_iri).text)),
    ]
    path = render.with_query(page_path(name, lang), links=wanted)
    return _list(lang, path, tuple(iris), heading=heading, steps=steps, here=name.kind)


def _list(lang: str, path: str, iris: tuple[str, ...], **values: object) -> Response:
    pages = max(1, ceil(len(iris) / A_PAGE))
    page = page_number(pages)
    shown = iris[(page - 1) * A_PAGE : page * A_PAGE]
    return render.page(
        "list.html",
        lang,
        labels=reader().labels(shown),
        canonical=path if page == 1 else render.with_query(path, page=page),
        path=path,
        join="&" if "?" in path else "?",
        iris=shown,
        total=len(iris),
        page=page,
        pages=pages,
        **values,
    )
