"""What the endpoint says of itself: SPARQL 1.1 Service Description §3, and the terms that the 1.2 draft adds.

Only what is so is said. ``sd:UnionDefaultGraph`` (§3.2): when a query names no dataset, its default graph is
"comprised of the union of all the named graphs". A release's default graph is the RDF merge of its graphs, and
as published data hold no blank nodes, merge and union are the same triples. ``sd:DereferencesURIs`` is not:
no graph is ever fetched for a query.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.formats import RDF_FORMATS, RESULT_FORMATS
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import (
    BASE,
    DATASET,
    DCAT,
    DCT,
    ENDPOINT,
    FOAF,
    GRAPH,
    LICENCES,
    RDF,
    RDFS,
    SCHEMA,
    SD,
    TI,
    VOID,
    XSD,
    Namespace,
)
from terrinclus_kg.rdf.partition import part
from terrinclus_kg.server import limits, releases
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.catalogue import message
from terrinclus_kg.server.context import here
from terrinclus_kg.server.dcat import CATALOG
from terrinclus_kg.server.holdings import BOUND, Holdings, SourceGraph
from terrinclus_kg.server.releases import VOID_PATH
from terrinclus_kg.server.wordings import GRAPHS
from terrinclus_kg.store.releases.layout import DUMP

Object = NamedNode | Literal
Triples = Iterator[tuple[NamedNode, NamedNode, Object]]

_SPARQL = Namespace("http://www.w3.org/ns/sparql#")  # names the versions of the languages (1.2 draft)
_FORMATS = Namespace("http://www.w3.org/ns/formats/")
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
_GEOSPARQL = Namespace("http://www.opengis.net/def/function/geosparql/")
# Those of GeoSPARQL 1.1 that the engine has; each one is asked in tests/conformance.
_FUNCTIONS = """
    asGeoJSON centroid convexHull coordinateDimension difference dimension distance envelope getSRID
    intersection isEmpty isSimple length perimeter relate spatialDimension symDifference union
    sfContains sfCrosses sfDisjoint sfEquals sfIntersects sfOverlaps sfTouches sfWithin
    ehContains ehCoveredBy ehCovers ehDisjoint ehEquals ehInside ehMeet ehOverlap
    rcc8dc rcc8ec rcc8eq rcc8ntpp rcc8ntppi rcc8po rcc8tpp rcc8tppi
