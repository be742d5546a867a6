"""The query operation of the SPARQL 1.1 Protocol."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, parse_query_results

from terrinclus_kg.rdf.namespaces import BASE, SD

SELECT = "SELECT ?s WHERE { ?s a <https://w3id.org/terrinclus/ns#Source> } ORDER BY ?s"
CONSTRUCT = "CONSTRUCT WHERE { ?s a <https://w3id.org/terrinclus/ns#Source> }"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
DIRECT = "application/sparql-query"


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_three_ways_to_ask(client: FlaskClient, way: str) -> None:
    if way == "get":
        answer = client.get("/sparql", query_string={"query": SELECT})
    elif way == "form":
        answer = client.post("/sparql", data={"query": SELECT})
    else:
        answer = client.post("/sparql", data=SELECT, content_type=f"{DIRECT}; charset=utf-8")
    assert answer.status_code == 200
    assert answer.mimetype == "application/sparql-results+json"
    found = [row["s"]["value"] for row in json.loads(answer.data)["results"]["bindings"]]
    assert found == [BASE + "id/source/journal", BASE + "id/source/site"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@pytest.mark.parametrize(
    ("accept", "media_type", "format_"),
    [
        ("application/sparql-results+json", "application/sparql-results+json", QueryResultsFormat.JSON),
        ("application/json", "application/json", QueryResultsFormat.JSON),
        ("application/sparql-results+xml", "application/sparql-results+xml", QueryResultsFormat.XML),
        ("text/html;q=0.8, application/xml;q=0.9, */*;q=0.8", "application/xml", QueryResultsFormat.XML),
        ("text/html, application/sparql-results+xml", "application/sparql-results+xml", QueryResultsFormat.XML),
        ("text/tab-separated-values", "text/tab-separated-values", QueryResultsFormat.TSV),
        ("text/csv", "text/csv", None),
        ("text/turtle, */*;q=0.1", "application/sparql-results+json", QueryResultsFormat.JSON),
    ],
)
def test_result_formats(client: FlaskClient, accept: str, media_type: str, format_: QueryResultsFormat | None) -> None:
    answer = client.get("/sparql", query_string={"query": SELECT}, headers={"Accept": accept})
    assert answer.mimetype == media_type
    if format_:
        assert len(list(parse_query_results(answer.data, format=format_))) == 2  # type: ignore[arg-type]
    else:
        assert len(answer.text.splitlines()) == 3
    assert ("attachment" in answer.headers.get("Content-Disposition", "")) == media_type.startswith("text/")


@pytest.mark.parametrize(
    ("accept", "media_type", "format_"),
    [
        ("*/*", "text/turtle", RdfFormat.TURTLE),
        ("application/ld+json", "application/ld+json", RdfFormat.JSON_LD),
        ("application/rdf+xml", "application/rdf+xml", RdfFormat.RDF_XML),
        ("application/n-triples", "application/n-triples", RdfFormat.N_TRIPLES),
        ("application/trig", "application/trig", RdfFormat.TRIG),
        ("application/n-quads", "application/n-quads", RdfFormat.N_QUADS),
        ("application/sparql-results+json, */*;q=0.1", "text/turtle", RdfFormat.TURTLE),
    ],
)
@pytest.mark.parametrize("query", [CONSTRUCT, f"DESCRIBE <{BASE}id/source/journal>"])
def test_graph_formats(client: FlaskClient, query: str, accept: str, media_type: str, format_: RdfFormat) -> None:
    answer = client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})
    assert answer.mimetype == media_type
    assert len(set(parse(answer.data, format=format_))) >= 2


@pytest.mark.parametrize(
    ("parameter", "value", "media_type"),
    [
        ("format", "csv", "text/csv"),
        ("format", "json", "application/sparql-results+json"),
        ("output", "xml", "application/sparql-results+xml"),
        ("output", "text/csv", "text/csv"),
        ("format", "application/sparql-results+json", "application/sparql-results+json"),
        ("unknown", "anything", "application/sparql-results+xml"),
        ("format", "", "application/sparql-results+xml"),
    ],
)
def test_parameters(client: FlaskClient, parameter: str, value: str, media_type: str) -> None:
    accept = {"Accept": "application/sparql-results+xml"}
    values = {"query": SELECT, parameter: value}
    assert client.get("/sparql", query_string=values, headers=accept).mimetype == media_type
    assert client.post("/sparql", data=values, headers=accept).mimetype == media_type


@pytest.mark.parametrize("coding", ["gzip", "deflate, gzip", "br"])
def test_an_encoded_body_is_not_read(client: FlaskClient, coding: str) -> None:
    answer = client.post("/sparql", data={"query": "ASK {}"}, headers={"Content-Encoding": coding})
    assert answer.status_code == 415
    assert client.post("/sparql", data={"query": "ASK {}"}, headers={"Content-Encoding": "identity"}).status_code == 200


def test_ask(client: FlaskClient) -> None:
    assert client.get("/sparql?query=ASK%7B%7D").get_json()["boolean"] is True


def test_the_default_graph_is_the_merge(client: FlaskClient) -> None:
    period = f"<{BASE}id/periode/depuis-2015> a <http://purl.org/dc/terms/PeriodOfTime>"
    for pattern, expected in ((period, "1"), (f"GRAPH ?g {{ {period} }}", "1")):
        query = f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}"
        answer = client.get("/sparql", query_string={"query": query, "format": "csv"})
        assert answer.text.splitlines()[1] == expected


def test_dataset_parameters_replace_the_dataset(client: FlaskClient) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    fact = BASE + "id/fait/T01"
    asked = {"query": count, "default-graph-uri": fact, "format": "csv"}
    assert client.get("/sparql", query_string=asked).text.splitlines()[1] == "3"
    assert client.post("/sparql", data=asked).text.splitlines()[1] == "3"
    direct = client.post(
        "/sparql",
        query_string={"default-graph-uri": [fact, BASE + "id/fait/T03"], "format": "csv"},
        data=count,
        content_type=DIRECT,
    )
    assert direct.text.splitlines()[1] == "6"
    named = {"query": "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", "named-graph-uri": fact, "format": "csv"}
    assert client.get("/sparql", query_string=named).text.splitlines()[1:] == [fact]
    assert client.get("/sparql", query_string={"query": count, "default-graph-uri": "no iri"}).status_code == 400


@pytest.mark.parametrize(
    ("method", "arguments", "status"),
    [
        ("GET", {"query_string": {"query": ""}}, 400),
        ("GET", {"query_string": {"query": ["ASK {}", "ASK {}"]}}, 400),
        ("POST", {"data": {}}, 415),
        ("POST", {"data": {"format": "json"}}, 400),
        ("POST", {"data": {"query": ["ASK {}", "ASK {}"]}}, 400),
        ("POST", {"data": "ASK {}", "content_type": DIRECT, "query_string": {"query": "ASK {}"}}, 400),
        ("POST", {"data": "ASK {}", "content_type": "text/plain"}, 415),
        ("POST", {"data": "ASK {}", "content_type": "application/json"}, 415),
        ("POST", {"data": "ASK {}"}, 415),
        ("POST", {"data": {"query": "ASK {}"}, "content_type": "multipart/form-data"}, 415),
        ("POST", {"data": b"\xff\xfe", "content_type": DIRECT}, 400),
        ("POST", {"data": "ASK {}", "content_type": DIRECT + "; charset=latin-1"}, 415),
        ("POST", {"data": "", "content_type": DIRECT}, 400),
        ("GET", {"query_string": {"update": "CLEAR ALL"}}, 405),
        ("POST", {"data": {"update": "CLEAR ALL"}}, 405),
        ("POST", {"data": "CLEAR ALL", "content_type": "application/sparql-update"}, 405),
        ("GET", {"query_string": {"query": "INSERT DATA { <a:b> <a:b> <a:b> }"}}, 405),
        ("GET", {"query_string": {"query": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"}}, 403),
        ("GET", {"query_string": {"query": "SELECT * {" + "{" * 80 + "}" * 81}}, 400),
        ("GET", {"query_string": {"query": "ASK {} #" + "x" * 2000}}, 414),
        ("POST", {"data": {"query": "ASK {} #" + "x" * 8000}}, 413),
        ("POST", {"data": "ASK {} #" + "x" * 60000, "content_type": DIRECT}, 413),
        ("POST", {"data": {"query": "ASK {}", "more": "x" * 60000}}, 413),
    ],
)
def test_requests_that_are_refused(client: FlaskClient, method: str, arguments: dict[str, object], status: int) -> None:
    answer = client.open("/sparql", method=method, **arguments)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["detail"]
    if status == 405:
        assert "update" in answer.get_json()["detail"].lower()
        assert "POST" in answer.headers["Allow"]
    if status == 414:
        assert answer.get_json()["limit"] == "query_size_get"
        assert "POST" in answer.get_json()["detail"]


def test_a_long_query_goes_by_post(client: FlaskClient) -> None:
    assert client.post("/sparql", data={"query": "ASK {} #" + "x" * 3000}).status_code == 200


def test_a_syntax_error_has_line_and_column(client: FlaskClient) -> None:
    query = "SELECT ?s\nWHERE { ?s ?p }"
    problem = client.get("/sparql", query_string={"query": query})
    assert problem.status_code == 400
    members = problem.get_json()
    assert members["line"] == 2
    assert members["column"] > 1
    text = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"})
    assert "line: 2" in text.text
    page = client.get("/sparql", query_string={"query": query}, headers={"Accept": BROWSER})
    assert "line 2" in page.text


def test_limits_are_named(client: FlaskClient) -> None:
    cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    problem = client.get("/sparql", query_string={"query": cross})
    assert problem.status_code == 503
    assert problem.get_json()["limit"] == "public_deadline"
    assert problem.get_json()["value"]
    assert "Retry-After" not in problem.headers


def test_a_body_that_is_not_even_read_names_the_limit_too(client: FlaskClient) -> None:
    answer = client.post("/sparql", data=b"A" * 100_000, content_type="application/sparql-query")
    assert (answer.status_code, answer.get_json()["limit"], answer.get_json()["value"]) == (413, "query_size", 8000)
    assert answer.get_json()["type"].endswith("/query-too-large")


def test_without_a_query_it_says_what_it_is(client: FlaskClient) -> None:
    for language, word in (("fr", "Exécuter"), ("en", "Run")):
        page = client.get("/sparql", headers={"Accept": "text/html", "Accept-Language": language})
        assert page.mimetype == "text/html"
        assert word in page.text
        assert '<form class="sparql" action="/sparql" method="get">' in page.text
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    triples = [quad.triple for quad in parse(answer.data, format=RdfFormat.TURTLE)]
    assert {t.predicate for t in triples} >= {SD["endpoint"], SD["supportedLanguage"], SD["resultFormat"]}
    for accept in ("application/rdf+xml", "application/ld+json", "application/n-triples"):
        assert client.get("/sparql", headers={"Accept": accept}).mimetype == accept
    for anything in ({}, {"Accept": "*/*"}):  # Service Description §2: RDF, unless a page is asked for
        assert client.get("/sparql", headers=anything).mimetype == "text/turtle"
    assert client.get("/sparql", headers={"Accept": BROWSER}).mimetype == "text/html"
    assert client.get("/sparql", headers={"Accept": "image/png"}).status_code == 406
