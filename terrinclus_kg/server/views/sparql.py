"""``/sparql``: the query operation of the SPARQL 1.1 Protocol (§2.1), and what the endpoint says of itself.

Results never become Python objects: the bytes that the engine wrote go out as they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, Response, g, request
from pyoxigraph import NamedNode, Quad, serialize

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import BadRequest, MethodNotAllowed, NotAcceptable, UnsupportedMediaType, UriTooLong
from terrinclus_kg.rdf.formats import RDF_FORMATS, RESULT_FORMATS, TURTLE, Format
from terrinclus_kg.rdf.namespaces import BASE, DATASET, RDF, SD, prefixes
from terrinclus_kg.server import negotiate, render
from terrinclus_kg.server.client import client
from terrinclus_kg.server.context import language, reader, service
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.respond import attachment, stream
from terrinclus_kg.server.views.things import chosen

blueprint = Blueprint("sparql", __name__)

_FORM, _DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
_UPDATE = "application/sparql-update"
_FORMAT_PARAMETERS = ("format", "output", "results")  # no standard has one: clients send all that they know of
_SELF = negotiate.variants(RDF_FORMATS, page=True)
_FORMATS = "http://www.w3.org/ns/formats/"
_FORMAT_NAMES = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "turtle": "Turtle",
    "json-ld": "JSON-LD",
    "rdf-xml": "RDF_XML",
    "n-triples": "N-Triples",
    "trig": "TriG",
    "n-quads": "N-Quads",
}
_EXAMPLE = """\
PREFIX ti: <https://w3id.org/terrinclus/ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?project ?label WHERE {
  ?project a ti:CooperationProject ;
    skos:prefLabel ?label .
}
LIMIT 20"""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a protocol request asks (§2.1.2): the text and the dataset that replaces the query's own."""

    text: str
    default_graphs: Sequence[str]
    named_graphs: Sequence[str]
    format: str


@blueprint.get("/sparql")
def by_get() -> Response:
    """Query via GET; without a query, what the endpoint is."""
    if not {"query", "update"} & set(request.args):
        return _itself()
    settings = service().settings
    asked = _asked(None)
    if len(asked.text.encode()) > settings.query_size_get:
        raise UriTooLong(
            f"a query in a URL has at most {settings.query_size_get} bytes; send a longer one by POST",
            limit="query_size_get",
            value=settings.query_size_get,
        )
    return _answer(asked)


@blueprint.post("/sparql")
def by_post() -> Response:
    """Query via POST, as a form or directly."""
    kind = request.mimetype
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType("a query is sent as it is, without Content-Encoding")
    if kind == _UPDATE:
        raise _no_updates()
    if kind not in (_FORM, _DIRECT):
        raise UnsupportedMediaType(f"a query is posted as {_FORM} or {_DIRECT}", extra={"accepted": [_FORM, _DIRECT]})
    return _answer(_asked(_direct() if kind == _DIRECT else None))


def _direct() -> str:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType("a query is sent in UTF-8")
    try:
        return request.get_data().decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("the query is not UTF-8") from None


def _asked(direct: str | None) -> _Asked:
    """Reads the parameters; unknown ones are passed over. ``direct`` is the body of a direct POST."""
    values = request.args if direct is not None or request.method in ("GET", "HEAD") else request.form
    if "update" in values:
        raise _no_updates()
    texts = [direct] if direct is not None else values.getlist("query")
    if len(texts) != 1 or (direct is not None and "query" in values):
        raise BadRequest("exactly one query is needed" if texts else "the parameter query is missing")
    g.query = texts[0]
    return _Asked(
        texts[0],
        values.getlist("default-graph-uri"),
        values.getlist("named-graph-uri"),
        next(filter(None, (given.get(key) for given in (values, request.args) for key in _FORMAT_PARAMETERS)), ""),
    )


def _answer(asked: _Asked) -> Response:
    answer = reader().query(
        asked.text,
        lambda form: _variant(form, asked.format).format or TURTLE,
        default_graphs=asked.default_graphs or None,
        named_graphs=asked.named_graphs or None,
        client=client(),
    )
    variant = _variant(answer.form, asked.format)
    response = stream(answer, variant.content_type)
    response.headers["Cache-Control"] = "no-cache"
    if variant.format and variant.format.slug in ("csv", "tsv"):
        attachment(response, f"terrinclus.{variant.format.suffix}")
    return response


def _variant(form: str, wanted: str) -> Variant:
    """A name that means nothing for this form of query counts for nothing: clients send their default with any."""
    formats: Sequence[Format] = RDF_FORMATS
    if form in ("SELECT", "ASK"):
        formats = [f for f in RESULT_FORMATS if f.booleans or form == "SELECT"]
    offered = negotiate.variants(formats)
    if wanted:
        with suppress(NotAcceptable):
            return negotiate.by_name(wanted, offered)
    accept = request.headers.get("Accept")
    try:
        return negotiate.choose(accept, offered)
    except NotAcceptable:
        with suppress(NotAcceptable):  # one who knows only results gets a graph in the like syntax
            like = negotiate.choose(accept, negotiate.variants(RESULT_FORMATS))
            return negotiate.by_name(like.format.slug if like.format else "", offered)
        raise


def _no_updates() -> MethodNotAllowed:
    return MethodNotAllowed("this endpoint answers queries; the data change by releases, not by SPARQL Update")


def _itself() -> Response:
    variant = chosen(_SELF)
    if variant.format is None:
        formats = [("", ""), *((f.slug, f.name) for f in (*RESULT_FORMATS, *RDF_FORMATS))]
        return render.page("sparql.html", language(), query=_EXAMPLE, formats=formats, here="sparql")
    body = serialize(_description(service().settings), format=variant.format.rdf, prefixes=prefixes())
    return Response(body, content_type=variant.content_type)


def _description(settings: Settings) -> list[Quad]:
    """The service description (SPARQL 1.1 Service Description §3), as quads of the default graph."""
    itself = NamedNode(BASE + "sparql")
    graph = NamedNode(DATASET.value + "#merge")
    endpoint = NamedNode(settings.public_url + "/sparql") if settings.public_url else itself
    triples = [
        (itself, RDF["type"], SD["Service"]),
        (itself, SD["endpoint"], endpoint),
        (itself, SD["supportedLanguage"], SD["SPARQL11Query"]),
        (itself, SD["defaultDataset"], DATASET),
        (DATASET, RDF["type"], SD["Dataset"]),
        (DATASET, SD["defaultGraph"], graph),
        (graph, RDF["type"], SD["Graph"]),
    ]
    formats = (*RESULT_FORMATS, *RDF_FORMATS)
    triples += [(itself, SD["resultFormat"], NamedNode(_FORMATS + _FORMAT_NAMES[f.slug])) for f in formats]
    return [Quad(*triple) for triple in triples]
