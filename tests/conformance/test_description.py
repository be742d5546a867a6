"""The service description: SPARQL 1.1 Service Description §2 and §3. What it says is asked, not believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse
from rdflib import Graph

from terrinclus_kg.rdf.namespaces import BASE, DATASET, DCAT, DCT, LICENCES, RDF, RDFS, SCHEMA, SD, TI, VOID
from tests.conformance.asking import Endpoint
from tests.conformance.clauses import clause
from tests.service import fetch, running

SERVICE = NamedNode(BASE + "sparql")
FORMATS = "http://www.w3.org/ns/formats/"
RDF_TYPES = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
}
NAMES = {
    "SPARQL_Results_JSON": "application/sparql-results+json",
    "SPARQL_Results_XML": "application/sparql-results+xml",
    "SPARQL_Results_CSV": "text/csv",
    "SPARQL_Results_TSV": "text/tab-separated-values",
    "Turtle": "text/turtle",
    "N-Triples": "application/n-triples",
    "RDF_XML": "application/rdf+xml",
    "JSON-LD": "application/ld+json",
    "TriG": "application/trig",
    "N-Quads": "application/n-quads",
}


class Description:
    """A description, to look things up in."""

    def __init__(self, endpoint: Endpoint) -> None:
        answer = endpoint.get([], Accept="application/n-triples")
        assert answer.status == 200
        self.triples: set[Triple] = {quad.triple for quad in parse(answer.body, format=RdfFormat.N_TRIPLES)}

    def objects(self, subject: NamedNode, predicate: NamedNode) -> list[str]:
        found = [t.object for t in self.triples if (t.subject, t.predicate) == (subject, predicate)]
        return sorted(o.value for o in found if isinstance(o, (NamedNode, Literal)))


@pytest.fixture(scope="module")
def description(endpoint: Endpoint) -> Description:
    return Description(endpoint)


def count(endpoint: Endpoint, pattern: str) -> int:
    answer = endpoint.ask(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")
    return int(json.loads(answer.body)["results"]["bindings"][0]["n"]["value"])


@pytest.mark.parametrize(("accept", "form"), list(RDF_TYPES.items()))
@clause("description 2 a", "description 2 b", "description 2 c")
def test_in_every_format(endpoint: Endpoint, description: Description, accept: str, form: RdfFormat) -> None:
    answer = endpoint.get([], Accept=accept)
    assert answer.headers["content-type"].partition(";")[0] == accept
    assert {quad.triple for quad in parse(answer.body, format=form)} == description.triples
    assert answer.headers["terrinclus-release"] == "current"
    again = endpoint.get([], Accept=accept, If_None_Match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")


@clause("description 2 c")
def test_who_gets_what(endpoint: Endpoint) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert endpoint.get([], Accept=browser).headers["content-type"].startswith("text/html")
    assert endpoint.get([], Accept="image/png").status == 406
    assert len(Graph().parse(data=endpoint.get([], Accept="text/turtle").body, format="turtle")) > 100


@clause("description 3.4 endpoint")
def test_endpoint(endpoint: Endpoint, conformance_home: Path, description: Description) -> None:
    assert description.objects(SERVICE, SD["endpoint"]) == [BASE + "sparql"]  # nobody has told it its own address
    with running(conformance_home, public_url="https://kg.example.org") as service:
        named = Description(Endpoint(f"{service.url}/sparql"))
        assert named.objects(SERVICE, SD["endpoint"]) == ["https://kg.example.org/sparql"]
        assert named.objects(DATASET, VOID["dataDump"]) == ["https://kg.example.org/releases/current/dataset.nq.gz"]


@clause("description 3.4 supportedLanguage", "description 3.4 inputFormat", "description-1.2 supportedVersion")
def test_languages(endpoint: Endpoint, description: Description) -> None:
    languages = description.objects(SERVICE, SD["supportedLanguage"])
    assert languages == [SD["SPARQL11Query"].value, SD["SPARQLQuery"].value]
    assert description.objects(SERVICE, SD["inputFormat"]) == []
    versions = [iri.partition("#version-")[2] for iri in description.objects(SERVICE, SD["supportedVersion"])]
    assert versions == ["1.0", "1.1", "1.2", "1.2-basic"]
    for version, query in (
        ("1.0", "ASK { OPTIONAL { ?s ?p ?o } }"),
        ("1.1", "SELECT (COUNT(*) AS ?n) { ?s (<a:b>|<a:c>)+ ?o }"),
        ("1.2-basic", "SELECT (LANGDIR(STRLANGDIR('a', 'ar', 'rtl')) AS ?x) {}"),
        ("1.2", "SELECT * { ?s ?p ?o . OPTIONAL { <<( ?s ?p ?o )>> ?q ?x } } LIMIT 1"),
    ):
        assert endpoint.ask(f'VERSION "{version}" {query}').status == 200, version


@clause("description 3.4 resultFormat")
def test_result_formats(endpoint: Endpoint, description: Description) -> None:
    told = [iri.removeprefix(FORMATS) for iri in description.objects(SERVICE, SD["resultFormat"])]
    assert sorted(told) == sorted(NAMES)
    for name in told:
        query = "SELECT ?s { ?s ?p ?o } LIMIT 1" if "Results" in name else "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
        answer = endpoint.ask(query, NAMES[name])
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, NAMES[name])


@clause("description 3.4 feature")
def test_features(endpoint: Endpoint, description: Description) -> None:
    assert description.objects(SERVICE, SD["feature"]) == [SD["UnionDefaultGraph"].value]
    # The union of all named graphs: all that is in one is in the default graph, and nothing else.
    assert count(endpoint, "GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o }") == 0
    assert count(endpoint, "?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } }") == 0
    distinct = count(endpoint, "{ SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }")
    assert count(endpoint, "?s ?p ?o") == distinct
    # Nothing is fetched, neither for FROM (sd:DereferencesURIs) nor for SERVICE (sd:BasicFederatedQuery).
    trap = "http://127.0.0.1:1/"
    assert json.loads(endpoint.ask(f"ASK FROM <{trap}> {{ ?s ?p ?o }}").body)["boolean"] is False
    assert endpoint.ask(f"SELECT * {{ SERVICE <{trap}> {{ ?s ?p ?o }} }}").status == 403


WKT = "^^<http://www.opengis.net/ont/geosparql#wktLiteral>"
SQUARE, OTHER = f'"POLYGON((0 0,2 0,2 2,0 2,0 0))"{WKT}', f'"POLYGON((1 1,3 1,3 3,1 3,1 1))"{WKT}'
POINT, NEXT, LINE = f'"POINT(1 1)"{WKT}', f'"POINT(2 1)"{WKT}', f'"LINESTRING(0 0,1 1)"{WKT}'
METRE = "<http://www.opengis.net/def/uom/OGC/1.0/metre>"
CALLS = (
    SQUARE,
    f"{LINE},{METRE}",
    f"{SQUARE},{METRE}",
    f"{SQUARE},{OTHER}",
    f"{POINT},{NEXT},{METRE}",
    f'{SQUARE},{OTHER},"T********"',
)


@clause("description 3.4 extensionFunction")
def test_functions(endpoint: Endpoint, description: Description) -> None:
    functions = description.objects(SERVICE, SD["extensionFunction"])
    assert len(functions) == 42
    for function in functions:
        calls = " ".join(f"BIND(<{function}>({call}) AS ?x{i})" for i, call in enumerate(CALLS))
        (row,) = json.loads(endpoint.ask(f"SELECT * {{ {calls} }}").body)["results"]["bindings"]
        assert row, f"{function} answers to none of the calls"
    near = f"SELECT (<http://www.opengis.net/def/function/geosparql/distance>({POINT},{NEXT},{METRE}) AS ?x) {{}}"
    (row,) = json.loads(endpoint.ask(near).body)["results"]["bindings"]
    assert 111_000 < float(row["x"]["value"]) < 111_400


@clause("description 3.4 defaultDataset", "description 3.4 defaultGraph")
def test_default_dataset(endpoint: Endpoint, description: Description) -> None:
    assert description.objects(SERVICE, SD["defaultDataset"]) == [DATASET.value]
    assert SD["Dataset"].value in description.objects(DATASET, RDF["type"])
    (merge,) = description.objects(DATASET, SD["defaultGraph"])
    assert description.objects(NamedNode(merge), RDF["type"]) == [SD["Graph"].value]
    (triples,) = description.objects(NamedNode(merge), VOID["triples"])
    assert int(triples) == count(endpoint, "?s ?p ?o")
    assert description.objects(DATASET, DCAT["version"]) == ["current"]
    assert description.objects(DATASET, DCT["identifier"]) == ["ab" * 32]
    assert description.objects(DATASET, DCT["license"]) == [licence.value for licence in LICENCES]
    (dump,) = description.objects(DATASET, VOID["dataDump"])
    assert fetch(endpoint.url.removesuffix("/sparql") + dump.removeprefix(BASE.rstrip("/"))).status == 200


@clause("description 3.4 namedGraph")
def test_named_graphs(endpoint: Endpoint, description: Description) -> None:
    graphs = []
    for node in description.objects(DATASET, SD["namedGraph"]):
        assert description.objects(NamedNode(node), RDF["type"]) == [SD["NamedGraph"].value]
        (name,) = description.objects(NamedNode(node), SD["name"])
        assert description.objects(NamedNode(node), SD["graph"]) == [name]
        assert count(endpoint, f"GRAPH <{name}> {{ ?s ?p ?o }}") > 0
        graphs.append(NamedNode(name))
    sources = [graph for graph in graphs if TI["SourceGraph"].value in description.objects(graph, RDF["type"])]
    assert {graph.value for graph in sources} == {BASE + "graph/source/journal", BASE + "graph/source/site"}
    assert {graph.value for graph in graphs} - {graph.value for graph in sources} == {
        BASE + "graph/infere",
        BASE + "graph/concepts",
        BASE + "graph/ontologie",
    }
    facts = {}
    for graph in sources:
        (source,) = description.objects(graph, DCT["source"])
        assert description.objects(NamedNode(source), DCT["title"])
        (part,) = description.objects(graph, VOID["classPartition"])
        assert description.objects(NamedNode(part), VOID["class"]) == [TI["Fact"].value]
        (facts[source],) = description.objects(NamedNode(part), VOID["entities"])
        assert int(facts[source]) == count(
            endpoint, f"?fact a <{TI['Fact'].value}> ; <{DCT['source'].value}> <{source}>"
        )
    assert sorted(facts.values()) == ["1", "2"]
    comments = description.objects(DATASET, RDFS["comment"])
    assert len([text for text in comments if "GRAPH ?f" in text]) == 2  # facts are told of, in both languages


@clause("protocol 4 a")
def test_limits(endpoint: Endpoint, description: Description) -> None:
    told = {}
    for node in map(NamedNode, description.objects(SERVICE, SCHEMA["additionalProperty"])):
        (name,), (value,) = description.objects(node, SCHEMA["name"]), description.objects(node, SCHEMA["value"])
        assert description.objects(node, SCHEMA["unitText"])
        assert len(description.objects(node, SCHEMA["description"])) == 2
        told[name] = float(value)
    limits = json.loads(fetch(endpoint.url.replace("/sparql", "/limits"), Accept="application/json").body)["limits"]
    assert told == {limit["name"]: limit["value"] for limit in limits}
    assert (told["query_size"], told["public_deadline"]) == (20_000, 5)


@clause("description 3.4 supportedLanguage", "description 3.4 inputFormat", "description 3.4 feature")
def test_what_an_operator_has_switched_on(conformance_home: Path) -> None:
    switched = {"token": "anna 0123456789abcdefghijklmnop", "service_endpoints": '["https://example.org/sparql"]'}
    with running(conformance_home, **switched) as service:
        told = Description(Endpoint(f"{service.url}/sparql"))
    assert SD["SPARQL11Update"].value in told.objects(SERVICE, SD["supportedLanguage"])
    assert FORMATS + "Turtle" in told.objects(SERVICE, SD["inputFormat"])
    assert SD["BasicFederatedQuery"].value in told.objects(SERVICE, SD["feature"])
    named = {name for t in told.triples if t.predicate == SCHEMA["name"] for name in [str(t.object)]}
    assert {'"write_size"', '"service_deadline"', '"token_deadline"'} <= named
