"""What the data say of themselves to programs: VoID, the stored questions, the prefixes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from terrinclus_kg.errors import NotAcceptable
from terrinclus_kg.export.asking import COPIED
from terrinclus_kg.questions import all_questions
from terrinclus_kg.rdf.formats import RDF_FORMATS, TURTLE, Format
from terrinclus_kg.rdf.namespaces import BASE, DATASET, FOAF, LICENCE, RDF, RDFS, SCHEMA, VOID, prefixes
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.server import brief, negotiate, releases, signposting
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import address, chosen, here, reader, rules, service
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.operations import ANYTHING, AS_RDF, BY_LANGUAGE, ENGINE, TEXT, Operation, form
from terrinclus_kg.server.releases import VOID_PATH
from terrinclus_kg.server.respond import Representation, link, represent
from terrinclus_kg.store.releases.layout import Release

blueprint = Blueprint("discovery", __name__)
_RDF = negotiate.variants(RDF_FORMATS, versions=("", *negotiate.VERSIONS))
_DUMPS = frozenset(each.media_type for each in RDF_FORMATS)
_JSON = Variant("application/json")
_LINKSETS = (Variant(signposting.LINKSET_TYPE), Variant(signposting.LINKSET_TEXT))
_SERVICES = (
    ("/sparql", "sparqlEndpoint", "/sparql"),
    ("/opensearch.xml", "openSearchDescription", "/opensearch.xml"),
    ("/fragments", "uriLookupEndpoint", "/fragments?subject="),
)
_MARKDOWN = "text/plain; charset=utf-8"


@blueprint.get(VOID_PATH)
def void() -> Response:
    """What the release holds, counted (VoID §7.2: the well-known address of the description)."""
    return _document("void", _chosen(_RDF), notice=_here(reader().release))


@blueprint.get("/.well-known/sparql-examples")
def examples() -> Response:
    """The stored questions as ``sh:SPARQLExecutable``."""
    return _document("executables", _chosen(_RDF), notice=_asked_here())


@blueprint.get("/prefixes")
def declared() -> Response:
    """Prefix → namespace as JSON, or their declarations (SHACL §5.2.1) as RDF."""
    variant = _chosen((_JSON, *_RDF))
    if variant.format:
        return _document("prefixes", variant)
    text = json.dumps(prefixes(), ensure_ascii=False, indent=1) + "\n"
    what = Representation(_JSON.content_type, exact=True)
    return represent(what, lambda: Response(text, content_type=_JSON.content_type), _links())


@blueprint.get(signposting.LINKSET)
def linkset() -> Response:
    """How the page of the dataset, its files and its descriptions belong together (RFC 9264)."""
    variant, links = _chosen(_LINKSETS), signposting.linkset(reader().release)
    plain = variant.media_type == signposting.LINKSET_TEXT
    text = signposting.as_text(links) if plain else json.dumps(links, ensure_ascii=False, indent=1) + "\n"
    what = Representation(variant.content_type, exact=True)
    return represent(what, lambda: Response(text, content_type=variant.content_type))


@blueprint.get("/llms.txt")
def llms() -> Response:
    """What a language model, or who writes for one, needs to know first (llmstxt.org)."""
    settings = service().settings if request.environ.get(COPIED) is None else None  # a copy is not made under them
    text = brief.text(settings, reader().release, rules())
    return represent(Representation(_MARKDOWN, exact=True), lambda: Response(text, content_type=_MARKDOWN))


def _chosen(offered: tuple[Variant, ...]) -> Variant:
    """What a request asks for. Who takes pages alone, as these documents are none, gets the first form: browsers show
    it. Raises NotAcceptable."""
    try:
        return chosen(offered)
    except NotAcceptable:
        if "format" not in request.args and negotiate.likes_pages(request.headers.get("Accept")):
            return offered[0]
        raise


def _document(name: str, variant: Variant, *, notice: str = "") -> Response:
    """What a stored query finds, as RDF. ``notice``: what is added to it, as N-Triples."""
    form: Format = variant.format or TURTLE

    def make() -> Response:
        answer = reader().quads(query("pages", name).text, form, notice=notice)
        return Response(answer.read(), content_type=variant.content_type)

    return represent(Representation(variant.content_type, exact=True), make, _links())


def _links() -> list[str]:
    """The other forms of this document, and what it is a part of."""
    formats = [link(f"{request.path}?format={f.suffix}", "alternate", type=f.media_type) for f in RDF_FORMATS]
    return [*formats, link(address(request.path), "canonical"), link(LICENCE.value, "license")]


def _here(release: Release) -> str:
    """Where the dataset is to be had here (VoID §3), and that this document describes it (§2)."""
    settings = service().settings
    document = here(settings, VOID_PATH)
    told = [
        (document, RDF["type"], VOID["DatasetDescription"]),
        (document, FOAF["primaryTopic"], DATASET),
        (document, RDFS["seeAlso"], here(settings, "/catalog")),
    ]
    there = rules()
    if "/sparql" in there:
        told.append((document, RDFS["seeAlso"], here(settings, "/sparql")))
    for rule, property_, path in _SERVICES:
        if rule in there:
            told.append((DATASET, VOID[property_], here(settings, path)))
    names = [entry["name"] for entry in releases.files(release) if entry["media_type"] in _DUMPS]
    told += [(DATASET, VOID["dataDump"], here(settings, releases.path(release.id, name))) for name in names]
    return _lines(told)


def _asked_here() -> str:
    """The endpoint at which the questions are asked here, where there is one."""
    if "/sparql" not in rules():
        return ""
    endpoint = here(service().settings, "/sparql")
    nodes = (NamedNode(f"{BASE}questions/{question.slug}") for question in all_questions())
    return _lines((node, SCHEMA["target"], endpoint) for node in nodes)


def _lines(triples: Iterable[tuple[NamedNode, NamedNode, NamedNode]]) -> str:
    return "".join(f"{s} {p} {o} .\n" for s, p, o in triples)


def operations() -> Iterator[Operation]:
    """What the release holds, the questions as RDF, the prefixes."""
    group, formats = N_("The service"), form(*(one.slug for one in RDF_FORMATS))
    yield Operation("void", group, VOID_PATH, N_("What the release holds, counted (VoID)"), AS_RDF, (formats,), ENGINE)
    told, path = N_("The stored questions as RDF"), "/.well-known/sparql-examples"
    yield Operation("examples", group, path, told, AS_RDF, (formats,), ENGINE)
    answers, both = {_JSON.media_type: BY_LANGUAGE, **AS_RDF}, form("json", "turtle")
    yield Operation("prefixes", group, "/prefixes", N_("The prefixes, with their namespaces"), answers, (both,), ENGINE)
    told = N_("How the dataset, its descriptions and its files belong together (RFC 9264)")
    answers = {_LINKSETS[0].media_type: ANYTHING, _LINKSETS[1].media_type: TEXT}
    yield Operation("linkset", group, "/linkset", told, answers)
    told = N_("What the service is, in a page of Markdown (llmstxt.org)")
    yield Operation("llms", group, "/llms.txt", told, {"text/plain": TEXT})
