"""Search: words and filters, the lists of each kind, suggestions, and how a browser learns of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from flask import Blueprint, Response, render_template, request

from terrinclus_kg import resource
from terrinclus_kg.errors import NoIndex, NotFound, ParameterError, ReleaseDamaged
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.resource.site import site
from terrinclus_kg.server import render, results
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import chosen, endpoint, language, page_number, reader
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.operations import (
    ADDRESS,
    IRI,
    LANG,
    TEXT,
    WHOLE,
    Operation,
    Parameter,
    Schema,
    array,
    choice,
    form,
    maybe,
    record,
)
from terrinclus_kg.server.respond import Representation, attachment, link, represent
from terrinclus_kg.server.searching import State, orders, parameters
from terrinclus_kg.store.search.matching import MOST
from terrinclus_kg.store.search.model import KIND, Found, Search, Sort
from terrinclus_kg.store.search.text import asked

blueprint = Blueprint("search", __name__)
A_PAGE, AN_EXPORT = 20, 1000  # results a page, and a file
_JSON, _CSV = Variant("application/json"), Variant("text/csv")
_SUGGESTIONS = Variant("application/x-suggestions+json")
_DESCRIPTION = Variant("application/opensearchdescription+xml")
_LONGEST = 200  # characters that suggestions are made for
_ORDERS = {
    Sort.RELEVANCE: N_("Relevance"),
    Sort.LABEL: N_("Name"),
    Sort.YEAR: N_("Year, the latest first"),
    Sort.LINKS: N_("Number of links to it"),
}


@blueprint.get("/<any(fr, en):lang>/recherche")
def search(lang: str) -> Response:
    """What the graph has for some words and filters."""
    return answer(State.of(f"/{lang}/recherche", lang, request.args))


def listing(lang: str, kind: str) -> Response:
    """The things of a kind. Raises NotFound: there is no such kind."""
    if kind not in kinds() or not kinds()[kind].listed:
        raise NotFound("there is no such kind")
    return answer(State.of(f"/{lang}/{kind}", lang, request.args, kind))


def answer(state: State) -> Response:
    """The results of a search as a page, CSV or JSON. Raises NotFound: there is no such page of them."""
    variant, page = chosen((HTML, _CSV, _JSON)), page_number()
    size = A_PAGE if variant is HTML else AN_EXPORT
    links = [link(state.address(page), "canonical")]

    def make() -> Response:
        found = _found(state, state.search((page - 1) * size, size), variant)
        pages = max(1, ceil(found.total / size))
        page_number(pages)
        shown = render.Shown(state.language, reader().labels(_named(found)))
        if variant is HTML:
            return _page(state, found, shown, pages)
        following = state.address(page + 1, _name(variant)) if page < pages else ""
        links.extend([link(following, "next")] if following else [])  # they are read when this has returned
        return _file(variant, found, shown, following)

    return represent(Representation(variant.content_type, state.language), make, links)


@blueprint.get("/suggest")
def suggest() -> Response:
    """Things whose names begin so, for a field: as JSON of ours, or as browsers take it (OpenSearch suggestions)."""
    lang, text = language(), request.args.get("q", "")[:_LONGEST]
    variant = chosen((_JSON, _SUGGESTIONS))

    def make() -> Response:
        wanted = tuple(slug for slug in request.args.getlist("kind") if slug in kinds())
        hits = resource.suggest(reader(), text, lang, wanted)
        found = results.suggestions(hits, render.Shown(lang, reader().labels(hit.iri for hit in hits)))
        if variant is _SUGGESTIONS:
            return _json([text, *([one[name] for one in found] for name in ("label", "type", "page"))], variant)
        return _json({"q": text, "suggestions": found}, variant)

    return represent(Representation(variant.content_type, lang), make)


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """How a browser searches here (OpenSearch 1.1)."""
    lang = language()

    def make() -> Response:
        text = render_template("opensearch.xml", lang=lang, base=endpoint(""))
        return Response(text, content_type=_DESCRIPTION.content_type)

    return represent(Representation(_DESCRIPTION.content_type, lang), make)


def _found(state: State, wanted: Search, variant: Variant) -> Found:
    """What the index has; where there is none, as over another engine, a list is had from the data themselves."""
    try:
        return reader().search(wanted)
    except NoIndex:
        if not state.kind or variant is not HTML or wanted.text or wanted.years or set(wanted.filters) != {KIND}:
            raise
        return resource.listed(reader(), wanted)


def _page(state: State, found: Found, shown: render.Shown, pages: int) -> Response:
    facets = [facet for facet in found.facets if facet.values and facet.slug != (KIND if state.kind else "")]
    return render.page(
        "search.html",
        state.language,
        labels=shown.labels,
        canonical=state.address(page_number()),
        state=state,
        found=found,
        facets=facets,
        results=results.results(found, shown),
        page=page_number(),
        pages=pages,
        orders={order: _ORDERS[order] for order in orders()},
        unread=asked(state.text)[MOST:],
        query=resource.as_query(found),
        sought="" if state.kind else render.clean(state.text),
        here=state.kind or "recherche",
    )


def _named(found: Found) -> list[str]:
    """All that a page names: the results, and the values of facets, of which there may be many."""
    values = (value.value for facet in found.facets for value in facet.values if facet.slug != KIND)
    return [*(hit.iri for hit in found.hits), *values]


def _file(variant: Variant, found: Found, shown: render.Shown, following: str) -> Response:
    if variant is _JSON:
        return Response(results.as_json(found, shown, following), content_type=variant.content_type)
    return attachment(Response(results.as_csv(found, shown), content_type=variant.content_type), "results.csv")


def _json(members: object, variant: Variant) -> Response:
    return Response(json.dumps(members, ensure_ascii=False) + "\n", content_type=variant.content_type)


def _name(variant: Variant) -> str:
    return variant.media_type.rpartition("/")[2]


_GROUP, _RESULT = N_("Search"), record("SearchResult", **results.FOUND)
_FAILS = (ParameterError, NotFound, NoIndex, ReleaseDamaged)


def operations() -> Iterator[Operation]:
    """Search and suggestions, as files."""
    named = dict.fromkeys(("label", "language", "kind", "type", "page", "value"), TEXT)
    suggested = record("Suggestions", q=TEXT, suggestions=array(record("Suggestion", iri=IRI, **named)))
    begun = Parameter("q", N_("The beginning of a name, of which the first 200 characters count."))
    kind = Parameter("kind", N_("A kind of thing."), array(TEXT))
    summary = N_("Things whose names begin so")
    answers: dict[str, Schema] = {_JSON.media_type: suggested, _SUGGESTIONS.media_type: array({})}
    formats = form("json", "x-suggestions+json")
    yield Operation(
        "suggest", _GROUP, "/suggest", summary, answers, (begun, kind, replace(LANG, schema=TEXT), formats), _FAILS
    )
    lang = Parameter("lang", N_("The language of labels; else that of Accept-Language."), choice(*LANGUAGES), "path")
    page = Parameter("page", N_("Which page, from 1."), {"type": "integer", "minimum": 1, "maximum": 999})
    results_of = record(
        "Results", total=WHOLE, offset=WHOLE, next=maybe(ADDRESS), results=array(_RESULT), facets=results.FACETS
    )
    answers = {_JSON.media_type: results_of, _CSV.media_type: TEXT, HTML.media_type: TEXT}
    given, told = (page, form("json", "csv")), N_("What the graph has for some words and filters")
    yield Operation("search", _GROUP, "/{lang}/recherche", told, answers, (lang, *parameters(), *given), _FAILS)
    listed = [slug for slug, one in kinds().items() if one.listed and slug != site().goal]
    of = Parameter("kind", N_("A kind of thing."), choice(*listed), "path")
    told, path = N_("The things of a kind, by words and filters, also as a table"), "/{lang}/{kind}"
    yield Operation(
        "table", _GROUP, path, told, answers, (lang, of, *parameters(next(iter(listed), "")), *given), _FAILS
    )
