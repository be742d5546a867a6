"""What common SPARQL clients get, with the format names and Accept headers that they send on their own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import RdfFormat, parse
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, JSONLD, N3, POST, POSTDIRECTLY, RDFXML, TSV, TURTLE, URLENCODED, XML, SPARQLWrapper

from tests.service import Service, running

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # of the libraries themselves
SOURCE = "https://w3id.org/terrinclus/ns#Source"
SELECT, ASK = f"SELECT ?s WHERE {{ ?s a <{SOURCE}> }}", f"ASK {{ ?s a <{SOURCE}> }}"
CONSTRUCT = f"CONSTRUCT WHERE {{ ?s a <{SOURCE}> }}"
DESCRIBE = "DESCRIBE <https://w3id.org/terrinclus/id/source/journal>"
RESULTS = {"json": "application/sparql-results+json", "xml": "application/sparql-results+xml"}
GRAPHS = {
    XML: "application/rdf+xml",
    RDFXML: "application/rdf+xml",
    N3: "text/turtle",
    TURTLE: "text/turtle",
    JSONLD: "application/ld+json",
    JSON: "application/ld+json",
    None: "application/rdf+xml",
}


@pytest.fixture(scope="module")
def service(small_home: Path) -> Iterator[Service]:
    with running(small_home) as service:
        yield service


def answer(service: Service, query: str, form: str | None, *, accept_only: bool = False) -> tuple[str, bytes]:
    """Media type and body of what the client gets."""
    client = SPARQLWrapper(f"{service.url}/sparql")
    client.setQuery(query)
    client.setOnlyConneg(accept_only)
    if form:
        client.setReturnFormat(form)
    with warnings.catch_warnings():  # of combinations that the client itself finds strange
        warnings.simplefilter("ignore")
        response = client.query().response
        with response:
            return response.headers["Content-Type"].partition(";")[0], response.read()


@pytest.mark.parametrize("query", [SELECT, ASK])
@pytest.mark.parametrize("form", [None, XML, JSON, N3, TURTLE, JSONLD, RDFXML])
def test_sparqlwrapper_gets_results(service: Service, query: str, form: str | None) -> None:
    media_type, _ = answer(service, query, form)
    assert media_type == RESULTS["xml" if form in (None, XML) else "json"]


@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE])
@pytest.mark.parametrize("form", list(GRAPHS))
def test_sparqlwrapper_gets_graphs(service: Service, query: str, form: str | None) -> None:
    media_type, body = answer(service, query, form)
    assert media_type == GRAPHS[form]
    assert len(Graph().parse(data=body, format=media_type)) >= 2


@pytest.mark.parametrize("form", [None, XML, RDFXML, N3, TURTLE, JSONLD])
def test_sparqlwrapper_that_only_sends_accept_gets_graphs(service: Service, form: str | None) -> None:
    media_type, body = answer(service, CONSTRUCT, form, accept_only=True)
    assert len(Graph().parse(data=body, format=media_type)) == 2


@pytest.mark.parametrize(("form", "media_type"), [(CSV, "text/csv"), (TSV, "text/tab-separated-values")])
def test_sparqlwrapper_gets_tables(service: Service, form: str, media_type: str) -> None:
    for accept_only in (False, True):
        found, body = answer(service, SELECT, form, accept_only=accept_only)
        assert found == media_type
        assert body.count(b"/id/source/") == 2


@pytest.mark.parametrize("form", [XML, JSON, CSV, TSV])
@pytest.mark.parametrize("way", [URLENCODED, POSTDIRECTLY])
def test_sparqlwrapper_posts(service: Service, form: str, way: str) -> None:
    client = SPARQLWrapper(f"{service.url}/sparql")
    client.setMethod(POST)
    client.setRequestMethod(way)
    client.setQuery(SELECT)
    client.setReturnFormat(form)
    found = client.queryAndConvert()
    text = found.toxml() if form == XML else str(found)
    assert text.count("/id/source/") == 2


def test_sparqlwrapper_converts_its_default(service: Service) -> None:
    client = SPARQLWrapper(f"{service.url}/sparql")
    client.setQuery(CONSTRUCT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = client.queryAndConvert()
    assert isinstance(graph, Graph)
    assert len(graph) == 2


@pytest.mark.parametrize("settings", [{}, {"returnFormat": "json"}, {"method": "POST"}])
def test_rdflib_stores(service: Service, settings: dict[str, str]) -> None:
    graph = Graph(SPARQLStore(f"{service.url}/sparql", **settings))
    assert len(list(graph.query(SELECT))) == 2
    assert graph.query(ASK).askAnswer is True
    assert len(list(graph.subjects(None, URIRef(SOURCE)))) == 2
    assert len(graph.query(CONSTRUCT).graph or ()) == 2


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/sparql-results+xml", "application/rdf+xml"),
        ("application/sparql-results+json", "application/ld+json"),
        ("application/json", "application/ld+json"),
        ("application/xml", "application/rdf+xml"),
    ],
)
def test_who_knows_only_results_gets_a_graph_in_the_like_syntax(
    client: FlaskClient, accept: str, media_type: str
) -> None:
    graph = client.get("/sparql", query_string={"query": CONSTRUCT}, headers={"Accept": accept})
    assert graph.mimetype == media_type


@pytest.mark.parametrize("accept", ["text/csv", "image/png"])
def test_what_no_graph_is_like_is_refused(client: FlaskClient, accept: str) -> None:
    refusal = client.get("/sparql", query_string={"query": CONSTRUCT}, headers={"Accept": accept})
    assert refusal.status_code == 406
    refusal = client.get(
        "/sparql", query_string={"query": CONSTRUCT}, headers={"Accept": "application/problem+json, image/png"}
    )
    assert "text/turtle" in refusal.get_json()["variants"]


@pytest.mark.parametrize("parameter", ["format", "output", "results"])
@pytest.mark.parametrize(
    ("query", "name", "media_type"),
    [
        (CONSTRUCT, "application/rdf+xml", "application/rdf+xml"),
        (CONSTRUCT, "application/xml", "application/rdf+xml"),
        (CONSTRUCT, "rdf+xml", "application/rdf+xml"),
        (CONSTRUCT, "rdf xml", "application/rdf+xml"),  # a plus that nobody encoded
        (CONSTRUCT, "ntriples", "application/n-triples"),
        (CONSTRUCT, "csv", "application/trig"),
        (SELECT, "turtle", "application/sparql-results+xml"),
        (SELECT, "docx", "application/sparql-results+xml"),
        ("ASK {}", "csv", "application/sparql-results+xml"),
    ],
)
def test_names(client: FlaskClient, parameter: str, query: str, name: str, media_type: str) -> None:
    accept = {"Accept": "application/sparql-results+xml, application/trig"}
    for ask in (client.get, client.post):
        way = "query_string" if ask == client.get else "data"
        assert ask("/sparql", **{way: {"query": query, parameter: name}}, headers=accept).mimetype == media_type


def test_data_documents_take_the_same_names(client: FlaskClient) -> None:
    body = client.get("/data/source/journal?format=xml").data
    assert len(list(parse(body, format=RdfFormat.RDF_XML))) > 2