"""
FUNCTIONS = tuple(_GEOSPARQL[name] for name in _FUNCTIONS.split())
_FACTS = N_(
    "Each fact is a named graph; they are not listed here. %(pattern)s asks them, and %(origin)s "
    "tells where each comes from."
)
_MORE = N_("Only the first %(n)s source graphs are listed here. %(pattern)s gives them all.")
_ITSELF = NamedNode(ENDPOINT)
_MERGE = NamedNode(DATASET.value + "#merge")


def of_service(settings: Settings, holdings: Holdings | None) -> list[Quad]:
    """The description, as quads of the default graph.

    Args:
        settings: what is on, and the limits.
        holdings: what the release holds; None where there is none just now.
    """
    parts = (_languages(settings), _abilities(settings), _limits(settings), _dataset(settings, holdings))
    return [Quad(*triple) for part in parts for triple in part]


def _languages(settings: Settings) -> Triples:
    yield _ITSELF, RDF["type"], SD["Service"]
    yield _ITSELF, SD["endpoint"], here(settings, "/sparql")
    languages = ["SPARQLQuery", "SPARQL11Query"]
    formats = [("resultFormat", f) for f in (*RESULT_FORMATS, *RDF_FORMATS)]
    if limits.writes(settings):
        languages += ["SPARQLUpdate", "SPARQL11Update"]
        formats += [("inputFormat", f) for f in RDF_FORMATS]
    for language in languages:
        yield _ITSELF, SD["supportedLanguage"], SD[language]
    for version in ("1.0", "1.1", "1.2-basic", "1.2"):
        yield _ITSELF, SD["supportedVersion"], _SPARQL[f"version-{version}"]
    for term, form in formats:
        yield _ITSELF, SD[term], _FORMATS[_FORMAT_NAMES[form.slug]]


def _abilities(settings: Settings) -> Triples:
    yield _ITSELF, SD["feature"], SD["UnionDefaultGraph"]
    if settings.service_endpoints:
        yield _ITSELF, SD["feature"], SD["BasicFederatedQuery"]
    for function in FUNCTIONS:
        yield _ITSELF, SD["extensionFunction"], function
        yield function, RDF["type"], SD["Function"]


def _limits(settings: Settings) -> Triples:
    page = here(settings, "/limits")
    yield _ITSELF, RDFS["seeAlso"], page
    yield page, RDF["type"], FOAF["Document"]
    for limit in limits.of(settings):
        node = NamedNode(f"{_ITSELF.value}#limit-{limit.name}")
        yield _ITSELF, SCHEMA["additionalProperty"], node
        yield node, RDF["type"], SCHEMA["PropertyValue"]
        yield node, SCHEMA["name"], Literal(limit.name)
        yield node, SCHEMA["value"], Literal(limit.value)
        for language in LANGUAGES:
            yield node, SCHEMA["unitText"], Literal(limit.unit(language), language=language)
            yield node, SCHEMA["description"], Literal(limit.text(language), language=language)


def _dataset(settings: Settings, holdings: Holdings | None) -> Triples:
    yield _ITSELF, SD["defaultDataset"], DATASET
    for kind in (SD["Dataset"], VOID["Dataset"], DCAT["Dataset"]):
        yield DATASET, RDF["type"], kind
    for language in LANGUAGES:
        yield DATASET, DCT["title"], Literal(about().title.of(language), language=language)
    for licence in LICENCES:
        yield DATASET, DCT["license"], licence
    yield DATASET, VOID["sparqlEndpoint"], here(settings, "/sparql")
    yield DATASET, RDFS["seeAlso"], here(settings, "/releases")
    yield DATASET, RDFS["seeAlso"], here(settings, VOID_PATH)
    yield CATALOG, RDF["type"], DCAT["Catalog"]
    yield CATALOG, DCAT["dataset"], DATASET
    yield CATALOG, DCAT["service"], _ITSELF
    yield CATALOG, FOAF["page"], here(settings, "/catalog")
    yield DATASET, SD["defaultGraph"], _MERGE
    yield _MERGE, RDF["type"], SD["Graph"]
    if holdings is None:
        yield from _comment(N_("No release of the data can be described just now."))
    else:
        yield from _release(settings, holdings)
        yield from _graphs(holdings)


def _release(settings: Settings, holdings: Holdings) -> Triples:
    yield DATASET, DCAT["version"], Literal(holdings.release)
    if holdings.digest:
        yield DATASET, DCT["identifier"], Literal(holdings.digest)
    yield DATASET, DCT["modified"], Literal(holdings.built_at.isoformat(), datatype=XSD["dateTime"])
    if holdings.has_dump:
        yield DATASET, VOID["dataDump"], here(settings, releases.path(holdings.release, DUMP))
    if holdings.triples is not None:
        yield DATASET, VOID["triples"], Literal(holdings.triples)
        yield _MERGE, VOID["triples"], Literal(holdings.triples)
    yield _ITSELF, DCT["hasVersion"], here(settings, releases.path(holdings.release, "sparql"))


def _graphs(holdings: Holdings) -> Triples:
    pattern, origin = "GRAPH ?fact { ?s ?p ?o }", "?fact dct:source ?source"
    yield from _comment(
        _FACTS,
        pattern=pattern,
        origin=origin,
    )
    if holdings.facts is not None:
        yield from _counted(DATASET, holdings.facts)
    if holdings.more:
        yield from _comment(
            _MORE,
            n=BOUND,
            pattern="SELECT ?graph { ?graph a ti:SourceGraph }",
        )
    if any(graph.facts is None for graph in holdings.sources):
        yield from _comment(N_("The facts of each source could not be counted in the time allowed."))
    for iri in holdings.house:
        yield from _named(iri)
        text = GRAPHS[iri.removeprefix(str(GRAPH))]
        for language in LANGUAGES:
            yield NamedNode(iri), RDFS["label"], Literal(message(text, language), language=language)
    for graph in holdings.sources:
        yield from _named(graph.iri)
        yield from _source(graph)


def _named(iri: str) -> Triples:
    """A named graph, whose name is also the name of the graph that it holds."""
    node = NamedNode(f"{DATASET.value}#{iri.removeprefix(BASE).replace('/', '-').replace('#', '-')}")
    yield DATASET, SD["namedGraph"], node
    yield node, RDF["type"], SD["NamedGraph"]
    yield node, SD["name"], NamedNode(iri)
    yield node, SD["graph"], NamedNode(iri)
    yield NamedNode(iri), RDF["type"], SD["Graph"]


def _source(graph: SourceGraph) -> Triples:
    itself = NamedNode(graph.iri)
    yield itself, RDF["type"], TI["SourceGraph"]
    yield itself, DCT["source"], NamedNode(graph.source)
    for language, text in graph.labels.items():
        yield NamedNode(graph.source), DCT["title"], Literal(text, language=language) if language else Literal(text)
    if graph.facts is not None:
        yield itself, RDF["type"], VOID["Dataset"]
        yield from _counted(itself, graph.facts)


def _counted(holder: NamedNode, facts: int) -> Triples:
    counted = part(TI["Fact"].value) if holder == DATASET else NamedNode(f"{holder.value}#facts")
    yield holder, VOID["classPartition"], counted
    yield counted, VOID["class"], TI["Fact"]
    yield counted, VOID["entities"], Literal(facts)


def _comment(text: str, **values: object) -> Triples:
    for language in LANGUAGES:
        yield DATASET, RDFS["comment"], Literal(message(text, language, **values), language=language)
