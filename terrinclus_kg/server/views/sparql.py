"""``/sparql``: queries to the release that is served, and what the endpoint says of itself; and the same for
one release, for ever.

For programs results never become Python objects: the bytes that the engine wrote go out as they come. A browser
gets a page with the query in its form and the first rows below it; errors too are told on that page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from time import perf_counter
from typing import Any

from flask import Blueprint, Response, g, request

from terrinclus_kg import errors, results
from terrinclus_kg.errors import NotAcceptable, NotFound, TerrinclusError
from terrinclus_kg.questions import bound, example
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.formats import RDF_FORMATS, RESULT_FORMATS
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.server import answers, description, negotiate, problems, protocol, releases, sparql_page
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.client import client
from terrinclus_kg.server.context import chosen, language, reader, service
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.operations import AS_RDF, ENGINE, OF_RELEASE, TEXT, Operation, Parameter, Schema, named, texts
from terrinclus_kg.server.place import state
from terrinclus_kg.server.protocol import Asked
from terrinclus_kg.server.releases import RELEASE
from terrinclus_kg.server.respond import attachment, described, link, redirect
from terrinclus_kg.server.security import FRAMED
from terrinclus_kg.server.views.explain import explained

blueprint = Blueprint("sparql", __name__)

_SELF = (*negotiate.variants(RDF_FORMATS, versions=("", *negotiate.VERSIONS)), negotiate.HTML)  # browsers name HTML
_BOOLEANS = tuple(f for f in RESULT_FORMATS if f.booleans)


@blueprint.get("/sparql")
def by_get() -> Response:
    """Query via GET; without a query, what the endpoint is."""
    return _itself() if protocol.is_bare(request) else _answer("")


@blueprint.route("/sparql", methods=["POST", "QUERY"])
def by_body() -> Response:
    """Query via POST or QUERY, as a form or directly."""
    return _answer("")


@blueprint.route("/releases/<release>/sparql", methods=["GET", "POST", "QUERY"])
def pinned(release: str) -> Response:
    """As ``/sparql``, but of one release: what it answers stays the same. What it is, ``/sparql`` tells."""
    found = releases.find(release)
    if request.method in ("GET", "HEAD") and protocol.is_bare(request):
        return redirect("/sparql")
    return _answer(found.id)


@blueprint.after_request
def _finish(response: Response) -> Response:
    """Names the release on whatever else is answered here, and what a QUERY may hold (RFC 10008)."""
    if RELEASE not in response.headers and (release := releases.current_id()):
        response.headers[RELEASE] = release
    response.headers["Accept-Query"] = ", ".join(protocol.BODIES)
    return response


def _answer(release: str) -> Response:
    """An error is told by `problems`, on a page that keeps the query where a browser asks."""
    try:
        return _answered(release)
    except TerrinclusError as error:
        return problems.tell(error, lambda members: sparql_page.failed(release, members))


def _answered(release: str) -> Response:
    asked = protocol.read(request, service().settings)
    g.query = asked.text
    terms: dict[str, Any] = {
        "deadline": asked.timeout,
        "default_graphs": asked.default_graphs or None,
        "named_graphs": asked.named_graphs or None,
        "client": client(),
        "release": release,
    }
    if asked.explain:
        return explained(asked.text, **terms)

    @cache
    def choose(form: str) -> Variant:
        variant = _variant(form, asked)
        if variant is HTML:  # what it cannot show is said before it is asked; a 304 has the headers of the answer
            request.environ[FRAMED] = state(request.args).embed and request.method in ("GET", "HEAD")
        return variant

    if kept := answers.unchanged(asked.text, choose, release):
        return kept
    began = perf_counter()
    answer = reader().query(asked.text, lambda form: choose(form).format or results.syntax(form), **terms)
    if release and answer.release != release:  # it would be kept for ever under the wrong name
        answer.close()
        raise NotFound("this release cannot be queried here")
    variant = choose(answer.form)
    if variant is HTML:
        return sparql_page.answered(answer, asked.text, began, pinned=release)
    response = answers.respond(answer, variant, pinned=bool(release))
    if variant.format and variant.format.slug in ("csv", "tsv"):
        attachment(response, f"{about().key}.{variant.format.suffix}")
    return response


def _variant(form: str, asked: Asked) -> Variant:
    accept = request.headers.get("Accept", "")
    usual = len(accept) + len(asked.format) < _USUAL
    choose = _remembered if usual else _chosen
    return choose(form, asked.format, accept, protocol.versions(asked, accept))


def _chosen(form: str, named: str, accept: str, versions: tuple[str, ...]) -> Variant:
    """A name that means nothing for this form of query counts for nothing: clients send their default with any."""
    formats = {"SELECT": RESULT_FORMATS, "ASK": _BOOLEANS}.get(form, RDF_FORMATS)
    offered = (*negotiate.variants(formats, versions=versions), HTML)  # last: a page is for who likes it best
    if named:
        with suppress(NotAcceptable):
            return negotiate.by_name(named, offered)
    try:
        return negotiate.choose(accept, offered)
    except NotAcceptable:
        with suppress(NotAcceptable):  # one who knows only results gets a graph in the like syntax
            like = negotiate.choose(accept, negotiate.variants(RESULT_FORMATS, versions=versions))
            return negotiate.by_name(like.format.slug if like.format else "", offered)
        raise


_USUAL = 200  # characters of a wish that is worth remembering
_remembered = lru_cache(256)(_chosen)


def _itself() -> Response:
    variant = _own()
    if variant.format is None:
        slug = request.args.get("question", "")
        return sparql_page.empty(_question(slug, language()) if slug else example("sparql").text.strip())
    quads = description.of_service(service().settings, service().register.holdings(reader()))
    response = described(quads, variant)
    response.headers["Link"] = link("/limits", "help")
    return answers.checked(response)


def _own() -> Variant:
    """The form of the description; as with a query, a name that means nothing is passed over."""
    with suppress(NotAcceptable):
        return chosen(_SELF)
    return negotiate.choose(request.headers.get("Accept"), _SELF)


def _question(slug: str, lang: str) -> str:
    """The text of a stored question, which names things in a language if it can. Raises NotFound."""
    spoken = [each for each in query("questions", slug).parameters.values() if each.type == "language"]
    return bound(slug, {each.name: lang for each in spoken})


_FAILS = (
    errors.QuerySyntaxError,
    errors.QueryTooDeep,
    errors.ParameterError,
    errors.BadRequest,
    errors.FeatureRefused,
    errors.NotFound,
    errors.MethodNotAllowed,
    errors.UnsupportedMediaType,
    errors.QueryTooLarge,
    errors.UriTooLong,
    *ENGINE,
)
_QUERY: Schema = {"type": "string", "format": "sparql-query", "minLength": 1}
_GRAPHS: Schema = {"type": "array", "items": {"type": "string", "format": "iri"}}
_SECONDS: Schema = {"type": "string", "pattern": "^([0-9]{1,9}([.][0-9]{1,9})?(ms|s|m|h)?)?$"}
_FORM: Schema = {
    "type": "object",
    "properties": {
        "query": _QUERY,
        "default-graph-uri": _GRAPHS,
        "named-graph-uri": _GRAPHS,
        "timeout": _SECONDS,
        "format": TEXT,
    },
    "required": ["query"],
}
_ANSWERS = {**texts(*RESULT_FORMATS), **AS_RDF, "text/html": TEXT}


def operations() -> Iterator[Operation]:
    """The query operation of the SPARQL Protocol, by GET and by POST; of the release that is served, and of one."""
    group, example = N_("SPARQL"), "SELECT * { ?s ?p ?o } LIMIT 10"
    told = N_("The query. Without any parameter: the description of the endpoint.")
    query = Parameter("query", told, _QUERY, required=True, example=example)
    default = Parameter("default-graph-uri", N_("A graph of the default graph of the dataset."), _GRAPHS)
    named_graph = Parameter("named-graph-uri", N_("A named graph of the dataset."), _GRAPHS)
    longest = Parameter("timeout", N_("The longest run; it can only lower the limit."), _SECONDS, example="20s")
    asked, pinned_one = N_("Asks a query"), N_("Asks a query of one release: the answer stays the same for ever")
    chosen_form = named(*RESULT_FORMATS)
    more = N_("With a query, default-graph-uri, named-graph-uri, timeout and version are read from the address too.")
    beside = (default, named_graph, longest, chosen_form)
    bodies = {protocol.DIRECT: _QUERY, protocol.FORM: _FORM}
    leads = {303: N_("Without a query: to the description of the endpoint.")}
    for name, path, summary, where, led in (
        ("sparql", "/sparql", asked, (), {}),
        ("sparql-of-release", "/releases/{release}/sparql", pinned_one, (OF_RELEASE,), leads),
    ):
        given = (*where, query, *beside)
        yield Operation(name, group, path, summary, _ANSWERS, given, _FAILS, more, leads=led)
        yield Operation(f"{name}-post", group, path, summary, _ANSWERS, where, _FAILS, method="post", body=bodies)
