"""``/fragments`` and ``/fragments/quads``: Triple and Quad Pattern Fragments, in every RDF format and as pages.

The first asks the merge of everything, the second the named graphs, unless ``graph=`` says otherwise; that is all in
which they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request
from pyoxigraph import DefaultGraph, Literal, NamedNode, Variable

from terrinclus_kg.errors import BadRequest, NotFound
from terrinclus_kg.rdf.formats import RDF_FORMATS, TRIG
from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.namespaces import compact
from terrinclus_kg.rdf.pattern import PLACES, Pattern, read_pattern, spelt
from terrinclus_kg.resource.fragments import Fragment, fragment
from terrinclus_kg.server import hydra, negotiate, render
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.client import client
from terrinclus_kg.server.context import chosen, language, origin, reader, service
from terrinclus_kg.server.hydra import MERGE, Addresses
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.operations import AS_RDF, ENGINE, TEXT, Operation, Parameter, form
from terrinclus_kg.server.parameters import LONGEST, PAGE, PAGING, check_names, page_asked
from terrinclus_kg.server.respond import Representation, link, page_path, represent, written

blueprint = Blueprint("fragments", __name__)
_VERSIONS = ("", *negotiate.VERSIONS)
_TRIPLES = (*negotiate.variants(RDF_FORMATS, versions=_VERSIONS), HTML)
_QUADS = (*negotiate.variants((TRIG, *(f for f in RDF_FORMATS if f is not TRIG)), versions=_VERSIONS), HTML)
_FIELDS = {"s": "subject", "p": "predicate", "o": "object", "g": "graph_name"}
_SAFE = "%/:=&?~#+!$,;'@()*[]"


@blueprint.get("/fragments")
def triples() -> Response:
    """The triples of a pattern, each once: those of the merge of all graphs."""
    return _answer("/fragments", "spo")


@blueprint.get("/fragments/quads")
def quads() -> Response:
    """The quads of a pattern, in the named graphs."""
    return _answer("/fragments/quads", "spog")


def _answer(path: str, places: str) -> Response:
    check_names((*PLACES.values(), PAGE, "lang", "format"), tuple(PLACES.values()))
    pattern = _pattern(Variable("g") if "g" in places else DefaultGraph())
    variant = chosen(_QUADS if "g" in places else _TRIPLES)
    page, form = page_asked(), variant.format
    lang = "" if form else language()
    at = _addresses(origin() + path, page)

    def make() -> Response:
        found = fragment(reader(), service().fragments, pattern, page, client())
        if form is None:
            return _page(lang, path, found, places)
        return Response(
            written([*found.quads, *hydra.described(found, at, places)], form), content_type=variant.content_type
        )

    links = [link(at.first, "first"), link(at.here, "canonical"), link("/ns", "describedby")]
    return represent(Representation(variant.content_type, lang, exact=bool(form)), make, links)


def _pattern(graph: Variable | DefaultGraph) -> Pattern:
    given = {name: request.args.get(name, "") for name in PLACES.values()}
    if given["graph"].strip("<>") == MERGE.value:
        given["graph"], graph = "", DefaultGraph()
    return read_pattern(given, graph=graph)


def _addresses(interface: str, page: int) -> Addresses:
    given = {name: value for name in PLACES.values() if (value := request.args.get(name))}
    whole = interface + ("?" + urlencode(given) if given else "")
    asked = request.query_string.decode("utf-8", "replace")
    here = interface + ("?" + quote(asked, safe=_SAFE) if asked else "")
    form = {"format": value} if (value := request.args.get("format")) else {}
    pages = [render.with_query(whole, page=number, **form) for number in (1, max(1, page - 1), page + 1)]
    return Addresses(interface, whole, here, *pages)


def _page(lang: str, path: str, found: Fragment, places: str) -> Response:
    shown = "spog" if found.pattern.quads else "spo"
    given = {name: request.args.get(name, "") for name in PLACES.values()}
    kept = {name: value for name, value in given.items() if value}
    return render.page(
        "fragments.html",
        lang,
        canonical=render.with_query(path, lang=lang),
        switch=lambda other: render.with_query(path, lang=other, **kept, page=found.page),
        path=path,
        pager=render.with_query(path, lang=lang, **kept),
        places=[PLACES[place] for place in places],
        shown_places=[PLACES[place] for place in shown],
        given=given,
        found=found,
        rows=[[_cell(lang, path, place, getattr(quad, _FIELDS[place])) for place in shown] for quad in found.quads],
        formats=RDF_FORMATS,
    )


def _cell(lang: str, path: str, place: str, term: NamedNode | Literal) -> dict[str, Any]:
    """A term, and where it leads: to what has it in the same place, and to its page if there is one."""
    name = from_iri(term.value) if isinstance(term, NamedNode) else None
    return {
        "text": render.clean(compact(term.value) if isinstance(term, NamedNode) else term.value),
        "language": (term.language or "") if isinstance(term, Literal) else "",
        "term": term,
        "href": render.with_query(path, lang=lang, **{PLACES[place]: spelt(term)}),
        "thing": page_path(name, lang) if name else "",
    }


def operations() -> Iterator[Operation]:
    """The fragments of the merge, and of the named graphs."""
    names, page = [one.slug for one in RDF_FORMATS], PAGING[0]
    told = N_("A part of the pattern: an IRI, prefix:name or a literal; without it, or as a variable, anything fits.")
    one = {"type": "string", "maxLength": LONGEST, "format": "term"}
    places = [Parameter(name, told, one, example="?x") for name in PLACES.values()]
    for path, summary, given in (
        ("/fragments", N_("The triples of a pattern (Triple Pattern Fragments)"), places[:3]),
        ("/fragments/quads", N_("The quads of a pattern (Quad Pattern Fragments)"), places),
    ):
        answers = {**AS_RDF, "text/html": TEXT}
        name = path.strip("/").replace("/", "-")
        yield Operation(
            name, N_("SPARQL"), path, summary, answers, (*given, page, form(*names)), (BadRequest, NotFound, *ENGINE)
        )
